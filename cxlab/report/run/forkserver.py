"""A warm process that is copied for each report: libraries imported and warmed, no data, no seed,
no file of a client, one thread.

`python -m cxlab.report.run.forkserver` reads orders, one JSON line each, from its standard input (a
socket) and answers there: `{"fork": number, "work": folder, "environment": {…}}` starts a job,
`{"end": number}` kills it and everything below it; the answers are `{"ready": true}` once and
`{"ended": number, "code": …}` for each job. It adopts whatever its jobs leave behind. When the one
who gives the orders is gone, however that came, the socket ends: every job is killed, its folder
and our own removed, and we leave.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import time
import warnings
from typing import Any

import cxlab as cx
from cxlab.data_files import read_data
from cxlab.report.formats import export
from cxlab.report.run import one_report, processes
from cxlab.report.run.job import DESCRIPTION, STDERR, templates_folder
from cxlab.report.run.parameters import (
    check_parameters,
    declared_parameters,
    import_nbformat,
)
from cxlab.show.page.parts import FORMATS

# What else a report imports, and what its kernel does in its first second.
_LIBRARIES = read_data("report.run", "packages.yml")["imported"]


class Server:
    """Forks jobs and tells of their end."""

    def __init__(self, orders: socket.socket) -> None:
        self.orders = orders
        self.jobs: dict[int, tuple[int, str]] = {}  # process → number of the job, its folder
        self.wake, tell = os.pipe()  # one byte for each child that ends
        for end in (self.wake, tell):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(tell, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the one who gives orders is gone."""
        self._say(ready=True)
        held = b""
        try:
            while True:
                readable = select.select([self.orders, self.wake], [], [])[0]
                if self.wake in readable:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wake, 4096)
                    self._tell_ended()
                if self.orders in readable:
                    data = self.orders.recv(1 << 16)
                    if not data:
                        return
                    *lines, held = (held + data).split(b"\n")
                    for line in lines:
                        self._obey(json.loads(line))
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            processes.end_descendants(os.getpid())
            for _, work in self.jobs.values():
                shutil.rmtree(work, ignore_errors=True)
            shutil.rmtree(os.getcwd(), ignore_errors=True)

    def _obey(self, order: dict[str, Any]) -> None:
        if "end" in order:
            for pid, (number, _) in self.jobs.items():
                if number == order["end"]:
                    # not collected yet, so the number is still its own
                    os.kill(pid, signal.SIGKILL)
            return
        server = os.getpid()
        pid = os.fork()
        if pid:
            self.jobs[pid] = (order["fork"], order["work"])
            return
        code = 1
        try:
            code = _be_job(server, order["work"], order["environment"])
        finally:
            os._exit(code)

    def _tell_ended(self) -> None:
        ended = [
            (self.jobs.pop(pid)[0], code) for pid, code in processes.collect() if pid in self.jobs
        ]
        if ended:
            # What a job left behind has become our child; what still belongs to a living job has
            # not.
            processes.end_descendants(os.getpid(), spare=set(self.jobs))
        for number, code in ended:
            self._say(ended=number, code=code)

    def _say(self, **words: Any) -> None:
        self.orders.sendall(json.dumps(words).encode() + b"\n")


def _be_job(server: int, work: str, environment: dict[str, str]) -> int:
    from cxlab.report.run.kernel import as_fresh  # late: `warm` prepares its libraries

    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    processes.die_with(server)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(work)
    nothing = os.open(os.devnull, os.O_RDONLY)
    said = os.open(STDERR, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for end, held in ((0, nothing), (1, said), (2, said)):
        os.dup2(held, end)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    as_fresh()
    return one_report.main([os.path.join(work, DESCRIPTION)], forked=True)


def warm() -> None:
    """Import what a report needs and use it once on throw-away numbers, so that a copy finds it
    ready.
    """
    # read when matplotlib is imported; a copy has an environment of its own
    os.environ["MPLBACKEND"] = "agg"
    import_nbformat()
    for name in _LIBRARIES:
        importlib.import_module(name)
    for room in ("models", "show", "study"):
        for module in pkgutil.walk_packages([f"{cx.__path__[0]}/{room}"], f"cxlab.{room}."):
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
    study = cx.simulate_study(60, seed=1, design="learn")
    words = {"language": "pt-BR", "labels": study.labels("pt-BR")}
    outcome = study.outcomes["outcome"].iloc[0]
    metrics, scores, gaps = cx.metrics(study), cx.experience_scores(study), cx.gap_scores(study)
    forms = cx.attempt(cx.compare_gap_forms, study, outcome=outcome, seed=1)
    drivers = cx.attempt(cx.fit_loyalty, study, outcome=outcome)
    shares = cx.attempt(cx.importance, drivers, n_boot=20, seed=1)
    said = [
        cx.say_metrics(metrics, **words),
        cx.say_gap_forms(forms, **words),
        cx.say_drivers(shares, **words),
    ]
    shown = cx.block(
        cx.plot_gaps(gaps, **words),
        cx.plot_gap_forms(forms, **words),
        cx.plot_drivers(shares, **words),
        cx.table(scores, **words),
        cx.prose(*said),
    )
    nbformat = import_nbformat()
    output = nbformat.v4.new_output("display_data", {"text/html": shown._repr_html_()})
    parameters = nbformat.v4.new_code_cell("language: str", metadata={"tags": ["parameters"]})
    page = nbformat.v4.new_code_cell("1", outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[parameters, page])
    declared = declared_parameters(notebook, "rehearsal")
    check_parameters(declared, {"language": "pt-BR"}, "rehearsal")
    export.warm(os.environ.get(FORMATS, "html").split(","))
    export.to_html(notebook, templates_folder() / "page", "rehearsal", "pt-BR")


def main() -> int:
    """Serve on standard input."""
    processes.adopt_descendants()
    orders = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    warm()
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a library has started a thread; a copy of a process has only one")
    Server(orders).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
