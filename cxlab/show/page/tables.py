"""Results as tables and headline cards: headings and formats from the glossary, ids as words."""

from collections.abc import Mapping, Sequence

import pandas as pd
from markupsafe import Markup

from cxlab.glossary import GLOSSARY
from cxlab.show.page.html import Html, refusable, refused
from cxlab.show.page.parts import of_table
from cxlab.show.page.refusals import Refusal
from cxlab.show.words import text
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.wording import Wording

# What a workbook holds behind the headline figures.
_CARD = [
    *("outcome", "metric", "group", "level", "estimate", "conf_low", "conf_high", "n", "n_eff"),
    *("promoters", "passives", "detractors"),
]


@refusable
def cards(
    metrics: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Html:
    """The headline figures side by side: the number, its interval, how many answered. One card a
    row of `metrics`.
    """
    _ = Wording(language, labels, conf_level)
    each = []
    for row in metrics.to_dict("records"):
        shown, span = pd.notna(row["estimate"]), _("too few answers to show")
        if shown:
            level, interval = _.percent(conf_level), _.interval(row)
            known = pd.notna(row["conf_low"])
            span = _("{level} interval {interval}", level=level, interval=interval) if known else ""
        each.append(
            Markup(
                '<li><span class="what">{}</span><span class="kind">{}</span><span'
                ' class="figure">{}</span><span class="span">{}</span><span'
                ' class="span">{}</span></li>'
            ).format(
                _.name(row["outcome"]),
                _.word(row["metric"]),
                _.value(row),
                span,
                _("n = {n}", n=row["n"]),
            )
        )
    columns = metrics.columns[metrics.columns.isin(_CARD)]
    data = of_table(_, metrics, _("Headline figures"), columns)
    return Html(
        Markup('<ul class="cards">{}</ul>').format(Markup("").join(each)),
        [data | {"kind": "cards"}],
    )


_RIGHT = {"int", "number", "share", "percent", "points", "pvalue"}


def table(
    frame: pd.DataFrame,
    columns: Sequence | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    caption: str | None = None,
    digits: int = 2,
) -> Html:
    """A result as a table: headings and formats from the glossary, ids as words, numbers
    right-aligned. Without rows, nothing.

    columns: names in the order wanted (default: all). A tuple (estimate, low, high) is printed in
    one column as "4.2 (4.0 to 4.4)". Rows of metrics are printed in their own unit (NPS points, %).
    A blank number is "–". caption: a key of `captions` in words.yml, or words.
    """
    if isinstance(frame, Refusal):
        return refused(frame, language, labels)
    if frame.empty:
        return Html("")
    _ = Wording(language, labels)
    columns = list(frame.columns) if columns is None else list(columns)
    names = [column[0] if isinstance(column, tuple) else column for column in columns]
    heads, rows = [], []
    for column, name in zip(columns, names, strict=True):
        words = text.heading(name, language)
        if isinstance(column, tuple):
            words = _("{name} (interval)", name=words)
        heads.append(Markup('<th scope="col"{}>{}</th>').format(_align(name), words))
    for row in frame.to_dict("records"):
        cells = [
            Markup("<td{}>{}</td>").format(_align(name), _cell(_, row, column, digits))
            for column, name in zip(columns, names, strict=True)
        ]
        rows.append(Markup("<tr>{}</tr>").format(Markup("").join(cells)))
    known = WORDS["captions"].get(caption, caption)
    words = text.visible(_(known)) if caption else ""
    title = Markup("<caption>{}</caption>").format(words) if words else Markup("")
    return Html(
        Markup(
            '<div class="table"><table>{}<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        ).format(title, Markup("").join(heads), Markup("").join(rows)),
        [of_table(_, frame, words, columns)],
    )


def _align(column: str) -> Markup:
    entry = GLOSSARY.get(column)
    return Markup(' class="number"') if entry is not None and entry.format in _RIGHT else Markup("")


def _cell(_: Wording, row: Mapping, column, digits: int) -> str:
    if isinstance(column, tuple):
        value, low, high = (_cell(_, row, one, digits) for one in column)
        if pd.isna(row[column[1]]):
            return value
        return _("{value} ({low} to {high})", value=value, low=low, high=high)
    value = row[column]
    entry = GLOSSARY.get(column)
    kind = entry.format if entry is not None else "text"
    if column in ("estimate", "conf_low", "conf_high", "std_error") and "metric" in row:
        return _.value(row, column)
    if kind == "text" and isinstance(value, str):
        return text.visible(value) if column in ("file", "sha256", "column") else _.name(value)
    if pd.isna(value):
        return text.NOTHING
    if kind == "bool" or isinstance(value, bool):
        return _("yes") if value else _("no")
    if kind == "pvalue":
        return text.p_value(value, _.language)
    if kind in ("share", "percent"):
        return _.percent(value)
    if kind == "text" and not isinstance(value, (int, float)):
        return _.name(value)
    whole = kind in ("int", "points") or (kind == "text" and float(value).is_integer())
    return _.number(value, 0 if whole else digits)
