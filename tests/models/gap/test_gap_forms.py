"""The contest of forms: RSA's constrained models, tests of constraints, cross-validation by refits,
and who is named.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, stats

import cxlab as cx
from cxlab.models.gap.fit_gap import COMBINED, FORMS, QUADRATIC, gap_design, gap_terms
from cxlab.models.gap.forms import constraint_rows, contained, left_out_losses
from cxlab.models.gap.gate import EXPERIENCE_ONLY
from tests.models.gap_studies import arrays, by_hand, planted, polynomial, study_of

RSA = [("motcon", "ePow", "iPow", "postVA"), ("gen_rsa500", "expect", "perf", "sat")]
# Ours and RSA's names of the forms that both have.
SAME = {
    "intercept": "null",
    "P": "onlyy",
    "E": "onlyx",
    "P+P^2": "onlyy2",
    "E+E^2": "onlyx2",
    "E+P": "additive",
    "shifted_squared_difference": "SSQD",
    "shifted_rising_ridge": "SRR",
    "squared_difference": "SQD",
    "interaction": "IA",
    "quadratic": "full",
}
SURFACE = {"experience": 1.0, "gap^2": -0.3}


def on_polynomial(params: pd.Series, terms: list[str]) -> np.ndarray:
    """Coefficients that a fit of any polynomial form implies on the polynomial itself."""
    b = dict.fromkeys(terms, 0.0)
    for term, value in params.items():
        for part, weight in COMBINED.get(term, {term: 1.0}).items():
            if part in b:
                b[part] += weight * value
    return np.array(list(b.values()))


@pytest.mark.parametrize(("name", "e", "p", "y"), RSA)
def test_forms_equal_rsa(reference, name, e, p, y):
    """RSA maximises a likelihood numerically: its figures are good to about 1e-6, hence 1e-5. Its
    RR is the rising ridge with b1 = b2; SRR lets the ridge shift (b1 ≠ b2).
    """
    data, ref = reference.frame(name), reference.results("c_rsa")[name]
    study = study_of(data[e], data[p], data[y], scale=(-6, 6))
    table = cx.compare_gap_forms(study, repeats=0).set_index("form")
    for form, theirs in (SAME | {"rising_ridge": "RR"}).items():
        fit = cx.fit_gap(study, "delivery", form=form)
        assert fit.log_likelihood == pytest.approx(
            ref["model_parameters"][theirs]["logLik"], rel=1e-7
        )
        if ref["model_parameters"][theirs]["est"]:
            assert on_polynomial(fit.params, QUADRATIC) == pytest.approx(
                list(ref["model_parameters"][theirs]["est"].values()), rel=1e-5, abs=1e-6
            )
        other = ref["aictab"][theirs]
        assert table.loc[form, "aicc"] == pytest.approx(other["AICc"], rel=1e-6)
        assert table.loc[form, "df"] + 1 == other["K"]
        assert table.loc[form, "r_squared"] == pytest.approx(other["R2"], rel=1e-5, abs=1e-7)
        if other["R2.p"] is not None:
            assert table.loc[form, "adj_r_squared"] == pytest.approx(other["R2.adj"], rel=1e-4)
    weights = {form: ref["aictab"][theirs]["AICcWt"] for form, theirs in SAME.items()}
    ours = table.loc[list(weights), "aicc_weight"]
    # RSA weighs its 14 models, we ours: ratios between forms that both have are the same.
    assert (ours / ours["quadratic"]).to_numpy() == pytest.approx(
        [w / weights["quadratic"] for w in weights.values()], rel=1e-4
    )


def test_r_squared_of_forms_equals_r(reference):
    ref = reference.results("k_prca_gap")["gap_models_product"]
    table = cx.compare_gap_forms(reference.gap(), "product", outcome="osat", repeats=0).set_index(
        "form"
    )
    for form, name in (
        ("difference", "gap_only"),
        ("E+P", "direct"),
        ("quadratic", "edwards"),
        ("asymmetric", "signed"),
    ):
        assert table.loc[form, "r_squared"] == pytest.approx(ref[name]["r2"], abs=1e-10)


def test_frame_is_whole():
    table = cx.compare_gap_forms(planted(SURFACE, n=100))
    assert table["form"].tolist() == list(FORMS)
    assert table["chosen"].sum() == 1
    assert table["aicc_weight"].sum() == pytest.approx(1)
    assert table.drop(columns=["statistic", "p_value", "reliability"]).notna().all().all()
    assert table.loc[table["against"] == "", "form"].tolist() == ["asymmetric", "cubic"]
    against = table.set_index("form")["against"]
    wanted = {
        "P": "P+P^2",
        "P+P^2": "E+P+P^2",
        "difference": "E+P",
        "absolute_difference": "asymmetric",
        "E+P": "E+P+P^2",
        "E+P+P^2": "quadratic",
        "P+P^2+P^3": "cubic",
    }
    assert against[list(wanted)].to_dict() == wanted
    df = table.set_index("form")["df"]
    assert (df[against[against != ""]].to_numpy() > df[against.index[against != ""]]).all()
    assert (table.loc[table["form"] == "intercept", ["r_squared", "r_squared_cv"]] == 0).all().all()
    assert table["adj_r_squared"].to_numpy() == pytest.approx(
        1 - (1 - table["r_squared"]) * 99 / (100 - table["df"]), abs=1e-12
    )


def test_information_criteria_are_those_of_the_likelihood():
    """By scipy's normal density at the maximum; the residual variance is a parameter too
    (statsmodels does not count it).
    """
    study = planted(SURFACE, n=50)
    e, p, y = arrays(study)
    table = cx.compare_gap_forms(study, repeats=0).set_index("form")
    for form in ("intercept", "asymmetric", "quadratic", "cubic"):
        x = gap_terms(e, p)[["intercept", *FORMS[form]]].to_numpy()
        residual = y - x @ by_hand(x, y)
        likelihood, k = (
            stats.norm.logpdf(residual, scale=np.sqrt(np.mean(residual**2))).sum(),
            x.shape[1] + 1,
        )
        assert table.loc[form, "bic"] == pytest.approx(k * np.log(50) - 2 * likelihood, rel=1e-9)
        assert table.loc[form, "aicc"] == pytest.approx(
            2 * k + 2 * k * (k + 1) / (50 - k - 1) - 2 * likelihood, rel=1e-9
        )
        if form != "intercept":
            glance = cx.fit_gap(study, "delivery", form=form).glance().iloc[0]
            assert (glance["aicc"], glance["bic"]) == pytest.approx(
                (table.loc[form, "aicc"], table.loc[form, "bic"]), rel=1e-9
            )


@pytest.mark.parametrize("form", [form for form in FORMS if form not in ("asymmetric", "cubic")])
def test_constraint_tests_are_the_f_tests_of_two_fits(form):
    """Unweighted, the Wald F is the F of the two residual sums of squares, which knows nothing of
    constraint rows.
    """
    study = planted(SURFACE | {"expectation^3": 0.02}, n=90)
    table = cx.compare_gap_forms(study, repeats=0).set_index("form")
    row, full = table.loc[form], table.loc[table.loc[form, "against"]]
    df = full["df"] - row["df"]
    statistic = ((full["r_squared"] - row["r_squared"]) / df) / (
        (1 - full["r_squared"]) / (90 - full["df"])
    )
    assert row["statistic"] == pytest.approx(statistic, rel=1e-8)
    assert row["p_value"] == pytest.approx(stats.f.sf(statistic, df, 90 - full["df"]), rel=1e-8)


@pytest.mark.parametrize(
    "keys", [{"weights": True}, {"clusters": 30}, {"weights": True, "clusters": 30}]
)
def test_robust_constraint_test_is_statsmodels_wald(keys):
    study = planted(SURFACE, n=200, **keys)
    fit = cx.fit_gap(study, "delivery")
    row = cx.compare_gap_forms(study, repeats=0).set_index("form").loc["E+P+P^2"]
    names = ["expectation^2", "expectation:experience"]
    off, at = fit.params[names].to_numpy(), fit.params.index.get_indexer(names)
    wald = off @ np.linalg.inv(fit.cov.loc[names, names].to_numpy()) @ off / 2
    # η is the harmonic mean of the degrees of freedom of contrasts that are uncorrelated under this
    # covariance and where errors are alike: the axes of a generalised eigenproblem.
    x, w = fit.design.x.to_numpy(), fit.design.sample.w
    cov = fit.cov.loc[names, names].to_numpy()
    alike = np.linalg.inv(x.T @ (x * w[:, None]))[np.ix_(at, at)]
    eta = 1 / np.mean(1 / fit.freedom(linalg.eigh(cov, alike)[1].T @ np.eye(6)[at]))
    statistic = wald * (eta - 1) / eta
    assert row["statistic"] == pytest.approx(statistic, rel=1e-8)
    assert row["p_value"] == pytest.approx(stats.f.sf(statistic, 2, eta - 1), rel=1e-6)


@pytest.mark.parametrize("larger", FORMS)
def test_a_form_s_own_data_satisfy_its_constraint(larger):
    e, p, _ = arrays(planted({}, n=80))
    terms = gap_terms(e, p)
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(80), terms[FORMS[larger]]])
    for form, used in FORMS.items():
        y = 2 + terms[used].to_numpy() @ rng.normal(size=len(used)) if used else np.full(80, 2.0)
        b = by_hand(x, y)
        inside = len(used) < len(FORMS[larger]) and np.allclose(x @ b, y)
        assert (contained(form, larger) is not None) == inside, form
        if inside:
            rows = constraint_rows(form, larger)
            assert np.linalg.matrix_rank(rows) == len(rows) == len(FORMS[larger]) - len(used)
            assert rows @ b[1:] == pytest.approx(np.zeros(len(rows)), abs=1e-9)
            # And the rows bite: coefficients of no form break them.
            assert np.abs(rows @ np.linspace(1, 2, len(FORMS[larger])) ** 3).max() > 0.01


def test_a_form_explains_no_more_than_one_that_contains_it():
    table = cx.compare_gap_forms(planted(SURFACE, n=120), repeats=0).set_index("form")
    for form in FORMS:
        for larger in FORMS:
            if contained(form, larger) is not None:
                assert table.loc[form, "r_squared"] <= table.loc[larger, "r_squared"] + 1e-12


# ---- cross-validation


@pytest.mark.parametrize(
    "keys", [{}, {"weights": True}, {"clusters": 25}, {"weights": True, "clusters": 25}]
)
def test_left_out_losses_are_those_of_refits(keys):
    """Fold by fold, with the folds drawn as documented: a permutation of rows (or clusters) modulo
    the number of folds.
    """
    study = planted(SURFACE, n=90, **keys)
    e, p, y = arrays(study)
    w = np.ones(90) if study.weights is None else study.weights.to_numpy() / study.weights.mean()
    unit = np.arange(90) if study.clusters is None else pd.factorize(study.clusters)[0]
    units, folds, repeats = unit.max() + 1, 5, 3
    terms, rng, losses = gap_terms(e, p), np.random.default_rng(11), dict.fromkeys(FORMS, 0)
    for _ in range(repeats):
        fold = (rng.permutation(units) % folds)[unit]
        for k in range(folds):
            rest, held = fold != k, fold == k
            for form, used in FORMS.items():
                x = terms[["intercept", *used]].to_numpy()
                losses[form] = losses[form] + np.where(
                    held, w * (y - x @ by_hand(x[rest], y[rest], w[rest])) ** 2 / repeats, 0
                )
    mine = left_out_losses(gap_design(study, "delivery"), FORMS, folds, repeats, seed=11)
    expected = pd.DataFrame(losses).groupby(unit).sum()
    assert mine.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-7)
    table = cx.compare_gap_forms(study, folds=folds, repeats=repeats, seed=11).set_index("form")
    assert table["r_squared_cv"].to_numpy() == pytest.approx(
        (1 - expected.sum() / expected["intercept"].sum()).to_numpy(), rel=1e-7, abs=1e-12
    )


def test_as_many_folds_as_rows_is_leave_one_out():
    study = planted(SURFACE, n=40)
    e, p, y = arrays(study)
    x = polynomial(e, p)
    hat = np.einsum("ij,jk,ik->i", x, np.linalg.inv(x.T @ x), x)
    press = (((y - x @ by_hand(x, y)) / (1 - hat)) ** 2).sum()
    means = (((y - y.mean()) / (1 - 1 / 40)) ** 2).sum()
    table = cx.compare_gap_forms(study, folds=1000, repeats=1).set_index("form")
    assert table.loc["quadratic", "r_squared_cv"] == pytest.approx(1 - press / means, rel=1e-9)


def test_a_cluster_is_never_split():
    """With the outcome a matter of the cluster alone, left-out clusters cannot be predicted;
    left-out rows could.
    """
    rng = np.random.default_rng(5)
    cluster = np.repeat(np.arange(12), 20)
    e, p = rng.integers(1, 8, 12)[cluster], rng.integers(1, 8, 12)[cluster]
    y = rng.normal(size=12)[cluster] + rng.normal(0, 0.01, 240)
    e, p = np.clip(e + rng.integers(0, 2, 240), 1, 7), np.clip(p + rng.integers(0, 2, 240), 1, 7)
    rows = cx.compare_gap_forms(study_of(e, p, y)).set_index("form").loc["cubic", "r_squared_cv"]
    whole = (
        cx.compare_gap_forms(study_of(e, p, y, more={"c": cluster}, account="c"))
        .set_index("form")
        .loc["cubic", "r_squared_cv"]
    )
    assert rows > 0.3 > 0 > whole


def test_seed_and_repeats():
    study = planted(SURFACE, n=60)
    once, again, other = (cx.compare_gap_forms(study, seed=s)["r_squared_cv"] for s in (1, 1, 2))
    assert (once == again).all()
    assert (once != other).any()
    without = cx.compare_gap_forms(study, repeats=0)
    assert without["r_squared_cv"].isna().all()
    assert without["chosen"].sum() == 1


# ---- who is named

PLANTED = {
    "intercept": {},
    "P": {"experience": 0.4},
    "E": {"expectation": 0.4},
    "P+P^2": {"experience": 0.9, "experience^2": -0.12},
    "E+E^2": {"expectation": 0.5, "expectation^2": -0.15},
    "E+P+P^2": {"expectation": 0.4, "experience": 0.7, "experience^2": -0.15},
    "P+P^2+P^3": {"experience": -0.2, "experience^2": -0.1, "experience^3": 0.1},
    "shifted_squared_difference": {"gap": 0.5, "gap^2": -0.15},
    "shifted_rising_ridge": {"expectation": -0.2, "experience": 0.6, "gap^2": -0.2},
    "level_congruence": {"gap^2": -0.2, "sum:gap^2": 0.05},
    "rising_ridge_level": {"sum": 0.3, "gap^2": -0.2, "sum:gap^2": 0.05},
    "difference": {"gap": 0.4},
    "absolute_difference": {"|gap|": -0.6},
    "squared_difference": {"gap^2": -0.2},
    "E+P": {"expectation": 0.3, "experience": 0.6},
    "asymmetric": {"loss": 0.9, "gain": 0.1},
    "rising_ridge": {"sum": 0.3, "gap^2": -0.2},
    "cubic_asymmetry": {"gap^2": -0.2, "gap^3": 0.05},
    "interaction": {"expectation": 0.1, "experience": 0.6, "expectation:experience": 0.2},
    "broad_congruence": {"sum": 0.3, "squares": -0.25, "expectation:experience": 0.2},
    "rising_ridge_asymmetry": {"sum": 0.3, "gap^2": -0.2, "gap^3": 0.05},
    "quadratic": {
        "expectation": 0.1,
        "experience": 0.6,
        "expectation^2": -0.3,
        "expectation:experience": 0.2,
        "experience^2": -0.1,
    },
    "cubic": {
        "expectation": -0.5,
        "experience": 0.6,
        "expectation^2": -0.1,
        "expectation:experience": 0.1,
        "expectation^3": 0.1,
        "experience^3": -0.1,
    },
}


@pytest.mark.parametrize(
    "keys", [{}, {"weights": True}, {"clusters": 100}], ids=["plain", "weighted", "clustered"]
)
@pytest.mark.parametrize("form", FORMS)
def test_contest_names_the_planted_form(form, keys):
    """One study a form and design, made clear enough to be named in nearly every sample;
    `tests/calibration` has the shares.
    """
    table = cx.compare_gap_forms(
        planted(PLANTED[form], noise=0.6, seed=2, **keys), repeats=0 if not keys else 4
    )
    assert table.loc[table["chosen"], "form"].item() == form
    assert table["aicc"].isna().all() == bool(keys)


def test_the_simplest_within_two_aicc_is_chosen_and_what_it_contains_if_that_explains_as_much():
    for seed in range(6):
        data = planted({"experience": 0.1, "expectation": 0.2}, n=200, noise=1, seed=seed)
        table = cx.compare_gap_forms(data, repeats=0).set_index("form")
        if table["p_expectation"].iloc[0] >= 0.05:
            table = table.loc[list(EXPERIENCE_ONLY)]
        near = table[table["aicc"] <= table["aicc"].min() + 2]
        best = near.sort_values(["df", "aicc"]).index[0]
        r2 = table["adj_r_squared"]
        enough = [
            form
            for form in table.index
            if form == best
            or (contained(form, best) is not None and r2[form] > r2[best] - 0.02)
            and form != "intercept"
        ]
        named = table.index[table["chosen"]].item()
        assert named in enough
        assert table.loc[named, "df"] == table.loc[enough, "df"].min()


def test_weighted_contest_without_cross_validation_names_none():
    table = cx.compare_gap_forms(planted(SURFACE, weights=True), repeats=0)
    assert not table["chosen"].any()


def test_a_form_that_the_ratings_cannot_identify_is_left_empty():
    """Expectations of 6 and 7 only: E² is E again. The contest goes on without the forms that need
    more.
    """
    rng = np.random.default_rng(0)
    e, p = rng.integers(6, 8, 200), rng.integers(1, 8, 200)
    table = cx.compare_gap_forms(study_of(e, p, 0.5 * p + rng.normal(size=200))).set_index("form")
    empty = {"E+E^2", "quadratic", "cubic"}
    assert set(table.index[table["r_squared"].isna()]) == empty
    assert not table.loc[list(empty), "chosen"].any()
    assert table["chosen"].sum() == 1
    assert table.drop(index=list(empty))["aicc_weight"].sum() == pytest.approx(1)


def test_one_respondent_cannot_decide_a_form():
    """A single expectation of 5 among 6s and 7s would give E² a coefficient with no error and no
    prediction.
    """
    rng = np.random.default_rng(0)
    e, p = rng.integers(6, 8, 200), rng.integers(1, 8, 200)
    e[0] = 5
    table = cx.compare_gap_forms(study_of(e, p, 0.5 * p + rng.normal(size=200))).set_index("form")
    assert table["r_squared"].isna().to_dict() == {
        form: form in ("E+E^2", "quadratic", "cubic") for form in FORMS
    }
    with pytest.raises(
        cx.ModelError,
        match="touchpoint delivery: one respondent of 200 alone decides the term expectation",
    ):
        cx.fit_gap(study_of(e, p, 0.5 * p + rng.normal(size=200)), "delivery")


@pytest.mark.parametrize("keys", [{"folds": 1}, {"folds": 0}, {"repeats": -1}])
def test_a_cross_validation_that_leaves_nothing_out_is_refused(keys):
    """One fold predicts nothing: its R² on new data would be a row of zeros."""
    with pytest.raises(cx.ModelError, match="give two folds or more"):
        cx.compare_gap_forms(planted(SURFACE, n=60), **keys)
