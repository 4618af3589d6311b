"""Parallel lines: R's nominal_test, a planted breach that must be found, and a null that must
not.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.many import parts, stacked
from tests.models.loyalty_studies import nps_frame, study

DRIVERS = [
    "web",
    "app",
    "store",
    "call",
    "chat",
    "onboard",
    "product",
    "billing",
    "delivery",
    "returns",
    "loyalty",
    "claims",
]


def test_equals_nominal_test(reference):
    frame, ref = (
        reference.frame("gen_drv12"),
        reference.results("d_ordinal")["gen_npscat_nominal_test"],
    )
    drv = cx.Study.from_frame(
        frame,
        {f"d_{name}": {"experience": name} for name in DRIVERS},
        {"nps": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    table = cx.parallel_lines(cx.fit_loyalty(drv, family="ordinal", categories="nps"))
    single = table[table["touchpoint"] != "all_touchpoints"]
    assert [t.removeprefix("d_") for t in single["touchpoint"]] == list(ref)
    assert single["statistic"].tolist() == pytest.approx(
        [row["LRT"] for row in ref.values()], rel=1e-6, abs=1e-8
    )
    assert single["p_value"].tolist() == pytest.approx(
        [row["Pr(>Chi)"] for row in ref.values()], rel=1e-6
    )
    assert single["df"].tolist() == [row["Df"] for row in ref.values()]
    assert set(table) <= set(cx.GLOSSARY) and (table["note"] == "").all()


def test_freeing_all_slopes_is_bounded_by_two_binary_models():
    """Invariant: with every slope free, no threshold's model can beat its own binary regression,
    and freeing more never loses.
    """
    frame = nps_frame(600)
    fit = cx.fit_loyalty(study(frame), family="ordinal", categories="nps")
    table = cx.parallel_lines(fit).set_index("touchpoint")
    assert (
        table.loc["all_touchpoints", "statistic"]
        >= table["statistic"].drop("all_touchpoints").max() - 1e-9
    )
    assert (table["statistic"] >= -1e-9).all() and table.loc["all_touchpoints", "df"] == 3


def breach(n: int, seed: int, gap: float) -> pd.DataFrame:
    """Promoters on a slope of 0.8, the step above detractors on 0.8 − gap, for touchpoint t; u
    keeps one slope.
    """
    rng = np.random.default_rng(seed)
    t, u = rng.integers(1, 8, (2, n))
    latent = rng.logistic(size=n)
    y = np.select(
        [
            latent > 2 - 0.8 * (t - 4) - 0.4 * (u - 4),
            latent > -3 - (0.8 - gap) * (t - 4) - 0.4 * (u - 4),
        ],
        [10, 8],
        3,
    )
    return pd.DataFrame(
        {"t": t, "u": u, "y": y, "w": rng.uniform(0.5, 2, n), "c": rng.integers(0, 60, n)}
    )


@pytest.mark.parametrize("keys", [{}, {"weight": "w"}, {"account": "c"}])
def test_a_planted_breach_is_found_and_a_null_is_not(keys):
    found = cx.parallel_lines(
        cx.fit_loyalty(study(breach(1500, 1, 0.6), **keys), family="ordinal")
    ).set_index("touchpoint")
    assert found.loc["t", "p_holm"] < 0.001 and found.loc["u", "p_holm"] > 0.05
    whole = study(stacked([breach(300, 100 + seed, 0.0) for seed in range(40)]), **keys)
    rejected = [
        cx.parallel_lines(cx.fit_loyalty(one, family="ordinal"))
        .set_index("touchpoint")
        .loc["t", "p_value"]
        < 0.05
        for one in parts(whole, 40)
    ]
    assert np.mean(rejected) <= 0.15


def test_a_robust_test_agrees_with_the_likelihood_ratio_where_both_hold():
    """Weights that say almost nothing: Wald's F × df is the χ² of the likelihood ratio, but for a
    few percent.
    """
    frame = breach(3000, 3, 0.15).assign(w=lambda f: 1 + 1e-6 * f["w"])
    plain = cx.parallel_lines(cx.fit_loyalty(study(frame.drop(columns="w")), family="ordinal"))
    robust = cx.parallel_lines(cx.fit_loyalty(study(frame, weight="w"), family="ordinal"))
    assert (robust["statistic"] * robust["df"]).to_numpy() == pytest.approx(
        plain["statistic"].to_numpy(), rel=0.1, abs=0.2
    )


def test_used_indicators_belong_to_their_touchpoint():
    frame = nps_frame(500).assign(u=lambda f: f["u"].where(np.arange(500) % 4 > 0, 8))
    table = cx.parallel_lines(
        cx.fit_loyalty(study(frame), family="ordinal", categories="nps", missing="usage")
    ).set_index("touchpoint")
    assert table["df"].to_dict() == {"t": 1, "u": 2, "v": 1, "all_touchpoints": 4}


def test_what_cannot_be_tested_says_so():
    frame = nps_frame(400).assign(y=lambda f: f["y"].clip(6, 10))
    # The one row of answer 0 lies at one end of t: freed, its threshold's slope has no end.
    frame.loc[frame["t"].idxmin(), "y"] = 0
    table = cx.parallel_lines(cx.fit_loyalty(study(frame), family="ordinal")).set_index(
        "touchpoint"
    )
    assert table.loc["all_touchpoints", "note"] == "too_few_answers" and np.isnan(
        table.loc["all_touchpoints", "p_value"]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            dict(family="ols"),
            (
                "parallel lines are a matter of ordinal models, this fit is ols; use fit_loyalty(…,"
                " family='ordinal')"
            ),
        ),
        (
            dict(family="binary"),
            (
                "parallel lines are a matter of ordinal models, this fit is binary; use"
                " fit_loyalty(…, family='ordinal')"
            ),
        ),
    ],
)
def test_other_fits_are_refused(call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.parallel_lines(cx.fit_loyalty(study(nps_frame()), **call))
    assert str(caught.value) == message


def test_a_pooled_model_is_refused():
    frame = nps_frame()
    frame.loc[::9, "t"] = 9
    with pytest.raises(cx.ModelError) as caught:
        cx.parallel_lines(
            cx.fit_loyalty(
                study(frame, weight="w"), family="ordinal", missing="mice", n_imputed=5, seed=1
            )
        )
    assert (
        str(caught.value)
        == "parallel lines: a model pooled over imputed answers has no likelihood of its own; fit"
        " it with missing='usage' or 'listwise'"
    )


def test_two_answers_have_nothing_to_compare():
    frame = nps_frame().assign(y=lambda f: np.where(f["y"] > 6, 10, 5))
    with pytest.raises(cx.ModelError) as caught:
        cx.parallel_lines(cx.fit_loyalty(study(frame), family="ordinal"))
    assert (
        str(caught.value)
        == "outcome y: only 2 different answers occur, so there is one threshold and nothing to"
        " compare"
    )


def test_a_freed_slope_that_runs_away_under_weights_says_so(root):
    """Six of 1,661 weighted answers are a 4: freed, an indicator's slope runs away, and its
    sandwich was inverted into a traceback.
    """
    table = cx.parallel_lines(
        cx.fit_loyalty(cx.read_study(root / "data" / "pitanga"), "recommend", family="ordinal")
    ).set_index("touchpoint")
    assert set(table["note"]) == {"", "too_few_answers"}
    assert (table["p_value"].isna() == (table["note"] == "too_few_answers")).all()
