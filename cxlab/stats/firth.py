"""Logistic regression by Firth's penalised likelihood, which has a maximum also where a column
separates the answers.

Firth (1993, Biometrika 80:27) adds half the logarithm of the information's determinant (Jeffreys'
prior) to the log-likelihood, which takes away the first-order bias. Near separation the likelihood
is lopsided, so intervals are profiled (Heinze & Schemper 2002, Stat. Med. 21:2409), as in R's
logistf.
"""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from cxlab.errors import ModelError
from cxlab.stats.ordered import Point

# The step uses the plain information, so convergence is linear, with a rate of about terms / rows.
MOST_STEPS, MOST_HALVINGS, LONGEST_STEP = 500, 30, 5.0
# Squared distances from the maximum in standard errors: the one wanted, and the one that does where
# rounding allows no better.
CONVERGED, NEAR = 1e-20, 1e-12
# The determinant of a nearly separated information has this rounding error: near the maximum a step
# may seem to lose as much.
ROUNDING = 1e-10


@dataclass(frozen=True)
class PenalisedLogit:
    """Firth's likelihood l(β) + ½ log |X'WX| of a 0/1 answer `y` on `x` (n × p, intercept
    first).
    """

    x: np.ndarray
    y: np.ndarray
    outcome: str

    def at(self, beta: np.ndarray) -> Point:
        """Value, penalised score X'(y − π + h(½ − π)) and information X'WX."""
        eta = self.x @ beta
        probability = special.expit(eta)
        weight = probability * (1 - probability)
        information = (self.x * weight[:, None]).T @ self.x
        sign, determinant = np.linalg.slogdet(information)
        if sign <= 0 or not np.isfinite(determinant):
            return Point(beta, -np.inf, beta, information)
        hat = weight * ((self.x @ np.linalg.inv(information)) * self.x).sum(axis=1)
        score = (self.y - probability + hat * (0.5 - probability)) @ self.x
        value = -float(np.logaddexp(0, np.where(self.y == 1, -eta, eta)).sum())
        return Point(beta, value + determinant / 2, score, information)

    def maximum(self, start: np.ndarray, free: np.ndarray) -> Point:
        """The maximum over the coefficients `free` (bool), the others as in `start`."""
        point, last = self.at(start), np.inf
        for _ in range(MOST_STEPS):
            move = np.zeros_like(start)
            move[free] = np.linalg.solve(point.information[np.ix_(free, free)], point.score[free])
            decrement = point.score @ move
            if decrement < CONVERGED or last / 2 < decrement < NEAR:
                return point
            last = decrement
            move *= min(1.0, LONGEST_STEP / np.abs(move).max())
            least = point.value - ROUNDING * max(1.0, abs(point.value))
            for _ in range(MOST_HALVINGS):
                tried = self.at(point.params + move)
                if tried.value >= least:
                    break
                move /= 2
            else:
                break
            point = tried
        raise ModelError(
            "outcome {outcome}: the penalised likelihood did not reach its maximum in {steps}"
            " steps; use fewer touchpoints, or family='ols'",
            outcome=self.outcome,
            steps=MOST_STEPS,
        )

    def drop(self, at: Point, fixed: int, value: float) -> float:
        """√(2·drop of the likelihood from its maximum `at`) with coefficient `fixed` at `value`."""
        free = np.arange(len(at.params)) != fixed
        held = self.maximum(np.where(free, at.params, value), free)
        return float(np.sqrt(max(0.0, 2 * (at.value - held.value))))

    def end(self, at: Point, fixed: int, step: float, quantile: float) -> float:
        """Where the profile of a coefficient has dropped by `quantile`²/2: to the right for a
        positive `step`, else to the left. The step is doubled until the end lies within it.
        """

        def beyond(value: float) -> float:
            return self.drop(at, fixed, value) - quantile

        start = at.params[fixed]
        for _ in range(MOST_STEPS):
            if beyond(start + step) > 0:
                return optimize.brentq(beyond, start, start + step)
            step *= 2
        raise ModelError(
            "outcome {outcome}: the profile of a slope has no end that {steps} steps reach; use"
            " fewer touchpoints",
            outcome=self.outcome,
            steps=MOST_STEPS,
        )
