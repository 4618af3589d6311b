"""What every column of every result means, so that a table never needs a second explanation.

One row of glossary.csv a name: its meaning, its unit, how it is printed, and its heading, which the
catalogue has in other languages. A test holds every result of the face to this list, and the tables
of a report take their headings from it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib import resources

# Between the names, and between the levels, of splits that are combined.
CROSS = " × "
# Between the touchpoints of a path.
ARROW = " → "


@dataclass(frozen=True)
class Entry:
    """One column name. `format` says how its values are printed: text, int, number, share (0–1,
    printed as %), points (NPS points), pvalue or bool; `place` where it stands in a result: key,
    estimate, interval, count, test or about; `label` is its heading in English.
    """

    name: str
    meaning: str
    unit: str
    format: str
    place: str
    label: str


def _entries() -> dict[str, Entry]:
    with (resources.files("cxlab") / "glossary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {row["name"]: Entry(**row) for row in rows}


GLOSSARY: dict[str, Entry] = _entries()
