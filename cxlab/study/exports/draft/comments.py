"""What people wrote in their own words, and what splits them into groups."""

from __future__ import annotations

from cxlab.study.exports.draft.guesses import Guess, Seen, says

LEVELS = 12  # groups that a report can show


def comment(one: Seen) -> Guess | None:
    """Answers in free text: long and hardly two alike, or asked for as such."""
    n = sum(one.texts.values())
    if not n or n < 0.5 * one.n:
        return None
    length = sum(len(text) * count for text, count in one.texts.items()) / n
    varied = len(one.texts) / n
    asked = says("segment", one.said) is False and says(
        "comment", f"{one.item.casefold()} {one.words}"
    )
    masked = max(one.texts, key=lambda text: one.texts[text]).strip("()[]").casefold() in (
        "text masked",
        "masked",
    )
    if masked or varied > 0.5 and length > 25 or asked and varied > 0.5 and (length > 8 or n < 5):
        reason = f"{n} answers in free text, of {length:.0f} characters"
        return Guess("comments", one.name, {}, reason, 0.95 if asked or masked else 0.9)
    return None


def segment(one: Seen) -> Guess | None:
    """Few groups, each given by enough respondents to be shown."""
    counts = [*one.counts.values()]
    if (
        not 2 <= len(counts) <= LEVELS
        or one.n < 0.3 * one.rows
        or any("," in text and text.partition(",")[0] in one.counts for text in one.counts)
    ):
        return None
    said = says("segment", one.said)
    large = [count for count in counts if count >= 10]
    if len(large) < 2 or one.numbers and not said or max(counts) > 0.97 * one.n:
        return None
    reason = f"{len(counts)} groups, {len(large)} of them of 10 respondents or more"
    return Guess("segments", one.name, {}, reason, 0.95 if said else 0.9)
