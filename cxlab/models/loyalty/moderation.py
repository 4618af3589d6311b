"""Moderation: tests of whether slopes differ by segment, channel, involvement or kind of contact.

Separate rankings of small segments differ by chance. So the difference of slopes is tested, for all
touchpoints together and each with an adjusted p value, and the slopes of groups are partially
pooled.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.loyalty.slopes import Slope, Slopes, slopes_by
from cxlab.stats.inference import check_level, holm, t_inference
from cxlab.stats.pooling import partial_pooling
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study


def moderation(
    study: Study,
    by: str,
    outcome: str | None = None,
    touchpoints: str | Iterable[str] | None = None,
    *,
    min_size: int | None = None,
    conf_level: float = 0.95,
    **model: Any,
) -> pd.DataFrame:
    """Interaction test: does the slope of each touchpoint differ by `by`? All touchpoints' slopes
    may differ at once.

    Parameters
    ----------
    study : Study
    by : str
        A split of the respondents (a segment such as the kind of account, "wave", "account"): every
        term has its own coefficient in each group, so a group's slopes are those of a fit of the
        group alone. "channel", where touchpoints declare a column that tells where each was met. A
        construct or another outcome (involvement, effort): ratings times that number, centred.
        "contact": the mean slope of direct touchpoints less that of indirect ones.
    outcome, touchpoints
        As in `fit_loyalty`.
    min_size : int, optional
        Groups with fewer respondents have no part in it; the study's min_cell, and 3 for each term,
        unless given.
    conf_level : float
        Confidence level of the intervals.
    **model
        `family` (ols, ordinal or binary), `missing` (no imputation), `covariance`, `link`,
        `categories` and `controls`, as in `fit_loyalty`. Errors are HC3, also with weights;
        clustered; linearised in weighted ordinal and binary models.

    Returns
    -------
    DataFrame
        One row a touchpoint, and `all_touchpoints` (no slope differs): `touchpoint outcome group
        statistic df p_value p_holm estimate std_error conf_low conf_high n omitted`. `statistic` is
        Wald's F with `df` constraints; `p_holm` is adjusted over the touchpoints. `estimate` is the
        difference of slopes where `df` is 1 (second level less the first, direct less indirect, or
        per unit of a numeric moderator), outcome units per scale point (log-odds for ordinal and
        binary). `omitted` names the groups that are too small.

    Raises
    ------
    ModelError
        Unknown `by`, fewer than two groups that are large enough, and what `fit_loyalty` refuses.

    Notes
    -----
    Holm (1979). Checked against statsmodels' OLS with interactions (1e-10).

    Examples
    --------
    >>> import cxlab as cx
    >>> table = cx.moderation(cx.simulate_study(400, seed=1), "channel", touchpoints=["delivery"])
    >>> table[["touchpoint", "df", "p_holm"]].round(2).values.tolist()
    [['delivery', 1, 0.4]]
    """
    check_level(conf_level)
    slopes = slopes_by(study, by, min_size, outcome=outcome, touchpoints=touchpoints, **model)
    fit, rows, contrasts = slopes.fit, [], slopes.contrasts or {}
    for touchpoint in slopes.touchpoints:
        known, n = slopes.known(touchpoint), fit.n
        if slopes.contrasts is None:
            lines, n = np.array([slope.line for slope in known]), sum(slope.n for slope in known)
            contrasts[touchpoint] = lines[1:] - lines[0]
        row = {"touchpoint": touchpoint, "n": n, "omitted": _named(slopes.omitted(touchpoint))}
        contrast = contrasts[touchpoint]
        rows.append(row | _difference(slopes, contrast, conf_level) | _test(slopes, contrast))
    frame = pd.DataFrame(rows)
    frame["p_holm"] = holm(frame["p_value"])
    if len(rows) > 1:
        whole = {"touchpoint": ALL_TOUCHPOINTS, "n": fit.n, "omitted": _named(slopes.omitted())}
        whole |= _test(slopes, np.concatenate([c for c in contrasts.values() if len(c)]))
        frame = pd.concat([frame, pd.DataFrame([whole])], ignore_index=True)
    frame = frame.assign(outcome=fit.outcome, group=by)
    columns = ["touchpoint", "outcome", "group", "statistic", "df", "p_value", "p_holm", "estimate"]
    return frame.reindex(columns=[*columns, "std_error", "conf_low", "conf_high", "n", "omitted"])


def _named(omitted: list[Slope]) -> str:
    return ", ".join(dict.fromkeys(slope.level for slope in omitted))


def _test(slopes: Slopes, contrast: np.ndarray) -> dict[str, float]:
    """An interaction test; without a contrast (one group only has a slope) there is none."""
    statistic, p_value = np.nan, np.nan
    if len(contrast):
        statistic, p_value = slopes.fit.wald(*slopes.estimate(contrast))
    return {"df": len(contrast), "statistic": statistic, "p_value": p_value}


def _difference(slopes: Slopes, contrast: np.ndarray, conf_level: float) -> dict[str, float]:
    """The difference of slopes with its interval, where there is one."""
    if len(contrast) != 1:
        return {}
    (off,), cov = slopes.estimate(contrast)
    error = np.sqrt(cov[0, 0])
    return {"estimate": off} | t_inference(off, error, slopes.fit.df_residual, conf_level)


def simple_slopes(
    study: Study,
    by: str,
    outcome: str | None = None,
    touchpoints: str | Iterable[str] | None = None,
    *,
    min_size: int | None = None,
    conf_level: float = 0.95,
    **model: Any,
) -> pd.DataFrame:
    """The slope of each touchpoint in each group of `by`, as the group alone shows it and partially
    pooled.

    Parameters
    ----------
    study, by, outcome, touchpoints, min_size, conf_level, **model
        As in `moderation`.

    Returns
    -------
    DataFrame
        One row a touchpoint and level: `touchpoint outcome group level value slope slope_low
        slope_high p_value p_holm pooled pooled_low pooled_high n note`, outcome units per scale
        point. `slope` is the group's own, with its interval and `p_holm` over all rows (slope = 0).
        `pooled` draws it towards the touchpoint's common slope by the share of its variance that is
        error: the figure to act on, because of twelve uncertain slopes the largest is the luckiest.
        A numeric moderator has slopes at its mean and one standard deviation below and above
        (`value`), which share one line and need no pooling; "contact" has the mean slopes of direct
        and indirect touchpoints. A group that is too small has no slope and `note` too_few; one
        where the touchpoint cannot be fitted, not_estimable.

    Raises
    ------
    ModelError
        As `moderation`.

    Notes
    -----
    Empirical Bayes (`cxlab.stats.pooling.partial_pooling`).
    """
    check_level(conf_level)
    slopes = slopes_by(study, by, min_size, outcome=outcome, touchpoints=touchpoints, **model)
    tables = []
    for touchpoint in slopes.touchpoints:
        known, omitted = slopes.known(touchpoint), slopes.omitted(touchpoint)
        estimate, cov = slopes.estimate(np.array([slope.line for slope in known]))
        error, pooled = np.sqrt(np.diag(cov)), np.full((3, len(known)), np.nan)
        if slopes.contrasts is None and len(known) > 1:
            pooled = partial_pooling(estimate, error**2, conf_level)
        numbers = t_inference(estimate, error, slopes.fit.df_residual, conf_level)
        columns = ["slope", "slope_low", "slope_high", "p_value"]
        own = [estimate, *(numbers[name] for name in ("conf_low", "conf_high", "p_value"))]
        columns += ["pooled", "pooled_low", "pooled_high"]
        shown = pd.DataFrame(np.array([*own, *pooled]).T, columns=columns)
        tables.append(pd.DataFrame([*known, *omitted]).assign(touchpoint=touchpoint).join(shown))
    frame = pd.concat(tables, ignore_index=True).assign(outcome=slopes.fit.outcome, group=by)
    frame["p_holm"] = holm(frame["p_value"])
    first = ["touchpoint", "outcome", "group", "level", "value", "slope", "slope_low", "slope_high"]
    return frame[[*first, "p_value", "p_holm", "pooled", "pooled_low", "pooled_high", "n", "note"]]
