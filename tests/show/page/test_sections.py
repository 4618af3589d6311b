"""Which sections a report has, in which order, with which commentary, and what is set apart for the
owner of a touchpoint: said in study.yml, kept by every format.
"""

from __future__ import annotations

import html
import io
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest
from pptx import Presentation

import cxlab as cx
from cxlab.errors import ReportError, StudyError
from tests.report.prepared import executed, write_all

EVERY = ("html", "pdf", "xlsx", "pptx")
NOTE = """The network was **rebuilt** in May; see [the plan](javascript:alert(1)).

- Ask again <b>in September</b>
- `code` stays *code*
"""


@pytest.fixture
def study(tmp_path):
    """A study with something under `report:`."""
    cx.write_study(cx.simulate_study(300, seed=4, design="telecom"), tmp_path / "study")
    file = tmp_path / "study" / "study.yml"
    text = file.read_text(encoding="utf-8")

    def declared(**keys):
        lines = "".join(f"  {key}: {value}\n" for key, value in keys.items())
        file.write_text(text.replace("report:\n", "report:\n" + lines), encoding="utf-8")
        return cx.read_study(tmp_path / "study")

    declared.folder = tmp_path / "study"
    return declared


def shown(page):
    gaps, metrics = page(cx.gap_scores), page(cx.metrics)
    return [
        page.cover(),
        page.section("metrics", metrics.cards()),
        page.more(metrics.say()),
        page.section("gaps", gaps.say(), gaps.plot()),
        page.section("journey", page(cx.experience_scores).plot()),
        page.appendix(),
        page.section("gap_matters", page(cx.experience_scores).table()),
        page.section("limits", page.limits()),
    ]


def report(study, folder, formats=("html",), language="en"):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXLAB_FORMATS", ",".join(formats))
        notebook = executed(*shown(cx.Page(study, [language], seed=1)))
    write_all(notebook, folder, formats=formats, language=language)
    return folder


def ids(folder, language="en"):
    return re.findall(
        r'<h2[^>]* id="(\w+)"', (folder / f"report.{language}.html").read_text("utf-8")
    )


def test_sections_stand_as_the_notebook_has_them_unless_study_yml_says_otherwise(study, tmp_path):
    assert ids(report(study(), tmp_path)) == [
        *("metrics", "gaps", "journey", "appendix", "gap_matters", "limits")
    ]


def test_study_yml_chooses_and_orders_sections_in_every_format(study, tmp_path):
    """The appendix stays: it is hidden by name."""
    folder = report(study(sections="[journey, gaps]"), tmp_path, EVERY)
    assert ids(folder) == ["journey", "gaps", "appendix", "gap_matters", "limits"]
    page = (folder / "report.en.html").read_text("utf-8")
    assert "cards" not in re.sub("<style>.*?</style>", "", page, flags=re.DOTALL)
    titles = ["The journey at a glance", "Where do we fall short", "How we tested"]
    text = " ".join(
        " ".join(
            one.extract_text() for one in pypdf.PdfReader(folder / "report.en.pdf").pages
        ).split()
    )
    places = [text.index(one) for one in titles]
    assert places == sorted(places) and "How loyal" not in text
    slides = [
        shape.text_frame.text
        for slide in Presentation(folder / "report.en.pptx").slides
        for shape in slide.shapes
        if shape.has_text_frame
    ]
    kickers = [one for one in slides if one.startswith(tuple(titles))]
    assert [one[:9] for one in kickers] == [one[:9] for one in titles[:2]]
    sheets = openpyxl.load_workbook(folder / "report.en.xlsx").sheetnames
    assert not any("Headline" in one for one in sheets)


@pytest.mark.parametrize("hidden", ["gaps", "limits"])
def test_a_hidden_section_takes_along_what_goes_on_with_it(study, tmp_path, hidden):
    assert hidden not in ids(report(study(hide=f"[{hidden}]"), tmp_path))


def test_the_appendix_may_be_left_out_whole(study, tmp_path):
    assert ids(report(study(hide="[appendix]"), tmp_path)) == ["metrics", "gaps", "journey"]


def test_a_page_refuses_sections_that_there_are_not(study):
    with pytest.raises(ReportError, match="there is no section 'gap'"):
        cx.Page(study(hide="[gap]"))


def test_a_section_of_a_template_of_ones_own_is_placed_hidden_and_commented_like_the_others(
    study, tmp_path
):
    """Once study.yml names it; where it does not place it, it stays where the notebook has it."""
    (study.folder / "notes").mkdir()
    (study.folder / "notes" / "moments.en.md").write_text(NOTE, encoding="utf-8")
    with pytest.raises(ReportError, match="there is no section .moments."):
        cx.Page(study())

    def sections(**keys):
        page = cx.Page(study(own="[moments]", **keys), ["en"], seed=1)
        scores = page(cx.experience_scores)
        usual = page.section("journey", scores.table())
        own = page.section("moments", scores.table(), title={"en": "Moments"})
        write_all(executed(page.cover(), usual, own), tmp_path, formats=("html",), language="en")
        return ids(tmp_path)

    assert sections() == ["journey", "moments"]
    text = (tmp_path / "report.en.html").read_text("utf-8")
    assert text.index("Moments</h2>") < text.index("<strong>rebuilt</strong>")
    assert sections(sections="[moments, journey]") == ["moments", "journey"]
    assert sections(sections="[journey]") == ["journey", "moments"]
    assert sections(hide="[moments]") == ["journey"]


@pytest.mark.parametrize("language", ["en", "pt-BR"])
def test_a_note_stands_in_its_section_in_every_format_and_is_no_markup(study, tmp_path, language):
    (study.folder / "notes").mkdir()
    (study.folder / "notes" / f"gaps.{language}.md").write_text(NOTE, encoding="utf-8")
    folder = report(study(), tmp_path, EVERY, language)
    page = (folder / f"report.{language}.html").read_text("utf-8")
    start = page.index('<div class="commentary">')
    assert page.rindex("<h2 ", 0, start) == page.index('<h2 id="gaps"')
    note = page[start : page.index("</div>", start)]
    assert "<strong>rebuilt</strong> in May; see the plan." in note
    assert "<li>Ask again &lt;b&gt;in September&lt;/b&gt;</li>" in note
    assert "<li>code stays <em>code</em></li>" in note
    assert "javascript" not in page
    said = "The network was rebuilt in May; see the plan."
    pdf = pypdf.PdfReader(folder / f"report.{language}.pdf").pages
    assert said in " ".join(" ".join(one.extract_text() for one in pdf).split())
    slides = zipfile.ZipFile(io.BytesIO((folder / f"report.{language}.pptx").read_bytes()))
    assert any(said.encode() in slides.read(one) for one in slides.namelist() if "slides/" in one)
    book = openpyxl.load_workbook(folder / f"report.{language}.xlsx")
    assert any(cell.value == said for sheet in book for row in sheet for cell in row)


def test_a_note_in_the_other_language_is_not_shown(study, tmp_path):
    (study.folder / "notes").mkdir()
    (study.folder / "notes" / "gaps.en.md").write_text(NOTE, encoding="utf-8")
    folder = report(study(), tmp_path, language="pt-BR")
    assert "commentary" not in (folder / "report.pt-BR.html").read_text("utf-8").split("<body>")[1]


# What the pages of owners estimate.
ASK = {
    "by": cx.experience_scores,
    "spread": cx.describe.rating_distribution,
    "quotes": cx.comments.verbatims,
    "metrics": cx.metrics,
    "differences": cx.journey.experience_differences,
}


def test_an_owner_has_a_page_for_a_touchpoint_with_what_was_taken_in_hand(study):
    study.folder.joinpath("actions.csv").write_text(
        "touchpoint,what,who,due\nnetwork,New antennas,Ana,2026-09-30\n", encoding="utf-8"
    )
    held = study(owners="true")
    file = study.folder / "study.yml"
    file.write_text(file.read_text("utf-8") + "actions: actions.csv\n", encoding="utf-8")
    assert held.codebook.report.owners
    page = cx.Page(cx.read_study(study.folder), ["en", "pt-BR"], seed=1, n_boot=100)
    fit = page(cx.fit_loyalty)
    figures = dict(scores=page(cx.experience_scores), gaps=page(cx.gap_scores))
    figures |= dict(shares=page(cx.importance, fit), effects=page(cx.effects, fit))
    told = page.owners(**figures, **ASK)
    shown = told.worded(page.words("en"))
    points = [one for one in page.study.codebook.touchpoints if one.experience]
    assert [one["id"] for one in shown.parts if one["kind"] == "section"] == [
        f"owner_{one.id}" for one in points
    ]
    start = str(shown).index('id="owner_network"')
    network = str(shown)[start : str(shown).index("<h2", start)]
    row = figures["scores"].frame.set_index("touchpoint").loc["network"]
    assert f"{row['experience']:.2f}" in network and "New antennas" in network
    assert "30 September 2026" in network and "By “Plan”" in network
    assert "30 de setembro de 2026" in str(told.worded(page.words("pt-BR")))
    # Figures stand at one height: what each is counted in follows it.
    assert network.count('"kind"></span><span class="figure">') == network.count('"figure"') == 4


def test_without_being_asked_for_there_is_no_page_for_owners(study):
    page = cx.Page(study(), seed=1)
    scores = page(cx.experience_scores)
    told = page.owners(scores, scores, scores, scores, **ASK)
    assert not told.worded(page.words())


def test_a_comment_about_a_touchpoint_stands_on_its_owners_page(study):
    """Protects an owner who looks for what customers wrote of the touchpoint, and a reader from the
    same comments twice.
    """
    study(owners="true")
    file = study.folder / "study.yml"
    file.write_text(file.read_text("utf-8").replace("about: recommend", "about: network"), "utf-8")
    page = cx.Page(cx.read_study(study.folder), ["en"], seed=1, n_boot=100)
    (name,) = page.study.codebook.comments
    scores = page(cx.experience_scores)
    refused = page(cx.gap_scores, by="nothing")
    told = page.owners(scores, refused, refused, refused, **ASK).worded(page.words("en"))
    start = str(told).index('id="owner_network"')
    network = str(told)[start : str(told).index("<h2", start)]
    drawn = page(cx.comments.verbatims, name).frame["text"].dropna()
    assert len(drawn) and all(one in network for one in map(html.escape, drawn))
    assert str(told).count("<blockquote") == len(drawn) and page.comments == []


@pytest.fixture(scope="module")
def accounts() -> pd.DataFrame:
    """Answers of three accounts of 40, one of 12 and one of 5."""
    sizes = {"Alfa": 40, "Beta": 40, "Gama": 40, "Delta": 12, "Zeta": 5}
    names = [name for name, size in sizes.items() for _ in range(size)]
    rng = np.random.default_rng(3)
    shop = rng.integers(4, 8, len(names)) - 3 * (np.array(names) == "Beta")
    nps = rng.integers(5, 11, len(names))
    frame = pd.DataFrame({"account": names, "shop": shop, "web": shop[::-1], "nps": nps})
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def test_an_owner_has_no_table_in_which_nothing_stands(accounts):
    """Protects an owner from the groups of a split of which none may be shown."""
    frame = accounts.assign(side=["a"] * 5 + ["b"] * (len(accounts) - 5), half="x")
    frame.loc[::2, "half"] = "y"
    keys = {"scales": {"s": {"min": 1, "max": 7}}, "segments": ["side", "half"]}
    keys["report"] = {"owners": ["touchpoints"], "min_cell": 10}
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    page = cx.Page(cx.Study.from_frame(frame, {"shop": "shop"}, outcomes, **keys), ["en"], seed=1)
    scores, refused = page(cx.experience_scores), page(cx.gap_scores)
    told = str(page.owners(scores, refused, refused, refused, **ASK).worded(page.words("en")))
    assert "By “half”" in told and "By “side”" not in told


@pytest.mark.parametrize("protect", ["groups", "answers"])
def test_an_account_has_a_page_beside_all_others_where_it_may_be_shown(accounts, protect):
    """Protects a small account, and an owner who looks for its own: n, outcome and scores beside
    all other customers' as the page discloses them, the others counted with the reason.
    """
    keys = {"scales": {"s": {"min": 1, "max": 7}}, "account": "account"}
    keys["report"] = {"owners": ["accounts"], "protect": protect, "min_cell": 10}
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    study = cx.Study.from_frame(accounts, {"shop": "shop", "web": "web"}, outcomes, **keys)
    page = cx.Page(study, ["en"], seed=1, n_boot=100)
    scores = page(cx.experience_scores)
    told = page.owners(scores, scores, scores, scores, **ASK).worded(page.words("en"))
    named = [one["title"] for one in told.parts if one["kind"] == "section"]
    cells = page(cx.journey.experience_differences, "account").frame
    shown = cells.dropna(subset=["experience"])
    metrics = page(cx.metrics, by="account").frame.dropna(subset=["estimate"])
    told_of, all_of_them = {*shown["level"], *metrics["level"]}, page.study.levels("account")
    want = [one for one in all_of_them if one in told_of]
    assert named[:-1] == want and {"Alfa", "Beta", "Gama"} <= {*want} and "Zeta" not in str(told)
    assert f"{5 - len(want)} of 5 accounts have no page" in str(told)
    beta = shown.set_index(["level", "touchpoint"]).loc[("Beta", "shop")]
    text = str(told).partition("Beta</h2>")[2].partition("<h2")[0]
    digits = 1 if protect == "answers" else 2
    assert f"{beta['experience']:.{digits}f}" in text and "significant differences" in text
    assert all(n % 5 == 0 for n in shown["n"]) or protect == "groups"


def test_pages_of_accounts_need_accounts(study):
    with pytest.raises(StudyError, match="owners: accounts needs account:"):
        study(owners="[accounts]")
