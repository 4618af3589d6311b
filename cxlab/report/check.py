"""What is wrong in studies, as lines for the analyst and as a page for the fieldwork agency that
can mend the file.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from cxlab.data_files import shipped
from cxlab.errors import Fault
from cxlab.extras import SECTION_OF_EXTRA, ExtraError, require
from cxlab.report.batch.files import replace_text
from cxlab.show.page.sections import section_faults
from cxlab.show.words.catalogue import translator
from cxlab.show.words.faults import AROUND, HEADS, SOUND, counted, fault_words, said_in, told
from cxlab.show.words.money import unit_faults
from cxlab.show.words.text import visible
from cxlab.study.codebook.schema import Codebook
from cxlab.study.read_study import checked
from cxlab.study.study import Study
from cxlab.study.summary import as_text


class Checked(NamedTuple):
    """A study that was looked at: its path, itself as far as it can be read, its faults."""

    path: str
    study: Study | None
    faults: list[Fault]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong but what is warned of."""
        return not any(fault.severity == "error" for fault in self.faults)


def check(path: str, **given: object) -> Checked:
    """Look at the study at `path`; `given` as in `check_study`."""
    study, faults = checked(path, **given)
    book = study.codebook if study else None
    more = [*section_faults(book), *unit_faults(book), *_not_installed(book)] if book else []
    return Checked(path, study, sorted(more + faults, key=lambda fault: fault.severity))


def _not_installed(book: Codebook) -> Iterator[Fault]:
    """What the report needs for what the study declares, and is not installed here."""
    for key in SECTION_OF_EXTRA:
        try:
            if getattr(book, key):
                require(key)
        except ExtraError as error:
            yield Fault(error.said, "study.yml", key, severity="warning")


def lines(found: Checked, language: str) -> Iterator[str]:
    """What the command says of a study."""
    _ = translator(language)
    yield f"{found.path}: {counted(found.faults, language)}"
    yield from told(found.faults, language)
    if found.is_sound:
        yield f"{_(SOUND)}: {said_in(as_text(found.study), language)}"


def write_page(file: Path, found: Sequence[Checked], language: str) -> None:
    """One page that asks nothing of the network: a table of faults for each study."""
    _, folder = translator(language), shipped("templates")
    style = (folder / "page" / "report.css").read_text(encoding="utf-8").replace("</", "<\\/")
    page = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True)
    studies = [
        {
            "client": visible(one.study.client if one.study else Path(one.path).resolve().name),
            "counts": counted(one.faults, language),
            "rows": [fault_words(fault, language)._asdict() for fault in one.faults],
            "kinds": [fault.severity for fault in one.faults],
        }
        for one in found
    ]
    words = {name: _(words) for name, words in AROUND.items()}
    heads = {name: _(head) for name, head in HEADS.items()}
    text = page.get_template("check.html.j2").render(
        studies=studies, heads=heads, language=language, style=Markup(style), **words
    )
    replace_text(file, text)
