"""From the text in a cell to a rating or the reason why there is none.

A cell is in exactly one state: answered, not_used (never met the touchpoint), no_answer (refused,
don't know) or not_asked (routing, or the wave did not ask). An 8 or a 99 becomes one of these only
where the codebook says so; anything else outside the scale is a fault, never a rating.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from cxlab.errors import Fault, said
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.roles import nearest
from cxlab.study.codebook.scale import words_in
from cxlab.study.codebook.schema import MISSING, Scale
from cxlab.study.exports.headers import folded
from cxlab.study.exports.table import Column, row_numbers
from cxlab.study.read.distinct import distinct

TOO_LARGE = "not a finite number, or too large to be reckoned with"
MANY_VALUES = 10
STATES = ("answered", *MISSING)
ANSWERED, NOT_USED, NO_ANSWER, NOT_ASKED = range(len(STATES))
LARGEST = 1e15  # beyond it cents are lost, and squares soon are no numbers


def trimmed(cells: pd.Series) -> pd.Series:
    """Cells as text without blanks around it, "" where they are missing."""
    return cells.fillna("").astype(str).str.strip()


def parse_number(text: str, decimal: str = ".", thousands: str = "") -> float:
    """The number that `text` holds, NaN if it holds none. With a decimal comma, `4.5` is not a
    number: it may be a date or a thousand.

    A thousands mark must be declared, and then stand where it should: `1.168,21` but not
    `11.68,21`.
    """
    text = text.strip()
    if thousands and thousands in text:
        if not re.fullmatch(
            rf"[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+({re.escape(decimal)}\d*)?", text
        ):
            return math.nan
        text = text.replace(thousands, "")
    if decimal == ",":
        if "." in text:
            return math.nan
        text = text.replace(",", ".")
    return number_of(text)


class Codes:
    """What the words and codes of a column stand for: the answers of its scale, and the codes that
    are no answers, by the scale, by the study's `no_answer_words` and by the file itself.

    Words are the same whatever their case and blanks; a word that is declared as it stands there
    goes before. `read_apart` gathers the texts in which a number stands among words ("10 -
    Extremely likely").
    """

    def __init__(
        self,
        scale: Scale,
        decimal: str,
        thousands: str = "",
        words: Iterable[str] = (),
        column: Column | None = None,
    ) -> None:
        self.scale, self.decimal, self.thousands = scale, decimal, thousands
        self.read_apart: list[str] = []
        # Answers and states by word or number; the labels of the file.
        self._words, self._states = {}, {}
        self.of_file = dict(column.labels) if column else {}
        self._add(self.of_file, dict(column.missing) if column else {}, words)
        self._declare(scale)
        self._by_word()

    def _add(self, labels: dict[str, str], missing: dict[str, str], words: Iterable[str]) -> None:
        """What goes unless the scale says otherwise: the file's own, then the study's."""
        for code, label in labels.items():
            if not math.isnan(number := parse_number(code)) and code not in missing:
                self._words[folded(label)] = number
        for code, state in missing.items():
            self._state(code, state)
            if label := labels.get(code):
                self._state(label, state)
        for word in words:
            self._state(word, "no_answer")

    def _declare(self, scale: Scale) -> None:
        """What the scale says. `words`: its labels by what they are without case and blanks."""
        labels = [(one, code) for code, label in scale.labels.items() for one in words_in(label)]
        self.words = {folded(one): one for one, _code in labels}
        for form in (folded, str.strip):
            for one, code in labels:
                self._words[form(one)] = parse_number(code)
                self._states.pop(form(one), None)
        for state in MISSING:
            for code in getattr(scale, state):
                self._state(code, state)

    def _by_word(self) -> None:
        """A code of the file that is no answer itself ("AO01") is what its word is."""
        for code, label in self.of_file.items():
            number = parse_number(code)
            if self._is_answer(number) or {code, number} & {*self._words, *self._states}:
                continue
            for held in (self._words, self._states):
                word = next((one for one in (label.strip(), folded(label)) if one in held), None)
                if word is not None:
                    held[code] = held[word]

    def _state(self, code: str, state: str) -> None:
        number = parse_number(code)
        other = folded(code) if math.isnan(number) else number
        self._states |= dict.fromkeys((code.strip(), other), STATES.index(state))

    def judged(self, cell: str) -> tuple[float, int, str]:
        """Number, state and what is wrong, of a cell without blanks around it."""
        same = folded(cell)
        number = self._words.get(cell, self._words.get(same, math.nan))
        if math.isnan(number):
            number = parse_number(cell, self.decimal, self.thousands)
        for key in (cell, number, same):
            if (state := self._states.get(key)) is not None:
                return number, state, ""
        if math.isnan(number) and not math.isnan(part := number_in(cell, self.decimal)):
            state = self._states.get(part)
            if state is not None or self._is_answer(part):
                self.read_apart.append(cell)
                return part, ANSWERED if state is None else state, ""
        return number, *self._judge(cell, number)

    def plain(self, cells: list[str]) -> np.ndarray:
        """Answers that are told by their digits alone, of many texts at once; NaN where a text must
        be judged for itself.
        """
        texts, scale = pd.Index(cells, dtype=object), self.scale
        if len(cells) <= MANY_VALUES or self.decimal != "." or self.thousands:
            return np.full(len(cells), math.nan)
        numbers = pd.to_numeric(texts, errors="coerce").to_numpy(float)
        codes = [key for key in self._states if isinstance(key, float)]
        declared = texts.isin([*self._words, *self._states]) | np.isin(numbers, codes)
        within = (scale.min <= numbers) & (numbers <= scale.max) & (abs(numbers) <= LARGEST)
        is_answer = within & ~declared & ((np.floor(numbers) == numbers) | (not scale.whole))
        return np.where(is_answer, numbers, math.nan)

    def _is_answer(self, number: float) -> bool:
        scale = self.scale
        within = scale.min <= number <= scale.max and abs(number) <= LARGEST
        return within and (number.is_integer() or not scale.whole)

    def _judge(self, cell: str, number: float) -> tuple[int, str]:
        """The state of a cell that no code declares, and what is wrong with it."""
        scale = self.scale
        if not cell:
            return STATES.index(scale.blank), ""
        if self._is_answer(number):
            return ANSWERED, ""
        low, high = f"{scale.min:g}", f"{scale.max:g}"
        if math.isnan(number):
            problem = "not a number and not a declared code"
        elif not scale.min <= number <= scale.max:
            problem = said(
                "outside the scale {low}–{high} and not a declared missing code", low=low, high=high
            )
        elif abs(number) > LARGEST:
            problem = TOO_LARGE
        else:
            problem = said(
                "a decimal on the scale {low}–{high} of whole answers", low=low, high=high
            )
        return NO_ANSWER, problem


LONGEST_LABEL = 200
MANY_COLUMNS = 3  # with answers off one scale, which is then at fault
# A number before or after words: "10 - Extremely likely", "Totalmente satisfeito (7)".
_APART = r"\s*[-–—−:.)=(/|]+\s*"
_NUMBER_FIRST = re.compile(rf"\(?([-−]?\d+(?:[.,]\d+)?){_APART}(\D+)")
_NUMBER_LAST = re.compile(rf"(\D*[^\W\d_]\D*?){_APART}(\d+(?:[.,]\d+)?)\)?")


def number_in(text: str, decimal: str = ".") -> float:
    """The one number that stands before or after the words of an answer, apart from them; NaN where
    there is none.

    >>> number_in("10 - Extremely likely"), number_in("Muito bom (5)"), number_in("5-10 anos")
    (10.0, 5.0, nan)
    """
    if len(text) > LONGEST_LABEL:  # the time to look for it grows faster than the text
        return math.nan
    if found := _NUMBER_FIRST.fullmatch(text):
        number, words = found[1], found[2]
    elif found := _NUMBER_LAST.fullmatch(text):
        number, words = found[2], found[1]
    else:
        return math.nan
    is_worded = any(map(str.isalpha, words))
    return parse_number(number.replace("−", "-"), decimal) if is_worded else math.nan


def code_cells(
    text: pd.Series, codes: Codes, file: str
) -> tuple[np.ndarray, np.ndarray, list[Fault]]:
    """Values (float, NaN unless answered), states (index into STATES) and faults of one column.

    Each distinct text is judged once. The row labels of `text` are the file's row numbers, for the
    faults.
    """
    scale = codes.scale
    places, cells = distinct(text)
    cells = [*map(str, cells)]
    judged = [
        codes.judged(cell.strip()) if math.isnan(number) else (number, ANSWERED, "")
        for cell, number in zip(cells, codes.plain(cells).tolist(), strict=True)
    ]
    # A missing cell has the code −1, which is the last place.
    judged.append((math.nan, NOT_ASKED, ""))
    numbers, found, problems = zip(*judged, strict=True)
    states = np.array(found, dtype=np.int8)[places]
    rated = [math.nan if state else number for number, state in zip(numbers, found, strict=True)]
    values = np.array(rated)[places]
    if scale.reverse:
        values = scale.min + scale.max - values
    faults = []
    for problem in dict.fromkeys(filter(None, problems)):
        # One fault for each wrong value; where very many are wrong in the same way, one for all.
        wrong = [i for i, one in enumerate(problems) if one == problem]
        for group in [wrong] if len(wrong) > MANY_VALUES else [[i] for i in wrong]:
            rows = row_numbers(text.index, np.isin(places, group))
            value = ", ".join(cells[i] for i in group[:3]) + (" …" if len(group) > 3 else "")
            value, fix = _labelled(value, codes), _fix(codes, cells[group[0]])
            faults.append(Fault(problem, file, str(text.name), rows, value, fix))
    if codes.read_apart:
        problem = "answers of a number and words are read by their number"
        fix = "list them under labels: of the scale if that is wrong"
        shown = ", ".join([*dict.fromkeys(codes.read_apart)][:3])
        faults.append(Fault(problem, file, str(text.name), (), shown, fix, "warning"))
    return values, states, faults


def told_once(faults: list[Fault]) -> list[Fault]:
    """The faults with those of a value that is off one scale in many columns as one of them all:
    the scale is wrong, not each answer.
    """
    off = [one for one in faults if one.problem.startswith("outside the scale")]
    often = Counter((one.file, one.problem, one.value) for one in off)
    groups: dict[tuple[str, str], list[Fault]] = {}
    for one in off:
        if often[one.file, one.problem, one.value] >= MANY_COLUMNS:
            groups.setdefault((one.file, one.problem), []).append(one)
    for group in groups.values():
        columns = [*dict.fromkeys(one.column for one in group)]
        values = [*dict.fromkeys(one.value for one in group)]
        whole = replace(
            group[0],
            column=", ".join(columns[:3]) + " …" * (len(columns) > 3),
            rows=tuple(sorted({row for one in group for row in one.rows})),
            value=", ".join(values[:5]),
            fix="declare the `min` and `max` that were asked, or these codes as missing",
        )
        faults = [whole if one is group[0] else one for one in faults if one not in group[1:]]
    return faults


def _labelled(value: str, codes: Codes) -> str:
    """A wrong value with the word that the file has for it."""
    word = codes.of_file.get(value.strip())
    return f"{value} ({word})" if word else value


def _fix(codes: Codes, cell: str) -> str:
    scale, decimal = codes.scale, codes.decimal
    is_word = math.isnan(parse_number(cell, decimal))
    # "Muito alta" is no misspelt "Muito satisfeito", nor "Muito baixa" a misspelt "Muito alta".
    if is_word and (close := nearest(folded(cell), codes.words, cutoff=0.85)):
        return said("did you mean {word!r}? Write it so, or declare it under recode:", word=close)
    other = "." if decimal == "," else ","
    if other in cell:
        # `4,5` under a decimal point, or `1,168.21` without a declared thousands mark
        for key, marks in (("decimal", (other,)), ("thousands", (decimal, other))):
            if not math.isnan(parse_number(cell, *marks)):
                return said(
                    'declare `{key}: "{mark}"` under responses if that is the file\'s {key} mark',
                    key=key,
                    mark=other,
                )
    if math.isinf(scale.max):
        return "correct it: an amount is a number alone, without a currency sign"
    has_mark = "." in cell or "," in cell
    if scale.whole and has_mark and not math.isnan(parse_number(cell, decimal)):
        return "correct it, or declare `whole: false` for a slider"
    if is_word:
        return (
            "correct it, give it a code under labels: of its scale or recode:, or declare it under"
            " not_used, no_answer or not_asked"
        )
    return "correct it, or declare the code under not_used, no_answer or not_asked of its scale"


def meant(names: Iterable[str], known: Iterable[str], role: str = "", cutoff: float = 0.5) -> str:
    """Which of the known names are meant by these, whatever their case and the blanks around; ""
    where none is like them.
    """
    close = []
    for name in map(str.strip, names):
        # 12 is no misspelt 13, but 1 may be 01.
        number = number_of(name)
        fit = [one for one in map(str, known) if not abs(number_of(one) - number) > 0]
        fit = {one.strip().casefold(): one for one in sorted(fit)}
        close.append(nearest(name.casefold(), fit, role, cutoff))
    shown = " or ".join(map(repr, filter(None, close)))
    return said("did you mean {names}?", names=shown) if shown else ""


def mean_of_items(
    values: list[np.ndarray], states: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A rating that is the mean of several columns. Answered only where every item is: a mean of
    other items is another scale.
    """
    if len(values) == 1:
        return values[0], states[0]
    # Of several reasons one counts: not_asked and not_used hold for the whole rating, no_answer for
    # one item.
    state = first_state(states, NOT_ASKED, NOT_USED, NO_ANSWER, ANSWERED)
    return np.where(state == ANSWERED, np.mean(values, axis=0), math.nan), state


def first_state(states: list[np.ndarray], *order: int) -> np.ndarray:
    """For each respondent the first state in `order` that any of the columns `states` is in."""
    found = [np.any([column == state for column in states], axis=0) for state in order]
    return np.select(found, order).astype(np.int8)
