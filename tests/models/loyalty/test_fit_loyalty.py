"""Loyalty regressions: usage coding recovers what was planted, every row left out is counted, and
bad input is refused by name.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.many import parts, stacked

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]},
    "y": {"min": -50, "max": 50, "whole": False},
}
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
    # The indicator compares an average user with a non-user, because ratings are centred among
    # users.
    assert fit.design.x.loc[fit.design.x["b:used"] == 1, "b"].mean() == pytest.approx(0, abs=1e-12)


def test_listwise_is_the_default_where_almost_all_met_everything():
    frame = journey()
    frame["b"] = np.where((frame["b"] == 8) & (np.arange(1500) > 60), 4, frame["b"])
    fit = cx.fit_loyalty(make(frame))
    assert fit.glance()["missing"].item() == "listwise"
    assert fit.dropped.set_index("reason")["n"].to_dict() == {
        "rating_not_used": int((frame["b"] == 8).sum())
    }


def test_every_row_left_out_is_counted_by_reason():
    frame = journey(200)
    frame["y"] = frame["y"].where(np.arange(200) >= 7)
    frame.loc[7:11, "a"] = 9
    fit = cx.fit_loyalty(make(frame), missing="listwise")
    rest = int((frame.loc[12:, "b"] == 8).sum())
    assert fit.dropped.set_index("reason")["n"].to_dict() == {
        "outcome_not_answered": 7,
        "rating_no_answer": 5,
        "rating_not_used": rest,
    }
    assert fit.n + fit.dropped["n"].sum() == 200
    augmented = fit.augment()
    assert augmented["used"].sum() == fit.n and augmented["fitted"].notna().sum() == fit.n


def test_clustered_errors_equal_statsmodels():
    import statsmodels.formula.api as smf

    frame = (
        journey(300).assign(c=np.arange(300) // 12)[lambda f: f["b"] != 8].reset_index(drop=True)
    )
    fit = cx.fit_loyalty(make(frame, account="c"), covariance="clustered")
    other = smf.ols("y ~ a + b", frame).fit(
        cov_type="cluster", cov_kwds={"groups": frame["c"]}, use_t=True
    )
    assert fit.covariance == "clustered" and (fit.df == frame["c"].nunique() - 1).all()
    assert cx.fit_loyalty(make(frame, account="c")).covariance == "CR2"
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(other.bse.to_numpy(), rel=1e-10)
    assert fit.tidy()["p_value"].to_numpy() == pytest.approx(other.pvalues.to_numpy(), rel=1e-8)


def test_weights_equal_svyglm(reference):
    """R survey's svyglm on the rows that rated all three touchpoints: estimates and linearised
    errors.
    """
    ref = reference.results("g_survey")["gen_gap_drivers_complete_cases"]
    names = ["web", "product", "billing"]
    fit = cx.fit_loyalty(
        reference.gap(weight="weight"),
        "osat",
        touchpoints=names,
        missing="listwise",
        covariance="linearised",
    )
    assert fit.n == ref["n"] and (fit.df == ref["df_resid"]).all()
    tidy, theirs = fit.tidy(), list(ref["svyglm"].values())
    assert tidy["estimate"].to_numpy() == pytest.approx(
        [row["Estimate"] for row in theirs], rel=1e-8
    )
    assert tidy["std_error"].to_numpy() == pytest.approx(
        [row["Std. Error"] for row in theirs], rel=1e-8
    )
    assert tidy[["conf_low", "conf_high"]].to_numpy() == pytest.approx(
        np.array(ref["svyglm_ci"]["values"]), rel=1e-8
    )
    assert fit.r_squared == pytest.approx(ref["r2_weighted_lm"], rel=1e-8)


def test_halved_duplicates_change_no_estimate():
    frame = journey(200).assign(w=np.random.default_rng(1).uniform(0.5, 2, 200))
    once = cx.fit_loyalty(make(frame, weight="w"))
    doubled = pd.concat([frame, frame], ignore_index=True).assign(w=lambda f: f["w"] / 2)
    twice = cx.fit_loyalty(make(doubled, weight="w"))
    assert twice.params.to_numpy() == pytest.approx(once.params.to_numpy(), rel=1e-9)
    assert twice.r_squared == pytest.approx(once.r_squared, rel=1e-9)


def test_touchpoints_that_say_nothing_are_left_out_by_name():
    """One touchpoint that nobody met, or only a handful, must not cost the driver analysis of all
    others.
    """
    frame = journey(200).assign(b=lambda f: f["b"].replace(8, 3), nobody=8, alike=4, few=8)
    frame.loc[:8, "few"] = [1, 2, 3, 4, 5, 6, 7, 1, 2]
    fit = cx.fit_loyalty(make(frame))
    assert fit.omitted == ("nobody", "alike", "few") and list(fit.params.index) == [
        "intercept",
        "a",
        "b",
    ]
    said = "nobody met, (nearly) all rate alike or one alone decides: nobody, alike, few"
    assert said in repr(fit)


def test_a_touchpoint_that_one_respondent_alone_decides_is_left_out_by_name():
    """Who met `either` met both `b` and `d`, but for one respondent: his answer alone would be the
    slope of its indicator, and must not cost the analysis of all others.
    """
    frame, rows = journey(400), np.arange(400)
    frame["b"] = np.where(rows < 120, 8, frame["b"].replace(8, 3))
    frame["d"] = np.where((rows >= 120) & (rows < 240), 8, rows % 5 + 1)
    frame["either"] = np.where((rows < 240) | (rows == 399), 8, rows % 7 + 1)
    fit = cx.fit_loyalty(make(frame), missing="usage")
    assert fit.omitted == ("either",) and fit.touchpoints == ["a", "b", "d"] and fit.n == 400
    with pytest.raises(cx.ModelError, match="touchpoint either: one respondent of 400 alone"):
        cx.fit_loyalty(make(frame), missing="usage", touchpoints=["a", "b", "d", "either"])


def test_a_touchpoint_that_one_account_alone_decides_is_left_out_by_name():
    frame = journey(300).assign(b=lambda f: f["b"].replace(8, 3), c=lambda f: f.index // 6)
    frame["one"] = np.where(frame["c"] == 7, frame.index % 6 + 1, 4)
    assert cx.fit_loyalty(make(frame, account="c")).omitted == ("one",)


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
    assert [t for t in fit.params.index if t.endswith(":used")] == ["b:used"] and {
        "b",
        "c2",
    } <= set(fit.params.index)


def test_leverage_sums_to_the_terms():
    fit = cx.fit_loyalty(make(journey(100)))
    assert fit.leverage().sum() == pytest.approx(len(fit.params))


def held(n=900, seed=5):
    """Loyalty 2 points higher in the north, 0.5 a point of image; ratings are higher there too, so
    that a slope without controls is too steep.
    """
    rng = np.random.default_rng(seed)
    north, image = rng.integers(0, 2, n), rng.integers(1, 8, n)
    a = np.clip(rng.integers(1, 6, n) + 2 * north, 1, 7)
    y = 0.4 * a + 2.0 * north + 0.5 * image + rng.normal(0, 1, n)
    return pd.DataFrame(
        {
            "a": a,
            "y": y,
            "region": np.where(north, "north", "south"),
            "im": image,
            "wave": rng.integers(1, 4, n),
        }
    )


def held_study(frame, **keys):
    declared = {
        "segments": ["region"],
        "wave": "wave",
        "constructs": {"image": {"columns": ["im"], "scale": "s"}},
    }
    return cx.Study.from_frame(
        frame, {"a": {"experience": "a", "scale": "s"}}, OUTCOME, scales=SCALES, **declared, **keys
    )


def test_controls_are_held_constant():
    study = held_study(held())
    bare, fit = cx.fit_loyalty(study), cx.fit_loyalty(study, controls=["region", "image", "wave"])
    assert list(fit.params.index) == [
        "intercept",
        "a",
        "region[south]",
        "image",
        "wave[2]",
        "wave[3]",
    ]
    assert fit.design.controls == ("region[south]", "image", "wave[2]", "wave[3]")
    tidy = fit.tidy().set_index("term")
    for term, truth in (("a", 0.4), ("region[south]", -2.0), ("image", 0.5), ("wave[2]", 0.0)):
        assert abs(tidy.loc[term, "estimate"] - truth) < 4 * tidy.loc[term, "std_error"] < 0.6, term
    assert bare.params["a"] > 0.6 and (tidy["touchpoint"][2:] == "").all()


def test_controls_equal_statsmodels():
    import statsmodels.formula.api as smf

    frame = held(200)
    fit = cx.fit_loyalty(held_study(frame), controls=["region", "image"])
    other = smf.ols("y ~ a + C(region) + im", frame).fit(cov_type="HC2", use_t=True)
    assert fit.params.to_numpy() == pytest.approx(
        other.params[["Intercept", "a", "C(region)[T.south]", "im"]].to_numpy(), rel=1e-9
    )
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(
        other.bse[["Intercept", "a", "C(region)[T.south]", "im"]].to_numpy(), rel=1e-9
    )


@pytest.mark.parametrize("family", ["ols", "ordinal", "binary"])
def test_every_family_takes_controls_and_counts_what_they_cost(family):
    frame = held(400).assign(y=lambda f: np.clip(np.round(f["y"] + 2), 0, 10))
    frame.loc[:6, "region"], frame.loc[7:9, "im"] = "", 9
    study = cx.Study.from_frame(
        frame,
        {"a": {"experience": "a", "scale": "s"}},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": SCALES["s"]},
        segments=["region"],
        constructs={"image": ["im"]},
    )
    fit = cx.fit_loyalty(study, family=family, controls=["region", "image"])
    assert fit.dropped.set_index("reason")["n"].to_dict() == {"control_not_answered": 10}
    assert (
        fit.design.controls == ("region[south]", "image")
        and fit.params["region[south]"] < 0 < fit.params["a"]
    )


def test_a_control_that_is_the_same_for_all_is_refused():
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(held_study(held(100).assign(region="north")), controls="region")
    assert str(caught.value) == "controls: all 100 rows have region north; leave it out"


def ratings_refused(n=600, seed=3):
    """`journey`, and one rating in eight of a refused."""
    frame = journey(n, seed)
    frame["a"] = frame["a"].mask(np.random.default_rng(seed).random(n) < 0.125, 9)
    return frame


@pytest.mark.parametrize("family", ["ols", "ordinal", "binary"])
@pytest.mark.parametrize("missing", ["listwise", "usage", "mice"])
def test_every_family_takes_every_treatment(family, missing):
    frame = ratings_refused().assign(y=lambda f: np.clip(np.round(f["y"] + 5), 0, 10))
    points = {k: {"experience": k, "scale": "s"} for k in "ab"}
    study = cx.Study.from_frame(
        frame, points, {"y": {"kind": "nps", "column": "y"}}, scales={"s": SCALES["s"]}
    )
    fit = cx.fit_loyalty(study, family=family, missing=missing, n_imputed=5, seed=1)
    met, refused = (frame["b"] != 8), (frame["a"] == 9)
    assert (
        fit.n
        == {"listwise": (met & ~refused).sum(), "usage": (~refused).sum(), "mice": 600}[missing]
    )
    assert fit.glance()["missing"].item() == missing and fit.family == family
    assert ("b:used" in fit.params.index) == (missing != "listwise")
    tidy = fit.tidy().set_index("term")
    assert (tidy.loc[["a", "b"], "conf_low"] > 0).all()
    assert set(tidy.reset_index()) | set(fit.glance()) <= set(cx.GLOSSARY)


base = journey(100).assign(b=lambda f: f["b"].replace(8, 3))


@pytest.mark.parametrize(
    ("frame", "call", "message"),
    [
        (
            base.assign(c2=base["a"]),
            {},
            (
                "c2 follows exactly from a, so their effects cannot be told apart; leave one of"
                " them out (n = 100)"
            ),
        ),
        (
            base.assign(c2=8 - base["a"]),
            {},
            (
                "c2 follows exactly from a, so their effects cannot be told apart; leave one of"
                " them out (n = 100)"
            ),
        ),
        (
            base.assign(c2=4),
            {"touchpoints": ["a", "b", "c2"]},
            "term c2: all 100 values are 4; leave it out",
        ),
        (base.assign(y=3.0), {}, "outcome y: all 100 answers are 3; nothing can be explained"),
        (
            base.head(7),
            {},
            (
                "outcome y: only 7 of 7 respondents answered all that is compared; 3 terms need"
                " at least 8: use fewer touchpoints, or another treatment of missing answers"
            ),
        ),
        (
            base.assign(c2=8),
            {"touchpoints": ["a", "c2"]},
            "touchpoint c2: none of the 100 respondents met it; leave it out",
        ),
        (
            base.assign(c2=9),
            {"touchpoints": ["a", "c2"]},
            (
                "outcome y: nobody answered everything that is compared; left out:"
                " rating_no_answer 100"
            ),
        ),
        (base, {"missing": "mean"}, "missing='mean': give listwise, usage or mice"),
        (base, {"family": "probit"}, "family='probit': give ols, ordinal, binary or mixed"),
        (
            base,
            {"touchpoints": ["a", "b", "a"]},
            "touchpoint a stands twice in touchpoints; name it once",
        ),
        (base, {"penalty": "lasso", "family": "binary"}, "penalty='lasso': give firth, or None"),
        (
            base,
            {"penalty": "firth", "family": "binary", "missing": "mice"},
            (
                "penalty='firth' with missing='mice': likelihood profiles of imputed data sets"
                " cannot be pooled; use missing='usage'"
            ),
        ),
        (
            base,
            {"penalty": "firth"},
            "penalty='firth' has no meaning for this model (family ols); leave it out",
        ),
        (
            base,
            {"link": "probit"},
            "link='probit' has no meaning for this model (family ols); leave it out",
        ),
        (
            base,
            {"link": "probit", "penalty": "firth", "family": "binary"},
            "link='probit' has no meaning for this model (family binary); leave it out",
        ),
        (
            base,
            {"categories": "nps", "family": "binary"},
            "categories='nps' has no meaning for this model (family binary); leave it out",
        ),
        (
            base,
            {"group": "c"},
            "group='c' has no meaning for this model (family ols); leave it out",
        ),
        (
            base,
            {"controls": ["region"]},
            "controls: 'region' is no segment, wave or construct of this study; it has: none",
        ),
        (
            base,
            {"controls": ["a"]},
            "controls: 'a' is no segment, wave or construct of this study; it has: none",
        ),
        (
            base,
            {"touchpoints": ["shop"]},
            "'shop' is neither a touchpoint nor an outcome of this study; it has: a, b, y",
        ),
    ],
)
def test_what_statsmodels_would_answer_with_a_number_is_refused(frame, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(make(frame), **call)
    assert str(caught.value) == message


def test_planted_intervals_hold():
    """Invariant by simulation: 95 % intervals of a usage-coded, weighted slope cover the truth
    (full runs come with make calibrate).
    """
    frames = [
        journey(150, seed=seed).assign(w=np.random.default_rng(seed).uniform(0.5, 1.5, 150))
        for seed in range(80)
    ]
    hits = 0
    for one in parts(make(stacked(frames), weight="w"), 80):
        row = cx.fit_loyalty(one).tidy().set_index("term").loc["b"]
        hits += row["conf_low"] < 0.4 < row["conf_high"]
    assert 0.88 <= hits / 80 <= 0.99


def test_shop_or_web_has_one_indicator():
    """Everybody met exactly one of two touchpoints: the second indicator says nothing new, and must
    not cost the whole model.
    """
    frame = journey(600)
    rng = np.random.default_rng(3)
    web = rng.random(600) < 0.5
    frame["b"] = np.where(web, rng.integers(1, 8, 600), 8)
    frame["d"] = np.where(web, 8, rng.integers(1, 8, 600))
    fit = cx.fit_loyalty(make(frame))
    assert [term for term in fit.params.index if term.endswith(":used")] == ["b:used"]
    assert {"b", "d"} <= set(fit.params.index) and fit.n == 600
