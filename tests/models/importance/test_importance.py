"""LMG is exact, invariant to what it must be invariant to, and its intervals are those of
refitting.
"""

from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.many import parts, stacked

CASES = {
    "attitude": ("attitude", "rating", {}, None),
    "swiss": ("swiss", "Fertility", {}, None),
    "mtcars_mpg10": ("mtcars", "mpg", {}, None),
    "gen_drv12_nps": ("gen_drv12", "nps", {}, None),
    "gen_drv12_osat": ("gen_drv12", "osat", {}, None),
    "gen_drv12_nps_weighted": ("gen_drv12", "nps", {"weight": "weight"}, None),
}


@pytest.mark.parametrize("case", CASES)
def test_lmg_equals_relaimpo(reference, case):
    name, outcome, keys, _ = CASES[case]
    ref = reference.results("a_lmg")[case]
    fit = cx.fit_loyalty(reference.regression(name, outcome, list(ref["lmg"]), **keys))
    shares = cx.importance(fit, n_boot=0).set_index("touchpoint")["share"]
    expected = {key.replace(".", "_"): value for key, value in ref["lmg"].items()}
    assert shares.to_dict() == pytest.approx(expected, abs=1e-10)
    assert shares.sum() == pytest.approx(ref["R2"], abs=1e-10)


def test_weighted_groups_and_always_equal_relaimpo(reference):
    ref = reference.results("a_lmg")
    drivers = list(ref["attitude"]["lmg"])
    frame = reference.frame("attitude")
    weighted = ref["attitude_weighted"]
    covariance = cx.drivers.Moments.from_frame(
        frame[[*drivers, "rating"]], np.asarray(weighted["weights_used"])
    ).covariance
    assert cx.lmg(covariance) == pytest.approx(list(weighted["lmg"].values()), abs=1e-10)

    # With complaints in every model the others add no more than chance, so the table is refused;
    # the numbers themselves are relaimpo's.
    fit = cx.fit_loyalty(reference.regression("attitude", "rating", drivers))
    with pytest.raises(
        cx.ModelError,
        match=(
            r"outcome y: beside complaints nothing else is statistically significant; there is"
            r" nothing to rank \(n = 30, p = 0\.[0-9]+\)"
        ),
    ):
        cx.importance(fit, n_boot=0, always=["complaints"])
    assert cx.lmg(fit.moments.covariance, always=[0]) == pytest.approx(
        _values(ref["attitude_always_complaints"]["lmg"]), abs=1e-10
    )
    groups = cx.importance(fit, n_boot=0, groups={"both": ["complaints", "privileges"]}).set_index(
        "touchpoint"
    )["share"]
    grouped = ref["attitude_groups_complaints_privileges"]["lmg"]
    assert sorted(groups) == pytest.approx(sorted(_values(grouped)), abs=1e-10)


def _values(column) -> list[float]:
    return list(column.values()) if isinstance(column, dict) else list(np.ravel(column))


def test_bootstrap_agrees_with_relaimpo(reference):
    """relaimpo's 1,000 case-resampling replicates against ours: limits within Monte-Carlo error of
    each other.
    """
    ref = reference.results("a_lmg_boot")["attitude_b1000_random_perc"]
    fit = cx.fit_loyalty(reference.regression("attitude", "rating", list(ref["lower"])))
    table = cx.importance(fit, n_boot=4000, seed=1).set_index("touchpoint")
    assert table["conf_low"].to_dict() == pytest.approx(ref["lower"], abs=0.03)
    assert table["conf_high"].to_dict() == pytest.approx(ref["upper"], abs=0.03)


def brute_force(covariance: np.ndarray) -> list[float]:
    """The definition itself: R² of every subset by solving it, averaged over all orders."""
    p = len(covariance) - 1

    def r2(subset):
        s = list(subset)
        if not s:
            return 0.0
        xy = covariance[s, p]
        return float(xy @ np.linalg.solve(covariance[np.ix_(s, s)], xy) / covariance[p, p])

    shares = []
    for j in range(p):
        others = [k for k in range(p) if k != j]
        total = 0.0
        for size in range(p):
            weight = factorial(size) * factorial(p - 1 - size) / factorial(p)
            total += weight * sum(r2({*s, j}) - r2(s) for s in combinations(others, size))
        shares.append(total)
    return shares


@pytest.mark.parametrize("p", [1, 2, 3, 6])
def test_recursion_equals_the_definition(p):
    a = np.random.default_rng(p).normal(size=(60, p + 1))
    a[:, -1] += a[:, :-1].sum(axis=1)
    covariance = np.cov((a + a[:, :1]).T)
    assert cx.lmg(covariance) == pytest.approx(brute_force(covariance), abs=1e-12)


def test_rescaling_and_column_order_change_nothing():
    a = np.random.default_rng(0).normal(size=(80, 6)) @ np.random.default_rng(1).normal(size=(6, 6))
    covariance = np.cov(a.T)
    plain = cx.lmg(covariance)
    scale = np.diag([1e-3, 7, 1e4, 0.2, 3, 50])
    assert cx.lmg(scale @ covariance @ scale) == pytest.approx(plain, abs=1e-10)
    order = [3, 0, 4, 1, 2, 5]
    assert cx.lmg(covariance[np.ix_(order, order)]) == pytest.approx(plain[order[:5]], abs=1e-12)


def study(n=400, seed=0, unused=False, **keys):
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, (n, 4)).astype(float)
    y = x @ [0.5, 0.3, 0.0, -0.2] + rng.normal(0, 1, n) + 4
    frame = pd.DataFrame(x, columns=list("abcd")).assign(
        y=y, w=rng.uniform(0.5, 2, n), cluster=np.arange(n) // 10
    )
    if unused:
        met = rng.random(n) < 0.6
        frame.loc[~met, "y"] = frame["y"] - 0.5 * frame["a"] + 2 * 0.5
        frame["a"] = frame["a"].where(met, 8)
    scales = {
        "s": {"min": 1, "max": 7, "not_used": [8]},
        "y": {"min": -50, "max": 50, "whole": False},
    }
    return cx.Study.from_frame(
        frame,
        {k: {"experience": k, "scale": "s"} for k in "abcd"},
        {"y": {"kind": "score", "column": "y", "scale": "y"}},
        scales=scales,
        **keys,
    )


@pytest.mark.parametrize("keys", [{}, {"weight": "w"}, {"account": "cluster"}])
def test_bootstrap_of_products_is_the_bootstrap_of_rows(keys):
    """The same resamples, drawn by hand and refitted, give the same interval."""
    fit = cx.fit_loyalty(study(**keys))
    table = cx.importance(fit, n_boot=300, seed=9).set_index("touchpoint")
    frame = fit.design.x.drop(columns="intercept").assign(y=fit.design.y)
    weights = fit.design.weights
    units = np.arange(400).reshape(40, 10) if "account" in keys else np.arange(400).reshape(400, 1)
    draws = []
    for drawn in np.random.default_rng(9).integers(0, len(units), (300, len(units))):
        rows = units[drawn].ravel()
        w = None if weights is None else weights[rows]
        draws.append(cx.lmg(cx.drivers.Moments.from_frame(frame.iloc[rows], w).covariance))
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    assert table.loc[list("abcd"), "conf_low"].to_numpy() == pytest.approx(low, abs=1e-9)
    assert table.loc[list("abcd"), "conf_high"].to_numpy() == pytest.approx(high, abs=1e-9)


def test_table_is_whole():
    table = cx.importance(cx.fit_loyalty(study()), n_boot=500, seed=1)
    assert table["share"].is_monotonic_decreasing and table["rank"].tolist() == [1, 2, 3, 4]
    assert table["share_relative"].sum() == pytest.approx(1)
    assert table["p_top3"].sum() == pytest.approx(3)
    signs = table.set_index("touchpoint")["sign"].to_dict()
    assert signs == {"a": "+", "b": "+", "c": "?", "d": "-"}
    assert (table["conf_low"] <= table["share"]).all() and (
        table["share"] <= table["conf_high"]
    ).all()
    assert (table["rank_low"] <= table["rank"]).all() and (
        table["rank"] <= table["rank_high"]
    ).all()
    pd.testing.assert_frame_equal(table, cx.importance(cx.fit_loyalty(study()), n_boot=500, seed=1))


def test_used_indicator_counts_to_its_touchpoint():
    fit = cx.fit_loyalty(study(unused=True))
    assert "a:used" in fit.params.index
    table = cx.importance(fit, n_boot=0)
    assert sorted(table["touchpoint"]) == list("abcd")
    assert table["share"].sum() == pytest.approx(fit.r_squared, abs=1e-12)


def test_too_many_subsets_are_refused_before_work_starts():
    """Shares of 20 drivers are exact and their intervals come from orders; dominance of pairs needs
    every subset of every resample.
    """
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.integers(1, 8, (200, 21)), columns=[f"t{i}" for i in range(21)]
    ).rename(columns={"t20": "y"})
    frame["y"] = frame["t0"]
    frame.loc[::3, "y"] = 4
    made = cx.Study.from_frame(
        frame,
        {f"t{i}": f"t{i}" for i in range(20)},
        {"y": {"kind": "score", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    fit = cx.fit_loyalty(made)
    with pytest.raises(
        cx.ModelError,
        match="20 drivers and n_boot=2000: more than 3e\\+08 subsets to weigh; use study.by_stage",
    ):
        cx.dominance(fit, n_boot=2000)
    table = cx.importance(fit, n_boot=100, seed=1)
    assert table["share"].sum() == pytest.approx(fit.r_squared) and table["conf_low"].notna().all()
    with pytest.raises(cx.ModelError, match="26 drivers: LMG is exact up to 25"):
        cx.lmg(np.eye(27))


def test_resamples_by_orders_are_near_those_by_subsets(monkeypatch):
    """Above 15 drivers a resample's shares come from orders: here of 4, with usage coding, so that
    a driver has two columns.
    """
    from cxlab.models.importance import value_function

    fit = cx.fit_loyalty(study(unused=True))
    exact = cx.importance(fit, n_boot=400, seed=1, always=["b"]).set_index("touchpoint")
    monkeypatch.setattr(value_function, "too_many_to_value", lambda players, n_boot: True)
    drawn = cx.importance(fit, n_boot=400, seed=1, always=["b"]).set_index("touchpoint")
    assert not drawn["conf_low"].equals(exact["conf_low"])
    width = exact["conf_high"] - exact["conf_low"]
    for end in ("conf_low", "conf_high"):
        assert (np.abs(drawn[end] - exact[end]) < 0.05 * width).all()


def test_along_an_order_r_squared_grows_to_its_whole():
    from cxlab.stats.subsets import increments

    a = np.random.default_rng(0).normal(size=(50, 5))
    correlation = np.corrcoef((a + a[:, :1]).T)[None]
    columns, order = [[0, 3], [1], [2]], np.array([2, 0, 1])
    found = increments(correlation, columns, order[None])[0]
    entered, before, expected = [], 0.0, {}
    for player in order:
        entered += columns[player]
        r = correlation[0, entered, -1] @ np.linalg.solve(
            correlation[0][np.ix_(entered, entered)], correlation[0, entered, -1]
        )
        expected[int(player)], before = r - before, r
    assert found == pytest.approx([expected[k] for k in range(3)], abs=1e-8)
    # A driver that a resample left constant adds nothing, and its twin in a resample adds nothing
    # after it.
    correlation[0, 1, :] = correlation[0, :, 1] = 0
    correlation[0, 2, :], correlation[0, :, 2] = correlation[0, 0, :], correlation[0, :, 0]
    correlation[0, 2, 2] = 1
    assert increments(correlation, [[0], [1], [2], [3]], np.arange(4)[None])[
        0, [1, 2]
    ] == pytest.approx(0, abs=1e-8)


def test_priorities_follow_the_stated_rule():
    shares = pd.DataFrame(
        {
            "touchpoint": list("abcd"),
            "share_relative": [0.5, 0.3, 0.15, 0.05],
            "relative_low": [0.4, 0.2, 0.1, 0.0],
            "relative_high": [0.6, 0.4, 0.2, 0.1],
        }
    )
    scores = pd.DataFrame(
        {
            "touchpoint": list("abcd"),
            "experience": [4.0, 6.0, 4.5, 5.5],
            "conf_low": [3.9, 5.9, 4.4, 4.9],
            "conf_high": [4.1, 6.1, 4.6, 6.1],
        }
    )
    table = cx.priorities(shares, scores).set_index("touchpoint")
    assert table["priority"].to_dict() == {
        "a": "fix_first",
        "b": "keep_up",
        "c": "watch",
        "d": "maintain",
    }
    assert table["clear"].to_dict() == {"a": True, "b": False, "c": True, "d": False}


def test_what_goes_with_less_loyalty_is_never_a_priority():
    shares = pd.DataFrame(
        {
            "touchpoint": list("abc"),
            "share_relative": [0.5, 0.4, 0.1],
            "relative_low": [0.4, 0.36, 0.0],
            "relative_high": [0.6, 0.5, 0.2],
            "sign": ["-", "?", "+"],
        }
    )
    scores = pd.DataFrame(
        {
            "touchpoint": list("abc"),
            "experience": [4.0, 4.0, 6.0],
            "conf_low": [3.9, 3.9, 5.9],
            "conf_high": [4.1, 4.1, 6.1],
        }
    )
    table = cx.priorities(shares, scores).set_index("touchpoint")
    assert table["priority"].to_dict() == {"a": "watch", "b": "watch", "c": "maintain"}


def test_too_few_units_are_not_resampled():
    fit = cx.fit_loyalty(study(n=190, account="cluster"))
    with pytest.raises(
        cx.ModelError,
        match="outcome y: 19 independent respondents or accounts are too few to resample",
    ):
        cx.importance(fit)
    assert cx.importance(fit, n_boot=0)["share"].sum() == pytest.approx(fit.r_squared)


def test_priorities_take_the_experience_interval_from_gap_scores():
    shares = pd.DataFrame({"touchpoint": ["a", "b"], "share_relative": [0.8, 0.2]})
    scores = pd.DataFrame(
        {
            "touchpoint": ["a", "b"],
            "experience": [4.0, 6.0],
            "conf_low": [-2.0, -1],
            "conf_high": [-1.0, 0],
            "experience_low": [3.8, 5.8],
            "experience_high": [4.2, 6.2],
        }
    )
    assert cx.priorities(shares, scores)["conf_low"].tolist() == [3.8, 5.8]


def test_a_ranking_of_chance_is_refused():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 8, (200, 5)), columns=list("abcdy"))
    made = cx.Study.from_frame(
        frame,
        {k: k for k in "abcd"},
        {"y": {"kind": "score", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    with pytest.raises(
        cx.ModelError,
        match=(
            r"outcome y: its association with all that was asked is not significant; there is"
            r" nothing to rank \(R² = 0\.0., n = 200, "
        ),
    ):
        cx.importance(cx.fit_loyalty(made))


def test_null_touchpoints_are_not_called_drivers():
    """Twelve touchpoints, one that matters: plain 5 % intervals would sign a null one in 43 % of
    studies, Holm in about 5 %.
    """
    signed, frames = 0, []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        x = rng.integers(1, 8, (200, 12))
        frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(12)]).assign(
            y=np.clip(np.round(x[:, 0] + rng.normal(0, 1.5, 200)), 1, 7)
        )
        frames.append(frame)
    whole = cx.Study.from_frame(
        stacked(frames),
        {f"t{i}": f"t{i}" for i in range(12)},
        {"y": {"kind": "score", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    for made in parts(whole, 30):
        table = cx.importance(cx.fit_loyalty(made), n_boot=0).set_index("touchpoint")
        assert table.loc["t0", "sign"] == "+"
        signed += (table.drop("t0")["sign"] != "?").any()
    assert signed / 30 <= 0.15


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"n_boot": 1}, "n_boot=1: give 50 or more for intervals, or 0 for none"),
        (
            {"n_boot": -5},
            "n_boot=-5: give a number of resamples, such as 2000; 0 draws none",
        ),
        ({"conf_level": 95}, "conf_level=95: give a number between 0 and 1, such as 0.95"),
        (
            {"groups": {"b": ["a"]}},
            "groups: b stands in two groups, is always in, or is a touchpoint's own name",
        ),
        (
            {"groups": {"g": ["a"], "h": ["a", "b"]}},
            "groups: a stands in two groups, is always in, or is a touchpoint's own name",
        ),
        ({"always": ["shop"]}, "'shop' is not a touchpoint of this fit; it has: a, b, c, d"),
    ],
)
def test_calls_that_mean_nothing_are_refused(call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.importance(cx.fit_loyalty(study()), **call)
    assert str(caught.value) == message


def test_always_may_be_any_iterable():
    fit = cx.fit_loyalty(study())
    tables = [cx.importance(fit, n_boot=0, always=a) for a in (["a"], (x for x in ["a"]), "a")]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    pd.testing.assert_frame_equal(tables[0], tables[2])


@pytest.mark.parametrize(
    "matrix", [np.eye(3)[:2], [[1, 2], [3, 1]], [[1, np.nan], [np.nan, 1]], [[1, 5], [5, 1]]]
)
def test_what_is_no_covariance_matrix_is_refused(matrix):
    with pytest.raises(cx.ModelError, match="this is no covariance matrix"):
        cx.lmg(matrix)


def test_touchpoints_on_different_scales_are_not_compared():
    shares = pd.DataFrame({"touchpoint": ["a", "b"], "share_relative": [0.8, 0.2]})
    scores = pd.DataFrame(
        {
            "touchpoint": ["a", "b"],
            "experience": [6.5, 7.0],
            "conf_low": [6.4, 6.9],
            "conf_high": [6.6, 7.1],
            "scale": ["1–7", "0–10"],
        }
    )
    with pytest.raises(cx.ModelError, match="rated on different scales \\(1–7, 0–10\\)"):
        cx.priorities(shares, scores)
