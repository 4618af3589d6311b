"""Gap models, one fit at a time: the peers' coefficients and errors, what may not change an
estimate, and refusals.
"""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.design import Design
from cxlab.models.fit import least_squares
from cxlab.models.gap.fit_gap import FORMS
from cxlab.study.sample import Sample
from tests.models.gap_studies import arrays, by_hand, planted, polynomial, study_of

RSA = [("motcon", "ePow", "iPow", "postVA"), ("gen_rsa500", "expect", "perf", "sat")]
SURFACE = {"experience": 1.0, "gap^2": -0.3}


def peer_table(block: dict, column: str) -> list[float]:
    return [row[column] for row in block.values()]


@pytest.mark.parametrize(("name", "e", "p", "y"), RSA)
def test_quadratic_equals_r_lm(reference, name, e, p, y):
    data, ref = reference.frame(name), reference.results("c_rsa")[name]["ols_reference_lm"]
    fit = cx.fit_gap(
        study_of(data[e], data[p], data[y], scale=(-6, 6)), "delivery", covariance="classical"
    )
    assert fit.params.to_numpy() == pytest.approx(list(ref["b"].values()), rel=1e-8)
    assert np.sqrt(np.diag(fit.cov)) == pytest.approx(list(ref["se"].values()), rel=1e-8)
    assert fit.cov.to_numpy() == pytest.approx(np.array(ref["vcov"]["values"]), rel=1e-8)
    row = fit.glance().iloc[0]
    assert (row["r_squared"], row["adj_r_squared"], row["df_least"]) == pytest.approx(
        (ref["r2"], ref["adj_r2"], ref["df_resid"]), rel=1e-8
    )


def test_gap_difference_and_signed_gaps_equal_r(reference):
    ref = reference.results("k_prca_gap")["gap_models_product"]
    for form, name in (("difference", "gap_only"), ("asymmetric", "signed")):
        fit = cx.fit_gap(
            reference.gap(), "product", outcome="osat", form=form, covariance="classical"
        )
        other = ref[name]["coef"]
        if form == "asymmetric":  # R's order: gains first
            other = {key: other[key] for key in ("(Intercept)", "neg", "pos")}
        table = fit.tidy()
        for column, theirs in (
            ("estimate", "Estimate"),
            ("std_error", "Std. Error"),
            ("statistic", "t value"),
            ("p_value", "Pr(>|t|)"),
        ):
            assert table[column].to_numpy() == pytest.approx(peer_table(other, theirs), rel=1e-8)
        assert fit.r_squared == pytest.approx(ref[name]["r2"], rel=1e-8)


@pytest.mark.parametrize(("form", "name"), [("E+P", "direct"), ("quadratic", "edwards")])
def test_centred_coefficients_are_r_s_uncentred_ones(reference, form, name):
    """R fitted the raw ratings; centring moves the coefficients by a known matrix and the fit not
    at all.
    """
    ref = reference.results("k_prca_gap")["gap_models_product"][name]
    fit = cx.fit_gap(reference.gap(), "product", outcome="osat", form=form, covariance="classical")
    c, k = fit.center, len(fit.params)
    back = np.array(
        [
            [1, -c, -c, c * c, c * c, c * c],
            [0, 1, 0, -2 * c, -c, 0],
            [0, 0, 1, 0, -c, -2 * c],
            [0, 0, 0, 1, 0, 0],
            [0, 0, 0, 0, 1, 0],
            [0, 0, 0, 0, 0, 1],
        ]
    )[:k, :k]
    assert c == 4
    assert back @ fit.params.to_numpy() == pytest.approx(
        peer_table(ref["coef"], "Estimate"), rel=1e-8
    )
    assert np.sqrt(np.diag(back @ fit.cov.to_numpy() @ back.T)) == pytest.approx(
        peer_table(ref["coef"], "Std. Error"), rel=1e-8
    )
    assert fit.r_squared == pytest.approx(ref["r2"], rel=1e-8)


def test_difference_within_direct_equals_r_s_f(reference):
    """R's F of b1 = −b2 within E + P: one degree of freedom, so the square of the t of b1 + b2."""
    ref = reference.results("k_prca_gap")["gap_constraint_F"]
    fit = cx.fit_gap(reference.gap(), "product", outcome="osat", form="E+P", covariance="classical")
    total, error = fit.params[1:].sum(), np.sqrt(fit.cov.iloc[1:, 1:].to_numpy().sum())
    assert (total / error) ** 2 == pytest.approx(ref["F"], rel=1e-8)
    assert fit.tidy().shape[0] == 3


@pytest.mark.parametrize("form", [form for form in FORMS if form != "intercept"])
def test_coefficients_and_hc2_equal_statsmodels(form):
    import statsmodels.formula.api as smf

    formula = {
        "P": "p",
        "E": "e",
        "P+P^2": "p + I(p**2)",
        "E+E^2": "e + I(e**2)",
        "E+P+P^2": "e + p + I(p**2)",
        "P+P^2+P^3": "p + I(p**2) + I(p**3)",
        "shifted_squared_difference": "I(p - e) + I((p - e)**2)",
        "level_congruence": "I((p - e)**2) + I((e + p)*(p - e)**2)",
        "shifted_rising_ridge": "e + p + I((p - e)**2)",
        "rising_ridge_level": "I(e + p) + I((p - e)**2) + I((e + p)*(p - e)**2)",
        "difference": "I(p - e)",
        "absolute_difference": "abs(p - e)",
        "squared_difference": "I((p - e)**2)",
        "E+P": "e + p",
        "asymmetric": "minimum(p - e, 0) + maximum(p - e, 0)",
        "rising_ridge": "I(e + p) + I((p - e)**2)",
        "cubic_asymmetry": "I((p - e)**2) + I((p - e)**3)",
        "interaction": "e + p + I(e*p)",
        "broad_congruence": "I(e + p) + I(e**2 + p**2) + I(e*p)",
        "rising_ridge_asymmetry": "I(e + p) + I((p - e)**2) + I((p - e)**3)",
        "quadratic": "e + p + I(e**2) + I(e*p) + I(p**2)",
        "cubic": "e + p + I(e**2) + I(e*p) + I(p**2) + I(e**3) + I(e**2*p) + I(e*p**2) + I(p**3)",
    }[form]
    study = planted(SURFACE)
    e, p, y = arrays(study)
    data = pd.DataFrame({"e": e, "p": p, "y": y})
    other = (
        smf.ols(f"y ~ {formula}", data, eval_env=0).fit(cov_type="HC2", use_t=True)
        if form != "asymmetric"
        else None
    )
    if other is None:
        import statsmodels.api as sm

        other = sm.OLS(
            y, np.column_stack([np.ones_like(e), np.minimum(p - e, 0), np.maximum(p - e, 0)])
        ).fit(cov_type="HC2", use_t=True)
    fit = cx.fit_gap(study, "delivery", form=form)
    mine = fit.tidy()
    assert mine["estimate"].to_numpy() == pytest.approx(
        np.asarray(other.params), rel=1e-8, abs=1e-12
    )
    assert mine["std_error"].to_numpy() == pytest.approx(np.asarray(other.bse), rel=1e-8)
    # Degrees of freedom are tested against their definition in tests/stats/test_sandwich.py.
    width = stats.t.ppf(0.975, fit.df) * np.asarray(other.bse)
    assert mine["conf_low"].to_numpy() == pytest.approx(
        np.asarray(other.params) - width, rel=1e-8, abs=1e-12
    )


def test_weighted_errors_equal_r_survey(reference):
    ref = reference.results("g_survey")["gen_gap_wls_hc"]
    frame = reference.frame("gen_gap")
    points = {"product": {"experience": "exp_product"}, "time": {"experience": "wave"}}
    keys = {"scales": {"s": {"min": 1, "max": 7}}, "weight": "weight"}
    study = cx.Study.from_frame(frame, points, {"osat": {"kind": "csat", "column": "osat"}}, **keys)
    fit = cx.fit_loyalty(study, covariance="linearised")
    assert fit.params.to_numpy() == pytest.approx(list(ref["coef"].values()), rel=1e-9)
    only = reference.results("g_survey")["gen_gap_weights_only"]
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(
        [row["Std. Error"] for row in only["svyglm"].values()], rel=1e-8
    )
    assert fit.r_squared == pytest.approx(only["r2_weighted_lm"], rel=1e-9)
    clustered = cx.Study.from_frame(
        frame, points, {"osat": {"kind": "csat", "column": "osat"}}, account="cluster", **keys
    )
    glm = reference.results("g_survey")["gen_gap_cluster"]["svyglm"]
    fit = cx.fit_loyalty(clustered, covariance="clustered")
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(
        [row["Std. Error"] for row in glm.values()], rel=1e-8
    )


def test_weighted_hc3_is_r_sandwich_s_by_hand():
    """Σ (w·e/(1 − h))² x x' between two inverses of X'WX, h the leverages of the weighted fit. (R's
    own figures: test_penalty_reward.)
    """
    study = planted(SURFACE, n=120, weights=True)
    e, p, y = arrays(study)
    x, w = polynomial(e, p), study.weights.to_numpy()
    inverse = np.linalg.inv(x.T @ (x * w[:, None]))
    h = w * np.einsum("ij,jk,ik->i", x, inverse, x)
    score = x * (w * (y - x @ by_hand(x, y, w)) / (1 - h))[:, None]
    fit = cx.fit_gap(study, "delivery", covariance="HC3")
    assert fit.cov.to_numpy() == pytest.approx(inverse @ score.T @ score @ inverse, rel=1e-8)
    assert cx.fit_gap(planted(SURFACE, clusters=40), "delivery").covariance == "CR2"


# ---- what may not change an estimate


def estimates(study: cx.Study) -> np.ndarray:
    """Every estimate of the gap models of a study, one after another."""
    forms = cx.compare_gap_forms(study, repeats=0)
    lines = cx.surface(cx.fit_gap(study, "delivery"), n_boot=0)
    loss = cx.disconfirmation(study, n_boot=0, with_expectation=True)
    penalty = cx.penalty_reward(study, n_boot=0)
    return np.concatenate(
        [
            forms["r_squared"],
            lines["estimate"],
            loss["estimate"],
            penalty[["penalty", "reward"]].to_numpy().ravel(),
        ]
    )


def test_weights_of_one_change_nothing():
    plain = planted(SURFACE, n=120)
    e, p, y = arrays(plain)
    assert estimates(
        study_of(e + 4, p + 4, y, more={"w": np.ones(120)}, weight="w")
    ) == pytest.approx(estimates(plain), rel=1e-12)
    design = cx.fit_gap(plain, "delivery").design
    ones = Design(
        plain,
        "y",
        design.x,
        design.y,
        Sample(len(design.y), np.ones(len(design.y)), None),
        design.reason,
    )
    # The same estimates, errors and degrees of freedom also where the weighted code runs.
    mine, other = least_squares(ones, "weighted"), least_squares(design, "plain")
    assert mine.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-12)
    assert mine.r_squared == pytest.approx(other.r_squared, rel=1e-12)
    assert mine.cov.to_numpy() == pytest.approx(other.cov.to_numpy(), rel=1e-9)
    assert mine.df.to_numpy() == pytest.approx(other.df.to_numpy(), rel=1e-9)


def test_the_size_of_weights_changes_nothing():
    study = planted(SURFACE, n=120, weights=True)
    e, p, y = arrays(study)
    bigger = study_of(e + 4, p + 4, y, more={"w": 1000 * study.weights.to_numpy()}, weight="w")
    pair = [
        cx.surface(cx.fit_gap(one, "delivery"), n_boot=0)[
            ["estimate", "std_error", "p_value"]
        ].to_numpy()
        for one in (study, bigger)
    ]
    assert pair[0] == pytest.approx(pair[1], rel=1e-9)


def test_rows_twice_with_half_the_weight_change_no_estimate():
    study = planted(SURFACE, n=120, weights=True)
    e, p, y = (np.tile(part, 2) for part in arrays(study))
    twice = study_of(
        e + 4, p + 4, y, more={"w": np.tile(study.weights.to_numpy() / 2, 2)}, weight="w"
    )
    assert estimates(twice) == pytest.approx(estimates(study), rel=1e-9)


def test_weighted_coefficients_by_hand():
    study = planted(SURFACE, n=120, weights=True)
    e, p, y = arrays(study)
    assert cx.fit_gap(study, "delivery").params.to_numpy() == pytest.approx(
        by_hand(polynomial(e, p), y, study.weights.to_numpy()), rel=1e-9
    )


def test_centre_moves_the_coefficients_and_not_the_prediction():
    study = planted(SURFACE, n=120)
    here, there = cx.fit_gap(study, "delivery"), cx.fit_gap(study, "delivery", center=6)
    at = ([1, 4, 7, 2], [7, 4, 1, 6])
    columns = ["estimate", "std_error", "conf_low", "conf_high"]
    assert here.predict(*at)[columns].to_numpy() == pytest.approx(
        there.predict(*at)[columns].to_numpy(), rel=1e-8
    )
    assert abs(here.params["experience"] - there.params["experience"]) > 0.05


def test_prediction_is_that_of_statsmodels():
    import statsmodels.api as sm

    study = planted(SURFACE, n=40)
    e, p, y = arrays(study)
    other = (
        sm.OLS(y, polynomial(e, p))
        .fit(cov_type="HC2", use_t=True)
        .get_prediction(polynomial(np.array([1.0, -2]), np.array([0.0, 3])))
        .summary_frame(alpha=0.1)
    )
    fit = cx.fit_gap(study, "delivery")
    mine = fit.predict([5, 2], [4, 7], conf_level=0.9)
    assert mine[["estimate", "std_error"]].to_numpy() == pytest.approx(
        other[["mean", "mean_se"]].to_numpy(), rel=1e-8
    )
    half = stats.t.ppf(0.95, fit.freedom(polynomial(np.array([1.0, -2]), np.array([0.0, 3]))))
    assert mine["conf_high"].to_numpy() == pytest.approx(
        other["mean"] + half * other["mean_se"], rel=1e-8
    )


def test_prediction_counts_the_respondents_within_one_point():
    study = study_of([2, 2, 3, 5, 7] * 6, [2, 3, 4, 5, 1] * 6, np.arange(30.0))
    assert cx.fit_gap(study, "delivery", form="E+P").predict([2, 4, 7], [3, 4, 7])[
        "n"
    ].tolist() == [18, 12, 0]


def test_mean_over_touchpoints_uses_answered_pairs():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {
            "e1": [5, 6, 7] * 20,
            "p1": [4, 6, 5] * 20,
            "e2": [7, 5, 6] * 20,
            "p2": [3, np.nan, 6] * 20,
            "y": rng.normal(size=60),
        }
    )
    points = {
        "a": {"expectation": "e1", "experience": "p1"},
        "b": {"expectation": "e2", "experience": "p2"},
    }
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -9, "max": 9, "whole": False}}
    points = {k: v | {"scale": "s"} for k, v in points.items()}
    study = cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales
    )
    fit = cx.fit_gap(study, form="E+P")
    assert fit.ratings.head(3).to_numpy().tolist() == [[6, 3.5], [6, 6], [6.5, 5.5]]
    assert fit.touchpoint == "all_touchpoints"
    assert cx.fit_gap(study, ["b", "a"], form="E+P").touchpoint == "b+a"


def test_rows_left_out_are_counted_by_reason():
    e, p, y = arrays(planted(SURFACE, n=60))
    e, p, y = e + 4, p + 4, y.copy()
    e[:3], p[2:7], y[6:8] = np.nan, np.nan, np.nan
    fit = cx.fit_gap(study_of(e, p, y), "delivery")
    assert fit.n == 52
    assert dict(fit.dropped.itertuples(index=False)) == {
        "pair_not_answered": 6,
        "outcome_not_answered": 2,
    }


# ---- bad input

DRAWN = np.random.default_rng(8)
good_e, good_p, good_y = DRAWN.integers(1, 8, 60), DRAWN.integers(1, 8, 60), DRAWN.normal(size=60)
one_gain = np.where(
    np.arange(60) == 0, good_e.clip(max=6) + 1, np.minimum(good_p, good_e.clip(max=6))
)


@pytest.mark.parametrize(
    ("study", "call", "message"),
    [
        (
            lambda: study_of([5] * 60, good_p, good_y),
            {},
            "touchpoint delivery: all 60 answers to expectation are 5",
        ),
        (
            lambda: study_of(good_e, [3] * 60, good_y),
            {},
            "touchpoint delivery: all 60 answers to experience are 3",
        ),
        (
            lambda: study_of(good_e, good_e, good_y),
            {},
            (
                "touchpoint delivery: expectation and experience are identical in all 60 answers;"
                " is one column declared twice?"
            ),
        ),
        (
            lambda: study_of(good_e[:19], good_p[:19], good_y[:19]),
            {},
            (
                "touchpoint delivery: 19 respondents answered all that a gap model compares; it"
                " needs 20 with expectation, experience and y, and the study has 19"
            ),
        ),
        (
            lambda: study_of(good_e, np.where(np.arange(60) < 45, np.nan, good_p), good_y),
            {},
            (
                "touchpoint delivery: 15 respondents answered all that a gap model compares; it"
                " needs 20 with expectation, experience and y, and the study has 60"
            ),
        ),
        (
            lambda: study_of(good_e, good_p, [2.0] * 60),
            {},
            "touchpoint delivery: all 60 answers to y are 2; nothing can be explained",
        ),
        (
            lambda: study_of(good_e.clip(max=6), good_e.clip(max=6) + 1, good_y),
            {},
            (
                "touchpoint delivery: experience follows exactly from expectation, so their effects"
                " cannot be told apart; choose a simpler form, or check whether one column was made"
                " from another (n = 60)"
            ),
        ),
        (
            lambda: study_of(good_e, 8 - good_e, good_y),
            {"form": "E+P"},
            (
                "touchpoint delivery: experience follows exactly from expectation, so their effects"
                " cannot be told apart; choose a simpler form, or check whether one column was made"
                " from another (n = 60)"
            ),
        ),
        (
            lambda: study_of(good_e.clip(max=6), good_e.clip(max=6) + 1, good_y),
            {"form": "difference"},
            (
                "touchpoint delivery: all 60 values of the term gap are 1; choose a simpler form,"
                " or leave it out"
            ),
        ),
        (
            lambda: study_of(good_e, good_p, good_y),
            {"center": 9},
            "touchpoint delivery: center=9 lies outside the scale 1–7",
        ),
        (
            lambda: study_of(good_e, good_p, good_y),
            {"center": 0.5},
            "touchpoint delivery: center=0.5 lies outside the scale 1–7",
        ),
        (
            lambda: study_of(good_e, good_p, good_y),
            {"form": "spline"},
            f"form='spline': give one of {', '.join(FORMS)}",
        ),
        (
            lambda: study_of(good_e, good_p, good_y),
            {"touchpoints": "shop"},
            "'shop' is neither a touchpoint nor an outcome of this study; it has: delivery, y",
        ),
        (
            lambda: study_of(good_e, np.minimum(good_p, good_e), good_y),
            {"form": "asymmetric"},
            (
                "touchpoint delivery: none of 60 respondents got more than expected; gains cannot"
                " be set against losses"
            ),
        ),
        (
            lambda: study_of(good_e, np.maximum(good_p, good_e), good_y),
            {"form": "asymmetric"},
            (
                "touchpoint delivery: none of 60 respondents got less than expected; losses cannot"
                " be set against gains"
            ),
        ),
        (
            lambda: study_of(good_e.clip(max=6), one_gain, good_y),
            {"form": "asymmetric"},
            (
                "touchpoint delivery: one respondent of 60 alone decides the term gain; its error"
                " cannot be known: leave it out, or choose a simpler form"
            ),
        ),
    ],
)
def test_refusals_name_the_touchpoint_and_the_counts(study, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_gap(study(), **{"touchpoints": "delivery"} | call)
    assert str(caught.value) == message


@pytest.mark.parametrize("one_of", ["compare_gap_forms", "disconfirmation"])
@pytest.mark.parametrize(
    ("e", "p", "y", "message"),
    [
        ([5] * 60, good_p, good_y, "touchpoint delivery: all 60 answers to expectation are 5"),
        (
            good_e,
            good_e,
            good_y,
            (
                "touchpoint delivery: expectation and experience are identical in all 60 answers;"
                " is one column declared twice?"
            ),
        ),
        (
            good_e,
            good_p,
            [2.0] * 60,
            "touchpoint delivery: all 60 answers to y are 2; nothing can be explained",
        ),
    ],
)
def test_the_other_models_refuse_the_same(one_of, e, p, y, message):
    with pytest.raises(cx.ModelError) as caught:
        getattr(cx, one_of)(study_of(e, p, y), "delivery")
    assert str(caught.value) == message


def test_touchpoint_without_expectation_is_refused():
    frame = pd.DataFrame({"p": good_p, "y": DRAWN.integers(0, 11, 60)})
    study = cx.Study.from_frame(
        frame,
        {"shop": "p"},
        {"nps": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    for refused in (cx.fit_gap, cx.compare_gap_forms, cx.disconfirmation):
        with pytest.raises(
            cx.ModelError,
            match="^touchpoint shop: this study declares no expectation column for it$",
        ):
            refused(study, "shop")
    none = (
        "^no touchpoint of this study asks an expectation beside the experience; there is no gap to"
        " (model|score)$"
    )
    for refused in (
        cx.fit_gap,
        cx.compare_gap_forms,
        cx.disconfirmation,
        cx.gap_scores,
        cx.describe.servqual,
        cx.describe.gap_reliability,
        cx.gap.fit_gaps,
    ):
        with pytest.raises(cx.ModelError, match=none):
            refused(study)
    with pytest.raises(cx.ModelError, match="^no touchpoint of this study asks an expectation$"):
        cx.describe.expectation_ceiling(study)


def test_touchpoints_on_different_scales_have_no_mean():
    frame = pd.DataFrame({"e": good_e, "p": good_p, "e2": good_e, "p2": good_p, "y": good_y})
    scales = {
        "s": {"min": 1, "max": 7},
        "t": {"min": 0, "max": 10},
        "y": {"min": -9, "max": 9, "whole": False},
    }
    points = {
        "a": {"expectation": "e", "experience": "p", "scale": "s"},
        "b": {"expectation": "e2", "experience": "p2", "scale": "t"},
    }
    study = cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales
    )
    with pytest.raises(
        cx.ModelError,
        match=(
            "touchpoint all_touchpoints: its touchpoints are rated on different scales and have no"
            " common mean"
        ),
    ):
        cx.fit_gap(study)


def test_refusals_carry_their_values():
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_gap(study_of(good_e, good_p, [2.0] * 60), "delivery")
    assert caught.value.values == {"touchpoint": "delivery", "n": 60, "outcome": "y", "value": 2.0}
    assert json.dumps(caught.value.template)
