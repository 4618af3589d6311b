"""Dominance analysis of pairs of touchpoints.

A touchpoint that adds more than another to every set of the
others (complete dominance) is more important without any averaging; one that adds more on average
at every size of model (conditional), or over all sizes (general, which is LMG), is so by a weaker
claim. Budescu (1993), Psychol. Bull. 114:542; Azen & Budescu (2003), Psychol. Methods 8:129.
"""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.importance.drivers import Groups
from cxlab.models.importance.importance import checked_value_function, in_order
from cxlab.models.importance.value_function import ValueFunction, refuse_too_many
from cxlab.result import by_bags
from cxlab.stats.subsets import by_size, pair_wins, shapley


@estimator("dominance")
def dominance(
    fit: Fit,
    *,
    groups: Groups = None,
    always: str | Iterable[str] = (),
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Which touchpoint dominates which, and in how many resamples.

    Parameters
    ----------
    fit : Fit
        Of `fit_loyalty` or `fit_moments`: R² of a linear fit is compared (up to 25 drivers),
        McFadden's R² of an ordinal or binary one (up to 12).
    groups, always, n_boot, seed
        As in `importance`.

    Returns
    -------
    DataFrame
        One row a pair, `touchpoint` the one with the larger share, `other` the other.

        complete : `touchpoint` adds more to every subset of the other drivers.
        conditional : it adds more on average at every number of drivers.
        general : it adds more over all, which is a larger LMG share. Each implies the next.
        share_of_subsets : of the subsets that hold neither, the part in which it adds more (1 is
        complete).
        p_complete, p_conditional, p_general : the part of the resamples in which the same holds
        (Azen & Budescu's reproducibility); not with `n_boot=0`.
        n : rows of the fit.

    Raises
    ------
    ModelError
        As `importance`, and for more drivers than have all subsets valued.

    Notes
    -----
    Budescu (1993), Psychol. Bull. 114:542; Azen & Budescu (2003), Psychol. Methods 8:129. Checked
    against R domir and dominanceanalysis.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(n=400, seed=1))
    >>> int(cx.drivers.dominance(fit, n_boot=0)["complete"].sum())
    10
    """
    value = _prepared(fit, n_boot, groups, always)
    sample, names = value.subsets(), np.array(value.drivers.names)
    order = np.argsort(-shapley(sample)[:, 0], kind="stable")
    pairs = np.array(list(combinations(order, 2)), dtype=int).reshape(-1, 2)
    wins, conditional, general = _compared(sample, pairs)
    result = pd.DataFrame(
        {
            "touchpoint": names[pairs[:, 0]],
            "other": names[pairs[:, 1]],
            "complete": wins[:, 0] == 1,
            "conditional": conditional[:, 0],
            "general": general[:, 0],
            "share_of_subsets": wins[:, 0],
        }
    )
    if n_boot:
        blocks = [_compared(block, pairs) for block in value.subset_draws(n_boot, seed)]
        for number, name in enumerate(("complete", "conditional", "general")):
            held = np.hstack([block[number] for block in blocks]) == 1
            result[f"p_{name}"] = held.mean(axis=1)
    return by_bags(result.assign(n=fit.n), n_boot and value.bags)


@estimator("conditional_dominance")
def conditional_dominance(
    fit: Fit, *, groups: Groups = None, always: str | Iterable[str] = ()
) -> pd.DataFrame:
    """What each touchpoint adds to R² on average where it makes the model one of `size` drivers.

    Parameters
    ----------
    fit : Fit
        Of `fit_loyalty` or `fit_moments`; ordinal and binary ones up to 12 drivers, of McFadden's
        R².
    groups, always
        As in `importance`.

    Returns
    -------
    DataFrame
        One row a touchpoint and size, the touchpoint with the largest LMG share first.

        touchpoint : name of the driver.
        size : 1 is the touchpoint alone (zero-order R²), the largest what it adds to all others
        (its last-entry or unique R²).
        share : units of R²; the mean over sizes is the LMG share.

    Raises
    ------
    ModelError
        As `dominance`.

    Notes
    -----
    Azen & Budescu (2003), Psychol. Methods 8:129. Checked against R domir and relaimpo (first,
    last).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(n=400, seed=1))
    >>> shares = cx.drivers.conditional_dominance(fit).groupby("touchpoint")["share"].mean()
    >>> bool(abs(shares.sum() - fit.r_squared) < 1e-9)
    True
    """
    value = _prepared(fit, 0, groups, always)
    table = by_size(value.subsets())[..., 0]
    return in_order(value, table.mean(axis=1), "size", "share", table)


def _prepared(fit: Fit, n_boot: int, groups: Groups, always: Iterable[str]) -> ValueFunction:
    value = checked_value_function(fit, ["lmg"], n_boot, groups, always)
    drivers = len(value.drivers.names)
    refuse_too_many(drivers, n_boot)
    if drivers > value.subset_limit:
        raise ModelError(
            "{drivers} drivers: dominance of pairs needs all subsets, which a likelihood allows up"
            " to {most}; use importance(), groups= or study.by_stage()",
            drivers=drivers,
            most=value.subset_limit,
        )
    return value


def _compared(values: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of the first of each pair (pairs × replicates each): the part of the subsets in which it adds
    more, and whether it dominates the second conditionally and generally.
    """
    wins = [pair_wins(values, int(one), int(other)) for one, other in pairs]
    first, second = by_size(values)[pairs.T]
    return (
        np.array(wins).reshape(len(pairs), values.shape[1]),
        (first > second).all(axis=1),
        first.mean(axis=1) > second.mean(axis=1),
    )
