"""Respondents who stand twice under two ids, or under none: the same answers, or nearly, in more
columns than chance would bring together.

Chance is judged by the file itself. Where rows are alike by chance, far more of them differ in one
answer than in none; copies are alike in all.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.table import Table
from cxlab.study.read.answers import Answers
from cxlab.study.read.cells import row_numbers
from cxlab.study.read.suspicions.evidence import CHANCE, warning

MOST_ROWS, MOST_PAIRED, BLOCK = 50_000, 5_000, 500
LEAST_ANSWERS, LEAST_RATINGS = 4, 20
# Of many ratings, a share as in Kuriakose and Robbins (2016), and one that tells whether it is the
# tail of what is usual (Simmons et al. 2016).
NEAR, USUAL = 0.9, 0.8
# The share of a row's answers that may be one and the same: beyond it rows are alike by habit.
HABIT = 0.75
# Texts of more letters on average than these, mostly different ones, are people's own words, of
# which two are the same with this probability.
LONG, SENTENCE = 12, 1e-4
_STAMP = r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ,].*)?|\d{1,2}:\d\d.*"


def duplicates_without_id(
    codebook: Codebook, tables: list[Table], answers: Answers
) -> Iterator[Fault]:
    """Rows that repeat another in each file: in all their answers, and in nearly all ratings."""
    start = 0
    for table in tables:
        here = slice(start, start := start + len(table.frame))
        if not 2 < len(table.frame) <= MOST_ROWS:
            continue
        rated = [one[here] for one in answers.values.values()]
        values = np.column_stack([np.empty((len(table.frame), 0)), *rated])
        copied, columns = _copies(codebook, table)
        if copied.any():
            yield warning(
                said(
                    "{n} rows hold the same answers as another row, in all {k} columns but time"
                    " stamps and running numbers",
                    n=int(copied.sum()),
                    k=columns,
                ),
                table.file,
                rows=row_numbers(table.frame.index, copied),
                fix="keep one row of each respondent",
            )
        near = _near_copies(values[:, ~np.isnan(values).all(axis=0)], ~copied)
        if near.any():
            yield warning(
                said(
                    "{n} respondents gave the same answers as another to {share:.0%} or more of"
                    " their ratings",
                    n=int(near.sum()),
                    share=NEAR,
                ),
                table.file,
                rows=row_numbers(table.frame.index, near),
                fix="compare these rows: were interviews copied?",
            )


def _copies(codebook: Codebook, table: Table) -> tuple[np.ndarray, int]:
    """Which rows stand more than once, and in how many columns they were compared."""
    frame = table.frame
    n, nobody = len(frame), np.zeros(len(frame), dtype=bool)
    kept = [
        column
        for column in frame
        if column != codebook.respondent and not _counts_rows(frame[column])
    ]
    if len(kept) < LEAST_ANSWERS:
        return nobody, 0
    codes = pd.factorize(frame[kept].to_numpy().ravel())[0].reshape(n, -1)
    hashed = codes.astype(np.uint64) * np.random.default_rng(0).integers(
        1, 2**63, len(kept), dtype=np.uint64
    )
    whole = hashed.sum(axis=1)
    copied = pd.Series(whole).duplicated(keep=False).to_numpy() & ~_by_habit(codes)
    chances = [_by_chance(frame[column]) for column in kept]
    if not copied.any() or n**2 / 2 * np.prod(chances) > CHANCE:
        return nobody, 0
    # Pairs that differ in one answer agree when it is left out; so do those that differ in none.
    apart = sum(_pairs(whole - one) - _pairs(whole) for one in hashed.T)
    return (copied if apart < _pairs(whole[copied]) else nobody), len(kept)


def _counts_rows(cells: pd.Series) -> bool:
    """Whether a column tells when or in which order rows came, or the same of all."""
    levels = pd.Series(cells.dropna().unique()).astype(str).str.strip()
    levels = levels[levels != ""]
    if len(levels) < 2 or len(levels) == len(cells):
        return True
    numbers = pd.to_numeric(levels, errors="coerce")
    # Amounts repeat; what counts rows, or seconds, hardly does.
    running = len(levels) > 0.7 * len(cells) and (numbers % 1 == 0).all()
    return running or levels.head(100).str.fullmatch(_STAMP).mean() > 0.8


def _by_chance(cells: pd.Series) -> float:
    """The probability that two rows have the same cell. Nobody writes another's sentence."""
    counts = cells.value_counts(dropna=False)
    long = counts.index.astype(str).str.len().to_numpy().mean() > LONG
    return SENTENCE if long and len(counts) > len(cells) / 2 else ((counts / len(cells)) ** 2).sum()


def _by_habit(rows: np.ndarray) -> np.ndarray:
    """Rows in which most answers are one and the same."""
    usual, most = np.sort(rows, axis=1), int(HABIT * rows.shape[1])
    return (usual[:, most:] == usual[:, :-most]).any(axis=1)


def _pairs(keys: np.ndarray) -> int:
    counts = np.unique(keys, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())


def _near_copies(values: np.ndarray, able: np.ndarray) -> np.ndarray:
    """Which respondents share nearly all of many ratings with another, where that is not usual."""
    n, k = values.shape
    near = np.zeros(n, dtype=bool)
    if k < LEAST_RATINGS or n > MOST_PAIRED:
        return near
    able = able & ((~np.isnan(values)).sum(axis=1) >= LEAST_RATINGS) & ~_by_habit(values)
    rated, where = values[able], np.flatnonzero(able)
    answered = (~np.isnan(rated)).astype(np.float32)
    pairs = usual = 0
    for start in range(0, len(rated), BLOCK):
        block = slice(start, start + BLOCK)
        both = answered[block] @ answered.T
        same = sum((one[block, None] == one).astype(np.int16) for one in rated.T)
        share = np.where(both >= LEAST_RATINGS, same / np.maximum(both, 1), 0)
        share[np.arange(len(share)), start + np.arange(len(share))] = 0
        pairs += (share >= NEAR).sum()
        usual += ((share >= USUAL) & (share < NEAR)).sum()
        near[where[block]] |= (share >= NEAR).any(axis=1)
    return near if usual < pairs else np.zeros(n, dtype=bool)
