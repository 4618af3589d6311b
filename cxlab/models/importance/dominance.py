"""Does one touchpoint matter more than another whatever else is in the model? Dominance analysis of
pairs.

Shares can differ for many reasons. A touchpoint that adds more than another to every set of the
others (complete dominance) is more important without any averaging; one that adds more on average
at every size of model (conditional), or over all sizes (general, which is LMG), is so by a weaker
claim. Budescu (1993), Psychol. Bull. 114:542; Azen & Budescu (2003), Psychol. Methods 8:129.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import Fit
from cxlab.models.importance.drivers import Drivers, drivers_of, refuse_few_units
from cxlab.models.importance.value_function import Worth, refuse_too_many, worth_of
from cxlab.stats.subsets import by_size, pair_wins, shapley


def dominance(
    fit: Fit,
    n_boot: int = 1000,
    seed: int | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    always: Iterable[str] = (),
) -> pd.DataFrame:
    """Which touchpoint dominates which, and in how many resamples: one row a pair, `touchpoint` the
    one with the larger share.

    `complete`: it adds more to every subset of the other drivers; `conditional`: more on average at
    every number of drivers; `general`: more over all, which is a larger LMG share. Each implies the
    next. `share_of_subsets`: of the subsets that hold neither, the part in which it adds more (1 is
    complete). `p_complete p_conditional p_general`: the part of the bootstrap resamples in which
    the same holds (Azen & Budescu's reproducibility); none with `n_boot=0`. R² of a linear fit (up
    to 25 drivers), McFadden's R² of an ordinal or binary one (up to 12). `groups` and `always` as
    in `importance`. Checked against R domir and dominanceanalysis. Raises ModelError as
    `importance`.
    """
    drivers, worth = _prepared(fit, n_boot, groups, always)
    sample = worth.subsets()
    shares = shapley(sample)[:, 0]
    order = np.argsort(-shares, kind="stable")
    pairs = [(int(a), int(b)) for a, b in combinations(order, 2)]
    complete, conditional, general = _holds(sample, pairs)
    result = pd.DataFrame(
        {
            "touchpoint": [drivers.names[a] for a, _ in pairs],
            "other": [drivers.names[b] for _, b in pairs],
            "complete": complete[:, 0],
            "conditional": conditional[:, 0],
            "general": general[:, 0],
            "share_of_subsets": [pair_wins(sample, a, b)[0] for a, b in pairs],
        }
    )
    if n_boot != 0:
        blocks = [_holds(block, pairs) for block in worth.subset_draws(n_boot, seed)]
        for name, parts in zip(
            ("p_complete", "p_conditional", "p_general"), zip(*blocks, strict=True), strict=False
        ):
            result[name] = np.concatenate(parts, axis=1).mean(axis=1)
    return result.assign(n=fit.n)


def conditional_dominance(
    fit: Fit, groups: Mapping[str, Iterable[str]] | None = None, always: Iterable[str] = ()
) -> pd.DataFrame:
    """What each touchpoint adds to R² on average where it makes the model one of `size` drivers:
    one row a touchpoint and size.

    `size` 1 is the touchpoint alone (zero-order R²), the largest size what it adds to all others
    (its last-entry or unique R²); the mean over sizes is the LMG share. Columns `touchpoint size
    share`, the touchpoint with the largest LMG share first. McFadden's R² for ordinal and binary
    fits (up to 12 drivers). Checked against R domir and relaimpo (first, last). Raises ModelError
    as `importance`.
    """
    drivers, worth = _prepared(fit, 0, groups, always)
    table = by_size(worth.subsets())[..., 0]
    order, p = np.argsort(-table.mean(axis=1), kind="stable"), len(drivers.names)
    return pd.DataFrame(
        {
            "touchpoint": np.repeat(np.array(drivers.names)[order], p),
            "size": np.tile(np.arange(1, p + 1), p),
            "share": table[order].ravel(),
        }
    )


def _prepared(fit: Fit, n_boot: int, groups, always) -> tuple[Drivers, Worth]:
    drivers = drivers_of(fit, groups, always)
    refuse_too_many(len(drivers.names), n_boot)
    if n_boot != 0:
        refuse_few_units(fit)
    worth = worth_of(drivers)
    if len(drivers.names) > worth.subset_limit:
        raise ModelError(
            "{drivers} drivers: dominance of pairs needs all subsets, which a likelihood allows up"
            " to {most}; use importance(), groups= or study.by_stage()",
            drivers=len(drivers.names),
            most=worth.subset_limit,
        )
    return drivers, worth


def _holds(
    worth: np.ndarray, pairs: list[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Does the first of each pair dominate the second completely, conditionally, generally? (pairs
    × replicates each)
    """
    added = by_size(worth)
    complete = np.array([pair_wins(worth, a, b) == 1 for a, b in pairs]).reshape(len(pairs), -1)
    conditional = np.array([(added[a] > added[b]).all(axis=0) for a, b in pairs]).reshape(
        len(pairs), -1
    )
    general = np.array([added[a].mean(axis=0) > added[b].mean(axis=0) for a, b in pairs]).reshape(
        len(pairs), -1
    )
    return complete, conditional, general
