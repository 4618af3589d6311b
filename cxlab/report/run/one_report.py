"""One notebook, one fresh kernel, one process: what a report is run in.

papermill calls half a notebook finished after `sys.exit()`, and two of its runs in one process have
shown each other's data. So a report is run by `python -m cxlab.report.run.one_report job.json`, or
by a fork of a warm process that does the same, in a process and a folder of its own, and the run
counts only if every code cell ran, in order. The process and whatever its cells started end with
the one who asked for it.
"""

import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ReportError, StudyError
from cxlab.report.formats import checks, export
from cxlab.report.messages import one_line, reason, written
from cxlab.report.run import list_entry, processes
from cxlab.report.run.job import RESULT
from cxlab.report.run.parameters import check_parameters, declared_parameters, read_template
from cxlab.study.codebook.brand import read_brand

_MOST_QUOTED = 240  # of a cell's own words, so that the advice after them stays
_ADVICE = {
    "MemoryError": "show fewer rows at a time, or raise --memory-limit",
    "SystemExit": "take sys.exit() out of the notebook, for a report is made of all its cells",
}


def run(
    notebook: Any, parameters: Mapping[str, Any], job: Mapping[str, Any], kernel: Any = None
) -> Any:
    """The notebook, executed in the current folder, in `kernel` (`kernel.fork_kernel`) or a cold
    one of its own.

    Raises ReportError unless every code cell ran, in order, within the job's limits. Nothing that
    the cells started is left.
    """
    # late: they import nbformat, which `read_template` has to import first
    import nbclient.exceptions
    import papermill.execute
    import papermill.iorw
    import papermill.parameterize
    from papermill.engines import papermill_engines

    from cxlab.report.run.kernel import NAME, Guard, manager

    limits = job["limits"]
    guard = Guard(limits["memory_mb"])
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
            cell_seconds=limits["cell_seconds"],
            guard=guard,
            output_mb=limits["output_mb"],
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
            seconds=limits["cell_seconds"],
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
            why=one_line(error, _MOST_QUOTED),
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


def make(job: Mapping[str, Any], kernel: Any = None) -> dict[str, Any]:
    """Run the job's template and write its report into the current folder, in every format asked
    for. Returns what the manifest needs to know.
    """
    began = time.monotonic()
    template = Path(job["template"])
    notebook = read_template(template)
    declared = declared_parameters(notebook, template.name)
    parameters = check_parameters(declared, job["parameters"], template.name)
    executed = run(notebook, parameters, job, kernel)
    ran = time.monotonic()
    entry = list_entry.take(executed)
    # Only after the run: a study that cannot be read has then been refused in the notebook, with
    # its own words.
    personal = _personal(job) if job["has_personal_data"] else {}
    said = json.dumps(entry, ensure_ascii=False)
    if found := checks.text_problems(said, personal, job["folders"]):
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
        "kernel_peak_mb": processes.peak_mb(),
    }
    return {
        "files": made.files,
        "warnings": [written(job["study"], line) for line in made.warnings[:20]],
        "suppressed": made.suppressed,
        "facts": entry,
        "timings": timings,
    }


def _personal(job: Mapping[str, Any]) -> dict[str, list[str]]:
    """What respondents answered in each personal column, less the words that the report and its
    codebook hold anyway.

    A respondent called Clara must not stop a report whose table has a column "Clara".
    """
    # late: only a study with personal data is read here, and that takes pandas
    from cxlab.show.words.catalogue import catalogue_words
    from cxlab.study.read_study import read_words

    study, language = read_words(job["study"]), job["language"]
    said = [*catalogue_words(language), study.client, study.title(language)]
    said += [*study.labels(language).values(), *study.stage_labels(language).values()]
    own = checks.plain("\n".join(said))
    found = {}
    for column in study.codebook.personal_data:
        values = {value: checks.plain(value) for value in study.personal_values(column)}
        known = set(checks.standing(values.values(), own))
        found[column] = [value for value, plain in values.items() if plain not in known]
    return found


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
    study, memory = job["study"], job["limits"]["memory_mb"]
    processes.adopt_descendants()
    processes.limit_memory(memory)
    result = {"problem": ""}
    try:
        kernel = None
        if forked:
            from cxlab.report.run.kernel import fork_kernel  # late, as in `run`

            kernel = fork_kernel()  # before there is a second thread
        else:
            given = (os.environ[processes.TOKEN], file.parent)
            threading.Thread(target=_leave_with_starter, args=given, daemon=True).start()
        result |= make(job, kernel)
    except StudyError as error:
        result["problem"] = one_line(error)
    except (CxlabError, OSError) as error:
        result["problem"] = written(study, reason(error))
    except MemoryError:
        result["problem"] = (
            f"the page took more than {memory:g} MB of memory; show fewer rows, or raise"
            " --memory-limit"
        )
    except Exception as error:  # the last line of defence of a process that must say why it ended
        cause = f"{type(error).__name__}: {error}; run again, and with --cold if it comes again"
        result["problem"] = written(study, cause)
        print(result["problem"], file=sys.stderr)
    processes.end_descendants(os.getpid())
    if result["problem"]:
        for draft in file.parent.glob("report.*"):
            draft.unlink()  # on a full disk there is then room to say so
    (file.parent / RESULT).write_text(json.dumps(result), encoding="utf-8")
    return 1 if result["problem"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
