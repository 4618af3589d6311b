"""The response surface to play with: two sliders, the outcome expected there, how many respondents stand near, map or landscape."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show import text
from cxlab.show.surface_plots import plot_surface, plot_surface_3d
from cxlab.show.surface_sentences import say_surface
from cxlab.show.tables import Html, Refusal, block, prose, refused
from cxlab.show.text import translator

# HTML widgets set their own line height and do not wrap by themselves.
_WRAPPED = '<div style="white-space: normal; max-width: 40em; overflow-wrap: anywhere; line-height: 1.45">{}</div>'


def explore_surface(
    fit, grid: pd.DataFrame | None = None, quantities: pd.DataFrame | None = None, language: str = "en", labels: Mapping | None = None
):
    """Sliders for expectation and experience; the outcome predicted there with its interval, and the surface with that point.

    fit: a gap Fit (its `predict(expectation=, experience=)` and `surface_grid()` are used). grid: `surface_grid(fit)` when it is at
    hand already; quantities: `surface(fit)`, said in words below. A choice shows the surface as a map or in 3-D. Returns an
    ipywidgets box that is used with Tab and the arrow keys; given a Refusal, its reason.
    """
    for value in (fit, grid, quantities):
        if isinstance(value, Refusal):
            return refused(value, language, labels)
    import ipywidgets

    _ = translator(language)
    grid = fit.surface_grid() if grid is None else grid
    center = getattr(fit, "center", None)
    wide = {"description_width": "9em"}
    sliders = {}
    for role in ("expectation", "experience"):
        low, high = float(grid[role].min()), float(grid[role].max())
        sliders[role] = ipywidgets.FloatSlider(
            value=round((low + high) / 2, 1), min=low, max=high, step=0.1, readout_format=".1f",
            description=text.name_of(role, None, language), style=wide, continuous_update=False, layout={"width": "28em", "max_width": "100%"},
        )  # fmt: skip
    view = ipywidgets.Dropdown(
        options=[(_("Map"), "map"), (_("3-D"), "3d")], value="map", description=_("View"), style=wide, layout={"width": "28em", "max_width": "100%"}
    )
    answer = ipywidgets.HTML(layout={"width": "100%", "max_width": "42em"})  # else its text runs out of the cell
    words = [_along(fit, grid, language, labels)]
    words += [] if quantities is None else say_surface(quantities, center=center, language=language, labels=labels)
    about = ipywidgets.HTML(_WRAPPED.format(prose(words)), layout={"width": "100%", "max_width": "42em"})

    def show(_change=None) -> None:
        at = sliders["expectation"].value, sliders["experience"].value
        answer.value = _WRAPPED.format(_reading(fit, grid, quantities, *at, view.value, center, language, labels))

    for control in (*sliders.values(), view):
        control.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders.values(), view, answer, about])


def _along(fit, grid: pd.DataFrame, language: str, labels: Mapping | None) -> str:
    """The outcome where experience equals expectation, at the ends and the middle of where there is data."""
    _ = translator(language)
    seen = grid[grid["supported"].astype(bool)]
    same = seen.loc[(seen["expectation"] - seen["experience"]).abs() < 1e-9, "expectation"]
    if same.empty:
        return _("Nobody's experience equals their expectation in these data.")
    ends = [same.min(), same.iloc[len(same) // 2], same.max()]
    each = [
        _("{value} at {rating}").format(
            value=text.number(fit.predict(expectation=at, experience=at)["estimate"].iloc[0], language, 2), rating=text.number(at, language)
        )
        for at in dict.fromkeys(ends)
    ]
    return _("Where experience equals expectation, “{outcome}” is expected to be {values}.").format(
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language), values=text.listing(each, language)
    )


def _reading(
    fit, grid: pd.DataFrame, quantities: pd.DataFrame | None, expectation: float, experience: float, view: str, center: float | None, language: str, labels: Mapping | None
) -> Html:
    """The prediction in words above the surface with its point. What lies among no respondents is said to be a guess."""
    _ = translator(language)
    row = fit.predict(expectation=expectation, experience=experience).iloc[0]
    words = _("Expectation {expectation}, experience {experience}: expected “{outcome}” {value} (95% interval {interval}).").format(
        expectation=text.number(expectation, language),
        experience=text.number(experience, language),
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language),
        value=text.number(row["estimate"], language, 2),
        interval=text.interval(row["conf_low"], row["conf_high"], language, 2),
    )
    near = _("{n} respondents lie within one scale point.").format(n=text.number(row["n"], language, 0))
    guess = _("Nobody answered near this point: the number is a guess beyond the data.") if not row["n"] else None
    more = dict(language=language, labels=labels, mark=(expectation, experience), center=center)
    picture = plot_surface_3d(grid, **more) if view == "3d" else plot_surface(grid, quantities=quantities, **more)
    return block(prose(words, near, guess), picture)
