"""Each format of a report, opened again by a program that people use: what stands in it, in whose
language, and the same bytes twice.
"""

from __future__ import annotations

import base64
import copy
import html
import io
import os
import re
import subprocess
import sys
import zipfile
from importlib.util import spec_from_loader

import openpyxl
import pandas as pd
import pypdf
import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER

import cxlab as cx
from cxlab.__main__ import main
from cxlab.errors import ReportError
from cxlab.models.estimator import estimator
from cxlab.report.batch import index, manifest
from cxlab.report.formats import export, outputs, pdf, workbook
from cxlab.show.page import parts, tables
from cxlab.show.page.html import Html, note
from cxlab.show.page.pieces import Piece
from cxlab.study.codebook.brand import Brand, Logo
from tests.report.conftest import write_study
from tests.report.prepared import PAGE, executed, write, write_all

WORDS = {
    "en": {
        "page": "Page 2 of",
        "gaps": "Where do we fall short",
        "expectation": "Expectation",
        "suppressed": "suppressed",
        "source": "Source: ",
        "lang": "en-US",
    },
    "pt-BR": {
        "page": "Página 2 de",
        "gaps": "Onde ficamos abaixo da expectativa",
        "expectation": "Expectativa",
        "suppressed": "omitido",
        "source": "Fonte: ",
        "lang": "pt-BR",
    },
}


@pytest.fixture(scope="module")
def study():
    """120 respondents, one touchpoint that eight of them met."""
    made = cx.simulate_study(n=120, seed=4)
    frame = made.responses
    met = made.codebook.touchpoints[0]
    for column in (*met.expectation, *met.experience):
        frame.loc[frame.index[8:], column] = ""
    keys = made.codebook.model_dump(
        by_alias=True,
        exclude={
            "touchpoints",
            "outcomes",
            "responses",
            "client",
            "schema_",
            "personal_data",
            "comments",
            "events",
            "constructs",
        },
    )
    points = [point.model_dump() for point in made.codebook.touchpoints]
    outcomes = [outcome.model_dump() for outcome in made.codebook.outcomes]
    keys = {
        key: value
        for key, value in keys.items()
        if value not in (None, (), {}) and key not in ("schema", "include", "recode")
    }
    keys["scales"] = {
        name: {k: v for k, v in scale.items()} for name, scale in keys["scales"].items()
    }
    return cx.Study.from_frame(
        frame,
        points,
        outcomes,
        **{
            **keys,
            "client": "Loja & Cia",
            "title": {"en": "Customers 2026", "pt-BR": "Clientes 2026"},
        },
    )


@pytest.fixture(scope="module")
def made(study, tmp_path_factory):
    """Every format in both languages."""
    folder = tmp_path_factory.mktemp("formats")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, ",".join(export.FORMATS))
        for language in WORDS:
            write(folder / language, study, language, export.FORMATS)
        write(folder / "again", study, "en", export.FORMATS)
    return folder


@pytest.mark.parametrize("name", export.FORMATS)
def test_the_same_report_is_the_same_bytes(made, name):
    """Protects `--verify`: no date, no number drawn anew, no order of a set."""
    assert (made / "en" / f"report.en.{name}").read_bytes() == (
        made / "again" / f"report.en.{name}"
    ).read_bytes()


def test_other_hashes_give_the_same_bytes(tmp_path, monkeypatch):
    """Protects the same from the order of sets, which differs between two processes."""
    monkeypatch.setenv(parts.FORMATS, "pptx")
    script = (
        "import pathlib, sys, cxlab as cx\nfrom tests.report.prepared import"
        " write\nwrite(pathlib.Path(sys.argv[1]), cx.simulate_study(n=60, seed=1), 'pt-BR',"
        " ('html', 'pdf', 'xlsx', 'pptx'))"
    )
    other = {**os.environ, "PYTHONHASHSEED": "77"}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "other")],
        check=True,
        cwd=PAGE.parents[1],
        env=other,
    )
    write(tmp_path / "here", cx.simulate_study(n=60, seed=1), "pt-BR", export.FORMATS)
    assert [
        name
        for name in export.FORMATS
        if (tmp_path / "here" / f"report.pt-BR.{name}").read_bytes()
        != (tmp_path / "other" / f"report.pt-BR.{name}").read_bytes()
    ] == []


@pytest.mark.parametrize("language", WORDS)
def test_pdf_has_pages_heads_bookmarks_and_tags(made, language):
    """Protects whoever prints the report, and whoever has it read out."""
    held = pypdf.PdfReader(made / language / f"report.{language}.pdf")
    second = " ".join(held.pages[1].extract_text().split())
    assert WORDS[language]["page"] + f" {len(held.pages)}" in second
    assert (
        "Loja & Cia" in second
        and ("Customers 2026" if language == "en" else "Clientes 2026") in second
    )
    assert any(
        WORDS[language]["gaps"] in str(one.title)
        for one in held.outline
        if not isinstance(one, list)
    ) or WORDS[language]["gaps"] in str(held.outline)
    root = held.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == language and "/StructTreeRoot" in root
    assert b"pdfuaid" in root["/Metadata"].get_data()
    assert held.metadata.title.startswith("Loja & Cia")
    fonts = {
        font.get_object()["/BaseFont"]: font.get_object()
        for page in held.pages
        for font in page["/Resources"]["/Font"].values()
    }
    for font in fonts.values():
        inner = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner)
    assert WORDS[language]["expectation"] in "".join(page.extract_text() for page in held.pages), (
        "words inside figures are words"
    )
    assert "/JavaScript" not in str(root) and "/OpenAction" not in root


def test_pdf_figures_have_their_words(made):
    """Protects whoever hears the report: each picture in the tags has its alternative text."""
    held = pypdf.PdfReader(made / "en" / "report.en.pdf")
    told, waiting = [], [held.trailer["/Root"]["/StructTreeRoot"]]
    while waiting:
        node = waiting.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += [node["/K"]] if "/K" in node else []
            told += [str(node.get("/Alt"))] if node.get("/S") == "/Figure" else []
    pictures = [alt for alt in told if len(alt) > 40]
    assert len(pictures) == 2, told


@pytest.mark.parametrize("language", WORDS)
def test_workbook_holds_numbers_and_says_what_is_suppressed(made, study, language):
    """Protects whoever computes on: numbers are numbers, headings are words, a suppressed cell says
    so, nothing is a formula.
    """
    book = openpyxl.load_workbook(made / language / f"report.{language}.xlsx")
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    gaps = next(
        sheet
        for sheet in book
        if any(cell.value == WORDS[language]["expectation"] for cell in sheet[6])
    )
    heads = [cell.value for cell in gaps[6]]
    place = heads.index(WORDS[language]["expectation"])
    want = cx.Page(study)(cx.gap_scores).frame
    rows = list(gaps.iter_rows(min_row=7, values_only=True))
    for row, expected in zip(rows, want["expectation"], strict=True):
        assert row[place] == (
            WORDS[language]["suppressed"]
            if expected != expected
            else pytest.approx(expected, rel=1e-9)
        )
    assert (
        gaps.cell(7, place + 1).number_format == "0.00"
        or gaps.cell(8, place + 1).number_format == "0.00"
    )
    assert "10" in gaps["A3"].value and WORDS[language]["suppressed"] in gaps["A3"].value
    first, contents, *others = book.worksheets
    links = {
        sheet.title: {
            cell.value: cell.hyperlink.location
            for row in sheet.iter_rows()
            for cell in row
            if cell.hyperlink and cell.hyperlink.target is None
        }
        for sheet in book
    }
    there = [first.title, *(sheet.title for sheet in others)]
    assert links[contents.title] == {name: f"'{name}'!A1" for name in there}
    back = {f"← {contents.title}": f"'{contents.title}'!A1"}
    assert all(links[name] == back for name in there)
    assert any(cell.value == "Loja & Cia" for cell in contents["A"])


@pytest.mark.parametrize("language", WORDS)
def test_the_workbook_opens_with_the_answer(language, tmp_path):
    """Protects the reader of one minute: three figures, each with its change and its target, what
    is said of them and what to do, on the first sheet.
    """
    frame = pd.DataFrame(
        {"wave": [1] * 60 + [2] * 60, "q": [9] * 50 + [2] * 70, "shop": [4, 5] * 60}
    )
    outcomes = {"recommend": {"kind": "nps", "column": "q"}}
    keys = {"wave": "wave", "targets": {"recommend": 40}, "scales": {"s": {"min": 1, "max": 7}}}
    study = cx.Study.from_frame(frame, {"shop": "shop"}, outcomes, **keys)
    page = cx.Page(study, [language], seed=1)
    metrics, moved = page.latest(cx.metrics), page(cx.changes, "recommend")
    said = [page.say("messages", metrics=metrics), page(cx.experience_scores).table()]
    cards = metrics.cards([moved], page(cx.waves.against_targets), most=3, first="recommend")
    notebook = executed(page.cover(), page.section("bottom_line", cards, said))
    write_all(notebook, tmp_path, language=language, formats=("html", "xlsx"))
    sheet = openpyxl.load_workbook(tmp_path / f"report.{language}.xlsx").worksheets[0]
    rows = [[cell for cell in row if cell is not None] for row in sheet.values]
    row = next(row for row in rows if row and row[0] == page.words().name("recommend"))
    change = moved.frame.iloc[0]
    told = [metrics.frame["estimate"].iloc[0], change["estimate"], change["conf_low"], 40]
    assert [value for value in map(round, told) if value not in row] == []
    point = page.words().name("shop")
    assert [row[1] for row in rows if row and row[0] == point] == [4.5]


@pytest.mark.parametrize("language", WORDS)
def test_no_sheet_is_named_by_half_a_word(language):
    """Protects who looks for a sheet by its name: at most 31 characters, whole words, no two alike,
    no bracket left open.
    """
    titles = {
        "en": ["Would recommend: change from wave to wave", "What is associated with “Would do”"],
        "pt-BR": ["Satisfação: Satisfeitos (duas notas mais altas) por onda", "Recomendaria: NPS"],
    }
    taken: list[str] = []
    for title in titles[language] * 2:
        taken.append(workbook.sheet_name(f"{len(taken) + 1} {title}", taken))
    want = {
        "en": ["1 Would recommend – change from", "2 What is associated with"],
        "pt-BR": ["1 Satisfação – Satisfeitos", "2 Recomendaria – NPS"],
    }
    assert taken[:2] == want[language] and len({one.casefold() for one in taken}) == 4
    assert workbook.sheet_name("Antidisestablishmentarianism-like", []).endswith("…")
    assert workbook.sheet_name("Alike", ["ALIKE"]) == "Alike (2)"


@pytest.mark.parametrize("language", WORDS)
def test_slides_have_one_message_words_for_pictures_and_a_source(made, language):
    """Protects the meeting: a title that says something, a chart that can be heard, a footer that
    says who was asked.
    """
    show = Presentation(made / language / f"report.{language}.pptx")
    assert len(show.slides) >= 5
    charts = 0
    for number, slide in enumerate(show.slides):
        assert slide.shapes.title is not None and slide.shapes.title.text_frame.text.strip()
        ids = [shape.shape_id for shape in slide.shapes]
        assert len(set(ids)) == len(ids)
        feet = [s for s in slide.placeholders if s.placeholder_format.type == PP_PLACEHOLDER.FOOTER]
        if number:
            assert (
                WORDS[language]["source"] in feet[0].text_frame.text
                and "120" in feet[0].text_frame.text
            )
        for shape in slide.shapes:
            assert (
                shape.left >= 0
                and shape.left + shape.width <= show.slide_width
                and shape.top >= 0
                and shape.top + shape.height <= show.slide_height
            )
            assert shape.shape_type != MSO_SHAPE_TYPE.PICTURE
            if shape.has_chart:
                charts += 1
                assert len(shape._element.nvGraphicFramePr.cNvPr.get("descr")) > 40
                assert slide.shapes.title.text_frame.text.rstrip().endswith(".")
    assert charts == 2
    assert len([s for slide in show.slides for s in slide.shapes if s.has_table]) == 1
    assert WORDS[language]["lang"] in {
        run.font.language_id and run._r.rPr.get("lang")
        for slide in show.slides
        for p in slide.shapes.title.text_frame.paragraphs
        for run in p.runs
    }


def test_slides_that_would_have_no_pictures_are_refused(study, tmp_path, monkeypatch):
    """Protects against a deck of empty slides where the runner forgot to ask for pictures."""
    monkeypatch.delenv(parts.FORMATS, raising=False)
    with pytest.raises(
        ReportError,
        match=(
            "^the notebook ran without drawing pictures for slides; set the environment variable"
            " CXLAB_FORMATS to pptx before it runs$"
        ),
    ):
        write(tmp_path, study, "en", ("pptx",))


def test_formats_are_checked_before_anything_runs():
    """Protects an hour of work from a misspelt format."""
    assert (
        export.check_formats(["pptx", "html", "pptx"])
        == ("html", "pptx")
        == export.check_formats(["pptx"])
    )
    with pytest.raises(
        ReportError, match="^format 'docx': reports are written as html, pdf, xlsx, pptx$"
    ):
        export.check_formats(["docx"])


@pytest.fixture
def no_pango(monkeypatch):
    """A system that has WeasyPrint and lacks the library that it needs."""

    class NoPango:
        def find_spec(self, name, path=None, target=None):
            return spec_from_loader(name, self) if name == "weasyprint" else None

        def create_module(self, spec):
            return None

        def exec_module(self, module):
            raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])


def test_what_the_system_lacks_is_said_before_anything_runs(no_pango, tmp_path, capsys):
    """Protects an hour of work where Pango is not to be had: one line that says how to get it, exit
    code 2, and nothing was begun.
    """
    with pytest.raises(
        ReportError,
        match=(
            "^PDF needs Pango, a library of the system that is not here; install it .*apt-get"
            " install .*or leave pdf out of --formats$"
        ),
    ):
        pdf.check()
    study, out = write_study(tmp_path / "one"), tmp_path / "out"
    assert main(["report", str(study), "--out", str(out), "--formats", "html,pdf"]) == 2
    shown = capsys.readouterr()
    assert (
        shown.err.startswith(
            "cxlab: PDF needs Pango, a library of the system that is not here; install it"
        )
        and shown.err.count("\n") == 1
        and shown.out == ""
    )
    assert not out.exists()


def test_a_table_that_forgot_to_suppress_does_not_leave(study, tmp_path):
    """Protects three respondents from a notebook of one's own that shows results past its page."""
    for shown in (cx.table, cx.plot):
        told = (
            r"1 row\(s\) of 'Expectation and experience at each touchpoint' rest on fewer than 10"
            r" respondents; pass the estimator to page\(…\)$"
        )
        with pytest.raises(ReportError, match=told):
            bare = executed(shown(cx.gap_scores(study)))
            write_all(bare, tmp_path, formats=("html", "xlsx"))
        assert list(tmp_path.iterdir()) == []
    said = executed(cx.say(cx.nps(study)), cx.Page(study)(cx.gap_scores).table())
    assert write_all(said, tmp_path, formats=("html", "xlsx")).files[1:] == ["report.en.xlsx"]
    assert [part["kind"] for part in outputs.take_parts(said)] == ["text"]


def test_what_was_suppressed_is_told_to_the_manifest_and_the_list(study, tmp_path):
    """Protects the answer to "what was left out?": the tables with suppressed cells and how many;
    the consultant's list has the sum.
    """
    made = write(tmp_path, study)
    assert made.files == ["report.en.html"] and {one["table"] for one in made.suppressed} == {
        "Expectation and experience at each touchpoint",
        "Experience by touchpoint, with 95% intervals",
    }
    assert all(one["cells"] > 2 for one in made.suppressed)
    client = tmp_path / "out" / "loja"
    client.mkdir(parents=True)
    (client / "report.en.html").touch()
    manifest.note(
        client,
        "Loja",
        "en",
        {"outcome": "done"},
        {"files": {"report.en.html": ""}, "suppressed": made.suppressed},
    )
    index.write(client.parent, index.Look(), [])
    cells = sum(one["cells"] for one in made.suppressed)
    assert f"suppressed cells: {cells}<" in (client.parent / index.NAME).read_text(encoding="utf-8")


def test_what_was_refused_is_told_to_the_manifest_too(study, tmp_path):
    """Protects the same answer where a whole result is missing: which, under which heading, for the
    reason that the client read, once.
    """
    page = cx.Page(study, ["en"])
    refused = page(_refuse)
    shown = [
        page.section("gaps", refused.say(), refused.plot()),
        page.question("cost", page.points([page(cx.metrics).say(), refused.say()])),
        page.section("limits", page.limits()),
    ]
    notebook = executed(*shown)
    made = write_all(copy.deepcopy(notebook), tmp_path)
    why = "Not shown: 4 respondents are too few to show a result."
    headings = [
        part["title"]
        for part in outputs.take_parts(outputs.in_language(notebook, "en"))
        if part["kind"] in ("section", "heading")
    ]
    refusals = [one for one in made.suppressed if "refused" in one]
    assert refusals == [{"section": headings[0], "refused": why}]


@estimator("gap_scores")
def _refuse(study: cx.Study):
    raise cx.ModelError("4 respondents are too few to show a result; ask more")


def test_a_note_is_in_every_format(tmp_path, monkeypatch):
    """Protects the expert who reads slides: what stands in small type on the page is told to the
    speaker, without marks of direction.
    """
    monkeypatch.setenv(parts.FORMATS, "pptx")
    page = cx.Page(cx.simulate_study(n=60, seed=1), ["en"])
    words = note(["By least\u202e squares.", "On 60 answers."])
    noted = executed(page.section("gaps", page(cx.gap_scores).plot(), Piece(lambda _: words)))
    write_all(noted, tmp_path, formats=export.FORMATS)
    shown = (tmp_path / "report.en.html").read_text(encoding="utf-8")
    assert '<p class="note">By least squares. On 60 answers.</p>' in shown
    show = Presentation(tmp_path / "report.en.pptx")
    assert any(
        "By least squares.\nOn 60 answers." in slide.notes_slide.notes_text_frame.text
        for slide in show.slides
        if slide.has_notes_slide
    )


def test_text_that_looks_like_an_escape_stays_as_typed(tmp_path, monkeypatch):
    """Protects names such as `_x0041_`, which a spreadsheet would read as A; and slides hold
    nothing of the machine that their template was drawn on.
    """
    monkeypatch.setenv(parts.FORMATS, "pptx")
    name = "a_x0041_b _x00e9_"
    cover = {"kind": "cover", "client": name, "title": name, "facts": [name], "simulated": []}
    table = {
        "kind": "table",
        "title": name,
        "columns": [{"name": "level", "label": name}],
        "rows": [[name]],
        "kinds": [["text"]],
    }
    shown = executed(Html("<h1>x</h1>", [cover, table]))
    write_all(shown, tmp_path, title=name, formats=export.FORMATS, brand=Brand(footer=name))
    with zipfile.ZipFile(tmp_path / "report.en.xlsx") as archive:
        written = "".join(archive.read(part).decode() for part in archive.namelist())
    assert "_x005F_x0041_" in written and "_x005F_x00e9_" in written
    assert not re.search("(?<!_x005F)_x00(41|e9)_", written)
    with zipfile.ZipFile(tmp_path / "report.en.pptx") as archive:
        assert not [part for part in archive.namelist() if "printer" in part.casefold()]
        assert name in archive.read("ppt/slides/slide1.xml").decode()


@pytest.mark.parametrize("client", ["N" * 300, "R&D & " * 50])
def test_a_long_name_fails_no_format(client, tmp_path, monkeypatch):
    """Protects a client with a long name and a long title: what Office allows is kept, and the page
    tells all of it.
    """
    monkeypatch.setenv(parts.FORMATS, "pptx")
    shown = [
        Html(
            "<h1>x</h1>",
            [
                {
                    "kind": "cover",
                    "client": client,
                    "title": "T" * 300,
                    "facts": ["60 respondents"],
                    "simulated": [],
                }
            ],
        )
    ]
    table = cx.Page(cx.simulate_study(n=60, seed=1), ["en"])(cx.experience_scores).table()
    write_all(
        executed(*shown, table),
        tmp_path,
        title=f"{client} · {'T' * 300}",
        formats=export.FORMATS,
        brand=Brand(name="B" * 60),
    )
    assert len(Presentation(tmp_path / "report.en.pptx").core_properties.title) <= 255
    book = openpyxl.load_workbook(tmp_path / "report.en.xlsx")
    assert len(book.properties.title) <= 255 and any(
        cell.value == client.strip() for cell in book.worksheets[0]["A"]
    )
    with zipfile.ZipFile(tmp_path / "report.en.xlsx") as archive:
        feet = [
            foot
            for name in archive.namelist()
            for foot in re.findall(
                r"<oddFooter>(.*?)</oddFooter>",
                archive.read(name).decode() if name.endswith(".xml") else "",
            )
        ]
    feet = [html.unescape(foot) for foot in feet]
    assert len(feet) == 2 and all(
        len(foot) <= 255 and foot.endswith("&RPage &P of &N") and "…" in foot for foot in feet
    )
    assert all(
        set(re.findall("&+.", foot.removeprefix("&L").removesuffix("&RPage &P of &N")))
        <= {"&&D", "&& "}
        for foot in feet
    )


@pytest.mark.parametrize("language", WORDS)
def test_a_table_that_is_cut_for_a_slide_says_so(language, tmp_path, monkeypatch):
    """Protects a room from taking the first ten figures for all."""
    monkeypatch.setenv(parts.FORMATS, "pptx")
    page = cx.Page(cx.simulate_study(n=60, seed=1), [language])
    metrics = page(cx.metrics).frame.head(4)
    for count, said in ((3, False), (10, False), (12, True)):
        many = metrics.loc[[number % len(metrics) for number in range(count)]].reset_index(
            drop=True
        )
        cards = tables.cards(page.words(), many)
        shown = executed(page.section("metrics", Piece(lambda _, cards=cards: cards)))
        write_all(shown, tmp_path, language=language, formats=("html", "pptx"))
        words = " ".join(
            shape.text_frame.text
            for slide in Presentation(tmp_path / f"report.{language}.pptx").slides
            for shape in slide.shapes
            if shape.has_text_frame
        )
        assert (
            {
                "en": "The first 10 of 12 figures; the report holds the rest.",
                "pt-BR": "Os primeiros 10 de 12 números; o relatório traz os demais.",
            }[language]
            in words
        ) == said


def test_every_piece_says_the_same_in_html_and_as_data(study):
    """Protects workbook and slides from a piece that only the page shows."""
    page = cx.Page(study, ["en"])
    means, metrics, model = (
        page(one) for one in (cx.describe.servqual, cx.metrics, cx.fit_loyalty)
    )
    asked = page.question("cost", model.of("glance").say())
    section = page.section("limits", means.say(), page.points([metrics.say()]), asked, means.say())
    notebook = outputs.in_language(executed(section), "en")
    told = [part for part in outputs.take_parts(notebook) if not part.get("behind")]
    assert [part["kind"] for part in told] == ["section", "text", "text", "heading", "text"]
    page = notebook.cells[0].outputs[0].data["text/html"]
    assert page.count("<p>") == 1 and page.count("<li>") == len(told[2]["sentences"])
    for part in told:
        for words in part.get("sentences", [part.get("title")]):
            assert words in html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_every_format_wears_the_brand(study, tmp_path, monkeypatch):
    """Protects the consultant's name: logos, colours, fonts and footer are in page, PDF, workbook
    and slides.
    """
    monkeypatch.setenv(parts.FORMATS, "pptx")

    def logo(colour):
        Image.new("RGB", (80, 20), colour).save(held := io.BytesIO(), format="PNG")
        data = base64.b64encode(held.getvalue()).decode()
        return Logo(kind="png", data=data, width=80, height=20)

    brand = Brand(
        name="Norte",
        logo=logo("#7a1fa2"),
        client_logo=logo("#111111"),
        colours={"main": "#7a1fa2", "accent": "#005f30"},
        fonts={"text": "Verdana", "head": "Georgia"},
        footer="Só para a diretoria",
    )
    write(tmp_path, study, "pt-BR", export.FORMATS, brand=brand)
    page = (tmp_path / "report.pt-BR.html").read_text(encoding="utf-8")
    assert (
        "--blue: #7a1fa2;" in page
        and '--text: "Verdana", ' in page
        and 'alt="Norte"' in page
        and 'alt="Loja &amp; Cia"' in page
        and "<footer>Só para a diretoria</footer>" in page
    )
    first = pypdf.PdfReader(tmp_path / "report.pt-BR.pdf").pages[0]
    assert "Só para a diretoria" in first.extract_text() and len(first.images) == 2
    book = openpyxl.load_workbook(tmp_path / "report.pt-BR.xlsx")
    with zipfile.ZipFile(tmp_path / "report.pt-BR.xlsx") as archive:
        drawn = archive.read("xl/drawings/drawing1.xml").decode()
    assert re.findall('descr="(.*?)"', drawn) == ["Norte", "Loja &amp; Cia"]
    assert (
        len(book.worksheets[1]._images) == 2
        and book.worksheets[2]["A6"].fill.start_color.rgb == "FF7A1FA2"
        and book.worksheets[2]["A1"].font.name == "Georgia"
    )
    assert book.worksheets[1].oddFooter.left.text == "Só para a diretoria"
    show = Presentation(tmp_path / "report.pt-BR.pptx")
    logos = [one for one in show.slides[0].shapes if one.shape_type == MSO_SHAPE_TYPE.PICTURE]
    assert logos[0].left + logos[0].width < logos[1].left
    with zipfile.ZipFile(tmp_path / "report.pt-BR.pptx") as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
    assert '<a:accent1><a:srgbClr val="7A1FA2"/>' in theme and re.search(
        r'<a:majorFont>\s*<a:latin typeface="Georgia"', theme
    )
    assert all(
        "Só para a diretoria" in shape.text_frame.text
        for slide in show.slides
        for shape in slide.placeholders
        if shape.placeholder_format.type == PP_PLACEHOLDER.FOOTER
    )
