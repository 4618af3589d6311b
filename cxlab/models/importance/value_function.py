"""The interface of value functions, which give each set of drivers a value, and limits on their
number.

R² of a linear model (`r_squared`) and McFadden's R² of an ordinal or binary one (`mcfadden`) have
the same interface, so importance and dominance are written once for all families.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from cxlab.errors import ModelError
from cxlab.models.importance.drivers import Drivers

# The most subsets of resamples that dominance of pairs may ask for.
MOST = 3e8
MAX_DRIVERS = 25
# Up to this many drivers every subset of every resample is valued; above, where these are more than
# so many, orders are drawn.
EXACT_DRIVERS, EXACT_DRAWS = 15, 1e8


class ValueFunction(Protocol):
    """`methods` are those that the family and the drivers have; `subset_limit` drivers are the most
    whose subsets are all known.
    """

    drivers: Drivers
    methods: tuple[str, ...]
    subset_limit: int

    def shares(self, method: str) -> np.ndarray:
        """p shares."""

    def monte_carlo_error(self, method: str) -> np.ndarray | None:
        """Standard error of each share that comes from sampling orders of the drivers; None where
        nothing is sampled.
        """
        return None

    def draws(self, methods: Iterable[str], n_boot: int, seed: int | None) -> dict[str, np.ndarray]:
        """Shares in `n_boot` resamples, p × replicates a method: the same resamples for each."""

    def subsets(self) -> np.ndarray:
        """Values of every subset, 2^p × 1."""

    def subset_draws(self, n_boot: int, seed: int | None) -> Iterator[np.ndarray]:
        """The same in resamples, blocks of 2^p × replicates."""


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
