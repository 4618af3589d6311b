"""Moderation: tests of whether slopes differ by segment, channel, involvement or kind of contact.

Separate rankings of small segments differ by chance. So the difference of slopes is tested, for all
touchpoints together and each with an adjusted p value, and the slopes of groups are partially
pooled.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cxlab.models.estimator import estimator
from cxlab.models.loyalty.slopes import slopes_by
from cxlab.stats.inference import holm
from cxlab.stats.pooling import partial_pooling
from cxlab.study.codebook.schema import ALL_TOUCHPOINTS
from cxlab.study.study import Study


@estimator("moderation")
def moderation(
    study: Study,
    by: str,
    *,
    outcome: str | None = None,
    touchpoints: str | Iterable[str] | None = None,
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
        A split of the respondents (a segment such as the kind of account, "wave", "account", or
        "problem" where problems are declared): every term has its own coefficient in each group, so
        a group's slopes are those of a fit of the group alone. "channel", where touchpoints declare
        a column that tells where each was met. A construct or another outcome (involvement,
        effort): ratings times that number, centred. "contact": the mean slope of direct touchpoints
        less that of indirect ones.
    outcome, touchpoints
        As in `fit_loyalty`.
    min_size : int, optional
        Groups with fewer respondents have no part in it; the study's min_cell, and 3 for each term,
        unless given.
    conf_level : float
        Confidence level of the intervals.
    **model
        `family` (ols, ordinal or binary), `missing` (no imputation), `covariance`, `link`,
        `categories` and `controls`, as in `fit_loyalty`.

    Returns
    -------
    DataFrame
        One row a touchpoint, and `all_touchpoints` (no slope differs): `touchpoint outcome group
        statistic df df_error p_value p_holm estimate std_error conf_low conf_high n omitted`.
        `statistic` is Wald's F on `df` (the constraints) and `df_error` degrees of freedom,
        infinite where it is χ² over `df`; `p_holm` is adjusted over the touchpoints. `estimate` is
        the difference of slopes where `df` is 1 (second level less the first, direct less indirect,
        or per unit of a numeric moderator), outcome units per scale point (log-odds for ordinal and
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
    [['delivery', 1, 0.39]]
    """
    slopes = slopes_by(study, by, min_size, outcome=outcome, touchpoints=touchpoints, **model)
    fit, grouped, tests = slopes.fit, slopes.contrasts is None, dict(slopes.contrasts or {})
    for touchpoint in slopes.touchpoints if grouped else ():
        lines = np.array([slope.line for slope in slopes.known(touchpoint)])
        tests[touchpoint] = lines[1:] - lines[0]
    several = len(tests) > 1
    if several:
        tests[ALL_TOUCHPOINTS] = np.concatenate([one for one in tests.values() if len(one)])
    rows = []
    for touchpoint, contrast in tests.items():
        whole = several and touchpoint == ALL_TOUCHPOINTS
        omitted = slopes.omitted(None if whole else touchpoint)
        row = {"touchpoint": touchpoint, "df": len(contrast), "n": fit.n, "p_value": np.nan}
        row["omitted"] = ", ".join(dict.fromkeys(slope.level for slope in omitted))
        if grouped and not whole:
            row["n"] = sum(slope.n for slope in slopes.known(touchpoint))
        # Without a contrast (one group only has a slope) there is no test.
        if len(contrast):
            if len(contrast) == 1 and not whole:
                row |= slopes.table(contrast, conf_level).iloc[0].to_dict()
            row["statistic"], row["p_value"], row["df_error"] = fit.wald(contrast)
        rows.append(row)
    frame = pd.DataFrame(rows).assign(outcome=fit.outcome, group=by)
    frame["p_holm"] = holm(frame["p_value"].where(frame.index < len(tests) - several))
    tested = ["statistic", "df", "df_error", "p_value", "p_holm"]
    columns = ["touchpoint", "outcome", "group", *tested, "estimate", "std_error"]
    return frame.reindex(columns=[*columns, "conf_low", "conf_high", "n", "omitted"])


@estimator("simple_slopes")
def simple_slopes(
    study: Study,
    by: str,
    *,
    outcome: str | None = None,
    touchpoints: str | Iterable[str] | None = None,
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

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(400, seed=1)
    >>> table = cx.drivers.simple_slopes(study, "channel", touchpoints=["delivery"])
    >>> table[["level", "slope", "pooled"]].round(2).values.tolist()
    [['Phone', 0.85, 0.9], ['Web', 0.93, 0.9]]
    """
    slopes = slopes_by(study, by, min_size, outcome=outcome, touchpoints=touchpoints, **model)
    rows = [
        slope._replace(touchpoint=t)
        for t in slopes.touchpoints
        for slope in (*slopes.known(t), *slopes.omitted(t))
    ]
    known = [s.line is not None for s in rows]
    numbers = slopes.table(np.array([s.line for s in rows if s.line is not None]), conf_level)
    frame = pd.DataFrame(rows).assign(outcome=slopes.fit.outcome, group=by)
    frame = frame.join(numbers.set_axis(frame.index[known]))
    names = {"estimate": "slope", "conf_low": "slope_low", "conf_high": "slope_high"}
    frame = frame.rename(columns=names)
    frame[["pooled", "pooled_low", "pooled_high"]] = np.nan
    for t in slopes.touchpoints if slopes.contrasts is None else ():
        known = (frame["touchpoint"] == t) & frame["slope"].notna()
        if known.sum() > 1:
            variance = frame.loc[known, "std_error"].to_numpy() ** 2
            pooled = partial_pooling(frame.loc[known, "slope"].to_numpy(), variance, conf_level)
            frame.loc[known, ["pooled", "pooled_low", "pooled_high"]] = pooled.T
    frame["p_holm"] = holm(frame["p_value"])
    first = ["touchpoint", "outcome", "group", "level", "value", "slope", "slope_low", "slope_high"]
    return frame[[*first, "p_value", "p_holm", "pooled", "pooled_low", "pooled_high", "n", "note"]]
