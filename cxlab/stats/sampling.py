"""Means, shares and Net Promoter Scores, with intervals for small, weighted or clustered samples.

A sample (`cxlab.study.sample`) has sampling weights (n, or None), clusters, which tell which rows
depend on each other, and strata, which were sampled each on its own (n codes, or None). The
textbook Wald interval of an NPS covers 70 % instead of 95 % at n = 10 and is here for comparison
only.

Standard errors are Taylor-linearised with replacement (Binder 1983), as R's survey package computes
them. An interval cannot rest on these where few carry them: of 60, 20, 10 and seven more answers by
account they hold 80 % with accounts − 1 degrees of freedom. It rests on CR2, whose expectation is
right when answers are independent and alike, with the degrees of freedom that its variance then has
(Bell & McCaffrey 2002, Survey Methodology 28:169; Pustejovsky & Tipton 2018, J. Bus. Econ. Stat.
36:672). Of independent rows the variance is no less than Kish's (1965), σ²Σw²/(Σw)², which needs no
few large weights to be known, with n_eff − 1 degrees of freedom. All is the textbook's t of n − 1
where rows are independent and equally weighted. With strata it rests on the linearised variance
within them, whose degrees of freedom are those that independent answers would give it. Coverage:
tests/calibration/means_of_few.py.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats
from scipy.linalg import block_diag
from statsmodels.stats.proportion import proportion_confint

from cxlab.stats.inference import t_inference
from cxlab.stats.linear import quadratic_forms
from cxlab.stats.sandwich import within_strata

PROMOTER, PASSIVE = 9, 7
# How many pseudo-answers are added to a share or a score in points, their mean and mean square:
# ¾ promoter, 1½ passive, ¾ detractor (Rocks 2016, The American Statistician 70:365); on each side
# of a difference of shares one who did and one who did not (Agresti & Caffo 2000, ibid. 54:280).
PSEUDO = {"nps": (3.0, 0.0, 0.5 * 100**2), "share": (2.0, 0.5, 0.5), "mean": (0.0, 0.0, 0.0)}
# Below this part of the answers' spread an error is 0 but for rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Mean:
    """A (weighted) mean, its `variance`, that variance's degrees of freedom, and the `spread` of
    the answers around it (mean square). `kish` is (Σw)²/Σw²; `alike` is how many answers the sample
    is as good as where its units tell no variance, else NaN.
    """

    value: float
    variance: float
    df: float
    spread: float
    kish: float
    alike: float

    def count(self, conf_level: float | None = None) -> float:
        """Number of independent, equally weighted answers that would be as precise; n where they
        are.

        The variance-based n of Korn & Graubard (1998), never more than Kish's; for an interval by
        the normal law at a level times (t/t_df)², since few clusters know their own spread badly.
        """
        if not np.isnan(self.alike):
            return self.alike
        count = self.spread * self.kish / (self.kish - 1) / self.variance
        if conf_level is not None:
            t, wide = stats.t.ppf((1 + conf_level) / 2, [self.kish - 1, self.df])
            count *= (t / wide) ** 2
        return float(min(self.kish, count))

    def adjusted(self, kind: str, count: float) -> tuple[float, float]:
        """The mean and its variance with the pseudo-answers of its kind among `count` answers."""
        extra, middle, square = PSEUDO[kind]
        if not extra:
            return self.value, self.variance
        total = count + extra
        value = (self.value * count + middle * extra) / total
        squares = ((self.spread + self.value**2) * count + square * extra) / total
        return value, (squares - value**2) / total


@dataclass(frozen=True)
class Form:
    """The CR2 variance of a mean as a quadratic form: the corrected `scores` of its units, and the
    covariance `diagonal` + `sides`·`core`·`sides`' that they have when answers are independent and
    of variance 1.
    """

    scores: np.ndarray
    diagonal: np.ndarray
    sides: np.ndarray
    core: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, sample: Any, units: np.ndarray, count: int) -> "Form":
        """units: the place of each row's unit among `count`."""
        p = sample.w / sample.w.sum()
        score, h, q = (np.bincount(units, x, count) for x in (p * (y - p @ y), p, p**2))
        # A unit that is all of the sample has no other to be compared with.
        root = np.sqrt(np.where(h < 1, 1 - h, np.nan))
        core = np.array([[q.sum(), -1.0], [-1.0, 0.0]])
        return cls(score / root, q / root**2, np.stack([h, q], axis=1) / root[:, None], core)


def freedom(*forms: Form) -> float:
    """Degrees of freedom of a sum of independent forms over the same units: (Σλ)²/Σλ² over the
    eigenvalues of their scores' covariance.
    """
    diagonal = sum(form.diagonal for form in forms)
    sides = np.hstack([form.sides for form in forms])
    core = block_diag(*(form.core for form in forms))
    own, mixed = quadratic_forms(sides, core), core @ (sides.T @ sides)
    squares = (diagonal * (diagonal + 2 * own)).sum() + np.trace(mixed @ mixed)
    return float((diagonal + own).sum() ** 2 / squares)


def estimate(y: np.ndarray, sample: Any) -> Mean:
    """The mean of `y` with the variance that an interval of it rests on."""
    value, kish, alike = sample.average(y), sample.n_eff, np.nan
    spread = sample.average((y - value) ** 2)
    form = Form.of(y, sample, sample.unit_codes, sample.units)
    variance, df = float(form.scores @ form.scores), kish - 1
    if sample.strata is not None:
        within = unit_scores(y, sample)
        variance, df = float(within @ within), stratified_freedom(sample)
    elif sample.units < sample.n:
        df = freedom(form)
    elif df > 0:
        variance = max(variance, spread / df)
    constant = np.ptp(y) <= ROUNDING * np.abs(y).max()
    if constant or not variance > ROUNDING**2 * spread:
        # Answers that are alike, and units that agree, tell nothing of how far others would be.
        alike = sample.effective_units
        df = alike - 1 if alike > 1 else np.nan
        variance = np.nan if constant else spread / df
    return Mean(value, variance, df, spread, kish, alike)


def unit_scores(y: np.ndarray, sample: Any) -> np.ndarray:
    """What each unit adds to the linearised mean of `y`, in the order of their codes, times
    √(units/(units − 1)): the sum of squares is its variance.
    """
    w, units = sample.w, sample.units
    scores = np.bincount(sample.unit_codes, w * (y - np.average(y, weights=w)) / w.sum())
    if sample.strata is not None:
        return within_strata(scores[:, None], sample.unit_strata)[:, 0]
    return scores * (np.sqrt(units / (units - 1)) if units > 1 else np.nan)


def stratified_freedom(sample: Any) -> float:
    """Degrees of freedom of a linearised variance within strata (Satterthwaite 1946): each stratum
    has the effective number of its units less one.
    """
    squares = np.bincount(sample.unit_codes, sample.w**2)
    size, own = (np.bincount(sample.unit_strata, one) for one in (squares, squares**2))
    size, own = size[size > 0], own[size > 0]
    return float(size.sum() ** 2 / (size**2 / np.maximum(size**2 / own - 1, 1)).sum())


def standard_error(y: np.ndarray, sample: Any) -> float:
    """Linearised standard error of the (weighted) mean of `y`; NaN of one unit."""
    return float(np.linalg.norm(unit_scores(y, sample)))


def mean(y: np.ndarray, sample: Any, conf_level: float) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a mean, by Student's t. Of answers that are all
    alike nothing but the mean is known.
    """
    found = estimate(y, sample)
    half = stats.t.ppf((1 + conf_level) / 2, found.df) * np.sqrt(found.variance)
    return _row(found, _error(found, y, sample, "mean"), found.value - half, found.value + half)


def test(y: np.ndarray, sample: Any) -> dict[str, float]:
    """`p_value` of the hypothesis that a mean is 0, by the t of its interval."""
    found = estimate(y, sample)
    return {"p_value": float(2 * stats.t.sf(abs(found.value) / np.sqrt(found.variance), found.df))}


def share(hit: np.ndarray, sample: Any, conf_level: float) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a share (0–1), with the Wilson interval on the
    effective n (Wilson 1927; Korn & Graubard 1998).
    """
    found = estimate(hit, sample)
    count = found.count(conf_level)
    ends = proportion_confint(found.value * count, count, alpha=1 - conf_level, method="wilson")
    # Of nobody, or of all, rounding may leave the share itself out.
    low, high = min(ends[0], found.value), max(ends[1], found.value)
    return _row(found, _error(found, hit, sample, "share"), float(low), float(high))


def nps(
    answers: np.ndarray, sample: Any, conf_level: float, adjusted: bool = True
) -> dict[str, float]:
    """`estimate std_error conf_low conf_high` of a Net Promoter Score in points, with the shares
    `promoters passives detractors` (0–1).

    The interval is Rocks' (2016) adjusted Wald, or plain Wald, and is cut at ±100.
    """
    score = nps_scores(answers)
    found, z = estimate(score, sample), stats.norm.ppf((1 + conf_level) / 2)
    error = _error(found, score, sample, "nps")
    center, half = found.value, z * error
    if adjusted:
        center, variance = found.adjusted("nps", found.count(conf_level))
        half = z * np.sqrt(variance)
    low, high = np.clip([center - half, center + half], -100, 100)
    classes = {"promoters": 100, "passives": 0, "detractors": -100}
    shares = {name: sample.average(score == points) for name, points in classes.items()}
    return _row(found, error, low, high) | shares


def difference(
    before: tuple[np.ndarray, Any],
    after: tuple[np.ndarray, Any],
    kind: str,
    conf_level: float,
    margin: float | None = None,
) -> dict[str, float]:
    """The second mean less the first, of answers with their samples, whose clusters have the same
    codes: `estimate std_error statistic p_value conf_low conf_high`.

    kind: "nps" (scores in points), "share" or "mean". Test and interval of the first two are those
    of the adjusted difference: pseudo-answers on both sides. Degrees of freedom are Welch's, from
    infinitely many where the rows of a share or score are independent (its mean tells its
    variance). Where units answer on both sides the variance is the CR2 of their changes. With a
    `margin`, `p_equivalent` of the hypothesis that the difference is as large, on either side (two
    one-sided tests: Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657).
    """
    sides = before, after
    found = [estimate(*side) for side in sides]
    errors = [_error(one, *side, kind) for one, side in zip(found, sides, strict=True)]
    of_each = [np.unique(sample.clusters) for _, sample in sides if sample.clusters is not None]
    shared = np.intersect1d(*of_each, return_indices=True) if of_each else [[]]
    if len(shared[0]):
        value, variance, df = _change(sides, found, kind)
        one, other = (unit_scores(*side)[u] for side, u in zip(sides, shared[1:], strict=True))
        plain = one @ other
    else:
        means, variances = np.transpose([one.adjusted(kind, one.count()) for one in found])
        freely = [kind != "mean" and sample.units == sample.n for _, sample in sides]
        dfs = np.where(freely, np.inf, [one.df for one in found])
        value, variance, plain = means[1] - means[0], variances.sum(), 0.0
        df = variance**2 / (variances**2 / dfs).sum() if np.isfinite(dfs).any() else np.inf
    # Equal changes of all units are no certainty either.
    size = sum(one.spread / one.kish for one in found)
    error = np.sqrt(variance) if variance > ROUNDING**2 * size else np.nan
    tested = t_inference(value, error, df, conf_level)
    if margin is not None:
        tested["p_equivalent"] = float(stats.t.sf((margin - abs(value)) / error, df))
    estimated = found[1].value - found[0].value
    return {"estimate": estimated, **tested} | {
        "std_error": np.sqrt(max(0.0, np.square(errors).sum() - 2 * plain)) * error / error,
        # Pseudo-answers may draw the interval of a large difference away from it.
        "conf_low": np.minimum(tested["conf_low"], estimated),
        "conf_high": np.maximum(tested["conf_high"], estimated),
    }


def _change(sides: Any, found: list[Mean], kind: str) -> tuple[float, float, float]:
    """The adjusted difference, its variance and degrees of freedom where units answer on both
    sides.
    """
    codes = np.union1d(*(sample.clusters for _, sample in sides))
    forms, means, variance = [], [], 0.0
    for (y, sample), one in zip(sides, found, strict=True):
        form = Form.of(y, sample, np.searchsorted(codes, sample.clusters), len(codes))
        pull = one.kish / (one.kish + PSEUDO[kind][0])
        value, whole = one.adjusted(kind, one.kish)
        # What the pseudo-answers add: they are of no unit.
        variance += whole - pull**2 * one.spread / one.kish if pull < 1 else 0.0
        means.append(value)
        forms.append(replace(form, scores=pull * form.scores))
    change = forms[1].scores - forms[0].scores
    return means[1] - means[0], float(variance + change @ change), freedom(*forms)


def nps_scores(answers: np.ndarray) -> np.ndarray:
    """Answers 0–10 as NPS points: 100 from a promoter, 0 from a passive, −100 from a detractor."""
    return 100.0 * ((answers >= PROMOTER).astype(float) - (answers < PASSIVE))


def _error(found: Mean, y: np.ndarray, sample: Any, kind: str) -> float:
    """The linearised standard error; of a share or a score of independent, equally weighted answers
    as its peers have it, with n and not n − 1.
    """
    if kind == "mean" and not found.variance > 0:
        return np.nan
    if not np.isnan(found.alike):
        return float(np.sqrt(found.spread / max(found.alike - 1, 1)))
    if sample.equal and sample.strata is None and kind != "mean":
        return float(np.sqrt(found.spread / sample.n))
    return standard_error(y, sample)


def _row(found: Mean, error: float, low: float, high: float) -> dict[str, float]:
    return {"estimate": found.value, "std_error": error, "conf_low": low, "conf_high": high}
