"""Money in pictures: what a step of a customer goes with."""

import pandas as pd

from cxlab.show.plot.picture import Picture, nothing
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.say.money import in_unit, main_measure, measure_of, say_money_value
from cxlab.show.words.wording import VALUE, Wording, is_clear, ranged


def plot_money_value(
    _: Wording,
    frame: pd.DataFrame,
    *,
    horizon: float | None = None,
    period: str | None = None,
    measured: str | None = None,
) -> Picture:
    """What each step goes with for a customer who takes it, with its interval; hollow where that
    may be nothing.

    frame: `money_value(study)`.
    """
    known, rows = main_measure(frame), []
    style, clear = in_unit(known["unit"].iloc[0]), is_clear(known)
    for i, row in known.iterrows():
        there = pd.notna(row["estimate"])
        value = _.fill(ranged(row, style=style)) if there else nothing(_, row)
        rows.append(Row(_.word(row["step"]), value, estimate(row, hollow=not clear[i])))
    options = {"horizon": horizon, "period": period}
    return row_picture(
        _,
        "money_value",
        known,
        rows,
        spread(known, VALUE),
        lambda x: _.fill(style(x)),
        _.say(say_money_value(frame, **options, measured=measured)),
        axis=_("For each customer: {measure}", measure=measure_of(known.iloc[0], **options)),
        differences=True,
        times=style.times,
    )
