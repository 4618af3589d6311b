"""Small hand-made results that follow the glossary, so that what is shown is tested without any model."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

HOSTILE = '<script>alert(1)</script> & "$x_1$" {0}'
TOUCHPOINTS = ["ads", "store", "install", "support", "billing"]


@pytest.fixture
def labels() -> dict[str, str]:
    return {"ads": "Advertising", "store": HOSTILE, "install": "Installation", "support": "Support", "recommend": "Recomendação", "satisfaction": "Satisfação"}


@pytest.fixture
def nps() -> pd.DataFrame:
    return pd.DataFrame([{
        "outcome": "recommend", "metric": "nps", "group": "all", "level": "all", "estimate": 12.34, "std_error": 2.0, "conf_low": 8.1,
        "conf_high": 16.5, "n": 1234, "n_eff": 1100.0, "promoters": 0.41, "passives": 0.30, "detractors": 0.29,
    }])  # fmt: skip


@pytest.fixture
def metrics(nps) -> pd.DataFrame:
    rows = [("satisfaction", "csat_top2", 0.62, 0.59, 0.65), ("satisfaction", "csat_mean", 5.6, 5.5, 5.71), ("loyalty", "score_mean", 61.2, 60.0, 62.4)]
    more = pd.DataFrame([
        {"outcome": o, "metric": m, "group": "all", "level": "all", "estimate": e, "std_error": 0.1, "conf_low": low, "conf_high": high, "n": 900, "n_eff": 900.0}
        for o, m, e, low, high in rows
    ])  # fmt: skip
    return pd.concat([nps, more], ignore_index=True)


@pytest.fixture
def waves(nps) -> pd.DataFrame:
    each = [("2017", 40.0, 2746), ("2018", 35.0, 2650)]
    return pd.concat([nps.assign(group="wave", level=w, estimate=e, conf_low=e - 2, conf_high=e + 2, n=n) for w, e, n in each], ignore_index=True)


@pytest.fixture
def distribution() -> pd.DataFrame:
    n = np.array([3, 1, 2, 5, 12, 60, 70, 130, 170, 280, 320])
    return pd.DataFrame({"outcome": "recommend", "value": range(11), "share": n / n.sum(), "n": n})


@pytest.fixture
def gaps() -> pd.DataFrame:
    expectation, gap = np.array([5.0, 6.0, 6.2, 6.4, 5.8]), np.array([0.5, -0.2, -0.9, -1.8, 0.0])
    return pd.DataFrame({
        "touchpoint": TOUCHPOINTS, "stage": ["aware", "ask", "act", "act", "act"], "contact": "direct", "group": "all", "level": "all",
        "expectation": expectation, "experience": expectation + gap, "estimate": gap, "std_error": 0.08, "conf_low": gap - 0.3,
        "conf_high": gap + 0.3, "n": [400, 500, 600, 550, 9], "n_eff": 400.0,
    })  # fmt: skip


@pytest.fixture
def scores(gaps) -> pd.DataFrame:
    return gaps.drop(columns=["expectation", "estimate"]).assign(conf_low=gaps["experience"] - 0.2, conf_high=gaps["experience"] + 0.2, used=0.8)


@pytest.fixture
def shares() -> pd.DataFrame:
    part = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    return pd.DataFrame({
        "touchpoint": ["support", "install", "store", "billing", "ads"], "share": part * 0.4, "share_relative": part, "conf_low": part * 0.3,
        "conf_high": part * 0.5, "relative_low": part - 0.04, "relative_high": part + 0.04, "rank": range(1, 6), "rank_low": [1, 1, 3, 3, 4],
        "rank_high": [1, 3, 4, 5, 5], "p_top3": 0.5, "slope": [0.4, 0.3, 0.2, 0.05, -0.2], "slope_low": [0.3, 0.2, 0.1, -0.1, -0.3],
        "slope_high": [0.5, 0.4, 0.3, 0.2, -0.1], "sign": ["+", "+", "+", "?", "-"], "n": 1150,
    })  # fmt: skip


@pytest.fixture
def priorities(shares, scores) -> pd.DataFrame:
    frame = shares[["touchpoint", "share_relative", "relative_low", "relative_high"]].merge(scores[["touchpoint", "experience", "conf_low", "conf_high"]])
    return frame.assign(priority=["fix_first", "fix_first", "maintain", "maintain", "keep_up"], clear=[True, False, True, True, False])


@pytest.fixture
def forms() -> pd.DataFrame:
    return pd.DataFrame({
        "touchpoint": "all_touchpoints", "outcome": "satisfaction", "form": ["intercept", "P", "difference", "E+P", "quadratic"], "df": [1, 2, 2, 3, 6],
        "r_squared": [0.0, 0.25, 0.1736, 0.2778, 0.3418], "r_squared_cv": [0.0, 0.24, 0.16, 0.26, 0.31],
        "p_value": [1e-9, 1e-5, 1e-8, 2e-4, np.nan], "n": 207, "chosen": [False, False, False, False, True],
    })  # fmt: skip


@pytest.fixture
def grid() -> pd.DataFrame:
    e, p = (one.ravel() for one in np.meshgrid(np.linspace(1, 7, 21), np.linspace(1, 7, 21)))
    near = np.where((e > 4) & (p > 3), 30, 0)
    return pd.DataFrame({
        "touchpoint": "all_touchpoints", "outcome": "satisfaction", "expectation": e, "experience": p, "estimate": 3 + 0.5 * p - 0.2 * e,
        "std_error": 0.1, "n": near, "supported": near >= 5,
    })  # fmt: skip


@pytest.fixture
def gap_points() -> pd.DataFrame:
    return pd.DataFrame({"expectation": [5.0, 6.0, 6.4], "experience": [4.0, 5.0, 5.1], "n": [30, 12, 3]})


@pytest.fixture
def study(gaps):
    flow = pd.DataFrame({"step": ["read", "include: usage", "analysed"], "n": [1300, 1200, 1200], "dropped": [0, 100, 0]})
    missing = pd.DataFrame({"touchpoint": TOUCHPOINTS, "role": "experience", "answered": 900, "not_used": 200, "no_answer": 50, "not_asked": 50})
    files = pd.DataFrame({"file": ["study.yml"], "sha256": ["ab" * 32], "rows": [0]})
    return SimpleNamespace(
        client=HOSTILE, title=lambda language: HOSTILE, fieldwork=SimpleNamespace(start=dt.date(2026, 3, 1), end=dt.date(2026, 3, 28)), n=1200,
        touchpoints=gaps, weights=None, simulated=True, flow=flow, missing=lambda: missing, provenance=lambda: files,
        codebook=SimpleNamespace(report=SimpleNamespace(min_cell=10)),
    )  # fmt: skip
