"""Does one slope do for every step of the scale? The check that a cumulative model owes its reader.

The model gives a touchpoint one slope, whether it parts detractors from passives or passives from
promoters. The test lets the slope of one touchpoint differ by threshold (the partial proportional
odds model of Peterson & Harrell 1990) and asks what that gains.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT
from cxlab.models.loyalty.categorical import CategoricalFit, score_sandwich
from cxlab.stats.inference import holm
from cxlab.stats.ordered import Rows
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS


def parallel_lines(fit: CategoricalFit) -> pd.DataFrame:
    """Are the slopes of an ordinal model the same at every threshold? One row a touchpoint, and
    `all_touchpoints` together.

    H0: γ_j = 0 for all j > 1 in P(Y ≤ j) = F(θ_j − x'b − x_t'γ_j). `statistic` is the likelihood
    ratio χ² with (k − 2) × terms degrees of freedom; with weights or clusters, where the likelihood
    is not one, Wald's F on linearised or clustered errors. `p_holm` is adjusted over the
    touchpoints. A touchpoint whose freed model has no maximum (too few gave some answer) has NaN
    and says so in `note`: try `categories="nps"`. With thousands of rows small departures are
    found; see how much a slope differs before giving the model up. Columns `touchpoint statistic df
    p_value p_holm note`. Checked against ordinal::nominal_test (1e-6). Raises ModelError: not an
    ordinal fit, or two categories only.
    """
    if getattr(fit, "family", "") != "ordinal":
        raise ModelError(
            "parallel lines are a matter of ordinal models, this fit is {family}; use"
            " fit_loyalty(…, family='ordinal')",
            family=getattr(fit, "family", "none"),
        )
    if getattr(fit, "completed", ()):
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
    terms = [term for term in fit.design.x.columns if term != INTERCEPT]
    by_touchpoint = {
        name: [t for t in terms if owner.get(t) == name]
        for name in dict.fromkeys(owner.get(t) for t in terms)
        if name
    }
    rows = [_tested(fit, name, freed) for name, freed in by_touchpoint.items()]
    frame = pd.DataFrame(
        [
            *rows,
            _tested(fit, ALL_TOUCHPOINTS, [t for freed in by_touchpoint.values() for t in freed]),
        ]
    )
    frame["p_holm"] = holm(frame["p_value"].where(frame["touchpoint"] != ALL_TOUCHPOINTS))
    return frame[["touchpoint", "statistic", "df", "p_value", "p_holm", "note"]]


def _tested(fit: CategoricalFit, name: str, freed: list[str]) -> dict:
    x = fit.design.x.drop(columns=INTERCEPT)
    x = x - x.mean()
    weights = None if fit.design.weights is None else fit.design.sample.w
    rows = Rows(
        x.drop(columns=freed).to_numpy(),
        fit.codes,
        fit.k,
        weights,
        fit.link,
        np.column_stack([np.ones(fit.n), x[freed]]),
    )
    m, q = fit.k - 1, len(freed)
    result = {
        "touchpoint": name,
        "statistic": np.nan,
        "df": (m - 1) * q,
        "p_value": np.nan,
        "note": "",
    }
    # The parallel model in the freed one's parameters: every threshold has the same slopes.
    # Centring moved its thresholds.
    cuts = fit.thresholds - float(fit.design.x.drop(columns=INTERCEPT).mean() @ fit.slopes)
    start = np.concatenate(
        [
            np.column_stack([cuts, np.tile(-fit.slopes[freed].to_numpy(), (m, 1))]).ravel(),
            fit.slopes.drop(freed).to_numpy(),
        ]
    )
    try:
        point, _ = rows.newton(rows.x, start, outcome=fit.outcome)
    except ModelError:
        return result | {"note": "too_few_answers"}
    if fit.covariance == "information":
        statistic = 2 * (point.value - fit.log_likelihood)
        return result | {
            "statistic": statistic,
            "p_value": float(stats.chi2.sf(statistic, result["df"])),
        }
    cov = score_sandwich(
        fit.covariance, rows.scores(point.params), point.information, weights, fit.design.clusters
    )
    # Differences of each later threshold's slopes from the first's.
    contrast = np.zeros(((m - 1) * q, len(point.params)))
    for j in range(1, m):
        for i in range(q):
            row = (j - 1) * q + i
            contrast[row, j * (q + 1) + 1 + i], contrast[row, 1 + i] = 1, -1
    off, spread = contrast @ point.params, contrast @ cov @ contrast.T
    extent = np.linalg.eigvalsh(spread)
    if not extent[0] > 1e-12 * abs(extent[-1]):
        # Where a few gave some answer, a freed slope may run away without the likelihood showing
        # it: it then has no error.
        return result | {"note": "too_few_answers"}
    statistic, p_value = fit.wald(off, spread)
    return result | {
        "statistic": statistic,
        "p_value": p_value,
        "note": "" if np.isfinite(p_value) else "too_few_clusters",
    }
