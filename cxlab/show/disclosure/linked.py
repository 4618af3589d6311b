"""Which rows of tables of the same respondents must be hidden, so that no sum of those that are
shown tells what a few answered.

Every row shows a total of one quantity over a set of respondents, so a reader knows the total of
any group whose indicator is a linear combination of those of shown rows, and of no other. Least
squares over the atoms (respondents who belong to the same rows) tells whether it is.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

# Rows beyond which the split with the most levels is not shown: groups of two rows grow with their
# square.
MOST_ROWS = 500
MOST_PARTS = 12  # of two splits, of which any two together are looked at
_EXACT = 1e-7


def hidden_rows(
    sets: np.ndarray, splits: Sequence[str], counts: np.ndarray, min_cell: int
) -> np.ndarray:
    """Which rows are hidden.

    Parameters
    ----------
    sets : array of bool, rows × respondents
        The first row is everybody; where it is no row of few it is shown elsewhere too, and stays.
    splits : sequence of str
        The split that each row is a level of.
    counts : array, measures × respondents
        What may not be 1 … min_cell − 1 in a group: ones count respondents, 0/1 those of a class.
    min_cell : int

    Notes
    -----
    Rows of few are hidden. Then the candidate groups are the atoms, what two rows share and what
    only one of them has, and what the shown levels of a split leave of everybody; this must exceed
    min_cell by a quarter, or the mean of the most of them is known nearly. Of the rows without
    which a disclosed group is no combination any more the smallest of the split with the most
    levels is hidden, and all is looked at again. Nothing is timed and ties keep their order, so the
    same rows are hidden on any machine. Source: Hundepool et al. (2012), Statistical Disclosure
    Control, ch. 4.
    """
    _, split, levels = np.unique(splits, return_inverse=True, return_counts=True)
    hidden = _few(counts @ sets.T, min_cell)
    while (~hidden).sum() > MOST_ROWS:
        hidden |= split == np.bincount(split[1:][~hidden[1:]]).argmax()
    _, first, atom = np.unique(
        np.packbits(sets[~hidden], axis=0), axis=1, return_index=True, return_inverse=True
    )
    rows = sets[:, first].astype(float)
    sizes = np.array([np.bincount(atom, one, len(first)) for one in counts])
    while not hidden.all():
        shown = np.flatnonzero(~hidden)
        inverse = rows[shown].T @ np.linalg.pinv(rows[shown] @ rows[shown].T, 1e-9, True)
        groups = _told_groups(rows, split, sizes, min_cell, hidden, inverse)
        sums = ((np.abs(one @ inverse) > _EXACT) & (shown > 0) for one in groups)
        used = next(filter(np.any, sums), None)
        if used is None:
            break
        made_up = (rows[shown] * inverse.T).sum(axis=1) < 1 - _EXACT  # of others
        order = np.lexsort([rows[shown] @ sizes[0], -levels[split[shown]], made_up, ~used])
        hidden[shown[order[0]]] = True
    return hidden


def _few(counts: np.ndarray, min_cell: float) -> np.ndarray:
    """Whether any measure (first axis) counts somebody, and fewer than min_cell."""
    return ((counts > 0.5) & (counts < min_cell - 0.5)).any(axis=0)


def _connected(many: np.ndarray) -> np.ndarray:
    """The part of each level of two splits, from which of the one share many with which of the
    other; numbered as their first levels come. For a few levels scipy takes twenty times as long.
    """
    k, size = len(many), sum(many.shape)
    near = np.eye(size)
    near[:k, k:], near[k:, :k] = many, many.T
    while (more := (near @ near > 0) * 1.0).sum() > near.sum():
        near = more
    return np.unique(near.argmax(axis=1), return_inverse=True)[1]


def _told_groups(
    rows: np.ndarray,
    split: np.ndarray,
    sizes: np.ndarray,
    min_cell: int,
    hidden: np.ndarray,
    inverse: np.ndarray,
) -> Iterator[np.ndarray]:
    """Groups of few, 0/1 over the atoms, that are combinations of the rows that are shown."""
    # No other group is at right angles to random vectors that all of the rows are at right angles
    # to.
    away = np.random.default_rng(0).standard_normal((2, rows.shape[1]))
    away -= away @ inverse @ rows[~hidden]
    weights = np.vstack([away, sizes])

    def told(sums: np.ndarray, times: float = 1.0) -> np.ndarray:
        return (np.abs(sums[:2]) < _EXACT).all(axis=0) & _few(sums[2:], times * min_cell)

    held = []  # what is shown of each split, and what that leaves of everybody
    for one in dict.fromkeys(split[1:]) if not hidden[0] else ():
        mine = rows[(split == one) & ~hidden]
        held.append(np.vstack([mine, rows[0] - mine.sum(axis=0)]))
        yield from held[-1][-1:][told(weights @ held[-1][-1:].T, 1.25)]
    pieces = [rows[~hidden][:1], *(held or [rows[~hidden]])]
    for one, other in combinations(held, 2):
        # Levels of two splits that share many, directly or by others, are nearly the same people.
        part = _connected((one * sizes[0]) @ other.T >= min_cell)
        parts = part.max() + 1
        member = np.arange(parts)[:, None] == part
        if parts <= MOST_PARTS:
            member = (member | member[:, None]).reshape(-1, len(part))
        pieces += [member[:, : len(one)] @ one, member[:, len(one) :] @ other]
    # Many of them are the same: each is looked at once.
    pieces = np.array([*{one.tobytes(): one for one in np.vstack(pieces)}.values()])
    both = np.stack([(pieces * one) @ pieces.T for one in weights])
    only = both.diagonal(axis1=1, axis2=2)[:, :, None] - both
    for sums, sign in ((both, 0), (only, 1)):
        for one, other in pieces[np.argwhere(told(sums))]:
            yield one * np.abs(sign - other)
    yield from np.flatnonzero(told(weights))[:, None] == np.arange(rows.shape[1])
