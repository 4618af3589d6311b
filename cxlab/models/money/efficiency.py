"""Which contact costs more than it keeps: what a better experience costs, beside the money that it
goes with.
"""

from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import ModelError, NotAskedError
from cxlab.models.estimator import estimator
from cxlab.models.fit import Fit
from cxlab.models.loyalty.effects import effects
from cxlab.models.money.money_value import money_value
from cxlab.models.money.worth import in_money, of_a_point
from cxlab.stats.inference import named_interval
from cxlab.study.sample import Sample

EFFORT = ("effort", "effort_low", "effort_high")
COLUMNS = (
    *("touchpoint", "outcome", "group", "level", "estimate", "conf_low", "conf_high", "amount"),
    *("amount_low", "amount_high", "cost", "net", "net_low", "net_high", "point_cost"),
    *("point_cost_low", "point_cost_high", *EFFORT, "verdict", "unit", "n"),
)


@estimator("efficiency")
def efficiency(
    fit: Fit, money: pd.DataFrame | None = None, *, conf_level: float = 0.95
) -> pd.DataFrame:
    """What one scale point more at each touchpoint costs, and what it goes with in loyalty and in
    money.

    Parameters
    ----------
    fit : Fit
        A fit of `fit_loyalty`, of a study that declares `cost_of:` under `money:`.
    money : DataFrame, optional
        A result of `money_value` on the same outcome, over the time that the costs are of; that of
        the study's own declaration unless given.
    conf_level : float
        Confidence level of the intervals.

    Returns
    -------
    DataFrame
        One row a touchpoint whose cost is declared, for each customer who meets it: `touchpoint
        outcome group level estimate conf_low conf_high amount amount_low amount_high cost net
        net_low net_high point_cost point_cost_low point_cost_high effort effort_low effort_high
        verdict unit n`. `estimate` is what one scale point better goes with in points of the
        outcome, `amount` in money (`unit`), `net`
        the amount less the declared `cost`; `point_cost` what a point of the outcome costs by this
        way (NaN where the estimate is not above 0; its upper end is infinite where the interval
        reaches 0); `effort` the mean effort that the contact asks, where that is asked. `verdict`
        is `keeps` where the amount exceeds the cost beyond chance, `costs` where it falls short of
        it, else `open`; over all rows together (Bonferroni). `n` met the touchpoint.

    Raises
    ------
    NotAskedError
        No `cost_of:` is declared, or of no touchpoint of the fit.
    ModelError
        As `effects`; money of another outcome, or none.

    Notes
    -----
    A product of two estimates, with the interval of Tofighi & MacKinnon (2011); the cost is taken
    as known. Bonferroni (1936). Whether customers would answer and stay as others do whose contact
    was better, only a trial tells.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(600, seed=11, design="telecom")
    >>> table = cx.money.efficiency(cx.fit_loyalty(study))
    >>> table.loc[table["verdict"] == "costs", "touchpoint"].tolist()
    ['store']
    """
    declared = fit.study.codebook.money
    known = {} if declared is None else declared.cost_of
    names = [t for t in fit.touchpoints if t in known]
    if not names:
        raise NotAskedError(
            "this study declares no cost of a touchpoint of the model; declare cost_of: under"
            " money:"
        )
    if money is None:
        money = money_value(fit.study, fit.outcome, conf_level=conf_level)
    row = of_a_point(money, fit.outcome)
    table = effects(fit, conf_level=conf_level)
    table = table[table["measure"] != "nps_points"].set_index("touchpoint").reindex(names)
    if table.empty or table["estimate"].isna().all():
        raise ModelError("the fit has no effects in points of its outcome; use family='ols'")
    family = 1 - (1 - conf_level) / len(names)
    frame, strict = (
        in_money(table, conf_level, money, fit.outcome, at) for at in (conf_level, family)
    )
    frame = table[["outcome", "estimate", "conf_low", "conf_high", "n"]].join(frame)
    cost = frame["cost"] = pd.Series(known).reindex(names).astype(float)
    for end in ("", "_low", "_high"):
        frame[f"net{end}"] = frame[f"amount{end}"] - cost
    for name, by in (("", "estimate"), ("_low", "conf_high"), ("_high", "conf_low")):
        with np.errstate(divide="ignore"):
            frame[f"point_cost{name}"] = cost / frame[by].clip(lower=0)
    frame.loc[~(frame["estimate"] > 0), ["point_cost", "point_cost_low", "point_cost_high"]] = (
        np.nan
    )
    frame = frame.join(pd.DataFrame({t: _effort(fit.study, t, conf_level) for t in names}).T)
    sides = [strict["amount_low"] > cost, strict["amount_high"] < cost]
    frame["verdict"] = np.select(sides, ["keeps", "costs"], "open")
    frame = frame.assign(group="all", level="all", unit=row["unit"])
    return frame.reset_index(names="touchpoint")[[*COLUMNS]]


def _effort(study: Any, touchpoint: str, conf_level: float) -> dict[str, float]:
    """The mean effort that a touchpoint asks with its interval, NaN where that is not asked."""
    if not study.declared(touchpoint).effort:
        return dict.fromkeys(EFFORT, np.nan)
    effort = study.rating(touchpoint, "effort").dropna()
    return named_interval("effort", Sample.of(study, effort.index).mean(effort, conf_level))
