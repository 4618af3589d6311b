"""What people see of a report in a real browser: it asks nothing of the network, fits a phone, and
prints on paper.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

import cxlab as cx
from tests.browser.conftest import keep


@pytest.fixture(scope="module")
def hostile_report(root, tmp_path_factory):
    """A report whose labels and client are hostile."""
    out, hostile = tmp_path_factory.mktemp("reports"), tmp_path_factory.mktemp("study") / "hostile"
    shutil.copytree(root / "data" / "quadrante", hostile)
    yml = (hostile / "study.yml").read_text(encoding="utf-8")
    name = "<script>document.title='owned'</script><img src=x onerror=alert(1)> $x_1$"
    (hostile / "study.yml").write_text(
        yml.replace("client: Quadrante Software", f'client: "{name}"'), encoding="utf-8"
    )
    points = (hostile / "touchpoints.csv").read_text(encoding="utf-8").splitlines()
    cells = points[1].split(",")
    cells[1] = cells[2] = (
        "<script>document.title='owned'</script><a href='javascript:alert(1)'>x</a> $\\frac{1}{0}$"
    )
    (hostile / "touchpoints.csv").write_text(
        "\n".join([points[0], ",".join(cells), *points[2:]]) + "\n", encoding="utf-8"
    )
    (made,) = cx.render_studies([hostile], out, ["en"], cold=True).to_dict("records")
    assert made["status"] == "done", made["problem"]
    return out / made["file"]


@pytest.fixture
def opened(browser):
    """Open a page of given width; the requests it made and what its console said come with it."""
    pages = []

    def opened(path: Path, width: int):
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
        pages.append(page)
        return page, [url for url in asked if not url.startswith(("data:", path.as_uri()))], said

    yield opened
    for page in pages:
        page.close()


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("width", [1200, 400])
def test_report_asks_nothing_fits_and_speaks(sample_reports, opened, language, width):
    page, asked, said = opened(sample_reports / "aurora" / f"report.{language}.html", width)
    assert asked == [] and said == []
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    images = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.alt, i.naturalWidth, i.clientWidth])"
    )
    assert len(images) >= 7
    assert all(
        len(alt) > 40 and natural > 0 and 0 < shown <= width for alt, natural, shown in images
    )
    body = page.inner_text("body")
    assert (
        ("4,5" in body or "intervalo de 95%" in body)
        if language == "pt-BR"
        else "95% interval" in body
    )
    assert "import cxlab" not in body and "nan" not in body.lower().split()
    if language == "pt-BR" and width == 1200:
        keep(page, "report", clip={"x": 100, "y": 0, "width": 1000, "height": 1150}, full_page=True)


def test_report_prints_on_paper(sample_reports, opened, tmp_path):
    page, _, _ = opened(sample_reports / "aurora" / "report.pt-BR.html", 1200)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    data = (tmp_path / "report.pdf").read_bytes()
    assert (
        4
        <= data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") + data.count(b"/Type /Page/")
        <= 20
    )


# A4 less the margins of the page's style, in CSS pixels.
PAPER = {"width": 665, "height": 979}
ANSWER = """() => {
  const box = document.querySelector('#gaps, #experience').closest('.cx').getBoundingClientRect();
  return [box.width, box.height];
}"""


def answer_on_paper(browser, report: Path) -> tuple[float, float]:
    """Width and height that the section on the gap takes in print."""
    page = browser.new_page(viewport=PAPER)
    page.emulate_media(media="print")
    page.goto(report.as_uri())
    size = page.evaluate(ANSWER)
    page.close()
    return size


def test_the_answer_on_the_gap_is_one_printed_page(sample_reports, browser):
    reports = sorted(sample_reports.glob("*/report.*.html"))
    assert len(reports) == 10
    for report in reports:
        width, height = answer_on_paper(browser, report)
        assert width <= PAPER["width"] and 300 < height <= PAPER["height"], report.parent.name


@pytest.mark.slow
def test_so_it_is_for_the_real_surveys(browser, real_reports):
    reports = sorted(real_reports.glob("*/report.*.html"))
    assert len(reports) == 4
    for report in reports:
        width, height = answer_on_paper(browser, report)
        assert width <= PAPER["width"] and 300 < height <= PAPER["height"], report.parent.name


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("client", ["aurora", "ipe", "jatoba", "pitanga", "quadrante"])
def test_page_one_is_the_answer_and_the_body_is_short(
    sample_reports, opened, tmp_path, client, language
):
    """Protects a director with ten minutes: figures, messages, what to do next and the map on the
    first printed page, the rest but for the appendix on seven more, in 1,500 words at most.
    """
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler's pdftotext is not here")
    page, _, _ = opened(sample_reports / client / f"report.{language}.html", 1200)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    sheets = [" ".join(one.split()) for one in printed(tmp_path / "report.pdf").split("\f")]
    heads = [page.locator(f"#{name}").inner_text() for name in ("journey", "appendix")]
    at = [next(n for n, sheet in enumerate(sheets, 1) if one in sheet) for one in heads]
    assert at[0] == 2 and at[1] <= 9
    words = page.locator("body").inner_text().partition(heads[1])[0].split()
    assert len(words) < 1_500


# Texts of the pictures of a page that lie over each other, or run out of their picture, in pixels;
# a box is some pixels higher than what is written in it.
LABELS = """sources => {
  document.body.innerHTML = sources.join('');
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim());
    const boxes = texts.map(one => one.getBoundingClientRect()), edge = svg.getBoundingClientRect();
    boxes.forEach((a, i) => {
      if (a.left < edge.left - 1 || a.right > edge.right + 1) found.push([texts[i].textContent]);
      boxes.slice(0, i).forEach((b, j) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 2 && high > 5) found.push([texts[j].textContent, texts[i].textContent]);
      });
    });
  }
  return found;
}"""
PICTURES = """name => [...document.querySelectorAll('picture')].map(one => {
  const held = one.querySelector(name === 'srcset' ? 'source' : 'img')[name];
  const bytes = Uint8Array.from(atob(held.split(',')[1]), letter => letter.charCodeAt(0));
  const text = new TextDecoder().decode(bytes);
  return text.slice(text.indexOf('<svg'));
})"""
SIDEWAYS = """all => all.filter(one => one.scrollWidth > one.clientWidth + 1).length"""


@pytest.mark.parametrize("language", ["en", "pt-BR"])
@pytest.mark.parametrize("client", ["aurora", "ipe", "jatoba", "pitanga", "quadrante"])
def test_no_label_lies_over_another(sample_reports, opened, browser, client, language):
    """Protects readers on a telephone (390 pixels) and at a desk: in no picture does a text cover
    another or run out of it, the page is no wider than the screen, and nothing of the first page
    scrolls sideways.
    """
    for width, room, name in ((390, 358, "srcset"), (1200, 736, "src")):
        page, _, _ = opened(sample_reports / client / f"report.{language}.html", width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.eval_on_selector_all(".cx:has(> #bottom_line) .table", SIDEWAYS) == 0
        pictures = page.evaluate(PICTURES, name)
        bare = browser.new_page(viewport={"width": room, "height": 800})
        bare.set_content("<style>body{margin:0} svg{width:100%;height:auto;display:block}</style>")
        found = bare.evaluate(LABELS, pictures)
        bare.close()
        assert len(pictures) >= 7 and found == [], (width, found)


def printed(file):
    return subprocess.run(
        ["pdftotext", file, "-"], capture_output=True, text=True, check=True
    ).stdout


def test_hostile_labels_are_dead_text(hostile_report, opened):
    page, asked, _ = opened(hostile_report, 1000)
    assert asked == []
    assert page.title() != "owned"
    assert (
        page.eval_on_selector_all(
            "script, [onerror], a[href^='javascript:'], img[src='x']", "all => all.length"
        )
        == 0
    )
    assert "<script>" in page.inner_text("body")


def test_index_lists_every_report(sample_reports, opened):
    page, asked, _ = opened(sample_reports / "index.html", 1000)
    assert asked == []
    links = page.eval_on_selector_all("a", "all => all.map(a => a.getAttribute('href'))")
    assert set(links) == {
        f"{client}/report.{language}.html"
        for client in ("aurora", "ipe", "jatoba", "pitanga", "quadrante")
        for language in ("en", "pt-BR")
    } | {"portfolio.xlsx"}
    keep(page, "batch", clip={"x": 0, "y": 0, "width": 1000, "height": 620})


# ---- JupyterLab
