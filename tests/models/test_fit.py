"""What every fit shares: Holm's adjustment, degrees of freedom by term, Wald's test."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

import cxlab as cx
from cxlab.models.fit import with_inference
from cxlab.stats.inference import holm
from tests.models.loyalty_studies import nps_frame, study


def test_holm_equals_statsmodels():
    p = np.random.default_rng(0).uniform(0, 0.2, 25)
    p[3] = p[7]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], rel=1e-12)
    assert holm(pd.Series([0.9, 0.8])).tolist() == [1.0, 1.0] and holm([]).tolist() == []


def test_holm_counts_only_tests():
    assert holm([0.01, np.nan, 0.04]) == pytest.approx([0.02, np.nan, 0.04], nan_ok=True)
    assert np.isnan(holm([np.nan, np.nan])).all()


def test_wald_with_infinite_degrees_of_freedom_is_a_chi_square():
    fit = cx.fit_loyalty(study(nps_frame()), family="ordinal", categories="nps")
    off, cov = fit.slopes.to_numpy(), fit.cov.loc[fit.slopes.index, fit.slopes.index].to_numpy()
    statistic, p_value, _ = fit.wald(np.eye(len(fit.params))[-3:])
    assert p_value == pytest.approx(
        stats.chi2.sf(off @ np.linalg.inv(cov) @ off, 3), rel=1e-6
    ) and statistic * 3 == pytest.approx(off @ np.linalg.inv(cov) @ off)


def test_each_term_may_have_its_own_degrees_of_freedom():
    frame = with_inference(
        pd.DataFrame({"estimate": [2.0, 2.0]}), np.ones(2), pd.Series([5.0, np.inf]), 0.95
    )
    assert frame["p_value"].tolist() == pytest.approx([2 * stats.t.sf(2, 5), 2 * stats.norm.sf(2)])
    assert (frame["conf_high"] - 2).tolist() == pytest.approx(
        [stats.t.ppf(0.975, 5), stats.norm.ppf(0.975)]
    )


def test_degrees_of_freedom_are_told_and_noted_where_they_are_few():
    """Protects who meets t = 2.2 with p = .21 from doubting the arithmetic."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"e": 7, "p": rng.integers(1, 8, 200), "y": rng.integers(0, 11, 200)})
    frame.loc[:5, "e"] = [1, 2, 3, 6, 5, 4]
    study = cx.Study.from_frame(
        frame,
        {"item": {"expectation": "e", "experience": "p", "scale": "s"}},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    fit = cx.fit_gap(study, "item", form="E+P")
    rows = fit.tidy().set_index("term")
    assert rows.loc["expectation", "df_error"] == fit.df["expectation"] < 10
    t = stats.t.sf(abs(rows["statistic"]), rows["df_error"])
    assert rows["p_value"].to_numpy() == pytest.approx(2 * t, rel=1e-12)
    few = replace(fit, df=fit.df * 0 + 1.3)
    assert "errors of too few respondents (df below 4): intercept, expectation" in repr(few)
    assert few.glance()["df_least"].item() == 1.3


def test_a_surface_notes_slopes_that_rest_on_too_few():
    fit = cx.fit_gap(cx.simulate_study(200, seed=1), "delivery")
    assert not (cx.surface(fit, n_boot=0)["note"] == "few_df").any()
