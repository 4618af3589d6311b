"""One notebook, one fresh kernel, one process: what a report is run in.

Two runs in one process have shown each other's data, and a notebook that ends itself half-way looks
finished to who runs it. So a report is run by `python -m cxlab.report.run.one_report job.json`, or
by a fork of a warm process that does the same, in a process and a folder of its own, and the run
counts only if every code cell ran, in order. The process and whatever its cells started end with
the one who asked for it.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ReportError, StudyError
from cxlab.report import Record
from cxlab.report.formats import checks, export, outputs
from cxlab.report.messages import ADVICE, one_line, reason, refusal, written
from cxlab.report.run import processes
from cxlab.report.run.job import RESULT
from cxlab.report.run.template import read_template
from cxlab.show.page.parts import COLOURS, FORMATS
from cxlab.show.page.since import JOB
from cxlab.show.words.catalogue import catalogue_words
from cxlab.study import sizes
from cxlab.study.codebook.brand import Brand, read_brand
from cxlab.study.codebook.colours import figure_colours
from cxlab.study.codebook.own_file import OUTSIDE
from cxlab.study.read_study import read_words
from cxlab.study.study import Study

_MOST_QUOTED = 240  # of a cell's own words, so that the advice after them stays


def run(notebook: Any, job: Record, kernel: Any = None) -> Any:
    """The notebook, executed in the current folder, in `kernel` (`kernel.ForkedKernel`) or a cold
    one of its own.

    Raises ReportError unless every code cell ran, in order, within the job's limits. Nothing that
    the cells started is left.
    """
    # late: they import nbformat, which `read_template` has to import first
    from nbclient import exceptions
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    from cxlab.report.run.kernel import Guard, execute

    limits, problem = job["limits"], ""
    guard = Guard(limits["memory_mb"])
    guard.start()
    try:
        notebook = parameterize_notebook(
            load_notebook_node(notebook),
            job["parameters"],
            kernel_name="python3",
            language="python",
        )
        execute(notebook, limits, guard, kernel)
    except exceptions.CellExecutionError:
        pass  # it stands in the cell's outputs
    except exceptions.CellTimeoutError:
        problem = (
            f"a cell ran longer than {limits['cell_seconds']:g} s; make it faster, or raise"
            " --cell-limit"
        )
    except exceptions.DeadKernelError:
        problem = (
            "the kernel died (ended by the notebook itself, or killed by the system for want of"
            " memory); run the notebook in Jupyter with this study to see which, or fewer reports"
            " at a time with --jobs 1"
        )
    # jupyter_client, of a kernel that died while it was asked whether it is ready
    except RuntimeError as error:
        problem = (
            f"the kernel died before the first cell: {one_line(error, _MOST_QUOTED)}; see whether"
            " memory or disk is full, and whether ipykernel is installed here"
        )
    finally:
        guard.end()
    if why := guard.reason or problem:
        raise refusal(why)
    check_run(notebook, job["study"])
    return notebook


def check_run(notebook: Any, study: str) -> None:
    """Raise ReportError unless code cells ran 1..n in order and none holds an error."""
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    for number, cell in enumerate(cells, 1):
        for output in cell.outputs:
            if output.output_type == "error":
                raise refusal(_why(output.ename, output.evalue, number, study))
        if cell.execution_count is None:
            raise refusal(
                f"cell {number} and those after it never ran; see what ends the notebook before it"
            )
        if cell.execution_count != number:
            raise refusal(
                f"cell {number} ran as number {cell.execution_count}: cells did not run in order;"
                " run again with --resume"
            )


def _why(kind: str, said: str, cell: int, study: str) -> str:
    """A refusal of ours says itself what to do; of anything else the cell and the kind help to find
    it.
    """
    said = written(study, said, _MOST_QUOTED) if said else "the notebook ended itself"
    if kind in ("StudyError", "ModelError", "ReportError", "CxlabError"):
        return said
    advice = ADVICE["cell"]
    return f"cell {cell}: {kind}: {said}; {advice.get(kind, advice['other'])}"


def make(job: Record, kernel: Any = None) -> Record:
    """Run the job's template once and write its report into the current folder, in every language
    and format asked for. Returns what the manifest needs to know.
    """
    began = time.monotonic()
    executed = run(read_template(Path(job["template"])), job, kernel)
    ran = time.monotonic()
    facts = outputs.take_facts(executed)
    # Only after the run: a study that cannot be read has then been refused in the notebook, with
    # its own words.
    study = read_words(job["study"]) if job["has_personal_data"] else None
    brand = read_brand(job["study"])
    # All languages are checked before anything is written.
    pages = {}
    for language, title in job["titles"].items():
        face = export.Face(
            Path(job["page"]),
            title,
            language,
            job["formats"],
            brand.in_language(language),
            _personal(study, language) if study else {},
            job["folders"],
            job["min_cell"],
            job["protect"],
        )
        try:
            pages[language] = face.check(executed, facts.get(language, {}))
        except ReportError as error:
            if len(job["titles"]) == 1:
                raise
            raise refusal(
                f"in {language} {error}; none of this client's reports was written"
            ) from None
    reports = {}
    for language, page in pages.items():
        made = reports[language] = page.write(Path())
        made["warnings"] = [written(job["study"], line) for line in made["warnings"][:20]]
    timings = {
        "cells_seconds": round(ran - began, 2),
        "page_seconds": round(time.monotonic() - ran, 2),
        "kernel_peak_mb": processes.peak_mb(),
    }
    return {"reports": reports, "timings": timings}


def _figure_colours(study: str) -> str:
    """The colours that the brand gives to figures, for whoever draws them; of a brand that cannot
    be read our own, until it is refused with the study.
    """
    try:
        colours = read_brand(study).colours
    except StudyError:
        colours = Brand().colours
    return json.dumps(figure_colours(colours.main, colours.accent))


def _personal(study: Study, language: str) -> dict[str, list[str]]:
    """What respondents answered in each personal column, less the words that the report and its
    codebook hold anyway.

    A respondent called Clara must not stop a report whose table has a column "Clara".
    """
    said = [study.client, study.title(language), *study.labels(language).values()]
    own, found = checks.plain("\n".join(catalogue_words(language) + said)), {}
    for column in study.codebook.personal_data:
        values = {value: checks.plain(value) for value in study.personal_values(column)}
        known = set(checks.standing(values.values(), own))
        found[column] = [value for value, plain in values.items() if plain not in known]
    return found


def main(argv: list[str], forked: bool = False) -> int:
    """Run the job described in a JSON file; the outcome goes to result.json beside it.

    `forked`: this process is a copy of a warm one (`cxlab.report.run.forkserver`) and its kernel
    shall be one too.
    """
    file = Path(argv[0])
    job = json.loads(file.read_bytes())
    study, memory = job["study"], job["limits"]["memory_mb"]
    # a picture for slides is drawn only where there will be slides
    os.environ[FORMATS] = ",".join(job["formats"])
    os.environ |= {OUTSIDE: json.dumps(job["outside"]), JOB: str(file.absolute())}
    os.environ[sizes.CHOSEN] = str(job["limits"]["file_mb"])
    processes.adopt_descendants()
    processes.limit_memory(memory)
    problem, made, kernel = "", {}, None
    try:
        os.environ[COLOURS] = _figure_colours(study)
        if forked:
            from cxlab.report.run.kernel import ForkedKernel  # late, as in `run`

            kernel = ForkedKernel()  # before there is a second thread
        made = make(job, kernel)
    except (CxlabError, OSError) as error:
        problem = written(study, reason(error))
    except MemoryError:
        problem = (
            f"the page took more than {memory:g} MB of memory; show fewer rows, or raise"
            " --memory-limit"
        )
    except Exception as error:  # the last line of defence of a process that must say why it ended
        cause = f"{reason(error)}; run again, and with --cold if it comes again"
        problem = written(study, cause)
    processes.end_descendants()
    for draft in file.parent.glob("report.*") if problem else ():
        draft.unlink()  # on a full disk there is then room to say so
    (file.parent / RESULT).write_text(json.dumps({"problem": problem, **made}))
    return int(bool(problem))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
