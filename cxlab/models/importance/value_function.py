"""Value functions, which give each set of drivers a value, and limits on their number.

R² of a linear model, from its moments alone, and McFadden's R² of an ordinal or binary one
(`mcfadden`) have the same interface, so importance and dominance are written once for all families.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np

from cxlab.errors import ModelError
from cxlab.models.importance.drivers import Drivers
from cxlab.stats.relative_weights import pratt, relative_weights, squared_slopes, zero_order
from cxlab.stats.subsets import (
    in_blocks,
    renumbered,
    resampled_shapley,
    residual_correlation,
    shapley_shares,
    subset_r_squared,
)

# The most subsets of resamples that dominance of pairs may ask for.
MOST = 3e8
MAX_DRIVERS = 25
# Up to this many drivers every subset of every resample is valued; above, where these are more than
# so many, orders are drawn.
EXACT_DRIVERS, EXACT_DRAWS = 15, 1e8
METHODS = {
    "lmg": shapley_shares,
    "johnson": relative_weights,
    "pratt": pratt,
    "beta": squared_slopes,
    "zero_order": zero_order,
}


class ValueFunction:
    """What is the same for every value.

    A value has `resamples(n_boot, seed)` in blocks of replicates, `shares(method, resample)` (p ×
    replicates) and `subsets(resample)` (2^p × replicates), both of the sample where no resample is
    given. `methods` are those that the family and the drivers have; `subset_limit` drivers are the
    most whose subsets are all known; `bags` the random groups of rows that resamples draw, 0 where
    they draw single ones.
    """

    drivers: Drivers
    methods: tuple[str, ...]
    subset_limit: int

    @property
    def bags(self) -> int:
        return self.drivers.fit.bags

    def monte_carlo_error(self, method: str) -> np.ndarray | None:
        """Standard error of each share that comes from sampling orders of the drivers; None where
        nothing is sampled.
        """
        return None

    def draws(self, methods: Iterable[str], n_boot: int, seed: int) -> dict[str, np.ndarray]:
        """Shares in `n_boot` resamples, p × replicates a method: the same resamples for each."""
        blocks = [
            [self.shares(method, resample) for method in methods]
            for resample in self.resamples(n_boot, seed)
        ]
        joined = (np.concatenate(each, axis=1) for each in zip(*blocks, strict=True))
        return dict(zip(methods, joined, strict=True))

    def subset_draws(self, n_boot: int, seed: int) -> Iterator[np.ndarray]:
        """`subsets` in resamples, blocks of 2^p × replicates."""
        return map(self.subsets, self.resamples(n_boot, seed))


class RSquared(ValueFunction):
    """R² of a linear fit, by any method that is a function of its (weighted) covariance matrix.

    A resample is the correlations of what the controls leave, the share of the variance that this
    is, and the generator of orders where these stand for subsets.
    """

    subset_limit = MAX_DRIVERS

    def __init__(self, drivers: Drivers) -> None:
        self.drivers = drivers
        self._players = renumbered(drivers.columns, drivers.always)
        # Summing weights over the columns of one touchpoint is a stated rule; for a group of
        # touchpoints nobody has defined them.
        self.methods = tuple(name for name in METHODS if name != "johnson" or not drivers.grouped)

    def shares(self, method: str, resample: Any = None) -> np.ndarray:
        correlation, remaining, rng = resample or self._sample
        if method == "lmg" and rng:
            exact, sample = self._lmg, self._sample[0]
            return remaining * resampled_shapley(exact, sample, correlation, self._players, rng)
        return METHODS[method](correlation, self._players) * remaining

    def subsets(self, resample: Any = None) -> np.ndarray:
        correlation, remaining, _ = resample or self._sample
        return subset_r_squared(correlation, self._players) * remaining

    def resamples(self, n_boot: int, seed: int) -> Iterator[Any]:
        rng = None
        if too_many_to_value(len(self._players), n_boot):
            rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        for covariance in self.drivers.fit.resamples(n_boot, seed):
            yield *residual_correlation(covariance, self.drivers.always), rng

    def subset_draws(self, n_boot: int, seed: int) -> Iterator[np.ndarray]:
        for *arrays, rng in self.resamples(n_boot, seed):
            pieces = (in_blocks(array, len(self._players)) for array in arrays)
            yield from (self.subsets((*piece, rng)) for piece in zip(*pieces, strict=True))

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray, None]:
        covariance = self.drivers.fit.moments.covariance[None]
        return *residual_correlation(covariance, self.drivers.always), None

    @cached_property
    def _lmg(self) -> np.ndarray:
        return shapley_shares(self._sample[0], self._players)[:, 0]


def too_many_to_value(players: int, n_boot: int) -> bool:
    """Are the subsets of so many players too many to be valued in each of `n_boot` resamples?"""
    return players > EXACT_DRIVERS and 2.0**players * n_boot > EXACT_DRAWS


def refuse_too_many(drivers: int, n_boot: int = 0) -> None:
    """Refuse more drivers than have exact shares, or (with `n_boot`) more subsets of resamples than
    dominance of pairs can value.
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
