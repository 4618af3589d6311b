"""Results as tables and cards: headings and formats from the glossary, ids as words."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from cxlab.glossary import GLOSSARY
from cxlab.show.page import parts
from cxlab.show.page.html import Html
from cxlab.show.say.metrics import changed_by
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Wording, Words, confidence, digits_for, number, p_value, ranged

_NUMBERS = {"int", "number", "share", "points", "pvalue"}
# What a workbook holds behind the headline figures.
_CARD = [
    *("outcome", "metric", "group", "level", "estimate", "conf_low", "conf_high", "n", "n_eff"),
    *("promoters", "passives", "detractors"),
]


def table(
    _: Wording, frame: pd.DataFrame, columns: Sequence | None = None, caption: str = ""
) -> Html | None:
    """A result as a table, numbers right-aligned; without rows, nothing.

    columns: names in the order wanted (None: all). A tuple (estimate, low, high) is printed in one
    column as "4.2 (4.0 to 4.4)". Rows of metrics are printed in their own unit (NPS points, %). A
    blank number is "–".
    """
    if frame.empty:
        return None
    columns = list(frame.columns) if columns is None else list(columns)
    first = [one[0] if isinstance(one, tuple) else one for one in columns]
    heads = [
        Markup('<th scope="col"{}>{}</th>').format(_align(name), heading(_, column))
        for name, column in zip(first, columns, strict=True)
    ]
    rows = []
    for row in frame.to_dict("records"):
        cells = [
            Markup("<td{}>{}</td>").format(_align(name), cell(_, row, column))
            for name, column in zip(first, columns, strict=True)
        ]
        rows.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    title = text.visible(caption)
    head = Markup("<caption>{}</caption>").format(title) if title else Markup("")
    markup = Markup(
        '<div class="table"><table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, Markup("").join(heads), Markup("").join(rows))
    return Html(markup, [parts.of_table(_, frame, title, columns)])


def heading(_: Wording, column: str | tuple) -> str:
    """The heading of a column, or of an estimate with its interval."""
    if isinstance(column, tuple):
        return _("{name} (interval)", name=heading(_, column[0]))
    return _.heading(column)


def _align(column: str) -> Markup:
    entry = GLOSSARY.get(column)
    return Markup(' class="number"') if entry and entry.format in _NUMBERS else Markup("")


def cell(_: Wording, row: Mapping, column: str | tuple) -> str:
    """One cell as it is printed."""
    if isinstance(column, tuple):
        if column[0] in GLOSSARY and GLOSSARY[column[0]].format == "number" and "metric" not in row:
            return _.fill(ranged(row, column, number))
        value, low, high = (cell(_, row, one) for one in column)
        if pd.isna(row[column[1]]):
            return value
        return _("{value} ({low} to {high})", value=value, low=low, high=high)
    value, entry = row[column], GLOSSARY.get(column)
    kind = entry.format if entry is not None else "text"
    if column in parts.BY_METRIC and "metric" in row:
        return _.value(row, column)
    if kind == "text" and isinstance(value, str):
        if column == "stage":
            return _.stage(value)
        return Words(text.visible(value)) if column in parts.AS_IS else _.name(value)
    if pd.isna(value):
        return Words(text.NOTHING)
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


def cards(_: Wording, metrics: pd.DataFrame, changes: Sequence[pd.DataFrame] = ()) -> Html:
    """The headline figures side by side: the number, its interval, how many answered. One card a
    row of `metrics`; those of a wave with their changes to it.
    """
    each, line = [], Markup('<span class="span">{}</span>').format
    moved = [row for one in changes for row in one.to_dict("records")]
    for row in metrics.to_dict("records"):
        span = ""
        if pd.isna(row["estimate"]):
            few = pd.isna(row["n"])
            span = (
                _("too few answers to show")
                if few
                else _("hidden: another group could be computed")
            )
        elif pd.notna(row["conf_low"]):
            level = _.fill(confidence(_.conf_level))
            span = _("{level} interval {interval}", level=level, interval=_.interval(row))
        wave = [] if row["level"] == "all" else [_.level(row)]
        steps = [
            f"{text.visible(one['level'])}: {_.fill(changed_by(one))}"
            for one in moved
            if (one["outcome"], one["metric"]) == (row["outcome"], row["metric"])
            and one["level"].endswith(f"→ {row['level']}")
            and pd.notna(one["conf_low"])
        ]
        lines = [span, _("n = {n}", n=row["n"]), *steps]
        each.append(
            Markup(
                '<li><span class="what">{}</span><span class="kind">{}</span><span'
                ' class="figure">{}</span>{}</li>'
            ).format(
                _.name(row["outcome"]),
                ", ".join([_.word(row["metric"]), *wave]),
                _.value(row),
                Markup("").join(map(line, lines)),
            )
        )
    columns = [name for name in metrics if name in _CARD]
    held = parts.of_table(_, metrics, _(N_("Headline figures")), columns)
    markup = Markup('<ul class="cards">{}</ul>').format(Markup("").join(each))
    return Html(markup, [held | {"kind": "cards"}])
