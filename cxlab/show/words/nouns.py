"""Templates by what they are said of: one thing or several, touchpoints or stages of the journey.

The catalogue holds each message once. What differs is a noun and, in Portuguese, the words that
agree with it in gender.
"""

import re
from collections.abc import Mapping
from numbers import Real

from cxlab.data_files import read_data

_NOUNS = read_data("show.words", "nouns.yml")


def for_one(template: str, places: Mapping, language: str) -> str:
    """The template with the singular after each count that is 1.

    >>> for_one("At {count} of {total} touchpoints", {"total": 1}, "en")
    'At {count} of {total} touchpoint'
    """
    one = _NOUNS["one"][language]
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
    for noun, stage in _NOUNS["stages"][language].items():
        template = re.sub(rf"(?<!{{)\b{noun}\b", stage, template)
    if language != "pt-BR":
        return template
    agrees = _NOUNS["before"] | _NOUNS["after"]
    before = rf"(?:(?<!\w)(?:{'|'.join(_NOUNS['before'])}|demais|\{{\w+\}}) )*"
    after = rf"(?:(?: mais| fortemente)* (?:{'|'.join(_NOUNS['after'])})\b)?"

    def agreed(found: re.Match) -> str:
        return " ".join(agrees.get(word, word) for word in found[0].split(" "))

    return re.sub(rf"{before}\betapas?\b{after}", agreed, template)
