"""Sentences that are made once and worded in every language of a report.

A message is one whole template of the catalogue with named places, because languages
put their words in another order. What fills a place decides how it is printed: a number is a count,
a str the id of something that has a name, several of them "a, b and c"; any other number says its
style (`percent(0.4)`, `signed(-1.2, 2)`). What a sentence claims is what its row can carry: it
speaks of a difference only where the interval leaves out zero, and of association, never of cause.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from math import floor, log10
from numbers import Real
from operator import getitem, itemgetter
from typing import Any

import pandas as pd
from babel import Locale

from cxlab.errors import CxlabError, StudyError
from cxlab.glossary import CROSS, GLOSSARY
from cxlab.show.words import text
from cxlab.show.words.catalogue import MESSAGES, N_, translator
from cxlab.show.words.faults import Marked, counted, told
from cxlab.show.words.nouns import for_one, of_stages

VALUE = ("estimate", "conf_low", "conf_high")
TOO_FEW = N_("No touchpoint has enough answers to show.")


class Words(str):
    """Text in the reader's language: no id, so it fills a place as it is."""


@dataclass(frozen=True)
class Phrase:
    """Words to come: `worded` makes them for a reader."""

    worded: Callable[["Wording"], str]


# What a say function gives.
Phrases = Iterator[Phrase]


@dataclass(frozen=True)
class Style:
    """How a number is printed: `style(x, decimals, limit)` is a phrase.

    Attributes
    ----------
    make : callable
        Gives that phrase.
    times : float
        What an x of 1 is printed as.
    digits : int, optional
        Its decimals, where these do not follow each number.
    """

    make: Callable[..., Phrase]
    times: float = 1
    digits: int | None = None

    def __call__(self, x: float, *how: Any) -> Phrase:
        return self.make(x, *(how or (() if self.digits is None else (self.digits,))))

    def of(self, times: float) -> "Style":
        """The same for a number of another unit: points of a share are 100 times it."""
        return Style(lambda x, *how: self(times * x, *how), times * self.times, self.digits)

    def to(self, digits: int) -> "Style":
        """The same with so many decimals."""
        return replace(self, digits=digits)


def message(template: str, /, **places: Any) -> Phrase:
    """A template of the catalogue with the values of its places."""
    return Phrase(lambda _: _(template, **places))


def sentence(name: str, /, *choices: Any, **places: Any) -> Phrase:
    """One of the messages of messages.yml, by the name of the choice and what is chosen."""
    return message(reduce(getitem, choices, MESSAGES[name]), **places)


def _in_words(name: str, make: Callable[..., Phrase]) -> Callable[..., Words]:
    """A method that words what a function makes. By its name a picture that keeps it is pickled."""

    def method(self: "Wording", *what: Any) -> Words:
        return self.fill(make(*what))

    method.__name__ = name
    return method


def _written(function: Callable[..., str], times: float = 1) -> Style:
    """A style of `text`: of a number, the language, and how."""
    return Style(lambda x, *how: Phrase(lambda _: function(x, _.language, *how)), times)


number, signed, p_value = map(_written, (text.number, text.signed, text.p_value))
percent = _written(text.percent, 100)


def confidence(level: float) -> Phrase:
    """A confidence level: 95%, 97.5%."""
    return percent(level, 0 if round(level, 2) == round(level, 6) else 1)


# The confidence level of the result that a sentence is about.
LEVEL = Phrase(lambda _: _.fill(confidence(_.conf_level)))


def level_of(result: pd.DataFrame) -> float:
    """The confidence level of a result; the usual one for a table that knows none."""
    return getattr(result, "conf_level", None) or 0.95


def is_clear(result: pd.DataFrame, column: str = "p_holm") -> pd.Series:
    """Which rows are beyond chance at the result's level, adjusted for their number by Holm."""
    return result[column] < 1 - level_of(result)


def of_result(result: Any, phrases: Iterable[Phrase]) -> Phrases:
    """What is said of a result, for a reader who is told whether its rows are stages."""
    for one in phrases:
        yield Phrase(lambda _, one=one: one.worded(_.about(result)))


def on_scale_of(outcome: object, style: Style = signed) -> Style:
    """The style of quantities on the scale of an outcome: with the unit that it declares."""

    def written(x: float, *how: Any) -> Phrase:
        def worded(_: Wording) -> str:
            unit = _.labels.get(f"unit:{outcome}")
            if unit is None:
                return style(x, *how).worded(_)
            return text.amount(x, unit, _.language, plus=style is signed)

        return Phrase(worded)

    return Style(written, style.times)


def as_is(words: object) -> Phrase:
    """Words that are no id, such as a wave's name."""
    return Phrase(lambda _: text.visible(words))


def word(identifier: object) -> Phrase:
    """cxlab's own word for an id, whatever the study calls by the same name."""
    return Phrase(lambda _: text.name_of(identifier, None, _.language))


USES = "intercept", "used", "met"


def term(name: str) -> Phrase:
    """The words of a model's term: of a level of a segment, written segment[level], "segment:
    level"; of the mark of who met a touchpoint "touchpoint: met it".
    """
    name, bracket, group = name.partition("[")
    of = [level({"level": group[:-1], "group": name})] if bracket else []
    *touchpoint, use = name.split(":")
    words = [*touchpoint, f"term_{use}"] if use in USES else [name]
    return joined(*words, *of, mark=": ")


def level(row: Mapping, column: str = "level") -> Phrase:
    """The name of a row's group of respondents: the study's own word, never one of ours (a size "P"
    is no form of a gap model), and by its segment: a 1 of one is not a 1 of another.
    """
    name, group = row[column], row.get("group")
    if name == "all" and group in (None, "all"):
        return joined(name)
    # A combination of splits has a level of each.
    groups, names = str(group).split(CROSS), str(name).split(CROSS)
    pairs = zip(groups, names, strict=True) if len(groups) == len(names) else [(group, name)]
    keys = [(f"{of}[{one}]", one) for of, one in pairs]
    return Phrase(lambda _: text.visible(CROSS.join(_.labels.get(*key) for key in keys)))


def of_group(row: Mapping, said: Phrase) -> Phrase:
    """The sentence, with its group where there are several."""
    return said if row["group"] == "all" else joined(level(row), said, mark=": ")


def choice(row: Mapping) -> Phrase:
    """A row's choice, as the study names it in its question."""
    return level({"level": row["choice"], "group": row["question"]})


def beside(name: Any, figure: Any) -> Phrase:
    """A name with its figure: "Delivery 4.2 (4.0 to 4.4)"."""
    return Phrase(lambda _: f"{_.fill(name)} {_.fill(figure)}")


_set_apart = partial(re.sub, r" \(([^()]*\d[^()]*)\)$", r"; \1")


def in_brackets(name: Any, figure: Any) -> Phrase:
    """A name with its figure in brackets; an interval of its own is set apart: "Delivery (4.2; 4.0
    to 4.4)".
    """
    return Phrase(lambda _: f"{_.fill(name)} ({_set_apart(_.fill(figure))})")


def each(rows: pd.DataFrame, figure: Callable[[Mapping], Any]) -> list:
    """Touchpoints in one phrase, each with its figure in brackets."""
    return [in_brackets(row["touchpoint"], figure(row)) for row in rows.to_dict("records")]


def named(
    rows: pd.DataFrame,
    name: Callable[[Mapping], Any] = itemgetter("touchpoint"),
    **figure: Any,
) -> list:
    """Touchpoints in one phrase: one with its figure and interval; several with their figures in
    brackets, whose intervals stand in the picture.

    figure: as `ranged` takes it.
    """
    alone = len(rows) == 1
    told = partial(ranged, ends=alone, **figure)
    join = beside if alone else in_brackets
    return [join(name(row), told(row)) for row in rows.to_dict("records")]


def joined(*parts: Any, mark: str = "; ") -> Phrase:
    """Several parts with the same mark between them in every language."""
    return Phrase(lambda _: mark.join(map(_.fill, parts)))


def span(low: Any, high: Any) -> Phrase:
    """The two ends of a range: "3.9 to 4.2"."""
    return message(N_("{low} to {high}"), low=low, high=high)


def ranged(
    row: Mapping,
    columns: tuple[str, str, str] = VALUE,
    style: Style = signed,
    digits: int | None = None,
    unit: str = "",
    ends: bool = True,
) -> Phrase:
    """An estimate with its interval (`ends`): "4.2 (4.0 to 4.4)"; columns: (estimate, low, high).
    Decimals follow its size unless given. An interval that leaves out zero is not printed as
    reaching it. unit: a row of `units` in messages.yml, "5 points (2 to 8)".
    """
    numbers, times = [row[one] for one in columns], style.times
    digits = style.digits if digits is None else digits
    if digits is None:
        digits = digits_for(*(times * one for one in numbers))
    if style is not percent and (min(numbers[1:]) > 0 or max(numbers[1:]) < 0):
        least = 10.0**-digits / abs(times)
        numbers = [
            x if pd.isna(x) or round(x * times, digits) else (least if x > 0 else -least)
            for x in numbers
        ]
    value, low, high = (style(x, digits) for x in numbers)
    if unit:
        value = in_units(unit, round(numbers[0] * times, digits), value, row.get("outcome"))
    if not ends or pd.isna(numbers[1]):
        return value
    return message(N_("{value} ({low} to {high})"), value=value, low=low, high=high)


def in_units(unit: str, x: float, value: Phrase, outcome: object = None) -> Phrase:
    """A number, as it is printed and in words, with its unit as the language counts: "1 point". An
    outcome that declares a unit has it in words.
    """

    def worded(_: Wording) -> str:
        if unit == "mean" and f"unit:{outcome}" in _.labels:
            return _.fill(value)
        forms, form = MESSAGES["units"][unit], Locale.parse(_.language, "-").plural_form(abs(x))
        return _(forms.get(form, forms["other"]), value=value)

    return Phrase(worded)


def metric_value(row: Mapping, column: str = "estimate") -> Phrase:
    """A metric in its own unit: NPS points, a percentage, an amount in its currency or declared
    unit, or a mean on the scale.
    """
    value, metric, unit = row[column], str(row.get("metric", "")), row.get("unit")
    if metric == "nps":
        return number(value, 0)
    if metric.endswith(("_top2", "_share")):
        return percent(value)
    if isinstance(unit, str):
        return Phrase(lambda _: text.amount(value, unit, _.language))
    ends = [row.get(end, value) for end in VALUE]
    return on_scale_of(row.get("outcome"), number)(value, digits_for(*ends))


def metric_interval(row: Mapping) -> Phrase:
    """The interval of a metric in its own unit."""
    if pd.isna(row["conf_low"]):
        return as_is(text.NOTHING)
    return span(*(metric_value(row, end) for end in ("conf_low", "conf_high")))


def digits_of(frame: pd.DataFrame) -> int:
    """One decimal, or two where half of the intervals are so narrow that one would hide them."""
    return 2 if (frame["conf_high"] - frame["conf_low"]).median() < 0.25 else 1


def digits_for(value: float, low: float = float("nan"), high: float = float("nan")) -> int:
    """Decimals of a quantity by its size and the width of its interval: 2, but fewer where it is
    counted in tens or hundreds, and more where it is so small, or so exact, that 2 would hide it.
    """
    size = max((abs(one) for one in (value, low, high) if pd.notna(one)), default=0.0)
    digits = 2 if size < 10 else 1 if size < 100 else 0
    half = (high - low) / 2
    if 0 < size < 0.1:
        digits = 1 - floor(log10(size))
    if half > 0:
        digits = max(digits, -floor(log10(half)))
    return min(digits, 6)


def side_of(row: Mapping) -> int:
    """On which side of zero an interval lies: 1, -1, or 0 where it holds zero or is not known."""
    return 1 if row["conf_low"] > 0 else -1 if row["conf_high"] < 0 else 0


@dataclass(frozen=True)
class Wording:
    """A reader's language, and the study's own words for its ids. Plots and tables call it `_`, as
    gettext's function is called, so that the catalogue finds the messages.

    stages: what messages call touchpoints are stages of the journey. told: the reasons that a
    reader of the whole report was given; None for an analyst, who also reads what to do.
    """

    language: str = "en"
    labels: Mapping[str, str] = field(default_factory=dict)
    conf_level: float = 0.95
    stages: bool = False
    told: set[str] | None = None

    def __call__(self, template: str, **places: Any) -> Words:
        """The template in the reader's language, for one or several, its places filled."""
        words = for_one(translator(self.language)(template), places, self.language)
        filled = {place: self.fill(value) for place, value in places.items()}
        return Words(self._agreed(words).format(**filled))

    def _agreed(self, words: str) -> str:
        """Words on touchpoints, or on stages where messages call them so."""
        return of_stages(words, self.language) if self.stages else words

    def fill(self, value: Any) -> Words:
        """A value in words, by what it is."""
        if isinstance(value, Phrase):
            return Words(value.worded(self))
        if isinstance(value, Words):
            return value
        if value is None or isinstance(value, str):
            return Words(text.name_of(value, self.labels, self.language))
        if isinstance(value, Real):
            return Words(text.number(value, self.language, 0))
        if isinstance(value, Iterable):
            return Words(text.listing([self.fill(one) for one in value], self.language))
        raise TypeError(f"{value!r} has no words: say number, percent, signed …")

    def about(self, result: Any) -> "Wording":
        """The same for the figures of a result: at its confidence level, by stage where its rows
        are stages.
        """
        level = getattr(result, "conf_level", None)
        staged = bool(getattr(result, "settings", {}).get("by_stage"))
        return replace(self, conf_level=level or self.conf_level, stages=staged or self.stages)

    def heading(self, column: str) -> Words:
        """The heading of a result's column, from the glossary; the name itself for a column that a
        notebook made.
        """
        known = GLOSSARY.get(column)
        return self(known.label) if known else Words(column)

    def say(self, phrases: Iterable[Phrase]) -> list[str]:
        """Sentences in the reader's language."""
        return [self.fill(one) for one in phrases]

    name = fill
    # A function's phrase, in words.
    word = _in_words("word", word)
    level = _in_words("level", level)
    number = _in_words("number", number)
    percent = _in_words("percent", percent)
    ranged = _in_words("ranged", ranged)
    value = _in_words("value", metric_value)
    interval = _in_words("interval", metric_interval)

    def outcome(self, frame: pd.DataFrame) -> Words:
        """The name of a result's outcome."""
        return self.fill(frame["outcome"].iloc[0])

    def stage(self, identifier: str) -> Words:
        """The name of a stage of the journey."""
        key = f"stage:{identifier}"
        return self.fill(key if key in self.labels else word(identifier))


class _Message(Marked):
    """Fills a template in which a float has a format of its own, with the language's marks."""

    def format_field(self, value: Any, spec: str) -> str:
        shown = format(value, spec)
        if isinstance(value, float):
            shown = text.localised(shown, self.language).replace("-", text.MINUS)
        return shown


def explain(error: Exception, _: Wording) -> Words:
    """The words of a refusal: its template in the reader's language; what the study has a label for
    by that, every other text as it is. Of a study, every fault.
    """
    if isinstance(error, StudyError):
        lines = told(error.faults, _.language)
        return Words("\n".join([counted(error.faults, _.language), *lines]))
    if not isinstance(error, CxlabError):
        return Words(error)

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return text.visible(_.labels.get(value, value))
        return float(value) if isinstance(value, float) else value  # NumPy's repr names its type

    values = {key: shown(value) for key, value in error.values.items()}
    if {"group", "level"} <= values.keys():
        level = f"{error.values['group']}[{error.values['level']}]"
        values["level"] = _.labels.get(level, values["level"])
    template = translator(_.language)(error.template)
    return Words(_Message(_.language).format(template, **values))
