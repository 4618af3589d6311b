"""Phrases as the sentences that a reader gets."""

from collections.abc import Iterable, Mapping

from cxlab.show.words.wording import Phrase, Wording


def said(
    phrases: Iterable[Phrase], language: str = "en", labels: Mapping | None = None
) -> list[str]:
    return Wording(language, labels or {}).say(phrases)
