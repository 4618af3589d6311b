"""Maximum likelihood for ordered answers: one Newton iteration for the cumulative logit, the
cumulative probit and their binary case.

statsmodels' OrderedModel works with numerical derivatives (seconds on 0–10, and its own default
stops far from the maximum), and dominance analysis needs the likelihood of every subset of drivers.
With thresholds θ and slopes b, P(Y ≤ j) = F(θ_j − x'b), the log-likelihood is concave (Pratt 1981),
its gradient and information are short sums, and a handful of Newton steps reach the maximum.
"""

from collections.abc import Iterable
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
    """Where the (weighted) log-likelihood is largest: `thresholds` (k − 1), `slopes` (p), and what
    is known there.

    `information` is the negative Hessian, thresholds first ((k − 1 + p)²); `gradient` the largest
    score per row (a check, near 0); `curvature` the least information that is left in any
    direction, as a part of the null model's: near 0 where slopes grow without end.
    """

    thresholds: np.ndarray
    slopes: np.ndarray
    log_likelihood: float
    information: np.ndarray
    gradient: float
    iterations: int
    link: str = "logit"
    curvature: float = 1.0

    @property
    def params(self) -> np.ndarray:
        return np.concatenate([self.thresholds, self.slopes])


@dataclass(frozen=True)
class Point:
    """The likelihood and its derivatives at one set of parameters."""

    params: np.ndarray
    value: float
    score: np.ndarray
    information: np.ndarray


class Rows:
    """Rows sorted by answer, so that sums over an answer are sums over a slice.

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
        order = np.argsort(codes, kind="stable")
        self.x = np.asarray(x, dtype=float)[order]
        self.z = np.ones((len(order), 1)) if z is None else np.asarray(z, dtype=float)[order]
        self.weights = (
            np.ones(len(order)) if weights is None else np.asarray(weights, dtype=float)[order]
        )
        self.codes, self.k, self.link, self.order = codes[order], k, link, order
        ends = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=k))])
        self.slices = [slice(ends[j], ends[j + 1]) for j in range(k)]
        self.cumulative = np.cumsum(counts)[:-1] / counts.sum()

    def start(self, slopes: int) -> np.ndarray:
        """Thresholds from the cumulative proportions, all else 0: the null model's maximum."""
        cut = (
            special.logit(self.cumulative)
            if self.link == "logit"
            else special.ndtri(self.cumulative)
        )
        first = np.zeros((self.k - 1, self.z.shape[1]))
        first[:, 0] = cut
        return np.concatenate([first.ravel(), np.zeros(slopes)])

    def bounds(self, params: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower end of each row's answer on the latent scale, n each; ±∞ at the ends."""
        m, q = self.k - 1, self.z.shape[1]
        cuts = np.zeros((m + 2, q))
        cuts[0, 0], cuts[1:-1], cuts[-1, 0] = -np.inf, params[: m * q].reshape(m, q), np.inf
        eta = x @ params[m * q :]
        upper, lower = ((self.z * cuts[self.codes + end]).sum(axis=1) - eta for end in (1, 0))
        return upper, lower

    def at(self, params: np.ndarray, x: np.ndarray) -> Point:
        """Log-likelihood Σ w log π, its gradient and negative Hessian; −∞ where thresholds
        cross.
        """
        nowhere = Point(params, -np.inf, params, params)
        upper, lower = self.bounds(params, x)
        if not (upper > lower).all():
            return nowhere
        value, *changes = derivatives(upper, lower, self.link)
        total = float(self.weights @ value)
        if not np.isfinite(total):
            return nowhere
        first_u, first_l, uu, ll, ul = (self.weights * one for one in changes)
        m, q = self.k - 1, self.z.shape[1]
        score, own, cross = np.zeros((m, q)), np.zeros((m, q, m, q)), np.zeros((m, q, x.shape[1]))
        for j, rows in enumerate(self.slices):
            z, part = self.z[rows], x[rows]
            for cut, first, second in (
                (j, first_u[rows], uu[rows]),
                (j - 1, first_l[rows], ll[rows]),
            ):
                if 0 <= cut < m:
                    score[cut] += first @ z
                    own[cut, :, cut] += (z.T * second) @ z
                    cross[cut] -= (z.T * (second + ul[rows])) @ part
            if 0 < j < m:
                own[j, :, j - 1] = own[j - 1, :, j] = (z.T * ul[rows]) @ z
        cross = cross.reshape(m * q, -1)
        slopes = (x.T * (uu + ll + 2 * ul)) @ x
        information = np.block([[own.reshape(m * q, m * q), cross], [cross.T, slopes]])
        score = np.concatenate([score.ravel(), -(first_u + first_l) @ x])
        return Point(params, total, score, information)

    def by_row(self, params: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """log π (n) and its gradient (n × parameters), unweighted, in the order in which the rows
        were given.
        """
        value, first_u, first_l, *_ = derivatives(*self.bounds(params, x), self.link)
        scores, each = np.zeros((len(x), self.k + 1, self.z.shape[1])), np.arange(len(x))
        scores[each, self.codes + 1] = first_u[:, None] * self.z
        scores[each, self.codes] = first_l[:, None] * self.z
        inner = scores[:, 1:-1].reshape(len(x), -1)
        scores = np.column_stack([inner, -(first_u + first_l)[:, None] * x])
        back = np.argsort(self.order)
        return value[back], scores[back]

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
            point, improved = self._halved(point, move, x, last)
            if last:
                return point, step
            if not improved:
                break
        raise ModelError(
            "outcome {outcome}: the likelihood did not reach its maximum (largest gradient"
            " {gradient:.1e} per row); a touchpoint may separate the answers, or nearly repeat"
            " another: use fewer touchpoints",
            outcome=outcome,
            gradient=float(np.abs(point.score).max() / self.weights.sum()),
        )

    def _halved(
        self, point: Point, move: np.ndarray, x: np.ndarray, last: bool
    ) -> tuple[Point, bool]:
        for _ in range(MOST_HALVINGS):
            tried = self.at(point.params + move, x)
            # At the maximum the likelihood moves by less than its own rounding.
            if tried.value >= point.value - (
                1e-12 * abs(point.value) if last else 1e-14 * abs(point.value)
            ):
                return tried, True
            move = move / 2
        return point, False


def derivatives(upper: np.ndarray, lower: np.ndarray, link: str) -> tuple[np.ndarray, ...]:
    """log π with π = F(upper) − F(lower), its derivatives by both ends, and the negative second
    derivatives (uu, ll, ul).
    """
    if link == "logit":
        # π = F(u)·F(−l)·(1 − e^{l−u}): no difference of nearly equal numbers, and derivatives
        # without division by π.
        above, below = special.expit(upper), special.expit(-lower)
        with np.errstate(over="ignore", divide="ignore"):
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
        density_u = np.exp(-upper * upper / 2) / np.sqrt(2 * np.pi) / probability
        density_l = np.exp(-lower * lower / 2) / np.sqrt(2 * np.pi) / probability
        value = np.log(probability)
    upper, lower = (
        np.where(np.isfinite(upper), upper, 0.0),
        np.where(np.isfinite(lower), lower, 0.0),
    )
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
    mean = x.mean(axis=0) if len(x) else np.zeros(x.shape[1])
    rows = Rows(x - mean, np.asarray(codes), k, weights, link)
    m = k - 1
    point, iterations = rows.newton(rows.x, outcome=outcome)
    curvature = _curvature(rows, point)
    if curvature < BOUNDARY:
        raise ModelError(
            "outcome {outcome}: the likelihood has no maximum, its slopes grow without end; a"
            " touchpoint separates the answers: leave it out",
            outcome=outcome,
        )
    # Back from centred columns: θ = θ_c + mean'b.
    turn = np.eye(len(point.params))
    turn[:m, m:] = -mean
    thresholds, slopes = point.params[:m] + mean @ point.params[m:], point.params[m:]
    gradient = float(np.abs(point.score).max() / rows.weights.sum())
    return Maximum(
        thresholds,
        slopes,
        point.value,
        turn.T @ point.information @ turn,
        gradient,
        iterations,
        link,
        curvature,
    )


def _curvature(rows: Rows, point: Point) -> float:
    null = rows.at(rows.start(rows.x.shape[1]), rows.x).information
    try:
        return float(
            linalg.eigh(point.information, null, eigvals_only=True, subset_by_index=[0, 0])[0]
        )
    except linalg.LinAlgError:
        return 0.0


def row_scores(at: Maximum, x: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Gradient of each row's log-likelihood (n × (k − 1 + p), thresholds first), unweighted; times
    the weights, its columns sum to 0.
    """
    return Rows(x, np.asarray(codes), len(at.thresholds) + 1, None, at.link).scores(at.params)


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
