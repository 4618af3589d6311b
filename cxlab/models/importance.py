"""How much of the explained loyalty each touchpoint carries, and how sure that ranking is.

LMG (Lindeman, Merenda & Gold 1980; Grömping 2006), the Shapley value of R², needs R² of all 2^p subsets. Fitting them is
what makes R's relaimpo slow. Here no subset is fitted: from the covariance matrix, driver by driver, two Schur complements of
the rest are kept (left out, swept in), so the whole tree costs about 6·2^p multiplications and a bootstrap replicate is one
more column of the same arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import comb

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from cxlab.errors import ModelError
from cxlab.models.fit import INTERCEPT, Fit, check_level
from cxlab.models.moments import Moments, bootstrap_covariances

# 2^p subsets × replicates held at once (doubles), and the most that a call may ask for before it is refused.
HELD, MOST = 1 << 21, 3e8
MAX_DRIVERS = 25
# With fewer units a percentile interval misses its own estimate.
MIN_UNITS = 20
NOISE = 0.05
# A pivot this small (of a variance of 1) means that a resample left the driver constant or collinear: it then adds nothing.
TINY = 1e-10


def subset_r_squared(correlation: np.ndarray, players: list[list[int]], always: list[int]) -> np.ndarray:
    """R² of the last column on every subset of `players` (lists of column numbers), `always` in every model.

    `correlation` is (replicates × m × m), outcome last. Returns (2^p × replicates); bit k of the row number is player k.
    """
    m = correlation.shape[-1]
    # The upper triangle as vectors over (subsets × replicates): sweeping is then plain vector arithmetic.
    cells = {(i, j): correlation[:, i, j][None, :].copy() for i in range(m) for j in range(i, m)}
    alive = list(range(m))
    for column in always:
        cells, alive = _swept(cells, alive, column)
    for columns in players:
        out_cells, out_alive = cells, [c for c in alive if c not in columns]
        in_cells, in_alive = cells, alive
        for column in columns:
            in_cells, in_alive = _swept(in_cells, in_alive, column)
        alive = out_alive
        cells = {(i, j): np.concatenate([out_cells[i, j], in_cells[i, j]]) for k, i in enumerate(alive) for j in alive[k:]}
    return 1 - cells[m - 1, m - 1]


def _swept(cells: dict, alive: list[int], column: int) -> tuple[dict, list[int]]:
    """The Schur complement of `column`: what is left of the others once it is in the model."""
    rest = [c for c in alive if c != column]
    pivot = cells[column, column]
    usable = pivot > TINY
    scale = np.where(usable, 1 / np.where(usable, pivot, 1), 0.0)
    row = {c: cells[min(c, column), max(c, column)] for c in rest}
    scaled = {c: row[c] * scale for c in rest}
    return {(i, j): cells[i, j] - scaled[i] * row[j] for k, i in enumerate(rest) for j in rest[k:]}, rest


def shapley(r_squared: np.ndarray) -> np.ndarray:
    """Shapley shares (p × replicates) of the R² of all subsets (2^p × replicates): they sum to the full R² less the empty one.

    share_j = Σ_S∌j w_|S| (R²(S∪j) − R²(S)) with w_k = 1/(p·C(p−1, k)); sums over a bit are taken by halving, 2·2^p additions in all.
    """
    subsets = len(r_squared)
    p = subsets.bit_length() - 1
    size = np.zeros(subsets, dtype=np.int8)
    for k in range(p):
        size[1 << k : 2 << k] = size[: 1 << k] + 1
    weight = np.array([1 / (p * comb(p - 1, k)) for k in range(p)] + [0.0])
    added = weight[size][:, None] * r_squared
    gained = np.concatenate([[0.0], weight[:-1]])[size][:, None] * r_squared + added
    lost = added.sum(axis=0)
    shares = np.empty((p, r_squared.shape[1]))
    for k in reversed(range(p)):
        half = len(gained) // 2
        shares[k] = gained[half:].sum(axis=0) - lost
        gained = gained[:half] + gained[half:]
    return shares


def _lmg(covariance: np.ndarray, players: list[list[int]], always: list[int]) -> np.ndarray:
    """Shares (p × replicates) from covariance matrices (replicates × m × m), a block of replicates at a time."""
    deviation = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    deviation = np.where(deviation > 0, deviation, 1.0)
    correlation = covariance / deviation[:, :, None] / deviation[:, None, :]
    block = max(1, HELD >> len(players))
    parts = [shapley(subset_r_squared(correlation[i : i + block], players, always)) for i in range(0, len(correlation), block)]
    return np.concatenate(parts, axis=1)


def lmg(covariance: pd.DataFrame | np.ndarray, groups: Iterable[Iterable[int]] | None = None, always: Iterable[int] = ()) -> np.ndarray:
    """LMG shares in units of R² from one covariance matrix (m × m) whose last column is the outcome.

    `groups` lists column numbers that count as one driver, `always` those that are in every model (their R² is not shared
    out). Returns one share a driver (or group), in column order. Example: `lmg([[1, .5, .6], [.5, 1, .4], [.6, .4, 1]])` →
    `[.2867, .0867]`. Checked against R relaimpo 2.2.7 to 1e-10, weighted and grouped too. Raises ModelError above 25 drivers.
    """
    matrix = np.asarray(covariance, dtype=float)
    if not _is_covariance(matrix):
        raise ModelError("this is no covariance matrix: it must be square, symmetric, without gaps and not negative")
    always = list(always)
    players = [list(g) for g in groups] if groups is not None else [[j] for j in range(len(matrix) - 1) if j not in always]
    _refuse_too_many(len(players), 0)
    return _lmg(matrix[None], players, always)[:, 0]


def _is_covariance(matrix: np.ndarray) -> bool:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        return False
    size = np.abs(matrix).max()
    return bool(np.allclose(matrix, matrix.T, atol=1e-8 * size) and np.linalg.eigvalsh(matrix)[0] > -1e-8 * size)


def _refuse_too_many(drivers: int, n_boot: int) -> None:
    if drivers > MAX_DRIVERS:
        raise ModelError("{drivers} drivers: LMG is exact up to {most}; join touchpoints with groups= or study.by_stage()", drivers=drivers, most=MAX_DRIVERS)
    if 2.0**drivers * n_boot > MOST:
        raise ModelError(
            "{drivers} drivers and n_boot={n_boot}: more than {most:.0e} subsets to weigh; use study.by_stage(), groups=, fewer replicates or n_boot=0",
            drivers=drivers, n_boot=n_boot, most=MOST,
        )  # fmt: skip


def importance(
    fit: Fit,
    method: str = "lmg",
    n_boot: int = 2000,
    seed: int | None = None,
    groups: Mapping[str, Iterable[str]] | None = None,
    always: Iterable[str] = (),
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Each touchpoint's share of the model's R², with bootstrap percentile intervals and the certainty of its rank.

    One row a touchpoint (or group), best first: `share` in units of R² (summing to R², less that of `always`),
    `share_relative` summing to 1, intervals of both, `rank` with its bootstrap interval, `p_top3`, and the `slope` with its
    interval and `sign` ("?" unless it differs from 0 after Holm's adjustment over the touchpoints), because LMG shares cannot be negative whatever the effect is.
    A touchpoint's used/not-used indicator (missing="usage") counts to the touchpoint. Rows, or whole clusters, are resampled;
    `n_boot=0` gives no intervals. Refused where all terms together explain no more than chance (5 %). Source: Grömping (2006), J. Stat. Softw. 17(1). Raises ModelError on unknown names, above 25
    drivers, or where drivers × replicates are more than can be weighed.
    """
    if method != "lmg":
        raise ModelError("method={method!r}: this version computes lmg", method=method)
    always = [always] if isinstance(always, str) else list(always)
    terms = [term for term in fit.design.x.columns if term != INTERCEPT]
    players, always_columns = _players(fit, terms, groups, always)
    _refuse_too_many(len(players), n_boot)
    check_level(conf_level)
    _refuse_noise(fit)
    frame = fit.design.x[terms].assign(**{fit.outcome: fit.design.y})
    columns = list(players.values())
    covariance = Moments.from_frame(frame, fit.design.weights).covariance
    shares = _lmg(covariance[None], columns, always_columns)[:, 0]
    total = shares.sum()
    result = pd.DataFrame({"touchpoint": list(players), "share": shares, "share_relative": shares / total})
    result["rank"] = result["share"].rank(ascending=False, method="first").astype(int)
    if n_boot != 0:
        _refuse_few_units(fit)
        draws = [_lmg(block, columns, always_columns) for block in bootstrap_covariances(frame, fit.design.weights, fit.design.clusters, n_boot, seed)]
        result = result.assign(**_uncertainty(np.concatenate(draws, axis=1), conf_level))
    return result.assign(**_slopes(fit, list(players), conf_level), n=fit.n).sort_values("rank", ignore_index=True)


def _refuse_noise(fit: Fit) -> None:
    """Shares are of what is explained; where that is no more than chance, a ranking of touchpoints is a ranking of noise."""
    p_value = fit.overall_p_value()
    if p_value > NOISE:
        raise ModelError(
            "outcome {outcome}: all terms together explain R² = {r_squared:.2f} (n = {n}), no more than chance (p = {p_value:.2f}); there is nothing to rank",
            outcome=fit.outcome, r_squared=fit.r_squared, n=fit.n, p_value=p_value,
        )  # fmt: skip


def _refuse_few_units(fit: Fit) -> None:
    clusters = fit.design.clusters
    units = fit.n if clusters is None else clusters.nunique()
    if units < MIN_UNITS:
        raise ModelError(
            "outcome {outcome}: {units} independent respondents or accounts are too few to resample ({need} needed); n_boot=0 gives shares without intervals",
            outcome=fit.outcome, units=units, need=MIN_UNITS,
        )  # fmt: skip


def _players(fit: Fit, terms: list[str], groups, always) -> tuple[dict[str, list[int]], list[int]]:
    owner = [fit.design.touchpoint[term] for term in terms]
    known = list(dict.fromkeys(owner))
    groups = {name: list(members) for name, members in (groups or {}).items()}
    for name in [*always, *(member for members in groups.values() for member in members)]:
        if name not in known:
            raise ModelError("{name!r} is not a touchpoint of this fit; it has: {known}", name=name, known=", ".join(known))
    joined = [member for members in groups.values() for member in members]
    if clash := sorted({m for m in joined if joined.count(m) > 1 or m in always} | {name for name in groups if name in known}):
        raise ModelError("groups: {clash} stands in two groups, is always in, or is a touchpoint's own name", clash=", ".join(clash))
    label = {member: name for name, members in groups.items() for member in members}
    players: dict[str, list[int]] = {}
    for number, touchpoint in enumerate(owner):
        if touchpoint not in always:
            players.setdefault(label.get(touchpoint, touchpoint), []).append(number)
    return players, [number for number, touchpoint in enumerate(owner) if touchpoint in always]


def _uncertainty(draws: np.ndarray, conf_level: float) -> dict[str, np.ndarray]:
    tails = [(1 - conf_level) / 2, (1 + conf_level) / 2]
    ranks = (-draws).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") + 1
    low, high = np.quantile(draws, tails, axis=1)
    relative_low, relative_high = np.quantile(draws / draws.sum(axis=0), tails, axis=1)
    rank_low, rank_high = np.quantile(ranks, tails, axis=1, method="inverted_cdf")
    return {
        "conf_low": low, "conf_high": high, "relative_low": relative_low, "relative_high": relative_high,
        "rank_low": rank_low.astype(int), "rank_high": rank_high.astype(int), "p_top3": (ranks <= 3).mean(axis=1),
    }  # fmt: skip


def _slopes(fit: Fit, names: list[str], conf_level: float) -> dict[str, list]:
    # A group of touchpoints has no one slope; a touchpoint's slope is the term that carries its own name.
    tidy = fit.tidy(conf_level).set_index("term").reindex(names)
    # Among twelve touchpoints that matter nothing, one in two studies has one whose plain interval leaves out 0.
    tested = tidy["p_value"].notna()
    adjusted = pd.Series(1.0, index=tidy.index)
    if tested.any():
        adjusted[tested] = multipletests(tidy.loc[tested, "p_value"], method="holm")[1]
    sure = adjusted < 1 - conf_level
    sign = np.select([sure & (tidy["estimate"] > 0), sure & (tidy["estimate"] < 0)], ["+", "-"], "?")
    return {"slope": tidy["estimate"].to_numpy(), "slope_low": tidy["conf_low"].to_numpy(), "slope_high": tidy["conf_high"].to_numpy(), "sign": sign}


def priorities(shares: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Importance × performance (Martilla & James 1977): what to fix first, and how clearly the data say so.

    `shares` from `importance`, `scores` from `experience_scores` or `gap_scores`. A touchpoint is `fix_first` (share above
    1/p and a slope surely positive, experience below the touchpoints' mean), `keep_up` (the same, above), `watch` (the others,
    below) or `maintain`. `clear` tells whether both intervals stay on their side of the two lines. Columns: `touchpoint share_relative relative_low
    relative_high sign experience conf_low conf_high priority clear`.
    """
    columns = ["touchpoint", "share_relative", *[c for c in ("relative_low", "relative_high", "sign") if c in shares]]
    level = scores[["touchpoint", "experience"]].assign(
        # gap_scores' own interval is the gap's; that of the experience stands beside it.
        conf_low=scores["experience_low" if "experience_low" in scores else "conf_low"],
        conf_high=scores["experience_high" if "experience_high" in scores else "conf_high"],
    )
    frame = shares[columns].merge(level, on="touchpoint", how="inner")
    if frame.empty:
        raise ModelError("shares and scores have no touchpoint in common")
    scales = scores.loc[scores["touchpoint"].isin(frame["touchpoint"]), "scale"].unique() if "scale" in scores else ()
    if len(scales) > 1:
        raise ModelError("the touchpoints are rated on different scales ({scales}): their means cannot be compared", scales=", ".join(scales))
    important, good = 1 / len(frame), frame["experience"].mean()
    sign = frame.get("sign", pd.Series("+", index=frame.index))
    high, well = (frame["share_relative"] > important) & (sign == "+"), frame["experience"] >= good
    frame["priority"] = np.select([high & ~well, high & well, ~high & ~well], ["fix_first", "keep_up", "watch"], "maintain")
    if "relative_low" in frame:
        sure = (frame["relative_low"] > important) | (frame["relative_high"] < important)
        frame["clear"] = sure & ((frame["conf_low"] > good) | (frame["conf_high"] < good))
    else:
        frame["clear"] = False
    order = {"fix_first": 0, "keep_up": 1, "watch": 2, "maintain": 3}
    return frame.sort_values(["priority", "share_relative"], key=lambda c: c.map(order) if c.name == "priority" else -c, ignore_index=True)
