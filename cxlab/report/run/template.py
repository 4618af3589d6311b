"""A template: what it declares, whether what is given fits, and whether it draws pages as they are
drawn today.

papermill warns of a misspelt parameter and goes on with the template's own client; a value of
another type it writes down as it comes. So what is given is held to what the template declares,
before anything runs.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from cxlab.moved import new_line
from cxlab.report import Record
from cxlab.report.messages import refusal
from cxlab.report.run.job import LANGUAGES_PARAMETER, STUDY_PARAMETER

SET_BY_US = {STUDY_PARAMETER: "str", LANGUAGES_PARAMETER: "list[str]"}  # with their kinds
NEEDED = object()  # the default of a parameter that the template leaves to the caller
_EXACT = ConfigDict(strict=True, allow_inf_nan=False)  # True is no int, and NaN no number
_KINDS = {
    inspect.formatannotation(kind): TypeAdapter(kind, config=_EXACT)
    for simple in (str, int, float, bool)
    for kind in (simple, list[simple], dict[str, simple])
}


@dataclass(frozen=True)
class Parameter:
    """One `name: type = value` of a template. `kind` is str, int, float, bool, list[…] or dict[str,
    …] of these.
    """

    kind: str
    default: Any = NEEDED


def read_template(template: Path) -> Any:
    """The notebook at `template`. Raises ReportError if it is not one."""
    nbformat = import_nbformat()
    try:
        notebook = nbformat.read(template, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise refusal(
            f"{template.name}: not a notebook that can be read: {type(error).__name__}; save it"
            " again in Jupyter, or give another --template"
        ) from None
    spec = notebook.metadata.get("kernelspec", {})
    if spec.get("language", "python") != "python":
        raise refusal(
            f"{template.name}: it is written for the kernel {spec.get('name')!r}; a report's"
            " notebook is in Python; give another --template"
        )
    return notebook


def checked_template(template: Path) -> dict[str, Parameter]:
    """The parameters that a template declares, those among them that we set. Raises ReportError
    where it is written for the page as it was.
    """
    notebook = read_template(template)
    declared = declared_parameters(notebook, template.name)
    if "language" in declared:
        raise refusal(
            f"{template.name}: a notebook runs once for all languages; instead of `language: str`"
            " declare `languages: list[str] = []`"
        )
    for name, kind in SET_BY_US.items():
        if name not in declared or declared[name].kind != kind:
            raise refusal(
                f"{template.name}: it must declare `{name}: {kind}`, or every report would show its"
                " own default"
            )
    _refuse_gone_calls(notebook, template.name)
    return declared


def quoted(template: Path) -> set[str]:
    """The names that the code of a template gives as text, those of its sections among them."""
    cells = [one.source for one in read_template(template).cells if one.cell_type == "code"]
    return set(re.findall(r"""["'](\w+)["']""", "\n".join(cells)))


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
        raise refusal(
            f"{template}: {len(cells)} code cells are tagged 'parameters'; there must be one: tag"
            " it in Jupyter"
        )
    try:
        lines = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise refusal(
            f"{template}: the parameters cell is not Python: {error.msg}; correct it"
        ) from None
    found = {}
    for line in lines:
        try:
            parameter, name = _declared(line), line.target.id
        except ValueError as error:
            raise refusal(f"{template}: {error}: {ast.unparse(line)}") from None
        if name in found:
            raise refusal(f"{template}: the parameter {name} is declared twice")
        found[name] = parameter
    return found


def _declared(line: ast.stmt) -> Parameter:
    """The parameter of a line. Raises ValueError."""
    is_declaration = isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    kind = ast.unparse(line.annotation) if is_declaration else ""
    if kind not in _KINDS:
        raise ValueError(
            "a parameter is declared as `name: type = value`, the type being str, int, float, bool,"
            " list[…] or dict[str, …] of these; this line is not"
        )
    if line.value is None:
        return Parameter(kind)
    try:
        default = ast.literal_eval(line.value)
    except ValueError:
        raise ValueError("the value must be written out, not computed") from None
    try:
        return Parameter(kind, _KINDS[kind].validate_python(default))
    except ValueError:
        raise ValueError("the value is not of the type declared") from None


def check_parameters(declared: Mapping[str, Parameter], given: Record, template: str) -> Record:
    """What is given, if the template declares it, every type is right and none is missing. Raises
    ReportError with every fault.
    """
    faults, values = [], {}
    for name, value in given.items():
        if name not in declared:
            faults.append(f"{name!r} is not a parameter of it")
            continue
        kind, written = declared[name].kind, repr(value)
        try:
            # as it will stand in the notebook: a number of numpy's is a call there
            values[name] = _KINDS[kind].validate_python(ast.literal_eval(written))
        except (ValueError, SyntaxError):
            is_nan = written in ("nan", "inf", "-inf")
            faults.append(f"{name} must be {kind}, not {value if is_nan else type(value).__name__}")
    faults += [
        f"{name} ({p.kind}) must be given"
        for name, p in declared.items()
        if p.default is NEEDED and name not in given
    ]
    if faults:
        listed = ", ".join(f"{name}: {p.kind}" for name, p in declared.items())
        raise refusal(f"{template}: {'; '.join(faults)}; it declares: {listed or 'nothing'}")
    return values


def _refuse_gone_calls(notebook: Any, template: str) -> None:
    """Raise ReportError where a cell draws pages by functions that have gone: such a notebook would
    fail in the middle, client by client.
    """
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    faces = {"cxlab"}  # the names that the package has in this notebook
    for number, source in enumerate(filter(str.strip, cells), 1):
        try:
            # A line for the shell or the notebook itself is not Python.
            tree = ast.parse(re.sub(r"(?m)^\s*[%!].*", "", source))
        except SyntaxError:
            continue  # the run says it
        for name in _used(tree, faces):
            if new_line(name.rpartition(".")[2]):
                raise refusal(
                    f"{template}: cell {number} calls {name}, which has gone; a page is drawn so:"
                    " `page = cx.Page(study, languages, seed=seed, n_boot=n_boot)`,"
                    " `gaps = page(cx.gap_scores)`,"
                    ' `page.section("gaps", gaps.say(), gaps.plot())`'
                )


def _used(tree: ast.AST, faces: set[str]) -> Iterator[str]:
    """The names of the package that a cell takes, as they stand there; `faces` learns its names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            faces |= {one.asname for one in node.names if one.name == "cxlab" and one.asname}
        elif isinstance(node, ast.ImportFrom) and node.module == "cxlab":
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in faces:
            yield ast.unparse(node)
