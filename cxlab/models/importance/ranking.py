"""How sure a ranking of drivers is: intervals of the shares, the distribution of each rank, and the
sign of what is ranked.

A share cannot tell its direction (LMG is never negative), and a first place says little where the
next sample would give it to another. So each share stands beside its interval, its rank's interval
and the sign of its slope, adjusted for how many are tested.
"""

from __future__ import annotations

import numpy as np

from cxlab.models.fit import Fit
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
    low, high = np.quantile(draws, tails, axis=1)
    relative_low, relative_high = np.quantile(draws / draws.sum(axis=0), tails, axis=1)
    rank_low, rank_high = np.quantile(place, tails, axis=1, method="inverted_cdf")
    return {
        "conf_low": low,
        "conf_high": high,
        "relative_low": relative_low,
        "relative_high": relative_high,
        "rank_low": rank_low.astype(int),
        "rank_high": rank_high.astype(int),
        "p_top3": (place <= TOP).mean(axis=1),
    }


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
        from cxlab.models.loyalty.effects import effects

        shown = effects(fit, conf_level)
        tidy = (
            shown[shown["model"] == fit.family]
            .drop_duplicates("touchpoint")
            .set_index("touchpoint")
            .reindex(names)
        )
    return {
        "slope": tidy["estimate"].to_numpy(),
        "slope_low": tidy["conf_low"].to_numpy(),
        "slope_high": tidy["conf_high"].to_numpy(),
        "sign": sign,
    }
