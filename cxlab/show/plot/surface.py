"""The response surface as a map and as a landscape, drawn only where respondents are.

Heights come from `surface_grid`, the turning point and the ridge from `surface`; both are drawn
only where `surface` notes nothing against them.
"""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.patches import PathPatch

from cxlab.show.disclosure.rules import coarse_points
from cxlab.show.page.html import refusable
from cxlab.show.plot import style
from cxlab.show.plot.style import INK, RULE, SIZE, SOFT, SURFACE, VERMILION, WHITE, Picture
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say import surface


class _Scene:
    """What map and landscape show alike: the grid where enough respondents are, its window and its
    words.
    """

    def __init__(self, _: FigureWording, grid, points, min_cell: int, center: float | None) -> None:
        self._ = _
        self.total = 0 if points is None else int(points["n"].sum())
        supported = grid["supported"].astype(bool)
        if min_cell:
            supported = supported & (grid["n"] >= min_cell)
            points = None if points is None else coarse_points(points, min_cell)
        self.points = None if points is None or points.empty else points
        self.grid = grid.assign(supported=supported)
        self.seen = grid[supported]
        self.range = tuple(self.seen["estimate"].agg(["min", "max"]))
        self.outcome = _.outcome(grid)
        self.title = self._(
            "{outcome} by expectation and experience: {touchpoint}",
            outcome=self.outcome,
            touchpoint=_.name(grid["touchpoint"].iloc[0]),
        )
        across = grid["expectation"]
        self.center = float(across.min() + across.max()) / 2 if center is None else center
        # The stretch of the scale that holds all that is drawn, the same on both axes, in whole
        # ratings.
        ratings = (grid if self.seen.empty else self.seen)[["expectation", "experience"]]
        self.window = float(np.floor(ratings.min().min())), float(np.ceil(ratings.max().max()))

    @property
    def heights(self) -> tuple[np.ndarray, np.ndarray, np.ma.MaskedArray]:
        """Expectation, experience and the estimate of each pair, masked where there is none."""
        wide = self.grid.pivot(
            index="experience", columns="expectation", values=["estimate", "supported"]
        )
        estimate, seen = wide["estimate"], wide["supported"].to_numpy(bool)
        values = np.ma.masked_where(~seen, estimate.to_numpy(float))
        return estimate.columns.to_numpy(float), estimate.index.to_numpy(float), values

    def ticks(self, axes, most: int) -> None:
        """The window on both axes, with ticks in the language's numbers."""
        at = style.ticks(*self.window, most)
        words = [self._.number(value, int(not value.is_integer())) for value in at]
        axes.set(xlim=self.window, ylim=self.window)
        for put in (axes.set_xticks, axes.set_yticks):
            put(at, words, fontsize=SIZE - 1, color=SOFT)

    @property
    def precision(self) -> str:
        low, high = (
            self._.number(1.96 * self.seen["std_error"].agg(end), 2) for end in ("min", "max")
        )
        return self._(
            "Expected “{outcome}”; 95% interval of a point on the surface: ±{least} where answers"
            " are dense, up to ±{most} at the edges.",
            outcome=self.outcome,
            least=low,
            most=high,
        )

    @property
    def alt(self) -> str:
        return surface.describe_grid(self.grid, **self._.arguments)

    def note(self, *sentences: str) -> str:
        """The note, with the number of all answers behind it."""
        n = self._.n(self.total) + "." if self.total else ""
        return " ".join(filter(None, (*sentences, n)))


def _mark(axes, spot: tuple[float, ...], marker: str, size: float, zorder: float) -> None:
    axes.plot(
        *([one] for one in spot),
        marker=marker,
        markersize=size,
        color=VERMILION,
        markeredgecolor=WHITE,
        zorder=zorder,
    )


@refusable
@figure
def plot_surface(
    _: FigureWording,
    grid: pd.DataFrame,
    points: pd.DataFrame | None = None,
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
    scene = _Scene(_, grid, points, min_cell, center)
    rows = {} if quantities is None else quantities.set_index("term").to_dict("index")
    turning = None
    if surface.located(rows, "x0", "y0"):
        turning = tuple(rows[term]["estimate"] + scene.center for term in ("x0", "y0"))
    ridge = surface.located(rows, "p10", "p11")

    def draw(figure) -> None:
        width, height = figure.get_size_inches()
        narrow = style.is_narrow(figure)
        left, side = (0.3, width - 0.38) if narrow else (0.3, height - 0.82)
        axes = figure.add_axes((left / width, 0.5 / height, side / width, side / height))
        axes.set(xlim=scene.window, ylim=scene.window, aspect="equal")
        axes.set_facecolor(WHITE)
        edge = None if scene.seen.empty else _fill(axes, scene)
        _reference_lines(axes, scene)
        if ridge and edge is not None:
            slope, ends = rows["p11"]["estimate"], np.array(scene.window)
            start = scene.center + rows["p10"]["estimate"] - slope * scene.center
            (line,) = axes.plot(ends, start + slope * ends, color=VERMILION, linewidth=1.3)
            line.set_clip_path(edge, axes.transData)
        _circles(axes, scene.points)
        if turning is not None:
            _mark(axes, turning, "D", 8, 6)
        if mark is not None:
            _mark(axes, mark, "X", 11, 7)
        scene.ticks(axes, 8)
        axes.tick_params(length=0)
        axes.spines[:].set_color(RULE)
        for x, y, words, va in (
            (left, 0.08, _("Expectation") + " →", "bottom"),
            (0.02, height - 0.02, _("Experience") + " ↑", "top"),
        ):
            figure.text(x / width, y / height, words, fontsize=SIZE, va=va)
        if not narrow:
            _column(figure, (left + side + 0.35) / width, reading)

    reading = [
        _(
            "Darker: higher “{outcome}” expected. The numbers on the white lines say how much.",
            outcome=scene.outcome,
        ),
        _(
            "Above the dashed line experience exceeds expectation; below it, it falls short."
            " Dotted: one up, the other down."
        ),
        _("Where too few answered nothing is drawn.")
        if scene.points is None
        else _(
            "Circles are answers; larger circles are more of them. Where too few answered"
            " nothing is drawn."
        ),
    ]
    title, alt, said, data, diamond = scene.title, scene.alt, [""], None, ""
    if quantities is not None:
        said = surface.say_surface(quantities, center=scene.center, language=_.language)
        data = scene._.table(quantities, title)
    if turning is not None:
        alt += " " + said[-2]
        lowest, highest = _("Diamond: the lowest point."), _("Diamond: the highest point.")
        diamond = highest if surface.is_top(rows) else lowest
    orange = _("Orange line: the ridge of the surface.") if ridge else ""
    note = scene.note(scene.precision, orange, diamond)
    return Picture(draw, title, alt, note, 4.7, 4.0, said[0], data)


@refusable
@figure
def plot_surface_3d(
    _: FigureWording,
    grid: pd.DataFrame,
    points: pd.DataFrame | None = None,
    mark: tuple[float, float] | None = None,
    min_cell: int = 0,
    center: float | None = None,
) -> Picture:
    """The same surface as a landscape seen from the corner of high expectation and low experience;
    the map tells more exactly.

    grid, min_cell and center as in `plot_surface`; points give the n of the note. On the surface
    run the lines of congruence (solid) and incongruence (dotted), where there is data.
    """
    scene = _Scene(_, grid, points, min_cell, center)

    def draw(figure) -> None:
        narrow = style.is_narrow(figure)
        # mplot3d reads the look of its grid when the axes are made, from rcParams alone.
        with matplotlib.rc_context({"grid.color": RULE, "grid.linewidth": 0.5}):
            axes = figure.add_axes(
                (0.0, 0.02, 1.0, 0.98) if narrow else (-0.03, -0.03, 0.74, 1.07),
                projection="3d",
                computed_zorder=False,
            )
        axes.view_init(elev=26, azim=-62)
        axes.set_box_aspect((1, 1, 0.72), zoom=0.86 if narrow else 0.92)
        if not scene.seen.empty:
            _landscape(axes, scene)
        if mark is not None:
            at = (grid["expectation"] - mark[0]) ** 2 + (grid["experience"] - mark[1]) ** 2
            _mark(axes, (*mark, grid.loc[at.idxmin(), "estimate"]), "X", 10, 5)
        scene.ticks(axes, 6)
        axes.set_xlabel(_("Expectation") + " →", fontsize=SIZE, labelpad=0)
        axes.set_ylabel(_("Experience") + " →", fontsize=SIZE, labelpad=0)
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_pane_color((1, 1, 1, 0))
            axis.line.set_color(RULE)
        axes.tick_params(pad=-1)
        axes.tick_params(axis="z", pad=3)
        if not narrow:
            _column(figure, 0.725, reading, 25)

    reading = [
        _(
            "Higher and darker: higher “{outcome}” expected, on the scale at the edge.",
            outcome=scene.outcome,
        ),
        _("Where too few answered nothing is drawn."),
    ]
    lines = _("Solid line: experience equals expectation. Dotted: one up, the other down.")
    note = scene.note(lines, scene.precision)
    return Picture(draw, scene.title, scene.alt, note, 4.3, 3.7)


def _landscape(axes, scene: _Scene) -> None:
    """The surface within the window, on it the lines of congruence and incongruence."""
    xs, ys, drawn = scene.heights
    low, high = scene.window
    lowest, highest = scene.range
    across, up = (values[(values >= low) & (values <= high)] for values in (xs, ys))
    part = drawn[np.ix_(np.isin(ys, up), np.isin(xs, across))]
    step = max(1, len(xs) // 30)
    axes.plot_surface(
        *np.meshgrid(across, up),
        part.filled(np.nan),
        rstride=step,
        cstride=step,
        cmap=SURFACE,
        linewidth=0.25,
        edgecolor=WHITE,
        vmin=lowest,
        vmax=highest,
        shade=False,
        zorder=1,
    )
    want, met = scene.seen["expectation"], scene.seen["experience"]
    for among, dashes in (
        (np.isclose(want, met), {}),
        (np.isclose(want + met, 2 * scene.center), {"dashes": (1.5, 2)}),
    ):
        line = scene.seen[among].sort_values("expectation")
        places = (line[one] for one in ("expectation", "experience", "estimate"))
        axes.plot(*places, color=INK, linewidth=1.3, zorder=3, **dashes)
    heights = style.ticks(lowest, highest)
    words = [scene._.number(value) for value in heights]
    axes.set_zticks(heights, words, fontsize=SIZE - 1, color=SOFT)


def _circles(axes, points: pd.DataFrame | None) -> None:
    """The answers, as circles whose area grows with their number."""
    if points is not None:
        axes.scatter(
            points["expectation"],
            points["experience"],
            s=4 + 90 * points["n"] / points["n"].max(),
            facecolor="none",
            edgecolor=INK,
            linewidth=0.7,
            alpha=0.75,
        )


def _reference_lines(axes, scene: _Scene) -> None:
    """The lines of congruence (experience equals expectation) and of incongruence, each named."""
    (low, high), center = scene.window, scene.center
    axes.plot([low, high], [low, high], color=INK, linewidth=1.0, dashes=(4, 3))
    across = [2 * center - low, 2 * center - high]
    axes.plot([low, high], across, color=SOFT, linewidth=0.8, dashes=(1.5, 2.5))
    margin = 0.04 * (high - low)
    _write_along(axes, low + margin, 1, 0.0, scene._("experience = expectation"), INK)
    # Elsewhere its words would meet those of the other line.
    if center - low > 0.35 * (high - low) and center < high:
        start = max(low, 2 * center - high) + margin
        _write_along(axes, start, -1, 2 * center, scene._("one up, the other down"), SOFT)


def _fill(axes, scene: _Scene):
    """Shades, contours with their numbers, and the edge of what is drawn; gives that edge as a
    path.
    """
    xs, ys, drawn = scene.heights
    lowest, highest = scene.range
    levels = style.ticks(lowest, highest, 7)
    edges = np.linspace(lowest, highest + 1e-9, 25)
    axes.contourf(xs, ys, drawn, levels=edges, cmap=SURFACE, antialiased=True)
    if levels:
        lines = axes.contour(xs, ys, drawn, levels=levels, colors=WHITE, linewidths=1.3)
        axes.clabel(lines, fmt=scene._.number, fontsize=SIZE, colors=INK, inline_spacing=6)
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


def _column(figure, x: float, sentences: list[str], width: int = 27) -> None:
    """How to read the figure, in a column to its right."""
    height = figure.get_figheight()
    y = height - 0.35
    for i, words in enumerate(sentences):
        folded = style.wrap(words, width, 8)
        colour = INK if i < 2 else SOFT
        figure.text(x, y / height, folded, color=colour, fontsize=SIZE, va="top", linespacing=1.3)
        y -= 0.18 * (folded.count("\n") + 1) + 0.14
