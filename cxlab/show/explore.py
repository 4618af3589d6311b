"""The response surface to play with: two sliders, the outcome expected there, and how many respondents stand near."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlab.show import text
from cxlab.show.model_plots import plot_surface
from cxlab.show.tables import Html, Refusal, block, prose, refused
from cxlab.show.text import translator


def explore_surface(fit, grid: pd.DataFrame | None = None, language: str = "en", labels: Mapping | None = None):
    """Sliders for expectation and experience; the predicted outcome with its interval, and the map with that point.

    fit: a gap Fit (its `predict(expectation=, experience=)` and `surface_grid()` are used). grid: `surface_grid(fit)` when it is at
    hand already. Returns an ipywidgets box whose sliders move with the arrow keys; given a Refusal, its reason.
    """
    if isinstance(fit, Refusal):
        return refused(fit, language, labels)
    import ipywidgets

    _ = translator(language)
    grid = fit.surface_grid() if grid is None else grid
    wide = {"description_width": "9em"}
    sliders = {}
    for role in ("expectation", "experience"):
        low, high = float(grid[role].min()), float(grid[role].max())
        sliders[role] = ipywidgets.FloatSlider(
            value=round((low + high) / 2, 1), min=low, max=high, step=0.1, readout_format=".1f",
            description=text.name_of(role, None, language), style=wide, continuous_update=False, layout={"width": "28em"},
        )  # fmt: skip
    answer = ipywidgets.HTML(layout={"max_width": "44em"})  # else its text runs out of the cell

    def show(_change=None) -> None:
        answer.value = str(_reading(fit, grid, sliders["expectation"].value, sliders["experience"].value, language, labels))

    for slider in sliders.values():
        slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders.values(), answer])


def _reading(fit, grid: pd.DataFrame, expectation: float, experience: float, language: str, labels: Mapping | None) -> Html:
    """The prediction in words above the map with its point. What lies among no respondents is said to be a guess."""
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
    picture = plot_surface(grid, language=language, labels=labels, mark=(expectation, experience))
    return block(prose(words, near, guess), picture)
