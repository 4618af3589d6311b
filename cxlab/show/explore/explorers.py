"""Models to play with: a point on the response surface by two sliders; a ranking of drivers by
outcome, family, missing answers and method; a journey by whose it is; profiles by their number.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import ipywidgets
import pandas as pd

from cxlab.errors import ModelError
from cxlab.show.explore.explorer import (
    Explorer,
    Found,
    Slider,
    choice,
    control,
    levels_of,
    part_of,
    quoted,
    reader,
    splits_of,
    whose,
)
from cxlab.show.page.html import paragraph
from cxlab.show.page.tables import table
from cxlab.show.plot.importance import plot_drivers
from cxlab.show.plot.journey_map import plot_map
from cxlab.show.plot.segments import plot_profile
from cxlab.show.plot.surface import plot_surface, plot_surface_3d
from cxlab.show.say.drivers import say_drivers, say_rank_changes
from cxlab.show.say.gap_models import say_surface
from cxlab.show.say.journey import say_map
from cxlab.show.say.segments import say_doubt, say_profile, say_segments
from cxlab.show.words.wording import Wording, number

FAMILIES = ("ols", "ordinal", "binary", "mixed")
TREATMENTS = ("listwise", "usage", "mice")
METHODS = ("lmg", "johnson", "pratt", "beta", "zero_order")


def explore_surface(
    fit: Any, *, quantities: pd.DataFrame | None = None, language: str = "en"
) -> Explorer:
    """Sliders for expectation and experience; the outcome predicted there with its interval, and
    the surface with that point, as a map or in 3-D.

    Parameters
    ----------
    fit : GapFit or Study
        A fit of any form; where it has no surface the reason is shown. Of a study touchpoint,
        outcome and whose answers are choices too, and the quadratic is fitted.
    quantities : DataFrame, optional
        `surface(fit)`, said in words below.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    Explorer
        Led with Tab and the arrow keys; `.result` is the prediction, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> fit = cx.fit_gap(cx.simulate_study(200, seed=1), "delivery")
    >>> cx.explore.surface(fit).call
    'fit.predict(expectation=4, experience=4)'
    """
    import cxlab  # an explorer stands where a notebook does, in front of the face

    study = fit if isinstance(fit, cxlab.Study) else fit.study
    _ = reader(language, study)
    controls, first = [], getattr(fit, "touchpoint", None)
    if fit is study:
        asked = study.touchpoints.query("expectation and experience")["touchpoint"]
        first = asked.iloc[0] if len(asked) else None
        controls = [
            choice(_("Touchpoint"), asked, first, _.name),
            choice(_("Outcome"), study.outcomes["outcome"], study.codebook.main_outcome, _.name),
            *whose(_, study, splits_of(study)),
        ]
    fields = [Slider(_.word(role), 0.0, 1.0, 0.5, 0.1) for role in ("expectation", "experience")]
    views = {_("Map"): plot_surface, _("3-D"): plot_surface_3d}
    view = control(ipywidgets.Dropdown, _("View"), options=views.items())

    @cache
    def fitted(point: str, outcome: str, by: str, level: str) -> tuple:
        part, picked = part_of(study, by, level)
        made = cxlab.fit_gap(part, point, outcome=outcome, form="quadratic")
        call = f'cx.fit_gap({picked}, "{point}", outcome="{outcome}", form="quadratic")'
        return made, cxlab.gap.surface_grid(made), call

    def read(*chosen: Any) -> Iterator[Found]:
        *which, expectation, experience, plot = chosen
        at = {"expectation": expectation, "experience": experience}
        made, grid, call = fitted(*which) if which else (fit, cxlab.gap.surface_grid(fit), "fit")
        found = made.predict(**at)

        def draw() -> list:
            ridge = {"quantities": quantities} if plot is plot_surface else {}
            picture = plot(_, grid, mark=(*at.values(),), center=made.center, **ridge)
            said = [_along(_, made, grid)]
            if quantities is not None:
                said += _.say(say_surface(quantities, center=made.center))
            predicted = _predicted(_, found.iloc[0], *at.values(), grid["outcome"].iloc[0])
            return [predicted, picture.html(), paragraph(said)]

        where = ", ".join(f"{name}={value:g}" for name, value in at.items())
        yield found, f"{call}.predict({where})", draw

    def on_scale(point: str | None) -> None:
        scale = study.scale_of(point or study.touchpoints["touchpoint"].iloc[0])
        for field in fields:
            field.fit(scale.min, scale.max)

    on_scale(first)
    if controls:
        controls[0].observe(lambda change: on_scale(change["new"]), names="value")
    return Explorer(_, [*controls, *fields, view], read)


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


def _predicted(
    _: Wording, row: pd.Series, expectation: float, experience: float, outcome: str
) -> object:
    """The prediction in words. What lies among no respondents is said to be a guess."""
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
) -> Explorer:
    """Choose outcome, family, treatment of missing answers, method and whose answers; see the
    ranking beside the first one, and what moved. Shares come first, their intervals after.

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
    Explorer
        Led with Tab and the arrow keys; `.result` is the ranking, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> drivers = cx.explore.drivers(cx.simulate_study(200, seed=1), n_boot=50)
    >>> drivers.result["touchpoint"].iloc[0]
    'delivery'
    """
    import cxlab

    _, firsts = reader(language, study), []

    @cache
    def fitted(outcome: str, family: str, missing: str, by: str, level: str) -> Any:
        part, _picked = part_of(study, by, level)
        return cxlab.fit_loyalty(part, outcome=outcome, family=family, missing=missing or None)

    ranked = cache(cxlab.importance)
    controls = [
        choice(_("Outcome"), study.outcomes["outcome"], study.codebook.main_outcome, _.name),
        choice(_("Model"), FAMILIES, "ols", _.word),
        choice(
            _("Missing answers"),
            ("", *TREATMENTS),
            "",
            lambda one: _.word(one) if one else _("as the study needs"),
        ),
        choice(_("Weight counted by"), METHODS, "lmg", _.word),
        *whose(_, study, splits_of(study)),
    ]

    def read(outcome: str, family: str, missing: str, method: str, *who: str):
        made = f'{part_of(study, *who)[1]}, outcome="{outcome}", family="{family}"'
        made += f', missing="{missing}"' if missing else ""
        fit = fitted(outcome, family, missing, *who)
        for times in (0, n_boot):
            now = ranked(fit, method, n_boot=times, seed=seed)
            call = f'cx.fit_loyalty({made}), "{method}", n_boot={times}, seed={seed}'
            if times:
                firsts.append(now)
            yield (
                now,
                f"cx.importance({call})",
                lambda now=now: _beside(_, firsts[0] if firsts else now, now),
            )

    return Explorer(_, controls, read, steps=2)


def explore_journey(study: Any, *, language: str = "en") -> Explorer:
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
    Explorer
        Led with Tab and the arrow keys; `.result` is the map, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore.journey(cx.simulate_study(200, seed=1)).result["touchpoint"].iloc[0]
    'advertising'
    """
    import cxlab

    _, book = reader(language, study), study.codebook
    splits = [*splits_of(study), *(["account"] if book.account else [])]
    if any(point.channel for point in book.touchpoints):
        splits.append("channel")

    @cache
    def mapped(outcome: str | None, by: str) -> pd.DataFrame:
        fit = outcome and cxlab.fit_loyalty(study, outcome=outcome)
        return cxlab.journey.journey_map(study, fit, by=by or None)

    def levels(by: str) -> list[str]:
        return [*mapped(None, by)["level"].unique()] if by == "channel" else levels_of(study, by)

    def read(outcome: str, by: str, level: str) -> Iterator[Found]:
        split = f', by="{by}")' if by else ")"
        rows = "level == " + quoted(level)
        rows = f".query({quoted(rows)})" if by else ""
        for of, given in ((None, ""), (outcome, f', cx.fit_loyalty(study, "{outcome}")')):
            now = mapped(of, by)
            now = now[now["level"] == level] if by else now

            def draw(now: pd.DataFrame = now) -> list:
                return [paragraph(_.say(say_map(now))), plot_map(_.about(now), now).html()]

            yield now, f"cx.journey.journey_map(study{given}{split}{rows}", draw

    outcome = choice(_("Outcome"), study.outcomes["outcome"], book.main_outcome, _.name)
    return Explorer(_, [outcome, *whose(_, study, splits, levels)], read, steps=2)


def explore_segments(
    study: Any, *, language: str = "en", n_boot: int = 200, seed: int = 0
) -> Explorer:
    """Choose a number of profiles; see what sets each apart, beside how well each number fits and
    is found again.

    Parameters
    ----------
    study : Study
        A study that declares `classes:`; of any other the reason is shown.
    language : str
        A language of reports, such as "en" or "pt-BR".
    n_boot, seed : int
        Resamples of each profile, few enough to be waited for, and the seed of all.

    Returns
    -------
    Explorer
        Led with Tab and the arrow keys; `.result` is the profile, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1, design="insurance")
    >>> [one.value for one in cx.explore.segments(study, n_boot=50).controls]
    [3]
    """
    import cxlab

    _, numbers, best = reader(language, study), [2], 2
    columns = ["classes", "bic", "entropy", "smallest", "jaccard", "verdict"]

    @cache
    def found() -> pd.DataFrame:
        return cxlab.segments.find_segments(study, seed=seed)

    with suppress(ModelError):  # which the answer tells
        numbers = [int(one) for one in found()["classes"] if one > 1]
        best = next(map(int, found().query("verdict == 'chosen' and classes > 1")["classes"]), 2)

    def read(classes: int) -> Iterator[Found]:
        keys = {"classes": classes, "n_boot": n_boot, "seed": seed}
        now = cxlab.segments.segment_profile(study, found(), **keys)
        said = ", ".join(f"{key}={value}" for key, value in keys.items())
        made = f"cx.segments.find_segments(study, seed={seed})"
        call = f"cx.segments.segment_profile(study, {made}, {said})"

        def draw() -> list:
            told = paragraph(_.say([*say_profile(now), *say_doubt(now)]))
            beside = [paragraph(_.say(say_segments(found()))), table(_, found(), columns)]
            return [told, plot_profile(_.about(now), now).html(), *beside]

        yield now, call, draw

    return Explorer(_, [choice(_("Profiles"), numbers, best, str)], read)


def _beside(_: Wording, first: pd.DataFrame, now: pd.DataFrame) -> list:
    """What this choice says, its picture, and its ranks beside those of the first choice."""
    shown = [paragraph(_.say(say_drivers(now, top=3))), plot_drivers(_, now).html()]
    if now is first:
        return shown
    heading = _("Rank at first")
    both = now.merge(
        first[["touchpoint", "rank"]], on="touchpoint", how="outer", suffixes=("", "_first")
    )
    ranks = both.sort_values("rank").rename(columns={"rank_first": heading})
    beside = table(_, ranks, ["touchpoint", heading, "rank", "share_relative", "sign"])
    return [paragraph(_.say(say_rank_changes(first, now))), shown[0], beside, shown[1]]
