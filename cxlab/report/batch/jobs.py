"""What a batch will make, decided before anything runs: one job a study, for all its languages.

A study that cannot be read becomes a job that carries its problem; only what is wrong with the
batch as a whole is raised.
"""

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from cxlab.errors import CxlabError
from cxlab.extras import SECTION_OF_EXTRA, require
from cxlab.languages import LANGUAGES
from cxlab.report import Record
from cxlab.report.messages import one_line, reason, refusal
from cxlab.report.run.fingerprints import digest, study_inputs
from cxlab.report.run.job import (
    BENCHMARK_PARAMETER,
    LANGUAGES_PARAMETER,
    SEED_PARAMETER,
    STUDY_PARAMETER,
    Job,
)
from cxlab.report.run.template import (
    SET_BY_US,
    Parameter,
    check_parameters,
    checked_template,
    quoted,
)
from cxlab.show.words import text
from cxlab.study.codebook.brand import read_brand
from cxlab.study.codebook.declaration import read_codebook
from cxlab.study.codebook.normal import bare, number_of
from cxlab.study.codebook.own_file import named_files
from cxlab.study.read_study import read_study
from cxlab.study.samples import located

_YAML = (".yml", ".yaml")


def slug(name: str) -> str:
    """A client's folder name: a–z, 0–9 and '-' only, so that no name can leave the reports' folder
    or mean something to a shell.

    Accents are dropped; names that differ only in Unicode form or case give the same slug. Raises
    ReportError if nothing is left.
    """
    found = re.sub(r"[^a-z0-9]+", "-", bare(name).casefold()).strip("-")
    if not found:
        raise refusal(
            f"the study folder {name!r} has no letter a–z or digit; rename it, its name becomes the"
            " report's folder"
        )
    found = found[:100].strip("-")
    # Windows keeps these names for devices.
    return f"{found}-client" if re.fullmatch(r"con|prn|aux|nul|(com|lpt)\d", found) else found


def study_folder(given: Path | str) -> Path:
    """The folder of a study that is named by it or by its file; its name becomes that of the
    report's folder.
    """
    source = _absolute(given)
    return source.parent if source.suffix in _YAML and not source.is_dir() else source


def _absolute(given: Path | str) -> Path:
    return Path(os.path.abspath(located(given)))


def is_study(source: Path) -> bool:
    """Whether it is a folder, or a file that may be a study.yml."""
    return source.is_dir() or (source.is_file() and source.suffix in _YAML)


def edition(declared: Mapping, files: Mapping[str, str]) -> Record:
    """Digests of the answers of a study, and of when and in which waves they were collected (of the
    answers where study.yml gives no dates): answers that were corrected are the same edition.
    """
    answers = digest([files.get(name) for key, name in named_files(declared) if key == "responses"])
    listed = declared.get("responses")
    waves = [str(one) for one in listed] if isinstance(listed, list) else declared.get("waves")
    return {
        "edition": digest([declared.get("fieldwork") or answers, waves]),
        "answers": answers,
    }


def own_seed(name: str, client: str) -> int:
    """The same client always gets the same bootstrap samples, and two clients never share
    theirs.
    """
    return int(digest([name, client])[:7], 16)


def plan(
    studies: Iterable[Path | str],
    languages: Sequence[str] | None,
    template: Path,
    parameters: Record,
) -> list[Job]:
    """The jobs of a batch, in the order given. Raises ReportError if the template, a language or a
    parameter is wrong for all.
    """
    _check_languages(languages or ())
    declared = checked_template(template)
    for name in SET_BY_US.keys() & parameters.keys():
        raise refusal(
            f"the parameter {name} is set by the renderer and cannot be given; leave it out"
        )
    if parameters:
        ours = {STUDY_PARAMETER: "", LANGUAGES_PARAMETER: [], SEED_PARAMETER: 0}
        known = {name: value for name, value in ours.items() if name in declared}
        check_parameters(declared, known | parameters, template.name)
    found, named = {}, quoted(template)
    for given in studies:
        job = _job(_absolute(given), languages, declared, parameters, template, named)
        found.setdefault(job.slug or job.study, []).append(job)
    for name, twins in found.items():
        if len(twins) > 1:
            # Whose report would stand there? Neither's; the other clients' are made all the same.
            folders = [study_folder(job.study) for job in twins]
            shown = " and ".join(f"{folder.parent.name}/{folder.name}" for folder in folders)
            twins[0].problem = one_line(
                f"{len(twins)} studies would be written to the folder {name!r}: {shown};"
                " rename all but one of them"
            )
    if not found:
        raise refusal("no study was given")
    return [twins[0] for twins in found.values()]


def _check_languages(languages: Iterable[str]) -> None:
    for language in languages:
        if language not in LANGUAGES:
            raise refusal(
                f"language {language!r}: reports are written in {text.listing([*LANGUAGES], 'en')}"
            )


def _job(
    source: Path,
    languages: Sequence[str] | None,
    declared: Mapping[str, Parameter],
    parameters: Record,
    template: Path,
    named: Collection[str],
) -> Job:
    """The job of one study, as far as it can be planned; with its problem where it cannot."""
    folder = study_folder(source)
    source = folder if source.name == "study.yml" else source
    job = Job(source, "", folder.name, list(languages or ["en"]))
    try:
        job.slug = job.client = slug(folder.name)
        if not is_study(source):
            raise refusal(f"{source.name} is neither a folder with a study.yml nor such a file")
        keys, _ = read_codebook(source)
        client = str(keys.get("client") or job.slug)
        job.client = text.visible(client) or job.slug
        job.formerly = list(map(str, keys.get("formerly") or ()))
        job.has_personal_data = bool(keys.get("personal_data"))
        declares = keys.get("report") if isinstance(keys.get("report"), dict) else {}
        if (least := number_of(str(declares.get("min_cell")))).is_integer():
            job.min_cell = int(least)
        job.protect = str(declares.get("protect", job.protect))
        listed = languages or declares.get("languages") or ["en"]
        listed = [listed] if isinstance(listed, str) else listed
        job.languages = list(dict.fromkeys(map(str, listed)))
        # What would fail at the end of the report fails before it begins.
        read_brand(source)
        for key, section in SECTION_OF_EXTRA.items():
            if key in keys and section in named:
                require(key)
        held = study_inputs(source)
        job.inputs = {"study": held, **edition(keys, held)}
        given = {STUDY_PARAMETER: str(source), LANGUAGES_PARAMETER: job.languages, **parameters}
        job.wants_benchmark = bool(declares.get("benchmark"))
        if not job.wants_benchmark:  # another one changes nothing in its report
            given.pop(BENCHMARK_PARAMETER, None)
        if absent := {*map(str, declares.get("own") or ())} - named:
            raise refusal(
                f"study.yml, report.own: {template.name} has no section {min(absent)!r}; give the"
                " --template that has it, or take the name out"
            )
        if SEED_PARAMETER in declared:
            given.setdefault(SEED_PARAMETER, own_seed(job.slug, client))
        _check_languages(job.languages)
        job.parameters = check_parameters(declared, given, template.name)
        titles = keys.get("title") or ""
        titles = titles if isinstance(titles, dict) else {"": titles}
        for language in job.languages:
            own = titles.get(language) or next(iter(titles.values()), "")
            job.titles[language] = f"{job.client} · {text.visible(own)}" if own else job.client
    # whatever one client's folder holds, the other clients' reports are made
    except Exception as error:
        job.problem = one_line(_named(error, source))
    return job


def _named(error: Exception, source: Path) -> str:
    """What an error says; of one that nobody foresaw, the faults of the study that it is due to."""
    if not isinstance(error, (CxlabError, OSError)):
        try:
            read_study(source)
        except CxlabError as faults:
            return reason(faults)
        except Exception:
            return f"the study cannot be read ({reason(error)}); run cxlab check on its folder"
    return reason(error)
