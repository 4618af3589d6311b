"""What of a report goes on slides: one message a slide, as its title; the figure with its words for
who cannot see it; what the page says beside it in the speaker's notes.

How a slide is drawn is `cxlab.report.formats.deck`'s.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlab.report.formats.tables import cover_of, rows_of
from cxlab.report.messages import refusal
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand

MOST_ROWS = 10  # of a table, that a room can read
# Sections that stay with the page and the workbook: a slide of file fingerprints tells a room
# nothing.
_LEFT_OUT = ("provenance",)
_COLUMNS = ("outcome", "metric", "estimate", "conf_low", "conf_high", "n")


def _groups(parts: Sequence[Mapping]) -> list[tuple[Mapping, list[Mapping]]]:
    """Each heading, and what stands under it; first what has none."""
    key, found = "", [({"title": ""}, [])]
    for part in parts:
        if part["kind"] in ("section", "heading"):
            key = part.get("id", key)
            found.append((part, []))
        elif key not in _LEFT_OUT:
            found[-1][1].append(part)
    return found


def check_pictures(parts: Sequence[Mapping]) -> None:
    """Raise ReportError where the notebook ran without drawing pictures for slides."""
    if any(part["kind"] == "figure" and "png" not in part for part in parts):
        raise refusal(
            "the notebook ran without drawing pictures for slides; set the environment variable"
            " CXLAB_FORMATS to pptx before it runs"
        )


def write_slides(parts: Sequence[Mapping], path: Path, language: str, brand: Brand) -> None:
    """Write the slides."""
    from cxlab.report.formats.deck import Deck  # late: only slides need python-pptx

    words = format_words.words(language)
    deck = Deck(language, brand, cover_of(parts))
    for head, held in _groups(parts):
        kicker, why = head["title"], head.get("why")
        texts, figures, cards = (
            [part for part in held if part["kind"] == kind] for kind in ("text", "figure", "cards")
        )
        said = [one for part in texts for one in part["sentences"]]
        for table in cards:
            deck.table(kicker, words["headline"], *_table(table, language))
        for number, figure in enumerate(figures):
            deck.figure(kicker, figure, [] if number else said)
        if said and not figures:
            # A list keeps its question's answer in short as title, a paragraph its first sentence.
            title, *points = said
            if why and any(part["listed"] for part in texts):
                title, points = why, said
            deck.sentences(kicker, title, points)
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
    rows = [[_printed(*row[place], language) for place in places] for row in rows_of(cards)]
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
