"""What a guess is, and what it is made from: the words of one column and its answers, in one form.

A guess says a key of study.yml, what that key would hold, why, and how sure that is. Whoever reads
the draft decides; nothing here is ever used as if it were declared.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from cxlab.data_files import read_data
from cxlab.errors import Said, said
from cxlab.study.codebook.normal import bare, number_of
from cxlab.study.exports.headers import JOINT, said_by_tool, unaccented
from cxlab.study.exports.table import Column
from cxlab.study.read.cells import number_in as number_beside

WORDS = read_data("study.exports.draft", "words.yml")
SURE = 0.9  # below it, a person is asked
_CODE = (  # 9, -99, AO06, NU =
    r"(?<![\w.,/])(?:-?\d{1,4}|[A-Z]{1,2}\d{1,3}|[A-Z]{1,4}(?= ?[=:] ?[^\W\d]))(?![\w%]|[.,]\d)"
)
_BEFORE = re.compile(r"\(?-?\d{1,4}(?:\)? ?[-–—=:.)] ?|\)? )(?=[^\W\d])")  # 9 - Not used
# The parts of a name: startDate, Q7FOOD, exp_loja.
_PARTS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Za-z]{2})|(?<=[A-Za-z]{2})(?=\d)|_"
)
_MORE = re.compile(
    r"\s*(?:\((?:[aoe]s?|s|op[ct]ional)\)|/[ao]s?\b)"
)  # vendedor(a), name (optional)
PART = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Guess:
    """What one column seems to be.

    Attributes
    ----------
    seen : Seen
    key : str
        Of study.yml: respondent, weight, wave, account, status, segments, personal_data, comments,
        outcomes, touchpoints, fieldwork …; choice, ranking, system and "" are not written.
    reason : Said
    confidence : float
        0 to 1; a person is asked below .9.
    value : mapping
        What the key would hold besides the column: kind, scale, role.
    """

    seen: Seen
    key: str
    reason: Said
    confidence: float
    value: Mapping[str, Any] = field(default_factory=dict)

    @property
    def column(self) -> str:
        return self.seen.name

    @property
    def scale(self) -> Any:
        """The scale of what is rated, else None."""
        return self.value.get("scale")


def words_of(text: str) -> str:
    """Lower case without accents and markup, no blank, colon or mark at the ends."""
    return unaccented(re.sub(r"<[^>]+>", " ", text).replace("’", "'")).strip(" :*?¿¡!")


@cache
def _form(path: str, whole: bool) -> re.Pattern:
    listed = functools.reduce(operator.getitem, path.split("."), WORDS)
    each = (re.escape(bare(word)).replace(r"\*", ".*" if whole else r"\w*") for word in listed)
    joined = "|".join(sorted(each, key=len, reverse=True))
    return re.compile(joined if whole else rf"(?<![^\W_])(?:{joined})(?![^\W_])")


def says(path: str, text: str) -> bool:
    """Whether one of the words at `path` of words.yml stands in a folded text."""
    return bool(_form(path, False).search(text))


def is_one_of(path: str, text: str) -> bool:
    """Whether a folded text is one of those at `path` of words.yml, as a whole."""
    return bool(_form(path, True).fullmatch(text))


def number_in(answer: str) -> float:
    """The number that an answer is, or that stands before or after its words; NaN for another."""
    if re.fullmatch(r"[A-Za-z]{1,2}\d+", answer):  # A1 is a code
        return math.nan
    text = re.sub(r"(?<=\d),(?=\d)", ".", answer)
    number = number_of(text)
    return number if number == number else number_beside(text)


def is_code(value: float) -> bool:
    """Whether a number may stand for no rating wherever it is on no scale: one below 0, or of the
    highest third of its digits: 77, 96, 998.
    """
    is_high = value > 65 and value > 0.65 * 10 ** max(len(f"{value:.0f}"), 2)
    return (value < 0 or is_high) and value.is_integer()


def missing_reason(answer: str, find: Callable = re.match) -> str:
    """Why an answer in words is no rating: not_used, no_answer or not_asked; "" for any other."""
    text = words_of(answer).replace("_", " ").strip("[]<>()")
    if (beside := _BEFORE.match(text)) and text[beside.end() :] not in WORDS["places"]["amount"]:
        text = text[beside.end() :]
    short = re.sub(r"[\W_]", "", text)  # N/A, ns_nc, N.S.
    told = [
        why
        for why in WORDS["missing"]
        if any(is_one_of(f"missing.{why}", one) for one in (text, short))
    ]
    told += [why for why, form in WORDS["absent"].items() if find(form, text)]
    return next(iter(told), "")


@cache
def legend(question: str) -> dict[str, str]:
    """Codes that a question itself says to be no ratings, and why.

    >>> legend("Rate us from 1 to 5 (9 = N/A). If you did not use it, mark 6.")
    {'9': 'not_used', '6': 'not_used'}
    """
    found = {}
    for part in re.split(WORDS["clause"], question):
        code, text = re.findall(_CODE, part), re.sub(_CODE, " ", part).strip(" -–—=:,/'\"")
        if len(code) == 1 and (why := missing_reason(text, re.search)):
            found[code[0]] = why
    return found


@dataclass(frozen=True)
class Seen:
    """One column as the guesses see it; `counts` are its answers without blanks."""

    column: Column
    counts: Mapping[str, int]
    rows: int
    tool: str = ""
    block: str = ""  # the question that several columns share, "" for a column of its own
    item: str = ""  # what this one asks it of
    twice: tuple[str, str] = ("", "")  # role and experience, where the form of others tells them

    def guess(self, key: str, reason: Said, confidence: float, **value: Any) -> Guess:
        return Guess(self, key, reason, confidence, value)

    @property
    def name(self) -> str:
        return self.column.name

    @cached_property
    def n(self) -> int:
        return sum(self.counts.values())

    @property
    def asked(self) -> str:
        """The question as it stands, with what the reader put behind it."""
        text = self.name if JOINT in self.name else self.column.text or self.name
        return " ".join(text.split())

    @cached_property
    def header(self) -> str:
        return words_of(self.column.header or self.name)

    @cached_property
    def words(self) -> str:
        """The question as it is worded, else the name's parts."""
        text = self.column.text or self.name
        return words_of(text if " " in text.strip() else _PARTS.sub(" ", text))

    def parts(self) -> list[str]:
        """Words and numbers of the name."""
        return PART.findall(words_of(_PARTS.sub(" ", self.column.header or self.name)))

    @cached_property
    def said(self) -> str:
        """Name and question."""
        return self.words if self.header in self.words else f"{self.header} {self.words}"

    @cached_property
    def forms(self) -> set[str]:
        """How the column may be called, to be compared as a whole."""
        forms = {self.header, self.words, words_of(self.name), words_of(self.column.text)}
        forms.add(words_of(self.item) if JOINT in self.name else "")  # below a section
        forms.add(self.header.rpartition("/")[2])  # of a group: data/interviewer
        return {*forms, *(words_of(re.sub(_MORE, "", form)) for form in forms)} - {""}

    def is_called(self, path: str) -> bool:
        return any(is_one_of(path, form) for form in self.forms)

    @property
    def labels(self) -> Mapping[str, str]:
        return self.column.labels

    @cached_property
    def missing(self) -> Mapping[str, str]:
        """Answers that words, labels, the question or the file itself say are no ratings, and
        why.
        """
        tool = said_by_tool(self.tool, "missing")
        answers = {*self.labels, *(self.counts.keys() - tool.keys())}
        told = {one: missing_reason(self.labels.get(one, one)) for one in answers}
        said = {one: why for one, why in told.items() if why}
        legends = {**legend(self.column.note), **legend(self.asked)}
        codes = {one: why for one, why in legends.items() if one in self.counts}
        given = [n for n in map(number_of, self.counts.keys() - codes.keys()) if not is_code(n)]
        low, high = min(given, default=0), max(given, default=0)
        high += high == 9  # who says "1 to 10 - " explains no code
        codes = {one: why for one, why in codes.items() if not low <= number_of(one) <= high}
        return {**codes, **tool, **self.column.missing, **said}

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Answers that are numbers, or hold one beside their words; missing ones left out."""
        given = {one: number_in(one) for one in self.counts if one not in self.missing}
        return {one: value for one, value in given.items() if value == value}

    @cached_property
    def values(self) -> Counter[float]:
        """How often each number was given."""
        counts: Counter[float] = Counter()
        for answer, value in self.numbers.items():
            counts[value] += self.counts[answer]
        return counts

    @cached_property
    def texts(self) -> Counter[str]:
        """Answers that are neither numbers nor missing."""
        left = self.counts.keys() - self.numbers.keys() - self.missing.keys()
        return Counter({one: self.counts[one] for one in left})

    @property
    def is_yes_no(self) -> bool:
        """Whether two codes stand there, as for yes and no."""
        given = self.values.keys()
        return not self.texts and (given <= {0, 1} or given <= {1, 2} and not self.labels)

    def share(self, looks: Any) -> float:
        """The share of the answers of which something is true."""
        return sum(n for answer, n in self.counts.items() if looks(answer)) / max(self.n, 1)


def named(columns: Iterable[Seen], most: int = 3) -> str:
    """The names of columns, those beyond the first ones counted; of a long question that several
    share, what each asks it of.
    """
    long = 60
    names = [f"… {one.item}" if one.item and len(one.name) > long else one.name for one in columns]
    names = [short(name, long) for name in names]
    return few([f"“{name}”" for name in names], most)


def few(names: Sequence[str], most: int = 3) -> str:
    """Some names, those beyond the first ones counted."""
    shown, more = ", ".join(names[:most]), len(names) - most
    return said("{names} and {n} more", names=shown, n=more) if more > 0 else shown


def short(text: str, most: int = 60) -> str:
    """A text cut at a word."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
