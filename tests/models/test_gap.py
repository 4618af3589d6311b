"""Gap models: the peers' coefficients and surface, the contest of forms, and refusals with names and counts."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

RNG = np.random.default_rng(8)


def study_of(e, p, y, scale=(1, 7), **keys):
    frame = pd.DataFrame({"e": e, "p": p, "y": y, **keys.pop("more", {})})
    scales = {"s": {"min": scale[0], "max": scale[1], "whole": False}, "y": {"min": -1e6, "max": 1e6, "whole": False}}
    points = {"delivery": {"expectation": "e", "experience": "p", "scale": "s"}}
    return cx.Study.from_frame(frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales, **keys)


def planted(form, n=500, noise=0.5, **keys):
    e, p = RNG.integers(1, 8, n) - 4.0, RNG.integers(1, 8, n) - 4.0
    y = {"difference": p - e, "P": p, "E+P": 0.5 * e + p, "quadratic": p - 0.3 * (p - e) ** 2}[form]
    return study_of(e + 4, p + 4, y + RNG.normal(0, noise, n), **keys)


@pytest.mark.parametrize(("name", "e", "p", "y"), [("motcon", "ePow", "iPow", "postVA"), ("gen_rsa500", "expect", "perf", "sat")])
def test_surface_equals_r(reference, name, e, p, y):
    data, ref = reference.frame(name), reference.results("c_rsa")[name]
    study = study_of(data[e], data[p], data[y], scale=(-6, 6))
    fit = cx.fit_gap(study, "delivery", covariance="classical")
    b = fit.params.to_numpy()
    rsa = ref["rsa_ML_standard_se"]
    assert b == pytest.approx([rsa[f"b{i}"]["est"] for i in range(6)], abs=1e-6)
    table = cx.surface(fit).set_index("term")
    ols = next(v for k, v in ref.items() if isinstance(v, dict) and "vcov" in v)
    for term in ("a1", "a2", "a3", "a4", "a5"):
        assert table.loc[term, "estimate"] == pytest.approx(ols["a"][term]["est"], abs=1e-9)
        assert table.loc[term, "std_error"] == pytest.approx(ols["a"][term]["se"], abs=1e-9)
        assert table.loc[term, "p_value"] == pytest.approx(ols["a"][term]["p"], abs=1e-9)
    # RSA divides by n where least squares divides by n − 6.
    factor = np.sqrt((fit.n - 6) / fit.n)
    for term, other in (("x0", "X0"), ("y0", "Y0"), ("p10", "p10"), ("p11", "p11"), ("p20", "p20"), ("p21", "p21")):
        assert table.loc[term, "estimate"] == pytest.approx(rsa[other]["est"], rel=1e-4)
        assert table.loc[term, "std_error"] * factor == pytest.approx(rsa[other]["se"], rel=1e-4)


def test_coefficients_and_hc3_equal_statsmodels():
    import statsmodels.formula.api as smf

    study = planted("quadratic")
    frame = pd.DataFrame({"e": study.rating("delivery", "expectation") - 4, "p": study.rating("delivery") - 4, "y": study.outcome("y")})
    other = smf.ols("y ~ e + p + I(e**2) + I(e*p) + I(p**2)", frame).fit(cov_type="HC3", use_t=True)
    mine = cx.fit_gap(study, "delivery").tidy()
    assert mine["estimate"].to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-10)
    assert mine["std_error"].to_numpy() == pytest.approx(other.bse.to_numpy(), rel=1e-10)
    assert mine["conf_low"].to_numpy() == pytest.approx(other.conf_int()[0].to_numpy(), rel=1e-9)


def test_weighted_errors_equal_r_survey(reference):
    ref = reference.results("g_survey")["gen_gap_wls_hc"]
    frame = reference.frame("gen_gap")
    points = {"product": {"experience": "exp_product"}, "time": {"experience": "wave"}}
    study = cx.Study.from_frame(frame, points, {"osat": {"kind": "csat", "column": "osat"}}, scales={"s": {"min": 1, "max": 7}}, weight="weight")
    fit = cx.fit_loyalty(study)
    assert fit.params.to_numpy() == pytest.approx(list(ref["coef"].values()), rel=1e-9)
    glm = reference.results("g_survey")["gen_gap_weights_only"]["svyglm"]
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx([row["Std. Error"] for row in glm.values()], rel=1e-8)
    assert fit.r_squared == pytest.approx(reference.results("g_survey")["gen_gap_weights_only"]["r2_weighted_lm"], rel=1e-9)
    clustered = cx.Study.from_frame(
        frame, points, {"osat": {"kind": "csat", "column": "osat"}}, scales={"s": {"min": 1, "max": 7}}, weight="weight", account="cluster"
    )
    glm = reference.results("g_survey")["gen_gap_cluster"]["svyglm"]
    assert cx.fit_loyalty(clustered).tidy()["std_error"].to_numpy() == pytest.approx([row["Std. Error"] for row in glm.values()], rel=1e-8)


def test_gap_scores_equal_the_paired_test(reference):
    ref = reference.results("k_prca_gap")["gap_mean_sd_paired"]
    row = cx.gap_scores(reference.gap()).set_index("touchpoint").loc["product"]
    assert (row["estimate"], row["conf_low"], row["conf_high"]) == pytest.approx((ref["mean"], ref["lo"], ref["hi"]), abs=1e-12)
    assert row["experience"] - row["expectation"] == pytest.approx(row["estimate"])


def test_r_squared_of_forms_equals_r(reference):
    ref = reference.results("k_prca_gap")["gap_models_product"]
    table = cx.compare_gap_forms(reference.gap(), "product", outcome="osat").set_index("form")
    assert table.loc["difference", "r_squared"] == pytest.approx(ref["gap_only"]["r2"], abs=1e-10)
    assert table.loc["E+P", "r_squared"] == pytest.approx(ref["direct"]["r2"], abs=1e-10)
    assert table.loc["quadratic", "r_squared"] == pytest.approx(ref["edwards"]["r2"], abs=1e-10)


def test_aicc_equals_rsa(reference):
    data, ref = reference.frame("motcon"), reference.results("c_rsa")["motcon"]["aictab"]
    table = cx.compare_gap_forms(study_of(data["ePow"], data["iPow"], data["postVA"], scale=(-6, 6))).set_index("form")
    for form, name in (("intercept", "null"), ("P", "onlyy"), ("E+P", "additive"), ("quadratic", "full")):
        assert table.loc[form, "aicc"] == pytest.approx(ref[name]["AICc"], abs=1e-4)


@pytest.mark.parametrize("form", ["difference", "P", "E+P", "quadratic"])
@pytest.mark.parametrize("weighted", [False, True])
def test_contest_names_the_planted_form(form, weighted):
    keys = {"more": {"w": RNG.uniform(0.5, 2, 500)}, "weight": "w"} if weighted else {}
    table = cx.compare_gap_forms(planted(form, **keys))
    assert table.loc[table["chosen"], "form"].item() == form
    assert table["aicc"].isna().all() == weighted


def test_left_out_error_is_that_of_refits():
    study = planted("quadratic", n=40)
    table = cx.compare_gap_forms(study).set_index("form")
    errors, means = [], []
    y = study.outcome("y")
    for i in range(40):
        rest = study.where(np.arange(40) != i)
        one = study.where(np.arange(40) == i)
        guess = cx.fit_gap(rest, "delivery").predict(one.rating("delivery", "expectation"), one.rating("delivery"))["estimate"].iloc[0]
        errors.append((y.iloc[i] - guess) ** 2)
        means.append((y.iloc[i] - rest.outcome("y").mean()) ** 2)
    assert table.loc["quadratic", "r_squared_cv"] == pytest.approx(1 - sum(errors) / sum(means), rel=1e-9)


def test_left_out_clusters_are_left_out_whole():
    more = {"c": np.repeat(np.arange(8), 10)}
    study = planted("quadratic", n=80, more=more, account="c")
    table = cx.compare_gap_forms(study).set_index("form")
    y, cluster, errors, means = study.outcome("y"), more["c"], 0.0, 0.0
    for c in range(8):
        rest, one = study.where(cluster != c), study.where(cluster == c)
        guess = cx.fit_gap(rest, "delivery").predict(one.rating("delivery", "expectation"), one.rating("delivery"))["estimate"]
        errors += ((one.outcome("y").to_numpy() - guess.to_numpy()) ** 2).sum()
        means += ((one.outcome("y") - rest.outcome("y").mean()) ** 2).sum()
    assert table.loc["quadratic", "r_squared_cv"] == pytest.approx(1 - errors / means, rel=1e-9)
    assert len(y) == 80


def test_line_of_congruence_is_what_a1_and_a2_say():
    """Invariant: on E = P the fitted surface has slope a1 and curvature a2; on E = −P, a3 and a4."""
    fit = cx.fit_gap(planted("quadratic"), "delivery")
    a = cx.surface(fit).set_index("term")["estimate"]
    t = np.linspace(-2, 2, 9)
    b0 = fit.params["intercept"]
    on = fit.predict(4 + t, 4 + t)["estimate"].to_numpy()
    off = fit.predict(4 + t, 4 - t)["estimate"].to_numpy()
    assert on == pytest.approx(b0 + a["a1"] * t + a["a2"] * t**2, abs=1e-10)
    assert off == pytest.approx(b0 + a["a3"] * t + a["a4"] * t**2, abs=1e-10)
    at = fit.predict(4 + a["x0"] + np.array([0, 1e-4, 0]), 4 + a["y0"] + np.array([0, 0, 1e-4]))["estimate"]
    assert np.abs(np.diff(at)).max() < 1e-6


def test_bootstrap_of_cross_products_is_the_bootstrap_of_refits():
    study = planted("quadratic", n=120)
    table = cx.surface(cx.fit_gap(study, "delivery"), n_boot=2000, seed=3).set_index("term")
    rng = np.random.default_rng(4)
    draws = []
    for _ in range(400):
        rows = rng.integers(0, 120, 120)
        e, p, y = (s.to_numpy()[rows] for s in (study.rating("delivery", "expectation") - 4, study.rating("delivery") - 4, study.outcome("y")))
        x = np.column_stack([np.ones(120), e, p, e**2, e * p, p**2])
        b = np.linalg.lstsq(x, y, rcond=None)[0]
        draws.append(b[1] + b[2])
    width = np.subtract(*np.quantile(draws, [0.975, 0.025]))
    assert table.loc["a1", "boot_high"] - table.loc["a1", "boot_low"] == pytest.approx(width, rel=0.15)


def test_undefined_quantities_are_stated_not_printed():
    e, p = (g.ravel() for g in np.meshgrid(np.arange(1.0, 8), np.arange(1.0, 8)))
    table = cx.surface(cx.fit_gap(study_of(e, p, (e - 4) ** 2 + (p - 4) ** 2), "delivery", covariance="classical")).set_index("term")
    assert (table.loc[["p10", "p11", "p20", "p21"], "note"] == "undefined_axes").all()
    assert table.loc[["p10", "p11", "p20", "p21"], "estimate"].isna().all()
    saddle = cx.surface(cx.fit_gap(study_of(e, p, (e - 4) ** 2 - (p - 4) ** 2 + 0.5 * (e - 4) * (p - 4)), "delivery")).set_index("term")
    assert saddle.loc["x0", "note"] == "saddle"


def test_surface_grid_marks_where_nobody_is():
    e = np.repeat([4.0, 5, 6, 7], 30)
    p = e - np.tile([0, 1, 2], 40)
    fit = cx.fit_gap(study_of(e, p, p + RNG.normal(0, 0.3, 120)), "delivery")
    grid = cx.surface_grid(fit)
    assert not grid.loc[(grid["expectation"] < 3) | (grid["experience"] > grid["expectation"] + 0.01), "supported"].any()
    assert grid.loc[np.isclose(grid["expectation"], 5.5) & np.isclose(grid["experience"], 4.6, atol=0.1), "supported"].all()
    assert cx.gap_points(fit)["n"].sum() == 120


def test_mean_over_touchpoints_uses_answered_pairs():
    frame = pd.DataFrame({"e1": [5, 6, 7] * 20, "p1": [4, 6, 5] * 20, "e2": [7, 5, 6] * 20, "p2": [3, np.nan, 6] * 20, "y": RNG.normal(size=60)})
    points = {"a": {"expectation": "e1", "experience": "p1"}, "b": {"expectation": "e2", "experience": "p2"}}
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -9, "max": 9, "whole": False}}
    points = {k: v | {"scale": "s"} for k, v in points.items()}
    study = cx.Study.from_frame(frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales)
    fit = cx.fit_gap(study, form="E+P")
    assert fit.points.head(3).to_numpy().tolist() == [[6, 3.5], [6, 6], [6.5, 5.5]]
    assert fit.touchpoint == "all_touchpoints"


good_e, good_p, good_y = RNG.integers(1, 8, 60), RNG.integers(1, 8, 60), RNG.normal(size=60)


@pytest.mark.parametrize(
    ("study", "call", "message"),
    [
        (lambda: study_of([5] * 60, good_p, good_y), {}, "touchpoint delivery: all 60 answers to expectation are 5"),
        (lambda: study_of(good_e, [3] * 60, good_y), {}, "touchpoint delivery: all 60 answers to experience are 3"),
        (lambda: study_of(good_e, good_e, good_y), {}, "touchpoint delivery: expectation and experience are identical in all 60 rows; is one column declared twice?"),
        (lambda: study_of(good_e[:19], good_p[:19], good_y[:19]), {}, "touchpoint delivery: 19 respondents answered expectation, experience and y; a gap model needs 20 (19 in the study)"),
        (lambda: study_of(good_e, good_p, [2.0] * 60), {}, "outcome y: all 60 answers are 2; nothing can be explained"),
        (lambda: study_of(good_e, good_p, good_y), {"center": 9}, "touchpoint delivery: center=9 lies outside the scale 1–7"),
        (lambda: study_of(good_e, good_p, good_y), {"form": "cubic"}, "form='cubic': give one of intercept, P, difference, E+P, quadratic"),
        (lambda: study_of(good_e, good_p, good_y), {"touchpoints": "shop"}, "'shop' is neither a touchpoint nor an outcome of this study; it has: delivery, y"),
    ],
)  # fmt: skip
def test_refusals_name_the_touchpoint_and_the_counts(study, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_gap(study(), **{"touchpoints": "delivery"} | call)
    assert str(caught.value) == message


def test_touchpoint_without_expectation_is_refused():
    frame = pd.DataFrame({"p": good_p, "y": RNG.integers(0, 11, 60)})
    study = cx.Study.from_frame(frame, {"shop": "p"}, {"nps": {"kind": "nps", "column": "y"}}, scales={"s": {"min": 1, "max": 7}})
    with pytest.raises(cx.ModelError, match="touchpoint shop: this study declares no expectation column for it"):
        cx.fit_gap(study, "shop")
    for refused in (cx.fit_gap, cx.gap_scores, cx.compare_gap_forms):
        with pytest.raises(cx.ModelError, match="no touchpoint of this study asks an expectation"):
            refused(study)
