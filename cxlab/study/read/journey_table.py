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
    if "actions" in tables:
        faults = [_of_action(fault, tables["actions"]) for fault in faults]
    return _of_points(faults, tables["touchpoints"]) if "touchpoints" in tables else faults


def _of_action(fault: Fault, table: Table) -> Fault:
    """A fault of an action, told by its number: actions.0.due, "actions, the 1th"."""
    key, _, place = fault.column.partition(".")
    number, _, column = place.partition(".")
    if told := re.match(r"actions, the (\d+)th: (\w+)", fault.problem):
        key, number, column = "actions", str(int(told[1]) - 1), told[2]
    if key != "actions" or not number.isdecimal():
        return fault
    here = table.frame.index[int(number) : int(number) + 1]
    return replace(fault, file=table.file, column=column, rows=tuple(map(int, here)))


def _of_points(faults: list[Fault], table: Table) -> list[Fault]:
    ids = table.frame.get("touchpoint", pd.Series("", table.frame.index)).str.strip()
    rows = {name: tuple(labels) for name, labels in ids.groupby(ids).groups.items()}
    found: dict[tuple[str, str, str], Fault] = {}
    for fault in faults:
        fault = _in_table(fault, table, rows)
        same = fault.problem, fault.column, fault.file
        first = found.setdefault(same, fault)
        # A header that is none is one fault, and not one of each row.
        found[same] = replace(first, rows=tuple(sorted({*first.rows, *fault.rows})))
    return list(found.values())


def _in_table(fault: Fault, table: Table, rows: Mapping[str, tuple[int, ...]]) -> Fault:
    key, _, place = fault.column.partition(".")
    if key == "touchpoints":
        name, column = place.rsplit(".", 1) if "." in place else (place, "")
        here = rows.get(name, ())
        if not here and name.isdecimal():  # of one without an id
            here = tuple(table.frame.index[int(name) : int(name) + 1])
        if not here:
            here, column = table.frame.index[:1] - 1, column or place
    elif fault.column:
        return fault
    else:
        words, column = dict.fromkeys(re.findall(r"\w+", fault.problem)), ""
        here = [row for word in words for row in rows.get(word, ())]
        if not here:
            return fault
    return replace(fault, file=table.file, column=column, rows=tuple(map(int, sorted(here))))
