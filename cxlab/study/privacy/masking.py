"""Personal data taken out of free text, because people write their telephone number into a comment
about delivery.

What is found is replaced by the name of its kind in brackets. Numbers of persons and companies
count where their check digits hold, or where they are written with their own dots and dashes (a
typing error is still somebody's number); card numbers where Luhn's sum holds.
"""

import re
import unicodedata
from collections.abc import Iterable

from cxlab.data_files import read_data

_WORDS = read_data("study.privacy", "names.yml")["masks"]
_EMAIL = re.compile(
    r"[\w.+%'-]+\s?(?:@|\(at\)|\[at\]|\(arroba\)|\[arroba\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
# Not inside a longer number, an amount or a decimal.
_START, _END = r"(?<![\w.,/$-])", r"(?![\w]|[.,/-]\d)"
_CNPJ = re.compile(
    _START + r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}" + _END, re.IGNORECASE
)
_CPF = re.compile(_START + r"\d{3}[. ]?\d{3}[. ]?\d{3}[-. ]?\d{2}" + _END)
_CARD = re.compile(_START + r"\d(?:[ .-]?\d){12,18}" + _END)
# +55 (11) 98765-4321, 011 98765 4321, 3456-7890, 0800 123 4567, and numbers abroad written with
# their +.
_PHONE = re.compile(
    r"(?<![\w.,/$-])(?:"
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}"
    r"|(?:\(?55\)?[ .-]?)?(?:\(0?\d{2}\)|0?\d{2})[ .-]?9?[ .]?\d{4}[ .-]?\d{4}"
    r"|0[38]00[ .-]?\d{3}[ .-]?\d{3,4}"
    r"|9[ .]?\d{4}[ .-]?\d{4}"
    r"|\d{4}-\d{4}"
    r")" + _END
)
_YEARS = re.compile(r"(?:19|20)\d{2}-(?:19|20)\d{2}")
_DATE = re.compile(
    r"(?:19|20)\d{2}[-. ]?(?:0[1-9]|1[0-2])[-. ]?(?:0[1-9]|[12]\d|3[01])(?:[ T]?\d{4,6})?"
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_PARTICLES = set(read_data("study.privacy", "names.yml")["particles"])


def is_cpf(text: str) -> bool:
    """Whether the two check digits of a CPF hold (Receita Federal: weights 10…2 and 11…2, modulo
    11).

    >>> is_cpf("529.982.247-25"), is_cpf("529.982.247-26"), is_cpf("111.111.111-11")
    (True, False, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 11 or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(d * w for d, w in zip(digits[:length], range(length + 1, 1, -1), strict=True))
        if digits[length] != total * 10 % 11 % 10:
            return False
    return True


def is_cnpj(text: str) -> bool:
    """Whether the two check digits of a CNPJ hold, of digits only or with letters (from July 2026:
    a letter counts as its ASCII code less 48).

    >>> is_cnpj("11.222.333/0001-81"), is_cnpj("12ABC34501DE35"), is_cnpj("11.222.333/0001-82")
    (True, True, False)
    """
    signs = [ord(c) - 48 for c in text.upper() if c.isascii() and c.isalnum()]
    if len(signs) != 14 or len(set(signs)) == 1 or max(signs[12:]) > 9:
        return False
    for length in (12, 13):
        weights = [(length - 1 - place) % 8 + 2 for place in range(length)]
        rest = sum(s * w for s, w in zip(signs[:length], weights, strict=True)) % 11
        if signs[length] != (0 if rest < 2 else 11 - rest):
            return False
    return True


def is_card(text: str) -> bool:
    """Whether 13 to 19 digits satisfy Luhn's sum (ISO/IEC 7812-1).

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [
        d if place % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d)
        for place, d in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0


def _bare(word: str) -> str:
    folded = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    return "".join(c for c in folded if not unicodedata.combining(c))


class Names:
    """Names to look for, prepared once for many comments.

    Whole names and first names count in any writing; what follows them only where it begins with a
    capital, because half of the surnames are words (Leite, Rocha, Campos) and a comment about milk
    should still say so.
    """

    def __init__(self, names: Iterable[object] = ()) -> None:
        self.whole: dict[str, set[tuple[str, ...]]] = {}
        self.first: set[str] = set()
        self.later: set[str] = set()
        for name in names:
            words = tuple(_bare(word) for word in _WORD.findall(str(name)))
            if not words or sum(map(len, words)) < 3:
                continue
            self.whole.setdefault(words[0], set()).add(words)
            self.first |= {word for word in words[:1] if len(word) > 2 and word not in _PARTICLES}
            self.later |= {word for word in words[1:] if len(word) > 2 and word not in _PARTICLES}

    def mask(self, text: str, word: str) -> str:
        """`text` with `word` in place of names; accents and case do not matter but as said
        above.
        """
        if not self.whole:
            return text
        found = [
            (match.start(), match.end(), _bare(match[0]), match[0][0].isupper())
            for match in _WORD.finditer(text)
        ]
        spans, place = [], 0
        while place < len(found):
            length = self._length(found, place)
            if length:
                spans.append((found[place][0], found[place + length - 1][1]))
            place += length or 1
        for start, end in reversed(spans):
            text = text[:start] + word + text[end:]
        return re.sub(
            rf"{re.escape(word)}(?:\s+(?:d[aeo]s?\s+)?{re.escape(word)})+", lambda _: word, text
        )

    def _length(self, found: list, place: int) -> int:
        said = found[place][2]
        whole = [
            len(words)
            for words in self.whole.get(said, ())
            if tuple(one[2] for one in found[place : place + len(words)]) == words
        ]
        return max(
            whole, default=int(said in self.first or (found[place][3] and said in self.later))
        )


def mask(text: str, names: Iterable[object] | Names = (), language: str = "en") -> str:
    """`text` with e-mail addresses, telephone numbers, CPF, CNPJ, card numbers and `names` replaced
    by "[e-mail]", "[phone]" and so on.

    Parameters
    ----------
    text : str
    names : iterable or Names
        What respondents answered in the study's own columns of names
        (`study.personal_values("name")`), or `Names` of them, prepared once for many texts.
    language : {"en", "pt-BR"}
        Of the words that stand in their place.

    Returns
    -------
    str

    Notes
    -----
    Brazilian forms and numbers abroad written with "+"; CPF, CNPJ and cards by their check digits.
    Dates, years, amounts and percentages stay.

    Examples
    --------
    >>> mask("Ligue 11 98765-4321 ou ana@x.com.br, CPF 529.982.247-25", language="pt-BR")
    'Ligue [telefone] ou [e-mail], CPF [CPF]'
    """
    words = _WORDS[language if language in _WORDS else "en"]
    text = legible(text)
    text = _EMAIL.sub(words["email"], text)
    text = _CNPJ.sub(lambda m: words["cnpj"] if _is_written_cnpj(m[0]) else m[0], text)
    text = _CARD.sub(lambda m: words["card"] if is_card(m[0]) else m[0], text)
    text = _CPF.sub(
        lambda m: (
            words["cpf"]
            if is_cpf(m[0]) or re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d{2}", m[0])
            else m[0]
        ),
        text,
    )
    text = _PHONE.sub(
        lambda m: m[0] if _YEARS.fullmatch(m[0]) or _DATE.fullmatch(m[0]) else words["phone"], text
    )
    held = names if isinstance(names, Names) else Names(names)
    return held.mask(text, words["name"])


def _is_written_cnpj(text: str) -> bool:
    if is_cnpj(text):
        return any(c.isdigit() for c in text)
    return re.fullmatch(r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", text) is not None


def legible(text: object) -> str:
    """Text as `mask` reads it: digits of any script as 0–9, dashes of any length as "-", unseen
    characters gone, so that writing a number oddly does not hide it.
    """
    text = str(text)
    text = re.sub(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]", "", text)
    text = (
        re.sub(r"[\u2010-\u2015\u2212]", "-", text)
        .replace("\u00a0", " ")
        .replace("\u202f", " ")
        .replace("\uff20", "@")
    )
    digits = (
        (
            str(unicodedata.digit(c))
            if c.isdigit() and not c.isascii() and unicodedata.digit(c, None) is not None
            else c
        )
        for c in text
    )
    return unicodedata.normalize("NFC", "".join(digits))
