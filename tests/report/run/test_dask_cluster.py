"""Reports made on a cluster: the same bytes, every one once, also when a worker dies in the
middle.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import jobs, journal
from cxlab.report.batch.render import render_studies
from cxlab.report.run import dask_cluster, fingerprints, job
from tests.report.conftest import (
    SMALL_SERVER,
    is_written,
    left_at_work,
    lend,
    write_study,
    write_template,
)
from tests.waiting import PATIENCE, until

distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
PAGE = "class Page:\n    def _repr_html_(self):\n        return f'<p>{text}</p>'\nPage()"
# The first client's report waits, once, until its worker has been killed; `marks` is the tests' own
# folder.
WAIT = """\
import os, time
from pathlib import Path
who = Path(study).name
text = f"report for {who}"
with open(Path(marks, who), "a") as file:
    file.write(f"{os.getpid()}\\n")
if who == "alfa" and not Path(marks, "killed").exists():
    time.sleep(600)"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Two workers, each a process of its own that cannot see what the other wrote."""
    import dask

    folder = tmp_path_factory.mktemp("cluster")
    patch = pytest.MonkeyPatch()
    patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("tasks")))  # where the workers' tasks lie
    patch.setattr(dask_cluster, "CONNECT_SECONDS", PATIENCE)  # a busy machine is no broken one
    settings = {"temporary-directory": str(folder), "distributed.scheduler.allowed-failures": 3}
    settings["distributed.worker.preload"] = [SMALL_SERVER]
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        ) as made,
    ):
        made.tasks = Path(os.environ["TMPDIR"])
        yield made
    patch.undo()


def test_a_worker_is_killed_and_every_report_is_there_once(
    tmp_path, page, cluster, kept_warm, monkeypatch
):
    """Protects a batch on a cluster from a machine that goes away: its report is made elsewhere,
    all have the bytes of a run at home.
    """
    marks = tmp_path / "marks"
    marks.mkdir()
    clients = ["alfa", "beta", "gama", "delta"]
    studies = [write_study(tmp_path / name, client=name) for name in clients]
    template = write_template(
        tmp_path / "t.ipynb",
        WAIT,
        PAGE,
        parameters='study: str\nlanguages: list[str]\nmarks: str = ""',
    )
    settings = {"template": template, "page": page, "parameters": {"marks": str(marks)}}
    killed: list[int] = []

    def kill(line: str) -> None:
        """Called when the first report has come: the worker that holds alfa's is killed then."""
        if killed or not until(lambda: is_written(marks / "alfa")):
            return
        kernel = int((marks / "alfa").read_text().split()[0])
        worker = kernel
        pids = {int(worker.pid): worker for worker in cluster.workers.values()}
        while worker not in pids:
            worker = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
            assert worker > 1
        killed.append(kernel)
        (marks / "killed").touch()
        os.kill(worker, 9)

    table = render_studies(
        studies, tmp_path / "out", scheduler=cluster.scheduler_address, progress=kill, **settings
    )
    assert table["status"].tolist() == ["done"] * 4, table["problem"].tolist()
    assert len(killed) == 1 and until(lambda: not Path(f"/proc/{killed[0]}").exists())
    assert len((marks / "alfa").read_text().split()) == 2  # begun twice, by two kernels
    events = [(line["event"], line.get("report")) for line in journal.read(tmp_path / "out")]
    assert sorted(report for event, report in events if event == "done") == sorted(
        f"{client} en" for client in clients
    )

    lend(kept_warm, monkeypatch)
    at_home = render_studies(studies, tmp_path / "home", **settings)
    for file in at_home["file"]:
        assert (tmp_path / "home" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()
    assert left_at_work(tmp_path / "out") == []
    folders = list(cluster.tasks.glob("cxlab-task-*"))
    # a client's data on someone else's machine
    assert folders and until(lambda: not [path for path in folders if (path / "root").exists()])


# Each report's notebook waits, and so does a process that it started in a session of its own, with
# an environment that tells nothing.
HANG = """\
import os, subprocess, sys, time
from pathlib import Path
code = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(code, start_new_session=True, env={})
Path(marks, Path(study).name).write_text(f"{os.getpid()} {child.pid}")
time.sleep(600)"""
RUN = (
    "import sys; from cxlab.report.batch.render import render_studies; render_studies(sys.argv[6:],"
    " sys.argv[1], template=sys.argv[2], page=sys.argv[3], scheduler=sys.argv[4],"
    " parameters={'marks': sys.argv[5]})"
)


def known(dask_scheduler) -> list[str]:
    """The tasks of reports that the scheduler knows."""
    return [key for key in dask_scheduler.tasks if str(key).startswith("cxlab-")]


def at_work(marks: Path) -> list[int]:
    return [
        int(pid)
        for file in marks.iterdir()
        for pid in file.read_text().split()
        if Path(f"/proc/{pid}").exists()
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which process belongs to whom")
def test_who_asked_is_killed_and_nothing_of_the_reports_goes_on(tmp_path, page, cluster):
    """Protects someone else's machines: kernels, what they started, warm processes and folders go
    with the runner, and what had not begun does not begin.
    """
    marks = tmp_path / "marks"
    marks.mkdir()
    studies = [write_study(tmp_path / name, client=name) for name in ("alfa", "beta", "gama")]
    template = write_template(
        tmp_path / "t.ipynb",
        HANG,
        PAGE,
        parameters='study: str\nlanguages: list[str]\nmarks: str = ""',
    )
    given = [tmp_path / "out", template, page, cluster.scheduler_address, marks, *studies]
    runner = subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, given)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        # one kernel and its child for each of two workers
        assert until(lambda: len(at_work(marks)) == 4)
    finally:
        runner.kill()
        runner.wait()
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as watch:
        assert until(lambda: watch.run_on_scheduler(known) == [])
    assert until(lambda: not at_work(marks) and not list(cluster.tasks.glob("cxlab-task-*"))), (
        at_work(marks),
        list(cluster.tasks.iterdir()),
    )
    assert len(list(marks.iterdir())) == 2  # the third was not begun


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which process belongs to whom")
@pytest.mark.parametrize("way", ["end", "close"])
def test_a_task_that_is_given_up_ends_its_report(tmp_path, page, cluster, way):
    """Protects a cluster from a report that took too long for its caller, and from a batch that was
    stopped: neither goes on.
    """
    marks, work = tmp_path / "marks", tmp_path / "work"
    marks.mkdir()
    work.mkdir()
    template = write_template(
        tmp_path / "t.ipynb",
        HANG,
        PAGE,
        parameters='study: str\nlanguages: list[str]\nmarks: str = ""',
    )
    studies = [write_study(tmp_path / "alfa")]
    (planned,) = jobs.plan(studies, ["en"], template, {"marks": str(marks)})
    planned.describe(work, tmp_path, job.Settings(template, page))
    starter = dask_cluster.Cluster(cluster.scheduler_address)
    try:
        starter.start(work)
        assert until(lambda: len(at_work(marks)) == 2)
        getattr(starter, way)(*[work] * (way == "end"))
        assert until(lambda: not at_work(marks))
    finally:
        starter.close()


def test_a_run_that_ends_early_takes_its_tasks_back(tmp_path, page, cluster):
    """Protects a shared cluster from reports that nobody waits for: when the run is stopped the
    scheduler knows no task of it.
    """
    studies = [
        write_study(tmp_path / name)
        for name in ("alfa", "beta", "gama", "delta", "epsilon", "zeta")
    ]
    template = write_template(
        tmp_path / "t.ipynb",
        "import time\ntext = time.sleep(0 if study.endswith('alfa') else 600)",
        PAGE,
    )

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with distributed.Client(cluster.scheduler_address, set_as_default=False) as watch:
        with pytest.raises(KeyboardInterrupt) as stopped:
            render_studies(
                studies,
                tmp_path / "out",
                scheduler=cluster.scheduler_address,
                template=template,
                page=page,
                progress=stop,
            )
        assert until(lambda: watch.run_on_scheduler(known) == [])
        # it holds the run and its client: what is gone is gone because it was taken back, not
        # because nobody refers to it
        assert stopped.tb
    assert [
        line["not_made"] for line in journal.read(tmp_path / "out") if line["event"] == "end"
    ] == [5]


def test_a_scheduler_that_does_not_answer_is_told(tmp_path, page, monkeypatch):
    """Protects from a trace and a long wait: before anything runs, one sentence."""
    monkeypatch.setattr("cxlab.report.run.dask_cluster.CONNECT_SECONDS", 1)
    template = write_template(tmp_path / "t.ipynb", "text = 1", PAGE)
    with pytest.raises(
        ReportError,
        match=(
            r"^no Dask scheduler answers at tcp://127.0.0.1:9 \(\w+\); start one, or leave"
            r" --scheduler out$"
        ),
    ):
        render_studies(
            [write_study(tmp_path / "one")],
            tmp_path / "out",
            template=template,
            page=page,
            scheduler="tcp://127.0.0.1:9",
        )


@pytest.mark.parametrize(
    ("status", "state", "wanted"),
    [
        ("running", "executing", True),
        ("paused", "executing", True),
        ("closing_gracefully", "executing", True),
        ("running", "cancelled", False),
        ("running", None, False),
        ("closing", "executing", False),
        ("closed", "executing", False),
    ],
)
def test_a_worker_that_has_lost_its_scheduler_ends_its_report(monkeypatch, status, state, wanted):
    """Protects a machine whose scheduler has died: its worker waits for its threads, and these
    would work until the report's limit.
    """
    tasks = {"key": SimpleNamespace(state=state)} if state else {}
    worker = SimpleNamespace(status=distributed.Status[status], state=SimpleNamespace(tasks=tasks))
    monkeypatch.setattr(distributed, "get_worker", lambda: worker)
    assert dask_cluster.is_wanted("key") is wanted


def test_a_worker_with_another_cxlab_is_refused(monkeypatch):
    """Protects the bytes of a report from a machine whose packages are not ours."""

    payload = {"versions": fingerprints.versions(), "cxlab": "another"}
    assert dask_cluster.make(payload) == (
        {"problem": "a worker of the cluster has another cxlab; install the same one there"},
        {},
    )
    payload["versions"] = fingerprints.versions() | {"pandas": "0.1"}
    assert (
        dask_cluster.make(payload)[0]["problem"]
        == "a worker of the cluster has another pandas; install the same packages there"
    )


def test_files_outside_the_study_are_sent_where_they_are_allowed(
    tmp_path, page, cluster, kept_warm, monkeypatch
):
    """Protects a study whose answers lie elsewhere: a worker reads the same bytes under the same
    name, relative or absolute, and no other file.
    """
    lend(kept_warm, monkeypatch)  # for those made at home
    show = "import cxlab as cx\ntext = f'{cx.read_study(study).n} of {len(cx.__all__)}'"
    settings = {"template": write_template(tmp_path / "t.ipynb", show, PAGE), "page": page}
    studies = []
    for name, there in (("alfa", "../../data/a.csv"), ("beta", str(tmp_path / "data" / "a.csv"))):
        study = write_study(tmp_path / "studies" / name, client=name)
        (tmp_path / "data").mkdir(exist_ok=True)
        (study / "answers.csv").rename(tmp_path / "data" / "a.csv")
        told = (study / "study.yml").read_text("utf-8").replace("answers.csv", there)
        (study / "study.yml").write_text(told, encoding="utf-8")
        studies.append(study)
    made = {}
    for name, more in (
        ("refused", {"scheduler": cluster.scheduler_address}),
        ("sent", {"scheduler": cluster.scheduler_address, "allow_outside": tmp_path / "data"}),
        ("home", {"allow_outside": [tmp_path / "data"]}),
    ):
        table = render_studies(studies, tmp_path / name, **settings, **more)
        made[name] = (
            [(tmp_path / name / file).read_bytes() for file in table["file"]]
            if (set(table["status"]) == {"done"})
            else table["problem"].tolist()
        )
    assert made["sent"] == made["home"]
    assert ["lies outside the study's folder" in why for why in made["refused"]] == [True] * 2
