"""The scale of a question: which cells are answers, and why the others are none."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from cxlab.study.codebook.declared import Declared, Label, Number, Text, Texts, code_of
from cxlab.study.codebook.normal import repeated

MISSING = ("not_used", "no_answer", "not_asked")  # why there is no rating


class Scale(Declared):
    """The answers that are ratings, and the codes that are not. `blank` says what an empty cell
    means.
    """

    min: Number
    max: Number
    not_used: Texts = ()
    no_answer: Texts = ()
    not_asked: Texts = ()
    blank: Literal["no_answer", "not_used", "not_asked"] = "no_answer"
    labels: dict[Text, Text | Label] = {}
    reverse: bool = False
    whole: bool = True

    @model_validator(mode="after")
    def _sound(self) -> Scale:
        if not self.min < self.max:
            raise ValueError(f"min {self.min:g} must be below max {self.max:g}")
        codes = [code_of(code) for state in MISSING for code in getattr(self, state)]
        if twice := repeated(map(str, codes)):
            raise ValueError(f"the codes {twice} are declared with two meanings")
        if ratings := [
            f"{code:g}"
            for code in codes
            if isinstance(code, float)
            and self.min <= code <= self.max
            and (not self.whole or code.is_integer())
        ]:
            raise ValueError(
                f"the codes {ratings} lie on the scale {self.min:g}–{self.max:g}: is it a rating or"
                " a missing answer?"
            )
        self._check_labels(codes)
        return self

    def _check_labels(self, codes: list[float | str]) -> None:
        """A word stands for one answer: a file may hold words, which are read back."""
        said: dict[str, str] = {}
        missing = {str(code_of(code)): state for state in MISSING for code in getattr(self, state)}
        for code, label in self.labels.items():
            number = code_of(code)
            on_scale = isinstance(number, float) and self.min <= number <= self.max
            if not on_scale and number not in codes:
                raise ValueError(
                    f"labels: {code!r} is neither an answer on the scale {self.min:g}–{self.max:g}"
                    " nor a declared code"
                )
            meaning = missing.get(str(number), code)
            for word in {label} if isinstance(label, str) else set(label.values()):
                other = said.setdefault(word.strip(), meaning)
                if other != meaning or isinstance(code_of(word), float) and code_of(word) != number:
                    raise ValueError(
                        f"labels: the word {word!r} stands for {other} and for {meaning}, so that a"
                        " file that holds it cannot be read; give each answer a word of its own"
                    )

    @property
    def midpoint(self) -> float:
        return (self.min + self.max) / 2
