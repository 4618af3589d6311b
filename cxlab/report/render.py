"""One command, many clients: each report whole or not written, and one client's failure never another's.

Every (study, language) is one process in its own session and folder (`cxlab.report.kernels`). What it makes is checked
there, and only a finished page is put in place, in one step, so that a client's last good report stays until the next
one is whole. However this process ends, the processes that it started end with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import CxlabError, ReportError
from cxlab.report import export, kernels, manifest
from cxlab.study.declaration import read_codebook

LANGUAGES = ("en", "pt-BR")
STUDY_PARAMETER, LANGUAGE_PARAMETER, SEED_PARAMETER = "study", "language", "seed"
WORK_PREFIX = ".cxlab-work-"
COLUMNS = ["client", "language", "status", "seconds", "problem", "file"]
# Numerical libraries must not take more than their core, nor add up in an order that depends on how many cores there are.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# Left by a notebook server, a test run or a user's own setup; none of it may reach a client's report.
_DROPPED = re.compile(r"JPY_|JUPYTER|IPY|XDG_|PYTEST|MPLBACKEND|MPLCONFIGDIR|PYTHONSTARTUP|PYTHONWARNINGS|PYTHONINSPECT|COLUMNS$|LINES$|LC_|LANG")


@dataclass(frozen=True)
class Limits:
    """Seconds that one cell and one whole report may take."""

    cell_seconds: float = 300.0
    report_seconds: float = 900.0


@dataclass
class _Job:
    """One report to make: a study in a language."""

    study: Path
    slug: str
    client: str
    language: str
    title: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    has_personal_data: bool = True
    inputs: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass
class _Running:
    job: _Job
    process: subprocess.Popen
    work: Path
    token: str
    started: float
    late: bool = False


def templates_folder() -> Path:
    """The folder of templates: inside the package once installed, at the top of the repository in a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "page").is_dir():
            return folder
    raise ReportError("the templates of cxlab are missing; install it again, or run it from a checkout")


def slug(name: str) -> str:
    """A client's folder name: a–z, 0–9 and '-' only, so that no name can leave the reports' folder or mean something to a shell.

    Accents are dropped; names that differ only in Unicode form or case give the same slug. Raises ReportError if nothing is left.
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name)) if not unicodedata.combining(c))
    found = re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")
    if not found:
        raise ReportError("the study folder {name!r} has no letter a–z or digit; rename it, its name becomes the report's folder", name=name)
    return found[:100].strip("-")


def render_studies(
    studies: Iterable[Path | str],
    out: Path | str,
    languages: Sequence[str] | None = None,
    jobs: int = 2,
    resume: bool = False,
    *,
    template: Path | str | None = None,
    page: Path | str | None = None,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits = Limits(),
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Render every study in every language that it declares (or in `languages`) to `out/<client>/report.<language>.html`.

    `studies` are folders with a study.yml (or the files). `jobs` reports are made at a time; `resume` leaves a report that stands
    and whose inputs have not changed. `template` is a notebook that declares `study: str` and `language: str`; `parameters` are
    others that it declares. `progress` is called with one line a finished report.
    Returns one row a report: `client language status seconds problem file`, status being done, unchanged or failed.
    Studies whose folders have one name in common fail, and no other. Raises ReportError before anything is run if the batch
    itself is wrong: an unknown language, a template that does not declare these parameters.
    """
    if jobs < 1:
        raise ReportError("jobs={jobs}: at least one report must be made at a time", jobs=jobs)
    template = Path(template).absolute() if template else templates_folder() / "client_report.ipynb"
    page = Path(page).absolute() if page else templates_folder() / "page"
    out = Path(out).absolute()
    queue = _jobs(studies, languages, template, dict(parameters or {}))
    out.mkdir(parents=True, exist_ok=True)
    _sweep(out)
    _fingerprint(queue, template, page, limits)
    rows: list[dict[str, Any]] = []

    def report(job: _Job, status: str, seconds: float, problem: str = "") -> None:
        file = f"{job.slug}/report.{job.language}.html"
        rows.append({"client": job.client, "language": job.language, "status": status, "seconds": round(seconds, 1), "problem": problem, "file": file})
        if progress:
            clock = f"{seconds:6.1f} s" if status != "unchanged" else "        "
            progress(f"[{len(rows)}/{len(queue)}] {clock}  {status:<9}  {job.slug} {job.language}{': ' + problem if problem else ''}")

    waiting = []
    for job in queue:
        if job.problem:
            _note_failure(out, job, 0.0, limits)
            report(job, "failed", 0.0, job.problem)
        elif resume and manifest.is_current(_client_folder(out, job), job.language, job.inputs["digest"]):
            _note_unchanged(out, job)
            report(job, "unchanged", 0.0)
        else:
            waiting.append(job)

    running: list[_Running] = []
    try:
        with _stop_signals():
            while waiting or running:
                while waiting and len(running) < jobs:
                    running.append(_start(waiting.pop(0), out, template, page, limits))
                time.sleep(0.05)
                for run in [run for run in running if _has_ended(run, limits)]:
                    seconds = time.monotonic() - run.started
                    problem = _finish(run, out, seconds, limits)
                    running.remove(run)
                    report(run.job, "failed" if problem else "done", seconds, problem)
    finally:
        for run in running:
            _end(run)
    _write_index(out, page)
    order = {(job.slug, job.language): number for number, job in enumerate(queue)}
    rows.sort(key=lambda row: order[row["file"].split("/")[0], row["language"]])
    return pd.DataFrame(rows, columns=COLUMNS)


# ---- before anything is run


def _jobs(studies: Iterable[Path | str], languages: Sequence[str] | None, template: Path, parameters: dict[str, Any]) -> list[_Job]:
    _check_languages(languages or ())
    declared = kernels.declared_parameters(kernels.read_template(template), template.name)
    for name in (STUDY_PARAMETER, LANGUAGE_PARAMETER):
        if name not in declared or declared[name].kind != "str":
            raise ReportError("{notebook}: it must declare `{name}: str`, or every report would show its own default", notebook=template.name, name=name)
        if name in parameters:
            raise ReportError("the parameter {name} is set by the renderer and cannot be given", name=name)
    found: dict[str, list[tuple[Path, Path]]] = {}
    for given in studies:
        source = Path(os.path.abspath(given))
        is_file = source.suffix in (".yml", ".yaml") and not source.is_dir()
        folder = source.parent if is_file else source
        found.setdefault(slug(folder.name), []).append((folder if source.name == "study.yml" else source, folder))
    queue = []
    for name, same in found.items():
        try:
            jobs = _study_jobs(same[0][0], name, languages, declared, parameters, template)
        except CxlabError:
            raise
        except Exception as error:  # whatever one client's folder holds, the other clients' reports are made
            jobs = [_Job(same[0][0], name, name, language, problem=kernels.one_line(f"{type(error).__name__}: {error}")) for language in languages or ("en",)]
        if len(same) > 1:
            # Whose report would stand there? Neither's; the other clients' are made all the same.
            clash = ReportError("{count} studies would be written to the folder {slug!r}: {all}; rename all but one of them", count=len(same), slug=name, all=" and ".join(_shown(f) for _, f in same))
            jobs = [replace(job, problem=kernels.one_line(str(clash))) for job in jobs]
        queue += jobs
    if not queue:
        raise ReportError("no study was given")
    return queue


def _is_study(source: Path) -> bool:
    return source.is_dir() or (source.is_file() and source.suffix in (".yml", ".yaml"))


def _shown(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def _check_languages(languages: Iterable[str]) -> None:
    for language in languages:
        if language not in LANGUAGES:
            raise ReportError("language {language!r}: reports are written in {known}", language=language, known=" and ".join(LANGUAGES))


def _study_jobs(source: Path, name: str, languages: Sequence[str] | None, declared: dict, parameters: dict, template: Path) -> list[_Job]:
    """The jobs of one study; one that already carries its problem where study.yml cannot be read."""
    try:
        if not _is_study(source):
            raise ReportError("{name} is neither a folder with a study.yml nor such a file", name=source.name)
        keys, file = read_codebook(source)
    except CxlabError as error:
        return [_Job(source, name, name, language, problem=kernels.one_line(str(error))) for language in languages or ("en",)]
    client = str(keys.get("client") or name)
    declares = keys.get("report") if isinstance(keys.get("report"), dict) else {}
    listed = declares.get("languages", ["en"])
    wanted = list(dict.fromkeys(languages or ([listed] if isinstance(listed, str) else listed) or ["en"]))
    title = keys.get("title")
    queue = []
    for language in wanted:
        job = _Job(source, name, client, str(language), inputs={"study": manifest.study_files(file, keys)})
        try:
            _check_languages([language])
            given = {STUDY_PARAMETER: str(source), LANGUAGE_PARAMETER: language, **parameters}
            if SEED_PARAMETER in declared and SEED_PARAMETER not in given:
                # The same client always gets the same bootstrap samples, and two clients never share theirs.
                given[SEED_PARAMETER] = int(manifest.digest([name, client])[:7], 16)
            job.parameters = kernels.check_parameters(declared, given, template.name)
        except ReportError as error:
            if parameters:
                raise
            job.problem = kernels.one_line(str(error))
        heading = title.get(language) or next(iter(title.values()), "") if isinstance(title, dict) else title
        job.title = f"{client} · {heading}" if heading else client
        job.has_personal_data = bool(keys.get("personal_data"))
        queue.append(job)
    return queue


def _fingerprint(queue: list[_Job], template: Path, page: Path, limits: Limits) -> None:
    """Everything that a report is made from, and one digest of it, so that `resume` can tell what has changed."""
    common = {
        "template": manifest.sha256(template), "page": manifest.tree_sha256(page), "cxlab": manifest.code_sha256(),
        "versions": manifest.versions(), "limits": asdict(limits),
    }  # fmt: skip
    for job in queue:
        job.inputs |= {**common, "language": job.language, "title": job.title, "parameters": manifest.public(job.parameters)}
        job.inputs["digest"] = manifest.digest(job.inputs)


# ---- one report


def _client_folder(out: Path, job: _Job) -> Path:
    folder = out / job.slug
    if folder.resolve().parent != out.resolve():
        raise ReportError("the folder {slug!r} is a link that leaves the reports' folder; remove it", slug=job.slug)
    return folder


def _environment(work: Path, token: str) -> dict[str, str]:
    """A job's own home, settings, temporary files and random hashes: nothing of the user's or of another client's."""
    kept = {key: value for key, value in os.environ.items() if not _DROPPED.match(key)}
    checkout = str(manifest.PACKAGE.parent)
    paths = [checkout, *filter(None, [os.environ.get("PYTHONPATH")])]
    fonts = Path(os.environ.get("MPLCONFIGDIR") or Path.home() / ".cache" / "cxlab" / "matplotlib")
    with contextlib.suppress(OSError):
        fonts.mkdir(parents=True, exist_ok=True)  # one font cache for all: to build it takes longer than a report
    own = {name: str(work / name.lower()) for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR")}
    for folder in own.values():
        Path(folder).mkdir()
    return {
        **kept, **own, **dict.fromkeys(_ONE_THREAD, "1"),
        "USERPROFILE": own["HOME"], "TEMP": own["TMPDIR"], "TMP": own["TMPDIR"],
        "PYTHONUSERBASE": site.getuserbase(),  # packages that the user installed stay where they are
        "PYTHONPATH": os.pathsep.join(paths), "MPLCONFIGDIR": str(fonts), "JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_NO_CONFIG": "1",
        "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "LC_ALL": "C.UTF-8", "TZ": "UTC", "SOURCE_DATE_EPOCH": "315532800", kernels.TOKEN: token,
    }  # fmt: skip


def _start(job: _Job, out: Path, template: Path, page: Path, limits: Limits) -> _Running:
    # In `out`, because only within one filesystem is putting a file in place one step.
    work = Path(tempfile.mkdtemp(dir=out, prefix=f"{WORK_PREFIX}{os.getpid()}-"))
    token = uuid.uuid4().hex
    folders = {str(p) for p in (job.study, job.study.resolve(), work, work.resolve(), Path.home(), Path.cwd(), out, Path(sys.prefix))}
    described = {
        "template": str(template), "page": str(page), "study": str(job.study), "language": job.language, "title": job.title,
        "parameters": job.parameters, "has_personal_data": job.has_personal_data, "cell_seconds": limits.cell_seconds, "folders": sorted(folders),
    }  # fmt: skip
    file = work / "job.json"
    file.write_text(json.dumps(described), encoding="utf-8")
    with (work / "stderr.txt").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "cxlab.report.kernels", str(file)],
            cwd=work, env=_environment(work, token), stdin=subprocess.PIPE, stdout=errors, stderr=errors, start_new_session=True,
        )  # fmt: skip
    return _Running(job, process, work, token, time.monotonic())


def _has_ended(run: _Running, limits: Limits) -> bool:
    if run.process.poll() is None and time.monotonic() - run.started > limits.report_seconds:
        run.late = True
    return run.late or run.process.poll() is not None


def _finish(run: _Running, out: Path, seconds: float, limits: Limits) -> str:
    """Put the page in place if the job made one; in any case leave no process and no temporary folder. Returns the problem, or ""."""
    job = run.job
    try:
        kernels.end_job(run.token)
        run.process.wait()
        result = _result(run, limits)
        if not result["problem"]:
            folder = _client_folder(out, job)
            folder.mkdir(exist_ok=True)
            page = run.work / kernels.PAGE
            report = {
                "file": f"report.{job.language}.html", "sha256": manifest.sha256(page), "inputs": job.inputs["digest"],
                **{key: value for key, value in job.inputs.items() if key not in ("digest", "title", "language")},
                "seed": job.parameters.get(SEED_PARAMETER), "seconds": round(seconds, 1), "warnings": result["warnings"],
            }  # fmt: skip
            manifest.place(page, folder / report["file"])
            manifest.note(folder, job.client, job.language, {"outcome": "done", "seconds": round(seconds, 1)}, report)
            return ""
    except (OSError, ReportError) as error:
        result = {"problem": kernels.one_line(f"{error.strerror or error}" if isinstance(error, OSError) else str(error))}
    finally:
        _end(run)
    job.problem = result["problem"]
    _note_failure(out, job, seconds, limits)
    return job.problem


def _result(run: _Running, limits: Limits) -> dict[str, Any]:
    if run.late:
        return {"problem": f"the report took longer than {limits.report_seconds:g} s"}
    try:
        return json.loads((run.work / kernels.RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        said = (run.work / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = f": {kernels.one_line(said[-1])}" if said else ""
        return {"problem": f"the process that made it ended with code {run.process.returncode}{last}"}


def _end(run: _Running) -> None:
    kernels.end_job(run.token)
    run.process.wait()
    if run.process.stdin:
        run.process.stdin.close()
    shutil.rmtree(run.work, ignore_errors=True)


def _note_failure(out: Path, job: _Job, seconds: float, limits: Limits) -> None:
    """Write the failure down beside the report that still stands. The table says it too, so a disk that is full changes nothing."""
    if not _is_study(job.study):
        return  # a mistyped name, or a README beside the studies, is no client
    with contextlib.suppress(OSError, ReportError):
        folder = _client_folder(out, job)
        folder.mkdir(exist_ok=True)
        run = {"outcome": "failed", "problem": job.problem, "seconds": round(seconds, 1), "limits": asdict(limits)}
        manifest.note(folder, job.client, job.language, run, None)


def _note_unchanged(out: Path, job: _Job) -> None:
    """A failure that has been undone is no longer the last word on this report."""
    folder = _client_folder(out, job)
    if manifest.read(folder)["languages"][job.language].get("last_run", {}).get("outcome") == "failed":
        manifest.note(folder, job.client, job.language, {"outcome": "unchanged"}, None)


@contextlib.contextmanager
def _stop_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP leave by an exception, as SIGINT does, so that what was started is ended on the way out."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; the jobs then end when this process does
        return

    def stop(number: int, frame: Any) -> None:
        raise SystemExit(128 + number)

    kinds = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _sweep(out: Path) -> None:
    """Remove the temporary folders of a run whose process, and with it its jobs, was killed with no time to tidy."""
    import psutil

    for work in out.glob(f"{WORK_PREFIX}*"):
        owner = work.name.removeprefix(WORK_PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(work, ignore_errors=True)


def _write_index(out: Path, page: Path) -> None:
    """`out/index.html`: every client that has a folder here, with what stands and what failed last."""
    rows = []
    for folder in sorted(path for path in out.iterdir() if (path / manifest.NAME).is_file()):
        held = manifest.read(folder)
        for language, entry in sorted(held.get("languages", {}).items()):
            file, last = entry.get("report", {}).get("file", ""), entry.get("last_run", {})
            stands = bool(file) and (folder / file).is_file()
            failed = last.get("outcome") == "failed"
            status = ("failed; an earlier report stands" if stands else "failed") if failed else "done"
            rows.append({
                "client": str(held.get("client", folder.name)), "language": language, "href": f"{folder.name}/{file}" if stands else "",
                "status": status, "problem": str(last.get("problem", "")) if failed else "",
            })  # fmt: skip
    style = page / "report.css"
    manifest.replace_text(out / "index.html", export.index_page(rows, style.read_text(encoding="utf-8") if style.is_file() else ""))
