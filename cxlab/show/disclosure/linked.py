"""Small cells between tables: segments that overlap, segments by wave, a part and its whole.

One table is safe by `disclosure.suppress`; two tables of the same people may still tell on each
other. Whoever reads that 200 answered, that 195 of them are customers of one plan, and both
results, has the result of the five others. Here all cells are looked at together.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cxlab.show.disclosure import blanking, classes, search
from cxlab.show.disclosure.rules import KEYS, MIN_CELL, suppress


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
    shown = [
        suppress(one, min_cell) if isinstance(one, pd.DataFrame) and "level" in one else one
        for one in frames
    ]
    tables = [
        one
        for one in shown
        if isinstance(one, pd.DataFrame) and {"group", "level", "n"} <= set(one)
    ]
    if not tables or not members:
        return shown
    everybody = pd.Series(True, index=next(iter(members.values())).index)
    known = {("all", "all"): everybody, **members}
    named = [
        tuple(map(str, one))
        for table in tables
        for one in table[["group", "level"]].itertuples(index=False)
    ]
    cells = [cell for cell in dict.fromkeys(named) if cell in known]
    blank = {cell for table in tables for cell in _blanked(table) if cell in known}
    masks = [known[cell].fillna(False).to_numpy(dtype=bool) for cell in cells]
    # Whoever is in no level of a split is a group like another, which no table shows and the total
    # less the levels would give.
    nowhere = _of_no_level(cells, masks, known["all", "all"].fillna(False).to_numpy(dtype=bool))
    start = [*(cell in blank for cell in cells), *[True] * len(nowhere)]
    held = _hide(np.array([*masks, *nowhere], dtype=float), np.array(start), min_cell)[: len(cells)]
    hidden = {cell for cell, is_hidden in zip(cells, held, strict=True) if is_hidden}
    result = [
        _blank(one, hidden) if any(one is table for table in tables) else one for one in shown
    ]
    _hide_classes(
        [
            (raw, one)
            for raw, one, old in zip(frames, result, shown, strict=True)
            if any(old is table for table in tables)
        ],
        known,
        min_cell,
    )
    return result


def _hide_classes(
    pairs: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    known: Mapping[tuple[str, str], pd.Series],
    min_cell: int,
) -> None:
    """Close in place what classes of all tables together tell. pairs: each table with its numbers,
    and as it is shown so far.
    """
    found = {}  # what is counted → cell → its table and row, for each place where it stands
    for number, (raw, _shown) in enumerate(pairs):
        for row, kind in enumerate(classes.kind_of(raw)):
            record = raw.iloc[row]
            cell = (str(record["group"]), str(record["level"]))
            if kind and cell in known:
                what = (
                    kind,
                    *(str(record.get(key, "")) for key in ("touchpoint", "outcome", "metric")),
                )
                found.setdefault(what, {}).setdefault(cell, []).append((number, row))
    work = search.Work()
    for (kind, *_what), places in found.items():
        cells, _sizes = _atoms(
            np.array(
                [known[cell].fillna(False).to_numpy(dtype=bool) for cell in places], dtype=float
            )
        )
        first = [one[0] for one in places.values()]
        counts = np.vstack(
            [classes.counts_of(pairs[number][0].iloc[[row]], kind) for number, row in first]
        )
        blank = np.array([pd.isna(pairs[number][1]["n"].iloc[row]) for number, row in first])
        splits = ["" if group == "all" else group for group, _level in places]
        system = search.System(
            cells,
            counts,
            blank,
            np.array([not one for one in splits]),
            splits,
            min_cell,
            work=work,
        )
        seen = [
            max(classes.state_of(pairs[number][1].iloc[row], kind) for number, row in one)
            for one in places.values()
        ]
        system.state = np.maximum(system.state, seen)
        system.groups = _groups(cells, cells[system.state == search.OPEN])
        for state, same in zip(system.hide(), places.values(), strict=True):
            for number, row in same:
                blanking.apply(pairs[number][1], pairs[number][0], [row], [state], KEYS)


def members_of(study, *groups: str, outcome: str | None = None) -> dict[tuple[str, str], pd.Series]:
    """Who belongs to each level of these splits of a study ("wave", a segment), and to each pair of
    levels of two splits (`group` "a × b").

    outcome: only those who answered it, as in a result on it.
    """
    asked = (
        pd.Series(True, index=study.index) if outcome is None else study.outcome(outcome).notna()
    )
    one = {
        (name, str(level)): study.group(name).eq(level) & asked
        for name in groups
        for level in study.levels(name)
    } | {("all", "all"): asked}
    pairs = {
        (f"{a} × {b}", f"{p} × {q}"): one[a, p] & one[b, q]
        for i, a in enumerate(groups)
        for b in groups[i + 1 :]
        for (g, p) in one
        if g == a
        for (h, q) in one
        if h == b
    }
    return one | pairs


def _of_no_level(
    cells: Sequence[tuple[str, str]], masks: Sequence[np.ndarray], everybody: np.ndarray
) -> list[np.ndarray]:
    """The respondents in no level of a split, for each split that has any."""
    found = []
    for split in dict.fromkeys(group for group, _level in cells if group != "all"):
        left = everybody & ~np.any(
            [mask for (group, _level), mask in zip(cells, masks, strict=True) if group == split],
            axis=0,
        )
        if left.any():
            found.append(left)
    return found


def _blanked(table: pd.DataFrame) -> list[tuple[str, str]]:
    rows = table[table["n"].isna()]
    return [tuple(map(str, one)) for one in rows[["group", "level"]].itertuples(index=False)]


def _blank(frame: pd.DataFrame, hidden: set[tuple[str, str]]) -> pd.DataFrame:
    rows = [
        tuple(map(str, one)) in hidden for one in frame[["group", "level"]].itertuples(index=False)
    ]
    result = frame.copy()
    for column in result.columns:
        if pd.api.types.is_numeric_dtype(result[column].dtype) and column != "value":
            result[column] = result[column].astype(float).mask(rows)
    return result


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
    rng = np.random.default_rng(0)

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
        for away in _at_right_angles(shown, rng.standard_normal((2, atoms))):
            found &= np.abs(pairs(away)) < 1e-6
            alone &= np.abs(away) < 1e-6
    # Equal groups have equal sums of random whole numbers (exact below 2⁵³).
    marks = [
        pairs(one)[found] for one in rng.integers(0, 2**53 // (atoms + 1), (2, atoms)).astype(float)
    ]
    kind, one, other = np.nonzero(found)
    first = np.unique(marks[0] + 1j * marks[1], return_index=True)[1]
    has = cells.astype(bool)
    rows = has[one[first]] & (has[other[first]] ^ kind[first].astype(bool)[:, None])
    single = np.zeros((alone.sum(), atoms), dtype=bool)
    single[np.arange(len(single)), np.flatnonzero(alone)] = True
    return np.unique(np.vstack([rows, single]).view(np.uint8), axis=0).astype(float)


def _at_right_angles(shown: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    if not len(shown):
        return vectors
    _left, lengths, axes = np.linalg.svd(shown, full_matrices=False)
    axes = axes[lengths > 1e-9 * lengths.max()]
    # Twice, for the rounding of the first.
    for _ in range(2):
        vectors = vectors - (vectors @ axes.T) @ axes
    return vectors


def _hide(matrix: np.ndarray, hidden: np.ndarray, min_cell: int) -> np.ndarray:
    cells, sizes = _atoms(matrix)
    totals = cells @ sizes
    hidden = hidden | ((totals > 0) & (totals < min_cell))
    axes = search.axes_of(cells)
    flat, groups = cells @ axes, _groups(cells, cells[~hidden], sizes, min_cell) @ axes
    roomy = set()
    while not hidden.all():
        place = _told(flat, hidden, totals, groups)
        if place is None:
            place = _narrow(cells, hidden, totals, min_cell, roomy)
        if place is None:
            return hidden
        hidden[place] = True
    return hidden


def _told(
    cells: np.ndarray, hidden: np.ndarray, totals: np.ndarray, groups: np.ndarray
) -> int | None:
    """The smallest shown cell of a combination that gives one of these groups; None where there is
    none.
    """
    rows = np.flatnonzero(~hidden & (totals > 0))
    if not len(rows) or not len(groups):
        return None
    weights, told = search.combinations(cells[rows], groups)
    if not told.any():
        return None
    used = rows[np.abs(weights[:, told]).max(axis=1) > 1e-8]
    return int(used[np.argmin(totals[used])])


def _narrow(
    cells: np.ndarray, hidden: np.ndarray, totals: np.ndarray, min_cell: int, roomy: set[int]
) -> int | None:
    """The smallest shown cell beside a small one that a reader knows to be below `min_cell`, not
    from its blank but from sums.

    roomy: cells found to have room, in place; with less shown they still have it.
    """
    from scipy.optimize import linprog

    rows = np.flatnonzero(~hidden & (totals > 0))
    for small in np.flatnonzero(hidden & (totals > 0) & (totals < min_cell)):
        beside = rows[(cells[rows] * cells[small]).sum(axis=1) > 0]
        if not len(beside) or small in roomy:
            continue
        most = linprog(
            -cells[small], A_eq=cells[rows], b_eq=totals[rows], bounds=(0, None), method="highs"
        )
        if most.status == 0 and -most.fun < min_cell - 1e-6:
            return int(beside[np.argmin(totals[beside])])
        roomy.add(int(small))
    return None
