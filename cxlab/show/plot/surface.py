"""The response surface as a map and as a landscape, drawn only where respondents are.

Heights come from `surface_grid`, the turning point and the ridge from `surface`; both are drawn
only where `surface` notes nothing against them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from cxlab.show.disclosure.rules import coarse_points
from cxlab.show.page.parts import of_table
from cxlab.show.plot.picture import Picture, drawn, note_of, words_of
from cxlab.show.plot.style import (
    INK,
    RULE,
    SIZE,
    SOFT,
    VERMILION,
    WHITE,
    Sheet,
    in_brand,
    surface_shades,
    ticks,
    wrap,
)
from cxlab.show.say.gap_models import describe_grid, is_flat, is_top, located, say_surface
from cxlab.show.words.wording import Wording, digits_for, number, on_scale_of

RATINGS = ["expectation", "experience"]
_SMALL = {"fontsize": SIZE - 1, "color": SOFT}
Spot = tuple[float, float] | None


class _Scene:
    """What map and landscape show alike: the grid where enough respondents are, its window and its
    words.
    """

    def __init__(
        self,
        _: Wording,
        name: str,
        grid: pd.DataFrame,
        points: pd.DataFrame | None,
        min_cell: int,
        center: float | None,
    ) -> None:
        self._, self.n, self.points = _, pd.DataFrame(), None
        if points is not None:
            n = getattr(points, "settings", {}).get("n", points["n"].sum())
            self.n = pd.DataFrame({"n": [n]})
            points = coarse_points(points, min_cell) if min_cell else points
            self.points = None if points.empty else points
        supported = grid["supported"].astype(bool) & (grid["n"] >= min_cell)
        self.seen = seen = grid[supported]
        self.alt = _.fill(describe_grid(grid.assign(supported=supported)))
        self.low, self.high = seen["estimate"].agg(["min", "max"])
        self.center = grid["expectation"].agg(["min", "max"]).mean() if center is None else center
        # The stretch of the scale that holds all that is drawn, the same on both axes, in whole
        # ratings.
        ratings = (grid if seen.empty else seen)[RATINGS].to_numpy()
        self.window = float(np.floor(ratings.min())), float(np.ceil(ratings.max()))
        # Expectation, experience and the estimate of each pair, masked where there is none.
        wide = grid.assign(estimate=grid["estimate"].where(supported)).pivot(
            index="experience", columns="expectation", values="estimate"
        )
        self.xs, self.ys = wide.columns.to_numpy(float), wide.index.to_numpy(float)
        self.heights = np.ma.masked_invalid(wide.to_numpy(float))
        self.style = on_scale_of(grid["outcome"].iloc[0], number)
        least, most = 1.96 * seen["std_error"].agg(["min", "max"])
        self.words = words_of(
            _,
            name,
            grid,
            touchpoint=grid["touchpoint"].iloc[0],
            least=self.style(least, digits_for(most)),
            most=self.style(most, digits_for(most)),
        )

    def height(self, value: float) -> str:
        """An expected outcome in words."""
        return self._.fill(self.style(value, 1))

    def scale(self, axes: Axes, most: int) -> None:
        """The window on both axes, with ticks in the language's numbers."""
        at = ticks(*self.window, most)
        words = [self._.number(value, int(not value.is_integer())) for value in at]
        axes.set(xlim=self.window, ylim=self.window)
        axes.set_xticks(at, words, **_SMALL)
        axes.set_yticks(at, words, **_SMALL)


@drawn
def plot_surface(
    _: Wording,
    grid: pd.DataFrame,
    *,
    points: pd.DataFrame | None = None,
    mark: Spot = None,
    min_cell: int = 0,
    quantities: pd.DataFrame | None = None,
    center: float | None = None,
    forms: pd.DataFrame | None = None,
) -> Picture | None:
    """The outcome that the model expects for each pair of expectation and experience, drawn only
    where respondents are.

    grid: `surface_grid(fit)`; points: `gap_points(fit)` (circles, their area grows with n);
    quantities: `surface(fit)`, for the turning point and the first principal axis where they can be
    located; mark: a pair to point at; min_cell: in a client's report neither surface nor circle is
    drawn for fewer respondents; center: `fit.center`, the middle of the grid unless given; forms:
    `compare_gap_forms`, and nothing is drawn where the supported form has no bend to show. Dashed:
    the lines of congruence (experience equals expectation) and of incongruence (through the
    centre).
    """
    if is_flat(forms):
        return None
    scene = _Scene(_, "map", grid, points, min_cell, center)
    words, alt, message, data, rows = scene.words, scene.alt, "", None, {}
    if quantities is not None:
        rows = quantities.set_index("term").to_dict("index")
        said = _.say(say_surface(quantities, center=scene.center))
        message, data = said[0], of_table(_, quantities, words["title"])
    x0, y0, p10, p11 = (rows.get(one, {}).get("estimate") for one in ("x0", "y0", "p10", "p11"))
    turns, ridge = located(rows, "x0", "y0"), located(rows, "p10", "p11")
    orange, diamond = words["ridge"] if ridge else "", ""
    if turns:
        alt += " " + said[-2]
        diamond = words["highest" if is_top(rows) else "lowest"]
    reading = [*words["reading"], words["nothing" if scene.points is None else "circles"]]

    def draw(sheet: Sheet) -> None:
        width, height, left = sheet.width, sheet.height, 0.3
        room = (0.38, 0.62) if sheet.narrow else (3.3, 0.82)
        side = min(width - room[0], height - room[1])
        axes = sheet.inset((left / width, 0.5 / height, side / width, side / height))
        axes.set(xlim=scene.window, ylim=scene.window, aspect="equal")
        axes.set_facecolor(WHITE)
        edge = None if scene.seen.empty else _fill(axes, scene)
        _reference_lines(axes, scene)
        if ridge and edge is not None:
            ends = np.array(scene.window)
            start = scene.center + p10 - p11 * scene.center
            (line,) = axes.plot(ends, start + p11 * ends, color=in_brand(VERMILION), linewidth=1.3)
            line.set_clip_path(edge, axes.transData)
        if scene.points is not None:
            e, p, n = (scene.points[one] for one in (*RATINGS, "n"))
            size, thin = 4 + 90 * n / n.max(), {"linewidth": 0.7, "alpha": 0.75}
            axes.scatter(e, p, s=size, facecolor="none", edgecolor=INK, **thin)
        if turns:
            spot = x0 + scene.center, y0 + scene.center
            axes.plot(*spot, marker="D", markersize=8, zorder=6, **_mark())
        if mark is not None:
            axes.plot(*mark, marker="X", markersize=11, zorder=7, **_mark())
        scene.scale(axes, 8)
        axes.tick_params(length=0)
        axes.spines[:].set_color(RULE)
        sheet.caption(left, 0.08, _("Expectation") + " →", va="bottom")
        sheet.caption(0.02, height - 0.02, _("Experience") + " ↑", va="top")
        if not sheet.narrow:
            _column(sheet, left + side + 0.35, reading)

    note = note_of(_, scene.n, *words["notes"], orange, diamond)
    return Picture(draw, words["title"], alt, note, 4.7, 4.0, message, data)


def _mark() -> dict[str, str]:
    """The look of a place that is pointed at."""
    return {"color": in_brand(VERMILION), "markeredgecolor": WHITE}


def _fill(axes: Axes, scene: _Scene) -> Path:
    """Shades, contours with their numbers, and the edge of what is drawn; gives that edge."""
    xs, ys, values = scene.xs, scene.ys, scene.heights
    shades = np.linspace(scene.low, scene.high + 1e-9, 25)
    axes.contourf(xs, ys, values, levels=shades, cmap=surface_shades(), antialiased=True)
    if levels := ticks(scene.low, scene.high, 7):
        lines = axes.contour(xs, ys, values, levels=levels, colors=WHITE, linewidths=1.3)
        words = {value: str(scene.height(value)) for value in levels}
        axes.clabel(lines, fmt=words, fontsize=SIZE, colors=INK, inline_spacing=6)
    known = (~np.ma.getmaskarray(values)).astype(float)
    held = axes.contourf(xs, ys, known, levels=[0.99, 2.0], alpha=0)
    edge = held.get_paths()[0]
    held.remove()
    axes.add_patch(PathPatch(edge, facecolor="none", edgecolor=SOFT, linewidth=0.7))
    return edge


def _reference_lines(axes: Axes, scene: _Scene) -> None:
    """The lines of congruence (experience equals expectation) and of incongruence, each with its
    words just above it.
    """
    _, (low, high), center = scene._, scene.window, scene.center
    long = high - low
    # Elsewhere its words would meet those of the other line.
    has_room = center - low > 0.35 * long and center < high
    for slope, at, words, colour, width, dashes in (
        (1, low, _("experience = expectation"), INK, 1.0, (4, 3)),
        (-1, max(low, 2 * center - high), _("one up, the other down"), SOFT, 0.8, (1.5, 2.5)),
    ):
        start, at = center * (1 - slope), at + 0.04 * long
        ends = [start + slope * low, start + slope * high]
        axes.plot([low, high], ends, color=colour, linewidth=width, dashes=dashes)
        if slope > 0 or has_room:
            axes.text(
                at,
                start + slope * at + 0.02 * long,
                words,
                rotation=45 * slope,
                rotation_mode="anchor",
                fontsize=SIZE - 1,
                color=colour,
                transform_rotates_text=True,
            )


@drawn
def plot_surface_3d(
    _: Wording,
    grid: pd.DataFrame,
    *,
    points: pd.DataFrame | None = None,
    mark: Spot = None,
    min_cell: int = 0,
    center: float | None = None,
) -> Picture:
    """The same surface as a landscape seen from the corner of high expectation and low experience;
    the map tells more exactly.

    grid, min_cell and center as in `plot_surface`; points give the n of the note. On the surface
    run the lines of congruence (solid) and incongruence (dotted), where there is data.
    """
    scene = _Scene(_, "landscape", grid, points, min_cell, center)

    def draw(sheet: Sheet) -> None:
        narrow = sheet.narrow
        place = (0.0, 0.02, 1.0, 0.98) if narrow else (-0.03, -0.03, 0.74, 1.07)
        axes = sheet.inset(place, projection="3d", computed_zorder=False)
        axes.view_init(elev=26, azim=-62)
        axes.set_box_aspect((1, 1, 0.72), zoom=0.86 if narrow else 0.92)
        if not scene.seen.empty:
            _landscape(axes, scene)
        if mark is not None:
            nearest = ((grid[RATINGS] - list(mark)) ** 2).sum(axis=1).idxmin()
            spot = *mark, grid.at[nearest, "estimate"]
            axes.plot(*([one] for one in spot), marker="X", markersize=10, zorder=5, **_mark())
        scene.scale(axes, 6)
        for put, name in ((axes.set_xlabel, _("Expectation")), (axes.set_ylabel, _("Experience"))):
            put(name + " →", fontsize=SIZE, labelpad=0)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((1, 1, 1, 0))
            axis.line.set_color(RULE)
        axes.tick_params(pad=-1)
        axes.tick_params(axis="z", pad=3)
        if not narrow:
            _column(sheet, 0.725 * sheet.width, scene.words["reading"], 25)

    note = note_of(_, scene.n, *scene.words["notes"])
    return Picture(draw, scene.words["title"], scene.alt, note, 4.3, 3.7)


def _landscape(axes: Axes, scene: _Scene) -> None:
    """The surface within the window, on it the lines of congruence and incongruence."""
    low, high = scene.window
    across, up = ((one >= low) & (one <= high) for one in (scene.xs, scene.ys))
    step = max(1, len(across) // 30)
    axes.plot_surface(
        *np.meshgrid(scene.xs[across], scene.ys[up]),
        scene.heights[np.ix_(up, across)].filled(np.nan),
        rstride=step,
        cstride=step,
        cmap=surface_shades(),
        linewidth=0.25,
        edgecolor=WHITE,
        vmin=scene.low,
        vmax=scene.high,
        shade=False,
        zorder=1,
    )
    want, met = scene.seen["expectation"], scene.seen["experience"]
    for among, dashes in (
        (np.isclose(want, met), {}),
        (np.isclose(want + met, 2 * scene.center), {"dashes": (1.5, 2)}),
    ):
        line = scene.seen[among].sort_values("expectation")
        places = (line[one] for one in (*RATINGS, "estimate"))
        axes.plot(*places, color=INK, linewidth=1.3, zorder=3, **dashes)
    heights = ticks(scene.low, scene.high)
    axes.set_zticks(heights, [*map(scene.height, heights)], **_SMALL)


def _column(sheet: Sheet, x: float, sentences: Sequence[str], letters: int = 27) -> None:
    """How to read the figure, in a column to its right."""
    y = sheet.height - 0.35
    for i, words in enumerate(sentences):
        folded = wrap(words, letters, 8)
        sheet.caption(x, y, folded, color=INK if i < 2 else SOFT, va="top", linespacing=1.3)
        y -= 0.18 * (folded.count("\n") + 1) + 0.14
