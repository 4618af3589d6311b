"""What an export seems to hold: one guess a column, from the first file to several waves.

Each column plays one role. Who somebody is comes first, then what places a row, then ratings, then
texts and groups; what is left is said to be left.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import bare
from cxlab.study.exports.draft.comments import comment, segment
from cxlab.study.exports.draft.guesses import Guess, Seen, says, seen, short
from cxlab.study.exports.draft.nps import recommended
from cxlab.study.exports.draft.pairs import pairs, role_of
from cxlab.study.exports.draft.persons import person
from cxlab.study.exports.draft.places import language_of, placed
from cxlab.study.exports.draft.scales import rated
from cxlab.study.exports.draft.worded import Rated, place_of
from cxlab.study.exports.table import Table


@dataclass(frozen=True)
class Draft:
    """Guesses in the order of the columns, and what they were made from."""

    table: Table
    columns: tuple[Seen, ...]
    guesses: tuple[Guess, ...]
    language: str = "en"
    files: tuple = ()  # of the path, the table as read, and the renames of each wave

    def of(self, key: str) -> list[tuple[Seen, Guess]]:
        """The columns with a key, and their guesses."""
        pairs = zip(self.columns, self.guesses, strict=True)
        return [(one, guess) for one, guess in pairs if guess.key == key]


def guess_columns(table: Table) -> Draft:
    """One guess for each column of a table."""
    columns = seen(table)
    found = _rows(columns)
    left = [one for one in columns if one.name not in found]
    scales = rated(left, table.frame)
    told = recommended(left, scales)
    found |= {name: guess for name, guess in told.items() if guess.key == "group"}
    scales = {name: scale for name, scale in scales.items() if name not in found}
    found |= _items(left, scales, told)
    found = {one.name: _rest(one) for one in left} | found
    found |= _batteries(columns, found)
    return Draft(
        table, tuple(columns), tuple(found[one.name] for one in columns), language_of(columns)
    )


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
    """Personal data, and what places a row. A role that one column can play goes to the first."""
    found: dict[str, Guess] = {}
    for one in columns:
        who, where = person(one), placed(one)
        is_sure = who and (who.confidence > 0.94 or not where)
        if guess := who if is_sure else where:
            found[one.name] = guess
    for key in ("respondent", "weight", "wave", "account", "status"):
        names = [name for name, guess in found.items() if guess.key == key]
        best = max(
            names, key=lambda name: found[name].confidence + (name == names[0]) / 100, default=""
        )
        for name in names:
            if name != best:
                reason = f"another column is the {key}: “{short(best)}”"
                found[name] = Guess("system", name, {}, reason, 0.8)
    if not any(guess.key == "respondent" for guess in found.values()):
        for one in [each for each in columns[:2] if each.name not in found and _counts_rows(each)]:
            reason = "it stands first, and no number stands twice"
            found[one.name] = Guess("respondent", one.name, {}, reason, 0.8)
            break
    return found


def _counts_rows(one: Seen) -> bool:
    """Whether each row has a whole number of its own."""
    return one.rows > 9 and len(one.counts) == one.rows and all(map(str.isdecimal, one.counts))


def _rest(one: Seen) -> Guess:
    guess = comment(one) or segment(one)
    if guess is None and len(one.counts) <= 1:
        reason = "one answer only: a choice that was ticked" if one.n else "no answer at all"
        return Guess("choice" if one.n else "", one.name, {}, reason, 0.9)
    return guess or Guess("", one.name, {}, "nothing speaks for a rating, a text or groups", 0.6)


def _batteries(columns: Sequence[Seen], found: Mapping[str, Guess]) -> dict[str, Guess]:
    """Questions with the same answers as three others or more: a battery, no groups."""
    split = [one for one in columns if found[one.name].key == "segments"]
    like = {
        one.name: sum(len({*one.counts} & {*other.counts}) > 1 for other in split) for one in split
    }
    reason = "it is one of several questions with the same answers"
    return {name: Guess("", name, {}, reason, 0.8) for name, n in like.items() if n > 4}


def _items(
    left: Sequence[Seen], scales: dict[str, Rated], told: Mapping[str, Guess]
) -> dict[str, Guess]:
    """Outcomes and touchpoints, with ids and labels."""
    columns = [one for one in left if one.name in scales]
    kinds = {name: str(guess.value["kind"]) for name, guess in told.items() if name in scales}
    paired = pairs([one for one in columns if one.name not in kinds], scales)
    asked = {name: (role, point) for point, (role, name) in paired.items()}
    kinds |= _outcomes([one for one in columns if one.name not in kinds], kinds, {*paired, *asked})
    ids: dict[str, str] = {}
    guesses = {}
    for one in columns:
        role, point = asked.get(one.name, ("experience", one.name))
        kind = kinds.get(one.name)
        if not kind and _is_habit(one) and len(columns) > 1:
            continue
        ids.setdefault(
            point, _id(next(c for c in columns if c.name == point), kind, {*ids.values()})
        )
        value = {"id": ids[point], "label": _label(one), "scale": scales[one.name]}
        value |= {"kind": kind} if kind else {"role": role}
        sure = told[one.name].confidence if one.name in told else scales[one.name].confidence
        reason = scales[one.name].reason
        if kind:
            reason = told[one.name].reason if one.name in told else f"{reason}; {_WHY[kind]}"
        guesses[one.name] = Guess(
            "outcomes" if kind else "touchpoints", one.name, value, reason, sure
        )
    return guesses


_WHY = {
    "csat": "it asks how satisfied somebody is on the whole",
    "ces": "it asks how easy it was",
    "score": "it is asked of the whole, not of one of several things",
}


def _outcomes(left: Sequence[Seen], kinds: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """Satisfaction on the whole, effort, and where there is no outcome at all the first question
    that stands alone.
    """
    found: dict[str, str] = {}
    for one in left:
        if one.name in taken or _is_habit(one):
            continue
        is_whole = says("asks.overall", one.said) or not one.block and len(one.said.split()) < 3
        if says("asks.ease", one.said) and not one.block:
            kind = "ces"
        elif is_whole and (
            says("asks.satisfaction", one.said) or one.block and says("asks.overall", one.header)
        ):
            kind = "csat"
        else:
            continue
        if kind not in found.values():
            found[one.name] = kind
    if not found and not kinds:
        free = [one for one in left if one.name not in taken and role_of(one) not in _BEFORE]
        best = min(
            free,
            key=lambda one: (not says("asks.satisfaction", one.said), bool(one.block)),
            default=None,
        )
        if best and (not best.block or len(free) > 1):
            found[best.name] = "csat" if says("asks.satisfaction", best.said) else "score"
    return found


def _is_habit(one: Seen) -> bool:
    """Whether the answers say how often, which is no verdict."""
    places = [place_of(answer) for answer in one.texts]
    return any(at and at[0] == "frequency" for at in places)


_BEFORE = ("expectation", "importance")
_FIXED = {"nps": "recommend", "csat": "satisfaction", "ces": "effort"}


def _id(one: Seen, kind: str | None, taken: set[str]) -> str:
    """A short name of letters, digits and underscores that no other has."""
    text = one.item or (one.name if len(one.name) <= 24 else one.column.text or one.name)
    words = re.findall(r"[a-z0-9]+", bare(text).casefold())
    name = _FIXED.get(kind or "", "")
    if kind == "score" and says("asks.nps", one.said):
        name = "recommend"
    while not name and words:
        name = "_".join(words)
        name, words = (name, words) if len(name) <= 32 else ("", words[:-1])
    name = name if name[:1].isalpha() else f"q_{name}".rstrip("_")
    number = 2
    base = name
    while name in taken or name in ("intercept", "self", "all_touchpoints"):
        name, number = f"{base}_{number}", number + 1
    return name


def _label(one: Seen) -> str:
    return short(one.item or one.column.text or one.name, 80)


def corrected(draft: Draft, guesses: Sequence[Guess]) -> Draft:
    """The draft with other guesses for some of its columns."""
    other: dict[str, Any] = {guess.column: guess for guess in guesses}
    return replace(draft, guesses=tuple(other.get(one.column, one) for one in draft.guesses))


# What a person may say that a column is: keys of study.yml, with the kind or role that they hold.
ROLES = (
    "outcomes, nps", "outcomes, csat", "outcomes, ces", "outcomes, score",
    "touchpoints, experience", "touchpoints, expectation", "touchpoints, importance",
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
    """
    was = next(guess for guess in draft.guesses if guess.column == column)
    one = next(each for each in draft.columns if each.name == column)
    key, _, kind = role.partition(", ")
    value: dict[str, Any] = dict(was.value) if was.key == key else {}
    if kind:
        scale = was.value.get("scale") or Rated(low, high)
        given = scale.missing if missing is None else missing
        fields = {"low": low, "high": high, "reverse": reverse, "missing": given}
        taken = {guess.value.get("id") for guess in draft.guesses if guess.column != column}
        kept = was.value.get("id") if was.key == key else None
        name = kept or _id(one, kind if key == "outcomes" else None, taken)
        field = {"outcomes": "kind", "touchpoints": "role"}[key]
        labels = {code: word for code, word in scale.labels.items() if low <= code <= high}
        held = replace(scale, labels=labels, confidence=1.0, **fields)
        value = {"id": name, "label": _label(one), "scale": held, field: kind}
    return corrected(draft, [Guess(key, column, value, "a person said so", 1.0)])
