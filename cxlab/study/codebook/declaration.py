"""The keys that study.yml or brand.yml holds, as they stand there, before anything is checked."""

import copy
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cxlab.errors import Fault, StudyError
from cxlab.study.codebook.faults import yaml_fault


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


# A batch asks for a study's keys at every step, and PyYAML is slow.
@functools.lru_cache(maxsize=128)
def _parsed(text: str) -> Any:
    return yaml.load(text, Loader=_UniqueKeyLoader)


def read_mapping(file: Path, fix: str) -> dict:
    """The keys that a YAML file holds, unchecked. `fix` is what to do where it holds none."""
    try:
        declared = copy.deepcopy(_parsed(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, OSError, ValueError, RecursionError) as error:
        raise StudyError(yaml_fault(error, file.name)) from None
    if not isinstance(declared, dict):
        raise StudyError(Fault(f"{file.name} holds no keys", file.name, fix=fix))
    return declared


def read_codebook(path: Path) -> tuple[dict, Path]:
    """The mapping that study.yml holds (unchecked) and the file's path; `path` may be the study's
    folder.
    """
    path = Path(path)
    start = "start from templates/study.yml"
    file = path / "study.yml" if path.is_dir() else path
    if file.exists():
        return read_mapping(file, start), file
    if path == file:
        problem, fix = "there is no such folder or file", "check the path"
    else:
        problem = "there is no study.yml here"
        fix = "rename study.yaml to study.yml" if (path / "study.yaml").exists() else start
        if inside := sorted(found.parent.name for found in path.glob("*/study.yml")):
            fix = f"name one of the studies in it: {', '.join(inside)}"
    raise StudyError(Fault(problem, path.name, fix=fix))


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
