"""Small logs for the tests of this room."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlab as cx

KEYS = {"respondent": "id", "touchpoint": "at", "time": "time"}


def frame_of(paths: list[list[str]], minutes: int = 60) -> pd.DataFrame:
    """A customer a path: c0, c1, …, a contact every so many minutes."""
    rows = [
        (f"c{person}", at, pd.Timestamp("2026-01-05") + pd.Timedelta(minutes=minutes * place))
        for person, path in enumerate(paths)
        for place, at in enumerate(path)
    ]
    return pd.DataFrame(rows, columns=["id", "at", "time"])


def walked(n: int, seed: int, success: str = "buy") -> list[list[str]]:
    """Paths of a chain of the first order over a, b, c."""
    rng, ends = np.random.default_rng(seed), ["a", "b", "c", success, ""]
    moves = {
        "": [0.6, 0.3, 0.1, 0, 0],
        "a": [0.1, 0.4, 0.1, 0.1, 0.3],
        "b": [0.2, 0.1, 0.3, 0.2, 0.2],
        "c": [0.1, 0.1, 0.1, 0.5, 0.2],
    }
    paths = []
    for _ in range(n):
        path = [rng.choice(ends, p=moves[""])]
        while path[-1] not in (success, ""):
            path.append(rng.choice(ends, p=moves[path[-1]]))
        paths.append([one for one in path if one])
    return paths


def bare(**keys) -> cx.Study:
    """A study that asks of nothing."""
    return cx.Study.from_frame(pd.DataFrame({"q": ["1"]}), {}, **keys)


def read(frame, study: cx.Study | None = None, **keys):
    return cx.events.read_events(study or bare(), frame, **KEYS | keys)
