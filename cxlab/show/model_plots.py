"""Figures of what the models say: the contest of gap forms, the response surface, drivers and priorities.

As in plots.py nothing is computed here: every number drawn stands in the result that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.show import model_sentences, style, text
from cxlab.show.disclosure import coarse_points
from cxlab.show.plots import _n_words, _note, _row_picture, _spread
from cxlab.show.style import BLUE, GREY, INK, LIGHT_BLUE, RULE, SIZE, SOFT, SURFACE, VERMILION, WHITE, Picture, Row, Sheet
from cxlab.show.tables import refusable
from cxlab.show.text import translator


@refusable
def plot_gap_forms(frame: pd.DataFrame, language: str = "en", labels: Mapping | None = None) -> Picture:
    """How much of the outcome each form of gap model explains, in these data (filled) and in new data (hollow).

    frame: `compare_gap_forms(study, …)`. The chosen form is in colour.
    """
    _ = translator(language)
    rows = []
    for row in frame.to_dict("records"):
        colour = BLUE if row["chosen"] else SOFT
        words = text.percent(row["r_squared"], language, 1)

        def mark(sheet: Sheet, place, y: float, row=row, colour=colour) -> None:
            sheet.line([place(0), place(row["r_squared"])], [y, y], colour, 1.2, zorder=2)
            if pd.notna(row["r_squared_cv"]):
                sheet.dot(place(max(row["r_squared_cv"], 0.0)), y, colour, hollow=True)
            sheet.dot(place(row["r_squared"]), y, colour)

        label = text.name_of(row["form"], None, language)
        rows.append(Row(label + ("  ✓" if row["chosen"] else ""), words, mark))
    top = max(frame["r_squared"].max(), 0.05) * 1.08
    alt = " ".join(model_sentences.say_gap_forms(frame, language=language, labels=labels))
    note = _("Filled: explained in these answers. Hollow: explained in answers that the model had not seen. ✓: the form these data support.")
    return _row_picture(
        rows, (0.0, float(top)), lambda x: text.percent(x, language), _("Share of the outcome's variance explained"),
        _("How well each form explains “{outcome}”").format(outcome=text.name_of(frame["outcome"].iloc[0], labels, language)),
        alt, note + " " + _n_words(frame, language) + ".",
    )


@refusable
def plot_surface(
    grid: pd.DataFrame,
    points: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    mark: tuple[float, float] | None = None,
    min_cell: int = 0,
) -> Picture:
    """The outcome that the model expects for each pair of expectation and experience, drawn only where respondents are.

    grid: `surface_grid(fit)`; points: `gap_points(fit)` (circles, their area grows with n); mark: a pair to point
    at; min_cell: in a client's report neither surface nor circle is drawn for fewer respondents.
    The dashed line is where experience equals expectation. Contours carry the expected outcome.
    """
    _ = translator(language)
    total = None if points is None else int(points["n"].sum())
    if min_cell:
        grid = grid.assign(supported=grid["supported"].astype(bool) & (grid["n"] >= min_cell))
        points = None if points is None else coarse_points(points, min_cell)
    wide = grid.pivot(index="experience", columns="expectation", values="estimate")
    seen = grid.pivot(index="experience", columns="expectation", values="supported").astype(bool)
    xs, ys = wide.columns.to_numpy(float), wide.index.to_numpy(float)
    drawn = np.ma.masked_where(~seen.to_numpy(), wide.to_numpy(float))
    outcome = text.name_of(grid["outcome"].iloc[0], labels, language)
    touchpoint = text.name_of(grid["touchpoint"].iloc[0], labels, language)

    def draw(figure) -> None:
        width, height = figure.get_size_inches()
        narrow = width < 5
        left, side = (0.3, width - 0.38) if narrow else (0.3, height - 0.82)
        axes = figure.add_axes((left / width, 0.5 / height, side / width, side / height))
        low, high = _window(grid)
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.set_facecolor(WHITE)
        if drawn.count():
            levels = style.ticks(float(drawn.min()), float(drawn.max()), 7)
            edges = np.linspace(float(drawn.min()), float(drawn.max()) + 1e-9, 25)
            axes.contourf(xs, ys, drawn, levels=edges, cmap=SURFACE, antialiased=True)
            if levels:
                lines = axes.contour(xs, ys, drawn, levels=levels, colors=[WHITE], linewidths=1.3)
                axes.clabel(lines, fmt=lambda value: text.number(value, language), fontsize=SIZE, colors=[INK], inline_spacing=6)
        axes.plot([low, high], [low, high], color=INK, linewidth=1.0, dashes=(4, 3))
        at = low + 0.12 * (high - low)
        axes.text(at, at + 0.025 * (high - low), _("experience = expectation"), rotation=45, rotation_mode="anchor", fontsize=SIZE - 1, color=INK, transform_rotates_text=True)
        if points is not None and len(points):
            area = 4 + 90 * points["n"] / points["n"].max()
            axes.scatter(points["expectation"], points["experience"], s=area, facecolor="none", edgecolor=INK, linewidth=0.7, alpha=0.75)
        if mark is not None:
            axes.plot(*[[one] for one in mark], marker="X", markersize=11, color=VERMILION, markeredgecolor=WHITE)
        _plain_axes(axes, low, high, language)
        figure.text(left / width, 0.08 / height, _("Expectation") + " →", fontsize=SIZE, va="bottom")
        figure.text(0.02 / width, 1 - 0.02 / height, _("Experience") + " ↑", fontsize=SIZE, va="top")
        if not narrow:
            _reading(figure, left + side + 0.35, width, height)

    def _reading(figure, x, width, height) -> None:
        sheet_words = [
            (INK, "bold", _("How to read it")),
            (INK, "normal", _("Darker: higher “{outcome}” expected. The numbers on the white lines say how much.").format(outcome=outcome)),
            (INK, "normal", _("Above the dashed line experience exceeds expectation; below it, it falls short.")),
            (INK, "normal", _("Circles are answers; larger circles are more of them. Where too few answered nothing is drawn.")),
        ]
        y = height - 0.35
        for colour, weight, words in sheet_words:
            folded = style.wrap(words, 27, 8)
            figure.text(x / width, y / height, folded, fontsize=SIZE, color=colour, weight=weight, va="top", linespacing=1.3)
            y -= 0.18 * (folded.count("\n") + 1) + 0.14

    alt = model_sentences.describe_grid(grid, language, labels)
    low_se, high_se = grid.loc[grid["supported"].astype(bool), "std_error"].agg(["min", "max"])
    note = _("Expected “{outcome}”; 95% interval of a point on the surface: ±{least} where answers are dense, up to ±{most} at the edges.").format(
        outcome=outcome, least=text.number(1.96 * low_se, language, 2), most=text.number(1.96 * high_se, language, 2)
    )
    if total:
        note += " " + _("n = {n}").format(n=text.number(total, language, 0)) + "."
    title = _("{outcome} by expectation and experience: {touchpoint}").format(outcome=outcome, touchpoint=touchpoint)
    return Picture(draw, title, alt, note, 4.7, 4.0)


def _window(grid: pd.DataFrame) -> tuple[float, float]:
    """The stretch of the scale that holds all that is drawn, the same on both axes, in whole ratings."""
    ratings = grid.loc[grid["supported"].astype(bool), ["expectation", "experience"]]
    ratings = grid[["expectation", "experience"]] if ratings.empty else ratings
    return float(np.floor(ratings.min().min())), float(np.ceil(ratings.max().max()))


def _plain_axes(axes, low: float, high: float, language: str) -> None:
    """Light axes whose ticks are whole ratings, in the language's numbers."""
    at = style.ticks(low, high, 8)
    words = [text.number(value, language, 0 if float(value).is_integer() else 1) for value in at]
    axes.set_xticks(at, words, fontsize=SIZE - 1, color=SOFT)
    axes.set_yticks(at, words, fontsize=SIZE - 1, color=SOFT)
    axes.tick_params(length=0)
    for side in axes.spines.values():
        side.set_color(RULE)


@refusable
def plot_drivers(shares: pd.DataFrame, language: str = "en", labels: Mapping | None = None, conf_level: float = 0.95) -> Picture:
    """Each touchpoint's part of the explained variance with its interval and rank range, largest first; the sign is written.

    shares: `importance(fit)`. Hollow grey: the direction is not clear in these data. The dashed line is an equal part for all.
    """
    _ = translator(language)
    rows = []
    colours = {"+": BLUE, "-": VERMILION}
    shares = model_sentences.with_ranges(shares)
    for row in shares.sort_values("rank").to_dict("records"):
        colour = colours.get(row["sign"], SOFT)
        sign = {"+": "+", "-": text.MINUS}.get(row["sign"], "?")
        bare = {**row}
        words = text.percent(row["share_relative"], language)
        if pd.notna(row["relative_low"]):
            words = _("{value} ({low} to {high})").format(
                value=words, low=text.percent(row["relative_low"], language), high=text.percent(row["relative_high"], language)
            )

        def mark(sheet: Sheet, place, y: float, row=bare, colour=colour) -> None:
            sheet.span(place(row["relative_low"]), place(row["relative_high"]), y, colour, 4.5)
            sheet.dot(place(row["share_relative"]), y, colour, hollow=row["sign"] not in colours)

        rows.append(Row(f"{sign}  {text.name_of(row['touchpoint'], labels, language)}", words, mark))
    ends = shares[["share_relative", "relative_high"]].max().max()
    equal = 1.0 / len(shares)
    alt = " ".join(model_sentences.say_drivers(shares, top=3, language=language, labels=labels, conf_level=conf_level))
    note = _("+ goes with a higher outcome, − with a lower one, ? (hollow): direction not clear in these data.")
    return _row_picture(
        rows, (0.0, float(ends) * 1.05), lambda x: text.percent(x, language), _("Part of the explained variance"),
        _("What goes with the outcome, and how surely"), alt,
        _note(language, conf_level, note, _n_words(shares, language) + "."), lines=[(equal, _("equal parts"))],
    )


_PRIORITY_COLOUR = {"fix_first": VERMILION, "keep_up": BLUE, "watch": SOFT, "maintain": LIGHT_BLUE}


@refusable
def plot_priorities(
    shares: pd.DataFrame,
    scores: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    conf_level: float = 0.95,
) -> Picture:
    """Importance against experience, one cross of intervals a touchpoint, its name beside it; to act first is at the top left.

    shares: `priorities(…)` alone, or `importance(…)` together with scores (`experience_scores` or `gap_scores`). The two lines are
    an equal part of the explained variance and the mean experience of the touchpoints.
    """
    _ = translator(language)
    frame = _with_scores(model_sentences.with_ranges(shares), scores).sort_values("share_relative", ascending=False).reset_index(drop=True)
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
            sheet.write(across(value), bottom + 0.13, text.number(value, language), SOFT, SIZE - 1, ha="center")
        for value in style.ticks(*y_ends, most=5):
            sheet.write(left - 0.06, up(value), text.percent(value, language), SOFT, SIZE - 1, ha="right")
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
            corners.append((x if side == "left" else x - wide, y - 0.1, x + wide if side == "left" else x, y + 0.1))
        sheet.write(0, 0.1, _("Part of the explained variance") + " ↑", SOFT, SIZE - 1)
        sheet.write(right, bottom + 0.34, _("Experience, scale points") + " →", SOFT, SIZE - 1, ha="right")
        spots = []
        for i, row in enumerate(records, 1):
            x, y, colour = across(row["experience"]), up(row["share_relative"]), _PRIORITY_COLOUR.get(row.get("priority"), BLUE)
            if pd.notna(row["conf_low"]):
                sheet.line([across(row["conf_low"]), across(row["conf_high"])], [y, y], colour, 1.0, alpha=0.5, zorder=2)
            if pd.notna(row["relative_low"]):
                sheet.line([x, x], [up(row["relative_low"]), up(row["relative_high"])], colour, 1.0, alpha=0.5, zorder=2)
            sheet.dot(x, y, colour, 13 if narrow else 7)
            if narrow:
                sheet.write(x, y, i, WHITE, SIZE - 2.5, ha="center", zorder=6, weight="bold")
            spots.append((x, y, text.name_of(row["touchpoint"], labels, language), colour))
        if narrow:
            for i, (_x, _y, words, colour) in enumerate(spots, 1):
                sheet.write(0.2, bottom + 0.42 + 0.2 * i, i, colour, ha="right", weight="bold")
                sheet.write(0.3, bottom + 0.42 + 0.2 * i, style.wrap(words, 48, 1))
        else:
            _name_points(sheet, spots, (left, right, top, bottom - 0.02), corners)

    said = model_sentences.say_priorities(frame, language=language, labels=labels)
    alt = " ".join([*said, *model_sentences.describe_priorities(frame, language, labels)])
    note = _("Lines: {level} confidence intervals. Dashed: the mean experience, and an equal part for every touchpoint.").format(
        level=text.percent(conf_level, language)
    )
    return Picture(draw, _("What weighs much, and how it is experienced"), alt, note, 4.7, 4.1 + 0.2 * len(frame))


def _with_scores(shares: pd.DataFrame, scores: pd.DataFrame | None) -> pd.DataFrame:
    """Importance and experience in one frame. The interval of a gap is not one of the experience, so it is not drawn as such."""
    if scores is None:
        return shares
    mine = scores[["touchpoint", "experience", "conf_low", "conf_high"]].copy()
    if "experience_low" in scores:
        mine[["conf_low", "conf_high"]] = scores[["experience_low", "experience_high"]].to_numpy()
    elif "estimate" in scores:
        mine[["conf_low", "conf_high"]] = np.nan
    return shares.drop(columns=["conf_low", "conf_high", "experience"], errors="ignore").merge(mine, on="touchpoint", how="inner")


def _name_points(sheet: Sheet, spots: list[tuple], frame: tuple[float, float, float, float], corners: list[tuple]) -> None:
    """Write each name beside its point, the first free place out of many, with a thin line where it had to move away."""
    taken = corners + [(x - 0.06, y - 0.06, x + 0.06, y + 0.06) for x, y, _w, _c in spots]
    for x, y, words, colour in spots:
        found = _free_place(x, y, words, frame, taken)
        if found is None:
            continue  # no free place: the table below the figure names it
        folded, box, reach, dx = found
        taken.append(box)
        ha, at = ("left", box[0]) if dx > 0 else ("right", box[2]) if dx < 0 else ("center", (box[0] + box[2]) / 2)
        if reach > 0.2:
            sheet.line([x, min(max(x, box[0]), box[2])], [y, min(max(y, box[1]), box[3])], GREY, 0.6, zorder=1)
        sheet.box(box[0], box[1], box[2] - box[0], box[3] - box[1], WHITE, alpha=0.7, zorder=3)
        sheet.write(at, (box[1] + box[3]) / 2, folded, INK, SIZE - 0.5, ha=ha, zorder=5)


_BESIDE = ((1, -1), (-1, -1), (1, 1), (-1, 1), (1, 0), (-1, 0), (0, -1), (0, 1))


def _free_place(x: float, y: float, words: str, frame: tuple, taken: list[tuple]) -> tuple | None:
    """The nearest box beside (x, y) that touches nothing drawn so far; words fold tighter before they move further away."""
    left, right, top, bottom = frame
    for reach in (0.06, 0.12, 0.2, 0.32, 0.46):
        for folded in (style.wrap(words, 24, 3), style.wrap(words, 14, 3)):
            lines = folded.split("\n")
            wide, tall = 0.066 * max(map(len, lines)) + 0.02, 0.14 * len(lines)
            for dx, dy in _BESIDE:
                x0 = x + dx * reach if dx > 0 else x + dx * reach - wide if dx < 0 else x - wide / 2
                y0 = y + dy * (reach * (1.0 if dx == 0 else 0.6) + tall / 2) - tall / 2
                box = (x0, y0, x0 + wide, y0 + tall)
                inside = box[0] >= left and box[2] <= right and box[1] >= top and box[3] <= bottom
                if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
                    return folded, box, reach, dx
    return None
