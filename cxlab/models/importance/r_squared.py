"""R² of every set of drivers of a linear model, from its moments alone."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from cxlab.models.importance.drivers import Drivers
from cxlab.models.importance.value_function import MAX_DRIVERS, ValueFunction, too_many_to_value
from cxlab.stats.relative_weights import pratt, relative_weights, squared_slopes, zero_order
from cxlab.stats.subsets import (
    in_blocks,
    renumbered,
    resampled_shapley,
    residual_correlation,
    shapley_shares,
    subset_r_squared,
)

METHODS = {
    "lmg": shapley_shares,
    "johnson": relative_weights,
    "pratt": pratt,
    "beta": squared_slopes,
    "zero_order": zero_order,
}


class RSquared(ValueFunction):
    """R² of a linear fit, by any method that is a function of its (weighted) covariance matrix."""

    subset_limit = MAX_DRIVERS

    def __init__(self, drivers: Drivers) -> None:
        self.drivers = drivers
        self._players = renumbered(drivers.columns, drivers.always)
        # Summing weights over the columns of one touchpoint is a stated rule; for a group of
        # touchpoints nobody has defined them.
        self.methods = tuple(name for name in METHODS if name != "johnson" or not drivers.grouped)

    def shares(self, method: str) -> np.ndarray:
        correlation, remaining = self._sample
        return METHODS[method](correlation, self._players)[:, 0] * remaining

    def draws(self, methods: Iterable[str], n_boot: int, seed: int | None) -> dict[str, np.ndarray]:
        found = {method: [] for method in methods}
        rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])
        by_orders = too_many_to_value(len(self._players), n_boot)
        for correlation, remaining in self._resamples(n_boot, seed):
            for method, blocks in found.items():
                if method == "lmg" and by_orders:
                    shares = resampled_shapley(
                        self._lmg, self._sample[0], correlation, self._players, rng
                    )
                else:
                    shares = METHODS[method](correlation, self._players)
                blocks.append(shares * remaining)
        return {method: np.concatenate(blocks, axis=1) for method, blocks in found.items()}

    def subsets(self) -> np.ndarray:
        correlation, remaining = self._sample
        return subset_r_squared(correlation, self._players) * remaining

    def subset_draws(self, n_boot: int, seed: int | None) -> Iterator[np.ndarray]:
        for resample in self._resamples(n_boot, seed):
            pieces = (in_blocks(array, len(self._players)) for array in resample)
            for correlation, remaining in zip(*pieces, strict=True):
                yield subset_r_squared(correlation, self._players) * remaining

    @cached_property
    def _sample(self) -> tuple[np.ndarray, np.ndarray]:
        return residual_correlation(self.drivers.fit.moments.covariance[None], self.drivers.always)

    @cached_property
    def _lmg(self) -> np.ndarray:
        return shapley_shares(self._sample[0], self._players)[:, 0]

    def _resamples(self, n_boot: int, seed: int | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for covariance in self.drivers.fit.resamples(n_boot, seed):
            yield residual_correlation(covariance, self.drivers.always)
