"""What a value of study.yml may look like: the short and the long form of text, columns, labels and
lists, and the base of everything that is declared.
"""

import datetime
import math
import re
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal, Self

import pydantic
from pydantic import BeforeValidator, ConfigDict, model_validator

from cxlab.errors import said
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.normal import number_of, plain
from cxlab.study.sealed import frozen


def _text(value: Any) -> Any:
    """A code or an id as the text that stands in the file, also where a call gives a number."""
    return plain(value) if isinstance(value, (str, int, float, datetime.date)) else value


def _day(value: Any) -> str:
    day = plain(value) if isinstance(value, (str, datetime.date)) else ""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", day):
        raise ValueError("write dates as YYYY-MM-DD")
    return day


def code_of(text: str) -> float | str:
    number = number_of(text)
    return text if math.isnan(number) else number


def columns_of(value: Any) -> Any:
    """`q1`, `q1|q2`, `[q1, q2]` and `{columns: [q1, q2]}` all name the columns whose mean is the
    rating; with blanks around it, `|` stands between a question and its row ("Rate us | Shop").
    """
    if isinstance(value, dict) and set(value) == {"columns"}:
        value = value["columns"]
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"(?<! )\|(?! )", value)]
    return tuple(value) if isinstance(value, list) else value


def in_short(key: str) -> BeforeValidator:
    """A text alone means a mapping with nothing but it under `key`."""
    return BeforeValidator(lambda value: {key: value} if isinstance(value, str) else value)


def _listed(key: str, default: str, must_hold: Any, value: Any) -> Any:
    """A mapping `{id: {...}}`, or `{id: value of the key "default"}`, means the same as the list
    of rows with the id inside.
    """
    if not isinstance(value, dict):
        return value
    if wrong := [str(name) for name, held in value.items() if not isinstance(held, must_hold)]:
        raise ValueError(
            said("nothing is declared for {ids}: name its columns", ids=", ".join(wrong))
        )
    return [
        {key: name, **(held if isinstance(held, dict) else {default: held})}
        for name, held in value.items()
    ]


# Keys whose mappings of ids are lists of rows.
LISTED = {
    "touchpoints": partial(_listed, "touchpoint", "experience", str | list | dict),
    "outcomes": partial(_listed, "outcome", "columns", str | list | dict),
    "constructs": partial(_listed, "construct", "columns", object),
    "multiple_response": partial(_listed, "question", "column", str | dict),
}


def _identifier(value: str) -> str:
    if not re.fullmatch("[A-Za-z][A-Za-z0-9_]*", value):
        raise ValueError("an id starts with a letter and holds only a–z, A–Z, 0–9 and _")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[float, pydantic.Field(allow_inf_nan=False)]
Day = Annotated[datetime.date, BeforeValidator(_day)]
Id = Annotated[str, BeforeValidator(_text), pydantic.AfterValidator(_identifier)]
Columns = Annotated[tuple[str, ...], BeforeValidator(columns_of)]
Language = Literal[*LANGUAGES]
Label = Annotated[dict[Language, str], in_short("en")]
Texts = tuple[Text, ...]
# One text alone is a list of one.
Several = Annotated[Texts, BeforeValidator(lambda one: [one] if isinstance(one, str) else one)]


class Declared(pydantic.BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        for name, held in vars(self).items():
            vars(self)[name] = frozen(held)
        if found := [*self.contradictions()]:
            raise ValueError(*found)
        return self

    @property
    def id(self) -> str:
        """What its first key calls it."""
        return getattr(self, next(iter(type(self).model_fields)))

    def contradictions(self) -> Iterator[str]:
        """What its keys, each sound by itself, may not say together."""
        yield from ()
