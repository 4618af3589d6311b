"""study.yml as it was written: read, checked, and every fault named by its key, its value and what
to do.

A study is declared by people, in a hurry. One call must list all that is wrong, in the file and in
the data behind it, so what is faulty is taken out and the rest is checked all the same.
"""

from __future__ import annotations

import copy
import difflib
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pydantic
import yaml

from cxlab.errors import Fault, StudyError
from cxlab.study.codebook.schema import (
    Codebook,
    Comment,
    Construct,
    Fieldwork,
    Outcome,
    Report,
    Responses,
    Scale,
    Segment,
    Stage,
    Touchpoint,
    Weight,
)


def _known_keys() -> list[str]:
    models = (
        Codebook,
        Touchpoint,
        Outcome,
        Responses,
        Scale,
        Report,
        Weight,
        Fieldwork,
        Construct,
        Comment,
        Stage,
        Segment,
    )
    fields = [(name, field) for model in models for name, field in model.model_fields.items()]
    return sorted({field.alias or name for name, field in fields} | {"column"})


class _UniqueKeyLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys without a word: one of two touchpoints would
    vanish.
    """

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {sorted(map(str, twice))[0]!r} stands twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def parse_codebook(declared: dict, file: str = "study.yml") -> Codebook:
    """Check a mapping of study.yml's keys. Raises StudyError listing every fault with its place and
    value.
    """
    try:
        return Codebook.model_validate(declared)
    except pydantic.ValidationError as error:
        raise StudyError(_faults(error, file, declared)) from None


_FIXES = {
    "date_from_datetime_parsing": "write dates as YYYY-MM-DD",
    "date_parsing": "write dates as YYYY-MM-DD",
    "missing": "add this key; templates/study.yml shows it",
}


def _faults(
    error: pydantic.ValidationError, file: str, declared: dict | None = None
) -> list[Fault]:
    faults = []
    for item in error.errors():
        message = item["msg"].removeprefix("Value error, ")
        scalar = isinstance(item["input"], (str, int, float, bool)) and item["type"] != "missing"
        fix = _FIXES.get(item["type"], "")
        if item["type"] == "extra_forbidden":
            message = "no such key"
            close = difflib.get_close_matches(str(item["loc"][-1]), _known_keys(), n=1, cutoff=0.6)
            fix = f"did you mean {close[0]!r}?" if close else "see the study format in README.md"
        value = str(item["input"]) if scalar and item["type"] != "extra_forbidden" else ""
        faults.extend(
            Fault(line, file, _place(item["loc"], declared), (), value, fix)
            for line in message.split("\n")
        )
    return faults


def _place(loc: tuple, declared: dict | None) -> str:
    """`touchpoints.delivery.experience`: the id stands for the number of an item in a list."""
    parts = [str(part) for part in loc if part not in ("column", "Scale", "str", "constrained-str")]
    items = (declared or {}).get(parts[0]) if parts else None
    if len(parts) > 1 and parts[1].isdigit() and isinstance(items, (list, dict)):
        number = int(parts[1])
        if isinstance(items, dict):
            # A mapping of ids was numbered; one mapping where a list is allowed has no number worth
            # showing.
            ids = list(items) if parts[0] != "responses" else []
            parts[1:2] = [str(ids[number])] if number < len(ids) else []
        elif isinstance(items, list) and number < len(items) and isinstance(items[number], dict):
            parts[1] = str(
                items[number].get("touchpoint")
                or items[number].get("outcome")
                or items[number].get("file")
                or number
            )
    return ".".join(parts)


def prune(declared: dict, file: str) -> tuple[dict, list[Fault]]:
    """`declared` without what is wrong in it, and the faults of that: so that the rest can be
    checked in the same call.
    """
    faults: list[Fault] = []
    declared = copy.deepcopy(declared)
    for _ in range(20):
        try:
            Codebook.model_validate(declared)
            return declared, faults
        except pydantic.ValidationError as error:
            faults += [fault for fault in _faults(error, file, declared) if fault not in faults]
            if not _remove(declared, error.errors()):
                break
    return {}, faults


def _remove(declared: dict, errors: list) -> bool:
    """Take the faulty keys and items out. False where what is wrong belongs to the study as a
    whole.
    """
    gone = False
    for key in dict.fromkeys(item["loc"][0] for item in errors if item["loc"]):
        mine = [item for item in errors if item["loc"][:1] == (key,)]
        if all(item["type"] == "extra_forbidden" for item in mine):
            for item in mine:
                gone = _drop_key(declared, item["loc"]) or gone
        elif key in ("touchpoints", "outcomes", "constructs") and all(
            len(item["loc"]) > 1 for item in mine
        ):
            numbers, items = {item["loc"][1] for item in mine}, declared[key]
            kept = [
                one
                for i, one in enumerate(items.items() if isinstance(items, dict) else items)
                if i not in numbers
            ]
            declared[key] = dict(kept) if isinstance(items, dict) else kept
            gone = True
        elif key in declared and key not in ("client", "responses", "touchpoints"):
            del declared[key]
            gone = True
    return gone


def _drop_key(declared: dict, loc: tuple) -> bool:
    """Delete the key at `loc`, where a number counts the items of a list, of a mapping, or is the
    one mapping itself.
    """
    place: Any = declared
    for part in loc[:-1]:
        if isinstance(place, dict) and part not in place and isinstance(part, int):
            # A mapping of ids, or one mapping where a list is allowed, was numbered by the
            # codebook.
            values = list(place.values())
            place = (
                values[part]
                if values and all(isinstance(v, dict) for v in values) and part < len(values)
                else place
            )
        else:
            place = place[part]
    return isinstance(place, dict) and place.pop(loc[-1], place) is not place


def strings(value: Any, keys: bool = False) -> Iterator[str]:
    """Every text in nested mappings and lists; those that are keys too with `keys`."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from (*(strings(key) if keys else ()), *strings(item, keys))
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from strings(item, keys)


def read_codebook(path: Path) -> tuple[dict, Path]:
    """The mapping that study.yml holds (unchecked) and the file's path; `path` may be the study's
    folder.
    """
    path = Path(path)
    file = path / "study.yml" if path.is_dir() else path
    if not file.exists():
        near = (path / "study.yaml").exists() if path.is_dir() else False
        problem = (
            "there is no study.yml here" if path.is_dir() else "there is no such folder or file"
        )
        fix = (
            "rename study.yaml to study.yml"
            if near
            else "start from templates/study.yml"
            if path.is_dir()
            else "check the path"
        )
        raise StudyError([Fault(problem, file=path.name, fix=fix)])
    return read_mapping(file, "start from templates/study.yml"), file


# a batch asks for a study's keys at every step, and PyYAML is slow
@functools.lru_cache(maxsize=128)
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_UniqueKeyLoader)


def read_mapping(file: Path, fix: str) -> dict:
    """The keys that a YAML file holds, unchecked. `fix` is what to do where it holds none."""
    try:
        declared = copy.deepcopy(_parsed(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        raise StudyError(
            [Fault(f"{file.name} is not UTF-8 text", file=file.name, fix="save it as UTF-8")]
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        rows = (mark.line + 1,) if mark else ()
        problem = f"not readable as YAML: {getattr(error, 'problem', None) or error}"
        raise StudyError(
            [
                Fault(
                    problem,
                    file=file.name,
                    rows=rows,
                    fix="check the indentation and the quotes there",
                )
            ]
        ) from None
    except (ValueError, RecursionError) as error:
        # PyYAML builds dates itself, and follows an anchor into itself.
        raise StudyError(
            [
                Fault(
                    f"not readable as YAML: {error}",
                    file=file.name,
                    fix="write dates as YYYY-MM-DD, and no anchor inside itself",
                )
            ]
        ) from None
    except OSError as error:
        raise StudyError(
            [
                Fault(
                    f"not readable: {error.strerror}",
                    file=file.name,
                    fix=f"{file.name} must be a text file",
                )
            ]
        ) from None
    if not isinstance(declared, dict):
        raise StudyError([Fault(f"{file.name} holds no keys", file=file.name, fix=fix)])
    return declared
