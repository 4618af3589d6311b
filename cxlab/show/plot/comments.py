"""What customers write, in pictures: words that tell groups apart, what comments are about, and how
far coders agree.
"""

from math import exp, log

import pandas as pd

from cxlab.show.plot.contacts import plot_used
from cxlab.show.plot.picture import Picture
from cxlab.show.plot.rows import Row, estimate, row_picture
from cxlab.show.say.comments import (
    RATIO,
    say_agreement,
    say_codes,
    say_keyness,
    spelt,
    telling,
)
from cxlab.show.words.wording import Wording, joined, level

MOST_WORDS = 12
# Of a word that one group does not use, the interval has next to no end.
WIDEST = 32


def plot_keyness(_: Wording, frame: pd.DataFrame) -> Picture:
    """How many times as often each word is written, with its interval, on a logarithmic track; the
    surest first, hollow where it may be none.

    frame: `keyness(study, comment)`.
    """
    logs = frame.assign(**{one: frame[one].clip(1 / WIDEST, WIDEST).map(log) for one in RATIO})
    rows, clear, several = [], telling(frame).index, frame["level"].nunique() > 1
    for i, row in logs.head(MOST_WORDS).iterrows():
        counts = {one: int(row[one]) for one in ("n_said", "n", "n_said_against", "n_against")}
        value = _("{n_said} of {n}, {n_said_against} of {n_against}", **counts)
        label = joined(level(row), spelt(row["word"]), mark=": ") if several else spelt(row["word"])
        rows.append(Row(_.fill(label), value, estimate(row, RATIO, hollow=i not in clear)))
    return row_picture(
        _,
        "keyness",
        frame,
        rows,
        (-log(WIDEST), log(WIDEST)),
        lambda x: f"{exp(x):.0f}" if x >= 0 else f"1/{exp(-x):.0f}",
        _.say(say_keyness(frame)),
        differences=True,
        at=[log(one) for one in (1 / 16, 1 / 4, 1, 4, 16)],
    )


def plot_codes(_: Wording, frame: pd.DataFrame) -> Picture:
    """The share of comments about each code with its interval; at the right what goes with it.

    frame: `codes(study, comment)`.
    """
    return plot_used(_, "codes", frame.dropna(subset=["used"]), _.say(say_codes(frame)))


def plot_agreement(_: Wording, frame: pd.DataFrame) -> Picture:
    """Alpha of each code with its interval.

    frame: `agreement(study, comment)`.
    """
    rows = [
        Row(_.level(row), _.number(row["estimate"], 2), estimate(row))
        for row in frame.dropna(subset=["estimate"]).to_dict("records")
    ]
    return row_picture(
        _,
        "agreement",
        frame,
        rows,
        (min(0.0, *frame[["estimate", "conf_low"]].min()), 1.0),
        lambda x: _.number(x, 1),
        _.say(say_agreement(frame)),
        lines=[(one, _.number(one, 3 if one < 0.8 else 1)) for one in (0.667, 0.8)],
    )
