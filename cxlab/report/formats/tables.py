"""The tables of a report, each once: a workbook is made of them, and the manifest counts what they
hide.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SUMMARY = "bottom_line"  # the section that a reader with one minute reads


def tables(parts: Sequence[Mapping]) -> list[Mapping]:
    """Every table of the report once, in the order met: shown ones, the headline figures, those
    that figures were drawn from, and those that sentences were made from, unless another table
    tells all of it (of shown ones, another of the same title).
    """
    met = {}
    for held in filter(None, map(table_of, parts)):
        if held["rows"]:
            met.setdefault(repr((held.get("behind"), held["columns"], held["rows"])), held)
    kept = []
    # The fullest first, so that of two that tell the same the longer one stays; of two that are
    # alike the shown one.
    for one in sorted(
        met.values(), key=lambda one: (-sum(map(len, one["rows"])), bool(one.get("behind")))
    ):
        if not any(_within(one, other) for other in kept if _stands_for(other, one)):
            kept.append(one)
    return [one for one in met.values() if any(one is other for other in kept)]


def table_of(part: Mapping) -> Mapping | None:
    """The table that a part is, or that its figure was drawn from."""
    held = part.get("data") if part["kind"] == "figure" else part
    return held if held and held["kind"] in ("table", "cards") else None


def hidden(table: Mapping) -> int:
    """How many cells of a table are suppressed."""
    return sum(kinds.count("hidden") for kinds in table["kinds"])


def rows_of(table: Mapping) -> list[list[tuple[Any, str]]]:
    """The rows of a table, each value with its kind."""
    pairs = zip(table["rows"], table["kinds"], strict=True)
    return [list(zip(values, kinds, strict=True)) for values, kinds in pairs]


def _stands_for(other: Mapping, table: Mapping) -> bool:
    """Whether a reader who misses a table looks for it in the other."""
    return bool(table.get("behind")) or table["title"] == other["title"]


def _within(table: Mapping, other: Mapping) -> bool:
    """Whether every row of a table stands in another, which may have more rows and more columns; a
    note may be worded otherwise.
    """
    names = [column["name"] for column in table["columns"] if column["name"] != "note"]
    if not set(names) <= {column["name"] for column in other["columns"]}:
        return False
    there = set(_cells(other, names))
    return all(row in there for row in _cells(table, names))


def _cells(table: Mapping, names: Sequence[str]) -> list[str]:
    places = {column["name"]: place for place, column in enumerate(table["columns"])}
    return [repr([row[places[name]] for name in names]) for row in rows_of(table)]


def cover_of(parts: Sequence[Mapping]) -> Mapping:
    """The cover of a report: its client, title, facts, and that it is simulated; empty words where
    it has none.
    """
    none = {"client": "", "title": "", "facts": [], "simulated": []}
    return next((part for part in parts if part["kind"] == "cover"), none)


def summary_of(parts: Sequence[Mapping]) -> list[Mapping]:
    """The section that opens the report: its heading, then its sentences and tables; nothing where
    it is left out.
    """
    found: list[Mapping] = []
    for part in parts:
        if part["kind"] == "section":
            if found:
                break
            if part["id"] == SUMMARY:
                found.append(part)
        elif found and part["kind"] in ("cards", "table", "text") and not part.get("behind"):
            found.append(part)
    return found
