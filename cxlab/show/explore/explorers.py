"""Models to play with: a point on the response surface by two sliders; a ranking of drivers by
outcome, family, missing answers and method.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache

import ipywidgets
import pandas as pd

from cxlab.show.page.html import Html, block, prose, refusable, refused
from cxlab.show.page.refusals import Refusal, attempt
from cxlab.show.page.tables import table
from cxlab.show.plot.importance import plot_drivers
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from cxlab.show.plot.wording import FigureWording, figure
from cxlab.show.say.importance import say_drivers
from cxlab.show.say.rankings import say_rank_changes
from cxlab.show.say.surface import say_surface
from cxlab.show.words import text
from cxlab.show.words.catalogue import translator

# An HTML widget has a line height of its own, does not wrap by itself and knows no style sheet of
# the page.
_FITTED = {
    "<figure>": '<figure style="margin: 1em 0">',
    "<img ": '<img style="max-width: 100%; height: auto" ',
    "<table>": '<table style="border-spacing: 1.2em .2em; text-align: left">',
}


def _wrapped(markup: object) -> str:
    """Markup for an HTML widget."""
    fitted = str(markup)
    for tag, styled in _FITTED.items():
        fitted = fitted.replace(tag, styled)
    return (
        '<div style="white-space: normal; max-width: 46em; overflow-wrap: anywhere; line-height:'
        f' 1.45">{fitted}</div>'
    )


_READING = "42em"


def _full(width: str) -> dict[str, str]:
    return {"width": "100%", "max_width": width}


def _control(kind: Callable, description: str, width: str, **more):
    """A slider or a list with its words beside it."""
    return kind(
        description=description,
        style={"description_width": "9em"},
        layout={"width": width, "max_width": "100%"},
        **more,
    )


def _box(controls: Sequence, read: Callable[[], Html], width: str, *below, waiting=None):
    """Controls over what they show, which is read again at each choice."""
    answer = ipywidgets.HTML(layout=_full(width))

    def show(_change=None) -> None:
        if waiting:
            answer.value = _wrapped(waiting)
        answer.value = _wrapped(read())

    for control in controls:
        control.observe(show, names="value")
    show()
    return ipywidgets.VBox([*controls, answer, *below])


@refusable
@figure
def explore_surface(
    _: FigureWording,
    fit,
    grid: pd.DataFrame | None = None,
    quantities: pd.DataFrame | None = None,
):
    """Sliders for expectation and experience; the outcome predicted there with its interval, and
    the surface with that point.

    fit: a gap Fit (its `predict(expectation=, experience=)` and `surface_grid()` are used). grid:
    `surface_grid(fit)` when it is at hand already; quantities: `surface(fit)`, said in words below.
    A choice shows the surface as a map or in 3-D. Returns an ipywidgets box that is used with Tab
    and the arrow keys; given a Refusal, its reason.
    """
    grid = fit.surface_grid() if grid is None else grid
    center = getattr(fit, "center", None)
    controls = []
    for role in ("expectation", "experience"):
        low, high = float(grid[role].min()), float(grid[role].max())
        controls.append(
            _control(
                ipywidgets.FloatSlider,
                _.word(role),
                "28em",
                value=round((low + high) / 2, 1),
                min=low,
                max=high,
                step=0.1,
                readout_format=".1f",
                continuous_update=False,
            )
        )
    views = [(_("Map"), "map"), (_("3-D"), "3d")]
    controls.append(_control(ipywidgets.Dropdown, _("View"), "28em", options=views, value="map"))
    said = [_along(fit, grid, _)]
    if quantities is not None:
        said += say_surface(quantities, center=center, **_.arguments)
    # As wide as the answer above it: else its text runs out of the cell.
    about = ipywidgets.HTML(_wrapped(prose(said)), layout=_full(_READING))

    def read() -> Html:
        *mark, view = (control.value for control in controls)
        more = {"mark": tuple(mark), "center": center, **_.arguments}
        picture = (
            plot_surface_3d(grid, **more)
            if view == "3d"
            else plot_surface(grid, quantities=quantities, **more)
        )
        return block(_predicted(fit, *mark, _.outcome(grid), _), picture)

    return _box(controls, read, _READING, about)


def _along(fit, grid: pd.DataFrame, _: FigureWording) -> str:
    """The outcome where experience equals expectation, at the ends and the middle of where there is
    data.
    """
    seen = grid[grid["supported"].astype(bool)]
    same = seen.loc[(seen["expectation"] - seen["experience"]).abs() < 1e-9, "expectation"]
    if same.empty:
        return _("Nobody's experience equals their expectation in these data.")
    each = []
    for at in dict.fromkeys([same.min(), same.iloc[len(same) // 2], same.max()]):
        value = fit.predict(expectation=at, experience=at)["estimate"].iloc[0]
        each.append(_("{value} at {rating}", value=_.number(value, 2), rating=_.number(at)))
    return _(
        "Where experience equals expectation, “{outcome}” is expected to be {values}.",
        outcome=_.outcome(grid),
        values=text.listing(each, _.language),
    )


def _predicted(fit, expectation: float, experience: float, outcome: str, _: FigureWording) -> Html:
    """The prediction in words. What lies among no respondents is said to be a guess."""
    row = fit.predict(expectation=expectation, experience=experience).iloc[0]
    expected = _(
        "Expectation {expectation}, experience {experience}: expected “{outcome}” {value} (95%"
        " interval {interval}).",
        expectation=_.number(expectation),
        experience=_.number(experience),
        outcome=outcome,
        value=_.number(row["estimate"], 2),
        interval=text.interval(row["conf_low"], row["conf_high"], _.language, 2),
    )
    near = _("{n} respondents lie within one scale point.", n=row["n"])
    guess = _("Nobody answered near this point: the number is a guess beyond the data.")
    return prose(expected, near, None if row["n"] else guess)


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
    import cxlab  # an explorer stands where a notebook does, in front of the face

    fit, rank = fit or cxlab.fit_loyalty, rank or cxlab.importance
    _ = translator(language)
    outcome = study.codebook.main_outcome
    labels = study.labels(language) if labels is None else labels

    @cache
    def ranked(outcome, family: str, missing: str | None, method: str):
        model = attempt(fit, study, outcome=outcome, family=family, missing=missing)
        return attempt(rank, model, method=method, n_boot=n_boot, seed=seed)

    begun = attempt(fit, study, outcome=outcome)
    treatment = (
        TREATMENTS[0] if isinstance(begun, Refusal) else str(begun.glance()["missing"].iloc[0])
    )
    first = ranked(outcome, "ols", treatment, "lmg")

    def choice(description: str, values, value, names: Mapping | None = None):
        options = []
        for one in values:
            name = text.name_of(one, names, language)
            options.append((name[:1].upper() + name[1:], one))
        return _control(ipywidgets.Dropdown, description, "34em", options=options, value=value)

    controls = [
        choice(_("Outcome"), list(study.outcomes["outcome"]), outcome, labels),
        choice(_("Model"), FAMILIES, "ols"),
        choice(_("Missing answers"), TREATMENTS, treatment),
        choice(_("Weight counted by"), METHODS, "lmg"),
    ]

    def read() -> Html:
        return _beside(first, ranked(*(control.value for control in controls)), language, labels)

    return _box(controls, read, "46em", waiting=prose(_("Computing …")))


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
