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

from cxlab.study.exports.draft.guesses import Seen, folded, says
from cxlab.study.exports.draft.numbered import STATED, USUAL, on_numbers
from cxlab.study.exports.draft.worded import Rated, on_words, place_of

ROWS = 20_000
# A name that tells nothing of what is asked.
_BARE = re.compile(
    r"[a-z]|(?:q|p|v|e|x|var|item|it|question|pergunta|pregunta)[ _.]?\d+(?:[ ._]?\d+)*[a-z]?"
)


def rated(columns: Sequence[Seen], frame: pd.DataFrame) -> dict[str, Rated]:
    """The scale of each column that is rated, by name."""
    # Who gave which code together is seen among some rows of a long file.
    frame = frame if len(frame) <= ROWS else frame.sample(ROWS, random_state=0)
    numbers = pd.DataFrame(
        {one.name: frame[one.name].str.strip().map(one.numbers) for one in columns if one.numbers}
    )
    found: dict[str, Rated] = {}
    for group in _groups(columns):
        if not _is_ranking(group, numbers) and (scale := _scale(group, numbers)):
            found |= {one.name: _own(one, scale) for one in group}
    found |= _borrowed(columns, found)
    return found | _in_runs(columns, found, numbers)


def _groups(columns: Sequence[Seen]) -> list[list[Seen]]:
    """Blocks by the kind of their answers: words, numbers, and long lists of codes each by itself.
    Where only names make the block, marks up to 10 are not those up to 7.
    """
    parts: dict[tuple[str, str], list[Seen]] = {}
    for one in columns:
        placed = sum(n for text, n in one.texts.items() if place_of(text))
        is_text = bool(one.item) and says("beside", folded(one.item))
        is_known = len(one.texts) < 20 and (placed > one.n / 3 or on_words(one.texts))
        is_worded = bool(one.texts) and is_known and not is_text
        if not (one.numbers or is_worded) or _is_choice(one):
            continue
        body = {value for value in one.numbers.values() if 0 <= value <= 11}
        is_long = len(one.numbers) > 14 or len(body) < len(one.numbers) - 3
        kind = "words" if len(one.texts) > len(one.numbers) else one.name if is_long else "numbers"
        if kind == "numbers" and not one.item and body:
            kind += "".join(one.column.labels.values())  # other words, another scale
            kind += " up to 7" if max(body) < 9 or max(body) == 9 and 8 not in body else " up to 10"
        parts.setdefault((one.block or one.name, kind), []).append(one)
    return [*parts.values()]


def _scale(group: list[Seen], numbers: pd.DataFrame) -> Rated | None:
    """The scale of a group; of numbers only if the words, or the block, speak for ratings."""
    texts: Counter[str] = sum((one.texts for one in group), Counter())
    if texts and not any(one.numbers for one in group):
        return on_words(texts, group[0].words)
    scale = on_numbers(group, numbers)
    if scale is None:
        return None
    given = {v for one in group for v in one.numbers.values() if scale.low <= v <= scale.high}
    is_told, is_asked = scale.confidence > 0.9, says("asks.rate", " | ".join(o.said for o in group))
    if is_told and scale.reason == STATED and len(given) > 1:
        return scale
    if is_told and len(given) > 1 or is_asked and scale.high - scale.low > 1:
        return replace(scale, confidence=0.95 if is_asked else 0.9)
    is_counted = any(says("asks.counted", one.said) for one in group)
    if is_counted or scale.points not in USUAL or len(given) < 2:
        return None
    if all(says("asks.thing", one.said) for one in group) or len(group) > 2 and len(given) > 3:
        return replace(scale, confidence=0.8)
    is_bare = all(_BARE.fullmatch(one.header) for one in group)
    return replace(scale, confidence=0.7) if is_bare else None


def _own(one: Seen, scale: Rated) -> Rated:
    """The block's scale with the missing answers that this column holds."""
    held = {**scale.missing, **one.missing}
    return replace(scale, missing={code: why for code, why in held.items() if code in one.counts})


def _borrowed(columns: Sequence[Seen], found: dict[str, Rated]) -> dict[str, Rated]:
    """Single columns whose answers, and codes for none, are those of a block that is rated."""
    blocks: dict[frozenset, list[Rated]] = {}
    for one in columns:
        if one.name in found and one.block and one.numbers and found[one.name].missing:
            blocks.setdefault(frozenset(one.counts), []).append(found[one.name])
    more: dict[str, Rated] = {}
    for one in columns:
        if one.name in found or one.labels or says("asks.counted", one.said):
            continue
        for answers, (scale, *others) in blocks.items():
            codes = {v for v in one.numbers.values() if scale.low <= v <= scale.high}
            is_full = len(codes) == scale.high - scale.low + 1
            has_codes = {*one.counts} <= answers and {*one.counts} & {*scale.missing}
            if len(others) > 1 and is_full and has_codes:
                why = "its answers are those of a block of ratings"
                more[one.name] = replace(_own(one, scale), reason=why, confidence=0.7)
                break
    return more


def _in_runs(
    columns: Sequence[Seen], found: dict[str, Rated], numbers: pd.DataFrame
) -> dict[str, Rated]:
    """Three columns or more beside one another, each a statement that is answered on the same
    usual points.
    """
    runs: dict[tuple, list[tuple[Seen, Rated]]] = {}
    start, last = 0, (0, (0.0, 0.0))
    for one in columns:
        is_open = len(one.numbers) > 3 and not says("asks.counted", one.said)
        scale = found.get(one.name) or (on_numbers([one], numbers) if is_open else None)
        if scale and scale.points in USUAL:
            place = one.column.position
            start = start if last == (place - 1, scale.points) else place
            last = (place, scale.points)
            runs.setdefault((start, scale.points), []).append((one, scale))
    why = "it stands among statements on the same points"
    return {
        one.name: replace(_own(one, scale), reason=why, confidence=0.75)
        for run in runs.values()
        if len(run) > 2 and not _is_ranking([one for one, _ in run], numbers)
        for one, scale in run
        if one.name not in found
    }


def _is_choice(one: Seen) -> bool:
    """One of several choices that may be ticked: a column of one answer, or of 0 and 1."""
    values = {*one.numbers.values(), *one.texts}
    is_single = len(values) <= 1 and one.n > 3 and not any(map(place_of, one.texts))
    return is_single or values <= {0, 1}


def _is_ranking(group: list[Seen], numbers: pd.DataFrame) -> bool:
    """Whether each respondent gave each place once."""
    if says("asks.rank", group[0].said) and not group[0].labels:
        return True
    if len(group) < 3 or any(one.texts or not one.numbers for one in group):
        return False
    full = numbers[[one.name for one in group]].dropna()
    is_each = np.sort(full.to_numpy(), axis=1) == np.arange(1, len(group) + 1)
    return len(full) > 4 and bool(is_each.all(axis=1).mean() > 0.9)
