"""Every sentence that a Fault of cxlab/study, or a draft, may say, read from the source: constants
where a problem or a fix is given, templates of `said`, errors of the codebook's own checks, words
of data.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import yaml

PACKAGE = Path(__file__).resolve().parents[3] / "cxlab"
STUDY, DRAFT = PACKAGE / "study", PACKAGE / "study" / "exports" / "draft"
# What makes a fault, and which of its arguments says what to do; the first says what is wrong.
MAKERS = {"Fault": 5, "fault": 4, "warning": 4, "_warning": 5}
CHECKS = {"ValueError"}  # of the codebook; those of a reader are a library's reasons


class Source:
    """One file, with what its names stand for."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        self.named: dict[str, list[ast.expr]] = {}
        self.returned: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node.value)
            elif isinstance(node, ast.NamedExpr):
                self._assign(node.target, node.value)
            elif isinstance(node, ast.For):
                self._loop(node.target, node.iter)
            elif isinstance(node, ast.FunctionDef):
                ends = (one for one in ast.walk(node) if isinstance(one, (ast.Return, ast.Yield)))
                ends = (one.value for one in ends if one.value is not None)
                self.returned.setdefault(node.name, []).extend(ends)
                for argument, default in zip(
                    node.args.args[::-1], node.args.defaults[::-1], strict=False
                ):
                    self._assign(ast.Name(argument.arg), default)
                self._calls(node)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.named.setdefault(target.id, []).append(value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else []
            for one in choices:
                self._assign(target, one)
            if isinstance(value, ast.Subscript):  # a row of a table
                for one in target.elts:
                    self._assign(one, value)
            for one, part in zip(target.elts, parts, strict=False):
                self._assign(one, part)

    def _loop(self, target: ast.expr, values: ast.expr) -> None:
        for value in getattr(values, "elts", ()):
            self._assign(target, value)

    def _calls(self, function: ast.FunctionDef) -> None:
        """What the file's own calls give for an argument."""
        names = [one.arg for one in function.args.args]
        for node in self.nodes:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function.name:
                given = dict(zip(names, node.args, strict=False))
                given |= {one.arg: one.value for one in node.keywords if one.arg in names}
                for name, value in given.items():
                    self._assign(ast.Name(name), value)

    def words(self, node: ast.expr, seen: tuple[str, ...] = ()) -> Iterator[str]:
        """The constants that an expression may be."""
        assert not isinstance(node, ast.JoinedStr), (
            f"{self.file.name}:{node.lineno}: an f-string in a fault, which no catalogue knows"
        )
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Subscript):
            yield from self._rows(node, seen)
        else:
            for part, name in self._parts(node, seen):
                yield from self.words(part, (*seen, name) if name else seen)

    def _parts(self, node: ast.expr, seen: tuple[str, ...]) -> Iterator[tuple[ast.expr, str]]:
        """What an expression chooses from, with the name that stood for it."""
        if isinstance(node, ast.IfExp):
            yield from ((node.body, ""), (node.orelse, ""))
        elif isinstance(node, ast.BoolOp):
            yield from ((one, "") for one in node.values)
        elif isinstance(node, ast.Name) and node.id not in seen:
            held = self.named.get(node.id, _constants().get(node.id, ()))
            yield from ((one, node.id) for one in held)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "said":
                yield node.args[0], ""
            elif name not in seen:
                yield from ((one, name) for one in self.returned.get(name, ()))

    def _rows(self, node: ast.Subscript, seen: tuple[str, ...]) -> Iterator[str]:
        """The sentences of a table."""
        for table in self.named.get(getattr(node.value, "id", ""), ()):
            for part in ast.walk(table) if isinstance(table, ast.Dict) else ():
                if isinstance(part, (ast.Constant, ast.Name)):
                    yield from (one for one in self.words(part, seen) if " " in one)

    def templates(self) -> Iterator[str]:
        for node in self.nodes:
            if isinstance(node, ast.Call):
                for one in filter(None, self._given(node)):
                    yield from self.words(one)
        for name in ("_fix", "_problems", "contradictions"):  # which a fault is given as functions
            for one in self.returned.get(name, ()):
                for part in getattr(one, "elts", [one]):
                    yield from self.words(part)

    def _given(self, call: ast.Call) -> list[ast.expr | None]:
        """The arguments of a call that are sentences of a fault."""
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        keywords = {one.arg: one.value for one in call.keywords}
        if name in MAKERS:
            fix = call.args[MAKERS[name] : MAKERS[name] + 1]
            return [*call.args[:1], *fix, keywords.get("problem"), keywords.get("fix")]
        if name in CHECKS and self.file.parent.name == "codebook":
            return call.args
        # of `sizes.check` where it was too much
        at = {"said": call.args[:1], "check": call.args[3:4], "replace": [keywords.get("fix")]}
        return at.get(name, [])


@functools.cache
def _constants() -> dict[str, list[ast.expr]]:
    """What names in capitals stand for, wherever they are imported from."""
    return {
        name: values
        for file in STUDY.rglob("*.py")
        for name, values in Source(file).named.items()
        if name.isupper()
    }


def _data() -> Iterator[str]:
    """Sentences that stand as data."""
    faults = yaml.safe_load((STUDY / "codebook" / "faults.yml").read_text(encoding="utf-8"))
    for table in (faults["fixes"], faults["forms"], faults["brand"], faults["pydantic"]):
        yield from table.values()
    for pair in faults["files"].values():
        yield from pair
    kinds = yaml.safe_load((STUDY / "exports" / "kinds.yml").read_text(encoding="utf-8"))
    for pair in kinds["others"].values():
        yield from pair
    words = yaml.safe_load((DRAFT / "words.yml").read_text(encoding="utf-8"))
    for table in ("means", "holds"):
        yield from words[table].values()
    for table in ("families", "places", "personal", "looks"):
        yield from words[table]
    forms = yaml.safe_load((STUDY / "privacy" / "forms.yml").read_text(encoding="utf-8"))
    yield from (row["kind"] for row in forms["kinds"])
    events = yaml.safe_load((STUDY / "events.yml").read_text(encoding="utf-8"))
    yield from (word for kind in events.values() for row in kind for word in row[2:])
    sizes = yaml.safe_load((STUDY / "sizes.yml").read_text(encoding="utf-8"))
    yield from (unit.partition(" of a line")[0] for unit in sizes)


def fault_templates(without: tuple[str, ...] = ()) -> set[str]:
    """Every template, but of the files that are named."""
    found = set(_data())
    own = [*STUDY.rglob("*.py"), *(PACKAGE / "exports").rglob("*.py")]
    for file in sorted([*own, PACKAGE / "show" / "page" / "sections.py"]):
        if file.name not in without:
            found.update(Source(file).templates())
    return {one for one in found if any(map(str.isalpha, one))}


def reasons() -> tuple[set[str], set[str]]:
    """What the guesses of a draft give as a reason, and what is `said` there."""
    given, told = set(), set()
    for file in sorted(DRAFT.glob("*.py")):
        source = Source(file)
        for node in source.nodes:
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                parts = [one.value for one in node.keywords if one.arg == "reason"]
                parts += node.args[1:2] if name == "guess" else []
                given.update(word for part in parts for word in source.words(part))
                told.update(source.words(node.args[0]) if name == "said" else ())
    return given - {""}, told
