"""Charts on slides: what a client edits there is what the page printed, and Office opens it."""

from __future__ import annotations

import io
import json
import re
import zipfile

import openpyxl
import pytest
from lxml import etree
from matplotlib.colors import to_hex
from pptx import Presentation

import cxlab as cx
from cxlab.report.formats import chart_rows, charts, checks
from cxlab.show import kinds
from cxlab.show.page import parts
from cxlab.show.plot.chart import chart
from cxlab.show.plot.metrics import plot_waves
from cxlab.show.plot.style import BLUE, VERMILION, surface_shades
from cxlab.show.words.wording import Wording
from cxlab.study.codebook.brand import Brand
from cxlab.study.codebook.colours import figure_colours
from tests.report.prepared import executed, write, write_all

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
GREEN = {"main": "#1b6e3c", "accent": "#c2560c"}
# What Office wants in which order (ISO/IEC 29500-1, 21.2); it calls a file broken that has another.
ORDER = {
    "chartSpace": "date1904 lang roundedCorners chart spPr txPr externalData",
    "chart": "autoTitleDeleted plotArea legend plotVisOnly dispBlanksAs",
    "plotArea": "layout scatterChart barChart lineChart catAx valAx spPr",
    "scatterChart": "scatterStyle varyColors ser axId",
    "barChart": "barDir grouping varyColors ser gapWidth overlap axId",
    "lineChart": "grouping varyColors ser marker axId",
    "ser": ("idx order tx spPr invertIfNegative marker dPt dLbls errBars cat val xVal yVal smooth"),
    "dPt": "idx marker bubble3D",
    "marker": "symbol size spPr",
    "dLbls": (
        "dLbl numFmt spPr txPr dLblPos showLegendKey showVal showCatName showSerName showPercent"
        " showBubbleSize"
    ),
    "dLbl": (
        "idx tx spPr dLblPos showLegendKey showVal showCatName showSerName showPercent"
        " showBubbleSize"
    ),
    "errBars": "errDir errBarType errValType noEndCap plus minus spPr",
    "catAx": (
        "axId scaling delete axPos title numFmt majorTickMark minorTickMark tickLblPos spPr txPr"
        " crossAx crosses auto lblAlgn lblOffset noMultiLvlLbl"
    ),
    "valAx": (
        "axId scaling delete axPos majorGridlines title numFmt majorTickMark minorTickMark"
        " tickLblPos spPr txPr crossAx crosses crossBetween majorUnit"
    ),
    "scaling": "orientation max min",
    "legend": "legendPos legendEntry overlay txPr",
    "title": "tx overlay",
}


@pytest.fixture(scope="module")
def page():
    study = cx.simulate_study(n=150, seed=2)
    return cx.Page(study, ["en", "pt-BR"], seed=1, n_boot=50)


@pytest.fixture(scope="module")
def figures(page):
    """A chart of each kind, in both languages."""
    gaps, spread = page(cx.gap_scores), page(cx.distribution, "recommend")
    shares = page(cx.importance, page(cx.fit_loyalty))
    all_of = page(cx.metrics, "recommend")
    waves = page(cx.metrics, "recommend", by=page.splits[0])  # groups draw as waves do
    goal = waves.frame.tail(1).assign(target=40.0)
    drawn = {}
    for language in ("en", "pt-BR"):
        _ = page.words(language)
        drawn[language] = {
            "gaps": kinds.drawn(gaps.value, _, None, {}),
            "shares": kinds.drawn(shares.value, _, None, {}),
            "spread": kinds.drawn(spread.value, _, None, {"metric": all_of.value.head(1)}),
            "waves": plot_waves(_, waves.value, targets=goal),
        }
    return drawn


def native(picture, language: str = "en", size: tuple[float, float] = (12.0, 4.5)):
    """The XML of a picture's chart and its workbook."""
    made = charts.Native(picture.chart, size, language)
    return etree.fromstring(made.xml_bytes(None)), openpyxl.load_workbook(
        io.BytesIO(made.xlsx_blob)
    )


def numbers_of(chart: dict) -> list[float]:
    points = [one for row in chart["rows"] for one in row["points"] if one]
    return [one[end] for one in points for end in ("at", "low", "high") if one[end] is not None]


NAMES = ("gaps", "shares", "spread", "waves")


@pytest.mark.parametrize("name", NAMES)
def test_office_finds_every_element_where_it_looks_for_it(figures, name):
    """Protects a client from "PowerPoint found a problem with the content"."""
    tree, _book = native(figures["en"][name])
    seen = set()
    for element in tree.iter(f"{C}*"):
        kind = etree.QName(element).localname
        if kind in ORDER:
            places = [ORDER[kind].split().index(etree.QName(one).localname) for one in element]
            assert places == sorted(places), kind
            seen.add(kind)
    assert {"chartSpace", "plotArea", "ser", "valAx"} <= seen
    ids = [one.get("val") for one in tree.iter(f"{C}idx") if one.getparent().tag == f"{C}ser"]
    assert len({*ids}) == len(ids)


@pytest.mark.parametrize("name", NAMES)
def test_the_workbook_inside_holds_what_is_drawn(figures, name):
    """Protects who edits the numbers: each one stands where the chart looks for it, differences as
    formulas of what is beside them.
    """
    tree, book = native(figures["en"][name])
    sheet, found = book.active, 0
    for place in tree.iter(f"{C}f"):
        cells = re.fullmatch(r"Sheet1!(\$[A-Z]+\$\d+(?::\$[A-Z]+\$\d+)?)", place.text)[1]
        held = sheet[cells.replace("$", "")]
        held = [row[0].value for row in held] if isinstance(held, tuple) else [held.value]
        for point in place.getparent().iter(f"{C}pt"):
            value = held[int(point.get("idx"))]
            if isinstance(value, str) and value.startswith("="):
                parts_of = re.findall(r"[A-Z]+\d+|-", value)
                terms = [sheet[one].value for one in parts_of if one != "-"]
                value = round(terms[0] - sum(terms[1:]), 4)
            drawn = point[0].text
            assert drawn == value if isinstance(value, str) else float(drawn) == value, place.text
            found += 1
    assert found > 10
    printed = {row["label"] for row in figures["en"][name].chart["rows"]}
    assert printed <= {cell.value for cell in sheet["A"]}


@pytest.mark.parametrize(
    ("language", "heads", "gap"),
    [
        ("en", ("Expectation", "Experience"), "Expectation plus the interval of the gap: Low"),
        (
            "pt-BR",
            ("Expectativa", "Experiência"),
            "Expectativa mais o intervalo da lacuna: Inferior",
        ),
    ],
)
def test_columns_inside_a_chart_say_what_reaches(figures, language, heads, gap):
    """Protects who opens the numbers: the gap's interval is not called one of the experience, nor
    the line between two dots an interval.
    """
    _tree, book = native(figures[language]["gaps"], language)
    named = [cell.value or "" for cell in book.active[1]]
    assert gap in named and {*heads} <= {*named}
    low, high = (Wording(language).heading(key) for key in ("conf_low", "conf_high"))
    assert not {f"{of}: {end}" for of in heads for end in (low, high)} & {*named}
    shares = [cell.value for cell in native(figures[language]["shares"], language)[1].active[1]]
    assert any(str(one).endswith(f": {low}") for one in shares)


def test_intervals_are_seen_in_every_office_program(figures):
    """Protects the interval: of columns and lines as error bars, of dots, to whose side LibreOffice
    draws none, as segments from end to end.
    """
    tree, _book = native(figures["en"]["waves"])
    rows = figures["en"]["waves"].chart["rows"]
    for end, sign in (("plus", 1), ("minus", -1)):
        far = [float(one.text) for one in tree.find(f".//{C}errBars/{C}{end}").iter(f"{C}v")]
        points = [row["points"][0] for row in rows]
        edge = "high" if sign > 0 else "low"
        assert far == [pytest.approx(sign * (one[edge] - one["at"])) for one in points]
    tree, _book = native(figures["en"]["shares"])
    first = next(tree.iter(f"{C}ser"))
    ends = [float(one.text) for one in first.find(f"{C}xVal").iter(f"{C}v")]
    rows = figures["en"]["shares"].chart["rows"]
    assert ends == [one["points"][0][end] for one in rows for end in ("low", "high", "high")]
    gaps = [int(one.get("idx")) % 3 for one in first.find(f"{C}yVal").iter(f"{C}pt")]
    assert set(gaps) == {0, 1}


def test_a_chart_speaks_the_report_s_language(figures):
    """Protects a decimal comma: words as they are printed, and axes of which LibreOffice is told
    the language.
    """
    tree, _book = native(figures["pt-BR"]["gaps"], "pt-BR")
    assert tree.find(f"{C}lang").get("val") == "pt-BR"
    text = " ".join(one.text for one in tree.iter() if etree.QName(one).localname == "t")
    assert re.search(r"[−+]\d,\d", text) and not re.search(r"\d\.\d", text)
    formats = {one.get("formatCode") for one in tree.iter(f"{C}numFmt")} - {"General"}
    assert formats == {'[$-416]#,##0.0;[$-416]"−"#,##0.0;[$-416]#,##0.0'}
    assert "Expectativa" in {one.text for one in tree.iter(f"{C}v")}


@pytest.mark.parametrize(
    ("ticks", "written"),
    [
        (("1,200", "1,400"), "#,##0"),  # thousands are no decimals
        (("R$ 1.200", "R$ 1.400"), "#,##0"),
        (("+0,25", "0"), "+#,##0.00"),
        (("10%", "20%"), "#,##0%"),
        (("10\xa0%", "20\xa0%"), '#,##0"\xa0"%'),
        (("3.5 points", "4.0 points"), "#,##0.0"),
    ],
)
def test_numbers_of_an_axis_have_the_digits_of_the_picture(ticks, written):
    """Protects an axis from "1.200" read as one and two tenths."""
    words = dict(enumerate(ticks))
    made = chart("lines", [], (0.0, 1.0), lambda one: words[int(one)], at=[0, 1])
    assert made["format"].partition(";")[0] == written


def test_a_chart_holds_no_more_digits_than_the_page(figures):
    """Protects respondents: what is stored is what is printed, in the workbook inside too."""
    for picture in figures["en"].values():
        numbers = numbers_of(picture.chart)
        assert numbers and all(round(one, 2) == one for one in numbers)
    assert all(one == round(one) for one in numbers_of(figures["en"]["waves"].chart))


def test_a_chart_that_forgot_to_round_does_not_leave_where_answers_are_protected(figures):
    """Protects single answers from a notebook that shows results past its page."""
    part = parts.of_picture(figures["en"]["gaps"]) | {"chart": figures["en"]["gaps"].chart}
    coarse = json.loads(json.dumps(part["chart"]), parse_float=lambda one: round(float(one), 1))
    bare = part | {"data": None}
    (told,) = checks.part_problems([bare], 10, "answers")
    assert re.match(r"\d+ number\(s\) of the chart 'Expectation and experience at each", told)
    assert [*checks.part_problems([bare], 10)] == []
    assert [*checks.part_problems([bare | {"chart": coarse}], 10, "answers")] == []


def test_words_of_a_chart_are_looked_through(figures):
    """Protects a respondent whose name came into a label."""
    chart = figures["en"]["gaps"].chart
    rows = [chart["rows"][0] | {"label": "Maria Quintana"}, *chart["rows"][1:]]
    words = "\n".join(checks.part_words([{"kind": "figure", "chart": chart | {"rows": rows}}]))
    assert [*checks.text_problems(words, {"name": ["Maria Quintana"]}, ())]


def long(count: int, headings: tuple[int, ...] = (), falling: bool = False) -> dict:
    rows = [
        {
            "label": f"row {at}",
            "value": "",
            "heading": at in headings,
            "points": [None if at in headings else {"at": -at if falling else at % 7}],
        }
        for at in range(count)
    ]
    return {"kind": "dots", "names": [""], "rows": rows}


def test_many_rows_are_read_in_two_columns_or_cut_where_they_are_ranked():
    """Protects the last row of a room: at most 16 rows beside each other's names, and what is left
    out is counted.
    """
    others = "others ({count} more in the report)"
    assert len(chart_rows.columns_of(long(16), others)) == 1
    left, right = chart_rows.columns_of(long(24, headings=(0, 10, 20)), others)
    assert left["rows"][9]["label"] == "row 9" and right["rows"][0]["label"] == "row 10"
    assert len(left["rows"]) == len(right["rows"]) == 14  # padded, so that rows stand level
    (cut,) = chart_rows.columns_of(long(24, falling=True), others)
    assert len(cut["rows"]) == 9
    assert cut["rows"][-1]["label"] == "others (16 more in the report)"
    left, right = chart_rows.columns_of(long(40), others)
    assert len(left["rows"]) == len(right["rows"]) == 16
    assert right["rows"][-1]["label"] == "others (9 more in the report)"


@pytest.fixture(scope="module")
def deck(page, tmp_path_factory):
    """Slides of a small report in a green brand."""
    folder, brand = tmp_path_factory.mktemp("deck"), Brand(colours=GREEN)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, "html,pptx")
        patch.setenv(parts.COLOURS, json.dumps(figure_colours(*GREEN.values())))
        write(folder, page.study, "pt-BR", ("html", "pptx"), brand=brand)
    return folder


def test_slides_hold_charts_in_the_brand_s_colours_with_words_and_notes(deck):
    """Protects the meeting: a chart that can be edited and heard, with n and source told to the
    speaker.
    """
    show = Presentation(deck / "report.pt-BR.pptx")
    shown = [(slide, shape) for slide in show.slides for shape in slide.shapes if shape.has_chart]
    assert len(shown) == 2
    for slide, shape in shown:
        assert len(shape._element.nvGraphicFramePr.cNvPr.get("descr")) > 40
        notes = slide.notes_slide.notes_text_frame.text
        assert "n = " in notes and "Fonte: " in notes
        assert slide.shapes.title.text_frame.text.rstrip().endswith(".")
        assert len(shape.chart.part.chart_workbook.xlsx_part.blob) > 1000
    with zipfile.ZipFile(deck / "report.pt-BR.pptx") as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode()
        held = archive.read("ppt/charts/chart1.xml").decode()
        names = archive.namelist()
        (first, *_more) = [name for name in names if name.endswith(".xlsx")]
        inside = zipfile.ZipFile(io.BytesIO(archive.read(first)))
    assert '<a:accent1><a:srgbClr val="1B6E3C"/>' in theme and '"accent1"' in held
    assert not re.search("C0FFE", theme)
    # Made on no day: the workbook inside is the same tomorrow.
    assert b"1980-01-01T00:00:00Z" in inside.read("docProps/core.xml")
    assert {one.date_time for one in inside.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert not any(name.startswith("ppt/media") for name in names)  # nothing in pixels


def test_figures_of_a_page_wear_the_brand(page, monkeypatch):
    """Protects the brand in HTML and PDF: a drawn figure has none of our own colours, nor has a
    surface.
    """
    gaps = kinds.drawn(page(cx.gap_scores).value, Wording(), None, {})
    assert {BLUE, VERMILION} <= set(re.findall("#[0-9a-f]{6}", gaps.titled("a").svg()))
    colours = figure_colours("#b3261e", "#c2560c")
    monkeypatch.setenv(parts.COLOURS, json.dumps(colours))
    worn = set(re.findall("#[0-9a-f]{6}", gaps.titled("b").svg()))
    assert not {BLUE, VERMILION} & worn and {"#b3261e", "#1f70b8"} <= worn
    assert [to_hex(surface_shades()(end)) for end in (0.0, 1.0)] == [
        colours["surface"][at] for at in (0, -1)
    ]


def test_what_a_figure_has_said_is_no_slide_again(page, tmp_path, monkeypatch):
    """Protects the room from one message twice; a figure of the appendix that shows what a section
    says takes the place of its words.
    """
    monkeypatch.setenv(parts.FORMATS, "html,pptx")
    gaps, scores = page(cx.gap_scores), page(cx.experience_scores)
    pieces = [
        page.section("gaps", gaps.plot()),
        page.section("journey", gaps.say()),
        page.section("experience", scores.say()),
    ]
    shown = executed(*pieces, page.appendix(), page.section("spread", scores.plot()))
    page.is_behind = False
    write_all(shown, tmp_path, formats=("html", "pptx"))
    slides = [*Presentation(tmp_path / "report.en.pptx").slides][1:]
    charts_on = [[one for one in slide.shapes if one.has_chart] for slide in slides]
    assert len(slides) == 2 and all(charts_on)
    said = gaps.say().worded(page.words("en")).parts[0]["sentences"]
    assert said[0] == slides[0].shapes.title.text_frame.text
    assert all(one in slides[0].notes_slide.notes_text_frame.text for one in said[1:])
