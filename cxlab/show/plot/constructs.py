"""Path models in pictures: which construct leads to which, and importance against index."""

import numpy as np
import pandas as pd

from cxlab.show.plot.importance import quadrants
from cxlab.show.plot.picture import Picture, drawn, picture_of
from cxlab.show.plot.style import BLUE, GREY, INK, LETTER, SIZE, VERMILION, WHITE, Sheet, wrap
from cxlab.show.say.constructs import say_effects, say_importance
from cxlab.show.words.wording import VALUE, Wording, is_clear

# Inches of a row, between names and lines, and of a line's end above or below its row's middle.
ROW, APART, OFF = 0.52, 0.12, 0.07
WIDEST = 0.85


@drawn
def plot_effects(_: Wording, frame: pd.DataFrame) -> Picture:
    """The constructs from the first to the last, and an arc from each to what it leads to, as thick
    as the direct effect is large; dashed where that may be none.

    frame: `construct_effects(fit)`.
    """
    direct = frame[frame["route"] == "direct"]
    names = [*dict.fromkeys([*direct["construct"], *direct["leads_to"]])]
    clear = is_clear(direct)

    def draw(sheet: Sheet) -> None:
        left = 1.25 if sheet.narrow else 2.4
        ends = [[names.index(one) for one in direct[key]] for key in ("construct", "leads_to")]
        reach = np.subtract(ends[1], ends[0])
        step = min(WIDEST, (sheet.width - left - APART - 0.35) / reach.max())
        for i, name in enumerate(names):
            label = wrap(_.name(name), int(left / LETTER), 2)
            sheet.write(left, ROW * (i + 0.5), label, INK, SIZE, ha="right", weight="bold")
        turn = np.linspace(-np.pi / 2, np.pi / 2, 60)
        for row, sure, start, end in zip(direct.to_dict("records"), clear, *ends, strict=True):
            top, bottom = ROW * (start + 0.5) + OFF, ROW * (end + 0.5) - OFF
            x, middle, wide = left + APART, (top + bottom) / 2, step * (end - start)
            colour = (BLUE if row["estimate"] > 0 else VERMILION) if sure else GREY
            look = {} if sure else {"dashes": (3, 2)}
            arc = x + wide * np.cos(turn), middle + (bottom - top) / 2 * np.sin(turn)
            sheet.line(*arc, colour, 0.8 + 5 * abs(row["estimate"]), alpha=0.6, zorder=2, **look)
            sheet.dot(x + 0.03, bottom, colour, 5, shape="<")
            words = _.number(row["estimate"], 2)
            sheet.box(x + wide - 0.17, middle - 0.08, 0.34, 0.16, WHITE, alpha=0.85, zorder=3)
            sheet.write(x + wide, middle, words, colour, SIZE - 1, ha="center", zorder=4)

    height = ROW * len(names)
    return picture_of(
        _, "construct_effects", frame, draw, _.say(say_effects(frame)), height, height
    )


@drawn
def plot_importance(_: Wording, frame: pd.DataFrame) -> Picture | None:
    """Total effect against index, one cross of intervals a construct, its name beside it; to act
    first is at the top left. The two lines are the means of the constructs.

    frame: `importance_performance(fit)`.
    """
    if len(frame) < 2:
        return None
    target = frame["leads_to"].iloc[0]
    return quadrants(
        _,
        "importance_performance",
        frame.sort_values("estimate", ascending=False, ignore_index=True),
        _.say(say_importance(frame)),
        name="construct",
        x=("index", "index_low", "index_high"),
        y=VALUE,
        axes=(_("Index, 0–100"), _("Points of “{outcome}” for each point", outcome=target)),
        tick=lambda value: _.number(value, 1),
        leads_to=target,
    )
