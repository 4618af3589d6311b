"""What a report was made from, written down beside it.

A client who asks in a year "where does this 42 come from?" is answered by `manifest.json`: the
fingerprint of every file read, of the template, of the code and of the packages, the parameters,
the seed and the limits. No absolute path and no personal value enters it.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from pydantic import BaseModel

from cxlab.report import Record
from cxlab.report.batch.files import replace_text
from cxlab.report.formats.checks import plain
from cxlab.report.run.fingerprints import digest, sha256
from cxlab.show.page.since import kept, read_figures

NAME = "manifest.json"
UNDECLARED = "undeclared"  # key of a language's entry: the study no longer declares it


class _Since(BaseModel):
    why: str = ""


class _Facts(BaseModel):
    moved: str = ""


class _Report(BaseModel):
    files: dict[str, str] = {}
    facts: _Facts = _Facts()
    since: _Since = _Since()


class _Entry(BaseModel):
    last_run: Record = {}
    report: _Report = _Report()


class _Manifest(BaseModel):
    """What of a manifest others rely on."""

    client: str = ""
    languages: dict[str, _Entry]


def entries(out: Path) -> Iterator[tuple[Path, str, str, Record]]:
    """Every report that a manifest in the reports' folder knows: folder, client, language,
    entry.
    """
    for path in sorted(out.glob(f"*/{NAME}")):
        held = read(path.parent)
        for language, entry in held["languages"].items():
            yield path.parent, held.get("client", path.parent.name), language, entry


def read(folder: Path) -> Record:
    """The manifest in a client's folder; without languages where there is none, or where it cannot
    be read or is not what `note` writes (the reports are then made again).
    """
    try:
        held = json.loads((folder / NAME).read_bytes())
        digest(held)  # half a surrogate pair can be read, and not be written again
        _Manifest.model_validate(held)
    except (OSError, ValueError, RecursionError):
        return {"languages": {}}
    return held


def of_client(held: Record, names: Iterable[str]) -> bool:
    """Whether a manifest is of a client of one of these names, however they are typed."""
    return not held.get("client") or plain(held["client"]) in map(plain, names)


def since(folder: Path, names: Collection[str], inputs: Record) -> Record:
    """What the last report of other answers printed (`figures`), or `why` a new one cannot look
    back to it. What is made again, of the same answers or the same edition (`jobs.edition`), looks
    back to where the report that stands did.
    """
    held = read(folder)
    reports = [entry["report"] for entry in held["languages"].values() if entry.get("report")]
    if "client" not in held and (folder / NAME).is_file():
        return {"why": "not compared: the manifest of the last report cannot be read"}
    if not reports:
        return {"why": "first report"}
    if not of_client(held, names):
        return {"why": "not compared: the manifest there is of another client"}
    for report in reports:
        if any(report.get(one) == inputs[one] for one in ("edition", "answers") if one in inputs):
            return report.get("since", {})
    found = [read_figures(report.get("facts", {}).get("figures")) for report in reports]
    if not any(found):
        return {"why": "not compared: the last report kept no figures, or none that can be read"}
    last = max(filter(None, found), key=lambda one: one.end or one.start or date.min)
    return {"figures": kept(last)}


# How the main outcome moved since the last report, or why nothing is said of it.
_MOVED = {
    "rise": "significant rise",
    "fall": "significant fall",
    "same": "unchanged beyond chance",
    "untested": "not tested",
    "overlap": "not compared: by fieldwork: this is no later sample, and no wave has its figures",
    "later": "not compared: the last report is of later fieldwork",
    "outcome": "not compared: the last report has no such figure",
    "": "not compared: the template has no page.since(…)",
}


def moved(report: Record) -> str:
    """How a report's headline figure moved since the last one, and where the report has a reason in
    the place of a result, for the consultant.
    """
    facts, last = report.get("facts", {}), report.get("since", {})
    said = last.get("why") or ("figures" in last and _MOVED.get(facts.get("moved", ""))) or ""
    if "moved_from" in facts:
        name = "NPS" if facts.get("kind") == "nps" else facts.get("outcome")
        said = f"{name} {facts['moved_from']} → {facts.get('figure')}, {said}"
    refused = [one["section"] for one in report.get("suppressed") or () if "refused" in one]
    told = [said, *(f"not all can be shown in: {section}" for section in dict.fromkeys(refused))]
    return "; ".join(filter(None, told))


def report_in(folder: Path, language: str) -> Record:
    """The entry of the report that stands in a client's folder; empty where there is none."""
    return read(folder)["languages"].get(language, {}).get("report", {})


def write(folder: Path, held: Record) -> None:
    """Replace a client's manifest, whole or not at all."""
    text = json.dumps(held, indent=2, ensure_ascii=False, sort_keys=True)
    replace_text(folder / NAME, text + "\n")


def is_current(folder: Path, language: str, inputs: str) -> bool:
    """Whether the report that stands in `folder` was made from these inputs and is still the file
    that was written.
    """
    report = report_in(folder, language)
    files = report.get("files")
    return bool(files) and report.get("inputs") == inputs and not difference(folder, files)


def difference(folder: Path, files: Mapping[str, str]) -> tuple[str, str] | None:
    """The first of these files that is not the one that was written, and what became of it."""
    for name, made in files.items():
        file = folder / Path(name).name
        if not file.is_file():
            return "missing", f"{name} is gone"
        if sha256(file) != made:
            return "differs", f"{name} was changed after it was made"
    return None


def note(folder: Path, client: str, language: str, run: Record, report: Record | None) -> None:
    """Write down one run. A failed run leaves the entry of the report that still stands untouched,
    and says nothing on whose it is.
    """
    held = read(folder)
    if report is not None or not any(entry.get("report") for entry in held["languages"].values()):
        held["client"] = client
    entry = held["languages"].setdefault(language, {})
    entry["last_run"] = run
    if report is not None:
        entry["report"] = report
        entry.pop(UNDECLARED, None)
    write(folder, held)


def standing(folder: Path, entry: Record) -> list[str]:
    """The files that an entry of a manifest names and that are there."""
    names = entry.get("report", {}).get("files", {})
    return [name for name in names if (folder / Path(name).name).is_file()]


def declare(folder: Path, languages: Collection[str]) -> None:
    """Mark the reports in languages that the study declares no longer, and forget those of which no
    file is left.
    """
    held, kept = read(folder), {}
    for language, entry in held["languages"].items():
        declared = {key: value for key, value in entry.items() if key != UNDECLARED}
        if language in languages:
            kept[language] = declared
        elif standing(folder, entry):
            kept[language] = {**declared, UNDECLARED: True}
    if kept != held["languages"]:
        write(folder, {**held, "languages": kept})
