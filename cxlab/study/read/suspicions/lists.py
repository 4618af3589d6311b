"""Cells that hold several choices: as a group they put a respondent in two, and as a rating "1,2"
is taken for 1.2.
"""

import re
from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.schema import Codebook
from cxlab.study.read.cells import row_numbers
from cxlab.study.read.files import Table
from cxlab.study.read.suspicions.evidence import placed, trimmed, warning

MARKS = (";", "|", ",", "\n")
MOST_LEVELS = 2_000
_CODES = re.compile(r"\d\d?(\s*[,;|]\s*\d\d?)+|\d\d?( \d\d?)+")


def choices_as_groups(
    codebook: Codebook, tables: list[Table], text: pd.DataFrame
) -> Iterator[Fault]:
    """Segments whose cells list choices."""
    for column in text.columns.intersection([*codebook.segments]):
        cells = trimmed(text[column])
        levels = {*cells.unique()} - {"", *codebook.segments[column].levels}
        if len(levels) > MOST_LEVELS:
            continue
        for mark in MARKS:
            if joined := _joined(levels, mark):
                file, rows = placed(tables, cells.isin(joined))
                yield warning(
                    "cells list several choices, which would put a respondent in two groups",
                    file,
                    column,
                    rows,
                    min(joined, key=len),
                    "it is a multiple response: make a 0/1 column of each choice",
                )
                break


def _joined(levels: set[str], mark: str) -> set[str]:
    """The levels that are others with `mark` between. A choice may hold the mark itself, so it is
    known by standing alone; where none does, by standing in several lists of several lengths.
    """
    # What an export puts behind the last choice too (Microsoft Forms) is no choice.
    parts = {level: _parts(level, mark) for level in levels}
    alone = {level.rstrip(mark).strip() for level in levels}
    found = {level for level in levels if _is_made_of(parts[level], alone - {level}, mark)}
    lists = {level: held for level, held in parts.items() if len(held) > 1}
    in_lists = [choice for held in parts.values() for choice in set(held)]
    several = all(in_lists.count(choice) > 1 for held in lists.values() for choice in held)
    if not found and several and len({*map(len, lists.values())}) > 1:
        found = {*lists}
    return found


def _parts(level: str, mark: str) -> list[str]:
    return [part for piece in level.split(mark) if (part := piece.strip())]


def _is_made_of(parts: list[str], known: set[str], mark: str) -> bool:
    """Whether these parts, some of them put together again, are two or more known choices."""
    ends = {0: 0}  # the most choices that end before a part
    for end in range(1, len(parts) + 1):
        for start in [*ends]:
            choice = f"{mark} ".join(parts[start:end])
            if choice in known or choice.replace(f"{mark} ", mark) in known:
                ends[end] = max(ends.get(end, 0), ends[start] + 1)
    return ends.get(len(parts), 0) > 1


def lists_as_ratings(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Ratings of whole numbers in which cells list codes."""
    questions = [columns for item in codebook.items for columns in item.questions.values()]
    for column in dict.fromkeys(column for columns in questions for column in columns):
        for table in (table for table in tables if column in table.frame):
            cells = table.frame[column]
            held = {*map(str.strip, map(str, cells.dropna().unique()))}
            lists = {cell for cell in held if _CODES.fullmatch(cell)}
            if lists and all(map(_ascends, lists)) and not _decimals(lists):
                where = trimmed(cells).isin(lists)
                yield warning(
                    "cells list several codes: a multiple response, no rating",
                    table.file,
                    column,
                    row_numbers(cells.index, where),
                    ", ".join(sorted(lists)[:3]) + (" …" if len(lists) > 3 else ""),
                    "make a 0/1 column of each code, or name the column of the rating",
                )


def _ascends(cell: str) -> bool:
    codes = [*map(int, re.findall(r"\d+", cell))]
    return all(one < other for one, other in zip(codes, codes[1:], strict=False))


def _decimals(lists: set[str]) -> bool:
    """Whether these may be decimals after all: two whole numbers about one comma, one cell of them
    or with halves alone. Of many decimals, some begin with the higher number.
    """
    pairs = [cell.split(",") for cell in lists]
    halves = all(len(pair) == 2 and pair[1].strip() in ("0", "5") for pair in pairs)
    return all(len(pair) == 2 for pair in pairs) and (len(lists) < 2 or halves)
