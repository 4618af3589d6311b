"""The size of the package in code tokens: wide lines cannot hide them, comments and docstrings cost
nothing (a docstring is one). `python -m tests.size` prints them by room.
"""

from __future__ import annotations

import tokenize
from collections import Counter
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "cxlab"
UNCOUNTED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def room_of(path: Path) -> str:
    """`study`, `stats`, …; a file at the top is a room of its own."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def tokens(path: Path) -> int:
    """Code tokens of a file."""
    with path.open("rb") as file:
        return sum(token.type not in UNCOUNTED for token in tokenize.tokenize(file.readline))


def by_room() -> tuple[Counter[str], int]:
    """Code tokens of each room, and words of the data beside the code (CSV, YAML)."""
    rooms: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        rooms[room_of(path)] += tokens(path)
    files = [path for end in ("csv", "yml") for path in PACKAGE.rglob(f"*.{end}")]
    return rooms, sum(len(path.read_text(encoding="utf-8").split()) for path in files)


def report() -> str:
    """One line: each room, all of them, and the data."""
    rooms, data = by_room()
    each = ", ".join(f"{room} {count:,}" for room, count in sorted(rooms.items()))
    return f"code tokens: {each}; {rooms.total():,} in all, and {data:,} words of data"


if __name__ == "__main__":
    print(report())
