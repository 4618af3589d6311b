"""Moments of truth: weights by hand, the rule on a planted journey, and what must not change."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlab as cx
from cxlab.models.journey.moments_of_truth import moments_of_truth

NAMES = ["a", "b", "c", "d", "e"]


def study_of(frame, **keys):
    points = {name: {"experience": name, "scale": "s"} for name in NAMES if name in frame}
    scales = {
        "s": {"min": 1, "max": 7, "not_used": [9]},
        "y": {"min": -1e6, "max": 1e6, "whole": False},
    }
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "y"}}
    return cx.Study.from_frame(frame, points, outcomes, scales=scales, **keys)


@pytest.fixture(scope="module")
def journey():
    """The first touchpoint weighs most and is lived worst; the last was met by half."""
    rng = np.random.default_rng(4)
    n = 800
    common = rng.normal(size=(n, 1))
    means = [3.5, 4.5, 4.5, 5, 4.5]
    rated = np.clip(np.round(means + common + rng.normal(size=(n, 5))), 1, 7)
    rated[rng.random(n) < 0.5, 4] = 9
    slopes = np.array([0.9, 0.2, 0.2, 0.2, 0.2])
    y = np.where(rated == 9, 0, rated) @ slopes + rng.normal(size=n)
    return pd.DataFrame(rated, columns=NAMES).assign(y=y)


def test_weights_and_what_lies_beyond_the_others_are_those_of_statsmodels(journey):
    frame = journey.drop(columns="e")  # all met the others
    study = study_of(frame)
    table = moments_of_truth(study, cx.fit_loyalty(study), n_boot=0)
    fit = sm.OLS(frame["y"], sm.add_constant(frame[NAMES[:4]])).fit(cov_type="HC2")
    np.testing.assert_allclose(table["estimate"], fit.params[1:], rtol=1e-10)
    line = np.array([[0, 1, -1 / 3, -1 / 3, -1 / 3]])
    beyond = fit.t_test(line)
    np.testing.assert_allclose(table["beyond"].iloc[0], beyond.effect[0], rtol=1e-10)
    # Bell & McCaffrey's degrees of freedom are some hundreds here.
    np.testing.assert_allclose(
        table["p_value"].iloc[1],
        1 - fit.t_test(np.array([[0, -1 / 3, 1, -1 / 3, -1 / 3]])).pvalue / 2,
        atol=2e-4,
    )


def test_a_touchpoint_that_weighs_more_and_is_lived_worse_is_a_pain(journey):
    study = study_of(journey)
    table = moments_of_truth(study, cx.fit_loyalty(study)).set_index("touchpoint")
    assert table["moment"].to_dict() == {"a": "pain"} | dict.fromkeys("bcde", "")
    assert table.loc["a", "p_top3"] == 1 and table["p_top3"].sum() == pytest.approx(3)


@pytest.mark.parametrize(("shift", "moment"), [(0, "pain"), (1, "open"), (2, "asset")])
def test_how_it_is_lived_names_the_moment(journey, shift, moment):
    better = journey.assign(a=np.clip(journey["a"] + shift, 1, 7))
    study = study_of(better)
    assert moments_of_truth(study, cx.fit_loyalty(study), n_boot=0)["moment"].iloc[0] == moment


def test_weight_is_effect_times_reach(journey):
    study = study_of(journey)
    fit = cx.fit_loyalty(study)
    table, effects = moments_of_truth(study, fit, n_boot=0), cx.effects(fit)
    np.testing.assert_allclose(table["estimate"], effects["overall"], rtol=1e-12)
    assert table["used"].iloc[4] == pytest.approx((journey["e"] != 9).mean())
    # Who met it varies too, which widens the interval of what half of them met, and no other's.
    wide = (table["conf_high"] - table["conf_low"]) / (
        effects["overall_high"] - effects["overall_low"]
    )
    np.testing.assert_allclose(wide[:4], 1, rtol=1e-9)
    one, n = effects.iloc[4], len(journey)
    of_reach = one["estimate"] ** 2 * one["used"] * (1 - one["used"]) / (n - 1)
    assert wide[4] ** 2 == pytest.approx(1 + of_reach / (one["used"] * one["std_error"]) ** 2)


def test_what_all_have_beyond_the_others_cancels_out(journey):
    study = study_of(journey)
    table = moments_of_truth(study, cx.fit_loyalty(study), n_boot=0)
    np.testing.assert_allclose(table[["beyond", "experience_beyond"]].sum(), 0, atol=1e-10)


def test_the_unit_of_the_outcome_changes_no_mark(journey):
    one, tenfold = (study_of(journey.assign(y=journey["y"] * size)) for size in (1, 10))
    small, large = (moments_of_truth(s, cx.fit_loyalty(s), seed=3) for s in (one, tenfold))
    np.testing.assert_allclose(large["estimate"], 10 * small["estimate"], rtol=1e-9)
    np.testing.assert_allclose(large["p_holm"], small["p_holm"], atol=1e-9)
    assert large["moment"].equals(small["moment"])


def test_among_three_touchpoints_none_is_named(journey):
    study = study_of(journey[["a", "b", "c", "y"]])
    table = moments_of_truth(study, cx.fit_loyalty(study), n_boot=0)
    assert table["p_holm"].min() < 0.001 and (table["moment"] == "").all()


def test_of_one_touchpoint_nothing_lies_beyond():
    study = cx.simulate_study(300, seed=1)
    fit = cx.fit_loyalty(study, touchpoints=["delivery"])
    table = moments_of_truth(study, fit)
    assert table[["beyond", "p_value", "experience_beyond"]].isna().all(axis=None)
    assert table["moment"].tolist() == [""]


def test_weights_of_an_nps_are_told_in_points_too():
    study = cx.simulate_study(400, seed=2)
    for family in ("ols", "ordinal"):
        fit = cx.fit_loyalty(study, "recommend", family=family)
        effects = cx.effects(fit)
        points = effects[(effects["measure"] == "nps_points") & (effects["model"] == "ols")]
        table = moments_of_truth(study, fit, n_boot=0)
        np.testing.assert_allclose(table["points"], points["overall"], rtol=1e-10)


def test_imputed_answers_are_pooled():
    rng = np.random.default_rng(3)
    study = cx.simulate_study(300, seed=3)
    lost = {t: rng.random(study.n) < 0.1 for t in study.touchpoints["touchpoint"]}
    frame = pd.DataFrame({t: study.rating(t).mask(rows, 99) for t, rows in lost.items()})
    points = {t: {"experience": t, "scale": "s"} for t in frame}
    study = cx.Study.from_frame(
        frame.assign(y=study.outcome("recommend")),
        points,
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7, "no_answer": [99]}},
    )
    fit = cx.fit_loyalty(study, missing="mice", n_imputed=5)
    table = moments_of_truth(study, fit)
    np.testing.assert_allclose(table["estimate"], fit.params[table["touchpoint"]], rtol=1e-9)
    single = [moments_of_truth(study, one, n_boot=0) for one in fit.completed_fits]
    wide = (table["conf_high"] - table["conf_low"]).mean()
    assert wide > np.mean([(one["conf_high"] - one["conf_low"]).mean() for one in single])


def test_touchpoints_on_several_scales_are_refused(journey):
    frame = journey.drop(columns="e")
    points = {t: {"experience": t, "scale": "s"} for t in "abc"}
    points["d"] = {"experience": "d", "scale": "long"}
    study = cx.Study.from_frame(
        frame,
        points,
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales={
            "s": {"min": 1, "max": 7},
            "long": {"min": 1, "max": 10},
            "y": {"min": -1e6, "max": 1e6, "whole": False},
        },
    )
    with pytest.raises(cx.ModelError, match="rated on different scales and have no common mean"):
        moments_of_truth(study, cx.fit_loyalty(study))
