"""What a consultant wrote on a section, as a piece of the page: paragraphs, lists, bold and italic
of Markdown. Everything else stands there as it was typed, and nothing of it is markup.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from markupsafe import Markup, escape

from cxlab.extras import needed
from cxlab.show.page import parts
from cxlab.show.page.html import Html
from cxlab.show.words import text
from cxlab.show.words.wording import Wording

_TAGS = {"strong": "strong", "emphasis": "em"}
_LIST = {True: "ol", False: "ul"}


def commentary(_: Wording, title: str, notes: Mapping[str, str]) -> Html:
    """The note on a section in the reader's language, nothing where there is none."""
    written = notes.get(_.language, "").strip()
    if not written:
        return Html()
    blocks = [*_blocks(_reader()(written))]
    markup = Markup("\n").join(one for one, _said, _listed in blocks)
    told = [
        parts.sentences(said, listed=listed) | {"commentary": True}
        for _markup, said, listed in blocks
    ]
    table = parts.of_notes(_, title, [line for part in told for line in part["sentences"]])
    return Html(Markup('<div class="commentary">{}</div>').format(markup), [*told, table])


@cache
def _reader() -> Any:
    with needed():
        import mistune  # late: most pages hold no note
    return mistune.create_markdown(renderer=None)


def _blocks(tokens: Iterable[Mapping]) -> Iterable[tuple[Markup, list[str], bool]]:
    """Each paragraph and list: its HTML, its sentences, whether it is a list."""
    for token in tokens:
        if token["type"] == "list":
            items = [_inline(_leaves(one)) for one in token["children"]]
            tag = _LIST[bool(token.get("attrs", {}).get("ordered"))]
            lines = Markup("").join(Markup("<li>{}</li>").format(one) for one in items)
            yield Markup(f"<{tag}>{{}}</{tag}>").format(lines), [_plain(one) for one in items], True
        elif words := _inline(_leaves(token)):
            yield Markup("<p>{}</p>").format(words), [_plain(words)], False


def _leaves(token: Mapping) -> list[Mapping]:
    """What stands in a block, in a line."""
    children = token.get("children")
    if children is None:
        return [token]
    is_block = any(
        one["type"] in ("paragraph", "block_text", "list", "list_item") for one in children
    )
    return [leaf for one in children for leaf in _leaves(one)] if is_block else [*children]


def _inline(tokens: Iterable[Mapping[str, Any]]) -> Markup:
    """Words with bold and italic; of a link its words, of anything else what was typed."""
    said = Markup("")
    for token in tokens:
        kind = token["type"]
        if kind in ("softbreak", "linebreak", "blank_line"):
            said += " "
        elif "children" in token:
            inner, tag = _inline(token["children"]), _TAGS.get(kind)
            said += Markup(f"<{tag}>{{}}</{tag}>").format(inner) if tag else inner
        else:
            raw = token.get("raw", "")
            ends = (" " * raw[:1].isspace(), " " * (len(raw) > 1 and raw[-1:].isspace()))
            said += escape(text.visible(raw).join(ends))
    return Markup(said.strip())


def _plain(words: Markup) -> str:
    return " ".join(words.striptags().split())
