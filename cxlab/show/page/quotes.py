"""A few respondents in their own words: comments drawn by lot, as text and never as markup."""

import pandas as pd

from cxlab.show.page.html import MARKUP, Html
from cxlab.show.page.parts import of_table, sentences
from cxlab.show.words.catalogue import MESSAGES
from cxlab.show.words.text import visible
from cxlab.show.words.wording import Wording


def quotes(_: Wording, frame: pd.DataFrame, *, spoken: str | None = None) -> Html:
    """The comments of `verbatims`, class by class, and how they came to be here.

    spoken: the language in which they were written, where the study declares it, for whoever has
    them read aloud.
    """
    tongue = spoken if spoken != _.language else None
    classes, missing, read_out = [], [], []
    for level, words in MESSAGES["classes"].items():
        rows, name = frame[(frame["level"] == level) & (frame["n"] != 0)], _(words)
        written = rows["text"].dropna().map(visible).tolist()
        if written:
            name = "" if level == "all" else name
            classes.append((level, name, written))
            read_out += [f"{name}: “{one}”" if name else f"“{one}”" for one in written]
        elif len(rows):
            missing.append(name)
    how = _(
        "Drawn by lot among the comments that were written; nobody chose them. They show how"
        " customers put it, not how many think so."
    )
    if missing:
        how += " " + _("{classes}: too few wrote a comment that can be shown.", classes=missing)
    parts = [sentences(read_out, listed=True)] if read_out else []
    parts.append(sentences([how]))
    shown = frame.dropna(subset=["text"])
    if len(shown):
        columns = ["level", "text"] if shown["level"].nunique() > 1 else ["text"]
        named = shown.assign(level=shown["level"].map(MESSAGES["classes"]).map(_))
        parts.append(of_table(_, named, _("What they wrote"), columns))
    return Html(MARKUP.quotes(how, classes, tongue), parts)
