"""What stands on a page, said once more as data, so that a workbook and slides are made without
reading HTML back.

Every `Html` carries its parts, made of the same (already disclosed) result. A part is a JSON
mapping with a `kind`: cover, section, heading, text, cards, table, figure. A table with `behind:
true` is not on the page: sentences that stand there were made from it.
"""

import base64
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from cxlab.glossary import GLOSSARY
from cxlab.show.words import text
from cxlab.show.words.wording import Wording, Words, choice, term

MIME = "application/vnd.cxlab.parts+json"
# The formats that a batch makes, set by the runner. A picture of pixels costs as much as the
# drawing itself, and only slides and kits (zip) need one.
FORMATS = "CXLAB_FORMATS"
# The brand's colours for figures by what they are for, as JSON, set by the runner too.
COLOURS = "CXLAB_COLOURS"
SHARES = ("_top2", "_share")
# Decimals of what a page prints, by the format of a column.
DIGITS = {"number": 2, "share": 2, "points": 0, "int": 0, "pvalue": 3}
# Columns that are printed by the metric of their row.
BY_METRIC = (
    *("estimate", "conf_low", "conf_high", "std_error", "target", "smoothed", "centre"),
    *("limit_low", "limit_high", "detectable", "wished", "figure", "figure_against"),
    *("then", "then_low", "then_high", "now", "now_low", "now_high"),
    *("benchmark", "quartile_low", "quartile_high"),
    *("change", "change_low", "change_high"),
)
AS_IS = ("file", "sha256", "column", "text", "word", "what", "who", "subject", "changed")


def told(held: list[dict]) -> dict[str, list[dict]]:
    """The parts of what a cell shows by itself, for a batch: no section holds them, and the report
    is refused where one tells of too few.
    """
    return {MIME: in_pixels(held)} if held and FORMATS in os.environ else {}


def sentences(items: Iterable[str], listed: bool = False, refused: bool = False) -> dict[str, Any]:
    """Sentences of a paragraph, or of a list; `refused` marks the reason why something is not
    shown.
    """
    return {
        "kind": "text",
        "sentences": [text.visible(one) for one in items],
        "listed": listed,
        "refused": refused,
    }


def of_table(
    _: Wording, frame: pd.DataFrame, title: str = "", columns: Sequence | None = None
) -> dict[str, Any]:
    """A result as native values: headings from the glossary, ids as words, numbers as numbers.

    `columns[i]` is {name, label, unit, place}; `rows[r][i]` a text, a number, true/false or null;
    `kinds[r][i]` how it is printed (text, int, number, share, points, pvalue, bool, hidden).
    hidden: blanked by `suppress`, because a row without its n was suppressed, and so was a share of
    an NPS or a metric that is missing beside its n, and an error that is missing beside its
    interval.
    """
    names = dict.fromkeys(names_in(frame if columns is None else columns))
    records = frame.to_dict("records")
    known = [one for one in names if one in GLOSSARY and not _says_nothing(records, one)]
    rows, kinds = [], []
    for record in records:
        cells = [_cell(_, record, name) for name in known]
        rows.append([value for value, kind in cells])
        kinds.append([kind for value, kind in cells])
    heads = [
        {"name": name, "label": _.heading(name)}
        | {key: getattr(GLOSSARY[name], key) for key in ("unit", "place")}
        for name in known
    ]
    return {"kind": "table", "title": title, "columns": heads, "rows": rows, "kinds": kinds}


def of_notes(_: Wording, section: str, lines: Sequence[str]) -> dict[str, Any]:
    """Commentary on a section as a table for the workbook."""
    heads = [{"name": "text", "label": _.heading("text"), "unit": ""}]
    return {
        "kind": "table",
        "title": _("Commentary: {section}", section=Words(section)),
        "columns": heads,
        "rows": [[line] for line in lines],
        "kinds": [["text"] for _line in lines],
        "behind": True,
    }


def names_in(columns: Iterable) -> list[str]:
    """Names of columns, also of those that are printed in one: (estimate, low, high)."""
    return [name for one in columns for name in (one if isinstance(one, tuple) else (one,))]


def _says_nothing(records: Sequence[Mapping], name: str) -> bool:
    """A column that is empty in every row that was not suppressed, or that says "all respondents"
    throughout.
    """
    if name in ("group", "level"):
        return all(row.get("group", row[name]) == "all" for row in records)
    return all(pd.isna(row[name]) and not _hidden(row, name) for row in records)


def _cell(_: Wording, row: Mapping, name: str) -> tuple[Any, str]:
    value, kind = row[name], GLOSSARY[name].format
    if pd.isna(value):
        return None, "hidden" if kind not in ("text", "bool") and _hidden(row, name) else kind
    if isinstance(value, str):
        return worded(_, row, name), "text"
    if kind == "bool" or isinstance(value, bool):
        return bool(value), "bool"
    if isinstance(value, date):
        return Words(text.day(value, _.language)), "text"
    if kind == "text":
        return _.name(value), "text"
    if not math.isfinite(float(value)):
        return None, kind
    kind = format_of(name, str(row.get("metric", "")))
    number = round(float(value), DIGITS[kind])
    return (int(number), kind) if kind == "int" else (number, kind)


def worded(_: Wording, row: Mapping, name: str) -> str:
    """The text of a cell in words; a group by the study's word for it in its split, a choice by
    that in its question.
    """
    if name == "choice":
        return _.fill(choice(row))
    grouped = name in ("level", "lower", "higher") or (name == "against" and "group" in row)
    return _.level(row, name) if grouped else named(_, name, row[name])


def named(_: Wording, column: str, value: str) -> str:
    """An id in words, by the column that it stands in."""
    if column == "stage":
        return _.stage(value)
    if column == "term":
        return _.fill(term(value))
    return Words(text.visible(value)) if column in AS_IS else _.name(value)


def format_of(name: str, metric: str = "") -> str:
    """How a column is printed, in the row of a metric."""
    if not metric or name not in BY_METRIC:
        return GLOSSARY[name].format
    return "points" if metric == "nps" else "share" if metric.endswith(SHARES) else "number"


def _hidden(row: Mapping, name: str) -> bool:
    if "n" not in row or pd.isna(row["n"]):
        return "n" in row
    if name in ("promoters", "passives", "detractors"):
        return str(row.get("metric", "nps")) == "nps"
    if name == "n" or not {"experience", "metric"} & row.keys():
        return False
    figure = row.get("experience" if "experience" in row else "estimate", 0.0)
    return pd.isna(figure) and row["n"] > 0


def of_picture(picture: Any) -> dict[str, Any]:
    """A figure: title, message (one sentence), alternative text, note, size in inches, its data;
    where slides are made what they draw, else (and for a kit) what gives its pixels and those of
    its panels.
    """
    names = ("title", "message", "alt", "note", "width", "height", "data")
    part = {"kind": "figure", **{name: getattr(picture, name) for name in names}}
    part["message"] = picture.message or picture.title
    wanted = {"pptx", "zip"} & _formats()
    if "pptx" in wanted and picture.chart:
        part["chart"] = picture.chart
        wanted.remove("pptx")
    if wanted:
        part["pixels"] = lambda: _pixels(picture) | {"panels": [*map(_pixels, picture.panels)]}
    return part


def in_pixels(held: Iterable[Mapping], is_behind: bool = False) -> list[Mapping]:
    """Parts with the pixels of their pictures; without, where slides leave them out and no kit
    takes them.
    """
    drawn, is_left_out = [], is_behind and "zip" not in _formats()
    for part in held:
        pixels = part.get("pixels")
        rest = {key: value for key, value in part.items() if key != "pixels"}
        drawn.append(rest | (pixels() if pixels and not is_left_out else {}))
    return drawn


def _formats() -> set[str]:
    return {*os.environ.get(FORMATS, "").split(",")}


def _pixels(picture: Any) -> dict[str, Any]:
    png = base64.b64encode(picture.png()).decode("ascii")
    return {"png": png, "width": picture.width, "height": picture.height}
