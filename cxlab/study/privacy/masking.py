"""Personal data taken out of free text, because people write their telephone number into a comment
about delivery.

What is found is replaced by the name of its kind in brackets. Numbers of persons and companies
count where their check digits hold, or where they are written with their own dots and dashes (a
typing error is still somebody's number); card numbers where Luhn's sum holds.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from cxlab.data_files import read_data
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.normal import bare

_SAID = read_data("study.privacy", "names.yml")
# Not inside a longer number, an amount or a decimal.
_START, _END = r"(?<![\w.,/$-])", r"(?![\w]|[.,/-]\d)"
_YEARS_OR_DATE = re.compile(
    r"(?:19|20)\d{2}-(?:19|20)\d{2}"
    r"|(?:19|20)\d{2}[-. ]?(?:0[1-9]|1[0-2])[-. ]?(?:0[1-9]|[12]\d|3[01])(?:[ T]?\d{4,6})?"
)
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][^\W\d_]+(?:['’-][^\W\d_]+)*"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def is_cpf(text: str) -> bool:
    """Whether the two check digits of a CPF hold (Receita Federal: weights 10…2 and 11…2, modulo
    11).

    >>> is_cpf("529.982.247-25"), is_cpf("529.982.247-26"), is_cpf("111.111.111-11")
    (True, False, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    return len(digits) == 11 and _is_checked(digits, 11)


def is_cnpj(text: str) -> bool:
    """Whether the two check digits of a CNPJ hold, of digits only or with letters (from July 2026:
    a letter counts as its ASCII code less 48).

    >>> is_cnpj("11.222.333/0001-81"), is_cnpj("12ABC34501DE35"), is_cnpj("11.222.333/0001-82")
    (True, True, False)
    """
    signs = [ord(c) - 48 for c in text.upper() if c.isascii() and c.isalnum()]
    return len(signs) == 14 and _is_checked(signs, 8)


def _is_checked(signs: list[int], cycle: int) -> bool:
    """Whether the last two are the check digits, modulo 11, of what stands before each, weighted by
    2, 3 … from the right, again from 2 after `cycle` of them.
    """
    totals = (
        sum(s * (n % cycle + 2) for n, s in enumerate(reversed(signs[:place])))
        for place in (-2, -1)
    )
    return len(set(signs)) > 1 and signs[-2:] == [total * 10 % 11 % 10 for total in totals]


def is_card(text: str) -> bool:
    """Whether 13 to 19 digits satisfy Luhn's sum (ISO/IEC 7812-1).

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    total = sum(digits[::-2]) + sum(sum(divmod(2 * d, 10)) for d in digits[-2::-2])
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and total % 10 == 0


def _is_written_cnpj(text: str) -> bool:
    if is_cnpj(text):
        return any(c.isdigit() for c in text)
    return re.fullmatch(r"\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}", text) is not None


# What is looked for, in this order, and which of what is found counts.
_FORMS = {
    "email": (
        r"[\w.+%'-]+\s?(?:@|\(at\)|\[at\]|\(arroba\)|\[arroba\])\s?[\w-]+(?:\.[\w-]+)+",
        bool,
    ),
    "cnpj": (
        rf"{_START}[0-9A-Z]{{2}}\.?[0-9A-Z]{{3}}\.?[0-9A-Z]{{3}}/?[0-9A-Z]{{4}}-?\d{{2}}{_END}",
        _is_written_cnpj,
    ),
    "card": (rf"{_START}\d(?:[ .-]?\d){{12,18}}{_END}", is_card),
    "cpf": (
        rf"{_START}\d{{3}}[. ]?\d{{3}}[. ]?\d{{3}}[-. ]?\d{{2}}{_END}",
        lambda text: is_cpf(text) or re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d{2}", text),
    ),
    # +55 (11) 98765-4321, 011 98765 4321, 3456-7890, 0800 123 4567, and numbers abroad written with
    # their +.
    "phone": (
        rf"{_START}(?:"
        r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}"
        r"|(?:\(?55\)?[ .-]?)?(?:\(0?\d{2}\)|0?\d{2})[ .-]?9?[ .]?\d{4}[ .-]?\d{4}"
        r"|0[38]00[ .-]?\d{3}[ .-]?\d{3,4}"
        r"|9[ .]?\d{4}[ .-]?\d{4}"
        r"|\d{4}-\d{4}"
        rf"){_END}",
        lambda text: not _YEARS_OR_DATE.fullmatch(text),
    ),
    # Dona Márcia de Azevedo, Sr. Lima, Mrs Jones: capitals after a title.
    "name": (
        rf"(?<!\w)(?:{'|'.join(_SAID['titles'])})\.?\s+"
        rf"(?-i:{_CAPITAL}(?:\s+(?:d[aeo]s? )?{_CAPITAL})*)",
        bool,
    ),
}


def _bare(word: str) -> str:
    return bare(word.replace("’", "'")).casefold()


class Names:
    """Names to look for, prepared once for many comments.

    Whole names and first names count in any writing; what follows them only where it begins with a
    capital, because half of the surnames are words (Leite, Rocha, Campos) and a comment about milk
    should still say so.
    """

    def __init__(self, names: Iterable[object] = ()) -> None:
        self.whole: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.first: set[str] = set()
        self.later: set[str] = set()
        for name in names:
            words = tuple(map(_bare, _WORD.findall(str(name))))
            if sum(map(len, words)) >= 3:
                self.whole[words[0]].add(words)
                single = {word for word in words if len(word) > 2}.difference(_SAID["particles"])
                self.first |= single.intersection(words[:1])
                self.later |= single.intersection(words[1:])

    def mask(self, text: str, word: str) -> str:
        """`text` with `word` in place of names; accents and case do not matter but as said
        above.
        """
        # Odd places are words, even ones what stands between.
        parts = re.split(f"({_WORD.pattern})", text)
        said, place = [*map(_bare, parts[1::2])], 0
        while place < len(said):
            here, single = said[place], parts[2 * place + 1]
            known = here in self.first or (single[0].isupper() and here in self.later)
            whole = (
                len(words)
                for words in self.whole.get(here, ())
                if tuple(said[place : place + len(words)]) == words
            )
            if length := max(whole, default=int(known)):
                parts[2 * place + 1 : 2 * (place + length)] = [word, *[""] * (2 * length - 2)]
            place += length or 1
        again = re.escape(word)
        return re.sub(rf"{again}(?:\s+(?:d[aeo]s?\s+)?{again})+", lambda _: word, "".join(parts))


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
    words = LANGUAGES.get(language, LANGUAGES["en"])["masks"]
    text = legible(text)
    for kind, (form, counts) in _FORMS.items():
        for found in reversed([*re.finditer(form, text, re.IGNORECASE)]):
            if counts(found[0]):
                text = text[: found.start()] + words[kind] + text[found.end() :]
    held = names if isinstance(names, Names) else Names(names)
    return held.mask(text, words["name"])


def legible(text: object) -> str:
    """Text as `mask` reads it: digits of any script as 0–9, dashes of any length as "-", unseen
    characters gone, so that writing a number oddly does not hide it.
    """
    text = re.sub(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]", "", str(text))
    text = re.sub(r"[\u2010-\u2015\u2212]", "-", text)
    text = re.sub(r"[\u00a0\u202f]", " ", text).replace("\uff20", "@")
    return unicodedata.normalize("NFC", "".join(str(unicodedata.digit(c, c)) for c in text))
