"""Survey text that wants to be more than text: in every format it is dead, in a real browser
too.
"""

from __future__ import annotations

import base64
import html
import http.server
import re
import threading
import unicodedata
import zipfile

import openpyxl
import pandas as pd
import pypdf
import pytest
from pptx import Presentation

import cxlab as cx
from cxlab.errors import ReportError
from cxlab.report.formats import export, pdf
from cxlab.show.page import parts, tables
from cxlab.show.page.html import Html, paragraph, points
from cxlab.study.codebook.brand import Brand
from tests.report.prepared import executed, pieces, write_all

SCRIPT = "<script>document.title='owned'</script>"
WORDS = {
    "script": SCRIPT,
    "closing": "</style></title></p></main><script>document.title='owned'</script>",
    "handler": "<img src=x onerror=\"document.title='owned'\"><svg onload=document.title='owned'>",
    "link": (
        "<a href=\"javascript:document.title='owned'\">click</a>"
        " [md](javascript:document.title='owned')"
    ),
    "image": "![x](http://127.0.0.1:9/pixel.png) <img src=http://127.0.0.1:9/p.png>",
    "mermaid": "```mermaid\ngraph TD; A-->B; click A call alert(1)\n```",
    "style": (
        "<style>@import 'http://127.0.0.1:9/a.css';"
        " body{background:url(http://127.0.0.1:9/b)}</style>"
    ),
    "frame": (
        "<iframe src=//127.0.0.1:9></iframe><object data=//127.0.0.1:9></object><meta"
        " http-equiv=refresh content=0;url=//127.0.0.1:9>"
    ),
    "template": "{{ 7*7 }} {% include '/etc/passwd' %} {0.__class__} $x_1$ %s",
    "formula": '=HYPERLINK("http://127.0.0.1:9","x")',
    "plus": "+cmd|' /C calc'!A0",
    "minus": "-2+3+cmd|' /C calc'!A0",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "error": "#REF!",
    "bidi": "abc\u202ecod.exe\u202c\u2066x\u2069\u200f\u061c",
    "control": "bell\x07 escape\x1b[31m null\x00 nel\x85 line\u2028end surrogate\ud800",
    "long": "W" * 400,
    "rtl": "שירות לקוחות",
}


@pytest.fixture(scope="module")
def study():
    """Every hostile word is a touchpoint's label, a stage, a level; the client and the title are
    hostile too.
    """
    names = list(WORDS)
    rows = 60
    frame = pd.DataFrame(
        {
            f"{role}{i}": [(j * (i + 2) + k) % 7 + 1 for j in range(rows)]
            for i in range(len(names))
            for k, role in enumerate("ep")
        }
    )
    frame["nps"] = [j % 11 for j in range(rows)]
    frame["wave"] = [WORDS["script"] if j % 2 else WORDS["formula"] for j in range(rows)]
    stages = [{"stage": f"s{i}", "label": WORDS[name]} for i, name in enumerate(names)]
    points = [
        {
            "touchpoint": f"t{i}",
            "label": WORDS[name],
            "stage": f"s{i}",
            "expectation": f"e{i}",
            "experience": f"p{i}",
        }
        for i, name in enumerate(names)
    ]
    outcome = {
        "recommend": {"kind": "nps", "column": "nps", "label": WORDS["handler"] + WORDS["bidi"]}
    }
    return cx.Study.from_frame(
        frame,
        points,
        outcome,
        client=SCRIPT + WORDS["bidi"] + WORDS["formula"],
        title=WORDS["closing"] + WORDS["link"],
        scales={"s": {"min": 1, "max": 7}},
        stages=stages,
        wave="wave",
    )


@pytest.fixture(scope="module", params=["en", "pt-BR"])
def made(study, tmp_path_factory, request):
    """Every format, in the language of the parameter."""
    language = request.param
    folder = tmp_path_factory.mktemp("hostile") / language
    folder.mkdir()
    page = cx.Page(study, [language], seed=1)
    waves, scores = page(cx.metrics, "recommend", by="wave"), page(cx.experience_scores)
    hostile = list(WORDS.values())
    raw = pd.DataFrame({"file": hostile, "note": hostile}, dtype=object)
    brand = Brand(name=SCRIPT, footer="</footer>" + SCRIPT + WORDS["formula"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(parts.FORMATS, "pptx")
        more = [
            page.more(waves.plot(), waves.table(), waves.say(), scores.plot()),
            paragraph(hostile),
            points(hostile),
            tables.table(page.words(), raw, caption=WORDS["handler"]),
        ]
        made = write_all(
            executed(*pieces(page), *more),
            folder,
            title=f"{study.client} · {study.title(language)}",
            language=language,
            formats=export.FORMATS,
            brand=brand,
        )
    assert made.files == [f"report.{language}.{name}" for name in export.FORMATS]
    return folder


def test_in_a_browser_nothing_runs_and_nothing_is_asked_for(made, browser_path):
    """Protects the client who opens the page: no script, no handler, no request, no live link; and
    the words are all there to read.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        page = chromium.new_page()
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("console", lambda message: said.append(message.text))
        page.goto((made / f"report.{made.name}.html").as_uri())
        page.wait_for_load_state("networkidle")
        for link in page.query_selector_all("a"):
            said.append(f"a link to {link.get_attribute('href')}")
        alive = page.eval_on_selector_all(
            "script, iframe, object, embed, meta[http-equiv=refresh], [onerror], [onload], main"
            " style",
            "all => all.map(e => e.outerHTML)",
        )
        title, text = page.title(), page.inner_text("body")
        policy = page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
        chromium.close()
    assert (
        [url for url in asked if not url.startswith(("data:", "file:"))] == []
        and said == []
        and alive == []
    )
    assert title.startswith("<script>") and text.count(SCRIPT) > 3
    assert policy.startswith("default-src 'none'") and "script" not in policy


@pytest.fixture
def listener():
    """A web server of our own on this machine: its address, and what it was asked for. What it
    hands out asks for more.
    """
    asked: list[str] = []

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


POLICY = re.compile(r'<meta [^>]*http-equiv="Content-Security-Policy"[^>]*>')
# What each puts on the server's list where nothing stops it; the script and the handler rename the
# page besides.
LIVE = {
    "/p.png": "<img src={0}/p.png>",
    "/b.png": "<style>body {{ background: url({0}/b.png) }}</style>",
    "/a.css": "<link rel=stylesheet href={0}/a.css>",
    "/f.html": "<iframe src={0}/f.html></iframe>",
    "/s.js": "<script src={0}/s.js></script>",
    "/told": "<script>document.title = 'owned'; fetch('{0}/told', {{mode: 'no-cors'}})</script>",
    "/handler": (
        "<img src=x onerror=\"document.title = 'owned'; fetch('{0}/handler', {{mode:"
        " 'no-cors'}})\">"
    ),
}


def test_the_policy_alone_stops_scripts_and_requests(made, browser_path, tmp_path, listener):
    """Protects the day when an escape is forgotten: with all that is live put in, the page's policy
    still stops it; without the policy all of it works.
    """
    from playwright.sync_api import sync_playwright

    address, asked = listener
    report = (made / f"report.{made.name}.html").read_text(encoding="utf-8")
    live = report.replace("<main>", "<main>" + "".join(LIVE.values()).format(address))
    assert live != report and len(POLICY.findall(report)) == 1
    seen = {}
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser_path,
            args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        for name, text in {"guarded": live, "bare": POLICY.sub("", live)}.items():
            (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
            page = chromium.new_page()
            page.goto((tmp_path / f"{name}.html").as_uri())
            page.wait_for_load_state("networkidle")
            seen[name] = (
                page.title() == "owned",
                {path for path in asked if path != "/favicon.ico"},
            )
            page.close()
            asked.clear()
        chromium.close()
    assert seen["bare"] == (True, set(LIVE)), "the test must be able to fail"
    assert seen["guarded"] == (False, set())


def test_the_pdf_does_nothing(made):
    """Protects the reader of the PDF: no action, no script, no link that text made."""
    held = pypdf.PdfReader(made / f"report.{made.name}.pdf")
    said = str([held.trailer["/Root"].get_object(), *(page.get_object() for page in held.pages)])
    assert not re.search(r"/(?:JavaScript|JS|OpenAction|AA|Launch|EmbeddedFiles)\b", said)
    links = [note.get_object() for page in held.pages for note in page.get("/Annots", [])]
    assert [link for link in links if link.get("/A", {}).get("/S") == "/URI"] == []
    text = "".join(page.extract_text() for page in held.pages)
    assert "owned" in text and not re.search("[\u202a-\u202e\u2066-\u2069]", text)


def test_the_pdf_asks_for_nothing(listener, tmp_path):
    """Protects the machine that makes the PDF, should a page ever ask: nothing is fetched, from the
    network or the disk; pictures in the page are drawn.
    """
    import weasyprint

    address, asked = listener
    secret = tmp_path / "secret.svg"
    drawn = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>{}</text></svg>'
    secret.write_text(drawn.format("secret"), encoding="utf-8")
    inside = base64.b64encode(drawn.format("inside").encode()).decode()
    page = (
        "<!DOCTYPE html><html lang=en><head><title>x</title><link rel=stylesheet"
        f" href={address}/a.css></head><body style='background: url({address}/b.png)'><p>words<img"
        f" alt=a src={address}/p.png><img alt=b src='{secret.as_uri()}'><img alt=c"
        f" src='data:image/svg+xml;base64,{inside}'></body></html>"
    )
    pdf.write_pdf(page, tmp_path / "ours.pdf", "", "Client", "Title", "en", Brand())
    text = pypdf.PdfReader(tmp_path / "ours.pdf").pages[0].extract_text()
    assert asked == [] and "inside" in text and "secret" not in text
    weasyprint.HTML(string=page).write_pdf(tmp_path / "naive.pdf")
    assert {"/a.css", "/b.png", "/p.png"} <= set(asked) and "secret" in pypdf.PdfReader(
        tmp_path / "naive.pdf"
    ).pages[0].extract_text(), "the test must be able to fail"


def test_the_workbook_computes_nothing(made):
    """Protects whoever opens the workbook: text that looks like a formula is text, also when the
    cell is edited; no link leaves the file.
    """
    book = openpyxl.load_workbook(made / f"report.{made.name}.xlsx")
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str)
    ]
    assert {cell.data_type for cell in cells} == {"s"}
    risky = [cell for cell in cells if cell.value.lstrip()[:1] in ("=", "+", "-", "@")]
    assert len(risky) >= 4 and all(cell.quotePrefix for cell in risky)
    with zipfile.ZipFile(made / f"report.{made.name}.xlsx") as archive:
        held = "".join(
            archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        )
    assert "<f>" not in held and 'TargetMode="External"' not in held and "<definedName " not in held
    assert all(
        len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in book.sheetnames
    ) and len({n.casefold() for n in book.sheetnames}) == len(book.sheetnames)


def test_the_slides_link_nowhere(made):
    """Protects the meeting: no link, no action, nothing outside the file."""
    show = Presentation(made / f"report.{made.name}.pptx")
    assert any(
        "<script>" in shape.text_frame.text
        for slide in show.slides
        for shape in slide.shapes
        if shape.has_text_frame
    )
    with zipfile.ZipFile(made / f"report.{made.name}.pptx") as archive:
        held = "".join(
            archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".xml", ".rels"))
        )
    assert (
        'TargetMode="External"' not in held and "hlinkClick" not in held and "<script" not in held
    )


@pytest.mark.parametrize("name", export.FORMATS)
def test_no_text_turns_its_neighbours_round(made, name):
    """Protects a reader from "exe.doc": marks of direction and unseen characters are gone,
    right-to-left letters are not.
    """
    if name in ("xlsx", "pptx"):
        with zipfile.ZipFile(made / f"report.{made.name}.{name}") as archive:
            text = "".join(
                archive.read(part).decode() for part in archive.namelist() if part.endswith(".xml")
            )
    elif name == "pdf":
        text = "".join(
            page.extract_text() for page in pypdf.PdfReader(made / f"report.{made.name}.pdf").pages
        )
    else:
        text = (made / f"report.{made.name}.html").read_text(encoding="utf-8")
    assert not re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\ufeff]", text)
    assert not [c for c in text if unicodedata.category(c) == "Cc" and c not in "\n\r\t"]
    assert name in ("pdf", "pptx") or WORDS["rtl"] in html.unescape(text)


def test_a_mark_that_slips_through_stops_the_report(tmp_path):
    """Protects against a piece of one's own that shows a label raw."""
    raw = Html("<p>abc\u202ecod.exe</p>")
    with pytest.raises(ReportError, match="marks that turn the direction of text stand in it"):
        write_all(executed(raw), tmp_path)
