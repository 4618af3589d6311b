"""Amounts in what is no currency: money is written as a reader knows it where its unit is the code
of a currency (ISO 4217), and what was meant by another word can be guessed.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from babel.numbers import list_currencies

from cxlab.errors import Fault, said
from cxlab.show.words.catalogue import LANGUAGES, N_


def unit_faults(codebook: Any) -> Iterator[Fault]:
    """A warning of each amount whose unit is no currency, with the nearest one."""
    problem = N_("no currency (ISO 4217): amounts are written with this word")
    for one in codebook.outcomes:
        if one.unit and one.kind != "duration" and one.unit not in list_currencies():
            code = nearest(one.unit) or "BRL, EUR, USD …"
            fix = said(N_("write {code}, if it is money"), code=code)
            key = f"outcomes.{one.id}.unit"
            yield Fault(problem, "study.yml", key, (), one.unit, fix, "warning")


def nearest(unit: str) -> str:
    """The currency that a word or a sign stands for; "" where none is near.

    >>> nearest("R$"), nearest("dolars"), nearest("minutes")
    ('BRL', 'USD', '')
    """
    known = {code.casefold(): code for code in list_currencies()}
    for words in LANGUAGES.values():
        known |= words["money"]
    near = get_close_matches(unit.casefold(), known, 1, 0.8)
    return known[near[0]] if near else ""
