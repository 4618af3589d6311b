"""Groups that are one group, or none: spellings that differ in form only, words for an empty cell,
a date that a spreadsheet made of a range; and cells that hold several choices: as a group they put
a respondent in two, and as a rating "1,2" is taken for 1.2.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import uses
from cxlab.study.exports.headers import unaccented
from cxlab.study.read.cells import trimmed
from cxlab.study.read.suspicions.evidence import WORDS, Seen, counted

SPLITS = ("segments", "wave", "account", "strata", "parties", "channel")
MARKS = (";", "|", ",", "\n")
MOST_LEVELS, SAMPLE = 2_000, 5_000
_ALIKE = str.maketrans(*WORDS["alike"])
_DATE = re.compile(
    r"\d{4}-\d\d?-\d\d?([T ][\d:.]+)?|\d\d?/\d\d?/\d{4}"
    r"|\d\d?[-/. ](jan|ene|fe[bv]|mar|a[bp]r|ma[iy]|jun|jul|a[ug]o?|se[pt]|o[cu]t|nov|de[cz]|dic)"
    r"[a-z]{0,7}\.?([-/. ]\d{2,4})?",
    re.IGNORECASE,
)
_CODES = re.compile(r"\d\d?(\s*[,;|]\s*\d\d?)+|\d\d?( \d\d?)+")


def suspicious_levels(seen: Seen) -> Iterator[Fault]:
    """What the groups of every split say against themselves."""
    segments, text = seen.codebook.segments, seen.answers.text
    for column in dict.fromkeys(use.column for use in uses(seen.codebook) if use.role in SPLITS):
        if column not in text or column in seen.codebook.personal_data:
            continue
        cells = trimmed(text[column])
        declared = getattr(segments.get(column), "levels", ())
        cells = cells.mask(cells.isin([*declared]), "")  # declared as they are
        for look in (*([_choices] if column in segments else ()), _forms, _empty, _dates):
            for problem, levels, value, fix in look(column, cells):
                yield seen.warning(problem, cells.isin(levels), column, value, fix)


Found = Iterator[tuple[str, Iterable[str], str, str]]  # what is wrong, levels, value, what to do


def _forms(column: str, cells: pd.Series) -> Found:
    """Levels that are one but for case, blanks, accents or letters of another script."""
    by_form: dict[str, list[str]] = {}
    for level in cells[cells != ""].unique():
        seen = "".join(c for c in level if unicodedata.category(c) != "Cf")
        form = unaccented(unicodedata.normalize("NFKC", seen).translate(_ALIKE))
        by_form.setdefault(re.sub(r"\s*([-/&–])\s*", r"\1", form), []).append(level)
    for same in (found for found in by_form.values() if len(found) > 1):
        alike = cells[cells.isin(same)]
        usual, *others = alike.value_counts().index
        codes = ", ".join(f'"{other}": "{usual}"' for other in others)
        fix = said(
            "if they are one, `recode: {{{column}: {{{codes}}}}}`", column=column, codes=codes
        )
        problem = "groups that differ in form only"
        yield problem, others, counted(alike), fix


def _empty(column: str, cells: pd.Series) -> Found:
    """Levels that stand for an empty cell. NA stays: it is a region, and Namibia."""
    for level in cells.unique():
        if level.casefold() in WORDS["emptiness"]:
            fix = said(
                'if it is no answer, `recode: {{{column}: {{"{level}": ""}}}}`; if it is a group,'
                " list all groups under levels:",
                column=column,
                level=level,
            )
            problem = "a group is named by a word for an empty cell"
            yield problem, [level], level, fix


def _dates(column: str, cells: pd.Series) -> Found:
    """A date among groups with other numbers."""
    numbered = [level for level in cells.unique() if re.search(r"\d", level)]
    dates = [level for level in numbered if _DATE.fullmatch(level)]
    if 0 < len(dates) <= len(numbered) / 2:
        fix = said(
            'write the range as text in the file, or `recode: {{{column}: {{"{date}": "…"}}}}`',
            column=column,
            date=dates[0],
        )
        problem = 'a date among texts: did a spreadsheet make it of a range such as "1-3"?'
        yield problem, dates, ", ".join(dates[:3]), fix


def _choices(_column: str, cells: pd.Series) -> Found:
    """Levels that list choices."""
    levels = {*cells.unique()} - {""}
    found = (_joined(levels, mark) for mark in MARKS if len(levels) <= MOST_LEVELS)
    if joined := next(filter(None, found), None):
        problem = "cells list several choices, which would put a respondent in two groups"
        fix = "it is a multiple response and no segment: declare it under multiple_response:"
        yield problem, joined, min(joined, key=len), fix


def _joined(levels: set[str], mark: str) -> set[str]:
    """The levels that are others with `mark` between. A choice may hold the mark itself, so it is
    known by standing alone; where none does, by standing in several lists of several lengths.
    """
    # What an export puts behind the last choice too (Microsoft Forms) is no choice.
    texts = {level: level.strip(f"{mark} ").casefold() for level in levels}
    lists = {level: text.split(mark) for level, text in texts.items() if mark in text}
    choice = f"(?:{'|'.join(map(re.escape, {*texts.values()} - {''}))})"
    joined = re.compile(rf"{choice}(?:\s*{re.escape(mark)}\s*{choice})+")
    found = {level for level in lists if joined.fullmatch(texts[level])}
    counts = Counter(choice.strip() for held in lists.values() for choice in {*held})
    is_listed = len({*map(len, lists.values())}) > 1 and min(counts.values()) > 1
    return found or ({*lists} if is_listed else set())


def lists_as_ratings(seen: Seen) -> Iterator[Fault]:
    """Ratings of whole numbers in which cells list codes."""
    for column in seen.codebook.rated:
        for table in (table for table in seen.tables if column in table.frame):
            # A question of several choices shows it soon.
            levels = trimmed(table.frame[column].iloc[:SAMPLE]).unique()
            if lists := code_lists(levels):
                where = trimmed(table.frame[column]).str.fullmatch(_CODES)
                shown = ", ".join(sorted(lists)[:3]) + (" …" if len(lists) > 3 else "")
                problem = "cells list several codes: a multiple response, no rating"
                fix = "name the column of the rating; declare this one under multiple_response:"
                yield table.warning(problem, where, column, shown, fix)


def code_lists(levels: Iterable[str]) -> list[str]:
    """The levels that list codes; none where these may be decimals after all."""
    lists = [level for level in levels if _CODES.fullmatch(level)]
    return lists if all(map(_ascends, lists)) and not _decimals(lists) else []


def _ascends(cell: str) -> bool:
    return all(one < other for one, other in pairwise(map(int, re.findall(r"\d+", cell))))


def _decimals(lists: list[str]) -> bool:
    """Whether these may be decimals after all: two whole numbers about one comma, one cell of them
    or with halves alone. Of many decimals, some begin with the higher number.
    """
    pairs = [re.fullmatch(r"\d+,\s*(\d+)", cell) for cell in lists]
    return all(pairs) and (len(pairs) < 2 or {pair[1] for pair in pairs} <= {"0", "5"})
