"""Waves: the decomposition with its bootstrap, and all of a study of many waves. Nothing here
asserts a time.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

NOT_USED = 9


def study_of(n: int, waves: int, touchpoints: int, unused: float = 0.0) -> cx.Study:
    """n answers a wave, four segments."""
    rng, rows = np.random.default_rng(0), n * waves
    latent = 4.5 + 0.6 * rng.normal(size=(rows, 1)) + 1.1 * rng.normal(size=(rows, touchpoints))
    rated = np.clip(np.round(latent), 1, 7)
    y = 5 + 0.1 * (rated - 4).sum(axis=1) + rng.normal(size=rows)
    names = [f"t{j}" for j in range(touchpoints)]
    frame = pd.DataFrame(np.where(rng.random(rated.shape) < unused, NOT_USED, rated), columns=names)
    frame = frame.assign(y=y, wave=np.repeat(np.arange(waves), n), seg=rng.choice([*"abcd"], rows))
    return cx.Study.from_frame(
        frame,
        {name: {"experience": name, "scale": "s"} for name in names},
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales={
            "s": {"min": 1, "max": 7, "not_used": [NOT_USED]},
            "y": {"min": -1e6, "max": 1e6, "whole": False},
        },
        wave="wave",
        segments=["seg"],
    )


@pytest.mark.parametrize(("n", "unused"), [(1000, 0.0), (1000, 0.2), (3000, 0.2)])
def test_decomposition_of_12_touchpoints(benchmark, n, unused):
    """2,000 resamples; asked: 1 CPU second."""
    study = study_of(n, 2, 12, unused)
    benchmark.pedantic(cx.waves.decompose_change, (study, "y"), rounds=5, warmup_rounds=1)


def test_a_study_of_12_waves_30_touchpoints_and_4_segments(benchmark):
    """Every change of every touchpoint, of all and of each segment, the chart and both
    decompositions; asked: 5 CPU seconds.
    """
    study = study_of(500, 12, 30)

    def work() -> None:
        for one in [study, *(study.where(study.group("seg") == level) for level in "abcd")]:
            cx.waves.touchpoint_changes(one, steps="each")
        cx.waves.control_chart(study, "y")
        cx.waves.decompose_mix(study, "y", by="seg")
        cx.waves.decompose_change(study, "y")

    benchmark.pedantic(work, rounds=3)
