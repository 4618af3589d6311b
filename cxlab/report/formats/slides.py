"""What of a report goes on slides: one message a slide, as its title; the figure with its words for
who cannot see it; what the page says beside it in the speaker's notes.

How a slide is drawn is `cxlab.report.formats.deck`'s.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlab.report.formats.tables import cover_of
from cxlab.report.messages import refusal
from cxlab.study.codebook.brand import Brand

SHORT = 75  # characters of a title on one line


def _sections(parts: Sequence[Mapping]) -> tuple[list[list[Mapping]], list[Mapping]]:
    """The parts of each section of the body, its head first; before all, what has none. And those
    of the appendix, which stays with the page and the workbook.
    """
    is_behind, found, behind = False, [[{"title": "", "kind": "section"}]], []
    for part in parts:
        is_behind = part.get("appendix", is_behind)
        if is_behind:
            behind.append(part)
        else:
            found += [[]] if part["kind"] == "section" else []
            found[-1].append(part)
    return found, behind


def check_pictures(parts: Sequence[Mapping]) -> None:
    """Raise ReportError where the notebook ran without drawing pictures for slides."""
    body = [part for held in _sections(parts)[0] for part in held]
    if any(part["kind"] == "figure" and not {"png", "chart"} & {*part} for part in body):
        raise refusal(
            "the notebook ran without drawing pictures for slides; set the environment variable"
            " CXLAB_FORMATS to pptx before it runs"
        )


def write_slides(parts: Sequence[Mapping], path: Path, language: str, brand: Brand) -> None:
    """Write the slides."""
    from cxlab.report.formats.deck import Deck  # late: only slides need python-pptx

    deck = Deck(language, brand, cover_of(parts))
    sections, behind = _sections(parts)
    drawn = {one["message"]: one for one in behind if "chart" in one}
    cards = [part for held in sections for part in held if part["kind"] == "cards"]
    for head, *held in sections:
        opens = bool(cards) and cards[0] in held
        if opens:
            heads: dict[str, str] = {}
            for one in reversed(cards):
                heads |= one["printed"]["heads"]
            rows = [row for one in cards for row in one["printed"]["rows"]]
            whole = cards[0] | {"printed": {"heads": heads, "rows": rows}}
            points = _listed(held)
            steps = [at for at, part in enumerate(held) if _is_told(part)]
            if steps:
                said, first = _beside(held, steps[0]), held.pop(steps[0])
                deck.table(head["title"], first["message"], first, said, points)
            elif points:
                deck.sentences("", head["title"], points)
            deck.headline(head["title"], whole)
        _write_section(deck, head, held, drawn, opens)
    deck.save(path)


def _listed(held: Sequence[Mapping]) -> list[str]:
    """The first list of a section: what stands beside its headline figures."""
    lists = (part for part in held if part.get("listed") and "commentary" not in part)
    return next(lists, {"sentences": []})["sentences"]


def _is_told(part: Mapping) -> bool:
    """Whether it is a table with a message, which has a slide of its own."""
    return part["kind"] == "table" and "message" in part


def _beside(held: Sequence[Mapping], at: int) -> list[str]:
    """The sentences before or after a table, such as what its numbers do not say."""
    near = [*held[max(at - 1, 0) : at], *held[at + 1 : at + 2]]
    found = [one for one in near if one["kind"] == "text" and not one.get("listed")]
    return [said for one in found if "commentary" not in one for said in one["sentences"]]


def _write_section(
    deck: Any, head: Mapping, held: Sequence[Mapping], drawn: Mapping, opens: bool
) -> None:
    """The slides of a section: its commentary, each figure, and each table with a message, with
    what is said around it as its speaker's notes; sentences where it has neither, unless a figure
    `drawn` in the appendix shows what they say.
    """
    kicker, said, last = head["title"], [], None
    figures = [part for part in held if part["kind"] == "figure"]
    if not figures:
        first = [part["sentences"][0] for part in held if part["kind"] == "text"]
        figures = [drawn[one] for one in first if one in drawn]
        held = [*held, *figures]
    notes = [one for part in held if "commentary" in part for one in part.get("sentences", ())]
    if notes:
        deck.sentences(kicker, kicker, notes)
    for at, part in enumerate(held):
        if part["kind"] == "heading":
            kicker = part["title"]
        elif part["kind"] == "figure":
            for number, one in enumerate(part.get("panels") or [{}]):
                last = deck.figure(kicker, part | one, [] if number else said)
            said = []
        elif _is_told(part):
            last = deck.table(kicker, part["message"], part, _beside(held, at))
        elif part["kind"] == "text" and "commentary" not in part:
            said += part["sentences"]
    if last is not None:
        deck.note(last, said)
    elif said and not figures and not opens:
        # A short word on what is listed is a title, else the first sentence.
        why = head.get("why", "") if any(part.get("listed") for part in held) else ""
        title, *points = [why, *said] if 0 < len(why) <= SHORT else said
        if title in deck.messages:
            # A figure has said it, such as the map of the journey.
            deck.note(deck.messages[title], points)
        else:
            deck.sentences(head["title"], title, points)
