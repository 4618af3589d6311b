"""Answers that name several choices: in one cell with a mark between them, which a choice may hold
itself ("Loja, presencial"), or in a column each.
"""

import re
from collections.abc import Iterable, Sequence

from cxlab.study.exports.headers import folded

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


def options_of(cells: Sequence[str], separator: str) -> list[str]:
    """The choices of a question by the cells that name them, commonest first: a cell that no other
    choices make up is one choice, though it holds the separator.
    """
    texts = {cell.strip(): None for cell in cells if cell.strip()}
    counts: dict[str, int] = {}
    whole = {folded(text): text for text in texts}
    single = {text for text in texts if not is_made_of(text, {*whole} - {folded(text)}, separator)}
    atoms = {folded(text): text for text in single if separator not in text}
    for text in single - {*atoms.values()}:
        pieces = [piece.strip() for piece in text.split(separator)]
        if not any(folded(piece) in atoms for piece in pieces) and cells.count(text) > 1:
            atoms[folded(text)] = text
    for cell in cells:
        for part in parts_of(cell, [a for a in atoms.values() if separator in a], separator):
            counts[part] = counts.get(part, 0) + 1
    return sorted(counts, key=lambda part: (-counts[part], part))


def is_made_of(text: str, others: set[str], separator: str) -> bool:
    """Whether a cell is others put together by the separator."""
    pieces = [folded(piece) for piece in text.split(separator)]
    reach = {0}
    for end in range(1, len(pieces) + 1):
        for start in range(end):
            joined = folded(f"{separator} ".join(pieces[start:end]))
            if start in reach and ({joined, folded(separator.join(pieces[start:end]))} & others):
                reach.add(end)
                break
    return len(pieces) > 1 and len(pieces) in reach
