"""Paragraphs, lists and headings as HTML, because whatever a survey says must reach the page as
text and never as markup.

The markup of every piece is in markup.html, which escapes whatever is put into it; `Html` is the
only kind of object that counts as markup. Beside its markup a piece carries the same as data
(module `parts`), for the formats that are not HTML.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from cxlab.errors import NotAskedError
from cxlab.show.page import parts
from cxlab.show.words import text
from cxlab.show.words.wording import Wording, explain

_PIECES = Environment(loader=PackageLoader("cxlab.show", "page"), autoescape=True)
_PIECES.filters["visible"] = text.visible
# The HTML of each piece: MARKUP.table(…), MARKUP.cover(…).
MARKUP = _PIECES.get_template("markup.html").module


class Html:
    """A piece of a page: its markup, and the same as data. False where there is nothing to show."""

    def __init__(self, markup: str = "", data: Iterable[Mapping] = ()) -> None:
        self.markup = Markup(markup)
        self.parts = list(data)

    def __bool__(self) -> bool:
        return bool(self.markup)

    def __str__(self) -> str:
        return str(self.markup)

    def __repr__(self) -> str:
        return f"Html({self.markup.striptags()[:60]!r})"

    def _repr_html_(self) -> str:
        return f'<div class="cx">{self.markup}</div>' if self else ""

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, list]:
        return parts.told(self.parts)


def paragraph(sentences: Sequence[str], kind: str = "", refused: bool = False) -> Html:
    """Sentences as one paragraph."""
    return Html(MARKUP.paragraph(sentences, kind), [parts.sentences(sentences, refused=refused)])


def points(sentences: Sequence[str]) -> Html:
    """Sentences as a list, one point each."""
    return Html(MARKUP.points(sentences), [parts.sentences(sentences, listed=True)])


# Sentences in the small type of a note: what an expert looks for and nobody else needs.
note = partial(paragraph, kind="note")
LAYOUTS = {"prose": paragraph, "points": points, "note": note}


def refused(error: Exception, _: Wording) -> Html:
    """The reason why something is not shown, as a paragraph; nothing where the reader was told, or
    where a study did not ask: of that only an analyst reads.
    """
    why = reason(error, _)
    if _.told is not None:
        if why in _.told or isinstance(error, NotAskedError):
            return Html()
        _.told.add(why)
    return paragraph([why], "refused", refused=True)


def reason(error: Exception, _: Wording) -> str:
    """The reason why something is not shown, as a sentence."""
    why = explain(error, _)
    # What follows the first semicolon tells an analyst what to do; a client, who is told each
    # reason once, reads only why.
    why = why if _.told is None else why.split("; ")[0]
    return f"{_('Not shown:')} {why.rstrip('.')}."


def section_heading(
    name: str, title: str, why: str, place: int = 0, appendix: bool = False
) -> Html:
    """The heading of a section and why it matters; its place among the others, and whether it is of
    the appendix.
    """
    part = {"kind": "section", "id": name, "title": title, "why": why}
    markup = MARKUP.section(name, title, why, appendix)
    return Html(markup, [part | {"place": place, "appendix": appendix}])


def question_heading(name: str, title: str) -> Html:
    """The heading of a part of a section."""
    title = text.visible(title)
    return Html(MARKUP.question(name, title), [{"kind": "heading", "title": title}])


def joined(pieces: Iterable[Html]) -> Html:
    """Pieces one after the other; what is said twice stands once."""
    once: dict[Markup, Html] = {}
    for piece in filter(None, pieces):
        once.setdefault(piece.markup, piece)
    return Html("\n".join(once), [part for piece in once.values() for part in piece.parts])
