"""Latent classes of categorical answers (Lazarsfeld & Henry 1968; Goodman 1974) by weighted EM,
many starts at once.

Within a class answers do not depend on each other. Rows with the same answers are one pattern, so a
step of all starts is two products of matrices. What is not answered has no part in the likelihood:
a respondent who never met a contact tells nothing of how he would have rated it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cxlab.stats.resampling import resample_counts

STARTS = 50
# Of all starts the best few go on, and of these the best, each time for so many steps. In single
# precision, which tells good starts from bad ones in half the time.
ROUNDS = ((STARTS, 15), (12, 40), (4, 120))
# The last one has converged where three steps (Varadhan & Roland 2008) gain less, in units of the
# log-likelihood, and ends where a step moves less, or after so many more.
GAIN, MOVE, MORE, MOST_STEPS = 1e-9, 1e-11, 20, 3_000
TINY = 1e-30
# All starts end where none gains so much by a step.
ENOUGH = 0.01
# Of a resample: random starts beside the classes themselves, and steps of all and of the best.
AGAIN, AGAIN_STEPS = 7, (20, 60)
# A block of columns that fits a processor's cache.
BLOCK = 400_000


@dataclass(frozen=True, eq=False)
class Patterns:
    """Different rows of answers: `marks` (patterns × levels, 1 or 0) has the levels of one item
    after those of another, from `first` on; `places` is the pattern of each row.
    """

    marks: np.ndarray
    first: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, codes: np.ndarray) -> Patterns:
        """Of answers (rows × items) as codes from 0 on, -1 where there is none."""
        rows, places = np.unique(codes, axis=0, return_inverse=True)
        sizes = codes.max(axis=0) + 1
        marks = [rows[:, [i]] == np.arange(size) for i, size in enumerate(sizes)]
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        return cls(np.hstack(marks).astype(float), first, places.reshape(-1))

    @cached_property
    def sizes(self) -> np.ndarray:
        """The number of levels of each item."""
        return np.diff(self.first, append=self.marks.shape[1])

    def weights(self, w: np.ndarray) -> np.ndarray:
        """Sums of rows' weights by pattern."""
        return np.bincount(self.places, w, minlength=len(self.marks))

    def parameters(self, k: int) -> int:
        """How many numbers `k` classes have."""
        return k - 1 + k * int((self.sizes - 1).sum())

    def most(self) -> int:
        """The largest number of classes that has fewer parameters than there are cells."""
        cells = float(np.prod(self.sizes.astype(float)))
        cells, each = min(cells, len(self.places)), self.parameters(1) + 1
        return int(max(1, cells // each))


# Shares of the classes (starts × classes), and of each level in each class (levels × starts ×
# classes).
Estimates = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes that were found, the largest first: their `shares`, the share of each level in each
    (`levels`, levels × classes) and the log-likelihood with weights of mean 1.
    """

    shares: np.ndarray
    levels: np.ndarray
    loglik: float
    converged: bool

    def posterior(self, patterns: Patterns) -> np.ndarray:
        """The probability of each class (rows × classes)."""
        joint = _joint(patterns.marks, (self.shares[None], self.levels[:, None]))[:, 0]
        return np.exp(joint - _log_sum(joint))[patterns.places]


def entropy(posterior: np.ndarray, w: np.ndarray) -> float:
    """How clearly rows belong to one class: 1 where there is no doubt, 0 where nothing is known;
    NaN of one class.
    """
    k = posterior.shape[1]
    doubt = -(posterior * np.log(np.maximum(posterior, TINY))).sum(axis=1)
    return float(1 - np.average(doubt, weights=w) / np.log(k)) if k > 1 else np.nan


def find_classes(patterns: Patterns, w: np.ndarray, k: int, seed: int) -> Classes:
    """The best `k` classes of all starts. The starts of one number of classes do not depend on
    which others are looked at.
    """
    weights = patterns.weights(w)[:, None]
    found = _random(patterns, weights, STARTS, k, np.random.default_rng([seed, k]))
    for best, steps in ROUNDS:
        found, logliks = _short(patterns, weights, found, steps)
        order = np.argsort(-logliks, kind="stable")
        found = _at(found, order[: _next(best)])
    (shares, levels), loglik, converged = _finish(patterns, weights, found)
    order = np.argsort(-shares[0], kind="stable")
    return Classes(shares[0, order], levels[:, 0, order], loglik, converged)


def _next(starts: int) -> int:
    """How many starts go on after a round of so many."""
    following = [best for best, _ in ROUNDS if best < starts]
    return following[0] if following else 1


def _at(found: Estimates, starts: np.ndarray) -> Estimates:
    return found[0][starts], found[1][:, starts]


def _random(
    patterns: Patterns, weights: np.ndarray, starts: int, k: int, rng: np.random.Generator
) -> Estimates:
    """Equal classes whose levels are those of everybody, each times a random number."""
    overall = patterns.marks.T @ weights.mean(axis=1)
    levels = rng.exponential(size=(len(overall), starts, k)) * overall[:, None, None]
    return np.full((starts, k), 1 / k), _normal(patterns, levels)


def _normal(patterns: Patterns, levels: np.ndarray) -> np.ndarray:
    """Levels that add up to 1 in each item and class."""
    sums = np.add.reduceat(levels, patterns.first, axis=0)
    return levels / np.repeat(np.maximum(sums, TINY), patterns.sizes, axis=0)


def _joint(marks: np.ndarray, found: Estimates) -> np.ndarray:
    """Logs of the probability of each pattern and class (patterns × starts × classes)."""
    shares, levels = (np.log(np.maximum(one, TINY)).astype(marks.dtype) for one in found)
    return (marks @ levels.reshape(len(levels), -1)).reshape(-1, *shares.shape) + shares


def _log_sum(joint: np.ndarray) -> np.ndarray:
    top = joint.max(axis=-1, keepdims=True)
    return top + np.log(np.exp(joint - top).sum(axis=-1, keepdims=True))


def _step(
    patterns: Patterns, marks: np.ndarray, weights: np.ndarray, found: Estimates
) -> tuple[Estimates, np.ndarray]:
    """One step of EM of all starts; the log-likelihood is that before it."""
    joint = _joint(marks, found)
    top = joint.max(axis=-1, keepdims=True)
    joint -= top
    np.exp(joint, out=joint)
    total = joint.sum(axis=-1, keepdims=True)
    logliks = (weights * (top + np.log(total))[..., 0]).sum(axis=0, dtype=float)
    joint *= weights[..., None].astype(marks.dtype) / total
    levels = (marks.T @ joint.reshape(len(marks), -1)).reshape(-1, *joint.shape[1:])
    shares = joint.sum(axis=0)
    return (shares / shares.sum(axis=-1, keepdims=True), _normal(patterns, levels)), logliks


def _short(
    patterns: Patterns, weights: np.ndarray, found: Estimates, steps: int
) -> tuple[Estimates, np.ndarray]:
    """So many steps of each start, some starts at a time; the log-likelihood before the last one.
    `weights` are patterns × 1, or × starts.
    """
    marks, (starts, k) = patterns.marks.astype(np.float32), found[0].shape
    found, logliks = tuple(one.astype(np.float32) for one in found), np.zeros(starts)
    weights = np.broadcast_to(weights, (len(marks), starts))
    for live in np.array_split(np.arange(starts), max(1, len(marks) * starts * k // BLOCK)):
        part, own, before = _at(found, live), weights[:, live].astype(np.float32), -np.inf
        for _ in range(steps):
            part, after = _step(patterns, marks, own, part)
            found[0][live], found[1][:, live], logliks[live] = *part, after
            still, before = after - before >= ENOUGH, after
            if not still.any():
                break
            if still.mean() < 0.8:
                part, own, before, live = _at(part, still), own[:, still], after[still], live[still]
    return found, logliks


def _finish(
    patterns: Patterns, weights: np.ndarray, found: Estimates
) -> tuple[Estimates, float, bool]:
    """One start to its end: of every three steps the third is taken from where the first two lead
    to, unless that is worse than they are.
    """
    found = tuple(one.astype(float) for one in found)
    marks, best, still = patterns.marks, -np.inf, 0
    for _ in range(MOST_STEPS // 3):
        one, (before,) = _step(patterns, marks, weights, found)
        two, (after,) = _step(patterns, marks, weights, one)
        move = [new - old for new, old in zip(one, found, strict=True)]
        turn = [new - old - m for new, old, m in zip(two, one, move, strict=True)]
        lengths = [np.sqrt(sum((x**2).sum() for x in each)) for each in (move, turn)]
        far = max(1.0, lengths[0] / max(lengths[1], TINY))
        # Nothing is drawn below a tenth of where the two steps lead: 0 would stay 0.
        ahead = [
            np.maximum(old + 2 * far * m + far**2 * t, new / 10)
            for old, m, t, new in zip(found, move, turn, two, strict=True)
        ]
        ahead = ahead[0] / ahead[0].sum(axis=-1, keepdims=True), _normal(patterns, ahead[1])
        three, (reached,) = _step(patterns, marks, weights, ahead)
        found = three if reached >= after else two
        still += max(after, reached) - best < GAIN
        if still > MORE or (still and lengths[0] < MOVE):
            break
        best = max(best, after, reached)
    return found, float(_step(patterns, marks, weights, found)[1][0]), still > 0


# ---- resamples of rows, or of whole clusters


def stability(
    patterns: Patterns, w: np.ndarray, found: Classes, units: np.ndarray, n_boot: int, seed: int
) -> np.ndarray:
    """How well each class is found again in resamples: the mean over them of its largest Jaccard
    coefficient with a class that is found there, over the rows that were drawn, each counted once
    (Hennig 2007, Computational Statistics & Data Analysis 52:258).
    """
    k, rng = len(found.shares), np.random.default_rng([seed, len(found.shares)])
    own = np.eye(k)[_likeliest(patterns, found.shares[None], found.levels[:, None])[:, 0]]
    total = np.zeros(k)
    for drawn, once in _drawn(patterns, w, units, n_boot, seed):
        repeats, starts = drawn.shape[1], AGAIN + 1
        weights = np.repeat(drawn, starts, axis=1)
        begin = _random(patterns, drawn, repeats * starts, k, rng)
        begin[0][::starts], begin[1][:, ::starts] = found.shares, found.levels[:, None]
        again, logliks = _short(patterns, weights, begin, AGAIN_STEPS[0])
        best = logliks.reshape(repeats, starts).argmax(axis=1) + starts * np.arange(repeats)
        again, _ = _short(patterns, drawn, _at(again, best), AGAIN_STEPS[1])
        theirs = np.eye(k)[_likeliest(patterns, *again)] * once[..., None]
        both = np.einsum("pi,pbj->bij", own, theirs)
        sizes = both.sum(axis=2, keepdims=True) + both.sum(axis=1, keepdims=True)
        total += (both / np.maximum(sizes - both, TINY)).max(axis=2).sum(axis=0)
    return total / n_boot


def resampled(
    patterns: Patterns, w: np.ndarray, found: Classes, units: np.ndarray, n_boot: int, seed: int
) -> Estimates:
    """The classes in each resample, from what they are in the whole sample on."""
    shares, levels = [], []
    for drawn, _ in _drawn(patterns, w, units, n_boot, seed):
        shape = drawn.shape[1], len(found.shares)
        begin = (
            np.broadcast_to(found.shares, shape),
            np.broadcast_to(found.levels[:, None], (len(found.levels), *shape)),
        )
        again, _ = _short(patterns, drawn, begin, AGAIN_STEPS[1])
        shares.append(again[0])
        levels.append(again[1])
    return np.concatenate(shares), np.concatenate(levels, axis=1)


def _likeliest(patterns: Patterns, shares: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """The likeliest class (patterns × starts)."""
    return _joint(patterns.marks, (shares, levels)).argmax(axis=-1)


def _drawn(
    patterns: Patterns, w: np.ndarray, units: np.ndarray, n_boot: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The weights of patterns (patterns × resamples), in blocks, and those of the rows that were
    drawn at all.
    """
    for counts in resample_counts(int(units.max()) + 1, n_boot, seed, BLOCK):
        rows = counts[:, units] * w
        yield tuple(
            np.array([patterns.weights(one) for one in each]).T
            for each in (rows, np.where(rows > 0, w, 0.0))
        )
