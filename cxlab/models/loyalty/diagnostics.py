"""Regression diagnostics of a fit in one table, and the refusal of unsafe rankings.

A ranking can be computed from any data. This module holds every check, its threshold with the
source, and the findings that make a ranking unsafe: too few rows, collinear touchpoints, answers
without variation.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from statsmodels.stats.diagnostic import het_breuschpagan

from cxlab.errors import ModelError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.loyalty.categorical import CategoricalFit
from cxlab.models.loyalty.imputation import PooledFit
from cxlab.models.loyalty.parallel_lines import parallel_lines

# Rows that do not give the commonest answer, per term. Ten: events of Peduzzi et al. (1996), J.
# Clin. Epidemiol. 49:1373; Harrell (2015), sec. 4.4. Two suffice for unbiased slopes and valid
# errors: Austin & Steyerberg (2015), J. Clin. Epidemiol. 68:627; with fewer nothing is ranked.
FEW_PER_TERM, LEAST_PER_TERM = 10, 2
# More than this share of those who answered the outcome left out: Bennett (2001), Aust. N. Z. J.
# Public Health 25:464.
MANY_LEFT_OUT = 0.10
# Marquardt (1970), Technometrics 12:591; and ten times the error of an unrelated touchpoint, where
# 99 % of it follows from the others.
INFLATED, REPEATED = 10, 100
# Belsley, Kuh & Welsch (1980), ch. 3: an index of 30 counts where it takes half the variance of two
# coefficients at least.
CONDITION, PROPORTION = 30, 0.5
# Half of the answers at the top: the median cannot rise (an expectation's ceiling is called the
# same, `cxlab.models.describe.gap_scores`).
CEILING = 0.5
# Fewer answers than this below the top decide the slope alone (the minimum of an indicator in
# `fit_loyalty`).
LEAST_OFF_TOP = 5
# Users of a touchpoint: enough for a mean to be normal; that few who met it may be shown is the
# study's min_cell.
FEW_USERS = 30
# Huber (1981), Robust Statistics, sec. 7.2: a leverage above one half should be avoided.
HIGH_LEVERAGE = 0.5
LEVEL = 0.05
# Weighting that halves the effective sample; fewer than 20 clusters are few (Cameron & Miller 2015,
# J. Hum. Resour. 50:317).
COSTLY_DESIGN, FEW_CLUSTERS = 2, 20
ROBUST = ("HC2", "CR2", "HC3", "clustered", "linearised")
# Where a touchpoint's place would be that of a few respondents.
THEIRS_ALONE = {
    "users": (
        "touchpoint {touchpoint}: fewer than {need} of the respondents met it; its place would be"
        " theirs alone: leave it out"
    ),
    "touchpoint_ceiling": (
        "touchpoint {touchpoint}: fewer than {need} of those who met it do not give the best"
        " rating; its place would be theirs alone: leave it out"
    ),
}

Rows = Iterator[pd.DataFrame]


@estimator("diagnose")
def diagnose(fit: Fit) -> pd.DataFrame:
    """Every check of a fit, with a verdict.

    Parameters
    ----------
    fit : Fit
        A fit of `fit_loyalty` or `fit_moments`; of one from `Moments`, which knows no respondents,
        only what cross-products tell is checked.

    Returns
    -------
    DataFrame
        One row a check, and a touchpoint where it is about one: `check touchpoint statistic p_value
        verdict note`. `verdict` is ok, caution or unsafe; `note` a code, "" where the verdict is ok
        and nothing is to be said.

        ==================  =====================================================================
        check               statistic; notes
        ==================  =====================================================================
        rows_used           rows; many_left_out
        rows_left_out       rows, one row a reason, which is the note
        rows_per_term       rows that do not give the commonest answer; few_rows, too_few_rows
        users               respondents who met the touchpoint; few_users, too_few_users
        vif                 variance inflation of its rating; inflated, repeated
        gvif                of rating and indicator together, GVIF^(1/terms) (Fox & Monette 1992);
                            inflated
        condition_index     Belsley's; columns of length 1, intercept included; near_dependency
        outcome_ceiling     share of the top answer; of a binary outcome, of the commoner; ceiling,
                            all_alike
        touchpoint_ceiling  share of the best rating; ceiling, all_alike
        leverage            highest; high_leverage
        heteroscedasticity  Breusch–Pagan χ², studentised (Koenker 1981); uneven_spread,
                            robust_errors, not_tested
        parallel_lines      of an ordinal model; not_parallel, not_tested
        convergence         largest gradient per row; 0 where the fit is a closed form
        design_effect       Kish's, with weights; costly_weights
        clusters            number; few_clusters
        ==================  =====================================================================

    Notes
    -----
    Thresholds and their sources stand at the top of this module. A fit that did not converge does
    not exist. Checked against statsmodels (VIF, Breusch–Pagan) and Belsley's definition.

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.diagnose(cx.fit_loyalty(cx.simulate_study(300, seed=1)))
    >>> table["verdict"].value_counts().to_dict()
    {'ok': 22}
    """
    checks = [_rows, _users, _collinearity, _ceilings, _residuals, _lines, _design]
    if not _has_rows(fit):
        checks = [_rows, _collinearity, _design]
    return pd.concat([rows for check in checks for rows in check(fit)], ignore_index=True)


def refuse_unsafe(fit: Fit, groups: Mapping[str, Iterable[str]] | None = None) -> None:
    """Raise a ModelError where a ranking of this fit's touchpoints would be unsafe, saying why and
    what to do; else return.

    `groups` (as of `importance`) are ranked as one, so that touchpoints of a group may repeat each
    other. Small sound samples pass: 30 rows for six drivers are a caution, not a refusal.
    Thresholds and their sources stand at the top of this module; each refusal is a row that
    `diagnose` calls unsafe.
    """
    terms, effective = _terms(fit), _effective_rows(fit)
    values = {"outcome": fit.outcome, "terms": terms, "need": LEAST_PER_TERM * terms}
    if fit.n_eff < LEAST_PER_TERM * terms:
        raise ModelError(
            "outcome {outcome}: fewer than {need} answers are too few to rank so many"
            " touchpoints; after weighting, for {terms} terms: use fewer touchpoints,"
            " study.by_stage(), or missing='usage'",
            **values,
        )
    if effective < LEAST_PER_TERM * terms:
        raise ModelError(
            # Reports show clients the text up to the semicolon, which must not give a small count
            # of respondents.
            "outcome {outcome}: too few differ from the usual answer to rank so many touchpoints;"
            " {share:.0%} give it, fewer than {need} of {n} (after weighting) do not, for {terms}"
            " terms: use fewer touchpoints, or another outcome",
            n=fit.n,
            share=1 - effective / fit.n_eff,
            **values,
        )
    if _has_rows(fit):
        rows = pd.concat([*_users(fit), *_ceilings(fit)])
        unsafe = rows[(rows["verdict"] == "unsafe") & (rows["touchpoint"] != "")]
        for row in unsafe.itertuples():
            least = fit.study.codebook.report.min_cell if row.check == "users" else LEAST_OFF_TOP
            raise ModelError(THEIRS_ALONE[row.check], touchpoint=row.touchpoint, need=least)
    correlation = _correlation(fit)
    member = {one: name for name, members in (groups or {}).items() for one in members}
    # Ratings only: an indicator that follows another touchpoint's is a matter of who met what, not
    # of what they rate.
    players = {term: member.get(term, term) for term in fit.touchpoints}
    for name in dict.fromkeys(players.values()):
        inflation = _generalised(correlation, [players.get(term) == name for term in correlation])
        if inflation > REPEATED:
            raise ModelError(
                "touchpoint {touchpoint}: its weight cannot be told from that of the others;"
                " {share:.1%} of it is told by them (variance inflation {vif:.0f}): join them by"
                " groups=, or leave one out",
                touchpoint=name,
                share=1 - 1 / inflation,
                vif=inflation,
            )


def _graded(
    check: str,
    statistic: float | pd.Series,
    caution: bool | pd.Series = False,
    note: str | pd.Series = "",
    unsafe: bool | pd.Series = False,
    worse: str = "",
    otherwise: str | pd.Series = "",
    p_value: float | pd.Series = np.nan,
) -> pd.DataFrame:
    """Rows of one check; of a Series one a touchpoint."""
    statistic = statistic if isinstance(statistic, pd.Series) else pd.Series({"": statistic})
    frame = pd.DataFrame({"check": check, "touchpoint": statistic.index.astype("str")})
    grades = [np.broadcast_to(flag, len(frame)) for flag in (unsafe, caution)]
    return frame.assign(
        statistic=statistic.to_numpy(dtype=float),
        p_value=np.asarray(p_value, dtype=float),
        verdict=np.select(grades, ["unsafe", "caution"], "ok"),
        note=np.select(grades, [worse, note], otherwise),
    )


def _terms(fit: Fit) -> int:
    return fit.design.x.shape[1] - 1


def _shares(fit: Fit) -> pd.Series:
    """(Weighted) share of each answer to the outcome, in its own units; of a binary model, of the
    0/1 that is explained.
    """
    answers = fit.design.y
    if fit.family != "binary":
        answers = fit.study.outcome(fit.outcome)[fit.design.x.index]
    weight = pd.Series(fit.design.sample.w, index=answers.index)
    return weight.groupby(answers).sum() / weight.sum()


def _has_rows(fit: Fit) -> bool:
    """Whether the fit has rows: a fit from `Moments` has cross-products only."""
    return len(fit.design.x) > 0


def _effective_rows(fit: Fit) -> float:
    """Effective number of rows that do not give the outcome's commonest answer (of two answers, the
    "events"), by Kish's n with weights; of a fit without rows, all.
    """
    return fit.n_eff * (float(1 - _shares(fit).max()) if _has_rows(fit) else 1.0)


def _rows(fit: Fit) -> Rows:
    lost = fit.dropped.assign(touchpoint="").set_index("touchpoint")
    answered, why = lost["reason"] != "outcome_not_answered", lost["reason"].to_numpy(dtype=str)
    many = fit.n < (1 - MANY_LEFT_OUT) * (fit.n + lost.loc[answered, "n"].sum())
    yield _graded("rows_used", fit.n, many, "many_left_out")
    yield _graded("rows_left_out", lost["n"], many & answered, why, otherwise=why)
    per_term = _effective_rows(fit) / _terms(fit)
    few, too_few = per_term < FEW_PER_TERM, per_term < LEAST_PER_TERM
    yield _graded("rows_per_term", per_term, few, "few_rows", too_few, "too_few_rows")


def _users(fit: Fit) -> Rows:
    n, least = fit.met().sum(), fit.study.codebook.report.min_cell
    yield _graded("users", n, n < FEW_USERS, "few_users", n < least, "too_few_users")


def _correlation(fit: Fit) -> pd.DataFrame:
    """(Weighted) correlations of the terms without the intercept."""
    moments = fit.moments
    cov, terms = moments.covariance[:-1, :-1], list(moments.names[:-1])
    deviation = np.sqrt(np.diag(cov))
    return pd.DataFrame(cov / np.outer(deviation, deviation), terms, terms)


def _generalised(correlation: pd.DataFrame, mine: Iterable[bool]) -> float:
    """GVIF^(1/q) of the q columns `mine` (Fox & Monette 1992, J. Am. Stat. Assoc. 87:178): with one
    column its variance inflation factor.
    """
    whole, mine = correlation.to_numpy(), np.array(mine)
    if mine.all():
        return 1.0
    logs = [np.linalg.slogdet(whole[np.ix_(chosen, chosen)])[1] for chosen in (mine, ~mine)]
    return float(np.exp((sum(logs) - np.linalg.slogdet(whole)[1]) / mine.sum()))


def _collinearity(fit: Fit) -> Rows:
    correlation, moments = _correlation(fit), fit.moments
    owner = np.array([fit.design.touchpoint.get(term, "") for term in correlation])
    vif, gvif = pd.Series(dtype=float), pd.Series(dtype=float)
    for t in fit.touchpoints:
        vif[t] = _generalised(correlation, correlation.columns == t)
        if (owner == t).sum() > 1:
            gvif[t] = _generalised(correlation, owner == t)
    yield _graded("vif", vif, vif > INFLATED, "inflated", vif > REPEATED, "repeated")
    yield _graded("gvif", gvif, gvif > INFLATED, "inflated")
    # The columns, intercept included, each of length 1: the largest condition index, and whether it
    # takes half the variance of two terms or more.
    one = np.append(1, moments.mean[:-1])
    products = np.outer(one, one) + np.pad(moments.covariance[:-1, :-1], ((1, 0), (1, 0)))
    length = np.sqrt(np.diag(products))
    values, vectors = np.linalg.eigh(products / np.outer(length, length))
    values = np.clip(values, np.finfo(float).tiny, None)
    variance, index = vectors[1:] ** 2 / values, np.sqrt(values[-1] / values[0])
    crowded = (variance[:, 0] / variance.sum(axis=1) > PROPORTION).sum() >= 2
    yield _graded("condition_index", index, index > CONDITION and crowded, "near_dependency")


def _ceilings(fit: Fit) -> Rows:
    study, rows, shares = fit.study, fit.design.x.index, _shares(fit)
    top = shares.get(study.scale_of(fit.outcome).max, 0.0)
    if fit.family == "binary":
        top = shares.max()
    # With two answers one always has half of the rows; a rare answer is judged by rows_per_term.
    high = top > CEILING and len(shares) > 2
    alike = top > CEILING and _effective_rows(fit) / _terms(fit) < LEAST_PER_TERM
    yield _graded("outcome_ceiling", top, high, "ceiling", alike, "all_alike")
    share, off = pd.Series(dtype=float), pd.Series(dtype=float)
    for t in fit.touchpoints:
        rating = study.rating(t)[rows]
        rated, best = rating.notna().to_numpy(), (rating >= study.scale_of(t).max).to_numpy()
        share[t] = fit.design.sample.at(rated).average(best[rated])
        off[t] = (rated & ~best).sum()
    high, alike = share > CEILING, off < LEAST_OFF_TOP
    yield _graded("touchpoint_ceiling", share, high, "ceiling", alike, "all_alike")


def _residuals(fit: Fit) -> Rows:
    pull = fit.leverage().max()
    yield _graded("leverage", pull, pull > HIGH_LEVERAGE, "high_leverage")
    if isinstance(fit.completed_fits[0], CategoricalFit):
        return
    statistic = p_value = np.nan
    uneven, otherwise = False, "not_tested"
    # The test assumes independent, equally weighted rows; the errors of other fits do not assume
    # homoscedasticity.
    if fit.design.sample.equal and not isinstance(fit, PooledFit):
        statistic, p_value, _, _ = het_breuschpagan(fit.residuals(), fit.design.x)
        uneven, robust = p_value < LEVEL, fit.covariance in ROBUST
        uneven, otherwise = uneven and not robust, "robust_errors" if uneven and robust else ""
    yield _graded(
        "heteroscedasticity",
        statistic,
        uneven,
        "uneven_spread",
        otherwise=otherwise,
        p_value=p_value,
    )


def _lines(fit: Fit) -> Rows:
    if fit.family != "ordinal":
        return
    if isinstance(fit, PooledFit) or fit.k < 3:
        yield _graded("parallel_lines", np.nan, otherwise="not_tested")
        return
    lines = parallel_lines(fit).set_index("touchpoint")
    p_value = lines["p_holm"].fillna(lines["p_value"])
    otherwise = np.where(p_value.isna(), "not_tested", "")
    yield _graded(
        "parallel_lines",
        lines["statistic"],
        p_value < LEVEL,
        "not_parallel",
        otherwise=otherwise,
        p_value=p_value,
    )


def _design(fit: Fit) -> Rows:
    yield _graded("convergence", getattr(fit.completed_fits[0], "gradient", 0.0))
    if fit.weighted:
        effect = fit.n / fit.n_eff
        yield _graded("design_effect", effect, effect > COSTLY_DESIGN, "costly_weights")
    if fit.clusters:
        yield _graded("clusters", fit.units, fit.units < FEW_CLUSTERS, "few_clusters")
