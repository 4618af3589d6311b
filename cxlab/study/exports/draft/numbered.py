"""On which points numbers are: those that a question or labels state, else those that the codes
show, and which codes beside them are no ratings.

A code that lies on the scale's end, such as 6 on a scale of 1 to 5 with "never used", is told by
those who gave it: on the other questions they rate like everybody, not higher.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlab.errors import said
from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.draft.guesses import WORDS, Seen, is_code, is_one_of, says, words_of
from cxlab.study.exports.draft.worded import FEW, Rated, place_of

STATED = said("the question states its points")
USUAL = ((1, 5), (1, 6), (1, 7), (1, 9), (1, 10), (0, 10))
_LONG = (20, 100)  # of a rating only where the question asks for one, or names both ends
_HIGH = (3, 4, 5, 6, 7, 9, 10, *_LONG)
_RANGE = re.compile(
    r"(?<![\d.,/])([01])\s*(?:=[^=\d]{3,40}|\([^)\d]+\))?\s*"
    # The last of these is that of a name: nota_1_10.
    r"(?:-|–|—|/|a|ao|al|to|through|ate|hasta|e|y|and|(?<=[a-z] [01] )(?=\d+(?: \||$)))\s*"
    rf"({'|'.join(map(str, _HIGH))})(?![\d/%])"
)
# 1 = a breeze, 7 = a nightmare
_ENDS = re.compile(r"(?<![\d.,])([01]) ?[=:] ?[^=\d;|]{2,40}[,;–-] ?(10|[3-79]) ?[=:] ?[^\W\d]")
_SLIDER = re.compile(r"(?<![\d.,])0 ?[-–=:(]? ?[^\W\d][^\d]{3,50}[^\w.,]100(?![\d%])")
_END = re.compile(
    r"(?<![\d.,])(\d{1,3})\s*(?:[-–=:(]|means|significa|e |es |(?<=\(\d)|(?<=[-–,;/] \d)"
    r"|(?<=[-–,;/] 10))\s*([^\W\d][^,;.()=\d]{2,40})"
)
# The last rating of a scale by the highest code that was given, where that code is no rating.
_LAST = {6: 5, 8: 7, 9: 7}
MANY, RARE = 100, 0.05
MOST_STRANGE = 3
Points = tuple[float, float]


def on_numbers(pool: Seen, answers: pd.DataFrame) -> Rated | None:
    """The scale of columns, pooled, that hold numbers, some perhaps with words for the ends;
    `answers` are the numbers by column.
    """
    ends = {text: at[1] for text in pool.texts if (at := place_of(text))}
    labels = _labels(pool)
    strange = strangers(pool)
    if labels is None or strange is None:
        return None
    stated, told = ((min(labels), max(labels)), labels) if labels else points_stated(pool.words)
    spoken = {value: answer for answer, value in pool.numbers.items() if place_of(answer)}
    told = told or spoken
    points = stated or _shown(pool, answers, ends)
    missing = points and outside(pool, *points)
    if points is None or missing is None:
        return None
    places = [at[1] for _, word in sorted(told.items()) if (at := place_of(word))]
    words = labels | {points[at > 0]: text for text, at in ends.items()}
    why = said("its answers are {low:g} to {high:g}", low=points[0], high=points[1])
    return Rated(
        *points,
        labels=dict(sorted(words.items())),
        missing=missing | dict.fromkeys(strange, "no_answer"),
        reverse=len(places) > 1 and places[0] > places[-1],
        whole=all(map(float.is_integer, pool.values)),
        reason=said("its labels tell its points") if labels else STATED if stated else why,
        confidence=0.95 if stated or ends or len(spoken) > 1 or points[0] < 0 else 0.8,
    )


def strangers(pool: Seen) -> list[str] | None:
    """Answers beside numbers whose words nobody knows ("PNR"); None where they are too many, or too
    long, to say why somebody did not rate.
    """
    told = [text for text in pool.texts if not place_of(text)]
    if not told:
        return []
    n = sum(pool.texts[text] for text in told)
    is_few = len(told) <= MOST_STRANGE and n <= 0.25 * pool.n and len(pool.values) > 2
    return told if is_few and all(len(text.split()) < 4 for text in told) else None


def _labels(pool: Seen) -> dict[float, str] | None:
    """Words of the codes that are ratings; None where they are names of groups."""
    told = {
        number_of(code): word
        for code, word in pool.labels.items()
        if code not in pool.missing and any(map(str.isalpha, word))
        if not math.isnan(number_of(code))
    }
    # Yes, no, perhaps: an answer, no rating.
    if sum(bool(re.search(r"\d.*\d|\d$", word)) for word in told.values()) > len(told) / 2 > 1:
        return None  # amounts: 51 a 80
    is_yes = any(is_one_of("ticks.chosen", words_of(word)) for word in told.values())
    placed = 0 if is_yes else sum(place_of(word) is not None for word in told.values())
    # Two labels far apart are those of the ends; others, in no order, are those of groups.
    are_ends = len(told) == 2 and max(told) - min(told) > 2
    is_scale = len(told) > 1 and (placed >= 0.6 * len(told) or are_ends)
    is_bare = pool.labels.keys() <= pool.missing.keys()  # none but those of no ratings
    is_stated = not told and bool(is_bare or points_stated(pool.words)[0])
    return told if is_scale or is_stated else None


def points_stated(question: str) -> tuple[Points | None, dict[float, str]]:
    """Points that a question states, and the words of its ends ("10 - strongly agree")."""
    words = {float(code): word for code, word in _END.findall(question) if place_of(word)}
    if len(words) > 1 and min(words) in (0, 1) and max(words) in _HIGH:
        return (min(words), max(words)), words
    found = _RANGE.search(question) or _ENDS.search(question)
    if found and not (float(found[2]) in _LONG and not says("asks.rate", question)):
        return (float(found[1]), float(found[2])), words
    return ((0.0, 100.0) if _SLIDER.search(question) else None), words


def _shown(pool: Seen, answers: pd.DataFrame, ends: Mapping[str, float]) -> Points | None:
    """The usual points that hold the numbers, with a point for each end that stands in words."""
    low = min(pool.values, default=0)
    if low < -1 and max(pool.values) == -low < len(pool.values):
        return low, -low
    body = {value for value in pool.values if 0 <= value <= 10}
    if 10 not in body:  # 8 and 9 are codes where they stand apart: 1 to 5 and 9
        body -= {8, 9} if 7 not in body else {9} if 8 not in body else set()
        # Of many answers on 1 to 10 one would be 10, and more than a few 9: 8 never met, 9 refused.
        few = pool.values[9] < RARE * pool.values.total() >= RARE * MANY
        body -= {8, 9} if few else set()
    if not body:
        return None
    low, high = min(body), max(body) + any(at > 0 for at in ends.values())
    if any(at <= 0 for at in ends.values()):
        low = 1 if low > 1 else low - 1
    n, is_short = pool.values.total(), low >= 1 and high <= 4 and len(body) > 2
    is_sure = n >= MANY and pool.values[high] >= RARE * n  # else its end may never have been given
    fits = (each for each in USUAL if each[0] <= low and high <= each[1])
    points = next((each for each in fits if is_sure or each[1] not in (6, 9)), None)
    # Of ten answers one would be above the highest code, were there one.
    if low == 0 and high <= 4 or is_short and n >= 10:
        points = min(low, 1), high
    elif low == 0 and high < 8 and n >= FEW:
        is_code = len(answers.columns) > 2 or pool.values[0] >= pool.values[1]
        points = (1, high) if is_code else None
    return points if points is None or ends else _without_ends(answers, *points, body)


def _without_ends(answers: pd.DataFrame, low: float, high: float, body: set[float]) -> Points:
    """A scale without the codes at its ends that are no ratings."""
    last = _LAST.get(max(body), 0)
    if last and _is_apart(answers, max(body), last):
        low, high = min(low, 1), last
    return (1 if high in (5, 7) else low), high


def _is_apart(answers: pd.DataFrame, code: float, beside: float) -> bool:
    """Whether those who gave `code` rate the other questions lower than as if it were above
    `beside`.
    """
    inner = answers.where(answers != code)
    known = inner.notna().astype(int)
    others = known.rsub(known.sum(axis=1), axis=0)
    rest = (inner.fillna(0).rsub(inner.sum(axis=1), axis=0) / others.where(others > 0)).to_numpy()
    given, near = (rest[(answers == one) & ~np.isnan(rest)] for one in (code, beside))
    if min(len(given), len(near)) < 10:
        return False
    return near.mean() - given.mean() > 2 * np.hypot(
        *(pd.Series(one).sem() for one in (given, near))
    )


def outside(one: Seen, low: float, high: float) -> dict[str, str] | None:
    """Why each code outside the scale is given, as far as its number tells; None where one is no
    usual code.
    """
    found = {}
    for answer, value in one.numbers.items():
        if not low <= value <= high:
            usual = (why for why, codes in WORDS["codes"].items() if value in codes)
            is_next = value == high + 1 and value in (4, 5, 6, 8)
            found[answer] = "not_used" if is_next else next(usual, "no_answer" * is_code(value))
    return found if all(found.values()) else None
