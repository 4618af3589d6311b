"""How people answered: twice, under two ids or under none; with one answer to everything; faster
than anyone reads. Counted for the reader to judge; nobody is left out.

Whether answers are alike by chance is judged by the file itself. By chance, far more rows differ in
one answer than in none; copies are alike in all.
"""

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.schema import Codebook
from cxlab.study.exports.headers import unaccented
from cxlab.study.exports.table import Table, by_file
from cxlab.study.read.suspicions.evidence import CHANCE, WORDS, Seen, named, numbers_in

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
TOGETHER = 50_000  # rows that are looked at
LEAST_STRAIGHT = 6
FAST = 3  # times as fast as the median
LEAST_TIMES = 10
MOST_FAST = 0.2  # where more are that fast, the median is that of several kinds of rows
JUDGE = "look at these rows; nobody is left out unless include: says so"


def duplicates_without_id(seen: Seen) -> Iterator[Fault]:
    """Rows that repeat another in each file: in all their answers, and in nearly all ratings."""
    for table, here in by_file(seen.tables, range(len(seen.answers.text))):
        if not 2 < len(here) <= MOST_ROWS:
            continue
        copied, columns = _copies(seen.codebook, table)
        if copied.any():
            problem = said(
                "{n} rows hold the same answers as another row, in all {k} columns but time"
                " stamps and running numbers",
                n=int(copied.sum()),
                k=columns,
            )
            yield table.warning(problem, copied, fix="keep one row of each respondent")
        values = pd.DataFrame({key: one[here] for key, one in seen.answers.values.items()})
        near = _near_copies(values.dropna(axis=1, how="all").to_numpy(), ~copied)
        if near.any():
            problem = said(
                "{n} respondents gave the same answers as another to {share:.0%} or more of"
                " their ratings",
                n=int(near.sum()),
                share=NEAR,
            )
            fix = "compare these rows: were interviews copied?"
            yield table.warning(problem, near, fix=fix)


def _copies(codebook: Codebook, table: Table) -> tuple[np.ndarray, int]:
    """Which rows stand more than once, and in how many columns they were compared."""
    frame = table.frame.drop(columns=[codebook.respondent], errors="ignore")
    frame = frame.loc[:, [not _counts_rows(frame[column]) for column in frame]]
    n, k = frame.shape
    nobody = np.zeros(n, dtype=bool)
    if k < LEAST_ANSWERS:
        return nobody, 0
    codes = pd.factorize(frame.to_numpy().ravel())[0].reshape(n, k)
    random = np.random.default_rng(0).integers(1, 2**63, k, dtype=np.uint64)
    hashed = codes.astype(np.uint64) * random
    whole = hashed.sum(axis=1)
    copied = pd.Series(whole).duplicated(keep=False).to_numpy() & ~_by_habit(codes)
    if not copied.any() or n**2 / 2 * np.prod([_by_chance(frame[one]) for one in frame]) > CHANCE:
        return nobody, 0
    # Pairs that differ in one answer agree when it is left out; so do those that differ in none.
    apart = sum(_pairs(whole - one) - _pairs(whole) for one in hashed.T)
    return (copied if apart < _pairs(whole[copied]) else nobody), k


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
    shares = cells.value_counts(normalize=True, dropna=False)
    is_long = shares.index.astype(str).str.len().to_numpy().mean() > LONG
    return SENTENCE if is_long and len(shares) > len(cells) / 2 else (shares**2).sum()


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
    from scipy.spatial.distance import cdist  # late: it takes as long to import as all of pandas

    able = able & ((~np.isnan(values)).sum(axis=1) >= LEAST_RATINGS) & ~_by_habit(values)

    rated, where = values[able], np.flatnonzero(able)
    pairs = usual = 0
    for start in range(0, len(rated), BLOCK):
        block = slice(start, start + BLOCK)
        share = 1 - cdist(rated[block], rated, "hamming")  # what is missing is like nothing
        np.fill_diagonal(share[:, start:], 0)
        pairs += (share >= NEAR).sum()
        usual += ((share >= USUAL) & (share < NEAR)).sum()
        near[where[block]] = (share >= NEAR).any(axis=1)
    return near & (usual < pairs)


def straight_lining(seen: Seen) -> Iterator[Fault]:
    """Respondents with one answer to all of many ratings, where there are more of them than those
    with one or two other answers let expect: by chance the numbers fall from two to one as from one
    to none.
    """
    rated = [one for (_id, role), one in seen.answers.values.items() if role == "experience"]
    if len(rated) < LEAST_STRAIGHT:
        return
    # Block by block: a copy of all ratings at once would fill the memory.
    starts = range(0, len(rated[0]), TOGETHER)
    blocks = [slice(start, start + TOGETHER) for start in starts]
    others = np.concatenate([_beside(np.column_stack([r[rows] for r in rated])) for rows in blocks])
    straight, nearly, partly = (others == apart for apart in (0, 1, 2))
    expected = nearly.sum() ** 2 / max(2 * partly.sum(), 1)
    if straight.sum() > max(1, 2 * (expected + np.sqrt(expected))):
        problem = said(
            "{count} of {n} respondents gave the same answer to all of their {least} or more"
            " ratings (straight-lining)",
            count=int(straight.sum()),
            n=int((others >= 0).sum()),
            least=LEAST_STRAIGHT,
        )
        yield seen.warning(problem, straight, fix=JUDGE)


def _beside(ratings: np.ndarray) -> np.ndarray:
    """How many answers of each respondent are not his most frequent one; −1 of too few."""
    is_there = ~np.isnan(ratings)
    most = [(ratings == one).sum(axis=1) for one in np.unique(ratings[is_there])]
    counts = is_there.sum(axis=1)
    return np.where(counts >= LEAST_STRAIGHT, counts - np.max(most, axis=0, initial=0), -1)


def speeders(seen: Seen) -> Iterator[Fault]:
    """Respondents who took less than a third of the median time, by the file's own clock."""
    for table in seen.tables:
        column, seconds = _times(table, [*seen.unused(table)])
        known = seconds[seconds >= 0]
        if len(np.unique(known)) < LEAST_TIMES:
            continue
        fast = seconds < (median := np.median(known)) / FAST
        if 0 < fast.mean() <= MOST_FAST:
            problem = said(
                "{count} of {n} respondents took less than a third of the median time of"
                " {median:g} (speeders)",
                count=int(fast.sum()),
                n=len(known),
                median=round(median, 1),
            )
            yield table.warning(problem, fast, column, fix=JUDGE)


def _times(table: Table, free: list[str]) -> tuple[str, np.ndarray]:
    """The column, of those that are free, of the time that each respondent took, or of start and
    end, with the times.
    """
    times = {*WORDS["duration"]}
    for column in free:
        words = {*re.findall(r"[a-z]+", unaccented(column))}
        if words & times and words <= times | {*WORDS["duration_beside"]}:
            seconds = numbers_in(table.frame[column], table)
            if np.isnan(seconds).all():  # h:mm:ss
                clock = pd.to_timedelta(table.frame[column], errors="coerce")
                seconds = clock.dt.total_seconds().to_numpy()
            return column, seconds
    kinds = ("start_headers", "end_headers")
    ends = [next((one for one in free if named(one, kind)), "") for kind in kinds]
    if "" in ends or len(table.frame) > 200_000:
        return "", np.array([])
    start, end = (
        pd.to_datetime(table.frame[column], errors="coerce", format="mixed", utc=True)
        for column in ends
    )
    return " – ".join(ends), (end - start).dt.total_seconds().to_numpy()
