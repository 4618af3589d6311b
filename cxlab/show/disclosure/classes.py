"""Classes of a few respondents (three detractors of a hundred, four of 120 who said yes), and what
would give them away.

A share beside its n is a count. `disclosure.suppress` looks at the n of a row, here at the counts
behind its shares: of promoters, passives and detractors, and of the two classes that a share metric
makes, those who did and those who did not.

How it is found whether they would is told in `search`.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cxlab.show.disclosure.search import CLOSED, OPEN, SILENT, System, alone
from cxlab.show.page.parts import SHARES

CLASSES = ("detractors", "passives", "promoters")


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
