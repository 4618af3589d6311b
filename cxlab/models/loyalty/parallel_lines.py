"""Test of the parallel-lines (proportional-odds) assumption of a cumulative model.

The model has one slope for all thresholds. The test lets the slope of one touchpoint differ by
threshold (partial proportional odds; Peterson & Harrell 1990).
"""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.loyalty.categorical import CategoricalFit, score_covariance
from cxlab.models.loyalty.imputation import PooledFit
from cxlab.stats.inference import holm, wald
from cxlab.stats.ordered import Rows
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS


@estimator("parallel_lines")
def parallel_lines(fit: Fit) -> pd.DataFrame:
    """Are the slopes of an ordinal model the same at every threshold?

    Parameters
    ----------
    fit : CategoricalFit
        An ordinal fit of three answers or more.

    Returns
    -------
    DataFrame
        `touchpoint statistic df p_value p_holm note`: one row a touchpoint, and `all_touchpoints`
        together. `p_holm` is adjusted over the touchpoints. A touchpoint whose freed model has no
        maximum (few gave some answer) has NaN and the `note` too_few_answers: try
        `categories="nps"`.

    Raises
    ------
    ModelError
        Not an ordinal fit, or two answers only.

    Notes
    -----
    H0: γ_j = 0 for all j > 1 in P(Y ≤ j) = F(θ_j − x'b − x_t'γ_j). `statistic` is the likelihood
    ratio χ² with (k − 2) × terms degrees of freedom; with weights or clusters, where the likelihood
    is not one, Wald's F on linearised or clustered errors. With thousands of rows small departures
    are found; see how much a slope differs before giving the model up. Checked against
    ordinal::nominal_test (1e-6).

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1)
    >>> fit = cx.fit_loyalty(study, touchpoints=["delivery"], family="ordinal", categories="nps")
    >>> cx.drivers.parallel_lines(fit).round(2).values.tolist()
    [['delivery', 0.2, 1, 0.65, 0.65, ''], ['all_touchpoints', 0.2, 1, 0.65, nan, '']]
    """
    if fit.family != "ordinal":
        raise ModelError(
            "parallel lines are a matter of ordinal models, this fit is {family}; use"
            " fit_loyalty(…, family='ordinal')",
            family=fit.family,
        )
    if isinstance(fit, PooledFit):
        raise ModelError(
            "parallel lines: a model pooled over imputed answers has no likelihood of its own; fit"
            " it with missing='usage' or 'listwise'"
        )
    if fit.k < 3:
        raise ModelError(
            "outcome {outcome}: only {count} different answers occur, so there is one threshold and"
            " nothing to compare",
            outcome=fit.outcome,
            count=fit.k,
        )
    owner = fit.design.touchpoint
    freed = {
        name: [term for term in fit.slopes.index if owner.get(term) == name]
        for name in fit.design.touchpoints
    }
    freed[ALL_TOUCHPOINTS] = [term for terms in freed.values() for term in terms]
    rows = [_tested(fit, name, terms) for name, terms in freed.items()]
    frame = pd.DataFrame(rows, columns=["touchpoint", "statistic", "df", "p_value", "note"])
    one = frame["touchpoint"] != ALL_TOUCHPOINTS
    frame.insert(4, "p_holm", holm(frame["p_value"].where(one)))
    return frame


def _tested(fit: CategoricalFit, name: str, freed: list[str]) -> list[Any]:
    terms, held = fit.design.x[fit.slopes.index], fit.slopes.drop(freed)
    centred = terms - terms.mean()
    x, z = centred[held.index].to_numpy(), np.column_stack([np.ones(fit.n), centred[freed]])
    rows = Rows(x, fit.codes, fit.k, fit.design.sample.w, fit.link, z)
    m, q = fit.k - 1, len(freed)
    df = (m - 1) * q
    # The parallel model in the freed one's parameters: every threshold has the same slopes.
    # Centring moved its thresholds.
    cuts = fit.thresholds - float(terms.mean() @ fit.slopes)
    same = np.column_stack([cuts, np.tile(-fit.slopes[freed], (m, 1))])
    start = np.concatenate([same.ravel(), held])
    too_few = [name, np.nan, df, np.nan, "too_few_answers"]
    try:
        point, _ = rows.newton(rows.x, start, outcome=fit.outcome)
    except ModelError:
        return too_few
    if fit.covariance == "information":
        statistic = 2 * (point.value - fit.log_likelihood)
        return [name, statistic, df, float(stats.chi2.sf(statistic, df)), ""]
    scores = rows.scores(point.params)
    cov = score_covariance(fit.covariance, scores, point.information, fit.design.sample)
    # Differences of each later threshold's slopes from the first's.
    later = np.column_stack([-np.ones(m - 1), np.eye(m - 1)])
    contrast = np.zeros((df, len(point.params)))
    contrast[:, : same.size] = np.kron(later, np.eye(q + 1)[1:])
    spread = contrast @ cov @ contrast.T
    extent = np.linalg.eigvalsh(spread)
    if not extent[0] > 1e-12 * abs(extent[-1]):
        # With few answers in a category a freed slope may diverge although the likelihood has
        # converged; it then has no error.
        return too_few
    clustered = fit.covariance == "clustered"
    statistic, p_value, _ = wald(contrast @ point.params, spread, fit.df_least, clustered)
    return [name, statistic, df, p_value, "" if np.isfinite(p_value) else "too_few_clusters"]
