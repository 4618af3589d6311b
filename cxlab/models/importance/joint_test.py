"""Do the touchpoints together explain more than chance? Asked before any ranking, so it must not
say yes too often.

Wald's test on a robust covariance does: of studies with twelve touchpoints that matter nothing, 150
rows and sampling weights, it found an effect in one of four. A score test asks the same of the
model without the touchpoints: there every row has its residual as it is under the hypothesis,
however the answers are distributed, and the mean of the rows' scores has Hotelling's distribution.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

from cxlab.models.design import INTERCEPT
from cxlab.models.fit import Fit
from cxlab.stats.linear import unit_sums


def joint_p_value(fit: Fit, terms: list[str]) -> float:
    """p of the hypothesis that none of `terms` explains anything beside the fit's other terms (of a
    pooled fit the median over its data sets).

    A row's score is u = w·r·x̃ (q numbers): r its residual in the model without the terms (of an
    ordinal or binary model the derivative of its log-likelihood by the linear predictor), x̃ what
    the other terms leave of the terms' columns, w its weight; with accounts, scores are summed by
    account. T² = G·ū'S⁻¹ū over G rows or accounts, F = T²(G − q)/(q(G − 1)) on q and G − q degrees
    of freedom (Hotelling 1931, Ann. Math. Stat. 2:360). No more accounts than terms: Bonferroni
    over the q t tests. A fit that holds no rows gives its own test. Of true nulls 3–6 in 100 are
    rejected at 5 % from 40 rows and 6 terms on, whatever the weights, accounts, spread and family;
    with fewer than five rows a term little is found.
    """
    parts = getattr(fit, "completed", ()) or (fit,)
    return float(
        np.median(
            [
                _p_value(part, terms) if len(part.design.x) else _own_p_value(part, terms)
                for part in parts
            ]
        )
    )


def _p_value(fit: Fit, terms: list[str]) -> float:
    design, others = fit.design, [term for term in fit.design.x.columns if term not in terms]
    weights = design.sample.w
    held = design.x[others].to_numpy(dtype=float)
    residual = (
        _left(design.y.to_numpy(dtype=float)[:, None], held, weights)[:, 0]
        if fit.family == "ols"
        else _null_score(fit, others, weights)
    )
    scores = (
        _left(design.x[terms].to_numpy(dtype=float), held, weights) * (weights * residual)[:, None]
    )
    return hotelling(unit_sums(scores, design.clusters))


def hotelling(rows: np.ndarray) -> float:
    """p of the hypothesis that the mean of the rows (G × q) is 0."""
    units, q = rows.shape
    mean, spread = rows.mean(axis=0), np.cov(rows.T).reshape(q, q)
    if units <= q:
        t = np.abs(mean) / np.sqrt(np.diag(spread) / units)
        return float(min(1.0, q * 2 * stats.t.sf(t.max(), units - 1)))
    statistic = units * mean @ np.linalg.lstsq(spread, mean, rcond=None)[0]
    return float(stats.f.sf(statistic * (units - q) / (q * (units - 1)), q, units - q))


def _left(columns: np.ndarray, held: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Residuals of the columns on `held`, weighted."""
    root = np.sqrt(weights)[:, None]
    return columns - held @ np.linalg.lstsq(held * root, columns * root, rcond=None)[0]


def _null_score(fit: Fit, others: list[str], weights: np.ndarray) -> np.ndarray:
    """Derivative of each row's log-likelihood by its linear predictor (n), at the maximum of the
    model with the other terms alone.
    """
    from cxlab.stats.ordered import Maximum, maximise, row_scores

    x, codes = (
        fit.design.x[[term for term in others if term != INTERCEPT]].to_numpy(dtype=float),
        fit.codes,
    )
    at = maximise(x, codes, fit.k, weights, fit.link)
    one = np.column_stack([x, np.ones(len(x))])
    return row_scores(
        Maximum(
            at.thresholds,
            np.append(at.slopes, 0.0),
            at.log_likelihood,
            at.information,
            0.0,
            0,
            fit.link,
        ),
        one,
        codes,
    )[:, -1]


def _own_p_value(fit: Fit, terms: list[str]) -> float:
    if len(terms) == len(fit.params.drop(INTERCEPT)):
        return fit.overall_p_value()
    return fit.wald(fit.params[terms].to_numpy(), fit.cov.loc[terms, terms].to_numpy())[1]
