"""Binary loyalty where a touchpoint separates the answers: Firth's penalised likelihood.

Without a penalty the slope of a separating touchpoint is infinite (`cxlab.stats.firth`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlab.errors import ModelError
from cxlab.models.design import Design
from cxlab.models.estimable import check_estimable
from cxlab.models.estimator import estimator
from cxlab.models.fit import labelled
from cxlab.models.loyalty.categorical import CategoricalFit, null_log_likelihood, refuse_constant
from cxlab.stats.firth import PenalisedLogit


@dataclass(frozen=True, repr=False, eq=False)
class FirthFit(CategoricalFit):
    """A `CategoricalFit` by Firth's (1993) penalised likelihood.

    Attributes
    ----------
    cov : DataFrame
        Inverse information, for Wald's errors; the intervals of `tidy` are profiled.
    log_likelihood, r_squared : float
        Of the plain likelihood at the penalised estimate; AICc and BIC do not apply.
    """

    aicc = bic = np.nan

    @estimator("tidy")
    def tidy(self, *, conf_level: float = 0.95) -> pd.DataFrame:
        """As of every fit; `statistic` is the signed root of the penalised likelihood-ratio χ²,
        intervals are its profile's ends.
        """
        frame, likelihood = super().tidy(conf_level=conf_level), _likelihood(self.design)
        at = likelihood.at(self.params.to_numpy())
        quantile = stats.norm.ppf((1 + conf_level) / 2)
        for j, error in enumerate(quantile * frame["std_error"]):
            root = likelihood.drop(at, j, 0.0)
            tested = [np.sign(at.params[j]) * root, 2 * stats.norm.sf(root)]
            ends = [likelihood.end(at, j, side * error, quantile) for side in (-1, 1)]
            frame.loc[j, ["statistic", "p_value", "conf_low", "conf_high"]] = [*tested, *ends]
        return frame


def _likelihood(design: Design) -> PenalisedLogit:
    return PenalisedLogit(design.x.to_numpy(), design.y.to_numpy(), design.outcome)


def fit_firth(design: Design, labels: dict[float, str]) -> FirthFit:
    """Firth's logistic regression of a 0/1 outcome. Exact in a 2×2 table: the log odds ratio with ½
    added to each cell.

    Checked against logistf's published analysis of the endometrial cancer data (Heinze & Schemper
    2002). Raises ModelError with sampling weights or clusters, for which the penalty is not
    defined, and for whatever `check_estimable` refuses.
    """
    if not design.sample.equal:
        raise ModelError(
            "penalty='firth' takes rows as independent and equal: with sampling weights, accounts"
            " or a panel it has no sound form; leave the touchpoint out instead"
        )
    refuse_constant(design, labels)
    check_estimable(design)
    likelihood, terms = _likelihood(design), design.x.columns
    start = np.append(special.logit(design.y.mean()), np.zeros(len(terms) - 1))
    at = likelihood.maximum(start, np.ones(len(terms), dtype=bool))
    reached = at.value - np.linalg.slogdet(at.information)[1] / 2
    return FirthFit(
        "loyalty: binary logit, Firth",
        design,
        *labelled(terms, at.params, np.linalg.inv(at.information)),
        "profile",
        pd.Series(np.inf, terms),
        1 - reached / null_log_likelihood(design.y.to_numpy().astype(int), design.sample.w),
        reached,
        family="binary",
        values=(0.0, 1.0),
        categories=tuple(labels.values()),
        gradient=float(np.abs(at.score).max() / len(design.y)),
    )
