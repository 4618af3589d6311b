"""Touchpoints, or actions, that stand in a table of their own: its rows as study.yml would hold
them, and what is wrong in them said of that table, where it can be corrected.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import yaml

from cxlab.errors import Fault
from cxlab.languages import LANGUAGES
from cxlab.study import sizes
from cxlab.study.codebook.declaration import held_in
from cxlab.study.exports.table import Table

# Keys that hold a filter, written in a cell as in study.yml: {column: age, at_least: 18}.
_FILTERS = {"asked_if", "used_if"}


def rows_of(table: Table) -> list[dict]:
    """The rows of the table as study.yml would hold them; empty cells mean "not given"."""
    sizes.check(table.frame.size, "keys and values", table.file)
    return [_row(cells, table.file) for cells in table.frame.to_dict("records")]


def _row(cells: dict[str, str], file: str) -> dict:
    row = {key.strip(): value.strip() for key, value in cells.items() if value.strip()}
    for key in _FILTERS & row.keys():
        with contextlib.suppress(yaml.YAMLError):  # a text is no filter, which is said of it
            row[key] = held_in(row[key], file)
    label = {tag: row.pop(own["label"]) for tag, own in LANGUAGES.items() if own["label"] in row}
    return {**row, "label": label} if label else row


def placed(faults: list[Fault], tables: Mapping[str, Table]) -> list[Fault]:
    """The faults of a study; those of what stands in tables of their own (by their keys) with the
    table's name, column and rows.
    """
    rows = {key: _rows_by_name(table) for key, table in tables.items()}
    found: dict[tuple[str, str, str], Fault] = {}
    for fault in faults:
        fault = _in_table(fault, tables, rows)
        same = fault.problem, fault.column, fault.file
        first = found.setdefault(same, fault)
        # A header that is none is one fault, and not one of each row.
        found[same] = replace(first, rows=tuple(sorted({*first.rows, *fault.rows})))
    return list(found.values()) if tables else faults


Rows = dict[str, list[int]]


def _rows_by_name(table: Table) -> Rows:
    """The rows of a table by the number of each, from 0, and by the touchpoint in them."""
    numbers = [*map(int, table.frame.index)]
    rows = {str(place): [number] for place, number in enumerate(numbers)}
    ids = table.frame.get("touchpoint", pd.Series("", table.frame.index)).str.strip()
    return rows | {name: [*map(int, own)] for name, own in ids.groupby(ids).groups.items()}


def _in_table(fault: Fault, tables: Mapping[str, Table], rows: Mapping[str, Rows]) -> Fault:
    key, _, place = fault.column.partition(".")
    if told := re.match(r"actions, row (\d+): (\w+)", fault.problem):
        key, place = "actions", f"{int(told[1]) - 1}.{told[2]}"
    if key in tables:
        name, _, column = place.partition(".")
        here = rows[key].get(name, ())
        if not here:
            here, column = [1], column or place
    elif fault.column or "touchpoints" not in tables:
        return fault
    else:
        key, column = "touchpoints", ""
        words = dict.fromkeys(re.findall(r"\w+", fault.problem))
        here = [row for word in words if not word.isdecimal() for row in rows[key].get(word, ())]
        if not here:
            return fault
    return replace(fault, file=tables[key].file, column=column, rows=tuple(sorted(here)))
