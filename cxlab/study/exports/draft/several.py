"""Questions of several answers: cells that list choices, columns that were ticked, each for one
choice, columns that hold what was named first, second and so on, and rankings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations, pairwise
from os.path import commonprefix
from typing import Any

import numpy as np
import pandas as pd

from cxlab.errors import said
from cxlab.study.codebook.question import ANY
from cxlab.study.exports.draft.guesses import WORDS, Guess, Seen, is_one_of, says, short, words_of
from cxlab.study.exports.headers import JOINT
from cxlab.study.read.choices import parts_of
from cxlab.study.read.suspicions.groups import MARKS, code_lists

KEY, ASKED, MOST = "multiple_response", 0.7, 40
# Between a question and its choice in names (Kobo, REDCap), and around them in words.
_JOINT, _AROUND = "/|___", " |:-–—[]"
# What else a column of a block may seem to be that is one of its choices.
_OPEN = ("choice", "comments", "segments", "")


def listed(one: Seen, language: str) -> Guess | None:
    """A column whose cells list a few choices again and again; None for another."""
    codes, text = code_lists(one.counts), "\n".join(one.counts)
    for mark in MARKS:
        if mark == "," and not codes and re.search(r"\d,\d", text):
            continue  # it parts thousands
        whole: list[str] = []
        for _ in range(2):
            cells = [parts_of(cell, whole, mark) for cell in one.counts]
            counts = Counter(part for parts in cells for part in {*parts})
            pairs = Counter(pair for parts in cells for pair in pairwise(parts))
            # What never stands apart is one choice: "Loja, presencial".
            whole = [f"{a}, {b}" for (a, b), n in pairs.items() if n == counts[a] == counts[b] > 1]
        often = (part for part, n in counts.items() if n > 1 or one.counts.get(part, 0) > 1)
        known = sorted(counts if codes else often)
        told, value = sum(counts[part] for part in known), {"separator": mark, "choices": known}
        if len({*map(len, cells)}) > 1 < len(known) <= MOST and told > 0.8 * counts.total():
            if told < counts.total():
                other = WORDS["other"][language]
                value |= {"choices": [*known, other], "other": other}
            reason = said("its cells list choices, with “{mark}” between them", mark=mark.strip())
            return one.guess(KEY, reason, ASKED, label=one.asked, **value)
    return None


def ticked(guesses: Mapping[str, Guess]) -> dict[str, Guess]:
    """The columns that are each a choice of one question: those of a block in which nothing stands
    but a mark, or words for yes and no.
    """
    blocks: dict[str, list[Guess]] = {}
    for name, guess in guesses.items():
        block = guess.seen.block or re.split(_JOINT, name)[0]
        if guess.key in _OPEN and block != name:
            blocks.setdefault(block, []).append(guess)
    found, reason = {}, said("it is ticked or not, as others of its question are")
    for block, members in blocks.items():
        means = _means(members)
        for one in (guess.seen for guess in members) if means else ():
            stem, _, item = re.sub(_JOINT, "\0", one.asked).partition("\0")
            if one.item:
                stem, item = one.asked.replace(one.item, ""), one.item
            value = {"of": block, "label": stem.strip(_AROUND), "choice": short(item or stem, 80)}
            found[one.name] = one.guess(KEY, reason, ASKED, **value, **means)
    return found


def mentioned(columns: Iterable[Seen], frame: pd.DataFrame) -> dict[str, Guess]:
    """Columns that each hold the code of one choice, the first that was named in the first: with
    the same labels, ever fewer answers, and no code twice in a row.
    """
    groups: dict[tuple, list[Seen]] = {}
    for one in columns:
        if len(one.labels) > 2 and one.counts.keys() <= one.labels.keys() | one.missing.keys():
            groups.setdefault(tuple(one.labels.items()), []).append(one)
    found, reason = {}, said("it holds one choice, as others of its question do, and no two alike")
    for held in groups.values():
        cells = [
            frame[one.name].str.strip().where(~frame[one.name].isin(one.missing)) for one in held
        ]
        counts = [one.n for one in held]
        is_falling = counts == sorted(counts, reverse=True) and counts[-1] < counts[0]
        if not is_falling or any((a.eq(b) & a.ne("")).any() for a, b in combinations(cells, 2)):
            continue
        first = held[0]
        gone = sorted({code for one in held for code in one.missing})
        choices = {code: word for code, word in first.labels.items() if code not in gone}
        label = commonprefix([one.asked for one in held]).partition(JOINT)[0].strip(_AROUND)
        value = {"of": first.name, "label": label or first.asked, "codes": choices}
        value |= {"no_answer": gone} if gone else {}
        found |= {one.name: one.guess(KEY, reason, ASKED, **value) for one in held}
    return found


def is_ranking(pool: Seen, answers: pd.DataFrame) -> bool:
    """Whether each respondent gave each place once."""
    if says("asks.rank", pool.words) and not pool.labels:
        return True
    full, k = answers.dropna(), len(answers.columns)
    is_each = np.sort(full.to_numpy(float), axis=1) == np.arange(1, k + 1)
    return k > 2 and len(full) > 4 and bool(is_each.all(axis=1).mean() > 0.9)


def _means(members: list[Guess]) -> dict[str, list[str]]:
    """Which answers mean that a choice was ticked, and which that it was not; nothing where others
    stand there.
    """
    seen = [guess.seen for guess in members if guess.seen.n]
    told: dict[str, dict[str, None]] = {}
    for one in seen:
        for answer in one.counts:
            word = words_of(one.labels.get(answer, answer))
            word = answer if word == words_of(one.item) else word
            kinds = [kind for kind in WORDS["ticks"] if is_one_of(f"ticks.{kind}", word)]
            kind = "".join(kinds) or "no_answer" * (answer in one.missing)
            told.setdefault(kind, {})[answer] = None
    if len(seen) > 1 and "chosen" in told and "" not in told:
        return {kind: [*answers] for kind, answers in told.items()}
    texts = [guess.key for guess in members if len(guess.seen.counts) > 1]
    is_words = {*texts} <= {"comments"} and not any(one.numbers for one in seen)
    return {"chosen": [ANY]} if is_words and 2 * len(texts) < len(seen) > 1 else {}


def declared(
    guesses: Iterable[Guess], language: str, ref: Callable[[Guess], str]
) -> dict[str, dict[str, Any]]:
    """What study.yml says of these questions."""
    found: dict[str, dict[str, Any]] = {}
    for guess in guesses:
        value = {"of": guess.column, **guess.value}
        label, choice = short(value.pop("label"), 80), value.pop("choice", "")
        codes = {code: {language: word} for code, word in value.pop("codes", {}).items()}
        value |= {"codes_in": [], "choices": codes} if codes else {}
        held = found.setdefault(value.pop("of"), {"label": {language: label}} | value)
        if codes:
            held["codes_in"].append(ref(guess))
        elif choice:
            columns = held.setdefault("columns", {})
            columns[guess.column if choice in columns else choice] = ref(guess)
        else:
            held["column"] = ref(guess)
    return {f"multiple_{number}": held for number, held in enumerate(found.values(), 1)}
