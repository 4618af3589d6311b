"""Columns that place a row: who answered, when, in which wave and with which weight, and what the
survey tool wrote down beside the answers.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from cxlab.study.exports.draft.guesses import WORDS, Guess, Seen, folded, is_one_of
from cxlab.study.exports.headers import said_by_tool

_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d\d)(?!\d)")
_SAYS = "its header says so"
_LANGUAGES = {code: frozenset(held) for code, held in WORDS["languages"].items()}


def placed(one: Seen) -> Guess | None:
    """What a column says of its row; None where it is no such column."""
    for key in WORDS["places_row"]:
        if one.is_called(f"places_row.{key}") and (guess := _checked(key, one)):
            return guess
    if _share_of_days(one) > 0.9 and len(one.counts) > 1:
        return Guess("date", one.name, {}, "its answers are dates", 0.9)
    return None


def _checked(key: str, one: Seen) -> Guess | None:
    """The guess that a header suggests, if the answers are of its kind."""
    n = len(one.counts)
    if key == "status":
        return _status(one)
    if key == "weight":
        return _weight(one)
    if key in ("start", "end"):
        is_date = not one.n or _share_of_days(one) >= 0.5
        return Guess("date", one.name, {"start": key == "start"}, _SAYS, 0.95) if is_date else None
    fits, reason, sure = {
        "respondent": (one.n == one.rows == n, f"{_SAYS}, and no answer stands twice", 0.97),
        "wave": (2 <= n <= 24 and one.n == one.rows and _share_of_days(one) < 0.5, _SAYS, 0.9),
        "account": (2 <= n <= one.n / 1.5, f"{_SAYS}, and respondents share its answers", 0.7),
        "language": (True, _SAYS, 0.9),
        "system": (True, "the survey tool writes it", 0.95),
    }[key]
    return Guess(key, one.name, {}, reason, sure) if fits else None


def _weight(one: Seen) -> Guess | None:
    values = [(value, one.counts[answer]) for answer, value in one.numbers.items()]
    if not one.n or sum(n for _, n in values) < one.n or min(values)[0] < 0:
        return None
    mean = sum(value * n for value, n in values) / one.n
    if not 0.5 <= mean <= 2 and "expans" not in one.said:
        return None
    is_whole = all(value.is_integer() for value, _ in values)
    kind, sure = ({"kind": "sampling"}, 0.7) if is_whole else ({}, 0.95)
    return Guess("weight", one.name, kind, f"{_SAYS}, and its mean is {mean:.2f}", sure)


def _status(one: Seen) -> Guess | None:
    """How far a respondent came; a column with one value alone tells nothing, but where the tool
    marks all rows as tests.
    """
    is_flag = {*one.counts} <= {"0", "1"} and "finish" in one.said
    held: dict[str, list[str]] = {"set_aside": [], "partial": [], "complete": []}
    for answer in one.counts if len(one.counts) < 13 else ():
        text = {"0": "false", "1": "true"}[answer] if is_flag else folded(answer)
        states = (state for state in held if is_one_of(f"status_words.{state}", text))
        held.get(next(states, ""), []).append(answer)
    marks = said_by_tool(one.tool, "set_apart")
    is_marked = one.forms & {*marks.get("columns", ())}
    if is_marked and len(one.counts) == 1 and {*map(folded, one.counts)} <= {*marks["states"]}:
        reason = "the survey tool marks all rows as no respondents' (a test?), and they are counted"
        return Guess("status", one.name, {"complete": [*one.counts]}, reason, 0.7)
    aside = held.pop("set_aside")
    if all(held.values()):
        return Guess("status", one.name, held, "its answers tell how far somebody came", 0.95)
    if aside and not held["partial"]:
        return Guess(
            "include", one.name, {"not_in": aside}, "some rows are previews or tests", 0.95
        )
    return Guess("system", one.name, {}, "it is the same for all, or in codes of the tool", 0.9)


def _share_of_days(one: Seen) -> float:
    return sum(n for text, n in one.counts.items() if _DAY.match(text)) / max(one.n, 1)


def days(columns: Iterable[Seen]) -> tuple[datetime.date, datetime.date] | None:
    """First and last day of some columns; None where none is written, or where day and month
    cannot be told apart.
    """
    found = [
        parts.groups() for one in columns for text in one.counts if (parts := _DAY.match(text))
    ]
    is_day_first = any(int(parts[3] or 0) > 12 for parts in found)
    is_month_first = any(int(parts[4] or 0) > 12 for parts in found)
    dates = set()
    for year, month, day, *other in found:
        if not year:
            if is_day_first == is_month_first:
                return None
            (day, month), year = other[:2] if is_day_first else other[1::-1], other[2].zfill(4)
        try:
            dates.add(datetime.date(int(year) + 2000 * (int(year) < 100), int(month), int(day)))
        except ValueError:
            return None
    sound = sorted(day for day in dates if day.year > 1970)
    return (sound[0], sound[-1]) if sound else None


def language_of(columns: Iterable[Seen]) -> str:
    """The language of the questions, "en" where none is clear."""
    words = re.findall(r"[a-z]+", " ".join(one.words for one in columns))
    hits = {code: sum(word in held for word in words) for code, held in _LANGUAGES.items()}
    return max(hits, key=lambda code: hits[code]) if any(hits.values()) else "en"
