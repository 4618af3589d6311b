"""Small studies of waves for the tests of this room: touchpoints t, u, v, one outcome `y` of any
kind, and splits by wave, segment, account or respondent.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

import cxlab as cx

NOT_USED = 9
SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [NOT_USED]},
    "wide": {"min": -1e6, "max": 1e6, "whole": False},
    "five": {"min": 1, "max": 5},
}
OTHER = {"y", "w", "c", "id", "seg", "wave"}


def study(
    frame: pd.DataFrame, kind: str = "score", scale: str = "wide", ratings: str = "s", **keys
) -> cx.Study:
    """Every column but y, w, c, id, seg and wave is a touchpoint's experience; one named e_t is the
    expectation of t.
    """
    names = [name for name in frame if name not in OTHER and not name.startswith("e_")]
    points = {
        name: {"experience": name, "scale": ratings}
        | ({"expectation": f"e_{name}"} if f"e_{name}" in frame else {})
        for name in names
    }
    outcome = {"kind": kind, "column": "y"} | (
        {} if kind in ("nps", "binary") else {"scale": scale}
    )
    outcomes = {"y": outcome} if "y" in frame else {}
    return cx.Study.from_frame(frame, points, outcomes, scales=SCALES, wave="wave", **keys)


def frame_of(
    n: int = 300,
    waves: int = 2,
    seed: int = 0,
    moved: Mapping[str, float] = {},
    slopes: Mapping[str, tuple[float, ...]] = {"t": (0.5, 0.5), "u": (0.3, 0.3), "v": (0.0, 0.0)},
    unused: float = 0.0,
) -> pd.DataFrame:
    """n answers a wave: ratings 1–7 that share something, in the last wave `moved` by so much;
    `slopes` of the outcome before the last wave and in it; a share `unused` never met u.
    """
    rng, rows = np.random.default_rng(seed), n * waves
    wave = np.repeat(np.arange(2016, 2016 + waves), n)
    last, shared = wave == wave.max(), rng.normal(size=rows)
    frame = pd.DataFrame({"wave": wave})
    y = 5 + rng.normal(size=rows)
    for name, (before, after) in slopes.items():
        latent = 4 + moved.get(name, 0.0) * last + 0.6 * shared + 1.1 * rng.normal(size=rows)
        frame[name] = np.clip(np.round(latent), 1, 7).astype(int)
        y += np.where(last, after, before) * (frame[name] - 4)
    if unused:
        gone = rng.random(rows) < unused
        y = y - np.where(gone, (0.3 * (frame["u"] - 4)), 0.0)
        frame.loc[gone, "u"] = NOT_USED
    return frame.assign(
        y=y,
        w=rng.lognormal(0, 0.5, rows),
        c=[f"c{i}" for i in rng.integers(0, 60, rows)],
        seg=rng.choice(["new", "old", "vip"], rows, p=[0.5, 0.3, 0.2]),
    )
