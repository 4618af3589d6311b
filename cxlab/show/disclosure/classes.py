"""Classes of a few respondents (three detractors of a hundred, four of 120 who said yes), and what
would give them away.

A share beside its n is a count. `disclosure.suppress` looks at the n of a row, here at the counts
behind its shares: of promoters, passives and detractors, and of the two classes that a share metric
makes, those who did and those who did not.

How it is found whether they would is told in `search`.
"""

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from cxlab.show.disclosure.search import CLOSED, OPEN, SILENT, System, alone
from cxlab.show.page.parts import SHARES

CLASSES = ["detractors", "passives", "promoters"]
# Columns that say what a row is about, and hold no figure of it.
KEYS = (
    "term",
    "touchpoint",
    "outcome",
    "stage",
    "contact",
    "channels",
    "metric",
    "group",
    "level",
    "value",
    "form",
    "file",
    "role",
)


def is_level(frame: pd.DataFrame) -> np.ndarray:
    """Which rows are of a level of a split, and not of everybody."""
    if "level" not in frame:
        return np.zeros(len(frame), bool)
    return frame["group" if "group" in frame else "level"].astype(str).ne("all").to_numpy()


def alike(frame: pd.DataFrame, keys: Collection[str]) -> Collection[np.ndarray]:
    """The places of rows that agree in those of these columns that there are."""
    same = [key for key in keys if key in frame] or np.zeros(len(frame))
    return frame.groupby(same, sort=False, dropna=False).indices.values()


def of_everybody(rows: pd.DataFrame, totals: pd.DataFrame | None) -> pd.DataFrame | None:
    """The one row of `totals` that tells the same of everybody."""
    if totals is None or rows.empty:
        return None
    same = [key for key in ("touchpoint", "outcome", "metric") if key in rows and key in totals]
    match = totals[(totals[same] == rows[same].iloc[0]).all(axis=1)]
    return match if len(match) == 1 else None


def numbers_of(frame: pd.DataFrame) -> list[str]:
    """The columns of figures."""
    return [one for one in frame.select_dtypes(["number", "bool"]) if one not in KEYS]


def blanked(frame: pd.DataFrame, rows: Collection[bool]) -> pd.DataFrame:
    """The frame without any figure in these rows."""
    figures = frame[numbers_of(frame)].astype(float)
    figures.loc[rows] = np.nan
    return frame.assign(**figures)


def kind_of(frame: pd.DataFrame) -> list[int]:
    """How many classes the answers of each row fall into: 3 for an NPS, 2 for a share metric, 0
    where it is neither.
    """
    kinds = np.zeros(len(frame), int)
    # A change or a test of shares is no share.
    if "metric" in frame and "statistic" not in frame:
        known = frame["n"].gt(0) & (frame["estimate"].notna() if "estimate" in frame else True)
        kinds[frame["metric"].astype(str).str.endswith(SHARES) & known] = 2
    if set(CLASSES) <= set(frame):
        kinds[frame[CLASSES].notna().all(axis=1)] = 3
    return kinds.tolist()


def counts_of(frame: pd.DataFrame, kind: int) -> np.ndarray:
    """Rows × classes: how many respondents each class holds, at least 1 where its share is above 0
    (`counts_of` of weighted rows: see above).
    """
    base = frame[[one for one in ("n", "n_eff") if one in frame]].astype(float).min(axis=1)
    shares = (
        frame[CLASSES]
        if kind == 3
        else pd.DataFrame({"yes": frame["estimate"], "no": 1 - frame["estimate"]})
    ).to_numpy(float)
    return np.where(shares > 1e-9, np.maximum(1, np.round(shares * base.to_numpy()[:, None])), 0)


def state_of(row: pd.Series, kind: int) -> int:
    """The state of a row as it is shown."""
    if pd.isna(row["n"]) or ("estimate" in row and pd.isna(row["estimate"])):
        return SILENT if kind == 3 or pd.isna(row["n"]) else CLOSED
    return CLOSED if kind == 3 and row[CLASSES].isna().any() else OPEN


def weighted(frame: pd.DataFrame) -> bool:
    return "n_eff" in frame and bool((frame["n_eff"] < frame["n"] - 1e-6).any())


def states(
    frame: pd.DataFrame, blank: np.ndarray, min_cell: int, totals: pd.DataFrame | None
) -> Iterator[tuple[int, int, int]]:
    """Place, kind and state of each row whose answers fall into classes. frame: not yet blanked;
    blank: whose n is not shown.
    """
    kinds = np.array(kind_of(frame))
    for rows in alike(frame, [key for key in KEYS if key not in ("group", "level", "value")]):
        for kind in {*kinds[rows]} - {0}:
            mine = rows[kinds[rows] == kind]
            found = _states(frame.iloc[mine], kind, blank[mine], min_cell, totals)
            yield from zip(mine, [kind] * len(mine), found, strict=True)


def _states(
    part: pd.DataFrame, kind: int, blank: np.ndarray, min_cell: int, totals: pd.DataFrame | None
) -> np.ndarray:
    counts, level = counts_of(part, kind), is_level(part)
    state = np.array([alone(row, min_cell) for row in counts], dtype=int)
    whole = part[~level] if (~level).sum() == 1 else of_everybody(part, totals)
    if whole is not None and kind_of(whole) != [kind]:
        whole = None
    split = part["group"].astype(str) if "group" in part else pd.Series("level", index=part.index)
    for name in split[level].unique():
        mine = np.flatnonzero(level & split.eq(name).to_numpy())
        total, rest = counts[mine].sum(axis=0), np.zeros(kind)
        if whole is not None:
            all_of_them = counts_of(whole, kind)[0]
            if float(whole["n"].iloc[0]) > part["n"].iloc[mine].sum() + 0.5:
                rest = np.maximum(0, all_of_them - total)
            total += rest
            # Else weighted, or not of these respondents.
            if (all_of_them >= total).all() and not (weighted(part) or weighted(whole)):
                total = all_of_them
        atoms = len(mine) + rest.any()
        system = System(
            np.vstack([np.eye(len(mine), atoms), np.ones((1, atoms))]),
            np.vstack([counts[mine], total]),
            np.append(blank[mine], False),
            [name] * len(mine) + [""],
            min_cell,
        )
        state[mine] = system.hide()[:-1]
    return state
