"""Latent classes from fifty starts of each number, and their stability apart. Nothing here asserts
a time.
"""

from __future__ import annotations

import numpy as np
import pytest

from cxlab.stats.latent_class import Patterns, find_classes, stability


def answers(n: int, items: int = 12, levels: int = 3, k: int = 4) -> np.ndarray:
    """Four classes with shares of their own."""
    rng = np.random.default_rng(1)
    of_class = rng.dirichlet(np.full(levels, 0.8), (k, items))
    edges = of_class[rng.integers(0, k, n)].cumsum(axis=2)
    return (rng.random((n, items, 1)) > edges[:, :, :-1]).sum(axis=2)


@pytest.mark.parametrize("n", [1_000, 5_000])
def test_one_to_eight_classes(benchmark, n):
    """Asked: 12 items of 5,000 respondents in 10 CPU seconds."""
    codes = answers(n)

    def run():
        patterns = Patterns.of(codes)
        return [find_classes(patterns, np.ones(n), k, seed=0) for k in range(1, 9)]

    benchmark.pedantic(run, rounds=1)


def test_stability_of_four_classes(benchmark):
    """A hundred resamples, eight starts of each."""
    patterns, w = Patterns.of(answers(1_000)), np.ones(1_000)
    found = find_classes(patterns, w, 4, seed=0)
    benchmark.pedantic(stability, (patterns, w, found, np.arange(1_000), 100, 0), rounds=1)
