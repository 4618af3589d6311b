"""A draft as the files that `read_study` reads: study.yml and touchpoints.csv.

What a person must decide stands under `confirm:` as sentences. `cxlab check` refuses the study
until each of them is deleted, so that no guess goes into a report unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
_MEANS = {"not_used": "never met", "no_answer": "no answer", "not_asked": "not asked"}
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
Pairs = list[tuple[Seen, Guess]]


@dataclass
class _Scale:
    """A scale of the draft, and the columns that are on it."""

    rated: Rated
    columns: Pairs


def study_yml(
    draft: Draft, client: str, responses: Sequence[Mapping[str, Any]], waves: Sequence[str] = ()
) -> str:
    """The text of study.yml; `waves` are sentences on files that were put together."""
    shown = "pt-BR" if draft.language == "pt" else "en"
    scales = _scales(draft)
    outcomes = _outcomes(draft, scales, shown)
    dates = [one for one, guess in draft.of("date") if guess.value.get("start") and one.n]
    span = days(dates[:1] or [one for one, _ in draft.of("date") if one.n][:1])
    declared = {
        "schema": 1,
        "client": client,
        "title": {shown: client},
        "fieldwork": dict(zip(("start", "end"), span, strict=True)) if span else None,
        "responses": responses[0] if len(responses) == 1 else [*responses],
        **{key: _ref(one) for key in ("respondent", "wave", "account") for one, _ in draft.of(key)},
        **{key: _held(one, guess) for key in ("weight", "status") for one, guess in draft.of(key)},
        "include": [_held(one, guess) for one, guess in draft.of("include")],
        **{key: [one.name for one, _ in draft.of(key)] for key in ("segments", "personal_data")},
        "scales": {name: _declared(held.rated) for name, held in scales.items() if _is_told(held)},
        "touchpoints": "touchpoints.csv" if draft.of("touchpoints") else None,
        "outcomes": outcomes,
        "comments": _comments(draft),
        "report": {"languages": [shown]} | ({"outcome": next(iter(outcomes))} if outcomes else {}),
    }
    asked = [*waves, *_on_scales(scales), *_on_roles(draft)]
    text = NOTE + _dumped({key: held for key, held in declared.items() if held}, None)
    return text + (_dumped({"confirm": asked}, False) if asked else "")


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
    language = "label_pt" if draft.language == "pt" else "label_en"
    on = {one.name: name for name, held in _scales(draft).items() for one, _ in held.columns}
    rows: dict[str, dict[str, str]] = {}
    for one, guess in draft.of("touchpoints"):
        value, point = guess.value, guess.value["id"]
        row = rows.setdefault(point, {"touchpoint": point, "contact": "direct"})
        row[value["role"]] = _ref(one)
        if value["role"] == "experience" or language not in row:
            row |= {language: value["label"], "scale": on[one.name]}
    roles = [role for role in _POINT_ROLES if any(role in row for row in rows.values())]
    names = ["touchpoint", language, "stage", "contact", "scale", *roles]
    cells = [[row.get(name, "") for name in names] for row in rows.values()]
    table = pd.DataFrame(cells, columns=names)
    return table.to_csv(index=False, lineterminator="\n") if rows else ""


_POINT_ROLES = ("expectation", "experience", "importance")


def _ref(one: Seen) -> str:
    """A column by its name; by its position where the name holds the mark that joins columns."""
    return f"#{one.column.position}" if "|" in one.name else one.name


def _held(one: Seen, guess: Guess) -> dict[str, Any]:
    return {"column": _ref(one), **guess.value}


def _scales(draft: Draft) -> dict[str, _Scale]:
    """The scales of a draft by name, each once, with the columns that are on it."""
    found: dict[str, _Scale] = {}
    for one, guess in zip(draft.columns, draft.guesses, strict=True):
        scale, is_nps = guess.value.get("scale"), guess.value.get("kind") == "nps"
        if not scale:
            continue
        scale = replace(scale, confidence=guess.confidence)
        for name, held in found.items():
            if (name == "nps") == is_nps and (merged := _merged(held.rated, scale)):
                held.rated = merged
                held.columns.append((one, guess))
                break
        else:
            base = name = "nps" if is_nps else _name(scale)
            while name in found:
                name = f"{base}_{int(name[len(base) + 1 :] or 1) + 1}"
            found[name] = _Scale(scale, [(one, guess)])
    return found


def _name(scale: Rated) -> str:
    places = (place_of(word) for word in scale.labels.values())
    family = next((at[0] for at in places if at and at[0]), "points")
    ends = f"{scale.low:g}_{scale.high:g}".replace("-", "m")
    return family + (f"{scale.high:g}" if scale.low == 1 else ends)


def _merged(one: Rated, other: Rated) -> Rated | None:
    """Two scales as one, None where they differ in more than what only one of them has."""
    labels, missing = {**other.labels, **one.labels}, {**other.missing, **one.missing}
    words = {code: folded(word) for code, word in labels.items()}
    is_same = (
        (one.points, one.reverse, one.whole) == (other.points, other.reverse, other.whole)
        and bool(one.labels) == bool(other.labels)
        and len({*words.values()}) == len(words)
        and all(folded(word) == words[code] for code, word in other.labels.items())
        and all(missing[code] == why for code, why in other.missing.items())
    )
    sure, labels = min(one.confidence, other.confidence), dict(sorted(labels.items()))
    return replace(one, labels=labels, missing=missing, confidence=sure) if is_same else None


def _is_told(held: _Scale) -> bool:
    """Whether a scale says more than that it is 0 to 10, as that of every NPS is."""
    is_nps = all(guess.value.get("kind") == "nps" for _, guess in held.columns)
    return bool(held.rated.missing or held.rated.labels or not is_nps)


def _declared(scale: Rated) -> dict[str, Any]:
    codes = {why: [c for c, reason in scale.missing.items() if reason == why] for why in MISSING}
    words = {_number(code): word for code, word in scale.labels.items()}
    return {
        "min": _number(scale.low),
        "max": _number(scale.high),
        **{why: [*map(_code, held)] for why, held in codes.items() if held},
        **({"reverse": True} if scale.reverse else {}),
        **({} if scale.whole else {"whole": False}),
        **({"labels": words} if words else {}),
    }


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else value


def _code(text: str) -> int | str:
    return int(text) if text.lstrip("-").isdecimal() and str(int(text)) == text else text


def _outcomes(draft: Draft, scales: Mapping[str, _Scale], language: str) -> dict[str, Any]:
    """The first is what the report is about: a recommendation where there is one."""
    on = {one.name: name for name, held in scales.items() for one, _ in held.columns}
    found = {}
    for one, guess in sorted(draft.of("outcomes"), key=lambda p: p[1].value["id"] != "recommend"):
        held: dict[str, Any] = {"kind": guess.value["kind"], "column": _ref(one)}
        held |= {"scale": on[one.name]} if _is_told(scales[on[one.name]]) else {}
        found[guess.value["id"]] = held | {"label": {language: guess.value["label"]}}
    return found


def _comments(draft: Draft) -> dict[str, Any]:
    """Texts; one that stands beside an outcome is about it."""
    asked = {one.column.position: guess.value["id"] for one, guess in draft.of("outcomes")}
    found = {}
    for number, (one, _) in enumerate(draft.of("comments"), 1):
        about = asked.get(one.column.position - 1)
        held = {"column": _ref(one), "language": _LANGUAGES[draft.language]}
        found[f"comment_{number}"] = held | ({"about": about} if about else {})
    return found


def _on_scales(scales: Mapping[str, _Scale]) -> Iterator[str]:
    """One sentence a scale: which end is best, and what its codes for no rating mean. What a
    person has decided is not asked.
    """
    for name, held in scales.items():
        scale = held.rated
        best, worst = (scale.low, scale.high) if scale.reverse else (scale.high, scale.low)
        ends = [
            f"{at:g} (“{scale.labels[at]}”)" if at in scale.labels else f"{at:g}"
            for at in (best, worst)
        ]
        said = [] if name == "nps" else [f"{ends[0]} is the best answer and {ends[1]} the worst"]
        for why, words in _MEANS.items():
            codes = [f"“{code}”" for code, reason in scale.missing.items() if reason == why]
            said += [f"{', '.join(codes)} means {words} ({why})"] if codes else []
        said += ["and these columns are ratings"] if said and scale.confidence < SURE else []
        if said and any(guess.confidence < 1 for _, guess in held.columns):
            yield f"scale {name} ({named(one for one, _ in held.columns)}): {'; '.join(said)}"


def _on_roles(draft: Draft) -> Iterator[str]:
    """One sentence for each role of which a column is not sure. Scales ask for themselves."""
    unsure: dict[str, list[Seen]] = {}
    for key, role in _ROLES.items():
        for one, guess in draft.of(key):
            kind = f" of kind {guess.value['kind']}" if key == "outcomes" else ""
            if guess.confidence < SURE:
                unsure.setdefault(f"{role}{kind}: {short(guess.reason, 90)}", []).append(one)
    yield from (f"{named(columns)} {said}" for said, columns in unsure.items())
