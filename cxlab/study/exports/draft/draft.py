"""What an export seems to hold: one guess a column, from the first file to several waves.

Each column plays one role. Who somebody is comes first, then what places a row, then ratings, then
texts and groups; what is left is said to be left.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from cxlab.errors import Fault, joined, said
from cxlab.study.exports.draft.absent import explained
from cxlab.study.exports.draft.columns import seen
from cxlab.study.exports.draft.computed import computed
from cxlab.study.exports.draft.guesses import Guess, Seen, says, short
from cxlab.study.exports.draft.questions import is_group, pairs, recommended, role_of
from cxlab.study.exports.draft.roles import comment, language_of, person, placed, segment
from cxlab.study.exports.draft.scales import rated
from cxlab.study.exports.draft.several import listed, mentioned, ticked
from cxlab.study.exports.draft.twins import asked_twice
from cxlab.study.exports.draft.worded import Rated, place_of, with_absences
from cxlab.study.exports.headers import unaccented
from cxlab.study.exports.table import Table


class Wave(NamedTuple):
    """A file, and what the last one calls some of its columns."""

    path: Path
    table: Table
    renames: dict[str, str]


@dataclass(frozen=True)
class Draft:
    """Guesses in the order of the columns, and what they were made from."""

    table: Table
    guesses: tuple[Guess, ...]
    language: str = "en"
    waves: tuple[Wave, ...] = ()

    @property
    def columns(self) -> list[Seen]:
        return [guess.seen for guess in self.guesses]

    def of(self, key: str) -> list[Guess]:
        """The guesses with a key."""
        return [guess for guess in self.guesses if guess.key == key]


def guess_columns(table: Table) -> Draft:
    """One guess for each column of a table."""
    columns = [*map(with_absences, seen(table))]
    found, language = _rows(columns), language_of(columns)
    for one in columns:
        if one.name not in found and (guess := listed(one, language)):
            found[one.name] = guess
    found |= mentioned([one for one in columns if one.name not in found], table.frame)
    found |= computed([one for one in columns if one.name not in found], table.frame)
    left = asked_twice([one for one in columns if one.name not in found])
    found |= _items(left, rated(left, table.frame), table.frame)
    rest = {one.name: _rest(one) for one in left if one.name not in found}
    # Questions with the same answers as four others are a battery, no groups.
    split = {
        n: frozenset(guess.seen.counts) for n, guess in rest.items() if guess.key == "segments"
    }
    alike = Counter(split.values())
    for name, answers in split.items():
        if alike[answers] > 4:
            reason = said("it is one of several questions with the same answers")
            rest[name] = rest[name].seen.guess("", reason, 0.8)
    found |= rest
    found |= ticked(found)
    return Draft(table, tuple(found[one.name] for one in columns), language)


def nothing_rated(table: Table) -> Fault:
    problem = said(
        "no column holds ratings: looked for answers on 0–10, 1–5, 1–7 or 1–10, for words such as"
        " “Very satisfied”, “Concordo” or “Siempre”, and for a question that asks for a"
        " recommendation, among {count} columns",
        count=len(table.frame.columns),
    )
    fix = said(
        "where one row is one answer, put each respondent on one row; else write study.yml by hand"
        " from templates/study.yml"
    )
    return Fault(problem, table.file, fix=fix)


def _rows(columns: Sequence[Seen]) -> dict[str, Guess]:
    """Personal data, and what places a row. A role that one column can play goes to the surest."""
    found: dict[str, Guess] = {}
    for one in columns:
        who, where = person(one), placed(one)
        is_sure = who and not (where and where.confidence > who.confidence)
        if guess := who if is_sure else where:
            found[one.name] = guess
    best: dict[str, str] = {}
    for name, guess in sorted(found.items(), key=lambda held: -held[1].confidence):
        other = best.setdefault(guess.key, name)
        if other != name and guess.key in ("respondent", "weight", "wave", "account", "status"):
            reason = said("another column is the {key}: “{name}”", key=guess.key, name=short(other))
            found[name] = guess.seen.guess("system", reason, 0.8)
    return found


def _rest(one: Seen) -> Guess:
    if is_group(one):
        reason = said("it holds the groups of the score, not the answers")
        return one.guess("group", reason, 0.95)
    if guess := comment(one) or segment(one):
        return guess
    if len(one.counts) > 1:
        return one.guess("", said("nothing speaks for a rating, a text or groups"), 0.6)
    if one.n:
        return one.guess("choice", said("one answer only: a choice that was ticked"), 0.9)
    return one.guess("", said("no answer at all"), 0.9)


def _items(left: Sequence[Seen], scales: dict[str, Rated], frame: pd.DataFrame) -> dict[str, Guess]:
    """Outcomes and touchpoints, with ids and labels."""
    left = [one for one in left if not is_group(one)]
    kinds = recommended(left, scales)
    asked = [one for one in left if one.name in scales]
    verdicts = [one for one in asked if not _is_habit(one)]
    columns = {one.name: one for one in verdicts or asked}
    free = [one for name, one in columns.items() if name not in kinds]
    roles = pairs(free, scales)
    for name, (_, point) in roles.items():
        mine, its = scales[name], scales[point]
        # One scale with the words of both.
        if mine.labels != its.labels and mine.points == its.points:
            scales[point] = replace(its, also=mine.labels)
            scales[name] = replace(mine, labels=its.labels, also=mine.labels)
    paired = {*roles, *(point for _, point in roles.values())}
    kinds |= _outcomes([one for one in free if one.name not in paired], bool(kinds))
    ids: dict[str, str] = {}
    guesses = {}
    for name, one in columns.items():
        role, point = roles.get(name, ("experience", name))
        kind, scale = kinds.get(name, ""), scales[name]
        if name not in {*kinds, *paired} and role_of(one) in ("expectation", "adequate"):
            role, scale = "expectation", replace(scale, reason=_ALONE, confidence=0.7)
        ids[point] = ids.get(point) or _id(columns[point], kind, {*ids.values()})
        key, held = ("outcomes", {"kind": kind}) if kind else ("touchpoints", {"role": role})
        reason = joined([scale.reason, _WHY[kind]]) if kind in _WHY else scale.reason
        value = {"id": ids[point], "label": _label(one), "scale": scale, **held}
        guesses[name] = one.guess(key, reason, scale.confidence, **value)
    return _told_apart(explained(guesses, frame))


def _told_apart(guesses: dict[str, Guess]) -> dict[str, Guess]:
    """Things of two questions that have one label get the question's name behind it."""
    named = Counter(
        (guess.value.get("role"), guess.value["label"]) for guess in guesses.values() if guess.value
    )
    for name, guess in guesses.items():
        label = guess.value.get("label", "")
        if named[guess.value.get("role"), label] > 1:
            value = {**guess.value, "label": f"{label} ({short(name, 24)})"}
            guesses[name] = replace(guess, value=value)
    return guesses


_ALONE = said(
    "it asks for an expectation, and no question on the experience, on its scale, goes with it"
)
_WHY = {
    "csat": said("it asks how satisfied somebody is on the whole"),
    "ces": said("it asks how easy it was"),
}


def _outcomes(free: Sequence[Seen], is_asked: bool) -> dict[str, str]:
    """Satisfaction on the whole, effort, and where there is no outcome at all the first question
    that stands alone.
    """
    found: dict[str, str] = {}
    for one in free:
        is_whole = says("asks.overall", one.said) or not one.block and len(one.said.split()) < 3
        if says("asks.ease", one.said) and not one.block:
            found.setdefault("ces", one.name)
        elif is_whole and (one.block or says("asks.satisfaction", one.said)):
            found.setdefault("csat", one.name)
    free = [one for one in free if role_of(one) in ("experience", "")]
    if free and not found and not is_asked:
        best = min(free, key=lambda one: bool(one.block))
        kind = "csat" if says("asks.satisfaction", best.said) else "score"
        found = {kind: best.name} if not best.block or len(free) > 1 else {}
    return {name: kind for kind, name in found.items()}


def _is_habit(one: Seen) -> bool:
    """Whether the answers say how often the customer does something, which is no verdict; how often
    the staff was kind, or the room clean, is one.
    """
    answers = [*one.texts, *one.labels.values()]
    is_dated = any(says("asks.calendar", unaccented(answer)) for answer in answers)
    does = says("asks.habit", one.said) and not says("asks.felt", one.said)
    is_often = any((at := place_of(answer)) and at[0] == "frequency" for answer in answers)
    return is_often and (does or is_dated or " " not in one.words)


_FIXED = {"nps": "recommend", "csat": "satisfaction", "ces": "effort"}
_RESERVED = ("intercept", "self", "all_touchpoints")


def _id(one: Seen, kind: str, taken: Container) -> str:
    """A short name of letters, digits and underscores that no other has."""
    text = one.item or (one.name if len(one.name) <= 24 else one.column.text or one.name)
    name = "_".join(re.findall(r"[a-z0-9]+", unaccented(short(text, 32))))
    name = "recommend" if kind and says("asks.nps", one.said) else _FIXED.get(kind, name)
    name = name if name[:1].isalpha() else f"q_{name}".rstrip("_")
    names = chain([name], (f"{name}_{number}" for number in count(2)))
    return next(name for name in names if name not in taken and name not in _RESERVED)


def _label(one: Seen) -> str:
    return short(one.item or one.column.text or one.name, 80)


def corrected(draft: Draft, guesses: Sequence[Guess]) -> Draft:
    """The draft with other guesses for some of its columns."""
    other = {guess.column: guess for guess in guesses}
    held = (replace(other.get(one.column, one), seen=one.seen) for one in draft.guesses)
    return replace(draft, guesses=tuple(held))


# What a person may say that a column is: keys of study.yml, with the kind or role that they hold.
ROLES = (
    "outcomes, nps", "outcomes, csat", "outcomes, ces", "outcomes, score",
    "touchpoints, experience", "touchpoints, expectation", "touchpoints, adequate",
    "touchpoints, importance",
    "respondent", "weight", "wave", "account", "segments", "personal_data", "comments", "",
)  # fmt: skip


def decide(
    draft: Draft,
    column: str,
    role: str,
    *,
    low: float = 1,
    high: float = 5,
    reverse: bool = False,
    missing: Mapping[str, str] | None = None,
) -> Draft:
    """The draft with a person's word on one column, which is not asked about again.

    Parameters
    ----------
    draft : Draft
    column : str
    role : str
        One of `ROLES`: a key of study.yml and, of what is rated, its kind or role.
    low, high : float
        Points of the scale, of what is rated.
    reverse : bool
        Whether the lowest code is the best answer.
    missing : mapping of str to str, optional
        Why a code is no rating: not_used, no_answer or not_asked.

    Returns
    -------
    Draft

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> draft = cx.exports.guess_export(folder / "responses.csv")
    >>> decided = cx.exports.decide(draft, "channel", "personal_data")
    >>> [guess.key for guess in decided.guesses if guess.column == "channel"]
    ['personal_data']
    """
    was = next(guess for guess in draft.guesses if guess.column == column)
    key, _, kind = role.partition(", ")
    value: dict[str, Any] = dict(was.value) if was.key == key else {}
    if kind:
        scale = was.scale or Rated(low, high)
        held = replace(
            scale,
            low=low,
            high=high,
            labels={code: word for code, word in scale.labels.items() if low <= code <= high},
            missing=scale.missing if missing is None else missing,
            reverse=reverse,
            confidence=1.0,
        )
        taken = {guess.value.get("id") for guess in draft.guesses if guess is not was}
        is_outcome = key == "outcomes"
        name = value.get("id") or _id(was.seen, kind if is_outcome else "", taken)
        value = {"id": name, "label": _label(was.seen), "scale": held}
        value["kind" if is_outcome else "role"] = kind
    return corrected(draft, [was.seen.guess(key, said("a person said so"), 1.0, **value)])
