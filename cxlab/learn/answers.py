"""What an answer says, in whatever it is kept: its values, its one number, its names.

A notebook keeps a number as a float, a Series of one or "3,4 pontos", a name as "a classe
atrativa", names as a set, a mask or a table in another order.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

_SAME = {"yes": "true|sim|verdadeir[oa]|y|s", "no": "false|nao|fals[oa]|n"}
# Of a question of true or false alone: elsewhere they may be the name of a row.
_TRUTHS = {"yes": "yes|v|t|1", "no": "no|f|0"}
_NUMBER = re.compile(
    r"(?<!\w)(-|minus\b|menos\b|)\s*([.,]?\d(?:[\d.,]*\d)?(?:e[-+]?\d+)?)"
    r"\s*(%|per ?cent|por cento)?",
    re.I,
)
# What may stand before a name and is none; an article may be the name itself ("row A").
_ARTICLE = re.compile(r"\b(?:a|o|as|os|uma?|the|an|el|la|una?|of|d[aeo])\b\s*", re.I)
_NOUN = re.compile(
    r"\b(?:row|line|linha|class|classe|factor|fator|form|forma|rule|regra|question|pergunta|step"
    r"|etapa|touchpoint|verdict|veredito)\b|\(.*?\)",
    re.I,
)


def values_of(answer: Any) -> list[Any]:
    """The single values of an answer, without what is missing or blank."""
    if isinstance(answer, Mapping):
        answer = answer.values()
    if hasattr(answer, "to_numpy"):
        answer = answer.to_numpy()
    if isinstance(answer, np.ndarray):  # one without dimensions cannot be walked through
        answer = answer.ravel().tolist()
    if isinstance(answer, Iterable) and not isinstance(answer, (str, bytes)):
        return [value for one in answer for value in values_of(one)]
    return [] if answer is ... or pd.isna(answer) or not str(answer).strip() else [answer]


def numbers_of(answer: Any) -> list[tuple[list[tuple[float, float]], str]]:
    """The numbers of an answer: each as what it may mean ("1,234" may mean two) with half of its
    last digit, and its sign of per cent. What stands around a number is passed over.
    """
    text, *more = values_of(answer) or [None]
    if more or isinstance(text, (bool, np.bool_)):
        return []
    if not isinstance(text, str):
        try:
            text = repr(float(text)).removesuffix(".0")
        except (TypeError, ValueError, OverflowError):
            return []
    text = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", text).replace("\N{MINUS SIGN}", "-")
    return [([*_read(sign, one)], percent) for sign, one, percent in _NUMBER.findall(text)]


def _read(sign: str, digits: str) -> Iterator[tuple[float, float]]:
    for group, point in (",.", ".,"):
        if re.fullmatch(rf"\d*(?:(?<=\d)[{group}]\d{{3}})*(?:[{point}]\d+)?(?:e.*)?", digits):
            number = Decimal(digits.replace(group, "").replace(point, "."))
            yield float(-number if sign else number), 10.0 ** min(number.as_tuple()[2], 0) / 2


def word_of(value: Any) -> str:
    """A word without accents, capitals, blanks and signs; yes and no in either language."""
    letters = unicodedata.normalize("NFKD", str(value).casefold())
    word = "".join(c for c in letters if c.isalnum())
    return _meant(word, _SAME)


def _meant(word: str, meanings: dict[str, str]) -> str:
    return next((one for one, words in meanings.items() if re.fullmatch(words, word)), word)


def truth_of(value: Any) -> str:
    """Yes or no, where a value begins so; what is written after it may give reasons."""
    said = str(value).strip().removesuffix(".0")
    word = word_of(re.split(r"[\s;:]|[.,](?!\d)", said)[0])
    return _meant(word, _TRUTHS)


def forms_of(value: Any) -> set[str]:
    """What a name may have been sealed as: with or without article, kind and explanation, of either
    gender and number.
    """
    named = _NOUN.sub("", str(value)).strip()
    words = {word_of(one) for one in (value, named, _ARTICLE.sub("", named))}
    stems = {word.removesuffix("s") for word in words}
    turned = {stem[:-1] + end for stem in stems if stem.endswith(("a", "o")) for end in "ao"}
    return words | turned | stems | {stem + "s" for stem in stems}


def _texts(table: pd.DataFrame) -> list[Any]:
    return [name for name in table if pd.api.types.is_string_dtype(table[name])]


def names_of(answer: Any) -> list[list[str]]:
    """The names in an answer: of a mapping or Series of true and false those that are true, of
    numbers their keys; of a table its index and every column of text.
    """
    if isinstance(answer, pd.DataFrame):
        texts = [answer[c] for c in _texts(answer)]
        return [list(map(str, names)) for names in (answer.index, *texts)]
    if isinstance(answer, (Mapping, pd.Series)):
        items = list(answer.items())
        truths = all(isinstance(value, (bool, np.bool_)) for _, value in items)
        if isinstance(answer, Mapping) or not any(isinstance(v, str) for _, v in items):
            answer = [key for key, value in items if value or not truths]
    names = [str(name) for name in values_of(answer)]
    if len(names) == 1:
        parts = re.split(r"[,;\n]|\s(?:and|e|&)\s", names[0])
        names = names[0].split() if len(parts) == 1 else parts
    return [[name for name in names if word_of(name)]]


def pairs_of(answer: Any) -> list[tuple[Any, Any]]:
    """Names and their numbers."""
    if isinstance(answer, pd.DataFrame):
        texts = _texts(answer)
        answer = answer.set_index(texts[0]) if texts else answer
        numbers = answer.select_dtypes("number")
        answer = (
            numbers.iloc[0] if len(numbers) == 1 < numbers.shape[1] else numbers.squeeze(axis=1)
        )
    if isinstance(answer, (Mapping, pd.Series, pd.DataFrame)):
        answer = answer.items()
    pairs = answer if isinstance(answer, Iterable) and not isinstance(answer, np.ndarray) else []
    return [(one[0], one[1]) for one in pairs if isinstance(one, (list, tuple)) and len(one) == 2]
