"""A heat map: touchpoints × groups, the mean in every cell, a mark where a difference holds."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.colors import to_hex, to_rgb

from cxlab.show.plot.picture import Picture, picture_of, words_of
from cxlab.show.plot.style import (
    BLUE,
    INK,
    LETTER,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Sheet,
    in_brand,
    wrap,
)
from cxlab.show.say.contacts import say_cells
from cxlab.show.words.wording import Wording, digits_of, is_clear

LABEL = 2.4  # inches for the names at the left, where there is room beside the cells
ROW, NAME, GAP = 0.3, 0.22, 0.14
HEAD = {False: 0.42, True: 0.56}  # two lines, or three
MOST = {False: 7, True: 5}  # groups beside each other: on a page, on a telephone
# The least share of the scale that is drawn as dark as can be, so that small differences stay pale.
DARK, DARKEST = 0.15, 0.5


def plot_cells(_: Wording, frame: pd.DataFrame) -> Picture:
    """Touchpoints in journey order × groups: the mean experience, coloured by its distance from the
    other customers, marked where that holds. More groups than fit stand below.

    frame: `experience_differences(study, by)`.
    """
    levels = list(frame.drop_duplicates("level").to_dict("records"))
    names = list(dict.fromkeys(frame["touchpoint"]))
    cells = {(r["touchpoint"], r["level"]): r for r in _shaded(frame).to_dict("records")}
    digits = digits_of(frame)

    def height(narrow: bool) -> float:
        blocks = -(-len(levels) // MOST[narrow])
        return blocks * (HEAD[narrow] + GAP + len(names) * (ROW + NAME * narrow))

    def draw(sheet: Sheet) -> None:
        narrow = sheet.narrow
        sheet.fit(height(narrow))
        left, y = 0.0 if narrow else LABEL, 0.0
        for start in range(0, len(levels), MOST[narrow]):
            block = levels[start : start + MOST[narrow]]
            wide = (sheet.width - left) / len(block)
            for i, row in enumerate(block):
                words = wrap(_.level(row), max(4, int(wide / LETTER)), 2 + narrow)
                sheet.small(left + wide * (i + 0.5), y + HEAD[narrow] / 2, words, "center")
            y += HEAD[narrow]
            for name in names:
                label = wrap(_.name(name), 48 if narrow else 34, 1)
                sheet.write(0, y + (NAME if narrow else ROW) / 2, label)
                y += NAME * narrow
                for i, row in enumerate(block):
                    _cell(sheet, _, left + wide * i, y, wide, cells.get((name, row["level"])))
                y += ROW
            y += GAP

    def _cell(sheet: Sheet, _: Wording, x: float, y: float, wide: float, row: Any) -> None:
        known = row is not None and pd.notna(row["experience"])
        sheet.box(x + 0.02, y + 0.02, wide - 0.04, ROW - 0.04, row["colour"] if known else WHITE)
        words = _written(_, row, digits) if known else "–" if row is not None else ""
        weight = "bold" if known and row["clear"] else "normal"
        ink = INK if known else SOFT
        sheet.write(x + wide / 2, y + ROW / 2, words, ink, SIZE - 0.5, ha="center", weight=weight)

    said, group = _.say(say_cells(frame)), _.name(frame["group"].iloc[0])
    hidden = frame["experience"].isna().any()
    notes = [words_of(_, "cells", frame, group=group)["hidden"]] if hidden else []
    return picture_of(
        _, "cells", frame, draw, said, height(False), height(True), notes=notes, group=group
    )


def _written(_: Wording, row: Mapping, digits: int) -> str:
    mark = ("▲ " if row["estimate"] > 0 else "▼ ") if row["clear"] else ""
    return mark + _.number(row["experience"], digits)


def _shaded(frame: pd.DataFrame) -> pd.DataFrame:
    """With the colour of each cell and whether its difference holds."""
    low, high = (frame["scale"].str.split("–").str[i].astype(float) for i in (0, 1))
    share = (frame["estimate"] / (high - low)).fillna(0.0)
    far = max(DARK, share.abs().max())
    colours = [mixed(BLUE if one > 0 else VERMILION, DARKEST * abs(one) / far) for one in share]
    return frame.assign(colour=colours, clear=is_clear(frame))


def mixed(colour: str, part: float) -> str:
    """A colour with so much of it, the rest white."""
    return to_hex([1 - part * (1 - one) for one in to_rgb(in_brand(colour))])
