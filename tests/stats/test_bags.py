"""The bootstrap of bags of rows against that of rows (or whole clusters) themselves: the errors
that it gives, where it is used, and where it is said.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.stats.bags import BAGS, bagged
from cxlab.stats.decomposition import two_sums
from cxlab.stats.resampling import product_resamples, unit_products
from cxlab.stats.subsets import residual_correlation, shapley_shares
from cxlab.stats.tall import MANY_ROWS

N, DRIVERS, N_BOOT = 60_000, 6, 1_500
# Bags and both sets of resamples leave 1/√8,000 and twice 1/√3,000: 2.8 % of an error.
NOISE = np.sqrt(1 / (2 * BAGS) + 2 / (2 * N_BOOT))
SCALES = {"s": {"min": 1, "max": 7}, "wide": {"min": -1e6, "max": 1e6, "whole": False}}


def frame_of(n: int = N, drivers: int = DRIVERS, seed: int = 1) -> pd.DataFrame:
    """Whole ratings that share a halo, slopes from .6 down to .1, and uneven noise."""
    rng = np.random.default_rng(seed)
    latent = 4.5 + 0.9 * rng.normal(size=(n, 1)) + 1.1 * rng.normal(size=(n, drivers))
    x = np.clip(np.round(latent), 1, 7).astype(int)
    y = x @ np.linspace(0.6, 0.1, drivers) + (0.5 + 0.3 * x[:, 0]) * rng.normal(size=n)
    return pd.DataFrame(x, columns=[f"t{j}" for j in range(drivers)]).assign(y=y)


def study_of(frame: pd.DataFrame, **keys) -> cx.Study:
    points = {t: {"experience": t, "scale": "s"} for t in frame if t.startswith("t")}
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "wide"}}
    return cx.Study.from_frame(frame, points, outcomes, scales=SCALES, **keys)


def shares(blocks) -> np.ndarray:
    """LMG shares in resamples (replicates × drivers)."""
    players = [[j] for j in range(DRIVERS)]
    found = (residual_correlation(block, []) for block in blocks)
    return np.concatenate([(shapley_shares(one, players) * left).T for one, left in found])


@pytest.mark.parametrize("sample", ["rows", "weights", "pairs"])
def test_bags_give_the_errors_of_shares_that_rows_give(sample):
    """In accounts of two who answer alike the errors are √2 times those of as many rows."""
    frame, keys = frame_of(), {}
    if sample == "weights":
        frame["w"], keys = np.random.default_rng(2).lognormal(sigma=0.5, size=N), {"weight": "w"}
    if sample == "pairs":
        frame = pd.concat([frame, frame], ignore_index=True).assign(c=[*range(N), *range(N)])
        frame, keys = frame.sample(frac=1, random_state=3, ignore_index=True), {"account": "c"}
    fit = cx.fit_loyalty(study_of(frame, **keys))
    assert fit.units == N and fit.bags == BAGS >= 1_000
    by_bags = shares(fit.resamples(N_BOOT, 1))
    products = unit_products(fit.columns(), fit.design.weights, fit.design.clusters)
    by_rows = shares(product_resamples(products, DRIVERS + 1, N_BOOT, 2))
    assert len(products) == N and by_bags.shape == by_rows.shape == (N_BOOT, DRIVERS)

    errors = by_bags.std(axis=0) / by_rows.std(axis=0)
    assert errors == pytest.approx(np.ones(DRIVERS), abs=3.5 * NOISE)
    assert errors.mean() == pytest.approx(1, abs=2 * NOISE)
    # The means are those of the rows, to what the resamples leave open.
    apart = (by_bags.mean(axis=0) - by_rows.mean(axis=0)) / by_rows.std(axis=0)
    assert np.abs(apart).max() < 3.5 * np.sqrt(2 / N_BOOT)


def test_up_to_fifty_thousand_rows_are_drawn_one_by_one():
    few = study_of(frame_of(MANY_ROWS, drivers=2))
    fit = cx.fit_loyalty(few)
    products = unit_products(fit.columns(), None, None)
    for ours, rows in zip(fit.resamples(60, 4), product_resamples(products, 3, 60, 4), strict=True):
        assert (ours == rows).all()
    assert "bags" not in cx.importance(fit, n_boot=60).settings


def test_few_accounts_of_many_rows_are_drawn_whole():
    frame = frame_of(drivers=2).assign(c=lambda one: one.index % 400)
    fit = cx.fit_loyalty(study_of(frame, account="c"))
    assert fit.units == 400 and fit.bags == 0
    z = fit.columns().to_numpy()
    of_one = z[(frame["c"] == 7).to_numpy()] - z.mean(axis=0)
    products = unit_products(fit.columns(), None, fit.design.clusters)
    assert products[7][[0, -1]] == pytest.approx([len(of_one), of_one[:, -1] @ of_one[:, -1]])
    assert "bags" not in cx.importance(fit, n_boot=60).settings


def test_bags_are_as_large_as_each_other_random_and_hold_clusters_whole():
    rows = bagged(None, N, 1)
    assert set(np.bincount(rows)) == {N // BAGS} and len(set(rows[: N // BAGS])) > 10
    assert (bagged(None, N, 1) == rows).all() and (bagged(None, N, 2) != rows).any()
    clusters = np.random.default_rng(0).permutation(np.repeat(np.arange(N), 2))
    bags = pd.Series(bagged(clusters, 2 * N, 1))
    assert (bags.groupby(clusters).nunique() == 1).all()
    assert set(np.bincount(bags)) == {2 * N // BAGS}
    assert bagged(clusters[:100], 100, 1) is not None and bagged(None, 100, 1) is None


@pytest.mark.parametrize("both", [False, True])
def test_changes_of_many_have_the_error_that_theory_gives(both):
    """Of two waves of others, or of the same people, whose answers then are alike."""
    rng = np.random.default_rng(5)
    own = rng.normal(size=N)
    values = np.concatenate([own, 0.6 * own + 0.8 * rng.normal(size=N)])
    if not both:
        values = rng.normal(size=2 * N)
    last, ones = np.repeat([False, True], N), np.ones(2 * N)
    people = np.tile(np.arange(N), 2) if both else np.arange(2 * N)
    _, drawn = two_sums(np.column_stack([ones, values]), last, people, N_BOOT, 1)
    means = drawn[..., 1] / drawn[..., 0]
    error = np.sqrt((2 - 1.2 * both) / N)
    assert (means[:, 1] - means[:, 0]).std() == pytest.approx(error, rel=3.5 * NOISE)


def test_every_result_says_how_many_bags_were_drawn():
    frame = frame_of(drivers=2)
    frame["e"] = np.random.default_rng(6).integers(1, 8, N)
    keys = {"scales": SCALES, "wave": "wave", "segments": ["seg"]}
    frame = frame.assign(wave=frame.index % 2, seg=frame["e"] > 4)
    points = {t: {"experience": t, "scale": "s"} for t in ("t0", "t1")}
    points["t0"]["expectation"] = "e"
    outcomes = {"y": {"kind": "score", "column": "y", "scale": "wide"}}
    study = cx.Study.from_frame(frame, points, outcomes, **keys)
    fit, gap = cx.fit_loyalty(study), cx.fit_gap(study, "t0", outcome="y")
    made = [
        cx.importance(fit, n_boot=60),
        cx.drivers.compare_importance(fit, ["lmg", "beta"], n_boot=60),
        cx.drivers.rank_distribution(fit, n_boot=60),
        cx.drivers.dominance(fit, n_boot=60),
        cx.surface(gap, n_boot=60),
        cx.gap.disconfirmation(study, "t0", outcome="y", n_boot=60),
        cx.gap.penalty_reward(study, n_boot=60),
    ]
    assert [one.settings["bags"] for one in made] == [BAGS] * len(made)
    # Of each wave there are 30,000, who are drawn one by one.
    assert "bags" not in cx.waves.decompose_mix(study, "y", by="seg", n_boot=60).settings
    assert "bags" not in cx.importance(fit, n_boot=0).settings
    moments = cx.fit_moments(fit.moments, "y")
    assert cx.importance(moments, n_boot=60).settings["bags"] == 1_000


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Random groups of respondents in each bootstrap sample"),
        ("pt-BR", "Grupos aleatórios de respondentes em cada amostra bootstrap"),
    ],
)
def test_a_report_says_how_many_bags_its_samples_drew(language, said):
    page = cx.Page(study_of(frame_of(drivers=2)), [language], n_boot=60)

    def told():
        (held,) = (one for one in page.provenance().worded(page.words()).parts if "behind" in one)
        return held["rows"]

    before = told()
    page(cx.importance, page(cx.fit_loyalty, "y"))
    assert said not in dict(before) and [said, BAGS] in told()


def test_two_waves_of_many_are_drawn_by_bags():
    frame = frame_of(2 * N, drivers=2).assign(wave=np.tile([1, 2], N))
    frame["seg"] = np.where(frame["t0"] > 4, "a", "b")
    study = study_of(frame, wave="wave", segments=["seg"])
    change = cx.waves.decompose_change(study, "y", n_boot=200)
    mix = cx.waves.decompose_mix(study, "y", by="seg", n_boot=200)
    assert change.settings["bags"] == mix.settings["bags"] == BAGS
