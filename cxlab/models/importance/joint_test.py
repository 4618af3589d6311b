"""Joint test that no touchpoint explains anything, required before a ranking.

Wald's test on a robust covariance is anticonservative: with twelve touchpoints without effect, 150
rows and sampling weights it rejected the true null in one of four studies. The score test uses the
residuals of the null model, whatever the distribution of answers, and Hotelling's distribution of
the mean score.
"""

import numpy as np
from scipy import stats

from cxlab.models.design import INTERCEPT
from cxlab.models.fit import Fit
from cxlab.stats.inference import hotelling
from cxlab.stats.linear import residuals_on, unit_sums
from cxlab.stats.ordered import maximise


def joint_p_value(fit: Fit, terms: list[str]) -> float:
    """p of the hypothesis that none of `terms` explains anything beside the fit's other terms (of a
    pooled fit the median over its data sets).

    A row's score is u = w·r·x̃ (q numbers): r its residual in the model without the terms (of an
    ordinal or binary model the derivative of its log-likelihood by the linear predictor), x̃ what
    the other terms leave of the terms' columns, w its weight; with accounts, scores are summed by
    account. Their mean is tested by Hotelling's T², with no more accounts than terms by t tests. A
    fit that holds no rows is tested by Wald's on its covariance, the classical F test of all terms
    where clusters are too few for it. Of true nulls 3–6 in 100 are rejected at 5 % from 40
    rows and 6 terms on, whatever the weights, accounts, spread and family; with fewer than five
    rows a term little is found.
    """
    if len(fit.design.x):
        return float(np.median([_p_value(one, terms) for one in fit.completed_fits]))
    _, p_value, _ = fit.wald(np.eye(len(fit.params))[fit.params.index.get_indexer(terms)])
    q, df = len(terms), fit.n - len(fit.params)
    if np.isnan(p_value) and q == len(fit.params) - 1:
        # Too few clusters for Wald's test of all terms.
        return float(stats.f.sf(fit.r_squared / q / ((1 - fit.r_squared) / df), q, df))
    return p_value


def _p_value(fit: Fit, terms: list[str]) -> float:
    x, weights = fit.design.x.astype(float), fit.design.sample.w
    held = x.drop(columns=terms)
    if fit.family == "ols":
        residual = residuals_on(held, fit.design.y.to_frame(), weights)
    else:
        # Derivative of each row's log-likelihood by its linear predictor, at the maximum of the
        # model with the held terms alone: that by all thresholds at once, which shift against the
        # predictor.
        alone = held.drop(columns=INTERCEPT, errors="ignore").to_numpy()
        at = maximise(alone, fit.codes, fit.k, weights, fit.link)
        residual = -at.scores[:, : fit.k - 1].sum(axis=1, keepdims=True)
    scores = residuals_on(held, x[terms], weights) * residual * weights[:, None]
    return hotelling(unit_sums(scores, fit.design.clusters))
