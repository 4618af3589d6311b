"""The same job a client, made on the workers of a Dask cluster that exists already.

A task carries everything that its report is made of (the study's files, the template, the page) and
brings back the finished files; only the caller writes to the reports' folder, so a task that runs
twice because its worker died still gives one report. A task that nobody waits for any more, because
its caller was killed or cancelled it, ends its report at once. A worker needs cxlab, the same
packages and nothing of the caller's disk; one that has another cxlab or other packages is refused,
since its report would not be the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError
from cxlab.report.batch import jobs, manifest
from cxlab.report.run import one_report, starters
from cxlab.study.codebook.brand import brand_files
from cxlab.study.codebook.declaration import read_codebook

PREFIX = "cxlab-task-"
CONNECT_SECONDS = 10
_OF_THREAD = threading.local()


class Cluster:
    """Starts jobs as tasks (as `starters.Cold` starts them as processes). Raises ReportError where
    there is no cluster to speak to.
    """

    # a task may wait in a queue, and is run again elsewhere if its worker dies; the limit itself is
    # kept there
    patience = 3.0
    shares_token = False

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ReportError(
                "--scheduler needs the package distributed, which is not installed; pip install"
                " 'cxlab[cluster]', or leave --scheduler out"
            ) from None
        try:
            self._client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise ReportError(
                "no Dask scheduler answers at {address} ({why}); start one, or leave"
                " --scheduler out",
                address=address,
                why=type(error).__name__,
            ) from None
        self._tasks: dict[int, tuple[Any, Path]] = {}
        self._next = 0
        self.width = 0

    def ready(self) -> None:
        """Return when there is a worker; as many jobs are under way as there are threads of
        workers, and one more each to come.
        """
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise ReportError(
                "the Dask cluster has no worker; start one, or leave --scheduler out"
            ) from None
        self.width = 2 * sum(self._client.nthreads().values())

    def start(self, work: Path, environment: Mapping[str, str]) -> int:
        """As `Cold.start`."""
        payload = _packed(json.loads((work / jobs.DESCRIPTION).read_text(encoding="utf-8")))
        self._next += 1
        key = f"cxlab-{uuid.uuid4().hex}"
        future = self._client.submit(make, payload, key, key=key, pure=False, retries=2)
        self._tasks[self._next] = (future, work)
        return self._next

    def ended(self, seconds: float) -> dict[int, int]:
        """As `Cold.ended`; what a task brought back lies in its job's folder then."""
        end = time.monotonic() + seconds
        while (
            not (done := [n for n, (future, _) in self._tasks.items() if future.done()])
            and time.monotonic() < end
        ):
            time.sleep(0.05)
        return {number: self._unpack(*self._tasks.pop(number)) for number in done}

    def _unpack(self, future: Any, work: Path) -> int:
        try:
            result, files = future.result(timeout=CONNECT_SECONDS)
        except Exception as error:  # whatever kept the cluster from it
            result, files = (
                {
                    "problem": one_report.one_line(
                        f"the cluster gave the task up: {type(error).__name__}: {error}; run again"
                        " with --resume"
                    )
                },
                {},
            )
        for name, data in files.items():
            (work / Path(name).name).write_bytes(data)
        (work / one_report.RESULT).write_text(json.dumps(result), encoding="utf-8")
        return 1 if result["problem"] else 0

    def end(self, number: int) -> None:
        """As `Cold.end`: the task is cancelled, and its worker ends the process."""
        self._tasks[number][0].cancel()

    def close(self) -> None:
        """Leave: the scheduler cancels what is under way for a caller that has left. Idle warm
        processes stay with their workers.
        """
        self._tasks.clear()
        self._client.close(timeout=CONNECT_SECONDS)


def _packed(job: dict[str, Any]) -> dict[str, Any]:
    """A job's description with the bytes of every file that it names."""
    study, template, page = Path(job["study"]), Path(job["template"]), Path(job["page"])
    keys, file = read_codebook(study)
    folder = file.parent
    files = {name: folder / name for name in manifest.study_files(file, keys)} | {
        os.path.relpath(path, folder): path for path in brand_files(study)
    }
    if outside := sorted(
        name
        for name in files
        if ".." in Path(name).parts or Path(name).is_absolute() or not (folder / name).is_file()
    ):
        raise ReportError(
            "{files} lies outside the study's folder, and a cluster is sent that folder only; move"
            " it there",
            files=outside[0],
        )
    return {
        "job": job,
        "cxlab": manifest.code_sha256(),
        "versions": manifest.versions(),
        "study": folder.name,
        "yml": file.name if study.is_file() else "",
        "template": (template.name, template.read_bytes()),
        "files": {name: path.read_bytes() for name, path in files.items()},
        "page": {
            path.relative_to(page).as_posix(): path.read_bytes()
            for path in sorted(page.rglob("*"))
            if path.is_file()
        },
    }


def make(payload: dict[str, Any], key: str = "") -> tuple[dict[str, Any], dict[str, bytes]]:
    """On a worker: make one report, as the task `key`. Returns what `one_report.main` wrote down,
    and the files by name.
    """
    if other := [
        name
        for name, value in manifest.versions().items()
        if payload["versions"].get(name) != value
    ]:
        return {
            "problem": (
                f"a worker of the cluster has another {', '.join(other[:3])}; install the same"
                " packages there"
            )
        }, {}
    if payload["cxlab"] != manifest.code_sha256():
        return {
            "problem": "a worker of the cluster has another cxlab; install the same one there"
        }, {}
    # everything lies in it: where the worker is killed, the warm process removes it
    work = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        return _made(payload, work, key)
    except OSError as error:
        return {
            "problem": one_report.one_line(f"on a worker: {one_report.disk_problem(error)}")
        }, {}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _made(payload: dict[str, Any], work: Path, key: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    study, page, template = (
        work / "study" / payload["study"],
        work / "page",
        work / "template" / payload["template"][0],
    )
    held = {study / name: data for name, data in payload["files"].items()} | {
        page / name: data for name, data in payload["page"].items()
    }
    for path, data in {**held, template: payload["template"][1]}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    job = dict(payload["job"])
    source = study / payload["yml"] if payload["yml"] else study
    parameters = {**job["parameters"], jobs.STUDY_PARAMETER: str(source)}
    folders = [*job["folders"], str(work), str(work.resolve()), str(Path.home())]
    job |= {
        "study": str(source),
        "template": str(template),
        "page": str(page),
        "parameters": parameters,
        "folders": folders,
    }
    (work / jobs.DESCRIPTION).write_text(json.dumps(job), encoding="utf-8")
    code = _run(work, job, key)
    try:
        result = json.loads((work / one_report.RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        limit = f"{job['limits']['report_seconds']:g}"
        late = f"the report took longer than {limit} s; make it faster, or raise --report-limit"
        result = {
            "problem": (
                late
                if code is None
                else f"its process on a worker ended with code {code}; run again with --resume"
            )
        }
    return result, {name: (work / name).read_bytes() for name in result.get("files", ())}


def _is_wanted(key: str) -> bool:
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


def _run(work: Path, job: Mapping[str, Any], key: str) -> int | None:
    """The exit code of the job's process; None if it took too long, or nobody waits for it any
    more.
    """
    starter, token = _starter(job["formats"])
    try:
        starter.ready()
        number = starter.start(
            work, jobs.environment(work, token or uuid.uuid4().hex, job["formats"])
        )
        end, late = time.monotonic() + job["limits"]["report_seconds"], False
        while number not in (done := starter.ended(0.2)):
            if not late and (time.monotonic() > end or not _is_wanted(key)):
                late = True
                starter.end(number)
        if not _is_wanted(key):
            _forget()  # no warm process waits for a batch that has been given up
        return None if late else done[number]
    except starters.StarterGoneError as gone:
        _forget()
        # the cluster tries again
        raise RuntimeError(
            f"the warm process ended{': ' + str(gone) if str(gone) else ''}"
        ) from None


def _starter(formats: list[str]) -> tuple[Any, str]:
    """This thread's warm process (it is kept from task to task and leaves with the worker), or the
    cold way.
    """
    if not starters.CAN_FORK:
        return starters.Cold(), ""
    if getattr(_OF_THREAD, "formats", None) != formats:
        _forget()
        folder, token = Path(tempfile.mkdtemp(prefix=PREFIX)), uuid.uuid4().hex
        _OF_THREAD.warm, _OF_THREAD.token, _OF_THREAD.formats = (
            starters.Warm(jobs.environment(folder, token, formats), folder / "stderr.txt"),
            token,
            formats,
        )
    return _OF_THREAD.warm, _OF_THREAD.token


def _forget() -> None:
    with contextlib.suppress(AttributeError):
        _OF_THREAD.warm.close()
        del _OF_THREAD.warm, _OF_THREAD.formats
