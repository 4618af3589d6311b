"""NPS, CSAT and CES with intervals that hold for small, one-sided and weighted samples.

The textbook Wald interval of an NPS covers 70 % instead of 95 % at n = 10; it is here for
comparison, not as the default. Sampling weights and clusters (accounts) give design-based errors,
as R's survey package does.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from cxlab.errors import ModelError
from cxlab.models.fit import check_level, holm, kish
from cxlab.study.study import Study

PROMOTER, PASSIVE = 9, 7
# Rocks (2016), The American Statistician 70:365: three pseudo-answers, ¾ promoter, 1½ passive, ¾
# detractor.
PSEUDO_PROMOTERS, PSEUDO_TOTAL = 0.75, 3.0
EASE_FROM = 5


def standard_error(
    y: np.ndarray, weights: pd.Series | None, clusters: pd.Series | None
) -> tuple[float, float]:
    """Standard error of the (weighted) mean of `y` and its degrees of freedom, units − 1.

    Taylor-linearised with replacement (Binder 1983), as `survey::svymean`; without weights or
    clusters it is s/√n.
    """
    w = np.ones(len(y)) if weights is None else weights.to_numpy()
    score = w * (y - np.average(y, weights=w)) / w.sum()
    if clusters is not None:
        score = pd.Series(score).groupby(_units(clusters).to_numpy()).sum().to_numpy()
    units = len(score)
    if units < 2:
        return np.nan, np.nan
    return float(np.sqrt(units / (units - 1) * (score**2).sum())), units - 1


def _units(clusters: pd.Series) -> pd.Series:
    """Clusters as numbers; whoever belongs to none that is known is one of his own, for all of
    these together are no account.
    """
    codes = pd.factorize(clusters)[0]
    return pd.Series(
        np.where(codes < 0, len(codes) + np.arange(len(codes)), codes), index=clusters.index
    )


def _effective(
    y: np.ndarray, weights: pd.Series | None, clusters: pd.Series | None, conf_level: float
) -> float:
    """The n of independent, equally weighted answers that would be as precise (n itself where they
    are).

    Korn & Graubard (1998): the variance-based n, times (t_{n−1}/t_df)² because few accounts know
    their own spread badly, and never more than n.
    """
    n = len(y)
    if weights is None and clusters is None:
        return float(n)
    error, df = standard_error(y, weights, clusters)
    variance = np.average((y - np.average(y, weights=weights)) ** 2, weights=weights)
    if not np.isfinite(error) or error == 0:
        # Everyone answers alike: the spread says nothing about the design, so the cautious count
        # stands in.
        return min(kish(weights, n), n if clusters is None else clusters.nunique())
    tail = (1 + conf_level) / 2
    ratio = stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)
    return float(min(n, variance / (error**2 * df / (df + 1)) * ratio**2))


def _by_level(
    study: Study, outcome: str, by: str | None, conf_level: float, row: Callable[..., list[dict]]
) -> pd.DataFrame:
    """One set of rows for all respondents, or for each level of `by`; a level without answers has
    none.
    """
    check_level(conf_level)
    answers = study.outcome(outcome)
    levels = pd.Series("all", index=answers.index) if by is None else study.group(by)
    weights, clusters = study.weights, study.clusters
    rows = []
    for level in study.levels(by) if by else ["all"]:
        mask = answers.notna() & (levels == level)
        if not mask.any():
            continue
        part = [None if column is None else column[mask] for column in (weights, clusters)]
        base = {
            "group": by or "all",
            "level": level,
            "n": int(mask.sum()),
            "n_eff": kish(part[0], int(mask.sum())),
        }
        rows += [
            {"outcome": outcome, **new, **base} for new in row(answers[mask].to_numpy(), *part)
        ]
    if not rows:
        raise ModelError(
            "outcome {outcome}: nobody answered it here (not asked, or no answer)", outcome=outcome
        )
    first = [
        "outcome",
        "metric",
        "group",
        "level",
        "estimate",
        "std_error",
        "conf_low",
        "conf_high",
        "n",
        "n_eff",
    ]
    frame = pd.DataFrame(rows)
    return frame[[*first, *(c for c in frame.columns if c not in first)]]


def _outcome_of_kind(study: Study, outcome: str | None, kinds: tuple[str, ...]) -> str:
    fitting = [o.outcome for o in study.codebook.outcomes if o.kind in kinds]
    if outcome is None:
        if not fitting:
            raise ModelError("this study has no outcome of kind {kind}", kind=" or ".join(kinds))
        return fitting[0]
    if study.outcome_kind(outcome) not in kinds:
        raise ModelError(
            "outcome {outcome} is of kind {actual}, not {kind}",
            outcome=outcome,
            actual=study.outcome_kind(outcome) or "touchpoint",
            kind=" or ".join(kinds),
        )
    return outcome


def nps(
    study: Study,
    outcome: str | None = None,
    by: str | None = None,
    conf_level: float = 0.95,
    interval: str = "adjusted_wald",
) -> pd.DataFrame:
    """Net Promoter Score, −100 … 100 points, with its interval; shares of promoters (9–10),
    passives (7–8), detractors (0–6).

    `interval` is "adjusted_wald" (Rocks 2016; the default: finite and honest for ten answers or for
    promoters only) or "wald". The interval is cut at ±100. `std_error` is √(p₊+p₋−(p₊−p₋)²)/√n in
    points, or design-based with weights or clusters; the adjusted interval then uses the effective
    n that this error implies. Checked against R's NPS 1.1 to 1e-12. Example: 90 promoters and 34
    detractors of 200 → 28.0, adjusted interval 17.5 to 37.8. Raises ModelError where the outcome is
    not of kind nps or nobody answered.
    """
    outcome = _outcome_of_kind(study, outcome, ("nps",))
    if interval not in ("adjusted_wald", "wald"):
        raise ModelError("interval={interval!r}: give adjusted_wald or wald", interval=interval)
    z = stats.norm.ppf((1 + conf_level) / 2)

    def row(y, weights, clusters):
        score = np.where(y >= PROMOTER, 1.0, np.where(y >= PASSIVE, 0.0, -1.0))
        up, down = (float(np.average(score == s, weights=weights)) for s in (1, -1))
        count = _effective(score, weights, clusters, conf_level)
        plain = np.sqrt((up + down - (up - down) ** 2) / len(y))
        error = (
            plain
            if weights is None and clusters is None
            else standard_error(score, weights, clusters)[0]
        )
        if interval == "wald":
            centre, half = up - down, z * error
        else:
            total = count + PSEUDO_TOTAL
            p, d = (
                (up * count + PSEUDO_PROMOTERS) / total,
                (down * count + PSEUDO_PROMOTERS) / total,
            )
            centre, half = p - d, z * np.sqrt((p + d - (p - d) ** 2) / total)
        low, high = np.clip([100 * (centre - half), 100 * (centre + half)], -100, 100)
        return [
            {
                "metric": "nps",
                "estimate": 100 * (up - down),
                "std_error": 100 * error,
                "conf_low": low,
                "conf_high": high,
                "promoters": up,
                "passives": 1 - up - down,
                "detractors": down,
            }
        ]

    return _by_level(study, outcome, by, conf_level, row)


def mean_row(metric: str, y: np.ndarray, weights, clusters, conf_level: float) -> dict:
    estimate = float(np.average(y, weights=weights))
    error, df = standard_error(y, weights, clusters)
    half = stats.t.ppf((1 + conf_level) / 2, df) * error if df >= 1 else np.nan
    return {
        "metric": metric,
        "estimate": estimate,
        "std_error": error,
        "conf_low": estimate - half,
        "conf_high": estimate + half,
    }


def share_row(metric: str, hit: np.ndarray, weights, clusters, conf_level: float) -> dict:
    """A share with the Wilson interval on the effective n (Wilson 1927; Korn & Graubard 1998 for
    the weighted form).
    """
    estimate = float(np.average(hit, weights=weights))
    count = _effective(hit.astype(float), weights, clusters, conf_level)
    low, high = proportion_confint(estimate * count, count, alpha=1 - conf_level, method="wilson")
    plain = weights is None and clusters is None
    error = (
        np.sqrt(estimate * (1 - estimate) / count)
        if plain
        else standard_error(hit.astype(float), weights, clusters)[0]
    )
    return {
        "metric": metric,
        "estimate": estimate,
        "std_error": error,
        "conf_low": float(low),
        "conf_high": float(high),
    }


def csat(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Customer satisfaction: share of the top two answers (`csat_top2`, 0–1, Wilson) and mean
    (`csat_mean`, scale points, t).
    """
    outcome = _outcome_of_kind(study, outcome, ("csat",))
    top = study.scale_of(outcome).max - 1
    return _by_level(
        study,
        outcome,
        by,
        conf_level,
        lambda y, w, c: [
            share_row("csat_top2", y >= top, w, c, conf_level),
            mean_row("csat_mean", y, w, c, conf_level),
        ],
    )


def ces(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Customer effort on a 1–7 scale, high = easy: share of answers 5–7 (`ces_share`, Wilson) and
    mean (`ces_mean`, t).

    A question that scores effort (`direction: effort`) was turned when the study was read. Raises
    ModelError off a 1–7 scale.
    """
    outcome = _outcome_of_kind(study, outcome, ("ces",))
    scale = study.scale_of(outcome)
    if (scale.min, scale.max) != (1, 7):
        raise ModelError(
            "outcome {outcome}: CES is defined on 1–7, this scale is {low:g}–{high:g}; declare it"
            " as kind score",
            outcome=outcome,
            low=scale.min,
            high=scale.max,
        )
    return _by_level(
        study,
        outcome,
        by,
        conf_level,
        lambda y, w, c: [
            share_row("ces_share", y >= EASE_FROM, w, c, conf_level),
            mean_row("ces_mean", y, w, c, conf_level),
        ],
    )


def score(
    study: Study, outcome: str | None = None, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Mean of a score or an amount (`score_mean`, its own units, t) or share of a binary outcome
    (`binary_share`, 0–1, Wilson).

    `unit` is there where the outcome declares one (an amount in BRL).
    """
    outcome = _outcome_of_kind(study, outcome, ("score", "amount", "binary"))
    one = (
        (share_row, "binary_share")
        if study.outcome_kind(outcome) == "binary"
        else (mean_row, "score_mean")
    )
    table = _by_level(
        study, outcome, by, conf_level, lambda y, w, c: [one[0](one[1], y, w, c, conf_level)]
    )
    unit = study.declared(outcome).unit
    return table if unit is None else table.assign(unit=unit)


_OF_KIND = {"nps": nps, "csat": csat, "ces": ces}


def metrics(study: Study, by: str | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Every outcome of the study in one frame: nps, csat, ces and score stacked, in the codebook's
    order.
    """
    asked = [o for o in study.codebook.outcomes if study.outcome(o.outcome).notna().any()]
    if not asked:
        raise ModelError("this study has no outcome that anybody answered")
    return pd.concat(
        [_OF_KIND.get(o.kind, score)(study, o.outcome, by, conf_level) for o in asked],
        ignore_index=True,
    )


def _error(row: dict, critical: float) -> float:
    """The level's standard error; where everybody answered alike, what its adjusted interval
    implies instead of 0.
    """
    return (
        row["std_error"]
        if row["std_error"] > 0
        else (row["conf_high"] - row["conf_low"]) / critical
    )


def changes(study: Study, outcome: str, by: str = "wave", conf_level: float = 0.95) -> pd.DataFrame:
    """Change of each metric of `outcome` from one level of `by` to the next, and from the first to
    the last: unpooled z.

    Two intervals that overlap may still differ beyond chance, so a change has its own interval.
    Waves are taken as they followed each other (`Study.wave_order`); `level` reads "2017 → 2018".
    Columns `outcome metric group level estimate std_error statistic p_value conf_low conf_high n`
    (estimate in the metric's units: NPS points, share 0–1, scale points). Where the same people (a
    declared panel) or accounts answer on both sides, the linearised covariance of the two (Binder
    1983) is taken off twice, and t counts the accounts. Checked against R's NPS 1.1, two-sample,
    and on a panel against the cluster-robust slope of a regression. Raises ModelError with one
    level.
    """
    compare = _Comparison(study, outcome, by, conf_level)
    rows = []
    for part in compare.parts:
        order = list(range(len(part)))
        pairs = list(pairwise(order)) + ([(0, order[-1])] if len(part) > 2 else [])
        rows += [compare.row(part.iloc[before], part.iloc[after]) for before, after in pairs]
    return pd.DataFrame(rows)


def differences(
    study: Study, outcome: str, by: str, conf_level: float = 0.95, among: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Difference of each metric of `outcome` between every two levels of `by`, as `changes` tests
    it, with p adjusted for all of them.

    Columns of `changes`, `lower` and `higher` (the two levels; no estimate is negative) and
    `p_holm` (Holm 1979, over the pairs of one metric). among: a result by the same split, as it is
    shown; only levels whose estimate it shows are compared, and counted. Raises ModelError as
    `changes` does, and where fewer than two levels are shown.
    """
    compare = _Comparison(study, outcome, by, conf_level)
    found = []
    for part in compare.parts:
        part = part.sort_values("estimate", kind="stable")
        if among is not None:
            metric = among["metric"] == part["metric"].iloc[0]
            part = part[part["level"].isin(among.loc[metric & among["estimate"].notna(), "level"])]
        if len(part) < 2:
            continue
        pairs = [
            (part.iloc[low], part.iloc[high])
            for low in range(len(part))
            for high in range(low + 1, len(part))
        ]
        rows = pd.DataFrame(
            [
                {**compare.row(low, high), "lower": low["level"], "higher": high["level"]}
                for low, high in pairs
            ]
        )
        found.append(rows.assign(p_holm=holm(rows["p_value"])))
    if not found:
        raise ModelError(
            "outcome {outcome}: fewer than two of the groups by {by} are shown, so that there is"
            " nothing to compare",
            outcome=outcome,
            by=by,
        )
    return pd.concat(found, ignore_index=True)


class _Comparison:
    """The metrics of an outcome by the levels of a split, and what it takes to compare two of
    them.
    """

    def __init__(self, study: Study, outcome: str, by: str, conf_level: float) -> None:
        table = _OF_KIND.get(study.outcome_kind(outcome), score)(study, outcome, by, conf_level)
        if table["level"].nunique() < 2:
            raise ModelError(
                "outcome {outcome}: answered in one {by} only; there is no change to measure",
                outcome=outcome,
                by=by,
            )
        self.parts = [part for _metric, part in table.groupby("metric", sort=False)]
        self.answers, self.groups, self.weights, clusters = (
            study.outcome(outcome).dropna(),
            study.group(by),
            study.weights,
            study.clusters,
        )
        self.clusters = None if clusters is None else _units(clusters)
        self.top = (
            study.scale_of(outcome).max - 1 if study.outcome_kind(outcome) == "csat" else np.nan
        )
        self.conf_level = conf_level

    def row(self, before: pd.Series, after: pd.Series) -> dict[str, Any]:
        estimate = after["estimate"] - before["estimate"]
        reference = self._reference(before["level"], after["level"])
        critical = reference.ppf((1 + self.conf_level) / 2)
        errors = [_error(one, critical) for one in (before, after)]
        error = float(
            np.sqrt(
                np.maximum(
                    0.0,
                    np.square(errors).sum()
                    - 2 * self._covariance(before["metric"], before["level"], after["level"]),
                )
            )
        )
        # Of one account, or of people who all moved alike, there is no error and so no test.
        error = error if error > 1e-9 * max(1.0, abs(estimate)) else np.nan
        statistic = estimate / error
        return {
            "outcome": after["outcome"],
            "metric": after["metric"],
            "group": after["group"],
            "level": f"{before['level']} → {after['level']}",
            "estimate": estimate,
            "std_error": error,
            "statistic": statistic,
            "p_value": 2 * reference.sf(abs(statistic)),
            "conf_low": estimate - critical * error,
            "conf_high": estimate + critical * error,
            "n": before["n"] + after["n"],
        }

    def _reference(self, *levels: str) -> Any:
        """With few accounts a level, the normal law promises too much; t counts the accounts of
        both sides.
        """
        if self.clusters is None:
            return stats.norm
        there = self.clusters[self.answers.index][self.groups[self.answers.index].isin(levels)]
        return stats.t(max(1, there.nunique() - 2))

    def _covariance(self, metric: str, *levels: str) -> float:
        """Of the two levels' estimates, from the people or accounts that answer on both sides; 0
        where none does.
        """
        if self.clusters is None:
            return 0.0
        y = _measured(metric, self.answers, self.top)
        one, other = (self._scores(y[self.groups[y.index] == level]) for level in levels)
        return float((one * other.reindex(one.index)).sum())

    def _scores(self, y: pd.Series) -> pd.Series:
        """What each cluster adds to the linearised mean, so that the sum of squares is its variance
        (`standard_error`).
        """
        w = pd.Series(1.0, index=y.index) if self.weights is None else self.weights[y.index]
        score = (w * (y - np.average(y, weights=w)) / w.sum()).groupby(self.clusters[y.index]).sum()
        return score * np.sqrt(len(score) / max(1, len(score) - 1))


def _measured(metric: str, answers: pd.Series, top: float) -> pd.Series:
    """What a metric is the mean of, in its units."""
    if metric == "nps":
        return 100.0 * ((answers >= PROMOTER).astype(float) - (answers < PASSIVE))
    least = {"csat_top2": top, "ces_share": EASE_FROM}.get(metric)
    return answers.astype(float) if least is None else (answers >= least).astype(float)


def distribution(study: Study, outcome: str) -> pd.DataFrame:
    """How the answers spread: `outcome value share n` for every answer of a whole-number scale,
    those never given too.
    """
    answers = study.outcome(outcome).dropna()
    if answers.empty:
        raise ModelError(
            "outcome {outcome}: nobody answered it here (not asked, or no answer)", outcome=outcome
        )
    scale = study.scale_of(outcome)
    whole = scale.whole and len(study.declared(outcome).columns) == 1 and np.isfinite(scale.max)
    values = np.arange(scale.min, scale.max + 1) if whole else np.sort(answers.unique())
    weights = (
        study.weights[answers.index]
        if study.weights is not None
        else pd.Series(1.0, index=answers.index)
    )
    share = weights.groupby(answers).sum().reindex(values, fill_value=0) / weights.sum()
    return pd.DataFrame(
        {
            "outcome": outcome,
            "value": values,
            "share": share.to_numpy(),
            "n": answers.value_counts().reindex(values, fill_value=0).to_numpy(),
        }
    )
