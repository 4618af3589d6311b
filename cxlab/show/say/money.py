"""What loyalty goes with in customers and money, in sentences, and what contacts cost."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_
from cxlab.show.words.wording import (
    Phrase,
    Phrases,
    Style,
    each,
    in_brackets,
    in_units,
    is_clear,
    message,
    number,
    sentence,
    signed,
    word,
)

CAUTION = N_("Only a trial can tell whether money would follow a change.")


NO_PATH = N_("Steps of NPS without a statistically significant association: {items}.")
FEW = N_("Too few customers, or too few who left or stayed, to tell: {items}.")


def in_unit(unit: object) -> Style:
    """The style of money or time in a unit; of a share in percentage points where it has none."""

    def written(x: float, *_how: Any) -> Phrase:
        if not isinstance(unit, str):
            return in_units("share", 100 * x, signed(100 * x, 1))
        if unit in MESSAGES["units"]:
            return in_units(unit, x, signed(x, 2))
        return Phrase(lambda _: text.amount(x, unit, _.language, plus=True))

    return Style(written, 1 if isinstance(unit, str) else 100)


def main_measure(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the measure that a reader is told first: money where there is any."""
    return frame[frame["measure"] == frame["measure"].iloc[-1]]


def measure_of(row: Mapping, horizon: float | None, period: str | None) -> Phrase:
    """A measure with the time that it is of: "profit over 12 months"."""
    measure = word(row["measure"])
    if horizon is None:
        return measure
    time = in_units(period or "period", horizon, number(horizon, 0))
    return sentence("over", row["measure"] == "kept", measure=measure, time=time)


def say_money_value(
    frame: pd.DataFrame,
    *,
    horizon: float | None = None,
    period: str | None = None,
    measured: str | None = None,
) -> Phrases:
    """What a point of the outcome goes with, first in money, then in customers who stay; what a
    point of NPS does by either path, and what the figures do not say.
    """
    point, clear = frame[frame["step"] == "point"], is_clear(frame)
    for i in dict.fromkeys(point.index[[-1, 0]]):
        row = point.loc[i]
        yield sentence(
            "money_point",
            bool(clear[i]),
            row["measure"] == "kept",
            outcome=row["outcome"],
            what=measure_of(row, horizon, period),
            value=in_unit(row["unit"])(row["estimate"]),
        )
    paths = main_measure(frame)
    paths = paths[paths["step"] != "point"]
    known = paths.dropna(subset=["estimate"])
    what = measure_of(point.iloc[-1], horizon, period)
    mine, others = known[clear[known.index]], known[~clear[known.index]]
    if len(mine):
        yield message(
            "For every 100 customers, one point of NPS is associated with these differences in"
            " {what}: {items}.",
            what=what,
            items=[_step(row) for row in mine.to_dict("records")],
        )
    for template, rows in ((NO_PATH, others), (FEW, paths.drop(known.index))):
        if len(rows):
            yield message(template, items=[word(step) for step in rows["step"]])
    if measured == "before":
        yield message(
            "“{money}” is of the time before the survey and cannot have followed from its answers.",
            money=frame["money"].iloc[0],
        )
    yield message(CAUTION)


def _step(row: Mapping) -> Phrase:
    """A step with what one customer in 100 who takes it goes with; of a share, customers."""
    style = in_unit(row["unit"]) if isinstance(row["unit"], str) else signed.to(2)
    return in_brackets(word(row["step"]), style(row["estimate"]))


def say_efficiency(frame: pd.DataFrame) -> Phrases:
    """At which touchpoints one scale point more goes with more money than it costs, at which with
    less, and of how many that is not known.
    """
    for verdict, template in MESSAGES["efficiency"].items():
        mine = frame[frame["verdict"] == verdict]
        if len(mine):
            items = mine["touchpoint"]
            if verdict != "open":
                items = each(mine, lambda row: in_unit(row["unit"])(row["net"]))
            yield message(template, items=items)
