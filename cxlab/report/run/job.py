"""A job is one report to make: a study in a language, made by a process of its own in a folder of
its own.

The folder holds the job's description before and its result after; the environment keeps everything
of the user and of other clients away from the process.
"""

import contextlib
import json
import os
import re
import site
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError
from cxlab.report.run import processes
from cxlab.report.run.fingerprints import (
    PACKAGE,
    code_sha256,
    digest,
    public,
    sha256,
    tree_sha256,
    versions,
)
from cxlab.show.page.parts import FORMATS
from cxlab.show.words import text

STUDY_PARAMETER, LANGUAGE_PARAMETER, SEED_PARAMETER = "study", "language", "seed"
DESCRIPTION, RESULT, STDERR = "job.json", "result.json", "stderr.txt"

# Folders that a process of a job has for itself.
_OWN = (
    "HOME",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "TMPDIR",
)
_SET = {
    # Numerical libraries must not take more than their core, nor add up in an order that depends on
    # how many cores there are.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    # Arrow's own allocators start a thread and reserve a gigabyte, which a limit on memory would
    # count.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JUPYTER_PREFER_ENV_PATH": "1",
    "JUPYTER_NO_CONFIG": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "SOURCE_DATE_EPOCH": "315532800",
}
# Left by a notebook server, a test run or a user's own setup; none of it may reach a client's
# report.
_DROPPED = re.compile(
    r"JPY_|JUPYTER|IPY|XDG_|PYTEST|MPLBACKEND|MPLCONFIGDIR|PYTHONSTARTUP"
    r"|PYTHONWARNINGS|PYTHONINSPECT|COLUMNS$|LINES$|LC_|LANG"
)


@dataclass(frozen=True)
class Limits:
    """What one report may take.

    Attributes
    ----------
    cell_seconds, report_seconds : float
        Seconds that one cell and the whole report may take.
    memory_mb : float
        MB of memory that its kernel may hold.
    output_mb : float
        MB that its cells may print and show.
    """

    cell_seconds: float = 300.0
    report_seconds: float = 900.0
    memory_mb: float = 1536.0
    output_mb: float = 50.0

    def __post_init__(self) -> None:
        # 60 and 60.0 are one limit, and must not make a report look changed.
        for name in self.__dataclass_fields__:
            object.__setattr__(self, name, float(getattr(self, name)))


@dataclass(frozen=True)
class Settings:
    """What all reports of a batch are made with: a notebook, the folder of the page's template, the
    limits and the formats.
    """

    template: Path
    page: Path
    limits: Limits = Limits()
    formats: tuple[str, ...] = ("html",)

    def files(self) -> dict[str, str]:
        """The fingerprints of the files among them, which may change while a batch runs."""
        return {"template": sha256(self.template), "page": tree_sha256(self.page)}

    def inputs(self) -> dict[str, Any]:
        """What every report is made from, as fingerprints."""
        return {
            **self.files(),
            "cxlab": code_sha256(),
            "versions": versions(),
            "limits": asdict(self.limits),
            "formats": list(self.formats),
        }


@dataclass
class Job:
    """One report to make, or the `problem` that keeps it from being made."""

    study: Path
    slug: str  # the name of the client's folder
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

    def fingerprint(self, common: Mapping[str, Any]) -> None:
        """Note what the report is made from besides the study, and one digest of all, so that
        `resume` can tell what has changed.
        """
        self.inputs |= {
            **common,
            "language": self.language,
            "title": self.title,
            "parameters": public(self.parameters),
        }
        self.inputs.pop("digest", None)
        self.inputs["digest"] = digest(self.inputs)

    def describe(self, work: Path, out: Path, settings: Settings) -> None:
        """Write down in the job's folder what is to be made there (`one_report.main` reads it)."""
        # none of these may stand in a report
        folders = (
            self.study,
            self.study.resolve(),
            work,
            work.resolve(),
            Path.home(),
            Path.cwd(),
            out,
            Path(sys.prefix),
        )
        described = {
            "template": str(settings.template),
            "page": str(settings.page),
            "study": str(self.study),
            "language": self.language,
            "title": self.title,
            "parameters": self.parameters,
            "has_personal_data": self.has_personal_data,
            "limits": asdict(settings.limits),
            "formats": settings.formats,
            "min_cell": self.min_cell,
            "folders": sorted({str(folder) for folder in folders}),
        }
        (work / DESCRIPTION).write_text(json.dumps(described), encoding="utf-8")


def templates_folder() -> Path:
    """The folder of templates: inside the package once installed, at the top of the repository in a
    checkout.
    """
    for folder in (PACKAGE / "templates", PACKAGE.parent / "templates"):
        if (folder / "page").is_dir():
            return folder
    raise ReportError(
        "the templates of cxlab are missing; install it again, or run it from a checkout"
    )


def environment(work: Path, token: str, formats: Iterable[str]) -> dict[str, str]:
    """The environment of a job's process: home, settings, temporary files of its own in `work`,
    nothing of the user's or of another client's. Every process with this token belongs to the job.
    """
    kept = {key: value for key, value in os.environ.items() if not _DROPPED.match(key)}
    paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    fonts = Path(os.environ.get("MPLCONFIGDIR") or Path.home() / ".cache" / "cxlab" / "matplotlib")
    with contextlib.suppress(OSError):
        # one font cache for all: to build it takes longer than a report
        fonts.mkdir(parents=True, exist_ok=True)
    own = {name: str(work / name.lower()) for name in _OWN}
    for folder in own.values():
        Path(folder).mkdir()
    return {
        **kept,
        **own,
        **_SET,
        "USERPROFILE": own["HOME"],
        "TEMP": own["TMPDIR"],
        "TMP": own["TMPDIR"],
        # packages that the user installed stay where they are
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(paths),
        "MPLCONFIGDIR": str(fonts),
        processes.TOKEN: token,
        # a picture for slides is drawn only where there will be slides
        FORMATS: ",".join(formats),
    }


def read_result(work: Path) -> dict[str, Any]:
    """What the process of a job wrote down at its end; empty where it did not come so far."""
    try:
        return json.loads((work / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def took_too_long(limits: Mapping[str, float]) -> str:
    """The problem of a report that its limit has ended."""
    return (
        f"the report took longer than {limits['report_seconds']:g} s; make it faster, or raise"
        " --report-limit"
    )
