"""Items that are asked twice, by the form of the questions: several columns that differ from as
many others in the same words ("How much does … matter to you?", "How did we do on …?"; E1, P1), or
in the same part of their names, or that stand as far apart, while their texts are alike.

What differs tells the role of each side. Because the form has told that they go together, words
count here that would say little of one question alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import combinations
from statistics import fmean
from typing import NamedTuple

from cxlab.study.exports.draft.guesses import (
    PART,
    WORDS,
    Seen,
    missing_reason,
    says,
    words_of,
)
from cxlab.study.exports.draft.worded import place_of

FEW, OFTEN, APART = 2, 0.6, 0.15
_STEM = 5
_ENDS, _SMALL = WORDS["role_ends"], {*WORDS["twins"]["small"]}
Pairs = list[tuple[str, str]]


class _Side(NamedTuple):
    """What is said on one side only, in words and in parts of names."""

    words: str
    codes: set[str]

    @property
    def is_felt(self) -> bool:
        return says("twins.experience", self.words) or bool(self.codes & {*_ENDS["experience"]})

    def role(self, other: _Side) -> str:
        """adequate, expectation or importance; "" where nothing speaks for it."""
        for role in ("adequate", "importance", "expectation"):
            codes = self.codes & {*_ENDS[role], *WORDS["twins"]["codes"].get(role, ())}
            is_code = max(map(len, codes), default=0) > (1 if not other.is_felt else 0)
            if says(f"twins.{role}", self.words) or is_code:
                return role
        return ""

    def first(self, other: _Side, shared: set[str]) -> str:
        """expectation, where this is before, the other after; the same verdict before and after
        some change is none.
        """
        if not self.is_felt and other.says("contrast"):
            return "expectation"
        is_first = self.says("before") and (other.is_felt or other.says("after"))
        return "expectation" * (is_first and not says("asks.rate", " ".join([self.words, *shared])))

    def says(self, what: str) -> bool:
        return says(f"twins.{what}", " ".join([self.words, *self.codes]))


def asked_twice(columns: Sequence[Seen]) -> list[Seen]:
    """The columns, of which those that are asked twice know their role and the name of their
    experience; without a block they are one with the others of their side.
    """
    found: dict[str, tuple[str, str]] = {}
    blocks = {}
    # What goes with a desired level is no least that would do of it.
    # Nor is what differs in more words, such as the order in which the items were shown.
    told = sorted(_told(columns), key=lambda held: (held[0] == "adequate", held[2]))
    for role, pairs, _ in told:
        free = [
            (a, b)
            for a, b in pairs
            if found.get(a, (role, b)) == (role, b) and found.get(b, ("", b))[1] == b
        ]
        for a, b in free * (len(free) >= FEW):
            if (role, b) not in found.values():
                found |= {a: (role, b), b: ("experience", b)}
                blocks |= {a: f"{role} {pairs[0]}", b: f"experience {pairs[0]}"}
    found = lowered(found)

    def block(one: Seen) -> str:
        """Its own, unless that holds only what goes with one item: Q1a and Q1b."""
        held = [each.name for each in columns if each.block == one.block]
        is_item = {found.get(name, ("", name))[1] for name in held} == {found[one.name][1]}
        return blocks[one.name] if is_item or not one.block else one.block

    return [
        replace(one, twice=found[one.name], block=block(one)) if one.name in found else one
        for one in columns
    ]


def lowered(found: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """Roles and points, of which the least that would do is the expectation where no other is."""
    desired = {point for role, point in found.values() if role == "expectation"}
    is_least = {name: role == "adequate" for name, (role, _) in found.items()}
    return {
        name: ("expectation", point) if is_least[name] and point not in desired else (role, point)
        for name, (role, point) in found.items()
    }


def _told(columns: Sequence[Seen]) -> Iterator[tuple[str, Pairs, float]]:
    """A role, pairs of a question that has it with one on the experience, and in how many words
    they differ.
    """
    columns = [one for one in columns if not one.is_yes_no]
    texts = {one.name: PART.findall(one.words) + _answered(one) for one in columns}
    contents = {
        name: [part for part in parts if part not in _SMALL or len(parts) < 3]
        for name, parts in texts.items()
    }
    # 1 of V1_2 is not 1 of V2_1.
    names = {one.name: [f"{at} {part}" for at, part in enumerate(one.parts())] for one in columns}
    by_name = (pairs for pairs in _frames(names) if _are_alike(pairs, texts))
    # Items of one matrix are alike by their question.
    matrix = {one.name: one.block for one in columns if one.item}
    near = [(a, b) for a, b in _nearest(contents) if matrix.get(a, a) != matrix.get(b, b)]
    # Of several batteries, some ask for expectations and some for importance.
    alone: dict[tuple[str, str], Pairs] = defaultdict(list)
    for pair in near:
        one, other = (_side([held], texts, names) for held in (pair, pair[::-1]))
        alone[one.role(other), other.role(one)].append(pair)
    for pairs in [*_frames(contents), *by_name, near, *alone.values()]:
        if len(pairs) < FEW:
            continue
        turned = [pair[::-1] for pair in pairs]
        one, other = (_side(held, texts, names) for held in (pairs, turned))
        mine, its = one.role(other), other.role(one)
        if mine and its:  # "How important was it?" is felt by its verb alone
            mine, its = (
                mine * (not one.is_felt or its != mine == "importance"),
                its * (not other.is_felt or mine != its == "importance"),
            )
        shared = _often([{*texts[a]} & {*texts[b]} for a, b in pairs])
        if not (mine or its):
            mine, its = (side.first(rest, shared) for side, rest in ((one, other), (other, one)))
        if bool(mine) != bool(its):
            role, side, held = (mine, one, pairs) if mine else (its, other, turned)
            words = {word for word in side.words.split() if says(f"twins.{role}", word)}
            off = fmean(len({*texts[a]} ^ {*texts[b]}) for a, b in pairs)
            yield role, [(a, b) for a, b in held if not words or words & {*texts[a]}], off


def _answered(one: Seen) -> list[str]:
    """What all answers in words say: It was good, It was bad; or most of them, how important."""
    answers = [words_of(each) for each in (*one.texts, *one.labels.values())]
    answers = [each for each in answers if not missing_reason(each)]
    told = [PART.findall(each) for each in answers]
    shared = [part for part in told[0] if all(part in each for each in told)] if told[2:] else []
    families = [at[0] for each in answers if (at := place_of(each))]
    return shared + ["importance"] * (2 * families.count("important") > len(answers))


def _nearest(texts: Mapping[str, list[str]]) -> Pairs:
    """Columns of which each has more words of the other, but for their endings, than any third has;
    and where most of these stand as far apart, as two blocks do, all that do.
    """
    held = {name: {part[:_STEM] for part in parts} for name, parts in texts.items()}
    near: dict[str, tuple[float, str]] = {}
    # What many columns say tells little, and what one says nothing.
    often = Counter(part for parts in held.values() for part in parts)
    worth = {part: n**-2 if n > 1 else 0 for part, n in often.items()}
    for a, b in combinations(held, 2):
        both, each = (
            sum(map(worth.get, parts)) for parts in (held[a] & held[b], held[a] | held[b])
        )
        like = both / each if both else 0
        near[a] = max(near.get(a, (0, "")), (like, b))
        near[b] = max(near.get(b, (0, "")), (like, a))
    names = [*held]
    at = {name: place for place, name in enumerate(names)}
    found = [(a, b) for a, b in combinations(near, 2) if near[a][1] == b and near[b][1] == a]
    apart = Counter(at[b] - at[a] for a, b in found).most_common(1)
    if apart and FEW < apart[0][1] > len(found) / 2:
        step = apart[0][0]
        first = min(at[a] for a, b in found if at[b] - at[a] == step)
        if step > 1:
            return [*zip(names[first : first + step], names[first + step :], strict=False)]
    return found


def _side(pairs: Pairs, texts: Mapping[str, list[str]], names: Mapping[str, list[str]]) -> _Side:
    words = _common(pairs, texts)
    codes = [part.partition(" ")[2] for part in _common(pairs, names)]
    return _Side(" ".join(words), {*codes, *words[: len(words) == 1]})


def _frames(parts: Mapping[str, list[str]]) -> Iterator[Pairs]:
    """Pairs of columns that differ in the same parts, where they are several."""
    found: dict[tuple, Pairs] = defaultdict(list)
    counts = {name: Counter(held) for name, held in parts.items()}
    for a, b in combinations(counts, 2):
        rests = [
            (" ".join(sorted((counts[one] - counts[other]).elements())), one)
            for one, other in ((a, b), (b, a))
        ]
        if len({rest for rest, _ in rests}) > 1 and counts[a] & counts[b]:
            (one, first), (other, last) = sorted(rests)
            found[one, other].append((first, last))
    # Of brands and items, what is the frame is what more columns share, in most of its pairs.
    most: Counter[str] = Counter()
    for pairs in found.values():
        for name in {name for pair in pairs for name in pair}:
            most[name] = max(most[name], len(pairs))
    for pairs in found.values():
        whole = [pair for pair in pairs if max(most[one] for one in pair) <= len(pairs)]
        if len(whole) >= max(FEW, len(pairs) / 2):
            yield whole


def _common(pairs: Pairs, parts: Mapping[str, list[str]]) -> list[str]:
    """What most of the first ones say and the second ones do not."""
    known = _often([Counter(parts[a]) - Counter(parts[b]) for a, b in pairs])
    return [*dict.fromkeys(part for a, _ in pairs for part in parts[a] if part in known)]


def _often(held: Sequence[Collection[str]]) -> set[str]:
    counts = Counter(part for parts in held for part in parts)
    return {part for part, n in counts.items() if n >= OFTEN * len(held)}


def _are_alike(pairs: Pairs, texts: Mapping[str, list[str]]) -> bool:
    """Whether the texts of each pair are more alike than those of others."""

    def like(a: str, b: str) -> float:
        return SequenceMatcher(None, texts[a], texts[b]).ratio()

    others = [(a, b) for (a, _), (_, b) in combinations(pairs, 2)]
    return fmean(like(*pair) for pair in pairs) > fmean(like(*pair) for pair in others) + APART
