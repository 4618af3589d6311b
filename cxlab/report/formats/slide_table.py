"""How a table fits a slide: which columns it has there, how wide, in which type."""

import re
import textwrap
from collections.abc import Mapping, Sequence

from cxlab.data_files import read_data
from cxlab.show.words import text

MOST_ROWS = 10  # that a room can read
CELLS = 14, 13, 12, 11, 10  # sizes of their type
# The width of a letter, as a share of its type, and inches left and right of the words of a cell.
LETTER, MARGIN = 0.6, 0.22
_INTERVAL = re.compile(r"\([^()]*\)$")
_READ = read_data("report.formats", "deck.yml")
COLUMNS, NUMBERS = _READ["columns"], _READ["numbers"]


def columns(printed: Mapping) -> tuple[list[str], list[list[str]]]:
    """The columns of a table in which something stands, and its lines."""
    heads, rows = printed["heads"], printed["rows"][:MOST_ROWS]
    names = [
        name
        for name in COLUMNS
        if name in heads and any(row.get(name, text.NOTHING) != text.NOTHING for row in rows)
    ]
    lines = [[row.get(name) or text.NOTHING for name in names] for row in (heads, *rows)]
    for line in lines:
        line[:] = [
            _unbroken(one) if name in NUMBERS else one
            for name, one in zip(names, line, strict=True)
        ]
    return names, lines


def _unbroken(words: str) -> str:
    """A number whose interval stays on one line."""
    return _INTERVAL.sub(lambda found: found[0].replace(" ", "\u00a0"), words)


def fitted(
    lines: Sequence[Sequence[str]], inner: float, room: float
) -> tuple[float, list[float], list[float]]:
    """The largest type in which a table is at most so many inches high and wide, else the smallest;
    how wide its columns are, in which no word is cut; how high its lines.
    """
    columns = [*zip(*lines, strict=True)]
    # A heading is bold, and so wider.
    least = [
        max(len(w) * (1.15 if not n else 1) for n, c in enumerate(column) for w in c.split(" "))
        for column in columns
    ]
    wish = [max(map(len, column)) - one + 1 for column, one in zip(columns, least, strict=True)]
    for size in CELLS:
        letter = LETTER * size / 72
        spare = max(inner - MARGIN * len(columns) - letter * sum(least), 0)
        wide = [
            MARGIN + letter * one + spare * more / sum(wish)
            for one, more in zip(least, wish, strict=True)
        ]
        wide = [one * inner / sum(wide) for one in wide]
        counts = [
            max(
                len(textwrap.wrap(one, max(int((of - MARGIN) / letter), 1)))
                for one, of in zip(line, wide, strict=True)
            )
            for line in lines
        ]
        head, *body = [1.2 * size / 72 * count + 0.1 for count in counts]
        high = [head, *[max(body)] * len(body)]
        if spare and sum(high) <= room:
            break
    else:
        high = [head, *body]
    return size, wide, high
