"""A client is one job: its notebook runs once, and each language is picked from what it showed."""

from __future__ import annotations

import errno
import os
import re

import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import journal, manifest
from cxlab.report.batch.render import render_studies
from tests.report.conftest import SECTION, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
# Each run leaves a line beside the study; a piece in one language, a table of a consultant's own
# cell, and facts.
SHOW = """\
import pandas as pd
from pathlib import Path
with open(Path(study).parent / "runs", "a") as file:
    file.write(f"{languages}\\n")
text = "told in {language}"
class Shown:
    def __init__(self, mime, worded):
        self.bundle = {f"application/vnd.cxlab.{mime}+json": worded, "text/html": "<p>nobody</p>"}
    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.bundle"""
ALONE = 'Shown("section", {"pt-BR": {"html": "<p>sozinho</p>", "parts": []}})'
FACTS = 'Shown("facts", {one: {"outcome": f"NPS {one}", "n": 12} for one in languages})'
TABLE = 'pd.DataFrame({"q": ["of both"]})'


@pytest.fixture
def settings(tmp_path, page):
    template = write_template(tmp_path / "t.ipynb", SHOW, SECTION, ALONE, FACTS, TABLE)
    return {"template": template, "page": page}


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "one", languages="en, pt-BR")


def runs(study) -> list[str]:
    return (study.parent / "runs").read_text(encoding="utf-8").splitlines()


def test_the_notebook_runs_once_and_each_language_has_its_page(tmp_path, study, settings):
    """Protects the reader of one language from words of another, and the consultant's time: the
    analysis is made once.
    """
    out = tmp_path / "out"
    table = render_studies([study], out, **settings)
    assert table[["language", "status"]].values.tolist() == [["en", "done"], ["pt-BR", "done"]]
    assert runs(study) == ["['en', 'pt-BR']"]
    english, portuguese = ((out / file).read_text(encoding="utf-8") for file in table["file"])
    assert "told in en" in english and "told in pt-BR" not in english
    assert "told in pt-BR" in portuguese and "told in en" not in portuguese
    assert "sozinho" in portuguese and "sozinho" not in english
    assert all("of both" in text and "nobody" not in text for text in (english, portuguese))
    held = manifest.read(out / "one")["languages"]
    assert {one: entry["report"]["facts"]["outcome"] for one, entry in held.items()} == {
        "en": "NPS en",
        "pt-BR": "NPS pt-BR",
    }
    events = [(line["event"], line.get("report")) for line in journal.read(out)]
    assert events[1:-1] == [
        *(("start", f"one {language}") for language in ("en", "pt-BR")),
        *(("done", f"one {language}") for language in ("en", "pt-BR")),
    ]


def test_a_report_is_the_same_alone_and_with_others(tmp_path, study, settings):
    """Protects `--resume` and `--verify`: which other languages were asked for is not seen in a
    report nor in what it was made from.
    """
    both, alone = tmp_path / "both", tmp_path / "alone"
    render_studies([study], both, **settings)
    render_studies([study], alone, ["pt-BR"], **settings)
    assert runs(study) == ["['en', 'pt-BR']", "['pt-BR']"]
    file, entries = "one/report.pt-BR.html", []
    assert (both / file).read_bytes() == (alone / file).read_bytes()
    for out in (both, alone):
        entry = manifest.read(out / "one")["languages"]["pt-BR"]["report"]
        entries.append({key: value for key, value in entry.items() if key != "timings"})
    assert entries[0] == entries[1]
    again = render_studies([study], both, ["pt-BR"], resume=True, **settings)
    assert again["status"].tolist() == ["unchanged"]


def test_resume_makes_a_client_again_where_one_language_changed(tmp_path, study, settings):
    """Protects a client from a report in one language that is of another day than the other's."""
    out = tmp_path / "out"

    def status() -> list[str]:
        return render_studies([study], out, resume=True, **settings)["status"].tolist()

    assert [status(), status()] == [["done", "done"], ["unchanged", "unchanged"]]
    (out / "one" / "report.pt-BR.html").unlink()
    assert [status(), status()] == [["done", "done"], ["unchanged", "unchanged"]]
    assert len(runs(study)) == 2


def test_one_language_that_may_not_be_sent_keeps_all_back(tmp_path, study, settings, page):
    """Protects the client from half a delivery, and a respondent whom only one language names."""
    out = tmp_path / "out"
    render_studies([study], out, **settings)
    before = {path.name: path.read_bytes() for path in (out / "one").glob("report.*")}
    telling = ALONE.replace("sozinho", "graças a Maria Quintana")
    template = write_template(tmp_path / "other.ipynb", SHOW, SECTION, telling)
    table = render_studies([study], out, template=template, page=page)
    told = (
        "in pt-BR the report was not written: 1 value(s) of the personal column 'name' stand in it;"
        " look for them in segments, waves, labels and comments; none of this client's reports was"
        " written"
    )
    assert table["problem"].tolist() == [told, told]
    assert {path.name: path.read_bytes() for path in (out / "one").glob("report.*")} == before
    held = manifest.read(out / "one")["languages"]
    assert {entry["last_run"]["problem"] for entry in held.values()} == {told}


def test_a_disk_that_fails_at_one_language_costs_that_one(tmp_path, study, settings, monkeypatch):
    """Protects the report that is whole already from the fault of the one after it."""
    real = os.replace

    def full(source, target):
        if str(target).endswith("report.pt-BR.html"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(source, target)

    monkeypatch.setattr(os, "replace", full)
    table = render_studies([study], tmp_path / "out", **settings)
    assert table["status"].tolist() == ["done", "failed"]
    assert table["problem"][1].startswith("No space left on device")


NOW = (
    ", which has gone; a page is drawn so: `page = cx.Page(study, languages, seed=seed,"
    ' n_boot=n_boot)`, `gaps = page(cx.gap_scores)`, `page.section("gaps", gaps.say(),'
    " gaps.plot())`"
)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["import cxlab as cx", "gaps = cx.attempt(cx.nps, study)"], "cell 3 calls cx.attempt"),
        (["import cxlab", "%matplotlib inline\ncxlab.suppress(x, 10)"], "cell 3 calls cxlab.suppr"),
        (["import cxlab as c\nif c.at_least(x, 10):\n    pass"], "cell 2 calls c.at_least"),
        (["import cxlab as cx\ncx.block(1)"], "cell 2 calls cx.block"),
        (["import cxlab as cx\ncx.prose(cx.plot_gaps(1))"], "cell 2 calls cx.prose"),
        (["import cxlab as cx", "", "x = [cx.bullets(y) for y in z]"], "cell 3 calls cx.bullets"),
        (["import cxlab as cx\ncx.section('gaps', 'en')"], "cell 2 calls cx.section"),
        (["from cxlab import say_gaps\nsay_gaps(gaps)"], "cell 2 calls say_gaps"),
        (["import cxlab as cx\ndraw = cx.plot_gaps"], "cell 2 calls cx.plot_gaps"),
    ],
)
def test_a_template_of_the_old_page_is_refused(tmp_path, study, page, cells, told):
    """Protects forty clients from a notebook that would fail at each of them: the cell, the old
    call and the new lines are said before anything runs.
    """
    template = write_template(tmp_path / "t.ipynb", *cells)
    with pytest.raises(ReportError, match=f"^t.ipynb: {told}.*{re.escape(NOW)}$"):
        render_studies([study], tmp_path / "out", template=template, page=page)
    assert not (tmp_path / "out").exists()


def test_a_template_that_only_looks_like_the_old_page_is_not_refused(tmp_path, page):
    """Protects a consultant's own functions and variables, and the face as it is now."""
    cells = (
        "import cxlab as cx\ndef say_all(x):  # not cx.attempt(x)\n    return x",
        "section = say_all('cx.block')\nclass Own:\n    suppress = plot_gaps = 1\nOwn().suppress",
        "%%time\nthis is no Python",
    )
    template = write_template(tmp_path / "t.ipynb", *cells, "raise ValueError('it ran')")
    table = render_studies(
        [write_study(tmp_path / "two")], tmp_path / "out", template=template, page=page
    )
    assert "cell 5: SyntaxError" in table["problem"].item()


@pytest.mark.parametrize("more", ["", "\nlanguages: list[str] = []"])
def test_a_template_of_one_language_is_refused(tmp_path, study, page, more):
    """Protects the reader of Portuguese from a notebook that words itself in its own default."""
    parameters = 'study: str\nlanguage: str = "en"' + more
    template = write_template(tmp_path / "t.ipynb", "1", parameters=parameters)
    told = (
        "t.ipynb: a notebook runs once for all languages; instead of `language: str` declare"
        " `languages: list[str] = []`"
    )
    with pytest.raises(ReportError, match=f"^{re.escape(told)}$"):
        render_studies([study], tmp_path / "out", template=template, page=page)
