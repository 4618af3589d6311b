"""Numbers, dates and ids as words of the reader's language, because a client reads one
language and never two.
"""

import math
import re
from collections.abc import Mapping
from datetime import date

import pandas as pd
from babel.dates import format_date
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_decimal_symbol,
    get_group_symbol,
    list_currencies,
)

from cxlab.glossary import ARROW, CROSS
from cxlab.show.words.catalogue import LANGUAGES, WORDS, locale_of, translator

MINUS = "\N{MINUS SIGN}"
NOTHING = "–"


def _missing(x: object) -> bool:
    return bool(pd.isna(x)) or x in (math.inf, -math.inf)


def rounded(x: float, digits: int, limit: float | None = None) -> float:
    """`x` with `digits` decimals, on the side of `limit` on which it lies: a share of 0.9465 is not
    printed as the 95 % that it fails to reach. What lies above may be printed as the limit itself,
    but for 0.

    >>> rounded(94.65, 0, 95), rounded(0.0496, 3, 0.05), rounded(0.003, 2, 0)
    (94.0, 0.049, 0.01)
    """
    shown = round(float(x), digits) + 0.0  # + 0.0 turns −0.0 into 0.0
    if limit is not None:
        step = 10.0**-digits
        if x < limit <= shown:
            shown = round((math.ceil(round(limit / step, 6)) - 1) * step, digits)
        elif x > limit == shown == 0:
            shown = step
    return shown


def number(x: float, language: str, digits: int = 1, limit: float | None = None) -> str:
    """`x` with `digits` decimals: 4.5 in English, 4,5 in Portuguese; a true minus sign; – where
    there is no number. It does not cross `limit` (see `rounded`).

    >>> number(-4.25, "pt-BR", 2)
    '−4,25'
    """
    locale = locale_of(language)
    if _missing(x):
        return NOTHING
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    shown = rounded(x, digits, limit)
    return format_decimal(shown, pattern, locale=locale).replace("-", MINUS)


def signed(x: float, language: str, digits: int = 1, limit: float | None = None) -> str:
    """Like `number`, with a plus sign before what is above 0."""
    sign = "+" if not _missing(x) and rounded(x, digits, limit) > 0 else ""
    return sign + number(x, language, digits, limit)


def percent(x: float, language: str, digits: int = 0, limit: float | None = None) -> str:
    """A share (0–1) as a percentage, as the locale writes it: 45% in English, 45 % in Spanish. It
    does not cross `limit`, a share too.
    """
    if _missing(x):
        return NOTHING
    shown = number(100 * float(x), language, digits, limit and 100 * limit)
    return format_percent(0, locale=locale_of(language)).replace("0", shown)


def amount(x: float, unit: str, language: str, plus: bool = False) -> str:
    r"""`x` in a unit of its own: money as its currency is written, anything else with the unit's
    name. plus: with a sign before what is above 0.

    >>> amount(1234.5, "BRL", "pt-BR"), amount(2.5, "h", "en")
    ('R$\xa01.234,50', '2.50 h')
    """
    if _missing(x):
        return NOTHING
    sign = "+" if plus and rounded(x, 2) > 0 else ""
    if unit not in list_currencies():
        return f"{sign}{number(x, language, 2)} {visible(unit)}"
    shown = format_currency(rounded(x, 2), unit, locale=locale_of(language))
    return sign + shown.replace("-", MINUS)


def p_value(x: float, language: str) -> str:
    """A p-value with three decimals, "< 0.001" below that; one below 0.05 is printed below it."""
    return "< " + number(0.001, language, 3) if x < 0.001 else number(x, language, 3, 0.05)


def localised(words: str, language: str) -> str:
    """Words whose numbers are written the English way, with the language's marks."""
    locale = locale_of(language)
    marks = get_group_symbol(locale) + get_decimal_symbol(locale)
    sign = format_percent(0, locale=locale).strip("0")
    return words.translate(str.maketrans(",.", marks)).replace("%", sign)


def day(when: date | None, language: str, form: int = -1) -> str:
    """A date in words: "28 March 2026", "28 de março de 2026"; "" for None. form: 0 is the day
    alone, 1 with its month.
    """
    locale = locale_of(language)
    return "" if when is None else format_date(when, LANGUAGES[language]["dates"][form], locale)


def period(start: date | None, end: date | None, language: str) -> str:
    """Two dates in words, without saying twice what both have in common; one where one is None.

    >>> period(date(2026, 3, 2), date(2026, 3, 28), "pt-BR")
    '2 a 28 de março de 2026'
    """
    _, start, end = translator(language), start or end, end or start
    if start == end:
        return day(end, language)
    form = 2 - (start.year == end.year) * (1 + (start.month == end.month))
    return _("{low} to {high}").format(low=day(start, language, form), high=day(end, language))


# Marks that turn the direction of the words after them, and characters that cannot be seen or that
# no XML file may hold.
_TURNING = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = re.compile(
    f"[{_TURNING}\ufeff\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff"
    "\ud800-\udfff]"
)


def visible(words: object) -> str:
    """A label as it may be shown: in one line, without marks that reorder what stands beside it,
    and without characters nobody sees.

    Letters of a right-to-left script keep their direction without such marks (Unicode Standard
    Annex 9).
    """
    return " ".join(_UNSEEN.sub("", str(words)).split())


def answers_name(level: str, language: str) -> str:
    """A bin of answers in words: "0–3", "10 to under 20" for a class that 20 is not in."""
    low, _dash, high = localised(level, language).partition("–<")
    _ = translator(language)
    return _("{low} to under {high}").format(low=low, high=high) if high else low


def short(words: object, most: int) -> str:
    """`words`, visible, in at most so many characters; what is cut ends in "…"."""
    shown = visible(words)
    return shown if len(shown) <= most else shown[: most - 1].rstrip() + "…"


def listing(items: list[str], language: str) -> str:
    """Items in one phrase: "a, b and c".

    >>> listing(["Tienda", "Instalación"], "es")
    'Tienda e Instalación'
    """
    _ = translator(language)
    *first, last = items or [""]
    if not first:
        return last
    joined = _("{items} and {last}").format(items=", ".join(first), last=last)
    for sound, written in LANGUAGES[language]["sounds"].items():
        joined = re.sub(sound, written, joined)
    return joined


def name_of(identifier: object, labels: Mapping | None, language: str) -> str:
    """The words for an id: the study's own label, else cxlab's word for it, else the id itself."""
    if _missing(identifier):
        return NOTHING
    if labels and identifier in labels:
        return visible(labels[identifier])
    for mark in (CROSS, ARROW):
        if mark in str(identifier):
            return mark.join(name_of(one, labels, language) for one in str(identifier).split(mark))
    _, words = translator(language), WORDS["ids"].get(str(identifier))
    head, filtered, column = str(identifier).partition("include: ")
    if filtered and not head:
        return _("Filter on {column}").format(column=column)
    return _(words) if words else visible(identifier)
