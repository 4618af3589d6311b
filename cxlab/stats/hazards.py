"""How long customers stay: Cox's (1972) model, the survival curves that it gives, and what each
customer adds to their error.

statsmodels fits the slopes (Efron's ties, delayed entry). An error of a mean over customers of what
the curves say needs the influence of each customer on slopes and baseline alike, which it does not
give; here both come from one integral over the martingale residuals (Andersen & Gill 1982; Therneau
& Grambsch 2000, ch. 7), in the form that belongs to Efron's ties, so that they add up to 0.
"""

import numpy as np
from statsmodels.duration.hazard_regression import PHReg

# Rows × times are held for so many cells at once.
CELLS = 5_000_000


class Hazards:
    """Cox's model of customers who were watched from `entry` to `time` (n) and left (`event`, 0 or
    1), by their terms `x` (n × k); by partial likelihood.

    Attributes
    ----------
    params, covariance, log_likelihood
        Slopes (k), their covariance from the information, and the partial likelihood.
    influence : ndarray
        n × k, what each customer adds to the slopes: the sum of squares over n² is their robust
        variance.
    at, baseline : ndarray
        The J times at which somebody left, and the cumulative hazard (Efron's) of x = 0 there.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where the likelihood has no maximum.
    """

    def __init__(
        self, time: np.ndarray, entry: np.ndarray, event: np.ndarray, x: np.ndarray
    ) -> None:
        found = PHReg(time, x, status=event, entry=entry, ties="efron").fit()
        self.params, self.log_likelihood = found.params, float(found.llf)
        self.covariance = found.cov_params()
        self.time, self.entry, self.left = time, entry, event > 0
        self.risk = np.exp(x @ self.params)
        self.at, self.place, self.deaths = np.unique(
            time[self.left], return_inverse=True, return_counts=True
        )
        columns = self.risk[:, None] * np.column_stack([np.ones(len(x)), x])
        watched = _from(self.at, time, columns) - _from(self.at, entry, columns)
        gone = np.zeros_like(watched)
        np.add.at(gone, self.place, columns[self.left])
        # Those who leave at the same time leave one after the other, each an equal part of each.
        self.first = np.cumsum(self.deaths) - self.deaths
        self.pair = np.repeat(np.arange(len(self.at)), self.deaths)
        self.part = (np.arange(len(self.pair)) - self.first[self.pair]) / self.deaths[self.pair]
        sums = watched[self.pair] - self.part[:, None] * gone[self.pair]
        self.size = sums[:, 0]
        means = sums / sums[:, :1]  # of 1 and the terms, over who is at risk
        total = np.cumsum(self._by_time(means / self.size[:, None]), axis=0)
        # The slope is that of −baseline by the parameters.
        self.baseline, self.slope = total[:, 0], total[:, 1:]
        parts = self._integral(means)
        self.influence = len(x) * (x * parts[:, :1] - parts[:, 1:]) @ self.covariance

    def _by_time(self, values: np.ndarray) -> np.ndarray:
        """Sums over those who leave at the same time (J × q)."""
        return np.add.reduceat(values, self.first, axis=0)

    def _integral(self, values: np.ndarray) -> np.ndarray:
        """∫ f dM of each customer (n × q), for f at each departure."""
        each = values / self.size[:, None]
        whole, own = self._by_time(each), self._by_time(each * (1 - self.part)[:, None])
        run = np.vstack([np.zeros(values.shape[1]), np.cumsum(whole, axis=0)])
        until = np.searchsorted(self.at, self.time, side="right")
        lived = run[until] - run[np.searchsorted(self.at, self.entry, side="right")]
        lived[self.left] += (own - whole)[self.place]
        found = -self.risk[:, None] * lived
        found[self.left] += (self._by_time(values) / self.deaths[:, None])[self.place]
        return found

    def contrast(
        self, high: np.ndarray, low: np.ndarray, horizon: float, kept: bool
    ) -> tuple[float, np.ndarray]:
        """The mean over customers of what the model says at the terms `high` less at `low` (n × k):
        the share who are still there at the horizon (`kept`), or the time that they stay up to it;
        and what each customer adds to its error (n).
        """
        within = self.at <= horizon
        hazard, slope = self.baseline[within], self.slope[within]
        gaps = np.diff(np.append(self.at[within], horizon))
        if kept:  # the last time alone
            hazard, slope, gaps = hazard[-1:], slope[-1:], np.ones(min(1, len(gaps)))
        n, values = len(high), np.zeros(len(high))
        by_hazard, by_params = np.zeros(len(gaps)), np.zeros(len(self.params))
        size = max(1, CELLS // max(1, len(gaps)))
        for rows in (slice(i, i + size) for i in range(0, n, size)):
            for terms, sign in ((high[rows], 1), (low[rows], -1)):
                risk = np.exp(terms @ self.params)
                there = sign * np.exp(-np.outer(risk, hazard)) * gaps
                values[rows] += there.sum(axis=1)
                by_hazard -= risk @ there / n
                by_params -= terms.T @ (risk * (there @ hazard)) / n
        by_params -= by_hazard @ slope
        # What a change of the baseline at one time changes at all later ones.
        later = np.zeros(len(self.at))
        later[within] = np.cumsum(by_hazard[::-1])[::-1]
        jumps = self._integral((later[self.pair] / self.size)[:, None])[:, 0]
        mean = float(values.mean())
        return mean, values - mean + self.influence @ by_params + n * jumps


def _from(at: np.ndarray, times: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Sums of the columns over who is at these times or later (J × q)."""
    order = np.argsort(times, kind="stable")
    sums = np.vstack([np.cumsum(columns[order][::-1], axis=0)[::-1], np.zeros(columns.shape[1])])
    return sums[np.searchsorted(times[order], at)]
