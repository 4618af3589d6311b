"""Which columns are rated, and on which scale: block by block, because questions that stand
together are answered on the same points.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.study.exports.draft.guesses import Seen, says, words_of
from cxlab.study.exports.draft.numbered import USUAL, on_numbers
from cxlab.study.exports.draft.worded import Rated, on_words

ROWS = 20_000
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
    return found | _borrowed(columns, found)


def _pooled(group: Sequence[Seen]) -> Seen:
    """Columns as one, with all their answers and the first questions."""
    first = group[0].column
    held = {
        key: {code: word for one in group for code, word in getattr(one.column, key).items()}
        for key in ("labels", "missing")
    }
    text = " | ".join(dict.fromkeys(one.said for one in group[:3]))
    counts = sum((Counter(one.counts) for one in group), Counter())
    return replace(group[0], column=replace(first, text=text, **held), counts=counts)


def _groups(columns: Sequence[Seen]) -> list[list[Seen]]:
    """Blocks by the kind of their answers, words or numbers. Where only names make the block, marks
    up to 10 are not those up to 7, and other words of the codes are another scale.
    """
    parts: dict[tuple[str, str], list[Seen]] = {}
    for one in columns:
        is_text = bool(one.item) and says("beside", words_of(one.item))
        is_worded = not is_text and len(one.texts) < 20 and on_words(one.texts)
        if not (one.numbers or is_worded) or one.values.keys() <= {0, 1} and not one.texts:
            continue
        kind = "words" if len(one.texts) > len(one.numbers) else "numbers"
        body = {value for value in one.values if 0 <= value <= 11}
        if kind == "numbers" and not one.item and body:
            kind = " ".join(one.labels.values())
            kind += " up to 7" if max(body) < 9 or max(body) == 9 and 8 not in body else " up to 10"
        parts.setdefault((one.block or one.name, kind), []).append(one)
    return [*parts.values()]


def _scale(pool: Seen, answers: pd.DataFrame) -> Rated | None:
    """The scale of a group; of numbers only if the words, or the block, speak for ratings."""
    if _is_ranking(pool, answers):
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
    if says("asks.counted", pool.words) or scale.points not in USUAL or len(given) < 2:
        return None
    if says("asks.thing", pool.words) or is_block and len(given) > 3:
        return replace(scale, confidence=0.8)
    return replace(scale, confidence=0.7) if _BARE.fullmatch(pool.header) else None


def _own(one: Seen, scale: Rated) -> Rated:
    """The block's scale with the missing answers that this column holds."""
    held = {**scale.missing, **one.missing}
    return replace(scale, missing={code: why for code, why in held.items() if code in one.counts})


def _borrowed(columns: Sequence[Seen], found: dict[str, Rated]) -> dict[str, Rated]:
    """Single columns whose answers, and codes for none, are those of a block that is rated."""
    blocks = [(one, found[one.name]) for one in columns if one.block and one.name in found]
    why, more = "its answers are those of a block of ratings", {}
    for one in columns:
        if one.name in found or one.labels or says("asks.counted", one.said):
            continue
        for other, scale in blocks:
            codes = {value for value in one.values if scale.low <= value <= scale.high}
            has_codes = one.counts.keys() <= other.counts.keys() and {*one.counts} & {
                *scale.missing
            }
            if has_codes and len(codes) == scale.high - scale.low + 1:
                more[one.name] = replace(_own(one, scale), reason=why, confidence=0.7)
    return more


def _is_ranking(pool: Seen, answers: pd.DataFrame) -> bool:
    """Whether each respondent gave each place once."""
    if says("asks.rank", pool.words) and not pool.labels:
        return True
    full, k = answers.dropna(), len(answers.columns)
    is_each = np.sort(full.to_numpy(float), axis=1) == np.arange(1, k + 1)
    return k > 2 and len(full) > 4 and bool(is_each.all(axis=1).mean() > 0.9)
