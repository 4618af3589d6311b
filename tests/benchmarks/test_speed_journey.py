"""How long the journey takes: its map with the moments of truth of 40 touchpoints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx


@pytest.fixture(scope="module")
def study() -> cx.Study:
    """40 touchpoints, n = 5,000; many met by some only; expectation, emotion and effort asked."""
    rng, n, k = np.random.default_rng(0), 5000, 40

    def rated(mean: float, shared: np.ndarray | float = 0.0) -> np.ndarray:
        return np.clip(np.round(mean + shared + rng.normal(size=(n, k))), 1, 7)

    x = rated(4.5, 0.6 * rng.normal(size=(n, 1)))
    met = rng.random((n, k)) < np.linspace(1, 0.6, k)
    names, columns = [f"t{i}" for i in range(k)], {}
    for role, answers in (("p", np.where(met, x, 9)), *((r, rated(4.5)) for r in ("e", "m", "f"))):
        columns |= {f"{t}_{role}": column for t, column in zip(names, answers.T, strict=True)}
    loyal = 7 + (x - 4.5) @ np.linspace(0, 0.1, k) + rng.normal(size=n)
    columns["nps"] = np.clip(np.round(loyal), 0, 10)
    asked = {"experience": "p", "expectation": "e", "emotion": "m", "effort": "f"}
    points = [
        {"touchpoint": t, "scale": "s", **{role: f"{t}_{end}" for role, end in asked.items()}}
        for t in names
    ]
    return cx.Study.from_frame(
        pd.DataFrame(columns),
        points,
        {"nps": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7, "not_used": [9]}},
    )


def test_map_of_40_touchpoints_with_effects_and_moments(study, benchmark):
    fit = cx.fit_loyalty(study)
    table = benchmark.pedantic(cx.journey.journey_map, (study, fit), rounds=5, warmup_rounds=1)
    assert len(table) == 40 and {"effect", "moment", "droppable"} <= {*table}


def test_moments_of_40_touchpoints_with_penalties_and_2000_draws(study, benchmark):
    fit = cx.fit_loyalty(study)
    call = cx.journey.moments_of_truth
    table = benchmark.pedantic(call, (study, fit), rounds=5, warmup_rounds=1)
    assert len(table) == 40 and table["p_top3"].notna().all()
