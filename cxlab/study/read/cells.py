"""From the text in a cell to a rating or the reason why there is none.

A cell is in exactly one state: answered, not_used (never met the touchpoint), no_answer (refused,
don't know) or not_asked (routing, or the wave did not ask). An 8 or a 99 becomes one of these only
where the codebook says so; anything else outside the scale is a fault, never a rating. (METHODS
§1.)
"""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.schema import Scale

MANY_VALUES = 10
STATES = ("answered", "not_used", "no_answer", "not_asked")
ANSWERED, NOT_USED, NO_ANSWER, NOT_ASKED = range(len(STATES))
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")


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
    return float(text) if _NUMBER.fullmatch(text) else math.nan


def code_cells(
    text: pd.Series, scale: Scale, decimal: str, file: str, thousands: str = ""
) -> tuple[np.ndarray, np.ndarray, list[Fault]]:
    """Values (float, NaN unless answered), states (index into STATES) and faults of one column.

    Each distinct text is judged once. The row labels of `text` are the file's row numbers, for the
    faults.
    """
    codes, cells = pd.factorize(text, use_na_sentinel=True)
    judged = [_judge(str(cell).strip(), scale, decimal, thousands) for cell in cells]
    values = np.array([value for value, _, _ in judged] + [math.nan])[codes]
    states = np.array([state for _, state, _ in judged] + [NOT_ASKED], dtype=np.int8)[codes]
    if scale.reverse:
        values = scale.min + scale.max - values
    return values, states, _faults(text, codes, cells, judged, scale, decimal, file)


def _faults(
    text: pd.Series,
    codes: np.ndarray,
    cells: np.ndarray,
    judged: list,
    scale: Scale,
    decimal: str,
    file: str,
) -> list[Fault]:
    """One fault for each wrong value; where very many values are wrong in the same way, one for all
    of them.
    """
    faults = []
    for problem in dict.fromkeys(problem for _, _, problem in judged if problem):
        wrong = [i for i, judgement in enumerate(judged) if judgement[2] == problem]
        for group in [wrong] if len(wrong) > MANY_VALUES else [[i] for i in wrong]:
            rows = tuple(
                row_number(row, j) for j, row in enumerate(text.index) if codes[j] in group
            )
            value = ", ".join(str(cells[i]) for i in group[:3]) + (" …" if len(group) > 3 else "")
            faults.append(
                Fault(
                    problem,
                    file,
                    str(text.name),
                    rows,
                    value,
                    _fix(scale, decimal, str(cells[group[0]])),
                )
            )
    return faults


def row_number(row: object, position: int) -> int:
    """The row's number in its file; of a frame that is labelled otherwise, its position."""
    return (
        int(row)
        if isinstance(row, (int, np.integer)) and not isinstance(row, (bool, np.bool_))
        else position
    )


def _judge(cell: str, scale: Scale, decimal: str, thousands: str) -> tuple[float, int, str]:
    # Many exports hold the words of an answer instead of its number.
    number = _labelled(scale).get(cell, parse_number(cell, decimal, thousands))
    for state, declared in (
        (NOT_USED, scale.not_used),
        (NO_ANSWER, scale.no_answer),
        (NOT_ASKED, scale.not_asked),
    ):
        if any(cell == code.strip() or number == parse_number(code) for code in declared):
            return math.nan, state, ""
    if not cell:
        return math.nan, STATES.index(scale.blank), ""
    if math.isnan(number):
        return math.nan, NO_ANSWER, "not a number and not a declared code"
    if not scale.min <= number <= scale.max:
        return (
            math.nan,
            NO_ANSWER,
            f"outside the scale {scale.min:g}–{scale.max:g} and not a declared missing code",
        )
    if scale.whole and not number.is_integer():
        return (
            math.nan,
            NO_ANSWER,
            f"a decimal on the scale {scale.min:g}–{scale.max:g} of whole answers",
        )
    return number, ANSWERED, ""


def _labelled(scale: Scale) -> dict[str, float]:
    words = {}
    for code, label in scale.labels.items():
        words |= dict.fromkeys(
            label.values() if isinstance(label, dict) else [label], parse_number(code)
        )
    return words


def _fix(scale: Scale, decimal: str, cell: str) -> str:
    other = "." if decimal == "," else ","
    if other in cell and not math.isnan(parse_number(cell, other)):
        return f'declare `decimal: "{other}"` under responses if that is the file\'s decimal mark'
    if other in cell and not math.isnan(parse_number(cell, decimal, other)):
        return (
            f'declare `thousands: "{other}"` under responses if that is the file\'s thousands mark'
        )
    if math.isinf(scale.max):
        return "correct it: an amount is a number alone, without a currency sign"
    if (
        scale.whole
        and not math.isnan(parse_number(cell, decimal))
        and "." in cell.replace(",", ".")
    ):
        return "correct it, or declare `whole: false` for a slider"
    return "correct it, or declare the code under not_used, no_answer or not_asked of its scale"


def mean_of_items(
    values: list[np.ndarray], states: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A rating that is the mean of several columns. Answered only where every item is: a mean of
    other items is another scale.
    """
    if len(values) == 1:
        return values[0], states[0]
    stacked = np.stack(states)
    # The most telling reason wins: not_asked and not_used hold for the whole rating, no_answer for
    # one item.
    state = np.select(
        [(stacked == s).any(axis=0) for s in (NOT_ASKED, NOT_USED, NO_ANSWER)],
        [NOT_ASKED, NOT_USED, NO_ANSWER],
        ANSWERED,
    )
    return np.where(state == ANSWERED, np.mean(values, axis=0), math.nan), state.astype(np.int8)
