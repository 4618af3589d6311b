"""The tables behind the sentences, so that no number of a report stands without the row that it was
read from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, wraps
from inspect import signature

import pandas as pd

from cxlab.show.page.parts import Said, behind
from cxlab.show.page.refusals import Refusal, reason
from cxlab.show.say.wording import VALUE, Wording
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.text import N_

# What the table behind a function's sentences is called in the workbook; a second result that it
# takes, by the name of its place.
_BEHIND = {
    "say_nps": N_("Headline figures"),
    "say_metrics": N_("Headline figures"),
    "say_waves": N_("{outcome}: by wave"),
    "say_changes": N_("{outcome}: change from wave to wave"),
    "say_segments": N_("{outcome}: by “{group}”"),
    "say_differences": N_("{outcome}: differences by “{group}”"),
    "say_experience": N_("Experience at each touchpoint"),
    "say_gaps": N_("Expectation and experience at each touchpoint"),
    "say_tolerance": N_("Is experience within the zone of tolerance?"),
    "say_servqual": N_("Mean gap and mean experience (SERVQUAL, SERVPERF)"),
    "say_gap_reliability": N_("How reliable the gap is as a measurement"),
    "say_expectation_ceiling": N_("Who expected the most that the scale allows"),
    "say_expectation_sources": N_("What today's expectation goes with"),
    "say_gap_forms": N_("The contest of forms"),
    "say_disconfirmation": N_("A point short of expectation and a point beyond: {outcome}"),
    "say_gaps_models": N_("Gap models at each touchpoint"),
    "say_surface": N_("The surface in numbers"),
    "say_congruence": N_("Conditions for calling it best to meet the expectation exactly"),
    "say_penalty_reward": N_("What low and high ratings go with: {outcome}"),
    "say_kano": N_("What customers say of each feature (Kano)"),
    "say_drivers": N_("What goes with the outcome, and how surely"),
    "say_ranks": N_("What goes with the outcome, and how surely"),
    "say_priorities": N_("Touchpoints by priority"),
    "say_effects": N_("What one point better goes with: {outcome}"),
    "say_one_effect": N_("What one point better goes with: {outcome}"),
    "say_what_if": N_("What better ratings at some touchpoints go with: {outcome}"),
    "say_methods": N_("The ranking by each way of counting weight"),
    "say_missing": N_("The ranking with each treatment of missing answers"),
    "say_moderation": N_("How the weight differs between groups"),
    "say_reliability": N_("How well questions on one thing go together"),
    "say_diagnosis": N_("Checks of the driver model"),
    "say_method": N_("The driver model as a whole"),
    "frame": N_("{outcome}: by “{group}”"),
    "forms": N_("The contest of forms"),
    "rewards": N_("What low and high ratings go with: {outcome}"),
    "slopes": N_("The weight in each group"),
    "treatments": N_("The ranking with each treatment of missing answers"),
}


def worded(say: Callable) -> Callable:
    """Make a sentence function of a Wording and results one of results, language, labels and
    conf_level; it answers a Refusal with its reason, and its sentences remember the (suppressed)
    results they were made from.

    Raises KeyError, when the function is defined, for one whose table has no title in `_BEHIND`.
    """
    title = _BEHIND[say.__name__]
    own = signature(say)
    places = list(own.parameters)[1:]
    titles = _BEHIND | {places[0]: title}

    @wraps(say)
    def answer(
        *args,
        language: str = "en",
        labels: Mapping | None = None,
        conf_level: float = 0.95,
        **kwargs,
    ) -> list[str]:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Refusal):
                return [reason(value, language, labels)]
        _ = Wording(language, labels, conf_level)
        given = dict(zip(places, args, strict=False)) | kwargs  # optional arguments may be absent

        @cache
        def tables() -> list[Mapping]:
            held = {place: one for place, one in given.items() if isinstance(one, pd.DataFrame)}
            if say.__name__ == "say_differences":
                held["pairs"] = shown_pairs(held["pairs"], held["frame"])
            return [
                _table(_, _SHOWN.get(say.__name__, lambda frame: frame)(one), titles[place])
                for place, one in held.items()
            ]

        return [Said(one, tables) for one in say(_, *args, **kwargs)]

    words = list(signature(answer, follow_wrapped=False).parameters.values())[1:-1]
    results = list(own.parameters.values())[1:]
    answer.__signature__ = own.replace(parameters=[*results, *words])
    return answer


def shown_pairs(pairs: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The differences of the metric that is told, between groups that are shown: one from a hidden
    group would give it away.
    """
    metric = frame["metric"].iloc[0]
    known = frame[(frame["metric"] == metric) & frame["estimate"].notna()]
    levels = known["level"].astype(str)
    shown = pairs[
        (pairs["metric"] == metric) & pairs["lower"].isin(levels) & pairs["higher"].isin(levels)
    ]
    first = ["outcome", "metric", "group", "lower", "higher"]
    return shown[[*first, *shown.columns.difference([*first, "level"], sort=False)]]


def _changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Of an NPS with a small class the scores are in whole points; a change to the digit, or its
    error, would tell the class after all.
    """
    exact = frame["metric"] == "nps"
    if "p_value" not in frame or not exact.any():
        return frame
    return frame.drop(columns=["std_error", "statistic", "p_value"]).assign(
        **{column: frame[column].where(~exact, frame[column].round()) for column in VALUE}
    )


def _differences(frame: pd.DataFrame) -> pd.DataFrame:
    """As with changes; no sentence gives their interval. The metrics of the groups pass as they
    are.
    """
    rounded = _changes(frame)
    if rounded is frame:
        return frame
    return rounded.drop(columns=["conf_low", "conf_high"]).assign(p_holm=frame["p_holm"].round(2))


def _checks(frame: pd.DataFrame) -> pd.DataFrame:
    """How many met a touchpoint, and how many gave the highest answer, no `suppress` has seen."""
    frame = frame[
        ~frame["check"].isin(["users", "touchpoint_ceiling"])
        & ((frame["check"] != "outcome_ceiling") | (frame["verdict"] != "ok"))
    ]
    return frame.assign(note=frame["note"].replace("ceiling", "many_at_top"))


def family_of(model: object) -> str:
    """The family of a driver model by its name: "loyalty: ols …" is "ols"."""
    return str(model).removeprefix("loyalty: ").split()[0]


# What of a function's results the workbook may show, where that is not all.
_SHOWN = {
    "say_changes": _changes,
    "say_differences": _differences,
    "say_diagnosis": _checks,
    "say_method": lambda frame: frame.assign(model=frame["model"].map(family_of)),
    "say_expectation_sources": lambda frame: frame[frame["term"] != "intercept"],
}


def _table(_: Wording, frame: pd.DataFrame, title: str) -> Mapping:
    """A result as the table behind a sentence, in words. A model's own message, in English and
    meant for an analyst, is left out.
    """
    if "term" in frame:
        frame = frame.assign(term=[_.term(term) for term in frame["term"]])
    if "note" in frame:
        frame = frame.assign(note=[note if note in WORDS["ids"] else "" for note in frame["note"]])

    def name(column: str) -> str:
        values = frame[column].dropna().unique() if column in frame else ()
        return _.name(values[0]) if len(values) == 1 else ""

    title = _(title, outcome=name("outcome"), group=name("group")).strip(": ")
    return behind(frame, _.language, _.labels, title)
