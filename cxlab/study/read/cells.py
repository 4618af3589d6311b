"""From the text in a cell to a rating or the reason why there is none.

A cell is in exactly one state: answered, not_used (never met the touchpoint), no_answer (refused,
don't know) or not_asked (routing, or the wave did not ask). An 8 or a 99 becomes one of these only
where the codebook says so; anything else outside the scale is a fault, never a rating.
"""

import math
import re

import numpy as np
import pandas as pd

from cxlab.errors import Fault
from cxlab.study.codebook.normal import number_of
from cxlab.study.codebook.schema import MISSING, Scale

TOO_LARGE = "not a finite number, or too large to be reckoned with"
MANY_VALUES = 10
STATES = ("answered", *MISSING)
ANSWERED, NOT_USED, NO_ANSWER, NOT_ASKED = range(len(STATES))
LARGEST = 1e15  # beyond it cents are lost, and squares soon are no numbers


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


def code_cells(
    text: pd.Series, scale: Scale, decimal: str, file: str, thousands: str = ""
) -> tuple[np.ndarray, np.ndarray, list[Fault]]:
    """Values (float, NaN unless answered), states (index into STATES) and faults of one column.

    Each distinct text is judged once. The row labels of `text` are the file's row numbers, for the
    faults.
    """
    codes, cells = pd.factorize(text, use_na_sentinel=True)
    words = {}  # many exports hold the words of an answer instead of its number
    for code, label in scale.labels.items():
        labels = label.values() if isinstance(label, dict) else [label]
        words |= dict.fromkeys(map(str.strip, labels), parse_number(code))
    judged, declared = [], _declared(scale)
    for cell in map(str.strip, map(str, cells)):
        number = words[cell] if cell in words else parse_number(cell, decimal, thousands)
        judged.append((number, *_judge(cell, number, scale, declared)))
    # A missing cell has the code −1, which is the last place.
    judged.append((math.nan, NOT_ASKED, ""))
    numbers, found, problems = zip(*judged, strict=True)
    states = np.array(found, dtype=np.int8)[codes]
    values = np.where(states == ANSWERED, np.array(numbers)[codes], math.nan)
    if scale.reverse:
        values = scale.min + scale.max - values
    faults = []
    for problem in dict.fromkeys(filter(None, problems)):
        # One fault for each wrong value; where very many are wrong in the same way, one for all.
        wrong = [i for i, one in enumerate(problems) if one == problem]
        for group in [wrong] if len(wrong) > MANY_VALUES else [[i] for i in wrong]:
            rows = row_numbers(text.index, np.isin(codes, group))
            value = ", ".join(str(cells[i]) for i in group[:3]) + (" …" if len(group) > 3 else "")
            fix = _fix(scale, decimal, str(cells[group[0]]))
            faults.append(Fault(problem, file, str(text.name), rows, value, fix))
    return values, states, faults


def row_numbers(index: pd.Index, where: np.ndarray | pd.Series) -> tuple[int, ...]:
    """The numbers in their file of the rows where `where` is true; of a frame that is labelled
    otherwise, their positions.
    """
    positions = np.flatnonzero(where)
    return tuple(
        int(label if pd.api.types.is_integer(label) else position)
        for label, position in zip(index[positions], positions, strict=True)
    )


def _declared(scale: Scale) -> dict[str | float, int]:
    """The states that declared codes stand for, by their text and by their number."""
    states: dict[str | float, int] = {}
    for state in MISSING:
        for code in getattr(scale, state):
            number = parse_number(code)
            both = (code.strip(),) if math.isnan(number) else (code.strip(), number)
            states |= dict.fromkeys(both, STATES.index(state))
    return states


def _judge(
    cell: str, number: float, scale: Scale, declared: dict[str | float, int]
) -> tuple[int, str]:
    """The state of a cell, and what is wrong with it."""
    state = declared.get(cell, declared.get(number))
    if state is not None:
        return state, ""
    if not cell:
        return STATES.index(scale.blank), ""
    within = scale.min <= number <= scale.max and abs(number) <= LARGEST
    if within and (number.is_integer() or not scale.whole):
        return ANSWERED, ""
    span = f"{scale.min:g}–{scale.max:g}"
    if math.isnan(number):
        problem = "not a number and not a declared code"
    elif not scale.min <= number <= scale.max:
        problem = f"outside the scale {span} and not a declared missing code"
    elif abs(number) > LARGEST:
        problem = TOO_LARGE
    else:
        problem = f"a decimal on the scale {span} of whole answers"
    return NO_ANSWER, problem


def _fix(scale: Scale, decimal: str, cell: str) -> str:
    other = "." if decimal == "," else ","
    if other in cell:
        # `4,5` under a decimal point, or `1,168.21` without a declared thousands mark
        for key, marks in (("decimal", (other,)), ("thousands", (decimal, other))):
            if not math.isnan(parse_number(cell, *marks)):
                return (
                    f'declare `{key}: "{other}"` under responses if that is the file\'s {key} mark'
                )
    if math.isinf(scale.max):
        return "correct it: an amount is a number alone, without a currency sign"
    has_mark = "." in cell or "," in cell
    if scale.whole and has_mark and not math.isnan(parse_number(cell, decimal)):
        return "correct it, or declare `whole: false` for a slider"
    return "correct it, or declare the code under not_used, no_answer or not_asked of its scale"


def mean_of_items(
    values: list[np.ndarray], states: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """A rating that is the mean of several columns. Answered only where every item is: a mean of
    other items is another scale.
    """
    # Of several reasons one counts: not_asked and not_used hold for the whole rating, no_answer for
    # one item.
    state = first_state(states, NOT_ASKED, NOT_USED, NO_ANSWER, ANSWERED)
    return np.where(state == ANSWERED, np.mean(values, axis=0), math.nan), state


def first_state(states: list[np.ndarray], *order: int) -> np.ndarray:
    """For each respondent the first state in `order` that any of the columns `states` is in."""
    found = [np.any([column == state for column in states], axis=0) for state in order]
    return np.select(found, order).astype(np.int8)
