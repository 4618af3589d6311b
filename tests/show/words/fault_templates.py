"""Every sentence that a Fault of cxlab/study may say, read from the source: constants where a
problem or a fix is given, templates of `said`, errors of the codebook's own checks, words of data.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import yaml

STUDY = Path(__file__).resolve().parents[3] / "cxlab" / "study"
MAKERS = {"Fault", "_warning", "warning", "fault"}
CHECKS = {"ValueError"}


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
                self.returned[node.name] = [one.value for one in ends if one.value is not None]
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
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node.value
        elif isinstance(node, ast.IfExp):
            yield from self.words(node.body, seen)
            yield from self.words(node.orelse, seen)
        elif isinstance(node, ast.BoolOp):
            for one in node.values:
                yield from self.words(one, seen)
        elif isinstance(node, ast.Name) and node.id not in seen:
            for value in self.named.get(node.id, ()):
                yield from self.words(value, (*seen, node.id))
        elif isinstance(node, ast.Subscript):
            table = node.value
            for value in self.named.get(getattr(table, "id", ""), ()):
                for part in ast.walk(value) if isinstance(value, ast.Dict) else ():
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value if " " in part.value else ""
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in self.returned and name not in seen:
                for value in self.returned[name]:
                    yield from self.words(value, (*seen, name))
            if name == "said":
                yield from self.words(node.args[0], seen)
        elif isinstance(node, ast.JoinedStr):
            raise AssertionError(f"{self.file.name}:{node.lineno}: an f-string in a fault: said(…)")

    def templates(self) -> Iterator[str]:
        for node in self.nodes:
            if not isinstance(node, ast.Call) or not (node.args or node.keywords):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            keywords = {one.arg: one.value for one in node.keywords}
            if name in MAKERS:
                said = [*node.args[:1], *node.args[5:6], keywords.get("problem"), keywords.get("fix")]
                for one in filter(None, said):
                    yield from self.words(one)
            elif name in CHECKS or name == "said":
                for one in node.args[: 1 if name == "said" else None]:
                    yield from self.words(one)
            elif name == "replace" and "fix" in keywords:
                yield from self.words(keywords["fix"])
        for name in ("_fix", "_problems"):  # which a fault is given as functions
            for one in self.returned.get(name, ()):
                for part in getattr(one, "elts", [one]):
                    yield from self.words(part)


def _data() -> Iterator[str]:
    """Sentences that stand as data."""
    faults = yaml.safe_load((STUDY / "codebook" / "faults.yml").read_text(encoding="utf-8"))
    for table in (faults["fixes"], faults["forms"], faults["brand"], faults["pydantic"]):
        yield from table.values()
    for pair in faults["files"].values():
        yield from pair
    sizes = yaml.safe_load((STUDY / "sizes.yml").read_text(encoding="utf-8"))
    yield from (unit.partition(" of a line")[0] for unit in sizes)


def fault_templates(without: tuple[str, ...] = ()) -> set[str]:
    """Every template, but of the files that are named."""
    found = set(_data())
    for file in sorted(STUDY.rglob("*.py")):
        if file.name not in without:
            found.update(Source(file).templates())
    return {one for one in found if any(map(str.isalpha, one))}
