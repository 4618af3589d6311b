"""Figures of what the driver models say: drivers and priorities."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import pandas as pd
from matplotlib.transforms import Bbox

from cxlab.show.plot.picture import Picture, drawn, picture_of
from cxlab.show.plot.rows import Row, estimate, row_picture, spread
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LETTER,
    LIGHT_BLUE,
    PALE_VERMILION,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Sheet,
    scale,
    ticks,
    wrap,
)
from cxlab.show.say.drivers import (
    PART,
    describe_priorities,
    say_drivers,
    say_priorities,
    with_ranges,
)
from cxlab.show.words.text import MINUS
from cxlab.show.words.wording import Wording, percent, sentence

# How the sign of a slope is written, and its colour; any other sign is not clear.
_SIGNS = {"+": ("+", BLUE), "-": (MINUS, VERMILION)}


@drawn
def plot_drivers(_: Wording, shares: pd.DataFrame) -> Picture | None:
    """Each touchpoint's part of what is explained with its interval, largest first; the sign of its
    slope is written. One alone has no part.

    shares: `importance(fit)`, by any method and family. Hollow grey: the direction is not clear in
    these data. The dashed line is an equal part for all.
    """
    if len(shares) < 2:
        return None
    shares = with_ranges(shares)
    rows = []
    for row in shares.sort_values("rank").to_dict("records"):
        sign, colour = _SIGNS.get(row["sign"], ("?", SOFT))
        label, value = f"{sign}  {_.name(row['touchpoint'])}", _.ranged(row, PART, percent, 0)
        rows.append(Row(label, value, estimate(row, PART, colour, row["sign"] not in _SIGNS)))
    known = shares[list(PART)]
    return row_picture(
        _,
        "drivers" if shares["relative_low"].notna().any() else "drivers_without_ranges",
        shares,
        rows,
        # Pratt's products may be negative.
        (min(0.0, float(known.min().min()) * 1.05), float(known.max().max()) * 1.05),
        _.percent,
        _.say(say_drivers(shares, top=3)),
        axis=_.fill(sentence("part_of", shares["method"].iloc[0])),
        lines=[(1.0 / len(shares), _("mean weight"))],
    )


# Colour of each priority's name, row by row, and of its touchpoints.
_NAMES = {"fix_first": VERMILION, "keep_up": BLUE, "watch": SOFT, "maintain": SOFT}
_DOTS = _NAMES | {"maintain": LIGHT_BLUE}


@drawn
def plot_priorities(_: Wording, frame: pd.DataFrame) -> Picture | None:
    """Importance against experience, one cross of intervals a touchpoint, its name beside it; to
    act first is at the top left.

    frame: `priorities(…)`. The two lines are an equal part of the explained variance and the mean
    experience of the touchpoints.
    """
    if len(frame) < 2:
        return None
    frame = with_ranges(frame).sort_values("share_relative", ascending=False, ignore_index=True)
    return quadrants(
        _,
        "priorities",
        frame,
        _.say([*say_priorities(frame), *describe_priorities(frame)]),
        name="touchpoint",
        x=("experience", "conf_low", "conf_high"),
        y=PART,
        axes=(_("Experience, scale points"), _.fill(sentence("part_of", "lmg"))),
        tick=_.percent,
    )


def quadrants(
    _: Wording,
    key: str,
    frame: pd.DataFrame,
    said: Sequence[str],
    *,
    name: str,
    x: Sequence[str],
    y: Sequence[str],
    axes: tuple[str, str],
    tick: Callable[[float], str],
    **places: str,
) -> Picture:
    """A picture of importance (`y`) against performance (`x`), columns of an estimate and its ends
    each: one cross of intervals a row, which `name` names, by its `priority`; the lines are means.
    """
    x_ends = spread(frame, x, 0.08)
    held = frame[[*y]]
    y_ends = 1.06 * min(0.0, float(held.min().min())), 1.06 * float(held.max().max())
    # On a telephone the names stand below, a line each.
    high, tall = 3.9 + 0.1 * max(0, len(frame) - 9), 4.1 + 0.2 * len(frame)

    def draw(sheet: Sheet) -> None:
        if sheet.narrow:
            sheet.fit(tall)
        left, right, top = 0.42, sheet.width - 0.05, 0.3
        bottom = 3.55 if sheet.narrow else sheet.height - 0.55
        across, up = scale(*x_ends, left, right), scale(*y_ends, bottom, top)
        middle, equal = across(float(frame[x[0]].mean())), up(float(frame[y[0]].mean()))
        sheet.box(left, top, middle - left, equal - top, PALE_VERMILION, zorder=0)
        for value in ticks(*x_ends):
            sheet.small(across(value), bottom + 0.13, _.number(value), "center")
        for value in ticks(*y_ends):
            sheet.small(left - 0.06, up(value), tick(value), "right")
        for xs, ys in (([left, right], equal), (middle, [top, bottom])):
            sheet.line(xs, ys, SOFT, 0.9, dashes=(3, 2), zorder=1)
        sheet.line([left, right], bottom, zorder=0)
        corners, spots = [], []
        for i, (priority, colour) in enumerate(_NAMES.items()):
            words, at_right = _.word(priority), i % 2
            at, side = (right - 0.02, "right") if at_right else (left + 0.06, "left")
            line, wide = bottom - 0.12 if i > 1 else top + 0.12, 0.085 * len(words)
            sheet.head(at, words, colour, side, line)
            at -= wide * at_right
            corners.append(Bbox.from_extents(at, line - 0.1, at + wide, line + 0.1))
        sheet.small(0, 0.1, f"{axes[1]} ↑")
        sheet.small(right, bottom + 0.34, f"{axes[0]} →", "right")
        for i, row in enumerate(frame.to_dict("records"), 1):
            at, height = across(row[x[0]]), up(row[y[0]])
            label, priority = _.name(row[name]), row["priority"]
            colour = _DOTS[priority]
            for xs, ys in (
                (across([row[end] for end in x[1:]]), height),
                (at, up([row[end] for end in y[1:]])),
            ):
                sheet.span(xs, ys, colour, 1.0, alpha=0.5, zorder=2)
            sheet.dot(at, height, colour, 13 if sheet.narrow else 7)
            spots.append((at, height, label))
            if sheet.narrow:
                sheet.on_dot(at, height, i, SIZE - 2.5)
                line = bottom + 0.42 + 0.2 * i
                sheet.head(0.2, i, _NAMES[priority], "right", line)
                sheet.write(0.3, line, wrap(label, 48, 1))
        if not sheet.narrow:
            inside = Bbox.from_extents(left, top, right, bottom - 0.02)
            _name_points(sheet, spots, inside, corners)

    return picture_of(_, key, frame, draw, said, high, tall, **places)


def _name_points(
    sheet: Sheet, spots: Sequence[tuple[float, float, str]], inside: Bbox, taken: list[Bbox]
) -> None:
    """Write each name beside its point, the first free place out of many, with a thin line where it
    had to move away.

    taken: boxes that no name may meet.
    """
    taken = taken + [
        Bbox.from_extents(x - 0.06, y - 0.06, x + 0.06, y + 0.06) for x, y, _name in spots
    ]
    for x, y, name in spots:
        # Where no place is free, the alternative text and the table name it.
        for folded, box, reach, dx in islice(_places(x, y, name, inside, taken), 1):
            taken.append(box)
            if reach > 0.2:
                end = np.clip((x, y), box.min, box.max)
                sheet.line([x, end[0]], [y, end[1]], GREY, 0.6, zorder=1)
            # A white box over the lines, as wide as the words in the page's font, which is narrower
            # than the one measured.
            share, side = _SIDES[dx]
            at, wide = box.x0 + share * box.width, 0.88 * box.width
            sheet.box(at - share * wide, box.y0, wide, box.height, WHITE, alpha=0.7, zorder=3)
            sheet.write(at, (box.y0 + box.y1) / 2, folded, INK, SIZE - 0.5, ha=side, zorder=5)


# Which part of a name stands at its point, by its side of it.
_SIDES = {1: (0.0, "left"), 0: (0.5, "center"), -1: (1.0, "right")}
_BESIDE = ((1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))


def _places(
    x: float, y: float, name: str, inside: Bbox, taken: Sequence[Bbox]
) -> Iterator[tuple[str, Bbox, float, int]]:
    """Free boxes beside (x, y) for a name, the nearest first; words fold tighter before they move
    further away.
    """
    for reach in (0.06, 0.12, 0.2, 0.32, 0.46, 0.7, 1.0):
        for folded in (wrap(name, 24), wrap(name, 14)):
            lines = folded.split("\n")
            wide, tall = LETTER * max(map(len, lines)) + 0.02, 0.14 * len(lines)
            for dx, dy in _BESIDE:
                left = x + dx * reach - (1 - dx) / 2 * wide
                top = y + dy * (reach * (0.6 if dx else 1.0) + tall / 2) - tall / 2
                box = Bbox.from_bounds(left, top, wide, tall)
                held = inside.contains(*box.min) and inside.contains(*box.max)
                if held and not box.count_overlaps(taken):
                    yield folded, box, reach, dx
