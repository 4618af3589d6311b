"""The tables of a report, each once: a workbook is made of them, and the manifest counts what they
hide.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def tables(parts: Sequence[Mapping]) -> list[Mapping]:
    """Every table of the report once, in the order met: shown ones, the headline figures, those
    that figures were drawn from, and those that sentences were made from, unless another table
    tells all of it.
    """
    met = {}
    for held in filter(None, map(table_of, parts)):
        if held["rows"]:
            met.setdefault(repr((held.get("behind"), held["columns"], held["rows"])), held)
    kept = []
    # What the page shows first, then the fullest, so that of two that tell the same the longer one
    # stays.
    for one in sorted(
        met.values(), key=lambda one: (bool(one.get("behind")), -sum(map(len, one["rows"])))
    ):
        if not (one.get("behind") and any(_within(one, other) for other in kept)):
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
