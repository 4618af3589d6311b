"""The tables behind the sentences, so that no number of a report stands without the row that it was
read from.
"""

from collections.abc import Callable, Mapping
from functools import cache, wraps
from inspect import signature

import pandas as pd

from cxlab.show.page.parts import Said, behind
from cxlab.show.page.refusals import Refusal, reason
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.wording import VALUE, Wording


def worded(say: Callable) -> Callable:
    """Make a sentence function of a Wording and results one of results, language, labels and
    conf_level; it answers a Refusal with its reason, and its sentences remember the (suppressed)
    results they were made from.

    Raises KeyError, when the function is defined, for one whose table has no title in words.yml.
    """
    title = WORDS["behind"][say.__name__]
    own = signature(say)
    places = list(own.parameters)[1:]
    titles = WORDS["behind"] | {places[0]: title}

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
    return behind(_, frame, title)
