"""Why a code is no rating where no word says it: by the questions in which it stands.

Whoever expects something of a thing, or would recommend the whole, need not have used it: what
stands there too is no answer, and what only stands where one thing was experienced is that it was
not. A code that the same respondents have in all questions of a block is that they were not asked.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from cxlab.study.codebook.normal import number_of
from cxlab.study.exports.draft.guesses import Guess, words_of

LEAST = 5  # respondents who were not asked
NEXT = ("6", "8")  # a last choice, above 1 to 5 or 1 to 7
FILLER = "n/a"  # what a tool writes where a question was not shown, and others choose


def explained(guesses: Mapping[str, Guess], frame: pd.DataFrame) -> dict[str, Guess]:
    """The guesses on ratings, of which the codes for none have their reasons."""
    felt = {one.seen.block for one in guesses.values() if one.value.get("role") == "experience"}
    on_all = {
        code
        for guess in guesses.values()
        if guess.value.get("kind") == "nps"
        or guess.value.get("role", "experience") != "experience"
        or guess.value.get("kind") == "csat"
        and guess.seen.block not in felt
        for code in guess.scale.missing
    }
    blocks = Counter(one.seen.block for one in guesses.values())
    rows: dict[tuple, list] = defaultdict(list)
    for name, guess in guesses.items():
        for code in guess.scale.missing:
            if number_of(code) == number_of(code) or words_of(code) == FILLER:
                given = frame[name].str.strip().eq(code)
                rows[guess.seen.block, code, tuple(frame.index[given])].append(name)
    same = {
        (name, code)
        for (block, code, given), names in rows.items()
        for name in names
        if block and len(names) > 1 and len(given) >= LEAST
        # Who never met two of many things may say so of both.
        if words_of(code) != FILLER or len(names) == blocks[block] > 2
    }
    found = {}
    for name, guess in guesses.items():
        missing = dict(guess.scale.missing)
        for code in missing:
            if words_of(code) == FILLER and (name, code) in same:
                missing[code] = "not_asked"
            elif code in guess.seen.missing:
                continue
            elif code in on_all and code not in NEXT:
                others = (why for other, why in guess.scale.missing.items() if other != code)
                missing[code] = missing[code] if "no_answer" in others else "no_answer"
            elif (name, code) in same:
                missing[code] = "not_asked"
            elif on_all & missing.keys():
                missing[code] = "not_used"
        value = {**guess.value, "scale": replace(guess.scale, missing=missing)}
        found[name] = replace(guess, value=value)
    return found
