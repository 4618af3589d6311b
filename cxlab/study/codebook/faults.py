"""What is wrong in a declared file, named by its key, its value and what to do.

A study is declared by people, in a hurry. One call must list all that is wrong, in the file and in
the data behind it, so what is faulty is taken out and the rest is checked all the same.
"""

import contextlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pydantic
import yaml

from cxlab.data_files import read_data
from cxlab.errors import Fault, Said, StudyError, said
from cxlab.study.codebook.declared import LISTED, Declared
from cxlab.study.codebook.normal import composed
from cxlab.study.codebook.roles import ROLE_WORDS, ROLES, nearest, role_of
from cxlab.study.codebook.row_keys import Filter
from cxlab.study.codebook.schema import Codebook

_SAID = read_data("study.codebook", "faults.yml")
MOST_FAULTS = 100  # of keys, that are told one by one
Item = Mapping[str, Any]  # one of pydantic's errors


def yaml_fault(error: Exception, file: str) -> Fault:
    """Why a YAML file cannot be read."""
    if isinstance(error, UnicodeDecodeError):
        return Fault(said("{file} is not UTF-8 text", file=file), file, fix="save it as UTF-8")
    if isinstance(error, OSError):
        return Fault(
            said("not readable: {why}", why=error.strerror),
            file,
            fix=said("{file} must be a text file", file=file),
        )
    # Anchors are followed by PyYAML itself, which then raises other errors.
    fix, rows = "write no anchor inside itself", ()
    if isinstance(error, yaml.YAMLError):
        mark = getattr(error, "problem_mark", None)
        fix, rows = "check the indentation and the quotes there", (mark.line + 1,) if mark else ()
    problem = getattr(error, "problem", None) or str(error)
    return Fault(said("not readable as YAML: {problem}", problem=problem), file, rows=rows, fix=fix)


def key_faults(
    error: pydantic.ValidationError, file: str, declared: Mapping, fix: Callable[[Item], str]
) -> list[Fault]:
    """pydantic's errors in what a file declares as faults; `fix` says what to do."""
    faults, items = [], error.errors()
    for item in items[:MOST_FAULTS]:
        unknown = item["type"] == "extra_forbidden"
        shown = not unknown and item["type"] != "missing"
        shown = shown and isinstance(item["input"], (str, int, float))
        place, value = _place(item["loc"], declared), str(item["input"]) if shown else ""
        faults += [Fault(one, file, place, (), value, fix(item)) for one in _problems(item)]
    if (more := len(items) - MOST_FAULTS) > 0:
        faults.append(Fault(said("{n} more keys are wrong", n=more), file, fix="mend these first"))
    return faults


def _problems(item: Item) -> Sequence[str]:
    """What pydantic says of an error; what our own checks raised, as they said it."""
    if item["type"] == "extra_forbidden":
        return ["no such key"]
    held = item.get("ctx", {})
    if isinstance(error := held.get("error"), ValueError):
        apart = ([one] if isinstance(one, Said) else str(one).split("\n") for one in error.args)
        return [line for lines in apart for line in lines]
    template = _SAID["pydantic"].get(item["type"])
    if template is None:
        return [item["msg"]]
    plain = {key: f"{one:g}" if isinstance(one, float) else one for key, one in held.items()}
    return [said(template, **plain)]


def parse_codebook(declared: dict, file: str = "study.yml") -> Codebook:
    """Check a mapping of study.yml's keys. Raises StudyError listing every fault with its place and
    value.
    """
    declared = _numbered(declared)
    try:
        return Codebook.model_validate(declared)
    except pydantic.ValidationError as error:
        raise StudyError(key_faults(error, file, declared, _fix)) from None


def _numbered(declared: dict) -> dict:
    """A copy with mappings of ids as the lists that the codebook makes of them, so that its errors
    count what stands there.
    """
    declared = composed(declared)
    for key, listed in LISTED.items():
        with contextlib.suppress(ValueError):  # which the codebook will raise
            declared |= {key: listed(declared[key])} if key in declared else {}
    return declared


def _fix(item: Item) -> str:
    kind, loc = item["type"], item["loc"]
    if kind == "literal_error":
        allowed = re.findall("'([^']*)'", item["ctx"]["expected"])
        if close := nearest(
            str(item["input"]).casefold(), {one.casefold(): one for one in allowed}
        ):
            return said("did you mean {name!r}?", name=close)
    if kind != "extra_forbidden":
        is_shape = kind in ("model_type", "tuple_type") and len(loc) < 3
        form = _SAID["forms"].get(loc[0]) if is_shape else None
        known = (form, *map(_SAID["fixes"].get, (*loc[-1:], kind, "value_error")))
        return next(filter(None, known))
    key, role = str(loc[-1]), role_of(str(loc[-1]))
    # Nobody is told `in` or `not_in`: any short typing error is near to them.
    models = [Codebook] if len(loc) == 1 else Declared.__subclasses__()
    models = [model for model in models if model is not Filter]
    fields = [pair for model in models for pair in model.model_fields.items()]
    known = {field.alias or name for name, field in fields} | {"column"}
    known = {name: name for name in sorted(known.difference(ROLES))}
    if loc[0] == "touchpoints" and len(loc) == 3:
        if role in ROLES:
            return said(
                "{key!r} means {role}, which is declared here already: keep one", key=key, role=role
            )
        known |= ROLE_WORDS
    if close := nearest(key, known):
        return said("did you mean {name!r}?", name=close)
    if role in ROLES:
        return said("{role} is a key of a touchpoint", role=role)
    return "templates/study.yml shows the format"


def _place(loc: tuple, declared: Mapping) -> str:
    """`touchpoints.delivery.experience`: the id stands for the number of an item in a list."""
    # Names of pydantic's branches of a union are no keys, and `column` is one of two names.
    branches = ("column", "Scale", "str", "constrained-str")
    parts = [one for one in map(str, loc) if one not in branches and "function-" not in one]
    if len(loc) > 1 and isinstance(loc[1], int):
        items = declared.get(loc[0])
        if isinstance(items, dict):
            del parts[1]  # one mapping where a list is allowed has no number worth showing
        # Several actions may be of one touchpoint: the number tells which.
        elif loc[0] != "actions" and isinstance(items, list) and isinstance(items[loc[1]], dict):
            item = items[loc[1]]
            keys = ("touchpoint", "outcome", "construct", "question", "file")
            parts[1] = str(next(filter(None, map(item.get, keys)), loc[1]))
    return ".".join(parts)


def prune(declared: dict, file: str) -> tuple[Codebook | None, list[Fault]]:
    """The codebook of what is right in `declared`, and the faults of the rest: so that the data can
    be checked in the same call. None where the faults are of the study as a whole.
    """
    faults, declared = [], _numbered(declared)
    for _ in range(20):
        try:
            return Codebook.model_validate(declared), faults
        except pydantic.ValidationError as error:
            found = key_faults(error, file, declared, _fix)
            faults += [fault for fault in found if fault not in faults]
            if not _remove(declared, error.errors()):
                break
    return None, faults


def _remove(declared: dict, errors: list[Item]) -> bool:
    """Take the faulty keys and items out. False where what is wrong belongs to the study as a
    whole.
    """
    removed, by_key = False, defaultdict(list)
    for item in errors:
        if item["loc"]:
            by_key[item["loc"][0]].append(item)
    for key, mine in by_key.items():
        if all(item["type"] == "extra_forbidden" for item in mine):
            removed |= any([_drop_key(declared, item["loc"]) for item in mine])
        elif key == "actions" and all(item["type"].startswith("date") for item in mine):
            for item in mine:  # the rest of the action is checked all the same
                declared[key][item["loc"][1]].pop(item["loc"][2])
            removed = True
        elif key in LISTED and all(len(item["loc"]) > 1 for item in mine):
            wrong = {item["loc"][1] for item in mine}
            declared[key] = [one for n, one in enumerate(declared[key]) if n not in wrong]
            removed = True
        elif key not in ("client", "responses", "touchpoints"):
            removed |= declared.pop(key, declared) is not declared
    return removed


def _drop_key(place: Any, loc: tuple) -> bool:
    """Delete the key at `loc`, which also names branches of a union and numbers one mapping where a
    list is allowed.
    """
    for part in loc[:-1]:
        if isinstance(place, list) or part in place:
            place = place[part]
    return isinstance(place, dict) and place.pop(loc[-1], place) is not place
