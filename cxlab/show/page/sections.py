"""The questions that a report answers, in the reader's words: a heading, and why the question
matters.
"""

from markupsafe import Markup

from cxlab.show.page.html import Html, subheading
from cxlab.show.words.catalogue import SECTIONS, translator


def section(key: str, language: str = "en") -> Html:
    """The heading of a section and why it matters. Raises KeyError, naming the sections there are,
    for an unknown key.
    """
    words = {name: translator(language)(said) for name, said in _entry("section", key).items()}
    return Html(
        Markup('<h2 id="{id}">{title}</h2>\n<p class="why">{why}</p>').format(id=key, **words),
        [{"kind": "section", "id": key, **words}],
    )


def question(key: str, language: str = "en") -> Html:
    """The heading of a part of a section. Raises KeyError, naming those there are, for an unknown
    key.
    """
    return subheading(translator(language)(_entry("question", key)), key)


def _entry(kind: str, key: str):
    known = SECTIONS[f"{kind}s"]
    if key not in known:
        raise KeyError(f"no {kind} {key!r}: choose one of {', '.join(known)}")
    return known[key]
