"""A client whose notebook dies, hangs, hoards or strays: its old report stands, its cause is told,
and the others' reports are made.
"""

from __future__ import annotations

import functools
import json
import os
import sys

import pytest

from cxlab.__main__ import main
from cxlab.report.batch import journal, manifest, render
from cxlab.report.run import starters
from tests.faults.conftest import OLD, PAGE, files_in, give_old_report
from tests.report.conftest import (
    Clock,
    has_ended,
    is_stopped,
    left_at_work,
    write_study,
    write_template,
)
from tests.waiting import until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the warm process and its limits are Linux's"
)

# What the notebook does depends on whom it is for. Each fault is the real thing.
BEHAVE = """\
import os, signal, subprocess, sys, time
from pathlib import Path
who = Path(study).name
text = f"report for {who}"
note = lambda name, pid: Path(study, name).write_text(str(pid))
note("kernel.pid", os.getpid())
note("maker.pid", os.getppid())
if who == "ends":
    os._exit(0)
if who == "kills-itself":
    os.kill(os.getpid(), signal.SIGKILL)
if who == "is-killed":
    subprocess.Popen(["sh", "-c", f"sleep 0.3; kill -9 {os.getpid()}"], start_new_session=True)
    time.sleep(600)
if who == "loses-its-maker":
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
if who == "stops-its-maker":
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(600)
if who == "stops":
    os.kill(os.getpid(), signal.SIGSTOP)
if who == "loops":
    while True:
        pass
if who == "stubborn":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass
if who == "exits":
    sys.exit(0)
if who == "raises":
    raise ValueError("column q3 is missing")
if who == "hoards":
    import numpy as np
    held = np.ones(4 * 2**27)
if who == "hoards-in-parts":
    code = "held = b'x' * 500 * 2**20\\nimport time; time.sleep(600)"
    children = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(4)]
    time.sleep(600)
if who == "chatters":
    for _ in range(1000):
        print("x" * 100_000)
if who == "strays":
    # Twice removed, in a session of its own, with an environment that tells nothing.
    code = (
        "import os, sys, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\n"
        "open(sys.argv[1], 'w').write(str(os.getpid()))\\ntime.sleep(600)"
    )
    subprocess.run([sys.executable, "-c", code, str(Path(study, "stray.pid"))], env={})
    while not Path(study, "stray.pid").exists() or not Path(study, "stray.pid").read_text():
        time.sleep(0.01)
if who == "shifts":
    with open(Path(study, "answers.csv"), "a") as file:
        file.write("99,Maria Quintana,11 98765-4321,1,1,1\\n")"""
DIED = (
    "the kernel died (ended by the notebook itself, or killed by the system for want of memory);"
    " run the notebook in Jupyter with this study to see which, or fewer reports at a time with"
    " --jobs 1"
)
FAILS = {
    "hoards-in-parts": (
        "its cells took more than 1536 MB of memory; show fewer rows at a time, or raise"
        " --memory-limit"
    ),
    "ends": DIED,
    "kills-itself": DIED,
    "is-killed": DIED,
    "loses-its-maker": "the process that made it was killed by signal 9; run again with --resume",
    "stops-its-maker": (
        "the report took longer than 1200 s; make it faster, or raise --report-limit"
    ),
    "stops": "a cell ran longer than 5 s; make it faster, or raise --cell-limit",
    "loops": "a cell ran longer than 5 s; make it faster, or raise --cell-limit",
    "stubborn": "a cell ran longer than 5 s; make it faster, or raise --cell-limit",
    "exits": (
        "cell 3: SystemExit: 0; take sys.exit() out of the notebook, for a report is made of all"
        " its cells"
    ),
    "raises": (
        "cell 3: ValueError: column q3 is missing; run the notebook in Jupyter with this study,"
        " mend that cell, and run again with --resume"
    ),
    "hoards": (
        "cell 3: MemoryError: Unable to allocate 4.00 GiB for an array with shape (536870912,) and"
        " data type float64; show fewer rows at a time, or raise --memory-limit"
    ),
    "chatters": "its cells printed more than 50 MB; print less, or raise --output-limit",
    "shifts": "answers.csv changed while the report was made; run again with --resume",
}
GOOD = ("strays", "good")
# These wait for the limit of a cell, which begins with the cell. A batch of their own has one of
# seconds, a hundred times what a healthy cell takes there; the others never reach their limits.
HANGS = ("stops", "loops", "stubborn")
# A cold job costs a start of its own; these tell most: who ends, hangs, hoards, chatters, strays,
# and what befalls the job itself. Who dies or raises is made cold where the system cannot fork.
COLD = (
    "stops-its-maker",
    "loses-its-maker",
    "exits",
    "hoards",
    "hoards-in-parts",
    "chatters",
    "shifts",
    "strays",
    "good",
)
BATCHES = {
    "warm": [client for client in (*FAILS, *GOOD) if client not in HANGS],
    "warm, cells of seconds": [*HANGS, "good"],
    "cold": COLD,
    "cold, cells of seconds": ["stubborn"],
    "cannot fork": ("kills-itself", "raises", "good"),
}
FAULTS = [
    (way, client) for way, clients in BATCHES.items() for client in clients if client in FAILS
]
OTHERS = [(way, client) for way, clients in BATCHES.items() for client in clients if client in GOOD]


class Batch:
    """One command over all of them: warm, with --cold, or where the system cannot fork."""

    def __init__(self, root, page, way: str) -> None:
        self.root, self.out, self.clients = root, root / "out", BATCHES[way]
        self.fails = [client for client in self.clients if client in FAILS]
        template = write_template(root / "behave.ipynb", BEHAVE, PAGE)
        studies = [write_study(root / name, client=f"Client {name}") for name in self.clients]
        self.old = {name: give_old_report(self.out, name) for name in self.fails}
        self.warm = []
        begin = starters.Warm.__init__
        with (
            pytest.MonkeyPatch.context() as patch,
            open(root / "stdout", "w+") as said,
            open(root / "stderr", "w+") as errors,
        ):
            patch.setattr("cxlab.report.batch.render.templates_folder", lambda: page.parent)
            patch.setattr(
                starters.Warm, "__init__", lambda *given: self.warm.append("warm") or begin(*given)
            )
            patch.setattr(starters, "CAN_FORK", way != "cannot fork")
            patch.setattr(render, "time", Clock(self.only_the_stopped_one_is_left))
            patch.setattr(sys, "stdout", said)
            patch.setattr(sys, "stderr", errors)
            limits = [
                "--cell-limit",
                "5" if "seconds" in way else "600",
                "--report-limit",
                "1200",
                "--memory-limit",
                "1536",
                "--output-limit",
                "50",
                "--jobs",
                "4",
            ]
            self.code = main(
                [
                    "report",
                    *map(str, studies),
                    "--out",
                    str(self.out),
                    "--template",
                    str(template),
                    *limits,
                    *(["--cold"] if way.startswith("cold") else []),
                ]
            )
        self.said, self.errors = (root / "stdout").read_text(), (root / "stderr").read_text()
        self.clean = until(lambda: not left_at_work(self.out))

    def only_the_stopped_one_is_left(self) -> bool:
        """The report whose process the notebook stopped waits for the report's limit alone."""
        lines = journal.read(self.out)
        ended = sum(line["event"] in ("done", "failed") for line in lines)
        stopped = is_stopped(self.root / "stops-its-maker" / "maker.pid")
        return ended == len(self.clients) - 1 and stopped


@pytest.fixture(scope="module")
def batches(tmp_path_factory, page):
    """Each batch, made once."""
    return functools.cache(lambda way: Batch(tmp_path_factory.mktemp("faults"), page, way))


@pytest.fixture(params=BATCHES)
def batch(request, batches) -> Batch:
    return batches(request.param)


@pytest.mark.parametrize(("batch", "client"), FAULTS, indirect=["batch"])
def test_a_fault_is_told_in_one_line_and_the_old_report_stands(batch, client):
    """Protects the report that a client has been sent from the next one's failure, and the
    consultant from guessing.
    """
    cause = FAILS[client]
    lines = [line for line in batch.said.splitlines() if line.startswith(f"{client} ")]
    assert len(lines) == 1 and f"Client {client} " in lines[0] and " failed " in lines[0]
    assert cause in lines[0]
    assert batch.old[client].read_text(encoding="utf-8") == OLD
    entry = manifest.read(batch.out / client)["languages"]["en"]
    assert entry["report"]["inputs"] == "of last month"
    assert entry["last_run"]["outcome"] == "failed" and cause in entry["last_run"]["problem"]


@pytest.mark.parametrize(("batch", "client"), OTHERS, indirect=["batch"])
def test_the_other_clients_have_their_reports(batch, client):
    """Protects a client from the failure of fourteen others in the same batch."""
    assert f"<p>report for {client}</p>" in (batch.out / client / "report.en.html").read_text(
        encoding="utf-8"
    )


def test_each_way_is_the_one_asked_for(batch, request):
    """Protects these tests: with --cold and where the system cannot fork there is no warm process,
    else one.
    """
    assert batch.warm == ["warm"] * request.node.callspec.params["batch"].startswith("warm")


def test_the_command_says_that_something_failed(batch):
    """Protects whoever only looks at the exit code."""
    assert batch.code == 1
    reports = f"{len(batch.clients)} report" + "s" * (len(batch.clients) > 1)
    assert batch.errors.splitlines()[-1] == f"{len(batch.fails)} of {reports} failed"
    assert "Traceback" not in batch.said + batch.errors


def test_nothing_is_left_at_work(batch):
    """Protects the machine: kernels that were stopped or hung, and a process twice removed from the
    notebook that started it.
    """
    assert batch.clean, left_at_work(batch.out)
    for client in batch.clients:
        assert client != "strays" or has_ended(batch.root / "strays" / "stray.pid")
        assert has_ended(batch.root / client / "kernel.pid"), client


def test_nothing_half_written_is_left(batch):
    """Protects the disk and the reader: reports, manifests, the list and the journal, and nothing
    else.
    """
    expected = {
        f"{client}/{name}"
        for client in batch.clients
        for name in ("report.en.html", "manifest.json")
    }
    assert files_in(batch.out) == expected | {"index.html", "journal.jsonl", ".cxlab-lock"}
    assert [
        path.name for path in batch.out.iterdir() if path.is_dir() and path.name.startswith(".")
    ] == []


def test_the_journal_tells_what_happened(batch):
    """Protects the answer to "what did last night's run do?": every line is whole JSON and names no
    folder and no person.
    """
    text = (batch.out / "journal.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert (
        lines[0]["event"] == "begin"
        and lines[-1]["event"] == "end"
        and lines[-1]["failed"] == len(batch.fails)
    )
    assert {line["report"] for line in lines if line["event"] == "failed"} == {
        f"{client} en" for client in batch.fails
    }
    assert (
        "Quintana" not in text
        and str(batch.root) not in text
        and os.path.expanduser("~") + "/" not in text
    )
