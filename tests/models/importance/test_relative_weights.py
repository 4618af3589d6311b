"""Johnson, Pratt, squared β and zero-order R²: peers' numbers, what each must sum to, and where a
definition ends.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

SUMMING = ["lmg", "johnson", "pratt"]
ALL = ["lmg", "johnson", "pratt", "beta", "zero_order"]
DATA = {
    "attitude": ("attitude", "rating", {}),
    "swiss": ("swiss", "Fertility", {}),
    "gen_drv12_nps": ("gen_drv12", "nps", {}),
    "gen_drv12_osat": ("gen_drv12", "osat", {}),
    "gen_drv12_nps_weighted": ("gen_drv12", "nps", {"weight": "weight"}),
    "mtcars_mpg10": ("mtcars", "mpg", {}),
}


def shares(fit: cx.Fit, method: str, **keys) -> dict[str, float]:
    return cx.importance(fit, method, n_boot=0, **keys).set_index("touchpoint")["share"].to_dict()


def plain(names: dict[str, float]) -> dict[str, float]:
    return {key.replace(".", "_"): value for key, value in names.items()}


def fit_of(reference, case: str, columns: list[str]) -> cx.Fit:
    name, outcome, keys = DATA[case]
    return cx.fit_loyalty(reference.regression(name, outcome, columns, **keys))


@pytest.mark.parametrize("case", ["attitude", "swiss", "gen_drv12_nps", "gen_drv12_osat"])
def test_relative_weights_equal_three_programs(reference, case):
    ref = reference.results("b_johnson")[case]
    found = shares(fit_of(reference, case, list(ref["rwa_raw"])), "johnson")
    for peer in ("rwa_raw", "iopsych_EPS", "yhat_rlw"):
        assert found == pytest.approx(plain(ref[peer]), abs=1e-8)
    assert sum(found.values()) == pytest.approx(ref["rwa_R2"], abs=1e-10)


def test_weighted_relative_weights_equal_iopsych(reference):
    """iopsych on R's weighted correlation matrix (cov.wt)."""
    ref = reference.results("b_johnson")["gen_drv12_nps_weighted_covwt"]
    found = shares(fit_of(reference, "gen_drv12_nps_weighted", list(ref["eps"])), "johnson")
    assert found == pytest.approx(ref["eps"], abs=1e-8)
    assert sum(found.values()) == pytest.approx(ref["R2"], abs=1e-10)


def test_relative_weights_on_complete_rows_equal_rwa(reference):
    """gen_gap has never-used ratings: of 1,500 rows the 141 complete ones, as the peers take
    them.
    """
    ref = reference.results("b_johnson")["gen_gap_listwise"]
    fit = cx.fit_loyalty(reference.gap(), outcome="osat", missing="listwise")
    assert fit.n == ref["n_listwise"]
    found = shares(fit, "johnson")
    assert {f"per_{name}": value for name, value in found.items()} == pytest.approx(
        ref["rwa_raw"], abs=1e-8
    )


def test_bootstrap_of_relative_weights_agrees_with_rwa(reference):
    """rwa's 1,000 case resamples against ours: limits within Monte-Carlo error of each other."""
    ref = reference.results("b_johnson")["attitude_rwa_boot1000_seed1"]
    table = (
        cx.importance(fit_of(reference, "attitude", ref["vars"]), "johnson", n_boot=4000, seed=1)
        .set_index("touchpoint")
        .loc[ref["vars"]]
    )
    # rwa's intervals are BCa, ours percentiles: they agree where the sampling distribution is not
    # skewed, and in width.
    width, wanted = (
        (table["conf_high"] - table["conf_low"]).to_numpy(),
        np.subtract(ref["upper"], ref["lower"]),
    )
    assert width[[0, 1, 2, 3]] == pytest.approx(wanted[[0, 1, 2, 3]], rel=0.25)


@pytest.mark.parametrize(
    "case",
    [
        "attitude",
        "swiss",
        "mtcars_mpg10",
        "gen_drv12_nps",
        "gen_drv12_nps_weighted",
        "gen_drv12_osat",
    ],
)
@pytest.mark.parametrize(
    ("method", "peer"), [("pratt", "pratt"), ("beta", "betasq"), ("zero_order", "first")]
)
def test_other_methods_equal_relaimpo(reference, case, method, peer):
    ref = reference.results("a_lmg")[case]
    assert shares(fit_of(reference, case, list(ref["lmg"])), method) == pytest.approx(
        plain(ref[peer]), abs=1e-10
    )


@pytest.mark.parametrize("case", ["attitude", "gen_drv12_nps_weighted"])
def test_first_and_last_are_the_ends_of_conditional_dominance(reference, case):
    ref = reference.results("a_lmg")[case]
    table = cx.conditional_dominance(fit_of(reference, case, list(ref["lmg"]))).set_index(
        ["size", "touchpoint"]
    )["share"]
    assert table[1].to_dict() == pytest.approx(plain(ref["first"]), abs=1e-10)
    assert table[len(ref["lmg"])].to_dict() == pytest.approx(plain(ref["last"]), abs=1e-10)


def test_logistic_relative_weights_share_out_another_quantity(reference):
    """Why they are not offered: rwa's sum to the squared correlation of answer and fitted
    probability, not to the R² of the fit.
    """
    ref = reference.results("b_johnson_logit")["gen_drv12_repurchase6"]
    frame = reference.frame("gen_drv12")
    points = {
        c: {"experience": c, "scale": "s"}
        for c in ("web", "store", "call", "product", "billing", "delivery")
    }
    made = cx.Study.from_frame(
        frame,
        points,
        {"again": {"kind": "binary", "column": "repurchase"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    fit = cx.fit_loyalty(made, family="binary")
    assert np.corrcoef(fit.fitted(), fit.design.y)[0, 1] ** 2 == pytest.approx(
        ref["raw_sum"], abs=1e-8
    )
    assert abs(fit.r_squared - ref["raw_sum"]) > 0.01


# ---- what must hold whatever the data


def made(
    n=300, seed=0, p=5, unused=False, scale=1.0, order=None, weights=None, twice=False
) -> cx.Study:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1))
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(p)])
    frame["y"] = x @ np.linspace(0.6, -0.2, p) + rng.normal(size=n)
    frame["w"] = 1.0 if weights is None else weights
    if unused:
        frame["t0"] = frame["t0"].where(rng.random(n) < 0.6)
    frame["t1"] *= scale
    if twice:
        frame = pd.concat([frame, frame], ignore_index=True).assign(w=0.5)
    names = [f"t{i}" for i in order or range(p)]
    scales = {"any": {"min": -1e6, "max": 1e6, "whole": False, "blank": "not_used"}}
    return cx.Study.from_frame(
        frame,
        {t: {"experience": t, "scale": "any"} for t in names},
        {"y": {"kind": "score", "column": "y", "scale": "any"}},
        scales=scales,
        **({} if weights is None and not twice else {"weight": "w"}),
    )


@pytest.mark.parametrize("method", ALL)
def test_what_changes_nothing(method):
    """Rescaling a rating, another order of the columns, weights of 1, and every row twice at weight
    ½.
    """
    usual = shares(cx.fit_loyalty(made()), method)
    same = {
        "scale": made(scale=1e-3),
        "order": made(order=[3, 0, 4, 1, 2]),
        "weights": made(weights=1.0),
        "twice": made(twice=True),
    }
    for what, study in same.items():
        assert shares(cx.fit_loyalty(study), method) == pytest.approx(usual, abs=1e-10), what
    if method in SUMMING:
        assert sum(usual.values()) == pytest.approx(cx.fit_loyalty(made()).r_squared, abs=1e-10)


def test_all_methods_agree_where_drivers_are_uncorrelated():
    from cxlab.models.importance.value_function import METHODS

    r = np.array([0.5, 0.3, -0.2])
    correlation = np.eye(4)[None]
    correlation[0, :3, 3] = correlation[0, 3, :3] = r
    for method, function in METHODS.items():
        assert function(correlation, [[0], [1], [2]])[:, 0] == pytest.approx(r**2, abs=1e-12), (
            method
        )


def test_relative_weights_by_the_definition():
    """Johnson's nearest orthogonal set, made from the rows by a singular value decomposition, and
    regressions on it.
    """
    fit = cx.fit_loyalty(made())
    x, y = fit.design.x.drop(columns="intercept").to_numpy(), fit.design.y.to_numpy()
    x, y = (x - x.mean(0)) / x.std(0), (y - y.mean()) / y.std()
    left, _, right = np.linalg.svd(x / np.sqrt(len(x)), full_matrices=False)
    z = left @ right * np.sqrt(len(x))
    between, slope = x.T @ z / len(x), z.T @ y / len(x)
    assert list(shares(fit, "johnson").values()) == pytest.approx(
        sorted(between**2 @ slope**2, reverse=True), abs=1e-12
    )


@pytest.mark.parametrize("method", ALL)
def test_always_in_is_a_regression_of_residuals(method):
    """Frisch & Waugh: the shares of the others are those among residuals on the control, in units
    of the whole R².
    """
    fit = cx.fit_loyalty(made())
    found = shares(fit, method, always=["t0"])
    frame = fit.design.x.drop(columns="intercept").assign(y=fit.design.y)
    control = np.column_stack([np.ones(len(frame)), frame.pop("t0")])
    residual = frame - control @ np.linalg.lstsq(control, frame.to_numpy(), rcond=None)[0]
    left = residual["y"].var() / frame["y"].var()
    scales = {"any": {"min": -1e6, "max": 1e6, "whole": False}}
    points = {t: {"experience": t, "scale": "any"} for t in ("t1", "t2", "t3", "t4")}
    rest = cx.fit_loyalty(
        cx.Study.from_frame(
            residual, points, {"y": {"kind": "score", "column": "y", "scale": "any"}}, scales=scales
        )
    )
    assert found == pytest.approx(
        {name: value * left for name, value in shares(rest, method).items()}, abs=1e-10
    )
    if method in SUMMING:
        alone = np.corrcoef(fit.design.x["t0"], fit.design.y)[0, 1] ** 2
        assert sum(found.values()) == pytest.approx(fit.r_squared - alone, abs=1e-10)


@pytest.mark.parametrize("method", ["lmg", "pratt", "beta", "zero_order"])
def test_a_group_is_one_driver_however_its_members_are_coded(method):
    """Sum and difference of two ratings say what the two say: the group's share, and the others',
    stay.
    """
    fit = cx.fit_loyalty(made())
    frame = fit.design.x.drop(columns="intercept").assign(y=fit.design.y)
    frame["t1"], frame["t2"] = frame["t1"] + frame["t2"], frame["t1"] - 3 * frame["t2"]
    scales = {"any": {"min": -1e6, "max": 1e6, "whole": False}}
    points = {f"t{i}": {"experience": f"t{i}", "scale": "any"} for i in range(5)}
    turned = cx.fit_loyalty(
        cx.Study.from_frame(
            frame, points, {"y": {"kind": "score", "column": "y", "scale": "any"}}, scales=scales
        )
    )
    groups = {"stage": ["t1", "t2"]}
    assert shares(turned, method, groups=groups) == pytest.approx(
        shares(fit, method, groups=groups), abs=1e-10
    )


def test_relative_weights_of_a_group_are_refused():
    fit = cx.fit_loyalty(made())
    with pytest.raises(cx.ModelError) as caught:
        cx.importance(fit, "johnson", n_boot=0, groups={"stage": ["t1", "t2"]})
    assert (
        str(caught.value)
        == "method='johnson': relative weights have no definition for a group of touchpoints (they"
        " would depend on how its members are coded); use one of lmg, pratt, beta, zero_order"
    )
    # A comparison that was not asked for johnson by name goes without it.
    assert list(cx.compare_importance(fit, groups={"stage": ["t1", "t2"]})["method"].unique()) == [
        "lmg",
        "pratt",
        "beta",
        "zero_order",
    ]


def test_two_columns_of_a_touchpoint_are_one_driver():
    """Usage coding: rating and indicator. The methods that sum to R² still do; Johnson's two
    weights are added.
    """
    fit = cx.fit_loyalty(made(unused=True, n=600))
    assert "t0:used" in fit.params.index and fit.design.missing == "usage"
    for method in SUMMING:
        found = shares(fit, method)
        assert sorted(found) == [f"t{i}" for i in range(5)]
        assert sum(found.values()) == pytest.approx(fit.r_squared, abs=1e-10)


@pytest.mark.parametrize("method", ["johnson", "pratt", "beta", "zero_order"])
def test_intervals_of_every_method_are_those_of_the_resampled_rows(method):
    """The same resamples, drawn by hand and refitted, give the same interval."""
    fit = cx.fit_loyalty(made(n=120))
    table = cx.importance(fit, method, n_boot=60, seed=4).set_index("touchpoint").sort_index()
    draws = []
    for rows in np.random.default_rng(4).integers(0, 120, (60, 120)):
        frame = (
            fit.design.x.drop(columns="intercept")
            .assign(y=fit.design.y)
            .iloc[rows]
            .reset_index(drop=True)
        )
        correlation = frame.corr().to_numpy()[None]
        from cxlab.models.importance.value_function import METHODS

        draws.append(METHODS[method](correlation, [[j] for j in range(5)])[:, 0])
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    assert table["conf_low"].to_numpy() == pytest.approx(low, abs=1e-9)
    assert table["conf_high"].to_numpy() == pytest.approx(high, abs=1e-9)


def test_a_comparison_is_the_tables_under_one_another():
    fit = cx.fit_loyalty(made())
    compared = cx.compare_importance(fit, n_boot=60, seed=4)
    assert list(compared["method"].unique()) == ALL and set(compared) <= set(cx.GLOSSARY)
    for method, part in compared.groupby("method"):
        single = cx.importance(fit, method, n_boot=60, seed=4)
        pd.testing.assert_frame_equal(
            part.drop(columns="method").reset_index(drop=True), single[part.columns.drop("method")]
        )
    assert list(cx.compare_importance(fit, "dominance")["method"].unique()) == ["lmg"]
    # A suppressor: Pratt's measure is negative and still one of parts that sum to R².
    assert compared.groupby("method")["share_relative"].sum().to_dict() == pytest.approx(
        dict.fromkeys(ALL, 1)
    )


def test_methods_are_known_by_name():
    fit = cx.fit_loyalty(made())
    with pytest.raises(cx.ModelError) as caught:
        cx.importance(fit, "lgm")
    assert (
        str(caught.value)
        == "method='lgm': give one of lmg, johnson, pratt, beta, zero_order, dominance"
    )


def test_thirty_drivers_have_every_ranking_that_needs_no_subsets():
    fit = cx.fit_loyalty(made(n=500, p=30))
    assert sum(shares(fit, "johnson").values()) == pytest.approx(fit.r_squared, abs=1e-10)
    with pytest.raises(cx.ModelError, match="30 drivers: LMG is exact up to 25"):
        cx.importance(fit, n_boot=0)


def test_a_resample_that_leaves_a_driver_constant_gives_it_nothing():
    from cxlab.models.importance.value_function import METHODS
    from cxlab.stats.subsets import residual_correlation

    covariance = np.cov(np.random.default_rng(0).normal(size=(50, 4)).T)[None]
    covariance[0, 1, :] = covariance[0, :, 1] = 0
    correlation, remaining = residual_correlation(covariance, [])
    assert remaining == pytest.approx([1])
    for method, function in METHODS.items():
        found = function(correlation, [[0], [1], [2]])[:, 0]
        assert found[1] == 0 and np.isfinite(found).all(), method


def test_ranks_are_distributed():
    fit = cx.fit_loyalty(made())
    spread = cx.rank_distribution(fit, n_boot=200, seed=1)
    assert set(spread) <= set(cx.GLOSSARY)
    assert spread.groupby("touchpoint")["p_rank"].sum().to_numpy() == pytest.approx(
        1
    ) and spread.groupby("rank")["p_rank"].sum().to_numpy() == pytest.approx(1)
    assert spread["touchpoint"].iloc[0] == "t0" and spread.loc[0, "p_rank"] > 0.9, (
        "the largest slope, and the first in the table"
    )
    top = cx.importance(fit, n_boot=200, seed=1).set_index("touchpoint")["p_top3"].to_dict()
    assert spread[spread["rank"] <= 3].groupby("touchpoint")[
        "p_rank"
    ].sum().to_dict() == pytest.approx(top)


@pytest.mark.parametrize("method", ALL)
def test_priorities_take_any_method(method):
    shown = cx.importance(cx.fit_loyalty(made()), method, n_boot=60, seed=1)
    scores = pd.DataFrame(
        {
            "touchpoint": [f"t{i}" for i in range(5)],
            "experience": np.arange(5.0),
            "conf_low": np.arange(5) - 0.1,
            "conf_high": np.arange(5) + 0.1,
        }
    )
    table = cx.priorities(shown, scores)
    assert (
        set(table["priority"]) <= {"fix_first", "keep_up", "watch", "maintain"} and len(table) == 5
    )
