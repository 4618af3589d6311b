"""Whom the questionnaire asked what is rated: `asked_if:` of touchpoints and outcomes where the
answers agree with it, and what a person must decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from cxlab.errors import Said, said
from cxlab.study.codebook.row_keys import Filter
from cxlab.study.exports.draft.draft import Draft
from cxlab.study.exports.draft.guesses import Guess, named, short
from cxlab.study.exports.table import Condition
from cxlab.study.read.columns import meets

_SAID = {
    "written": "{columns}: the questionnaire's logic (“{words}”) leaves out {out} of {n}"
    " respondents: where they did not answer, they were not asked (asked_if: {rule})",
    "contradicted": "{columns}: the questionnaire's logic (“{words}”) leaves out {out} of {n}"
    " respondents, but {count} of them answered, so that asked_if: {rule} is not written: decide"
    " whom it was asked",
    "unsaid": "{columns}: asked_if cannot say the questionnaire's logic (“{words}”): decide what"
    " an empty cell means there (blank: of the scale)",
    "end": "{columns}: for some the questionnaire ends before it (“{words}”): leave them out by"
    " include: or status: if they are no respondents",
}


def in_a_cell(rule: Mapping[str, Any] | None) -> str:
    """A rule as a cell of touchpoints.csv holds it."""
    style = {"sort_keys": False, "allow_unicode": True, "default_flow_style": True}
    return yaml.safe_dump(rule, width=math.inf, **style).strip()


def routed(draft: Draft) -> tuple[dict[str, Mapping[str, Any]], list[Said]]:
    """The rules of touchpoints and outcomes by their ids, and what a person must decide, in one
    sentence a condition.
    """
    rules, found = {}, {}
    rated = [*draft.of("touchpoints"), *draft.of("outcomes")]
    for guess in rated:
        mine = [one for one in rated if one.value["id"] == guess.value["id"]]
        asked = guess.seen.column.asked_if
        for held in asked:
            # One rule is about all columns of a touchpoint.
            is_one = all(one.seen.column.asked_if == asked for one in mine)
            how = "end" if held.is_end else _verdict(draft, held.rule if is_one else None, mine)
            found.setdefault((how, str(held)), (how, held, []))[2].append(guess)
            rules |= {guess.value["id"]: held.rule} if how == "written" else {}
    return rules, [_sentence(draft, *one) for one in found.values()]


def _sentence(draft: Draft, how: str, held: Condition, guesses: Sequence[Guess]) -> Said:
    columns, words = named(one.seen for one in guesses), short(held.words, 200)
    counts = _counts(draft, held.rule or {"column": "", "in": []}, guesses)
    return said(_SAID[how], columns=columns, words=words, rule=in_a_cell(held.rule), **counts)


def _verdict(draft: Draft, rule: Mapping[str, Any] | None, guesses: Sequence[Guess]) -> str:
    waves = (wave.table.renamed(wave.renames).frame for wave in draft.waves)
    if not (rule and all(rule["column"] in wave for wave in waves)):
        return "unsaid"
    return "contradicted" if _counts(draft, rule, guesses)["count"] else "written"


def _counts(draft: Draft, rule: Mapping[str, Any], guesses: Sequence[Guess]) -> dict[str, int]:
    """Respondents, who of them does not meet a rule, and who of these rated one of the columns."""
    out, rated = ~meets(draft.table, Filter(**rule)), False
    for guess in guesses:
        cells, none = draft.table.frame[guess.column].fillna(""), ("", *guess.scale.missing)
        rated |= ~cells.isin([one for one in cells.unique() if one.strip() in none]).to_numpy()
    return {"n": len(out), "out": int(out.sum()), "count": int((out & rated).sum())}
