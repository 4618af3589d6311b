"""What a section is made of. A piece knows no language: it is worded when it is shown, in a batch
once in each language of the report, else in the first.

A piece that has nothing to say leaves no trace; a heading stands only where
something stands below it.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cxlab.errors import ModelError
from cxlab.show.page import html
from cxlab.show.page.html import Html
from cxlab.show.page.parts import FORMATS, in_pixels
from cxlab.show.words.wording import Phrase, Wording

MIME = "application/vnd.cxlab.section+json"


class Displayed:
    """How a notebook shows a piece of a page: `worded` it for each reader of its `page`."""

    page: Any
    worded: Callable[[Wording], Html]

    def _repr_mimebundle_(self, **_choice: object) -> dict[str, Any]:
        page = self.page
        if FORMATS not in os.environ:
            html = self.worded(page.words())
            return {"text/html": html._repr_html_(), "text/plain": repr(html) if html else ""}
        worded = {language: self.worded(page.reader(language)) for language in page.languages}
        told = {
            language: {"html": str(html), "parts": in_pixels(html.parts, page.is_behind)}
            for language, html in worded.items()
            if html
        }
        return {MIME: told, "text/plain": "a piece of the report"}


@dataclass(frozen=True)
class Piece(Displayed):
    """A piece, what words it for a reader, and the page that it is of."""

    worded: Callable[[Wording], Html]
    page: Any = None


@dataclass(frozen=True)
class Sentences(Displayed):
    """Sentences as a paragraph ("prose"), a list ("points") or a note ("note").

    Attributes
    ----------
    said : tuple of Phrase or Exception
        The sentences; an error stands for its reason, in a paragraph of its own.
    behind : tuple of functions
        The tables that they were made from, for the workbook.
    parts : mapping of str to (int, int)
        `sentences[part]` are those from one number up to the other; `+` makes one paragraph, or one
        list, of two.
    """

    said: tuple[Phrase | Exception, ...] = ()
    behind: tuple[Callable[[Wording], Mapping], ...] = ()
    layout: str = "prose"
    parts: Mapping[str, tuple] = field(default_factory=dict)
    page: Any = None

    def __getitem__(self, part: str) -> "Sentences":
        if not self.said or any(isinstance(one, Exception) for one in self.said):
            return self
        said = self.said[slice(*self.parts[part])]
        return replace(self, said=said, behind=self.behind if said else ())

    def __add__(self, other: "Sentences") -> "Sentences":
        page = self.page or other.page
        return replace(
            self, said=self.said + other.said, behind=self.behind + other.behind, page=page
        )

    def worded(self, _: Wording) -> Html:
        """The sentences, then the reasons why others are not there."""
        errors = {str(one): one for one in self.said if isinstance(one, Exception)}
        said = [one for one in self.said if isinstance(one, Phrase)]
        pieces = [html.LAYOUTS[self.layout](_.say(said))] if said else []
        shown = html.joined([*pieces, *(html.refused(error, _) for error in errors.values())])
        shown.parts += [table(_) for table in self.behind if shown]
        return shown


def flat(given: Iterable[Any]) -> list[Any]:
    """Pieces out of lists of pieces and whole results, without None. Raises ModelError for anything
    else.
    """
    found: list[Any] = []
    for one in given:
        if type(one) in (list, tuple):
            found += flat(one)
        elif isinstance(one, Displayed):
            found.append(one)
        elif hasattr(one, "whole"):
            found += one.whole()
        elif one is not None:
            raise ModelError(
                "a page is made of what its results say, draw and list, not of {kind}; write"
                " gaps.say(), gaps.plot() or gaps.table() of gaps = page(cx.gap_scores)",
                kind=type(one).__name__,
            )
    return found


def several(
    page: Any, given: Iterable[Any], heading: Callable[[Wording], Html] | None = None
) -> Piece:
    """Pieces one after the other, below a heading where something stands there."""
    pieces = flat(given)

    def worded(_: Wording) -> Html:
        # A section reads as in a report, whoever opens it.
        _ = replace(_, told=set()) if _.told is None else _
        told = html.joined(piece.worded(_) for piece in pieces)
        return html.joined([heading(_), told]) if told and heading else told

    return Piece(worded, page)
