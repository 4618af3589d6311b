"""How each kind of result is shown: what may be shown of it, how it is said, drawn and listed.

A new kind of result is one row in kinds.yml, its words and at most one picture. Only that file
names functions of show/; they are loaded when they are first used. A kind without a disclosure rule
cannot be shown on a page.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from inspect import signature
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, TypeAdapter

from cxlab.data_files import read_data
from cxlab.errors import ModelError
from cxlab.result import Result
from cxlab.show.disclosure.classes import printed
from cxlab.show.page import parts
from cxlab.show.page.html import Html
from cxlab.show.page.pieces import Sentences
from cxlab.show.say import report
from cxlab.show.say.behind import for_workbook
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Phrase, Wording, of_result


class Rests(BaseModel, frozen=True, extra="forbid"):
    """On whose answers a kind of result rests, and what may be shown of it.

    Attributes
    ----------
    rule : str
        In disclosure/: takes the result and the least cell, gives what may be shown, or raises
        ModelError.
    base : tuple of str
        A row's respondents are those who answered the outcome, or these questions on the
        touchpoint; those in the model, or in the study.
    counts : tuple of str
        Columns that are classes of these respondents, as shares or counts.
    """

    rule: str
    base: tuple[str, ...]
    counts: tuple[str, ...] = ()


class Kind(BaseModel, frozen=True, extra="forbid"):
    """How one kind of result is shown. Functions are named "room.module.function" of show/.

    Attributes
    ----------
    title : str
        Heads the table of it.
    rests : Rests
        On whose answers it rests, and what may be shown of it.
    say : str
        In say/: takes the result, gives phrases.
    says : mapping of str to str
        Other sentences, by name; `message`: what heads its table on a slide of its own.
    plots : mapping of str to str
        In plot/: its pictures by name; the first is the usual one.
    layout : {"prose", "points", "note"}
        Of its sentences on a page.
    parts : mapping of str to (int, int)
        Names for some of its sentences, from the one up to the other.
    behind : str
        In say/: the table that the workbook holds behind its sentences, where that is not the whole
        result.
    finding : str
        A column of p: where it holds none below the level, sentences alone stand in a report.
    columns, caption
        Of its table on a page, where these are not all and the title.
    note : str
        A sentence that stands below this table wherever it does; a report shows the two with the
        picture.
    instead : str
        Of a kind without a picture or sentences: what has them.
    """

    title: str
    rests: Rests | None = None
    say: str = ""
    says: Mapping[str, str] = {}
    plots: Mapping[str, str] = {}
    layout: Literal["prose", "points", "note"] = "prose"
    parts: Mapping[str, tuple[int, int | None]] = {}
    behind: str = ""
    finding: str = ""
    columns: tuple[str | tuple[str, str, str], ...] | None = None
    caption: str = ""
    note: str = ""
    instead: str = ""


# Reads rows by name; an unknown key, or a value that it cannot have, is named with its row.
ROWS = TypeAdapter(dict[str, Kind])
_READ = read_data("show", "kinds.yml")
KINDS = ROWS.validate_python(_READ["kinds"])
# Sentences that several results make together, each of which may be absent.
TOGETHER = ROWS.validate_python(_READ["together"])

Options = Mapping[str, Any]


def first_of(result: Any) -> Any:
    """The result itself, or the first of several."""
    return result[0] if isinstance(result, (list, tuple)) and result else result


def kind_of(result: Any, kind: str | None = None) -> str:
    """The kind of a result (of the first of several), unless it is said. Raises ModelError where
    neither tells.
    """
    if kind in KINDS:
        return kind
    first = first_of(result)
    known = getattr(first, "result_kind", "fit" if hasattr(first, "design") else None)
    if known is None and kind is not None:
        known = next(
            (name for name, row in KINDS.items() if kind in {**row.says, **row.plots}), None
        )
    if known is None:
        raise ModelError(
            "this {what} is no result of cxlab, or was changed so that it is none any more (a"
            " column, a number); give the result itself, or say kind=, one of {known}",
            what=type(first).__name__,
            known=", ".join(sorted(KINDS)),
        )
    return known


def entry(result: Any, kind: str | None = None) -> Kind:
    """The row of a result's kind."""
    return KINDS[kind_of(result, kind)]


def rests_on_experience(estimator: Callable) -> bool:
    """Whether an estimator's results rest on the ratings of what respondents met."""
    kind = getattr(estimator, "result_kind", None)
    rests = KINDS[kind].rests if isinstance(kind, str) and kind in KINDS else None
    return rests is not None and "experience" in rests.base


def _function(name: str) -> Callable:
    """The function "room.module.function" of show/."""
    module, _dot, function = name.rpartition(".")
    return getattr(import_module(f"cxlab.show.{module}"), function)


def _view(result: Any, kind: str | None, views: Mapping[str, str]) -> Callable:
    """The function of a named view, the first unless one is named."""
    if not views:
        raise ModelError(
            "a result of the kind {known} has no view of its own; show {instead}",
            known=kind_of(result, kind),
            instead=entry(result, kind).instead or "cx.table(result)",
        )
    if kind not in views and kind is not None and kind not in KINDS:
        raise ModelError(
            "a result of the kind {known} has no view kind={kind!r}; it has {views}",
            known=kind_of(result, kind),
            kind=kind,
            views=", ".join(views),
        )
    return _function(views.get(kind) or next(iter(views.values())))


def _taken(function: Callable, offers: Options) -> dict[str, Any]:
    """Of what is offered, what a function takes."""
    takes = signature(function).parameters
    return {name: one for name, one in offers.items() if name in takes}


def _shown_by(function: Callable, result: Any, options: Options, *before: Any) -> Any:
    """What a function makes of a result with the options given, and with what it takes besides of
    what the result knows of itself.
    """
    known = _taken(function, getattr(result, "settings", {}))
    return function(*before, result, **known | dict(options))


def phrases(result: Any, kind: str | None, options: Options) -> list[Phrase]:
    """What a result says."""
    return _phrases(entry(result, kind), result, kind, options)


def _phrases(found: Kind, result: Any, kind: str | None, options: Options) -> list[Phrase]:
    usual = {"": found.say} if found.say else {}
    say = _view(result, kind, usual | found.says)
    return [*of_result(result, _shown_by(say, result, options))]


def piece_of_sentences(result: Any, kind: str | None, options: Options) -> Sentences:
    """What a result says, with the tables that it was said from."""
    found = entry(result, kind)
    said = tuple(_phrases(found, result, kind, options))
    tables = [(result, kind, options), *((one, None, {}) for one in options.values())]
    behind = tuple(_behind(*one) for one in tables if said and isinstance(one[0], pd.DataFrame))
    layout = "prose" if kind in found.says else found.layout
    return Sentences(said, behind, layout, found.parts)


def behind(
    result: pd.DataFrame, _: Wording, kind: str | None = None, **options: Any
) -> tuple[pd.DataFrame, str]:
    """The table that the workbook may hold behind a result's sentences, and its title."""
    found, frame = entry(result, kind), pd.DataFrame(result).drop(columns="stage", errors="ignore")
    if found.behind:
        shown = _function(found.behind)
        frame = shown(frame, **_taken(shown, options))
    return frame, title_of(_, found, frame)


def title_of(_: Wording, found: Kind, frame: pd.DataFrame) -> str:
    """A kind's title, with the outcome and the split of the frame where each is one."""

    def name(column: str) -> Any:
        values = frame[column].dropna().unique() if column in frame else ()
        return values[0] if len(values) == 1 else ""

    about = {one: name(one) for one in ("outcome", "group", "question", "leads_to")}
    return _(found.title, **about).strip(": ")


def _behind(
    result: pd.DataFrame, kind: str | None, options: Options
) -> Callable[[Wording], dict[str, Any]]:
    """The same as a part of a page that does not show it, in words."""

    def part(_: Wording) -> dict[str, Any]:
        _ = _.about(result)
        frame, title = behind(result, _, kind, **options)
        return parts.of_table(_, for_workbook(frame, _), title) | {"behind": True}

    return part


def piece_of_several(kind: str, results: Mapping[str, Any]) -> Sentences:
    """Sentences that several results make together. KeyError for unknown ones. The tables of lists
    of results stand behind them; those of others belong to the sections that tell the same.
    """
    found = TOGETHER[kind]
    tables = [one for held in results.values() if isinstance(held, list) for one in held]
    behind = tuple(_behind(one, None, {}) for one in tables)
    return Sentences(tuple(_function(found.say)(**results)), behind, found.layout)


def piece_of_limits(study: Any, hidden: int, register: Any) -> Sentences:
    """Who is counted, what is missing, and how many rows are hidden."""
    frames = {
        N_("Weights"): report.weights_table(study),
        KINDS["missing"].title: report.states_table(disclosed(study.missing(), register)),
    }
    behind = tuple(
        lambda _, title=title, frame=frame: parts.of_table(_, frame, _(title)) | {"behind": True}
        for title, frame in frames.items()
        if len(frame)
    )
    return Sentences(tuple(report.say_limits(study, hidden=hidden)), behind, "points")


def drawn(result: Any, _: Wording, kind: str | None, options: Options) -> Any:
    """A result's picture."""
    plot = _view(result, kind, entry(result, kind).plots)
    return _shown_by(plot, result, options, _.about(first_of(result)))


def picture(result: Any, _: Wording, kind: str | None, options: Options) -> Html:
    """A result's picture as a piece of a page."""
    made = drawn(result, _, kind, options) or Html()
    return made if isinstance(made, Html) else Html(made.html(), [parts.of_picture(made)])


def disclosed(result: Any, register: Any, kind: str | None = None) -> Result:
    """What may be shown of a result by the rule of its kind, in the digits of a page; it knows the
    page's least cell and waves. Raises ModelError where that is nothing, and for a kind that has no
    rule or does not say whose answers it rests on.
    """
    name = kind_of(result, kind)
    rests = KINDS[name].rests if name in KINDS else None
    if rests is None:
        raise ModelError(
            "a result of the kind {kind} has no disclosure rule, so it cannot stand on a page;"
            " give it one in kinds.yml",
            kind=name,
        )
    rule = _function(rests.rule)
    context = {"min_cell": register.min_cell, "register": register, "rests": rests}
    shown = printed(rule(result, **_taken(rule, context)), register, rests)
    known = {"min_cell": register.min_cell, "waves": register.study.wave_order, **result.settings}
    return Result.of(shown, name, result.conf_level, known, result.labels)
