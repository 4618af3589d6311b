"""Which columns are rated, and on which scale: block by block, because questions that stand
together are answered on the same points.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import said
from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.draft.guesses import Seen, is_code, is_one_of, says, words_of
from cxlab.study.exports.draft.numbered import (
    STATED,
    USUAL,
    on_numbers,
    points_stated,
)
from cxlab.study.exports.draft.several import is_ranking
from cxlab.study.exports.draft.worded import Rated, on_words, place_of

ROWS = 20_000
# Of ratings to go by, their answers, and how far one at least goes with the mean of the others.
LEAST, LEAST_ROWS, TOGETHER = 3, 30, 0.2
# A name that tells nothing of what is asked.
_BARE = re.compile(
    r"[a-z]|(?:q|p|v|e|x|var|item|it|question|pergunta|pregunta)[ _.]?\d+(?:[ ._]?\d+)*[a-z]?"
)


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
    found = _together(columns, found, frame)

    bare = [one.name for one in columns if one.name in found and not one.labels]
    found |= {name: _as_another(found[name], found.values()) for name in bare}
    for one in columns:  # what is expected is asked on the same points, though nobody expects 0
        mine, felt = (found.get(name) for name in (one.name, one.twice[1]))
        is_level = one.twice[0] != "importance" or mine and felt and mine.high == felt.high
        if is_level and mine and felt and STATED not in (mine.reason, felt.reason):
            found |= {one.name: _joined(mine, felt), one.twice[1]: _joined(felt, mine)}
    return found


def _joined(scale: Rated, other: Rated) -> Rated:
    """The scale with the points of another; words have theirs."""
    if scale.labels or other.labels:
        return scale
    low, high = min(scale.low, other.low), max(scale.high, other.high)
    left = {code: why for code, why in scale.missing.items() if not low <= number_of(code) <= high}
    return replace(scale, low=low, high=high, missing=left)


def _as_another(scale: Rated, others: Iterable[Rated]) -> Rated:
    """The scale with the points that nobody chose, where its words are some of those of another
    question.
    """

    def words(one: Rated) -> set[str]:
        is_worded = len(one.labels) == one.high - one.low + 1
        return {*map(words_of, one.labels.values())} if is_worded else set()

    mine = words(scale)
    for other in others:
        shared = [at for at, word in other.labels.items() if words_of(word) in mine]
        # Between two that were chosen, what nobody chose is on no scale of theirs.
        if 1 < len(mine) == len(shared) == max(shared) - min(shared) + 1 < len(words(other)):
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
        is_few = not is_text and len(one.texts) < 20
        is_worded = is_few and on_words(one.texts, one.words, any(one.twice))
        if not (one.numbers or is_worded) or one.is_yes_no:
            continue
        families = {at[0] for text in one.texts if (at := place_of(text))}
        kind = " ".join(sorted(families)) if len(one.texts) > len(one.numbers) else "numbers"
        body = {value for value in one.values if 0 <= value <= 11}
        kind += " ".join(one.labels.values())
        if kind.startswith("numbers") and not one.item and body:
            kind += " up to 7" if max(body) < 9 or max(body) == 9 and 8 not in body else " up to 10"
            # A name alone tells whether it is a number of something, a word of a sentence hardly.
            is_number = " " not in one.column.text.strip() and _is_counted(one)
            kind += f"{points_stated(one.words)[0]} {is_number}"
        elif kind.startswith("numbers"):
            # Of a name the parts tell its points: grp/nota_1_10.
            named = words_of(one.item) if " " in one.column.text else one.words
            kind += str(points_stated(named)[0])
            kind += str(any(value > 10 and not is_code(value) for value in one.values))  # minutes
        parts.setdefault((one.block or one.name, kind), []).append(one)
    return [*parts.values()]


def _scale(pool: Seen, answers: pd.DataFrame) -> Rated | None:
    """The scale of a group; of numbers only if the words, or the block, speak for ratings."""
    if is_ranking(pool, answers) or says("asks.imagined", pool.words):
        return None
    if pool.texts and not pool.numbers:
        return on_words(pool.texts, pool.words, any(pool.twice))
    scale = on_numbers(pool, answers)
    if scale is None or not scale.whole and says("asks.computed", pool.words):
        return None
    given = {value for value in pool.values if scale.low <= value <= scale.high}
    is_block = len(answers.columns) > 2
    is_asked = is_block and any(pool.twice) or says("asks.rate", pool.words)
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
    is_bare = scale.whole and _BARE.fullmatch(pool.header)
    return replace(scale, confidence=0.7) if is_bare else None


def _is_counted(pool: Seen) -> bool:
    """Whether a number is asked for; of columns whose names alone are a block, by each of them."""
    asked = [pool.block] if pool.item else pool.words.split(" | ")
    return not any(pool.twice) and all(says("asks.counted", one) for one in asked)


def _own(one: Seen, scale: Rated) -> Rated:
    """The block's scale with the missing answers that this column holds."""
    held = {**scale.missing, **one.missing}
    return replace(scale, missing={code: why for code, why in held.items() if code in one.counts})


def _together(
    columns: Sequence[Seen], found: dict[str, Rated], frame: pd.DataFrame
) -> dict[str, Rated]:
    """What is rated, by how far it goes with the other ratings: who is pleased with one thing is
    pleased with others, whereas a number of things, a code or a group goes with none of them.
    """
    cells = {}
    for one in columns:
        scale = found.get(one.name)
        codes = {word: at for at, word in scale.labels.items()} if scale else {}
        low, high = scale.points if scale else (0, 10)
        numbers = codes | {code: at for code, at in one.numbers.items() if low <= at <= high}
        cells[one.name] = frame[one.name].str.strip().map(numbers)
    held = pd.DataFrame(cells, dtype=float)
    held = (held - held.mean()) / held.std().where(held.nunique() > 2)
    for _ in range(2):
        mine = held[[*found]]
        if len(found) < LEAST:
            return found
        all_ = {name: _goes(held[name], mine.drop(columns=name, errors="ignore")) for name in held}
        if np.median([abs(all_[name][0]) for name in found]) < TOGETHER:
            return found
        apart = set()
        for one in columns:
            is_told = one.twice[0] or not one.numbers or says("asks.nps", one.said)
            if one.name in found and not (is_told or _in_matrix(one, columns, found)):
                r, off = all_[one.name]
                is_worded = " " in one.column.text.strip() and says("asks.rate", one.said)
                is_number = says("asks.counted", one.said) and not is_worded
                off = -off if is_number else off
                if off and abs(r) + off < TOGETHER:
                    apart.add(one.name)
        found = {name: scale for name, scale in found.items() if name not in apart}
    why = said("its answers go with those of the ratings")
    rated = {one.name: one for one in columns if one.name in found}
    for one in columns:
        r, off = all_[one.name]
        is_other = one.labels or says("asks.counted", one.said) or says("asks.computed", one.said)
        if one.name in rated or is_other or len(one.values) < 4:
            continue
        far = {
            abs(other.column.position - one.column.position): found[other.name]
            for other in rated.values()
            if not found[other.name].labels and _holds(found[other.name], one)
        }
        scale = _own(one, far[min(far)]) if far else on_numbers(one, held[[one.name]])
        if not (scale and scale.whole and scale.points in USUAL):
            continue
        # With the codes of others, and each of their points, it need not go far with them.
        inside = {value for value in one.values if scale.low <= value <= scale.high}
        is_like = far and scale.missing and len(inside) == scale.high - scale.low + 1
        if r - 2 * off > TOGETHER or is_like and r + off > TOGETHER / 2:
            found[one.name] = replace(scale, reason=why, confidence=0.7)
    return found


def _in_matrix(one: Seen, columns: Sequence[Seen], found: dict[str, Rated]) -> bool:
    """Whether others of its block rate on its points: a matrix asks one kind of thing."""
    mine = (found.get(other.name) for other in columns if one.block and other.block == one.block)
    points = Counter(scale.points for scale in mine if scale)
    return " " in one.asked and points[found[one.name].points] > 1


def _holds(scale: Rated, one: Seen) -> bool:
    """Whether a column holds nothing but points of a scale, and its codes for none."""
    codes = {number_of(code) for code in scale.missing}
    low, high = scale.points
    return all(low <= at <= high and at.is_integer() or at in codes for at in one.values)


def _goes(cell: pd.Series, others: pd.DataFrame) -> tuple[float, float]:
    """The correlation of a column with the mean of others, and its standard error; 0 for both
    where too few answered.
    """
    rest = others.mean(axis=1)
    n = int((cell.notna() & rest.notna()).sum())
    r = cell.corr(rest) if n >= LEAST_ROWS else math.nan
    return (float(r), 1 / math.sqrt(n)) if r == r else (0.0, 0.0)
