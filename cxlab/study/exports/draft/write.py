"""A draft as the files that `read_study` reads: study.yml and touchpoints.csv.

What a person must decide stands under `confirm:` as sentences. `cxlab check` refuses the study
until each of them is deleted, so that no guess goes into a report unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import yaml

from cxlab.study.codebook.schema import MISSING
from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import SURE, Guess, Seen, folded, named, short
from cxlab.study.exports.draft.places import days
from cxlab.study.exports.draft.worded import Rated, place_of

NOTE = (
    "# Drafted by cxlab; draft.html gives the reason of every guess. Each line under `confirm:` is"
    " a question:\n# correct what it is about, or leave it, and delete the line. `cxlab check` then"
    " says what is left.\n"
)
_LANGUAGES = {"pt": "pt-BR", "en": "en", "es": "es"}
_WHY = {
    "not_used": "never met (not_used)",
    "no_answer": "no answer (no_answer)",
    "not_asked": "not asked (not_asked)",
}


def study_yml(
    draft: Draft, client: str, responses: list[Mapping[str, Any]], waves: Sequence[str] = ()
) -> str:
    """The text of study.yml; `waves` are sentences on files that were put together."""
    scales = _Scales(draft)
    shown = "pt-BR" if draft.language == "pt" else "en"
    held = _by_key(draft)
    outcomes = _outcomes(held["outcomes"], scales, draft, shown)
    declared: dict[str, Any] = {"schema": 1, "client": client, "title": {shown: client}}
    declared["fieldwork"] = _fieldwork(draft)
    declared["responses"] = responses[0] if len(responses) == 1 else responses
    declared |= {
        key: _ref(held[key][0], draft) for key in ("respondent", "wave", "account") if held[key]
    }
    if held["weight"]:
        declared["weight"] = {"column": _ref(held["weight"][0], draft), **held["weight"][0].value}
    declared |= {"status": {"column": one.column, **one.value} for one in held["status"]}
    declared["include"] = [{"column": one.column, **one.value} for one in held["include"]]
    declared["segments"] = [guess.column for guess in held["segments"]]
    declared["personal_data"] = [guess.column for guess in held["personal_data"]]
    declared["scales"] = scales.declared
    declared["touchpoints"] = "touchpoints.csv" if held["touchpoints"] else None
    declared["outcomes"] = outcomes
    declared["comments"] = _comments(held["comments"], outcomes, draft)
    about = {"outcome": next(iter(outcomes))} if outcomes else {}
    declared["report"] = {"languages": [shown], **about}
    declared["confirm"] = [*waves, *scales.questions(), *_questions(draft)]
    kept = {key: value for key, value in declared.items() if value not in (None, [], {}, ())}
    asked = {"confirm": kept.pop("confirm")} if "confirm" in kept else {}
    return NOTE + _dumped(kept, None) + (_dumped(asked, False) if asked else "")


class _Dumper(yaml.SafeDumper):
    """Writes a value as often as it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dumped(held: Mapping[str, Any], flow: bool | None) -> str:
    """YAML; lists and mappings of plain values on one line, or each value on its own."""
    style = {"sort_keys": False, "allow_unicode": True, "width": math.inf}
    return yaml.dump(dict(held), Dumper=_Dumper, default_flow_style=flow, **style)


def touchpoints_csv(draft: Draft) -> str:
    """The text of touchpoints.csv, "" where there is none."""
    scales, language = _Scales(draft), "label_pt" if draft.language == "pt" else "label_en"
    rows: dict[str, dict[str, str]] = {}
    for guess in _by_key(draft)["touchpoints"]:
        row = rows.setdefault(guess.value["id"], {"touchpoint": guess.value["id"]})
        row[guess.value["role"]] = _ref(guess, draft)
        if guess.value["role"] == "experience" or language not in row:
            row |= {language: guess.value["label"], "scale": scales.names[guess.column]}
    if not rows:
        return ""
    roles = ("expectation", "experience", "importance")
    names = ["touchpoint", language, "stage", "contact", "scale", *roles]
    cells = [{name: row.get(name, "") for name in names} for row in rows.values()]
    table = pd.DataFrame(cells)
    table["contact"] = "direct"
    full = [name for name in names if name not in roles or table[name].any()]
    return table[full].to_csv(index=False, lineterminator="\n")


def _by_key(draft: Draft) -> dict[str, list[Guess]]:
    keys = (
        "respondent",
        "weight",
        "wave",
        "account",
        "status",
        "include",
        "segments",
        "personal_data",
    )
    found: dict[str, list[Guess]] = {
        key: [] for key in (*keys, "comments", "outcomes", "touchpoints")
    }
    for guess in draft.guesses:
        found.setdefault(guess.key, []).append(guess)
    return found


def _ref(guess: Guess, draft: Draft) -> str:
    """A column by its name; by its position where the name holds the mark that joins columns."""
    if "|" not in guess.column:
        return guess.column
    return f"#{next(one.column.position for one in draft.columns if one.name == guess.column)}"


class _Scales:
    """The scales of a draft, each once, by name, and the name for each rated column."""

    def __init__(self, draft: Draft) -> None:
        self.names: dict[str, str] = {}
        self.held: dict[str, Rated] = {}
        self.columns: dict[str, list[Seen]] = {}
        self.asked: set[str] = set()  # scales of which a person has not decided all columns
        seen = {one.name: one for one in draft.columns}
        for guess in draft.guesses:
            if scale := guess.value.get("scale"):
                name = self._name(scale, guess.value.get("kind") == "nps")
                self.names[guess.column] = name
                self.asked |= {name} if guess.confidence < 1 else set()
                self.columns.setdefault(name, []).append(seen[guess.column])

    def _name(self, scale: Rated, is_nps: bool) -> str:
        for name, held in self.held.items():
            if (merged := _merged(held, scale)) and (name == "nps") == is_nps:
                self.held[name] = merged
                return name
        points = f"{scale.high - scale.low + 1:g}"
        places = [place_of(word) for word in scale.labels.values()]
        family = next((at[0] for at in places if at and at[0]), "points")
        base = name = (
            "nps"
            if is_nps
            else f"{family}{points}"
            if scale.low == 1
            else f"{family}{scale.low:g}_{scale.high:g}".replace("-", "m")
        )
        number = 2
        while name in self.held:
            name, number = f"{base}_{number}", number + 1
        self.held[name] = scale
        return name

    @property
    def declared(self) -> dict[str, Any]:
        return {name: _declared(scale) for name, scale in self.held.items()}

    def questions(self) -> Iterable[str]:
        """One sentence a scale: which end is best, and what its codes for no rating mean."""
        for name, scale in self.held.items():
            if name not in self.asked:
                continue
            best, worst = (scale.low, scale.high) if scale.reverse else (scale.high, scale.low)
            said = [f"{at:g}{_quoted(scale.labels.get(at))}" for at in (best, worst)]
            parts = [f"{said[0]} is the best answer and {said[1]} the worst"] * (name != "nps")
            for why, words in _WHY.items():
                if codes := [code for code, reason in scale.missing.items() if reason == why]:
                    parts.append(f"{', '.join(f'“{code}”' for code in codes)} means {words}")
            if parts:
                sure = "" if self._is_sure(name) else ", and these columns are ratings"
                yield f"scale {name} ({named(self.columns[name])}): {'; '.join(parts)}{sure}"

    def _is_sure(self, name: str) -> bool:
        return all(self.held[name].confidence >= SURE for _ in self.columns[name])


def _quoted(word: str | None) -> str:
    return f" (“{word}”)" if word else ""


def _merged(one: Rated, other: Rated) -> Rated | None:
    """Two scales as one, None where they differ in more than what only one of them has."""
    if (*one.points, one.reverse, one.whole) != (*other.points, other.reverse, other.whole):
        return None
    for first, second in ((one.labels, other.labels), (one.missing, other.missing)):
        if any(folded(str(first[key])) != folded(str(second[key])) for key in {*first} & {*second}):
            return None
    if bool(one.labels) != bool(other.labels):
        return None
    labels = dict(sorted({**other.labels, **one.labels}.items()))
    if len({*map(folded, labels.values())}) < len(labels):
        return None
    sure = min(one.confidence, other.confidence)
    missing = {**other.missing, **one.missing}
    return Rated(*one.points, labels, missing, one.reverse, one.whole, one.reason, sure)


def _declared(scale: Rated) -> dict[str, Any]:
    held: dict[str, Any] = {"min": _number(scale.low), "max": _number(scale.high)}
    for why in MISSING:
        codes = [_code(code) for code, reason in scale.missing.items() if reason == why]
        held |= {why: codes} if codes else {}
    held |= {"reverse": True} if scale.reverse else {}
    held |= {} if scale.whole else {"whole": False}
    if scale.labels:
        held["labels"] = {_number(code): word for code, word in scale.labels.items()}
    return held


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _code(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdecimal() and str(int(text)) == text else text


def _outcomes(
    guesses: Sequence[Guess], scales: _Scales, draft: Draft, language: str
) -> dict[str, Any]:
    """The first is what the report is about: a Net Promoter Score where there is one."""
    order = sorted(guesses, key=lambda guess: guess.value["id"] != "recommend")
    found = {}
    for guess in order:
        scale, kind = scales.names[guess.column], guess.value["kind"]
        is_plain = (
            kind == "nps" and not scales.held[scale].missing and not scales.held[scale].labels
        )
        found[guess.value["id"]] = {
            "kind": kind,
            "column": _ref(guess, draft),
            **({} if is_plain else {"scale": scale}),
            "label": {language: guess.value["label"]},
        }
    for name in [name for name in scales.held if name == "nps"]:
        if not scales.held[name].missing and not scales.held[name].labels:
            del scales.held[name]
    return found


def _comments(
    guesses: Sequence[Guess], outcomes: Mapping[str, Any], draft: Draft
) -> dict[str, Any]:
    """Texts; one that stands beside an outcome is about it."""
    at = {one.name: one.column.position for one in draft.columns}
    asked = {
        at[guess.column]: guess.value["id"] for guess in draft.guesses if guess.key == "outcomes"
    }
    found: dict[str, Any] = {}
    for guess in guesses:
        about = asked.get(at[guess.column] - 1)
        held = {"column": _ref(guess, draft), "language": _LANGUAGES[draft.language]}
        found[f"comment_{len(found) + 1}"] = held | ({"about": about} if about in outcomes else {})
    return found


def _fieldwork(draft: Draft) -> dict[str, Any] | None:
    dates = [
        one
        for one, guess in zip(draft.columns, draft.guesses, strict=True)
        if guess.key == "date" and one.n
    ]
    first = [
        one
        for one, guess in zip(draft.columns, draft.guesses, strict=True)
        if guess.value.get("start") and one.n
    ]
    span = days(first[:1] or dates[:1])
    return {"start": span[0], "end": span[1]} if span else None


_ROLES = {
    "respondent": "tells who answered, once each",
    "weight": "is the sampling weight",
    "wave": "tells the wave",
    "account": "tells the account that respondents share",
    "status": "tells who finished",
    "segments": "splits respondents into groups",
    "comments": "holds free text",
    "outcomes": "is an outcome",
}


def _questions(draft: Draft) -> Iterable[str]:
    """One sentence for each role of which a column is not sure. Scales ask for themselves."""
    unsure: dict[tuple[str, str], list[Seen]] = {}
    for one, guess in zip(draft.columns, draft.guesses, strict=True):
        if guess.confidence < SURE and guess.key in _ROLES:
            kind = (
                f" of kind {guess.value['kind']}"
                if "kind" in guess.value and guess.key == "outcomes"
                else ""
            )
            unsure.setdefault((f"{_ROLES[guess.key]}{kind}", guess.reason), []).append(one)
    for (role, reason), columns in unsure.items():
        yield f"{named(columns)} {role}: {short(reason, 90)}"
