"""What a reader who has the numbers of a page, a computer and time can find out."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

MIN = 10


def drawn_splits(seed: int) -> tuple[np.ndarray, list[str]]:
    """Rows × respondents of one to four splits of 60–500 people, some nearly nested, some with
    people of no level; the first row is everybody. And the split of each row.
    """
    rng = np.random.default_rng(seed)
    n, sets, names, before = int(rng.integers(60, 500)), [], [], None
    sets.append(np.ones(n, bool))
    names.append("all")
    for split in range(int(rng.integers(1, 5))):
        levels = int(rng.integers(2, 8))
        drawn = rng.choice(levels, n, p=rng.dirichlet(np.full(levels, rng.choice([0.5, 1, 5]))))
        if before is not None and rng.random() < 0.3:
            drawn = np.where(rng.random(n) < 0.97, before % levels, drawn)
        if rng.random() < 0.3:
            drawn = np.where(rng.random(n) < 0.05, -1, drawn)
        before = drawn
        sets += [drawn == level for level in range(levels)]
        names += [str(split)] * levels
    return np.array(sets), names


def small_group(sets: np.ndarray) -> np.ndarray | None:
    """Of rows whose totals are shown, a group of 1 … 9 respondents whose total is a sum of theirs
    (integer programming over who is in it), or None.
    """
    cells, atom = np.unique(sets, axis=1, return_inverse=True)
    size, (rows, atoms) = np.bincount(atom.ravel()).astype(float), cells.shape
    space = LinearConstraint(np.hstack([np.eye(atoms), -cells.T.astype(float)]), 0, 0)
    few = LinearConstraint(np.r_[size, np.zeros(rows)], 1, MIN - 1)
    most = np.r_[(size < MIN).astype(float), np.full(rows, 50.0)]
    found = milp(
        np.zeros(atoms + rows),
        integrality=np.r_[np.ones(atoms), np.zeros(rows)],
        bounds=Bounds(np.r_[np.zeros(atoms), np.full(rows, -50.0)], most),
        constraints=[space, few],
    )
    return None if found.x is None else np.round(found.x[:atoms])[atom.ravel()] > 0


def known_means(sets: np.ndarray, ratings: np.ndarray, aims: np.ndarray) -> list[float]:
    """How wide linear programming leaves the mean rating (1 to 7) of each group of `aims`, from the
    means of `sets` in two decimals.
    """
    sets = sets[sets.any(axis=1)]
    cells, atom = np.unique(np.vstack([sets, aims]), axis=1, return_inverse=True)
    size = np.bincount(atom.ravel()).astype(float)
    rows, wanted = cells[: len(sets)].astype(float), cells[len(sets) :].astype(float)
    n = sets.sum(axis=1)
    means = np.round(sets @ ratings / n, 2)
    laws = {
        "A_ub": np.vstack([rows, -rows]),
        "b_ub": np.r_[n * (means + 0.005), -n * (means - 0.005)] + 1e-9,
        "bounds": np.column_stack([size, 7 * size]),
    }
    return [
        float(-linprog(-aim, **laws).fun - linprog(aim, **laws).fun) / (aim @ size)
        for aim in wanted
    ]


def told_classes(
    sets: np.ndarray, classes: np.ndarray, state: np.ndarray, aims: np.ndarray
) -> list[tuple[int, int]]:
    """Small classes of the groups `aims` that whole numbers leave no doubt about (integer
    programming), where open rows (0) show their classes, closed ones (1) n and promoters less
    detractors, silent ones (2) their n: shares and scores in whole per cents, n to the nearest 5,
    that of everybody exactly.
    """
    cells, atom = np.unique(np.vstack([sets, aims]), axis=1, return_inverse=True)
    kinds = len(classes)
    truth = np.array([np.bincount(atom.ravel(), one) for one in classes]).T
    laws, low, high = [], [], []
    for place, (cell, known) in enumerate(
        zip(cells[: len(sets)].astype(float), state, strict=True)
    ):
        shown = {0: np.eye(kinds), 1: [np.linspace(-1, 1, kinds)]}.get(known, [])
        n = (cell @ truth).sum()
        ends = np.array([n, n] if place == 0 else 5 * round(n / 5) + np.array([-2.5, 2.5]))
        for weights in [np.ones(kinds), *shown] if known <= 2 else []:
            laws.append(np.kron(cell, weights))
            share = round(100 * (weights @ (cell @ truth)) / max(n, 1)) / 100
            half = 0.0 if weights.min() == 1 else 0.005
            corners = np.outer([share - half, share + half], ends)
            low.append(corners.min() - 1e-7)
            high.append(corners.max() + 1e-7)
    rule = LinearConstraint(np.array(laws), low, high)
    told = []
    for group, aim in enumerate(cells[len(sets) :].astype(float)):
        for one, count in enumerate(aim @ truth):
            if 0 < count < MIN:
                goal = np.kron(aim, np.eye(kinds)[one])
                least, most = (
                    sign
                    * milp(
                        sign * goal,
                        integrality=np.ones(len(goal)),
                        bounds=Bounds(0, 2000),
                        constraints=rule,
                        options={"node_limit": 200},
                    ).fun
                    for sign in (1, -1)
                )
                told += [(group, one)] if most - least < 0.5 else []
    return told
