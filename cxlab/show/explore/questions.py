"""What is asked before and after a survey: how exact an NPS is, what better ratings go with, where
importance is high and the index low, and what a table of groups gives away.
"""

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import ipywidgets
import pandas as pd

from cxlab.errors import CxlabError, ModelError
from cxlab.show.disclosure.subtraction import subtraction
from cxlab.show.explore.explorer import (
    Explorer,
    Found,
    Slider,
    choice,
    control,
    part_of,
    reader,
    splits_of,
    whose,
    why,
)
from cxlab.show.page.html import paragraph, points
from cxlab.show.page.tables import table
from cxlab.show.plot.constructs import plot_importance
from cxlab.show.say.constructs import say_importance
from cxlab.show.say.drivers import by_model, say_what_if
from cxlab.show.words.wording import Wording, number, percent

# So many answers an explorer asks for at most.
MOST = 1_000_000
# A small study whose smallest plan a reader finds by subtraction.
_PLANS = {"basic": 24, "plus": 12, "pro": 4}
_CITIES = "xxyxyyxyxz"


def explore_nps_error(
    n: int = 200, promoters: float = 0.45, detractors: float = 0.2, *, language: str = "en"
) -> Explorer:
    """Choose a number of answers and the shares of promoters and detractors; see the interval of
    the NPS, and how many answers a wished one takes.

    Parameters
    ----------
    n : int
        Answers at first.
    promoters, detractors : float
        Shares (0–1) at first.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    Explorer
        `.result` is that of `cx.waves.nps_error`, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore.nps_error(400).result["estimate"].round(1).tolist()
    [25.0]
    """
    import cxlab  # an explorer stands where a notebook does, in front of the face

    _ = reader(language)
    answers = {"min": 1, "max": MOST, "value": n}
    controls = [
        control(ipywidgets.BoundedIntText, _("Answers"), **answers),
        Slider(_("Promoters, %"), 0, 100, 100 * promoters, 1),
        Slider(_("Detractors, %"), 0, 100, 100 * detractors, 1),
        Slider(_("Wished margin, points"), 0.5, 20, 5, 0.5),
    ]

    def read(n: int, promoters: float, detractors: float, margin: float) -> Iterator[Found]:
        shares = [round(one / 100, 4) for one in (promoters, detractors)]
        found = cxlab.waves.nps_error(n, *shares, margin=margin)
        row = found.assign(metric="nps").iloc[0]
        said = [
            _(
                "NPS {value} (95% interval {interval}) of {n} answers: {promoters} promoters,"
                " {passives} passives, {detractors} detractors.",
                value=number(row["estimate"], 1),
                interval=_.interval(row),
                n=n,
                **{one: percent(row[one]) for one in ("promoters", "passives", "detractors")},
            ),
            _(
                "For a margin of ±{margin} points it takes {needed} answers, drawn at random and"
                " equally weighted.",
                margin=number(margin, 1),
                needed=row["n_needed"],
            ),
        ]
        call = f"cx.waves.nps_error({n}, {shares[0]}, {shares[1]}, margin={margin:g})"
        yield found, call, lambda: [paragraph(said)]

    return Explorer(_, controls, read)


def explore_what_if(study: Any, *, language: str = "en") -> Explorer:
    """A slider for each touchpoint: what goes with customers rating it so much higher, in points of
    the outcome and, where the study tells it, in money.

    Parameters
    ----------
    study : Study
        A study with touchpoints and an outcome.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    Explorer
        `.result` is that of `cx.what_if`, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> explorer = cx.explore.what_if(cx.simulate_study(200, seed=1))
    >>> "cx.what_if" in explorer.call
    True
    """
    import cxlab

    _ = reader(language, study)
    names = [*study.touchpoints.query("experience")["touchpoint"]]
    outcome = choice(_("Outcome"), study.outcomes["outcome"], study.codebook.main_outcome, _.name)
    who = whose(_, study, splits_of(study))
    sliders = []
    for name in names:
        scale = study.scale_of(name)
        step = 0.1 if scale.max - scale.min < 12 else 1.0
        sliders.append(Slider(_.name(name), -20 * step, 20 * step, 0, step))
    if sliders:
        sliders[0].value = sliders[0].field.max / 4

    @cache
    def fitted(outcome: str, *who: str) -> Any:
        return cxlab.fit_loyalty(part_of(study, *who)[0], outcome)

    @cache
    def valued(outcome: str, *who: str) -> Any:
        try:
            return cxlab.money.money_value(part_of(study, *who)[0], outcome)
        except ModelError as error:  # most studies tell no money
            return error

    def read(outcome: str, by: str, level: str, *up: float) -> Iterator[Found]:
        changes = {name: round(one, 2) for name, one in zip(names, up, strict=True) if one}
        if not changes:
            raise ModelError("no touchpoint is changed; move a slider")
        picked = part_of(study, by, level)[1]
        fit, wanted = fitted(outcome, by, level), f'({picked}, "{outcome}")'
        call = f"cx.what_if(cx.fit_loyalty{wanted}, {changes}"
        found = cxlab.what_if(fit, changes)
        yield found, f"{call})", lambda: _changed(_, found)
        money = valued(outcome, by, level)
        if isinstance(money, CxlabError):
            yield found, f"{call})", lambda: [*_changed(_, found), *why(_, money)]
            return
        paid = cxlab.what_if(fit, changes, money=money)
        call += f", money=cx.money.money_value{wanted})"
        yield paid, call, lambda: _changed(_, paid)

    return Explorer(_, [outcome, *who, *sliders], read, steps=2)


def _changed(_: Wording, found: pd.DataFrame) -> list:
    """What goes with the changes, in sentences, and a row for each."""
    rows, _others, _style = by_model(found)
    columns = ["touchpoint", "reached", ("estimate", "conf_low", "conf_high")]
    if "amount" in found:
        money = ["amount", "amount_low", "amount_high"]
        paid = found.dropna(subset=["amount"])[["touchpoint", "unit", *money]]
        rows = rows.drop(columns=[*money, "unit"]).merge(paid, on="touchpoint", how="left")
        columns.append((*money,))
    about = _.about(found)
    return [paragraph(about.say(say_what_if(found))), table(about, rows, columns)]


def explore_constructs(study: Any, *, language: str = "en", n_boot: int = 500) -> Explorer:
    """Choose a construct and whose answers: how much each other construct matters to it, beside its
    index (IPMA), both with their intervals.

    Parameters
    ----------
    study : Study
        A study that declares `model:`; of any other the reason is shown.
    language : str
        A language of reports, such as "en" or "pt-BR".
    n_boot : int
        Resamples of each model, few enough to be waited for.

    Returns
    -------
    Explorer
        `.result` is that of `cx.constructs.importance_performance`, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> study = cx.simulate_study(300, seed=1, design="insurance")
    >>> cx.explore.constructs(study, n_boot=50).result["construct"].nunique()
    5
    """
    import cxlab

    _ = reader(language, study)

    @cache
    def fitted(by: str, level: str) -> Any:
        return cxlab.constructs.fit_constructs(part_of(study, by, level)[0], n_boot=n_boot)

    targets = [""]
    with suppress(ModelError):  # which the answer tells
        fit = fitted("", "")
        targets = [one for one in reversed(fit.constructs) if fit.model.get(one)]

    def read(target: str, by: str, level: str) -> Iterator[Found]:
        found = cxlab.constructs.importance_performance(fitted(by, level), target)
        made = f"cx.constructs.fit_constructs({part_of(study, by, level)[1]}, n_boot={n_boot})"
        call = f'cx.constructs.importance_performance({made}, "{target}")'

        def draw() -> list:
            picture = plot_importance(_.about(found), found)
            said = paragraph(_.say(say_importance(found)))
            return [said, *([picture.html()] if picture else [])]

        yield found, call, draw

    target = choice(_("Construct"), targets, targets[0], _.name)
    return Explorer(_, [target, *whose(_, study, splits_of(study))], read)


def explore_disclosure(study: Any = None, *, language: str = "en") -> Explorer:
    """Choose splits and the least cell; see which groups a report hides and why, and what a reader
    could compute by subtraction if only the groups of few were hidden.

    Parameters
    ----------
    study : Study, optional
        A study with segments or waves; a small made-up one unless given.
    language : str
        "en" or "pt-BR".

    Returns
    -------
    Explorer
        `.result` is that of `cx.explore.subtraction`, `.call` what makes it.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.explore.disclosure().result["reason"].tolist()
    ['', '', 'tells', 'few']
    """
    import cxlab

    if study is None:
        study = _made_up(cxlab.Study)
    _ = reader(language, study)
    splits = splits_of(study)
    first = splits[0] if splits else ""
    controls = [
        choice(_("Outcome"), study.outcomes["outcome"], study.codebook.main_outcome, _.name),
        choice(_("First split"), splits or [""], first, _.name),
        choice(_("Second split"), ["", *splits], "", lambda one: _.name(one) if one else "–"),
        control(
            ipywidgets.BoundedIntText,
            _("Least answers of a group"),
            min=2,
            max=max(study.n, 2),
            value=study.codebook.report.min_cell,
        ),
    ]

    def read(outcome: str, one: str, other: str, least: int) -> Iterator[Found]:
        by = [split for split in dict.fromkeys([one, other]) if split]
        if not by:
            raise ModelError("this study has neither segments nor waves; no table has groups")
        found = subtraction(study, outcome, by, min_cell=least)
        call = f'cx.explore.subtraction(study, "{outcome}", {by}, min_cell={least})'
        yield found, call, lambda: _attacked(_, found, least)

    return Explorer(_, controls, read)


def _attacked(_: Wording, found: pd.DataFrame, least: int) -> list:
    """What a reader sees of each group, what subtraction finds, and why it is hidden."""
    few, told = found["reason"] == "few", found["told"].notna()
    reasons = {
        "": "",
        "few": _("fewer than {n} answers", n=least),
        "tells": _("would tell a hidden group"),
    }
    naive = _("If only groups of few are hidden")
    by_sums, report = _("Found by subtraction"), _("In a report")
    values = found["estimate"].map(lambda one: _.fill(number(one, 2)))
    hidden = _("hidden")
    rows = found.assign(
        **{
            naive: values.mask(few, hidden),
            by_sums: found["told"].map(lambda one: _.fill(number(one, 2))).where(told, ""),
            report: values.mask(found["reason"] != "", hidden),
            _("Why"): found["reason"].map(reasons),
        }
    )
    said = [_("No group has fewer than {n} answers: nothing has to be hidden.", n=least)]
    if few.any():
        said = [
            _("Groups with fewer than {least} answers: {n}.", n=int(few.sum()), least=least),
            _("Of these, subtraction finds if no other group is hidden: {n}.", n=int(told.sum())),
            _("Rows that a report hides in all: {n}.", n=int((found["reason"] != "").sum())),
        ]
    columns = ["group", "level", "n", naive, by_sums, report, _("Why")]
    return [points(said), table(_, rows, columns)]


def _made_up(of: Any) -> Any:
    """40 customers of three plans in three cities."""
    plans = [plan for plan, n in _PLANS.items() for _one in range(n)]
    frame = pd.DataFrame({"plan": plans, "city": [*_CITIES * 4]})
    frame["answer"] = [(7 * row) % 11 for row in range(len(frame))]
    outcomes = {"recommend": {"kind": "nps", "column": "answer"}}
    return of.from_frame(frame, {}, outcomes, segments=["plan", "city"])
