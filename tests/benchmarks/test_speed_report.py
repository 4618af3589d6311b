"""What a batch of client reports costs, beside the naive way on the same template in the same run.
`make bench` prints it; no time is asserted.

The naive way is a loop of two commands a client, `papermill` and `nbconvert --to html`.
CXLAB_BENCH_CLIENTS says how many clients there are (6); 60 is what was promised for. Wall times
mean something only on a machine that does nothing else: CPU times are printed beside them.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

import cxlab as cx
from cxlab.report.run import processes
from cxlab.show.page.parts import FORMATS
from tests.report.conftest import write_study, write_template

CLIENTS = int(os.environ.get("CXLAB_BENCH_CLIENTS", "6"))
LANGUAGE = "pt-BR"
CELLS = """\
import ast, sys, time
import matplotlib; matplotlib.use("agg")
cells = ast.literal_eval(sys.stdin.read())
def run(study):
    space = {}
    for source in cells:
        if "study: str" in source:
            source += f"\\nstudy, languages = {study!r}, ['pt-BR']"
        tree = ast.parse(source)
        shows = tree.body and isinstance(tree.body[-1], ast.Expr)
        last = ast.Expression(tree.body.pop().value) if shows else None
        exec(compile(tree, "cell", "exec"), space)
        value = eval(compile(last, "cell", "eval"), space) if last is not None else None
        for show in ("_repr_html_", "_repr_mimebundle_"):
            getattr(value, show, lambda: None)()
run(sys.argv[1])
for study in sys.argv[1:]:
    start = time.process_time()
    run(study)
    print(time.process_time() - start)
"""


@pytest.fixture(scope="module")
def studies(tmp_path_factory) -> list[Path]:
    root = tmp_path_factory.mktemp("bench")
    for number in range(CLIENTS):
        cx.write_study(
            cx.simulate_study(600, seed=100 + number, design="telecom"),
            root / f"client-{number:02d}",
        )
    return sorted(root.iterdir())


@pytest.fixture(scope="module")
def template(root) -> Path:
    return root / "templates" / "client_report.ipynb"


class Timed:
    """Wall and CPU seconds of a block, its children's too."""

    def __enter__(self) -> Timed:
        self._start = time.perf_counter(), _cpu()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall, self.cpu = time.perf_counter() - self._start[0], _cpu() - self._start[1]


def _cpu() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def command(
    studies: list[Path], out: Path, *options: str, languages: tuple[str, ...] = (LANGUAGE,)
) -> list[float]:
    """`cxlab report`; returns the seconds after which each report was there."""
    call = [
        sys.executable,
        "-m",
        "cxlab",
        "report",
        *map(str, studies),
        *(word for language in languages for word in ("--language", language)),
        "--out",
        str(out),
        *options,
    ]
    start, seen = time.perf_counter(), []
    with subprocess.Popen(
        call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith("[") and " done " in line:
                seen.append(time.perf_counter() - start)
    assert process.returncode == 0 and len(seen) == len(studies) * len(languages)
    return seen


def test_batch_against_the_naive_loop(studies, template, tmp_path, figure):
    """Wall and CPU time of the whole batch; CPU a report against the same cells in one warm
    process; the first report.
    """
    naive_clients = studies[: min(4, CLIENTS)]
    with Timed() as naive:
        for study in naive_clients:
            executed = tmp_path / f"{study.name}.ipynb"
            papermill = [
                sys.executable,
                "-m",
                "papermill",
                str(template),
                str(executed),
                "-p",
                "study",
                str(study),
                "-y",
                f"languages: [{LANGUAGE}]",
            ]
            subprocess.run(papermill, check=True, capture_output=True)
            subprocess.run(
                [sys.executable, "-m", "nbconvert", "--to", "html", str(executed)],
                check=True,
                capture_output=True,
            )
    with Timed() as half:
        command(studies[: CLIENTS // 2], tmp_path / "half", "--jobs", "2")
    with Timed() as whole:
        seen = command(studies, tmp_path / "whole", "--jobs", "2")

    sources = [
        cell.source
        for cell in nbformat.read(template, as_version=4).cells
        if cell.cell_type == "code"
    ]
    told = subprocess.run(
        [sys.executable, "-c", CELLS, *map(str, studies)],
        input=repr(sources),
        text=True,
        capture_output=True,
        check=True,
        env={**os.environ, FORMATS: "html"},  # as in a batch
    ).stdout
    cells = statistics.mean(map(float, told.split()))

    report = (whole.cpu - half.cpu) / (CLIENTS - CLIENTS // 2)
    sixty = whole.wall + (60 - CLIENTS) * (whole.wall - half.wall) / (CLIENTS - CLIENTS // 2)
    figure(
        f"naive loop, seconds a report (wall; {len(naive_clients)} clients)",
        naive.wall / len(naive_clients),
    )
    figure("naive loop, seconds a report (CPU)", naive.cpu / len(naive_clients))
    figure(f"cxlab report --jobs 2, seconds for {CLIENTS} clients (wall)", whole.wall)
    figure(
        f"naive loop / cxlab report, {CLIENTS} clients (wall)",
        naive.wall / len(naive_clients) * CLIENTS / whole.wall,
    )
    figure(
        "naive loop / cxlab report, 60 clients, projected from the two batches (wall; asked: 6.5)",
        naive.wall / len(naive_clients) * 60 / sixty,
    )
    figure(
        "naive loop / cxlab report, one more client (CPU)", naive.cpu / len(naive_clients) / report
    )
    figure("the cells of one report in a warm process (CPU seconds)", cells)
    figure("one more report / its cells in a warm process (CPU; asked: 1.2)", report / cells)
    figure("seconds from the command to the first report (asked: 6)", seen[0])


def test_a_second_language(studies, tmp_path, figure):
    """CPU of one more client in one language against one more in two, HTML: the analysis is made
    once.
    """
    spent = {}
    for languages in ((LANGUAGE,), (LANGUAGE, "en")):
        cpu = []
        for some in (studies[: CLIENTS // 2], studies):
            out = tmp_path / f"{len(languages)}-{len(some)}"
            with Timed() as timed:
                command(some, out, "--jobs", "2", languages=languages)
            cpu.append(timed.cpu)
        spent[len(languages)] = (cpu[1] - cpu[0]) / (CLIENTS - CLIENTS // 2)
    figure("one more client in one language (CPU seconds)", spent[1])
    figure("one more client in two languages (CPU seconds)", spent[2])
    figure("the second language / the first (CPU; asked: 0.25)", spent[2] / spent[1] - 1)


def test_memory(studies, tmp_path, figure):
    """The most that one report's processes hold, what is shared with the warm process counted in
    part, and the warm process itself.
    """
    most, stop = {"job": 0, "warm": 0}, threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for command_ in processes.children(os.getpid()):
                for server in processes.children(command_):
                    most["warm"] = max(most["warm"], processes.memory([server], 0))
                    for job in processes.children(server):
                        most["job"] = max(
                            most["job"], processes.memory([job, *processes.descendants(job)], 0)
                        )

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        command(studies[:2], tmp_path / "out", "--jobs", "1")
    finally:
        stop.set()
        watcher.join()
    figure("memory of one report at its most, MB (asked: 400)", most["job"] / 2**20)
    figure("memory of the warm process, MB", most["warm"] / 2**20)


def test_memory_is_flat(tmp_path, figure):
    """What the runner and the warm process hold after a tenth of many small reports, and what they
    hold near the end.
    """
    many = 500 if CLIENTS >= 60 else 40
    template = write_template(
        tmp_path / "t.ipynb",
        "class Page:\n    def _repr_html_(self):\n        return '<div"
        ' class="cx"><p>x</p></div>\'\nPage()',
    )
    clients = [write_study(tmp_path / f"c{number}") for number in range(many)]
    held = []

    def note(line: str) -> None:
        warm = [child for child in processes.children(os.getpid()) if processes.children(child)]
        # resident: what is shared must not count less by being shared
        held.append(processes.memory([os.getpid(), *warm], 1 << 60) / 2**20)

    cx.render_studies(clients, tmp_path / "out", template=template, progress=note)
    # at the very end the warm process has no child to be known by
    early, late = held[many // 10 : many // 5 + 4], held[-many // 5 : -4]
    figure(
        f"memory of runner and warm process after {many // 10}–{many // 5} small reports, MB",
        statistics.median(early),
    )
    figure(f"the same near the end of {many}, MB", statistics.median(late))
