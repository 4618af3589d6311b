"""A study at a glance, in a terminal and in JupyterLab: who answered, what was asked, what is
missing and why. No respondent's answer is among these facts.
"""

import re
from typing import Any

from markupsafe import Markup, escape


def as_text(study: Any) -> str:
    """The facts of a Study, one a line."""
    people, facts = _facts(study)
    lines = [f"{name}: {text}" for name, text in facts.items()]
    return "\n  ".join([f"Study {study.client!r}: {people}", *lines])


def as_markup(study: Any) -> str:
    """The same with the study's title as HTML."""
    people, facts = _facts(study)
    facts = {"title": study.title() or "none", "answers": people, **facts}
    # A list, as JupyterLab gives all columns of a table one width; no line breaks inside a word.
    style = "word-break: normal; overflow-wrap: normal; hyphens: none"
    item = Markup("<dt>{}</dt><dd>{}</dd>")
    items = Markup().join(item.format(name, _unbroken(text)) for name, text in facts.items())
    page = Markup('<b>Study {}</b><dl style="{}">{}</dl>')
    return str(page.format(study.client, style, items))


def _unbroken(text: str) -> Markup:
    """The text with no line break after a hyphen, as in a date."""
    whole = r'<span style="white-space: nowrap">\g<0></span>'
    return Markup(re.sub(r"\S*-\S*", whole, str(escape(text))))


def _facts(study: Any) -> tuple[str, dict[str, str]]:
    """Who answered, and the other facts by name."""
    book, counts, flow = study.codebook, study.missing(), study.flow
    asked = counts[["answered", "not_used", "no_answer"]].sum(axis=1).clip(lower=1)
    unused, unanswered = (
        f"{counts[state].sum() / asked.sum():.1%}" for state in ("not_used", "no_answer")
    )
    most, cells = (counts["not_used"] / asked).max(), counts["not_asked"].sum()
    people = (
        f"answers of {study.respondents.nunique()} panel members" if book.panel else "respondents"
    )
    start, end = book.fieldwork.start, book.fieldwork.end
    dates = f", fieldwork {start} to {end}" if start and end else ""
    parts = [
        f"{study.waves.nunique()} waves" if book.wave else "",
        f"{study.accounts.nunique()} accounts" if book.account else "",
        "unweighted" if study.weights is None else "weighted",
        "simulated" if book.simulated else "",
    ]
    outcomes = [f"{outcome.outcome} ({outcome.kind})" for outcome in book.outcomes]
    dropped = [f"{row.step}: −{row.dropped}" for row in flow.itertuples() if row.dropped]
    return f"{study.n} {people}{dates}; {', '.join(filter(None, parts))}", {
        f"touchpoints ({len(book.journey)})": ", ".join(point.touchpoint for point in book.journey),
        f"outcomes ({len(outcomes)})": ", ".join(outcomes),
        "segments": ", ".join(book.segments) or "none",
        "missing": f"never used {unused} of ratings asked (at most {most:.0%} of one), no answer"
        f" {unanswered}, not asked {cells} cells",
        **({"left out": "; ".join(dropped)} if dropped else {}),
    }
