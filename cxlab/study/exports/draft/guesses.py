"""What a guess is, and what it is made from: the words of one column and its answers, in one form.

A guess says a key of study.yml, what that key would hold, why, and how sure that is. Whoever reads
the draft decides; nothing here is ever used as if it were declared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from cxlab.data_files import read_data
from cxlab.study.codebook.normal import bare, number_of
from cxlab.study.exports.table import Column, Table


def _plain(held: Any) -> Any:
    """The words of a data file as `folded` leaves those of a survey."""
    if isinstance(held, dict):
        return {_plain(key): _plain(value) for key, value in held.items()}
    if isinstance(held, list):
        return [*map(_plain, held)]
    return bare(held).casefold() if isinstance(held, str) else held


WORDS: dict[str, Any] = _plain(read_data("study.exports.draft", "words.yml"))
SURE = 0.9  # below it, a person is asked
# "10 - Extremely likely", "7 – Totalmente satisfeito", "(5) Very good", "Extremely likely - 10"
_IN_FRONT = re.compile(
    r"\(?(-?\d{1,3})\)?\s*(?:(?:[-–—=:.)]\s*)+(?=[^\W\d])|(?:star|estrel|point|ponto|punto)\w*$)"
)
_BEHIND = re.compile(r"[^\W\d].*[-–—=:(]\s*(\d{1,3})\)?")
# The parts of a name: startDate, Q7FOOD, exp_loja.
_PARTS = re.compile(
    r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=\d)(?=[A-Za-z]{2})|(?<=[A-Za-z]{2})(?=\d)|_"
)


@dataclass(frozen=True)
class Guess:
    """What one column seems to be.

    Attributes
    ----------
    key : str
        Of study.yml: respondent, weight, wave, account, status, segments, personal_data, comments,
        outcomes, touchpoints, fieldwork …; choice, ranking, system and "" are not written.
    column : str
    value : mapping
        What the key would hold besides the column: kind, scale, role.
    reason : str
    confidence : float
        0 to 1; a person is asked below .9.
    """

    key: str
    column: str
    value: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    confidence: float = 0.0


def folded(text: str) -> str:
    """Lower case without accents, one blank for many, no blank or colon at the ends."""
    text = re.sub(r"<[^>]+>", " ", bare(text)).casefold().replace("’", "'")
    return " ".join(text.split()).strip(" :*?¿¡!")


@cache
def _form(path: str, whole: bool) -> re.Pattern:
    listed: Any = WORDS
    for key in path.split("."):
        listed = listed[key]
    each = (re.escape(str(word)).replace(r"\*", ".*" if whole else r"\w*") for word in listed)
    joined = "|".join(sorted(each, key=len, reverse=True))
    return re.compile(joined if whole else rf"(?<![^\W_])(?:{joined})(?![^\W_])")


def says(path: str, text: str) -> bool:
    """Whether one of the words at `path` of words.yml stands in a folded text."""
    return bool(_form(path, False).search(text))


def is_one_of(path: str, text: str) -> bool:
    """Whether a folded text is one of those at `path` of words.yml, as a whole."""
    return bool(_form(path, True).fullmatch(text))


def without(path: str, text: str) -> str:
    """A folded text without the words at `path`."""
    return " ".join(_form(path, False).sub(" ", text).split())


def number_in(answer: str) -> float:
    """The number that an answer is, or that stands before or after its words; NaN for another."""
    found = _IN_FRONT.match(answer) or _BEHIND.fullmatch(answer)
    text = found[1] if found else answer
    return number_of(text.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", text) else text)


def missing_reason(answer: str) -> str:
    """Why an answer in words is no rating: not_used, no_answer or not_asked; "" for any other."""
    text = folded(answer)
    return next((why for why in WORDS["missing"] if is_one_of(f"missing.{why}", text)), "")


@dataclass(frozen=True)
class Seen:
    """One column as the guesses see it; `counts` are its answers without blanks."""

    column: Column
    counts: Mapping[str, int]
    rows: int
    tool: str = ""
    stem: str = ""  # the question that several columns share
    item: str = ""  # what this one asks it of
    block: str = ""  # what those columns have in common, "" for a column of its own
    coded: Mapping[str, str] = field(default_factory=dict)  # words of codes, from other columns

    @property
    def name(self) -> str:
        return self.column.name

    @cached_property
    def n(self) -> int:
        return sum(self.counts.values())

    @cached_property
    def header(self) -> str:
        """The name's parts."""
        return folded(_PARTS.sub(" ", self.column.header or self.name))

    @cached_property
    def words(self) -> str:
        """The question as it is worded, else the name's parts."""
        text = self.column.text or self.name
        parted = text if " " in text.strip() else _PARTS.sub(" ", text)
        return folded(parted)

    @cached_property
    def said(self) -> str:
        """Name and question."""
        return self.words if self.header in self.words else f"{self.header} {self.words}"

    @cached_property
    def forms(self) -> set[str]:
        """How the column may be called, to be compared as a whole."""
        texts = (self.name, self.column.header, self.column.text)
        return {folded(text) for text in texts} | {self.header, self.words}

    def is_called(self, path: str) -> bool:
        return any(is_one_of(path, form) for form in self.forms if form)

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Words by code, of the file or of columns that carry a code in their name."""
        return {**self.coded, **self.column.labels}

    @cached_property
    def missing(self) -> dict[str, str]:
        """Answers that words, labels or the file itself say are no ratings."""
        why = dict(self.column.missing)
        for answer in {*self.counts, *self.labels}:
            if reason := missing_reason(self.labels.get(answer, answer)):
                # A form that fills in what it did not ask (KoboToolbox) writes n/a there.
                is_filler = self.tool == "kobo" and folded(answer) == "n/a"
                why[answer] = "not_asked" if is_filler else reason
        return why

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Answers that are numbers, or hold one beside their words; missing ones left out."""
        given = {one: number_in(one) for one in self.counts if one not in self.missing}
        return {one: value for one, value in given.items() if value == value}

    @cached_property
    def texts(self) -> Counter[str]:
        """Answers that are neither numbers nor missing."""
        there = self.counts.items()
        return Counter(
            {one: n for one, n in there if one not in self.numbers and one not in self.missing}
        )


def seen(table: Table) -> list[Seen]:
    """The columns of a table, each with its answers and what it shares with others."""
    found = []
    columns = table.columns or [Column(name, i + 1) for i, name in enumerate(table.frame)]
    for column in columns:
        counts: Counter[str] = Counter()
        for answer, n in table.frame[column.name].value_counts().items():
            counts[str(answer).strip()] += n
        del counts[""]
        found.append(Seen(column, dict(counts), len(table.frame), table.tool))
    return _coded(_in_blocks(found))


_SPLITS = (
    re.compile(r"(?P<stem>.+\S) \| (?P<item>.+)"),
    re.compile(r"(?P<stem>.+\S)\s*\[(?P<item>[^\]]+)\]"),
    re.compile(r"(?P<item>[^:]{2,40}):\s*(?P<stem>\S.{14,})"),
    re.compile(r"(?P<stem>.+?[^\d\s])\s+[-–—]\s+(?P<item>[^\W\d].*)"),
    re.compile(r"(?P<stem>.{8,}?[?:])\s+[-–—]?\s*(?P<item>[^\W\d].*)"),
    re.compile(r"(?P<stem>.{8,}[^-–—\s\d])[-–—](?P<item>[^\W\d].*)"),  # Qualtrics
)
_NAMED = (
    re.compile(r"(?P<stem>[a-z]+[_.]?\d+)[\W_]*[a-z0-9].*"),
    re.compile(r"(?P<stem>[a-z]+_?)\d+[a-z]?"),
)
_FORMS = (*_SPLITS, *_NAMED)


def _in_blocks(columns: list[Seen]) -> list[Seen]:
    """Columns that share a question, or a name but for its end, as blocks."""
    blocks: dict[str, dict[str, str]] = {}
    for form in _FORMS:
        groups: dict[str, list] = {}
        for one in columns:
            text = one.name if " | " in one.name else one.column.text or one.name
            text = " ".join(text.split())
            text = text if form in _SPLITS else folded(one.name)
            if one.name not in blocks and (found := form.fullmatch(text)):
                groups.setdefault(folded(found["stem"]), []).append((one.name, found))
        for stem, group in groups.items():
            items = {found.groupdict().get("item", name) for name, found in group}
            is_shared = len(items) > 1 or form is _SPLITS[0]  # the reader's own mark
            for name, found in group if is_shared else ():
                parts = {key: held.strip() for key, held in found.groupdict().items()}
                parts = parts if "item" in parts else {}
                blocks[name] = {"block": f"{_FORMS.index(form)} {stem}", **parts}
    return [replace(one, **blocks.get(one.name, {})) for one in columns]


def _coded(columns: list[Seen]) -> list[Seen]:
    """A choice of its own column (`Q2_-1`, "No basis for evaluation") tells what the code -1 means
    in the other questions, if all of them mean one reason.
    """
    told: dict[str, list[str]] = {}
    for one in columns:
        code = re.search(r"[_/](-\d+)$", one.name)
        if code and missing_reason(one.item):
            told.setdefault(code[1], []).append(one.item)
    words = {code: held[0] for code, held in told.items() if len({*map(missing_reason, held)}) == 1}
    return [
        one
        if one.column.labels
        else replace(one, coded={code: word for code, word in words.items() if code in one.counts})
        for one in columns
    ]


def named(columns: Iterable[Seen], most: int = 3) -> str:
    """The names of columns, those beyond the first ones counted."""
    names = [short(one.name) for one in columns]
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def short(text: str, most: int = 60) -> str:
    """A text cut at a word."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
