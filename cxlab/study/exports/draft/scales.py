"""Which columns are rated, and on which scale: block by block, because questions that stand
together are answered on the same points. Of numbers these are the points that a question or labels
state, else those that the codes show.

A code that lies on the scale's end, such as 6 on a scale of 1 to 5 with "never used", is told by
those who gave it: on the other questions they rate like everybody, not higher.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import sem

from cxlab.errors import said
from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.draft.guesses import WORDS, Seen, is_one_of, says, words_of
from cxlab.study.exports.draft.several import is_ranking
from cxlab.study.exports.draft.worded import FEW, Rated, on_words, place_of

ROWS = 20_000
# A name that tells nothing of what is asked.
_BARE = re.compile(
    r"[a-z]|(?:q|p|v|e|x|var|item|it|question|pergunta|pregunta)[ _.]?\d+(?:[ ._]?\d+)*[a-z]?"
)
STATED = said("the question states its points")
USUAL = ((1, 5), (1, 7), (1, 10), (0, 10))
_HIGH = (3, 4, 5, 6, 7, 9, 10, 100)
_RANGE = re.compile(
    r"(?<![\d.,/])([01])\s*(?:=[^=\d]{3,40}|\([^)\d]+\))?\s*"
    # The last of these is that of a name: nota_1_10.
    r"(?:-|–|—|/|a|ao|al|to|through|ate|hasta|e|y|and|(?<=[a-z] [01] )(?=\d+(?: \||$)))\s*"
    rf"({'|'.join(map(str, _HIGH))})(?![\d/%])"
)
_END = re.compile(
    r"(?<![\d.,])(\d{1,3})\s*(?:[-–=:(]|means|significa|e |es |(?<=\(\d)|(?<=[-–,;/] \d)"
    r"|(?<=[-–,;/] 10))\s*([^\W\d][^,;.()=\d]{2,40})"
)
# The last rating of a scale by the highest code that was given, where that code is no rating.
_LAST = {6: 5, 8: 7, 9: 7}
MANY, RARE = 100, 0.05
Points = tuple[float, float]


def rated(columns: Sequence[Seen], frame: pd.DataFrame) -> dict[str, Rated]:
    """The scale of each column that is rated, by name."""
    # Who gave which code together is seen among some rows of a long file.
    frame = frame.sample(min(len(frame), ROWS), random_state=0)
    found: dict[str, Rated] = {}
    for group in _groups(columns):
        pool = _pooled(group)
        cells = {one.name: frame[one.name].str.strip() for one in group}
        answers = pd.DataFrame({name: held.map(pool.numbers) for name, held in cells.items()})
        if scale := _scale(pool, answers):
            found |= {one.name: _own(one, scale) for one in group}
    found = {name: _as_another(scale, found.values()) for name, scale in found.items()}
    return found | _borrowed(columns, found)


def _as_another(scale: Rated, others: Iterable[Rated]) -> Rated:
    """The scale with the points that nobody chose, where its words are some of those of another
    question.
    """

    def words(one: Rated) -> set[str]:
        is_worded = len(one.labels) == one.high - one.low + 1
        return {*map(words_of, one.labels.values())} if is_worded else set()

    for other in others:
        more = words(other) - words(scale)
        # No middle: that may well be a scale without one.
        if 1 < len(words(scale)) < len(words(scale) & words(other)) + 1 and any(
            (at := place_of(word)) and at[1] for word in more
        ):
            return replace(scale, low=other.low, high=other.high, labels=other.labels)
    return scale


def _pooled(group: Sequence[Seen]) -> Seen:
    """Columns as one, with all their answers and the first questions."""
    first = group[0].column
    labels = {code: word for one in group for code, word in one.labels.items()}
    missing = {code: why for one in group for code, why in one.missing.items()}
    text = " | ".join(dict.fromkeys(one.said for one in group[:3]))
    counts = sum((Counter(one.counts) for one in group), Counter())
    return replace(
        group[0], column=replace(first, text=text, labels=labels, missing=missing), counts=counts
    )


def _groups(columns: Sequence[Seen]) -> list[list[Seen]]:
    """Blocks by the kind of their answers, words or numbers. Where only names make the block, marks
    up to 10 are not those up to 7, and other words of the codes are another scale.
    """
    parts: dict[tuple[str, str], list[Seen]] = {}
    for one in columns:
        is_text = bool(one.item) and says("beside", words_of(one.item))
        is_worded = not is_text and len(one.texts) < 20 and on_words(one.texts, one.words)
        if not (one.numbers or is_worded) or one.values.keys() <= {0, 1} and not one.texts:
            continue
        families = {at[0] for text in one.texts if (at := place_of(text))}
        kind = " ".join(sorted(families)) if len(one.texts) > len(one.numbers) else "numbers"
        body = {value for value in one.values if 0 <= value <= 11}
        kind += " ".join(one.labels.values())
        if kind.startswith("numbers") and not one.item and body:
            kind += " up to 7" if max(body) < 9 or max(body) == 9 and 8 not in body else " up to 10"
            # A name alone tells whether it is a number of something, a word of a sentence hardly.
            is_number = " " not in one.column.text.strip() and _is_counted(one)
            kind += f"{_stated(one.words)[0]} {is_number}"
        parts.setdefault((one.block or one.name, kind), []).append(one)
    return [*parts.values()]


def _scale(pool: Seen, answers: pd.DataFrame) -> Rated | None:
    """The scale of a group; of numbers only if the words, or the block, speak for ratings."""
    if is_ranking(pool, answers) or says("asks.imagined", pool.words):
        return None
    if pool.texts and not pool.numbers:
        return on_words(pool.texts, pool.words)
    scale = on_numbers(pool, answers)
    if scale is None:
        return None
    given = {value for value in pool.values if scale.low <= value <= scale.high}
    is_asked, is_block = says("asks.rate", pool.words), len(answers.columns) > 2
    if scale.confidence > 0.9 and len(given) > 1 or is_asked and scale.high - scale.low > 1:
        return replace(scale, confidence=0.95)
    if (
        is_one_of("segment", pool.header)
        or _is_counted(pool)
        or scale.points not in USUAL
        or len(given) < 2
    ):
        return None
    if says("asks.thing", pool.words) or is_block and len(given) > 3:
        return replace(scale, confidence=0.8)
    return replace(scale, confidence=0.7) if _BARE.fullmatch(pool.header) else None


def _is_counted(pool: Seen) -> bool:
    """Whether a number is asked for; of columns whose names alone are a block, by each of them."""
    asked = [pool.block] if pool.item else pool.words.split(" | ")
    return not any(pool.twice) and all(says("asks.counted", one) for one in asked)


def _own(one: Seen, scale: Rated) -> Rated:
    """The block's scale with the missing answers that this column holds."""
    held = {**scale.missing, **one.missing}
    return replace(scale, missing={code: why for code, why in held.items() if code in one.counts})


def _borrowed(columns: Sequence[Seen], found: dict[str, Rated]) -> dict[str, Rated]:
    """Single columns whose answers, and codes for none, are those of a block that is rated."""
    blocks = [(one, found[one.name]) for one in columns if one.block and one.name in found]
    why, more = said("its answers are those of a block of ratings"), {}
    for one in columns:
        if one.name in found or one.labels or says("asks.counted", one.said):
            continue
        for other, scale in blocks:
            codes = {value for value in one.values if scale.low <= value <= scale.high}
            is_like = one.counts.keys() <= other.counts.keys()
            if (
                is_like
                and one.counts.keys() & scale.missing.keys()
                and len(codes) == scale.high - scale.low + 1
            ):
                more[one.name] = replace(_own(one, scale), reason=why, confidence=0.7)
    return more


def on_numbers(pool: Seen, answers: pd.DataFrame) -> Rated | None:
    """The scale of columns, pooled, that hold numbers, some perhaps with words for the ends;
    `answers` are the numbers by column.
    """
    ends = {text: at[1] for text in pool.texts if (at := place_of(text))}
    labels = _labels(pool)
    if labels is None or len(ends) < len(pool.texts):
        return None
    stated, told = ((min(labels), max(labels)), labels) if labels else _stated(pool.words)
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
        missing=missing,
        reverse=len(places) > 1 and places[0] > places[-1],
        whole=all(map(float.is_integer, pool.values)),
        reason=said("its labels tell its points") if labels else STATED if stated else why,
        confidence=0.95 if stated or ends or len(spoken) > 1 or points[0] < 0 else 0.8,
    )


def _labels(pool: Seen) -> dict[float, str] | None:
    """Words of the codes that are ratings; None where they are names of groups."""
    told = {
        number_of(code): word
        for code, word in pool.labels.items()
        if code not in pool.missing and any(map(str.isalpha, word))
        if not math.isnan(number_of(code))
    }
    # Yes, no, perhaps: an answer, no rating.
    is_yes = any(is_one_of("ticks.chosen", words_of(word)) for word in told.values())
    placed = 0 if is_yes else sum(place_of(word) is not None for word in told.values())
    # Two labels far apart are those of the ends; others, in no order, are those of groups.
    are_ends = len(told) == 2 and max(told) - min(told) > 2
    is_scale = len(told) > 1 and (placed >= 0.6 * len(told) or are_ends)
    is_stated = not told and bool(not pool.labels or _stated(pool.words)[0])
    return told if is_scale or is_stated else None


def _stated(question: str) -> tuple[Points | None, dict[float, str]]:
    """Points that a question states, and the words of its ends ("10 - strongly agree")."""
    words = {float(code): word for code, word in _END.findall(question) if place_of(word)}
    if len(words) > 1 and min(words) in (0, 1) and max(words) in _HIGH:
        return (min(words), max(words)), words
    found = _RANGE.search(question)
    return ((float(found[1]), float(found[2])) if found else None), words


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
    points = next((each for each in USUAL if each[0] <= low and high <= each[1]), None)
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
    return near.mean() - given.mean() > 2 * np.hypot(sem(given), sem(near))


def outside(one: Seen, low: float, high: float) -> dict[str, str] | None:
    """Why each code outside the scale is given, as far as its number tells; None where one is no
    usual code.
    """
    found = {}
    for answer, value in one.numbers.items():
        usual = (why for why, codes in WORDS["codes"].items() if value in codes)
        if not low <= value <= high:
            is_next = value == high + 1 and value in (4, 5, 6, 8)
            found[answer] = "not_used" if is_next else next(usual, "")
    return found if all(found.values()) else None
