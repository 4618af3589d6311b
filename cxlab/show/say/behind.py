"""What of a result the workbook may hold behind its sentences, where that is not all of it."""

import pandas as pd

from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.wording import VALUE, Wording, term


def changes(frame: pd.DataFrame) -> pd.DataFrame:
    """Of an NPS with a small class the scores are in whole points; a change to the digit, or its
    error, would tell the class after all.
    """
    nps = frame["metric"] == "nps"
    if not nps.any():
        return frame
    rounded = {column: frame[column].mask(nps, frame[column].round()) for column in VALUE}
    errors = ["std_error", "statistic", "p_value"]
    return frame.drop(columns=errors, errors="ignore").assign(**rounded)


def differences(pairs: pd.DataFrame, *, frame: pd.DataFrame) -> pd.DataFrame:
    """As with changes, between the groups that `frame` shows; no sentence gives their interval."""
    shown = shown_pairs(pairs, frame)
    rounded = changes(shown)
    if rounded is shown:
        return shown
    return rounded.drop(columns=["conf_low", "conf_high"]).assign(p_holm=shown["p_holm"].round(2))


def shown_pairs(pairs: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The differences of the metric that is told, between groups that are shown: one from a hidden
    group would give it away.
    """
    metric = frame["metric"].iloc[0]
    known = frame[(frame["metric"] == metric) & frame["estimate"].notna()]
    between = pairs[["lower", "higher"]].isin([*known["level"].astype(str)]).all(axis=1)
    shown = pairs[(pairs["metric"] == metric) & between]
    first = ["outcome", "metric", "group", "lower", "higher"]
    return shown[[*first, *shown.columns.difference([*first, "level"], sort=False)]]


def checks(frame: pd.DataFrame) -> pd.DataFrame:
    """How many met a touchpoint, and how many gave the highest answer, no disclosure rule has
    seen.
    """
    frame = frame[
        ~frame["check"].isin(["users", "touchpoint_ceiling"])
        & ((frame["check"] != "outcome_ceiling") | (frame["verdict"] != "ok"))
    ]
    return frame.assign(note=frame["note"].replace("ceiling", "many_at_top"))


def method(glance: pd.DataFrame) -> pd.DataFrame:
    """The model by its family, which has a word."""
    return glance.assign(model=glance["model"].map(family_of))


def sources(frame: pd.DataFrame) -> pd.DataFrame:
    """The sources of today's expectation; no sentence tells the intercept."""
    return frame[frame["term"] != "intercept"]


def family_of(model: object) -> str:
    """The family of a driver model by its name: "loyalty: ols …" is "ols"."""
    return str(model).removeprefix("loyalty: ").split()[0]


def for_workbook(frame: pd.DataFrame, _: Wording) -> pd.DataFrame:
    """A result with its terms in words. A model's own message, in English and meant for an analyst,
    is left out.
    """
    if "term" in frame:
        frame = frame.assign(term=[_.fill(term(one)) for one in frame["term"]])
    if "note" in frame:
        frame = frame.assign(note=frame["note"].where(frame["note"].isin([*WORDS["ids"]]), ""))
    return frame
