"""Whether an exercise is answered right, without the right answer standing anywhere.

A student answers in whatever is at hand: a number of NumPy, a Series of one, "3,4", 34 % or 0.34, a
table in another order. The right answers lie beside the lessons (`answers.yml`) as hashes: a number
as the hash of the band around it, words as hashes of themselves. So neither the file nor what is
said tells them.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from cxlab.errors import CxlabError
from cxlab.learn.lessons import course_folder
from cxlab.show.words.catalogue import N_, translator

_KINDS = ("number", "word", "set", "order", "table")
_SAME = {
    "yes": {"true", "sim", "verdadeiro", "verdadeira", "y", "s"},
    "no": {"false", "nao", "falso", "falsa", "n"},
}
# Of a question of true or false alone: elsewhere they may be the name of a row.
_TRUTHS = {"v": "yes", "t": "yes", "1": "yes", "f": "no", "0": "no"}
_NUMBER = re.compile(
    r"(?<!\w)(?:(minus|menos)\s+)?([-+]?)\s*([.,]?\d(?:[\d.,]*\d)?(?:e[-+]?\d+)?)"
    r"\s*(%|per ?cent|por cento)?",
    re.I,
)
# What may stand before a name and is none; an article may be the name itself ("row A").
_ARTICLE = re.compile(r"(?:a|o|as|os|uma?|the|an|el|la|una?|of|d[aeo])\b\s*", re.I)
_NOUN = re.compile(
    r"\b(?:row|line|linha|class|classe|factor|fator|form|forma|rule|regra|question|pergunta|step"
    r"|etapa|touchpoint|verdict|veredito)\b|\(.*?\)",
    re.I,
)


@dataclass(frozen=True)
class Checked:
    """What is said of the answers to an exercise; it is shown as its text and true where all are
    right.

    Attributes
    ----------
    right : bool
    text : str

    Examples
    --------
    >>> import cxlab as cx
    >>> bool(cx.learn.Checked(True, "right"))
    True
    """

    right: bool
    text: str

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return self.text


def check(
    lesson: str | int,
    /,
    *answers: Any,
    language: str = "en",
    file: str | Path | None = None,
    student: str = "",
    **named: Any,
) -> Checked:
    """Whether the answers to a lesson's exercise are right, with a hint where one is not yet.

    Parameters
    ----------
    lesson : str or int
        The lesson's number, "02", or its name in `file`.
    *answers
        Answers in the exercise's order, in any type that can hold them.
    language : {"en", "pt-BR"}
        The reader's.
    file : str or Path, optional
        Answers of your own, as `seal` makes them; by default those of the course.
    student : str
        The key that they were sealed for.
    **named
        Answers by name.

    Returns
    -------
    Checked

    Raises
    ------
    CxlabError
        For a lesson or an answer that there is not. A wrong answer never raises.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.learn.check("04", unturned="menu", language="pt-BR")
    pergunta: ainda não. Volte à tabela que responde à pergunta e olhe também o intervalo.
    """
    asked = answers_of(lesson, file)
    given = dict(zip(asked, answers, strict=False)) | named
    unknown = [name for name in named if name not in asked]
    if unknown or len(answers) > len(asked) or not given:
        raise CxlabError(
            'lesson {lesson} asks for {known}; write check("{lesson}", {example}=…)',
            lesson=_key(lesson),
            known=", ".join(asked),
            example=next(iter(asked)),
        )
    _ = translator(language)
    said, right = [], []
    for name, answer in given.items():
        one = asked[name]
        hint = _hint(partial(_mark, lesson, student, name), one, answer, _, language)
        right.append(hint is None)
        label = one.get("label", {}).get(language, name)
        verdict = _("{answer}: right") if hint is None else _("{answer}: not yet. {hint}")
        said.append(verdict.format(answer=label, hint=hint))
    return Checked(all(right), "\n".join(said))


def seal(
    lesson: str | int,
    name: str,
    kind: str,
    right: Any,
    within: float | None = None,
    *,
    share: bool = False,
    points: bool = False,
    student: str = "",
) -> dict[str, Any]:
    """A right answer as `answers.yml` holds it, for lessons of your own.

    Parameters
    ----------
    lesson : str or int
    name : str
        What `check` will be given it as.
    kind : {"number", "word", "set", "order", "table"}
        A table is a mapping from names to numbers.
    right : object
        A number; a word or a list of equally right ones; names, each alone or as a list of equally
        right ones; a mapping.
    within : float, optional
        How far from it a number may lie; of numbers and tables needed.
    share : bool
        Whether it is a share: 0.34, which may be given as 34 or "34 %" too.
    points : bool
        Whether it is in points of 100 (an NPS): 34, which may be given as 0.34 or "34 %" too.
    student : str
        The key that `check` is given with the answers, where each student's differ.

    Returns
    -------
    dict
        `kind` and `right`, of a number `within` and `offset` too.

    Raises
    ------
    CxlabError
        For another kind, or a number without `within`.

    Notes
    -----
    In `answers.yml`, or a file of your own, it stands under lesson and name, with a `label` in each
    language where it has one. A right answer of True or False is a word. `hints`
    beside it are for the commonest errors: each has `like` (the error sealed in the same way,
    without its kind) and what is said of it in each language.

    Examples
    --------
    >>> import cxlab as cx
    >>> sorted(cx.learn.seal("02", "share", "number", 0.34, within=0.02))
    ['kind', 'offset', 'right', 'within']
    """
    mark = partial(_mark, lesson, student, name)
    flag = {unit: True for unit, is_it in (("share", share), ("points", points)) if is_it}
    if kind not in _KINDS or (within is None and kind in ("number", "table")):
        raise CxlabError(
            "seal: kind={kind!r}, within={within}; it is one of {known}, and a number needs within",
            kind=kind,
            within=within,
            known=", ".join(_KINDS),
        )
    if kind == "number":
        # Bands twice as wide as what is let pass, so laid that the right number is in the middle.
        within = float(within)
        offset = round(float(right - within) % (2 * within), 6)
        band = _band(right, {"within": within, "offset": offset})
        return {"kind": kind, "within": within, "offset": offset, "right": mark(band), **flag}
    if kind == "table":
        numbers = {
            mark(_word(key)): seal(
                lesson, name, "number", value, within, share=share, points=points, student=student
            )
            for key, value in right.items()
        }
        return {"kind": kind, "right": numbers}

    def marks(names: Any) -> list[str]:
        return sorted(mark(_word(one)) for one in (names if isinstance(names, list) else [names]))

    return {"kind": kind, "right": marks(right) if kind == "word" else [*map(marks, right)]}


def answers_of(lesson: str | int, file: str | Path | None = None) -> dict[str, Any]:
    """What a lesson asks for, by name, as it is sealed."""
    known = _sealed(Path(file or course_folder() / "answers.yml").absolute())
    if _key(lesson) not in known:
        raise CxlabError(
            "lesson {lesson!r}: there are {known}", lesson=lesson, known=", ".join(known)
        )
    return known[_key(lesson)]


@cache
def _sealed(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def _key(lesson: str | int) -> str:
    name = str(lesson).strip()
    return f"{int(name):02d}" if name.isdigit() else name


def _mark(lesson: str | int, student: str, name: str, text: object) -> str:
    key = _key(lesson).removeprefix("0") + (student and f"/{student}")
    return blake2b(f"{key}|{name}|{text}".encode(), digest_size=6).hexdigest()


def _band(number: float, one: Mapping[str, Any]) -> int:
    # Half a millionth, so that an answer on the edge of a band is not told from it by rounding.
    return math.floor((number - one["offset"]) / (2 * one["within"]) + 5e-7)


def _hint(
    mark: Callable[[object], str],
    one: Mapping[str, Any],
    answer: Any,
    _: Callable[[str], str],
    language: str,
) -> str | None:
    """None where the answer is right, else what may help."""
    if not _values(answer):
        return _("Nothing is filled in so far.")
    known = {"number": _of_number, "word": _of_word, "table": _of_table}
    find = known.get(one["kind"], _of_names)
    hint = find(mark, one, answer)
    if hint is None:
        return None
    for error in one.get("hints", ()):
        if hint[0] != _ALMOST and find(mark, {**one, **error["like"]}, answer) is None:
            return error.get(language, error["en"])
    template, values = hint
    return _(template).format(**values)


_ALMOST = N_("Almost: give it with one more decimal.")


def _of_number(mark, one, answer):
    found = _numbers(answer)
    if len(found) != 1:
        return N_("One number is asked for."), {}
    readings, percent = found[0]
    if percent and not (one.get("share") or one.get("points")):
        return N_("A per cent sign divides by 100, and this number is no share."), {}
    readings = [as_asked for one_of in readings for as_asked in _in_unit(one, *one_of, percent)]

    def fits(factor: float, rounded: int = 0) -> bool:
        """Whether the right number lies where the answer, as it is rounded, may."""
        for number, half in readings:
            low, high = (_band(factor * number + sign * half * rounded, one) for sign in (-1, 1))
            if high - low < 1000 and one["right"] in map(mark, range(low, high + 1)):
                return number != 0 or not rounded
        return False

    if fits(1):
        return None
    if fits(1, rounded=1):
        return _ALMOST, {}
    if fits(-1):
        return N_("Its size is right; look at its sign."), {}
    if fits(100) or fits(0.01):
        return N_("A factor of 100 is missing: a share or a percentage?"), {}
    return N_("Look at your steps again; the lesson has done the same above."), {}


def _in_unit(one, number, half, percent):
    """A number, and the half of its last digit, on the side that is natural to what is asked: a
    share up to 1 is one, above it per cent; points of up to 1 may be a share.
    """
    if one.get("share"):
        factor = 0.01 if percent or abs(number) > 1 else 1
        return [(factor * number, factor * half)]
    if one.get("points") and not percent and abs(number) <= 1:
        return [(number, half), (100 * number, 100 * half)]
    return [(number, half)]


def _of_word(mark, one, answer):
    values, right, truths = _values(answer), {*one["right"]}, {mark("yes"), mark("no")}
    if len(values) > 1:
        return N_("One answer is asked for, not several."), {}
    if not truths & right:
        said = {*map(mark, _forms(values[0]))}
        hint = N_("Look again at what decides it; the lesson has done the same above.")
    else:
        said = {mark(_truth(values[0]))}
        hint = N_("Look at the table that decides it, and at its interval.")
        if not said & truths:
            return N_("Answer True or False."), {}
    return None if said & right else (hint, {})


def _of_names(mark, one, answer):
    def places(names):
        marks = [{*map(mark, _forms(name))} for name in names]
        rights = [*enumerate(one["right"])]
        return [next((i for i, right in rights if m.intersection(right)), None) for m in marks]

    # Of a table, the column that names what is asked for.
    at = max(map(places, _names(answer)), key=lambda at: len({*at} - {None}), default=[])
    found = list(dict.fromkeys(place for place in at if place is not None))
    if None in at:
        total = len(found) + at.count(None)
        values = {"count": len(found), "total": total}
        return N_("Of the {total} that you name, {count} belong there."), values
    if len(found) < len(one["right"]):
        return N_("What you name belongs there, but something is missing."), {}
    if one["kind"] == "order" and found != sorted(found):
        return N_("These are the right ones, but in another order."), {}
    return None


def _of_table(mark, one, answer):
    table = {mark(form): value for key, value in _pairs(answer) for form in _forms(key)}
    if not table.keys() & one["right"].keys():
        return N_("A number for each name is asked for: a dict, a Series or a table."), {}
    right = [_of_number(mark, n, table.get(k)) is None for k, n in one["right"].items()]
    if all(right):
        return None
    return N_("{count} of {total} numbers are right."), {"count": sum(right), "total": len(right)}


# ---- answers, in whatever they are kept


def _values(answer: Any) -> list[Any]:
    """The single values of an answer, without what is missing or blank."""
    if isinstance(answer, Mapping):
        answer = list(answer.values())
    if isinstance(answer, (pd.DataFrame, pd.Series, pd.Index)):
        answer = answer.to_numpy()
    if isinstance(answer, Iterable) and not isinstance(answer, (str, bytes)):
        return [value for one in _array(answer) for value in _values(one)]
    if answer is None or answer is pd.NA or answer is ... or answer != answer:
        return []
    return [] if isinstance(answer, str) and not answer.strip() else [answer]


def _array(answer: Iterable) -> Iterable:
    """An array as it is (one without dimensions cannot be walked through), the rest as a list."""
    return answer.ravel().tolist() if isinstance(answer, np.ndarray) else list(answer)


def _numbers(answer: Any) -> list[tuple[list[tuple[float, float]], bool]]:
    """The numbers of an answer: each as what it may mean ("1,234" may mean two) with half of its
    last digit, and whether it is in per cent. What stands around a number is passed over.
    """
    values = _values(answer)
    if len(values) != 1 or isinstance(values[0], (bool, np.bool_)):
        return []
    if not isinstance(values[0], str):
        try:
            number = float(values[0])
        except (TypeError, ValueError, OverflowError):
            return []
        return [([_read(f"{number!r}".removesuffix(".0"))], False)] if math.isfinite(number) else []
    text = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", values[0]).replace("\N{MINUS SIGN}", "-")
    found = []
    for word, sign, digits, percent in _NUMBER.findall(text):
        plain = [
            digits.replace(group, "").replace(point, ".")
            for group, point in (",.", ".,")
            if re.fullmatch(rf"\d*(?:(?<=\d)[{group}]\d{{3}})*(?:[{point}]\d+)?(?:e.*)?", digits)
        ]
        readings = [_read(("-" if word else sign) + one) for one in dict.fromkeys(plain)]
        found.append((readings, bool(percent)))
    return found


def _read(digits: str) -> tuple[float, float]:
    number = Decimal(digits)
    return float(number), 0.5 * 10.0 ** min(number.as_tuple().exponent, 0)


def _word(value: Any) -> str:
    """A word without accents, capitals, blanks and signs; yes and no in either language."""
    letters = unicodedata.normalize("NFKD", str(value).casefold())
    word = "".join(c for c in letters if c.isalnum())
    return next((same for same, others in _SAME.items() if word in others), word)


def _truth(value: Any) -> str:
    """Yes or no, where a value begins so; what is written after it may give reasons."""
    said = str(value).strip().removesuffix(".0")
    word = _word(re.split(r"[\s;:]|[.,](?!\d)", said)[0])
    return _TRUTHS.get(word, word)


def _forms(value: Any) -> set[str]:
    """What a name may have been sealed as: with or without article, kind and explanation, of either
    gender and number.
    """
    named = _NOUN.sub("", str(value)).strip()
    words = {
        _word(one) for one in (value, named, _ARTICLE.sub("", named, 1), _ARTICLE.sub("", named))
    }
    stems = {word.removesuffix("s") for word in words}
    turned = {stem[:-1] + end for stem in stems if stem.endswith(("a", "o")) for end in "ao"}
    return words | turned | stems | {stem + "s" for stem in stems}


def _names(answer: Any) -> list[list[str]]:
    """The names in an answer: of a mapping or Series of true and false those that are true, of
    numbers their keys; of a table its index and every column of text.
    """
    if isinstance(answer, pd.DataFrame):
        texts = [answer[c] for c in answer if pd.api.types.is_string_dtype(answer[c])]
        return [list(map(str, names)) for names in (answer.index, *texts)]
    if isinstance(answer, (Mapping, pd.Series)):
        items = list(answer.items())
        truths = all(isinstance(value, (bool, np.bool_)) for _, value in items)
        if isinstance(answer, Mapping) or not any(isinstance(v, str) for _, v in items):
            answer = [key for key, value in items if value or not truths]
    names = [str(name) for name in _values(answer)]
    if len(names) == 1:
        parts = re.split(r"[,;\n]|\s(?:and|e|&)\s", names[0])
        names = names[0].split() if len(parts) == 1 else parts
    return [[name for name in names if _word(name)]]


def _pairs(answer: Any) -> list[tuple[Any, Any]]:
    """Names and their numbers."""
    if isinstance(answer, pd.DataFrame):
        texts = [c for c in answer if pd.api.types.is_string_dtype(answer[c])]
        answer = answer.set_index(texts[0]) if texts else answer
        numbers = answer.select_dtypes("number")
        if numbers.shape[1] != 1 and len(numbers) == 1:
            return list(numbers.iloc[0].items())
        return list(numbers.iloc[:, 0].items()) if numbers.shape[1] == 1 else []
    if isinstance(answer, (Mapping, pd.Series)):
        return list(answer.items())
    pairs = _array(answer) if isinstance(answer, Iterable) else []
    return [(one[0], one[1]) for one in pairs if isinstance(one, (list, tuple)) and len(one) == 2]
