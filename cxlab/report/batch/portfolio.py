"""All clients beside each other in the consultant's language: what the last report of each said
first, and its rank among those who ask the same.

It is made of the figures that reports printed (`page.list_entry`), so it tells no more than they
do; it names every client and is never sent.
"""

import datetime
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlab.data_files import read_data
from cxlab.report import Record
from cxlab.report.formats.archive import DAY, write_fixed
from cxlab.report.formats.outputs import unknown
from cxlab.show.benchmark import METRICS
from cxlab.show.page.parts import format_of
from cxlab.show.say.metrics import changed_by
from cxlab.show.words import text
from cxlab.show.words.catalogue import WORDS, translator
from cxlab.show.words.format_words import words as format_words
from cxlab.show.words.wording import VALUE, Wording, side_of
from cxlab.study.codebook.brand import Brand

NAME = "portfolio.xlsx"
_SIGNS = {1: "▲ ", -1: "▼ ", 0: ""}
_CHANGE = ("change", "change_low", "change_high")
# Columns of the workbook, and the facts that stand in them.
_COLUMNS = {
    "client": "",
    "outcome": "outcome",
    "metric": "",
    "wave": "wave",
    "figure": "estimate",
    "low": "conf_low",
    "high": "conf_high",
    **{one: one for one in _CHANGE},
    "holds": "",
    "n": "n",
    "rank": "",
    "of": "",
    "first": "",
    "gap": "",
}
_METRIC, _WIDE = (
    ("figure", "low", "high", *_CHANGE),
    ("client", "outcome", "metric", "first", "gap"),
)
_TEXT = (*_WIDE, "wave", "holds")
_HEAD = 3  # the row of the headings


def words(language: str) -> dict[str, str]:
    """The words of the page and the workbook."""
    return format_words(language) | {
        key: translator(language)(one) for key, one in WORDS["portfolio"].items()
    }


def clients(reports: Iterable[Record], language: str) -> list[Record]:
    """One record a client: `client`, its `reports` (as given), the `facts` of the one in this
    language where there is one, `rank` and `of` among the clients with the same metric.
    """
    held: dict[str, list[Record]] = defaultdict(list)
    for one in reports:
        held[one.get("folder") or one["client"]].append(one)
    found = [
        {"client": mine[0]["client"], "reports": mine, "facts": _facts(mine, language)}
        for mine in held.values()
    ]
    for one in found:
        kind, mine = one["facts"].get("kind"), one["facts"].get("estimate")
        if kind in METRICS.values() and mine is not None:
            alike = [other["facts"] for other in found if other["facts"].get("kind") == kind]
            figures = [facts["estimate"] for facts in alike if facts["estimate"] is not None]
            if len(figures) > 1:
                one |= {"rank": 1 + sum(other > mine for other in figures), "of": len(figures)}
    return found


def _facts(reports: Sequence[Record], language: str) -> Record:
    in_order = sorted(reports, key=lambda one: one["language"] != language)
    return next((one["facts"] for one in in_order if _is_read(one.get("facts"))), {})


def _is_read(facts: Any) -> bool:
    """Whether these are facts as a report writes them; a manifest can be edited."""
    named = isinstance(facts, dict) and facts.get("outcome") and facts.get("kind")
    return bool(named) and not unknown(facts)


def said(client: Mapping, language: str) -> dict[str, str]:
    """What a client's facts are in words, by the column of the page."""
    facts = client["facts"]
    if not facts:
        return {}
    _ = Wording(language, {"unit:x": facts["unit"]} if "unit" in facts else {})
    row, moved = _row(facts, VALUE), _row(facts, _CHANGE)
    known = facts.get("estimate") is not None
    own = words(language)
    figure = _.value(row) if known else own["hidden"]
    told = {
        "headline": ", ".join(filter(None, (facts["outcome"], facts.get("wave")))),
        "metric": _.word(facts["kind"]),
        "figure": figure,
        "interval": _.interval(row) if known and "conf_low" in facts else "",
        "n": "" if facts.get("n") is None else _.number(facts["n"], 0),
        "first": facts.get("priority", ""),
        "gap": facts.get("gap_touchpoint", ""),
    }
    if facts.get("gap") is not None:
        told["gap"] += f" ({_.number(facts['gap'], 2)})"
    if told["first"] and not facts.get("priority_clear"):
        told["first"] += f" ({own['unsure']})"
    if facts.get("change") is not None:
        told["change"] = _SIGNS[side_of(moved)] + _.fill(changed_by(moved))
    if "rank" in client:
        places = {"rank": client["rank"], "count": client["of"]}
        told["rank"] = own["rank_of"].format(**places)
    return told


def _row(facts: Mapping, columns: Sequence[str]) -> Record:
    """A row as an estimator gives it, of an outcome called x."""
    ends = dict(zip(VALUE, map(facts.get, columns), strict=True))
    known = {key: float("nan") if one is None else one for key, one in ends.items()}
    return {"outcome": "x", "metric": facts["kind"], **known}


def write(path: Path, found: Sequence[Record], language: str, brand: Brand) -> None:
    """Write the workbook: a row for each of these clients, numbers as numbers."""
    from xlsxwriter import Workbook  # late: only the end of a batch needs it

    look, own, written = read_data("report.formats", "workbook.yml"), words(language), io.BytesIO()
    book = Workbook(written, look["options"])
    sheet = book.add_worksheet(own["clients"])
    main, family = brand.colours.main, brand.fonts.text or "Calibri"

    def style(**more: Any) -> Any:
        return book.add_format({"font_name": family, "font_size": 10} | more)

    # Text that looks like a formula is none, where it is typed over either.
    kinds = {"text": style(quote_prefix=True), "bool": style()}
    kinds |= {kind: style(num_format=one["num_format"]) for kind, one in look["numbers"].items()}
    sheet.write(0, 0, own["title"], style(font_size=16, font_color=main))
    sheet.write(1, 0, " · ".join(filter(None, (brand.name, own["about"]))), style())
    head = {"bold": True, "font_color": "white", "bg_color": main, "text_wrap": True}
    heads = [style(**head, align="left" if key in _TEXT else "right") for key in _COLUMNS]
    rows = [_cells(one, language) for one in found]
    for number, cells in enumerate(rows, _HEAD + 1):
        for column, (value, kind) in enumerate(cells):
            sheet.write(number, column, value, kinds[kind])
    for column, (key, look_of) in enumerate(zip(_COLUMNS, heads, strict=True)):
        sheet.write(_HEAD, column, own[key], look_of)
        sheet.set_column(column, column, 26 if key in _WIDE else 11)
    sheet.set_row(_HEAD, 30)
    sheet.freeze_panes(_HEAD + 1, 1)
    sheet.autofilter(_HEAD, 0, _HEAD + len(rows), len(_COLUMNS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    book.set_properties({"author": brand.name or "cxlab", "created": datetime.datetime(*DAY)})
    book.close()
    write_fixed(written, path)


def _cells(client: Mapping, language: str) -> list[tuple[Any, str]]:
    facts, own = client["facts"], words(language)
    form, holds = format_of("estimate", facts["kind"]), ""
    if facts.get("change") is not None:
        holds = own["yes" if side_of(_row(facts, _CHANGE)) else "no"]
    told = {
        "client": client["client"],
        "holds": holds,
        **{key: client.get(key) for key in ("rank", "of")},
        **{key: said(client, language)[key] for key in ("metric", "first", "gap")},
        **{key: facts.get(name) for key, name in _COLUMNS.items() if name},
    }
    told = {key: text.visible(one) if isinstance(one, str) else one for key, one in told.items()}
    if told["figure"] is None:
        told["figure"] = own["hidden"]
    return [
        (told[key], form if key in _METRIC else "text" if isinstance(told[key], str) else "int")
        for key in _COLUMNS
    ]
