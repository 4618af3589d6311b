"""A job is one client to make: a study in every language asked for, made by a process of its own in
a folder of its own.

The folder holds the job's description before and its result after; the environment keeps everything
of the user and of other clients away from the process.
"""

import contextlib
import json
import os
import re
import site
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pydantic

from cxlab.data_files import read_data, shipped
from cxlab.report import Record
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
from cxlab.show.words import text
from cxlab.study import sizes
from cxlab.study.codebook.own_file import outside

STUDY_PARAMETER, LANGUAGES_PARAMETER, SEED_PARAMETER = "study", "languages", "seed"
BENCHMARK_PARAMETER = "benchmark"
DESCRIPTION, RESULT = "job.json", "result.json"

_ENVIRONMENT = read_data("report.run", "environment.yml")


@pydantic.dataclasses.dataclass(frozen=True)  # 60 and 60.0 are one limit
class Limits:
    """What one client's reports may take.

    Attributes
    ----------
    cell_seconds, report_seconds : float
        Seconds that one cell and the whole job may take.
    memory_mb : float
        MB of memory that its kernel may hold.
    output_mb : float
        MB that its cells may print and show.
    file_mb : float
        MB that one file of its study may hold once it is unpacked (as in `read_study`).
    """

    cell_seconds: float = 300.0
    report_seconds: float = 900.0
    memory_mb: float = 1536.0
    output_mb: float = 50.0
    file_mb: float = sizes.FILE_MB


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

    def inputs(self) -> Record:
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
    """One client's reports to make, or the `problem` that keeps them from being made."""

    study: Path
    slug: str  # the name of the client's folder
    client: str
    languages: list[str]
    formerly: list[str] = field(default_factory=list)  # other names of the client
    titles: dict[str, str] = field(default_factory=dict)  # by language
    parameters: Record = field(default_factory=dict)
    has_personal_data: bool = True
    min_cell: int = 10
    protect: str = "groups"
    wants_benchmark: bool = False
    inputs: Record = field(default_factory=dict)  # what all its reports are made from
    problem: str = ""

    def __post_init__(self) -> None:
        # It stands in logs, lists and terminals, where a line break or an escape could pass for
        # words of ours.
        self.client = text.visible(self.client) or self.slug

    @property
    def names(self) -> list[str]:
        """The client's name, and those of earlier reports."""
        return [self.client, *self.formerly]

    def made_from(self, language: str) -> Record:
        """What the report in a language is made from, which is the same whatever other languages
        are made with it; `inputs` is one digest of all, so that `resume` can tell what has changed.
        """
        given = {**self.parameters, LANGUAGES_PARAMETER: [language]}
        held = {**self.inputs, "parameters": public(given)}
        whole = {**held, "language": language, "title": self.titles.get(language, "")}
        return {**held, "inputs": digest(whole)}

    def describe(self, work: Path, out: Path, settings: Settings) -> None:
        """Write down in the job's folder what is to be made there (`one_report.main` reads it)."""
        # none of these may stand in a report
        allowed = outside()[1]
        folders = (self.study, work, out, Path.home(), Path.cwd(), Path(sys.prefix))
        folders += tuple(map(Path, allowed))
        forms = {str(form) for folder in folders for form in (folder, folder.resolve())}
        described = {**asdict(self), **asdict(settings), "folders": sorted(forms)}
        described["outside"] = ["", *allowed]
        (work / DESCRIPTION).write_text(json.dumps(described, default=str))


def templates_folder() -> Path:
    """The folder of templates."""
    return shipped("templates")


def environment(work: Path, token: str) -> dict[str, str]:
    """The environment of a job's process: home, settings, temporary files of its own in `work`
    (`processes.enter` makes the folders), nothing of the user's or of another client's. Every
    process with this token belongs to the job.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not re.match(_ENVIRONMENT["dropped"], key)
    }
    paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    fonts = Path(os.environ.get("MPLCONFIGDIR") or Path.home() / ".cache" / "cxlab" / "matplotlib")
    with contextlib.suppress(OSError):
        # one font cache for all: to build it takes longer than a report
        fonts.mkdir(parents=True, exist_ok=True)
    own = {name: str(work / folder) for name, folder in _ENVIRONMENT["own"].items()}
    return {
        **kept,
        **own,
        **_ENVIRONMENT["set"],
        # packages that the user installed stay where they are
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONPATH": os.pathsep.join(paths),
        "MPLCONFIGDIR": str(fonts),
        processes.TOKEN: token,
    }


def read_result(work: Path) -> Record:
    """What the process of a job wrote down at its end; empty where it did not come so far."""
    try:
        return json.loads((work / RESULT).read_bytes())
    except (OSError, ValueError):
        return {}


def last_line(work: Path) -> str:
    """What a process said last in its folder."""
    with contextlib.suppress(OSError):
        said = (work / processes.STDERR).read_text(encoding="utf-8", errors="replace")
        return said.strip().rpartition("\n")[2]
    return ""


def took_too_long(limits: Mapping[str, float]) -> str:
    """The problem of a report that its limit has ended."""
    return (
        f"the report took longer than {limits['report_seconds']:g} s; make it faster, or raise"
        " --report-limit"
    )
