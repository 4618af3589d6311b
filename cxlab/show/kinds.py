"""One row a kind of result: its title, what may be shown of it, how it is said, drawn and listed.

A new kind of result is one row here, its words and at most one picture. Only this file names
functions of show/; they are loaded when they are first used. A kind without a disclosure rule
cannot be shown on a page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple

import pandas as pd

from cxlab.errors import ModelError
from cxlab.result import Result
from cxlab.show.page import parts
from cxlab.show.page.html import Html
from cxlab.show.page.pieces import Sentences
from cxlab.show.words.catalogue import N_
from cxlab.show.words.wording import Phrase, Wording, of_result


class Rests(NamedTuple):
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


@dataclass(frozen=True)
class Kind:
    """How one kind of result is shown. Functions are named "module:function" of their room.

    Attributes
    ----------
    title : str
        Heads the table of it.
    rests : Rests
        On whose answers it rests, and what may be shown of it.
    say : str
        In say/: takes the result, gives phrases.
    says : mapping of str to str
        Other sentences, by name.
    plots : mapping of str to str
        In plot/: its pictures by name; the first is the usual one.
    layout : {"prose", "points", "note"}
        Of its sentences on a page.
    parts : mapping of str to slice
        Names for some of its sentences.
    behind : str
        In say/: the table that the workbook holds behind its sentences, where that is not the whole
        result.
    columns, caption
        Of its table on a page, where these are not all and the title.
    """

    title: str
    rests: Rests | None = None
    say: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    plots: Mapping[str, str] = field(default_factory=dict)
    layout: str = "prose"
    parts: Mapping[str, slice] = field(default_factory=dict)
    behind: str = ""
    columns: Sequence | None = None
    caption: str = ""


_BOTH = ("expectation", "experience")
_KANO = ("must_be", "one_dimensional", "attractive", "indifferent", "reverse", "questionable")
_METRICS = Rests("rules:by_row", ("outcome",), ("detractors", "passives", "promoters"))
_EXPERIENCE = Rests("rules:by_row", ("experience",))
_GAP = Rests("rules:by_row", _BOTH)
_LOSS_AND_GAIN = Rests("rules:as_a_whole", _BOTH, ("n_loss", "n_gain"))
_AS_A_WHOLE = Rests("rules:as_a_whole", ("model",))
# A statement on a model as a whole, which names no group of respondents.
_FREE = Rests("rules:unchanged", ("model",))
_STUDY = Rests("rules:unchanged", ("study",))

KINDS: dict[str, Kind] = {
    # models/describe
    "metrics": Kind(
        N_("Headline figures"),
        _METRICS,
        "metrics:say_metrics",
        plots={"metrics": "metrics:plot_metrics"},
    ),
    "metrics_by_wave": Kind(
        N_("{outcome}: by wave"),
        _METRICS,
        "metrics:say_waves",
        plots={"waves": "metrics:plot_waves", "metrics": "metrics:plot_metrics"},
        layout="points",
        behind="metrics:first_metric",
    ),
    "metrics_by_group": Kind(
        N_("{outcome}: by “{group}”"),
        _METRICS,
        "metrics:say_segments",
        plots={"segments": "metrics:plot_segments", "metrics": "metrics:plot_metrics"},
        layout="points",
    ),
    "distribution": Kind(
        N_("{outcome}: how the answers are spread"),
        Rests("rules:merge_small", ("outcome",), ("n",)),
        plots={"distribution": "distribution:plot_distribution"},
    ),
    "changes": Kind(
        N_("{outcome}: change from wave to wave"),
        Rests("rules:compared", ("outcome",)),
        "metrics:say_changes",
        layout="points",
        behind="behind:changes",
    ),
    "differences": Kind(
        N_("{outcome}: differences by “{group}”"),
        Rests("rules:compared", ("outcome",)),
        "metrics:say_differences",
        layout="points",
        behind="behind:differences",
    ),
    "experience_scores": Kind(
        N_("Experience at each touchpoint"),
        _EXPERIENCE,
        "experience:say_experience",
        plots={"experience": "gap:plot_experience"},
        columns=["touchpoint", ("experience", "conf_low", "conf_high"), "used", "n"],
        caption=N_("Experience by touchpoint, with 95% intervals"),
    ),
    "gap_scores": Kind(
        N_("Expectation and experience at each touchpoint"),
        _GAP,
        "experience:say_gaps",
        plots={"gaps": "gap:plot_gaps"},
    ),
    "tolerance": Kind(
        N_("Is experience within the zone of tolerance?"),
        Rests("rules:by_row", ("adequate", *_BOTH), ("below", "inside", "above")),
        "gap_scores:say_tolerance",
        plots={"tolerance": "gap:plot_tolerance"},
    ),
    "servqual": Kind(
        N_("Mean gap and mean experience (SERVQUAL, SERVPERF)"),
        _GAP,
        "gap_scores:say_servqual",
    ),
    "gap_reliability": Kind(
        N_("How reliable the gap is as a measurement"),
        _AS_A_WHOLE,
        "gap_scores:say_gap_reliability",
    ),
    "expectation_ceiling": Kind(
        N_("Who expected the most that the scale allows"),
        Rests("rules:by_row", ("expectation",), ("estimate",)),
        "gap_scores:say_expectation_ceiling",
    ),
    "kano": Kind(
        N_("What customers say of each feature (Kano)"),
        Rests("rules:by_row", ("functional", "dysfunctional"), _KANO),
        "classes:say_kano",
        layout="points",
    ),
    "reliability": Kind(
        N_("How well questions on one thing go together"),
        _AS_A_WHOLE,
        "checks:say_reliability",
    ),
    "design_effects": Kind(N_("Design effects"), Rests("rules:as_a_whole", ("outcome",))),
    "item_rest": Kind(N_("Each question against the rest"), _AS_A_WHOLE),
    # models/gap
    "compare_gap_forms": Kind(
        N_("The contest of forms"),
        _AS_A_WHOLE,
        "gap:say_gap_forms",
        plots={"forms": "gap:plot_gap_forms"},
        parts={"meaning": slice(1), "figures": slice(1, 2), "why": slice(2, None)},
    ),
    "surface": Kind(N_("The surface in numbers"), _FREE, "surface:say_surface"),
    "surface_grid": Kind(
        N_("The surface in numbers"),
        _FREE,
        plots={"map": "surface:plot_surface", "3d": "surface:plot_surface_3d"},
    ),
    "gap_points": Kind(N_("Pairs of ratings"), Rests("rules:coarse_points", _BOTH, ("n",))),
    "congruence": Kind(
        N_("Conditions for calling it best to meet the expectation exactly"),
        _FREE,
        "surface:say_congruence",
    ),
    "disconfirmation": Kind(
        N_("A point short of expectation and a point beyond: {outcome}"),
        _LOSS_AND_GAIN,
        "gap:say_disconfirmation",
        parts={"cost": slice(1), "gain": slice(1, None)},
    ),
    "penalty_reward": Kind(
        N_("What low and high ratings go with: {outcome}"),
        _FREE,
        "classes:say_penalty_reward",
        plots={"penalty_reward": "gap:plot_penalty_reward"},
    ),
    "fit_gaps": Kind(N_("Gap models at each touchpoint"), _LOSS_AND_GAIN, "gap:say_gaps_models"),
    "fit_long": Kind(N_("Coefficients of the model"), _AS_A_WHOLE),
    "expectation_sources": Kind(
        N_("What today's expectation goes with"),
        _FREE,
        "gap_scores:say_expectation_sources",
        behind="behind:sources",
    ),
    # models/loyalty and models/importance
    "importance": Kind(
        N_("What goes with the outcome, and how surely"),
        _AS_A_WHOLE,
        "importance:say_drivers",
        says={"ranks": "importance:say_ranks"},
        plots={"drivers": "importance:plot_drivers", "ranks": "rankings:plot_ranks"},
        layout="points",
    ),
    "priorities": Kind(
        N_("Touchpoints by priority"),
        _FREE,
        "importance:say_priorities",
        plots={"priorities": "importance:plot_priorities"},
        layout="points",
    ),
    "effects": Kind(
        N_("What one point better goes with: {outcome}"),
        _AS_A_WHOLE,
        "effects:say_effects",
        plots={"effects": "rankings:plot_effects"},
    ),
    "what_if": Kind(
        N_("What better ratings at some touchpoints go with: {outcome}"),
        Rests("rules:as_a_whole", ("model",), ("at_ceiling",)),
        "effects:say_what_if",
    ),
    "compare_importance": Kind(
        N_("The ranking by each way of counting weight"),
        _AS_A_WHOLE,
        "rankings:say_methods",
        plots={"rankings": "rankings:plot_rankings"},
    ),
    "compare_missing": Kind(
        N_("The ranking with each treatment of missing answers"),
        Rests("rules:by_row", ("model",)),
        "rankings:say_missing",
        plots={"rankings": "rankings:plot_rankings"},
    ),
    "diagnose": Kind(
        N_("Checks of the driver model"),
        _FREE,
        "checks:say_diagnosis",
        behind="behind:checks",
    ),
    "glance": Kind(
        N_("The driver model as a whole"),
        _AS_A_WHOLE,
        "checks:say_method",
        layout="note",
        behind="behind:method",
    ),
    "moderation": Kind(
        N_("How the weight differs between groups"), _AS_A_WHOLE, "checks:say_moderation"
    ),
    "simple_slopes": Kind(N_("The weight in each group"), _AS_A_WHOLE),
    "rank_distribution": Kind(N_("Ranks in new samples"), _FREE),
    "dominance": Kind(N_("Dominance between touchpoints"), _FREE),
    "conditional_dominance": Kind(N_("Share by size of the model"), _FREE),
    "parallel_lines": Kind(N_("Test of parallel lines"), _FREE),
    "fit": Kind(N_("The model"), _FREE, "importance:say_by_stage"),
    "tidy": Kind(N_("Coefficients of the model"), _FREE),
    "dropped": Kind(N_("Left out of the driver model, by reason"), _FREE, columns=["reason", "n"]),
    # study, and what it says of itself
    "flow": Kind(N_("From the file to the report"), _STUDY, columns=["step", "n", "dropped"]),
    "missing": Kind(
        N_("How each experience question was answered"),
        Rests("threshold:suppress", ("study",)),
        columns=["touchpoint", "answered", "not_used", "no_answer", "not_asked"],
    ),
    "verbatims": Kind(N_("What they wrote"), _STUDY, plots={"quotes": "page.quotes:quotes"}),
}

# Sentences that several results make together, each of which may be absent.
TOGETHER = {"bottom_line": Kind("", say="bottom_line:say_bottom_line", layout="points")}
LIMITS = Kind("", say="limits:say_limits", layout="points")


NOTHING: Mapping[str, Any] = {}


def kind_of(result: Any, kind: str | None = None) -> str:
    """The kind of a result (of the first of several), unless it is said. Raises ModelError where
    neither tells.
    """
    first = result[0] if isinstance(result, (list, tuple)) and result else result
    known = getattr(first, "result_kind", "fit" if hasattr(first, "design") else None)
    if kind in KINDS:
        return kind
    if known is None and kind is not None:
        views = ((name, {**one.says, **one.plots}) for name, one in KINDS.items())
        known = next((name for name, view in views if kind in view), None)
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


def _function(room: str, name: str) -> Callable:
    """The function "module:function" of a room of show/."""
    module, function = name.split(":")
    home = module if "." in module else f"{room}.{module}"
    return getattr(import_module(f"cxlab.show.{home}"), function)


def _view(result: Any, kind: str | None, views: Mapping[str, str], known: str) -> str:
    """The function of a named view, the first unless one is named."""
    if kind in views:
        return views[kind]
    if not views or (kind is not None and kind not in KINDS):
        raise ModelError(
            "a result of the kind {known} has no view kind={kind!r}; it has {views}",
            known=known,
            kind=kind,
            views=", ".join(views) or "none",
        )
    return next(iter(views.values()))


Options = Mapping[str, Any]


def _options(function: Callable, result: Any, given: Options, offers: Options) -> dict[str, Any]:
    """Options of a function: what is given; of what it takes besides, what the page offers and what
    the result knows of itself.
    """
    known = {**offers, **getattr(result, "settings", {})}
    if getattr(result, "conf_level", None) is not None:
        known["conf_level"] = result.conf_level
    takes = signature(function).parameters
    return {name: one for name, one in known.items() if name in takes} | dict(given)


def phrases(
    result: Any, kind: str | None, options: Options, offers: Options = NOTHING
) -> list[Phrase]:
    """What a result says."""
    found = entry(result, kind)
    usual = {"": found.say} if found.say else {}
    say = _function("say", _view(result, kind, usual | found.says, kind_of(result, kind)))
    return [*of_result(result, say(result, **_options(say, result, options, offers)))]


def piece_of_sentences(
    result: Any, kind: str | None, options: Options, offers: Options = NOTHING
) -> Sentences:
    """What a result says, with the tables that it was said from."""
    found = entry(result, kind)
    said = tuple(phrases(result, kind, options, offers))
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
        shown = _function("say", found.behind)
        takes = signature(shown).parameters
        frame = shown(frame, **{name: options[name] for name in options if name in takes})
    return frame, title_of(_, found, frame)


def title_of(_: Wording, found: Kind, frame: pd.DataFrame) -> str:
    """A kind's title, with the outcome and the split of the frame where each is one."""

    def name(column: str) -> Any:
        values = frame[column].dropna().unique() if column in frame else ()
        return values[0] if len(values) == 1 else ""

    return _(found.title, outcome=name("outcome"), group=name("group")).strip(": ")


def _behind(
    result: pd.DataFrame, kind: str | None, options: Options
) -> Callable[[Wording], dict[str, Any]]:
    """The same as a part of a page that does not show it, in words."""
    for_workbook = _function("say", "behind:for_workbook")

    def part(_: Wording) -> dict[str, Any]:
        _ = _.about(result)
        frame, title = behind(result, _, kind, **options)
        return parts.of_table(_, for_workbook(frame, _), title) | {"behind": True}

    return part


def piece_of_several(kind: str, results: Mapping[str, Any]) -> Sentences:
    """Sentences that several results make together. KeyError for unknown ones. Their tables belong
    to the sections that tell the same.
    """
    found = TOGETHER[kind]
    return Sentences(tuple(_function("say", found.say)(**results)), (), found.layout)


def piece_of_limits(study: Any, hidden: int, register: Any) -> Sentences:
    """Who is counted, what is missing, and how many rows are hidden."""
    said = _function("say", LIMITS.say)(study, hidden=hidden)
    states = disclosed(study.missing(), register)
    frames = [
        (N_("Weights"), _function("say", "limits:weights_table")(study)),
        (KINDS["missing"].title, _function("say", "limits:states_table")(states)),
    ]
    behind = tuple(
        lambda _, title=title, frame=frame: parts.of_table(_, frame, _(title)) | {"behind": True}
        for title, frame in frames
        if len(frame)
    )
    return Sentences(tuple(said), behind, LIMITS.layout)


def drawn(
    result: Any, _: Wording, kind: str | None, options: Options, offers: Options = NOTHING
) -> Any:
    """A result's picture."""
    name = kind_of(result, kind)
    plot = _function("plot", _view(result, kind, KINDS[name].plots, name))
    first = result[0] if isinstance(result, (list, tuple)) else result
    return plot(_.about(first), result, **_options(plot, result, options, offers))


def picture(
    result: Any, _: Wording, kind: str | None, options: Options, offers: Options = NOTHING
) -> Html | None:
    """A result's picture as a piece of a page."""
    made = drawn(result, _, kind, options, offers)
    if made is None or isinstance(made, Html):
        return made
    return Html(made.html(), [parts.of_picture(made)])


def disclosed(result: Any, register: Any) -> Result:
    """What may be shown of a result by the rule of its kind, in the digits of a page. Raises
    ModelError where that is nothing, and for a kind that has no rule or does not say whose answers
    it rests on.
    """
    name = kind_of(result)
    rests = KINDS[name].rests if name in KINDS else None
    if rests is None:
        raise ModelError(
            "a result of the kind {kind} has no disclosure rule, so it cannot stand on a page;"
            " give it one in kinds.py",
            kind=name,
        )
    rule = _function("disclosure", rests.rule)
    context = {"min_cell": register.min_cell, "register": register, "rests": rests}
    taken = {key: one for key, one in context.items() if key in signature(rule).parameters}
    printed = _function("disclosure", "classes:printed")
    return result.like(printed(rule(result, **taken), register, rests))
