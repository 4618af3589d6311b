"""Binary loyalty where a touchpoint separates the answers: Firth's penalised likelihood.

Without a penalty the slope of a separating touchpoint is infinite. Firth (1993, Biometrika 80:27)
adds half the logarithm of the information's determinant (Jeffreys' prior) to the log-likelihood,
which takes away the first-order bias and has a finite maximum always. Near separation the
likelihood is lopsided, so intervals are profiled (Heinze & Schemper 2002, Stat. Med. 21:2409), as
in R's logistf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import check_estimable
from cxlab.models.loyalty.categorical import CategoricalFit, null_log_likelihood, refuse_constant
from cxlab.stats.inference import check_level

# The step uses the plain information, so convergence is linear, with a rate of about terms / rows.
MOST_STEPS, MOST_HALVINGS, LONGEST_STEP = 500, 30, 5.0
# Squared distances from the maximum in standard errors: the one wanted, and the one that does where
# rounding allows no better.
CONVERGED, NEAR = 1e-20, 1e-12
# The determinant of a nearly separated information has this much noise: near the maximum a step may
# seem to lose as much.
ROUNDING = 1e-10
# A profile's end is found when the root of twice the drop is this near to the wanted quantile.
AT_THE_END = 1e-8


@dataclass(frozen=True)
class _Penalised:
    """Firth's likelihood l(β) + ½ log |X'WX| of a 0/1 answer `y` on `x` (n × p, intercept
    first).
    """

    x: np.ndarray
    y: np.ndarray
    outcome: str

    def at(self, beta: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Value, penalised score X'(y − π + h(½ − π)) and information X'WX."""
        eta = self.x @ beta
        probability = special.expit(eta)
        weight = probability * (1 - probability)
        information = (self.x * weight[:, None]).T @ self.x
        sign, determinant = np.linalg.slogdet(information)
        if sign <= 0 or not np.isfinite(determinant):
            return -np.inf, beta, information
        value = -float(np.logaddexp(0, np.where(self.y == 1, -eta, eta)).sum()) + determinant / 2
        hat = weight * ((self.x @ np.linalg.inv(information)) * self.x).sum(axis=1)
        return value, (self.y - probability + hat * (0.5 - probability)) @ self.x, information

    def maximum(
        self, start: np.ndarray, free: np.ndarray
    ) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        """β that maximises over the coefficients `free` (bool), the others as in `start`; with
        value, score and information there.
        """
        beta = start.copy()
        value, score, information = self.at(beta)
        last = np.inf
        for _ in range(MOST_STEPS):
            if not free.any():
                return beta, value, score, information
            move = np.zeros_like(beta)
            move[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
            decrement = score @ move
            if decrement < CONVERGED or last / 2 < decrement < NEAR:
                return beta, value, score, information
            last = decrement
            move *= min(1.0, LONGEST_STEP / np.abs(move).max())
            for _ in range(MOST_HALVINGS):
                tried = self.at(beta + move)
                if tried[0] >= value - ROUNDING * max(1.0, abs(value)):
                    break
                move /= 2
            else:
                break
            beta, (value, score, information) = beta + move, tried
        raise ModelError(
            "outcome {outcome}: the penalised likelihood did not reach its maximum in {steps}"
            " steps; use fewer touchpoints, or family='ols'",
            outcome=self.outcome,
            steps=MOST_STEPS,
        )

    def drop(
        self, best: float, start: np.ndarray, fixed: int, value: float
    ) -> tuple[np.ndarray, float, float]:
        """β with coefficient `fixed` held at `value`; √(2·drop of the likelihood) there, and its
        derivative's size by `value`.
        """
        free = np.arange(len(start)) != fixed
        beta, reached, score, _ = self.maximum(np.where(free, start, value), free)
        root = np.sqrt(max(0.0, 2 * (best - reached)))
        # The profile's slope is the score of the coefficient held (envelope theorem).
        return beta, root, abs(score[fixed]) / root if root > 0 else np.nan

    def end(
        self, beta: np.ndarray, best: float, fixed: int, error: float, quantile: float
    ) -> float:
        """Where the profile of a coefficient has dropped by `quantile`²/2, to the right for a
        positive `error`, else to the left.
        """
        at, start = beta[fixed] + quantile * error, beta
        for _ in range(MOST_STEPS):
            start, root, slope = self.drop(best, start, fixed, at)
            if abs(root - quantile) < AT_THE_END:
                return at
            # The root is almost a straight line in the coefficient; a step is at most twice the
            # distance gone so far.
            limit = 2 * abs(at - beta[fixed])
            at += np.sign(error) * np.clip((quantile - root) / slope, -limit / 4, limit)
        raise ModelError(
            "outcome {outcome}: the profile of a slope has no end that {steps} steps reach; use"
            " fewer touchpoints",
            outcome=self.outcome,
            steps=MOST_STEPS,
        )


@dataclass(frozen=True, repr=False, eq=False)
class FirthFit(CategoricalFit):
    """A binary model by Firth's penalised likelihood. `cov` is the inverse information (for Wald's
    errors); `tidy` profiles.

    `log_likelihood` and `r_squared` are those of the plain likelihood at the penalised estimate;
    AICc and BIC do not apply.
    """

    best: float = np.nan

    def tidy(self, conf_level: float = 0.95) -> pd.DataFrame:
        """As every fit; `statistic` is the signed root of the penalised likelihood-ratio χ²,
        intervals are its profile's ends.
        """
        check_level(conf_level)
        frame, likelihood, at = (
            super().tidy(conf_level),
            _likelihood(self.design),
            self.params.to_numpy(),
        )
        quantile = stats.norm.ppf((1 + conf_level) / 2)
        for j, error in enumerate(frame["std_error"]):
            low, high = (
                likelihood.end(at, self.best, j, side * error, quantile) for side in (-1, 1)
            )
            _, root, _ = likelihood.drop(self.best, at, j, 0.0)
            frame.loc[j, ["statistic", "p_value", "conf_low", "conf_high"]] = [
                np.sign(at[j]) * root,
                2 * stats.norm.sf(root),
                low,
                high,
            ]
        return frame

    def information(self) -> tuple[float, float]:
        return np.nan, np.nan

    def overall_p_value(self) -> float:
        """Penalised likelihood-ratio test that no term explains anything."""
        likelihood, start = (
            _likelihood(self.design),
            self.params.where(self.params.index == INTERCEPT, 0.0).to_numpy(),
        )
        _, null, *_ = likelihood.maximum(start, self.params.index == INTERCEPT)
        return float(stats.chi2.sf(2 * (self.best - null), len(self.slopes)))


def _likelihood(design: Design) -> _Penalised:
    return _Penalised(design.x.to_numpy(), design.y.to_numpy(), design.outcome)


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
    start = np.zeros(len(terms))
    start[0] = special.logit(design.y.mean())
    beta, best, score, information = likelihood.maximum(start, np.ones(len(terms), dtype=bool))
    eta = design.x.to_numpy() @ beta
    reached = -float(np.logaddexp(0, np.where(design.y == 1, -eta, eta)).sum())
    null = null_log_likelihood(design.y.to_numpy().astype(int), None)
    return FirthFit(
        "loyalty: binary logit, Firth",
        design,
        pd.Series(beta, index=terms),
        pd.DataFrame(np.linalg.inv(information), index=terms, columns=terms),
        "profile",
        np.inf,
        1 - reached / null,
        reached,
        family="binary",
        values=(0.0, 1.0),
        categories=tuple(labels.values()),
        link="logit",
        log_likelihood_null=null,
        gradient=float(np.abs(score).max() / len(eta)),
        best=best,
    )
