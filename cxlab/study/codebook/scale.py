"""The scale of a question: which cells are answers, and why the others are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import model_validator

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

    @model_validator(mode="after")
    def _sound(self) -> Scale:
        if not self.min < self.max:
            raise ValueError(
                said("min {low:g} must be below max {high:g}", low=self.min, high=self.max)
            )
        codes = [code_of(code) for state in MISSING for code in getattr(self, state)]
        if twice := repeated(map(str, codes)):
            raise ValueError(said("the codes {twice} are declared with two meanings", twice=twice))
        if ratings := [
            f"{code:g}"
            for code in codes
            if isinstance(code, float)
            and self.min <= code <= self.max
            and (not self.whole or code.is_integer())
        ]:
            raise ValueError(
                said(
                    "the codes {ratings} lie on the scale {low:g}–{high:g}: is it a rating or a"
                    " missing answer?",
                    ratings=ratings,
                    low=self.min,
                    high=self.max,
                )
            )
        self._check_labels(codes)
        return self

    def _check_labels(self, codes: list[float | str]) -> None:
        """A word stands for one answer: a file may hold words, which are read back."""
        answers: dict[str, str] = {}
        missing = {str(code_of(code)): state for state in MISSING for code in getattr(self, state)}
        for code, label in self.labels.items():
            number = code_of(code)
            on_scale = isinstance(number, float) and self.min <= number <= self.max
            if not on_scale and number not in codes:
                raise ValueError(
                    said(
                        "labels: {code!r} is neither an answer on the scale {low:g}–{high:g} nor a"
                        " declared code",
                        code=code,
                        low=self.min,
                        high=self.max,
                    )
                )
            meaning = missing.get(str(number), code)
            for word in {*words_in(label)}:
                other = answers.setdefault(word.strip(), meaning)
                if other != meaning or isinstance(code_of(word), float) and code_of(word) != number:
                    raise ValueError(
                        said(
                            "labels: the word {word!r} stands for {other} and for {meaning}, so"
                            " that a file that holds it cannot be read; give each answer a word of"
                            " its own",
                            word=word,
                            other=other,
                            meaning=meaning,
                        )
                    )

    @property
    def midpoint(self) -> float:
        return (self.min + self.max) / 2
