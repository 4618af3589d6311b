"""What sets of drivers are worth in a linear model, from its moments alone; and how many sets may
be weighed.

`LinearWorth` and `models/mcfadden.py`'s `LikelihoodWorth` answer the same questions (shares by a
method, bootstrap draws of them, the worth of every subset), so importance, comparison and dominance
are written once for all families.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol

import numpy as np

from cxlab.errors import ModelError
from cxlab.models.importance.drivers import Drivers
from cxlab.stats.orders import resampled_shapley
from cxlab.stats.relative_weights import pratt, relative_weights, squared_slopes, zero_order
from cxlab.stats.subsets import renumbered, residual_correlation, shapley, subset_r_squared

# 2^p subsets × replicates held at once (doubles), and the most that dominance of pairs may ask for
# before it is refused.
HELD, MOST = 1 << 21, 3e8
MAX_DRIVERS = 25
# Up to this many drivers every subset of every resample is weighed; above, where these are more
# than so many, orders are drawn.
EXACT_DRIVERS, EXACT_DRAWS = 15, 1e8


class Worth(Protocol):
    """What `worth_of` gives. `methods` are those that the family and the drivers have;
    `subset_limit` drivers are the most whose subsets are all known.
    """

    methods: tuple[str, ...]
    subset_limit: int

    def shares(self, method: str) -> np.ndarray:
        """p shares."""

    def monte_carlo_error(self, method: str) -> np.ndarray | None:
        """Standard error of each share that comes from sampling orders of the drivers; None where
        nothing is sampled.
        """

    def draws(self, methods: Iterable[str], n_boot: int, seed: int | None) -> dict[str, np.ndarray]:
        """Shares in `n_boot` resamples, p × replicates a method: the same resamples for each."""

    def subsets(self) -> np.ndarray:
        """Worth of every subset, 2^p × 1."""

    def subset_draws(self, n_boot: int, seed: int | None) -> Iterator[np.ndarray]:
        """The same in resamples, blocks of 2^p × replicates."""


def lmg_shares(correlation: np.ndarray, players: list[list[int]]) -> np.ndarray:
    """Shapley shares of R² (p × replicates), a block of replicates at a time."""
    return np.concatenate(
        [shapley(subset_r_squared(part, players)) for part in in_blocks(correlation, len(players))],
        axis=1,
    )


def too_many_to_weigh(players: int, n_boot: int) -> bool:
    """Are the subsets of so many players too many to be weighed in each of `n_boot` resamples?"""
    return players > EXACT_DRIVERS and 2.0**players * n_boot > EXACT_DRAWS


def in_blocks(correlation: np.ndarray, players: int) -> Iterator[np.ndarray]:
    """Replicates in blocks whose subsets fit into memory."""
    block = max(1, HELD >> players)
    return (correlation[i : i + block] for i in range(0, len(correlation), block))


METHODS = {
    "lmg": lmg_shares,
    "johnson": relative_weights,
    "pratt": pratt,
    "beta": squared_slopes,
    "zero_order": zero_order,
}


class LinearWorth:
    """R² of a linear fit, by any method that is a function of its (weighted) covariance matrix."""

    subset_limit = MAX_DRIVERS

    def __init__(self, drivers: Drivers) -> None:
        self._fit, self._always = drivers.fit, drivers.always
        self._players = renumbered(drivers.columns, drivers.always)
        # Summing weights over the columns of one touchpoint is a stated rule; for a group of
        # touchpoints nobody has defined them.
        self.methods = tuple(name for name in METHODS if name != "johnson" or not drivers.grouped)

    def shares(self, method: str) -> np.ndarray:
        return self._shares(self._fit.moments.covariance[None], method)[:, 0]

    def monte_carlo_error(self, method: str) -> None:
        return None

    def draws(self, methods: Iterable[str], n_boot: int, seed: int | None) -> dict[str, np.ndarray]:
        parts: dict[str, list[np.ndarray]] = {method: [] for method in methods}
        rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        for covariance in self._fit.resamples(n_boot, seed):
            for method, found in parts.items():
                by_orders = method == "lmg" and too_many_to_weigh(len(self._players), n_boot)
                found.append(
                    self._by_orders(covariance, rng)
                    if by_orders
                    else self._shares(covariance, method)
                )
        return {method: np.concatenate(found, axis=1) for method, found in parts.items()}

    def _by_orders(self, covariance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sample, _ = residual_correlation(self._fit.moments.covariance[None], self._always)
        correlation, remaining = residual_correlation(covariance, self._always)
        return resampled_shapley(self._exact, sample, correlation, self._players, rng) * remaining

    @cached_property
    def _exact(self) -> np.ndarray:
        sample, _ = residual_correlation(self._fit.moments.covariance[None], self._always)
        return lmg_shares(sample, self._players)[:, 0]

    def _shares(self, covariance: np.ndarray, method: str) -> np.ndarray:
        correlation, remaining = residual_correlation(covariance, self._always)
        return METHODS[method](correlation, self._players) * remaining

    def subsets(self) -> np.ndarray:
        return next(self._subsets(self._fit.moments.covariance[None]))

    def subset_draws(self, n_boot: int, seed: int | None) -> Iterator[np.ndarray]:
        for covariance in self._fit.resamples(n_boot, seed):
            yield from self._subsets(covariance)

    def _subsets(self, covariance: np.ndarray) -> Iterator[np.ndarray]:
        correlation, remaining = residual_correlation(covariance, self._always)
        start = 0
        for part in in_blocks(correlation, len(self._players)):
            yield subset_r_squared(part, self._players) * remaining[start : start + len(part)]
            start += len(part)


def worth_of(drivers: Drivers) -> Worth:
    """R² of a linear fit, McFadden's R² of an ordinal or binary one."""
    if drivers.fit.family == "ols":
        return LinearWorth(drivers)
    from cxlab.models.importance.mcfadden import LikelihoodWorth

    return LikelihoodWorth(drivers)


def refuse_too_many(drivers: int, n_boot: int = 0) -> None:
    """Refuse more drivers than have exact shares, or (with `n_boot`) more subsets of resamples than
    dominance of pairs can weigh.
    """
    if drivers > MAX_DRIVERS:
        raise ModelError(
            "{drivers} drivers: LMG is exact up to {most}; join touchpoints with groups= or"
            " study.by_stage()",
            drivers=drivers,
            most=MAX_DRIVERS,
        )
    if 2.0**drivers * n_boot > MOST:
        raise ModelError(
            "{drivers} drivers and n_boot={n_boot}: more than {most:.0e} subsets to weigh; use"
            " study.by_stage(), groups=, fewer replicates or n_boot=0",
            drivers=drivers,
            n_boot=n_boot,
            most=MOST,
        )
