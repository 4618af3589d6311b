"""Figures of what the driver models say: drivers and priorities."""

import numpy as np
import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.plot import style
from cxlab.show.plot.rows import Row, dot, row_picture, spread
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LIGHT_BLUE,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Picture,
    Sheet,
)
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import importance
from cxlab.show.words import text
from cxlab.show.words.catalogue import N_
from cxlab.show.words.text import MINUS

# What a touchpoint's part is a part of, by the method that gave it. Shapley shares, Johnson's
# weights and Pratt's products divide what is explained.
_PART_OF = {
    "beta": N_("Part of all squared standardised slopes"),
    "zero_order": N_("Part of all squared simple correlations"),
}
_RELATIVE = ("share_relative", "relative_low", "relative_high")
# How the sign of a slope is written, and its colour; any other sign is not clear.
_SIGNS = {"+": ("+", BLUE), "-": (MINUS, VERMILION)}


@refusable
@figure
def plot_drivers(_: FigureWording, shares: pd.DataFrame) -> Picture:
    """Each touchpoint's part of what is explained with its interval, largest first; the sign of its
    slope is written.

    shares: `importance(fit)`, by any method and family. Hollow grey: the direction is not clear in
    these data. The dashed line is an equal part for all.
    """
    shares = importance.with_ranges(shares)
    rows = []
    for row in shares.sort_values("rank").to_dict("records"):
        sign, colour = _SIGNS.get(row["sign"], ("?", SOFT))
        rows.append(
            Row(
                f"{sign}  {_.name(row['touchpoint'])}",
                _.ranged(row, _RELATIVE, text.percent, 0),
                [dot(row, _RELATIVE, colour, hollow=row["sign"] not in _SIGNS)],
            )
        )
    drawn = shares[list(_RELATIVE)]
    title = _("What goes with the outcome, and how surely")
    if "outcome" in shares:
        title = _("What goes with “{outcome}”, and how surely", outcome=_.outcome(shares))
    part = _PART_OF.get(importance.method_of(shares), N_("Part of what is explained"))
    return row_picture(
        _,
        shares,
        rows,
        # Pratt's products may be negative.
        (min(0.0, float(drawn.min().min()) * 1.05), float(drawn.max().max()) * 1.05),
        _.percent,
        _(part),
        title,
        importance.say_drivers(shares, top=3, conf_level=_.conf_level, **_.arguments),
        [
            _.bars if shares["relative_low"].notna().any() else "",
            _("+ goes with a higher outcome, − with a lower one, ? (hollow): direction not clear."),
        ],
        line=(1.0 / len(shares), _("equal parts")),
    )


_PRIORITY_COLOUR = {"fix_first": VERMILION, "keep_up": BLUE, "watch": SOFT, "maintain": LIGHT_BLUE}


@refusable
@figure
def plot_priorities(
    _: FigureWording, shares: pd.DataFrame, scores: pd.DataFrame | None = None
) -> Picture:
    """Importance against experience, one cross of intervals a touchpoint, its name beside it; to
    act first is at the top left.

    shares: `priorities(…)` alone, or `importance(…)` together with scores (`experience_scores` or
    `gap_scores`). The two lines are an equal part of the explained variance and the mean experience
    of the touchpoints.
    """
    frame = (
        _with_scores(importance.with_ranges(shares), scores)
        .sort_values("share_relative", ascending=False)
        .reset_index(drop=True)
    )
    x_ends = spread(frame, ["conf_low", "conf_high", "experience"], 0.08)
    y_ends = (0.0, float(frame[["share_relative", "relative_high"]].max().max()) * 1.06)

    def draw(figure) -> None:
        sheet = Sheet(figure)
        left, right, top = 0.42, sheet.width - 0.05, 0.3
        bottom = 3.55 if sheet.narrow else sheet.height - 0.55
        across, up = style.scale(*x_ends, left, right), style.scale(*y_ends, bottom, top)
        middle, equal = across(float(frame["experience"].mean())), up(1.0 / len(frame))
        sheet.box(left, top, middle - left, equal - top, "#faf0e8", zorder=0)
        for value in style.ticks(*x_ends):
            sheet.small(across(value), bottom + 0.13, _.number(value), "center")
        for value in style.ticks(*y_ends):
            sheet.small(left - 0.06, up(value), _.percent(value), "right")
        for xs, ys in (([left, right], equal), (middle, [top, bottom])):
            sheet.line(xs, ys, SOFT, 0.9, dashes=(3, 2), zorder=1)
        sheet.line([left, right], bottom, zorder=0)
        corners = []
        for name, colour, at_left, y in (
            ("fix_first", VERMILION, True, top + 0.12),
            ("keep_up", BLUE, False, top + 0.12),
            ("watch", SOFT, True, bottom - 0.12),
            ("maintain", SOFT, False, bottom - 0.12),
        ):
            corner = _.word(name)
            x, side = (left + 0.06, "left") if at_left else (right - 0.02, "right")
            sheet.write(x, y, corner, colour, ha=side, weight="bold")
            wide = 0.085 * len(corner)
            x = x if at_left else x - wide
            corners.append((x, y - 0.1, x + wide, y + 0.1))
        sheet.small(0, 0.1, _("Part of what is explained") + " ↑")
        sheet.small(right, bottom + 0.34, _("Experience, scale points") + " →", "right")
        spots = []
        for i, row in enumerate(frame.to_dict("records"), 1):
            x, y = across(row["experience"]), up(row["share_relative"])
            name = _.name(row["touchpoint"])
            colour = _PRIORITY_COLOUR.get(row.get("priority"), BLUE)
            ends = [across(row[end]) for end in ("conf_low", "conf_high")]
            sheet.span(ends, y, colour, 1.0, alpha=0.5, zorder=2)
            ends = [up(row[end]) for end in ("relative_low", "relative_high")]
            sheet.span(x, ends, colour, 1.0, alpha=0.5, zorder=2)
            sheet.dot(x, y, colour, 13 if sheet.narrow else 7)
            spots.append((x, y, name))
            if sheet.narrow:
                sheet.write(x, y, i, WHITE, SIZE - 2.5, ha="center", zorder=6, weight="bold")
                line = bottom + 0.42 + 0.2 * i
                ink = SOFT if colour == LIGHT_BLUE else colour
                sheet.write(0.2, line, i, ink, ha="right", weight="bold")
                sheet.write(0.3, line, style.wrap(name, 48, 1))
        if not sheet.narrow:
            _name_points(sheet, spots, (left, top, right, bottom - 0.02), corners)

    title = _("What weighs much, and how it is experienced")
    note = _(
        "Lines: {level} confidence intervals. Dashed: the mean experience, and an equal part for"
        " every touchpoint.",
        level=_.level_percent,
    )
    return Picture.of(
        draw,
        title,
        importance.say_priorities(frame, **_.arguments),
        _.note(note, frame=frame) if "n" in frame else note,
        3.9 + 0.1 * max(0, len(frame) - 9),
        4.1 + 0.2 * len(frame),
        _.table(frame, title),
        importance.describe_priorities(frame, _.language, _.labels),
    )


def _with_scores(shares: pd.DataFrame, scores: pd.DataFrame | None) -> pd.DataFrame:
    """Importance and experience in one frame. The interval of a gap is not one of the experience,
    so it is not drawn as such.
    """
    if scores is None:
        return shares
    mine = scores[["touchpoint", "experience", "conf_low", "conf_high"]].copy()
    if "experience_low" in scores:
        mine[["conf_low", "conf_high"]] = scores[["experience_low", "experience_high"]].to_numpy()
    elif "estimate" in scores:
        mine[["conf_low", "conf_high"]] = np.nan
    return shares.drop(columns=["conf_low", "conf_high", "experience"], errors="ignore").merge(
        mine, on="touchpoint", how="inner"
    )


_SIDES = {1: "left", -1: "right", 0: "center"}
Box = tuple[float, float, float, float]  # left, top, right, bottom


def _name_points(
    sheet: Sheet, spots: list[tuple[float, float, str]], frame: Box, corners: list[Box]
) -> None:
    """Write each name beside its point, the first free place out of many, with a thin line where it
    had to move away.
    """
    taken = corners + [(x - 0.06, y - 0.06, x + 0.06, y + 0.06) for x, y, _name in spots]
    for x, y, name in spots:
        found = _free_place(x, y, name, frame, taken)
        if found is None:
            continue  # the alternative text and the table name it
        folded, box, reach, dx = found
        taken.append(box)
        left, top, right, bottom = box
        if reach > 0.2:
            ends = np.clip((x, y), (left, top), (right, bottom))
            sheet.line([x, ends[0]], [y, ends[1]], GREY, 0.6, zorder=1)
        # A white box over the lines, as wide as the words in the page's font, which is narrower
        # than the one measured.
        at, wide = left + (1 - dx) / 2 * (right - left), 0.88 * (right - left)
        sheet.box(at - (1 - dx) / 2 * wide, top, wide, bottom - top, WHITE, alpha=0.7, zorder=3)
        sheet.write(at, (top + bottom) / 2, folded, INK, SIZE - 0.5, ha=_SIDES[dx], zorder=5)


_BESIDE = ((1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))


def _free_place(
    x: float, y: float, name: str, frame: Box, taken: list[Box]
) -> tuple[str, Box, float, int] | None:
    """The nearest box beside (x, y) that touches nothing drawn so far; words fold tighter before
    they move further away.
    """
    for reach in (0.06, 0.12, 0.2, 0.32, 0.46, 0.7, 1.0):
        for folded in (style.wrap(name, 24), style.wrap(name, 14)):
            lines = folded.split("\n")
            wide, tall = 0.066 * max(map(len, lines)) + 0.02, 0.14 * len(lines)
            for dx, dy in _BESIDE:
                left = x + dx * reach - (1 - dx) / 2 * wide
                top = y + dy * (reach * (0.6 if dx else 1.0) + tall / 2) - tall / 2
                box = (left, top, left + wide, top + tall)
                inside = frame[0] <= left and box[2] <= frame[2]
                inside &= frame[1] <= top and box[3] <= frame[3]
                if inside and not any(_meet(box, other) for other in taken):
                    return folded, box, reach, dx
    return None


def _meet(one: Box, two: Box) -> bool:
    return one[0] < two[2] and two[0] < one[2] and one[1] < two[3] and two[1] < one[3]
