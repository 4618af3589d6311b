"""Money that goes with a change of loyalty: one estimate times another, with the error of both."""

import pandas as pd
from scipy import stats

from cxlab.errors import ModelError
from cxlab.stats.inference import product_interval

# What money is told in, the most telling last.
IN_MONEY = ("spend", "revenue", "profit")


def of_a_point(money: pd.DataFrame, outcome: str) -> pd.Series:
    """The row of `money_value` that tells what a point of an outcome goes with in money. Raises
    ModelError where there is none.
    """
    if getattr(money, "result_kind", None) != "money_value":
        raise ModelError("money=: give what cx.money.money_value gives")
    of = money["outcome"].iloc[0]
    if of != outcome:
        raise ModelError(
            "money= is of the outcome {of}, the fit of {outcome}; give both of one outcome",
            of=of,
            outcome=outcome,
        )
    rows = money[(money["step"] == "point") & money["measure"].isin(IN_MONEY)]
    if rows["estimate"].isna().all():
        raise ModelError(
            "money= tells no money; give money_value spend=, the amount that a customer spends"
        )
    return rows.iloc[-1]


def in_money(
    changes: pd.DataFrame, level: float, money: pd.DataFrame, outcome: str, conf_level: float
) -> pd.DataFrame:
    """`amount amount_low amount_high` of changes of an outcome, rows of `estimate conf_low
    conf_high` at a confidence `level`: each times what one point of it goes with.

    The two estimates are of models whose errors do not depend on each other where both are right.
    """
    point = of_a_point(money, outcome)
    factor = point["estimate"], _error(point, money.conf_level)
    rows = [
        (
            one["estimate"] * factor[0],
            *product_interval((one["estimate"], _error(one, level)), factor, conf_level),
        )
        for _, one in changes.iterrows()
    ]
    return pd.DataFrame(rows, changes.index, ["amount", "amount_low", "amount_high"], dtype=float)


def _error(row: pd.Series, level: float) -> float:
    """That of the normal law with the same interval."""
    return (row["conf_high"] - row["conf_low"]) / 2 / stats.norm.ppf((1 + level) / 2)
