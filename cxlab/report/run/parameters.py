"""The parameters of a template: what it declares, and whether what is given fits.

papermill warns of a misspelt parameter and goes on with the template's own client; a value of
another type it writes down as it comes. So what is given is held to what the template declares,
before anything runs.
"""

import ast
import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError

NEEDED = object()  # the default of a parameter that the template leaves to the caller
_SIMPLE = {"str": str, "int": int, "float": float, "bool": bool}
_KIND = re.compile(r"({0})|list\[({0})\]|dict\[str, ({0})\]".format("|".join(_SIMPLE)))


@dataclass(frozen=True)
class Parameter:
    """One `name: type = value` of a template. `kind` is str, int, float, bool, list[…] or dict[str,
    …] of these.
    """

    name: str
    kind: str
    default: Any = NEEDED


def read_template(template: Path) -> Any:
    """The notebook at `template`. Raises ReportError if it is not one."""
    nbformat = import_nbformat()
    try:
        notebook = nbformat.read(template, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ReportError(
            "{notebook}: not a notebook that can be read: {why}; save it again in Jupyter, or give"
            " another --template",
            notebook=template.name,
            why=type(error).__name__,
        ) from None
    spec = notebook.metadata.get("kernelspec", {})
    if spec.get("language", "python") != "python":
        raise ReportError(
            "{notebook}: it is written for the kernel {kernel!r}; a report's notebook is in Python;"
            " give another --template",
            notebook=template.name,
            kernel=spec.get("name"),
        )
    return notebook


def import_nbformat() -> Any:
    """nbformat, without the second of CPU that its jsonschema spends on grammars of international
    web addresses, which no notebook names.
    """
    grammars = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and grammars not in sys.modules
    if hidden:
        sys.modules[grammars] = None  # jsonschema then does without
    try:
        import nbformat  # late: for what is hidden meanwhile
    finally:
        if hidden:
            del sys.modules[grammars]
    return nbformat


def declared_parameters(notebook: Any, template: str) -> dict[str, Parameter]:
    """The parameters that a template declares, by name.

    Exactly one cell is tagged `parameters` and holds nothing but `name: type = value` (or `name:
    type`, which the caller must then give). Raises ReportError, naming the template and the line.
    """
    cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])
    ]
    if len(cells) != 1:
        raise ReportError(
            "{notebook}: {count} code cells are tagged 'parameters'; there must be one: tag it in"
            " Jupyter",
            notebook=template,
            count=len(cells),
        )
    try:
        lines = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise ReportError(
            "{notebook}: the parameters cell is not Python: {why}; correct it",
            notebook=template,
            why=error.msg,
        ) from None
    found = {}
    for line in lines:
        parameter = _declared(line, template)
        if parameter.name in found:
            raise ReportError(
                "{notebook}: the parameter {name} is declared twice",
                notebook=template,
                name=parameter.name,
            )
        found[parameter.name] = parameter
    return found


def _declared(line: ast.stmt, template: str) -> Parameter:
    where = {"notebook": template, "line": ast.unparse(line)}
    is_declaration = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    kind = ast.unparse(line.annotation) if is_declaration else ""
    if not _KIND.fullmatch(kind):
        raise ReportError(
            "{notebook}: a parameter is declared as `name: type = value`, the type being str,"
            " int, float, bool, list[…] or dict[str, …] of these; this line is not: {line}",
            **where,
        )
    if line.value is None:
        return Parameter(line.target.id, kind)
    try:
        default = ast.literal_eval(line.value)
    except ValueError:
        raise ReportError(
            "{notebook}: the value must be written out, not computed: {line}", **where
        ) from None
    if not _fits(default, kind):
        raise ReportError("{notebook}: the value is not of the type declared: {line}", **where)
    return Parameter(line.target.id, kind, default)


def _fits(value: Any, kind: str) -> bool:
    simple, listed, keyed = _KIND.fullmatch(kind).groups()
    if listed:
        return isinstance(value, list) and all(_fits(item, listed) for item in value)
    if keyed:
        return isinstance(value, dict) and all(
            isinstance(key, str) and _fits(item, keyed) for key, item in value.items()
        )
    if simple == "float":
        return type(value) in (int, float) and math.isfinite(value)
    # `type`, because True is an int and a numpy float is a float
    return type(value) is _SIMPLE[simple]


def check_parameters(
    declared: Mapping[str, Parameter], given: Mapping[str, Any], template: str
) -> dict[str, Any]:
    """What is given, if the template declares it, every type is right and none is missing. Raises
    ReportError with every fault.
    """
    faults = []
    for name, value in given.items():
        if name not in declared:
            faults.append(f"{name!r} is not a parameter of it")
        elif not _fits(value, kind := declared[name].kind):
            is_nan = type(value) is float and not math.isfinite(value)
            faults.append(f"{name} must be {kind}, not {value if is_nan else type(value).__name__}")
    faults += [
        f"{name} ({p.kind}) must be given"
        for name, p in declared.items()
        if p.default is NEEDED and name not in given
    ]
    if faults:
        raise ReportError(
            "{notebook}: {faults}; it declares: {declared}",
            notebook=template,
            faults="; ".join(faults),
            declared=", ".join(f"{p.name}: {p.kind}" for p in declared.values()) or "nothing",
        )
    return {
        name: float(value) if declared[name].kind == "float" else value
        for name, value in given.items()
    }
