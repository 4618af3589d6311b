"""Answers that name several choices: in one cell with a mark between them, which a choice may hold
itself ("Loja, presencial").
"""

import re
from collections.abc import Iterable

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
