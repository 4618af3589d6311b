"""Models to play with: a point on the response surface by two sliders; a ranking of drivers by
outcome, family, missing answers and method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from cxlab.show.page.html import Html, block, prose, refused
from cxlab.show.page.refusals import Refusal, attempt
from cxlab.show.page.tables import table
from cxlab.show.plot.importance import plot_drivers
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from cxlab.show.say.importance import say_drivers
from cxlab.show.say.rankings import say_rank_changes
from cxlab.show.say.surface import say_surface
from cxlab.show.words import text
from cxlab.show.words.text import translator


def _wrapped(markup: object) -> str:
    """Markup for an HTML widget, which has a line height of its own, does not wrap by itself and
    knows no style sheet of ours.
    """
    fitted = (
        str(markup)
        .replace("<figure>", '<figure style="margin: 1em 0">')
        .replace("<img ", '<img style="max-width: 100%; height: auto" ')
    )
    fitted = fitted.replace(
        "<table>", '<table style="border-spacing: 1.2em .2em; text-align: left">'
    )
    return (
        '<div style="white-space: normal; max-width: 46em; overflow-wrap: anywhere; line-height:'
        f' 1.45">{fitted}</div>'
    )


def explore_surface(
    fit,
    grid: pd.DataFrame | None = None,
    quantities: pd.DataFrame | None = None,
    language: str = "en",
    labels: Mapping | None = None,
):
    """Sliders for expectation and experience; the outcome predicted there with its interval, and
    the surface with that point.

    fit: a gap Fit (its `predict(expectation=, experience=)` and `surface_grid()` are used). grid:
    `surface_grid(fit)` when it is at hand already; quantities: `surface(fit)`, said in words below.
    A choice shows the surface as a map or in 3-D. Returns an ipywidgets box that is used with Tab
    and the arrow keys; given a Refusal, its reason.
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
            value=round((low + high) / 2, 1),
            min=low,
            max=high,
            step=0.1,
            readout_format=".1f",
            description=text.name_of(role, None, language),
            style=wide,
            continuous_update=False,
            layout={"width": "28em", "max_width": "100%"},
        )
    view = ipywidgets.Dropdown(
        options=[(_("Map"), "map"), (_("3-D"), "3d")],
        value="map",
        description=_("View"),
        style=wide,
        layout={"width": "28em", "max_width": "100%"},
    )
    # else its text runs out of the cell
    answer = ipywidgets.HTML(layout={"width": "100%", "max_width": "42em"})
    words = [_along(fit, grid, language, labels)]
    words += (
        []
        if quantities is None
        else say_surface(quantities, center=center, language=language, labels=labels)
    )
    about = ipywidgets.HTML(_wrapped(prose(words)), layout={"width": "100%", "max_width": "42em"})

    def show(_change=None) -> None:
        at = sliders["expectation"].value, sliders["experience"].value
        answer.value = _wrapped(
            _reading(fit, grid, quantities, *at, view.value, center, language, labels)
        )

    for control in (*sliders.values(), view):
        control.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders.values(), view, answer, about])


def _along(fit, grid: pd.DataFrame, language: str, labels: Mapping | None) -> str:
    """The outcome where experience equals expectation, at the ends and the middle of where there is
    data.
    """
    _ = translator(language)
    seen = grid[grid["supported"].astype(bool)]
    same = seen.loc[(seen["expectation"] - seen["experience"]).abs() < 1e-9, "expectation"]
    if same.empty:
        return _("Nobody's experience equals their expectation in these data.")
    ends = [same.min(), same.iloc[len(same) // 2], same.max()]
    each = [
        _("{value} at {rating}").format(
            value=text.number(
                fit.predict(expectation=at, experience=at)["estimate"].iloc[0], language, 2
            ),
            rating=text.number(at, language),
        )
        for at in dict.fromkeys(ends)
    ]
    return _("Where experience equals expectation, “{outcome}” is expected to be {values}.").format(
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language),
        values=text.listing(each, language),
    )


def _reading(
    fit,
    grid: pd.DataFrame,
    quantities: pd.DataFrame | None,
    expectation: float,
    experience: float,
    view: str,
    center: float | None,
    language: str,
    labels: Mapping | None,
) -> Html:
    """The prediction in words above the surface with its point. What lies among no respondents is
    said to be a guess.
    """
    _ = translator(language)
    row = fit.predict(expectation=expectation, experience=experience).iloc[0]
    words = _(
        "Expectation {expectation}, experience {experience}: expected “{outcome}” {value} (95%"
        " interval {interval})."
    ).format(
        expectation=text.number(expectation, language),
        experience=text.number(experience, language),
        outcome=text.name_of(grid["outcome"].iloc[0], labels, language),
        value=text.number(row["estimate"], language, 2),
        interval=text.interval(row["conf_low"], row["conf_high"], language, 2),
    )
    near = _("{n} respondents lie within one scale point.").format(
        n=text.number(row["n"], language, 0)
    )
    guess = (
        _("Nobody answered near this point: the number is a guess beyond the data.")
        if not row["n"]
        else None
    )
    more = dict(language=language, labels=labels, mark=(expectation, experience), center=center)
    picture = (
        plot_surface_3d(grid, **more)
        if view == "3d"
        else plot_surface(grid, quantities=quantities, **more)
    )
    return block(prose(words, near, guess), picture)


FAMILIES = ("ols", "ordinal", "binary", "mixed")
TREATMENTS = ("listwise", "usage", "mice")
METHODS = ("lmg", "johnson", "pratt", "beta", "zero_order")


def explore_drivers(
    study,
    fit: Callable | None = None,
    rank: Callable | None = None,
    language: str = "en",
    labels: Mapping | None = None,
    n_boot: int = 200,
    seed: int = 1,
):
    """Choose outcome, family, treatment of missing answers and method; see the ranking beside that
    of the first choice, and what moved.

    fit, rank: what computes, `cx.fit_loyalty` and `cx.importance` unless others are given. n_boot:
    resamples of each ranking, few enough to be waited for. A choice that the data cannot carry
    gives its reason and what to do about it. Returns an ipywidgets box that is used with Tab and
    the arrow keys.
    """
    import ipywidgets

    import cxlab  # an explorer stands where a notebook does, in front of the face

    fit, rank = fit or cxlab.fit_loyalty, rank or cxlab.importance
    _ = translator(language)
    outcome = study.codebook.report.outcome or next(iter(study.outcomes["outcome"]), None)
    labels = study.labels(language) if labels is None else labels
    known: dict[tuple, object] = {}

    def ranked(outcome, family: str, missing: str | None, method: str):
        key = outcome, family, missing, method
        if key not in known:
            model = attempt(fit, study, outcome=outcome, family=family, missing=missing)
            known[key] = attempt(rank, model, method=method, n_boot=n_boot, seed=seed)
        return known[key]

    begun = attempt(fit, study, outcome=outcome)
    treatment = (
        TREATMENTS[0] if isinstance(begun, Refusal) else str(begun.glance()["missing"].iloc[0])
    )
    first = ranked(outcome, "ols", treatment, "lmg")
    wide = {"description_width": "9em"}

    def choice(words: str, values, value, names: Mapping | None = None):
        options = [
            (name[:1].upper() + name[1:], one)
            for one in values
            for name in [text.name_of(one, names, language)]
        ]
        return ipywidgets.Dropdown(
            options=options,
            value=value,
            description=words,
            style=wide,
            layout={"width": "34em", "max_width": "100%"},
        )

    controls = [
        choice(_("Outcome"), list(study.outcomes["outcome"]), outcome, labels),
        choice(_("Model"), FAMILIES, "ols"),
        choice(_("Missing answers"), TREATMENTS, treatment),
        choice(_("Weight counted by"), METHODS, "lmg"),
    ]
    answer = ipywidgets.HTML(layout={"width": "100%", "max_width": "46em"})

    def show(_change=None) -> None:
        answer.value = _wrapped(prose(_("Computing …")))
        now = ranked(*(control.value for control in controls))
        answer.value = _wrapped(_beside(first, now, language, labels))

    for control in controls:
        control.observe(show, names="value")
    show()
    return ipywidgets.VBox([*controls, answer])


def _beside(first, now, language: str, labels: Mapping | None) -> Html:
    """What this choice says, its picture, and its ranks beside those of the first choice."""
    _ = translator(language)
    words = dict(language=language, labels=labels)
    if isinstance(now, Refusal):
        # A client reads only why; who explores is an analyst, and wants what to do about it as
        # well.
        return block(
            refused(now, language, labels),
            *text.explain(now.error, language, labels).split("; ")[1:],
        )
    said = prose(say_drivers(now, top=3, **words))
    if now is first or isinstance(first, Refusal):
        return block(said, plot_drivers(now, **words))
    ranks = now[["touchpoint", "rank", "share_relative", "sign"]].merge(
        first[["touchpoint", "rank"]], on="touchpoint", how="outer", suffixes=("", "_first")
    )
    ranks = ranks.sort_values("rank").rename(columns={"rank_first": _("Rank at first")})
    columns = ["touchpoint", _("Rank at first"), "rank", "share_relative", "sign"]
    return block(
        prose(say_rank_changes(first, now, **words)),
        said,
        table(ranks, columns, **words),
        plot_drivers(now, **words),
    )
