"""What a batch will make, decided before anything runs: one job a study and language.

A study that cannot be read becomes a job that carries its problem; only what is wrong with the
batch as a whole is raised.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlab.errors import CxlabError, ReportError
from cxlab.report.messages import one_line
from cxlab.report.run.fingerprints import digest, study_inputs
from cxlab.report.run.job import LANGUAGE_PARAMETER, SEED_PARAMETER, STUDY_PARAMETER, Job
from cxlab.report.run.parameters import (
    Parameter,
    check_parameters,
    declared_parameters,
    read_template,
)
from cxlab.show.words import text
from cxlab.study.codebook.declaration import read_codebook

LANGUAGES = ("en", "pt-BR")
_YAML = (".yml", ".yaml")


def slug(name: str) -> str:
    """A client's folder name: a–z, 0–9 and '-' only, so that no name can leave the reports' folder
    or mean something to a shell.

    Accents are dropped; names that differ only in Unicode form or case give the same slug. Raises
    ReportError if nothing is left.
    """
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name))
    bare = "".join(c for c in parts if not unicodedata.combining(c))
    found = re.sub(r"[^a-z0-9]+", "-", bare.casefold()).strip("-")
    if not found:
        raise ReportError(
            "the study folder {name!r} has no letter a–z or digit; rename it, its name becomes the"
            " report's folder",
            name=name,
        )
    return found[:100].strip("-")


def study_folder(given: Path | str) -> Path:
    """The folder of a study that is named by it or by its file; its name becomes that of the
    report's folder.
    """
    source = Path(os.path.abspath(given))
    return source.parent if source.suffix in _YAML and not source.is_dir() else source


def is_study(source: Path) -> bool:
    """Whether it is a folder, or a file that may be a study.yml."""
    return source.is_dir() or (source.is_file() and source.suffix in _YAML)


def own_seed(name: str, client: str) -> int:
    """The same client always gets the same bootstrap samples, and two clients never share
    theirs.
    """
    return int(digest([name, client])[:7], 16)


def plan(
    studies: Iterable[Path | str],
    languages: Sequence[str] | None,
    template: Path,
    parameters: Mapping[str, Any],
) -> list[Job]:
    """The jobs of a batch, in the order given. Raises ReportError if the template, a language or a
    parameter is wrong for all.
    """
    _check_languages(languages or ())
    declared = declared_parameters(read_template(template), template.name)
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
    queue = []
    found = {}
    for given in studies:
        folder, source = study_folder(given), Path(os.path.abspath(given))
        try:
            found.setdefault(slug(folder.name), []).append(
                folder if source.name == "study.yml" else source
            )
        except ReportError as error:  # it has no folder to be noted in; the table says it
            queue += _failed(source, "", folder.name, languages, error)
    for name, sources in found.items():
        try:
            jobs = _study_jobs(sources[0], name, languages, declared, parameters, template)
        except CxlabError:
            raise
        # whatever one client's folder holds, the other clients' reports are made
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            jobs = _failed(sources[0], name, name, languages, cause)
        if len(sources) > 1:
            # Whose report would stand there? Neither's; the other clients' are made all the same.
            folders = [study_folder(source) for source in sources]
            shown = " and ".join(f"{folder.parent.name}/{folder.name}" for folder in folders)
            for job in jobs:
                job.problem = one_line(
                    f"{len(sources)} studies would be written to the folder {name!r}: {shown};"
                    " rename all but one of them"
                )
        queue += jobs
    if not queue:
        raise ReportError("no study was given")
    return queue


def _failed(
    source: Path, name: str, client: str, languages: Sequence[str] | None, problem: object
) -> list[Job]:
    problem = one_line(problem)
    return [
        Job(source, name, client, language, problem=problem) for language in languages or ("en",)
    ]


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
    declared: Mapping[str, Parameter],
    parameters: Mapping[str, Any],
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
        return _failed(source, name, name, languages, error)
    client = str(keys.get("client") or name)
    declares = keys.get("report") if isinstance(keys.get("report"), dict) else {}
    listed = declares.get("languages", ["en"])
    listed = [listed] if isinstance(listed, str) else listed
    title, min_cell = keys.get("title"), declares.get("min_cell")
    queue = []
    for language in dict.fromkeys(languages or listed or ["en"]):
        job = Job(source, name, client, str(language), inputs={"study": study_inputs(source)})
        try:
            _check_languages([language])
            given = {STUDY_PARAMETER: str(source), LANGUAGE_PARAMETER: language, **parameters}
            if SEED_PARAMETER in declared:
                given.setdefault(SEED_PARAMETER, own_seed(name, client))
            job.parameters = check_parameters(declared, given, template.name)
        except ReportError as error:
            if parameters:
                raise
            job.problem = one_line(error)
        heading = title
        if isinstance(title, dict):
            heading = title.get(language) or next(iter(title.values()), "")
        job.title = f"{job.client} · {text.visible(heading)}" if heading else job.client
        job.has_personal_data = bool(keys.get("personal_data"))
        if type(min_cell) is int:
            job.min_cell = min_cell
        queue.append(job)
    return queue
