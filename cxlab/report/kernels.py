"""One notebook, one fresh kernel, one process: what a report is run in.

papermill warns of a misspelt parameter and goes on with the template's own client, calls half a notebook finished after
`sys.exit()`, and two of its runs in one process have shown each other's data. So a report is run by
`python -m cxlab.report.kernels job.json` in a process and a folder of its own, its parameters are held to what the template declares,
and the run counts only if every code cell ran, in order. The process ends with the one who asked for it.
"""

from __future__ import annotations

import ast
import json
import math
import os
import re
import shutil
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError
from cxlab.report import export

RESULT = "result.json"
PAGE = "report.html"
TOKEN = "CXLAB_JOB"  # environment variable that every process of one job carries
NEEDED = object()  # the default of a parameter that the template leaves to the caller
_SIMPLE = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One `name: type = value` of a template. `kind` is str, int, float, bool, list[…] or dict[str, …] of these."""

    name: str
    kind: str
    default: Any = NEEDED


def declared_parameters(notebook: Any, template: str) -> dict[str, Parameter]:
    """The parameters that a template declares, by name.

    Exactly one cell is tagged `parameters` and holds nothing but `name: type = value` (or `name: type`, which the caller
    must then give). Raises ReportError, naming the template and the line.
    """
    cells = [c for c in notebook.cells if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ReportError("{notebook}: {count} code cells are tagged 'parameters'; there must be one", notebook=template, count=len(cells))
    try:
        lines = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise ReportError("{notebook}: the parameters cell is not Python: {why}", notebook=template, why=error.msg) from None
    found: dict[str, Parameter] = {}
    for line in lines:
        text = ast.unparse(line)
        kind = _kind(line.annotation) if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) else None
        if kind is None:
            raise ReportError(
                "{notebook}: a parameter is declared as `name: type = value`, the type being str, int, float, bool, list[…] or "
                "dict[str, …] of these; this line is not: {line}", notebook=template, line=text,
            )  # fmt: skip
        try:
            default = NEEDED if line.value is None else ast.literal_eval(line.value)
        except ValueError:
            raise ReportError("{notebook}: the value must be written out, not computed: {line}", notebook=template, line=text) from None
        name = line.target.id
        if name in found:
            raise ReportError("{notebook}: the parameter {name} is declared twice", notebook=template, name=name)
        if default is not NEEDED and not _fits(default, kind):
            raise ReportError("{notebook}: the value is not of the type declared: {line}", notebook=template, line=text)
        found[name] = Parameter(name, kind, default)
    return found


def _kind(annotation: ast.expr) -> str | None:
    text = ast.unparse(annotation)
    inner = "|".join(_SIMPLE)
    return text if re.fullmatch(rf"(?:{inner})|list\[(?:{inner})\]|dict\[str, (?:{inner})\]", text) else None


def _fits(value: Any, kind: str) -> bool:
    if kind.startswith("list["):
        return isinstance(value, list) and all(_fits(item, kind[5:-1]) for item in value)
    if kind.startswith("dict["):
        inner = kind.removeprefix("dict[str, ")[:-1]
        return isinstance(value, dict) and all(isinstance(key, str) and _fits(item, inner) for key, item in value.items())
    if kind == "float":
        return type(value) in (int, float) and math.isfinite(value)
    return type(value) is _SIMPLE[kind]  # `type`, because True is an int and a numpy float is a float


def check_parameters(declared: Mapping[str, Parameter], given: Mapping[str, Any], template: str) -> dict[str, Any]:
    """What is given, if the template declares it, every type is right and none is missing. Raises ReportError with every fault."""
    faults = []
    for name, value in given.items():
        if name not in declared:
            faults.append(f"{name!r} is not a parameter of it")
        elif not _fits(value, declared[name].kind):
            faults.append(f"{name} must be {declared[name].kind}, not {type(value).__name__}")
    faults += [f"{name} ({p.kind}) must be given" for name, p in declared.items() if p.default is NEEDED and name not in given]
    if faults:
        raise ReportError(
            "{notebook}: {faults}; it declares: {declared}",
            notebook=template, faults="; ".join(faults), declared=", ".join(f"{p.name}: {p.kind}" for p in declared.values()) or "nothing",
        )  # fmt: skip
    return {name: float(value) if declared[name].kind == "float" else value for name, value in given.items()}


def read_template(template: Path) -> Any:
    """The notebook at `template`. Raises ReportError if it is not one."""
    import nbformat

    try:
        return nbformat.read(template, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise ReportError("{notebook}: not a notebook that can be read: {why}", notebook=template.name, why=type(error).__name__) from None


def run(notebook: Any, parameters: Mapping[str, Any], cell_seconds: float) -> Any:
    """The notebook, executed in a fresh kernel in the current folder. Raises ReportError unless every code cell ran, in order."""
    import nbclient.exceptions
    import papermill

    try:
        # A notebook, never a path: papermill fills `{names}` in a path and writes to s3:// and https://.
        executed = papermill.execute_notebook(
            notebook, None, parameters=dict(parameters), kernel_name="python3", language="python",
            progress_bar=False, execution_timeout=cell_seconds, start_timeout=180,
        )  # fmt: skip
    except papermill.PapermillExecutionError as error:
        raise ReportError(_why(error.ename), cell=error.exec_count, kind=error.ename, why=one_line(error.evalue)) from None
    except nbclient.exceptions.CellTimeoutError:
        raise ReportError("a cell ran longer than {seconds:g} s", seconds=cell_seconds) from None
    except nbclient.exceptions.DeadKernelError:
        raise ReportError("the kernel died (out of memory, or ended by the notebook itself)") from None
    check_run(executed)
    return executed


def _why(kind: str) -> str:
    """A refusal of ours says itself what to do; of anything else the cell and the kind help to find it."""
    return "{why}" if kind in ("StudyError", "ModelError", "ReportError", "CxlabError") else "cell {cell}: {kind}: {why}"


def check_run(notebook: Any) -> None:
    """Raise ReportError unless code cells ran 1..n in order, none holds an error and none is pending."""
    expected = 0
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        expected += 1
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportError("cell {cell}: {kind}: {why}", cell=expected, kind=output.ename, why=one_line(output.evalue) or "the notebook ended itself")
        if cell.execution_count is None:
            raise ReportError("cell {cell} and those after it never ran", cell=expected)
        if cell.execution_count != expected:
            raise ReportError("cell {cell} ran as number {count}: cells did not run in order", cell=expected, count=cell.execution_count)
        status = cell.metadata.get("papermill", {}).get("status", "completed")
        if status != "completed":
            raise ReportError("cell {cell} is {status}", cell=expected, status=status)


def one_line(text: str, most: int = 400) -> str:
    """A message as one line: what a table at the end of a batch can show. E-mail addresses and folders are left out."""
    lines = [" ".join(line.split()) for line in re.sub(r"\x1b\[[0-9;]*m", "", str(text)).splitlines()]
    line = export.without_folders(export.EMAIL.sub("(e-mail address)", " ".join(line for line in lines if line)))
    return line if len(line) <= most else line[: most - 1] + "…"


def make(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run the job's template and write its page into the current folder. Returns what the manifest needs to know."""
    notebook = read_template(Path(job["template"]))
    parameters = check_parameters(declared_parameters(notebook, Path(job["template"]).name), job["parameters"], Path(job["template"]).name)
    executed = run(notebook, parameters, job["cell_seconds"])
    export.refuse_live_outputs(executed)
    warnings = export.take_warnings(executed)
    # Only after the run: a study that cannot be read has then been refused in the notebook, with its own words.
    personal = _personal(job) if job["has_personal_data"] else {}
    page = export.to_html(executed, Path(job["page"]), job["title"], job["language"])
    noted = "\n".join(warnings)
    found = export.problems(page, personal, job["folders"]) + export.text_problems(noted, noted, personal, job["folders"])
    if found:
        raise ReportError("the report was not written: {problems}", problems="; ".join(dict.fromkeys(found)))
    Path(PAGE).write_text(page, encoding="utf-8", newline="\n")
    return {"warnings": [one_line(line) for line in warnings[:20]]}


def _personal(job: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """What respondents answered in each personal column, less the words that the report and its codebook hold anyway.

    A respondent called Clara must not stop a report whose table has a column "Clara".
    """
    from cxlab.show.text import catalogue_words
    from cxlab.study.study import read_study

    study = read_study(job["study"])
    said = [*catalogue_words(job["language"]), study.client, study.title(job["language"])]
    said += [*study.labels(job["language"]).values(), *study.stage_labels(job["language"]).values()]
    own = export.plain("\n".join(said))
    columns = {c: study.personal_values(c) for c in study.codebook.personal_data}
    return {c: frozenset(v for v in values if not re.search(rf"(?<!\w){re.escape(export.plain(v))}(?!\w)", own)) for c, values in columns.items()}


def end_job(token: str, spare: int | None = None) -> None:
    """Kill every process that carries this job's token, until none is left; a kernel has a session of its own and outlives its starter.

    `spare` is the process that asks, when it belongs to the job itself.
    """
    import psutil

    for _ in range(50):
        left = [p for p in psutil.process_iter() if p.pid != spare and _carries(p, token)]
        if not left:
            return
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=0.2)


def _carries(process: Any, token: str) -> bool:
    import psutil

    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(TOKEN) == token
    except (psutil.Error, OSError):
        return False  # it has ended, or belongs to someone else


def _leave_with_starter(token: str, folder: Path) -> None:
    """Wait until the starter closes our standard input, which the system does for it if it is killed; then leave nothing behind."""
    # os.read, not sys.stdin: a thread that waits in a buffered reader breaks the interpreter's own end.
    while os.read(0, 1024):
        pass
    end_job(token, spare=os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def main(argv: list[str]) -> int:
    """Run the job described in a JSON file; the outcome goes to result.json beside it."""
    file = Path(argv[0])
    job = json.loads(file.read_text(encoding="utf-8"))
    threading.Thread(target=_leave_with_starter, args=(os.environ[TOKEN], file.parent), daemon=True).start()
    try:
        result = {"problem": "", **make(job)}
    except ReportError as error:
        result = {"problem": one_line(str(error))}
    except Exception as error:  # the last line of defence of a process that must say why it ended
        result = {"problem": one_line(f"{type(error).__name__}: {error}")}
        print(result["problem"], file=sys.stderr)
    (file.parent / RESULT).write_text(json.dumps(result), encoding="utf-8")
    return 0 if not result["problem"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
