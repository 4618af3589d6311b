"""How sure a ranking of drivers is: intervals of the shares, the distribution of each rank, and the
sign of what is ranked.

A share cannot tell its direction (LMG is never negative), and a first place says little where the
next sample would give it to another. So each share stands beside its interval, its rank's interval
and the sign of its slope, adjusted for how many are tested.
"""

import numpy as np

from cxlab.models.fit import Fit
from cxlab.models.loyalty.effects import effects
from cxlab.stats.inference import holm

TOP = 3


def ranks(draws: np.ndarray) -> np.ndarray:
    """Rank of each driver in each replicate, 1 = largest share (p × replicates)."""
    return (-draws).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1


def uncertainty(draws: np.ndarray, conf_level: float) -> dict[str, np.ndarray]:
    """Percentile intervals of shares, relative shares and ranks, and the part of the replicates in
    which a driver is among the first three.
    """
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    place = ranks(draws)
    # A rank's limits are ranks.
    limits = {
        "conf": np.quantile(draws, tails, axis=1),
        "relative": np.quantile(draws / draws.sum(axis=0), tails, axis=1),
        "rank": np.quantile(place, tails, axis=1, method="inverted_cdf").astype(int),
    }
    found = {}
    for name, (low, high) in limits.items():
        found |= {f"{name}_low": low, f"{name}_high": high}
    return found | {"p_top3": (place <= TOP).mean(axis=1)}


def slopes(fit: Fit, names: list[str], conf_level: float) -> dict[str, np.ndarray]:
    """`slope slope_low slope_high sign` of the drivers; the slope is in outcome units, of ordinal
    and binary models the average marginal effect.

    The sign is "?" unless the term's test, by Holm over the drivers, rejects 0. A group of
    touchpoints has neither slope nor sign.
    """
    tidy = fit.tidy(conf_level).set_index("term").reindex(names)
    # Among twelve touchpoints that matter nothing, one in two studies has one whose plain interval
    # leaves out 0.
    sure = holm(tidy["p_value"]) < 1 - conf_level
    sign = np.select(
        [sure & (tidy["estimate"] > 0), sure & (tidy["estimate"] < 0)], ["+", "-"], "?"
    )
    if fit.family != "ols":
        shown = effects(fit, conf_level)
        shown = shown[shown["model"] == fit.family].drop_duplicates("touchpoint")
        tidy = shown.set_index("touchpoint").reindex(names)
    columns = {"slope": "estimate", "slope_low": "conf_low", "slope_high": "conf_high"}
    return {name: tidy[column].to_numpy() for name, column in columns.items()} | {"sign": sign}
