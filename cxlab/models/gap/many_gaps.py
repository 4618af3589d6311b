"""All touchpoints at once: many gap models without many false finds, and one long model of every
rating.

Twelve touchpoints that matter nothing give at least one "effect" in 43 % of studies when each is
tested at 5 %; Holm's adjustment is therefore part of the table. In long form, ratings of one
respondent belong together: a random intercept, or clusters.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.errors import ModelError
from cxlab.models.design import INTERCEPT, chosen_outcome
from cxlab.models.fit import with_inference
from cxlab.models.gap.fit_gap import fit_gap
from cxlab.models.gap.surface import surface
from cxlab.models.loyalty.mixed import random_intercept
from cxlab.stats.inference import holm
from cxlab.study.codebook.schema import ROLES
from cxlab.study.study import Study


def fit_gaps(
    study: Study,
    outcome: str | None = None,
    touchpoints: Iterable[str] | None = None,
    form: str = "quadratic",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """`fit_gap` at each touchpoint alone, one tidy frame: a row for every term (and a1–a4 of a
    quadratic) of every touchpoint.

    `p_holm` is Holm's (1979) adjustment over the touchpoints, term by term. A touchpoint that
    cannot be fitted has one row with the reason in `note`. Touchpoints go together, so a single
    touchpoint's slope also carries its neighbours' effects: compare forms here, and read sizes from
    `fit_loyalty`. Columns `touchpoint outcome term estimate std_error statistic p_value p_holm
    conf_low conf_high r_squared n note`. Raises ModelError where no touchpoint can be fitted.
    """
    asked = study.touchpoints
    names = (
        list(touchpoints)
        if touchpoints is not None
        else list(asked.loc[asked["expectation"] & asked["experience"], "touchpoint"])
    )
    if not names:
        raise ModelError(
            "no touchpoint of this study asks an expectation beside the experience: there is no gap"
            " to model"
        )
    outcome = chosen_outcome(study, outcome)
    parts, refused = [], []
    for name in names:
        try:
            fit = fit_gap(study, name, outcome, form)
        except ModelError as error:
            refused.append({"touchpoint": name, "outcome": outcome, "term": "", "note": str(error)})
            continue
        tidy = fit.tidy(conf_level)
        if form == "quadratic":
            lines = surface(fit, n_boot=0, conf_level=conf_level).head(4).drop(columns="note")
            tidy = pd.concat(
                [tidy, lines.assign(touchpoint=name, outcome=fit.outcome)], ignore_index=True
            )
        parts.append(
            tidy[tidy["term"] != INTERCEPT].assign(r_squared=fit.r_squared, n=fit.n, note="")
        )
    if not parts:
        raise ModelError(
            "no touchpoint can be fitted; the first says: {why}", why=refused[0]["note"]
        )
    frame = pd.concat([*parts, pd.DataFrame(refused)] if refused else parts, ignore_index=True)
    fitted = frame["p_value"].notna()
    frame.loc[fitted, "p_holm"] = frame[fitted].groupby("term")["p_value"].transform(holm)
    columns = [
        "touchpoint",
        "outcome",
        "term",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "p_holm",
        "conf_low",
        "conf_high",
        "r_squared",
        "n",
        "note",
    ]
    return frame[columns]


def fit_long(
    study: Study,
    response: str = "gap",
    sources: Iterable[str] = (),
    method: str = "mixed",
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Every rating of every respondent at once: the gap (or experience, expectation, emotion …) on
    touchpoints and `sources`.

    One row a respondent and touchpoint; terms `touchpoint[id]` against the first touchpoint, and
    the sources of `Study.source`. `method="mixed"`: a random intercept by respondent (REML; Laird &
    Ware 1982), z tests, with the rows `variance_between`, `variance_within` and `icc`; refused with
    sampling weights, for which MixedLM has no sound form. `method="clustered"`: least squares with
    respondent-clustered errors, weighted where the study is. Columns `term estimate std_error
    statistic p_value conf_low conf_high n`. Checked against lme4 (1e-4). Raises ModelError where no
    optimiser reaches a maximum.
    """
    if method not in ("mixed", "clustered"):
        raise ModelError("method={method!r}: give mixed or clustered", method=method)
    if method == "mixed" and study.weights is not None:
        raise ModelError(
            "a random-intercept model has no sound form with sampling weights; use"
            " method='clustered'"
        )
    y, x, who, weights = _long(study, response, list(sources))
    if method == "mixed":
        # In a panel a respondent is several rows, and all of them are one person's.
        people = study.clusters if study.codebook.panel and study.codebook.account is None else None
        return mixed_table(
            y, x, who if people is None else people.reindex(who).to_numpy(), conf_level
        )
    import statsmodels.api as sm
    from statsmodels.stats.sandwich_covariance import cov_cluster

    result = (
        sm.OLS(y, x).fit(method="qr")
        if weights is None
        else sm.WLS(y, x, weights=weights / weights.mean()).fit(method="qr")
    )
    groups = who if study.clusters is None else study.clusters.reindex(who).to_numpy()
    codes = pd.factorize(groups)[0]
    count = codes.max() + 1
    # The same small-sample factor as `cxlab.models.fit`: CR1, and R survey's with weights.
    small = count / (count - 1) * ((len(y) - 1) / (len(y) - x.shape[1]) if weights is None else 1)
    error = np.sqrt(np.diag(cov_cluster(result, codes, use_correction=False)) * small)
    frame = pd.DataFrame({"term": x.columns, "estimate": result.params.to_numpy()})
    return with_inference(frame, error, count - 1, conf_level).assign(n=len(y))


def _long(
    study: Study, response: str, sources: list[str]
) -> tuple[pd.Series, pd.DataFrame, np.ndarray, np.ndarray | None]:
    points, role = study.touchpoints, "experience" if response == "gap" else response
    if role not in ROLES:
        raise ModelError(
            "response={response!r}: give gap, experience, expectation, adequate, importance or"
            " emotion",
            response=response,
        )
    names = list(
        points.loc[
            points[role] & (points["expectation"] if response == "gap" else True), "touchpoint"
        ]
    )
    if len(names) < 2:
        raise ModelError(
            "response={response!r}: a long model needs two touchpoints that ask it, this study has"
            " {count}",
            response=response,
            count=len(names),
        )
    ratings = pd.DataFrame(
        {
            t: study.rating(t, role) - (study.rating(t, "expectation") if response == "gap" else 0)
            for t in names
        }
    )
    explained = (
        pd.concat([study.source(s) for s in sources], axis=1)
        if sources
        else pd.DataFrame(index=study.index)
    )
    long = ratings.stack().dropna()
    who, where = long.index.get_level_values(0), long.index.get_level_values(1)
    x = pd.DataFrame(
        {INTERCEPT: 1.0, **{f"touchpoint[{t}]": (where == t).astype(float) for t in names[1:]}}
    )
    x = pd.concat([x, explained.reindex(who).reset_index(drop=True)], axis=1)
    whole = x.notna().all(axis=1).to_numpy()
    weights = None if study.weights is None else study.weights.reindex(who).to_numpy()[whole]
    return long.reset_index(drop=True)[whole], x[whole], np.asarray(who)[whole], weights


def mixed_table(
    y: pd.Series, x: pd.DataFrame, groups: np.ndarray, conf_level: float = 0.95
) -> pd.DataFrame:
    """`cxlab.models.loyalty.mixed.random_intercept` as a table: its terms with z tests, then the
    two variances and the ICC.
    """
    fit = random_intercept(y, x, groups, "method='clustered'")
    frame = pd.DataFrame({"term": fit.params.index, "estimate": fit.params.to_numpy()})
    frame = with_inference(frame, np.sqrt(np.diag(fit.cov)), np.inf, conf_level)
    extra = {
        "variance_between": fit.variance_between,
        "variance_within": fit.variance_within,
        "icc": fit.icc,
    }
    return pd.concat(
        [frame, pd.DataFrame({"term": list(extra), "estimate": list(extra.values())})],
        ignore_index=True,
    ).assign(n=len(y))
