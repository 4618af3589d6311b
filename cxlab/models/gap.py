"""Expectation against experience: where customers fall short of what they expected, and whether that matters.

A gap score looks like a measurement but is a model: it claims that expectation and experience count equally, with opposite
signs (Edwards & Parry 1993). Where only experience matters, loyalty regressed on the gap still "finds" an effect, every
time. So the scores stand beside a contest of forms, in which that claim can lose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.models.fit import INTERCEPT, Design, Fit, check_estimable, kish, least_squares
from cxlab.models.metrics import standard_error
from cxlab.study.codebook import ALL_TOUCHPOINTS
from cxlab.study.study import Study

QUADRATIC = ["expectation", "experience", "expectation^2", "expectation:experience", "experience^2"]
# Each form: its terms, and the constraint that it puts on the quadratic's coefficients (rows · b = 0).
FORMS = {
    "intercept": [],
    "P": ["experience"],
    "difference": ["gap"],
    "E+P": ["expectation", "experience"],
    "quadratic": QUADRATIC,
}
_CONSTRAINTS = {
    "intercept": np.eye(5),
    "P": np.eye(5)[[0, 2, 3, 4]],
    "difference": np.vstack([[1, 1, 0, 0, 0], np.eye(5)[2:]]),
    "E+P": np.eye(5)[2:],
}
MIN_ROWS = 20
# Forms within this of the best AICc have as much support as it (Burnham & Anderson 2002): the simplest of them is chosen.
AICC_TIE = 2.0


# ---- scores


def _scored(study: Study, by: str | None) -> list[tuple[str, pd.Series]]:
    if by is None:
        return [("all", pd.Series(True, index=study.index))]
    groups = study.group(by)
    return [(level, groups == level) for level in sorted(groups.dropna().unique())]


def _mean_row(y: pd.Series, study: Study, conf_level: float) -> tuple[float, float, float, float, float]:
    """Mean, its error, interval and effective n of the answered part of `y`."""
    y = y.dropna()
    weights = study.weights[y.index] if study.weights is not None else None
    clusters = study.clusters[y.index] if study.clusters is not None else None
    error, df = standard_error(y.to_numpy(), weights, clusters)
    mean = float(np.average(y, weights=weights))
    half = stats.t.ppf((1 + conf_level) / 2, df) * error if df >= 1 else np.nan
    return mean, error, mean - half, mean + half, kish(weights, len(y))


def experience_scores(study: Study, by: str | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Mean experience of each touchpoint in journey order, scale points, with its interval (SERVPERF: Cronin & Taylor 1992).

    Columns `touchpoint stage contact group level experience std_error conf_low conf_high n n_eff used`; `used` is the share
    of those asked (answered + never used) who met the touchpoint. A touchpoint that nobody rated has no row.
    """
    rows = []
    for level, mask in _scored(study, by):
        for point in study.touchpoints[study.touchpoints["experience"]].itertuples():
            rating = study.rating(point.touchpoint)[mask]
            if not rating.notna().any():
                continue
            mean, error, low, high, effective = _mean_row(rating, study, conf_level)
            state = study.state(point.touchpoint)[mask].isin(["answered", "not_used"])
            met, weights = rating[state].notna(), None if study.weights is None else study.weights[mask][state]
            rows.append({
                "touchpoint": point.touchpoint, "stage": point.stage, "contact": point.contact, "group": by or "all", "level": level,
                "experience": mean, "std_error": error, "conf_low": low, "conf_high": high, "n": int(rating.notna().sum()),
                "n_eff": effective, "used": float(np.average(met, weights=weights)),
            })  # fmt: skip
    if not rows:
        raise ModelError("no touchpoint of this study has an answered experience")
    return pd.DataFrame(rows)


def gap_scores(study: Study, by: str | None = None, conf_level: float = 0.95) -> pd.DataFrame:
    """Gap = experience − expectation of each touchpoint in journey order, scale points (SERVQUAL: Parasuraman et al. 1988).

    Means are over respondents who answered both, so that the gap is a paired difference; `estimate` is the mean gap with
    its paired interval, `experience_low/high` the interval of the mean experience. Raises ModelError where no touchpoint asks
    what was expected.
    """
    asked = study.touchpoints
    asked = asked[asked["expectation"] & asked["experience"]]
    if asked.empty:
        raise ModelError("no touchpoint of this study asks an expectation beside the experience: there is no gap to score")
    rows = []
    for level, mask in _scored(study, by):
        for point in asked.itertuples():
            pair = pd.DataFrame({"e": study.rating(point.touchpoint, "expectation"), "p": study.rating(point.touchpoint)})[mask].dropna()
            if pair.empty:
                continue
            gap, error, low, high, effective = _mean_row(pair["p"] - pair["e"], study, conf_level)
            experience, _, p_low, p_high, _ = _mean_row(pair["p"], study, conf_level)
            rows.append({
                "touchpoint": point.touchpoint, "stage": point.stage, "contact": point.contact, "group": by or "all", "level": level,
                "expectation": experience - gap, "experience": experience, "estimate": gap, "std_error": error, "conf_low": low,
                "conf_high": high, "experience_low": p_low, "experience_high": p_high, "n": len(pair), "n_eff": effective,
            })  # fmt: skip
    if not rows:
        raise ModelError("no respondent answered both expectation and experience of any touchpoint")
    return pd.DataFrame(rows)


# ---- models


@dataclass(frozen=True, repr=False, eq=False)
class GapFit(Fit):
    """An expectation-gap model. `center` is the scale point that both ratings were centred at; `points` the ratings used (n × 2)."""

    touchpoint: str = ""
    form: str = ""
    center: float = 0.0
    points: pd.DataFrame | None = None

    def predict(self, expectation, experience, conf_level: float = 0.95) -> pd.DataFrame:
        """The outcome that the model expects at these ratings (scale points; scalars or arrays of equal length).

        Columns `expectation experience estimate std_error conf_low conf_high n`, n = respondents within one scale point.
        """
        e, p = np.broadcast_arrays(np.atleast_1d(np.asarray(expectation, float)), np.atleast_1d(np.asarray(experience, float)))
        x = _terms(e.ravel() - self.center, p.ravel() - self.center)[self.params.index].to_numpy()
        estimate = x @ self.params.to_numpy()
        error = np.sqrt(np.einsum("ij,jk,ik->i", x, self.cov.to_numpy(), x))
        half = stats.t.ppf((1 + conf_level) / 2, self.df) * error
        at = self.points.to_numpy()
        # Respondents sit on few distinct pairs, so near ones are counted pair by pair.
        pairs, counts = np.unique(at, axis=0, return_counts=True)
        near = (np.abs(pairs[:, 0] - e.ravel()[:, None]) <= 1) & (np.abs(pairs[:, 1] - p.ravel()[:, None]) <= 1)
        return pd.DataFrame({
            "expectation": e.ravel(), "experience": p.ravel(), "estimate": estimate, "std_error": error,
            "conf_low": estimate - half, "conf_high": estimate + half, "n": near @ counts,
        })  # fmt: skip

    def surface_grid(self, steps: int = 41) -> pd.DataFrame:
        """See `cxlab.surface_grid`."""
        from cxlab.models.surface import surface_grid

        return surface_grid(self, steps)


def _terms(e: np.ndarray, p: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({
        INTERCEPT: np.ones_like(e), "expectation": e, "experience": p, "expectation^2": e * e, "expectation:experience": e * p,
        "experience^2": p * p, "gap": p - e,
    })  # fmt: skip


def fit_gap(
    study: Study,
    touchpoints: str | Iterable[str] | None = None,
    outcome: str | None = None,
    form: str = "quadratic",
    center: float | None = None,
    covariance: str | None = None,
) -> GapFit:
    """The outcome on expectation E and experience P of one touchpoint, or of the means over several (None: all).

    Y = b0 + b1E + b2P + b3E² + b4EP + b5P² (Edwards & Parry 1993) for form "quadratic"; "E+P", "difference" (Y on P − E),
    "P" and "intercept" are nested in it. Both ratings are centred at the same point, the scale's midpoint unless `center` is
    given. Means over touchpoints are over those where the respondent answered both. Coefficients are in outcome units per
    scale point. Errors: HC3, linearised with weights, clustered by account; `covariance="classical"` for textbook errors.
    Checked against R's lm (1e-10). Raises ModelError naming the touchpoint and the counts: no expectation asked, fewer than 20
    complete rows, constant or identical E and P, constant outcome, centre outside the scale.
    """
    design, name, center, points = _pairs(study, touchpoints, outcome, center)
    return _fit(design, name, center, points, form, covariance)


def _fit(design: Design, name: str, center: float, points: pd.DataFrame, form: str, covariance: str | None) -> GapFit:
    if form not in FORMS:
        raise ModelError("form={form!r}: give one of {known}", form=form, known=", ".join(FORMS))
    x = design.x[[INTERCEPT, *FORMS[form]]]
    part = Design(design.study, design.outcome, x, design.y, design.weights, design.clusters, design.reason, dict.fromkeys(x, name))
    fit = least_squares(part, f"gap: {form}", covariance)
    return GapFit(**{key: getattr(fit, key) for key in Fit.__dataclass_fields__}, touchpoint=name, form=form, center=center, points=points)


def _pairs(study: Study, touchpoints, outcome: str | None, center: float | None) -> tuple[Design, str, float, pd.DataFrame]:
    names, name = _chosen(study, touchpoints)
    outcome = outcome or study.codebook.report.outcome or next(iter(study.outcomes["outcome"]), None)
    if outcome is None:
        raise ModelError("this study declares no outcome to explain")
    scales = {(study.scale_of(t).min, study.scale_of(t).max) for t in names}
    if len(scales) > 1:
        raise ModelError("touchpoint {touchpoint}: its touchpoints are rated on different scales and have no common mean", touchpoint=name)
    low, high = scales.pop()
    center = (low + high) / 2 if center is None else float(center)
    if not low <= center <= high:
        raise ModelError("touchpoint {touchpoint}: center={center:g} lies outside the scale {low:g}–{high:g}", touchpoint=name, center=center, low=low, high=high)

    e = pd.DataFrame({t: study.rating(t, "expectation") for t in names})
    p = pd.DataFrame({t: study.rating(t) for t in names})
    both = e.notna() & p.notna()
    e, p = e.where(both).mean(axis=1), p.where(both).mean(axis=1)
    y = study.outcome(outcome)
    reason = np.select([y.isna(), e.isna()], ["outcome_not_answered", "pair_not_answered"], "")
    reason = pd.Series(reason, index=study.index)
    used = reason == ""
    if used.sum() < MIN_ROWS:
        raise ModelError(
            "touchpoint {touchpoint}: {n} respondents answered expectation, experience and {outcome}; a gap model needs {need} ({total} in the study)",
            touchpoint=name, n=int(used.sum()), outcome=outcome, need=MIN_ROWS, total=study.n,
        )  # fmt: skip
    e, p, y = e[used], p[used], y[used]
    for role, rating in (("expectation", e), ("experience", p)):
        if rating.nunique() < 2:
            raise ModelError("touchpoint {touchpoint}: all {n} answers to {role} are {value:g}", touchpoint=name, n=len(rating), role=role, value=rating.iloc[0])
    if (e == p).all():
        raise ModelError("touchpoint {touchpoint}: expectation and experience are identical in all {n} rows; is one column declared twice?", touchpoint=name, n=len(e))
    weights = None if study.weights is None else study.weights[used]
    clusters = None if study.clusters is None else study.clusters[used]
    x = _terms((e - center).to_numpy(), (p - center).to_numpy()).set_axis(y.index)
    return Design(study, outcome, x, y, weights, clusters, reason), name, center, pd.DataFrame({"expectation": e, "experience": p})


def _chosen(study: Study, touchpoints) -> tuple[list[str], str]:
    known = study.touchpoints
    if isinstance(touchpoints, str):
        names, name = [touchpoints], touchpoints
    else:
        names = list(touchpoints) if touchpoints is not None else list(known.loc[known["expectation"] & known["experience"], "touchpoint"])
        name = names[0] if len(names) == 1 else ALL_TOUCHPOINTS if touchpoints is None else "+".join(names)
    if not names:
        raise ModelError("no touchpoint of this study asks an expectation beside the experience: there is no gap to model")
    for touchpoint in names:
        study.rating(touchpoint)
        study.rating(touchpoint, "expectation")
    return names, name


def compare_gap_forms(study: Study, touchpoints: str | Iterable[str] | None = None, outcome: str | None = None, center: float | None = None) -> pd.DataFrame:
    """The contest of forms: does the gap say more than experience alone? One row a form, simplest first.

    `r_squared_cv` is leave-one-out cross-validated (PRESS, Allen 1974; whole accounts where there are any). `statistic` and
    `p_value` test the form's constraint against the quadratic: F, or Wald F on the robust covariance with weights or clusters.
    `chosen`: the simplest form within 2 AICc of the best; with weights or clusters, where no AICc is sound, the simplest whose
    squared prediction error is within one standard error of the best's (Breiman et al. 1984).
    Columns `touchpoint outcome form df r_squared adj_r_squared r_squared_cv aicc aicc_weight bic statistic p_value n chosen`.
    Raises ModelError as `fit_gap`.
    """
    design, name, center, points = _pairs(study, touchpoints, outcome, center)
    plain = design.weights is None and design.clusters is None
    fits = {form: _fit(design, name, center, points, form, "classical" if plain else None) for form in FORMS if form != "intercept"}
    # The intercept alone cannot be estimated wrongly; what it needs is covered by the checks of the quadratic.
    check_estimable(fits["quadratic"].design)
    rows, losses = [], {}
    for form in FORMS:
        fit = fits.get(form) or _fit(design, name, center, points, "intercept", "classical" if plain else None)
        losses[form] = _left_out_loss(fit)
        statistic, p_value = _constraint_test(fits["quadratic"], form)
        glance = fit.glance().iloc[0]
        rows.append({
            "touchpoint": name, "outcome": design.outcome, "form": form, "df": len(fit.params), "r_squared": fit.r_squared,
            "adj_r_squared": glance["adj_r_squared"], "r_squared_cv": 1 - losses[form].sum() / losses["intercept"].sum(),
            "aicc": glance["aicc"], "bic": glance["bic"], "statistic": statistic, "p_value": p_value, "n": fit.n,
        })  # fmt: skip
    frame = pd.DataFrame(rows)
    relative = np.exp(-(frame["aicc"] - frame["aicc"].min()) / 2)
    frame.insert(8, "aicc_weight", relative / relative.sum() if plain else np.nan)
    return frame.assign(chosen=frame["form"] == _choose(frame, losses, plain))


def _left_out_loss(fit: Fit) -> pd.Series:
    """Weighted squared error of each row (or cluster) predicted by the fit without it, in closed form."""
    design = fit.design
    w = np.ones(fit.n) if design.weights is None else design.weights.to_numpy() / design.weights.mean()
    residual = fit.residuals().to_numpy()
    if design.clusters is None:
        return pd.Series(w * (residual / (1 - fit.leverage())) ** 2)
    root = np.sqrt(w)
    q, _ = np.linalg.qr(design.x.to_numpy() * root[:, None])
    losses = {}
    for cluster, rows in pd.Series(np.arange(fit.n)).groupby(pd.factorize(design.clusters)[0]):
        rows = rows.to_numpy()
        out = np.linalg.solve(np.eye(len(rows)) - q[rows] @ q[rows].T, root[rows] * residual[rows])
        losses[cluster] = float(out @ out)
    return pd.Series(losses)


def _constraint_test(quadratic: GapFit, form: str) -> tuple[float, float]:
    if form == "quadratic":
        return np.nan, np.nan
    rows = _CONSTRAINTS[form]
    b, cov = quadratic.params[QUADRATIC].to_numpy(), quadratic.cov.loc[QUADRATIC, QUADRATIC].to_numpy()
    off = rows @ b
    statistic = float(off @ np.linalg.solve(rows @ cov @ rows.T, off)) / len(rows)
    return statistic, float(stats.f.sf(statistic, len(rows), quadratic.df))


def _choose(frame: pd.DataFrame, losses: dict[str, pd.Series], plain: bool) -> str:
    if plain:
        near = frame[frame["aicc"] <= frame["aicc"].min() + AICC_TIE]
        return near.sort_values(["df", "aicc"])["form"].iloc[0]
    best = min(losses, key=lambda form: losses[form].sum())

    def tied(form: str) -> bool:
        excess = losses[form] - losses[best]
        return excess.sum() <= np.sqrt(len(excess)) * excess.std(ddof=1) if form != best else True

    near = frame[[tied(form) for form in frame["form"]]]
    return near.sort_values(["df", "r_squared_cv"], ascending=[True, False])["form"].iloc[0]
