"""Latent classes are those of other programs, whatever the starts, and count weights as rows."""

import json
from pathlib import Path

import numpy as np
import pytest

from cxlab.stats.latent_class import Patterns, entropy, find_classes, resampled, stability

WITNESS = json.loads(Path(__file__).with_name("latent_class.json").read_text(encoding="utf-8"))
# Stouffer & Toby (1951), role conflict: four items (1: universalistic), from 1111 to 0000.
TOBY = [42, 23, 6, 25, 6, 24, 7, 38, 1, 4, 1, 6, 2, 9, 2, 20]


@pytest.fixture(scope="module")
def toby():
    rows = [[int(one) for one in f"{15 - i:04b}"] for i in range(16)]
    return Patterns.of(np.repeat(rows, TOBY, axis=0))


def drawn(seed, n, k, items=6, levels=3, alike=0.5):
    rng = np.random.default_rng(seed)
    of_class = rng.dirichlet(np.full(levels, alike), (k, items))
    mine = rng.integers(0, k, n)
    return np.array([[rng.choice(levels, p=p) for p in of_class[one]] for one in mine])


def test_role_conflict_has_goodman_s_two_classes(toby):
    found = find_classes(toby, np.ones(216), 2, seed=0)
    counts = np.array(TOBY)[::-1]
    expected = 216 * np.exp(_logs(toby, found))
    assert 2 * (counts * np.log(counts / expected)).sum() == pytest.approx(2.71992, abs=1e-5)
    bic = -2 * found.loglik + toby.parameters(2) * np.log(216)
    assert bic == pytest.approx(1057.3128459, abs=1e-6) and found.converged
    assert found.shares == pytest.approx([0.72075387, 0.27924613], abs=1e-6)
    assert found.levels[1::2, 0] == pytest.approx([0.714, 0.33, 0.354, 0.132], abs=5e-4)


def _logs(patterns, found):
    parts = patterns.marks @ np.log(found.levels) + np.log(found.shares)
    return np.log(np.exp(parts).sum(axis=1))


@pytest.mark.parametrize("case", WITNESS["cases"], ids=lambda case: f"{case['classes']} classes")
def test_weighted_classes_of_incomplete_answers_are_stepmix_s(case):
    patterns = Patterns.of(np.array(case["codes"]))
    found = find_classes(patterns, np.array(case["weights"]), case["classes"], seed=0)
    assert found.loglik == pytest.approx(case["loglik"], rel=1e-12)
    assert found.shares == pytest.approx(case["shares"], abs=1e-8)
    assert found.levels == pytest.approx(np.array(case["levels"]), abs=1e-8)


def test_a_row_with_half_the_weight_counts_half(toby):
    codes = drawn(3, 250, 2)
    w = np.random.default_rng(0).uniform(0.5, 2, len(codes))
    once = find_classes(Patterns.of(codes), w, 2, seed=0)
    twice = find_classes(Patterns.of(np.repeat(codes, 2, axis=0)), np.repeat(w, 2) / 2, 2, seed=0)
    assert twice.loglik == pytest.approx(once.loglik, rel=1e-10)
    assert twice.levels == pytest.approx(once.levels, abs=1e-7)
    plain = find_classes(toby, np.ones(216), 2, seed=1)
    counted = Patterns.of(toby.marks[:, 1::2].astype(int))
    weighted = find_classes(counted, np.array(TOBY)[::-1].astype(float), 2, seed=2)
    assert weighted.levels == pytest.approx(plain.levels, abs=1e-7)


def test_classes_do_not_depend_on_seed_order_or_names_of_levels():
    codes = drawn(4, 300, 3, alike=0.3)
    first = find_classes(Patterns.of(codes), np.ones(300), 3, seed=0)
    order = np.random.default_rng(0).permutation(300)
    turned = Patterns.of((2 - codes)[order][:, ::-1])
    again = find_classes(turned, np.ones(300), 3, seed=9)
    assert again.loglik == pytest.approx(first.loglik, rel=1e-10)
    assert again.shares == pytest.approx(first.shares, abs=1e-6)
    assert again.levels[::-1] == pytest.approx(first.levels, abs=1e-6)
    assert (np.diff(first.shares) <= 0).all()


def test_one_class_is_the_shares_of_all():
    codes = drawn(5, 200, 2)
    codes[:50, 0] = -1
    found = find_classes(Patterns.of(codes), np.ones(200), 1, seed=0)
    expected = np.bincount(codes[50:, 0], minlength=3) / 150
    assert found.levels[:3, 0] == pytest.approx(expected) and found.shares == pytest.approx([1])
    assert np.isnan(entropy(found.posterior(Patterns.of(codes)), np.ones(200)))


def test_what_was_not_answered_has_no_part_in_it():
    codes = drawn(6, 300, 2, alike=0.3)
    blank = np.full((300, 1), -1)
    blank[:2, 0] = 0, 1  # who alone was asked a further item
    added = Patterns.of(np.hstack([codes, blank]))
    one, other = (find_classes(p, np.ones(300), 2, 0) for p in (Patterns.of(codes), added))
    assert other.levels[:18] == pytest.approx(one.levels, abs=0.01)


def test_more_classes_than_cells_can_tell_are_not_looked_for(toby):
    assert toby.most() == 3 and toby.parameters(3) == 14
    assert Patterns.of(np.tile(np.eye(12, dtype=int), (20, 1))).most() == 18


def test_clear_classes_are_found_again_and_others_are_not():
    rng = np.random.default_rng(0)
    clear = (rng.random((400, 6)) < np.where(np.arange(400)[:, None] < 160, 0.9, 0.1)).astype(int)
    noise = (rng.random((400, 6)) < 0.5).astype(int)
    held = []
    for codes in (clear, noise):
        patterns, w = Patterns.of(codes), np.ones(400)
        found = find_classes(patterns, w, 2, seed=0)
        held.append(stability(patterns, w, found, np.arange(400), 60, seed=0).min())
        if codes is clear:
            assert entropy(found.posterior(patterns), w) > 0.8
            shares, levels = resampled(patterns, w, found, np.arange(400), 60, seed=0)
            assert shares.mean(axis=0) == pytest.approx(found.shares, abs=0.02)
            assert levels.std(axis=1).max() < 0.06
    assert held[0] > 0.9 > 0.75 > held[1]


def test_resamples_of_clusters_vary_more_than_those_of_rows():
    codes = np.repeat(drawn(8, 100, 2, alike=0.3), 4, axis=0)  # four alike in each account
    patterns, w = Patterns.of(codes), np.ones(400)
    found = find_classes(patterns, w, 2, seed=0)
    each = [
        resampled(patterns, w, found, units, 200, seed=0)[0].std(axis=0).max()
        for units in (np.arange(400), np.arange(400) // 4)
    ]
    assert 1.6 < each[1] / each[0] < 2.4
