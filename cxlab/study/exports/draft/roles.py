"""Columns that rate nothing: who somebody is, what places a row (who answered, when, in which wave,
with which weight), what people wrote, and what splits them into groups.

It is better to hide a column too many than one too few: what is declared personal is never shown
and never copied, and a person may take it off the list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pandas as pd

from cxlab.errors import Said, said
from cxlab.study.exports.draft.guesses import WORDS, Guess, Seen, is_one_of, says, words_of
from cxlab.study.exports.draft.worded import place_of
from cxlab.study.exports.headers import JOINT, said_by_tool
from cxlab.study.privacy.masking import FIRST_NAMES, mask

LEVELS = 12  # groups that a report can show
_DAY = re.compile(
    r"(\d{4}[-/]\d\d[-/]\d\d|[A-Z][a-z]{2} \d{1,2}, \d{4}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d\d)(?!\d))"
)
_MASKED = re.compile(r"[(\[].+[)\]]")  # texts in place of which a mark stands
_SAYS = said("its header says so")
_MIXED = re.compile(r"(?=(?:.*\d){2})(?=(?:.*[A-Z]){2})[A-Z\d -]{6,10}")  # plates, bookings
_AMOUNT = re.compile(r"\D{0,3}-?\d+[.,]\d{1,9}")
_CAPITALS = r"[A-ZÀ-ÖØ-Þ][\w'’.-]*"
_NAME = re.compile(rf"{_CAPITALS}(?:,? (?:d[aeo]s?|del?|las?|los|van|von|y|e|{_CAPITALS})){{1,4}}")
_WORDS = re.compile(r"[^\W\d_]+(?:[ '’.,-]+[^\W\d_]+){1,4}\.?")


def person(one: Seen) -> Guess | None:
    """Personal data in a column, None where nothing speaks for it."""
    sign = next(_signs(one), None)
    return sign and one.guess("personal_data", *sign)


def _signs(one: Seen) -> Iterator[tuple[Said, float]]:
    """What speaks for personal data, and how sure that is, the surest first."""
    given = one.counts.keys() - one.missing.keys()
    few = len(given) <= LEVELS and one.n > max(2 * len(given), 0.2 * one.rows)
    is_group = few and is_one_of("segment", one.header)
    is_tick = {*map(words_of, one.counts)} == {one.header} and one.n < one.rows
    if is_group or is_tick or few and all(map(_is_answer, one.counts)):
        return
    is_short = len(one.said.split()) <= 9 and not says("about", one.words.split(" ")[0])
    is_asked = is_short or says("asks.leave", one.said) or _are_codes(one)
    is_asked = is_asked and not says("beside", one.said)
    is_thing, is_crew = says("things", one.said), _is_crew(one)
    # Its numbers may be those of the rows, from 1, 1001 or the like.
    is_serial = one.counts.keys() == one.numbers.keys() and _is_counter(one)
    is_serial = is_serial and max(map(len, one.counts), default=0) < 6
    signs = {"reference": few, "identity number": is_serial, "name": is_crew, "person": is_crew}
    # Below the name of a section, the item is the name.
    said_of = words_of(one.item) if one.item and JOINT in one.name else one.said
    for kind in WORDS["personal"]:
        path, is_sign = f"personal.{kind}", signs.get(kind)
        if one.is_called(path) and not (few and one.item or is_sign):
            yield said("its header says {kind}", kind=said(kind)), 0.97
        is_other = is_sign or (is_thing if kind == "name" else few)
        is_word = kind not in ("reference", "person") and says(path, said_of)
        if is_asked and is_word and not is_other:
            yield said("its words ask for {kind}", kind=said(kind)), 0.92
    if one.texts and not few and says("who", one.said) and says("personal.person", one.said):
        yield said("its words ask for {kind}", kind=said("person")), 0.9
    if says("owners", one.said) and _are_codes(one, alike=0.5):
        yield said("its words ask for {kind}", kind=said("identity number")), 0.92
    some = [*one.counts][:150]
    is_told = one.share(lambda answer: len(answer.split()) > 2) > 0.5
    for kind, n in Counter(map(_look, some)).items():
        share = n / len(some)
        is_name_of = kind == "name" and is_thing and len(one.words.split()) < 3
        is_often = share >= 0.3 or n > 4 and share >= 0.1 and is_told
        if kind and is_often and not is_name_of:
            yield (
                said("{share:.0%} of its answers look like {kind}", share=share, kind=said(kind)),
                0.95,
            )
    if _are_names(one, says("unnamed", one.said) or is_thing):
        yield said("its answers are written as names"), 0.9
    is_short = len({*map(len, one.counts)}) <= 3
    if one.n > 4 and is_short and not _is_counter(one) and _are_codes(one, 5):
        yield said("its answers are numbers of five digits or more, no two alike"), 0.7


def _is_counter(one: Seen) -> bool:
    """Whether its numbers rise by the row."""
    return [*one.counts] == sorted(one.counts, key=lambda code: (len(code), code))


def _is_crew(one: Seen) -> bool:
    """Whether a few codes, each again and again, tell who asked or served: AG07, E3, 112."""
    is_often = one.n > 2 * len(one.counts)
    return is_often and one.share(re.compile(r"(?i)[a-z]{0,3}[-_ ]?\d{1,3}").fullmatch) == 1


def _is_answer(answer: str) -> bool:
    """Whether it is a point of a scale, or ticks something."""
    word = words_of(answer)
    is_tick = any(is_one_of(f"ticks.{kind}", word) for kind in WORDS["ticks"])
    return is_tick or re.fullmatch(r"\d{1,2}", word) or place_of(answer) is not None


def _are_codes(one: Seen, least: int = 3, alike: float = 0.2) -> bool:
    """Whether hardly two answers are alike and all are codes with several digits."""
    is_each = len(one.counts) > (1 - alike) * one.n > 1 and not says("measured", one.said)

    def is_code(answer: str) -> bool:
        digits = sum(map(str.isdigit, answer))
        is_long = digits >= least or _MIXED.fullmatch(answer)
        return bool(is_long) and len(answer) < 40 and not _AMOUNT.fullmatch(answer)

    return is_each and one.share(is_code) > 0.8 > one.share(_DAY.match)


def _are_names(one: Seen, is_thing: bool) -> bool:
    """Whether all answers are a few words in capitals, where the header asks for somebody; else no
    two alike, or few. Of whom it asks for, small letters do.
    """
    is_person = says("personal.person", one.said)
    is_each = len(one.counts) > max(0.4 * one.n, min(LEVELS, 0.7 * one.n)) and one.n > 5
    form = _WORDS if is_person and is_each else _NAME
    is_told = (is_person or is_each or says("who", one.said)) and not is_thing
    return is_told and one.share(form.fullmatch) > 0.8


def _look(answer: str) -> str:
    """What personal data an answer looks like, or a text names; "" for none."""
    told = (kind for kind, form in WORDS["looks"].items() if re.fullmatch(form, answer))
    masked = mask(answer)
    found = re.search(r"\[(\D+?)\]", masked) if masked != answer else None
    # A plain number may be anybody's telephone, or an amount.
    is_plain = found and found[1] in ("phone", "personal number") and answer.isdigit()
    is_short = len(answer.split()) < 5 and not any(map(str.isdigit, answer))
    # "Anne-Marie Dupont", "GIL, Ana"
    is_name = (
        is_short
        and re.split(r"[ -]|, ", words_of(answer.partition(", ")[2] or answer))[0] in FIRST_NAMES
    )
    return found[1] if found and not is_plain else next(told, "name" if is_name else "")


def placed(one: Seen) -> Guess | None:
    """What a column says of its row; None where it is no such column."""
    for key in WORDS["places_row"]:
        if one.is_called(f"places_row.{key}") and (guess := _checked(key, one)):
            return guess
    if one.share(_DAY.match) > 0.9 and len(one.counts) > 1:
        return one.guess("date", said("its answers are dates"), 0.9)
    return None


def _checked(key: str, one: Seen) -> Guess | None:
    """The guess that a header suggests, if the answers are of its kind."""
    if key == "status":
        return _status(one)
    if key == "weight":
        return _weight(one)
    n, are_days = len(one.counts), one.share(_DAY.match) >= 0.5
    is_date = are_days or not one.n
    fits = {
        "respondent": one.n == one.rows == n,
        "wave": 2 <= n <= 24 and one.n == one.rows and not are_days,
        "account": 2 <= n <= one.n / 1.5,
        "start": is_date,
        "end": is_date,
    }
    if not fits.get(key, True):
        return None
    if key in ("start", "end"):
        return one.guess("date", _SAYS, 0.95, start=key == "start")
    return one.guess(key, _SAYS, 0.7 if key == "account" else 0.95)


def _weight(one: Seen) -> Guess | None:
    """A weight, by its mean of about 1; what is expanded to a population has another."""
    if not one.n or one.values.total() < one.n or min(one.values) < 0:
        return None
    mean = sum(value * n for value, n in one.values.items()) / one.n
    if not 0.5 <= mean <= 2 and "expans" not in one.said:
        return None
    reason = said("{says}, and its mean is {mean:.2f}", says=_SAYS, mean=mean)
    if all(map(float.is_integer, one.values)):
        return one.guess("weight", reason, 0.7, kind="sampling")
    return one.guess("weight", reason, 0.95)


def _status(one: Seen) -> Guess:
    """How far a respondent came; a column with one value alone tells nothing, but where the tool
    marks all rows as tests.
    """
    marks = said_by_tool(one.tool, "set_apart")
    answers = {answer: words_of(answer) for answer in one.counts}
    if one.forms & {*marks.get("columns", ())} and {*answers.values()} <= {*marks["states"]}:
        reason = said(
            "the survey tool marks all rows as no respondents' (a test?), and they are counted"
        )
        return one.guess("status", reason, 0.7, complete=[*answers])
    if answers.keys() <= {"0", "1"} and "finish" in one.said:
        answers = {answer: ("false", "true")[int(answer)] for answer in answers}
    held = {
        state: [
            answer for answer, word in answers.items() if is_one_of(f"status_words.{state}", word)
        ]
        for state in WORDS["status_words"]
    }
    aside = held.pop("set_aside")
    if all(held.values()):
        return one.guess("status", said("its answers tell how far somebody came"), 0.95, **held)
    if aside and not held["partial"]:
        return one.guess("include", said("some rows are previews or tests"), 0.95, not_in=aside)
    return one.guess("system", said("it is the same for all, or in codes of the tool"), 0.9)


def days(columns: Iterable[Seen]) -> tuple | None:
    """First and last day of some columns; None where none is written, or where day and month
    cannot be told apart.
    """
    texts = [day[1] for one in columns for text in one.counts if (day := _DAY.match(text))]
    written = pd.Series(texts, dtype=str).str.replace("[/.]", "-", regex=True)
    forms = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y")
    read = [pd.to_datetime(written, format=form, errors="coerce") for form in forms]
    sound = [dates for dates in read if texts and dates.notna().all()]
    return (sound[0].min().date(), sound[0].max().date()) if len(sound) == 1 else None


def language_of(columns: Iterable[Seen]) -> str:
    """The language of the questions, English where none is clear."""
    words = Counter(re.findall(r"[a-z]+", " ".join(one.words for one in columns)))
    hits = {code: sum(words[one] for one in held) for code, held in WORDS["languages"].items()}
    return max(hits, key=hits.get)


def comment(one: Seen) -> Guess | None:
    """Answers in free text: long and hardly two alike, or asked for as such."""
    n, varied = one.texts.total(), len(one.texts)
    if not n or n < 0.5 * one.n:
        return None
    if one.share(_MASKED.fullmatch) > 0.5:
        return one.guess("comments", said("{n} texts, masked", n=n), 0.95)
    if varied < 0.5 * n:
        return None
    length = sum(map(len, one.texts)) / varied
    asked = not says("segment", one.said) and says("comment", f"{words_of(one.item)} {one.words}")
    if length > 25 or asked and (length > 8 or n < 5):
        reason = said("{n} answers in free text, of {k} characters", n=n, k=round(length))
        return one.guess("comments", reason, 0.95 if asked else 0.9)
    return None


def segment(one: Seen) -> Guess | None:
    """Few groups, each given by enough respondents to be shown."""
    counts, is_named = [*one.counts.values()], says("segment", one.said)
    large = sum(count >= 10 for count in counts)
    if large < 2 or len(counts) > LEVELS or one.n < 0.3 * one.rows or one.numbers and not is_named:
        return None
    reason = said(
        "{n} groups, {large} of them of 10 respondents or more", n=len(counts), large=large
    )
    return one.guess("segments", reason, 0.95 if is_named else 0.9)
