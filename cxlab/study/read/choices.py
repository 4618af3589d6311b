"""Answers that name several choices: in one cell with a mark between them, which a choice may hold
itself ("Loja, presencial").
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from cxlab.study.codebook.normal import natural_key
from cxlab.study.codebook.question import ANY, Question
from cxlab.study.exports.headers import folded
from cxlab.study.read.distinct import distinct

SEPARATORS = (";", "|", "\n", ",", " ")


def parts_of(cell: str, known: Iterable[str] = (), separator: str = "") -> list[str]:
    """The choices that a cell names. Those that are `known` are taken whole, the longest first,
    whatever marks they hold; the rest is cut at the separator, else at the first of the usual ones
    that stands in it.

    >>> parts_of("Loja, presencial, Telefone", ["Loja, presencial"])
    ['Loja, presencial', 'Telefone']
    """
    found, rest = [], f" {cell} "
    for one in sorted(known, key=len, reverse=True):
        pattern = rf"(?<![^\W_]){re.escape(one.strip())}(?![^\W_])"
        rest, count = re.subn(pattern, "\0", rest, count=1, flags=re.IGNORECASE)
        found += [one.strip()] * count
    rest = rest.strip()
    mark = separator or next((mark for mark in SEPARATORS if mark in rest.replace("\0", "")), ",")
    pieces = (piece.strip(" ,;|\n") for piece in re.split(rf"\0|{re.escape(mark)}", rest))
    return found + [piece for piece in pieces if piece]


def named_in(cell: str, question: Question) -> list[str]:
    """The choices that a cell names; what is none of them as it stands there, as what stands in
    the column of one choice does.
    """
    if not question.column:
        return [cell]
    known = {folded(one): one for one in question.choices}
    whole = [one for one in known if question.separator in one]
    parts = parts_of(cell, whole, question.separator)
    return [known.get(folded(part), question.other or part) for part in parts]


def choices_of(text: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Respondents × choices: 1 for those that were named, else 0; NaN where a file lacks the column
    of one.
    """
    if question.column:
        places, cells = distinct(text[question.column])
        named = [{*named_in(str(cell), question)} for cell in cells]
        known = [*(question.choices or sorted(set().union(*named), key=natural_key))]
        hits = [[one in each for one in known] for each in named]
        hits = np.array([*hits, [np.nan] * len(known)], dtype=float)
        return pd.DataFrame(hits[places], text.index, known)
    found = {}
    if question.codes_in:
        cells = text[[*question.codes_in]]
        given = {*cells.stack()} - {""}
        for choice in question.choices or sorted(given, key=natural_key):
            hit = cells.eq(choice).any(axis=1).astype(float)
            found[choice] = hit.where(cells.notna().any(axis=1))
    for choice, column in question.columns.items():
        cells, no = text[column], ("", *question.not_chosen)
        hit = ~cells.isin(no) if ANY in question.chosen else cells.isin(question.chosen)
        found[choice] = hit.astype(float).where(cells.notna())
    return pd.DataFrame(found)
