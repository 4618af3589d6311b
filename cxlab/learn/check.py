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
from functools import cache, partial
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
import yaml

from cxlab.errors import CxlabError
from cxlab.learn.lessons import course_folder
from cxlab.show.words.catalogue import N_, translator

_KINDS = ("number", "word", "set", "order", "table")
_SAME = {
    "yes": {"true", "sim", "verdadeiro", "y", "s"},
    "no": {"false", "nao", "falso", "n"},
}
_NUMBER = re.compile(r"([-+]?\d*[\d.,]*\d[.,]?(?:e[-+]?\d+)?)(%|pp|p\.p\.|points?|pontos?)?", re.I)


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


def check(lesson: str | int, /, *answers: Any, language: str = "en", **named: Any) -> Checked:
    """Whether the answers to a lesson's exercise are right, with a hint where one is not yet.

    Parameters
    ----------
    lesson : str or int
        The lesson's number: "02".
    *answers
        Answers in the exercise's order, in any type that can hold them.
    language : {"en", "pt-BR"}
        The reader's.
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
    asked = _asked(lesson)
    given = dict(zip(asked, answers, strict=False)) | named
    unknown = [name for name in named if name not in asked]
    if unknown or len(answers) > len(asked) or not given:
        raise CxlabError(
            'lesson {lesson} asks for {known}; write check("{lesson}", {example}=…)',
            lesson=f"{int(lesson):02d}",
            known=", ".join(asked),
            example=next(iter(asked)),
        )
    _ = translator(language)
    said, right = [], []
    for name, answer in given.items():
        one = asked[name]
        hint = _hint(partial(_mark, int(lesson), name), one, answer, _, language)
        right.append(hint is None)
        label = one["label"].get(language, one["label"]["en"])
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
        Whether a hundredth or a hundred of it is right too (0.34, 34, "34 %").

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
    In `answers.yml` it stands under lesson and name, with a `label` in each language. `hints`
    beside it are for the commonest errors: each has `like` (the error sealed in the same way,
    without its kind) and what is said of it in each language.

    Examples
    --------
    >>> import cxlab as cx
    >>> sorted(cx.learn.seal("02", "share", "number", 0.34, within=0.02))
    ['kind', 'offset', 'right', 'within']
    """
    mark, flag = partial(_mark, int(lesson), name), {"share": True} if share else {}
    if kind not in _KINDS or (within is None and kind in ("number", "table")):
        raise CxlabError(
            "seal: kind={kind!r}, within={within}; it is one of {known}, and a number needs within",
            kind=kind,
            within=within,
            known=", ".join(_KINDS),
        )
    if kind == "number":
        # Bands twice as wide as what is let pass, so laid that the right number is in the middle.
        offset = round((right - within) % (2 * within), 6)
        band = _band(right, {"within": within, "offset": offset})
        return {"kind": kind, "within": within, "offset": offset, "right": mark(band), **flag}
    if kind == "table":
        numbers = {
            mark(_word(key)): seal(lesson, name, "number", value, within, share=share)
            for key, value in right.items()
        }
        return {"kind": kind, "right": numbers}

    def marks(names: Any) -> list[str]:
        return sorted(mark(_word(one)) for one in (names if isinstance(names, list) else [names]))

    return {"kind": kind, "right": marks(right) if kind == "word" else [*map(marks, right)]}


@cache
def _answers() -> dict[str, Any]:
    return yaml.safe_load((course_folder() / "answers.yml").read_text(encoding="utf-8"))


def _asked(lesson: str | int) -> dict[str, Any]:
    number = f"{int(lesson):02d}" if str(lesson).strip().isdigit() else str(lesson)
    if number not in _answers():
        raise CxlabError(
            "lesson {lesson!r}: there are {known}", lesson=lesson, known=", ".join(_answers())
        )
    return _answers()[number]


def _mark(lesson: int, name: str, text: object) -> str:
    return blake2b(f"{lesson}|{name}|{text}".encode(), digest_size=6).hexdigest()


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
    hint = known.get(one["kind"], _of_names)(mark, one, answer)
    if hint is None:
        return None
    for error in one.get("hints", ()):
        like = {**one, **error["like"]}
        if known.get(one["kind"], _of_names)(mark, like, answer) is None:
            return error.get(language, error["en"])
    template, values = hint
    return _(template).format(**values)


def _of_number(mark, one, answer):
    found = _numbers(answer)
    if not found:
        return N_("One number is asked for."), {}
    if one.get("share"):
        found += [factor * number for number in found for factor in (0.01, 100)]

    def fits(factor: float) -> bool:
        return any(mark(_band(factor * number, one)) == one["right"] for number in found)

    if fits(1):
        return None
    if fits(-1):
        return N_("Its size is right; look at its sign."), {}
    if fits(100) or fits(0.01):
        return N_("A factor of 100 is missing: a share or a percentage?"), {}
    return N_("Look at your steps again; the lesson has done the same above."), {}


def _of_word(mark, one, answer):
    values = _values(answer)
    if len(values) == 1 and mark(_word(values[0])) in one["right"]:
        return None
    if len(values) > 1:
        return N_("One answer is asked for, not several."), {}
    return N_("Look at the table that decides it, and at its interval."), {}


def _of_names(mark, one, answer):
    marks = [mark(name) for name in _names(answer)]
    places = [[i for i, right in enumerate(one["right"]) if m in right] for m in marks]
    found = [at[0] for at in places if at]
    if len(found) < len(marks):
        values = {"count": len(found), "total": len(marks)}
        return N_("Of the {total} that you name, {count} belong there."), values
    if set(found) != set(range(len(one["right"]))):
        return N_("What you name belongs there, but something is missing."), {}
    if one["kind"] == "order" and found != sorted(found):
        return N_("These are the right ones, but in another order."), {}
    return None


def _of_table(mark, one, answer):
    table = {mark(_word(key)): value for key, value in _pairs(answer)}
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


def _numbers(answer: Any) -> list[float]:
    """What number an answer may mean; "1,234" may mean two."""
    values = _values(answer)
    if len(values) != 1 or isinstance(values[0], (bool, np.bool_)):
        return []
    if not isinstance(values[0], str):
        try:
            number = float(values[0])
        except (TypeError, ValueError, OverflowError):
            return []
        return [number] if math.isfinite(number) else []
    text = re.sub(r"\s", "", values[0]).replace("\N{MINUS SIGN}", "-")
    match = _NUMBER.fullmatch(text)
    if not match:
        return []
    found = []
    for group, decimal in ((",", "."), (".", ",")):
        plain = match[1].replace(group, "").replace(decimal, ".")
        if plain.count(".") <= 1 and match[1].count(decimal) <= 1:
            found.append(float(plain))
    return [one / 100 for one in found] + found if match[2] == "%" else found


def _word(value: Any) -> str:
    """A word without accents, capitals, blanks and signs; yes and no in either language."""
    letters = unicodedata.normalize("NFKD", str(value).casefold())
    word = "".join(c for c in letters if c.isalnum())
    return next((same for same, others in _SAME.items() if word in others), word)


def _names(answer: Any) -> list[str]:
    """The names in an answer, each once: of a mapping or Series of true and false those that are
    true, of another one its keys where its values are numbers.
    """
    if isinstance(answer, pd.DataFrame):
        texts = [c for c in answer if pd.api.types.is_string_dtype(answer[c])]
        answer = answer[texts[0]] if texts else answer.index
    if isinstance(answer, (Mapping, pd.Series)):
        items = list(answer.items())
        truths = all(isinstance(value, (bool, np.bool_)) for _, value in items)
        if isinstance(answer, Mapping) or not any(isinstance(v, str) for _, v in items):
            answer = [key for key, value in items if value or not truths]
    names = _values(answer)
    if len(names) == 1 and isinstance(names[0], str):
        parts = re.split(r"[,;\n]|\s(?:and|e|&)\s", names[0])
        names = names[0].split() if len(parts) == 1 else parts
    return list(dict.fromkeys(word for word in map(_word, names) if word))


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
