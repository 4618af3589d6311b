"""Figures of what the driver models say: drivers and priorities.

As in plots.py nothing is computed here: every number drawn stands in the result that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.show.page.html import refusable
from cxlab.show.page.parts import of_table
from cxlab.show.plot import style
from cxlab.show.plot.metrics import _n_words, _note, _row_picture, _spread
from cxlab.show.plot.style import (
    BLUE,
    GREY,
    INK,
    LIGHT_BLUE,
    RULE,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Picture,
    Row,
    Sheet,
)
from cxlab.show.say import importance
from cxlab.show.say.wording import with_interval
from cxlab.show.words import text
from cxlab.show.words.text import N_, translator

# What a touchpoint's part is a part of, by the method that gave it. Shapley shares, Johnson's
# weights and Pratt's products divide what is explained.
_PART_OF = {
    "beta": N_("Part of all squared standardised slopes"),
    "zero_order": N_("Part of all squared simple correlations"),
}


@refusable
def plot_drivers(
    shares: pd.DataFrame,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Each touchpoint's part of what is explained with its interval, largest first; the sign of its
    slope is written.

    shares: `importance(fit)`, by any method and family. Hollow grey: the direction is not clear in
    these data. The dashed line is an equal part for all.
    """
    _ = translator(language)
    rows = []
    colours = {"+": BLUE, "-": VERMILION}
    shares = importance.with_ranges(shares)
    for row in shares.sort_values("rank").to_dict("records"):
        colour = colours.get(row["sign"], SOFT)
        sign = {"+": "+", "-": text.MINUS}.get(row["sign"], "?")
        words = with_interval(
            row, ("share_relative", "relative_low", "relative_high"), language, text.percent, 0
        )

        def mark(sheet: Sheet, place, y: float, row=row, colour=colour) -> None:
            sheet.span(place(row["relative_low"]), place(row["relative_high"]), y, colour, 4.5)
            sheet.dot(place(row["share_relative"]), y, colour, hollow=row["sign"] not in colours)

        rows.append(
            Row(f"{sign}  {text.name_of(row['touchpoint'], labels, language)}", words, mark)
        )
    # Pratt's products may be negative.
    low, high = (
        getattr(shares[["share_relative", "relative_low", "relative_high"]], end)().agg(end)
        for end in ("min", "max")
    )
    said = importance.say_drivers(
        shares, top=3, language=language, labels=labels, conf_level=conf_level
    )
    note = _("+ goes with a higher outcome, − with a lower one, ? (hollow): direction not clear.")
    title = _("What goes with the outcome, and how surely")
    if "outcome" in shares:
        title = _("What goes with “{outcome}”, and how surely").format(
            outcome=text.name_of(shares["outcome"].iloc[0], labels, language)
        )
    part = _PART_OF.get(importance.method_of(shares), N_("Part of what is explained"))
    return _row_picture(
        rows,
        (min(0.0, float(low) * 1.05), float(high) * 1.05),
        lambda x: text.percent(x, language),
        _(part),
        title,
        said,
        " ".join(
            [_intervals(shares, language, conf_level), note, _n_words(shares, language) + "."]
        ).strip(),
        of_table(shares, None, language, labels, title),
        lines=[(1.0 / len(shares), _("equal parts"))],
    )


def _intervals(shares: pd.DataFrame, language: str, conf_level: float) -> str:
    """What the bars are, where there are any."""
    return _note(language, conf_level) if shares["relative_low"].notna().any() else ""


_PRIORITY_COLOUR = {"fix_first": VERMILION, "keep_up": BLUE, "watch": SOFT, "maintain": LIGHT_BLUE}


@refusable
def plot_priorities(
    shares: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Importance against experience, one cross of intervals a touchpoint, its name beside it; to
    act first is at the top left.

    shares: `priorities(…)` alone, or `importance(…)` together with scores (`experience_scores` or
    `gap_scores`). The two lines are an equal part of the explained variance and the mean experience
    of the touchpoints.
    """
    _ = translator(language)
    frame = (
        _with_scores(importance.with_ranges(shares), scores)
        .sort_values("share_relative", ascending=False)
        .reset_index(drop=True)
    )
    equal, middle = 1.0 / len(frame), float(frame["experience"].mean())
    records = frame.to_dict("records")
    x_ends = _spread(frame, ["conf_low", "conf_high", "experience"], 0.08)
    y_ends = (0.0, float(frame[["share_relative", "relative_high"]].max().max()) * 1.06)

    def draw(figure) -> None:
        sheet = Sheet(figure)
        narrow = sheet.width < 5
        left, right, top = 0.42, sheet.width - 0.05, 0.3
        bottom = 3.55 if narrow else sheet.height - 0.55
        across, up = style.scale(*x_ends, left, right), style.scale(*y_ends, bottom, top)
        sheet.box(left, top, across(middle) - left, up(equal) - top, "#faf0e8", zorder=0)
        for value in style.ticks(*x_ends, most=5):
            sheet.write(
                across(value),
                bottom + 0.13,
                text.number(value, language),
                SOFT,
                SIZE - 1,
                ha="center",
            )
        for value in style.ticks(*y_ends, most=5):
            sheet.write(
                left - 0.06, up(value), text.percent(value, language), SOFT, SIZE - 1, ha="right"
            )
        sheet.line([left, right], [up(equal)] * 2, SOFT, 0.9, dashes=(3, 2), zorder=1)
        sheet.line([across(middle)] * 2, [top, bottom], SOFT, 0.9, dashes=(3, 2), zorder=1)
        sheet.line([left, right], [bottom] * 2, RULE, 0.8, zorder=0)
        corners = []
        for name, x, y, side, colour in (
            ("fix_first", left + 0.06, top + 0.12, "left", VERMILION),
            ("keep_up", right - 0.02, top + 0.12, "right", BLUE),
            ("watch", left + 0.06, bottom - 0.12, "left", SOFT),
            ("maintain", right - 0.02, bottom - 0.12, "right", SOFT),
        ):
            words = text.name_of(name, None, language)
            wide = 0.085 * len(words)
            sheet.write(x, y, words, colour, SIZE, ha=side, weight="bold")
            corners.append(
                (
                    x if side == "left" else x - wide,
                    y - 0.1,
                    x + wide if side == "left" else x,
                    y + 0.1,
                )
            )
        sheet.write(0, 0.1, _("Part of what is explained") + " ↑", SOFT, SIZE - 1)
        sheet.write(
            right, bottom + 0.34, _("Experience, scale points") + " →", SOFT, SIZE - 1, ha="right"
        )
        spots = []
        for i, row in enumerate(records, 1):
            x, y, colour = (
                across(row["experience"]),
                up(row["share_relative"]),
                _PRIORITY_COLOUR.get(row.get("priority"), BLUE),
            )
            if pd.notna(row["conf_low"]):
                sheet.line(
                    [across(row["conf_low"]), across(row["conf_high"])],
                    [y, y],
                    colour,
                    1.0,
                    alpha=0.5,
                    zorder=2,
                )
            if pd.notna(row["relative_low"]):
                sheet.line(
                    [x, x],
                    [up(row["relative_low"]), up(row["relative_high"])],
                    colour,
                    1.0,
                    alpha=0.5,
                    zorder=2,
                )
            sheet.dot(x, y, colour, 13 if narrow else 7)
            if narrow:
                sheet.write(x, y, i, WHITE, SIZE - 2.5, ha="center", zorder=6, weight="bold")
            spots.append((x, y, text.name_of(row["touchpoint"], labels, language), colour))
        if narrow:
            for i, (_x, _y, words, colour) in enumerate(spots, 1):
                sheet.write(
                    0.2,
                    bottom + 0.42 + 0.2 * i,
                    i,
                    SOFT if colour == LIGHT_BLUE else colour,
                    ha="right",
                    weight="bold",
                )
                sheet.write(0.3, bottom + 0.42 + 0.2 * i, style.wrap(words, 48, 1))
        else:
            _name_points(sheet, spots, (left, right, top, bottom - 0.02), corners)

    said = importance.say_priorities(frame, language=language, labels=labels)
    alt = " ".join([*said, *importance.describe_priorities(frame, language, labels)])
    note = _(
        "Lines: {level} confidence intervals. Dashed: the mean experience, and an equal part for"
        " every touchpoint."
    ).format(level=text.percent(conf_level, language))
    if "n" in frame:
        note += " " + _n_words(frame, language) + "."
    title = _("What weighs much, and how it is experienced")
    data = of_table(frame, None, language, labels, title)
    return Picture(
        draw,
        title,
        alt,
        note,
        3.9 + 0.1 * max(0, len(frame) - 9),
        4.1 + 0.2 * len(frame),
        said[0] if said else "",
        data,
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


def _name_points(
    sheet: Sheet, spots: list[tuple], frame: tuple[float, float, float, float], corners: list[tuple]
) -> None:
    """Write each name beside its point, the first free place out of many, with a thin line where it
    had to move away.
    """
    taken = corners + [(x - 0.06, y - 0.06, x + 0.06, y + 0.06) for x, y, _w, _c in spots]
    for x, y, words, _colour in spots:
        found = _free_place(x, y, words, frame, taken)
        if found is None:
            continue  # no free place at all: the words beside the figure name it
        folded, box, reach, dx = found
        taken.append(box)
        ha, at = (
            ("left", box[0])
            if dx > 0
            else ("right", box[2])
            if dx < 0
            else ("center", (box[0] + box[2]) / 2)
        )
        if reach > 0.2:
            sheet.line(
                [x, min(max(x, box[0]), box[2])],
                [y, min(max(y, box[1]), box[3])],
                GREY,
                0.6,
                zorder=1,
            )
        # The page's own font is narrower than the one measured: white over the lines, but not
        # beyond the words.
        wide = 0.88 * (box[2] - box[0])
        start = (
            box[0]
            if ha == "left"
            else box[2] - wide
            if ha == "right"
            else (box[0] + box[2] - wide) / 2
        )
        sheet.box(start, box[1], wide, box[3] - box[1], WHITE, alpha=0.7, zorder=3)
        sheet.write(at, (box[1] + box[3]) / 2, folded, INK, SIZE - 0.5, ha=ha, zorder=5)


_BESIDE = ((1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))


def _free_place(x: float, y: float, words: str, frame: tuple, taken: list[tuple]) -> tuple | None:
    """The nearest box beside (x, y) that touches nothing drawn so far; words fold tighter before
    they move further away.
    """
    left, right, top, bottom = frame
    for reach in (0.06, 0.12, 0.2, 0.32, 0.46, 0.7, 1.0):
        for folded in (style.wrap(words, 24, 3), style.wrap(words, 14, 3)):
            lines = folded.split("\n")
            wide, tall = 0.066 * max(map(len, lines)) + 0.02, 0.14 * len(lines)
            for dx, dy in _BESIDE:
                x0 = x + dx * reach if dx > 0 else x + dx * reach - wide if dx < 0 else x - wide / 2
                y0 = y + dy * (reach * (1.0 if dx == 0 else 0.6) + tall / 2) - tall / 2
                box = (x0, y0, x0 + wide, y0 + tall)
                inside = box[0] >= left and box[2] <= right and box[1] >= top and box[3] <= bottom
                if inside and not any(
                    box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3]
                    for b in taken
                ):
                    return folded, box, reach, dx
    return None
