"""A study at a glance, in a terminal and in JupyterLab: who answered, what was asked, what is
missing and why. No respondent's answer is among these facts.
"""

import re
from typing import Any

from markupsafe import Markup, escape

from cxlab.errors import Said, joined, said

# Steps of reading that no key of study.yml names.
_STEPS = said("eligible"), said("complete"), said("set_apart")


def as_text(study: Any) -> Said:
    """The facts of a Study, one a line."""
    people, facts = _facts(study)
    first = said("Study {client!r}: {people}", client=study.client, people=people)
    return joined([first, *(joined(fact, ": ") for fact in facts.items())], "\n  ")


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


def _facts(study: Any) -> tuple[Said, dict[Said, str]]:
    """Who answered, and the other facts by name."""
    book, counts, flow = study.codebook, study.missing().query("role != 'choice'"), study.flow
    asked = counts[["answered", "not_used", "no_answer"]].sum(axis=1).clip(lower=1)
    unused, unanswered = (counts[state].sum() / asked.sum() for state in ("not_used", "no_answer"))
    most, cells = (counts["not_used"] / asked).max(), counts["not_asked"].sum()
    people = [said("{n} respondents", n=study.n)]
    if book.panel:
        members = study.respondents.nunique()
        people = [said("{n} answers of {members} panel members", n=study.n, members=members)]
    start, end = book.fieldwork.start, book.fieldwork.end
    people += [said("fieldwork {start} to {end}", start=start, end=end)] if start and end else []
    parts = [
        book.wave and said("{n} waves", n=study.waves.nunique()),
        book.account and said("{n} accounts", n=study.accounts.nunique()),
        said("unweighted") if study.weights is None else said("weighted"),
        book.simulated and said("simulated"),
    ]
    outcomes = [f"{outcome.outcome} ({outcome.kind})" for outcome in book.outcomes]
    steps = {step: step for step in _STEPS}
    dropped = [
        joined([steps.get(row.step, row.step), f"−{row.dropped}"], ": ")
        for row in flow.itertuples()
        if row.dropped
    ]
    facts = {
        said("touchpoints ({n})", n=len(book.journey)): ", ".join(
            point.touchpoint for point in book.journey
        ),
        said("outcomes ({n})", n=len(outcomes)): ", ".join(outcomes),
        said("segments"): ", ".join(book.segments) or said("none"),
        said("missing"): said(
            "never used {unused:.1%} of ratings asked (at most {most:.0%} of one), no answer"
            " {unanswered:.1%}, not asked {cells} cells",
            unused=unused,
            most=most,
            unanswered=unanswered,
            cells=cells,
        ),
        **({said("left out"): joined(dropped)} if dropped else {}),
    }
    return joined([joined(people, ", "), joined(filter(None, parts), ", ")]), facts
