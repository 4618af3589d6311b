"""Groups that are one group, or none: spellings that differ in form only, words for an empty cell,
and a date that a spreadsheet made of a range.
"""

import re
import unicodedata
from collections.abc import Iterator

import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.consistency import uses
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.suspicions.evidence import (
    WORDS,
    counted,
    folded,
    placed,
    trimmed,
    warning,
)

SPLITS = ("segments", "wave", "account", "strata", "parties", "channel")
_ALIKE = str.maketrans(*WORDS["alike"])
_DATE = re.compile(
    r"\d{4}-\d\d?-\d\d?([T ][\d:.]+)?|\d\d?/\d\d?/\d{4}"
    r"|\d\d?[-/. ](jan|ene|fe[bv]|mar|a[bp]r|ma[iy]|jun|jul|a[ug]o?|se[pt]|o[cu]t|nov|de[cz]|dic)"
    r"[a-z]{0,7}\.?([-/. ]\d{2,4})?",
    re.IGNORECASE,
)


def suspicious_levels(
    codebook: Codebook, tables: list[Table], text: pd.DataFrame
) -> Iterator[Fault]:
    """What the groups of every split say against themselves."""
    columns = dict.fromkeys(use.column for use in uses(codebook) if use.role in SPLITS)
    for column in columns:
        if column not in text or column in codebook.personal_data:
            continue
        segment = codebook.segments.get(column)
        cells = trimmed(text[column])
        cells = cells.mask(
            cells.isin([*getattr(segment, "levels", ())]), ""
        )  # declared as they are
        levels = [level for level in cells.unique() if level]
        yield from _forms(column, tables, cells, levels)
        yield from _empty(column, tables, cells, levels)
        yield from _dates(column, tables, cells, levels)


def _forms(
    column: str, tables: list[Table], cells: pd.Series, levels: list[str]
) -> Iterator[Fault]:
    """Levels that are one but for case, blanks, accents or letters of another script."""
    by_form: dict[str, list[str]] = {}
    for level in levels:
        seen = "".join(c for c in level if unicodedata.category(c) != "Cf")
        form = folded(unicodedata.normalize("NFKC", seen).translate(_ALIKE))
        by_form.setdefault(re.sub(r"\s*([-/&–])\s*", r"\1", form), []).append(level)
    for same in (found for found in by_form.values() if len(found) > 1):
        counts = cells[cells.isin(same)]
        usual, *others = counts.value_counts().index
        codes = ", ".join(f'"{other}": "{usual}"' for other in others)
        file, rows = placed(tables, cells.isin(others))
        fix = said(
            "if they are one, `recode: {{{column}: {{{codes}}}}}`", column=column, codes=codes
        )
        problem = "groups that differ in form only"
        yield warning(problem, file, column, rows, counted(counts), fix)


def _empty(
    column: str, tables: list[Table], cells: pd.Series, levels: list[str]
) -> Iterator[Fault]:
    """Levels that stand for an empty cell. NA stays: it is a region, and Namibia."""
    for level in levels:
        if level.casefold() in WORDS["emptiness"]:
            file, rows = placed(tables, cells == level)
            fix = said(
                'if it is no answer, `recode: {{{column}: {{"{level}": ""}}}}`; if it is a group,'
                " list all groups under levels:",
                column=column,
                level=level,
            )
            yield warning(
                "a group is named by a word for an empty cell", file, column, rows, level, fix
            )


def _dates(
    column: str, tables: list[Table], cells: pd.Series, levels: list[str]
) -> Iterator[Fault]:
    """A date among groups with other numbers."""
    dates = [level for level in levels if _DATE.fullmatch(level)]
    ranges = [level for level in levels if level not in dates and re.search(r"\d", level)]
    if 0 < len(dates) <= len(ranges):
        file, rows = placed(tables, cells.isin(dates))
        fix = said(
            'write the range as text in the file, or `recode: {{{column}: {{"{date}": "…"}}}}`',
            column=column,
            date=dates[0],
        )
        problem = 'a date among texts: did a spreadsheet make it of a range such as "1-3"?'
        yield warning(problem, file, column, rows, ", ".join(dates[:3]), fix)
