"""Made-up answers without a fault, to damage one thing at a time, and the warnings they get."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlab as cx
from cxlab.errors import Fault, StudyError

N = 240


def answers(n: int = N, k: int = 8, top: int = 5, seed: int = 1) -> pd.DataFrame:
    """Ratings q0 … of different means that go together, an NPS that goes with them, a segment."""
    rng = np.random.default_rng(seed)
    liking = rng.normal(size=(n, 1))
    means = np.linspace(0.5, 0.75, k) * top
    latent = means + top / 5 * (0.7 * liking + 0.8 * rng.normal(size=(n, k)))
    frame = pd.DataFrame(
        np.clip(np.round(latent), 1, top).astype(int), columns=[f"q{i}" for i in range(k)]
    )
    frame["nps"] = np.clip(np.round(7 + 2 * liking[:, 0] + rng.normal(size=n)), 0, 10).astype(int)
    frame["segment"] = rng.choice(["Norte", "Sul", "Leste"], n)
    return frame


def faults(frame: pd.DataFrame, **keys: object) -> list[Fault]:
    """Every fault of these answers, errors too."""
    asked = [column for column in frame if str(column).startswith("q") and column[1:].isdigit()]
    known = {"scales": {"rate": {"min": 1, "max": 5}}, "segments": ["segment"]} | keys
    points = known.pop("touchpoints", {column: column for column in asked})
    outcomes = known.pop("outcomes", {"recommend": {"kind": "nps", "column": "nps"}})
    try:
        return [*cx.Study.from_frame(frame, points, outcomes, **known).notices]
    except StudyError as error:
        return [*error.faults]


def about(frame: pd.DataFrame, words: str, **keys: object) -> list[Fault]:
    """The faults whose problem holds these words."""
    return [fault for fault in faults(frame, **keys) if words in fault.problem]
