"""The questions that a report answers, in the reader's words: a heading, and why the question
matters.
"""

from __future__ import annotations

from markupsafe import Markup

from cxlab.show.page.html import Html, subheading
from cxlab.show.words.text import N_, translator

SECTIONS: dict[str, tuple[str, str]] = {
    "bottom_line": (N_("The bottom line"), N_("What these answers say, in a minute.")),
    "metrics": (
        N_("How loyal and how satisfied are customers?"),
        N_(
            "The headline figures, each with the range in which the true value plausibly lies. A"
            " difference smaller than that range is no news."
        ),
    ),
    "waves": (
        N_("How has this changed?"),
        N_("A part of every change is chance: compare the ranges, not the dots."),
    ),
    "segments": (
        N_("Who is more loyal, who less?"),
        N_(
            "The headline figure for each group of customers. Many groups make for many"
            " differences; only those that chance would hardly give are named."
        ),
    ),
    "gaps": (
        N_("Where do we fall short, does it cost us loyalty, and is exceeding worth it?"),
        N_(
            "What customers expected beside what they met, along the journey, and what the"
            " difference goes with."
        ),
    ),
    "experience": (
        N_("How good is the experience along the journey?"),
        N_("What customers met at every touchpoint, in the order of the journey."),
    ),
    "gap_matters": (
        N_("What the answer on the gap rests on"),
        N_(
            "A gap score assumes that a point of expectation counts exactly as much as a point of"
            " experience. That assumption was put to the test against its rivals; here is how each"
            " fared, and the map behind the answer."
        ),
    ),
    "drivers": (
        N_("Which touchpoints weigh most in loyalty, how sure are we, and what to fix first?"),
        N_(
            "How much of the difference between customers goes with each touchpoint, all of them"
            " taken together. These are associations: they show where to look first, not what a"
            " change would cause."
        ),
    ),
    "voices": (N_("In their own words"), N_("A few of the comments that customers wrote.")),
    "limits": (
        N_("What these figures rest on"),
        N_("Who answered, what was left out and why, and what these data cannot tell."),
    ),
    "provenance": (
        N_("Provenance"),
        N_("With these files, versions and this seed anyone can compute every number again."),
    ),
}

# The parts of an answer.
QUESTIONS: dict[str, str] = {
    "cost": N_("Does falling short cost us loyalty?"),
    "worth": N_("Is exceeding worth it?"),
    "classes": N_("What can only disappoint, what can delight?"),
    "zone": N_("Is it still tolerated?"),
    "kano": N_("What do customers say they take for granted?"),
    "sources": N_("Where do expectations come from?"),
    "sure": N_("How sure are we?"),
    "effect": N_("What goes with one point better?"),
    "first": N_("What to fix first?"),
}


def section(key: str, language: str = "en") -> Html:
    """The heading of a section and why it matters. Raises KeyError, naming the sections there are,
    for an unknown key.
    """
    if key not in SECTIONS:
        raise KeyError(f"no section {key!r}: choose one of {', '.join(SECTIONS)}")
    _ = translator(language)
    title, why = SECTIONS[key]
    part = {"kind": "section", "id": key, "title": _(title), "why": _(why)}
    return Html(
        Markup('<h2 id="{}">{}</h2>\n<p class="why">{}</p>').format(key, _(title), _(why)), [part]
    )


def question(key: str, language: str = "en") -> Html:
    """The heading of a part of a section. Raises KeyError, naming those there are, for an unknown
    key.
    """
    if key not in QUESTIONS:
        raise KeyError(f"no question {key!r}: choose one of {', '.join(QUESTIONS)}")
    return subheading(translator(language)(QUESTIONS[key]), key)
