"""Absorbing chains: published examples, deleting touchpoints one by one, and what changes
nothing.
"""

import json

import numpy as np
import pytest

from cxlab.stats.absorbing_chain import solved


def counted(paths, names):
    """Moves of paths ("A>B", so many with a success, so many without)."""
    k, counts = len(names), np.zeros((1, 1 + len(names), 2 + len(names)))
    for path, won, lost in paths:
        at = 0
        for one in path.split(">"):
            counts[0, at, names.index(one)] += won + lost
            at = 1 + names.index(one)
        counts[0, at, [k, k + 1]] += won, lost
    return counts


def deleted(counts, k):
    """The probability of success where whoever comes to a touchpoint is lost."""
    moved = counts.copy()
    moved[:, :, -1] += moved[:, :, k]
    moved[:, :, k] = 0
    return solved(moved).success


@pytest.mark.parametrize("second", [False, True])
def test_the_published_examples(reference, second):
    text = (reference.folder / "worked_examples.json").read_text(encoding="utf-8")
    example = json.loads(text)["removal_effect"]
    example = example["second"] if second else example
    names = [*example["removal_effect"]]
    chain = solved(counted(example["paths"], names))
    assert chain.success[0] == pytest.approx(example["p_convert"], abs=1e-12)
    wanted = [example["removal_effect"][name] for name in names]
    np.testing.assert_allclose(chain.removal[0], wanted, atol=1e-12)
    shares = chain.removal[0] / chain.removal[0].sum()
    np.testing.assert_allclose(shares, [example["share"][name] for name in names], atol=1e-12)


def test_removal_is_what_deleting_a_touchpoint_and_solving_again_gives():
    counts = np.random.default_rng(0).integers(0, 20, (5, 9, 10)).astype(float)
    counts[:, 4] *= np.arange(10) >= 8  # leads to no other touchpoint
    chain = solved(counts)
    for k in range(8):
        np.testing.assert_allclose(
            chain.removal[:, k], 1 - deleted(counts, k) / chain.success, atol=1e-12
        )


def test_repeats_and_the_order_of_touchpoints_change_nothing():
    counts = np.random.default_rng(1).integers(0, 9, (2, 5, 6)).astype(float)
    before, again = solved(counts), counts.copy()
    again[:, [1, 3], [0, 2]] += 40
    for one, other in zip(before, solved(again), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)
    order = [2, 0, 3, 1]
    turned = counts[:, [0, *[1 + i for i in order]]][:, :, [*order, 4, 5]]
    np.testing.assert_allclose(solved(turned).removal, before.removal[:, order], atol=1e-12)


def test_a_touchpoint_that_nobody_met_has_no_value():
    chain = solved(counted([("A", 3, 1)], ["A", "B"]))
    assert chain.removal.tolist() == [[1.0, 0.0]] and chain.onward.tolist() == [[0.75, 0.0]]
