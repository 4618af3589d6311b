"""Classes of a few respondents (three detractors of a hundred, four of 120 who said yes), and what
would give them away.

A share beside its n is a count. `disclosure.suppress` looks at the n of a row, here at the counts
behind its shares: of promoters, passives and detractors, and of the two classes that a share metric
makes, those who did and those who did not.

The criterion. A reader who knows every number that is shown (n of a row, its classes where they are
shown, the score of an NPS where its classes are not), and adds, subtracts and solves for whole,
non-negative counts, finds no count of a class, in a row or in the rows that subtraction leaves,
that is known exactly and is 1 … min_cell − 1. None of a class (or all of a row) is not small: a
blank there would say nothing that the shares beside it do not say.

The rule. A row with a class of 1 … min_cell − 1 is closed: none of its classes is shown. Then, as
often as needed:
1. What rows are hidden of a split (closed, or blank for their n) together, and those of the total
in none of its rows: where subtraction from the total gives their classes, each must be 0 or ≥
min_cell, else one more row is closed, the one that mends it; of several the one with the smallest
n. So a total is never left with a single closed row, nor a closed total with no closed row.
2. Of a closed row each small class must be able to be another whole number for all that is shown
(two integer programmes: least and most). Where it is not (no detractors in the total, and passives
= n(1 − score/100)), one more row is closed, if that is enough; else the score is hidden too, of
this row and of as many others as it takes. The score counts as known exactly, though it is printed
in whole points: a change between two rows may be printed as well. With weights a share is no count.
Then share × n_eff stands for it (n_eff ≤ n: Kish's, which takes the respondents of a class to weigh
up to n/n_eff as much as others), any share above 0 counts as one respondent at least, and a total
is what its rows add up to. Source: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxlab.show.page.parts import SHARES

CLASSES = ("detractors", "passives", "promoters")
OPEN, CLOSED, SILENT = 0, 1, 2
# Atoms above which an integer programme looks at some of them only: with thousands it finds no
# whole numbers within minutes.
_MANY = 600
_INTERVAL = ("conf_low", "conf_high")
# Of the adjusted interval (Rocks 2016): three pseudo-answers, of which ¾ each are promoters and
# detractors.
_PSEUDO, _PSEUDO_EACH = 3.0, 0.75


def kind_of(frame: pd.DataFrame) -> list[int]:
    """How many classes the answers of each row fall into: 3 for an NPS, 2 for a share metric, 0
    where it is neither.
    """
    nps = set(CLASSES) <= set(frame)
    # A change or a test of shares is no share.
    metric = (
        frame["metric"].astype(str)
        if "metric" in frame and "statistic" not in frame
        else pd.Series("", index=frame.index)
    )
    known = frame["n"].gt(0) & (frame["estimate"].notna() if "estimate" in frame else True)
    three = frame[list(CLASSES)].notna().all(axis=1) if nps else pd.Series(False, index=frame.index)
    two = metric.str.endswith(SHARES) & known
    return [3 if a else 2 if b else 0 for a, b in zip(three, two, strict=True)]


def counts_of(frame: pd.DataFrame, kind: int) -> np.ndarray:
    """Rows × classes: how many respondents each class holds, at least 1 where its share is above 0
    (`counts_of` of weighted rows: see above).
    """
    base = frame["n"].astype(float)
    if "n_eff" in frame:
        base = np.fmin(base, frame["n_eff"].astype(float))
    shares = (
        frame[list(CLASSES)].astype(float).to_numpy()
        if kind == 3
        else np.column_stack([frame["estimate"], 1 - frame["estimate"]]).astype(float)
    )
    return np.where(shares > 1e-9, np.maximum(1, np.round(shares * base.to_numpy()[:, None])), 0)


def state_of(row: pd.Series, kind: int) -> int:
    """The state of a row as it is shown."""
    if pd.isna(row["n"]) or ("estimate" in row and pd.isna(row["estimate"])):
        return SILENT if kind == 3 or pd.isna(row["n"]) else CLOSED
    return CLOSED if kind == 3 and row[list(CLASSES)].isna().any() else OPEN


def weighted(frame: pd.DataFrame) -> bool:
    return "n_eff" in frame and bool((frame["n_eff"] < frame["n"] - 1e-6).any())


def axes_of(cells: np.ndarray) -> np.ndarray:
    """Orthonormal columns that span these rows and the row of ones: `rows @ axes` keeps all sums
    and lengths of them, in few dozens of numbers.
    """
    return np.linalg.qr(np.vstack([cells, np.ones(cells.shape[1])]).T)[0]


def combinations(shown: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shown rows × groups: the shortest weights that come nearest to each group, and whether they
    give it. Both in coordinates of `axes_of`.
    """
    weights, *_ = np.linalg.lstsq(shown.T, groups.T, rcond=None)
    return weights, np.abs(shown.T @ weights - groups.T).max(axis=0) < 1e-8


@dataclass
class Work:
    """How many nodes integer programmes may branch into: each, and together (a programme counts as
    one node at least). Nodes are the same on any machine, so that the same cells are shown on each.
    What is not settled by then counts as told. Of real surveys no programme needs more than one.
    """

    each: int = 50
    left: int = 200


@dataclass
class System:
    """Rows that are shown of the same respondents, and the atoms (levels, or crosses of levels)
    that they are sums of.

    cells: rows × atoms of 0/1; counts: rows × classes; blank: rows without their n; fixed: rows
    that cannot be changed (a total elsewhere); split: the split that each row belongs to ("" for a
    total); groups: more sums of atoms (0/1) that must not be told, of which those that are told to
    begin with are enough.
    """

    cells: np.ndarray
    counts: np.ndarray
    blank: np.ndarray
    fixed: np.ndarray
    split: Sequence[str]
    min_cell: int
    groups: np.ndarray | None = None
    work: Work = field(default_factory=Work)

    def __post_init__(self) -> None:
        self.small = (self.counts > 0) & (self.counts < self.min_cell)
        self.n = self.counts.sum(axis=1)
        self.scored = self.counts.shape[1] == 3
        self.state = np.array([alone(row, self.min_cell) for row in self.counts], dtype=int)
        self.state[self.blank] = SILENT
        # The least and most that whole numbers were seen to allow for each count; with less shown
        # they still do.
        self.least, self.most = (
            np.full(self.counts.shape, np.inf),
            np.full(self.counts.shape, -np.inf),
        )

    def hide(self) -> np.ndarray:
        """The state of each row: OPEN, CLOSED (classes hidden) or SILENT (the score too; blank rows
        as well).
        """
        self.axes = axes_of(self.cells)
        self.flat = self.cells @ self.axes
        self.more = (
            np.empty((0, self.axes.shape[1])) if self.groups is None else self.groups @ self.axes
        )
        while True:
            place = self._told()
            if place is not None:
                self.state[place] = CLOSED
            elif not self._loosen():
                return self.state

    def _sums(self) -> np.ndarray:
        """Groups of respondents that a reader may come by: hidden rows, all hidden rows of a split,
        what the shown ones leave of everybody.
        """
        hidden = self.state != OPEN
        found, ones = [self.flat[hidden]], self.axes.sum(axis=0)
        for name in dict.fromkeys(self.split):
            mine = np.array([one == name for one in self.split])
            if name:
                found.append(self.flat[mine & hidden].sum(axis=0, keepdims=True))
                found.append(ones - self.flat[mine & ~hidden].sum(axis=0, keepdims=True))
        return np.vstack([*found, self.more])

    def _told(self) -> int | None:
        """The row to close because shown rows, added and subtracted, give a small class; None where
        they give none.
        """
        rows = np.flatnonzero(self.state == OPEN)
        groups = self._sums()
        if not len(rows) or not len(groups):
            return None
        weights, known = combinations(self.flat[rows], groups)
        value = np.round(weights.T @ self.counts[rows])
        small = (value > 0) & (value < self.min_cell) & known[:, None]
        for group in np.flatnonzero(small.any(axis=1)):
            used = rows[(np.abs(weights[:, group]) > 1e-8) & ~self.fixed[rows] & (self.n[rows] > 0)]
            if len(used):
                short = np.where(small[group], self.min_cell - value[group], 0)
                lacking = (short - np.minimum(self.counts[used], short)).sum(axis=1)
                return int(used[np.lexsort((self.n[used], lacking))[0]])
        return None

    def _loosen(self) -> bool:
        """Hide one thing more where a small class is known exactly from scores and sums; False
        where there is none, or nothing left to hide.
        """
        for row in np.flatnonzero((self.state != OPEN) & self.small.any(axis=1)):
            for one in np.flatnonzero(self.small[row]):
                if self._pinned(row, one) and self._mend(row, one):
                    return True
        return False

    def _mend(self, row: int, one: int) -> bool:
        order = np.argsort(self.n, kind="stable")
        free = [place for place in order if not self.fixed[place] and self.n[place] > 0]
        before = self.state.copy()
        still_open = [place for place in free if before[place] == OPEN]
        seen = self.least.copy(), self.most.copy()
        for place in still_open:
            self.state[place] = CLOSED
            if not self._pinned(row, one):
                return True
            self.state[place] = OPEN
            self.least[:], self.most[:] = seen
        if self.scored:
            talking = [place for place in free if before[place] == CLOSED]
            for place in sorted(talking, key=lambda place: place != row):
                self.state[place] = SILENT
                if not self._pinned(row, one):
                    return True
        self.state[still_open[:1]] = CLOSED
        return bool((self.state != before).any())

    def _pinned(self, row: int, one: int) -> bool:
        """Whether the count of class `one` in this row can be no other than it is; True as well
        where the work allowed leaves that open.
        """
        from scipy.optimize import Bounds, LinearConstraint, milp

        if self.most[row, one] - self.least[row, one] > 0.5:
            return False
        known = [
            (place, weights) for place in range(len(self.cells)) for weights in self._knows(place)
        ]
        values = np.array([weights @ self.counts[place] for place, weights in known])
        if known and self._without_answer(known, values):
            return False
        few = len(self.cells[0]) > _MANY
        for atoms in (
            [self._some(size) for size in (_MANY // 2, _MANY)]
            if few
            else [np.arange(len(self.cells[0]))]
        ):
            cells, classes = self.cells[:, atoms], np.eye(self.counts.shape[1])
            laws = (
                LinearConstraint(
                    np.array([np.kron(cells[place], weights) for place, weights in known]),
                    values,
                    values,
                )
                if known
                else ()
            )
            aim = np.kron(cells[row], classes[one])
            for sign in (1, -1):
                if self.work.left <= 0:
                    return True
                limit = {"node_limit": min(self.work.each, self.work.left)}
                found = milp(
                    sign * aim,
                    integrality=np.ones(len(aim)),
                    bounds=Bounds(0, np.inf),
                    constraints=laws,
                    options=limit,
                )
                self.work.left -= max(1, found.mip_node_count or 0)
                if few and found.status == 2:
                    break
                if found.status > 1:
                    # Without an end (nothing is known), or with weights no whole counts at all:
                    # nobody can solve for it.
                    return False
                if found.x is not None:
                    # Whole numbers that fit all that is shown are a witness for every count at
                    # once.
                    could = cells @ np.round(found.x).reshape(-1, len(classes))
                    self.least, self.most = (
                        np.minimum(self.least, could),
                        np.maximum(self.most, could),
                    )
            if self.most[row, one] - self.least[row, one] > 0.5:
                return False
        return True

    def _without_answer(self, known: Sequence[tuple[int, np.ndarray]], values: np.ndarray) -> bool:
        """Whether no numbers at all fit what is shown, as counts from weights need not."""
        laws = np.array([np.kron(self.flat[place], weights) for place, weights in known])
        nearest, *_ = np.linalg.lstsq(laws, values, rcond=None)
        return bool(np.abs(laws @ nearest - values).max() > 1e-6 * max(1.0, np.abs(values).max()))

    def _some(self, size: int) -> np.ndarray:
        """Some atoms, the same each time, with several of each cell. Counts of these alone that fit
        all that is shown, fit it in full.
        """
        order = np.random.default_rng(0).permutation(len(self.cells[0]))
        inside = self.cells[:, order] > 0
        return np.sort(
            order[
                (inside & (inside.cumsum(axis=1) <= 8)).any(axis=0) | (np.arange(len(order)) < size)
            ]
        )

    def _knows(self, place: int) -> list[np.ndarray]:
        """Which sums of a row's classes a reader knows."""
        classes = self.counts.shape[1]
        if self.blank[place]:
            return []
        if self.state[place] == OPEN:
            return list(np.eye(classes))
        score = [np.array([-1.0, 0.0, 1.0])] if self.scored and self.state[place] == CLOSED else []
        return [np.ones(classes), *score]


def alone(counts: np.ndarray, min_cell: int) -> int:
    """The state of a row for itself. With n and the score, (d, s, p) may also be (d + m, s − 2m, p
    + m); where no other m is left, the score tells.
    """
    if not ((counts > 0) & (counts < min_cell)).any():
        return OPEN
    if len(counts) == 3 and min(counts[0], counts[2]) < 1 and counts[1] < 2:
        return SILENT
    return CLOSED


def systems(
    frame: pd.DataFrame,
    blank: np.ndarray,
    min_cell: int,
    by: str,
    keys: Sequence[str],
    totals: pd.DataFrame | None,
) -> Iterator[tuple[list[int], np.ndarray]]:
    """For each outcome and metric of a result: places of its rows, and their states. frame: not yet
    blanked; blank: whose n is not shown.
    """
    kinds = kind_of(frame)
    same = [key for key in keys if key in frame and key not in ("group", by, "value")]
    places = (
        frame.groupby(same, sort=False, dropna=False).indices.values()
        if same
        else [range(len(frame))]
    )
    for rows in places:
        rows = [int(row) for row in rows if kinds[row]]
        for kind in sorted({kinds[row] for row in rows}):
            mine = [row for row in rows if kinds[row] == kind]
            yield mine, _states(frame, mine, kind, blank, min_cell, by, totals)


def _states(
    frame: pd.DataFrame,
    rows: list[int],
    kind: int,
    blank: np.ndarray,
    min_cell: int,
    by: str,
    totals: pd.DataFrame | None,
) -> np.ndarray:
    part = frame.iloc[rows]
    counts, hidden = counts_of(part, kind), blank[rows]
    state = np.array([alone(row, min_cell) for row in counts], dtype=int)
    if by not in part:
        return state
    split = part["group"].astype(str) if "group" in part else pd.Series("", index=part.index)
    level = part["group" if "group" in part else by].astype(str).ne("all").to_numpy()
    everybody = _total(part[~level], totals, part, kind)
    for name in dict.fromkeys(split[level]):
        mine = np.flatnonzero(level & split.eq(name).to_numpy())
        total, rest = counts[mine].sum(axis=0), np.zeros(kind)
        if everybody is not None:
            whole = counts_of(everybody, kind)[0]
            if float(everybody["n"].iloc[0]) > part["n"].iloc[mine].sum() + 0.5:
                rest = np.maximum(0, whole - total)
            total = total + rest if weighted(part) or weighted(everybody) else whole
            if (total < counts[mine].sum(axis=0) + rest).any():  # not of these respondents
                total = counts[mine].sum(axis=0) + rest
        atoms = len(mine) + bool(rest.any())
        system = System(
            np.vstack([np.eye(len(mine), atoms), np.ones((1, atoms))]),
            np.vstack([counts[mine], total]),
            np.append(hidden[mine], False),
            np.append(np.zeros(len(mine), bool), True),
            [name or "level"] * len(mine) + [""],
            min_cell,
        )
        state[mine] = system.hide()[:-1]
    return state


def _total(
    inside: pd.DataFrame, totals: pd.DataFrame | None, rows: pd.DataFrame, kind: int
) -> pd.DataFrame | None:
    """The row for everybody: in the result itself, or given beside it."""
    if len(inside) == 1:
        return inside
    if totals is None:
        return None
    same = [key for key in ("touchpoint", "outcome", "metric") if key in rows and key in totals]
    match = totals[(totals[same] == rows[same].iloc[0]).all(axis=1)]
    match = match[[one == kind for one in kind_of(match)]]
    return match if len(match) == 1 else None


def apply(
    result: pd.DataFrame,
    frame: pd.DataFrame,
    rows: Sequence[int],
    states: Sequence[int],
    keys: Sequence[str],
) -> None:
    """Take the numbers of closed rows out of `result`, in place. frame: the same rows with their
    numbers.

    A share goes with its error and interval, n stays. A mean of the same answers beside it keeps
    its n and is left in hundredths, as it is printed, without its error and interval: with the mean
    they are the sum of squares of the same answers, and of some twenty answers on five points sum
    and sum of squares leave one composition only. Of an NPS the classes and the error go; the score
    stays in whole points, and its interval in points as coarse as it takes to read the same with
    one detractor more or less; where it is silent, both go.
    """
    for row, state in zip(rows, states, strict=True):
        if state == OPEN or pd.isna(result["n"].iloc[row]):
            continue
        nps = set(CLASSES) <= set(frame) and frame[list(CLASSES)].iloc[row].notna().all()
        if nps and state == CLOSED:
            _put(
                result,
                row,
                dict.fromkeys((*CLASSES, "std_error"), math.nan) | _coarse(frame.iloc[row]),
            )
            continue
        numbers = [
            c
            for c in result
            if c not in (*keys, "n", "n_eff") and pd.api.types.is_numeric_dtype(result[c].dtype)
        ]
        _put(result, row, dict.fromkeys(numbers, math.nan))
        if not nps:
            for place in _means_beside(frame, row):
                _put(
                    result,
                    place,
                    {"estimate": round(float(result["estimate"].iloc[place]), 2)}
                    | dict.fromkeys(("std_error", *_INTERVAL), math.nan),
                )


def _put(result: pd.DataFrame, row: int, values: dict[str, float]) -> None:
    for column, value in values.items():
        if column in result:
            result.iloc[row, result.columns.get_loc(column)] = value


def _means_beside(frame: pd.DataFrame, row: int) -> list[int]:
    same = pd.Series(True, index=range(len(frame)))
    for key in ("outcome", "group", "level"):
        if key in frame:
            same &= frame[key].astype(str).eq(str(frame[key].iloc[row])).to_numpy()
    return [
        place
        for place in np.flatnonzero(
            same & frame["metric"].astype(str).str.endswith("_mean").to_numpy()
        )
    ]


def _coarse(row: pd.Series) -> dict[str, float]:
    """The score in whole points; the interval's ends in whole points, or outward to the next 2, 5,
    10 … points: as coarse as it takes.
    """
    result = {"estimate": float(round(row["estimate"]))} if "estimate" in row else {}
    ends = [float(row[one]) for one in _INTERVAL if one in row]
    if len(ends) < 2 or not np.isfinite(ends).all():
        return result | {
            one: float(round(row[one])) for one in _INTERVAL if one in row and np.isfinite(row[one])
        }
    near = np.array([ends, *_neighbours(row, ends)])
    return result | {"conf_low": _same(near[:, 0]), "conf_high": -_same(-near[:, 1])}


def _same(ends: np.ndarray) -> float:
    """One number for all these lower ends: in whole points, else the next lower of a grid, the
    finest that does not part them.
    """
    if len({round(end) for end in ends}) == 1:
        return float(round(ends[0]))
    for step in (1, 2, 5, 10, 20, 50, 100):
        # A grid shifted by half a step, for ends on both sides of one of its lines (of zero above
        # all).
        for start in (0, step // 2):
            below = {start + step * math.floor((end - start) / step) for end in ends}
            if len(below) == 1:
                return float(max(-100, below.pop()))
    return -100.0


def _neighbours(row: pd.Series, ends: list[float]) -> list[list[float]]:
    """The interval as it would be with one detractor and one promoter more, or less, and the same
    score.
    """
    count = float(row["n"]) if "n_eff" not in row else float(np.fmin(row["n"], row["n_eff"]))
    d, s, p = (float(row[one]) * count for one in CLASSES)
    total = count + _PSEUDO
    centre = 100 * (p - d) / total

    def spread(m: float) -> float:
        return math.sqrt(
            max(0.0, (d + p + 2 * m + 2 * _PSEUDO_EACH) / total - ((p - d) / total) ** 2)
        )

    # An interval cut at ±100 has lost one half.
    half = (
        max(centre - ends[0], ends[1] - centre)
        if max(map(abs, ends)) >= 100
        else (ends[1] - ends[0]) / 2
    )
    middle = centre if max(map(abs, ends)) >= 100 else (ends[0] + ends[1]) / 2
    possible = [m for m in (-1, 1) if d + m > -1e-6 and p + m > -1e-6 and s - 2 * m > -1e-6]
    return [
        [
            max(-100.0, middle - half * spread(m) / spread(0)),
            min(100.0, middle + half * spread(m) / spread(0)),
        ]
        for m in possible
    ]
