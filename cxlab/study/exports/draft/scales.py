"""Which columns are rated, on which points, and which of their answers are no ratings.

Points come from the words of the answers, else from what the question states, else from the codes
that were given. A code that lies on the scale's end, such as 6 on a scale of 1 to 5 with "never
used", is told by those who gave it: on the other questions they rate like everybody, not higher.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxlab.study.exports.draft.guesses import WORDS, Seen, folded, is_one_of, says

_RANGES = ((1, 5), (1, 7), (1, 10), (0, 10), (0, 100))
USUAL = ((1, 5), (1, 7), (0, 10), (1, 10))
_STATED = re.compile(
    r"(?<![\d.,/])([01])\s*(?:=[^=\d]{3,40})?(?:-|–|—|/|a|al|to|through|ate|hasta|e|y|and)\s*"
    r"(3|4|5|6|7|9|10|100)(?![\d/%])"
)
_ENDS = re.compile(
    r"(?<![\d.,])(\d{1,3})\s*(?:[-–=:(]|means|significa|e |es )\s*([^\W\d][^,;.()=\d]{2,40})"
)
_BARE = re.compile(
    r"(?:[a-z]|(?:q|p|v|e|x|var|item|it|question|pergunta|pregunta)[ _.]?\d+(?:[ ._]?\d+)*[a-z]?)"
)
STATED = "the question states its points"
FEW = 30  # answers below which a point that nobody chose may well be on the scale


@dataclass(frozen=True)
class Rated:
    """Points of a scale, the words of its codes, and the answers that are no ratings."""

    low: float
    high: float
    labels: Mapping[float, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    reverse: bool = False
    whole: bool = True
    reason: str = ""
    confidence: float = 0.0

    @property
    def points(self) -> tuple[float, float]:
        return self.low, self.high


def place_of(answer: str) -> tuple[str, float] | None:
    """The family of an answer in words and where it stands in it, higher being more of it or
    better; None where no word tells.

    >>> place_of("Muito insatisfeito"), place_of("Somewhat agree"), place_of("Greedo")
    (('satisfied', -3), ('agree', 1), None)
    """
    text = folded(answer)
    for family, places in WORDS["places"].items():
        if text in places:
            return family, places[text]
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", text)
    if not words or len(words) > 7:
        return None
    flat = bool(
        re.search(r"not at all|nem um pouco|nada de nada|^nada |de modo algum|para nada", text)
    )
    if not flat and (is_one_of("neutral", text) or says("neutral", text)):
        return "", 0
    for family, sides in WORDS["families"].items():
        for side, sign in (("up", 1), ("down", -1)):
            if set(words) & set(sides[side]):
                return family, _strength(text, words, flat) * sign
    held = {word for places in WORDS["places"].values() for word in places}
    core = [word for word in words if word in held]
    return place_of(core[0]) if len(core) == 1 and len(words) <= 3 and text != core[0] else None


def _strength(text: str, words: Sequence[str], flat: bool) -> float:
    degree = next((d for d, said in WORDS["degrees"].items() if set(words) & set(said)), 2)
    if flat:
        return -4
    if set(words) & set(WORDS["negations"]):
        return -1 if degree > 2 else -2
    return degree


def on_words(counts: Mapping[str, int], question: str = "") -> Rated | None:
    """The scale that answers in words are on."""
    placed = {answer: place_of(answer) for answer in counts}
    told = {answer: at for answer, at in placed.items() if at}
    families = {family for family, _ in told.values() if family}
    n = sum(counts.values())
    if len(told) < len(placed) or len(told) < 2 and n > 3 or len(families) != 1:
        return None
    (family,) = families
    values = {value for _, value in told.values()}
    if len(values) < 2 and not any(len(answer.split()) > 1 for answer in told):
        return None
    listed = [place_of(word) for word in re.split(r"[(),;]", question)]
    also = {at[1] for at in listed if at and at[0] in ("", family)}
    values |= also if len(also & values) > 1 else set()
    points = sorted(_completed(values, family, told, n))
    code = {value: float(i) for i, value in enumerate(points, 1)}
    labels: dict[float, str] = {}
    for answer in sorted(told, key=lambda one: -counts[one]):
        labels.setdefault(code[told[answer][1]], answer)
    reason = f"its answers are words of “{family}”"
    return Rated(1, len(points), dict(sorted(labels.items())), reason=reason, confidence=0.95)


def _completed(values: set[float], family: str, told: Mapping, n: int) -> set[float]:
    """With the points that nobody chose: what stands on one side has its like on the other."""
    if family == "frequency":
        return (
            values | {9, 7, 5, 3, 1}
            if {"sempre", "siempre", "always"} & {*map(folded, told)}
            else values
        )
    both = {word for side in WORDS["families"].get(family, {}).get("down", ()) for word in [side]}
    is_two_sided = 0 in values or any(set(re.findall(r"\w+", folded(one))) & both for one in told)
    if family == "quality" and {3, 4} <= values and -4 not in values:
        return values
    if not is_two_sided and family not in ("agree", "satisfied", "quality"):
        return values
    if any(value == -4 for value in values) and 4 not in values and family != "quality":
        return values
    whole = values | {-value for value in values}
    whole |= {-4, 4} if family == "quality" and n < FEW and len(whole) < 4 else set()
    return whole | {0} if n < FEW or 0 in values or len(whole) % 2 else whole


def on_numbers(group: Sequence[Seen], frame: pd.DataFrame, question: str) -> Rated | None:
    """The scale of columns that hold numbers, some perhaps with words for the ends."""
    values = {value for one in group for value in one.numbers.values()}
    texts = {word for one in group for word in one.texts}
    ends = {text: at[1] for text in texts if (at := place_of(text))}
    if not values or len(ends) < len(texts) or len(texts) > 3:
        return None
    named = {
        code: word for one in group for code, word in one.labels.items() if code not in one.missing
    }
    told = {
        float(code): word for code, word in named.items() if re.fullmatch(r"-?\d+(?:\.0*)?", code)
    }
    stated, words = _stated(question)
    told = told or words
    places = {code: at[1] for code, word in told.items() if (at := place_of(word))}
    if told and any(one.column.labels for one in group):
        told = {code: word for code, word in told.items() if re.search(r"[^\W\d]", word)}
        # Two labels far apart are those of the ends; others, in no order, are those of groups.
        are_ends = len(told) == 2 and max(told) - min(told) > 2
        if len(told) < 2 or len(places) < 0.6 * len(told) and not are_ends:
            return None
        stated = (min(told), max(told))
    body = {
        value for value in values if 0 <= value <= 10 or stated and stated[0] <= value <= stated[1]
    }
    points = stated or _points(body, ends, group)
    if points is None:
        return None
    low, high = points
    if not stated and not ends:
        low, high = _without_ends(group, frame, low, high, body)
    missing = {}
    for one in group:
        for answer, value in one.numbers.items():
            if not low <= value <= high:
                if not (reason := _reason(value, low, high)):
                    return None
                missing[answer] = reason
            elif not float(value).is_integer() and not says("asks.rate", one.said):
                return None
    labels = {code: word for code, word in told.items() if low <= code <= high} if named else {}
    labels |= {high if at > 0 else low: text for text, at in ends.items()}
    order = (
        np.corrcoef([*places], [*places.values()])[0, 1] if len(set(places.values())) > 1 else 1.0
    )
    sure = 0.95 if stated or ends or places else 0.8
    why = f"its answers are {low:g} to {high:g}"
    if stated:
        why = STATED if not named else "its labels tell its points"
    rated = [value for one in group for code, value in one.numbers.items() if code not in missing]
    whole = all(map(float.is_integer, rated))
    labels = dict(sorted(labels.items()))
    return Rated(low, high, labels, missing, bool(order < 0), whole, why, sure)


def _stated(question: str) -> tuple[tuple[float, float] | None, dict[float, str]]:
    """Points that a question states, and the words of its ends ("10 - strongly agree")."""
    words = {float(code): word.strip() for code, word in _ENDS.findall(question)}
    words = {code: word for code, word in words.items() if place_of(word)}
    if len(words) > 1 and min(words) in (0, 1) and max(words) in (3, 4, 5, 6, 7, 9, 10, 100):
        return (min(words), max(words)), words
    found = _STATED.search(question)
    return ((float(found[1]), float(found[2])), words) if found else (None, words)


def _points(
    body: set[float], ends: Mapping[str, float], group: Sequence[Seen]
) -> tuple[float, float] | None:
    """The usual points that hold the numbers, with a point for each end that stands in words."""
    if not body:
        return None
    low, high = min(body), max(body)
    if any(at > 0 for at in ends.values()):
        high += 1
    if any(at <= 0 for at in ends.values()):
        low = 1 if low > 1 else low - 1
    given = [(value, one.counts[text]) for one in group for text, value in one.numbers.items()]
    n, top = sum(k for _, k in given), sum(k for value, k in given if value == high)
    # Many chose the highest code, and nobody one above it: there is none.
    if 1 <= low and high <= 4 and len(body) > 2 and (n >= FEW or n >= 10 and top >= n / 3):
        return 1, high
    if low == 0 and high <= 4:
        return 0, high
    if low == 0 and high < 8 and n >= FEW:
        return (1, high) if len(group) > 2 and high > 4 else None  # the 0 is looked at later
    return next((each for each in _RANGES if each[0] <= low and high <= each[1]), None)


def _without_ends(
    group: Sequence[Seen], frame: pd.DataFrame, low: float, high: float, body: set
) -> tuple[float, float]:
    """A scale without the codes at its ends that are no ratings."""
    top = max(body)
    answers = pd.DataFrame(
        {one.name: frame[one.name].str.strip().map(one.numbers) for one in group}
    )
    steps = {6: 5, 8: 7, 9: 7, 11: 10}
    if top in steps and _is_apart(answers, top, steps[top], -1):
        high = steps[top]
        low = min(low, 1) if min(body) == 0 else 1
    elif top == 9 and 8 not in body and {6, 7} <= body:
        high, low = 7, min(low, 1)
    if min(body) == 0 and high in (4, 5, 7, 10) and (_is_apart(answers, 0, 1, 1) or high in (5, 7)):
        low = 1
    return low, high


def _is_apart(answers: pd.DataFrame, code: float, beside: float, side: int) -> bool:
    """Whether those who gave `code` rate the other questions as if it were not beyond `beside`."""
    inner = answers.where(answers.ne(code))
    total, count = inner.sum(axis=1), inner.notna().sum(axis=1)
    others = {code: [], beside: []}
    for name in answers:
        rest = (total - inner[name].fillna(0)) / (count - inner[name].notna()).replace(0, np.nan)
        for one, held in others.items():
            held.append(rest[answers[name] == one].dropna())
    given, near = (pd.concat(held) for held in others.values())
    if len(given) < 10 or len(near) < 10:
        return False
    error = np.sqrt(given.var() / len(given) + near.var() / len(near))
    return bool((given.mean() - near.mean()) * side > 2 * max(error, 1e-9))


def _reason(value: float, low: float, high: float) -> str:
    """Why a code outside a scale is given, as far as its number tells; "" where it tells none."""
    if value == high + 1 and value in (4, 5, 6, 8, 11):
        return "not_used" if value != 11 else "no_answer"
    return next((why for why, codes in WORDS["codes"].items() if value in codes), "")


def rated(columns: Sequence[Seen], frame: pd.DataFrame) -> dict[str, Rated]:
    """The scale of each column that is rated, by name. A block shares one scale."""
    found: dict[str, Rated] = {}
    groups: dict[str, list[Seen]] = {}
    for one in columns:
        placed = sum(n for text, n in one.texts.items() if place_of(text))
        is_told = one.numbers or placed > one.n / 3 and len(one.texts) < 20
        if is_told and not _is_choice(one):
            groups.setdefault(one.block or one.name, []).append(one)
    for group in groups.values():
        for part in _alike(group):
            if not _is_ranking(part, frame) and (scale := _scale(part, frame)):
                found |= {one.name: _own(one, scale) for one in part}
    found = _borrowed(columns, found)
    return found | _in_runs(columns, found, frame)


def _in_runs(
    columns: Sequence[Seen], found: Mapping[str, Rated], frame: pd.DataFrame
) -> dict[str, Rated]:
    """Three columns or more beside one another, each a statement that is answered on the same
    usual points.
    """
    runs: list[list[tuple[Seen, Rated]]] = [[]]
    for one in columns:
        full = len(one.numbers) > 3 and not says("asks.counted", one.said)
        scale = found.get(one.name) or (on_numbers([one], frame, one.words) if full else None)
        last = runs[-1][-1] if runs[-1] else None
        if (
            not scale
            or scale.points not in USUAL
            or last
            and (
                one.column.position != last[0].column.position + 1 or scale.points != last[1].points
            )
        ):
            runs.append([])
        if scale and scale.points in USUAL:
            runs[-1].append((one, scale))
    reason = "it stands among statements on the same points"
    return {
        one.name: replace(_own(one, scale), reason=reason, confidence=0.75)
        for run in runs
        if len(run) > 2 and not _is_ranking([one for one, _ in run], frame)
        for one, scale in run
        if one.name not in found
    }


def _alike(group: list[Seen]) -> list[list[Seen]]:
    """A block by the kind of its answers: words, numbers of a scale, and others each by itself.
    Where only names make the block, marks up to 10 are not those up to 7.
    """
    parts: dict[str, list[Seen]] = {}
    for one in group:
        body = [value for value in one.numbers.values() if 0 <= value <= 11]
        is_long = len(one.numbers) > 14 or len(body) < len(one.numbers) - 3
        kind = "words" if len(one.texts) > len(one.numbers) else one.name if is_long else "numbers"
        if kind == "numbers" and not one.item and body:
            kind = f"numbers to {7 if max(body) <= 9 and 8 not in body or max(body) <= 8 else 10}"
        parts.setdefault(kind, []).append(one)
    return [*parts.values()]


def _scale(group: list[Seen], frame: pd.DataFrame) -> Rated | None:
    first = group[0]
    texts: dict[str, int] = {}
    for one in group:
        for text, n in one.texts.items():
            texts[text] = texts.get(text, 0) + n
    if texts and not any(one.numbers for one in group):
        return on_words(texts, first.words)
    asked = " ".join(dict.fromkeys(one.words for one in group[:3]))
    scale = on_numbers(group, frame, asked)
    return scale and _believed(group, scale)


def _believed(group: list[Seen], scale: Rated) -> Rated | None:
    """A scale of numbers, if the words of the question, or the block, speak for ratings."""
    said = " | ".join(one.said for one in group)
    points = scale.high - scale.low + 1
    given = {
        value for one in group for value in one.numbers.values() if scale.low <= value <= scale.high
    }
    if scale.confidence > 0.9 and scale.reason == STATED and len(given) > 1:
        return replace(scale, confidence=0.95)
    is_rating = says("asks.rate", said)
    if scale.confidence > 0.9 or is_rating and points >= 3:
        return (
            replace(scale, confidence=0.95 if is_rating else 0.9)
            if len(given) > 1 or is_rating
            else None
        )
    if says("asks.counted", said) or points < 4 or len(given) < 2:
        return None
    is_usual = scale.points in USUAL
    if is_usual and all(says("asks.thing", one.said) for one in group):
        return replace(scale, confidence=0.8)
    if is_usual and all(_BARE.fullmatch(one.header) for one in group):
        return replace(scale, confidence=0.7)
    return (
        replace(scale, confidence=0.8) if is_usual and len(group) > 2 and len(given) > 3 else None
    )


def _own(one: Seen, scale: Rated) -> Rated:
    """The block's scale with the missing answers that this column holds."""
    held = {**scale.missing, **one.missing}
    return replace(scale, missing={code: why for code, why in held.items() if code in one.counts})


def _borrowed(columns: Sequence[Seen], found: dict[str, Rated]) -> dict[str, Rated]:
    """Also the single columns whose answers are just those of a block that is rated."""
    blocks: dict[frozenset, tuple[Rated, int]] = {}
    for one in columns:
        if one.name in found and one.block and one.numbers:
            key = frozenset(one.counts)
            blocks[key] = (found[one.name], blocks.get(key, (None, 0))[1] + 1)
    for one in columns:
        if one.name in found or not one.numbers or one.labels or says("asks.counted", one.said):
            continue
        for key, (scale, n) in blocks.items():
            codes = {value for value in one.numbers.values() if scale.low <= value <= scale.high}
            whole = len(codes) == scale.high - scale.low + 1
            if n >= 3 and whole and set(one.counts) <= key and scale.missing:
                held = {code: why for code, why in scale.missing.items() if code in one.counts}
                why = "its answers are those of a block of ratings"
                found[one.name] = replace(scale, missing=held, reason=why, confidence=0.7)
                break
    return found


def _is_choice(one: Seen) -> bool:
    """One of several choices that may be ticked: a column of one answer, or of 0 and 1."""
    values = {*one.numbers.values(), *one.texts}
    return (
        len(values) <= 1
        and one.n > 3
        and not place_of(next(iter(one.counts), ""))
        or values <= {0, 1}
    )


def _is_ranking(group: list[Seen], frame: pd.DataFrame) -> bool:
    """Whether each respondent gave each place once."""
    if says("asks.rank", group[0].said):
        return True
    if len(group) < 3 or any(one.texts for one in group):
        return False
    answers = pd.DataFrame(
        {one.name: frame[one.name].str.strip().map(one.numbers) for one in group}
    )
    full = answers.dropna()
    places = range(1, len(group) + 1)
    return len(full) > 4 and bool(
        (np.sort(full.to_numpy(), axis=1) == [*places]).all(axis=1).mean() > 0.9
    )
