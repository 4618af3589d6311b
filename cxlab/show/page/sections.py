"""Which sections a report has, where they stand, and what study.yml may say of that."""

from typing import Any

from cxlab.errors import Fault, said
from cxlab.show.words.catalogue import SECTIONS

APPENDIX = "appendix"
BEHIND = 1_000  # the place of the sections of the appendix


def section_faults(codebook: Any) -> list[Fault]:
    """Where study.yml names sections that a report does not have."""
    report, found = codebook.report, []
    known = dict.fromkeys([*SECTIONS["sections"], *report.own])
    for key in ("sections", "hide", "notes"):
        for name in sorted({*getattr(report, key)} - {*known}):
            problem = said("there is no section {name!r}", name=name)
            fix = said(
                "the sections are {known}; name those of your own template under report.own",
                known=", ".join(known),
            )
            found.append(Fault(problem, "study.yml", f"report.{key}", fix=fix))
    return found


def place_of(name: str, report: Any, is_behind: bool, stays: int = 0) -> int | None:
    """Where a section stands among the others, which keep their order where study.yml gives none;
    None for one that is left out. `stays` is the place of a template's own that study.yml does not
    name.
    """
    if is_behind or name == APPENDIX:
        return None if {APPENDIX, name} & {*report.hide} else BEHIND
    if name in report.hide:
        return None
    if name in report.sections:
        return report.sections.index(name)
    if name not in SECTIONS["sections"]:
        return stays
    return None if report.sections else 0


def known(kind: str, name: str) -> Any:
    """The words of a section or a question."""
    held = SECTIONS[kind]
    if name not in held:
        raise KeyError(f"no {name!r} among the {kind}: choose one of {', '.join(held)}")
    return held[name]
