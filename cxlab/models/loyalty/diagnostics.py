"""May this fit be believed, and may its touchpoints be ranked? Every check of METHODS §4 in one
frame, and a refusal where the answer is no.

A ranking comes out of any numbers. Here stand, in one place, what is looked at, the threshold with
its source, and which findings make a ranking unsafe rather than only uncertain: bases that are too
thin, touchpoints that repeat each other, answers that are all alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from statsmodels.stats.diagnostic import het_breuschpagan

from cxlab.errors import ModelError
from cxlab.models.fit import Fit
from cxlab.models.loyalty.categorical import CategoricalFit
from cxlab.models.loyalty.parallel_lines import parallel_lines
from cxlab.study.sample import Sample

# Rows that do not give the commonest answer, per term. Ten: events of Peduzzi et al. (1996), J.
# Clin. Epidemiol. 49:1373; Harrell (2015) §4.4. Two suffice for unbiased slopes and sound errors:
# Austin & Steyerberg (2015), J. Clin. Epidemiol. 68:627; below them nothing can be ranked.
FEW_PER_TERM, LEAST_PER_TERM = 10, 2
# More than this share of those who answered the outcome left out: Bennett (2001), Aust. N. Z. J.
# Public Health 25:464.
MANY_LEFT_OUT = 0.10
# Marquardt (1970), Technometrics 12:591; and ten times the error of an unrelated touchpoint, where
# 99 % of it is told by the others.
INFLATED, REPEATED = 10, 100
# Belsley, Kuh & Welsch (1980), ch. 3: an index of 30 counts where it takes half the variance of two
# coefficients at least.
CONDITION, PROPORTION = 30, 0.5
# Half of the answers at the top: the median cannot rise (an expectation's ceiling is called the
# same, `cxlab.models.describe.scores`).
CEILING = 0.5
# Fewer answers than this below the top, and they alone decide the slope (the least that an
# indicator may have in `fit_loyalty`).
LEAST_OFF_TOP = 5
# Users of a touchpoint: enough for a mean to be normal; that few who met it may be shown is the
# study's min_cell.
FEW_USERS = 30
# Huber (1981), Robust Statistics, §7.2: a leverage above one half should be avoided.
HIGH_LEVERAGE = 0.5
LEVEL = 0.05
# Half of the information spent on weighting; Cameron & Miller (2015), J. Hum. Resour. 50:317: few
# clusters start at 20.
COSTLY_DESIGN, FEW_CLUSTERS = 2, 20
ROBUST = ("HC3", "clustered", "linearised")


def diagnose(fit: Fit) -> pd.DataFrame:
    """Every check of a fit: one row a check (and a touchpoint, where it is about one), with a
    verdict ok, caution or unsafe.

    `check` and its `statistic`: `rows_used` (rows), `rows_left_out` (rows, one row a reason, which
    is the `note`), `rows_per_term` (rows that do not give the commonest answer), `users` of a
    touchpoint, `vif` (variance inflation of its rating) and `gvif` (of rating and indicator
    together, GVIF^(1/terms); Fox & Monette 1992), `condition_index` (Belsley; columns of length 1,
    intercept included), `outcome_ceiling` (share of the top answer; of a binary outcome, of the
    commoner), `touchpoint_ceiling`, `leverage` (highest), `heteroscedasticity` (Breusch–Pagan χ²,
    studentised: Koenker 1981), `parallel_lines` (ordinal), `convergence` (largest gradient per row;
    0 where the fit is a closed form), `design_effect` (Kish, with weights), `clusters`. The `note`
    is a code, "" where the verdict is ok and nothing is to be said: few_rows, too_few_rows,
    many_left_out, few_users, too_few_users, inflated, repeated, near_dependency, ceiling,
    all_alike, high_leverage, uneven_spread, robust_errors, not_tested, not_parallel,
    costly_weights, few_clusters; with rows_left_out the reason. Of a fit from `Moments`, which
    knows no respondents, only what cross-products tell is checked. Thresholds and their sources
    stand at the top of this module. A fit that did not converge does not exist. Columns `check
    touchpoint statistic p_value verdict note`. Checked against statsmodels (VIF, Breusch–Pagan) and
    Belsley's definition.
    """
    rows = [
        *_rows(fit),
        *_users(fit),
        *_collinearity(fit),
        *_ceilings(fit),
        *_residuals(fit),
        *_lines(fit),
        *_design(fit),
    ]
    return pd.DataFrame(
        rows, columns=["check", "touchpoint", "statistic", "p_value", "verdict", "note"]
    )


def refuse_unsafe(fit: Fit, groups: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise a ModelError where a ranking of this fit's touchpoints would be unsafe, saying why and
    what to do; else return.

    `groups` (as of `importance`) are ranked as one, so that touchpoints of a group may repeat each
    other. Small sound samples pass: 30 rows for six drivers are a caution, not a refusal.
    Thresholds and their sources stand at the top of this module; each refusal is a row that
    `diagnose` calls unsafe.
    """
    terms, effective = _terms(fit), _effective_rows(fit)
    spoken = {"outcome": fit.outcome, "terms": terms, "need": LEAST_PER_TERM * terms}
    if _effective_n(fit) < LEAST_PER_TERM * terms:
        raise ModelError(
            "outcome {outcome}: fewer than {need} answers (after weighting), too few to rank so"
            " many touchpoints; they make {terms} terms: use fewer touchpoints, study.by_stage(),"
            " or missing='usage'",
            **spoken,
        )
    if effective < LEAST_PER_TERM * terms:
        raise ModelError(
            # A client reads up to the semicolon: how many differ may be how many were unhappy, and
            # few.
            "outcome {outcome}: nearly everybody gives the same answer, and too few differ from it"
            " to rank so many touchpoints; {share:.0%} give it, fewer than {need} of {n} (after"
            " weighting) do not, for {terms} terms: use fewer touchpoints, or another outcome",
            n=fit.n,
            share=1 - effective / _effective_n(fit),
            **spoken,
        )
    for row in [*_users(fit), *_ceilings(fit)]:
        if row["verdict"] == "unsafe" and row["check"] == "users":
            raise ModelError(
                "touchpoint {touchpoint}: fewer than {need} of the respondents met it, so its place"
                " would be theirs alone; leave it out",
                touchpoint=row["touchpoint"],
                need=fit.study.codebook.report.min_cell,
            )
        if row["verdict"] == "unsafe" and row["touchpoint"]:
            raise ModelError(
                "touchpoint {touchpoint}: fewer than {need} of those who met it give another rating"
                " than the best, so its place would be theirs alone; leave it out",
                touchpoint=row["touchpoint"],
                need=LEAST_OFF_TOP,
            )
    correlation, _ = _correlation(fit)
    member = {one: name for name, members in (groups or {}).items() for one in members}
    # Ratings only: an indicator that follows another touchpoint's is a matter of who met what, not
    # of what they rate.
    players = [
        member.get(term, term) if term in _touchpoints(fit) else ""
        for term in fit.moments.names[:-1]
    ]
    for name in dict.fromkeys(name for name in players if name):
        inflation = _generalised(correlation, np.array([player == name for player in players]))
        if inflation > REPEATED:
            raise ModelError(
                "touchpoint {touchpoint}: {share:.1%} of it is told by the other touchpoints"
                " (variance inflation {vif:.0f}), so its weight cannot be told from theirs; join"
                " them by groups=, or leave one out",
                touchpoint=name,
                share=1 - 1 / inflation,
                vif=inflation,
            )


def _row(
    check: str,
    statistic: float,
    verdict: str = "ok",
    note: str = "",
    touchpoint: str = "",
    p_value: float = np.nan,
) -> dict:
    return {
        "check": check,
        "touchpoint": touchpoint,
        "statistic": float(statistic),
        "p_value": p_value,
        "verdict": verdict,
        "note": note,
    }


def _graded(
    check: str,
    statistic: float,
    caution: bool,
    note: str,
    unsafe: bool = False,
    worse: str = "",
    touchpoint: str = "",
) -> dict:
    verdict = "unsafe" if unsafe else "caution" if caution else "ok"
    return _row(check, statistic, verdict, worse if unsafe else note if caution else "", touchpoint)


def _terms(fit: Fit) -> int:
    return fit.design.x.shape[1] - 1


def _touchpoints(fit: Fit) -> list[str]:
    return [t for t in dict.fromkeys(fit.design.touchpoint.values()) if t in fit.params.index]


def _answers(fit: Fit) -> pd.Series:
    """The outcome as answered, in its own units; of a binary model, the 0/1 that is explained."""
    return (
        fit.design.y
        if fit.family == "binary"
        else fit.study.outcome(fit.outcome)[fit.design.x.index]
    )


def _shares(fit: Fit) -> pd.Series:
    """(Weighted) share of each answer to the outcome."""
    answers = _answers(fit)
    weight = pd.Series(fit.design.sample.w, index=answers.index)
    return weight.groupby(answers).sum() / weight.sum()


def _has_rows(fit: Fit) -> bool:
    """A fit from sums over rows knows no respondents: of it, only what cross-products tell is
    checked.
    """
    return len(fit.design.x) > 0


def _effective_n(fit: Fit) -> float:
    return fit.design.sample.n_eff if _has_rows(fit) else float(fit.glance()["n_eff"].iloc[0])


def _effective_rows(fit: Fit) -> float:
    """Rows that the outcome is worth: those that do not give its commonest answer (of two answers,
    the "events"), by Kish's n with weights.
    """
    return _effective_n(fit) * (float(1 - _shares(fit).max()) if _has_rows(fit) else 1.0)


def _top_share(fit: Fit) -> float:
    shares = _shares(fit)
    return float(
        shares.max()
        if fit.family == "binary"
        else shares.get(fit.study.scale_of(fit.outcome).max, 0.0)
    )


def _rows(fit: Fit) -> list[dict]:
    dropped = fit.dropped.set_index("reason")["n"]
    answered = fit.n + int(dropped.drop("outcome_not_answered", errors="ignore").sum())
    many = fit.n < (1 - MANY_LEFT_OUT) * answered
    rows = [_graded("rows_used", fit.n, many, "many_left_out")]
    rows += [
        _row(
            "rows_left_out",
            n,
            "caution" if many and reason != "outcome_not_answered" else "ok",
            reason,
        )
        for reason, n in dropped.items()
    ]
    per_term = _effective_rows(fit) / _terms(fit)
    return [
        *rows,
        _graded(
            "rows_per_term",
            per_term,
            per_term < FEW_PER_TERM,
            "few_rows",
            per_term < LEAST_PER_TERM,
            "too_few_rows",
        ),
    ]


def _users(fit: Fit) -> list[dict]:
    rows = []
    for t in _touchpoints(fit) if _has_rows(fit) else []:
        least = fit.study.codebook.report.min_cell
        n = int((fit.study.state(t)[fit.design.x.index] != "not_used").sum())
        rows.append(_graded("users", n, n < FEW_USERS, "few_users", n < least, "too_few_users", t))
    return rows


def _correlation(fit: Fit) -> tuple[np.ndarray, list[str]]:
    """(Weighted) correlations of the terms without the intercept, and the touchpoint of each term
    ("" of a control).
    """
    moments = fit.moments
    cov = moments.covariance[:-1, :-1]
    deviation = np.sqrt(np.diag(cov))
    return cov / np.outer(deviation, deviation), [
        fit.design.touchpoint.get(term, "") for term in moments.names[:-1]
    ]


def _generalised(correlation: np.ndarray, mine: np.ndarray) -> float:
    """GVIF^(1/q) of the q columns `mine` (Fox & Monette 1992, J. Am. Stat. Assoc. 87:178): with one
    column its variance inflation factor.
    """
    if mine.all():
        return 1.0
    parts = [np.linalg.slogdet(correlation[np.ix_(chosen, chosen)])[1] for chosen in (mine, ~mine)]
    return float(np.exp((sum(parts) - np.linalg.slogdet(correlation)[1]) / mine.sum()))


def _collinearity(fit: Fit) -> list[dict]:
    correlation, owner = _correlation(fit)
    terms = list(fit.moments.names[:-1])
    rows = []
    for t in _touchpoints(fit):
        single = _generalised(correlation, np.array([term == t for term in terms]))
        rows.append(
            _graded("vif", single, single > INFLATED, "inflated", single > REPEATED, "repeated", t)
        )
    for t in _touchpoints(fit):
        own = np.array([name == t for name in owner])
        if own.sum() > 1:
            both = _generalised(correlation, own)
            rows.append(_graded("gvif", both, both > INFLATED, "inflated", touchpoint=t))
    index, crowded = _condition(fit)
    return [
        *rows,
        _graded("condition_index", index, index > CONDITION and crowded, "near_dependency"),
    ]


def _condition(fit: Fit) -> tuple[float, bool]:
    """Largest condition index of the columns, intercept included, each of length 1; and whether it
    takes half the variance of two terms or more.
    """
    moments = fit.moments
    mean, cov = moments.mean[:-1], moments.covariance[:-1, :-1]
    products = np.block(
        [[np.ones((1, 1)), mean[None]], [mean[:, None], cov + np.outer(mean, mean)]]
    )
    length = np.sqrt(np.diag(products))
    values, vectors = np.linalg.eigh(products / np.outer(length, length))
    values = np.clip(values, np.finfo(float).tiny, None)
    parts = vectors**2 / values
    proportion = parts[1:, 0] / parts[1:].sum(axis=1)
    return float(np.sqrt(values[-1] / values[0])), bool((proportion > PROPORTION).sum() >= 2)


def _ceilings(fit: Fit) -> list[dict]:
    if not _has_rows(fit):
        return []
    top, per_term = _top_share(fit), _effective_rows(fit) / _terms(fit)
    # Of two answers one is always given by half; what a rare one costs stands under rows_per_term.
    high = top > CEILING and _answers(fit).nunique() > 2
    rows = [
        _graded(
            "outcome_ceiling",
            top,
            high,
            "ceiling",
            top > CEILING and per_term < LEAST_PER_TERM,
            "all_alike",
        )
    ]
    for t in _touchpoints(fit):
        rating = fit.study.rating(t)[fit.design.x.index].dropna()
        best = rating >= fit.study.scale_of(t).max
        share = Sample.of(fit.study, rating.index).average(best)
        rows.append(
            _graded(
                "touchpoint_ceiling",
                share,
                share > CEILING,
                "ceiling",
                int((~best).sum()) < LEAST_OFF_TOP,
                "all_alike",
                t,
            )
        )
    return rows


def _residuals(fit: Fit) -> list[dict]:
    if not _has_rows(fit):
        return []
    pull = float(fit.leverage().max())
    rows = [_graded("leverage", pull, pull > HIGH_LEVERAGE, "high_leverage")]
    if isinstance(_first(fit), CategoricalFit):
        return rows
    if not fit.design.sample.equal or _first(fit) is not fit:
        # The test supposes independent, equally weighted rows; the errors of such fits do not
        # suppose even spread.
        return [*rows, _row("heteroscedasticity", np.nan, note="not_tested")]
    statistic, p_value, _, _ = het_breuschpagan(fit.residuals(), fit.design.x)
    uneven = p_value < LEVEL
    robust = fit.covariance in ROBUST
    note = "" if not uneven else "robust_errors" if robust else "uneven_spread"
    return [
        *rows,
        _row(
            "heteroscedasticity",
            statistic,
            "caution" if note == "uneven_spread" else "ok",
            note,
            p_value=float(p_value),
        ),
    ]


def _lines(fit: Fit) -> list[dict]:
    if fit.family != "ordinal":
        return []
    if _first(fit) is not fit or fit.k < 3:
        return [_row("parallel_lines", np.nan, note="not_tested")]
    rows = []
    for row in parallel_lines(fit).to_dict("records"):
        p = row["p_holm"] if pd.notna(row["p_holm"]) else row["p_value"]
        note = "not_tested" if pd.isna(row["p_value"]) else "not_parallel" if p < LEVEL else ""
        rows.append(
            _row(
                "parallel_lines",
                row["statistic"],
                "caution" if note == "not_parallel" else "ok",
                note,
                row["touchpoint"],
                p,
            )
        )
    return rows


def _design(fit: Fit) -> list[dict]:
    rows = [_row("convergence", getattr(_first(fit), "gradient", 0.0))]
    told = fit.glance().iloc[0]
    if told["weighted"]:
        effect = fit.n / told["n_eff"]
        rows.append(_graded("design_effect", effect, effect > COSTLY_DESIGN, "costly_weights"))
    if told["clusters"]:
        rows.append(_graded("clusters", fit.units, fit.units < FEW_CLUSTERS, "few_clusters"))
    return rows


def _first(fit: Fit) -> Fit:
    """The fit itself, or the first of those that multiple imputation pooled."""
    return (getattr(fit, "completed", ()) or (fit,))[0]
