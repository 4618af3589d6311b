"""What a cell runs, as a hash: the functions of cxlab and of the calibration that one of its
studies calls, and what their modules define around them.

Comments and docstrings are no part of it, nor how a study is read, so that a cell runs again when a
line that it runs changes, and not when one of another estimator does.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType

from harness import QUICK

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parents[1] / "cxlab"
# The books themselves change no figure. How answers are declared and read is held by tests of its
# own (tests/study), and a result carries its kind beside its numbers: so another key of study.yml
# makes no figure old.
BOOKS = {"harness.py", "traced.py", "run.py"}
READING = {PACKAGE / "study" / room for room in ("codebook", "exports", "privacy", "read")}
ABOUT = {PACKAGE / f"{name}.py" for name in ("data_files", "errors", "glossary", "result")}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def fingerprint(cell: dict, call: Callable[[], object]) -> str:
    """Hash of a cell, of what `call()` runs of cxlab and of the topic, and of the data that cxlab
    reads when it is imported.
    """
    ran = called(call)
    files = sorted({file for file, _ in ran})
    parts = [json.dumps(cell, sort_keys=True)]
    for file in files:
        around, functions = contents(file)
        lines = {line for of, line in ran if of == file}
        parts += [str(file.relative_to(HERE.parents[1])), around]
        parts += [functions[line] for line in sorted(lines & set(functions))]
    for folder in sorted({file.parent for file in files if PACKAGE in file.parents}):
        parts += [data.read_text(encoding="utf-8") for data in sorted(folder.glob("*.yml"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def called(call: Callable[[], object]) -> set[tuple[Path, int]]:
    """Files and first lines of the functions of cxlab and of the topics that are called."""
    seen: set[CodeType] = set()
    os.environ[QUICK] = "1"
    # Once before, so that what is imported late is there: importing calls functions too.
    call()
    forget()
    sys.setprofile(lambda frame, event, _: seen.add(frame.f_code) if event == "call" else None)
    try:
        call()
    finally:
        sys.setprofile(None)
        del os.environ[QUICK]
        forget()
    found = {(Path(code.co_filename), code.co_firstlineno) for code in seen}
    return {(file, line) for file, line in found if ours(file)}


def ours(file: Path) -> bool:
    if file.parent == HERE:
        return file.name not in BOOKS
    return PACKAGE in file.parents and not READING & {*file.parents} and file not in ABOUT


def forget() -> None:
    """Empty the caches of cxlab and of the topics: what an earlier cell left there would not be
    called again.
    """
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and ours(Path(file)):
            for thing in list(vars(module).values()):
                if hasattr(thing, "cache_clear"):
                    thing.cache_clear()


@cache
def contents(file: Path) -> tuple[str, dict[int, str]]:
    """What a module defines outside its functions, and each function by the line that its code
    object says it starts at (its first decorator's); those inside others are part of them. A page
    template, which Jinja runs under its own file's name, counts as it stands.
    """
    if file.suffix != ".py":
        return file.read_text(encoding="utf-8"), {}
    tree = without_docstrings(ast.parse(file.read_text(encoding="utf-8")))
    functions: dict[int, str] = {}

    def take(body: list[ast.stmt]) -> list[ast.stmt]:
        rest = []
        for statement in body:
            if isinstance(statement, Function):
                functions[min(n.lineno for n in [statement, *statement.decorator_list])] = ast.dump(
                    statement
                )
            elif isinstance(statement, ast.ClassDef):
                statement.body = take(statement.body)
                rest.append(statement)
            elif not isinstance(statement, ast.Import | ast.ImportFrom):
                rest.append(statement)
        return rest

    return "\n".join(map(ast.dump, take(tree.body))), functions


def without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, Function | ast.ClassDef | ast.Module):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return tree
