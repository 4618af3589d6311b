"""The response surface as a map and as a landscape, drawn only where respondents are.

As in plots.py nothing is computed here: heights come from `surface_grid`, the turning point and the
ridge from `surface`, and are drawn only where `surface` notes nothing against them.
"""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch

from cxlab.show.disclosure.rules import coarse_points
from cxlab.show.page.html import refusable
from cxlab.show.page.parts import of_table
from cxlab.show.plot import style
from cxlab.show.plot.style import INK, RULE, SIZE, SOFT, SURFACE, VERMILION, WHITE, Picture
from cxlab.show.say import surface
from cxlab.show.words import text
from cxlab.show.words.text import translator


@refusable
def plot_surface(
    grid: pd.DataFrame,
    points: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    mark: tuple[float, float] | None = None,
    min_cell: int = 0,
    quantities: pd.DataFrame | None = None,
    center: float | None = None,
) -> Picture:
    """The outcome that the model expects for each pair of expectation and experience, drawn only
    where respondents are.

    grid: `surface_grid(fit)`; points: `gap_points(fit)` (circles, their area grows with n);
    quantities: `surface(fit)`, for the turning point and the first principal axis where they can be
    located; mark: a pair to point at; min_cell: in a client's report neither surface nor circle is
    drawn for fewer respondents; center: `fit.center`, the middle of the grid unless given. Dashed:
    the lines of congruence (experience equals expectation) and of incongruence (through the
    centre).
    """
    _ = translator(language)
    total = None if points is None else int(points["n"].sum())
    grid, points = _shown_only(grid, points, min_cell)
    xs, ys, drawn = _heights(grid)
    low, high = _window(grid)
    center = _middle(grid) if center is None else center
    rows = {} if quantities is None else quantities.set_index("term").to_dict("index")
    outcome = text.name_of(grid["outcome"].iloc[0], labels, language)
    turning = _turning(rows, center)
    ridge = surface.located(rows, "p10", "p11")

    def draw(figure) -> None:
        width, height = figure.get_size_inches()
        narrow = width < 5
        left, side = (0.3, width - 0.38) if narrow else (0.3, height - 0.82)
        axes = figure.add_axes((left / width, 0.5 / height, side / width, side / height))
        axes.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        axes.set_facecolor(WHITE)
        edge = _fill(axes, xs, ys, drawn, language) if drawn.count() else None
        _reference_lines(axes, low, high, center, language)
        if ridge and edge is not None:
            slope, start = (
                rows["p11"]["estimate"],
                center + rows["p10"]["estimate"] - rows["p11"]["estimate"] * center,
            )
            line = axes.plot(
                [low, high],
                [start + slope * low, start + slope * high],
                color=VERMILION,
                linewidth=1.3,
            )[0]
            line.set_clip_path(edge, axes.transData)
        _circles(axes, points)
        for spot, marker, size, above in ((turning, "D", 8, 6), (mark, "X", 11, 7)):
            if spot is not None:
                style = {"color": VERMILION, "markeredgecolor": WHITE, "zorder": above}
                axes.plot(*[[one] for one in spot], marker=marker, markersize=size, **style)
        _plain_axes(axes, low, high, language)
        figure.text(
            left / width, 0.08 / height, _("Expectation") + " →", fontsize=SIZE, va="bottom"
        )
        figure.text(
            0.02 / width, 1 - 0.02 / height, _("Experience") + " ↑", fontsize=SIZE, va="top"
        )
        if not narrow:
            _column(figure, (left + side + 0.35) / width, height, reading)

    reading = [
        _(
            "Darker: higher “{outcome}” expected. The numbers on the white lines say how much."
        ).format(outcome=outcome),
        _(
            "Above the dashed line experience exceeds expectation; below it, it falls short."
            " Dotted: one up, the other down."
        ),
    ]
    if points is not None and len(points):
        reading.append(
            _(
                "Circles are answers; larger circles are more of them. Where too few answered"
                " nothing is drawn."
            )
        )
    else:
        reading.append(_("Where too few answered nothing is drawn."))

    alt = surface.describe_grid(grid, language, labels)
    if turning is not None:
        alt += " " + surface.say_surface(quantities, center=center, language=language)[-2]
    note = _precision(grid, language, outcome)
    if ridge:
        note += " " + _("Orange line: the ridge of the surface.")
    if turning is not None:
        note += " " + (
            _("Diamond: the highest point.")
            if surface.is_top(rows)
            else _("Diamond: the lowest point.")
        )
    if total:
        note += " " + _("n = {n}").format(n=text.number(total, language, 0)) + "."
    title = _title(grid, language, labels)
    if quantities is None:
        return Picture(draw, title, alt, note, 4.7, 4.0)
    said = surface.say_surface(quantities, center=center, language=language)
    return Picture(
        draw,
        title,
        alt,
        note,
        4.7,
        4.0,
        said[0],
        of_table(quantities, None, language, labels, title),
    )


@refusable
def plot_surface_3d(
    grid: pd.DataFrame,
    points: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    mark: tuple[float, float] | None = None,
    min_cell: int = 0,
    center: float | None = None,
) -> Picture:
    """The same surface as a landscape seen from the corner of high expectation and low experience;
    the map tells more exactly.

    grid, min_cell and center as in `plot_surface`; points give the n of the note. On the surface
    run the lines of congruence (solid) and incongruence (dotted), where there is data.
    """
    _ = translator(language)
    total = None if points is None else int(points["n"].sum())
    grid = _shown_only(grid, None, min_cell)[0]
    xs, ys, drawn = _heights(grid)
    low, high = _window(grid)
    center = _middle(grid) if center is None else center
    seen = grid[grid["supported"].astype(bool)]
    same = seen[np.isclose(seen["expectation"], seen["experience"])].sort_values("expectation")
    apart = seen[np.isclose(seen["expectation"] + seen["experience"], 2 * center)].sort_values(
        "expectation"
    )
    outcome = text.name_of(grid["outcome"].iloc[0], labels, language)

    def draw(figure) -> None:
        width, height = figure.get_size_inches()
        narrow = width < 5
        # mplot3d reads its grid here only
        with matplotlib.rc_context({"grid.color": RULE, "grid.linewidth": 0.5}):
            axes = figure.add_axes(
                (0.0, 0.02, 1.0, 0.98) if narrow else (-0.03, -0.03, 0.74, 1.07),
                projection="3d",
                computed_zorder=False,
            )
        axes.view_init(elev=26, azim=-62)
        axes.set_box_aspect((1, 1, 0.72), zoom=0.86 if narrow else 0.92)
        if drawn.count():
            inside = (xs >= low) & (xs <= high), (ys >= low) & (ys <= high)
            part = drawn[np.ix_(inside[1], inside[0])]
            across, up = np.meshgrid(xs[inside[0]], ys[inside[1]])
            step = max(1, len(xs) // 30)
            axes.plot_surface(
                across,
                up,
                part.filled(np.nan),
                rstride=step,
                cstride=step,
                cmap=SURFACE,
                linewidth=0.25,
                edgecolor=WHITE,
                vmin=float(drawn.min()),
                vmax=float(drawn.max()),
                antialiased=True,
                shade=False,
                zorder=1,
            )
            for rows, dashes in ((same, (None, None)), (apart, (1.5, 2))):
                line = axes.plot(
                    rows["expectation"],
                    rows["experience"],
                    rows["estimate"],
                    color=INK,
                    linewidth=1.3,
                    zorder=3,
                )[0]
                if dashes[0]:
                    line.set_dashes(dashes)
            heights = style.ticks(float(drawn.min()), float(drawn.max()), 5)
            axes.set_zticks(
                heights,
                [text.number(value, language) for value in heights],
                fontsize=SIZE - 1,
                color=SOFT,
            )
        if mark is not None:
            at = (grid["expectation"] - mark[0]) ** 2 + (grid["experience"] - mark[1]) ** 2
            axes.plot(
                *[[one] for one in (*mark, grid.loc[at.idxmin(), "estimate"])],
                marker="X",
                markersize=10,
                color=VERMILION,
                markeredgecolor=WHITE,
                zorder=5,
            )
        axes.set(xlim=(low, high), ylim=(low, high))
        at = style.ticks(low, high, 6)
        words = [
            text.number(value, language, 0 if float(value).is_integer() else 1) for value in at
        ]
        axes.set_xticks(at, words, fontsize=SIZE - 1, color=SOFT)
        axes.set_yticks(at, words, fontsize=SIZE - 1, color=SOFT)
        axes.set_xlabel(_("Expectation") + " →", fontsize=SIZE, labelpad=0)
        axes.set_ylabel(_("Experience") + " →", fontsize=SIZE, labelpad=0)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((1, 1, 1, 0))
            axis.line.set_color(RULE)
        axes.tick_params(pad=-1)
        axes.tick_params(axis="z", pad=3)
        if not narrow:
            _column(figure, 0.725, height, reading, 25)

    reading = [
        _("Higher and darker: higher “{outcome}” expected, on the scale at the edge.").format(
            outcome=outcome
        ),
        _("Where too few answered nothing is drawn."),
    ]
    note = (
        _("Solid line: experience equals expectation. Dotted: one up, the other down.")
        + " "
        + _precision(grid, language, outcome)
    )
    if total:
        note += " " + _("n = {n}").format(n=text.number(total, language, 0)) + "."
    return Picture(
        draw,
        _title(grid, language, labels),
        surface.describe_grid(grid, language, labels),
        note,
        4.3,
        3.7,
    )


def _circles(axes, points: pd.DataFrame | None) -> None:
    """The answers, as circles whose area grows with their number."""
    if points is None or points.empty:
        return
    area = 4 + 90 * points["n"] / points["n"].max()
    style = {"facecolor": "none", "edgecolor": INK, "linewidth": 0.7, "alpha": 0.75}
    axes.scatter(points["expectation"], points["experience"], s=area, **style)


def _reference_lines(axes, low: float, high: float, center: float, language: str) -> None:
    """The lines of congruence (experience equals expectation) and of incongruence, each named."""
    _ = translator(language)
    axes.plot([low, high], [low, high], color=INK, linewidth=1.0, dashes=(4, 3))
    across = [2 * center - low, 2 * center - high]
    axes.plot([low, high], across, color=SOFT, linewidth=0.8, dashes=(1.5, 2.5))
    margin = 0.04 * (high - low)
    _write_along(axes, low + margin, 1, 0.0, _("experience = expectation"), INK)
    # Elsewhere its words would meet those of the other line.
    if center - low > 0.35 * (high - low) and center < high:
        start = max(low, 2 * center - high) + margin
        _write_along(axes, start, -1, 2 * center, _("one up, the other down"), SOFT)


def _shown_only(
    grid: pd.DataFrame, points: pd.DataFrame | None, min_cell: int
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    if not min_cell:
        return grid, points
    grid = grid.assign(supported=grid["supported"].astype(bool) & (grid["n"] >= min_cell))
    return grid, None if points is None else coarse_points(points, min_cell)


def _heights(grid: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ma.MaskedArray]:
    wide = grid.pivot(index="experience", columns="expectation", values="estimate")
    seen = grid.pivot(index="experience", columns="expectation", values="supported").astype(bool)
    return (
        wide.columns.to_numpy(float),
        wide.index.to_numpy(float),
        np.ma.masked_where(~seen.to_numpy(), wide.to_numpy(float)),
    )


def _middle(grid: pd.DataFrame) -> float:
    return float(grid["expectation"].min() + grid["expectation"].max()) / 2


def _turning(rows: Mapping, center: float) -> tuple[float, float] | None:
    if not surface.located(rows, "x0", "y0"):
        return None
    return rows["x0"]["estimate"] + center, rows["y0"]["estimate"] + center


def _fill(axes, xs, ys, drawn, language: str):
    """Shades, contours with their numbers, and the edge of what is drawn; gives that edge as a
    path.
    """
    levels = style.ticks(float(drawn.min()), float(drawn.max()), 7)
    edges = np.linspace(float(drawn.min()), float(drawn.max()) + 1e-9, 25)
    axes.contourf(xs, ys, drawn, levels=edges, cmap=SURFACE, antialiased=True)
    if levels:
        lines = axes.contour(xs, ys, drawn, levels=levels, colors=[WHITE], linewidths=1.3)
        axes.clabel(
            lines,
            fmt=lambda value: text.number(value, language),
            fontsize=SIZE,
            colors=[INK],
            inline_spacing=6,
        )
    held = axes.contourf(
        xs, ys, (~np.ma.getmaskarray(drawn)).astype(float), levels=[0.99, 2.0], alpha=0
    )
    edge = held.get_paths()[0]
    held.remove()
    axes.add_patch(PathPatch(edge, facecolor="none", edgecolor=SOFT, linewidth=0.7))
    return edge


def _write_along(axes, at: float, slope: int, start: float, words: str, colour: str) -> None:
    """Words just above a line through the axes: P = start + slope·E, from E = at on."""
    low, high = axes.get_xlim()
    axes.text(
        at,
        start + slope * at + 0.02 * (high - low),
        words,
        rotation=45 * slope,
        rotation_mode="anchor",
        fontsize=SIZE - 1,
        color=colour,
        transform_rotates_text=True,
    )


def _column(figure, x: float, height: float, sentences: list[str], width: int = 27) -> None:
    """How to read the figure, in a column to its right."""
    y = height - 0.35
    for i, words in enumerate(sentences):
        folded = style.wrap(words, width, 8)
        figure.text(
            x,
            y / height,
            folded,
            fontsize=SIZE,
            color=INK if i < 2 else SOFT,
            va="top",
            linespacing=1.3,
        )
        y -= 0.18 * (folded.count("\n") + 1) + 0.14


def _precision(grid: pd.DataFrame, language: str, outcome: str) -> str:
    _ = translator(language)
    low, high = grid.loc[grid["supported"].astype(bool), "std_error"].agg(["min", "max"])
    return _(
        "Expected “{outcome}”; 95% interval of a point on the surface: ±{least} where answers are"
        " dense, up to ±{most} at the edges."
    ).format(
        outcome=outcome,
        least=text.number(1.96 * low, language, 2),
        most=text.number(1.96 * high, language, 2),
    )


def _title(grid: pd.DataFrame, language: str, labels: Mapping | None) -> str:
    _ = translator(language)
    return _("{outcome} by expectation and experience: {touchpoint}").format(
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language),
        touchpoint=text.name_of(grid["touchpoint"].iloc[0], labels, language),
    )


def _window(grid: pd.DataFrame) -> tuple[float, float]:
    """The stretch of the scale that holds all that is drawn, the same on both axes, in whole
    ratings.
    """
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
