"""The exports of unseen.yml and rounds.yml as tables, with what is true of their columns (as in
truth.yml).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from cxlab.study.exports.headers import JOINT
from cxlab.study.exports.table import Table
from tests.study.exports.held_out import Made


def exports(file: str = "unseen.yml") -> Iterator[tuple[Table, dict]]:
    """Each table with its truth."""
    held = yaml.safe_load(Path(__file__).with_name(file).read_text("utf-8"))
    for name, export in held.items():
        made = Made(name, export.get("tool", ""), 200)
        for column in export["columns"]:
            _add(made, column, is_asked=file != "unseen.yml")
        truth = {key: export[key] for key in ("pairs",) if key in export}
        yield made.table(), made.truth | truth


def _add(made: Made, column: dict[str, Any], *, is_asked: bool) -> None:
    """The columns of one question, `{}` in its name or text being what each asks it of and `{3+}`
    its number from 3 on, or of several that stand turn by turn. is_asked: a name without a text is
    the question.
    """
    turn, first = column.get("turn", [column]), len(made.columns)
    for place, item in enumerate(turn[0].get("of", column.get("of", [""]))):
        for one in turn:
            own = one["of"][place] if "of" in one else item
            name = one["name"][place] if isinstance(one["name"], list) else one["name"]
            text = one.get("text", name.replace(JOINT, " ") if is_asked else "")
            _add_one(made, one, _filled(name, place, own), _filled(text, place, own))
    for code, why in column.get("unasked", {}).items():  # by the same respondents
        for place, one in enumerate(made.columns[first:], first + 1):
            made.cells[one.name][::6] = [code] * len(made.cells[one.name][::6])
            held = made.truth["missing"].setdefault(code, {})
            held[why] = f"{held.get(why, '')} {place}".strip()


def _filled(text: str, place: int, item: str) -> str:
    def number(found: re.Match) -> str:
        return str(int(found[1]) + place).zfill(len(found[1]))

    return re.sub(r"\{(\d+)\+\}", number, text).replace("{}", item)


def _add_one(made: Made, column: dict[str, Any], name: str, text: str) -> None:
    more = {"text": text, "labels": column.get("labels")}
    if "points" in column:
        gone = {code: (why, 0.1) for code, why in column.get("gone", {}).items()}
        told = {"key": "nps"} if column.get("nps") else {"points_told": _points(column)}
        made.rated(name, _answers(column["points"]), gone, **more, **told)
    elif "personal" in column:
        made.personal(name, [_like(made, column["personal"]) for _ in made.mood], text)
    else:
        made.choice(name, column["other"], **more)


def _answers(points: str | list) -> list:
    """`1 to 5` as numbers, answers in words as they are."""
    if isinstance(points, list):
        return points
    low, high = map(int, points.split(" to "))
    return [*range(low, high + 1)]


def _points(column: dict[str, Any]) -> str:
    answers = _answers(column["points"])
    ends = (1, len(answers)) if isinstance(answers[0], str) else (answers[0], answers[-1])
    return column.get("scale", "-".join(map(str, ends)))


def _like(made: Made, samples: list[str]) -> str:
    """A text like one of the samples, with other digits."""
    return re.sub(r"\d", lambda _: made.random.choice("123456789"), made.random.choice(samples))
