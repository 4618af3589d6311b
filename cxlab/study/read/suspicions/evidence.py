"""What suspicions look at, and what several of them share: a warning with the rows that it is
about, which columns nobody declared, and how a header or a cell reads.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import Fault
from cxlab.study.codebook.consistency import uses
from cxlab.study.codebook.row_keys import columns_of_rows
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import unaccented
from cxlab.study.exports.table import Table, by_file
from cxlab.study.read.answers import Answers
from cxlab.study.read.cells import parse_number

WORDS = read_data("study.read.suspicions", "words.yml")
# A suspicion is raised where chance alone would have brought it about less often than this; of a
# correlation, where it lies so many of its errors from none.
CHANCE, CERTAIN = 0.001, 3.0


class Seen(NamedTuple):
    """A study's files, and the answers in all of them: as text alone where they could not be
    read as ratings.
    """

    codebook: Codebook
    tables: list[Table]
    answers: Answers

    def warning(
        self,
        problem: str,
        where: np.ndarray | pd.Series | None = None,
        column: str = "",
        value: str = "",
        fix: str = "",
    ) -> Fault:
        """A warning about the first file in which `where` is true of a row, and its rows there;
        about the first file where it is true of none, and about no file without it.
        """
        if where is None:
            return Fault(problem, "", column, (), value, fix, "warning")
        found = (part for part in by_file(self.tables, where) if part[1].any())
        table, here = next(found, (self.tables[0], None))
        return table.warning(problem, here, column, value, fix)

    def unused(self, table: Table) -> Iterator[str]:
        """The columns of a file that the codebook gives no role and no filter."""
        declared = {use.column for use in uses(self.codebook)}
        declared |= {column for column, _key in columns_of_rows(self.codebook)}
        return (column for column in table.frame if column not in declared)


def named(column: str, kind: str) -> bool:
    """Whether a header is one of a kind in words.yml."""
    return unaccented(column) in WORDS[kind]


def counted(cells: pd.Series) -> str:
    """The distinct cells with their counts, the five most frequent first."""
    counts = cells.value_counts()
    more = " …" if len(counts) > 5 else ""
    return ", ".join(f"{word or '(blank)'} ({n})" for word, n in counts.head(5).items()) + more


def certain_r(
    rating: np.ndarray | pd.Series, outcome: np.ndarray | pd.Series, least: int
) -> tuple[float, int]:
    """The correlation of two ratings and its n, 0 where chance may have made it, or where fewer
    than `least` gave both.
    """
    n = int(np.count_nonzero(~np.isnan(rating + outcome)))
    r = pd.Series(rating).corr(pd.Series(outcome), min_periods=least)
    z = math.atanh(min(abs(r), 0.999999)) * math.sqrt(max(n - 3, 0))  # Fisher's
    return (r if z > CERTAIN else 0.0), n


def numbers_in(cells: pd.Series, table: Table) -> np.ndarray:
    """The numbers in a column, NaN where a cell holds none."""
    codes, texts = pd.factorize(cells.fillna(""))
    read = [parse_number(str(text), *table.marks_of(cells.name)) for text in texts]
    return np.array([*read, math.nan])[codes]
