"""Strata that were sampled each on its own: R survey's errors, and what they must not change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.many import parts, stacked


def test_means_and_scores_equal_svymean(reference):
    """Protects the errors of stratified samples: svydesign(strata=, weights=)."""
    ref = reference.results("g_survey")["gen_gap_strata"]
    study = reference.gap(weight="weight", strata="stratum")
    score = cx.nps(study).iloc[0]
    mean = cx.describe.csat(study).set_index("metric").loc["csat_mean"]
    for row, name in ((score, "npsv"), (mean, "osat")):
        assert row["estimate"] == pytest.approx(ref["mean"][name], rel=1e-10)
        assert row["std_error"] == pytest.approx(ref["mean_se"][name], rel=1e-10)
    # R's interval is the normal one; ours has the degrees of freedom of the design.
    ends = ref["mean_ci"]["values"][ref["mean_ci"]["rownames"].index("osat")]
    assert mean[["conf_low", "conf_high"]].tolist() == pytest.approx(ends, rel=1e-3)


def test_slopes_equal_svyglm(reference):
    ref = reference.results("g_survey")["gen_gap_strata"]
    keys = {"weight": "weight", "strata": "stratum"}
    study = reference.regression("gen_gap", "osat", ["exp_product", "wave"], **keys)
    fit = cx.fit_loyalty(study, covariance="linearised")
    tidy, theirs = fit.tidy(), list(ref["svyglm"].values())
    assert tidy["std_error"].to_numpy() == pytest.approx(
        [row["Std. Error"] for row in theirs], rel=1e-8
    )
    assert (fit.df == ref["df_resid"]).all()
    plain = reference.regression("gen_gap", "osat", ["exp_product", "wave"], weight="weight")
    other = cx.fit_loyalty(plain, covariance="linearised").tidy()
    assert not np.allclose(tidy["std_error"], other["std_error"], rtol=1e-4)


def answers(n: int = 120, strata: int = 4) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    stratum = np.arange(n) % strata
    y = np.clip(np.round(3 * stratum + rng.normal(0, 1, n)), 0, 10)
    firm = [f"f{i // (3 * strata)}-{s}" for i, s in enumerate(stratum)]
    return pd.DataFrame({"y": y, "stratum": stratum, "one": "a", "firm": firm, "own": range(n)})


def study_of(frame: pd.DataFrame, **keys: str) -> cx.Study:
    return cx.Study.from_frame(frame, {}, {"y": {"kind": "nps", "column": "y"}}, **keys)


def test_strata_that_differ_narrow_and_one_stratum_changes_nothing():
    frame = answers()
    whole, within, one = (
        cx.nps(study_of(frame, **keys)).iloc[0]
        for keys in ({}, {"strata": "stratum"}, {"strata": "one"})
    )
    assert within["std_error"] < 0.8 * whole["std_error"]
    assert one["std_error"] == pytest.approx(whole["std_error"], rel=0.01)
    assert one[["conf_low", "conf_high"]].tolist() == pytest.approx(
        whole[["conf_low", "conf_high"]].tolist(), abs=0.2
    )


def test_clusters_are_counted_within_strata():
    """The error by hand: sums of each account less the mean of its stratum's."""
    frame = answers()
    found = cx.nps(study_of(frame, strata="stratum", account="firm")).iloc[0]
    points = 100.0 * ((frame["y"] >= 9).astype(int) - (frame["y"] <= 6))
    sums = (points - points.mean()).groupby([frame["stratum"], frame["firm"]]).sum()
    groups = sums.groupby(level=0)
    off, n = sums - groups.transform("mean"), groups.transform("size")
    assert found["std_error"] == pytest.approx(
        np.sqrt((off**2 * n / (n - 1)).sum()) / len(frame), rel=1e-10
    )


def test_a_stratum_of_one_is_measured_from_the_mean_of_all():
    """Protects from an error of zero where every stratum has one answer."""
    frame = answers()
    alone = cx.nps(study_of(frame, strata="own")).iloc[0]
    whole = cx.nps(study_of(frame)).iloc[0]
    assert alone["std_error"] == pytest.approx(whole["std_error"], rel=0.01)


def test_an_account_in_two_strata_is_refused():
    frame = answers().assign(firm=lambda f: f["own"] // 12)
    with pytest.raises(cx.StudyError, match="firm stands in two strata"):
        study_of(frame, strata="stratum", account="firm")
    with pytest.raises(cx.StudyError, match="column 'layer'"):
        study_of(frame, strata="layer")


def test_intervals_of_a_stratified_sample_hold():
    """Protects from errors that are too small: strata of unlike means and spreads."""
    rng, held, narrower, frames = np.random.default_rng(8), [], [], []
    sizes, means = [40, 25, 15], [2.0, 5.0, 8.0]
    truth = np.average(means, weights=sizes)
    outcomes, scales = {"y": {"kind": "score", "column": "y"}}, {"s": {"min": -99, "max": 99}}
    scales["s"]["whole"] = False
    for _ in range(150):
        stratum = np.repeat(range(3), sizes)
        y = rng.normal(np.take(means, stratum), 1 + stratum)
        frames.append(pd.DataFrame({"y": y, "s": stratum}))
    stratified, simple = (
        cx.Study.from_frame(stacked(frames), {}, outcomes, scales=scales, **keys)
        for keys in ({"strata": "s"}, {})
    )
    for each in zip(parts(stratified, 150), parts(simple, 150), strict=True):
        row, plain = map(cx.describe.score, each)
        held.append(row["conf_low"].iloc[0] <= truth <= row["conf_high"].iloc[0])
        narrower.append(row["std_error"].iloc[0] / plain["std_error"].iloc[0])
    assert 0.9 <= np.mean(held) <= 0.99 and np.mean(narrower) < 0.75


@pytest.mark.parametrize("from_file", [False, True])
def test_blank_accounts_are_no_account_in_two_strata(tmp_path, from_file):
    """Protects a study of people and firms: whoever has no account is sampled alone."""
    frame = answers().assign(firm=["", "  "] * 60)
    if from_file:
        frame.to_csv(tmp_path / "a.csv", index=False)
        (tmp_path / "study.yml").write_text(
            "schema: 1\nclient: X\nresponses: {file: a.csv}\naccount: firm\nstrata: stratum\n"
            "touchpoints: []\noutcomes: {y: {kind: nps, column: y}}\n",
            encoding="utf-8",
        )
        study = cx.read_study(tmp_path)
    else:
        study = study_of(frame, strata="stratum", account="firm")
    found = cx.nps(study).iloc[0]
    plain = cx.nps(study_of(answers(), strata="stratum")).iloc[0]
    assert found["std_error"] == pytest.approx(plain["std_error"], rel=1e-10)
