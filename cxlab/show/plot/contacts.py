"""How contacts went, in pictures: groups of customers against each other."""

import pandas as pd

from cxlab.show.plot.picture import Picture
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.say.contacts import say_recovery, verdict
from cxlab.show.say.metrics import changed_by, unit_of
from cxlab.show.words.wording import VALUE, Wording, level_of, signed


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
        value = _.fill(changed_by(row)) if known else _("too few")
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
    )
