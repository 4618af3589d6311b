"""Small hand-made results that follow the glossary, so that what is shown is tested without any
model.
"""

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
    return {
        "ads": "Advertising",
        "store": HOSTILE,
        "install": "Installation",
        "support": "Support",
        "recommend": "Recomendação",
        "satisfaction": "Satisfação",
    }


@pytest.fixture
def nps() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "outcome": "recommend",
                "metric": "nps",
                "group": "all",
                "level": "all",
                "estimate": 12.34,
                "std_error": 2.0,
                "conf_low": 8.1,
                "conf_high": 16.5,
                "n": 1234,
                "n_eff": 1100.0,
                "promoters": 0.41,
                "passives": 0.30,
                "detractors": 0.29,
            }
        ]
    )


@pytest.fixture
def metrics(nps) -> pd.DataFrame:
    rows = [
        ("satisfaction", "csat_top2", 0.62, 0.59, 0.65),
        ("satisfaction", "csat_mean", 5.6, 5.5, 5.71),
        ("loyalty", "score_mean", 61.2, 60.0, 62.4),
    ]
    more = pd.DataFrame(
        [
            {
                "outcome": o,
                "metric": m,
                "group": "all",
                "level": "all",
                "estimate": e,
                "std_error": 0.1,
                "conf_low": low,
                "conf_high": high,
                "n": 900,
                "n_eff": 900.0,
            }
            for o, m, e, low, high in rows
        ]
    )
    return pd.concat([nps, more], ignore_index=True)


@pytest.fixture
def waves(nps) -> pd.DataFrame:
    each = [("2017", 40.0, 2746), ("2018", 35.0, 2650)]
    return pd.concat(
        [
            nps.assign(group="wave", level=w, estimate=e, conf_low=e - 2, conf_high=e + 2, n=n)
            for w, e, n in each
        ],
        ignore_index=True,
    )


@pytest.fixture
def distribution() -> pd.DataFrame:
    n = np.array([3, 1, 2, 5, 12, 60, 70, 130, 170, 280, 320])
    return pd.DataFrame({"outcome": "recommend", "value": range(11), "share": n / n.sum(), "n": n})


@pytest.fixture
def gaps() -> pd.DataFrame:
    expectation, gap = np.array([5.0, 6.0, 6.2, 6.4, 5.8]), np.array([0.5, -0.2, -0.9, -1.8, 0.0])
    return pd.DataFrame(
        {
            "touchpoint": TOUCHPOINTS,
            "stage": ["aware", "ask", "act", "act", "act"],
            "contact": "direct",
            "group": "all",
            "level": "all",
            "expectation": expectation,
            "experience": expectation + gap,
            "estimate": gap,
            "std_error": 0.08,
            "conf_low": gap - 0.3,
            "conf_high": gap + 0.3,
            "p_holm": np.where(np.abs(gap) > 0.3, 0.001, 0.5),
            "scale": "agree7",
            "n": [400, 500, 600, 550, 9],
            "n_eff": 400.0,
        }
    )


@pytest.fixture
def scores(gaps) -> pd.DataFrame:
    return gaps.drop(columns=["expectation", "estimate", "p_holm"]).assign(
        conf_low=gaps["experience"] - 0.2, conf_high=gaps["experience"] + 0.2, used=0.8
    )


@pytest.fixture
def shares() -> pd.DataFrame:
    part = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    return pd.DataFrame(
        {
            "outcome": "recommend",
            "model": "ols",
            "method": "lmg",
            "touchpoint": ["support", "install", "store", "billing", "ads"],
            "share": part * 0.4,
            "share_relative": part,
            "conf_low": part * 0.3,
            "conf_high": part * 0.5,
            "relative_low": part - 0.04,
            "relative_high": part + 0.04,
            "rank": range(1, 6),
            "rank_low": [1, 1, 3, 3, 4],
            "rank_high": [1, 3, 4, 5, 5],
            "p_top3": 0.5,
            "slope": [0.4, 0.3, 0.2, 0.05, -0.2],
            "slope_low": [0.3, 0.2, 0.1, -0.1, -0.3],
            "slope_high": [0.5, 0.4, 0.3, 0.2, -0.1],
            "sign": ["+", "+", "+", "?", "-"],
            "n": 1150,
        }
    )


@pytest.fixture
def priorities(shares, scores) -> pd.DataFrame:
    frame = shares[["touchpoint", "share_relative", "relative_low", "relative_high"]].merge(
        scores[["touchpoint", "experience", "conf_low", "conf_high"]]
    )
    return frame.assign(
        priority=["fix_first", "fix_first", "maintain", "maintain", "keep_up"],
        clear=[True, False, True, True, False],
    )


@pytest.fixture
def effects() -> pd.DataFrame:
    """Effects as `effects(fit)` gives them for an NPS outcome: on its own scale, and in NPS points
    by two models.
    """
    points = np.array([8.0, 6.0, 0.5, 1.5, -3.0])
    parts = [
        ("outcome", "ols", points / 20, 0.1),
        ("nps_points", "ols", points, 2.0),
        ("nps_points", "ordinal", points * 0.9, 1.8),
    ]
    frames = [
        pd.DataFrame(
            {
                "touchpoint": ["support", "install", "store", "billing", "ads"],
                "outcome": "recommend",
                "measure": measure,
                "model": model,
                "estimate": value,
                "conf_low": value - half,
                "conf_high": value + half,
                "p_holm": [1e-6, 1e-4, 1.0, 0.4, 0.01],
                "n": [1150, 800, 1150, 1150, 1150],
            }
        )
        for measure, model, value, half in parts
    ]
    return pd.concat(frames, ignore_index=True).assign(note="")


@pytest.fixture
def changed() -> pd.DataFrame:
    rows = [
        ("support", 0.5, 0.41, 3.3),
        ("install", 0.5, 0.5, 3.0),
        ("all_touchpoints", np.nan, np.nan, 6.3),
    ]
    parts = [
        pd.DataFrame(
            [
                {
                    "touchpoint": t,
                    "asked": asked,
                    "reached": reached,
                    "outcome": "recommend",
                    "measure": "nps_points",
                    "model": model,
                    "baseline": 12.0,
                    "expected": 12 + value * part,
                    "estimate": value * part,
                    "conf_low": value * part - 1,
                    "conf_high": value * part + 1,
                    "at_ceiling": 0.1,
                    "n": 1150,
                }
                for t, asked, reached, value in rows
            ]
        )
        for model, part in (("ols", 1.0), ("ordinal", 0.9))
    ]
    return pd.concat(parts, ignore_index=True)


def ranked(by: str, orders: dict[str, list[int]], n) -> pd.DataFrame:
    """Ranks of the five touchpoints by each way of ranking."""
    names = ["support", "install", "store", "billing", "ads"]
    parts = [
        pd.DataFrame(
            {by: way, "touchpoint": names, "rank": order, "share_relative": 0.2, "n": size}
        )
        for (way, order), size in zip(orders.items(), n, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture
def methods() -> pd.DataFrame:
    return ranked(
        "method",
        {"lmg": [1, 2, 3, 4, 5], "johnson": [1, 2, 3, 5, 4], "beta": [1, 3, 5, 2, 4]},
        [1150] * 3,
    )


@pytest.fixture
def treatments() -> pd.DataFrame:
    known = ranked("missing", {"listwise": [2, 1, 3, 4, 5], "usage": [1, 2, 3, 4, 5]}, [800, 1150])
    gone = {
        "missing": "mice",
        "touchpoint": "all_touchpoints",
        "rank": np.nan,
        "share_relative": np.nan,
        "n": 0,
        "note": "too few answers to impute from",
    }
    return pd.concat([known.assign(note=""), pd.DataFrame([gone])], ignore_index=True)


@pytest.fixture
def forms() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": "all_touchpoints",
            "outcome": "satisfaction",
            "form": ["intercept", "P", "difference", "E+P", "quadratic"],
            "df": [1, 2, 2, 3, 6],
            "r_squared": [0.0, 0.25, 0.1736, 0.2778, 0.3418],
            "r_squared_cv": [0.0, 0.24, 0.16, 0.26, 0.31],
            "aicc": np.nan,
            "aicc_weight": np.nan,
            "p_value": [1e-9, 1e-5, 1e-8, 2e-4, np.nan],
            "n": 207,
            "chosen": [False, False, False, False, True],
            "p_expectation": 0.001,
            "reliability": 0.95,
        }
    )


@pytest.fixture
def contest() -> pd.DataFrame:
    """All forms, as `compare_gap_forms` gives them without weights."""
    rows = {  # df, R², AICc, p
        "intercept": (1, 0.0, 2334.3, 1e-99),
        "P": (2, 0.39, 2037.7, 1e-38),
        "E": (2, 0.01, 2330.0, 1e-80),
        "difference": (2, 0.51, 1908.8, 1e-11),
        "absolute_difference": (2, 0.33, 2098.9, np.nan),
        "squared_difference": (2, 0.34, 2094.3, 1e-50),
        "P+P^2": (3, 0.4, 2030.0, 1e-30),
        "E+P": (3, 0.535, 1878.9, 2e-5),
        "E+E^2": (3, 0.02, 2326.0, 1e-80),
        "asymmetric": (3, 0.52, 1897.1, np.nan),
        "shifted_squared_difference": (3, 0.515, 1904.0, 1e-6),
        "rising_ridge": (3, 0.38, 2050.8, 1e-41),
        "cubic_asymmetry": (3, 0.36, 2070.0, 1e-44),
        "level_congruence": (3, 0.35, 2080.0, 1e-40),
        "E+P+P^2": (4, 0.537, 1878.5, 1e-4),
        "P+P^2+P^3": (4, 0.401, 2031.0, 1e-30),
        "interaction": (4, 0.536, 1880.0, 8e-6),
        "shifted_rising_ridge": (4, 0.537, 1879.0, 1e-4),
        "broad_congruence": (4, 0.387, 2047.2, 1e-41),
        "rising_ridge_asymmetry": (4, 0.407, 2027.0, 1e-35),
        "rising_ridge_level": (4, 0.39, 2045.0, 1e-38),
        "quadratic": (6, 0.60, 1860.4, 0.18),
        "cubic": (10, 0.605, 1863.4, np.nan),
    }
    columns = ["df", "r_squared", "aicc", "p_value"]
    frame = pd.DataFrame(rows.values(), columns=columns).assign(form=list(rows))
    weight = np.exp(-(frame["aicc"] - frame["aicc"].min()) / 2)
    return frame.assign(
        touchpoint="all_touchpoints",
        outcome="satisfaction",
        r_squared_cv=frame["r_squared"] - 0.005 * np.arange(23) / 23,
        aicc_weight=weight / weight.sum(),
        n=600,
        chosen=frame["form"] == "quadratic",
        p_expectation=0.001,
        reliability=0.95,
    )


@pytest.fixture
def quantities() -> pd.DataFrame:
    """A surface whose top and ridge can be located."""
    estimate = dict(
        a1=0.5,
        a2=-0.4,
        a3=-0.6,
        a4=-0.8,
        a5=0.1,
        x0=0.5,
        y0=1.2,
        p10=0.3,
        p11=0.9,
        p20=2.0,
        p21=-1.1,
    )
    frame = pd.DataFrame({"term": list(estimate), "estimate": list(estimate.values())})
    return frame.assign(
        conf_low=frame["estimate"] - 0.2,
        conf_high=frame["estimate"] + 0.2,
        boot_low=frame["estimate"] - 0.3,
        boot_high=frame["estimate"] + 0.3,
        note="",
    )


@pytest.fixture
def losses() -> pd.DataFrame:
    terms = ["gap", "loss", "gain", "slope_difference", "loss_ratio", "expectation", "asymmetry"]
    frame = pd.DataFrame(
        {
            "term": terms,
            "estimate": [1.3, 1.5, 0.7, 0.8, 2.1, 0.4, 0.6],
            "conf_low": [1.2, 1.3, 0.5, 0.4, 1.4, 0.3, 0.2],
            "conf_high": [1.4, 1.7, 0.9, 1.2, 3.2, 0.5, 1.0],
        }
    )
    about = {"touchpoint": "all_touchpoints", "outcome": "recommend", "note": "", "n": 600}
    return frame.assign(**about, p_expectation=0.001)


@pytest.fixture
def zone(gaps) -> pd.DataFrame:
    adequate, desired, met = (
        np.array([3.2, 4.0, 4.6, 5.0, 4.1]),
        gaps["expectation"],
        np.array([5.6, 5.2, 4.1, 4.9, 4.3]),
    )
    return gaps[["touchpoint", "stage", "n"]].assign(
        adequate=adequate,
        expectation=desired,
        experience=met,
        msa=met - adequate,
        msa_low=met - adequate - 0.2,
        msa_high=met - adequate + 0.2,
        mss=met - desired,
        mss_low=met - desired - 0.2,
        mss_high=met - desired + 0.2,
        below=[0.1, 0.2, 0.55, 0.4, 0.3],
        inside=[0.5, 0.6, 0.35, 0.5, 0.65],
        above=[0.4, 0.2, 0.1, 0.1, 0.05],
    )


@pytest.fixture
def rewards() -> pd.DataFrame:
    penalty, reward = np.array([0.1, -0.9, -0.8, -0.1, 0.0]), np.array([0.0, 0.1, 0.6, 0.5, 0.1])
    return pd.DataFrame(
        {
            "touchpoint": TOUCHPOINTS,
            "outcome": "recommend",
            "penalty": penalty,
            "penalty_low": penalty - 0.3,
            "penalty_high": penalty + 0.3,
            "reward": reward,
            "reward_low": reward - 0.3,
            "reward_high": reward + 0.3,
            "class": ["indifferent", "basic", "performance", "excitement", "indifferent"],
            "p_basic": [0.0, 0.91, 0.2, 0.0, 0.0],
            "p_performance": [0.0, 0.05, 0.72, 0.1, 0.0],
            "p_excitement": [0.0, 0.0, 0.08, 0.9, 0.1],
            "p_indifferent": [1.0, 0.04, 0.0, 0.0, 0.9],
            "n": 549,
        }
    )


@pytest.fixture
def wants() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["store", "install", "support", "billing"],
            "must_be": [80, 20, 10, 40],
            "one_dimensional": [10, 70, 20, 38],
            "attractive": 10,
            "indifferent": 8,
            "reverse": 1,
            "questionable": 0,
            "class": ["must_be", "one_dimensional", "indifferent", "must_be"],
            "second": ["one_dimensional", "must_be", "attractive", "one_dimensional"],
            "clear": [True, True, True, False],
            "better": 0.4,
            "better_low": 0.3,
            "better_high": 0.5,
            "worse": -0.6,
            "worse_low": -0.7,
            "worse_high": -0.5,
            "n": [109, 119, 60, 97],
        }
    )


@pytest.fixture
def grid() -> pd.DataFrame:
    e, p = (one.ravel() for one in np.meshgrid(np.linspace(1, 7, 21), np.linspace(1, 7, 21)))
    near = np.where((e > 4) & (p > 3), 30, 0)
    return pd.DataFrame(
        {
            "touchpoint": "all_touchpoints",
            "outcome": "satisfaction",
            "expectation": e,
            "experience": p,
            "estimate": 3 + 0.5 * p - 0.2 * e,
            "std_error": 0.1,
            "n": near,
            "supported": near >= 5,
        }
    )


@pytest.fixture
def gap_points() -> pd.DataFrame:
    return pd.DataFrame(
        {"expectation": [5.0, 6.0, 6.4], "experience": [4.0, 5.0, 5.1], "n": [30, 12, 3]}
    )


@pytest.fixture
def study(gaps):
    flow = pd.DataFrame(
        {
            "step": ["read", "include: usage", "analysed"],
            "n": [1300, 1200, 1200],
            "dropped": [0, 100, 0],
        }
    )
    missing = pd.DataFrame(
        {
            "touchpoint": TOUCHPOINTS,
            "role": "experience",
            "answered": 900,
            "not_used": 200,
            "no_answer": 50,
            "not_asked": 50,
        }
    )
    files = pd.DataFrame({"file": ["study.yml"], "sha256": ["ab" * 32], "rows": [0]})
    return SimpleNamespace(
        client=HOSTILE,
        title=lambda language: HOSTILE,
        fieldwork=SimpleNamespace(start=dt.date(2026, 3, 1), end=dt.date(2026, 3, 28)),
        n=1200,
        touchpoints=gaps,
        weights=None,
        simulated=True,
        flow=flow,
        missing=lambda: missing,
        provenance=lambda: files,
        codebook=SimpleNamespace(
            report=SimpleNamespace(min_cell=10, protect="groups"), panel=False
        ),
        wave_order=[],
        labels=lambda language: {},
    )
