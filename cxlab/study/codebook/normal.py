"""One normal form of text, numbers and dates, in study.yml and in every reader of answers.

The same level must not be two because one file types it, another writes it out, or a keyboard
composes its accents differently. Names of levels also tell their order where they hold numbers.
"""

import datetime
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

# A date as pandas and databases write it out.
MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?")
WHOLE = re.compile(r"([+-]?\d+)([.,]0+)?")
_DAY = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:[ T,].*)?", re.DOTALL)
_NAMED = re.compile(r"([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}),? (\d{4})(?:[ ,].*)?", re.DOTALL)
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PLACES = {"ymd": (0, 1, 2), "dmy": (2, 1, 0), "mdy": (2, 0, 1)}
# What opens a class of ages, amounts or years at one end.
BELOW = "[<≤]=?|ate|menos de|menor que|abaixo de|under|below|up to|less than"
ABOVE = "[>≥]=?|mais de|maior que|acima de|a partir de|over|above|more than|from"
OPEN = re.compile(rf"(?:(?P<below>{BELOW})|{ABOVE})\s*(?=(?:[a-z]*[$€£]\s*)?\d)")
DIGITS = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
NUMBER = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?!\d)|\d+(?:[.,]\d+)?")


def plain(value: object) -> str:
    """A cell as the text that a CSV would hold: 4.0 is `4`, a day without a time is its date,
    nothing is an empty cell; letters are composed (Unicode NFC).

    >>> plain(2.0), plain(datetime.datetime(2026, 1, 1)), plain(None)
    ('2', '2026-01-01', '')
    """
    if value is None or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and not float(value).is_integer():
        return repr(float(value))
    if isinstance(value, (bool, np.bool_, float, np.floating)):
        return str(int(value))
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    text = unicodedata.normalize("NFC", text)
    day = MIDNIGHT.fullmatch(text)
    return day[1] if day else text


def number_of(text: str) -> float:
    """The number that a text writes in digits, NaN where it is anything else.

    >>> number_of("07"), number_of("1_000"), number_of("nan")
    (7.0, nan, nan)
    """
    return float(text) if DIGITS.fullmatch(text.strip()) else math.nan


def bare(text: str) -> str:
    """Letters without their accents.

    >>> bare("Satisfação")
    'Satisfacao'
    """
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c))


def repeated(values: Iterable) -> list:
    """The values that stand more than once, each once and in order."""
    return sorted(value for value, count in Counter(values).items() if count > 1)


def composed(value: Any) -> Any:
    """Nested mappings and lists with all text, keys too, in Unicode's composed form (NFC)."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        return {composed(key): composed(held) for key, held in value.items()}
    return type(value)(map(composed, value)) if type(value) in (list, tuple, set) else value


def whole_numbers(levels: Iterable[str]) -> dict[str, str]:
    """`2.0` as `2`, where all levels are whole numbers: of versions 2.0 and 2.1 each stays."""
    levels = [*levels]
    if not re.search("[.,]", "\n".join(levels)):
        return {}  # as of a million ids
    forms = {level: WHOLE.fullmatch(level.strip()) for level in levels if level.strip()}
    return (
        {level: form[1] for level, form in forms.items() if form[2]} if all(forms.values()) else {}
    )


def day_of(text: str, order: str) -> datetime.date | None:
    """The day that a text writes in this order of day, month and year; a year of four digits that
    stands first goes before the order, as spreadsheets store dates, and so does a month in letters.

    >>> day_of("13/02/2026 10:05", "dmy"), day_of("Feb 13, 2026 10:05:00 AM", "dmy")
    (datetime.date(2026, 2, 13), datetime.date(2026, 2, 13))
    """
    text = text.strip()
    if (named := _NAMED.fullmatch(text)) and named[1] in _MONTHS:
        text = f"{named[3]}-{_MONTHS.index(named[1]) + 1}-{named[2]}"
    found = _DAY.fullmatch(text)
    if not found:
        return None
    parts = found.groups()[:3]
    year, month, day = (parts[i] for i in _PLACES["ymd" if len(parts[0]) == 4 else order])
    if len(year) not in (2, 4) or max(len(month), len(day)) > 2:
        return None
    try:
        return datetime.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def natural_key(level: str) -> tuple:
    """Sorts levels as people count: 2, 9, 10; up to 17, 18–24, 65+; letters without their case and
    accents.

    >>> sorted(["18-24", "65+", "<18", "5", "b10", "B9", "ácido"], key=natural_key)
    ['5', '<18', '18-24', '65+', 'ácido', 'B9', 'b10']
    """
    text = bare(level.strip()).casefold().replace("−", "-")
    if re.fullmatch(r"[-+]?\d+([.,]\d+)?", text):
        return (("", float(text.replace(",", ".")), 0),), level
    # An open class stands before or after the one that begins with its number.
    side = 0
    if opening := OPEN.match(text):
        text, side = text[opening.end() :], -1 if opening["below"] else 1
    words = [re.sub(r"[\W_]+", " ", part).strip() for part in NUMBER.split(text)]
    numbers = [_number(part) for part in NUMBER.findall(text)]
    pairs = zip(words, [*numbers, -math.inf], [side, *[0] * len(numbers)], strict=True)
    return tuple(pairs), level


def _number(text: str) -> float:
    """A number inside a level: 1.000 and 1,000 are thousands."""
    thousands = re.fullmatch(r"\d{1,3}([.,]\d{3})+", text)
    return float(re.sub("[.,]", "", text) if thousands else text.replace(",", "."))


def natural_order(waves: list[str]) -> list[str] | None:
    """Waves in the order of their numbers (2016, 2017; W1 … W12; 2025-Q4, 2026-Q1), or None where
    the names tell none.
    """
    split = [re.split(r"(\d+)", wave) for wave in waves]
    # The words between the numbers must be the same: of "Q4 2025" and "Q1 2026" the first number is
    # not the year.
    if len({tuple(parts[::2]) for parts in split}) > 1 or any(len(parts) < 3 for parts in split):
        return None
    if len(split[0]) > 3 and not all(len(parts[1]) == 4 for parts in split):
        return None
    return sorted(waves, key=lambda wave: ([*map(int, re.findall(r"\d+", wave))], wave))
