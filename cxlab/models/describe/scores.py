"""Where customers meet less, or more, than they expected: scores that describe and explain nothing
yet.

Means, gaps and zones of tolerance by touchpoint in journey order, the SERVQUAL index beside
performance alone, and what the difference score is worth as a measurement: its reliability, and how
many could not have expected more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.describe.metrics import share_row, standard_error
from cxlab.models.fit import check_level, holm, kish
from cxlab.study.study import Study

# Below this a difference score measures little more than noise (METHODS §3; Peter, Churchill &
# Brown 1993).
RELIABLE = 0.7
# Where more than this share expected the most that the scale allows, a better experience cannot
# show as a gain.
CEILING = 0.5


def _scored(study: Study, by: str | None) -> list[tuple[str, pd.Series]]:
    if by is None:
        return [("all", pd.Series(True, index=study.index))]
    groups = study.group(by)
    return [(level, groups == level) for level in study.levels(by)]


def _mean_row(
    y: pd.Series, study: Study, conf_level: float
) -> tuple[float, float, float, float, float]:
    """Mean, its error, interval and effective n of the answered part of `y`."""
    check_level(conf_level)
    y = y.dropna()
    weights = study.weights[y.index] if study.weights is not None else None
    clusters = study.clusters[y.index] if study.clusters is not None else None
    error, df = standard_error(y.to_numpy(), weights, clusters)
    mean = float(np.average(y, weights=weights))
    half = stats.t.ppf((1 + conf_level) / 2, df) * error if df >= 1 else np.nan
    return mean, error, mean - half, mean + half, kish(weights, len(y))


def experience_scores(
    study: Study, by: str | None = None, conf_level: float = 0.95
) -> pd.DataFrame:
    """Mean experience of each touchpoint in journey order, scale points, with its interval
    (SERVPERF: Cronin & Taylor 1992).

    Columns `touchpoint stage contact group level experience std_error conf_low conf_high n n_eff
    used`; `used` is the share of those asked (answered + never used) who met the touchpoint. A
    touchpoint that nobody rated has no row.
    """
    rows = []
    for level, mask in _scored(study, by):
        for point in study.touchpoints[study.touchpoints["experience"]].itertuples():
            rating = study.rating(point.touchpoint)[mask]
            if not rating.notna().any():
                continue
            mean, error, low, high, effective = _mean_row(rating, study, conf_level)
            state = study.state(point.touchpoint)[mask].isin(["answered", "not_used"])
            met, weights = (
                rating[state].notna(),
                None if study.weights is None else study.weights[mask][state],
            )
            rows.append(
                {
                    "touchpoint": point.touchpoint,
                    "stage": point.stage,
                    "contact": point.contact,
                    "group": by or "all",
                    "level": level,
                    "experience": mean,
                    "std_error": error,
                    "conf_low": low,
                    "conf_high": high,
                    "n": int(rating.notna().sum()),
                    "n_eff": effective,
                    "used": float(np.average(met, weights=weights)),
                    "scale": _scale(study, point.touchpoint),
                }
            )
    if not rows:
        raise ModelError("no touchpoint of this study has an answered experience")
    return pd.DataFrame(rows)


def gap_scores(study: Study, by: str | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Gap = experience − expectation of each touchpoint in journey order, scale points (SERVQUAL:
    Parasuraman et al. 1988).

    Means are over respondents who answered both, so that the gap is a paired difference; `estimate`
    is the mean gap with its paired interval, `p_value` its paired test and `p_holm` that adjusted
    over the touchpoints (Holm 1979), `experience_low/high` the interval of the mean experience.
    Raises ModelError where no touchpoint asks what was expected.
    """
    names, asked = _asked_pairs(study), study.touchpoints
    asked = asked[asked["touchpoint"].isin(names)]
    rows = []
    for level, mask in _scored(study, by):
        for point in asked.itertuples():
            pair = pd.DataFrame(
                {
                    "e": study.rating(point.touchpoint, "expectation"),
                    "p": study.rating(point.touchpoint),
                }
            )[mask].dropna()
            if pair.empty:
                continue
            gap, error, low, high, effective = _mean_row(pair["p"] - pair["e"], study, conf_level)
            experience, _, p_low, p_high, _ = _mean_row(pair["p"], study, conf_level)
            rows.append(
                {
                    "touchpoint": point.touchpoint,
                    "stage": point.stage,
                    "contact": point.contact,
                    "group": by or "all",
                    "level": level,
                    "expectation": experience - gap,
                    "experience": experience,
                    "estimate": gap,
                    "std_error": error,
                    "conf_low": low,
                    "conf_high": high,
                    "experience_low": p_low,
                    "experience_high": p_high,
                    "p_value": _paired_p(gap, error, study, pair.index),
                    "n": len(pair),
                    "n_eff": effective,
                    "scale": _scale(study, point.touchpoint),
                }
            )
    if not rows:
        raise ModelError("no respondent answered both expectation and experience of any touchpoint")
    frame = pd.DataFrame(rows)
    # Of twelve touchpoints without a gap, one in two studies has one whose plain interval leaves
    # out 0.
    frame["p_holm"] = frame.groupby("level")["p_value"].transform(holm)
    return frame


def _paired_p(gap: float, error: float, study: Study, index: pd.Index) -> float:
    """Two-sided p of a mean gap of zero; 0 or 1 where all gaps are alike."""
    units = len(index) if study.clusters is None else study.clusters[index].nunique()
    if not error > 0:
        return np.nan if units < 2 else float(gap == 0)
    return float(2 * stats.t.sf(abs(gap) / error, units - 1))


def _scale(study: Study, touchpoint: str) -> str:
    scale = study.scale_of(touchpoint)
    return f"{scale.min:g}–{scale.max:g}"


def tolerance(study: Study, conf_level: float = 0.95) -> pd.DataFrame:
    """Zone of tolerance (Zeithaml, Berry & Parasuraman 1996): is the experience between the
    adequate and the desired level?

    One row a touchpoint that asks adequate level, desired level (expectation) and experience, over
    respondents who answered all three: their means, `msa` = experience − adequate and `mss` =
    experience − desired with t intervals (`msa_low` …), scale points, and the shares (0–1) of
    respondents `below`, `inside` and `above` their own zone (its ends count as inside). Raises
    ModelError where no touchpoint asks the adequate level.
    """
    points = study.touchpoints
    asked = points[points["adequate"] & points["expectation"] & points["experience"]]
    if asked.empty:
        raise ModelError(
            "no touchpoint of this study asks the adequate level beside expectation and experience:"
            " there is no zone of tolerance"
        )
    rows = []
    for point in asked.itertuples():
        level = pd.DataFrame(
            {
                role: study.rating(point.touchpoint, role)
                for role in ("adequate", "expectation", "experience")
            }
        ).dropna()
        if level.empty:
            continue
        weights = study.weights[level.index] if study.weights is not None else None
        lower, upper = (
            level[["adequate", "expectation"]].min(axis=1),
            level[["adequate", "expectation"]].max(axis=1),
        )
        msa = _mean_row(level["experience"] - level["adequate"], study, conf_level)
        mss = _mean_row(level["experience"] - level["expectation"], study, conf_level)
        below, above = (
            float(np.average(hit, weights=weights))
            for hit in (level["experience"] < lower, level["experience"] > upper)
        )
        means = {role: float(np.average(level[role], weights=weights)) for role in level}
        rows.append(
            {
                "touchpoint": point.touchpoint,
                "stage": point.stage,
                **means,
                "msa": msa[0],
                "msa_low": msa[2],
                "msa_high": msa[3],
                "mss": mss[0],
                "mss_low": mss[2],
                "mss_high": mss[3],
                "below": below,
                "inside": 1 - below - above,
                "above": above,
                "n": len(level),
            }
        )
    if not rows:
        raise ModelError(
            "no respondent answered adequate level, expectation and experience of any touchpoint"
        )
    return pd.DataFrame(rows)


def servqual(study: Study, conf_level: float = 0.95) -> pd.DataFrame:
    """The overall service-quality index, four ways: `servqual` (mean gap), `servperf` (mean
    experience), and both weighted by importance.

    Each is a respondent's mean over the touchpoints answered, Σ_t I_t·G_t / Σ_t I_t where stated
    importance I is asked, then the mean over respondents with its interval, scale points. Columns
    `metric estimate std_error conf_low conf_high n n_eff`. Sources: Parasuraman, Zeithaml & Berry
    (1988); Cronin & Taylor (1992). Raises ModelError where no gap is asked.
    """
    names = _asked_pairs(study)
    gap = pd.DataFrame({t: study.rating(t) - study.rating(t, "expectation") for t in names})
    experience = pd.DataFrame({t: study.rating(t) for t in names}).where(gap.notna())
    indices = {"servqual": gap.mean(axis=1), "servperf": experience.mean(axis=1)}
    stated = [t for t in names if study.declared(t).importance]
    if stated:
        importance = pd.DataFrame({t: study.rating(t, "importance") for t in stated}).where(
            gap[stated].notna()
        )
        total = importance.sum(axis=1).where(importance.notna().any(axis=1))
        indices |= {
            f"{name}_weighted": (values[stated] * importance).sum(axis=1) / total
            for name, values in (("servqual", gap), ("servperf", experience))
        }
    rows = []
    for metric, index in indices.items():
        if index.notna().sum() < 2:
            continue
        mean, error, low, high, effective = _mean_row(index, study, conf_level)
        rows.append(
            {
                "metric": metric,
                "estimate": mean,
                "std_error": error,
                "conf_low": low,
                "conf_high": high,
                "n": int(index.notna().sum()),
                "n_eff": effective,
            }
        )
    if not rows:
        raise ModelError("no respondent answered both expectation and experience of any touchpoint")
    return pd.DataFrame(rows)


def gap_reliability(study: Study) -> pd.DataFrame:
    """What the difference score is worth: alpha of expectation and of experience over the
    touchpoints, and of their difference.

    Reliability of the difference = (σ²_P ρ_P + σ²_E ρ_E − 2σ_PE) / (σ²_P + σ²_E − 2σ_PE), with
    Cronbach's alpha for ρ and the variances of the respondents' means over touchpoints; complete
    respondents only. `note` is `unreliable` below 0.7. Columns `term estimate note n`. Source:
    Johns (1981); Peter, Churchill & Brown (1993), J. Consum. Res. 19:655. Raises ModelError with
    fewer than two touchpoints or 20 complete respondents.
    """
    names = _asked_pairs(study)
    if len(names) < 2:
        raise ModelError(
            "touchpoint {touchpoint} alone asks an expectation: reliability needs two touchpoints"
            " at least",
            touchpoint=names[0],
        )
    e, p = (
        pd.DataFrame({t: study.rating(t, role) for t in names})
        for role in ("expectation", "experience")
    )
    whole = e.notna().all(axis=1) & p.notna().all(axis=1)
    if whole.sum() < 20:
        raise ModelError(
            "{n} respondents answered expectation and experience of all {touchpoints} touchpoints;"
            " reliability needs 20",
            n=int(whole.sum()),
            touchpoints=len(names),
        )
    e, p = e[whole], p[whole]
    weights = study.weights[whole[whole].index].to_numpy() if study.weights is not None else None
    cov = np.cov(e.mean(axis=1), p.mean(axis=1), aweights=weights)
    alpha_e, alpha_p = cronbach_alpha(e, weights), cronbach_alpha(p, weights)
    spread = cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]
    difference = (cov[1, 1] * alpha_p + cov[0, 0] * alpha_e - 2 * cov[0, 1]) / spread
    rows = [("expectation", alpha_e), ("experience", alpha_p), ("gap", difference)]
    return pd.DataFrame(
        [
            {"term": t, "estimate": v, "note": "unreliable" if v < RELIABLE else "", "n": len(e)}
            for t, v in rows
        ]
    )


def cronbach_alpha(items: pd.DataFrame, weights: np.ndarray | None = None) -> float:
    """Cronbach's (1951) alpha of complete items (n × k): k/(k−1)·(1 − Σσ²_item/σ²_sum)."""
    cov = np.cov(items.to_numpy(dtype=float).T, aweights=weights)
    k = items.shape[1]
    return float(k / (k - 1) * (1 - np.trace(cov) / cov.sum()))


def expectation_ceiling(study: Study, conf_level: float = 0.95) -> pd.DataFrame:
    """Share of respondents whose expectation is the top of the scale, by touchpoint, with the
    Wilson interval.

    They can be met or disappointed, never delighted: a gap above 0 is out of their reach. `note` is
    `ceiling` above one half. Columns `touchpoint estimate std_error conf_low conf_high note n`.
    Raises ModelError where no expectation is asked.
    """
    points = study.touchpoints
    names = list(points.loc[points["expectation"], "touchpoint"])
    if not names:
        raise ModelError("no touchpoint of this study asks an expectation")
    rows = []
    for touchpoint in names:
        rating = study.rating(touchpoint, "expectation").dropna()
        if rating.empty:
            continue
        weights = study.weights[rating.index] if study.weights is not None else None
        clusters = study.clusters[rating.index] if study.clusters is not None else None
        hit = (rating >= study.scale_of(touchpoint).max).to_numpy()
        row = share_row("", hit, weights, clusters, conf_level)
        del row["metric"]
        rows.append(
            {
                "touchpoint": touchpoint,
                **row,
                "note": "ceiling" if row["estimate"] > CEILING else "",
                "n": len(rating),
            }
        )
    if not rows:
        raise ModelError("nobody answered an expectation in this study")
    return pd.DataFrame(rows)


def _asked_pairs(study: Study) -> list[str]:
    asked = study.touchpoints
    asked = asked[asked["expectation"] & asked["experience"]]
    if asked.empty:
        raise ModelError(
            "no touchpoint of this study asks an expectation beside the experience: there is no gap"
            " to score"
        )
    return list(asked["touchpoint"])
