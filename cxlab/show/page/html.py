"""Headings, prose, tables and the cover as HTML, because whatever a survey says must reach the page
as text and never as markup.

Everything is escaped where it enters a piece of HTML (markupsafe); `Html` is the only kind of
object that counts as markup.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps

from markupsafe import Markup

from cxlab.show.page import parts as page_parts
from cxlab.show.page.refusals import Reason, Refusal, reason
from cxlab.show.words import text


class Html:
    """A piece of a page. `str()` gives its markup; Jupyter shows it as HTML. The class of the outer
    div is how the page knows it.

    `parts` says the same as data (`cxlab.show.page.parts`), for the formats that are not HTML.
    """

    def __init__(self, markup: str, parts: Iterable[Mapping] = ()) -> None:
        self.markup = Markup(markup)
        self.parts = list(parts)

    def __html__(self) -> Markup:
        return self.markup

    def __str__(self) -> str:
        return str(self.markup)

    def __repr__(self) -> str:
        return f"Html({self.markup.striptags()[:60]!r})"

    def _repr_html_(self) -> str:
        return f'<div class="cx">{self.markup}</div>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, list]:
        return {page_parts.MIME: self.parts} if self.parts else {}


def refused(
    error: Exception | Refusal, language: str = "en", labels: Mapping | None = None
) -> Html:
    """The reason why something is not shown, as a paragraph."""
    why = reason(error, language, labels)
    return Html(_markup(why), _parts(why))


def refusable(show: Callable) -> Callable:
    """Make a show function answer a Refusal among its arguments with the Refusal's reason."""

    @wraps(show)
    def answer(*args, **kwargs):
        for value in (*args, *kwargs.values()):
            if isinstance(value, Refusal):
                return refused(value, kwargs.get("language", "en"), kwargs.get("labels"))
        return show(*args, **kwargs)

    return answer


def block(*pieces: object) -> Html:
    """Pieces of a page one after the other; None is skipped, plain text becomes a paragraph, and
    nothing is said twice.
    """
    once = {}
    for piece in pieces:
        if piece is not None:
            once.setdefault(_markup(piece), piece)
    parts = [part for piece in once.values() for part in _parts(piece)]
    # a list of sentences repeats the table behind them
    return Html(Markup("\n").join(once), {id(part): part for part in parts}.values())


def _markup(piece: object) -> Markup:
    if isinstance(piece, Reason):
        return Markup('<p class="refused">{}</p>').format(text.visible(piece))
    if isinstance(piece, str):
        return Markup("<p>{}</p>").format(text.visible(piece))
    if isinstance(piece, (list, tuple)):
        return Markup("\n").join(_markup(one) for one in piece)
    if isinstance(piece, Html):
        return piece.markup
    if hasattr(piece, "html"):
        return Markup(piece.html())
    raise TypeError(f"a page is made of text, tables and pictures, not of {type(piece).__name__}")


def _parts(piece: object) -> list[Mapping]:
    """The same piece as data."""
    if isinstance(piece, str):
        return [
            page_parts.sentences([piece], refused=isinstance(piece, Reason)),
            *page_parts.tables_of([piece]),
        ]
    if isinstance(piece, (list, tuple)):
        return [part for one in piece for part in _parts(one)]
    return list(getattr(piece, "parts", ()))


def _flat(sentences: Iterable) -> Iterable:
    for one in sentences:
        if one is None:
            continue
        if isinstance(one, (list, tuple)):
            yield from _flat(one)
        else:
            yield one


def prose(*sentences: object) -> Html:
    """Sentences (text, or lists of text) as one paragraph; a Html piece among them stands by
    itself.
    """
    pieces, parts, run = [], [], []
    for one in [*_flat(sentences), None]:
        if isinstance(one, str) and not isinstance(one, Reason):
            run.append(one)
            continue
        if run:
            pieces.append(Markup("<p>{}</p>").format(" ".join(text.visible(said) for said in run)))
            parts += [page_parts.sentences(run), *page_parts.tables_of(run)]
            run = []
        if one is not None:
            pieces.append(_markup(one))
            parts += _parts(one)
    return Html(Markup("\n").join(pieces), parts)


def footnote(*sentences: object) -> Html:
    """Sentences (text, or lists of text) in the small type of a note: what an expert looks for and
    nobody else needs.
    """
    said = list(_flat(sentences))
    shown, reasons = _without_reasons(said)
    parts = [page_parts.sentences(shown)] if shown else []
    return Html(
        Markup('<p class="note">{}</p>').format(" ".join(map(text.visible, said))),
        [*parts, *page_parts.tables_of(said), *_parts(reasons)],
    )


def _without_reasons(said: Iterable[str]) -> tuple[list[str], list[Reason]]:
    """What is shown, and the reasons why something is not."""
    said = list(said)
    reasons = [one for one in said if isinstance(one, Reason)]
    return [one for one in said if not isinstance(one, Reason)], reasons


def bullets(*sentences: object) -> Html:
    """Sentences (text only) as a list, one point each; the reason of a refusal stands below the
    list.
    """
    said = list(_flat(sentences))
    shown, reasons = _without_reasons(said)
    reasons = list(dict.fromkeys(reasons))
    items = Markup("").join(Markup("<li>{}</li>").format(text.visible(one)) for one in shown)
    listed = [Markup('<ul class="points">{}</ul>').format(items)] if items else []
    parts = (
        [page_parts.sentences(shown, listed=True), *page_parts.tables_of(shown)] if shown else []
    )
    return Html(
        Markup("\n").join([*listed, *(_markup(one) for one in reasons)]), [*parts, *_parts(reasons)]
    )


def subheading(words: str, anchor: str) -> Html:
    """A smaller heading. `anchor` names its place in the page."""
    words = text.visible(words)
    return Html(
        Markup('<h3 id="{}">{}</h3>').format(anchor, words), [{"kind": "heading", "title": words}]
    )
