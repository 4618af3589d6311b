"""How much of the explained loyalty each touchpoint carries, by several definitions, and how sure
that ranking is.

LMG (Lindeman, Merenda & Gold 1980; Grömping 2006), the Shapley value of R², is the one to rank by:
it counts what a touchpoint explains alone, with some and with all of the others. The others show
how much the ranking owes to that choice. All come from the covariance matrix (`models/worth.py`),
or from the likelihoods of subsets (`models/mcfadden.py`), and every bootstrap from the same
resamples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.fit import Fit
from cxlab.models.importance.drivers import Drivers, drivers_of, refuse_few_units
from cxlab.models.importance.ranking import ranks, slopes, uncertainty
from cxlab.models.importance.value_function import (
    METHODS,
    Worth,
    lmg_shares,
    refuse_too_many,
    worth_of,
)
from cxlab.stats.inference import check_level
from cxlab.stats.subsets import renumbered, residual_correlation

# General dominance (Budescu 1993) of R² is LMG, so one computation has two names.
SYNONYMS = {"dominance": "lmg", "shapley": "lmg"}
# A ranking by subsets has this many of them, 2^p; the other methods have p.
BY_SUBSETS = ("lmg",)


def importance(
    fit: Fit,
    method: str = "lmg",
    n_boot: int = 2000,
    seed: int | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    always: Iterable[str] = (),
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Each touchpoint's share of the model's R², with bootstrap percentile intervals and the
    certainty of its rank.

    Parameters ---------- method : "lmg" (or "dominance": general dominance is the same number)
    shares out R²; of ordinal and binary fits McFadden's R², exactly up to 10 drivers, above by
    sampled orders whose standard error is the column `mc_error`. "johnson" (relative weights, 2000)
    and "pratt" (1987, may be negative) also sum to R². "beta" (squared standardised slope) and
    "zero_order" (R² alone) are in the same units but need not sum to it. All but lmg and zero_order
    are defined for family "ols" only. n_boot : resamples of rows, or of whole accounts or
    respondents; 0 gives no intervals. Of ordinal and binary fits each resample is a quadratic
    approximation at the full sample's maximum, not a refit (`cxlab.models.importance.mcfadden`); of
    more than 15 drivers a resample's shares come from sampled orders (`cxlab.stats.orders`), which
    widens the intervals by 1–2 %. groups : name → touchpoints that count as one driver (a stage).
    `always`: touchpoints that, like the fit's controls, are in every model; the shares are then of
    what the others add (Frisch & Waugh 1933). Johnson's weights have no definition for a group and
    are refused.

    One row a touchpoint (or group), best first: `share` (units of R²), `share_relative` (summing to
    1), intervals of both, `rank` with its interval, `p_top3`, the `slope` (outcome units; of
    ordinal and binary fits the average marginal effect) with its interval, and `sign`: "?" unless
    the slope differs from 0 after Holm's adjustment, because shares cannot be negative whatever the
    effect is; then `n outcome method` and `model`, the family. A touchpoint's used/not-used
    indicator (missing="usage") counts to the touchpoint. Refused where all terms together explain
    no more than chance (5 %), or where `diagnose` finds a ranking unsafe. Checked against R
    relaimpo (1e-10), rwa (1e-8) and domir (1e-8; McFadden 1e-6). Source: Grömping (2006), J. Stat.
    Softw. 17(1). Raises ModelError on unknown names and methods, and above 25 drivers (lmg).
    """
    check_level(conf_level)
    drivers, worth = _prepared(fit, [method], n_boot, groups, always)
    method = _known(worth, drivers, method)
    result = _shares(worth, drivers, method)
    if n_boot != 0:
        result = result.assign(
            **uncertainty(worth.draws([method], n_boot, seed)[method], conf_level)
        )
    # What is shown must be able to say what was explained, how weight was counted, and whether the
    # shares are of R² or of McFadden's.
    named = {"n": fit.n, "outcome": fit.outcome, "method": method, "model": fit.family}
    return result.assign(**slopes(fit, drivers.names, conf_level), **named).sort_values(
        "rank", ignore_index=True
    )


def compare_importance(
    fit: Fit,
    methods: Iterable[str] | None = None,
    n_boot: int = 0,
    seed: int | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    always: Iterable[str] = (),
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """The shares by several methods under one another: how much does the ranking owe to the method?

    `methods=None` takes all that the family and the drivers have (ols: lmg, johnson, pratt, beta,
    zero_order; ordinal and binary: lmg, zero_order). One row a method and touchpoint: `method
    touchpoint share share_relative rank`, with `n_boot` also the intervals, ranks and `p_top3` of
    `importance`, from the same resamples for every method; `n`. `share_relative` is the share
    divided by its method's sum. Raises ModelError as `importance`.
    """
    check_level(conf_level)
    asked = [methods] if isinstance(methods, str) else methods and list(methods)
    drivers, worth = _prepared(fit, asked or ["lmg"], n_boot, groups, always)
    names = list(dict.fromkeys(_known(worth, drivers, method) for method in asked or worth.methods))
    draws = worth.draws(names, n_boot, seed) if n_boot != 0 else {}
    parts = []
    for method in names:
        part = _shares(worth, drivers, method)
        part.insert(0, "method", method)
        parts.append(
            (part.assign(**uncertainty(draws[method], conf_level)) if draws else part).sort_values(
                "rank"
            )
        )
    return pd.concat(parts, ignore_index=True).assign(n=fit.n)


def rank_distribution(
    fit: Fit,
    method: str = "lmg",
    n_boot: int = 2000,
    seed: int | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    always: Iterable[str] = (),
) -> pd.DataFrame:
    """How often each touchpoint takes each rank in resamples: one row a touchpoint and rank,
    `touchpoint rank p_rank` (summing to 1 over either).

    Touchpoints in the order of their mean rank; everything else as in `importance`, whose `p_top3`
    is the sum over ranks 1–3.
    """
    drivers, worth = _prepared(fit, [method], n_boot or None, groups, always)
    method = _known(worth, drivers, method)
    place = ranks(worth.draws([method], n_boot, seed)[method])
    p = len(drivers.names)
    often = np.array([(place == rank).mean(axis=1) for rank in range(1, p + 1)]).T
    order = np.argsort(place.mean(axis=1), kind="stable")
    return pd.DataFrame(
        {
            "touchpoint": np.repeat(np.array(drivers.names)[order], p),
            "rank": np.tile(np.arange(1, p + 1), p),
            "p_rank": often[order].ravel(),
        }
    )


def _prepared(
    fit: Fit, methods: list[str], n_boot: int | None, groups, always
) -> tuple[Drivers, Worth]:
    """The drivers and their worth, once everything that can be refused before the work starts was
    refused.
    """
    drivers = drivers_of(fit, groups, always)
    if any(SYNONYMS.get(method, method) in BY_SUBSETS for method in methods):
        refuse_too_many(len(drivers.names))
    if n_boot != 0:
        refuse_few_units(fit)
    return drivers, worth_of(drivers)


def _known(worth: Worth, drivers: Drivers, method: str) -> str:
    """The method's own name. Raises ModelError where it is unknown, or has no definition for these
    drivers.
    """
    name = SYNONYMS.get(method, method)
    if name not in METHODS:
        raise ModelError(
            "method={method!r}: give one of {known}",
            method=method,
            known=", ".join([*METHODS, "dominance"]),
        )
    if name in worth.methods:
        return name
    if drivers.fit.family == "ols":
        raise ModelError(
            "method='johnson': relative weights have no definition for a group of touchpoints (they"
            " would depend on how its members are coded); use one of {known}",
            known=", ".join(worth.methods),
        )
    raise ModelError(
        "method={method!r} shares out the R² of a linear model; for family {family} use one of"
        " {known} (of McFadden's R²), or fit family='ols'",
        method=method,
        family=drivers.fit.family,
        known=", ".join(worth.methods),
    )


def _shares(worth: Worth, drivers: Drivers, method: str) -> pd.DataFrame:
    shares = worth.shares(method)
    result = pd.DataFrame(
        {"touchpoint": drivers.names, "share": shares, "share_relative": shares / shares.sum()}
    )
    error = worth.monte_carlo_error(method)
    if error is not None:
        result["mc_error"] = error
    return result.assign(rank=ranks(shares[:, None])[:, 0])


def lmg(
    covariance: pd.DataFrame | np.ndarray,
    groups: Iterable[Iterable[int]] | None = None,
    always: Iterable[int] = (),
) -> np.ndarray:
    """LMG shares in units of R² from one covariance matrix (m × m) whose last column is the
    outcome.

    `groups` lists column numbers that count as one driver, `always` those that are in every model
    (their R² is not shared out). Returns one share a driver (or group), in column order. Example:
    `lmg([[1, .5, .6], [.5, 1, .4], [.6, .4, 1]])` → `[.2867, .0867]`. Checked against R relaimpo
    2.2.7 to 1e-10, weighted and grouped too. Raises ModelError above 25 drivers.
    """
    matrix = np.asarray(covariance, dtype=float)
    if not _is_covariance(matrix):
        raise ModelError(
            "this is no covariance matrix: it must be square, symmetric, without gaps and not"
            " negative"
        )
    always = list(always)
    players = (
        [list(g) for g in groups]
        if groups is not None
        else [[j] for j in range(len(matrix) - 1) if j not in always]
    )
    refuse_too_many(len(players))
    correlation, remaining = residual_correlation(matrix[None], always)
    return lmg_shares(correlation, renumbered(players, always))[:, 0] * remaining[0]


def _is_covariance(matrix: np.ndarray) -> bool:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        return False
    size = np.abs(matrix).max()
    return bool(
        np.allclose(matrix, matrix.T, atol=1e-8 * size)
        and np.linalg.eigvalsh(matrix)[0] > -1e-8 * size
    )


def priorities(shares: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Importance × performance (Martilla & James 1977): what to fix first, and how clearly the data
    say so.

    `shares` from `importance`, `scores` from `experience_scores` or `gap_scores`. A touchpoint is
    `fix_first` (share above 1/p and a slope surely positive, experience below the touchpoints'
    mean), `keep_up` (the same, above), `watch` (the others, below) or `maintain`. `clear` tells
    whether both intervals stay on their side of the two lines. Columns: `touchpoint share_relative
    relative_low relative_high sign experience conf_low conf_high n priority clear`, n those who
    rated the experience.
    """
    columns = [
        "touchpoint",
        "share_relative",
        *[c for c in ("relative_low", "relative_high", "sign") if c in shares],
    ]
    level = scores[["touchpoint", "experience", *(c for c in ("n",) if c in scores)]].assign(
        # gap_scores' own interval is the gap's; that of the experience stands beside it.
        conf_low=scores["experience_low" if "experience_low" in scores else "conf_low"],
        conf_high=scores["experience_high" if "experience_high" in scores else "conf_high"],
    )
    frame = shares[columns].merge(level, on="touchpoint", how="inner")
    if frame.empty:
        raise ModelError("shares and scores have no touchpoint in common")
    scales = (
        scores.loc[scores["touchpoint"].isin(frame["touchpoint"]), "scale"].unique()
        if "scale" in scores
        else ()
    )
    if len(scales) > 1:
        raise ModelError(
            "the touchpoints are rated on different scales ({scales}): their means cannot be"
            " compared",
            scales=", ".join(scales),
        )
    important, good = 1 / len(frame), frame["experience"].mean()
    sign = frame.get("sign", pd.Series("+", index=frame.index))
    high, well = (frame["share_relative"] > important) & (sign == "+"), frame["experience"] >= good
    frame["priority"] = np.select(
        [high & ~well, high & well, ~high & ~well], ["fix_first", "keep_up", "watch"], "maintain"
    )
    if "relative_low" in frame:
        sure = (frame["relative_low"] > important) | (frame["relative_high"] < important)
        frame["clear"] = sure & ((frame["conf_low"] > good) | (frame["conf_high"] < good))
    else:
        frame["clear"] = False
    order = {"fix_first": 0, "keep_up": 1, "watch": 2, "maintain": 3}
    return frame.sort_values(
        ["priority", "share_relative"],
        key=lambda c: c.map(order) if c.name == "priority" else -c,
        ignore_index=True,
    )
