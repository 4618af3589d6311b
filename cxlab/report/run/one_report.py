"""One notebook, one fresh kernel, one process: what a report is run in.

papermill warns of a misspelt parameter and goes on with the template's own client, calls half a
notebook finished after `sys.exit()`, and two of its runs in one process have shown each other's
data. So a report is run by `python -m cxlab.report.run.one_report job.json`, or by a fork of a warm
process that does the same, in a process and a folder of its own; its parameters are held to what
the template declares, and the run counts only if every code cell ran, in order. The process and
whatever its cells started end with the one who asked for it.
"""

from __future__ import annotations

import ast
import errno
import json
import math
import os
import re
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ReportError, StudyError
from cxlab.report.formats import checks, export
from cxlab.report.run import list_entry, processes
from cxlab.show.words.text import visible
from cxlab.study.codebook.brand import read_brand
from cxlab.study.privacy.redaction import redaction

RESULT = "result.json"
NEEDED = object()  # the default of a parameter that the template leaves to the caller
_MOST_QUOTED = 240  # of a cell's own words, so that the advice after them stays
_ADVICE = {
    "MemoryError": "show fewer rows at a time, or raise --memory-limit",
    "SystemExit": "take sys.exit() out of the notebook, for a report is made of all its cells",
}
_SIMPLE = {"str": str, "int": int, "float": float, "bool": bool}


@dataclass(frozen=True)
class Parameter:
    """One `name: type = value` of a template. `kind` is str, int, float, bool, list[…] or dict[str,
    …] of these.
    """

    name: str
    kind: str
    default: Any = NEEDED


def declared_parameters(notebook: Any, template: str) -> dict[str, Parameter]:
    """The parameters that a template declares, by name.

    Exactly one cell is tagged `parameters` and holds nothing but `name: type = value` (or `name:
    type`, which the caller must then give). Raises ReportError, naming the template and the line.
    """
    cells = [
        c
        for c in notebook.cells
        if c.cell_type == "code" and "parameters" in c.metadata.get("tags", [])
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
    found: dict[str, Parameter] = {}
    for line in lines:
        text = ast.unparse(line)
        kind = (
            _kind(line.annotation)
            if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
            else None
        )
        if kind is None:
            raise ReportError(
                "{notebook}: a parameter is declared as `name: type = value`, the type being str,"
                " int, float, bool, list[…] or dict[str, …] of these; this line is not: {line}",
                notebook=template,
                line=text,
            )
        try:
            default = NEEDED if line.value is None else ast.literal_eval(line.value)
        except ValueError:
            raise ReportError(
                "{notebook}: the value must be written out, not computed: {line}",
                notebook=template,
                line=text,
            ) from None
        name = line.target.id
        if name in found:
            raise ReportError(
                "{notebook}: the parameter {name} is declared twice", notebook=template, name=name
            )
        if default is not NEEDED and not _fits(default, kind):
            raise ReportError(
                "{notebook}: the value is not of the type declared: {line}",
                notebook=template,
                line=text,
            )
        found[name] = Parameter(name, kind, default)
    return found


def _kind(annotation: ast.expr) -> str | None:
    text = ast.unparse(annotation)
    inner = "|".join(_SIMPLE)
    return (
        text
        if re.fullmatch(rf"(?:{inner})|list\[(?:{inner})\]|dict\[str, (?:{inner})\]", text)
        else None
    )


def _fits(value: Any, kind: str) -> bool:
    if kind.startswith("list["):
        return isinstance(value, list) and all(_fits(item, kind[5:-1]) for item in value)
    if kind.startswith("dict["):
        inner = kind.removeprefix("dict[str, ")[:-1]
        return isinstance(value, dict) and all(
            isinstance(key, str) and _fits(item, inner) for key, item in value.items()
        )
    if kind == "float":
        return type(value) in (int, float) and math.isfinite(value)
    # `type`, because True is an int and a numpy float is a float
    return type(value) is _SIMPLE[kind]


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
        elif not _fits(value, declared[name].kind):
            faults.append(f"{name} must be {declared[name].kind}, not {_said(value)}")
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


def _said(value: Any) -> str:
    return str(value) if type(value) is float and not math.isfinite(value) else type(value).__name__


def import_nbformat() -> Any:
    """nbformat, without the second of CPU that its jsonschema spends on grammars of international
    web addresses, which no notebook names.
    """
    grammars = "rfc3987_syntax"
    hidden = "jsonschema" not in sys.modules and grammars not in sys.modules
    if hidden:
        sys.modules[grammars] = None  # jsonschema then does without
    try:
        import nbformat
    finally:
        if hidden:
            del sys.modules[grammars]
    return nbformat


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


def run(
    notebook: Any, parameters: Mapping[str, Any], job: Mapping[str, Any], kernel: Any = None
) -> Any:
    """The notebook, executed in the current folder, in `kernel` (`engine.fork_kernel`) or a cold
    one of its own.

    Raises ReportError unless every code cell ran, in order, within the job's limits. Nothing that
    the cells started is left.
    """
    import nbclient.exceptions
    import papermill.execute
    import papermill.iorw
    import papermill.parameterize
    from papermill.engines import papermill_engines

    from cxlab.report.run.kernel import NAME, Guard, manager

    seconds = job["limits"]["cell_seconds"]
    guard = Guard(job["limits"]["memory_mb"])
    guard.start()
    try:
        # The steps of papermill.execute_notebook without its reading and writing: it fills
        # `{names}` in a path, writes to s3:// and https://, and turns the whole notebook into text
        # only to throw it away where no output is asked for.
        notebook = papermill.iorw.load_notebook_node(notebook)
        notebook = papermill.parameterize.parameterize_notebook(
            notebook, dict(parameters), kernel_name="python3", language="python"
        )
        notebook = papermill.execute.prepare_notebook_metadata(notebook, None, None)
        executed = papermill_engines.execute_notebook_with_engine(
            NAME,
            notebook,
            kernel_name="python3",
            progress_bar=False,
            start_timeout=180,
            cell_seconds=seconds,
            guard=guard,
            output_mb=job["limits"]["output_mb"],
            km=kernel and manager(kernel),
        )
        papermill.execute.raise_for_execution_errors(executed, None)
    except papermill.PapermillExecutionError as error:
        raise ReportError(
            guard.reason or _why(error.ename),
            cell=error.exec_count,
            kind=error.ename,
            why=written(job["study"], error.evalue, _MOST_QUOTED),
        ) from None
    except nbclient.exceptions.CellTimeoutError:
        raise ReportError(
            "a cell ran longer than {seconds:g} s; make it faster, or raise --cell-limit",
            seconds=seconds,
        ) from None
    except nbclient.exceptions.DeadKernelError:
        raise ReportError(
            guard.reason
            or "the kernel died (ended by the notebook itself, or killed by the system for want of"
            " memory); run the notebook in Jupyter with this study to see which, or fewer reports"
            " at a time with --jobs 1"
        ) from None
    # jupyter_client, of a kernel that died while it was asked whether it is ready
    except RuntimeError as error:
        raise ReportError(
            guard.reason
            or "the kernel died before the first cell: {why}; see whether memory or disk is full,"
            " and whether ipykernel is installed here",
            why=one_line(str(error), _MOST_QUOTED),
        ) from None
    finally:
        guard.finish()
    check_run(executed)
    return executed


def _why(kind: str) -> str:
    """A refusal of ours says itself what to do; of anything else the cell and the kind help to find
    it.
    """
    if kind in ("StudyError", "ModelError", "ReportError", "CxlabError"):
        return "{why}"
    return "cell {cell}: {kind}: {why}; " + _ADVICE.get(
        kind,
        "run the notebook in Jupyter with this study, mend that cell, and run again with --resume",
    )


def check_run(notebook: Any) -> None:
    """Raise ReportError unless code cells ran 1..n in order, none holds an error and none is
    pending.
    """
    expected = 0
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        expected += 1
        for output in cell.outputs:
            if output.output_type == "error":
                raise ReportError(
                    _why(output.ename),
                    cell=expected,
                    kind=output.ename,
                    why=one_line(output.evalue, _MOST_QUOTED) or "the notebook ended itself",
                )
        if cell.execution_count is None:
            raise ReportError(
                "cell {cell} and those after it never ran; see what ends the notebook before it",
                cell=expected,
            )
        if cell.execution_count != expected:
            raise ReportError(
                "cell {cell} ran as number {count}: cells did not run in order; run again with"
                " --resume",
                cell=expected,
                count=cell.execution_count,
            )
        status = cell.metadata.get("papermill", {}).get("status", "completed")
        if status != "completed":
            raise ReportError(
                "cell {cell} is {status}; run again with --resume", cell=expected, status=status
            )


def one_line(text: str, most: int = 400) -> str:
    """A message as one line: what a table at the end of a batch can show. Personal data is masked,
    folders are left out.
    """
    lines = [
        " ".join(line.split()) for line in re.sub(r"\x1b\[[0-9;]*m", "", str(text)).splitlines()
    ]
    line = visible(export.masked(" ".join(line for line in lines if line)))
    return line if len(line) <= most else line[: most - 1] + "…"


def written(study: Path | str, text: str, most: int = 400) -> str:
    """A message of a report on this study as it stays on the disk: `one_line` without what
    respondents answered.

    Where the study cannot be read, nobody can tell what to hide in the message, and that is said
    instead.
    """
    try:
        return one_line(redaction(study).mask(text), most)
    except StudyError as error:
        return one_line(str(error))
    except Exception as error:  # whatever keeps it from being read, the message may not be quoted
        return f"the study cannot be read ({type(error).__name__}); run cxlab check on its folder"


def make(job: Mapping[str, Any], kernel: Any = None) -> dict[str, Any]:
    """Run the job's template and write its report into the current folder, in every format asked
    for. Returns what the manifest needs to know.
    """
    began = time.monotonic()
    notebook = read_template(Path(job["template"]))
    parameters = check_parameters(
        declared_parameters(notebook, Path(job["template"]).name),
        job["parameters"],
        Path(job["template"]).name,
    )
    executed = run(notebook, parameters, job, kernel)
    ran = time.monotonic()
    told = list_entry.take(executed)
    # Only after the run: a study that cannot be read has then been refused in the notebook, with
    # its own words.
    personal = _personal(job) if job["has_personal_data"] else {}
    said = json.dumps(told, ensure_ascii=False)
    if found := checks.text_problems(said, said, personal, job["folders"]):
        raise ReportError("the report was not written: {problems}", problems="; ".join(found))
    made = export.write_all(
        executed,
        Path(),
        page=Path(job["page"]),
        title=job["title"],
        language=job["language"],
        formats=job["formats"],
        brand=read_brand(job["study"]),
        personal=personal,
        folders=job["folders"],
        min_cell=job["min_cell"],
    )
    timings = {
        "cells_seconds": round(ran - began, 2),
        "page_seconds": round(time.monotonic() - ran, 2),
        "kernel_peak_mb": _peak(),
    }
    warnings = [written(job["study"], line) for line in made.warnings[:20]]
    return {
        "files": made.files,
        "warnings": warnings,
        "suppressed": made.suppressed,
        "facts": told,
        "timings": timings,
    }


def _peak() -> int | None:
    """The most memory, in MB, that a process started here held; what a forked kernel shares with
    the others is counted too.
    """
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // (
        2**20 if sys.platform == "darwin" else 2**10
    )


def _personal(job: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """What respondents answered in each personal column, less the words that the report and its
    codebook hold anyway.

    A respondent called Clara must not stop a report whose table has a column "Clara".
    """
    from cxlab.show.words.text import catalogue_words
    from cxlab.study.read_study import read_words

    study = read_words(job["study"])
    said = [*catalogue_words(job["language"]), study.client, study.title(job["language"])]
    said += [*study.labels(job["language"]).values(), *study.stage_labels(job["language"]).values()]
    own = checks.plain("\n".join(said))
    columns = {c: study.personal_values(c) for c in study.codebook.personal_data}
    return {c: values - _own(values, own) for c, values in columns.items()}


def _own(values: frozenset[str], own: str) -> set[str]:
    plain = {value: checks.plain(value) for value in values}
    standing = set(checks.standing(plain.values(), own))
    return {value for value in values if plain[value] in standing}


def _leave_with_starter(token: str, folder: Path) -> None:
    """Wait until the starter closes our standard input, which the system does for it if it is
    killed; then leave nothing behind.
    """
    # os.read, not sys.stdin: a thread that waits in a buffered reader breaks the interpreter's own
    # end.
    while os.read(0, 1024):
        pass
    processes.end_descendants(os.getpid())
    processes.end_carriers(token, spare=os.getpid())
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def main(argv: list[str], forked: bool = False) -> int:
    """Run the job described in a JSON file; the outcome goes to result.json beside it.

    `forked`: this process is a copy of a warm one (`cxlab.report.run.forkserver`) and its kernel
    shall be one too.
    """
    file = Path(argv[0])
    job = json.loads(file.read_text(encoding="utf-8"))
    processes.adopt_descendants()
    processes.limit_memory(job["limits"]["memory_mb"])
    try:
        if forked:
            from cxlab.report.run.kernel import fork_kernel

            kernel = fork_kernel()  # before there is a second thread
        else:
            kernel = None
            threading.Thread(
                target=_leave_with_starter,
                args=(os.environ[processes.TOKEN], file.parent),
                daemon=True,
            ).start()
        result = {"problem": "", **make(job, kernel)}
    except CxlabError as error:
        result = {
            "problem": (
                one_line(str(error))
                if isinstance(error, StudyError)
                else written(job["study"], str(error))
            )
        }
    except OSError as error:
        result = {"problem": written(job["study"], disk_problem(error))}
    except MemoryError:
        result = {
            "problem": (
                f"the page took more than {job['limits']['memory_mb']:g} MB of memory; show fewer"
                " rows, or raise --memory-limit"
            )
        }
    except Exception as error:  # the last line of defence of a process that must say why it ended
        result = {
            "problem": written(
                job["study"],
                f"{type(error).__name__}: {error}; run again, and with --cold if it comes again",
            )
        }
        print(result["problem"], file=sys.stderr)
    processes.end_descendants(os.getpid())
    if result["problem"]:
        for draft in file.parent.glob("report.*"):
            draft.unlink()  # on a full disk there is then room to say so
    (file.parent / RESULT).write_text(json.dumps(result), encoding="utf-8")
    return 0 if not result["problem"] else 1


def disk_problem(error: OSError) -> str:
    """A fault of the disk, and what to do about it."""
    advice = {
        errno.ENOSPC: "free some space on the disk of --out and run again with --resume",
        errno.EDQUOT: "free some space on the disk of --out and run again with --resume",
        errno.EFBIG: "files may not grow that large here (ulimit -f)",
        errno.EROFS: "the disk of --out can only be read; choose another --out",
        errno.EACCES: "it may not be written to; choose another --out or change its permissions",
        errno.EPERM: "it may not be written to; choose another --out or change its permissions",
    }.get(error.errno or 0, "")
    return f"{error.strerror or error}{'; ' + advice if advice else ''}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
