"""Penalties and rewards: R's regressions, the stated rule of classes, and the probability of each
class.
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.fit import least_squares
from cxlab.models.gap.penalty_reward import CLASSES, classes, penalty_design

TWELVE = [
    "web",
    "app",
    "store",
    "call",
    "chat",
    "onboard",
    "product",
    "billing",
    "delivery",
    "returns",
    "loyalty",
    "claims",
]
SETS = {
    "gen_drv12_osat_cut_3_6": ("osat", "csat", {}, {}),
    "gen_drv12_osat_cut_2_7": ("osat", "csat", {}, {"low": 2, "high": 7}),
    "gen_drv12_nps_weighted": ("nps", "nps", {"weight": "weight"}, {}),
}


@cache
def drivers(reference, name):
    outcome, kind, keys, _ = SETS[name]
    points = {name: {"experience": name, "scale": "s"} for name in TWELVE}
    scales = {"s": {"min": 1, "max": 7}, "ten": {"min": 0, "max": 10}}
    return cx.Study.from_frame(
        reference.frame("gen_drv12"),
        points,
        {outcome: {"kind": kind, "column": outcome, "scale": "ten"}},
        scales=scales,
        **keys,
    )


def rated(
    n=400,
    seed=0,
    effects=((0.8, 0.2), (0.2, 0.8), (0.5, 0.5), (0.0, 0.0)),
    noise=0.5,
    not_used=0,
    **keys,
):
    """Touchpoints t0, t1 … with (penalty, reward) planted."""
    rng = np.random.default_rng(seed)
    ratings = rng.integers(1, 8, size=(n, len(effects)))
    y = sum(
        reward * (r >= 6) - penalty * (r <= 3)
        for (penalty, reward), r in zip(effects, ratings.T, strict=True)
    ) + rng.normal(0, noise, n)
    frame = (
        pd.DataFrame(ratings, columns=[f"t{i}" for i in range(len(effects))])
        .astype(object)
        .assign(y=y, w=rng.uniform(0.5, 2, n), c=rng.integers(0, 60, n))
    )
    frame.loc[: not_used - 1, "t0"] = "9"
    points = {f"t{i}": {"experience": f"t{i}", "scale": "s"} for i in range(len(effects))}
    scales = {
        "s": {"min": 1, "max": 7, "not_used": ["9"]},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    return cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales, **keys
    )


@pytest.mark.parametrize("name", SETS)
def test_equals_r(reference, name):
    outcome, _, _, cuts = SETS[name]
    ref, study = reference.results("k_prca_gap")[name], drivers(reference, name)
    assert study.n == ref["n"]
    table = cx.penalty_reward(study, outcome, n_boot=0, covariance="classical", **cuts).set_index(
        "touchpoint"
    )
    for touchpoint, other in ref["asymmetry"].items():
        row = table.loc[touchpoint]
        assert (row["penalty"], row["reward"]) == pytest.approx(
            (other["pen"], other["rew"]), rel=1e-8
        )
        assert row["asymmetry"] == pytest.approx(
            other["IA_reward_minus_abs_penalty"], rel=1e-8, abs=1e-12
        )
        half = stats.t.ppf(0.975, ref["n"] - 25)
        # R's file has the test of the contrast r⁺ + r⁻, which is another one where low ratings go
        # with a better outcome.
        if other["pen"] < 0:
            assert row["p_value"] == pytest.approx(other["sum_p"], rel=1e-8)
            error = (row["asymmetry_high"] - row["asymmetry_low"]) / (2 * half)
            assert error == pytest.approx(other["sum_se"], rel=1e-8)
        for side, effect in (("pen", "penalty"), ("rew", "reward")):
            error = (row[f"{effect}_high"] - row[f"{effect}_low"]) / (2 * half)
            assert error == pytest.approx(
                ref["coef"][f"{side}_{touchpoint}"]["Std. Error"], rel=1e-8
            )


@pytest.mark.parametrize("name", SETS)
def test_hc3_errors_equal_r_s_sandwich(reference, name):
    outcome, _, _, cuts = SETS[name]
    ref = reference.results("k_prca_gap")[name]
    table = cx.penalty_reward(
        drivers(reference, name), outcome, n_boot=0, covariance="HC3", **cuts
    ).set_index("touchpoint")
    half = stats.t.ppf(0.975, ref["n"] - 25)
    for touchpoint in TWELVE:
        for side, effect in (("pen", "penalty"), ("rew", "reward")):
            error = (
                table.loc[touchpoint, f"{effect}_high"] - table.loc[touchpoint, f"{effect}_low"]
            ) / (2 * half)
            assert error == pytest.approx(ref["hc3_se"][f"{side}_{touchpoint}"], rel=1e-8)


def test_r_squared_equals_r(reference):
    for name, (outcome, _, _, cuts) in SETS.items():
        study = drivers(reference, name)
        fit = least_squares(penalty_design(study, TWELVE, outcome, **cuts), "penalty-reward")
        assert fit.r_squared == pytest.approx(reference.results("k_prca_gap")[name]["r2"], rel=1e-8)
        assert fit.params["intercept"] == pytest.approx(
            reference.results("k_prca_gap")[name]["coef"]["(Intercept)"]["Estimate"], rel=1e-8
        )


def test_default_cut_points_are_3_and_6_on_a_scale_to_7():
    study = rated()
    pd.testing.assert_frame_equal(
        cx.penalty_reward(study, n_boot=0), cx.penalty_reward(study, low=3, high=6, n_boot=0)
    )
    assert (
        cx.penalty_reward(study, low=2, high=7, n_boot=0)["penalty"].iloc[0]
        != cx.penalty_reward(study, n_boot=0)["penalty"].iloc[0]
    )


@pytest.mark.parametrize(
    ("penalty", "reward", "named"),
    [
        (-1.0, 0.2, "basic"),
        (-1.0, 0.0, "basic"),
        (-1.0, 0.9, "performance"),
        (-0.2, 1.0, "excitement"),
        (0.0, 1.0, "excitement"),
        (0.1, 0.1, "indifferent"),
        (1.0, 0.0, "indifferent"),
        (0.0, -1.0, "indifferent"),
        (-0.25, 0.15, "basic"),
        (-0.15, 0.25, "excitement"),
        (0.5, 1.0, "excitement"),
        (-1.0, -0.5, "basic"),
        (2.0, 1.0, "excitement"),
        (2.0, 0.1, "indifferent"),
        (-1.0, -2.0, "basic"),
    ],
)
def test_the_stated_rule(penalty, reward, named):
    """Errors 0.1 for each effect and 0.14 for their sum, critical value 2."""
    one = np.array([0.2])
    assert (
        CLASSES[classes(np.array([penalty]), np.array([reward]), (one, one, 1.4 * one))[0]] == named
    )


def test_a_penalty_of_the_wrong_sign_is_none():
    """Low ratings go with an outcome 2 better, high ones with 2 better: no penalty, a reward, and
    no difference of their sizes (r⁺ − |r⁻| = 0, where r⁺ + r⁻ is 4).
    """
    row = cx.penalty_reward(rated(n=600, effects=((-2, 2), (1, 1))), n_boot=200).iloc[0]
    assert row["penalty"] == pytest.approx(2, abs=0.4) and row["class"] == "excitement"
    assert row["asymmetry"] == pytest.approx(row["reward"] - row["penalty"])
    assert row["asymmetry_low"] < 0 < row["asymmetry_high"] and row["p_value"] > 0.05
    assert row["p_basic"] == row["p_performance"] == 0


@pytest.mark.parametrize("keys", [{}, {"weight": "w"}, {"account": "c"}])
def test_planted_classes_are_found(keys):
    table = cx.penalty_reward(rated(n=1500, **keys), n_boot=300).set_index("touchpoint")
    assert table["class"].tolist() == ["basic", "excitement", "performance", "indifferent"]
    probabilities = table[[f"p_{name}" for name in CLASSES]]
    assert probabilities.sum(axis=1).to_numpy() == pytest.approx(1)
    assert [probabilities.loc[t, f"p_{c}"] > 0.7 for t, c in table["class"].items()] == [True] * 4


def test_probability_of_a_class_is_the_share_of_refits_that_get_it():
    study = rated(n=150, effects=((0.5, 0.3), (0.1, 0.4)), seed=4)
    table = cx.penalty_reward(study, n_boot=200, seed=9)
    design = penalty_design(study, ["t0", "t1"], "y")
    fit, x, y = least_squares(design, "x"), design.x.to_numpy(), design.y.to_numpy()
    width = stats.t.ppf(0.975, fit.df) * np.sqrt(np.diag(fit.cov))
    lines = np.array([[0, 1, 1, 0, 0], [0, 0, 0, 1, 1]], dtype=float)
    both = stats.t.ppf(0.975, fit.freedom(lines)) * fit.standard_errors(lines)
    counts = np.zeros((2, 4))
    for rows in np.random.default_rng(9).integers(0, 150, size=(200, 150)):
        b = np.linalg.lstsq(x[rows], y[rows], rcond=None)[0]
        for i, kind in enumerate(
            classes(
                b[[1, 3]],
                b[[2, 4]],
                (width[[1, 3]], width[[2, 4]], both),
            )
        ):
            counts[i, kind] += 1 / 200
    assert table[[f"p_{name}" for name in CLASSES]].to_numpy() == pytest.approx(counts, abs=1e-12)


def test_never_met_is_the_middle_with_an_indicator_of_its_own():
    study = rated(n=300, not_used=60)
    design = penalty_design(study, ["t0", "t1"], "y")
    assert "t0:unused" in design.x and "t1:unused" not in design.x
    assert (design.x.loc[:59, ["t0:low", "t0:high"]] == 0).all().all()
    assert design.x["t0:unused"].sum() == 60
    table = cx.penalty_reward(study, touchpoints=["t0", "t1"], n_boot=0)
    assert table["n"].tolist() == [300, 300]
    assert table["touchpoint"].tolist() == ["t0", "t1"]


def test_no_answer_is_left_out_and_not_taken_for_the_middle():
    study = rated(n=200)
    frame = (
        pd.DataFrame({t: study.rating(t) for t in ("t0", "t1")})
        .astype(object)
        .assign(y=study.outcome("y"))
    )
    frame.loc[:29, "t1"] = np.nan
    points = {t: {"experience": t, "scale": "s"} for t in ("t0", "t1")}
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    whole = [
        cx.Study.from_frame(
            f, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales
        )
        for f in (frame, frame.iloc[30:])
    ]
    tables = [cx.penalty_reward(one, n_boot=0) for one in whole]
    assert tables[0]["n"].tolist() == [170, 170]
    pd.testing.assert_frame_equal(tables[0], tables[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            {"low": 6, "high": 3},
            "touchpoint t0: low=6 and high=3 must be in order and on the scale 1–7",
        ),
        (
            {"low": 0, "high": 3},
            "touchpoint t0: low=0 and high=3 must be in order and on the scale 1–7",
        ),
        (
            {"low": 3, "high": 8},
            "touchpoint t0: low=3 and high=8 must be in order and on the scale 1–7",
        ),
        (
            {"touchpoints": ["nowhere"]},
            (
                "'nowhere' is neither a touchpoint nor an outcome of this study; it has: t0, t1,"
                " t2, t3, y"
            ),
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.penalty_reward(rated(), **call)
    assert str(caught.value) == message


@pytest.mark.parametrize(("ratings", "side"), [((4, 8), "low"), ((1, 6), "high")])
def test_nobody_low_or_nobody_high_is_refused_by_name(ratings, side):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "shop": rng.integers(*ratings, 80),
            "web": rng.integers(1, 8, 80),
            "y": rng.integers(0, 11, 80),
        }
    )
    study = cx.Study.from_frame(
        frame,
        {"web": "web", "shop": "shop"},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    with pytest.raises(cx.ModelError) as caught:
        cx.penalty_reward(study)
    assert (
        str(caught.value)
        == f"touchpoint shop: none of 80 respondents rated it {side}; move the cut point, or leave"
        " it out"
    )
    frame["y"] = 7
    frame["shop"] = frame["web"].sample(frac=1, random_state=0).to_numpy()
    study = cx.Study.from_frame(
        frame,
        {"web": "web", "shop": "shop"},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    with pytest.raises(
        cx.ModelError, match="outcome y: all 80 answers are 7; nothing can be explained"
    ):
        cx.penalty_reward(study)


def test_no_touchpoint_is_refused(reference):
    with pytest.raises(cx.ModelError, match="no touchpoint of this study asks an experience"):
        cx.penalty_reward(reference.gap(), "osat", touchpoints=[])
