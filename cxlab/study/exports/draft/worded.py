"""Scales whose answers are words: where each word stands, and the points that nobody chose."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os.path import commonprefix

from cxlab.errors import joined, said
from cxlab.study.exports.draft.guesses import WORDS, Seen, missing_reason, says, words_of

_OFTEN = {1, 3, 5, 7, 9}
_SLOTS = (-0.5, 0.8, 2, 3.8)  # from where on an answer is slightly, moderately, very, extremely so
FEW = 30  # answers below which a point that nobody chose may well be on the scale
RARE = 3  # answers at a point up to which the next one may have none
_PLACES = {
    word: (family, at) for family, held in WORDS["places"].items() for word, at in held.items()
}
_STEMS = {
    word: (family, sign)
    for family, sides in WORDS["families"].items()
    for side, sign in (("up", 1), ("down", -1))
    for word in sides[side]
}
_MARK = re.compile(r"(?:ao?|l)0{0,2}([1-9])")  # codes of LimeSurvey
# Of a question: A1 = poor, A2 = fair, or VS: very satisfied.
_SPELLED = re.compile(
    r"(?<![^\W_])([a-z]{1,3}\d{0,3}) ?[=:] ?([^;,()=|\]/]+?) ?(?=$|\.\.|[;,()|\]/]| [-–] )"
)
_STARS = re.compile(r"(\w+) (?:star|estrela|estrella)s?|([★⭐]+)☆*")
_FACE = re.compile(r"^(?:cara|carita|carinha|rosto) (?!demais)|(?<=\w) (?:face|smiley)$")
_DEGREES = {word: degree for degree, words in WORDS["degrees"].items() for word in words}


@dataclass(frozen=True)
class Rated:
    """Points of a scale, the words of its codes, and the answers that are no ratings; `also`: its
    words in the question that goes with it.
    """

    low: float
    high: float
    labels: Mapping[float, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    reverse: bool = False
    whole: bool = True
    reason: str = ""
    confidence: float = 0.0
    also: Mapping[float, str] = field(default_factory=dict)

    def codes(self, why: str) -> list[str]:
        """The answers that are no ratings for one reason."""
        return [code for code, reason in self.missing.items() if reason == why]

    @property
    def points(self) -> tuple[float, float]:
        return self.low, self.high


def place_of(answer: str, stem: str = "") -> tuple[str, float] | None:
    """The family of an answer in words and where it stands in it, higher being more of it or
    better; None where no word tells. `stem` is a word that the answers share.

    >>> place_of("Muito insatisfeito"), place_of("Somewhat agree"), place_of("Greedo")
    (('satisfied', -3), ('agree', 1), None)
    """
    text = re.sub("[_,'\ufe0f\U0001f3fb-\U0001f3ff]+ ?", " ", words_of(answer)).strip()
    if mark := _MARK.fullmatch(text):
        return "marks", float(mark[1])
    if stars := _STARS.fullmatch(text):
        number = WORDS["numbers"].get(stars[1], stars[1]) if stars[1] else len(stars[2])
        return ("stars", float(number)) if str(number).isdigit() else None
    text = re.sub(_FACE, "", text)
    if text not in _PLACES:  # "😐 OK", "3 - OK"
        text = re.sub(r"^[\W\d]+|[\W\d]+$", "", text)
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?", text)
    if text in _PLACES or not 0 < len(words) < 8:
        return _PLACES.get(text)
    is_flat = says("flat", text)
    if not is_flat and says("neutral", text):
        return "", 0
    stems = _STEMS | {stem: (stem, 1)}
    family, sign = next((stems[word] for word in words[::-1] if word in stems), ("", 0))
    runs = (zip(*(words[i:] for i in range(n)), strict=False) for n in (3, 2, 1))
    said = [" ".join(run) for held in runs for run in held]  # a little, little
    degree = next((_DEGREES[word] for word in said if word in _DEGREES), 2)
    if is_flat or {*words} & {*WORDS["negations"]}:
        degree = -4 if is_flat else -1 if degree > 2 else -2
    if 0 < degree < 0.5:  # little of it is less than neither
        return family, sign / 20 - degree
    return (family, degree * sign) if sign else None


def on_words(
    counts: Mapping[str, int], question: str = "", is_rating: bool = False
) -> Rated | None:
    """The scale that answers in words are on; None where a word is not known, or they are of
    several families. is_rating: something else has told that they rate.
    """
    n = sum(counts.values())
    spelled = {code: place_of(word) for code, word in _SPELLED.findall(question)}
    told = {one: at for one in counts if (at := spelled.get(one.lower()))}
    if len(told) < len(counts):
        told = {one: at for one in counts if (at := place_of(one))}
    if len(told) < len(counts) > 2:  # "It was good", "It was bad"
        begun = len(commonprefix([words_of(answer).split() for answer in counts]))
        rests = {answer: " ".join(words_of(answer).split()[begun:]) for answer in counts}
        told = {answer: at for answer, rest in rests.items() if (at := place_of(rest))}
    if len(told) < len(counts) > 2:  # "Not at all responsive", "Very responsive"
        shared = set.intersection(*({*words_of(answer).split()} for answer in counts))
        stem = min(shared - {*_DEGREES, *WORDS["negations"]}, default="-")
        told = {answer: at for answer in counts if (at := place_of(answer, stem))}
    values = {value for _, value in told.values()}
    families = {family for family, _ in told.values() if family}
    families = families - {"amount"} or families  # "yes, totally", "in part", "no"
    if len(told) < len(counts) or len(families) != 1:
        return None
    (family,) = families
    is_rating = is_rating or not question or says("asks.rate", question)
    if family in ("level", "marks", "grade") and not is_rating:
        return None  # of an income, a priority; of a class
    # A question may list its answers: "(very useful, somewhat useful, not useful, pointless)".
    listed = {at[1] for word in re.split(r"[(),;]", question) if (at := place_of(word))}
    given = values | (listed if len(listed & values) > 1 else set())
    words = {word for answer in told for word in words_of(answer).split()}
    has_sides = 0 in values or any(_STEMS.get(word) == (family, -1) for word in words)
    has_sides = has_sides or family == "likely" and min(values) == -2  # probably not
    each = {at[1] for at in spelled.values() if at}
    # Of what is good or bad the question says what each code means.
    is_listed = family == "quality" and given <= each
    points = sorted(each if is_listed else _completed(given, family, n, has_sides))
    ends = [at for code, at in sorted(spelled.items()) if _MARK.fullmatch(code) and at]
    if len(points) < 2:
        return None
    # Below a little there is nothing, which may well be on the scale where few chose a little.
    lowest = sum(counts[answer] for answer, at in told.items() if at[1] == points[0])
    is_little = -0.5 < points[0] < 0 or family == "amount" and points[0] > -4
    is_open = is_little and 0 < lowest <= min(RARE, 0.1 * n)
    points = [-5] * is_open + points
    labels: dict[float, str] = {}
    for answer in sorted(told, key=lambda one: (told[one][1], -counts[one])):
        labels.setdefault(points.index(told[answer][1]) + 1, answer)
    is_each = len({*map(words_of, told)}) == len(values)
    word = said(family) if family in WORDS["families"] | WORDS["places"] else family
    reasons = [said("its answers are words of “{family}”", family=word)]
    reasons += [] if is_each else [said("two of one point")]
    reason = joined(reasons, ", ")
    sure = 0.95 if is_each and not is_open else 0.6
    is_down = len(ends) > 1 and ends[0][1] > ends[-1][1]
    return Rated(1, len(points), labels, reverse=is_down, reason=reason, confidence=sure)


def _completed(values: set[float], family: str, n: int, has_sides: bool) -> set[float]:
    """With the points that nobody chose: what stands on one side has its like on the other."""
    if family in ("marks", "stars"):
        least = max(values) if family == "marks" else max(*values, 5)
        return {*map(float, range(int(min(*values, 1)), int(least) + 1))}
    slots = {bisect(_SLOTS, at) for at in values}
    if n >= FEW and len(values) == 4 and {5, 9} <= values < _OFTEN:
        return _OFTEN
    # Extremely was chosen, and three of not at all, slightly, moderately and very.
    is_uneven = 4 in slots and len(slots) == len(values) == 4 and 0 not in values
    if n >= FEW and is_uneven and not has_sides and family not in ("amount", "quality"):
        return values | {(-2, -0.35, 1, 3)[min({0, 1, 2, 3} - slots)]}
    ups, downs = (sum(sign * value > 0 for value in values) for sign in (1, -1))
    is_quality = family == "quality"
    if 0 in values and ups == 2 and downs == 1 and not is_quality:  # the middle is told by a word
        return values | {-5 if min(values) > -max(values) else -0.01}
    # Excellent, very good, good, fair, poor; not at all, a little, very: no side is like another.
    is_uneven = {3, 4} <= values if is_quality else -4 in values
    is_usual = family in ("agree", "satisfied", "quality") and min(values) > 0
    is_whole = n >= FEW and (ups == downs or is_quality and 4 in values)
    if (
        is_whole
        or any(0 < abs(at) < 0.5 for at in values)
        or is_uneven
        and {4, -4} - values
        or not (has_sides or is_usual)
    ):
        return values
    whole = values | {-value for value in values}
    whole |= {-4, 4} if is_quality and n < FEW and len(whole) < 4 else set()
    whole |= {0} if n < FEW else set()
    is_likely = len(whole) < 8 and (n < FEW or len(whole) < len(values) + 3)
    return whole if is_likely else values


def with_absences(one: Seen) -> Seen:
    """A column that knows which of its answers, among words or points of a scale, say that there is
    nothing to rate: "I'm not a member".
    """
    words = {code: words_of(one.labels.get(code, code)) for code in {*one.labels, *one.texts}}
    places = {code: place_of(word) for code, word in words.items()}
    left = [code for code, at in places.items() if not at and not missing_reason(words[code])]
    left = [code for code in left if code not in ("0", "1") or "10" not in words]  # an end
    found = {code: "not_used" for code in left if re.fullmatch(WORDS["beginning"], words[code])}
    is_rated = len(places) - len(left) + len(one.values) > 2 > len(left) - 1
    if not is_rated or "likely" in {at[0] for at in places.values() if at}:
        return one
    return replace(one, column=replace(one.column, missing={**one.column.missing, **found}))
