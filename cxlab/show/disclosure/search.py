"""Whether shown counts of classes give a small one away, and which rows must be closed so that they
do not.

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

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

OPEN, CLOSED, SILENT = 0, 1, 2
# Atoms above which an integer programme looks at some of them only: with thousands it finds no
# whole numbers within minutes.
_MANY = 600


def alone(counts: np.ndarray, min_cell: int) -> int:
    """The state of a row for itself. With n and the score, (d, s, p) may also be (d + m, s − 2m, p
    + m); where no other m is left, the score tells.
    """
    if not ((counts > 0) & (counts < min_cell)).any():
        return OPEN
    if len(counts) == 3 and min(counts[0], counts[2]) < 1 and counts[1] < 2:
        return SILENT
    return CLOSED


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

    cells: rows × atoms of 0/1; counts: rows × classes; blank: rows without their n; split: the
    split that each row belongs to, "" for a total elsewhere, which cannot be changed; groups: more
    sums of atoms (0/1) that must not be told, of which those that are told to begin with are
    enough.
    """

    cells: np.ndarray
    counts: np.ndarray
    blank: np.ndarray
    split: Sequence[str]
    min_cell: int
    groups: np.ndarray | None = None
    work: Work = field(default_factory=Work)

    def __post_init__(self) -> None:
        self.split_of = np.array(self.split)
        self.fixed = self.split_of == ""
        self.small = (self.counts > 0) & (self.counts < self.min_cell)
        self.n = self.counts.sum(axis=1)
        self.scored = self.counts.shape[1] == 3
        self.state = np.array([alone(row, self.min_cell) for row in self.counts], dtype=int)
        self.state[self.blank] = SILENT
        # The least and most that whole numbers were seen to allow for each count; with less shown
        # they still do.
        self.least = np.full(self.counts.shape, np.inf)
        self.most = -self.least

    def hide(self) -> np.ndarray:
        """The state of each row: OPEN, CLOSED (classes hidden) or SILENT (the score too; blank rows
        as well).
        """
        axes = axes_of(self.cells)
        self.flat, self.everybody = self.cells @ axes, axes.sum(axis=0)
        self.more = (self.cells[:0] if self.groups is None else self.groups) @ axes
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
        found = [self.flat[hidden]]
        for name in dict.fromkeys(filter(None, self.split)):
            mine = self.split_of == name
            found.append(self.flat[mine & hidden].sum(axis=0, keepdims=True))
            found.append(self.everybody - self.flat[mine & ~hidden].sum(axis=0, keepdims=True))
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
        if not known or self._without_answer(known, values):
            return False
        cells, classes = self._some_atoms(), np.eye(self.counts.shape[1])
        laws = np.array([np.kron(cells[place], weights) for place, weights in known])
        aim = np.kron(cells[row], classes[one])
        for sign in (1, -1):
            if self.work.left <= 0:
                return True
            found = milp(
                sign * aim,
                integrality=np.ones(len(aim)),
                bounds=Bounds(0, np.inf),
                constraints=LinearConstraint(laws, values, values),
                options={"node_limit": min(self.work.each, self.work.left)},
            )
            self.work.left -= max(1, found.mip_node_count or 0)
            if found.status > 1:
                # Without an end, or with weights no whole counts at all: nobody can solve for it.
                # None among some atoms only is left open.
                return found.status == 2 and cells.shape != self.cells.shape
            if found.x is not None:
                # Whole numbers that fit all that is shown are a witness for every count at once.
                could = cells @ np.round(found.x).reshape(-1, len(classes))
                self.least = np.minimum(self.least, could)
                self.most = np.maximum(self.most, could)
        return not self.most[row, one] - self.least[row, one] > 0.5

    def _without_answer(self, known: Sequence[tuple[int, np.ndarray]], values: np.ndarray) -> bool:
        """Whether no numbers at all fit what is shown, as counts from weights need not."""
        laws = np.array([np.kron(self.flat[place], weights) for place, weights in known])
        nearest, *_ = np.linalg.lstsq(laws, values, rcond=None)
        return bool(np.abs(laws @ nearest - values).max() > 1e-6 * max(1.0, np.abs(values).max()))

    def _some_atoms(self) -> np.ndarray:
        """The rows by some of their atoms, the same each time, with several of each cell. Counts of
        these alone that fit all that is shown, fit it in full.
        """
        order = np.random.default_rng(0).permutation(self.cells.shape[1])
        inside = self.cells[:, order] > 0
        several = (inside & (inside.cumsum(axis=1) <= 8)).any(axis=0)
        return self.cells[:, np.sort(order[several | (np.arange(len(order)) < _MANY)])]

    def _knows(self, place: int) -> list[np.ndarray]:
        """Which sums of a row's classes a reader knows."""
        if self.blank[place]:
            return []
        classes = np.eye(self.counts.shape[1])
        if self.state[place] == OPEN:
            return list(classes)
        score = [classes[-1] - classes[0]] if self.scored and self.state[place] == CLOSED else []
        return [classes.sum(axis=0), *score]
