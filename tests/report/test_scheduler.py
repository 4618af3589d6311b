"""Reports made on a cluster: the same bytes, every one once, also when a worker dies in the middle."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from cxlab.errors import ReportError
from cxlab.report import journal
from cxlab.report.render import render_studies
from tests.faults.conftest import left_at_work, until
from tests.report.conftest import write_study, write_template

distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
PAGE = "class Page:\n    def _repr_html_(self):\n        return f'<p>{text}</p>'\nPage()"
# The first client's report waits, once, until its worker has been killed; `marks` is the tests' own folder.
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
    with dask.config.set({"temporary-directory": str(folder), "distributed.scheduler.allowed-failures": 3}):
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as made:
            yield made


def test_a_worker_is_killed_and_every_report_is_there_once(tmp_path, page, cluster, monkeypatch):
    """Protects a batch on a cluster from a machine that goes away: its report is made elsewhere, all have the bytes of a run at home."""
    marks = tmp_path / "marks"
    marks.mkdir()
    clients = ["alfa", "beta", "gama", "delta"]
    studies = [write_study(tmp_path / name, client=name) for name in clients]
    template = write_template(tmp_path / "t.ipynb", WAIT, PAGE, parameters='study: str\nlanguage: str = "en"\nmarks: str = ""')
    settings = {"template": template, "page": page, "parameters": {"marks": str(marks)}}
    killed: list[int] = []

    def kill(line: str) -> None:
        """Called when the first report has come: the worker that holds alfa's is killed then."""
        if killed or not until((marks / "alfa").exists, 60):
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

    table = render_studies(studies, tmp_path / "out", scheduler=cluster.scheduler_address, progress=kill, **settings)
    assert table["status"].tolist() == ["done"] * 4, table["problem"].tolist()
    assert len(killed) == 1 and until(lambda: not Path(f"/proc/{killed[0]}").exists(), 5)
    assert len((marks / "alfa").read_text().split()) == 2  # begun twice, by two kernels
    events = [(line["event"], line.get("report")) for line in journal.Journal(tmp_path / "out").read()]
    assert sorted(report for event, report in events if event == "done") == sorted(f"{client} en" for client in clients)

    at_home = render_studies(studies, tmp_path / "home", **settings)
    for file in at_home["file"]:
        assert (tmp_path / "home" / file).read_bytes() == (tmp_path / "out" / file).read_bytes()
    assert left_at_work(tmp_path / "out") == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks the system which process belongs to whom")
def test_what_a_task_carries_is_gone_with_it(cluster):
    """Protects a client's data on someone else's machine: no folder of a task is left there."""
    import tempfile

    assert until(lambda: not [path for path in Path(tempfile.gettempdir()).glob("cxlab-task-*") if (path / "study").exists()], 10)


def test_a_run_that_ends_early_takes_its_tasks_back(tmp_path, page, cluster):
    """Protects a shared cluster from reports that nobody waits for: when the run is stopped the scheduler knows no task of it."""
    studies = [write_study(tmp_path / name) for name in ("alfa", "beta", "gama", "delta", "epsilon", "zeta")]
    template = write_template(tmp_path / "t.ipynb", "import time\ntext = time.sleep(0 if study.endswith('alfa') else 5)", PAGE)
    known = lambda dask_scheduler: [key for key in dask_scheduler.tasks if str(key).startswith("cxlab-")]  # noqa: E731

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with distributed.Client(cluster.scheduler_address, set_as_default=False) as watch:
        with pytest.raises(KeyboardInterrupt) as stopped:
            render_studies(studies, tmp_path / "out", scheduler=cluster.scheduler_address, template=template, page=page, progress=stop)
        assert until(lambda: watch.run_on_scheduler(known) == [], 1)
        assert stopped.tb  # it holds the run and its client: what is gone is gone because it was taken back, not because nobody refers to it
    assert [line["not_made"] for line in journal.Journal(tmp_path / "out").read() if line["event"] == "end"] == [5]


def test_a_scheduler_that_does_not_answer_is_told(tmp_path, page, monkeypatch):
    """Protects from a trace and a long wait: before anything runs, one sentence."""
    monkeypatch.setattr("cxlab.report.scheduler.CONNECT_SECONDS", 1)
    template = write_template(tmp_path / "t.ipynb", "text = 1", PAGE)
    with pytest.raises(ReportError, match=r"^no Dask scheduler answers at tcp://127.0.0.1:9 \(\w+\); start one, or leave --scheduler out$"):
        render_studies([write_study(tmp_path / "one")], tmp_path / "out", template=template, page=page, scheduler="tcp://127.0.0.1:9")


def test_a_worker_with_another_cxlab_is_refused(monkeypatch):
    """Protects the bytes of a report from a machine whose packages are not ours."""
    from cxlab.report import manifest, scheduler

    payload = {"versions": manifest.versions(), "cxlab": "another"}
    assert scheduler.make(payload) == ({"problem": "a worker of the cluster has another cxlab; install the same one there"}, {})
    payload["versions"] = manifest.versions() | {"pandas": "0.1"}
    assert scheduler.make(payload)[0]["problem"] == "a worker of the cluster has another pandas; install the same packages there"


def test_a_file_outside_the_study_is_not_sent(tmp_path):
    """Protects a worker from a study that would be read without one of its files."""
    from cxlab.report import scheduler

    study = write_study(tmp_path / "one")
    (tmp_path / "shared.csv").write_text("a\n1\n", encoding="utf-8")
    (study / "study.yml").write_text((study / "study.yml").read_text(encoding="utf-8").replace("answers.csv", "../shared.csv"), encoding="utf-8")
    job = {"study": str(study), "template": str(tmp_path / "t.ipynb"), "page": str(tmp_path)}
    with pytest.raises(ReportError, match=r"^../shared.csv lies outside the study's folder, and a cluster is sent that folder only; move it there$"):
        scheduler._packed(job)
