"""The gate of claims about expectation: a score test beside any curve of the experience, one family
of tests, and the reliability of the experience.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import cxlab as cx
from cxlab.models.gap.fit_gap import gap_design
from cxlab.models.gap.gate import expectation_p_value, experience_curve
from cxlab.stats.inference import holm
from tests.models.gap_studies import arrays, planted, study_of

ANY = {"min": -99, "max": 99, "whole": False}
OUTCOME = {"y": {"kind": "score", "column": "y", "scale": ANY}}
CURVED = {"experience": 0.9, "experience^2": -0.12}


def several(n=300, halo=0.6, weights=(1.0, 0.0, 0.0), seed=3, **keys) -> cx.Study:
    """Three touchpoints whose ratings share a respondent's level; the outcome follows the
    experience.
    """
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1, 1))
    latent = np.sqrt(halo) * common + np.sqrt(1 - halo) * rng.normal(size=(n, 3, 2))
    rated = np.clip(np.round(4.5 + 1.4 * latent), 1, 7)
    frame = pd.DataFrame(rated.reshape(n, 6), columns=[r + t for t in "abc" for r in "ep"])
    frame["y"] = rated[:, :, 1] @ np.array(weights) + rng.normal(size=n)
    points = {t: {"expectation": "e" + t, "experience": "p" + t} | keys for t in "abc"}
    scales = {"s": {"min": 1, "max": 7}}
    return cx.Study.from_frame(frame, points, OUTCOME, scales=scales)


def test_the_test_is_the_score_test_beside_a_mean_for_each_rating():
    study = planted({"expectation": 0.1, "experience": 0.5}, n=150, weights=True)
    e, p, y = arrays(study)
    w = study.weights.to_numpy() / study.weights.mean()
    held = (p[:, None] == np.arange(-3, 4)).astype(float)
    left = [sm.WLS(z, held, weights=w).fit().resid for z in (e, e * e, e * p, y)]
    scores = np.column_stack(left[:3]) * (left[3] * w)[:, None]
    mean, spread = scores.mean(axis=0), np.cov(scores.T)
    t2 = 150 * mean @ np.linalg.solve(spread, mean) * (1 - 7 / 150)
    mine = expectation_p_value(gap_design(study, "delivery"))
    assert mine == pytest.approx(stats.f.sf(t2 * 147 / (3 * 149), 3, 147), rel=1e-8)


@pytest.mark.parametrize("keys", [{}, {"weights": True}, {"clusters": 40}])
def test_p_does_not_change_with_scale_centre_or_order_of_rows(keys):
    study = planted({"expectation": 0.08} | CURVED, n=200, **keys)
    e, p, y = arrays(study)
    mine = expectation_p_value(gap_design(study, "delivery"))
    assert 0 < mine < 0.9
    assert expectation_p_value(gap_design(study, "delivery", center=2)) == pytest.approx(mine)
    key = {"weights": ("weight", "w"), "clusters": ("account", "c")}.get(next(iter(keys), ""))
    named = dict([key] if key else [])
    more = {column: study.responses[column].to_numpy(float) for column in named.values()}
    order = np.random.default_rng(1).permutation(200)
    columns = [10 + 10 * (e + 4), 10 + 10 * (p + 4), 5 - 2 * y]
    e, p, y = (column[order] for column in columns)
    more = {name: column[order] for name, column in more.items()}
    other = study_of(e, p, y, scale=(0, 100), more=more, **named)
    assert expectation_p_value(gap_design(other, "delivery")) == pytest.approx(mine, rel=1e-6)


def test_other_touchpoints_experience_is_held():
    """The outcome follows touchpoint b; expectation of a goes with it only through the level that a
    respondent's ratings share.
    """
    study = several(weights=(0.0, 0.8, 0.0))
    alone = cx.Study.from_frame(
        study.responses.astype(float),
        {"a": {"expectation": "ea", "experience": "pa"}},
        OUTCOME,
        scales={"s": {"min": 1, "max": 7}},
    )
    assert expectation_p_value(gap_design(alone, "a")) < 0.01
    assert expectation_p_value(gap_design(study, "a")) > 0.05


def test_one_family_in_which_the_mean_weighs_as_much_as_all_touchpoints():
    study = several()
    raw = {t: expectation_p_value(gap_design(study, t)) for t in (None, *"abc")}
    names = ["all_touchpoints", "a", "b", "c"]
    gate = pd.Series(holm(np.array(list(raw.values())), [3, 1, 1, 1]), names)
    for touchpoint, name in ((None, "all_touchpoints"), ("b", "b")):
        forms = cx.compare_gap_forms(study, touchpoint, repeats=0)
        losses = cx.disconfirmation(study, touchpoint, n_boot=0)
        for table in (forms, losses):
            assert table["p_expectation"].to_numpy() == pytest.approx(gate[name])
    every = cx.gap.fit_gaps(study).drop_duplicates("touchpoint").set_index("touchpoint")
    assert every["p_expectation"].to_dict() == pytest.approx(gate[["a", "b", "c"]].to_dict())
    pair = cx.compare_gap_forms(study, ["a", "b"], repeats=0)["p_expectation"].iloc[0]
    assert 0 <= pair <= 1


def test_weights_of_holm_open_as_tests_are_passed():
    """By the definition: the least p over its weight is compared with all that is open."""
    p, w = np.array([0.01, 0.02, 0.03]), np.array([2.0, 1.0, 1.0])
    assert holm(p, w) == pytest.approx([0.02, 0.04, 0.04])
    assert holm(p, 5 * w) == pytest.approx(holm(p, w))
    assert holm(p, np.ones(3)) == pytest.approx(holm(p))


@pytest.mark.parametrize("form", ["P", "P+P^2", "P+P^2+P^3"])
def test_a_curve_of_the_experience_is_named_and_nothing_claimed(form):
    coefficients = {"experience": 0.4} | (CURVED if form != "P" else {})
    if form == "P+P^2+P^3":
        coefficients = {"experience": -0.2, "experience^2": -0.1, "experience^3": 0.1}
    study = planted(coefficients, noise=0.8)
    forms = cx.compare_gap_forms(study, repeats=0)
    assert forms.loc[forms["chosen"], "form"].item() == form
    verdict = cx.congruence(cx.fit_gap(study, "delivery"), n_boot=0).set_index("term")
    assert not verdict.loc["expectation", "holds"] and (verdict["verdict"] == "none").all()


def test_a_rating_that_one_respondent_gave_does_not_take_a_mean_of_its_own():
    study = planted(CURVED, n=120)
    e, p, y = arrays(study)
    assert experience_curve(gap_design(study, "delivery")).shape[1] == 6
    lone = np.where(p == -3, -2, p)
    lone[0] = -3
    design = gap_design(study_of(e + 4, lone + 4, y), "delivery")
    assert experience_curve(design).shape[1] == 5
    assert cx.disconfirmation(study_of(e + 4, lone + 4, y), n_boot=0)["std_error"].notna().all()


# ---- reliability


def test_reliability_is_declared_or_alpha_and_mosier_s_for_a_mean():
    study = several(reliability=0.8)
    forms = [cx.compare_gap_forms(study, t, repeats=0) for t in ("a", None)]
    assert forms[0]["reliability"].iloc[0] == pytest.approx(0.8)
    p = study.responses[["pa", "pb", "pc"]].astype(float)
    mosier = 1 - 0.2 * p.var().sum() / p.sum(axis=1).var()
    assert forms[1]["reliability"].iloc[0] == pytest.approx(mosier)
    unknown = cx.compare_gap_forms(several(), "a", repeats=0)
    assert unknown["reliability"].isna().all()
    frame = study.responses.astype(float)
    asked = {"a": {"expectation": "ea", "experience": ["pa", "pb"]}}
    items = cx.Study.from_frame(frame, asked, OUTCOME, scales={"s": {"min": 1, "max": 7}})
    alpha = cx.reliability(items).set_index("role").loc["experience", "alpha"]
    table = cx.compare_gap_forms(items, repeats=0)
    assert table["reliability"].iloc[0] == pytest.approx(alpha)


@pytest.mark.parametrize("reliability", [0, 1.2, -0.5, "high"])
def test_a_reliability_outside_its_range_is_refused(reliability):
    with pytest.raises(cx.StudyError, match="reliability"):
        several(reliability=reliability)
