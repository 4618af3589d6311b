"""What becomes of customers, on their loyalty: a mean, a chance or a time to leaving, and its
difference between two sets of terms with what each customer adds to the error.

One error serves all: the influence of each customer. Its mean, by the sample's own rule, has
weights, clusters and strata, and sums and products of such means have theirs.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, Design
from cxlab.models.estimable import check_estimable
from cxlab.models.loyalty.categorical import fit_categorical
from cxlab.stats.hazards import Hazards
from cxlab.study.sample import Sample

FAMILIES = {
    "amount": sm.families.Gaussian(),
    "gamma": sm.families.Gamma(sm.families.links.Log()),
    "binary": sm.families.Binomial(),
}
# What each model tells of, the last of which money is counted by.
MEASURES = {
    "amount": ("spend",),
    "gamma": ("spend",),
    "binary": ("kept",),
    "duration": ("kept", "tenure"),
}
# A slope of so many standard deviations of its term is one that runs away.
RUNAWAY = 15.0


@dataclass(frozen=True)
class Value:
    """An estimate, and what each customer adds to its error (n)."""

    estimate: float
    influence: np.ndarray

    def __mul__(self, other: "Value | float") -> "Value":
        if not isinstance(other, Value):
            return Value(self.estimate * other, self.influence * other)
        parts = other.estimate * self.influence, self.estimate * other.influence
        return Value(self.estimate * other.estimate, sum(parts))

    def told(self, sample: Sample, conf_level: float) -> dict[str, float]:
        """`estimate std_error conf_low conf_high p_value`."""
        each = self.estimate + self.influence
        return sample.mean(each, conf_level) | {"p_value": sample.p_value(each)}


class FollowUp:
    """A model of what became of customers: `params` and their `influence` (n × terms).

    design : the terms, of which the first is the intercept; `y` what became of them, of a duration
    how long they stayed. watched : of a duration `entry event` (n).
    """

    def __init__(self, design: Design, model: str, watched: pd.DataFrame | None = None) -> None:
        self.model, self.sample, self.x = model, design.sample, design.x.to_numpy(float)
        self.columns = {name: i for i, name in enumerate(design.x)}
        self._fit_hazards(design, watched) if model == "duration" else self._fit_mean(design)
        # Of few customers terms take a part of the spread, as in least squares.
        self.spare = np.sqrt(len(self.x) / (len(self.x) - len(self.params)))

    def _fit_mean(self, design: Design) -> None:
        self.law, y, w = FAMILIES[self.model], design.y.to_numpy(float), self.sample.w
        if self.model == "binary":
            found = fit_categorical(design, {0.0: "0", 1.0: "1"}, "binary").params
        else:
            check_estimable(design)
            found = sm.GLM(y, self.x, self.law, var_weights=w).fit().params
        self.params = np.asarray(found)
        eta = self.x @ self.params
        mean, slope = self.law.link.inverse(eta), self.law.link.inverse_deriv(eta)
        pull = slope / self.law.variance(mean)
        information = self.x.T @ (self.x * (w * slope * pull)[:, None])
        scores = self.x * ((y - mean) * pull)[:, None]
        self.influence = len(y) * scores @ np.linalg.inv(information)

    def _fit_hazards(self, design: Design, watched: pd.DataFrame) -> None:
        check_estimable(design)
        terms = self.x[:, 1:]  # a baseline takes the place of the intercept
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self.hazards = Hazards(design.y.to_numpy(float), *watched.to_numpy(float).T, terms)
        except (np.linalg.LinAlgError, Warning):
            self.hazards = None
        runs = self.hazards is None or np.abs(self.hazards.params * terms.std(axis=0)) > RUNAWAY
        if np.any(runs):
            raise ModelError(
                "outcome {outcome}: a term tells who leaves, so that the model has no maximum;"
                " leave out {terms}, or join levels",
                outcome=design.outcome,
                terms=", ".join(
                    design.x.columns.drop(INTERCEPT)[np.broadcast_to(runs, len(terms.T))]
                ),
            )
        self.params, self.influence = self.hazards.params, self.hazards.influence

    def at(self, **shifts: float | tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        """Terms of two sets (n × terms each), high and low: those of each customer, half a shift up
        and half down; or with the two numbers given.
        """
        high, low = self.x.copy(), self.x.copy()
        for name, shift in shifts.items():
            i = self.columns[name]
            if isinstance(shift, tuple):
                high[:, i], low[:, i] = shift
            else:
                high[:, i], low[:, i] = self.x[:, i] + shift / 2, self.x[:, i] - shift / 2
        return high, low

    def ratio(self, high: np.ndarray, low: np.ndarray) -> Value:
        """The difference on the scale of the model's slopes: the log of the ratio of means, odds or
        hazards.
        """
        step = (high - low)[0][len(high[0]) - len(self.params) :]
        return Value(float(step @ self.params), self.influence @ step * self.spare)

    def difference(
        self, high: np.ndarray, low: np.ndarray, measure: str, horizon: float | None
    ) -> Value:
        """The mean over customers of what the model says at `high` less at `low`."""
        if self.model == "duration":
            kept = measure == "kept"
            mean, influence = self.hazards.contrast(high[:, 1:], low[:, 1:], horizon, kept)
            return Value(mean, influence * self.spare)
        link, w = self.law.link, self.sample.w / len(self.x)
        ends = [(terms, terms @ self.params) for terms in (high, low)]
        up, down = (link.inverse(eta) for _, eta in ends)
        by_params = [terms.T @ (link.inverse_deriv(eta) * w) for terms, eta in ends]
        mean = self.sample.average(up - down)
        influence = up - down - mean + self.influence @ (by_params[0] - by_params[1])
        return Value(mean, influence * self.spare)


def mean_of(y: Any, sample: Sample) -> Value:
    """The mean of what each customer spends."""
    y = np.asarray(y, dtype=float)
    mean = sample.average(y)
    return Value(mean, y - mean)
