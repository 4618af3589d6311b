"""Which columns tell who somebody is, by their words and by what their answers look like.

It is better to hide a column too many than one too few: what is declared personal is never shown
and never copied, and a person may take it off the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cxlab.study.exports.draft.guesses import WORDS, Guess, Seen, folded, is_one_of, says
from cxlab.study.privacy.masking import is_cnpj, is_cpf, mask

_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}(?::[0-9a-f]{0,4}){4,7}")
_PHONE = re.compile(r"\+?[\d() .-]{9,20}")
# What a share of the answers must look like for the column to hold it.
_LOOKS: dict[str, tuple[Callable[[str], object], float]] = {
    "e-mail": (lambda text: re.fullmatch(r"\S+@[\w-]+(?:\.[\w-]+)+", text), 0.1),
    "ip address": (lambda text: _IP.fullmatch(text.lower()), 0.3),
    "identity number": (
        lambda text: re.fullmatch(r"[\d./-]{11,18}", text) and (is_cpf(text) or is_cnpj(text)),
        0.5,
    ),
    "telephone": (
        lambda text: (
            _PHONE.fullmatch(text) and re.search(r"[() +-]", text) and mask(text) == "[phone]"
        ),
        0.4,
    ),
    "place": (lambda text: re.fullmatch(r"-?\d{1,2}\.\d{4,},?\s*-?\d{1,3}\.\d{4,}.*", text), 0.4),
}


def person(one: Seen) -> Guess | None:
    """Personal data in a column, None where nothing speaks for it."""
    for kind in WORDS["personal"]:
        path = f"personal.{kind}"
        if one.is_called(path):
            return _personal(one, f"its header says {kind}", 0.97)
    asked = folded(one.item) if one.item else one.said
    short = len(one.said.split()) <= 9
    for kind in WORDS["personal"]:
        path = f"personal.{kind}"
        in_words = is_one_of(path, asked) or short and says(path, one.said)
        if in_words and not (kind == "name" and says("things", one.said)) and not _is_about(one):
            return _personal(one, f"its words ask for {kind}", 0.92)
    for kind, (looks, share) in _LOOKS.items():
        found = sum(n for answer, n in one.counts.items() if looks(answer))
        if found and found >= share * one.n:
            return _personal(one, f"{found / one.n:.0%} of its answers look like {kind}", 0.95)
    return None


def _personal(one: Seen, reason: str, confidence: float) -> Guess:
    return Guess("personal_data", one.name, {}, reason, confidence)


def _is_about(one: Seen) -> bool:
    """Whether a question is about the thing ("How was the address form?"), or its few answers are
    those of a scale or of a yes.
    """
    few = len(one.counts) <= 12 and one.n >= 2 * len(one.counts) and one.n > 3
    few = few and not any(re.search(r"@|\d{3}", answer) for answer in one.counts)
    return (
        says("about", one.words.split(" ")[0])
        or bool(re.match(r"(?:do|did|may|can) ", one.words))
        or few
    )
