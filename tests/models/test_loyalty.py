"""Loyalty regressions: usage coding recovers what was planted, every row left out is counted, and bad input is refused by name."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

SCALES = {"s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]}, "y": {"min": -50, "max": 50, "whole": False}}
OUTCOME = {"y": {"kind": "score", "column": "y", "scale": "y"}}


def make(frame, **keys):
    points = {k: {"experience": k, "scale": "s"} for k in frame if k not in ("y", "w", "c")}
    return cx.Study.from_frame(frame, points, OUTCOME, scales=SCALES, **keys)


def journey(n=1500, seed=2):
    """b is met by 55 %; those who never met it are 1.5 points less loyal; slopes 0.6 and 0.4."""
    rng = np.random.default_rng(seed)
    a, b, met = rng.integers(1, 8, n), rng.integers(1, 8, n), rng.random(n) < 0.55
    y = 0.6 * a + np.where(met, 0.4 * (b - 4), -1.5) + rng.normal(0, 1, n)
    return pd.DataFrame({"a": a, "b": np.where(met, b, 8), "y": y})


def test_usage_coding_recovers_the_effect_among_users():
    fit = cx.fit_loyalty(make(journey()))
    assert fit.glance()["missing"].item() == "usage" and fit.n == 1500
    tidy = fit.tidy().set_index("term")
    for term, truth in (("a", 0.6), ("b", 0.4), ("b:used", 1.5)):
        assert abs(tidy.loc[term, "estimate"] - truth) < 4 * tidy.loc[term, "std_error"] < 0.5, term
    assert tidy.loc["b:used", "touchpoint"] == "b"
    # The indicator compares an average user with a non-user, because ratings are centred among users.
    assert fit.design.x.loc[fit.design.x["b:used"] == 1, "b"].mean() == pytest.approx(0, abs=1e-12)


def test_listwise_is_the_default_where_almost_all_met_everything():
    frame = journey()
    frame["b"] = np.where((frame["b"] == 8) & (np.arange(1500) > 60), 4, frame["b"])
    fit = cx.fit_loyalty(make(frame))
    assert fit.glance()["missing"].item() == "listwise"
    assert fit.dropped.set_index("reason")["n"].to_dict() == {"rating_not_used": int((frame["b"] == 8).sum())}


def test_every_row_left_out_is_counted_by_reason():
    frame = journey(200)
    frame["y"] = frame["y"].where(np.arange(200) >= 7)
    frame.loc[7:11, "a"] = 9
    fit = cx.fit_loyalty(make(frame), missing="listwise")
    rest = int((frame.loc[12:, "b"] == 8).sum())
    assert fit.dropped.set_index("reason")["n"].to_dict() == {"outcome_not_answered": 7, "rating_no_answer": 5, "rating_not_used": rest}
    assert fit.n + fit.dropped["n"].sum() == 200
    augmented = fit.augment()
    assert augmented["used"].sum() == fit.n and augmented["fitted"].notna().sum() == fit.n


def test_clustered_errors_equal_statsmodels():
    import statsmodels.formula.api as smf

    frame = journey(300).assign(c=np.arange(300) // 12)[lambda f: f["b"] != 8].reset_index(drop=True)
    fit = cx.fit_loyalty(make(frame, account="c"))
    other = smf.ols("y ~ a + b", frame).fit(cov_type="cluster", cov_kwds={"groups": frame["c"]}, use_t=True)
    assert fit.covariance == "clustered" and fit.df == frame["c"].nunique() - 1
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(other.bse.to_numpy(), rel=1e-10)
    assert fit.tidy()["p_value"].to_numpy() == pytest.approx(other.pvalues.to_numpy(), rel=1e-8)


def test_halved_duplicates_change_no_estimate():
    frame = journey(200).assign(w=np.random.default_rng(1).uniform(0.5, 2, 200))
    once = cx.fit_loyalty(make(frame, weight="w"))
    doubled = pd.concat([frame, frame], ignore_index=True).assign(w=lambda f: f["w"] / 2)
    twice = cx.fit_loyalty(make(doubled, weight="w"))
    assert twice.params.to_numpy() == pytest.approx(once.params.to_numpy(), rel=1e-9)
    assert twice.r_squared == pytest.approx(once.r_squared, rel=1e-9)


def test_touchpoints_that_say_nothing_are_left_out_by_name():
    """One touchpoint that nobody met, or only a handful, must not cost the driver analysis of all others."""
    frame = journey(200).assign(b=lambda f: f["b"].replace(8, 3), nobody=8, alike=4, few=8)
    frame.loc[:8, "few"] = [1, 2, 3, 4, 5, 6, 7, 1, 2]
    fit = cx.fit_loyalty(make(frame))
    assert fit.omitted == ("nobody", "alike", "few") and list(fit.params.index) == ["intercept", "a", "b"]
    assert "nobody met or all rate alike: nobody, alike, few" in repr(fit)


def test_a_handful_of_non_users_gets_no_indicator():
    frame = journey(300).assign(b=lambda f: f["b"].replace(8, 3))
    frame.loc[:3, "b"] = 8
    fit = cx.fit_loyalty(make(frame), missing="usage")
    assert "b:used" not in fit.params.index
    assert fit.dropped.set_index("reason")["n"].to_dict() == {"rating_not_used": 4}
    assert fit.leverage().max() < 0.5


def test_touchpoints_met_by_the_same_people_share_an_indicator():
    frame = journey(400)
    frame["c2"] = np.where(frame["b"] == 8, 8, np.random.default_rng(0).integers(1, 8, 400))
    fit = cx.fit_loyalty(make(frame))
    assert [t for t in fit.params.index if t.endswith(":used")] == ["b:used"] and {"b", "c2"} <= set(fit.params.index)


def test_leverage_sums_to_the_terms():
    fit = cx.fit_loyalty(make(journey(100)))
    assert fit.leverage().sum() == pytest.approx(len(fit.params))


base = journey(100).assign(b=lambda f: f["b"].replace(8, 3))


@pytest.mark.parametrize(
    ("frame", "call", "message"),
    [
        (base.assign(c2=base["a"]), {}, "term c2 is an exact combination of: a (n = 100); leave one of them out"),
        (base.assign(c2=8 - base["a"]), {}, "term c2 is an exact combination of: a (n = 100); leave one of them out"),
        (base.assign(c2=4), {"touchpoints": ["a", "b", "c2"]}, "term c2: all 100 values are 4; leave it out"),
        (base.assign(y=3.0), {}, "outcome y: all 100 answers are 3; nothing can be explained"),
        (base.head(7), {}, "outcome y: 7 complete rows for 3 terms (0 of 7 left out); at least 8 are needed: use fewer touchpoints, or another treatment of missing answers"),
        (base.assign(c2=8), {"touchpoints": ["a", "c2"]}, "touchpoint c2: none of the 100 respondents met it; leave it out"),
        (base.assign(c2=9), {"touchpoints": ["a", "c2"]}, "outcome y: no row is complete (rating_no_answer 100)"),
        (base, {"missing": "mean"}, "missing='mean': give listwise or usage"),
        (base, {"family": "probit"}, "family='probit': this version fits ols"),
        (base, {"touchpoints": ["shop"]}, "'shop' is neither a touchpoint nor an outcome of this study; it has: a, b, y"),
    ],
)  # fmt: skip
def test_what_statsmodels_would_answer_with_a_number_is_refused(frame, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(make(frame), **call)
    assert str(caught.value) == message


def test_planted_intervals_hold():
    """Invariant by simulation: 95 % intervals of a usage-coded, weighted slope cover the truth (full runs come with make calibrate)."""
    hits = 0
    for seed in range(200):
        frame = journey(150, seed=seed).assign(w=np.random.default_rng(seed).uniform(0.5, 1.5, 150))
        row = cx.fit_loyalty(make(frame, weight="w")).tidy().set_index("term").loc["b"]
        hits += row["conf_low"] < 0.4 < row["conf_high"]
    assert 0.90 <= hits / 200 <= 0.99
