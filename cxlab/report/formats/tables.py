"""The tables of a report, each once: a workbook is made of them, and the manifest counts what they
hide.
"""

from collections.abc import Mapping, Sequence


def tables(parts: Sequence[Mapping]) -> list[Mapping]:
    """Every table of the report once, in the order met: shown ones, the headline figures, those
    that figures were drawn from, and those that sentences were made from, unless another table
    tells all of it.
    """
    met = {}
    for part in parts:
        held = table_of(part)
        if held and held["rows"]:
            met.setdefault(repr((held.get("behind"), held["columns"], held["rows"])), held)
    kept = [one for one in met.values() if not one.get("behind")]
    # The fullest first, so that of two that tell the same the longer one stays.
    behind = [one for one in met.values() if one.get("behind")]
    for one in sorted(behind, key=lambda one: -sum(map(len, one["rows"]))):
        if not any(_within(one, other) for other in kept):
            kept.append(one)
    return [one for one in met.values() if any(one is other for other in kept)]


def table_of(part: Mapping) -> Mapping | None:
    """The table that a part is, or that its figure was drawn from."""
    held = part.get("data") if part["kind"] == "figure" else part
    return held if held and held["kind"] in ("table", "cards") else None


def hidden(table: Mapping) -> int:
    """How many cells of a table are suppressed."""
    return sum(kind == "hidden" for kinds in table["kinds"] for kind in kinds)


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
    return [
        repr([(values[places[name]], kinds[places[name]]) for name in names])
        for values, kinds in zip(table["rows"], table["kinds"], strict=True)
    ]


def cover_of(parts: Sequence[Mapping]) -> Mapping:
    """The cover of a report: its client, title, facts, and that it is simulated; empty words where
    it has none.
    """
    none = {"client": "", "title": "", "facts": [], "simulated": []}
    return next((part for part in parts if part["kind"] == "cover"), none)
