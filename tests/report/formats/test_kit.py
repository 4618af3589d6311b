"""The archive that a consultant sends: all of one report, and nothing of anybody else."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image

import cxlab as cx
from cxlab.report.batch import manifest
from cxlab.report.formats import export
from cxlab.report.formats.kit import write_kit
from cxlab.show.page import parts
from tests.report.prepared import write

ALL = (*export.FORMATS, export.KIT)


@pytest.fixture(scope="module")
def kits(tmp_path_factory):
    """The kit of one report in two languages, and the English one made again: names and bytes."""
    folder, study = tmp_path_factory.mktemp("kits"), cx.simulate_study(n=90, seed=4)
    held = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, "html,zip")  # pictures are drawn though there are no slides
        for name, language in (("en", "en"), ("pt-BR", "pt-BR"), ("again", "en")):
            write(folder / name, study, language, ALL)
            file = folder / name / f"report.{language}.zip"
            with zipfile.ZipFile(file) as kit:
                inside = {one: kit.read(one) for one in kit.namelist()}
            held[name] = file.read_bytes(), inside
    return folder, held


def test_a_kit_is_the_report_its_figures_and_a_mail(kits):
    """Protects whoever opens it: the files are those that lie beside it, each figure is there as a
    picture with its words, the mail speaks the language of the report.
    """
    folder, held = kits
    for language, greeting in (("en", "Dear [name],"), ("pt-BR", "Prezado(a) [nome],")):
        inside = dict(held[language][1])
        mail, alt = inside.pop("e-mail.txt").decode(), inside.pop("figures/alt.txt").decode()
        for name in [f"report.{language}.{one}" for one in export.FORMATS]:
            assert inside.pop(name) == (folder / language / name).read_bytes()
            assert f"- {name}: " in mail
        assert greeting in mail and mail.count("\n- ") >= 6 and "{" not in mail
        assert [*inside] == ["figures/01.png", "figures/02.png"]
        for name, data in inside.items():
            picture = Image.open(io.BytesIO(data))
            picture.load()
            assert f"{name}\n" in alt and picture.text["Description"] in alt


def test_the_same_report_gives_the_same_kit(kits):
    """Protects `--verify`: no time and no attribute of a file enters it."""
    assert kits[1]["en"][0] == kits[1]["again"][0]


def test_a_kit_names_no_folder_of_this_machine(kits):
    """Protects the house: a kit is sent unopened."""
    folder, held = kits
    for _, inside in held.values():
        for form in (str(folder), str(Path.home()), os.getcwd(), manifest.NAME, "index.html"):
            assert not [name for name, data in inside.items() if form.encode() in data]


def test_the_mail_tells_the_messages_below_the_figures_of_page_one(tmp_path):
    """Protects the mail from other lists of the first page, from those of other sections, and from
    what the consultant wrote for the page.
    """

    def text(said, **more):
        return {"kind": "text", "sentences": [said], "listed": True, "refused": False, **more}

    heads = [{"kind": "section", "id": one} for one in ("bottom_line", "gaps")]
    page = [
        heads[0],
        text("since"),
        {"kind": "cards"},
        text("mine", commentary=True),
        text("first"),
    ]
    write_kit([*page, text("second"), heads[1], text("gaps")], [], tmp_path / "a.zip", "en")
    with zipfile.ZipFile(tmp_path / "a.zip") as kit:
        told = kit.read("e-mail.txt").decode()
    assert "In short:\n\n- first\n\nAttached:" in told


def test_a_kit_without_messages_promises_none(tmp_path, monkeypatch):
    """Protects a client whose report hides page one from a mail that ends in a colon."""
    monkeypatch.chdir(tmp_path)
    cover = {"kind": "cover", "client": "A", "title": "T", "facts": [], "simulated": []}
    write_kit([cover], [], Path("report.en.zip"), "en")
    with zipfile.ZipFile("report.en.zip") as kit:
        assert kit.namelist() == ["e-mail.txt"]
        assert "Here is the report “T”.\n" in kit.read("e-mail.txt").decode()
