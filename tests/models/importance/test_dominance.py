"""Dominance of pairs, of R² and of McFadden's R²: R domir's numbers, the definitions by brute
force, and what must follow from what.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.importance import mcfadden
from cxlab.models.importance.drivers import drivers_of
from cxlab.stats.subsets import by_size, pair_wins, shapley
from tests.stats.test_ordered import subset_log_likelihoods

SIX = ["web", "store", "call", "product", "billing", "delivery"]
LINEAR = {
    "attitude_domir": ("attitude", "rating"),
    "swiss_domir": ("swiss", "Fertility"),
    "gen_drv12_nps6_domir": ("gen_drv12", "nps"),
    "gen_drv12_nps12_domir": ("gen_drv12", "nps"),
}
LIKELIHOOD = {
    "gen_drv12_repurchase6_logit_mcfadden_domir": ("repurchase", {"family": "binary"}),
    "gen_drv12_npscat6_polr_mcfadden_domir": ("nps", {"family": "ordinal", "categories": "nps"}),
    "gen_drv12_nps11_6_polr_mcfadden_domir": ("nps", {"family": "ordinal"}),
}


def telco(frame: pd.DataFrame, columns: list[str], **keys) -> cx.Study:
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "repurchase": {"kind": "binary", "column": "repurchase"},
    }
    points = {c: {"experience": c, "scale": "s"} for c in columns}
    return cx.Study.from_frame(frame, points, outcomes, scales={"s": {"min": 1, "max": 7}}, **keys)


def agrees(fit: cx.Fit, ref: dict, tolerance: float) -> None:
    """General, conditional and complete dominance of a fit against domir's."""
    names = [name.replace(".", "_") for name in ref["general"]]
    shares = cx.importance(fit, "dominance", n_boot=0).set_index("touchpoint")["share"]
    assert shares[names].to_numpy() == pytest.approx(list(ref["general"].values()), abs=tolerance)
    assert fit.r_squared == pytest.approx(ref["value"], abs=tolerance)
    conditional = cx.conditional_dominance(fit)
    assert conditional.pivot(index="touchpoint", columns="size", values="share").loc[
        names
    ].to_numpy() == pytest.approx(np.array(ref["conditional"]["values"]), abs=tolerance)
    part = np.array(ref["complete"]["values"], dtype=float)
    pairs = cx.dominance(fit, n_boot=0)
    for row in pairs.itertuples():
        wanted = part[names.index(row.touchpoint), names.index(row.other)]
        assert row.share_of_subsets == pytest.approx(wanted, abs=1e-12) and row.complete == (
            wanted == 1
        )
    assert len(pairs) == len(names) * (len(names) - 1) / 2 and set(pairs) | set(conditional) <= set(
        cx.GLOSSARY
    )


@pytest.mark.parametrize("case", LINEAR)
def test_dominance_equals_domir(reference, case):
    ref = reference.results("b_dominance")[case]
    name, outcome = LINEAR[case]
    agrees(cx.fit_loyalty(reference.regression(name, outcome, list(ref["general"]))), ref, 1e-8)


@pytest.mark.parametrize("case", LIKELIHOOD)
def test_dominance_of_likelihoods_equals_domir(reference, case):
    """McFadden's R² of logit and ordinal models (glm, MASS::polr)."""
    outcome, options = LIKELIHOOD[case]
    agrees(
        cx.fit_loyalty(telco(reference.frame("gen_drv12"), SIX), outcome=outcome, **options),
        reference.results("b_dominance")[case],
        1e-6,
    )


def test_verdicts_equal_dominanceanalysis(reference):
    """R's dominanceanalysis gives 1 where the row dominates the column, 0 where it is dominated, ½
    where neither is so.
    """
    ref = reference.results("b_dominance")["attitude_dominanceanalysis"]
    names = list(ref["average"])
    for row in cx.dominance(
        cx.fit_loyalty(reference.regression("attitude", "rating", names)), n_boot=0
    ).itertuples():
        i, j = names.index(row.touchpoint), names.index(row.other)
        complete = np.array(
            ref["briefing"]["values"] if isinstance(ref["briefing"], dict) else ref["briefing"]
        )
        for kind, table in (
            ("complete", complete),
            ("conditional", np.array(ref["conditional"])),
            ("general", np.array(ref["general"])),
        ):
            assert getattr(row, kind) == (table[i, j] == 1), (kind, row)


# ---- the definitions themselves


def game(p: int, replicates: int = 3, seed: int = 0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(1 << p, replicates))
    return values - values[:1]


@pytest.mark.parametrize("p", [1, 2, 4, 5])
def test_increments_by_size_and_wins_are_the_definitions(p):
    values = game(p)
    sizes = by_size(values)
    for j in range(p):
        others = [k for k in range(p) if k != j]
        for size in range(p):
            sets = [sum(1 << k for k in chosen) for chosen in combinations(others, size)]
            mean = np.mean([values[s | 1 << j] - values[s] for s in sets], axis=0)
            assert sizes[j, size] == pytest.approx(mean, abs=1e-12)
    assert sizes.mean(axis=1) == pytest.approx(shapley(values), abs=1e-12)
    for one, other in combinations(range(p), 2):
        rest = [k for k in range(p) if k not in (one, other)]
        sets = [
            sum(1 << k for k in chosen)
            for size in range(len(rest) + 1)
            for chosen in combinations(rest, size)
        ]
        wins = np.mean([values[s | 1 << one] > values[s | 1 << other] for s in sets], axis=0)
        assert pair_wins(values, one, other) == pytest.approx(wins) and pair_wins(
            values, other, one
        ) == pytest.approx(1 - wins)


def ratings(n=400, seed=0, p=4, **keys) -> tuple[pd.DataFrame, dict]:
    rng = np.random.default_rng(seed)
    x = np.clip(
        np.round(4.5 + 1.2 * (rng.normal(size=(n, p)) + 0.7 * rng.normal(size=(n, 1)))), 1, 7
    )
    latent = (x - 4.5) @ np.linspace(0.7, -0.1, p) + rng.logistic(size=n)
    frame = pd.DataFrame(x, columns=[f"t{i}" for i in range(p)]).assign(
        y=np.clip(np.round(6 + latent), 0, 10),
        bought=(latent > 0).astype(int),
        w=rng.uniform(0.5, 2, n),
        account=np.arange(n) // 8,
    )
    return frame, keys


def study(frame: pd.DataFrame, names: list[str] | None = None, **keys) -> cx.Study:
    names = names or [c for c in frame if c.startswith("t")]
    outcomes = {
        "y": {"kind": "nps", "column": "y"},
        "bought": {"kind": "binary", "column": "bought"},
    }
    scales = {
        "s": {"min": 1, "max": 7, "not_used": [8]},
        "far": {"min": -1e4, "max": 1e4, "whole": False},
    }
    points = {t: {"experience": t, "scale": "far" if frame[t].max() > 8 else "s"} for t in names}
    return cx.Study.from_frame(frame, points, outcomes, scales=scales, **keys)


@pytest.mark.parametrize("family", ["ols", "ordinal"])
def test_complete_implies_conditional_implies_general(family):
    fit = cx.fit_loyalty(study(ratings(n=100, seed=3, p=6)[0]), outcome="y", family=family)
    pairs = cx.dominance(fit, n_boot=60, seed=1)
    assert (
        not (pairs["complete"] & ~pairs["conditional"]).any()
        and not (pairs["conditional"] & ~pairs["general"]).any()
    )
    assert (pairs["p_complete"] <= pairs["p_conditional"]).all() and (
        pairs["p_conditional"] <= pairs["p_general"]
    ).all()
    assert pairs["complete"].any() and not pairs["complete"].all()
    assert pairs["general"].all(), "the first of a pair is the one with the larger share"
    table = cx.conditional_dominance(fit)
    shares = cx.importance(fit, n_boot=0).set_index("touchpoint")["share"].to_dict()
    assert table.groupby("touchpoint")["share"].mean().to_dict() == pytest.approx(shares, abs=1e-12)


def test_reproducibility_is_that_of_the_resampled_rows():
    """The same resamples drawn by hand: each a study of its own."""
    frame, _ = ratings(n=150)
    pairs = cx.dominance(cx.fit_loyalty(study(frame), outcome="y"), n_boot=50, seed=3).set_index(
        ["touchpoint", "other"]
    )
    held = {pair: np.zeros(3) for pair in pairs.index}
    names = ["t0", "t1", "t2", "t3"]
    for rows in np.random.default_rng(3).integers(0, 150, (50, 150)):
        covariance = np.cov(frame.iloc[rows][[*names, "y"]].to_numpy().T)
        values = np.array(
            [_r_squared(covariance, [j for j in range(4) if mask >> j & 1]) for mask in range(16)]
        )[:, None]
        sizes, shares = by_size(values), shapley(values)
        for one, other in held:
            i, j = names.index(one), names.index(other)
            held[one, other] += [
                pair_wins(values, i, j)[0] == 1,
                (sizes[i] > sizes[j]).all(),
                shares[i, 0] > shares[j, 0],
            ]
    for pair, counts in held.items():
        assert pairs.loc[
            pair, ["p_complete", "p_conditional", "p_general"]
        ].to_list() == pytest.approx(list(counts / 50))


def _r_squared(covariance: np.ndarray, s: list[int]) -> float:
    return (
        float(
            covariance[s, -1]
            @ np.linalg.solve(covariance[np.ix_(s, s)], covariance[s, -1])
            / covariance[-1, -1]
        )
        if s
        else 0.0
    )


# ---- McFadden's R²


@pytest.mark.parametrize(("outcome", "family"), [("y", "ordinal"), ("bought", "binary")])
def test_what_changes_no_share_of_mcfadden(outcome, family):
    """Rescaling a rating, another order of the columns, weights of 1, and every row twice at weight
    ½.
    """
    frame, _ = ratings()

    def shares(made: cx.Study) -> dict:
        fit = cx.fit_loyalty(made, outcome=outcome, family=family)
        table = cx.importance(fit, n_boot=0)
        assert table["share"].sum() == pytest.approx(fit.r_squared, abs=1e-9)
        return table.set_index("touchpoint")["share"].to_dict()

    usual = shares(study(frame))
    same = {
        "scale": study(frame.assign(t1=frame["t1"] * 1000)),
        "order": study(frame, ["t2", "t0", "t3", "t1"]),
        "weights": study(frame.assign(w=1.0), weight="w"),
        "twice": study(pd.concat([frame, frame], ignore_index=True).assign(w=0.5), weight="w"),
    }
    for what, made in same.items():
        assert shares(made) == pytest.approx(usual, abs=1e-9), what


def test_shares_of_mcfadden_by_refitting_every_set():
    """Each set fitted by the front door; groups and always-in touchpoints too."""
    frame, _ = ratings()

    def value(names: list[str]) -> float:
        return (
            cx.fit_loyalty(study(frame, names), outcome="y", family="ordinal").r_squared
            if names
            else 0.0
        )

    def expected(players: dict[str, list[str]], always: list[str]) -> dict[str, float]:
        names = list(players)
        values = [
            value(
                [
                    *always,
                    *(t for k, name in enumerate(names) if mask >> k & 1 for t in players[name]),
                ]
            )
            for mask in range(1 << len(names))
        ]
        return dict(zip(names, shapley(np.array(values)[:, None])[:, 0], strict=True))

    fit = cx.fit_loyalty(study(frame), outcome="y", family="ordinal")
    single = {t: [t] for t in ("t0", "t1", "t2", "t3")}
    cases = [
        ({}, [], single),
        ({"stage": ["t1", "t3"]}, [], {"t0": ["t0"], "stage": ["t1", "t3"], "t2": ["t2"]}),
        ({}, ["t1"], {t: [t] for t in ("t0", "t2", "t3")}),
    ]
    for groups, always, players in cases:
        found = (
            cx.importance(fit, n_boot=0, groups=groups, always=always)
            .set_index("touchpoint")["share"]
            .to_dict()
        )
        assert found == pytest.approx(expected(players, always), abs=1e-9)
    alone = cx.importance(fit, "zero_order", n_boot=0).set_index("touchpoint")["share"].to_dict()
    assert alone == pytest.approx({t: value([t]) for t in single}, abs=1e-9)
    beside = (
        cx.importance(fit, "zero_order", n_boot=0, always=["t1"])
        .set_index("touchpoint")["share"]
        .to_dict()
    )
    assert beside == pytest.approx(
        {t: value(["t1", t]) - value(["t1"]) for t in ("t0", "t2", "t3")}, abs=1e-9
    )


@pytest.mark.parametrize(
    ("keys", "outcome", "family"),
    [
        ({}, "y", "ordinal"),
        ({"weight": "w"}, "y", "ordinal"),
        ({"account": "account"}, "bought", "binary"),
    ],
)
def test_the_quadratic_bootstrap_is_near_the_refits(keys, outcome, family):
    """Sixty resamples, each set of each refitted: draws correlate above .99, limits differ by less
    than a tenth of their spread.
    """
    frame, _ = ratings(n=400, p=3)
    fit = cx.fit_loyalty(study(frame, **keys), outcome=outcome, family=family)
    drivers = drivers_of(fit)
    draws = mcfadden.McFaddenRSquared(drivers).draws(["lmg"], 60, 5)["lmg"]
    x, units = (
        fit.design.x.drop(columns="intercept").to_numpy(),
        np.arange(400).reshape(-1, 8 if "account" in keys else 1),
    )
    weights = np.ones(400) if fit.design.weights is None else fit.design.weights
    exact = []
    for drawn in np.random.default_rng(5).integers(0, len(units), (60, len(units))):
        counts = np.bincount(units[drawn].ravel(), minlength=400)
        values = subset_log_likelihoods(x, fit.codes, fit.k, [[0], [1], [2]], [], weights * counts)
        exact.append(shapley(1 - values[:, None] / values[0])[:, 0])
    exact = np.array(exact).T
    for one, other in zip(draws, exact, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.99
        assert np.quantile(one, [0.1, 0.9]) == pytest.approx(
            np.quantile(other, [0.1, 0.9]), abs=0.1 * other.std()
        )
    assert draws.mean(axis=1) == pytest.approx(
        exact.mean(axis=1), abs=0.02 * exact.std(axis=1).max()
    )


def test_sampled_orders_agree_with_all_sets(monkeypatch):
    """Eleven drivers: the sampled shares lie within their stated error of the exact ones, sum to
    R², and the error is small.
    """
    frame, keys = ratings(n=500, p=11, seed=2)
    fit = cx.fit_loyalty(study(frame), outcome="bought", family="binary")
    sampled = cx.importance(fit, n_boot=0).set_index("touchpoint").sort_index()
    assert sampled["share"].sum() == pytest.approx(fit.r_squared, abs=1e-9) and set(sampled) <= set(
        cx.GLOSSARY
    )
    assert (sampled["mc_error"] < 0.02 * sampled["share"].mean()).all() and (
        sampled["mc_error"] > 0
    ).all()
    drawn = cx.importance(fit, n_boot=100, seed=1).set_index("touchpoint").sort_index()
    monkeypatch.setattr(mcfadden, "EXACT", 11)
    exact = cx.importance(fit, n_boot=100, seed=1).set_index("touchpoint").sort_index()
    assert "mc_error" not in exact
    assert (np.abs(sampled["share"] - exact["share"]) / sampled["mc_error"]).max() < 4
    for end in ("conf_low", "conf_high"):
        assert drawn[end].to_numpy() == pytest.approx(
            exact[end].to_numpy(), abs=6 * sampled["mc_error"].max()
        )


def test_pooled_fits_share_the_mean_of_their_data_sets():
    frame, _ = ratings()
    refused = frame.assign(
        t1=frame["t1"].where(np.random.default_rng(1).random(len(frame)) > 0.1, 9)
    )
    scales = {"s": {"min": 1, "max": 7, "no_answer": [9]}}
    made = cx.Study.from_frame(
        refused,
        {f"t{i}": {"experience": f"t{i}", "scale": "s"} for i in range(4)},
        {"y": {"kind": "nps", "column": "y"}},
        scales=scales,
    )
    fit = cx.fit_loyalty(made, family="ordinal", missing="mice", n_imputed=5, seed=1)
    table = cx.importance(fit, n_boot=100, seed=1)
    drivers = drivers_of(fit)
    assert mcfadden.McFaddenRSquared(drivers).draws(["lmg"], 103, 1)["lmg"].shape == (
        4,
        103,
    ), "the resamples are dealt out over the data sets"
    each = [cx.importance(one, n_boot=0).set_index("touchpoint")["share"] for one in fit.completed]
    assert table.set_index("touchpoint")["share"].to_dict() == pytest.approx(
        (sum(each) / 5).to_dict(), abs=1e-12
    )
    assert (
        table["share"].sum() == pytest.approx(fit.r_squared)
        and (table["conf_low"] < table["share"]).all()
        and (table["share"] < table["conf_high"]).all()
    )


def test_used_indicators_and_controls_of_likelihoods():
    """The indicator counts to its touchpoint; a control is in every model and has no share."""
    frame, _ = ratings(n=600)
    rng = np.random.default_rng(2)
    frame["t0"] = frame["t0"].where(rng.random(600) < 0.7, 8)
    frame["segment"] = rng.choice(["a", "b"], 600)
    fit = cx.fit_loyalty(
        study(frame, segments=["segment"]), outcome="y", family="ordinal", controls=["segment"]
    )
    assert "t0:used" in fit.params.index and len(fit.design.controls) == 1
    table = cx.importance(fit, n_boot=0)
    control_only = 1 - mcfadden.McFaddenRSquared(drivers_of(fit)).subsets()[0, 0]
    assert sorted(table["touchpoint"]) == ["t0", "t1", "t2", "t3"]
    assert table["share"].sum() == pytest.approx(fit.r_squared - (1 - control_only), abs=1e-9)


def test_many_rows_are_resampled_in_blocks(monkeypatch):
    """Above a number of rows the units are random blocks of them: the intervals keep their
    width.
    """
    fit = cx.fit_loyalty(study(ratings(n=1500, p=3)[0]), outcome="bought", family="binary")
    rows = cx.importance(fit, n_boot=600, seed=1).set_index("touchpoint")
    monkeypatch.setattr(mcfadden, "MOST_UNITS", 1000)
    monkeypatch.setattr(mcfadden, "BLOCKS", 300)
    blocks = cx.importance(fit, n_boot=600, seed=1).set_index("touchpoint")
    width = [(table["conf_high"] - table["conf_low"]) for table in (rows, blocks)]
    assert (width[1] / width[0]).to_numpy() == pytest.approx(1, abs=0.2)


# ---- refusals


def test_what_a_family_has_no_definition_for_is_refused():
    frame, _ = ratings()
    fit = cx.fit_loyalty(study(frame), outcome="y", family="ordinal")
    with pytest.raises(cx.ModelError) as caught:
        cx.importance(fit, "johnson")
    assert (
        str(caught.value)
        == "method='johnson' shares out the R² of a linear model; for family ordinal use one of"
        " lmg, zero_order (of McFadden's R²), or fit family='ols'"
    )
    assert list(cx.compare_importance(fit)["method"].unique()) == ["lmg", "zero_order"]
    mixed = cx.fit_loyalty(study(frame, account="account"), outcome="y", family="mixed")
    with pytest.raises(
        cx.ModelError,
        match="family='mixed' has no one R² whose parts could be ranked; fit family='ols'",
    ):
        cx.importance(mixed)
    firth = cx.fit_loyalty(study(frame), outcome="bought", family="binary", penalty="firth")
    with pytest.raises(
        cx.ModelError,
        match="penalty='firth': McFadden's R² compares likelihoods that are not penalised",
    ):
        cx.dominance(firth)


def test_dominance_of_more_than_twelve_likelihood_drivers_is_refused():
    frame, _ = ratings(n=400, p=13)
    fit = cx.fit_loyalty(study(frame), outcome="bought", family="binary")
    with pytest.raises(
        cx.ModelError,
        match=(
            "13 drivers: dominance of pairs needs all subsets, which a likelihood allows up to 12"
        ),
    ):
        cx.dominance(fit)


def test_an_unsafe_ranking_is_refused_with_the_reason_of_diagnose():
    """A twin of a touchpoint: `diagnose` calls it unsafe, and no table ranks it."""
    frame, _ = ratings(n=400)
    frame["t3"] = frame["t0"]
    frame.loc[:5, "t3"] = np.where(frame["t0"][:6] > 4, frame["t0"][:6] - 1, frame["t0"][:6] + 1)
    fit = cx.fit_loyalty(study(frame), outcome="y")
    with pytest.raises(
        cx.ModelError, match="touchpoint t0: its weight cannot be told from that of the others; 9"
    ):
        cx.importance(fit, n_boot=0)
    assert len(cx.importance(fit, n_boot=0, groups={"twins": ["t0", "t3"]})) == 3


def test_noise_is_refused_before_pairs_are_compared():
    frame, _ = ratings(n=200)
    frame["y"] = np.random.default_rng(5).integers(0, 11, 200)
    for family in ("ols", "ordinal"):
        with pytest.raises(cx.ModelError, match="not significant; there is nothing to rank"):
            cx.dominance(cx.fit_loyalty(study(frame), outcome="y", family=family))


# ---- a real survey


def test_airport_with_weights_and_never_used_codes(shared, root):
    """SFO: usage coding and sampling weights; two families put the same touchpoints first, and
    shares sum to R².
    """
    survey = cx.read_study(root / "tests" / "studies" / "sfo", allow_outside=shared)
    all_of_it = cx.fit_loyalty(survey, outcome="recommend")
    assert all_of_it.design.missing == "usage" and all_of_it.design.weights is not None
    whole = cx.importance(all_of_it, n_boot=50, seed=1)
    assert whole["share"].sum() == pytest.approx(all_of_it.r_squared, abs=1e-9) and sorted(
        whole["touchpoint"]
    ) == sorted(survey.touchpoints["touchpoint"])
    assert set(whole.head(5)["sign"]) == {"+"}
    tables = []
    for family in ("ols", "ordinal"):
        fit = cx.fit_loyalty(
            survey,
            outcome="recommend",
            touchpoints=list(whole.iloc[::3]["touchpoint"]),
            family=family,
        )
        tables.append(cx.importance(fit, n_boot=50, seed=1).set_index("touchpoint").sort_index())
        assert tables[-1]["share"].sum() == pytest.approx(fit.r_squared, abs=1e-9)
    assert np.corrcoef(tables[0]["rank"], tables[1]["rank"])[0, 1] > 0.8
