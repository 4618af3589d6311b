"""The change of a mean between two samples as a sum of parts: groups' shares and means (Kitagawa
1955, J. Am. Stat. Assoc. 50:1168), or predictors' means and slopes (Oaxaca 1973, Int. Econ. Rev.
14:693; Blinder 1973, J. Hum. Resour. 8:436).

All functions take replicates at once: a bootstrap is one more row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cxlab.stats.bags import bagged
from cxlab.stats.resampling import PART, covariances, identified_slopes, resample_counts
from cxlab.stats.tall import MANY_ROWS, group_sums

REFERENCES = ("previous", "last", "pooled")


def two_sums(
    values: np.ndarray, last: np.ndarray, codes: np.ndarray, n_boot: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Sums of the columns of `values` (n × c) over the rows of the first and of the last sample,
    2 × c, and over resamples of their units, n_boot × 2 × c.

    last: which rows are of the last sample; codes: the unit of each row. Units of one sample only
    are drawn sample by sample; where any stands in both, all are drawn with all of their rows. Bags
    are drawn in the place of many units.
    """
    sides = [~last, last]
    whole = np.stack([values[side].sum(axis=0) for side in sides])
    if not n_boot:
        return whole, np.empty((0, *whole.shape))
    if len(np.intersect1d(*(codes[side] for side in sides))):
        units = np.unique(bagged(codes, len(codes), seed), return_inverse=True)[1]
        held = np.hstack([_unit_sums(values * side[:, None], units) for side in sides])
        drawn = [counts @ held for counts in resample_counts(len(held), n_boot, seed, PART)]
        return whole, np.concatenate(drawn).reshape(n_boot, 2, -1)
    drawn = []
    for place, side in enumerate(sides):
        own = bagged(codes[side], int(side.sum()), [seed, place])
        held = _unit_sums(values[side], np.unique(own, return_inverse=True)[1])
        counts = resample_counts(len(held), n_boot, [seed, place], PART)
        drawn.append(np.concatenate([one @ held for one in counts]))
    return whole, np.stack(drawn, axis=1)


def _unit_sums(values: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Sums of rows over their units."""
    if len(units) == units.max() + 1:
        return values[np.argsort(units)]
    if len(values) > MANY_ROWS:
        return group_sums(values, units)
    held = np.zeros((units.max() + 1, values.shape[1]))
    np.add.at(held, units, values)
    return held


def kitagawa(sums: np.ndarray) -> np.ndarray:
    """Mix and within part of each group (replicates × 2 × groups) from weights and weighted values
    of the groups in both samples (replicates × 2 × 2·groups, weights first).

    The mix of a group is (p₁ − p₀)·(m − M) with its mean m over both samples' means and M that of
    all, which takes nothing from the sum; its within part p·(m₁ − m₀) with p the mean share.
    """
    weights, values = np.split(sums, 2, axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = values / weights
    shares = weights / weights.sum(axis=-1, keepdims=True)
    whole = (shares * means).sum(axis=-1).mean(axis=1)
    level = means.mean(axis=1)
    mix = (shares[:, 1] - shares[:, 0]) * (level - whole[:, None])
    within = shares.mean(axis=1) * (means[:, 1] - means[:, 0])
    return np.stack([mix, within], axis=1)


@dataclass(frozen=True)
class Terms:
    """The columns of a model of ratings: `rating` (k) their places, `use` (k) the place of the
    column that marks who met each touchpoint, −1 where all did; `opposite` (k): whether it marks
    who did not; `own` (k): whether that column is the touchpoint's.
    """

    rating: np.ndarray
    use: np.ndarray
    opposite: np.ndarray
    own: np.ndarray

    def met(self, means: np.ndarray) -> np.ndarray:
        """The share that met each touchpoint (… × k)."""
        shares = means[..., self.use]
        shares = np.where(self.opposite, 1 - shares, shares)
        return np.where(self.use < 0, 1.0, shares)

    def of_use(self, slopes: np.ndarray) -> np.ndarray:
        """The slope of having met each touchpoint, 0 where another's column holds it."""
        return np.where(self.own, slopes[..., self.use], 0.0)


def twofold(sums: np.ndarray, terms: Terms, columns: int, reference: str) -> dict[str, np.ndarray]:
    """The parts `experience use importance` (replicates × k), `baseline` (the intercept) and
    `change` (replicates) of the change of the last column's mean, from sums of weighted products
    (replicates × 2 × …) of 1 and the columns of both samples.

    Columns of ratings are 0 for who did not meet the touchpoint. The first two parts are the change
    of the ratings' mean among who met it, and of the share that did, each at the mean of the other
    and times the reference slopes; they add up to Oaxaca and Blinder's explained part. The first
    replicate is the sample itself; NaN in a resample that cannot tell the columns apart.
    """
    whole = sums[..., :1]
    means = sums[..., 1 : columns + 1] / whole
    covs = [covariances(sums[:, side], columns) for side in (0, 1)]
    places = list(range(columns - 1))

    def slopes_of(cov: np.ndarray) -> np.ndarray:
        return identified_slopes(cov, places, np.diag(cov[0]))

    slopes = np.stack([slopes_of(cov) for cov in covs], axis=1)
    if reference == "pooled":
        both = sum(whole[:, side, :, None] * cov for side, cov in enumerate(covs))
        held = slopes_of(both / whole.sum(axis=1)[..., None])
    else:
        held = slopes[:, REFERENCES.index(reference)]
    x = means[..., :-1]
    ratings, met = x[..., terms.rating], terms.met(x)
    rated, weight = ratings / met, held[:, terms.rating]
    used = terms.of_use(held)
    # A customer who met no touchpoint is nobody: use is counted from its mean.
    x = x - np.where(np.isin(places, terms.rating), 0.0, x.mean(axis=1, keepdims=True))
    moved = (slopes[:, 1] - held) * x[:, 1] + (held - slopes[:, 0]) * x[:, 0]
    levels = means[..., -1] - (slopes * x).sum(axis=-1)
    return {
        "experience": weight * met.mean(axis=1) * (rated[:, 1] - rated[:, 0]),
        "use": (used + weight * rated.mean(axis=1)) * (met[:, 1] - met[:, 0]),
        "importance": moved[:, terms.rating] + terms.of_use(moved),
        "baseline": levels[:, 1] - levels[:, 0],
        "change": means[:, 1, -1] - means[:, 0, -1],
    }


def product_sums(columns: np.ndarray, weights: Any) -> np.ndarray:
    """Weighted products of 1 and the columns (n × (1 + p)(2 + p)/2), of which `twofold` takes
    sums.
    """
    z = np.column_stack([np.ones(len(columns)), columns])
    i, j = np.triu_indices(z.shape[1])
    return z[:, i] * z[:, j] * np.asarray(weights)[:, None]


def terms_of(names: Sequence[str], met: np.ndarray, marks: Sequence[int]) -> Terms:
    """The terms of ratings in the first columns, one a touchpoint, then indicators of use of the
    touchpoints `marks`; met: who met each (n × k).
    """
    k = len(names)
    use, opposite = np.full(k, -1), np.zeros(k, bool)
    for j in range(k):
        if met[:, j].all():
            continue
        for place, mark in enumerate(marks):
            if (met[:, j] == met[:, mark]).all() or (met[:, j] != met[:, mark]).all():
                use[j], opposite[j] = k + place, met[0, j] != met[0, mark]
                break
    own = np.isin(np.arange(k), marks)
    return Terms(np.arange(k), use, opposite, own)
