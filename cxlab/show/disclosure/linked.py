"""Small cells between tables: segments that overlap, segments by wave, a part and its whole.

One table is safe by `disclosure.suppress`; two tables of the same people may still tell on each
other. Whoever reads that 200 answered, that 195 of them are customers of one plan, and both
results, has the result of the five others. Here all cells are looked at together.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations, compress

import numpy as np
import pandas as pd

from cxlab.show.disclosure import blanking, classes, search
from cxlab.show.disclosure.rules import MIN_CELL, suppress

_ALL = ("all", "all")


def suppress_together(
    frames: Sequence[object], members: Mapping[tuple[str, str], pd.Series], min_cell: int = MIN_CELL
) -> list:
    """Several results of the same respondents, blanked so that no shown rows, added and subtracted,
    give a group below `min_cell`.

    Parameters
    ----------
    frames : sequence of DataFrame
        Results with the columns `group level n` (`metrics(study, by="plan")`, the same by wave, and
        for everybody). What is not a frame (a refusal) is passed on.
    members : mapping of (group, level) to a boolean Series
        Who belongs to each cell, over the respondents, such as `members_of(study, "plan", "wave")`;
        ("all", "all") may be left out.
    min_cell : int
        The fewest respondents that a number may rest on.

    Returns
    -------
    list
        The frames in their order, blanked; a row's n too.

    Notes
    -----
    Each table alone goes through `suppress`. Then the respondents are cut into atoms (who belongs
    to the same cells). What readers can compute exactly are the groups whose row of 0/1 over the
    atoms is a linear combination of shown cells; since every atom holds somebody, this is also all
    that linear programming can pin down. As long as such a group (a cell, what two cells share,
    what one has and another has not, an atom) holds 1 … min_cell − 1 respondents, the smallest
    shown cell of that combination is blanked everywhere; those who are in no level of a split are
    such a group too. Next, a blanked small cell must be able to hold `min_cell` for all a reader
    knows (the upper end of its linear programme); else the smallest shown cell that overlaps it
    goes too. Last the classes behind the shares (of an NPS, of a share metric), of all tables at
    once, by the rule of module `search`: no such combination of shown cells gives a class of 1 …
    min_cell − 1 in any of these groups, nor in what is hidden of a split, and no small class is the
    only whole number that all shown counts and scores allow. With weights the counts are near ones,
    and so is the rule.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, ch. 4.
    """
    tables = [i for i, one in enumerate(frames) if isinstance(one, pd.DataFrame)]
    shown = list(frames)
    if not tables:
        return shown
    everybody = np.ones(len(next(iter(members.values()))), dtype=bool)
    masks = {cell: mask.fillna(False).to_numpy(bool) for cell, mask in members.items()}
    masks = {_ALL: everybody} | masks
    blank, cells = set(), {}
    for i in tables:
        shown[i] = suppress(frames[i], min_cell)
        for cell, n in zip(_cells(shown[i]), shown[i]["n"], strict=True):
            if cell in masks:
                cells[cell] = masks[cell]
                blank |= {cell} if pd.isna(n) else set()
    # Whoever is in no level of a split is a group like another, which no table shows and the total
    # less the levels would give.
    splits = pd.DataFrame(cells).T.groupby(level=0, sort=False).any().drop("all", errors="ignore")
    nowhere = [left for left in masks[_ALL] & ~splits.to_numpy(bool) if left.any()]
    start = np.array([*(cell in blank for cell in cells), *[True] * len(nowhere)])
    held = _hide(np.array([*cells.values(), *nowhere], dtype=float), start, min_cell)
    hidden = {*compress(cells, held)}
    for i in tables:
        shown[i] = classes.blanked(shown[i], [cell in hidden for cell in _cells(shown[i])])
    _hide_classes([(frames[i], shown[i]) for i in tables], masks, min_cell)
    return shown


def _cells(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """The cell that each row is of."""
    return list(zip(frame["group"].astype(str), frame["level"].astype(str), strict=True))


def _hide_classes(
    pairs: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    masks: Mapping[tuple[str, str], np.ndarray],
    min_cell: int,
) -> None:
    """Close in place what classes of all tables together tell. pairs: each table with its numbers,
    and as it is shown so far.
    """
    found = {}  # what is counted → cell → its table as it is, as it is shown, and its row
    for raw, shown in pairs:
        same = raw.reindex(columns=["touchpoint", "outcome", "metric"], fill_value="").astype(str)
        rows = zip(_cells(raw), classes.kind_of(raw), *map(same.get, same), strict=True)
        for row, (cell, *what) in enumerate(rows):
            if what[0] and cell in masks:
                places = found.setdefault(tuple(what), {})
                places.setdefault(cell, []).append((shown, raw, row))
    work = search.Work()
    for (kind, *_what), places in found.items():
        cells, _sizes = _atoms(np.array([masks[cell] for cell in places], dtype=float))
        first = [one[0] for one in places.values()]
        system = search.System(
            cells,
            np.vstack([classes.counts_of(raw.iloc[[row]], kind) for _shown, raw, row in first]),
            np.array([pd.isna(shown["n"].iloc[row]) for shown, _raw, row in first]),
            ["" if group == "all" else group for group, _level in places],
            min_cell,
            work=work,
        )
        seen = [
            max(classes.state_of(shown.iloc[row], kind) for shown, _raw, row in one)
            for one in places.values()
        ]
        system.state = np.maximum(system.state, seen)
        system.groups = _groups(cells, cells[system.state == search.OPEN])
        for state, same in zip(system.hide(), places.values(), strict=True):
            for place in same:
                blanking.close(*place, kind, state)


def members_of(study, *groups: str, outcome: str | None = None) -> dict[tuple[str, str], pd.Series]:
    """Who belongs to each level of these splits of a study ("wave", a segment), and to each pair of
    levels of two splits (`group` "a × b").

    outcome: only those who answered it, as in a result on it.
    """
    everybody = pd.Series(True, index=study.index)
    asked = everybody if outcome is None else study.outcome(outcome).notna()
    one = {
        (name, str(level)): study.group(name).eq(level) & asked
        for name in groups
        for level in study.levels(name)
    }
    pairs = {
        (f"{a} × {b}", f"{p} × {q}"): one[a, p] & one[b, q]
        for (a, p), (b, q) in combinations(one, 2)
        if a != b
    }
    return one | pairs | {_ALL: asked}


def _atoms(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cells × atoms of 0/1, and how many respondents each atom holds."""
    patterns, sizes = np.unique(matrix, axis=1, return_counts=True)
    return patterns, sizes.astype(float)


def _groups(
    cells: np.ndarray,
    shown: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    below: float = np.inf,
) -> np.ndarray:
    """What must not be told: every cell, every atom, and of any two cells what they share and what
    only the first has.

    Of these only such as hold fewer than `below` respondents, and, where `shown` rows are given,
    only what these rows give when added and subtracted: what more rows do not tell, fewer do not.
    There are cells² + atoms groups of thousands of atoms, so nothing is written out before it has
    passed both, by products of cells with cells alone.
    """
    atoms = cells.shape[1]

    def pairs(weight: np.ndarray) -> np.ndarray:
        """The sum of this weight over what two cells share, and over what only the first has."""
        both = (cells * weight) @ cells.T
        return np.stack([both, np.diag(both)[:, None] - both])

    sizes = np.ones(atoms) if sizes is None else sizes
    inside = pairs(sizes)
    found, alone = (inside > 0) & (inside < below), sizes < below
    if shown is not None:
        # A group that is no combination of the shown rows is not at right angles to a random vector
        # that all of them are at right angles to.
        vectors = np.random.default_rng(0).standard_normal((2, atoms))
        for away in _at_right_angles(shown, vectors):
            found &= np.abs(pairs(away)) < 1e-6
            alone &= np.abs(away) < 1e-6
    kind, one, other = np.nonzero(found)
    has = cells.astype(bool)
    rows = has[one] & (has[other] ^ (kind > 0)[:, None])
    single = np.arange(atoms) == np.flatnonzero(alone)[:, None]
    return np.unique(np.vstack([rows, single]).view(np.uint8), axis=0).astype(float)


def _at_right_angles(shown: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    if len(shown):
        _left, lengths, axes = np.linalg.svd(shown, full_matrices=False)
        axes = axes[lengths > 1e-9 * lengths.max()]
        # Twice, for the rounding of the first.
        for _ in range(2):
            vectors = vectors - (vectors @ axes.T) @ axes
    return vectors


def _hide(matrix: np.ndarray, hidden: np.ndarray, min_cell: int) -> np.ndarray:
    """Which cells are hidden: of the shown ones that give a group away, or leave a hidden small
    cell no room to hold `min_cell`, the smallest, as often as needed.
    """
    from scipy.optimize import linprog

    cells, sizes = _atoms(matrix)
    totals = cells @ sizes
    small = (totals > 0) & (totals < min_cell)
    hidden = hidden | small
    axes = search.axes_of(cells)
    flat, groups = cells @ axes, _groups(cells, cells[~hidden], sizes, min_cell) @ axes
    # Small cells that have no room yet, as far as is known; with less shown others still have it.
    narrow = list(np.flatnonzero(small))
    while len(rows := np.flatnonzero(~hidden & (totals > 0))):
        weights, told = search.combinations(flat[rows], groups)
        used = np.abs(weights[:, told]).max(axis=1, initial=0.0) > 1e-8
        while narrow and not used.any():
            cell = cells[narrow[0]]
            most = linprog(
                -cell, A_eq=cells[rows], b_eq=totals[rows], bounds=(0, None), method="highs"
            )
            if most.status == 0 and -most.fun < min_cell - 1e-6:
                used = cells[rows] @ cell > 0
            else:
                del narrow[0]
        if not used.any():
            break
        hidden[rows[used][np.argmin(totals[rows[used]])]] = True
    return hidden
