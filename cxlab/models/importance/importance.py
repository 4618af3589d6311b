"""Relative importance of touchpoints by several methods, with bootstrap intervals of shares and
ranks.

LMG (Lindeman, Merenda & Gold 1980; Grömping 2006), the Shapley value of R², is the default: it
averages what a touchpoint adds to every subset of the others. The other methods show how far the
ranking depends on that choice. All come from the covariance matrix (`r_squared`), or from
the likelihoods of subsets (`mcfadden`), and every bootstrap from the same resamples.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.importance.drivers import Groups, drivers_of, refuse_few_units
from cxlab.models.importance.mcfadden import McFaddenRSquared
from cxlab.models.importance.value_function import (
    METHODS,
    RSquared,
    ValueFunction,
    refuse_too_many,
)
from cxlab.models.loyalty.effects import effects
from cxlab.result import by_bags
from cxlab.stats.inference import holm
from cxlab.stats.subsets import renumbered, residual_correlation, shapley_shares
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS

# A share cannot tell its direction (LMG is never negative), and a first place says little where the
# next sample would give it to another: each share stands beside its interval, how often it is among
# so many first ones, and the sign of its slope.
TOP = 3
# General dominance (Budescu 1993) of R² is LMG, so one computation has two names.
SYNONYMS = {"dominance": "lmg", "shapley": "lmg"}


@estimator("importance")
def importance(
    fit: Fit,
    method: str = "lmg",
    *,
    groups: Groups = None,
    always: str | Iterable[str] = (),
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Each touchpoint's share of the model's R², with bootstrap percentile intervals and the
    certainty of its rank.

    Parameters
    ----------
    fit : Fit
        Of `fit_loyalty` or `fit_moments`.
    method : str
        "lmg" (or "dominance": general dominance is the same number) shares out R²; of ordinal and
        binary fits McFadden's R², exactly up to 10 drivers, above by sampled orders whose standard
        error is the column `mc_error`. "johnson" (relative weights, 2000) and "pratt" (1987, may be
        negative) also sum to R². "beta" (squared standardised slope) and "zero_order" (R² alone)
        are in the same units but need not sum to it. All but lmg and zero_order are defined for
        family "ols" only.
    groups : mapping of str to touchpoints, optional
        Touchpoints that count as one driver (a stage). Johnson's weights have no definition for a
        group and are refused.
    always : iterable of str
        Touchpoints that, like the fit's controls, are in every model; the shares are then of what
        the others add (Frisch & Waugh 1933).
    conf_level : float
        Of the intervals, between 0 and 1.
    n_boot : int
        Resamples of rows, or of whole accounts or respondents; 0 gives no intervals. Of ordinal and
        binary fits each resample is a quadratic approximation at the full sample's maximum, not a
        refit (`cxlab.models.importance.mcfadden`); of more than 15 drivers a resample's shares come
        from sampled orders (`cxlab.stats.subsets`), which widens the intervals by 1–2 %.
    seed : int
        Of the resamples.

    Returns
    -------
    DataFrame
        One row a touchpoint (or group), best first.

        touchpoint : its name, or the group's.
        share : units of R²; conf_low, conf_high its interval.
        share_relative : summing to 1; relative_low, relative_high its interval.
        mc_error : standard error of a share by sampled orders.
        rank : 1 is best; rank_low, rank_high its interval; p_top3 the part of the resamples in
        which it is among the first three.
        slope : outcome units per unit of the rating (of ordinal and binary fits the average
        marginal effect); slope_low, slope_high its interval.
        sign : + or −; "?" unless the slope differs from 0 after Holm's adjustment, because shares
        cannot be negative whatever the effect is.
        n, outcome, method, model : rows, outcome, method and family of the fit.

        A touchpoint's used/not-used indicator (missing="usage") counts to the touchpoint.

    Raises
    ------
    ModelError
        Unknown names and methods; more than 25 drivers (lmg); terms that together explain no more
        than chance (5 %); a ranking that `diagnose` finds unsafe.

    Notes
    -----
    Of more than 50,000 rows (or accounts) the bootstrap draws 4,000 random groups of them, of
    equal size, instead of single ones: the same mean and, to first order, the same variance, with a
    relative noise of the error of 1/√8,000 (Wolter 2007, Introduction to Variance Estimation, ch.
    2). Of ordinal and binary fits it draws 1,000 above 10,000, of a `fit_moments` 1,000 above
    20,000. `settings["bags"]` of the result says how many. Held against the bootstrap of rows
    (tests/stats/test_bags.py).

    Grömping (2006), J. Stat. Softw. 17(1). Checked against R relaimpo (1e-10), rwa (1e-8) and domir
    (1e-8; McFadden 1e-6).

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(n=400, seed=1))
    >>> shares = cx.importance(fit, n_boot=0)
    >>> bool(abs(shares["share"].sum() - fit.r_squared) < 1e-9)
    True
    """
    value = checked_value_function(fit, [method], n_boot, groups, always)
    ((method, result),) = _ranked(value, [method], n_boot, seed, conf_level)
    tidy = fit.tidy(conf_level=conf_level).set_index("term").reindex(result["touchpoint"])
    # Among twelve touchpoints that matter nothing, one in two studies has one whose plain interval
    # leaves out 0. A group of touchpoints has neither slope nor sign.
    sure = (holm(tidy["p_value"]) < 1 - conf_level) * np.sign(tidy["estimate"])
    if fit.family != "ols":
        tidy = effects(fit, conf_level=conf_level).query("model == @fit.family")
        tidy = tidy.drop_duplicates("touchpoint").set_index("touchpoint")
        tidy = tidy.reindex(result["touchpoint"])
    columns = ["slope", "slope_low", "slope_high"]
    result[columns] = tidy[["estimate", "conf_low", "conf_high"]].to_numpy()
    # Tables and plots name the outcome, the method, and whether shares are of R² or McFadden's R².
    result = result.assign(
        sign=np.select([sure > 0, sure < 0], ["+", "-"], "?"),
        n=fit.n,
        outcome=fit.outcome,
        method=method,
        model=fit.family,
    )
    return by_bags(result, n_boot and value.bags)


@estimator("compare_importance")
def compare_importance(
    fit: Fit,
    methods: str | Iterable[str] | None = None,
    *,
    groups: Groups = None,
    always: str | Iterable[str] = (),
    conf_level: float = 0.95,
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """The shares by several methods under one another: how much does the ranking owe to the method?

    Parameters
    ----------
    fit : Fit
        As in `importance`.
    methods : str or iterable of str, optional
        Where not given, all that the family and the drivers have: lmg, johnson, pratt, beta and
        zero_order of ols, lmg and zero_order of ordinal and binary. With more than 25 drivers lmg,
        which needs all their subsets, is left out: its one row has no share, and the reason in
        `note`.
    groups, always, conf_level, n_boot, seed
        As in `importance`; the resamples are the same for every method.

    Returns
    -------
    DataFrame
        One row a method and touchpoint: `method touchpoint share share_relative rank`, with
        `n_boot` also the intervals, ranks and `p_top3` of `importance`; `n`, and `note` where a
        method is left out. `share` is in units of R², `share_relative` the share divided by its
        method's sum.

    Raises
    ------
    ModelError
        As `importance`.

    Notes
    -----
    Grömping (2015), WIREs Comput. Stat. 7:137, on what the methods mean.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(n=400, seed=1))
    >>> list(cx.compare_importance(fit, n_boot=0)["method"].unique())
    ['lmg', 'johnson', 'pratt', 'beta', 'zero_order']
    """
    asked = [methods] if isinstance(methods, str) else methods and list(methods)
    value = checked_value_function(fit, asked or [], n_boot, groups, always)
    chosen, left_out = list(asked or value.methods), []
    try:
        refuse_too_many(len(value.drivers.names) if "lmg" in chosen else 0)
    except ModelError as error:
        chosen.remove("lmg")
        row = {"method": "lmg", "touchpoint": ALL_TOUCHPOINTS, "note": str(error)}
        left_out = [pd.DataFrame([row])]
    tables = [
        table.assign(method=method)[["method", *table]]
        for method, table in _ranked(value, chosen, n_boot, seed, conf_level)
    ]
    table = pd.concat([*tables, *left_out], ignore_index=True).assign(n=fit.n)
    return by_bags(table, n_boot and value.bags)


@estimator("rank_distribution")
def rank_distribution(
    fit: Fit,
    method: str = "lmg",
    *,
    groups: Groups = None,
    always: str | Iterable[str] = (),
    n_boot: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """How often each touchpoint takes each rank in resamples.

    Parameters
    ----------
    fit, method, groups, always, n_boot, seed
        As in `importance`; `n_boot` is 50 or more.

    Returns
    -------
    DataFrame
        One row a touchpoint and rank, touchpoints in the order of their mean rank.

        touchpoint : its name, or the group's.
        rank : 1 is best.
        p_rank : part of the resamples, summing to 1 over either; `p_top3` of `importance` is the
        sum over ranks 1–3.

    Raises
    ------
    ModelError
        As `importance`.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_loyalty(cx.simulate_study(n=400, seed=1))
    >>> often = cx.drivers.rank_distribution(fit, n_boot=100, seed=1)
    >>> often.groupby("touchpoint")["p_rank"].sum().round(9).unique().tolist()
    [1.0]
    """
    value = checked_value_function(fit, [method], n_boot or None, groups, always)
    method = _known(value, method)
    place = ranks(value.draws([method], n_boot, seed)[method])
    often = [(place == rank).mean(axis=1) for rank in range(1, len(place) + 1)]
    table = in_order(value, -place.mean(axis=1), "rank", "p_rank", np.transpose(often))
    return by_bags(table, value.bags)


def in_order(
    value: ValueFunction, key: np.ndarray, number: str, name: str, table: np.ndarray
) -> pd.DataFrame:
    """A table (p × p) as one row a driver and number 1…p, the driver with the largest `key`
    first.
    """
    order, p = np.argsort(-key, kind="stable"), len(key)
    return pd.DataFrame(
        {
            "touchpoint": np.repeat(np.array(value.drivers.names)[order], p),
            number: np.tile(np.arange(1, p + 1), p),
            name: table[order].ravel(),
        }
    )


def checked_value_function(
    fit: Fit, methods: list[str], n_boot: int | None, groups: Groups, always: Iterable[str]
) -> ValueFunction:
    """The value function of the fit's drivers: R² of a linear fit, McFadden's R² of an ordinal or
    binary one. Everything that can be refused before the computation is refused here.
    """
    drivers = drivers_of(fit, groups, always)
    # A ranking by subsets has 2^p of them; the other methods need p.
    if any(SYNONYMS.get(method, method) == "lmg" for method in methods):
        refuse_too_many(len(drivers.names))
    if n_boot != 0:
        refuse_few_units(fit)
    return RSquared(drivers) if fit.family == "ols" else McFaddenRSquared(drivers)


def _known(value: ValueFunction, method: str) -> str:
    """The method's own name. Raises ModelError where it is unknown, or has no definition for these
    drivers.
    """
    name, family, known = SYNONYMS.get(method, method), value.drivers.fit.family, value.methods
    if name not in METHODS:
        raise ModelError(
            "method={method!r}: give one of {known}",
            method=method,
            known=", ".join([*METHODS, "dominance"]),
        )
    if name in known:
        return name
    if family == "ols":
        raise ModelError(
            "method='johnson': relative weights have no definition for a group of touchpoints (they"
            " would depend on how its members are coded); use one of {known}",
            known=", ".join(known),
        )
    raise ModelError(
        "method={method!r} shares out the R² of a linear model; for family {family} use one of"
        " {known} (of McFadden's R²), or fit family='ols'",
        method=method,
        family=family,
        known=", ".join(known),
    )


def _ranked(
    value: ValueFunction, methods: Iterable[str], n_boot: int, seed: int, conf_level: float
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each method's own name and its shares, best first; with resamples, how sure they are."""
    methods = list(dict.fromkeys(_known(value, method) for method in methods))
    draws = value.draws(methods, n_boot, seed) if n_boot else {}
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    for method in methods:
        shares, error = value.shares(method)[:, 0], value.monte_carlo_error(method)
        table = pd.DataFrame({"touchpoint": value.drivers.names, "share": shares})
        table["share_relative"] = shares / shares.sum()
        if error is not None:
            table["mc_error"] = error
        table["rank"] = ranks(shares[:, None])[:, 0]
        if n_boot:
            place, drawn = ranks(draws[method]), draws[method]
            limits = {
                "conf": np.quantile(drawn, tails, axis=1),
                "relative": np.quantile(drawn / drawn.sum(axis=0), tails, axis=1),
                # A rank's limits are ranks.
                "rank": np.quantile(place, tails, axis=1, method="inverted_cdf").astype(int),
            }
            for name, ends in limits.items():
                table[f"{name}_low"], table[f"{name}_high"] = ends
            table["p_top3"] = (place <= TOP).mean(axis=1)
        yield method, table.sort_values("rank", ignore_index=True)


def ranks(draws: np.ndarray) -> np.ndarray:
    """Rank of each driver in each replicate, 1 = largest share (p × replicates)."""
    return (-draws).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1


@estimator("importance")
def lmg(
    covariance: ArrayLike,
    *,
    groups: Iterable[Iterable[int]] | None = None,
    always: Iterable[int] = (),
) -> np.ndarray:
    """LMG shares from one covariance matrix.

    Parameters
    ----------
    covariance : array (m × m)
        Covariances or correlations; the last column is the outcome.
    groups : iterable of column numbers, optional
        Columns that count as one driver; each for itself where not given.
    always : iterable of int
        Columns that are in every model; their R² is not shared out.

    Returns
    -------
    array
        One share a driver (or group) in units of R², in column order.

    Raises
    ------
    ModelError
        No covariance matrix, or more than 25 drivers.

    Notes
    -----
    Lindeman, Merenda & Gold (1980). Checked against R relaimpo 2.2.7 to 1e-10, weighted and grouped
    too.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.drivers.lmg([[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]]).round(4).tolist()
    [0.2867, 0.0867]
    """
    matrix, always = np.asarray(covariance, dtype=float), list(always)
    square = matrix.ndim == 2 and len(set(matrix.shape)) == 1 and np.isfinite(matrix).all()
    least = 1e-8 * np.abs(matrix).max(initial=0)
    if (
        not square
        or not np.allclose(matrix, matrix.T, atol=least)
        or np.linalg.eigvalsh(matrix)[0] <= -least
    ):
        raise ModelError(
            "this is no covariance matrix: it must be square, symmetric, without gaps and not"
            " negative"
        )
    if groups is None:
        groups = ([j] for j in range(len(matrix) - 1) if j not in always)
    players = [list(group) for group in groups]
    refuse_too_many(len(players))
    correlation, remaining = residual_correlation(matrix[None], always)
    return shapley_shares(correlation, renumbered(players, always))[:, 0] * remaining[0]


@estimator("priorities")
def priorities(shares: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Importance × performance: what to fix first, and how clearly the data say so.

    Parameters
    ----------
    shares : DataFrame
        Of `importance`.
    scores : DataFrame
        Of `experience_scores` or `gap_scores`.

    Returns
    -------
    DataFrame
        One row a touchpoint that both have, sorted by priority.

        touchpoint, share_relative, relative_low, relative_high, sign : of `shares`.
        experience, conf_low, conf_high : mean rating in scale units, and its interval.
        n : those who rated the experience.
        priority : "fix_first" (share above 1/p and a slope surely positive, experience below the
        touchpoints' mean), "keep_up" (the same, above), "watch" (the others, below) or "maintain".
        clear : whether both intervals stay on their side of the two lines.

    Raises
    ------
    ModelError
        Other tables than these, no touchpoint in common, or touchpoints that are rated on different
        scales.

    Notes
    -----
    Martilla & James (1977), J. Mark. 41:77.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> shares = pd.DataFrame({"touchpoint": ["web", "shop"], "share_relative": [0.7, 0.3]})
    >>> limits = {"conf_low": [3.5, 5.5], "conf_high": [4.5, 6.5]}
    >>> scores = pd.DataFrame({"touchpoint": ["web", "shop"], "experience": [4.0, 6.0], **limits})
    >>> cx.priorities(shares, scores)["priority"].tolist()
    ['fix_first', 'maintain']
    """
    _refuse_other("first", shares, ("importance",), "share_relative")
    _refuse_other("second", scores, ("experience_scores", "gap_scores"), "experience")
    columns = ["touchpoint", "share_relative", "relative_low", "relative_high", "sign"]
    # gap_scores' own interval is the gap's; that of the experience stands beside it.
    of = "experience" if "experience_low" in scores else "conf"
    level = scores.assign(conf_low=scores[f"{of}_low"], conf_high=scores[f"{of}_high"])
    level = level.filter(["touchpoint", "experience", "n", "conf_low", "conf_high"])
    frame = shares.filter(columns).merge(level, on="touchpoint")
    if frame.empty:
        raise ModelError("shares and scores have no touchpoint in common")
    if "scale" in scores:
        scales = scores.loc[scores["touchpoint"].isin(frame["touchpoint"]), "scale"].unique()
        if len(scales) > 1:
            raise ModelError(
                "the touchpoints are rated on different scales ({scales}); their means cannot be"
                " compared",
                scales=", ".join(scales),
            )
    important, good = 1 / len(frame), frame["experience"].mean()
    sign = frame.get("sign", pd.Series("+", index=frame.index))
    high, well = (frame["share_relative"] > important) & (sign == "+"), frame["experience"] >= good
    place = (2 * ~high + well).to_numpy()
    frame["priority"] = np.array(["fix_first", "keep_up", "watch", "maintain"])[place]
    frame["clear"] = False
    if "relative_low" in frame:
        sure = (frame["relative_low"] > important) | (frame["relative_high"] < important)
        frame["clear"] = sure & ((frame["conf_low"] > good) | (frame["conf_high"] < good))
    return frame.iloc[np.lexsort((-frame["share_relative"], place))].reset_index(drop=True)


def _refuse_other(place: str, table: pd.DataFrame, kinds: tuple[str, ...], column: str) -> None:
    """Refuse anything but a result of these kinds, or a table with their columns."""
    kind = getattr(table, "result_kind", None) or type(table).__name__
    if kind in kinds:
        return
    if not isinstance(table, pd.DataFrame) or not {"touchpoint", column} <= set(table):
        raise ModelError(
            "priorities takes what {kinds} gives as its {place} table, not {kind}; write"
            " priorities(importance(fit), experience_scores(fit.study))",
            kinds=" or ".join(kinds),
            place=place,
            kind=kind,
        )
