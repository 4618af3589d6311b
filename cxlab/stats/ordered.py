"""Maximum likelihood for ordered answers: one Newton iteration for the cumulative logit, the
cumulative probit and their binary case.

statsmodels' OrderedModel works with numerical derivatives (seconds on 0–10, and its own default
stops far from the maximum), and dominance analysis needs the likelihood of every subset of drivers.
With thresholds θ and slopes b, P(Y ≤ j) = F(θ_j − x'b), the log-likelihood is concave (Pratt 1981),
its gradient and information are short sums, and a handful of Newton steps reach the maximum.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from cxlab.errors import ModelError
from cxlab.stats.linear import Array

LINKS = ("logit", "probit")
# Newton's decrement g'H⁻¹g is the squared distance from the maximum in standard errors: 1e-8 of
# one, before the last step is taken.
CONVERGED = 1e-16
# For the likelihood alone, which is flat at its maximum, 1e-5 of a standard error is an error of
# 1e-10.
CONVERGED_VALUE = 1e-10
MOST_STEPS, MOST_HALVINGS = 50, 30
# Information in some direction that has sunk to this part of the null model's: the maximum lies at
# infinity, not here. On the way there information falls with the decrement, to 1e-15 and less
# before that is small enough; slopes of 20 logits over the scale leave 1e-8.
BOUNDARY = 1e-10


@dataclass(frozen=True)
class Maximum:
    """Where the (weighted) log-likelihood is largest: `params`, k − 1 thresholds and p slopes, and
    what is known there.

    `information` is the negative Hessian, thresholds first ((k − 1 + p)²); `gradient` the largest
    score per row (a check, near 0); `curvature` the least information that is left in any
    direction, as a part of the null model's: near 0 where slopes grow without end; `scores` (n ×
    (k − 1 + p)) each row's gradient, unweighted: times the weights, its columns sum to 0.
    """

    params: np.ndarray
    log_likelihood: float
    information: np.ndarray
    scores: np.ndarray
    gradient: float
    curvature: float


@dataclass(frozen=True)
class Point:
    """The likelihood and its derivatives at one set of parameters."""

    params: np.ndarray
    value: float
    score: np.ndarray
    information: np.ndarray


class Rows:
    """Rows of ordered answers: an answer lies between two ends on the latent scale, each linear in
    the parameters.

    `z` (n × q) holds what has a coefficient of its own at every threshold: a column of ones, and in
    a test of parallel lines a touchpoint beside it. `x` (n × p) has one slope for all. Parameters:
    (k − 1) × q, threshold by threshold, then p slopes.
    """

    def __init__(
        self,
        x: np.ndarray,
        codes: np.ndarray,
        k: int,
        weights: Array,
        link: str,
        z: Array = None,
    ) -> None:
        if link not in LINKS:
            raise ModelError("link={link!r}: give logit or probit", link=link)
        counts = np.bincount(codes, weights, minlength=k)
        if len(counts) != k or not (counts > 0).all():
            raise ModelError(
                "{empty} of the {k} categories hold no answer; leave them out of the codes",
                empty=int((counts <= 0).sum()),
                k=k,
            )
        self.x, self.k, self.link = np.asarray(x, dtype=float), k, link
        ones = np.ones(len(codes))
        self.weights = ones if weights is None else np.asarray(weights, dtype=float)
        z = ones[:, None] if z is None else z
        # Of the upper and the lower end: the columns of its threshold, and ±∞ where it has none.
        self.cuts = [
            (np.eye(k + 1)[codes + end, 1:-1, None] * z[:, None]).reshape(len(codes), -1)
            for end in (1, 0)
        ]
        self.ends = np.where(codes == k - 1, np.inf, 0), np.where(codes == 0, -np.inf, 0)
        self.cumulative, self.q = np.cumsum(counts)[:-1] / counts.sum(), z.shape[1]

    def start(self, slopes: int) -> np.ndarray:
        """Thresholds from the cumulative proportions, all else 0: the null model's maximum."""
        quantile = special.logit if self.link == "logit" else special.ndtri
        first = np.zeros((self.k - 1, self.q))
        first[:, 0] = quantile(self.cumulative)
        return np.concatenate([first.ravel(), np.zeros(slopes)])

    def _changes(self, params: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """The columns (n × parameters) of upper and lower end, and the `derivatives` by these."""
        columns = [np.hstack([cut, -x]) for cut in self.cuts]
        upper, lower = (end + one @ params for end, one in zip(self.ends, columns, strict=True))
        return *columns, *derivatives(upper, lower, self.link)

    def at(self, params: np.ndarray, x: np.ndarray) -> Point:
        """Log-likelihood Σ w log π, its gradient and negative Hessian; −∞ where thresholds
        cross.
        """
        upper, lower, value, *changes = self._changes(params, x)
        total = float(self.weights @ value)
        if not np.isfinite(total):
            return Point(params, -np.inf, params, params)
        first_u, first_l, *second = (self.weights * one for one in changes)
        uu, ll, ul = (one[:, None] for one in second)
        information = upper.T @ (uu * upper + ul * lower) + lower.T @ (ll * lower + ul * upper)
        return Point(params, total, first_u @ upper + first_l @ lower, information)

    def by_row(self, params: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log π (n) and its gradient (n × parameters), unweighted."""
        upper, lower, value, first_u, first_l, *_ = self._changes(params, x)
        return value, first_u[:, None] * upper + first_l[:, None] * lower

    def scores(self, params: np.ndarray) -> np.ndarray:
        """The gradient of `by_row` with all columns of `x`."""
        return self.by_row(params, self.x)[1]

    def newton(
        self,
        x: np.ndarray,
        start: Array = None,
        enough: float = CONVERGED,
        outcome: str = "",
    ) -> tuple[Point, int]:
        """Newton's method with step halving until the decrement per unit of weight is below
        `enough`; one more step is then taken.
        """
        null = self.start(x.shape[1])
        point = self.at(null if start is None else start, x)
        if not np.isfinite(point.value):
            point = self.at(null, x)
        scale = self.weights.mean()
        for step in range(1, MOST_STEPS + 1):
            try:
                move = linalg.cho_solve(linalg.cho_factor(point.information), point.score)
            except linalg.LinAlgError:
                break
            decrement = float(point.score @ move) / scale
            last = decrement < enough
            # At the maximum the likelihood moves by less than its own rounding.
            least = point.value - (1e-12 if last else 1e-14) * abs(point.value)
            for _ in range(MOST_HALVINGS):
                tried = self.at(point.params + move, x)
                if tried.value >= least:
                    break
                move = move / 2
            else:
                tried = point
            if last:
                return tried, step
            if tried is point:
                break
            point = tried
        raise ModelError(
            "outcome {outcome}: the likelihood did not reach its maximum; the largest gradient is"
            " {gradient:.1e} per row, and a touchpoint may separate the answers, or nearly repeat"
            " another: use fewer touchpoints",
            outcome=outcome,
            gradient=float(np.abs(point.score).max() / self.weights.sum()),
        )


def derivatives(upper: np.ndarray, lower: np.ndarray, link: str) -> tuple[np.ndarray, ...]:
    """log π with π = F(upper) − F(lower), its derivatives by both ends, and the negative second
    derivatives (uu, ll, ul). NaN or −∞ where the ends cross.
    """
    if link == "logit":
        # π = F(u)·F(−l)·(1 − e^{l−u}): no difference of nearly equal numbers, and derivatives
        # without division by π.
        above, below = special.expit(upper), special.expit(-lower)
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            r = 1 / np.expm1(upper - lower)
            value = np.log(above * below / (1 + r))
        bend = r * (1 + r)
        return (
            value,
            1 - above + r,
            below - 1 - r,
            above * (1 - above) + bend,
            below * (1 - below) + bend,
            -bend,
        )
    # F is symmetric: both ends are moved to the lower tail, where differences keep their digits.
    flip = lower > 0
    high, low = np.where(flip, -lower, upper), np.where(flip, -upper, lower)
    probability = special.ndtr(high) - special.ndtr(low)
    with np.errstate(divide="ignore", invalid="ignore"):
        density_u, density_l = (
            np.exp(-end * end / 2) / np.sqrt(2 * np.pi) / probability for end in (upper, lower)
        )
        value = np.log(probability)
    upper, lower = (np.where(np.isfinite(end), end, 0.0) for end in (upper, lower))
    return (
        value,
        density_u,
        -density_l,
        density_u * (upper + density_u),
        density_l * (density_l - lower),
        -density_u * density_l,
    )


def maximise(
    x: np.ndarray,
    codes: np.ndarray,
    k: int,
    weights: Array = None,
    link: str = "logit",
    outcome: str = "",
) -> Maximum:
    """Largest (pseudo-)likelihood of P(Y ≤ j) = F(θ_j − x'b), `x` n × p without intercept, `codes`
    0…k−1, each of which occurs.

    Weights enter as Σ w log π; rows that are equal may be given once with their number. With k = 2
    this is logit or probit regression with intercept −θ. Source: McCullagh (1980), J. R. Stat. Soc.
    B 42:109; Newton's method with the observed information, halved steps and a check of the
    gradient. Checked against ordinal::clm and statsmodels OrderedModel (1e-6), R's glm. Raises
    ModelError where no maximum is reached: collinear columns, or a touchpoint that separates the
    answers.
    """
    x = np.asarray(x, dtype=float)
    mean = x.mean(axis=0)
    rows = Rows(x - mean, np.asarray(codes), k, weights, link)
    point, _ = rows.newton(rows.x, outcome=outcome)
    null = rows.at(rows.start(x.shape[1]), rows.x).information
    curvature = 0.0
    with suppress(linalg.LinAlgError):
        curvature = float(linalg.eigvalsh(point.information, null, subset_by_index=[0, 0])[0])
    if curvature < BOUNDARY:
        raise ModelError(
            "outcome {outcome}: the likelihood has no maximum, its slopes grow without end; a"
            " touchpoint separates the answers: leave it out",
            outcome=outcome,
        )
    # Back from centred columns: θ = θ_c + mean'b.
    turn = np.eye(len(point.params))
    turn[: k - 1, k - 1 :] = -mean
    return Maximum(
        np.linalg.inv(turn) @ point.params,
        point.value,
        turn.T @ point.information @ turn,
        rows.scores(point.params) @ turn,
        float(np.abs(point.score).max() / rows.weights.sum()),
        curvature,
    )


def subset_maxima(
    rows: Rows, players: list[list[int]], always: list[int], masks: Iterable[int]
) -> dict[int, tuple[list[int], Point]]:
    """The columns of x that each of the subsets `masks` has (bit j: player j is in), and its
    maximum.

    The full model is among them, and with every other subset one that has a player more: a subset
    starts where that one's quadratic approximation has its maximum once the player is left out, so
    two or three Newton steps do.
    """
    found = {}  # by subset: its columns, and where it is maximal
    for mask in sorted(masks, key=int.bit_count, reverse=True):
        inside = [j for j in range(len(players)) if mask >> j & 1]
        columns, start = [*always, *(c for j in inside for c in players[j])], None
        larger = (mask | 1 << j for j in range(len(players)) if j not in inside)
        above = next((one for one in larger if one in found), None)
        if above is not None:
            before, point = found[above]
            stays = np.append(np.ones(rows.k - 1, dtype=bool), np.isin(before, columns))
            h, params = point.information, point.params
            pulled = h[np.ix_(stays, ~stays)] @ params[~stays]
            start = params[stays] + np.linalg.solve(h[np.ix_(stays, stays)], pulled)
        found[mask] = columns, rows.newton(rows.x[:, columns], start, CONVERGED_VALUE)[0]
    return found
