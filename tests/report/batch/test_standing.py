"""What stands in the reports' folder from earlier runs: whose it is, in which languages and
formats, and what it was made from.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image

from cxlab.errors import ReportError
from cxlab.report.batch import manifest
from cxlab.report.batch.render import render_studies
from cxlab.report.batch.verify import verify_reports
from cxlab.report.run import fingerprints, job
from cxlab.study.codebook.own_file import allowing
from tests.report.conftest import SECTION, last_batch, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
SHOW = 'text = f"{study[-8:]} in {{language}}"'


@pytest.fixture
def settings(tmp_path, page):
    return {"template": write_template(tmp_path / "t.ipynb", SHOW, SECTION), "page": page}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def listed(out: Path) -> dict[str, str]:
    """The rows of the index: language or link → status."""
    text = (out / "index.html").read_text(encoding="utf-8").partition("<tbody>")[2]
    told = re.findall(r"<div class=\"(\w+)\">(.*?)\n<small>(.*?)</small>", text, re.DOTALL)
    return {
        re.sub("<.*?>", "", report): f"{kind}: {status}"
        for kind, alike, status in told
        for report in alike.split(" · ")
    }


def test_a_format_and_a_language_that_are_wanted_no_more(tmp_path, settings):
    """Protects the client from last month's workbook beside this month's page, and the consultant
    from a report in a language that the study has given up and that looks as new as the other.
    """
    study, out = write_study(tmp_path / "one", languages="en, pt-BR"), tmp_path / "out"
    render_studies([study], out, formats=["xlsx"], **settings)
    assert {path.name for path in (out / "one").glob("report*")} == {
        f"report.{language}.{kind}" for language in ("en", "pt-BR") for kind in ("html", "xlsx")
    }
    told = "old: no longer declared; delete its files, or declare the language again"

    # asked for by hand: the other is declared all the same
    render_studies([study], out, ["en"], **settings)
    assert {path.name for path in (out / "one").glob("report.en.*")} == {"report.en.html"}
    assert listed(out) == {"en": "done: done", "pt-BR XLSX": "done: done"}

    edit(study / "study.yml", "en, pt-BR", "en")
    render_studies([study], out, **settings)
    assert listed(out) == {"en": "done: done", "pt-BR XLSX": told}
    other = write_study(tmp_path / "other", client="Other")
    render_studies([other], out, **settings)
    assert told in listed(out).values()  # another client's batch does not forget it

    edit(study / "study.yml", "[en]", "[en, pt-BR]")
    assert render_studies([study], out, resume=True, **settings)["status"].tolist() == [
        "done",
        "done",
    ]
    assert told not in listed(out).values()
    edit(study / "study.yml", "[en, pt-BR]", "[en]")
    for file in (out / "one").glob("report.pt-BR.*"):
        file.unlink()
    render_studies([study], out, **settings)
    assert set(manifest.read(out / "one")["languages"]) == {"en"} and set(listed(out).values()) == {
        "done: done"
    }


def test_a_study_that_cannot_be_read_gives_up_no_language(tmp_path, settings):
    """Protects a report from being called given up because of a slip in study.yml."""
    study, out = write_study(tmp_path / "one", languages="pt-BR"), tmp_path / "out"
    render_studies([study], out, **settings)
    edit(study / "study.yml", "client:", "client: [")
    assert (
        render_studies([study], out, **settings)["problem"]
        .item()
        .startswith("1 fault in this study: 1. study.yml")
    )
    assert listed(out)["pt-BR"] == "done: done" and listed(out)["en"].startswith("failed: failed")


def test_another_clients_folder_is_refused(tmp_path, settings):
    """Protects a client's report from another study whose folder has the same name: nothing of it
    changes, and it is said what to do.
    """
    first, second = (
        write_study(tmp_path / "one" / "acme", client="Acme Brasil"),
        write_study(tmp_path / "two" / "acme", client="Acme Chile"),
    )
    third, out = write_study(tmp_path / "two" / "beta", client="Beta"), tmp_path / "out"
    render_studies([first], out, **settings)
    before = {path: path.read_bytes() for path in (out / "acme").iterdir()}
    for resume in (False, True):
        table = render_studies([second, third], out, resume=resume, **settings)
        assert table["problem"].tolist() == [
            (
                "in the folder 'acme' stands a report of the client 'Acme Brasil', and this one is"
                " for 'Acme Chile'; choose another --out or, if the client was renamed, write"
                " `formerly: [Acme Brasil]` in study.yml"
            ),
            "",
        ]
    assert {path: path.read_bytes() for path in (out / "acme").iterdir()} == before
    # what `--verify` will look for
    assert last_batch(out)[0]["studies"] == ["../two/beta"]
    shutil.rmtree(out / "acme")
    assert render_studies([second], out, **settings)["status"].tolist() == ["done"]


def test_the_same_client_keeps_its_folder(tmp_path, settings):
    """Protects the consultant who moves a study to another disk, edits it, breaks and mends it, or
    types the name another way.
    """
    study, out = write_study(tmp_path / "one" / "acme", client="Açme  Brasil"), tmp_path / "out"
    edit(study / "study.yml", "client:", "client: [")
    assert render_studies([study], out, **settings)["status"].tolist() == ["failed"]
    edit(study / "study.yml", "client: [", "client:")
    assert render_studies([study], out, **settings)["status"].tolist() == ["done"]
    edit(study / "study.yml", "client:", "client: [")
    assert render_studies([study], out, **settings)["status"].tolist() == ["failed"]
    assert manifest.read(out / "acme")["client"] == "Açme Brasil"
    moved = write_study(tmp_path / "two" / "acme", client="AC\u0327ME brasil")
    assert render_studies([moved], out, **settings)["status"].tolist() == ["done"]


@pytest.mark.parametrize(
    "out", ["s3://bucket/x", "gs://b", "https://host/x", "file:///tmp/x", Path("s3://bucket/x")]
)
def test_an_address_is_no_folder(tmp_path, settings, monkeypatch, out):
    """Protects from a folder called `s3:` on this machine that everyone believes to be in the
    cloud.
    """
    monkeypatch.chdir(tmp_path)
    study = write_study(tmp_path / "one")
    with pytest.raises(
        ReportError,
        match=(
            r"^\S+: this is an address, and reports are written to a folder; give a folder as"
            r" --out, and copy it there afterwards$"
        ),
    ):
        render_studies([study], out, **settings)
    assert {path.name for path in tmp_path.iterdir()} == {"one", "t.ipynb"}


def test_brand_and_logo_belong_to_what_a_report_is_made_from(tmp_path):
    """Protects `--resume` from last year's logo: the brand's file and the logo that only it names
    are among the fingerprints.
    """
    study = write_study(tmp_path / "one")
    edit(study / "study.yml", "report: {", "report: {brand: looks/brand.yml, ")
    (study / "looks").mkdir()
    (study / "looks" / "brand.yml").write_text("name: N\nlogo: logo.png\n", encoding="utf-8")
    Image.new("RGB", (40, 10), "#123456").save(study / "looks" / "logo.png")

    def digest() -> str:
        inputs = {"study": fingerprints.study_inputs(study)}
        return job.Job(study, "one", "Sample", ["en"], inputs=inputs).made_from("en")["inputs"]

    first = digest()
    assert digest() == first and any(
        name.endswith("logo.png") for name in fingerprints.study_inputs(study)
    )
    Image.new("RGB", (40, 10), "#654321").save(study / "looks" / "logo.png")
    second = digest()
    (study / "looks" / "brand.yml").write_text("name: M\nlogo: logo.png\n", encoding="utf-8")
    assert len({first, second, digest()}) == 3


def test_every_package_that_makes_bytes_is_versioned():
    """Protects `--resume` and "made from" from a package that writes a page, a picture, a PDF, a
    workbook or slides and is not named.
    """
    assert {
        "pillow",
        "pydyf",
        "fonttools",
        "lxml",
        "openpyxl",
        "python-pptx",
        "weasyprint",
        "matplotlib",
    } <= set(fingerprints.VERSIONED)
    assert list(fingerprints.VERSIONED) == sorted(fingerprints.VERSIONED) and "absent" not in [
        fingerprints.versions()[name] for name in ("pillow", "lxml", "pydyf")
    ]


def test_the_manifest_holds_the_files_that_were_read_by_relative_names(tmp_path, settings):
    """Protects from fingerprints of files that only stand in a text, and from the folders of this
    machine; `--resume` and `--verify` know the file that lies elsewhere.
    """
    study, out, data = write_study(tmp_path / "one"), tmp_path / "out", tmp_path / "data"
    (study / "notes.txt").write_text("notes", encoding="utf-8")
    edit(study / "study.yml", "en: Customer experience", "en: notes.txt")
    data.mkdir()
    (study / "answers.csv").rename(data / "answers.csv")
    edit(study / "study.yml", "answers.csv", "../data/answers.csv")
    allowed = {**settings, "allow_outside": data}
    table = render_studies([study], out, **allowed)
    assert table["status"].tolist() == ["done"], table["problem"].tolist()
    inputs = manifest.read(out / "one")["languages"]["en"]["report"]["study"]
    assert list(inputs) == ["../data/answers.csv", "study.yml"]
    assert render_studies([study], out, resume=True, **allowed)["status"].tolist() == ["unchanged"]
    assert verify_reports(out, **allowed)["status"].tolist() == ["same"]
    edit(data / "answers.csv", "Maria", "Clara")
    assert render_studies([study], out, resume=True, **allowed)["status"].tolist() == ["done"]


@pytest.mark.parametrize("absolute", [False, True])
def test_a_file_that_lies_far_away_is_named_from_the_folder_that_is_allowed(tmp_path, absolute):
    """Protects the names of this machine's folders, which the way through the root would tell."""
    study = write_study(tmp_path / "one")
    name = sys.executable if absolute else os.path.relpath(sys.executable, study)
    edit(study / "study.yml", "answers.csv", name)
    real = Path(sys.executable).resolve()
    assert list(fingerprints.study_inputs(study)) == ["study.yml"]
    with allowing(real.parent):
        inputs = fingerprints.study_inputs(study)
    assert list(inputs) == ["study.yml", f"{real.parent.name}/{real.name}"]
