"""A heat map: touchpoints × groups, the mean in every cell, a mark where a difference holds."""

from collections.abc import Callable, Mapping
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

ROW = 0.3
NAME, GAP, LINE = 0.22, 0.14, 0.18
LETTERS = 14.2  # of a name to an inch
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

    def cell(sheet: Sheet, x: float, y: float, wide: float, row: Any) -> None:
        known = row is not None and pd.notna(row["experience"])
        sheet.box(x + 0.02, y + 0.02, wide - 0.04, ROW - 0.04, row["colour"] if known else WHITE)
        words = _written(_, row, digits) if known else "–" if row is not None else ""
        weight = "bold" if known and row["clear"] else "normal"
        ink = INK if known else SOFT
        sheet.write(x + wide / 2, y + ROW / 2, words, ink, SIZE - 0.5, ha="center", weight=weight)

    heads = {False: 0.42, True: 0.56}  # two lines, or three
    height, draw = grid(
        _, names, levels, cells, cell, _.level, {False: 7, True: 5}, heads, 2.4, ROW
    )
    said, group = _.say(say_cells(frame)), _.name(frame["group"].iloc[0])
    hidden = frame["experience"].isna().any()
    notes = [words_of(_, "cells", frame, group=group)["hidden"]] if hidden else []
    return picture_of(
        _, "cells", frame, draw, said, height(False), height(True), notes=notes, group=group
    )


def grid(
    _: Wording,
    names: list[str],
    levels: list[dict],
    cells: Mapping,
    cell: Callable,
    titled: Callable[[Mapping], str],
    most: Mapping[bool, int],
    head: Mapping[bool, float],
    label: float,
    row: float,
) -> tuple[Callable[[bool], float], Callable[[Sheet], None]]:
    """The height of a grid of names × levels on a page and on a telephone, and what draws it, with
    `cell` for each row of `cells`. More levels than `most` beside each other stand below; `head`
    and `row` are high, `label` is wide, in inches, where there is room beside the cells.
    """

    def height(narrow: bool) -> float:
        blocks = -(-len(levels) // most[narrow])
        return blocks * (head[narrow] + GAP + len(names) * (row + NAME * narrow))

    def draw(sheet: Sheet) -> None:
        narrow = sheet.narrow
        sheet.fit(height(narrow))
        left, y = 0.0 if narrow else label, 0.0
        room = (48, 1) if narrow else (int(label * LETTERS), int(row / LINE))
        for start in range(0, len(levels), most[narrow]):
            block = levels[start : start + most[narrow]]
            wide = (sheet.width - left) / len(block)
            for i, one in enumerate(block):
                words = wrap(titled(one), max(4, int(wide / LETTER)), int(head[narrow] / LINE))
                sheet.small(left + wide * (i + 0.5), y + head[narrow] / 2, words, "center")
            y += head[narrow]
            for name in names:
                sheet.write(0, y + (NAME if narrow else row) / 2, wrap(_.name(name), *room))
                y += NAME * narrow
                for i, one in enumerate(block):
                    cell(sheet, left + wide * i, y, wide, cells.get((name, one["level"])))
                y += row
            y += GAP

    return height, draw


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
