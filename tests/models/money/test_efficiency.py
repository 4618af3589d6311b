"""Is a cost set against the money that a point goes with, with the uncertainty of both, and is a
contact said to cost more than it returns only beyond chance?
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.money.efficiency import efficiency
from cxlab.models.money.money_value import money_value
from cxlab.stats.inference import product_interval


@pytest.fixture(scope="module")
def study(root):
    return cx.read_study(root / "data" / "aurora")


@pytest.fixture(scope="module")
def fit(study):
    return cx.fit_loyalty(study)


@pytest.fixture(scope="module")
def money(study):
    return money_value(study)


def test_the_planted_truth_is_found(study, root):
    """Protects the sample client: who reads its report must find what truth.csv says."""
    truth = pd.read_csv(root / "data" / "aurora" / "truth.csv").set_index("quantity")["coefficient"]
    hazard = money_value(study, "loyalty").iloc[0]
    assert np.log(hazard["ratio_low"]) < truth["log_hazard"] < np.log(hazard["ratio_high"])
    spend = money_value(study, "loyalty", money="spend", model="gamma").iloc[0]
    assert np.log(spend["ratio_low"]) < truth["log_spend"] < np.log(spend["ratio_high"])


def test_the_amount_is_the_effect_times_the_money_of_a_point(fit, money):
    table = efficiency(fit, money).set_index("touchpoint")
    point = money[(money["step"] == "point") & (money["measure"] == "profit")]["estimate"].item()
    effects = cx.effects(fit).query("measure == 'outcome'").set_index("touchpoint")["estimate"]
    np.testing.assert_allclose(table["amount"], effects[table.index] * point)
    costs = fit.study.codebook.money.cost_of
    np.testing.assert_allclose(table["net"], table["amount"] - pd.Series(costs)[table.index])
    np.testing.assert_allclose(table["point_cost"], table["cost"] / effects[table.index])
    pd.testing.assert_frame_equal(efficiency(fit), efficiency(fit, money))


def test_the_store_costs_more_than_it_returns_and_of_a_close_call_nothing_is_said(fit, money):
    table = efficiency(fit, money).set_index("touchpoint")
    assert table["verdict"].to_dict() == {
        "website": "open",
        "store": "costs",
        "network": "keeps",
        "billing": "open",
        "care": "open",
    }
    # Where the effect may be none, a point may cost any sum.
    assert np.isinf(table.loc["store", "point_cost_high"])
    assert table.loc["store", "effort"] == table["effort"].max()
    assert np.isnan(table.loc["network", "effort"])


def test_an_interval_of_a_product_is_that_of_many_draws():
    rng = np.random.default_rng(0)
    for first, second in (((0.4, 0.05), (15, 3)), ((0.02, 0.05), (15, 3)), ((0, 1), (0, 1))):
        drawn = rng.normal(*first, 400_000) * rng.normal(*second, 400_000)
        found = product_interval(first, second, 0.95)
        np.testing.assert_allclose(found, np.quantile(drawn, [0.025, 0.975]), rtol=0.03, atol=0.01)
    # Without error in one of them it is the other's, times it.
    sure = product_interval((2.0, 0.0), (5.0, 1.0), 0.9)
    np.testing.assert_allclose(sure, [2 * (5 + z * 1.6448536) for z in (-1, 1)], rtol=2e-3)


def test_what_if_carries_both_uncertainties(fit, money):
    table = cx.what_if(fit, {"care": 0.5, "network": 0.5}, money=money)
    own = table[table["measure"] == "outcome"]
    point = money[(money["step"] == "point") & (money["measure"] == "profit")].iloc[0]
    np.testing.assert_allclose(own["amount"], own["estimate"] * point["estimate"])
    width = (own["amount_high"] - own["amount_low"]) / own["amount"]
    for part in (own, point):
        assert (width > (part["conf_high"] - part["conf_low"]) / part["estimate"]).all()
    assert table.loc[table["measure"] != "outcome", "amount"].isna().all()
    assert (table["unit"] == "BRL").all()
    plain = cx.what_if(fit, {"care": 0.5, "network": 0.5})
    pd.testing.assert_frame_equal(pd.DataFrame(table[plain.columns]), pd.DataFrame(plain))


def test_what_cannot_be_reckoned_is_refused(study, fit, money):
    with pytest.raises(
        cx.ModelError, match=r"these changes lead beyond the scale 0–10 of recommend"
    ):
        cx.what_if(fit, dict.fromkeys(fit.touchpoints, 6.0), money=money)
    with pytest.raises(
        cx.ModelError, match="money= is of the outcome recommend, the fit of loyalty"
    ):
        efficiency(cx.fit_loyalty(study, "loyalty"), money)
    none = money_value(study, money="stay", spend=None, horizon=6)
    kept = none[none["measure"] == "kept"]
    with pytest.raises(cx.ModelError, match="money= tells no money; give money_value spend="):
        cx.what_if(fit, {"care": 0.5}, money=kept)
    with pytest.raises(cx.ModelError, match="money=: give what cx.money.money_value gives"):
        cx.what_if(fit, {"care": 0.5}, money=cx.effects(fit))
    bare = cx.simulate_study(300, seed=1)
    error = pytest.raises(cx.ModelError, efficiency, cx.fit_loyalty(bare)).value
    assert type(error).__name__ == "NotAskedError" and "declare cost_of: under money:" in str(error)


def test_claims_hold_over_all_touchpoints_together(fit, money):
    """A cost just beyond the end of an interval of its own is no claim among five."""
    table = efficiency(fit, money).set_index("touchpoint")
    row = table.loc["care"]
    book = fit.study.codebook

    def verdict(cost: float) -> str:
        declared = book.money.model_copy(update={"cost_of": {**book.money.cost_of, "care": cost}})
        study = replace(fit.study, codebook=book.model_copy(update={"money": declared}))
        told = efficiency(cx.fit_loyalty(study), money).set_index("touchpoint")
        return told.loc["care", "verdict"]

    wide = stats.norm.ppf(0.995) / stats.norm.ppf(0.975)
    far = row["amount"] + 1.15 * wide * (row["amount_high"] - row["amount"])
    assert verdict(row["amount_high"] * 1.02) == "open" and verdict(far) == "costs"
