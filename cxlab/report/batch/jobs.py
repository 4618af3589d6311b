"""What a batch will make, decided before anything runs: one job a study and language, each with its
fingerprints.

A study that cannot be read becomes a job that carries its problem; only what is wrong with the
batch as a whole is raised.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import site
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ReportError
from cxlab.report.batch import manifest
from cxlab.report.run import one_report, processes
from cxlab.show.words import text
from cxlab.study.codebook.brand import brand_files
from cxlab.study.codebook.declaration import read_codebook

LANGUAGES = ("en", "pt-BR")
STUDY_PARAMETER, LANGUAGE_PARAMETER, SEED_PARAMETER = "study", "language", "seed"
DESCRIPTION = "job.json"

# Numerical libraries must not take more than their core, nor add up in an order that depends on how
# many cores there are.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# Arrow's own allocators start a thread and reserve a gigabyte, which a limit on memory would count.
_ARROW = {"JE_ARROW_MALLOC_CONF": "background_thread:false", "ARROW_DEFAULT_MEMORY_POOL": "system"}
# Left by a notebook server, a test run or a user's own setup; none of it may reach a client's
# report.
_DROPPED = re.compile(
    r"JPY_|JUPYTER|IPY|XDG_|PYTEST|MPLBACKEND|MPLCONFIGDIR|PYTHONSTARTUP|PYTHONWARNINGS|PYTHONINSPECT|COLUMNS$|LINES$|LC_|LANG"
)


@dataclass(frozen=True)
class Limits:
    """Seconds that one cell and one whole report may take; MB of memory that its kernel may hold,
    and MB that its cells may print.
    """

    cell_seconds: float = 300.0
    report_seconds: float = 900.0
    memory_mb: float = 1536.0
    output_mb: float = 50.0

    def __post_init__(self) -> None:
        # 60 and 60.0 are one limit, and must not make a report look changed.
        for name in self.__dataclass_fields__:
            object.__setattr__(self, name, float(getattr(self, name)))


@dataclass
class Job:
    """One report to make: a study in a language."""

    study: Path
    slug: str
    client: str
    language: str
    title: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    has_personal_data: bool = True
    min_cell: int = 10
    inputs: dict[str, Any] = field(default_factory=dict)
    problem: str = ""

    def __post_init__(self) -> None:
        # It stands in logs, lists and terminals, where a line break or an escape could pass for
        # words of ours.
        self.client = text.visible(self.client) or self.slug

    @property
    def name(self) -> str:
        return f"{self.slug} {self.language}"

    @property
    def file(self) -> str:
        return f"{self.slug}/report.{self.language}.html"


def templates_folder() -> Path:
    """The folder of templates: inside the package once installed, at the top of the repository in a
    checkout.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "page").is_dir():
            return folder
    raise ReportError(
        "the templates of cxlab are missing; install it again, or run it from a checkout"
    )


def slug(name: str) -> str:
    """A client's folder name: a–z, 0–9 and '-' only, so that no name can leave the reports' folder
    or mean something to a shell.

    Accents are dropped; names that differ only in Unicode form or case give the same slug. Raises
    ReportError if nothing is left.
    """
    bare = "".join(
        c
        for c in unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name))
        if not unicodedata.combining(c)
    )
    found = re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")
    if not found:
        raise ReportError(
            "the study folder {name!r} has no letter a–z or digit; rename it, its name becomes the"
            " report's folder",
            name=name,
        )
    return found[:100].strip("-")


def plan(
    studies: Iterable[Path | str],
    languages: Sequence[str] | None,
    template: Path,
    parameters: dict[str, Any],
) -> list[Job]:
    """The jobs of a batch, in the order given. Raises ReportError if the template, a language or a
    parameter is wrong for all.
    """
    _check_languages(languages or ())
    declared = one_report.declared_parameters(one_report.read_template(template), template.name)
    for name in (STUDY_PARAMETER, LANGUAGE_PARAMETER):
        if name not in declared or declared[name].kind != "str":
            raise ReportError(
                "{notebook}: it must declare `{name}: str`, or every report would show its own"
                " default",
                notebook=template.name,
                name=name,
            )
        if name in parameters:
            raise ReportError(
                "the parameter {name} is set by the renderer and cannot be given; leave it out",
                name=name,
            )
    found: dict[str, list[tuple[Path, Path]]] = {}
    queue = []
    for given in studies:
        source = Path(os.path.abspath(given))
        folder = study_folder(source)
        try:
            found.setdefault(slug(folder.name), []).append(
                (folder if source.name == "study.yml" else source, folder)
            )
        except ReportError as error:  # it has no folder to be noted in; the table says it
            queue += [
                Job(source, "", folder.name, language, problem=one_report.one_line(str(error)))
                for language in languages or ("en",)
            ]
    for name, same in found.items():
        try:
            jobs = _study_jobs(same[0][0], name, languages, declared, parameters, template)
        except CxlabError:
            raise
        # whatever one client's folder holds, the other clients' reports are made
        except Exception as error:
            jobs = [
                Job(
                    same[0][0],
                    name,
                    name,
                    language,
                    problem=one_report.one_line(f"{type(error).__name__}: {error}"),
                )
                for language in languages or ("en",)
            ]
        if len(same) > 1:
            # Whose report would stand there? Neither's; the other clients' are made all the same.
            clash = ReportError(
                "{count} studies would be written to the folder {slug!r}: {all}; rename all but one"
                " of them",
                count=len(same),
                slug=name,
                all=" and ".join(_shown(folder) for _, folder in same),
            )
            jobs = [replace(job, problem=one_report.one_line(str(clash))) for job in jobs]
        queue += jobs
    if not queue:
        raise ReportError("no study was given")
    return queue


def study_folder(source: Path) -> Path:
    """The folder of a study that is named by it or by its file; its name becomes that of the
    report's folder.
    """
    return source.parent if source.suffix in (".yml", ".yaml") and not source.is_dir() else source


def own_seed(name: str, client: str) -> int:
    """The same client always gets the same bootstrap samples, and two clients never share
    theirs.
    """
    return int(manifest.digest([name, client])[:7], 16)


def is_study(source: Path) -> bool:
    return source.is_dir() or (source.is_file() and source.suffix in (".yml", ".yaml"))


def _shown(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"


def _check_languages(languages: Iterable[str]) -> None:
    for language in languages:
        if language not in LANGUAGES:
            raise ReportError(
                "language {language!r}: reports are written in {known}",
                language=language,
                known=" and ".join(LANGUAGES),
            )


def _study_jobs(
    source: Path,
    name: str,
    languages: Sequence[str] | None,
    declared: dict,
    parameters: dict,
    template: Path,
) -> list[Job]:
    """The jobs of one study; one that already carries its problem where study.yml cannot be
    read.
    """
    try:
        if not is_study(source):
            raise ReportError(
                "{name} is neither a folder with a study.yml nor such a file", name=source.name
            )
        keys, _ = read_codebook(source)
    except CxlabError as error:
        return [
            Job(source, name, name, language, problem=one_report.one_line(str(error)))
            for language in languages or ("en",)
        ]
    client = str(keys.get("client") or name)
    declares = keys.get("report") if isinstance(keys.get("report"), dict) else {}
    listed = declares.get("languages", ["en"])
    wanted = list(
        dict.fromkeys(languages or ([listed] if isinstance(listed, str) else listed) or ["en"])
    )
    title = keys.get("title")
    queue = []
    for language in wanted:
        job = Job(source, name, client, str(language), inputs={"study": study_inputs(source)})
        try:
            _check_languages([language])
            given = {STUDY_PARAMETER: str(source), LANGUAGE_PARAMETER: language, **parameters}
            if SEED_PARAMETER in declared and SEED_PARAMETER not in given:
                given[SEED_PARAMETER] = own_seed(name, client)
            job.parameters = one_report.check_parameters(declared, given, template.name)
        except ReportError as error:
            if parameters:
                raise
            job.problem = one_report.one_line(str(error))
        heading = (
            title.get(language) or next(iter(title.values()), "")
            if isinstance(title, dict)
            else title
        )
        job.title = f"{job.client} · {text.visible(heading)}" if heading else job.client
        job.has_personal_data = bool(keys.get("personal_data"))
        if type(declares.get("min_cell")) is int:
            job.min_cell = declares["min_cell"]
        queue.append(job)
    return queue


def fingerprint(queue: Iterable[Job], common: Mapping[str, Any]) -> None:
    """Everything that a report is made from, and one digest of it, so that `resume` can tell what
    has changed.
    """
    for job in queue:
        job.inputs |= {
            **common,
            "language": job.language,
            "title": job.title,
            "parameters": manifest.public(job.parameters),
        }
        job.inputs["digest"] = manifest.digest(
            {key: value for key, value in job.inputs.items() if key != "digest"}
        )


def common_inputs(
    template: Path, page: Path, limits: Limits, formats: Sequence[str]
) -> dict[str, Any]:
    """What every report of a batch is made from, as fingerprints."""
    return {
        "template": manifest.sha256(template),
        "page": manifest.tree_sha256(page),
        "cxlab": manifest.code_sha256(),
        "versions": manifest.versions(),
        "limits": asdict(limits),
        "formats": list(formats),
    }


def study_inputs(study: Path) -> dict[str, str]:
    """The fingerprints of a study's files. Raises CxlabError where study.yml cannot be read."""
    keys, file = read_codebook(study)
    return dict(
        sorted(
            (
                manifest.study_files(file, keys)
                | {path.name: manifest.sha256(path) for path in brand_files(study)}
            ).items()
        )
    )


def environment(work: Path, token: str, formats: Sequence[str]) -> dict[str, str]:
    """A job's own home, settings, temporary files and random hashes: nothing of the user's or of
    another client's.
    """
    kept = {key: value for key, value in os.environ.items() if not _DROPPED.match(key)}
    checkout = str(manifest.PACKAGE.parent)
    paths = [checkout, *filter(None, [os.environ.get("PYTHONPATH")])]
    fonts = Path(os.environ.get("MPLCONFIGDIR") or Path.home() / ".cache" / "cxlab" / "matplotlib")
    with contextlib.suppress(OSError):
        # one font cache for all: to build it takes longer than a report
        fonts.mkdir(parents=True, exist_ok=True)
    own = {
        name: str(work / name.lower())
        for name in (
            "HOME",
            "IPYTHONDIR",
            "JUPYTER_CONFIG_DIR",
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "TMPDIR",
        )
    }
    for folder in own.values():
        Path(folder).mkdir()
    return {
        **kept,
        **own,
        **dict.fromkeys(_ONE_THREAD, "1"),
        **_ARROW,
        "USERPROFILE": own["HOME"],
        "TEMP": own["TMPDIR"],
        "TMP": own["TMPDIR"],
        # packages that the user installed stay where they are
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(paths),
        "MPLCONFIGDIR": str(fonts),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_NO_CONFIG": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "SOURCE_DATE_EPOCH": "315532800",
        processes.TOKEN: token,
        # a picture for slides is drawn only where there will be slides
        "CXLAB_FORMATS": ",".join(formats),
    }


def describe(
    job: Job,
    work: Path,
    out: Path,
    template: Path,
    page: Path,
    limits: Limits,
    formats: Sequence[str],
) -> None:
    """Write down in the job's folder what is to be made there (`one_report.main` reads it)."""
    folders = {
        str(p)
        for p in (
            job.study,
            job.study.resolve(),
            work,
            work.resolve(),
            Path.home(),
            Path.cwd(),
            out,
            Path(sys.prefix),
        )
    }
    described = {
        "template": str(template),
        "page": str(page),
        "study": str(job.study),
        "language": job.language,
        "title": job.title,
        "parameters": job.parameters,
        "has_personal_data": job.has_personal_data,
        "limits": asdict(limits),
        "formats": list(formats),
        "min_cell": job.min_cell,
        "folders": sorted(folders),
    }
    (work / DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")
