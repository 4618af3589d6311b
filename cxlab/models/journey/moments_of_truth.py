"""Which contacts of the journey weigh more than the others, and whether they are lived well.

"Moment of truth" is said of many touchpoints and tested of few: in a table of effects one is always
the largest. Here a touchpoint is one only where its weight exceeds the mean weight of the others
beyond chance.
"""

from contextlib import suppress
from itertools import islice
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import common_scale, ratings_of
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit, with_inference
from cxlab.models.gap.penalty_reward import penalty_reward
from cxlab.models.loyalty.effects import (
    Valued,
    measures,
    slope,
    touchpoints_of,
)
from cxlab.stats import sampling
from cxlab.stats.inference import holm
from cxlab.stats.linear import quadratic_forms
from cxlab.stats.pooling import rubin
from cxlab.study.sample import Sample
from cxlab.study.study import Study

# Of fewer touchpoints "more than the others" says little: none is named.
FEWEST = 4
# A claim holds at this level over all touchpoints together.
LEVEL = 0.05
TOP = 3
SIDES = ("penalty", "reward", "class")
EFFECT = {"estimate": "effect", "conf_low": "effect_low", "conf_high": "effect_high"}
COLUMNS = (
    *("touchpoint", "outcome", "measure", "estimate", "conf_low", "conf_high", "points", "beyond"),
    *("p_value", "p_holm", "p_top3", "used", "experience", "experience_beyond"),
    *("experience_p_holm", "moment", *SIDES, "n"),
)


@estimator("moments_of_truth")
def moments_of_truth(
    study: Study, fit: Fit, *, conf_level: float = 0.95, n_boot: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """The weight of each touchpoint of a driver model, and which are moments of truth.

    Parameters
    ----------
    study : Study
        The study that was fitted.
    fit : Fit
        A fit of `fit_loyalty`.
    conf_level : float
        Confidence level of the intervals.
    n_boot : int
        Draws of `p_top3`; 0 leaves it out.
    seed : int
        Seed of the draws.

    Returns
    -------
    DataFrame
        One row a touchpoint: `touchpoint outcome measure estimate conf_low conf_high points beyond
        p_value p_holm p_top3 used experience experience_beyond experience_p_holm moment penalty
        reward class n`. `estimate` is the weight, effect × reach: what the mean outcome of all
        respondents changes with when those who met the touchpoint (a share `used` of 0–1) rate it
        one scale point higher; `points` the same in NPS points, where the outcome is NPS. `beyond`
        is the weight less the mean weight of the others, its one-sided p adjusted by Holm over the
        touchpoints in `p_holm`; `p_top3` the share of draws in which the weight is among the three
        largest: no test. `moment` is "" where the weight does not exceed the others' at 5 %; else
        "asset" or "pain" where the mean experience lies above or below the mean of the others
        (`experience_beyond`, scale points; Holm), "open" where neither holds. `penalty reward
        class` are those of `penalty_reward`, where it can be had: where low ratings hurt, and where
        excellence pays. `n` rated the touchpoint.

    Raises
    ------
    ModelError
        As `effects`; touchpoints on different scales.

    Notes
    -----
    Effects and errors as in `effects`, contrasts on the fit's own covariance and degrees of
    freedom, with the variance of the reach. The draws are from the normal law with the fit's
    estimates and covariance (Efron 1985's parametric bootstrap). No touchpoint is named among fewer
    than four. Where all weights are equal, 5 of 100 studies name one; of ten touchpoints one that
    weighs twice as much as each of the others is found in 65–81 of 100 studies of 600 where the
    touchpoints explain two thirds of the outcome, in 96–99 where they explain four fifths
    (tests/calibration/moments.py). The term: Normann (1984).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(600, seed=1)
    >>> moments = cx.journey.moments_of_truth(study, cx.fit_loyalty(study))
    >>> moments.loc[moments["moment"] != "", ["touchpoint", "moment"]].values.tolist()
    [['delivery', 'pain'], ['support', 'pain']]
    """
    common_scale(study, touchpoints_of(fit))
    frame, weights = weighed(study, fit, conf_level)
    names, k = [*frame["touchpoint"]], len(frame)
    if n_boot:
        first = np.argsort(-_drawn(weights, n_boot, seed))[:, :TOP, None]
        frame["p_top3"] = (first == np.arange(k)).any(axis=1).mean(axis=0)
    sides = pd.DataFrame(index=names, columns=list(SIDES))
    with suppress(ModelError):  # nobody rates low, or high
        found = penalty_reward(study, fit.outcome, touchpoints=names, n_boot=0)
        sides = pd.DataFrame(found).set_index("touchpoint").reindex(names)
    frame[list(SIDES)] = sides[list(SIDES)].to_numpy()
    return frame[[column for column in COLUMNS if column in frame]]


def weighed(study: Study, fit: Fit, conf_level: float) -> tuple[pd.DataFrame, list["Weights"]]:
    """The weights of a fit's touchpoints with what is said of them, and the effects (of an NPS in
    its points, `effect_measure`), a row each; and the weights by each completed data set. On
    different scales nothing is said of them.
    """
    names, met = touchpoints_of(fit), fit.met()
    k = len(names)
    (measure, _, fits, _), *more = islice(measures(fit), 2)
    weights = [Weights.of(one, met) for one in fits]
    own = _pooled(weights, np.eye(k), conf_level)[["estimate", "conf_low", "conf_high"]]
    frame = pd.DataFrame({"touchpoint": names, "outcome": fit.outcome, "measure": measure})
    # Of an NPS the second measure is its points, by least squares.
    points = [found for _, model, found, _ in more if model == "ols" and found]
    effects = [Weights.of(one, met) for found in points for one in found] or weights
    if points:
        frame["points"] = np.mean([one.size for one in effects], axis=0)
    effect = _pooled([one.of_users() for one in effects], np.eye(k), conf_level)
    effect = effect.rename(columns=EFFECT | {"p_value": "effect_p"})
    frame = frame.join(own).join(effect[[*EFFECT.values()]])
    frame["effect_p_holm"] = holm(effect["effect_p"])
    frame["effect_measure"] = "nps_points" if points else measure
    if not on_one_scale(study, names):  # a point is not a point
        return frame.assign(moment=""), weights
    # What a touchpoint has beyond the mean of the others.
    beyond = _pooled(weights, (k * np.eye(k) - 1) / (k - 1 or np.nan), conf_level)
    # Only a weight above the others' is a claim: the test has one side.
    p_value = stats.norm.sf(-np.sign(beyond["estimate"]) * stats.norm.ppf(beyond["p_value"] / 2))
    frame = frame.assign(beyond=beyond["estimate"], p_value=p_value, p_holm=holm(p_value))
    frame = frame.assign(used=weights[0].reach, **lived(study, names))
    clear = (frame["p_holm"] < LEVEL) & (k >= FEWEST)
    sure, better = frame["experience_p_holm"] < LEVEL, frame["experience_beyond"] > 0
    kinds = np.select([sure & better, sure], ["asset", "pain"], "open")
    return frame.assign(moment=np.where(clear, kinds, "")), weights


def on_one_scale(study: Study, names: list[str]) -> bool:
    """Whether touchpoints are rated on one scale, so that their means and weights compare."""
    return len({(study.scale_of(t).min, study.scale_of(t).max) for t in names}) == 1


class Weights(NamedTuple):
    """Effect × reach of each touchpoint by one fit (k), its derivatives by the fit's parameters (k
    × p), and the reach (k) with its covariance.
    """

    fit: Fit
    size: np.ndarray
    by_params: np.ndarray
    reach: np.ndarray
    of_reach: np.ndarray

    @classmethod
    def of(cls, one: Valued, met: pd.DataFrame) -> Self:
        sample, used = one[0].design.sample, met.to_numpy(dtype=float).T
        each = [slope(*one, t, met[t])[:2] for t in met]
        effect, by_params = (np.array(part) for part in zip(*each, strict=True))
        reach = np.array([sample.average(column) for column in used])
        scores = np.array([sampling.unit_scores(column, sample) for column in used])
        return cls(one[0], effect * reach, by_params * reach[:, None], reach, scores @ scores.T)

    def of_users(self) -> Self:
        """The effects themselves, on those who met the touchpoint."""
        per_user, everybody = self.by_params / self.reach[:, None], np.ones_like(self.reach)
        return Weights(self.fit, self.size / self.reach, per_user, everybody, 0 * self.of_reach)

    def combined(self, lines: np.ndarray) -> np.ndarray:
        """Linear combinations (q × k), their errors and degrees of freedom (3 × q)."""
        error, df = self.fit.mean_errors(lines @ self.by_params)
        effect = self.size / self.reach
        error = np.sqrt(error**2 + quadratic_forms(lines * effect, self.of_reach))
        return np.array([lines @ self.size, error, df])


def _pooled(weights: list[Weights], lines: np.ndarray, conf_level: float) -> pd.DataFrame:
    """Combinations of weights with their intervals, over completed data sets by Rubin's rules."""
    each = np.array([one.combined(lines) for one in weights])
    estimate, error, df = each.mean(axis=0)
    if len(each) > 1:
        estimate, variance, df, _ = rubin(each[:, 0], each[:, 1] ** 2, df)
        error = np.sqrt(variance)
    return with_inference(pd.DataFrame({"estimate": estimate}), error, df, conf_level)


def _drawn(weights: list[Weights], n_boot: int, seed: int) -> np.ndarray:
    """Weights drawn from their normal law (draws × k); of several completed data sets with the
    variance between them (Rubin 1987).
    """
    sizes = np.array([one.size for one in weights])
    each = [one.by_params @ one.fit.cov.to_numpy() @ one.by_params.T for one in weights]
    cov = np.mean(each, axis=0)
    if len(weights) > 1:
        cov = cov + (1 + 1 / len(weights)) * np.cov(sizes.T)
    rng = np.random.default_rng(seed)
    return rng.multivariate_normal(sizes.mean(axis=0), cov, n_boot, method="eigh")


def lived(study: Study, names: list[str]) -> dict[str, np.ndarray]:
    """The mean experience of each touchpoint, and the test that it is the mean of the others'."""
    x, sample, k = ratings_of(study, names), Sample.of(study, study.index), len(names)
    rated = x.notna().to_numpy()
    parts = [(x[t].to_numpy()[one], sample.at(one)) for t, one in zip(names, rated.T, strict=True)]
    means = np.array([part.average(y) for y, part in parts])
    # What each respondent adds to a mean of those who rated.
    scores = np.where(rated, x - means, 0.0) / [sample.average(one) for one in rated.T]
    others = k - 1 or np.nan
    beyond = means - (means.sum() - means) / others
    scores = scores - (scores.sum(axis=1, keepdims=True) - scores) / others
    p_values = []
    for (y, part), difference, score in zip(parts, beyond, scores.T, strict=True):
        found = sampling.estimate(score, sample)
        # Those who rated the touchpoint carry the most of the error.
        df = min(found.df, sampling.estimate(y, part).df)
        t = abs(difference) / np.sqrt(found.variance)
        p_values.append(np.nan if part.refusal else 2 * stats.t.sf(t, df))
    return {
        "experience": means,
        "experience_beyond": beyond,
        "experience_p_holm": holm(p_values),
        "n": rated.sum(axis=0),
    }
