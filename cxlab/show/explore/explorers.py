"""Models to play with: a point on the response surface by two sliders; a ranking of drivers by
outcome, family, missing answers and method; profiles of customers by their number.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import ipywidgets
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.page.html import paragraph, refused
from cxlab.show.page.tables import table
from cxlab.show.plot.importance import plot_drivers
from cxlab.show.plot.journey_map import plot_map
from cxlab.show.plot.segments import plot_profile
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from cxlab.show.say.drivers import say_drivers, say_rank_changes
from cxlab.show.say.gap_models import say_surface
from cxlab.show.say.journey import say_map
from cxlab.show.say.segments import say_doubt, say_profile, say_segments
from cxlab.show.words.wording import Wording, explain, number

# An HTML widget has a line height of its own, does not wrap by itself and knows no style sheet of
# the page. What is too wide scrolls: no word is broken.
_FITTED = {
    "<figure>": '<figure style="margin: 1em 0">',
    "<img ": '<img style="max-width: 100%; height: auto" ',
    "<table>": '<table style="border-spacing: 1.2em .2em; text-align: left">',
}
_FRAME = (
    '<div style="white-space: normal; max-width: 46em; overflow-x: auto; overflow-wrap: normal;'
    ' word-break: normal; line-height: 1.45">{}</div>'
)
# As wide as a reader's line; what stands below an answer too, else its text runs out of the cell.
_WIDTH = {"width": "100%", "max_width": "46em"}

FAMILIES = ("ols", "ordinal", "binary", "mixed")
TREATMENTS = ("listwise", "usage", "mice")
# What an explorer shows, one after the other.
Shows = Iterator[list]
METHODS = ("lmg", "johnson", "pratt", "beta", "zero_order")


def explore_surface(
    fit: Any, *, quantities: pd.DataFrame | None = None, language: str = "en"
) -> ipywidgets.Widget:
    """Sliders for expectation and experience; the outcome predicted there with its interval, and
    the surface with that point, as a map or in 3-D.

    Parameters
    ----------
    fit : GapFit
        A fit of any form; where it has no surface the reason is shown.
    quantities : DataFrame, optional
        `surface(fit)`, said in words below.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    ipywidgets.Widget
        Led with Tab and the arrow keys.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore_surface(cx.fit_gap(cx.simulate_study(200, seed=1), "delivery"))
    VBox(children=(...))
    """
    import cxlab  # an explorer stands where a notebook does, in front of the face

    try:
        grid = cxlab.gap.surface_grid(fit)
    except ModelError as error:
        return _shown(_why(Wording(language), error))
    _, center = Wording(language, grid.labels.get(language, {})), fit.center
    controls = []
    for role in ("expectation", "experience"):
        low, high = float(grid[role].min()), float(grid[role].max())
        middle = round((low + high) / 2, 1)
        scale = dict(value=middle, min=low, max=high, step=0.1, readout_format=".1f")
        controls.append(
            _control(ipywidgets.FloatSlider, _.word(role), **scale, continuous_update=False)
        )
    views = {_("Map"): plot_surface, _("3-D"): plot_surface_3d}
    controls.append(_control(ipywidgets.Dropdown, _("View"), options=views.items()))

    def read() -> Shows:
        *mark, plot = (control.value for control in controls)
        ridge = {"quantities": quantities} if plot is plot_surface else {}
        picture = plot(_, grid, mark=tuple(mark), center=center, **ridge)
        yield [_predicted(_, fit, *mark, grid["outcome"].iloc[0]), picture.html()]

    said = [_along(_, fit, grid)]
    if quantities is not None:
        said += _.say(say_surface(quantities, center=center))
    return _box(_, controls, read, _shown([paragraph(said)]))


def _along(_: Wording, fit: Any, grid: pd.DataFrame) -> str:
    """The outcome where experience equals expectation, at the ends and the middle of where there is
    data.
    """
    seen = grid[grid["supported"].astype(bool)]
    same = seen.loc[(seen["expectation"] - seen["experience"]).abs() < 1e-9, "expectation"]
    if same.empty:
        return _("Nobody's experience equals their expectation in these data.")
    values = []
    for at in dict.fromkeys([same.min(), same.iloc[len(same) // 2], same.max()]):
        value = number(fit.predict(expectation=at, experience=at)["estimate"].iloc[0], 2)
        values.append(_("{value} at {rating}", value=value, rating=number(at)))
    return _(
        "Where experience equals expectation, the predicted “{outcome}” is {values}.",
        outcome=grid["outcome"].iloc[0],
        values=values,
    )


def _predicted(_: Wording, fit: Any, expectation: float, experience: float, outcome: str) -> object:
    """The prediction in words. What lies among no respondents is said to be a guess."""
    row = fit.predict(expectation=expectation, experience=experience).iloc[0]
    expected = _(
        "Predicted “{outcome}”: {value} (95% interval {interval}) with expectation {expectation}"
        " and experience {experience}.",
        expectation=number(expectation),
        experience=number(experience),
        outcome=outcome,
        value=number(row["estimate"], 2),
        interval=_.interval(row),
    )
    near = _("{n} respondents lie within one scale point.", n=row["n"])
    guess = _("Nobody answered near this point: the number is an extrapolation.")
    return paragraph([expected, near] if row["n"] else [expected, near, guess])


def explore_drivers(
    study: Any, *, language: str = "en", n_boot: int = 200, seed: int = 0
) -> ipywidgets.Widget:
    """Choose outcome, family, treatment of missing answers and method; see the ranking beside that
    of the first choice, and what moved.

    A choice that the data cannot carry gives its reason and what to do about it.

    Parameters
    ----------
    study : Study
        A study with touchpoints and an outcome.
    language : str
        "en" or "pt-BR".
    n_boot, seed : int
        Resamples of each ranking, few enough to be waited for, and their seed.

    Returns
    -------
    ipywidgets.Widget
        Led with Tab and the arrow keys.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore_drivers(cx.simulate_study(200, seed=1))
    VBox(children=(...))
    """
    import cxlab

    _, outcome = Wording(language, study.labels(language)), study.codebook.main_outcome

    @cache
    def ranked(outcome: str, family: str, missing: str, method: str) -> pd.DataFrame:
        fit = cxlab.fit_loyalty(study, outcome=outcome, family=family, missing=missing)
        return cxlab.importance(fit, method=method, n_boot=n_boot, seed=seed)

    treatment, first = TREATMENTS[0], None
    with suppress(ModelError):  # its reason is shown where the ranking would stand
        treatment = str(cxlab.fit_loyalty(study, outcome=outcome).glance()["missing"].iloc[0])
        first = ranked(outcome, "ols", treatment, "lmg")
    controls = [
        _choice(_("Outcome"), study.outcomes["outcome"], outcome, _.name),
        _choice(_("Model"), FAMILIES, "ols", _.word),
        _choice(_("Missing answers"), TREATMENTS, treatment, _.word),
        _choice(_("Weight counted by"), METHODS, "lmg", _.word),
    ]

    def read() -> Shows:
        yield _beside(_, first, ranked(*(control.value for control in controls)))

    return _box(_, controls, read)


def explore_journey(study: Any, *, language: str = "en") -> ipywidgets.Widget:
    """Choose an outcome and whose journey to look at: all customers', or that of each level of a
    segment, a wave or a channel; see its map, first as it is rated, then with what it goes with.

    A choice that the data cannot carry gives its reason and what to do about it; the call that
    makes the same map stands below it.

    Parameters
    ----------
    study : Study
        A study with touchpoints and an outcome.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    ipywidgets.Widget
        Led with Tab and the arrow keys.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore_journey(cx.simulate_study(200, seed=1))
    VBox(children=(...))
    """
    import cxlab

    _, book = Wording(language, study.labels(language)), study.codebook
    splits = ["", *book.segments, *(one for one in ("wave", "account") if getattr(book, one))]
    if any(point.channel for point in book.touchpoints):
        splits.append("channel")
    controls = [
        _choice(_("Outcome"), study.outcomes["outcome"], book.main_outcome, _.name),
        _choice(_("Whose journey"), splits, "", lambda one: _.name(one) if one else _.word("all")),
    ]
    level = _control(ipywidgets.Dropdown, _("Group"), options=[("–", "")])

    @cache
    def mapped(outcome: str | None, by: str) -> pd.DataFrame:
        fit = outcome and cxlab.fit_loyalty(study, outcome=outcome)
        return cxlab.journey.journey_map(study, fit, by=by or None)

    def shown(outcome: str | None, by: str, at: str) -> list:
        found = mapped(outcome, by)
        if by:
            found = found[found["level"] == at]
        return [paragraph(_.say(say_map(found))), plot_map(_.about(found), found).html()]

    def read() -> Shows:
        outcome, by = (control.value for control in controls)
        levels = [("–", "")]
        if by:
            rows = mapped(None, by).drop_duplicates("level").to_dict("records")
            levels = [(_.level(row), row["level"]) for row in rows]
        if [*level.options] != levels:
            level.options = levels
        at = level.value
        yield shown(None, by, at)
        call = f'cx.journey.journey_map(study, cx.fit_loyalty(study, "{outcome}")'
        call += f', by="{by}")' if by else ")"
        yield [*shown(outcome, by, at), paragraph([call])]

    return _box(_, [*controls, level], read)


def explore_segments(
    study: Any, *, language: str = "en", n_boot: int = 200, seed: int = 0
) -> ipywidgets.Widget:
    """Choose a number of profiles; see what sets each apart, beside how well each number fits and
    is found again, and the call that makes the same.

    Parameters
    ----------
    study : Study
        A study that declares `classes:`.
    language : str
        "en" or "pt-BR".
    n_boot, seed : int
        Resamples of each profile, few enough to be waited for, and the seed of all.

    Returns
    -------
    ipywidgets.Widget
        Led with Tab and the arrow keys; where no classes can be looked for, the reason.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore_segments(cx.simulate_study(300, seed=1, design="insurance"), n_boot=50)
    VBox(children=(...))
    """
    import cxlab

    _ = Wording(language, study.labels(language))
    try:
        found = cxlab.segments.find_segments(study, seed=seed)
    except ModelError as error:
        return _shown(_why(_, error))
    numbers = [int(one) for one in found["classes"] if one > 1]
    chosen = [one for one in found.loc[found["verdict"] == "chosen", "classes"] if one in numbers]
    control = _choice(_("Profiles"), numbers, int((chosen or numbers)[0]), str)
    columns = ["classes", "bic", "entropy", "smallest", "jaccard", "verdict"]

    @cache
    def profile(classes: int) -> pd.DataFrame:
        keys = {"classes": classes, "n_boot": n_boot, "seed": seed}
        return cxlab.segments.segment_profile(study, found, **keys)

    def read() -> Shows:
        beside = [paragraph(_.say(say_segments(found))), table(_, found, columns)]
        yield beside
        now, call = profile(control.value), f"classes={control.value}, n_boot={n_boot}, seed={seed}"
        call = f"cx.segments.segment_profile(study, found, {call})"
        said = _.say([*say_profile(now), *say_doubt(now)])
        made = paragraph([f"found = cx.segments.find_segments(study, seed={seed}); {call}"])
        yield [paragraph(said), plot_profile(_.about(now), now).html(), *beside, made]

    return _box(_, [control], read)


def _beside(_: Wording, first: pd.DataFrame | None, now: pd.DataFrame) -> list:
    """What this choice says, its picture, and its ranks beside those of the first choice."""
    shown = [paragraph(_.say(say_drivers(now, top=3))), plot_drivers(_, now).html()]
    if first is None or now is first:
        return shown
    heading = _("Rank at first")
    both = now.merge(
        first[["touchpoint", "rank"]], on="touchpoint", how="outer", suffixes=("", "_first")
    )
    ranks = both.sort_values("rank").rename(columns={"rank_first": heading})
    beside = table(_, ranks, ["touchpoint", heading, "rank", "share_relative", "sign"])
    return [paragraph(_.say(say_rank_changes(first, now))), shown[0], beside, shown[1]]


def _choice(description: str, values: Sequence, value: str, name: Callable) -> ipywidgets.Widget:
    """A list of ids by their names."""
    names = list(map(name, values))
    options = [(name[:1].upper() + name[1:], one) for name, one in zip(names, values, strict=True)]
    return _control(ipywidgets.Dropdown, description, options=options, value=value)


def _control(kind: Callable, description: str, **more: Any) -> ipywidgets.Widget:
    """A slider or a list with its words beside it."""
    layout, style = {"width": "34em", "max_width": "100%"}, {"description_width": "9em"}
    return kind(description=description, style=style, layout=layout, **more)


def _wrapped(pieces: Sequence) -> str:
    """Pieces of a page as markup for an HTML widget."""
    fitted = "\n".join(map(str, pieces))
    for tag, styled in _FITTED.items():
        fitted = fitted.replace(tag, styled)
    return _FRAME.format(fitted)


def _shown(pieces: Sequence) -> ipywidgets.HTML:
    return ipywidgets.HTML(_wrapped(pieces), layout=_WIDTH)


def _why(_: Wording, error: ModelError) -> list:
    """Why something is not shown, and what to do about it: who explores is an analyst."""
    advice = explain(error, _).split("; ")[1:]
    return [refused(error, _), *(paragraph([one]) for one in advice)]


def _box(
    _: Wording, controls: Sequence, read: Callable[[], Shows], *below: ipywidgets.HTML
) -> ipywidgets.VBox:
    """Controls over what they show, which is read again at each choice; what is known first is
    shown while the rest is computed.
    """
    answer = _shown([])

    def show(_change: object = None) -> None:
        answer.value = _wrapped([paragraph([_("Computing …")])])
        try:
            for pieces in read():
                answer.value = _wrapped(pieces)
        except ModelError as error:
            answer.value = _wrapped(_why(_, error))

    for control in controls:
        control.observe(show, names="value")
    show()
    return ipywidgets.VBox([*controls, answer, *below])
