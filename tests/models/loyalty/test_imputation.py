"""Multiple imputation: Rubin's formulas to the digit, what may and may not be imputed, and the
truth recovered where refusal depends on answers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.imputation.mice import MICE, MICEData

import cxlab as cx
from cxlab.models.loyalty.imputation import PooledFit, completed_ratings
from cxlab.stats.imputation import BURN_IN, regression
from cxlab.stats.pooling import rubin
from cxlab.study.sample import Sample

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]},
    "y": {"min": -1000, "max": 1000, "whole": False},
}

# Equally weighted, independent rows.
EQUAL = Sample(0, None, None)


def answers(
    n: int = 400, seed: int = 1, refused: float = 0.15, unused: float = 0.2, by_outcome: float = 0.4
) -> pd.DataFrame:
    """Three correlated ratings; a is refused the more the lower the outcome (and c), b not met by
    some, c always answered.
    """
    rng = np.random.default_rng(seed)
    x = np.clip(
        np.round(4.5 + 1.3 * (0.7 * rng.normal(size=(n, 3)) + 0.7 * rng.normal(size=(n, 1)))), 1, 7
    )
    met = rng.random(n) >= unused
    y = (
        0.5 * x[:, 0]
        + np.where(met, 0.4 * (x[:, 1] - 4.5), 0.0)
        + 0.2 * x[:, 2]
        + rng.normal(size=n)
    )
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=y)
    frame["b"] = frame["b"].where(met, 8)
    tendency = (
        1
        / (
            1
            + np.exp(
                -(
                    np.log(refused / (1 - refused))
                    - by_outcome * (y - y.mean())
                    - 0.2 * (x[:, 2] - 4.5)
                )
            )
        )
        if refused
        else np.zeros(n)
    )
    frame["a"] = frame["a"].mask(rng.random(n) < tendency, 9)
    return frame


def study_of(frame: pd.DataFrame, **keys) -> cx.Study:
    names = [name for name in "abc" if name in frame]
    return cx.Study.from_frame(
        frame,
        {t: {"experience": t, "scale": "s"} for t in names},
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales=SCALES,
        **keys,
    )


@pytest.fixture(scope="module")
def pooled() -> PooledFit:
    return cx.fit_loyalty(study_of(answers()), missing="mice", n_imputed=10, seed=5)


def test_rubins_rules_are_the_closed_formulas():
    # Rubin (1987) p. 76 f. and Barnard & Rubin (1999), written out number by number.
    q, u, complete = (
        np.array([[1.0, 5.0], [1.4, 5.0], [0.9, 5.0]]),
        np.array([[0.04, 0.5], [0.05, 0.5], [0.03, 0.5]]),
        50.0,
    )
    estimate, variance, df, fmi = rubin(q, u, complete)
    within, between = 0.04, (0.01 + 0.09 + 0.04) / 2
    total = within + 4 / 3 * between
    share, r = 4 / 3 * between / total, 4 / 3 * between / within
    observed = 51 / 53 * 50 * (1 - share)
    nu = 1 / (1 / (2 / share**2) + 1 / observed)
    assert estimate == pytest.approx([1.1, 5.0], rel=1e-14)
    assert variance == pytest.approx([total, 0.5], rel=1e-14)
    assert df == pytest.approx([nu, complete], rel=1e-12)
    assert fmi == pytest.approx([(r + 2 / (nu + 3)) / (1 + r), 0.0], rel=1e-12)
    # Infinite degrees of freedom when complete leave Rubin's own; covariances are pooled as their
    # diagonals are.
    assert rubin(q, u, np.inf)[2] == pytest.approx([2 / share**2, np.inf])
    assert np.diag(rubin(q, np.array([np.diag(row) for row in u]), complete)[1]) == pytest.approx(
        variance, rel=1e-14
    )


def test_the_pooled_fit_is_what_the_completed_fits_give(pooled):
    params = np.array([fit.params for fit in pooled.completed])
    assert len(pooled.completed) == 10 and pooled.params.to_numpy() == pytest.approx(
        params.mean(axis=0), rel=1e-14
    )
    cov = np.mean([fit.cov for fit in pooled.completed], axis=0) + 1.1 * np.cov(params.T)
    assert pooled.cov.to_numpy() == pytest.approx(cov, rel=1e-10)
    table = pooled.tidy().set_index("term")
    half = stats.t.ppf(0.975, pooled.df["a"]) * np.sqrt(cov[1, 1])
    assert (table.loc["a", "conf_low"], table.loc["a", "conf_high"]) == pytest.approx(
        (pooled.params["a"] - half, pooled.params["a"] + half), rel=1e-10
    )
    # A fifth of a was refused: something is lost of every term, and each has fewer degrees of
    # freedom than complete answers would give.
    assert (table["fmi"] > 0.01).all() and (table["fmi"] < 0.5).all()
    assert (pooled.df < 400 - 5).all()
    row = pooled.glance().iloc[0]
    assert (row["n"], row["n_imputed"], row["missing"]) == (400, 10, "mice") and np.isnan(
        row["aicc"]
    )
    assert row["fmi"] == table["fmi"].max()
    assert set(pooled.tidy()) | set(pooled.glance()) <= set(cx.GLOSSARY)


def test_statsmodels_combines_the_same_completed_data_to_the_same_numbers(pooled):
    results = [sm.OLS(fit.design.y, fit.design.x).fit() for fit in pooled.completed]
    classical = cx.fit_loyalty(
        study_of(answers()), missing="mice", covariance="classical", n_imputed=10, seed=5
    )
    witness = MICE("y ~ x", sm.OLS, MICEData(pd.DataFrame({"y": [1.0, 2, 3], "x": [1.0, 2, 4]})))
    witness.results_list, witness.exog_names, witness.endog_names = (
        results,
        list(classical.params.index),
        "y",
    )
    combined = witness.combine()
    assert classical.params.to_numpy() == pytest.approx(combined.params, rel=1e-10)
    assert classical.tidy()["std_error"].to_numpy() == pytest.approx(combined.bse, rel=1e-10)
    # What statsmodels calls the fraction is λ = (1 + 1/m)B/T, without the correction for its
    # degrees of freedom.
    share = (
        1.1
        * np.var([fit.params for fit in classical.completed], axis=0, ddof=1)
        / np.diag(classical.cov)
    )
    assert (
        share == pytest.approx(combined.frac_miss_info, rel=1e-10) and (classical.fmi > share).all()
    )


def test_only_refused_answers_are_imputed_and_within_the_answers_given():
    study = study_of(answers())
    ratings = pd.DataFrame({t: study.rating(t) for t in "abc"})
    states = pd.DataFrame({t: study.state(t).astype(str) for t in "abc"})
    tables = list(completed_ratings(ratings, states, study.outcome("y"), EQUAL, 5, seed=2))
    refused = states["a"] == "no_answer"
    assert refused.sum() > 30
    for table in tables:
        assert table["b"].isna().equals(states["b"] == "not_used") and table["c"].equals(
            ratings["c"]
        )
        assert table.loc[~refused, "a"].equals(ratings.loc[~refused, "a"])
        assert table.loc[refused, "a"].between(ratings["a"].min(), ratings["a"].max()).all()
    imputed = np.array([table.loc[refused, "a"] for table in tables])
    assert (imputed.std(axis=0) > 0).mean() > 0.9 and not np.array_equal(tables[0], tables[1])


def test_the_seed_decides_and_nothing_else():
    study = study_of(answers(200))
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    one, same, other = (
        cx.fit_loyalty(study, missing="mice", n_imputed=5, seed=seed).params for seed in (1, 1, 2)
    )
    assert one.equals(same) and not one.equals(other)
    assert np.array_equal(np.random.get_state()[1], before), (
        "the caller's random numbers were drawn from"
    )


def test_the_callers_study_is_not_touched():
    frame = answers(200)
    study = study_of(frame)
    before = study.rating("a"), study.state("a")
    cx.fit_loyalty(study, missing="mice", n_imputed=5, seed=1)
    assert study.rating("a").equals(before[0]) and study.state("a").equals(before[1])


@pytest.mark.parametrize("family", ["ols", "ordinal", "binary"])
def test_with_nothing_refused_it_is_the_other_treatment(family):
    frame = answers(300, refused=0).assign(y=lambda f: np.clip(np.round(f["y"] + 3), 0, 10))
    study = cx.Study.from_frame(
        frame,
        {t: {"experience": t, "scale": "s"} for t in "abc"},
        {"y": {"kind": "nps", "column": "y"}},
        scales=SCALES,
    )
    usage, mice = (
        cx.fit_loyalty(study, family=family, missing=missing, seed=1)
        for missing in ("usage", "mice")
    )
    assert isinstance(mice, PooledFit) and len(mice.completed) == 1 and mice.imputed.sum() == 0
    table = mice.tidy()
    assert (table.pop("fmi") == 0).all()
    pd.testing.assert_frame_equal(table, usage.tidy(), rtol=1e-12)
    whole = study.where(study.state("b") == "answered")
    listwise, mice = (
        cx.fit_loyalty(whole, family=family, missing=missing, seed=1)
        for missing in ("listwise", "mice")
    )
    pd.testing.assert_frame_equal(mice.tidy().drop(columns="fmi"), listwise.tidy(), rtol=1e-12)


def test_the_truth_is_found_where_dropping_the_refusers_misses_it():
    # Refusal depends on the outcome: complete rows are a selected sample, whose slope is too small;
    # imputation knows the outcome.
    truth, off = np.array([0.5, 0.4, 0.2]), {"usage": [], "mice": []}
    for seed in range(16):
        study = study_of(answers(400, seed=100 + seed, refused=0.3, by_outcome=1.2))
        for missing, found in off.items():
            found.append(
                cx.fit_loyalty(study, missing=missing, n_imputed=5, seed=seed).params[list("abc")]
                - truth
            )
    z = {
        missing: np.mean(found, axis=0) / (np.std(found, axis=0, ddof=1) / 4)
        for missing, found in off.items()
    }
    assert np.abs(z["mice"]).max() < 3.5
    assert z["usage"][0] < -3.5


def test_what_the_model_holds_constant_is_known_to_the_imputation():
    # Where a control is left out of the imputation, imputed answers know nothing of it and pull its
    # term towards what they share.
    rng = np.random.default_rng(3)
    n = 4000
    region = rng.integers(0, 2, n)
    a = np.clip(np.round(4 + 1.5 * region + rng.normal(size=n)), 1, 7)
    frame = pd.DataFrame(
        {
            "a": a,
            "c": rng.integers(1, 8, n),
            "y": 0.5 * a - 1.0 * region + rng.normal(size=n),
            "region": np.where(region, "north", "south"),
        }
    )
    full = cx.fit_loyalty(study_of(frame, segments=["region"]), controls="region")
    holes = frame.assign(a=frame["a"].mask(rng.random(n) < 0.4, 9))
    fit = cx.fit_loyalty(
        study_of(holes, segments=["region"]), controls="region", missing="mice", n_imputed=5, seed=1
    )
    term = "region[south]"
    assert abs(fit.params[term] - full.params[term]) < 3 * np.sqrt(fit.cov.loc[term, term])
    without = next(completed_ratings(*_parts(study_of(holes, segments=["region"])), EQUAL, 5, 1))[
        "a"
    ]
    given = next(
        completed_ratings(
            *_parts(study_of(holes, segments=["region"])),
            EQUAL,
            5,
            1,
            pd.DataFrame({"r": region}),
        )
    )["a"]
    refused = (holes["a"] == 9).to_numpy()
    gap = [
        values[refused & (region == 1)].mean() - values[refused & (region == 0)].mean()
        for values in (without, given)
    ]
    assert gap[1] == pytest.approx(1.5, abs=0.25) and gap[0] < 1.1


def _parts(study: cx.Study):
    names = ["a", "c"]
    return (
        pd.DataFrame({t: study.rating(t) for t in names}),
        pd.DataFrame({t: study.state(t).astype(str) for t in names}),
        study.outcome("y"),
    )


@pytest.mark.parametrize(
    "keys", [{"weight": "w"}, {"account": "account"}, {"weight": "w", "account": "account"}]
)
def test_weights_and_accounts_are_carried_through(keys):
    rng = np.random.default_rng(4)
    frame = answers(400).assign(
        w=rng.lognormal(0, 0.5, 400), account=[f"k{i}" for i in np.arange(400) // 8]
    )
    fit = cx.fit_loyalty(study_of(frame, **keys), missing="mice", n_imputed=5, seed=1)
    kind = "CR2" if "account" in keys else "HC2"
    assert fit.covariance == kind and all(one.covariance == kind for one in fit.completed)
    assert (fit.df <= (49 if kind == "CR2" else 395)).all() and fit.glance()["weighted"].item() == (
        "weight" in keys
    )


def test_importance_of_a_pooled_fit_sums_to_its_r_squared(pooled):
    shares = cx.importance(pooled, n_boot=200, seed=1)
    assert shares["share"].sum() == pytest.approx(pooled.r_squared, rel=1e-10)
    assert pooled.r_squared == pytest.approx(
        np.mean([fit.r_squared for fit in pooled.completed]), abs=0.01
    )
    assert ((shares["conf_low"] < shares["share"]) & (shares["share"] < shares["conf_high"])).all()
    draws = np.concatenate(list(pooled.resamples(205, seed=3)))
    assert draws.shape == (205, 5, 5)
    # An equal part of the resamples is of each completed data set, so that what is not known is in
    # their spread.
    parts = np.concatenate(list(pooled.resamples(2000, seed=3)))[:, 0, -1].reshape(10, 200)
    own = np.array([fit.moments.covariance[0, -1] for fit in pooled.completed])
    assert (
        np.abs((parts.mean(axis=1) - own * 399 / 400) / (parts.std(axis=1) / np.sqrt(200))).max()
        < 4
    )
    assert np.corrcoef(parts.mean(axis=1), own)[0, 1] > 0.5


def test_rows_of_the_study_can_be_looked_at(pooled):
    rows = pooled.augment()
    assert (
        len(rows) == 400
        and rows["used"].all()
        and rows["leverage"].sum() == pytest.approx(len(pooled.params))
    )
    assert rows["fitted"].to_numpy() == pytest.approx(
        np.mean([fit.fitted() for fit in pooled.completed], axis=0)
    )
    assert "imputed in 10 data sets: a" in repr(pooled)


def test_regression_of_the_chain_gives_statsmodels_numbers_and_leaves_out_what_says_nothing():
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(80), rng.normal(5, 2, 80), rng.normal(size=80), np.full(80, 3.0)])
    x = np.column_stack([x, x[:, 1]])
    y, groups = x[:, 1] + rng.normal(size=80), np.repeat(np.arange(16), 5)
    params, *_ = regression(y, x)
    witness = sm.OLS(y, x[:, :3])
    # Two equal columns share the slope between them; the fitted values are those of one.
    assert x @ params == pytest.approx(witness.fit().fittedvalues, rel=1e-10)
    assert params[3] == 0
    assert regression(y, x[:, :3])[1] == pytest.approx(witness.fit().cov_params(), rel=1e-10)
    assert regression(y, x[:, :3], groups)[1] == pytest.approx(
        witness.fit(cov_type="cluster", cov_kwds={"groups": groups}).cov_params(), rel=1e-10
    )
    assert np.isfinite(regression(y, x, groups)[1]).all()


def test_what_cannot_be_imputed_is_refused():
    study = study_of(answers())
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(study, missing="mice", n_imputed=4)
    assert str(caught.value) == "n_imputed=4: give 5 or more completed data sets (20 is usual)"
    thin = answers(60, refused=0)
    thin.loc[9:, "a"] = 9
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(study_of(thin), touchpoints=["a", "b", "c"], missing="mice")
    assert (
        str(caught.value)
        == "touchpoint a: 9 answers are too few to impute 51 refused ones from (10 needed); use"
        " fewer touchpoints, or missing='usage'"
    )


def test_the_chain_has_forgotten_where_it_began():
    # Means of the imputed answers in early and late data sets of a long chain are the same within
    # their spread.
    study = study_of(answers(300, refused=0.4))
    ratings, states, y = (
        pd.DataFrame({t: study.rating(t) for t in "abc"}),
        pd.DataFrame({t: study.state(t).astype(str) for t in "abc"}),
        study.outcome("y"),
    )
    refused = states["a"] == "no_answer"
    means = np.array(
        [
            table.loc[refused, "a"].mean()
            for table in completed_ratings(ratings, states, y, EQUAL, 60, seed=1)
        ]
    )
    assert BURN_IN >= 10 and abs(
        means[:20].mean() - means[40:].mean()
    ) < 3.5 * means.std() * np.sqrt(2 / 20)


def test_imputed_answers_of_an_account_are_as_alike_as_given_ones():
    # Half of the spread of a lies between accounts; imputed from strangers, an account's answers
    # would differ as strangers' do.
    rng = np.random.default_rng(7)
    account = np.repeat(np.arange(120), 8)
    a = 4 + rng.normal(size=120)[account] + rng.normal(size=960)
    frame = pd.DataFrame(
        {
            "a": np.clip(np.round(a), 1, 7),
            "c": rng.integers(1, 8, 960),
            "y": 0.3 * a + rng.normal(size=960),
            "account": [f"k{i}" for i in account],
        }
    )
    refused = rng.random(960) < 0.4
    study = study_of(frame.assign(a=frame["a"].mask(refused, 9)), account="account")
    ratings, states, y = _parts(study)

    def between(values: pd.Series, ids: np.ndarray) -> float:
        groups = values.groupby(ids)
        return groups.mean().var() - (groups.var() / groups.size()).mean()

    given = between(frame.loc[refused, "a"].reset_index(drop=True), account[refused])
    with_accounts, without = (
        np.mean(
            [
                between(table.loc[refused, "a"].reset_index(drop=True), account[refused])
                for table in completed_ratings(ratings, states, y, sample, 5, 1)
            ]
        )
        for sample in (Sample.of(study, study.index), EQUAL)
    )
    assert with_accounts == pytest.approx(given, rel=0.35)
    assert without < 0.4 * given
