"""The runner itself is stopped or killed: nothing works on, what stands can be used, and the next
run makes the rest.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cxlab.__main__ import main
from cxlab.report.batch import files, journal, manifest, records, render, stop_signals
from cxlab.report.batch.render import Limits, render_studies
from cxlab.report.run import starters
from tests.faults.conftest import OLD, PAGE, give_old_report
from tests.report.conftest import (
    SMALL_SERVER,
    has_ended,
    is_written,
    last_batch,
    left_at_work,
    lend,
    write_study,
    write_template,
)
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="signals and the warm process are Linux's"
)

CLIENTS = ("alfa", "beta", "gama", "delta")
# The first report of a batch is made, the second is waited for until the runner is stopped, unless
# `go` lies beside the studies.
WAIT = """\
import os, subprocess, sys, time
from pathlib import Path
who = Path(study).name
text = f"report for {who}"
made = Path(study).parent / "made"
made.mkdir(exist_ok=True)
(made / who).touch()
if who != "alfa" and not (Path(study).parent / "go").exists():
    code = (
        "import os, sys, time\\nif os.fork(): os._exit(0)\\nos.setsid()\\n"
        "open(sys.argv[1], 'w').write(str(os.getpid()))\\ntime.sleep(600)"
    )
    subprocess.run([sys.executable, "-c", code, str(Path(study, "stray.pid"))])
    Path(study, "kernel.pid").write_text(str(os.getpid()))
    time.sleep(600)"""
# A shell that starts pytest in the background has SIGINT ignored; the runner of a user at a
# terminal has not.
RUNNER = f"""\
import pathlib, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import cxlab.__main__ as m, cxlab.report.batch.render as r, cxlab.report.run.starters as s
folder, s.SERVER = pathlib.Path(sys.argv.pop(1)), "{SMALL_SERVER}"
r.templates_folder = lambda: folder
sys.exit(m.main())"""


class Stopped:
    """A batch whose runner was stopped in the middle."""

    def __init__(self, root: Path, page: Path, number: int, times: int) -> None:
        self.root, self.out, self.page = root, root / "out", page
        self.template = write_template(root / "t.ipynb", WAIT, PAGE)
        self.studies = [write_study(root / name, client=name) for name in CLIENTS]
        self.old = give_old_report(self.out, "beta")
        call = [
            "report",
            *map(str, self.studies),
            "--out",
            str(self.out),
            "--template",
            str(self.template),
            "--jobs",
            "1",
            "--cell-limit",
            "600",
            "--report-limit",
            "1200",
        ]
        runner = subprocess.Popen(
            [sys.executable, "-c", RUNNER, str(page.parent), *call],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert (
            until(lambda: is_written(root / "beta" / "kernel.pid") or runner.poll() is not None)
            and runner.poll() is None
        ), runner.communicate()
        self.second = main(call)
        for _ in range(times):
            runner.send_signal(number)
            time.sleep(0.03)
        self.errors = runner.communicate(timeout=PATIENCE)[1]
        self.code = runner.returncode
        self.clean = until(
            lambda: not left_at_work(self.out) and not list(self.out.glob(".cxlab-work*"))
        )

    def resume(self):
        (self.root / "go").touch()
        for mark in (self.root / "made").iterdir():
            mark.unlink()
        return render_studies(
            self.studies,
            self.out,
            resume=True,
            template=self.template,
            page=self.page,
            limits=Limits(600, 1200),
        )


@pytest.mark.parametrize(
    ("number", "code", "times"),
    [
        (signal.SIGTERM, 143, 1),
        (signal.SIGTERM, 143, 4),
        (signal.SIGINT, 130, 3),
        (signal.SIGKILL, -9, 1),
    ],
)
def test_a_runner_that_is_stopped(
    tmp_path, page, kept_warm, monkeypatch, capsys, number, code, times
):
    """Protects the machine from kernels that nobody waits for, the reports that stand, and the time
    of the next run, however often it is told to stop. While the first runner is at work a second
    one is told so and leaves; when it is gone, killed or not, its lock is gone too.
    """
    monkeypatch.setattr(render, "templates_folder", lambda: page.parent)
    lend(kept_warm, monkeypatch)  # to this process; the runner has its own
    stopped = Stopped(tmp_path, page, number, times)
    assert stopped.code == code, stopped.errors
    assert "Traceback" not in stopped.errors
    if number != signal.SIGKILL:
        told = (
            f"cxlab: stopped by {signal.Signals(number).name}; the reports that were made stand,"
            " run the same command again with --resume for the others"
        )
        assert stopped.errors.splitlines()[-1] == told
        last = journal.read(stopped.out)[-1]
        assert {key: last[key] for key in last if key != "time"} == {
            "event": "end",
            "done": 1,
            "not_made": 3,
        }
    assert stopped.clean, left_at_work(stopped.out)
    assert has_ended(tmp_path / "beta" / "kernel.pid") and has_ended(
        tmp_path / "beta" / "stray.pid"
    )

    told = capsys.readouterr().err.strip()
    assert stopped.second == 2
    assert told.startswith("cxlab: out: another run (process ") and told.endswith(
        ") is writing reports there; wait until it has ended, or give another --out"
    )

    assert (stopped.out / "alfa" / "report.en.html").is_file() and stopped.old.read_text(
        encoding="utf-8"
    ) == OLD
    listed = (stopped.out / "index.html").read_text(encoding="utf-8")
    assert (
        'href="alfa/report.en.html"' in listed
        and "waiting; an earlier report stands" in listed
        and listed.count("waiting") >= 3
    )
    with (stopped.out / journal.NAME).open("ab") as file:
        file.write(b'{"time": "2026-11-22T10:00')  # a crash in the middle of a line
    table = stopped.resume()
    assert table["status"].tolist() == ["unchanged", "done", "done", "done"]
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["beta", "delta", "gama"]
    assert stopped.old.read_text(encoding="utf-8") != OLD
    lines = (stopped.out / journal.NAME).read_text(encoding="utf-8").splitlines()
    torn = [number for number, line in enumerate(lines) if not _is_json(line)]
    assert len(torn) == 1 and json.loads(lines[torn[0] + 1])["event"] == "begin"
    events = [line["event"] for line in last_batch(stopped.out)]
    assert events[0] == "begin" and events[-1] == "end" and events.count("done") == 3
    assert (
        "waiting"
        not in (stopped.out / "index.html").read_text(encoding="utf-8").partition("</style>")[2]
    )


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def test_the_warm_process_is_killed(tmp_path, page):
    """Protects the batch from the one process that all reports come from: what it was making is
    made again, cold.
    """
    kill = """\
import os, time
from pathlib import Path
text, mark = "fine", Path(study, "tried")
if not mark.exists():
    mark.write_text(str(os.getpid()))
    if Path(study).name == "alfa":
        maker = os.getppid()
        stat = Path(f"/proc/{maker}/stat").read_text().rpartition(")")[2].split()
        os.kill(int(stat[1]), 9)
        time.sleep(600)"""
    studies = [write_study(tmp_path / name, client=name) for name in ("alfa", "beta")]
    lines: list[str] = []
    table = render_studies(
        studies,
        tmp_path / "out",
        template=write_template(tmp_path / "t.ipynb", kill, PAGE),
        page=page,
        progress=lines.append,
    )
    assert table["status"].tolist() == ["done"] * 2, table["problem"].tolist()
    assert (
        sum(
            "the warm process ended" in line and line.endswith("the other reports are made cold")
            for line in lines
        )
        == 1
    )
    assert all(has_ended(tmp_path / study.name / "tried") for study in studies)
    assert (
        left_at_work(tmp_path / "out") == [] and list((tmp_path / "out").glob(".cxlab-work*")) == []
    )


def test_a_warm_process_that_cannot_start_is_done_without(tmp_path, page, monkeypatch):
    """Protects a machine where fork or a library does not work: the report is made the plain
    way.
    """
    study = write_study(tmp_path / "alfa")
    monkeypatch.setattr(starters, "SERVER", "cxlab.no_such_module")
    lines: list[str] = []
    table = render_studies(
        [study],
        tmp_path / "out",
        template=write_template(tmp_path / "t.ipynb", "text = 'fine'", PAGE),
        page=page,
        progress=lines.append,
    )
    assert (
        table["status"].tolist() == ["done"]
        and "No module named cxlab.no_such_module; the other reports are made cold" in lines[0]
    )


def test_a_lock_of_the_dead_does_not_block(tmp_path):
    """Protects the morning after a crash: the file of a lock is no lock."""
    (tmp_path / journal.LOCK).write_text("1")
    with journal.locked(tmp_path):
        assert (tmp_path / journal.LOCK).read_text() == str(os.getpid())
        with (
            pytest.raises(
                Exception, match=rf"another run \(process {os.getpid()}\) is writing reports there"
            ),
            journal.locked(tmp_path),
        ):
            pass
    with journal.locked(tmp_path):
        pass


def test_a_save_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path):
    """Protects every file that is put in place: 200 times the writer is killed while it saves, and
    no file is ever half of one.
    """
    _save(tmp_path, 0)
    moments, broken, saved = random.Random(5), 0, set()
    for start in range(1, 201):
        heard, told = os.pipe()
        pid = os.fork()  # an interpreter's start would take longer than the saving
        if not pid:
            number = start
            while True:
                _save(tmp_path, number)
                os.write(told, b".")
                number += 1
        os.read(heard, 1)  # it has saved once, and is at the next
        time.sleep(moments.uniform(0, 0.01))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(heard)
        os.close(told)
        text = (tmp_path / "report.en.html").read_text(encoding="utf-8")
        broken += text != _text(int(text[3:].partition("<")[0])) or "n" not in manifest.read(
            tmp_path
        )
        saved.add(text[:10])
    assert broken == 0
    assert len(saved) > 100  # the writer did write


def _text(number: int) -> str:
    return f"<p>{number}</p>" + str(number % 10) * 300_000 + "</html>"


def _save(folder: Path, number: int) -> None:
    draft = folder / "draft"
    draft.write_text(_text(number), encoding="utf-8")
    files.place(draft, folder / "report.en.html")
    manifest.write(folder, {"languages": {}, "n": number, "long": "x" * 100_000})


def test_signals_wait_while_what_is_left_is_ended(tmp_path, page, monkeypatch):
    """Protects the tidying, which may take seconds, from a signal in the middle of it; after it
    they are answered as before.
    """
    closing, real = [], starters.Cold.close

    def close(self):
        closing.append(1)
        (tmp_path / "out" / f"{records.WORK_PREFIX}of-a-start-that-was-interrupted").mkdir()
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            os.kill(os.getpid(), number)
        real(self)

    monkeypatch.setattr(starters.Cold, "close", close)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        table = render_studies(
            [write_study(tmp_path / "alfa")],
            tmp_path / "out",
            template=write_template(tmp_path / "t.ipynb", "text = 'fine'", PAGE),
            page=page,
            cold=True,
        )
    finally:
        signal.signal(signal.SIGINT, before[2])
    assert not list((tmp_path / "out").glob(".cxlab-work*"))
    assert (
        closing
        and table["status"].tolist() == ["done"]
        and journal.read(tmp_path / "out")[-1]["event"] == "end"
    )
    assert [
        signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    ] == before


def test_a_signal_that_was_lost_can_be_sent_again():
    """Protects from a run that no signal stops: those that come together are one, a later one is
    another.
    """
    with stop_signals.stop_signals() as stops:
        with pytest.raises(SystemExit) as ended:
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        stops.last -= 10 * stop_signals.STOP_SECONDS
        with pytest.raises(SystemExit):
            os.kill(os.getpid(), signal.SIGHUP)
    assert ended.value.code == 143


# Who starts a process that never gets warm, and waits to be killed.
STARTER = """\
import sys, time
from pathlib import Path
from cxlab.report.run import starters
starters.SERVER = "never_warm"
started = starters.Warm(Path(sys.argv[1]))
print(started._process.pid, flush=True)
time.sleep(600)"""


@pytest.mark.parametrize("told", ["by the system", "by nobody"])
@pytest.mark.parametrize("moment", ["at once", "while it warms up"])
def test_a_runner_that_is_killed_while_the_warm_process_warms_up(tmp_path, told, moment):
    """Protects the machine and the reports' folder: the warm process looks after its own end before
    it does anything else, also where the system does not tell of its parent's.
    """
    modules, work = tmp_path / "modules", tmp_path / "out" / f"{records.WORK_PREFIX}warm"
    modules.mkdir()
    (tmp_path / "out").mkdir()
    (modules / "never_warm.py").write_text(
        "import pathlib, time\npathlib.Path('warming').write_text('1')\ntime.sleep(600)"
    )
    if told == "by nobody":
        patched = "import cxlab.report.run.processes as p\np.LINUX = False\n"
        (modules / "sitecustomize.py").write_text(patched)
    paths = os.pathsep.join([str(modules), *filter(None, [os.environ.get("PYTHONPATH")])])
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(work)],
        env={**os.environ, "PYTHONPATH": paths},
        stdout=subprocess.PIPE,
    ) as runner:
        (tmp_path / "warm.pid").write_bytes(runner.stdout.readline())
        if moment == "while it warms up":
            assert until(lambda: is_written(work / "warming"))
        runner.kill()
    assert until(lambda: has_ended(tmp_path / "warm.pid") and not work.exists())


def test_a_verification_that_is_stopped_leaves_no_folder(tmp_path, page, kept_warm, monkeypatch):
    """Protects the disk: what was made again is data of clients, and nobody looks for it there."""
    lend(kept_warm, monkeypatch)
    (tmp_path / "go").touch()
    (tmp_path / "temporary").mkdir()
    studies = [write_study(tmp_path / name, client=name) for name in ("alfa", "beta")]
    template = write_template(tmp_path / "t.ipynb", WAIT, PAGE)
    out, waits = tmp_path / "out", tmp_path / "beta" / "kernel.pid"
    table = render_studies(studies, out, template=template, page=page)
    assert table["status"].tolist() == ["done"] * 2, table["problem"].tolist()
    (tmp_path / "go").unlink()
    call = ["report", "--verify", str(out), "--template", str(template), "--jobs", "1"]
    runner = subprocess.Popen(
        [sys.executable, "-c", RUNNER, str(page.parent), *call],
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert until(lambda: is_written(waits) or runner.poll() is not None)
    assert list((tmp_path / "temporary").glob("cxlab-verify-*"))
    runner.send_signal(signal.SIGTERM)
    said = runner.communicate(timeout=PATIENCE)[1]
    assert runner.returncode == 143 and "Traceback" not in said
    assert said.splitlines()[-1] == "cxlab: stopped by SIGTERM; nothing was changed, run it again"
    assert not list((tmp_path / "temporary").glob("cxlab-verify-*"))
    assert until(lambda: has_ended(waits))


def test_a_signal_in_the_tidying_of_a_part_ends_the_whole():
    """Protects from a verification that goes on after it was told to stop."""
    with pytest.raises(SystemExit) as ended, stop_signals.stop_signals():
        with stop_signals.stop_signals() as stops:
            stops.ending = True
            os.kill(os.getpid(), signal.SIGTERM)
        pytest.fail("the whole goes on")
    assert ended.value.code == 143


@pytest.mark.parametrize("name", ["index.html", journal.NAME, journal.LOCK])
@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_in_the_place_of_a_file_is_told(tmp_path, page, monkeypatch, capsys, name, make):
    """Protects from a batch whose list or journal nobody gets to see."""
    monkeypatch.setattr(render, "templates_folder", lambda: page.parent)
    study = write_study(tmp_path / "alfa")
    template = write_template(tmp_path / "t.ipynb", "text = 'fine'", PAGE)
    (tmp_path / "out").mkdir()
    make(tmp_path / "out" / name)
    call = ["report", str(study), "--out", str(tmp_path / "out"), "--template", str(template)]
    assert main(call) == 2
    said = capsys.readouterr().err
    assert f"out/{name}" in said and "move or remove it" in said
    assert not (tmp_path / "out" / "alfa").exists()
