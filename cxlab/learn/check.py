"""Whether an exercise is answered right, without the right answer standing anywhere.

A student answers in whatever is at hand: a number of NumPy, a Series of one, "3,4", 34 % or 0.34, a
table in another order. The right answers lie beside the lessons (`answers.yml`) as hashes: a number
as the hash of the band around it, words as hashes of themselves. So neither the file nor what is
said tells them.
"""

import math
from dataclasses import dataclass
from functools import cache, partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

import yaml

from cxlab.errors import CxlabError, said
from cxlab.languages import language_of
from cxlab.learn.answers import (
    forms_of,
    names_of,
    numbers_of,
    pairs_of,
    truth_of,
    values_of,
    word_of,
)
from cxlab.learn.lessons import course_folder
from cxlab.show.words.catalogue import N_, translator

_KINDS = ("number", "word", "set", "order", "table")


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
    **named: Any,
) -> Checked:
    """Whether the answers to a lesson's exercise are right, with a hint where one is not yet.

    Parameters
    ----------
    lesson : str or int
        The lesson's number, "02", or its name in `file`: the key of a student, for instance.
    *answers
        Answers in the exercise's order, in any type that can hold them.
    language : {"en", "pt-BR"}
        The reader's.
    file : str or Path, optional
        Answers of your own, as `seal` makes them; by default those of the course.
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
    pergunta: ainda não. Reveja o que decide a resposta: a aula fez o mesmo mais acima.
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
    language = language_of(language)
    _ = translator(language)
    lines, right = [], []
    for name, answer in given.items():
        one = asked[name]
        hint = _hint(partial(_mark, lesson, name), one, answer, _, language)
        right.append(hint is None)
        label = one.get("label", {}).get(language, name)
        verdict = _("{answer}: right") if hint is None else _("{answer}: not yet. {hint}")
        lines.append(verdict.format(answer=label, hint=hint))
    return Checked(all(right), "\n".join(lines))


def seal(
    lesson: str | int,
    name: str,
    kind: str,
    right: Any,
    within: float | None = None,
    *,
    unit: str = "",
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
    unit : {"", "share", "points"}
        A share, 0.34, may be given as 34 or "34 %" too; points of 100 (an NPS), 34, as 0.34 or
        "34 %". Of anything else "%" is refused.

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
    mark = partial(_mark, lesson, name)
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
        sealed = {"kind": kind, "within": within, "offset": offset, "right": mark(band)}
        return sealed | ({unit: True} if unit else {})
    if kind == "table":
        numbers = {
            mark(word_of(key)): seal(lesson, name, "number", value, within, unit=unit)
            for key, value in right.items()
        }
        return {"kind": kind, "right": numbers}

    def marks(names):
        return sorted(mark(word_of(one)) for one in (names if isinstance(names, list) else [names]))

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


def _mark(lesson: str | int, name: str, text: object) -> str:
    return blake2b(
        f"{_key(lesson).removeprefix('0')}|{name}|{text}".encode(), digest_size=6
    ).hexdigest()


def _band(number, one):
    # Half a millionth, so that an answer on the edge of a band is not told from it by rounding.
    return math.floor((number - one["offset"]) / (2 * one["within"]) + 5e-7)


def _hint(mark, one, answer, _, language):
    """None where the answer is right, else what may help."""
    if not values_of(answer):
        return _("Nothing is filled in so far.")
    known = {"number": _of_number, "word": _of_word, "table": _of_table}
    find = known.get(one["kind"], _of_names)
    hint = find(mark, one, answer)
    if hint is None:
        return None
    for error in one.get("hints", ()):
        if hint != _ALMOST and find(mark, {**one, **error["like"]}, answer) is None:
            return error.get(language, error["en"])
    return _(getattr(hint, "template", hint)).format(**getattr(hint, "values", {}))


_ALMOST = N_("Almost: give it with one more decimal.")


def _of_number(mark, one, answer):
    found = numbers_of(answer)
    if len(found) != 1:
        return N_("One number is asked for.")
    readings, percent = found[0]
    if percent and not (one.get("share") or one.get("points")):
        return N_("A per cent sign divides by 100, and this number is no share.")
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
        return _ALMOST
    if fits(-1):
        return N_("Its size is right; look at its sign.")
    if fits(100) or fits(0.01):
        return N_("A factor of 100 is missing: a share or a percentage?")
    return N_("Look at your steps again; the lesson has done the same above.")


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
    values, right, truths = values_of(answer), {*one["right"]}, {mark("yes"), mark("no")}
    if len(values) > 1:
        return N_("One answer is asked for, not several.")
    if not truths & right:
        named = {*map(mark, forms_of(values[0]))}
        hint = N_("Look again at what decides it; the lesson has done the same above.")
    else:
        named = {mark(truth_of(values[0]))}
        hint = N_("Look at the table that decides it, and at its interval.")
        if not named & truths:
            return N_("Answer True or False.")
    return None if named & right else hint


def _of_names(mark, one, answer):
    places = {known: i for i, right in enumerate(one["right"]) for known in right}
    # Of a table, the column that names what is asked for.
    at = max(
        (
            [
                min({places.get(mark(form)) for form in forms_of(name)} - {None}, default=None)
                for name in names
            ]
            for names in names_of(answer)
        ),
        key=lambda found: len({*found} - {None}),
    )
    found = list(dict.fromkeys(place for place in at if place is not None))
    if None in at:
        counts = {"count": len(found), "total": len(found) + at.count(None)}
        return said(N_("Of the {total} that you name, {count} belong there."), **counts)
    if len(found) < len(one["right"]):
        return N_("What you name belongs there, but something is missing.")
    if one["kind"] == "order" and found != sorted(found):
        return N_("These are the right ones, but in another order.")
    return None


def _of_table(mark, one, answer):
    table = {mark(form): value for key, value in pairs_of(answer) for form in forms_of(key)}
    if not table.keys() & one["right"].keys():
        return N_("A number for each name is asked for: a dict, a Series or a table.")
    right = [_of_number(mark, n, table.get(k)) is None for k, n in one["right"].items()]
    if all(right):
        return None
    return said(N_("{count} of {total} numbers are right."), count=sum(right), total=len(right))
