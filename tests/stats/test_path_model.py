"""Path models equal four programs, weigh a row of weight 2 as two, and solve resamples together as
they would one by one.
"""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.stats.path_model import Blocks, htmt, indices, reliabilities, resampled, solve
from cxlab.stats.resampling import resample_counts, unit_products

RELIABILITY = {"alpha": "alpha", "rhoC": "rho_c", "AVE": "ave", "rhoA": "rho_a"}


@pytest.fixture(scope="module")
def peer(reference):
    return reference.results("h_pls_mobi")


@pytest.fixture(scope="module")
def names(peer):
    return peer["seminr_path"]["loadings"]["colnames"]


@pytest.fixture(scope="module")
def mobi(reference, peer):
    return reference.frame("mobi")[peer["seminr_path"]["loadings"]["rownames"]]


@pytest.fixture(scope="module")
def blocks(peer, names):
    leads = np.zeros((len(names), len(names)), dtype=bool)
    for path in peer["seminr_path"]["paths"]:
        leads[names.index(path["from"]), names.index(path["to"])] = True
    return Blocks((square(peer["seminr_path"]["loadings"]) != 0).argmax(axis=1), leads)


def square(table: dict) -> np.ndarray:
    return np.array(table["values"], dtype=float)


def solved(frame, blocks, scheme="path", weights=None):
    mean = np.average(frame, axis=0, weights=weights)
    cov = np.cov(frame.to_numpy(float).T, aweights=weights, ddof=0)
    return solve(mean[None], cov[None], blocks, scheme)


@pytest.mark.parametrize(
    ("scheme", "program", "within"),
    [
        ("path", "seminr_path", 1e-10),
        ("factorial", "seminr_factorial", 1e-10),
        # plspm stops at a change of 1e-6 of the weights.
        ("centroid", "plspm_centroid", 1e-8),
    ],
)
def test_paths_equal_those_of_other_programs(peer, names, mobi, blocks, scheme, program, within):
    found = solved(mobi, blocks, scheme)
    assert found.converged.all()
    theirs = peer[program]["paths"]
    assert len(theirs) == 12
    for path in theirs:
        ours = found.paths[0, names.index(path["from"]), names.index(path["to"])]
        assert ours == pytest.approx(path["est"], abs=within)
    for name, value in peer[program]["R2"].items():
        if value:
            ours = found.r_squared[0, names.index(name)]
            assert ours == pytest.approx(value, abs=within)


def test_weights_loadings_and_total_effects_equal_seminrs(peer, mobi, blocks):
    found = solved(mobi, blocks)
    path = peer["seminr_path"]
    np.testing.assert_allclose(found.weights[0], square(path["weights"]).sum(axis=1), atol=1e-10)
    np.testing.assert_allclose(found.loadings[0], square(path["loadings"]).sum(axis=1), atol=1e-10)
    np.testing.assert_allclose(found.total[0], square(peer["seminr_total_effects"]), atol=1e-10)
    np.testing.assert_allclose(
        found.paths[0], square(peer["semPLS_path"]["paths_matrix"]), atol=1e-10
    )
    np.testing.assert_allclose(
        found.paths[0], square(peer["cSEM_path"]["paths_matrix"]).T, atol=1e-10
    )


def test_reliabilities_and_htmt_equal_seminrs(peer, mobi, blocks):
    found = solved(mobi, blocks)
    theirs = peer["seminr_reliability"]
    for column, name in zip(square(theirs).T, theirs["colnames"], strict=True):
        ours = reliabilities(found)[RELIABILITY[name]][0]
        np.testing.assert_allclose(ours, column, atol=1e-10)
    ratios = square(peer["seminr_htmt"])
    known = ~np.isnan(ratios)
    np.testing.assert_allclose(htmt(found)[0][known], ratios[known], atol=1e-10)
    np.testing.assert_allclose(htmt(found)[0], htmt(found)[0].T)


def test_the_index_has_two_definitions(peer, names, mobi, blocks):
    """plspm weighs answers by the weights of standardised ones as they are; ACSI and SmartPLS
    divide these by the standard deviations, and their index is the score itself.
    """
    found, ends = solved(mobi, blocks), (np.ones(24), np.full(24, 10.0))
    theirs = peer["index_0_100"]
    plain, spread = indices(found, *ends, divided=False)
    np.testing.assert_allclose(plain[0], [theirs["index"][name] for name in names], atol=1e-8)
    # Of a sample of 250 theirs divides by 249.
    sd = np.array([theirs["sd_1_10"][name] for name in names]) * 100 / 9 * np.sqrt(249 / 250)
    np.testing.assert_allclose(spread[0], sd, rtol=1e-8)
    divided = dict(zip(names, indices(found, *ends)[0][0], strict=True))
    assert divided["Satisfaction"] == pytest.approx(72.4541, abs=5e-5)
    assert divided["Loyalty"] == pytest.approx(70.9139, abs=5e-5)
    # The standardised mean so weighed is the score.
    share = found.weights[0] / found.spread[0] * blocks.member[:, 4]
    score = mobi.to_numpy(float) @ share / share.sum()
    assert (score.mean() - 1) / 9 * 100 == pytest.approx(divided["Satisfaction"], abs=1e-8)
    assert score.std() * 100 / 9 == pytest.approx(indices(found, *ends)[1][0, 4], abs=1e-8)


def test_a_bootstrap_has_the_errors_of_seminrs(peer, names, mobi, blocks):
    """Within the noise of 500 resamples each: an error is known to a tenth of itself."""
    found, centre = solved(mobi, blocks), mobi.mean().to_numpy()
    products = unit_products(mobi, None, None)
    sums = (counts @ products for counts in resample_counts(len(products), 500, 1))
    (draws,) = resampled(sums, centre, blocks, "path", found.loadings[0])
    assert draws.converged.all() and len(draws.paths) == 500
    theirs = peer["seminr_boot500_seed123"]
    for way, row in zip(theirs["rownames"], square(theirs), strict=True):
        source, target = (names.index(one.strip()) for one in way.split("->"))
        drawn = draws.paths[:, source, target]
        assert drawn.std(ddof=1) == pytest.approx(row[2], rel=0.2)
        assert drawn.mean() == pytest.approx(row[1], abs=5 * row[2] / np.sqrt(250))


# ---- without peers


@pytest.fixture(scope="module")
def small():
    rng = np.random.default_rng(4)
    cause = rng.normal(size=(120, 3))
    cause[:, 1] += 0.6 * cause[:, 0]
    cause[:, 2] += 0.5 * cause[:, 1]
    items = np.repeat(cause, [3, 2, 3], axis=1) + 0.8 * rng.normal(size=(120, 8))
    leads = np.zeros((3, 3), dtype=bool)
    leads[0, 1] = leads[0, 2] = leads[1, 2] = True
    return items, Blocks(np.repeat([0, 1, 2], [3, 2, 3]), leads)


def of(items, blocks, scheme="path", weights=None, like=None):
    mean = np.average(items, axis=0, weights=weights)
    cov = np.cov(items.T, aweights=weights, ddof=0)
    return solve(mean[None], cov[None], blocks, scheme, like)


@pytest.mark.parametrize("scheme", ["path", "factorial", "centroid"])
def test_a_weight_of_2_is_a_row_that_stands_twice(small, scheme):
    items, blocks = small
    weights = np.where(np.arange(len(items)) % 3, 1.0, 2.0)
    twice = np.repeat(items, weights.astype(int), axis=0)
    for ours, theirs in zip(
        of(items, blocks, scheme, weights)[1:], of(twice, blocks, scheme)[1:], strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_scores_have_the_paths_that_regressions_of_them_have(small):
    items, blocks = small
    found = of(items, blocks)
    z = (items - items.mean(axis=0)) / items.std(axis=0)
    scores = z @ (found.weights[0][:, None] * blocks.member)
    np.testing.assert_allclose(scores.std(axis=0), 1)
    slopes, *_ = np.linalg.lstsq(scores[:, :2], scores[:, 2], rcond=None)
    np.testing.assert_allclose(found.paths[0, :2, 2], slopes, atol=1e-12)
    indirect = found.paths[0, 0, 1] * found.paths[0, 1, 2]
    assert found.total[0, 0, 2] == pytest.approx(found.paths[0, 0, 2] + indirect)
    assert np.isnan(found.r_squared[0, 0])
    residual = scores[:, 2] - scores[:, :2] @ slopes
    assert found.r_squared[0, 2] == pytest.approx(1 - residual.var())


def test_units_and_turned_scales_change_nothing_but_signs(small):
    items, blocks = small
    plain, moved = of(items, blocks), of(7 * items + 3, blocks)
    np.testing.assert_allclose(moved.paths, plain.paths, atol=1e-12)
    # All questions of the first construct the other way round: it still points as most of them do.
    turned = of(items * np.where(blocks.of_item == 0, -1, 1), blocks)
    np.testing.assert_allclose(turned.paths[0, 0], -plain.paths[0, 0], atol=1e-10)
    np.testing.assert_allclose(turned.loadings[0], plain.loadings[0], atol=1e-10)
    like = np.where(blocks.of_item == 0, -1.0, 1.0)
    back = of(items * like, blocks, like=like)
    np.testing.assert_allclose(back.paths, plain.paths, atol=1e-10)


def test_a_sample_whose_question_never_varies_is_not_converged(small):
    items, blocks = small
    flat = items.copy()
    flat[:, 0] = 2.0
    samples = [items, flat, items[:60]]
    mean = np.array([one.mean(axis=0) for one in samples])
    cov = np.array([np.cov(one.T, ddof=0) for one in samples])
    found = solve(mean, cov, blocks)
    assert found.converged.tolist() == [True, False, True]
    # The others are what they are alone.
    np.testing.assert_allclose(found.paths[[0]], of(items, blocks).paths, atol=1e-12)
    np.testing.assert_allclose(found.paths[[2]], of(items[:60], blocks).paths, atol=1e-12)
    assert found.at(found.converged).paths.shape == (2, 3, 3)


def test_one_question_is_its_own_score(small):
    items, _ = small
    leads = np.array([[False, True], [False, False]])
    found = of(items[:, [0, 3]], Blocks(np.array([0, 1]), leads))
    correlation = np.corrcoef(items[:, 0], items[:, 3])[0, 1]
    assert found.paths[0, 0, 1] == pytest.approx(correlation)
    assert all((one == 1).all() for one in reliabilities(found).values())
    assert htmt(found)[0, 0, 1] == pytest.approx(abs(correlation))
