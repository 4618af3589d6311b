"""What is wrong in studies, as lines for the analyst and as a page for the fieldwork agency that
can mend the file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from cxlab.errors import Fault
from cxlab.report.batch.files import replace_text
from cxlab.report.run.job import templates_folder
from cxlab.show.words.catalogue import N_, translator
from cxlab.show.words.faults import SEVERITIES, fault_words
from cxlab.show.words.text import visible
from cxlab.study.read_study import checked
from cxlab.study.study import Study

# The heads of the page's table, by what stands below them.
HEADS = {
    "severity": N_("Kind"),
    "file": N_("File"),
    "column": N_("Column"),
    "rows": N_("Rows"),
    "value": N_("Value"),
    "problem": N_("Problem"),
    "fix": N_("What to do"),
}
TITLE = N_("What to mend in the data")
SOUND = N_("Nothing to mend.")
ABOUT = N_("Rows are counted as a spreadsheet shows them: the header is row 1.")


class Checked(NamedTuple):
    """A study that was looked at: its path, itself where it is sound, its faults."""

    path: str
    study: Study | None
    faults: list[Fault]

    @property
    def errors(self) -> int:
        return sum(fault.severity == "error" for fault in self.faults)

    def counts(self, language: str) -> str:
        """How many errors and warnings, in words."""
        _ = translator(language)
        warnings = len(self.faults) - self.errors
        errors = _("1 error") if self.errors == 1 else _("{n} errors").format(n=self.errors)
        others = _("1 warning") if warnings == 1 else _("{n} warnings").format(n=warnings)
        return f"{errors}, {others}"


def check(path: str, **given: object) -> Checked:
    """Look at the study at `path`; `given` as in `check_study`."""
    return Checked(path, *checked(path, **given))


def lines(found: Checked, language: str) -> Iterator[str]:
    """What the command says of a study."""
    _ = translator(language)
    yield f"{found.path}: {found.counts(language)}"
    width = max(len(_(word)) for word in SEVERITIES.values())
    for words in (fault_words(fault, language) for fault in found.faults):
        yield f"  {words.severity:<{width}}  {words.line()}"
        if words.fix:
            yield f"  {'':<{width}}  → {words.fix}"
    if found.study is not None:
        yield f"{_('sound')}: {found.study!r}"


def write_page(file: Path, found: Sequence[Checked], language: str) -> None:
    """One page that asks nothing of the network: a table of faults for each study."""
    _, folder = translator(language), templates_folder()
    style = (folder / "page" / "report.css").read_text(encoding="utf-8").replace("</", "<\\/")
    page = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    studies = [
        {
            "client": visible(one.study.client if one.study else Path(one.path).resolve().name),
            "counts": one.counts(language),
            "rows": [fault_words(fault, language)._asdict() for fault in one.faults],
            "kinds": [fault.severity for fault in one.faults],
        }
        for one in found
    ]
    words = {name: _(said) for name, said in (("title", TITLE), ("sound", SOUND), ("about", ABOUT))}
    heads = {name: _(head) for name, head in HEADS.items()}
    text = page.get_template("check.html.j2").render(
        studies=studies, heads=heads, language=language, style=Markup(style), **words
    )
    replace_text(file, text)
