"""The scale of a question: which cells are answers, and why the others are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from cxlab.errors import said
from cxlab.study.codebook.declared import Declared, Label, Number, Text, Texts, code_of
from cxlab.study.codebook.normal import repeated

MISSING = ("not_used", "no_answer", "not_asked")  # why there is no rating


def words_in(label: str | Sequence[str] | Mapping[str, str]) -> list[str]:
    """What an answer is called, by its label in study.yml."""
    if isinstance(label, str):
        return [label]
    return [*(label.values() if isinstance(label, Mapping) else label)]


class Scale(Declared):
    """The answers that are ratings, and the codes that are not. `blank` says what an empty cell
    means. A label of several words is that of one answer to two questions (very important, very
    satisfied).
    """

    min: Number
    max: Number
    not_used: Texts = ()
    no_answer: Texts = ()
    not_asked: Texts = ()
    blank: Literal["no_answer", "not_used", "not_asked"] = "no_answer"
    labels: dict[Text, Text | Texts | Label] = {}
    reverse: bool = False
    whole: bool = True

    def contradictions(self) -> Iterator[str]:
        low, high = self.min, self.max
        if not low < high:
            yield said("min {low:g} must be below max {high:g}", low=low, high=high)
            return
        missing = [(code_of(code), state) for state in MISSING for code in getattr(self, state)]
        states = dict(missing)
        if twice := repeated(str(code) for code, _ in missing):
            yield said("the codes {twice} are declared with two meanings", twice=twice)
        ratings = [code for code in states if self._holds(code)]
        ratings = [f"{code:g}" for code in ratings if not self.whole or code.is_integer()]
        if ratings:
            yield said(
                "the codes {ratings} lie on the scale {low:g}–{high:g}: is it a rating or a"
                " missing answer?",
                ratings=ratings,
                low=low,
                high=high,
            )
        if not twice and not ratings:
            yield from self._of_labels(states)

    def _of_labels(self, states: Mapping[float | str, str]) -> Iterator[str]:
        """A word stands for one answer: a file may hold words, which are read back."""
        answers: dict[str, str] = {}
        for code, label in self.labels.items():
            number = code_of(code)
            if not self._holds(number) and number not in states:
                yield said(
                    "labels: {code!r} is neither an answer on the scale {low:g}–{high:g} nor a"
                    " declared code",
                    code=code,
                    low=self.min,
                    high=self.max,
                )
            meaning = states.get(number, code)
            for word in {*words_in(label)}:
                other = answers.setdefault(word.strip(), meaning)
                if other != meaning or code_of(word) not in (word, number):
                    yield said(
                        "labels: the word {word!r} stands for {other} and for {meaning}, so"
                        " that a file that holds it cannot be read; give each answer a word of"
                        " its own",
                        word=word,
                        other=other,
                        meaning=meaning,
                    )

    def _holds(self, code: float | str) -> bool:
        return isinstance(code, float) and self.min <= code <= self.max

    @property
    def midpoint(self) -> float:
        return (self.min + self.max) / 2
