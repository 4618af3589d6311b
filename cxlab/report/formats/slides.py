"""What of a report goes on slides: one message a slide, as its title; the figure with its words for
who cannot see it; what the page says beside it in the speaker's notes.

How a slide is drawn is `cxlab.report.formats.deck`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError
from cxlab.report.formats.tables import cover_of
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand

MOST_ROWS = 10  # of a table, that a room can read
# Sections that stay with the page and the workbook: a slide of file fingerprints tells a room
# nothing.
_LEFT_OUT = ("provenance",)
_COLUMNS = ("outcome", "metric", "estimate", "conf_low", "conf_high", "n")


@dataclass
class _Group:
    """What stands under one heading."""

    key: str = ""
    kicker: str = ""
    why: str = ""
    text: list[Mapping] = field(default_factory=list)
    figure: list[Mapping] = field(default_factory=list)
    cards: list[Mapping] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [one for part in self.text for one in part["sentences"]]


def _groups(parts: Sequence[Mapping]) -> list[_Group]:
    found = [_Group()]
    for part in parts:
        kind = part["kind"]
        if kind == "section":
            found.append(_Group(part["id"], part["title"], part["why"]))
        elif kind == "heading":
            found.append(_Group(found[-1].key, part["title"]))
        elif kind in ("figure", "cards") or (kind == "text" and part["sentences"]):
            getattr(found[-1], kind).append(part)
    return [group for group in found if group.key not in _LEFT_OUT]


def check() -> None:
    """Raise ReportError, saying what to install, where no slides can be made here."""
    try:
        import pptx  # noqa: F401
    except ImportError:
        raise ReportError(
            "slides need the package python-pptx, which is not installed; install cxlab again, or"
            " leave pptx out of --formats"
        ) from None


def check_pictures(parts: Sequence[Mapping]) -> None:
    """Raise ReportError where the notebook ran without drawing pictures for slides."""
    if any(part["kind"] == "figure" and "png" not in part for part in parts):
        raise ReportError(
            "the notebook ran without drawing pictures for slides; set the environment variable"
            " CXLAB_FORMATS to pptx before it runs"
        )


def write_slides(parts: Sequence[Mapping], path: Path, language: str, brand: Brand) -> None:
    """Write the slides."""
    from cxlab.report.formats.deck import Deck  # late: only slides need python-pptx

    words = format_words.words(language)
    deck = Deck(language, brand, cover_of(parts))
    for group in _groups(parts):
        for cards in group.cards:
            deck.table(group.kicker, words["headline"], *_table(cards, language))
        for number, figure in enumerate(group.figure):
            deck.figure(group.kicker, figure, group.said if number == 0 else [])
        if group.text and not group.figure:
            # A list keeps its question's answer in short as title, a paragraph its first sentence.
            title, *points = group.said
            if group.why and any(part["listed"] for part in group.text):
                title, points = group.why, group.said
            deck.sentences(group.kicker, title, points)
    deck.save(path)


def _table(
    cards: Mapping, language: str
) -> tuple[str, list[tuple[str, bool]], list[list[str]], str]:
    """The headline figures as a table: its title, its heads (with whether a column is of numbers),
    its rows in words, and what of it is left out.
    """
    names = [column["name"] for column in cards["columns"]]
    places = [names.index(name) for name in _COLUMNS if name in names]
    heads = [(cards["columns"][place]["label"], names[place]) for place in places]
    rows = [
        [_printed(values[place], kinds[place], language) for place in places]
        for values, kinds in zip(cards["rows"], cards["kinds"], strict=True)
    ]
    left_out = ""
    if len(rows) > MOST_ROWS:
        left_out = format_words.words(language)["more_rows"].format(
            shown=MOST_ROWS, total=text.number(len(rows), language, 0)
        )
    return cards["title"], heads, rows[:MOST_ROWS], left_out


def _printed(value: Any, kind: str, language: str) -> str:
    if kind == "hidden":
        return format_words.words(language)["suppressed"]
    if value is None or isinstance(value, str):
        return text.visible(value) if value else text.NOTHING
    if kind in ("share", "percent"):
        return text.percent(value, language)
    return text.number(value, language, 0 if kind in ("int", "points") else 2)
