"""Results as tables and cards: headings and formats from the glossary, ids as words."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
from markupsafe import Markup

from cxlab.glossary import GLOSSARY
from cxlab.show.page import parts
from cxlab.show.page.html import MARKUP, Html
from cxlab.show.say.drivers import gain_heading
from cxlab.show.say.metrics import benchmark_of, changed_by, last_step, on
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.wording import (
    LEVEL,
    Style,
    Wording,
    Words,
    as_is,
    digits_for,
    metric_value,
    number,
    on_scale_of,
    p_value,
    ranged,
    signed,
)

_NUMBERS = {"int", "number", "share", "points", "pvalue"}
# Of the headline figures: what slides print, and what a workbook holds behind them.
_PRINTED = [
    *("outcome", "metric", "level", ("estimate", "conf_low", "conf_high")),
    *("change", "target", "verdict", "benchmark", "n"),
]
_CARD = [
    *("outcome", "metric", "group", "level", "estimate", "conf_low", "conf_high", "n", "n_eff"),
    *("promoters", "passives", "detractors"),
    *("change", "change_low", "change_high", "target", "verdict"),
]

_MOVED = {"change": "estimate", "change_low": "conf_low", "change_high": "conf_high"}


def table(
    _: Wording, frame: pd.DataFrame, columns: Sequence | None = None, caption: str = ""
) -> Html:
    """A result as a table, numbers right-aligned; without rows, nothing.

    columns: names in the order wanted (None: all). A tuple (estimate, low, high) is printed in one
    column as "4.2 (4.0 to 4.4)". Rows of metrics are printed in their own unit (NPS points, %). A
    blank number is "–".
    """
    if frame.empty:
        return Html()
    frame = _in_points(frame)
    alone = "level" in frame and frame["level"].nunique() < 2
    columns = [
        one
        for one in (frame.columns if columns is None else columns)
        if {*parts.names_in([one])} <= {*frame}
        and not (columns is not None and alone and one == "level")
    ]
    numbers = [_holds_numbers(one[0] if isinstance(one, tuple) else one) for one in columns]
    metrics, units = {*frame["metric"]} if "metric" in frame else (), _units(_, frame, columns)
    heads = [heading(_, column, metrics, units) for column in columns]
    rows = [[cell(_, row, column) for column in columns] for row in frame.to_dict("records")]
    title = text.visible(caption)
    lines = [list(zip(numbers, line, strict=True)) for line in (heads, *rows)]
    markup = MARKUP.table(title, lines[0], lines[1:])
    part = parts.of_table(_, frame, title, columns) | printed(columns, heads, rows)
    for one in part["columns"]:
        one["label"] = units.get(one["name"], one["label"])
    return Html(markup, [part])


def _in_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Differences of a probability in percentage points, as their heading says."""
    if "gain" not in frame or not (frame["measure"] == "probability").any():
        return frame
    return frame.assign(**{one: 100 * frame[one] for one in ("gain", "gain_low", "gain_high")})


def printed(columns: Sequence, heads: Sequence[str], rows: Sequence) -> dict[str, Any]:
    """A table as the page prints it, for slides: headings and cells by the column's name."""
    names = [one[0] if isinstance(one, tuple) else one for one in columns]
    plain = [
        [one.striptags() if isinstance(one, Markup) else text.visible(one) for one in line]
        for line in (heads, *rows)
    ]
    head, *lines = [dict(zip(names, line, strict=True)) for line in plain]
    return {"printed": {"heads": head, "rows": lines}}


def _units(_: Wording, frame: pd.DataFrame, columns: Sequence) -> dict[str, str]:
    """Headings that tell a scale, or what is associated with what."""
    found = {}
    if "scale" in frame and "scale" not in columns and frame["scale"].nunique() == 1:
        scale = as_is(frame["scale"].iloc[0])
        found["experience"] = _("{name}, {scale}", name=_.heading("experience"), scale=scale)
    if "gain" in frame and frame["gain"].notna().any():
        found["gain"] = _.fill(gain_heading(frame))
    return found


def heading(
    _: Wording,
    column: str | tuple,
    metrics: Collection[str] = (),
    units: Mapping[str, str] | None = None,
) -> str:
    """The heading of a column, or of an estimate with its interval, which is called by its metric
    where all have one; or by its unit.
    """
    if isinstance(column, tuple):
        alone = column[0] == "estimate" and len(metrics) == 1
        name = _.word(*metrics) if alone else heading(_, column[0], (), units)
        return _("{name} (interval)", name=name)
    return (units or {}).get(column) or _.heading(column)


def _holds_numbers(column: str) -> bool:
    return column in GLOSSARY and GLOSSARY[column].format in _NUMBERS


def cell(_: Wording, row: Mapping, column: str | tuple) -> str:
    """One cell as it is printed."""
    if isinstance(column, tuple):
        if column[0] in GLOSSARY and GLOSSARY[column[0]].format == "number" and "metric" not in row:
            return _small(_.fill(ranged(row, column, _style(row, column[0]))))
        value, low, high = (cell(_, row, one) for one in column)
        if pd.isna(row[column[1]]):
            return value
        return _small(_("{value} ({low} to {high})", value=value, low=low, high=high))
    value, entry = row[column], GLOSSARY.get(column)
    kind = entry.format if entry is not None else "text"
    if column in parts.BY_METRIC and "metric" in row:
        return _.value(row, column)
    if kind == "text" and isinstance(value, str):
        return parts.worded(_, row, column)
    if pd.isna(value):
        return Words(text.NOTHING)
    if isinstance(value, date):
        return Words(text.day(value, _.language))
    if kind == "bool" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "pvalue":
        return _.fill(p_value(value))
    if kind == "share":
        return _.percent(value)
    if kind == "text" and not isinstance(value, (int, float)):
        return Words(text.name_of(value, _.labels, _.language))
    whole = kind in ("int", "points") or (kind == "text" and float(value).is_integer())
    return _.number(value, 0 if whole else digits_for(value))


def _style(row: Mapping, column: str) -> Style:
    """How a figure with its interval is written: a difference has its sign."""
    if column == "gain":
        return on_scale_of(row["outcome"]) if row["measure"] == "outcome" else signed.to(1)
    return signed if column == "experience_beyond" else number


def _small(figure: str) -> str:
    """A figure with its interval in small type: a reader looks for the figure."""
    value, mark, interval = figure.partition(" (")
    return Markup("{} <small>({}</small>").format(value, interval) if mark else figure


def chosen(
    metrics: pd.DataFrame, first: str | None = None, most: int | None = None, beyond: int = 0
) -> pd.DataFrame:
    """The figures that cards tell: at most so many, of each outcome the first, from one outcome on;
    or those beyond so many.
    """
    ordered = metrics.sort_values("outcome", key=lambda held: held != first, kind="stable")
    few = ordered.drop_duplicates("outcome").head(beyond if most is None else most)
    return ordered.drop(few.index) if most is None else few


def cards(
    _: Wording,
    metrics: pd.DataFrame,
    changes: Sequence[pd.DataFrame] = (),
    targets: pd.DataFrame | None = None,
    benchmark: pd.DataFrame | None = None,
) -> Html:
    """The headline figures side by side: the number, its interval, how many answered. One card a
    row of `metrics`; those of a wave with their changes to it, and with target and benchmark where
    there are any.
    """
    if metrics.empty:
        return Html()
    each, held, slide, taken = [], [], [], set()
    for row in metrics.to_dict("records"):
        span, beside = "", {}
        if pd.isna(row["estimate"]):
            few = _("too few answers to show")
            span = few if pd.isna(row["n"]) else _("hidden: another group could be computed")
        elif pd.notna(row["conf_low"]):
            span = _("{level} CI: {interval}", level=LEVEL, interval=_.interval(row))
        wave = [] if row["group"] == "all" else [_.level(row)]
        moved = [one for frame in changes for one in last_step(frame, row)]
        steps = [f"{text.visible(one['level'])}: {_.fill(changed_by(one))}" for one in moved]
        for one in moved:
            beside["change"] = _.fill(changed_by(one))
            taken.add(text.visible(one["level"]))
        more = {new: one[old] for one in moved for new, old in _MOVED.items()}
        for one in on(targets, row):
            target = metric_value(one, "target")
            steps.append(_(MESSAGES["on_target"][one["verdict"]], target=target))
            more |= {key: one[key] for key in ("target", "verdict")}
        for one in on(benchmark, row):
            value = metric_value(one, "benchmark")
            steps.append(_("benchmark: {value} ({of})", value=value, of=benchmark_of(one)))
            beside["benchmark"] = _.fill(value)
        held.append(row | more)
        if pd.isna(row["estimate"]):
            beside["estimate"] = span
        slide.append(_on_slide(_, row | more, beside))
        kind = ", ".join([_.word(row["metric"]), *wave])
        lines = [f"{span}; {_('n = {n}', n=row['n'])}" if span else _("n = {n}", n=row["n"])]
        each.append((_.name(row["outcome"]), kind, _.value(row), [*lines, *steps]))
    frame = pd.DataFrame(held)
    columns = [name for name in _CARD if name in frame]
    part = parts.of_table(_, frame, _("Headline figures"), columns) | {"kind": "cards"}
    heads = [heading(_, one) for one in _PRINTED]
    if len(taken) == 1:
        at = _PRINTED.index("change")
        heads[at] = _("{name}, {scale}", name=heads[at], scale=as_is(*taken))
    return Html(MARKUP.cards(each), [part | printed(_PRINTED, heads, slide)])


def _on_slide(_: Wording, row: Mapping, beside: Mapping[str, str]) -> list[str]:
    """The line of a card in the table of a slide; what stands `beside` is worded already."""
    names = {one[0] if isinstance(one, tuple) else one: one for one in _PRINTED}
    everyone = {"level": Words(text.NOTHING)} if row["level"] == "all" else {}
    return [
        (everyone | dict(beside)).get(name) or (cell(_, row, one) if name in row else text.NOTHING)
        for name, one in names.items()
    ]
