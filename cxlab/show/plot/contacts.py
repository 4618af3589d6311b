"""How contacts went, in pictures: channels beside each other, groups of customers against each
other.
"""

import pandas as pd

from cxlab.show.plot.picture import Picture, nothing
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.say.channels import say_channels, say_parties
from cxlab.show.say.contacts import largest, say_advice, say_choices, say_recovery, verdict
from cxlab.show.say.metrics import changed_by, unit_of
from cxlab.show.words.wording import (
    VALUE,
    Wording,
    choice,
    digits_of,
    is_clear,
    level_of,
    number,
    signed,
)

# From nobody to everybody.
SHARES = {"limits": (0.0, 1.0), "at": (0, 0.25, 0.5, 0.75, 1), "kind": "bars"}


def plot_channels(_: Wording, frame: pd.DataFrame) -> Picture:
    """The mean of each channel with its interval, under the touchpoint.

    frame: `channel_scores(study)`.
    """
    columns, rows = ("experience", "conf_low", "conf_high"), []
    digits = digits_of(frame)
    for touchpoint, channels in frame.groupby("touchpoint", sort=False):
        rows.append(Row(_.name(touchpoint), heading=True))
        for row in channels.to_dict("records"):
            known = pd.notna(row["experience"])
            value = _.ranged(row, columns, number, digits) if known else nothing(_, row)
            rows.append(Row(_.level(row), value, estimate(row, columns)))
    said = _.say(say_channels(frame))
    limits = spread(frame, columns)
    return row_picture(_, "channels", frame, rows, limits, lambda x: _.number(x, 1), said)


def plot_parties(_: Wording, frame: pd.DataFrame) -> Picture:
    """What the own party has beyond each other one at every touchpoint, with its interval.

    frame: `compare_parties(study)`.
    """
    rows, digits, clear = [], digits_of(frame), is_clear(frame)
    for _against, touchpoints in frame.groupby("against", sort=False):
        first = touchpoints.iloc[0]
        rows.append(Row(f"{_.level(first)} – {_.level(first, 'against')}", heading=True))
        for i, row in touchpoints.iterrows():
            known = pd.notna(row["estimate"])
            value = _.ranged(row, VALUE, signed, digits) if known else nothing(_, row)
            rows.append(Row(_.name(row["touchpoint"]), value, estimate(row, hollow=not clear[i])))
    return row_picture(
        _,
        "parties",
        frame,
        rows,
        spread(frame, VALUE),
        lambda x: _.fill(signed(x, 1)),
        _.say(say_parties(frame)),
        differences=True,
    )


def plot_recovery(_: Wording, frame: pd.DataFrame) -> Picture:
    """The difference of each two groups with its interval; hollow where it may be none.

    frame: `recovery(study)`.
    """
    _unit, times, digits = unit_of(frame["metric"].iloc[0])
    rows = []
    for row in frame.to_dict("records"):
        name = f"{_.level(row)} – {_.level(row, 'against')}"
        known = pd.notna(row["estimate"])
        hollow = known and verdict(row, level_of(frame)) in ("open", "equivalent")
        value = _.fill(changed_by(row)) if known else nothing(_, row)
        rows.append(Row(name, value, estimate(row, hollow=hollow)))
    return row_picture(
        _,
        "recovery",
        frame,
        rows,
        spread(frame, VALUE),
        lambda x: _.fill(signed.of(times)(x, min(digits, 1))),
        _.say(say_recovery(frame)),
        differences=True,
        times=times,
    )


def plot_advice(_: Wording, frame: pd.DataFrame) -> Picture:
    """The share that used each source with its interval; at the right what goes with it.

    frame: `advice(study)`.
    """
    return plot_used(_, "advice", frame, _.say(say_advice(frame)))


def plot_used(_: Wording, name: str, frame: pd.DataFrame, said: list[str]) -> Picture:
    """The share that used, or said, each of several things; `name` is the picture's."""
    columns, rows, clear = ("used", "used_low", "used_high"), [], is_clear(frame)
    for i, row in frame.iterrows():
        value = _.fill(changed_by(row)) if clear[i] else ""
        rows.append(Row(_.level(row), value, estimate(row, columns)))
    n_of = frame.assign(n=frame["n_before"])
    return row_picture(_, name, frame, rows, tick=_.percent, said=said, n_of=n_of, **SHARES)


def plot_choices(_: Wording, frame: pd.DataFrame) -> Picture:
    """The share that named each choice with its interval, the largest first (a group under
    another).

    frame: `choices(study)`.
    """
    rows = []
    for _group, choices in frame.groupby("level", sort=False):
        if len(choices) < len(frame):
            rows.append(Row(_.level(choices.iloc[0]), heading=True))
        for row in largest(choices, "estimate").to_dict("records"):
            known = pd.notna(row["estimate"])
            value = _.percent(row["estimate"]) if known else nothing(_, row)
            rows.append(Row(_.fill(choice(row)), value, estimate(row)))
    title, said = _.name(frame["question"].iloc[0]), _.say(say_choices(frame))
    return row_picture(_, "choices", frame, rows, tick=_.percent, said=said, title=title, **SHARES)
