"""Odds and shares of many yes-or-no columns in two groups, compared at once.

Intervals are linearised: what each independent unit (a respondent, an account) adds to a log odds
ratio or to the log of a ratio of shares. Of independent, equally weighted rows they are the
textbook's (Woolf 1955; Katz et al. 1978), as statsmodels' Table2x2 has them.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from cxlab.stats.inference import t_inference

Array = np.ndarray


class Side(NamedTuple):
    """The rows of a group: `used` (rows × columns, 1 or 0; sparse), and their `sample`, whose
    clusters have the codes of both groups.
    """

    used: sparse.csr_array
    sample: Any


def compare_shares(first: Side, second: Side, conf_level: float) -> dict[str, Array]:
    """The columns of two groups, the first against the second.

    Returns
    -------
    dict
        `figure figure_against` (shares); `estimate std_error conf_low conf_high` of the log odds
        ratio; `statistic p_value` of the difference of the shares; `ratio ratio_low ratio_high`, of
        the shares.

    Notes
    -----
    The test is Pearson's, with the design effect of Rao & Scott (1981), no less than 1: Wald's, of
    the log odds ratio, has next to no power where nobody in one group has it. Where a cell of a
    column is empty, half a row is added to each of its four (Haldane 1956), and its error is that
    of as many rows as Kish's n. Degrees of freedom follow the weights, as (Σh²)² / Σh⁴ of the group
    that has fewer; infinitely many where rows weigh alike and are independent.

    Examples
    --------
    >>> from types import SimpleNamespace as Sample
    >>> def side(yes, n):
    ...     rows = sparse.csr_array(np.r_[np.ones(yes), np.zeros(n - yes)][:, None])
    ...     return Side(rows, Sample(n=n, w=np.ones(n), n_eff=n, clusters=None, equal=True))
    >>> found = compare_shares(side(61, 240), side(22, 310), 0.95)
    >>> [round(float(found[one][0]), 2) for one in ("ratio", "ratio_low", "ratio_high")]
    [3.58, 2.27, 5.66]
    """
    sides = first, second
    weights = [sample.w / sample.w.sum() for _, sample in sides]
    shares = [side.used.T @ w for side, w in zip(sides, weights, strict=True)]
    sizes = [sample.n_eff for _, sample in sides]
    empty = np.logical_or.reduce([_is_empty(side) for side in sides])
    filled = [
        np.where(empty, (s * n + 0.5) / (n + 1), s) for s, n in zip(shares, sizes, strict=True)
    ]
    within = [s * (1 - s) / (n + 1) for s, n in zip(filled, sizes, strict=True)]
    df = min(map(_freedom, sides, weights))

    def logs_compared(logs: list[Array], slopes: list[Array]) -> dict[str, Array]:
        value = logs[0] - logs[1]
        few = sum(v * slope**2 for v, slope in zip(within, slopes, strict=True))
        square = np.where(empty, few, _variance(sides, weights, filled, slopes))
        return {"estimate": value} | t_inference(value, np.sqrt(square), df, conf_level)

    # Of the difference: the variance that both groups have if their shares are one, times how much
    # more it is under the design than with as many rows as Kish's n.
    together = np.minimum(1, np.average(shares, axis=0, weights=sizes))
    kish = sum(s * (1 - s) / n for s, n in zip(shares, sizes, strict=True))
    ones = [np.ones_like(together)] * 2
    design = np.ones_like(together)
    if np.isfinite(df):
        design = np.maximum(1, _variance(sides, weights, shares, ones) / np.where(kish, kish, 1))
    error = np.sqrt(together * (1 - together) * sum(1 / n for n in sizes) * design)
    tested = t_inference(shares[0] - shares[1], error, df, conf_level)
    odds = logs_compared([np.log(s / (1 - s)) for s in filled], [1 / (s * (1 - s)) for s in filled])
    ratio = logs_compared([*map(np.log, filled)], [1 / s for s in filled])
    ends = {"ratio": "estimate", "ratio_low": "conf_low", "ratio_high": "conf_high"}
    figures = {"figure": shares[0], "figure_against": shares[1]}
    tests = {name: tested[name] for name in ("statistic", "p_value")}
    return figures | odds | tests | {name: np.exp(ratio[one]) for name, one in ends.items()}


def _is_empty(side: Side) -> Array:
    count = side.used.sum(axis=0)
    return (count == 0) | (count == side.sample.n)


def _freedom(side: Side, w: Array) -> float:
    if side.sample.equal:
        return np.inf
    h = w if side.sample.clusters is None else np.bincount(side.sample.clusters, w)
    return float((h**2).sum() ** 2 / (h**4).sum() - 1)


def _variance(
    sides: tuple[Side, Side], weights: list[Array], shares: list[Array], slopes: list[Array]
) -> Array:
    """The sum of squares of what each unit adds to a difference of two functions of shares, which
    have these slopes.
    """
    samples = [side.sample for side in sides]
    rows = [np.arange(samples[0].n), samples[0].n + np.arange(samples[1].n)]
    if samples[0].clusters is not None:
        rows = [sample.clusters for sample in samples]
    units = 1 + max(int(own.max()) for own in rows)
    weight, added = [], 0
    for sign, side, unit, w, slope in zip((1, -1), sides, rows, weights, slopes, strict=True):
        shape = (units, len(unit))
        place = sparse.csr_array((w, (unit, np.arange(len(unit)))), shape=shape)
        added = added + (place @ side.used).multiply(sign * slope)
        weight.append(np.bincount(unit, w, units))
    # Each unit adds (its weighted count less its weight × share) × slope.
    centre = [shares[0] * slopes[0], -shares[1] * slopes[1]]
    total = added.power(2).sum(axis=0)
    for i, h in enumerate(weight):
        total = total - 2 * centre[i] * (added.T @ h)
        for j, other in enumerate(weight):
            total = total + centre[i] * centre[j] * (h @ other)
    there = len(np.unique(np.concatenate(rows)))
    return total if all(sample.equal for sample in samples) else total * there / (there - 1)
