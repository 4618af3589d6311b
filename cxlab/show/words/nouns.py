"""Templates by what they are said of: one thing or several, touchpoints or stages of the journey.

The catalogue holds each message once. What differs is a noun and the words that agree with it in
gender, which stand in the language's data file.
"""

import re
from collections.abc import Mapping
from numbers import Real

from cxlab.languages import LANGUAGES


def for_one(template: str, places: Mapping, language: str) -> str:
    """The template with the singular after each count that is 1.

    >>> for_one("At {count} of {total} touchpoints", {"total": 1}, "en")
    'At {count} of {total} touchpoint'
    """
    one = LANGUAGES[language]["one"]
    for place, value in places.items():
        if isinstance(value, Real) and value == 1:
            several = rf"(\{{{place}\}} (?:\w+ )?)({'|'.join(one)})\b"
            template = re.sub(several, lambda found: found[1] + one[found[2]], template)
    return template


def of_stages(template: str, language: str) -> str:
    """The template for stages in place of touchpoints.

    >>> of_stages("Nenhum dos {total} pontos de contato", "pt-BR")
    'Nenhuma das {total} etapas'
    """
    words = LANGUAGES[language]
    for noun, stage in words["stages"].items():
        template = re.sub(rf"(?<!{{)\b{noun}\b", stage, template)
    agrees, nouns = words["before"] | words["after"], "|".join(words["stages"].values())
    before, after = "|".join([*words["before"], r"\{\w+\}"]), "|".join(words["after"])

    def agreed(found: re.Match) -> str:
        return " ".join(agrees.get(word, word) for word in found[0].split(" "))

    around = rf"(?:(?<!\w)(?:{before}) )*\b(?:{nouns})\b(?: (?:{after})\b)*"
    return re.sub(around, agreed, template)
