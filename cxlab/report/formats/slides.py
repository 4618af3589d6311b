"""What of a report goes on slides: one message a slide, as its title; the figure with its words for
who cannot see it; what the page says beside it in the speaker's notes.

How a slide is drawn is `cxlab.report.formats.deck`'s.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cxlab.report.formats.tables import cover_of
from cxlab.report.messages import refusal
from cxlab.study.codebook.brand import Brand

# Sections that stay with the page and the workbook: a slide of file fingerprints tells a room
# nothing.
_LEFT_OUT = ("provenance",)


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

    deck = Deck(language, brand, cover_of(parts))
    for head, held in _groups(parts):
        kicker, why = head["title"], head.get("why")
        texts, figures, cards = (
            [part for part in held if part["kind"] == kind] for kind in ("text", "figure", "cards")
        )
        said = [one for part in texts for one in part["sentences"]]
        for table in cards:
            deck.table(kicker, table)
        slides = [figure | one for figure in figures for one in figure["panels"] or [{}]]
        for number, figure in enumerate(slides):
            deck.figure(kicker, figure, [] if number else said)
        if said and not figures:
            # A list keeps its question's answer in short as title, a paragraph its first sentence.
            title, *points = said
            if why and any(part["listed"] for part in texts):
                title, points = why, said
            deck.sentences(kicker, title, points)
    deck.save(path)
