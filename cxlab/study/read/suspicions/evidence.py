"""What several suspicions share: which columns nobody declared, how a header or a word reads, where
rows stand in their files, and the groups that were asked apart.
"""

import functools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import Fault
from cxlab.study.codebook.consistency import uses
from cxlab.study.codebook.normal import bare
from cxlab.study.codebook.row_keys import columns_of_rows
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.cells import parse_number, row_numbers

WORDS = read_data("study.read.suspicions", "words.yml")
warning = functools.partial(Fault, severity="warning")
# A suspicion is raised where chance alone would have brought it about less often than this.
CHANCE = 0.001


def folded(text: object) -> str:
    """A header or a word without case, accents and blanks that do not count."""
    return " ".join(bare(str(text)).casefold().split())


def named(column: str, headers: Sequence[str]) -> bool:
    """Whether a header is one of these."""
    return folded(column) in headers


def unused(codebook: Codebook, table: Table) -> Iterator[str]:
    """The columns of a file that the codebook gives no role and no filter."""
    declared = {use.column for use in uses(codebook)}
    declared |= {column for column, _key in columns_of_rows(codebook)}
    if codebook.status:
        declared.add(codebook.status.column)
    return (column for column in table.frame if column not in declared)


def trimmed(cells: pd.Series) -> pd.Series:
    return cells.fillna("").astype(str).str.strip()


def counted(cells: pd.Series, most: int = 5) -> str:
    """The distinct cells with their counts, the most frequent first."""
    counts = cells.value_counts()
    more = " …" if len(counts) > most else ""
    return ", ".join(f"{word or '(blank)'} ({n})" for word, n in counts.head(most).items()) + more


def numbers_in(cells: pd.Series, table: Table) -> np.ndarray:
    """The numbers in a column, NaN where a cell holds none."""
    codes, texts = pd.factorize(cells.fillna(""))
    read = [parse_number(str(text), *table.marks_of(cells.name)) for text in texts]
    return np.array([*read, math.nan])[codes]


def placed(tables: Sequence[Table], where: np.ndarray | pd.Series) -> tuple[str, tuple[int, ...]]:
    """The first file in which `where` is true of a row, and its rows there."""
    start = 0
    for table in tables:
        here = np.asarray(where)[start : (start := start + len(table.frame))]
        if here.any():
            return table.file, row_numbers(table.frame.index, here)
    return tables[0].file, ()


def asked_apart(
    codebook: Codebook, tables: Sequence[Table], text: pd.DataFrame
) -> dict[str, np.ndarray]:
    """The rows of each wave, or of each file where no wave is declared."""
    if codebook.wave:
        names = trimmed(text[codebook.wave]).to_numpy()
    else:
        names = np.repeat([table.file for table in tables], [len(t.frame) for t in tables])
    return {name: names == name for name in pd.unique(names) if name}
