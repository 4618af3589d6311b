"""A draft as the files that `read_study` reads: study.yml and touchpoints.csv.

What a person must decide stands under `confirm:` as sentences. `cxlab check` refuses the study
until each of them is deleted, so that no guess goes into a report unseen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import yaml

from cxlab.errors import Said, joined, said
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.normal import plain
from cxlab.study.exports.draft import several
from cxlab.study.exports.draft.asked import in_a_cell, routed
from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import SURE, WORDS, Guess, Seen, named, words_of
from cxlab.study.exports.draft.roles import days
from cxlab.study.exports.draft.worded import Rated, place_of

NOTE = said(
    "# Drafted by cxlab; draft.html gives the reason of every guess. Each line under `confirm:` is"
    " a question:\n# correct what it is about, or leave it, and delete the line. `cxlab check` then"
    " says what is left.\n"
)


# No survey of customers that somebody drafts today is older.
FIRST = 1990


@dataclass
class _Scale:
    """A scale of the draft, and the guesses of the columns that are on it."""

    rated: Rated
    guesses: list[Guess]

    @property
    def is_told(self) -> bool:
        """Whether it says more than that it is 0 to 10, as that of every NPS is."""
        is_nps = self.guesses[0].value.get("kind") == "nps"
        return bool(self.rated.missing or self.rated.labels or not is_nps)


def study_yml(
    draft: Draft, client: str, responses: Sequence[Mapping[str, Any]], asked: Sequence[str]
) -> str:
    """The text of study.yml below its note; `asked` are sentences that a person confirms."""
    shown = draft.language if draft.language in LANGUAGES else "en"
    scales = _scales(draft)
    outcomes = _outcomes(draft, scales, shown)
    dated = [guess for guess in draft.of("date") if guess.seen.n]
    dated.sort(key=lambda guess: not guess.value.get("start"))
    span = days(guess.seen for guess in dated[:1])
    if span and span[0].year < FIRST:  # hours without a day, or days of birth
        span = None
    declared = {
        "schema": 1,
        "client": client,
        "title": {shown: client},
        "fieldwork": span and {"start": span[0], "end": span[1]},
        "responses": responses[0] if len(responses) == 1 else [*responses],
        **{
            one.key: _ref(one) for key in ("respondent", "wave", "account") for one in draft.of(key)
        },
        **{one.key: _held(one) for key in ("weight", "status") for one in draft.of(key)},
        "include": [*map(_held, draft.of("include"))],
        **{key: [one.column for one in draft.of(key)] for key in ("segments", "personal_data")},
        "scales": {name: _declared(one.rated) for name, one in scales.items() if one.is_told},
        "touchpoints": "touchpoints.csv" if draft.of("touchpoints") else None,
        "outcomes": outcomes,
        "comments": _comments(draft),
        several.KEY: several.declared(draft.of(several.KEY), shown, _ref),
        "report": {"languages": [shown]} | ({"outcome": next(iter(outcomes))} if outcomes else {}),
    }
    text = _dumped({key: held for key, held in declared.items() if held}, None)
    return text + (_dumped({"confirm": asked}, False) if asked else "")


def to_confirm(draft: Draft) -> list[Said]:
    """What a person must decide, as sentences."""
    return [*_on_scales(_scales(draft)), *_on_roles(draft), *routed(draft)[1]]


class _Dumper(yaml.SafeDumper):
    """Writes a value as often as it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dumped(held: Mapping[str, Any], flow: bool | None) -> str:
    """YAML; lists and mappings of plain values on one line, or each value on its own."""
    style = {"sort_keys": False, "allow_unicode": True, "width": math.inf}
    return yaml.dump(held, Dumper=_Dumper, default_flow_style=flow, **style)


def touchpoints_csv(draft: Draft) -> str:
    """The text of touchpoints.csv, "" where there is none."""
    language = LANGUAGES.get(draft.language, LANGUAGES["en"])["label"]
    on = _on(_scales(draft))
    rows: dict[str, dict[str, str]] = {}
    for guess in draft.of("touchpoints"):
        value = guess.value
        row = rows.setdefault(value["id"], {"touchpoint": value["id"], "contact": "direct"})
        row[value["role"]] = _ref(guess)
        if value["role"] == "importance":
            row["importance_scale"] = on[guess.column]
        if value["role"] == "experience" or language not in row:
            row |= {language: value["label"], "scale": on[guess.column]}
    for name, rule in routed(draft)[0].items():
        rows.get(name, {})["asked_if"] = in_a_cell(rule)
    for row in rows.values():
        if row.get("importance_scale") == row["scale"]:
            del row["importance_scale"]
    table = pd.DataFrame([*rows.values()])
    names = ["touchpoint", language, "stage", "contact", "scale", *WORDS["roles"]]
    names += ["importance_scale", "asked_if"]
    table = table.reindex(columns=[name for name in names if name in table or name == "stage"])
    return table.to_csv(index=False, lineterminator="\n") if rows else ""


def _ref(guess: Guess) -> str:
    """A column by its name; by its position where the name holds the mark that joins columns."""
    return f"#{guess.seen.column.position}" if "|" in guess.column else guess.column


def _held(guess: Guess) -> dict[str, Any]:
    return {"column": _ref(guess), **guess.value}


def _scales(draft: Draft) -> dict[str, _Scale]:
    """The scales of a draft by name, each once, with the columns that are on it."""
    found: dict[str, _Scale] = {}
    for guess in [guess for guess in draft.guesses if guess.scale]:
        base = "nps" if guess.value.get("kind") == "nps" else _name(guess.scale)
        number, name = 1, base
        scale = replace(guess.scale, confidence=guess.confidence)
        while name in found and not (merged := _merged(found[name].rated, scale)):
            number += 1
            name = f"{base}_{number}"
        held = found.setdefault(name, _Scale(scale, []))
        held.rated = merged if held.guesses else scale
        held.guesses.append(guess)
    return found


def _on(scales: Mapping[str, _Scale]) -> dict[str, str]:
    """The name of the scale that each column is on."""
    return {guess.column: name for name, held in scales.items() for guess in held.guesses}


def _name(scale: Rated) -> str:
    places = (place_of(word) for word in scale.labels.values())
    family = next((at[0] for at in places if at and at[0]), "points")
    ends = f"{scale.low:g}_{scale.high:g}".replace("-", "m")
    return family + (f"{scale.high:g}" if scale.low == 1 else ends)


def _merged(one: Rated, other: Rated) -> Rated | None:
    """Two scales as one, None where they differ in more than what only one of them has."""
    labels, missing, also = (
        {**getattr(other, key), **getattr(one, key)} for key in ("labels", "missing", "also")
    )
    words, others = (
        {code: words_of(word) for code, word in held.items()} for held in (labels, other.labels)
    )
    is_same = (
        (one.points, one.reverse, one.whole) == (other.points, other.reverse, other.whole)
        and bool(one.labels) == bool(other.labels)
        and words | others == words
        and len({*words.values()}) == len(words)
        and {**missing, **other.missing} == missing
        and {**also, **other.also} == also
    )
    sure, labels = min(one.confidence, other.confidence), dict(sorted(labels.items()))
    held = {"labels": labels, "missing": missing, "also": also, "confidence": sure}
    return replace(one, **held) if is_same else None


def _declared(scale: Rated) -> dict[str, Any]:
    codes = {why: [*map(_number, scale.codes(why))] for why in WORDS["means"]}
    words = {}
    for code, word in dict.fromkeys([*scale.labels.items(), *scale.also.items()]):
        words.setdefault(_number(code), []).append(word)
    labels = {code: held if held[1:] else held[0] for code, held in words.items()}
    more = codes | {"reverse": scale.reverse, "labels": labels}
    held = {"min": _number(scale.low), "max": _number(scale.high)}
    held |= {} if scale.whole else {"whole": False}
    return held | {key: one for key, one in more.items() if one}


def _number(code: float | str) -> float | str:
    """A whole number as such, other codes as they stand."""
    text = plain(code)
    return int(text) if re.fullmatch(r"-?[1-9]\d*|0", text) else code


def _outcomes(draft: Draft, scales: Mapping[str, _Scale], language: str) -> dict[str, Any]:
    """The first is what the report is about: a recommendation where there is one."""
    on, found, rules = _on(scales), {}, routed(draft)[0]
    for guess in sorted(draft.of("outcomes"), key=lambda one: one.value["id"] != "recommend"):
        value, scale = guess.value, on[guess.column]
        held = {"kind": value["kind"], "column": _ref(guess)}
        held |= {"scale": scale} if scales[scale].is_told else {}
        # A question of a whole sentence is no name for a chart.
        usual = WORDS["labels"].get(value["id"], {}).get(language)
        held |= {"asked_if": rules[value["id"]]} if value["id"] in rules else {}
        found[value["id"]] = held | {"label": {language: usual or value["label"]}}
    return found


def _comments(draft: Draft) -> dict[str, Any]:
    """Texts; one that stands beside an outcome is about it."""
    asked = {guess.seen.column.position + 1: guess.value["id"] for guess in draft.of("outcomes")}
    found = {}
    for number, guess in enumerate(draft.of("comments"), 1):
        about = asked.get(guess.seen.column.position)
        held = {"column": _ref(guess), "language": draft.language}
        found[f"comment_{number}"] = held | ({"about": about} if about else {})
    return found


def _on_scales(scales: Mapping[str, _Scale]) -> Iterator[Said]:
    """One sentence a scale: which end is best, and what its codes for no rating mean. What a
    person has decided is not asked.
    """
    for name, held in scales.items():
        scale, told = held.rated, []
        ends = [
            f"{at:g} (“{scale.labels[at]}”)" if at in scale.labels else f"{at:g}"
            for at in scale.points
        ]
        worst, best = reversed(ends) if scale.reverse else ends
        if name != "nps":
            told.append(
                said("{best} is the best answer and {worst} the worst", best=best, worst=worst)
            )
        for why, words in WORDS["means"].items():
            if codes := ", ".join(f"“{code}”" for code in scale.codes(why)):
                means = said(words)
                told.append(
                    said("{codes} means {means} ({why})", codes=codes, means=means, why=why)
                )
        told += [said("and these columns are ratings")] if told and scale.confidence < SURE else []
        if told and any(guess.confidence < 1 for guess in held.guesses):
            columns, what = named(one.seen for one in held.guesses), joined(told)
            yield said("scale {name} ({columns}): {what}", name=name, columns=columns, what=what)


def _on_roles(draft: Draft) -> Iterator[Said]:
    """One sentence for each role of which a column is not sure. Scales ask for themselves."""
    unsure: dict[tuple[Said, Said], list[Seen]] = {}
    for key, holds in WORDS["holds"].items():
        for guess in draft.of(key):
            if guess.confidence < SURE:
                what = said(holds, kind=guess.value.get("kind"))
                unsure.setdefault((what, guess.reason), []).append(guess.seen)
    for (what, reason), held in unsure.items():
        yield said("{columns}: {what}; {reason}", columns=named(held), what=what, reason=reason)
