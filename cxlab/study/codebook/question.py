"""A question of which several answers may be given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field

from cxlab.errors import said
from cxlab.study.codebook.declared import Declared, Id, Label, Text, Texts
from cxlab.study.codebook.normal import repeated
from cxlab.study.codebook.row_keys import Filter

CHOICE = "choice"  # the role of its columns
ANY = "any"  # in place of the answers that mean a choice: whatever stands there means it
# Keys that do not go with a form.
FORMS = {
    "column": {"chosen", "not_chosen"},
    "columns": {"separator", "other"},
    "codes_in": {"separator", "other", "chosen", "not_chosen"},
}
# A list of choices is one without labels.
Choices = Annotated[
    dict[Text, Label],
    BeforeValidator(lambda value: dict.fromkeys(value, {}) if isinstance(value, list) else value),
]


class Question(Declared):
    """A question of several answers: all in one cell of `column`, with the `separator` between
    them, or each in one of `columns`, by its choice.

    `choices` have the labels; where all stand in one cell, it may name these and no others, or any
    if none are listed. What is none of them counts as `other`, where that is one. In `columns` the
    answers `chosen` and `not_chosen` tell, and a blank cell is as not chosen.
    """

    question: Id
    label: Label = {}
    column: str | None = None
    separator: str = Field(";", min_length=1)
    columns: dict[Text, str] = {}
    codes_in: Texts = ()
    chosen: Texts = ("1",)
    not_chosen: Texts = ("0",)
    no_answer: Texts = ()
    choices: Choices = {}
    other: Text | None = None
    asked_if: Filter | None = None

    def contradictions(self) -> Iterator[str]:
        forms = [form for form in FORMS if getattr(self, form)]
        if len(forms) != 1:
            yield "give either column:, for all choices, or columns:, one for each, or codes_in:"
            return
        form, known = forms[0], self.columns or self.choices
        for key in sorted(FORMS[form] & self.model_fields_set):
            yield said("{key}: does not go with {form}:", key=key, form=form)
        for name in sorted({*self.choices, self.other or form} - {*known, form}):
            yield said("the choice {name!r} is not declared there", name=name)
        for name in repeated([*self.chosen, *self.not_chosen, *self.no_answer]):
            yield said("the answer {name!r} has two meanings", name=name)

    @property
    def questions(self) -> dict[str, tuple[str, ...]]:
        one = (self.column,) if self.column else ()
        return {CHOICE: one or self.codes_in or tuple(self.columns.values())}

    @property
    def listed(self) -> tuple[str, ...]:
        """What may stand in a cell, or be named in it; nothing where that may be anything."""
        if not self.columns:
            return tuple(self.choices)
        return () if ANY in self.chosen else self.chosen + self.not_chosen
