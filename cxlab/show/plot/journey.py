"""The journey in pictures: how far customers come, what each touchpoint weighs, and which are
moments of truth.
"""

import pandas as pd

from cxlab.show.plot.picture import Picture
from cxlab.show.plot.rows import Row, estimate, put, row_picture, spread
from cxlab.show.plot.style import BLUE, SOFT, VERMILION, Sheet
from cxlab.show.say.drivers import written
from cxlab.show.say.journey import say_funnel, say_moments
from cxlab.show.words.wording import VALUE, Wording

# A moment is told by its shape, so that it is seen without colour; other touchpoints are dots.
SHAPES = {"asset": ("^", BLUE), "pain": ("v", VERMILION), "open": ("D", SOFT), "": ("o", SOFT)}
SIGNS = {"asset": "▲", "pain": "▼", "open": "◇"}


def plot_moments(_: Wording, frame: pd.DataFrame) -> Picture:
    """The weight of each touchpoint with its interval, in journey order; moments of truth by their
    shape, named at the right.

    frame: `moments_of_truth(study, fit)`.
    """
    style, rows = written(frame), []
    for row in frame.to_dict("records"):
        shape, colour = SHAPES[row["moment"]]
        marks = [
            put(Sheet.span, [row["conf_low"], row["conf_high"]], colour),
            put(
                Sheet.dot,
                row["estimate"],
                colour,
                hollow=row["moment"] in ("open", ""),
                shape=shape,
            ),
        ]
        value = _.fill(style(row["estimate"]))
        if row["moment"]:
            value = f"{SIGNS[row['moment']]} {_.word(row['moment'])}  {value}"
        rows.append(Row(_.name(row["touchpoint"]), value, marks))
    return row_picture(
        _,
        "moments",
        frame,
        rows,
        spread(frame, VALUE),
        lambda x: _.fill(style(x)),
        _.say(say_moments(frame)),
        lines=[(frame["estimate"].mean(), _("mean weight"))],
        differences=True,
    )


def plot_funnel(_: Wording, frame: pd.DataFrame) -> Picture:
    """The share of the respondents at each step with its interval, in the order of the steps (a
    group under another); at the right the conversion from the step before.

    frame: `funnel(study)`.
    """
    columns, rows = ("reach", "reach_low", "reach_high"), []
    for _group, steps in frame.groupby("level", sort=False):
        if frame["level"].nunique() > 1:
            rows.append(Row(_.level(steps.iloc[0]), heading=True))
        for row in steps.to_dict("records"):
            known = pd.notna(row["conversion"])
            value = f"→ {_.percent(row['conversion'])}" if known else ""
            rows.append(Row(_.name(row["step"]), value, estimate(row, columns)))
    return row_picture(
        _,
        "funnel",
        frame,
        rows,
        (0.0, 1.0),
        lambda x: _.percent(x),
        _.say(say_funnel(frame)),
        at=(0, 0.25, 0.5, 0.75, 1),
        kind="bars",
    )
