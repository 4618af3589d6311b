"""The keys that study.yml or brand.yml holds, as they stand there, before anything is checked."""

import copy
import functools
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes
from cxlab.study.codebook.faults import yaml_fault
from cxlab.study.codebook.normal import repeated
from cxlab.study.codebook.own_file import own_file


class _TextLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Every value is the text that was typed, and its key's type says what it means: PyYAML would
    make `01`, `12:30` and `no` 1, 750 and false. Of two equal keys it would keep the last without a
    word, so that one of two touchpoints vanished.
    """

    yaml_implicit_resolvers = {
        "<": [("tag:yaml.org,2002:merge", re.compile("<<$"))],
        **dict.fromkeys(("", "~", "n"), [("tag:yaml.org,2002:null", re.compile("(~|null|)$"))]),
    }

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        keys = [str(self.construct_object(key, deep=True)) for key, _ in node.value]
        if twice := repeated(keys):
            again = max(i for i, key in enumerate(keys) if key == twice[0])
            problem = said("the key {key!r} stands twice", key=twice[0])
            mark = node.value[again][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, problem, mark)
        return super().construct_mapping(node, deep)


# A batch asks for a study's keys at every step, and PyYAML is slow.
@functools.lru_cache(maxsize=128)
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_TextLoader)


def held_in(text: str, file: str) -> Any:
    """What a text in YAML holds. Raises StudyError where that is too much, else yaml.YAMLError."""
    sizes.check_yaml(text, file)
    return copy.deepcopy(_parsed(text))


def read_mapping(file: Path, fix: str) -> dict:
    """The keys that a YAML file holds, unchecked. `fix` is what to do where it holds none."""
    try:
        sizes.check(file.stat().st_size, "bytes of YAML", file.name)
        text = file.read_text(encoding="utf-8")
        if sign := yaml.reader.Reader.NON_PRINTABLE.search(text):
            problem = said("a sign that YAML forbids: {sign}", sign=f"U+{ord(sign[0]):04X}")
            rows = (text.count("\n", 0, sign.start()) + 1,)
            raise StudyError(Fault(problem, file.name, rows=rows, fix="take it out"))
        declared = held_in(text, file.name)
    except StudyError:
        raise
    except (yaml.YAMLError, OSError, ValueError) as error:
        raise StudyError(yaml_fault(error, file.name)) from None
    if not isinstance(declared, dict):
        raise StudyError(Fault(said("{file} holds no keys", file=file.name), file.name, fix=fix))
    return declared


def read_codebook(path: Path) -> tuple[dict, Path]:
    """The mapping that study.yml holds (unchecked) and the file's path, in the folder as it is
    really called; `path` may be the study's folder.
    """
    path = Path(path)
    start = "start from templates/study.yml"
    file = path / "study.yml" if path.is_dir() else path
    if os.path.lexists(file):
        file = own_file(file.parent.resolve(), file.name, "", file.name)
        return read_mapping(file, start), file
    if path == file:
        problem, fix = "there is no such folder or file", "check the path"
    else:
        problem = "there is no study.yml here"
        fix = "rename study.yaml to study.yml" if (path / "study.yaml").exists() else start
        if inside := sorted(found.parent.name for found in path.glob("*/study.yml")):
            fix = said("name one of the studies in it: {studies}", studies=", ".join(inside))
    raise StudyError(Fault(problem, path.name, fix=fix))


def octal_numbers(file: Path) -> Iterator[Fault]:
    """Warnings of the numbers without quotes that begin with 0 in a YAML file that can be read."""
    for token in yaml.scan(file.read_text(encoding="utf-8"), _TextLoader):
        if (
            isinstance(token, yaml.ScalarToken)
            and token.plain
            and re.fullmatch("0[0-9]+", token.value)
        ):
            yield Fault(
                "a number that begins with 0 stands without quotes: other programs read another"
                " one",
                file.name,
                "",
                (token.start_mark.line + 1,),
                token.value,
                said('write "{number}"', number=token.value),
                "warning",
            )


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
