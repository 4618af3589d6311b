"""Small loyalty studies for the tests of this folder: touchpoints t, u, v … and one outcome `y` of
any kind.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlab as cx

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]},
    "wide": {"min": -1e6, "max": 1e6, "whole": False},
    "five": {"min": 1, "max": 5},
}
OTHER = {"y", "w", "c", "seg", "wave", "im"}


def study(
    frame: pd.DataFrame, kind: str = "nps", scale: str | None = None, ratings: str = "s", **keys
) -> cx.Study:
    """Every column but y, w (weight), c (account), seg, wave and im is a touchpoint's experience;
    those are declared by `keys`.
    """
    points = {name: {"experience": name, "scale": ratings} for name in frame if name not in OTHER}
    outcome = {"kind": kind, "column": "y"} | ({"scale": scale} if scale else {})
    return cx.Study.from_frame(frame, points, {"y": outcome}, scales=SCALES, **keys)


def nps_frame(
    n: int = 300, seed: int = 0, slopes: tuple[float, ...] = (0.6, 0.3, 0.0), noise: float = 1.5
) -> pd.DataFrame:
    """Ratings t, u, v … (1–7) and 0–10 answers on them; weights w, 30 accounts c that share
    something, segment, wave and an image question.
    """
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 8, (n, len(slopes)))
    c = rng.integers(0, 30, n)
    latent = (
        6.5
        + (ratings - 4) @ np.array(slopes)
        + noise * rng.normal(size=n)
        + 0.5 * rng.normal(size=30)[c]
    )
    frame = pd.DataFrame(ratings, columns=list("tuvxz")[: len(slopes)])
    return frame.assign(
        y=np.clip(np.round(latent), 0, 10).astype(int),
        w=rng.uniform(0.5, 2, n),
        c=c,
        seg=rng.choice(["new", "old", "vip"], n),
        wave=rng.integers(1, 4, n),
        im=rng.integers(1, 8, n),
    )
