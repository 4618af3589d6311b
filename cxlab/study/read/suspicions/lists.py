"""Cells that hold several choices: as a group they put a respondent in two, and as a rating "1,2"
is taken for 1.2.
"""

import re
from collections import Counter
from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import folded
from cxlab.study.exports.table import Table
from cxlab.study.read.cells import row_numbers
from cxlab.study.read.suspicions.evidence import placed, trimmed, warning

MARKS = (";", "|", ",", "\n")
MOST_LEVELS, SAMPLE = 2_000, 5_000
_NO_SEGMENT = "it is a multiple response and no segment; `holds:` in a rule of study.yml reads it"
_NO_RATING = "name the column of the rating; `holds:` in a rule of study.yml reads such lists"
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
                    _NO_SEGMENT,
                )
                break


def _joined(levels: set[str], mark: str) -> set[str]:
    """The levels that are others with `mark` between. A choice may hold the mark itself, so it is
    known by standing alone; where none does, by standing in several lists of several lengths.
    """
    # What an export puts behind the last choice too (Microsoft Forms) is no choice.
    alone = {folded(level.strip(f"{mark} ")) for level in levels}
    bare = {level: level.strip(f"{mark} ") for level in levels}
    found = {
        level for level, text in bare.items() if _is_made_of(text, alone - {folded(text)}, mark)
    }
    lists = [[*map(str.strip, text.split(mark))] for text in bare.values() if mark in text]
    choices = Counter(choice for held in lists for choice in {*held})
    if not found and len({*map(len, lists)}) > 1 and min(choices.values()) > 1:
        found = {level for level, text in bare.items() if mark in text}
    return found


def _is_made_of(text: str, others: set[str], mark: str) -> bool:
    """Whether a cell is other ones put together by the mark."""
    pieces = [folded(piece) for piece in text.split(mark)]
    reach = {0}
    for end in range(1, len(pieces) + 1):
        for start in [*reach]:
            joined = (folded(f"{mark} ".join(pieces[start:end])), mark.join(pieces[start:end]))
            if others & {*joined}:
                reach.add(end)
    return len(pieces) > 1 and len(pieces) in reach


def lists_as_ratings(codebook: Codebook, tables: list[Table]) -> Iterator[Fault]:
    """Ratings of whole numbers in which cells list codes."""
    questions = [columns for item in codebook.items for columns in item.questions.values()]
    for column in dict.fromkeys(column for columns in questions for column in columns):
        for table in (table for table in tables if column in table.frame):
            cells = table.frame[column]
            if not any(map(_CODES.fullmatch, map(str, cells.iloc[:SAMPLE].unique()))):
                continue  # a question of several choices shows it soon
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
                    _NO_RATING,
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
