"""Effects are the derivatives they say they are, what-if stays on the scale, and both models of the
NPS stand on the same rows.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.stats.sampling import nps_scores

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]},
    "y": {"min": -500, "max": 500, "whole": False},
    "x11": {"min": 1, "max": 11},
}
OUTCOMES = {
    "score": {"kind": "score", "column": "score", "scale": "y"},
    "nps": {"kind": "nps", "column": "nps"},
    "again": {"kind": "binary", "column": "again"},
    "sat": {"kind": "csat", "column": "sat", "scale": "s"},
}


def answers(n=600, seed=5, unused=0.0):
    """Three correlated touchpoints; loyalty = 0.5 a + 0.3 b + 0 c (b among those who met it), and
    four questions about it.
    """
    rng = np.random.default_rng(seed)
    rating = np.clip(
        np.round(
            4.6
            + 1.3
            * (np.sqrt(0.7) * rng.normal(size=(n, 3)) + np.sqrt(0.3) * rng.normal(size=(n, 1)))
        ),
        1,
        7,
    )
    met = rng.random(n) >= unused
    loyalty = (
        0.5 * rating[:, 0] + 0.3 * np.where(met, rating[:, 1] - 4.6, -1.5) + rng.logistic(size=n)
    )
    frame = pd.DataFrame(rating, columns=list("abc")).astype(int)
    frame["b"] = np.where(met, frame["b"], 8)
    return frame.assign(
        score=loyalty,
        nps=np.clip(np.round(4.5 + loyalty), 0, 10).astype(int),
        again=(loyalty > 2).astype(int),
        sat=np.clip(np.round(2 + loyalty), 1, 7).astype(int),
        w=rng.uniform(0.5, 2, n),
        account=rng.integers(0, 40, n),
    )


def study_of(frame, **keys):
    return cx.Study.from_frame(
        frame, {t: {"experience": t, "scale": "s"} for t in "abc"}, OUTCOMES, scales=SCALES, **keys
    )


@pytest.fixture(scope="module")
def plain():
    return study_of(answers())


@pytest.fixture(scope="module")
def partly_met():
    return study_of(answers(unused=0.4))


def rows(frame, measure, model=None):
    mine = frame[(frame["measure"] == measure) & (frame["model"] == model if model else True)]
    return mine.set_index("touchpoint")


def test_the_effect_of_a_linear_model_is_its_slope(plain):
    fit = cx.fit_loyalty(plain, "score")
    mine, tidy = rows(cx.effects(fit), "outcome"), fit.tidy().set_index("term")
    for column in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
        assert mine[column].to_numpy() == pytest.approx(
            tidy.loc[list("abc"), column].to_numpy(), rel=1e-12
        )
    assert (
        (mine["overall"] == mine["estimate"]).all()
        and (mine["used"] == 1).all()
        and (mine["n"] == 600).all()
    )


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_binary_effects_equal_statsmodels(plain, link):
    import statsmodels.api as sm

    frame = answers()
    result = getattr(sm, link.title())(
        frame["again"], sm.add_constant(frame[list("abc")].astype(float))
    ).fit(disp=0, tol=1e-12, maxiter=100)
    theirs = result.get_margeff().summary_frame()
    mine = rows(
        cx.effects(cx.fit_loyalty(plain, "again", family="binary", link=link)),
        "probability",
        "binary",
    )
    assert mine["estimate"].to_numpy() == pytest.approx(theirs["dy/dx"].to_numpy(), rel=1e-8)
    # Of n rows and k parameters with the factor n/(n − k).
    factor = np.sqrt(len(frame) / (len(frame) - 4))
    assert mine["std_error"].to_numpy() == pytest.approx(
        factor * theirs["Std. Err."].to_numpy(), rel=1e-7
    )


def brute(fit, values, touchpoint, met):
    """AME and its delta-method error by central differences of the expected outcome alone."""
    x, step = fit.design.x, 1e-4
    weights = None if fit.design.weights is None else fit.design.weights[met]

    def expected(params, points):
        of = replace(fit, params=params)
        return of.probabilities(x.assign(**{touchpoint: x[touchpoint] + points}))[met] @ values

    def ame(params):
        return np.average(
            (expected(params, step) - expected(params, -step)) / (2 * step), weights=weights
        )

    unit = np.eye(len(fit.params))
    gradient = np.array(
        [(ame(fit.params + step * e) - ame(fit.params - step * e)) / (2 * step) for e in unit]
    )
    factor = fit.n / (fit.n - len(fit.params)) if fit.covariance == "information" else 1
    return ame(fit.params), np.sqrt(factor * gradient @ fit.cov.to_numpy() @ gradient)


@pytest.mark.parametrize(
    "how",
    [
        {"family": "ordinal"},
        {"family": "ordinal", "link": "probit"},
        {"family": "ordinal", "categories": "nps"},
        {"family": "binary"},
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
def test_effects_equal_brute_force(how, weighted):
    study = study_of(answers(unused=0.4), **({"weight": "w"} if weighted else {}))
    fit = cx.fit_loyalty(study, "nps", **how)
    table = cx.effects(fit)
    measure = "probability" if how["family"] == "binary" else "nps_points"
    values = (
        np.array([0.0, 1.0])
        if how["family"] == "binary"
        else nps_scores(np.array(fit.values))
        if "categories" not in how
        else np.array(fit.values)
    )
    for touchpoint in "ab":
        met = study.rating(touchpoint)[fit.design.x.index].notna()
        effect, error = brute(fit, values, touchpoint, met)
        mine = rows(table, measure, how["family"]).loc[touchpoint]
        assert mine["estimate"] == pytest.approx(effect, rel=1e-7)
        assert mine["std_error"] == pytest.approx(error, rel=1e-6)
        assert mine["n"] == met.sum()


def test_points_of_both_models_are_the_same_whatever_was_fitted(partly_met):
    """Side by side on the same rows: least squares on the ±100 score, and the ordinal model of the
    answers.
    """
    frame = answers(unused=0.4)
    linear, ordinal = (
        cx.effects(cx.fit_loyalty(partly_met, "nps", family=family))
        for family in ("ols", "ordinal")
    )
    for model in ("ols", "ordinal"):
        pd.testing.assert_frame_equal(
            rows(linear, "nps_points", model), rows(ordinal, "nps_points", model)
        )
    score = np.select([frame["nps"] >= 9, frame["nps"] >= 7], [100.0, 0.0], -100.0)
    met = (frame["b"] != 8).astype(float)
    x = np.column_stack(
        [
            np.ones(600),
            frame["a"],
            np.where(met == 1, frame["b"] - frame["b"][met == 1].mean(), 0),
            met,
            frame["c"],
        ]
    )
    by_hand = np.linalg.lstsq(x, score, rcond=None)[0]
    assert rows(linear, "nps_points", "ols")["estimate"].to_numpy() == pytest.approx(
        by_hand[[1, 2, 4]], rel=1e-9
    )
    assert list(dict.fromkeys(zip(linear["measure"], linear["model"], strict=True))) == [
        ("outcome", "ols"),
        ("nps_points", "ols"),
        ("nps_points", "ordinal"),
    ]
    assert (linear.loc[linear["measure"] == "nps_points", "estimate"].to_numpy()[0] > 5) and (
        linear["note"] == ""
    ).all()


def test_both_models_find_the_planted_points():
    """Invariant by a large sample: latent loyalty moves 0.5 a point; the NPS of everybody's score
    moved by that is known without any model.
    """
    frame = answers(60_000, seed=3)
    latent = frame["score"]

    def nps_at(shift):
        return nps_scores(np.clip(np.round(4.5 + latent + shift), 0, 10).to_numpy()).mean()

    truth = (nps_at(0.1) - nps_at(-0.1)) / 0.2 * 0.5
    table = cx.effects(cx.fit_loyalty(study_of(frame), "nps"))
    for model in ("ols", "ordinal"):
        assert rows(table, "nps_points", model).loc["a", "estimate"] == pytest.approx(
            truth, rel=0.06
        ), model


def test_of_those_who_met_it_and_of_all(partly_met):
    """In usage coding the effect is among users; what the mean of all moves by is that times their
    share.
    """
    fit = cx.fit_loyalty(partly_met, "score")
    mine = rows(cx.effects(fit), "outcome")
    share = (answers(unused=0.4)["b"] != 8).mean()
    assert mine.loc["b", "used"] == pytest.approx(share) and mine.loc["a", "used"] == 1
    assert mine.loc["b", "overall"] == pytest.approx(mine.loc["b", "estimate"] * share, rel=1e-12)
    moved = cx.what_if(fit, {"b": 0.001}).set_index("touchpoint").loc["b"]
    assert moved["estimate"] / moved["reached"] == pytest.approx(mine.loc["b", "overall"], rel=1e-9)


def test_halved_duplicates_change_no_estimate():
    frame = answers(300)
    twice = pd.concat([frame, frame], ignore_index=True).assign(w=lambda f: f["w"] / 2)
    for family in ("ols", "ordinal"):
        one, two = (
            cx.effects(cx.fit_loyalty(study_of(f, weight="w"), "nps", family=family))
            for f in (frame, twice)
        )
        assert two["estimate"].to_numpy() == pytest.approx(one["estimate"].to_numpy(), rel=1e-7)


def test_nothing_changed_is_nothing_moved(plain):
    for family, outcome in (("ols", "nps"), ("ordinal", "nps"), ("binary", "again")):
        table = cx.what_if(cx.fit_loyalty(plain, outcome, family=family), {"a": 0, "b": 0.0})
        assert table[["estimate", "conf_low", "conf_high"]].abs().max(axis=None) < 1e-12
        assert (table["expected"] - table["baseline"]).abs().max() < 1e-12 and not table[
            "at_ceiling"
        ].any()


def test_a_linear_model_adds_up_and_is_its_slopes_without_ceilings():
    frame = answers(300).assign(a=lambda f: f["a"].clip(2, 5), b=lambda f: f["b"].clip(2, 5))
    fit = cx.fit_loyalty(study_of(frame), "score")
    table = cx.what_if(fit, {"a": 1.5, "b": -0.5}).set_index("touchpoint")
    assert table["reached"].to_dict() == pytest.approx(
        {"a": 1.5, "b": -0.5, "all_touchpoints": np.nan}, nan_ok=True
    )
    assert table.loc["a", "estimate"] == pytest.approx(1.5 * fit.params["a"], rel=1e-10)
    assert table.loc["all_touchpoints", "estimate"] == pytest.approx(
        table.loc[["a", "b"], "estimate"].sum(), rel=1e-10
    )
    tidy = fit.tidy().set_index("term")
    assert table.loc["a", "conf_high"] == pytest.approx(1.5 * tidy.loc["a", "conf_high"], rel=1e-10)
    assert table.loc["a", "baseline"] == pytest.approx(frame["score"].mean(), rel=1e-10)


def test_nobody_leaves_the_scale(partly_met):
    """A 7 stays a 7, a 6 gains one point of two, and who never met the touchpoint is not moved."""
    frame = answers(unused=0.4)
    fit = cx.fit_loyalty(partly_met, "score")
    up = cx.what_if(fit, {"b": 2}).iloc[0]
    met = frame.loc[frame["b"] != 8, "b"]
    gain = np.minimum(met + 2, 7) - met
    assert (up["asked"], up["n"]) == (2, len(met))
    assert up["reached"] == pytest.approx(gain.mean(), rel=1e-12) and up[
        "at_ceiling"
    ] == pytest.approx((gain < 2).mean())
    assert up["estimate"] == pytest.approx(fit.params["b"] * gain.sum() / 600, rel=1e-10)
    down = cx.what_if(fit, {"b": -6}).iloc[0]
    assert down["reached"] == pytest.approx((1 - met).mean(), rel=1e-12)


def test_an_ordinal_model_stays_on_the_outcomes_scale(plain):
    """With everybody moved to the ends, expected answers remain answers, and the change is the mean
    of each row's own.
    """
    fit = cx.fit_loyalty(plain, "nps", family="ordinal")
    table = cx.what_if(fit, {"a": 6, "b": 6, "c": 6})
    whole = rows(table, "outcome", "ordinal").loc["all_touchpoints"]
    x = fit.design.x.assign(a=7.0, b=7.0, c=7.0)
    assert (
        whole["expected"] == pytest.approx(fit.expected(x).mean(), rel=1e-12)
        and whole["expected"] < 10
    )
    points = rows(table, "nps_points", "ordinal").loc["all_touchpoints"]
    values = nps_scores(np.array(fit.values))
    assert (
        points["expected"] == pytest.approx((fit.probabilities(x) @ values).mean(), rel=1e-10)
        and points["expected"] <= 100
    )

    def change(params):
        of = replace(fit, params=params)
        return ((of.probabilities(x) - of.probabilities()) @ values).mean()

    gradient = np.array(
        [
            (change(fit.params + 1e-5 * e) - change(fit.params - 1e-5 * e)) / 2e-5
            for e in np.eye(len(fit.params))
        ]
    )
    spare = fit.n - len(fit.params)
    error = np.sqrt(fit.n / spare * gradient @ fit.cov.to_numpy() @ gradient)
    assert points["conf_high"] - points["estimate"] == pytest.approx(
        stats.t.ppf(0.975, spare) * error, rel=1e-5
    )


def test_imputed_answers_are_pooled():
    """Each completed data set gives its effect; the mean stands, with an error that knows what was
    not answered.
    """
    frame = answers(300)
    frame.loc[::6, "a"] = 9
    fit = cx.fit_loyalty(
        study_of(frame), "nps", family="ordinal", missing="mice", n_imputed=5, seed=1
    )
    table = cx.effects(fit)
    each = [rows(cx.effects(one), "outcome", "ordinal")["estimate"] for one in fit.completed]
    mine = rows(table, "outcome", "ordinal")
    assert mine["estimate"].to_numpy() == pytest.approx(np.mean(each, axis=0), rel=1e-10)
    within = np.mean(
        [rows(cx.effects(one), "outcome", "ordinal")["std_error"] ** 2 for one in fit.completed],
        axis=0,
    )
    assert mine["std_error"].to_numpy() == pytest.approx(
        np.sqrt(within + 1.2 * np.var(each, axis=0, ddof=1)), rel=1e-8
    )
    assert (mine["n"] == 300).all()
    moved = cx.what_if(fit, {"a": 7 - 1}).iloc[0]
    assert moved["reached"] == pytest.approx(
        np.mean([7 - one.design.x["a"].mean() for one in fit.completed]), rel=1e-9
    )
    assert moved["expected"] > moved["baseline"]


def test_accounts_and_mixed_models_have_their_points():
    study = study_of(answers(), account="account")
    table = cx.effects(cx.fit_loyalty(study, "nps", family="mixed"))
    assert list(dict.fromkeys(zip(table["measure"], table["model"], strict=True))) == [
        ("outcome", "mixed"),
        ("nps_points", "ols"),
        ("nps_points", "ordinal"),
    ]
    clustered = cx.effects(cx.fit_loyalty(study, "nps"))
    columns = ["estimate", "std_error"]
    np.testing.assert_allclose(
        rows(table, "nps_points", "ols")[columns],
        rows(clustered, "nps_points", "ols")[columns],
        rtol=1e-10,
    )


def test_a_model_that_cannot_be_fitted_is_named_and_gives_no_number():
    frame = answers(200)
    frame["nps"] = np.where(frame["a"] > 3, 10, frame["a"] + 2)
    fit = cx.fit_loyalty(
        study_of(frame.assign(a=lambda f: f["a"], b=lambda f: f["b"])),
        "nps",
        touchpoints=["b", "c"],
    )
    assert rows(cx.effects(fit), "nps_points", "ordinal")["estimate"].notna().all()
    separated = cx.effects(cx.fit_loyalty(study_of(frame), "nps"))
    lost = rows(separated, "nps_points", "ordinal")
    assert (
        lost[["estimate", "std_error", "conf_low", "overall"]].isna().all(axis=None)
        and lost["note"].str.contains("touchpoint a separates").all()
    )
    assert (
        cx.what_if(cx.fit_loyalty(study_of(frame), "nps"), {"a": 1})
        .set_index("model")
        .loc["ordinal", "estimate"]
        .isna()
        .all()
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {},
            "changes: nothing is changed; give touchpoints with points, such as {'delivery': 0.5}",
        ),
        ({"shop": 1}, "'shop' is not a touchpoint of this fit; it has: a, b, c"),
        (
            {"a": 7},
            "touchpoint a: a change of 7 is no step on its scale 1–7; give points of that scale",
        ),
        (
            {"a": "1"},
            "touchpoint a: a change of 1 is no step on its scale 1–7; give points of that scale",
        ),
        (
            {"a": float("nan")},
            "touchpoint a: a change of nan is no step on its scale 1–7; give points of that scale",
        ),
    ],
)
def test_changes_that_are_none_are_refused(plain, changes, message):
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        cx.what_if(cx.fit_loyalty(plain, "score"), changes)


def test_a_gap_model_has_no_effects_of_touchpoints():
    study = cx.simulate_study(n=150, seed=1)
    with pytest.raises(
        cx.ModelError, match="has no slope of a touchpoint's experience; use a fit of fit_loyalty"
    ):
        cx.effects(cx.fit_gap(study, "delivery", outcome="loyalty"))


def test_results_hold_glossary_columns_only(plain):
    fit = cx.fit_loyalty(plain, "nps")
    for frame in (cx.effects(fit), cx.what_if(fit, {"a": 0.5})):
        assert set(frame.columns) <= set(cx.GLOSSARY), set(frame.columns) - set(cx.GLOSSARY)


def test_least_squares_on_a_binary_outcome_is_told_as_a_probability(plain):
    """Its slope is a difference of shares: 0.04 "points" would mean nothing to a reader, 4
    percentage points do.
    """
    fit = cx.fit_loyalty(plain, "again")
    for frame in (
        cx.effects(fit),
        cx.what_if(fit, {fit.design.touchpoint[fit.params.index[1]]: 0.5}),
    ):
        assert set(zip(frame["measure"], frame["model"], strict=True)) == {("probability", "ols")}
