"""What a batch will make, decided before anything runs: one job a study, for all its languages.

A study that cannot be read becomes a job that carries its problem; only what is wrong with the
batch as a whole is raised.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cxlab.errors import ReportError
from cxlab.report.messages import one_line, reason, refusal
from cxlab.report.run.fingerprints import digest, study_inputs
from cxlab.report.run.gone_calls import refuse_gone_calls
from cxlab.report.run.job import LANGUAGES_PARAMETER, SEED_PARAMETER, STUDY_PARAMETER, Job
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
_SET_BY_US = {STUDY_PARAMETER: "str", LANGUAGES_PARAMETER: "list[str]"}  # with their kinds


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
        raise refusal(
            f"the study folder {name!r} has no letter a–z or digit; rename it, its name becomes the"
            " report's folder"
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
    declared = _checked_template(template)
    for name in _SET_BY_US.keys() & parameters.keys():
        raise refusal(
            f"the parameter {name} is set by the renderer and cannot be given; leave it out"
        )
    if parameters:
        ours = {STUDY_PARAMETER: "", LANGUAGES_PARAMETER: [], SEED_PARAMETER: 0}
        known = {name: value for name, value in ours.items() if name in declared}
        check_parameters(declared, known | parameters, template.name)
    queue, found = [], {}
    for given in studies:
        folder, source = study_folder(given), Path(os.path.abspath(given))
        try:
            found.setdefault(slug(folder.name), []).append(
                folder if source.name == "study.yml" else source
            )
        except ReportError as error:  # it has no folder to be noted in; the table says it
            queue.append(_failed(source, "", folder.name, languages, error))
    for name, sources in found.items():
        try:
            job = _job(sources[0], name, languages, declared, parameters, template)
        # whatever one client's folder holds, the other clients' reports are made
        except Exception as error:
            job = _failed(sources[0], name, name, languages, error)
        if len(sources) > 1:
            # Whose report would stand there? Neither's; the other clients' are made all the same.
            folders = [study_folder(source) for source in sources]
            shown = " and ".join(f"{folder.parent.name}/{folder.name}" for folder in folders)
            job.problem = one_line(
                f"{len(sources)} studies would be written to the folder {name!r}: {shown};"
                " rename all but one of them"
            )
        queue.append(job)
    if not queue:
        raise refusal("no study was given")
    return queue


def _checked_template(template: Path) -> dict[str, Parameter]:
    """The parameters that a template declares, those among them that we set. Raises ReportError
    where it is written for the page as it was.
    """
    notebook = read_template(template)
    declared = declared_parameters(notebook, template.name)
    if "language" in declared:
        raise refusal(
            f"{template.name}: a notebook runs once for all languages; instead of `language: str`"
            " declare `languages: list[str] = []`"
        )
    for name, kind in _SET_BY_US.items():
        if name not in declared or declared[name].kind != kind:
            raise refusal(
                f"{template.name}: it must declare `{name}: {kind}`, or every report would show its"
                " own default"
            )
    refuse_gone_calls(notebook, template.name)
    return declared


def _failed(
    source: Path, name: str, client: str, languages: Sequence[str] | None, error: Exception
) -> Job:
    return Job(source, name, client, list(languages or ("en",)), problem=one_line(reason(error)))


def _check_languages(languages: Iterable[str]) -> None:
    for language in languages:
        if language not in LANGUAGES:
            raise refusal(
                f"language {language!r}: reports are written in {' and '.join(LANGUAGES)}"
            )


def _job(
    source: Path,
    name: str,
    languages: Sequence[str] | None,
    declared: Mapping[str, Parameter],
    parameters: Mapping[str, Any],
    template: Path,
) -> Job:
    """The job of one study. Raises CxlabError where study.yml cannot be read."""
    if not is_study(source):
        raise refusal(f"{source.name} is neither a folder with a study.yml nor such a file")
    keys, _ = read_codebook(source)
    declares = keys.get("report") if isinstance(keys.get("report"), dict) else {}
    listed = declares.get("languages") or ["en"]
    listed = [listed] if isinstance(listed, str) else listed
    wanted = list(dict.fromkeys(map(str, languages or listed)))
    job = Job(source, name, str(keys.get("client") or name), wanted)
    job.inputs = {"study": study_inputs(source)}
    job.has_personal_data = bool(keys.get("personal_data"))
    given = {STUDY_PARAMETER: str(source), LANGUAGES_PARAMETER: wanted, **parameters}
    if SEED_PARAMETER in declared:
        given.setdefault(SEED_PARAMETER, own_seed(name, str(keys.get("client") or name)))
    try:
        _check_languages(wanted)
        job.parameters = check_parameters(declared, given, template.name)
    except ReportError as error:
        job.problem = one_line(error)
    titles, min_cell = keys.get("title") or "", declares.get("min_cell")
    if not isinstance(titles, dict):
        titles = {"": titles}
    for language in wanted:
        own = titles.get(language) or next(iter(titles.values()), "")
        job.titles[language] = f"{job.client} · {text.visible(own)}" if own else job.client
    if type(min_cell) is int:
        job.min_cell = min_cell
    return job
