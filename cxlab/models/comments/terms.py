"""Who used which term: comments as respondents × terms, before anything is counted.

A term is a stem, shown as the commonest word that was written for it. What is denied is another
term than what is said ("não recomendo" counts for não_recomendo and not for recomendo). Words that
only hold a sentence together, numbers and personal data are none.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse

from cxlab.data_files import read_data
from cxlab.errors import ModelError
from cxlab.extras import needed
from cxlab.study.privacy.masking import Names, mask

_WORDS = read_data("models.comments", "words.yml")
_MASKED = re.compile(r"\[[^\]\n]*\]")
_TOKEN = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[.,;:!?()\n…]")
# So many words may stand between what denies and what is denied ("não me atendeu").
_REACH = 3


class Terms(NamedTuple):
    """`used` (comments × terms, 1 or 0; sparse) and the words that the terms are shown as."""

    used: sparse.csr_array
    words: np.ndarray


def language_of(declared: str | None, comment: str) -> str:
    """The language whose words are known, of what is declared (pt-BR → pt). ModelError where none
    is, or another.
    """
    language = (declared or "").partition("-")[0].casefold()
    if language not in _WORDS:
        raise ModelError(
            "comment {comment!r}: in which language was it written? declare language: under"
            " comments, or give language=, one of {known}",
            comment=comment,
            known=", ".join(_WORDS),
        )
    return language


def terms_of(texts: pd.Series, language: str, names: Names) -> Terms:
    """The terms of comments in one language (`language_of`), without respondents' `names`."""
    codes, distinct = pd.factorize(texts)
    read = _reader(language)
    keys: dict[str, int] = {}
    written: dict[int, Counter[str]] = defaultdict(Counter)
    rows, columns = [], []
    for row, (text, times) in enumerate(zip(distinct, np.bincount(codes), strict=True)):
        found = {}
        for key, word in read(_MASKED.sub(" . ", mask(text, names))):
            found.setdefault(keys.setdefault(key, len(keys)), word)
        for column, word in found.items():
            written[column][word] += int(times)
        rows += [row] * len(found)
        columns += found
    shape = len(distinct), len(keys)
    used = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)
    words = [max(sorted(own, reverse=True), key=own.get) for _, own in sorted(written.items())]
    return Terms(used[codes], np.array(words, dtype=object))


def _reader(language: str) -> Callable[[str], list[tuple[str, str]]]:
    """What gives the terms of a text, each as its key and the word written."""
    own = _WORDS[language]
    negations, stop = set(own["negations"].split()), set(own["stop"].split())
    stemmer = _stemmers().stemmer(own["stemmer"])

    @cache
    def known(word: str) -> tuple[bool, str]:
        """Whether a word denies what follows, and else its stem; "" of a word that is no term."""
        if word in negations or word.endswith("n't"):
            return True, ""
        if word in stop or len(word) < 2:
            return False, ""
        stem = unicodedata.normalize("NFD", stemmer.stemWord(word))
        return False, "".join(c for c in stem if not unicodedata.combining(c))

    def read(text: str) -> list[tuple[str, str]]:
        found, denied, reach = [], "", 0
        for word in _TOKEN.findall(text.replace("’", "'").casefold()):
            denies, stem = known(word)
            if denies:
                denied, reach = word, _REACH + 1
            elif stem[:1].isalpha():
                joined = denied if reach else ""
                found.append((f"_{stem}", f"{joined}_{word}") if joined else (stem, word))
                reach = 0
            else:
                reach = max(0, reach - 1) if word.isalpha() else 0
        return found

    return read


def _stemmers():
    with needed():
        import snowballstemmer
    return snowballstemmer
