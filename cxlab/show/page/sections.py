"""Which sections a report has, where they stand, and what study.yml may say of that."""

from typing import Any

from cxlab.errors import Fault, said
from cxlab.show.words.catalogue import SECTIONS

APPENDIX = "appendix"
BEHIND = 1_000  # the place of the sections of the appendix


def section_faults(codebook: Any) -> list[Fault]:
    """Where study.yml names sections that a report does not have."""
    report, found = codebook.report, []
    for key in ("sections", "hide", "notes"):
        for name in sorted({*getattr(report, key)} - {*SECTIONS["sections"]}):
            problem = said("there is no section {name!r}", name=name)
            fix = said("the sections are {known}", known=", ".join(SECTIONS["sections"]))
            found.append(Fault(problem, "study.yml", f"report.{key}", fix=fix))
    return found


def place_of(name: str, report: Any, is_behind: bool) -> int | None:
    """Where a section stands among the others, which keep their order where study.yml gives none;
    None for one that is left out.
    """
    if is_behind or name == APPENDIX:
        return None if {APPENDIX, name} & {*report.hide} else BEHIND
    if name in report.hide or report.sections and name not in report.sections:
        return None
    return report.sections.index(name) if report.sections else 0


def known(kind: str, name: str) -> Any:
    """The words of a section or a question."""
    held = SECTIONS[kind]
    if name not in held:
        raise KeyError(f"no {name!r} among the {kind}: choose one of {', '.join(held)}")
    return held[name]
