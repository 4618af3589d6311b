"""The same job a client, made on the workers of a Dask cluster that exists already.

A task carries everything that its report is made of (the study's files, the template, the page) and
brings back the finished files; only the caller writes to the reports' folder, so a task that runs
twice because its worker died still gives one report. A task that nobody waits for any more, because
its caller was killed or cancelled it, ends its report at once. A worker needs cxlab, the same
packages and nothing of the caller's disk; one that has another cxlab or other packages is refused,
since its report would not be the same.

distributed is imported late throughout: it is an extra, and only `--scheduler` needs it.
"""

import json
import shutil
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from cxlab.extras import needed
from cxlab.report import Record
from cxlab.report.messages import one_line, reason, refusal
from cxlab.report.run import starters
from cxlab.report.run.fingerprints import code_sha256, study_files, versions
from cxlab.report.run.job import DESCRIPTION, RESULT, STUDY_PARAMETER, read_result, took_too_long
from cxlab.study.codebook.own_file import under

ROOT = "root"  # the folder on a worker that stands for the root of the caller's disk
PREFIX = "cxlab-task-"
CONNECT_SECONDS = 10
_OF_THREAD = threading.local()  # `warm`, the process that its reports are copies of

Outcome = tuple[Record, dict[str, bytes]]  # a job's result, and its files by name


class Cluster:
    """Starts jobs as tasks (as `starters.Cold` starts them as processes). Raises ReportError where
    there is no cluster to speak to.
    """

    # a task may wait in a queue, and is run again elsewhere if its worker dies; the limit itself is
    # kept there
    patience = 3.0
    width = 0

    def __init__(self, address: str) -> None:
        with needed():
            from distributed import Client
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise refusal(
                f"no Dask scheduler answers at {address} ({type(error).__name__}); start one, or"
                " leave --scheduler out"
            ) from None
        self._tasks = {}

    def ready(self) -> None:
        """Return when there is a worker; as many jobs are under way as there are threads of
        workers, and one more each to come.
        """
        if self.width:
            return
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise refusal(
                "the Dask cluster has no worker; start one, or leave --scheduler out"
            ) from None
        self.width = 2 * sum(self._client.nthreads().values())

    def start(self, work: Path) -> None:
        """As `Cold.start`."""
        payload = packed(json.loads((work / DESCRIPTION).read_bytes()))
        key = f"cxlab-{uuid.uuid4().hex}"
        self._tasks[work] = self._client.submit(make, payload, key, key=key, pure=False, retries=2)

    def ended(self) -> dict[Path, int]:
        """As `Cold.ended`; what a task brought back lies in its job's folder then."""
        time.sleep(0.05)
        done = [work for work, task in self._tasks.items() if task.done()]
        return {work: _unpack(self._tasks.pop(work), work) for work in done}

    def end(self, work: Path) -> None:
        """As `Cold.end`: the task is cancelled, and its worker ends the process."""
        self._tasks[work].cancel()

    def close(self) -> None:
        """Leave: the scheduler cancels what is under way for a caller that has left. Idle warm
        processes stay with their workers.
        """
        self._tasks.clear()
        self._client.close(timeout=CONNECT_SECONDS)


def _unpack(task: Any, work: Path) -> int:
    try:
        result, files = task.result(timeout=CONNECT_SECONDS)
    except Exception as error:  # whatever kept the cluster from it
        result, files = _problem(
            f"the cluster gave the task up: {type(error).__name__}: {error}; run again with"
            " --resume"
        )
    for name, data in files.items():
        (work / Path(name).name).write_bytes(data)
    (work / RESULT).write_text(json.dumps(result))
    return 0


def _problem(words: str) -> Outcome:
    return {"problem": one_line(words)}, {}


def packed(job: Record) -> Record:
    """A job's description with the bytes of every file that it names."""
    study, template, page = Path(job["study"]), Path(job["template"]), Path(job["page"])
    # in the places that they have here, so that files outside the study's folder keep their names
    paths = study_files(study)
    files = {under(ROOT, path).as_posix(): path for path in paths}
    study_yml = Path(next(iter(files)))
    files[f"template/{template.name}"] = template
    pages = [path for path in page.rglob("*") if path.is_file()]
    files |= {f"page/{path.relative_to(page).as_posix()}": path for path in pages}
    places = {
        "study": (study_yml if study.is_file() else study_yml.parent).as_posix(),
        "template": f"template/{template.name}",
        "page": "page",
    }
    return {
        "job": job,
        "cxlab": code_sha256(),
        "versions": versions(),
        "places": places,
        "files": {name: path.read_bytes() for name, path in files.items()},
    }


def make(payload: Record, key: str = "") -> Outcome:
    """On a worker: make one report, as the task `key`. Returns what `one_report.main` wrote down,
    and the files by name.
    """
    other = [name for name, value in versions().items() if payload["versions"].get(name) != value]
    if other:
        return _problem(
            f"a worker of the cluster has another {', '.join(other[:3])}; install the same packages"
            " there"
        )
    if payload["cxlab"] != code_sha256():
        return _problem("a worker of the cluster has another cxlab; install the same one there")
    # everything lies in it: where the worker is killed, the warm process removes it
    work = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        return _made(payload, work, key)
    except OSError as error:
        return _problem(f"on a worker: {reason(error)}")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _made(payload: Record, work: Path, key: str) -> Outcome:
    for name, data in payload["files"].items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_bytes(data)
    job, places = payload["job"], {key: str(work / at) for key, at in payload["places"].items()}
    job = {
        **job,
        **places,
        # stands for the root of the disk, and where more than the study was allowed, may be read
        "outside": [str(work / ROOT)] * min(len(job["outside"]), 2),
        "parameters": {**job["parameters"], STUDY_PARAMETER: places["study"]},
        "folders": [*job["folders"], str(work), str(work.resolve()), str(Path.home())],
    }
    (work / DESCRIPTION).write_text(json.dumps(job))
    said, result = _run(work, job, key), read_result(work)
    if not result:
        return _problem(said)
    return result, {file.name: file.read_bytes() for file in work.glob("report.*")}


def is_wanted(key: str) -> bool:
    """Whether somebody still waits for the task `key` that this worker executes.

    The scheduler forgets the tasks of a client as soon as its connection ends, however that came,
    and tells their workers; a thread cannot be ended from outside, so a worker only notes that the
    task is cancelled; and one that has lost its scheduler closes, but waits for its threads. True
    where we are no worker's task. Half a second after a caller was killed, or a third after the
    scheduler, nothing of its reports was left (two workers on one machine); a caller whose machine
    or network has gone is noticed after `distributed.comm.timeouts.tcp` (30 s).
    """
    from distributed import Status, get_worker

    try:
        worker = get_worker()
    except ValueError:
        return True
    task = worker.state.tasks.get(key)
    return (
        worker.status not in (Status.closing, Status.closed, Status.failed)
        and task is not None
        and task.state in ("executing", "long-running")
    )


def _run(work: Path, job: Record, key: str) -> str:
    """How the job's process ended; it is ended where nobody waits for it any more."""
    starter = _starter()
    try:
        starter.ready()
        starter.start(work)
        end, late = time.monotonic() + job["limits"]["report_seconds"], False
        while work not in (done := starter.ended()):
            late = late or time.monotonic() > end or not is_wanted(key)
            if late:
                starter.end(work)
    except starters.StarterGoneError as gone:
        _forget()
        # the cluster tries again
        raise RuntimeError(f"the warm process ended: {gone}") from None
    if not is_wanted(key):
        _forget()  # no warm process waits for a batch that has been given up
    how = f"its process on a worker ended with code {done[work]}; run again with --resume"
    return took_too_long(job["limits"]) if late else how


def _starter() -> Any:
    """This thread's warm process (it is kept from task to task and leaves with the worker), or the
    cold way.
    """
    if not starters.CAN_FORK:
        return starters.Cold()
    if not hasattr(_OF_THREAD, "warm"):
        _OF_THREAD.warm = starters.Warm(Path(tempfile.mkdtemp(prefix=PREFIX)))
    return _OF_THREAD.warm


def _forget() -> None:
    if warm := vars(_OF_THREAD).pop("warm", None):
        warm.close()
