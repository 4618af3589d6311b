"""A warm process that is copied for each report: libraries imported and warmed, no data, no seed,
no file of a client, one thread.

`python -m cxlab.report.run.forkserver` receives orders from its standard input (an end of a
`multiprocessing.Pipe`) and answers there: `("fork", folder, environment)` starts the job of a
folder, `("end", folder)` kills it and everything below it; the answers are True once, when it is
warm, and `(folder, exit code)` for each job. It adopts whatever its jobs leave behind. When the one
who gives the orders is gone, however that came, the pipe ends: every job is killed, its folder and
our own removed, and we leave.
"""

import gc
import importlib
import os
import pkgutil
import shutil
import signal
import sys
import time
import warnings
from multiprocessing.connection import Connection, wait
from pathlib import Path

import cxlab as cx
from cxlab.data_files import read_data
from cxlab.report.formats import export
from cxlab.report.run import one_report, processes
from cxlab.report.run.job import DESCRIPTION, templates_folder
from cxlab.report.run.template import import_nbformat
from cxlab.show.page.parts import FORMATS
from cxlab.study.codebook.brand import Brand

# What else a report imports, and what its kernel does in its first second.
_LIBRARIES = read_data("report.run", "packages.yml")["imported"]


def serve(orders: Connection) -> None:
    """Fork jobs and tell of their end, until the one who gives orders is gone."""
    jobs: dict[int, tuple[int, Path]] = {}  # by what becomes readable at its end: process, folder
    try:
        orders.send(True)
        while True:
            for readable in wait([orders, *jobs]):
                if readable is orders:
                    _obey(jobs, *orders.recv())
                    continue
                pid, work = jobs.pop(readable)
                os.close(readable)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                # What a job left behind has become our child; what still belongs to a living job
                # has not.
                processes.end_descendants(spare=[living for living, _ in jobs.values()])
                orders.send((work, code))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    finally:
        processes.end_descendants()
        for folder in (*(work for _, work in jobs.values()), os.getcwd()):
            shutil.rmtree(folder, ignore_errors=True)


def _obey(
    jobs: dict[int, tuple[int, Path]], order: str, work: Path, held: dict[str, str] | None = None
) -> None:
    if order == "end":
        for pid, folder in jobs.values():
            if folder == work:
                # not collected yet, so the number is still its own
                os.kill(pid, signal.SIGKILL)
        return
    server, pid = os.getpid(), os.fork()
    if pid:
        jobs[os.pidfd_open(pid)] = pid, work
        return
    code = 1
    try:
        code = _be_job(server, work, held)
    finally:
        os._exit(code)


def _be_job(server: int, work: Path, environment: dict[str, str]) -> int:
    from cxlab.report.run.kernel import as_fresh  # late: `warm` prepares its libraries

    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    processes.die_with(server)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    processes.enter(str(work))  # standard input is nothing already
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    as_fresh()
    return one_report.main([str(work / DESCRIPTION)], forked=True)


def warm() -> None:
    """Import what a report needs and use it once on throw-away numbers, so that a copy finds it
    ready.
    """
    # read when matplotlib is imported, and by a page; a copy has an environment of its own
    os.environ |= {"MPLBACKEND": "agg", FORMATS: "html"}
    import_nbformat()
    for name in _LIBRARIES:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(cx.__path__, "cxlab."):
        if module.name.split(".")[1] in ("models", "show", "study"):
            importlib.import_module(module.name)
    # leaving it also forgets which warnings have been said: each report says its own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _rehearse()
    gc.collect()
    # a collection in a copy would write to, and so copy, every page that holds an object
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # a copy lives for seconds


def _rehearse() -> None:
    page = cx.Page(cx.simulate_study(60, seed=1, design="learn"), ["pt-BR"], seed=1, n_boot=20)
    results = [page(one) for one in (cx.metrics, cx.gap_scores, cx.compare_gap_forms)]
    results.append(page(cx.importance, page(cx.fit_loyalty)))
    said, drawn = [one.say() for one in results], [one.plot() for one in results[1:]]
    shown = page.section("gaps", *said, *drawn, results[1].table())
    nbformat = import_nbformat()
    output = nbformat.v4.new_output("display_data", shown._repr_mimebundle_())
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output])])
    folder = templates_folder() / "page"
    export.Face(folder, "rehearsal", "pt-BR", ["html"], Brand(), {}, (), 10).check(notebook)


def main() -> int:
    """Serve on standard input."""
    orders = Connection(os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    warm()
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a library has started a thread; a copy of a process has only one")
    # From here on the end of the pipe tells of it, and of the folders of jobs too.
    processes.die_with(os.getppid(), processes.NOTHING)
    serve(orders)
    return 0


if __name__ == "__main__":
    sys.exit(main())
