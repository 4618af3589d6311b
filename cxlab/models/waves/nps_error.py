"""How exactly a sample tells a Net Promoter Score, and how many answers it takes to know more."""

from bisect import bisect_left

import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.stats.sampling import Mean

# More answers than a survey has.
MOST = 10_000_000


def nps_error(
    n: int,
    promoters: float,
    detractors: float,
    *,
    margin: float | None = None,
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The interval of a Net Promoter Score of so many independent answers, and the number that a
    wished one takes.

    Parameters
    ----------
    n : int
        Answers.
    promoters, detractors : float
        Shares (0–1) of them.
    margin : float, optional
        Half the width that the interval is to have, in NPS points.
    conf_level : float
        Confidence level of the interval.

    Returns
    -------
    DataFrame
        One row: `estimate conf_low conf_high promoters passives detractors wished n_needed n`; the
        score and its interval in NPS points, classes as shares, `n_needed` the least n whose
        interval is no wider than `wished` (`margin`) to either side.

    Raises
    ------
    ModelError
        Shares beyond 0–1, or that add up to more; no answers; a margin of 0.

    Notes
    -----
    The adjusted Wald interval of `nps` (Rocks 2016, The American Statistician 70:365) of simple
    random answers from a large population. What adds to the error (weights, accounts) takes as many
    times more answers as its design effect.

    Examples
    --------
    >>> import cxlab as cx
    >>> row = cx.waves.nps_error(200, 0.45, 0.17, margin=5)
    >>> row[["estimate", "conf_low", "conf_high", "n_needed"]].round(1).values.tolist()
    [[28.0, 17.5, 37.7, 830.0]]
    """
    passives = 1 - promoters - detractors
    if not (n >= 1 and min(promoters, detractors) >= 0 and passives > -1e-9):
        raise ModelError(
            "n={n}, promoters={promoters:g}, detractors={detractors:g}: give a number of answers,"
            " and shares from 0 to 1 that add up to 1 at most",
            n=n,
            promoters=promoters,
            detractors=detractors,
        )
    if margin is not None and not margin > 0:
        raise ModelError("margin={margin}: give NPS points above 0", margin=margin)
    value = 100 * (promoters - detractors)
    spread = 100**2 * (promoters + detractors) - value**2
    z = stats.norm.ppf((1 + conf_level) / 2)

    def ends(count: int) -> tuple[float, float]:
        found = Mean(value, spread / count, count - 1, spread, count, count)
        center, variance = found.adjusted("nps", count)
        return center, z * variance**0.5

    needed = None
    if margin is not None:
        needed = 1 + bisect_left(range(1, MOST), True, key=lambda one: ends(one)[1] <= margin)
    center, half = ends(n)
    row = {
        "estimate": value,
        "conf_low": max(center - half, -100.0),
        "conf_high": min(center + half, 100.0),
        "promoters": promoters,
        "passives": max(passives, 0.0),
        "detractors": detractors,
        "wished": None if margin is None else float(margin),
        "n_needed": needed,
        "n": n,
    }
    return pd.DataFrame([row])
