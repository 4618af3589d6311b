"""Columns that place a row: who answered, when, in which wave and with which weight, and what the
survey tool wrote down beside the answers.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from cxlab.study.exports.draft.guesses import WORDS, Guess, Seen, folded, is_one_of, says
from cxlab.study.exports.headers import said_by_tool

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?!\d)")


def placed(one: Seen) -> Guess | None:
    """What a column says of its row; None where it is no such column."""
    for key in (
        "respondent",
        "weight",
        "wave",
        "status",
        "start",
        "end",
        "language",
        "account",
        "system",
    ):
        if one.is_called(f"places_row.{key}") and (guess := _CHECKS[key](one)):
            return guess
    if one.n and days([one]) and _share_of_days(one) > 0.9 and len(one.counts) > 1:
        return Guess("date", one.name, {}, "its answers are dates", 0.9)
    return None


def _respondent(one: Seen) -> Guess | None:
    if one.n < one.rows or len(one.counts) < one.rows:
        return None
    return Guess("respondent", one.name, {}, "its header says so, and no answer stands twice", 0.97)


def _weight(one: Seen) -> Guess | None:
    values = one.numbers
    n = sum(one.counts[answer] for answer in values)
    if not n or n < one.n or min(values.values()) < 0:
        return None
    mean = sum(value * one.counts[answer] for answer, value in values.items()) / n
    if not 0.5 <= mean <= 2 and not says(
        "places_row.weight", "fator" if "expans" in one.said else ""
    ):
        return None
    whole = all(float(value).is_integer() for value in values.values())
    reason = f"its header says so, and its mean is {mean:.2f}"
    return Guess(
        "weight", one.name, {"kind": "sampling"} if whole else {}, reason, 0.7 if whole else 0.95
    )


def _wave(one: Seen) -> Guess | None:
    if not 2 <= len(one.counts) <= 24 or one.n < one.rows or _share_of_days(one) > 0.5:
        return None
    return Guess("wave", one.name, {}, "its header says so", 0.9)


def _status(one: Seen) -> Guess | None:
    """How far a respondent came; a column with one value alone tells nothing."""
    if len(one.counts) > 12:
        return None
    held: dict[str, list[str]] = {"complete": [], "partial": [], "set_aside": []}
    is_flag = {*one.counts} <= {"0", "1"} and "finish" in one.said
    for answer in one.counts:
        text = folded(answer)
        for state in ("set_aside", "partial", "complete"):
            if (
                is_one_of(f"status_words.{state}", text)
                or is_flag
                and (text == "1") == (state == "complete")
            ):
                held[state].append(answer)
                break
    marks = said_by_tool(one.tool, "set_apart")
    is_marked = one.forms & {*marks.get("columns", ())}
    if is_marked and len(one.counts) == 1 and {*map(folded, one.counts)} <= {*marks["states"]}:
        reason = "the survey tool marks all rows as no respondents' (a test?), and they are counted"
        return Guess("status", one.name, {"complete": [*one.counts]}, reason, 0.7)
    if held["set_aside"] and not held["partial"]:
        reason = "some rows are previews or tests"
        return Guess("include", one.name, {"not_in": held["set_aside"]}, reason, 0.95)
    if not (held["partial"] and held["complete"]):
        return Guess("system", one.name, {}, "it is the same for all, or in codes of the tool", 0.9)
    del held["set_aside"]
    return Guess("status", one.name, held, "its answers tell how far somebody came", 0.95)


def _date(one: Seen) -> Guess | None:
    first = one.is_called("places_row.start")
    if one.n and _share_of_days(one) < 0.5:
        return None
    return Guess("date", one.name, {"start": first}, "its header says so", 0.95)


def _language(one: Seen) -> Guess | None:
    return Guess("language", one.name, {}, "its header says so", 0.9)


def _account(one: Seen) -> Guess | None:
    if not 2 <= len(one.counts) <= one.n / 1.5 or one.numbers and len(one.counts) < 12:
        return None
    reason = "its header says so, and respondents share its answers"
    return Guess("account", one.name, {}, reason, 0.7)


def _system(one: Seen) -> Guess | None:
    return Guess("system", one.name, {}, "the survey tool writes it", 0.95)


_CHECKS = {
    "respondent": _respondent,
    "weight": _weight,
    "wave": _wave,
    "status": _status,
    "start": _date,
    "end": _date,
    "language": _language,
    "account": _account,
    "system": _system,
}


def _share_of_days(one: Seen) -> float:
    return sum(n for text, n in one.counts.items() if _DAY.match(text)) / max(one.n, 1)


def days(columns: Iterable[Seen]) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of some columns; None where none is written, or where day and month
    cannot be told apart.
    """
    found = [parts for one in columns for text in one.counts if (parts := _DAY.match(text))]
    other = [(int(p[4]), int(p[5]), int(p[6])) for p in found if p[4]]
    is_day_first = any(first > 12 for first, _, _ in other)
    if other and is_day_first == any(second > 12 for _, second, _ in other):
        return None
    dates = []
    for year, month, day in [
        *((int(p[1]), int(p[2]), int(p[3])) for p in found if p[1]),
        *((y + 2000 * (y < 100), *((b, a) if is_day_first else (a, b))) for a, b, y in other),
    ]:
        try:
            dates.append(datetime.date(year, month, day))
        except ValueError:
            return None
    sound = [day for day in dates if day.year > 1970]
    return (min(sound), max(sound)) if sound else None


def language_of(columns: Iterable[Seen]) -> str:
    """The language of the questions, "en" where none is clear."""
    words = re.findall(r"[a-z]+", " ".join(one.words for one in columns))
    hits = {code: sum(word in held for word in words) for code, held in _LANGUAGES.items()}
    return max(hits, key=lambda code: hits[code]) if any(hits.values()) else "en"


_LANGUAGES = {code: frozenset(held) for code, held in WORDS["languages"].items()}
