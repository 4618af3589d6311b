"""The exports of unseen.yml as tables, with what is true of their columns (as in truth.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from cxlab.study.exports.table import Table
from tests.study.exports.held_out import Made

EXPORTS = yaml.safe_load(Path(__file__).with_name("unseen.yml").read_text("utf-8"))


def exports() -> Iterator[tuple[Table, dict]]:
    """Each table with its truth."""
    for name, held in EXPORTS.items():
        made = Made(name, held.get("tool", ""), 200)
        for column in held["columns"]:
            _add(made, column)
        yield made.table(), made.truth | {key: held[key] for key in ("pairs",) if key in held}


def _add(made: Made, column: dict[str, Any]) -> None:
    """The columns of one question, `{}` in its name or text being what each asks it of."""
    for place, item in enumerate(column.get("of", [""])):
        names, text = column["name"], column.get("text", "").replace("{}", item)
        name = names[place] if isinstance(names, list) else names.replace("{}", item)
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
