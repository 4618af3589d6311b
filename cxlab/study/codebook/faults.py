"""What is wrong in a declared file, named by its key, its value and what to do.

A study is declared by people, in a hurry. One call must list all that is wrong, in the file and in
the data behind it, so what is faulty is taken out and the rest is checked all the same.
"""

import copy
import difflib
from collections.abc import Callable, Mapping
from typing import Any

import pydantic
import yaml

from cxlab.errors import Fault, StudyError
from cxlab.study.codebook.schema import Codebook, Declared, Filter

_FIXES = {
    "date_from_datetime_parsing": "write dates as YYYY-MM-DD",
    "date_parsing": "write dates as YYYY-MM-DD",
    "missing": "add this key; templates/study.yml shows it",
}
Item = Mapping[str, Any]  # one of pydantic's errors


def yaml_fault(error: Exception, file: str) -> Fault:
    """Why a YAML file cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        return Fault(f"{file} is not UTF-8 text", file, fix="save it as UTF-8")
    if isinstance(error, OSError):
        return Fault(f"not readable: {error.strerror}", file, fix=f"{file} must be a text file")
    # Dates are built and anchors followed by PyYAML itself, which then raises other errors.
    fix, rows = "write dates as YYYY-MM-DD, and no anchor inside itself", ()
    if isinstance(error, yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        fix, rows = "check the indentation and the quotes there", (mark.line + 1,) if mark else ()
    problem = getattr(error, "problem", None) or error
    return Fault(f"not readable as YAML: {problem}", file, rows=rows, fix=fix)


def key_faults(
    error: pydantic.ValidationError,
    file: str,
    place: Callable[[tuple], str],
    fix: Callable[[Item], str],
) -> list[Fault]:
    """pydantic's errors as faults; `place` names the key that is meant, `fix` says what to do."""
    faults = []
    for item in error.errors():
        unknown = item["type"] == "extra_forbidden"
        said = not unknown and item["type"] != "missing"
        said = said and isinstance(item["input"], (str, int, float))
        message = "no such key" if unknown else item["msg"].removeprefix("Value error, ")
        faults += [
            Fault(line, file, place(item["loc"]), (), str(item["input"]) if said else "", fix(item))
            for line in message.split("\n")
        ]
    return faults


def parse_codebook(declared: dict, file: str = "study.yml") -> Codebook:
    """Check a mapping of study.yml's keys. Raises StudyError listing every fault with its place and
    value.
    """
    try:
        return Codebook.model_validate(declared)
    except pydantic.ValidationError as error:
        raise StudyError(_faults(error, file, declared)) from None


def _faults(error: pydantic.ValidationError, file: str, declared: dict) -> list[Fault]:
    return key_faults(error, file, lambda loc: _place(loc, declared), _fix)


def _fix(item: Item) -> str:
    if item["type"] != "extra_forbidden":
        return _FIXES.get(item["type"], "")
    # Nobody is told `in` or `not_in`: any short typing error is near to them.
    models = [model for model in Declared.__subclasses__() if model is not Filter]
    fields = [pair for model in models for pair in model.model_fields.items()]
    known = sorted({field.alias or name for name, field in fields} | {"column"})
    close = difflib.get_close_matches(str(item["loc"][-1]), known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else "see the study format in README.md"


def _place(loc: tuple, declared: dict) -> str:
    """`touchpoints.delivery.experience`: the id stands for the number of an item in a list."""
    # Names of pydantic's branches of a union are no keys, and `column` is one of two names.
    parts = [str(part) for part in loc if part not in ("column", "Scale", "str", "constrained-str")]
    items = declared.get(parts[0]) if parts else None
    if len(parts) > 1 and parts[1].isdigit():
        number = int(parts[1])
        if isinstance(items, dict):
            # A mapping of ids was numbered; one mapping where a list is allowed has no number worth
            # showing.
            ids = list(items) if parts[0] != "responses" else []
            parts[1:2] = map(str, ids[number : number + 1])
        elif isinstance(items, list) and isinstance(item := items[number], dict):
            names = (item.get(key) for key in ("touchpoint", "outcome", "file"))
            parts[1] = str(next(filter(None, names), number))
    return ".".join(parts)


def prune(declared: dict, file: str) -> tuple[dict, list[Fault]]:
    """`declared` without what is wrong in it, and the faults of that: so that the rest can be
    checked in the same call.
    """
    faults = []
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


def _remove(declared: dict, errors: list[Item]) -> bool:
    """Take the faulty keys and items out. False where what is wrong belongs to the study as a
    whole.
    """
    removed = False
    for key in dict.fromkeys(item["loc"][0] for item in errors if item["loc"]):
        mine = [item for item in errors if item["loc"][:1] == (key,)]
        if all(item["type"] == "extra_forbidden" for item in mine):
            for item in mine:
                removed = _drop_key(declared, item["loc"]) or removed
        elif key in ("touchpoints", "outcomes", "constructs") and all(
            len(item["loc"]) > 1 for item in mine
        ):
            items, numbers = declared[key], {item["loc"][1] for item in mine}
            listed = list(items.items() if isinstance(items, dict) else items)
            kept = [one for number, one in enumerate(listed) if number not in numbers]
            declared[key] = type(items)(kept)
            removed = True
        elif key in declared and key not in ("client", "responses", "touchpoints"):
            del declared[key]
            removed = True
    return removed


def _drop_key(declared: dict, loc: tuple) -> bool:
    """Delete the key at `loc`, where a number counts the items of a list, of a mapping, or is the
    one mapping itself.
    """
    place = declared
    for part in loc[:-1]:
        if isinstance(place, list) or part in place:
            place = place[part]
        else:
            # A mapping of ids, or one mapping where a list is allowed, was numbered by the
            # codebook.
            held = list(place.values())
            if part < len(held) and all(isinstance(one, dict) for one in held):
                place = held[part]
    return isinstance(place, dict) and place.pop(loc[-1], place) is not place
