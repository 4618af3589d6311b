"""Classes of a few respondents (three detractors of a hundred), which a study that says `protect:
answers` hides as well, and the digits of what is shown.

A share beside its n is a count. A row with a class of 1 … min_cell − 1 is closed, with as many
others as subtraction needs; a score of a closed row goes where it says that a class is small.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlab.glossary import GLOSSARY
from cxlab.show.disclosure.linked import hidden_rows
from cxlab.show.disclosure.threshold import small_and_more
from cxlab.show.page.parts import DIGITS, format_of

# States of a row: all of it is shown; n and score alone; n alone, also where it may tell of few.
OPEN, CLOSED, SILENT, HIDDEN = 0, 1, 2, 3
EDGES = {"nps": (7, 9), "ces": (5,), "binary": (1,)}
NPS = 3  # classes: detractors, passives, promoters
# Kano's classes that CS+ and CS− are quotients of.
_SOUND = ("must_be", "one_dimensional", "attractive", "indifferent")


def class_counts(study: Any, outcome: str) -> np.ndarray:
    """Classes of an outcome × respondents of 0/1, lowest first; one class where it has none."""
    kind = study.outcome_kind(outcome)
    edges = (study.scale_of(outcome).max - 1,) if kind == "csat" else EDGES.get(kind, ())
    place = np.searchsorted(edges, study.outcome(outcome), side="right")
    return (place == np.arange(len(edges) + 1)[:, None]).astype(float)


def closing(sets: np.ndarray, splits: np.ndarray, classes: np.ndarray, min_cell: int) -> np.ndarray:
    """The state of each row (OPEN, CLOSED or SILENT) of those that `linked.hidden_rows` shows.

    With n and the score of an NPS a row has one unknown, its detractors d: promoters are d + D and
    passives n − D − 2d, with D the difference that the score tells. Of a small class d must allow
    min_cell, alone and with what the open rows of the split leave of everybody; else the rows lose
    their scores, those of the fewest first.
    """
    counts, measures = sets @ classes.T, np.vstack([np.ones(sets.shape[1]), classes])
    state = np.where(hidden_rows(sets, splits, measures, min_cell), CLOSED, OPEN)
    if len(classes) != NPS:
        return SILENT * (state == CLOSED)
    for split in dict.fromkeys(splits):
        mine = splits == split
        shut = np.flatnonzero(mine & (state != OPEN))
        rest = counts[0] - counts[mine & (state == OPEN)].sum(axis=0)
        rest = np.where(state[0] == OPEN, rest, np.inf)
        for row in sorted(shut, key=counts.sum(axis=1).__getitem__):
            if _is_told(counts[shut], state[shut, None] == CLOSED, rest, min_cell):
                state[row] = SILENT
    return state


def _is_told(counts: np.ndarray, scored: np.ndarray, rest: np.ndarray, min_cell: int) -> bool:
    """Whether n, the scores of some of these rows and what all of them add up to say that a class
    of one is small.
    """
    n, apart = counts.sum(axis=1, keepdims=True), counts[:, 2:] - counts[:, :1]
    least = np.hstack([-apart, 0 * n, apart]).clip(min=0) * scored
    most = np.hstack([(n - apart) // 2, n - np.abs(apart), (n + apart) // 2])
    most = np.minimum(np.where(scored, most, n), rest - least.sum(axis=0) + least)
    return ((counts > 0) & (counts < min_cell) & (most < min_cell)).any()


def close_parts(frame: pd.DataFrame, parts: Sequence[str], min_cell: int) -> pd.DataFrame:
    """Shares or counts of one row (`parts`, and who is in none of them) without small ones, and
    without as many more as subtraction from n needs.
    """
    parts = frame.columns.intersection(parts).drop("n", errors="ignore")
    if parts.empty:
        return frame
    sizes = frame[parts].astype(float)
    if GLOSSARY[parts[0]].unit != "respondents":
        sizes = sizes.mul(frame["n"], axis=0)
    sizes["other"] = frame["n"] - sizes.sum(axis=1, skipna=False)
    gone = sizes.round().apply(small_and_more, axis=1, min_cell=min_cell)
    lost = gone[gone.columns.intersection(["estimate", *_SOUND])].any(axis=1)
    quotients = frame.columns[frame.columns.str.match("better|worse|conf_")]
    told = frame.assign(**frame[quotients].mask(lost))
    return told.assign(**frame[parts].astype(float).mask(gone[parts]))


def printed(frame: pd.DataFrame, register: Any, rests: Any) -> pd.DataFrame:
    """What a rule gave in the digits that a page prints, so that no picture, workbook or slide
    holds more: two decimals, whole per cents and points; a model's numbers keep theirs, for what is
    estimated from them. Where answers are protected, all has means in one decimal, counts of
    respondents to the nearest 5, no error or statistic, and no small class.
    """
    if answers := register.answers:
        frame = frame.drop(columns=["std_error", "statistic"], errors="ignore")
        if "outcome" not in rests.base:
            frame = close_parts(frame, rests.counts, register.min_cell)
    elif rests.base[0] in ("model", "study"):
        return frame
    # A share that stands in the column of means has two decimals.
    fewer = answers and "estimate" not in rests.counts
    rounded, metrics = {}, frame["metric"] if "metric" in frame else [""] * len(frame)
    for column in GLOSSARY.keys() & {*frame.select_dtypes("number")}:
        if not answers and column.startswith(("effect", "gain")):
            continue  # a model's too
        step = 5 if answers and GLOSSARY[column].unit in ("respondents", "ratings") else 1
        rounded[column] = []
        for value, metric in zip(frame[column].astype(float), metrics, strict=True):
            form = format_of(column, metric)
            digits = DIGITS.get(form, 9) - (fewer and form == "number")
            rounded[column].append(step * round(value / step, digits))
    return frame.assign(**rounded)
