"""What a page may not hold: each test is one way in which a report once could call out, run code or
tell on someone.
"""

from __future__ import annotations

import base64
import json
import re

import nbformat
import pandas as pd
import pytest

from cxlab.errors import ReportError
from cxlab.report.batch import index, jobs
from cxlab.report.formats import checks, outputs
from cxlab.report.run import job, one_report
from cxlab.show.page import list_entry, parts
from cxlab.show.page.html import paragraph
from tests.report.conftest import write_study, write_template
from tests.report.prepared import PAGE, executed, write_all

PEOPLE = [
    "Maria Quintana",
    "11 98765-4321",
    "Ana",
    "2026",
    "JOSÉ da Silva",
    "O'Neil Souza",
    "Souza & Ana--Maria",
]
FOLDERS = ["/home/someone/studies/acme", "/"]


POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
    " style-src 'unsafe-inline'; base-uri 'none'\">"
)


def problems(body: str) -> list[str]:
    return checks.problems(
        f"<!DOCTYPE html><html><head>{POLICY}</head><body>{body}</body></html>",
        {"name": PEOPLE},
        FOLDERS,
    )


def svg(markup: str) -> str:
    held = base64.b64encode(
        '<svg xmlns="http://www.w3.org/2000/svg"'
        f' xmlns:xlink="http://www.w3.org/1999/xlink">{markup}</svg>'.encode()
    ).decode()
    return f'<img alt="a chart" src="data:image/svg+xml;base64,{held}">'


def entity(text: str) -> str:
    held = base64.b64encode(
        f'<!DOCTYPE svg [<!ENTITY a "{text}">]><svg'
        ' xmlns="http://www.w3.org/2000/svg"><text>&a;</text></svg>'.encode()
    ).decode()
    return f'<img alt="a chart" src="data:image/svg+xml;base64,{held}">'


@pytest.mark.parametrize(
    "body",
    [
        "<p>NPS 42 (n = 2026), 4.5 of 7</p>",
        "<p>Banana and Anatole are not a respondent called Ana</p>",
        (
            '<p>see <a href="https://example.org/method">the method</a>, <a'
            ' href="#limits">limits</a></p>'
        ),
        "<p>a &lt;script&gt; that a client typed is text</p>",
        (
            "<p>x</p><style>/* after https://example.org */ .a { color: red; background:"
            " url(data:image/png;base64,AA//) } @media print {}</style>"
        ),
        svg(
            '<defs><path id="g"/></defs><use xlink:href="#g"/><g clip-path="url(#p)"/><!-- Shop -->'
        ),
        (
            '<picture><source srcset="data:image/png;base64,AA//BB=="><img alt="x"'
            ' src="data:image/png;base64,AA=="></picture>'
        ),
        "<p>either/home/someone/studies/acmeplus</p>",
    ],
)
def test_a_clean_page_passes(body):
    """Protects against a check so eager that no report could be sent."""
    assert problems(body) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<script>alert(1)</script>", "it holds a script"),
        ("<SCRIPT src=data:,x></SCRIPT>", "it holds a script"),
        (svg("<script>alert(1)</script>"), "it holds a script"),
        ('<iframe srcdoc="x"></iframe>', "it holds <iframe>"),
        ('<img src="https://example.org/pixel.png">', "<img src> loads from outside the file"),
        ('<img src="//example.org/pixel.png">', "<img src> loads from outside the file"),
        ('<img src="chart.png">', "<img src> loads from outside the file"),
        (
            '<img srcset="data:image/png;base64,AA, https://example.org/2.png 2x">',
            "<img srcset> loads from outside the file",
        ),
        (
            '<link rel="stylesheet" href="https://example.org/a.css">',
            "<link href> loads from outside the file",
        ),
        (
            "<style>@import 'https://example.org/a.css'</style>",
            "its styles load from outside the file",
        ),
        (
            '<p style="background: url(https://example.org/p.png)">',
            "its styles load from outside the file",
        ),
        (
            svg('<image xlink:href="https://example.org/p.png"/>'),
            "<image href> loads from outside the file",
        ),
        (
            svg('<image xlink:href="https://example.org/p.png" href="#a"/>'),
            "<image href> loads from outside the file",
        ),
        (
            svg('<image href="#a" xlink:href="https://example.org/p.png"/>'),
            "<image href> loads from outside the file",
        ),
        (
            svg(
                '<image xmlns:z="http://www.w3.org/1999/xlink" z:href="https://example.org/p.png"/>'
            ),
            "<image href> loads from outside the file",
        ),
        (
            svg('<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>'),
            "it holds <script>",
        ),
        (svg("<g>"), "a picture cannot be read"),
        (
            svg("<?xml-stylesheet href='https://example.org/a.css'?>"),
            "a picture asks for a style sheet",
        ),
        (entity("Maria"), "a picture declares entities"),
        (
            svg('<rect fill="url(https://example.org/p.svg#a)"/>'),
            "its styles load from outside the file",
        ),
        ('<a href="java\tscript:alert(1)">x</a>', "it links to javascript:"),
        ('<a href="&#106;avascript:alert(1)">x</a>', "it links to javascript:"),
        ('<a href="javascript:alert(1)" href="#limits">x</a>', "it links to javascript:"),
        (
            '<img alt="" src="data:image/png;base64,AA" onerror="alert(1)">',
            "<img> has onerror, which runs code",
        ),
        (
            '<meta http-equiv="refresh" content="0;url=https://example.org">',
            "it sends the reader to another page",
        ),
        ("<p>thanks to maria  QUINTANA</p>", "1 value(s) of the personal column 'name'"),
        ("<p>Maria\nQuintana, 11 98765-4321</p>", "2 value(s) of the personal column 'name'"),
        ("<p>Jose\u0301 da Silva</p>", "1 value(s) of the personal column 'name'"),
        (
            '<img alt="Maria Quintana" src="data:image/png;base64,AA">',
            "1 value(s) of the personal column 'name'",
        ),
        (svg("<!-- Maria Quintana -->"), "1 value(s) of the personal column 'name'"),
        ("<p>write to someone.else@example.org</p>", "1 e-mail address(es)"),
        ('<a href="mailto:a@example.org">write</a>', "1 e-mail address(es)"),
        ("<p>read /home/someone/studies/acme/answers.csv</p>", "a folder of this machine"),
        ('<p data-source="file:///home/someone/studies/acme">x</p>', "a folder of this machine"),
        (svg("<desc>/home/someone/studies/acme</desc>"), "a folder of this machine"),
        (svg("<text>O&apos;Neil Souza</text>"), "1 value(s) of the personal column 'name'"),
        (svg("<text>Mari&#97; Quintana</text>"), "1 value(s) of the personal column 'name'"),
        (
            svg("<text>Mari<!-- x -->a <![CDATA[Quintana]]></text>"),
            "1 value(s) of the personal column 'name'",
        ),
        (
            svg(f"<text>{'x ' * 70_000}O&apos;Neil{' ' * 70_000}Souza</text>"),
            "1 value(s) of the personal column 'name'",
        ),
        # so says its source
        (svg("<text>x<!-- x -->Maria Quintana</text>"), "1 value(s) of the personal column 'name'"),
        (svg("<text>someone&#64;example.org</text>"), "1 e-mail address(es)"),
        ("<p>Mari<!-- x -->a Quintana</p>", "1 value(s) of the personal column 'name'"),
        ("<p>O&apos;Neil<!-- x --> Souza", "1 value(s) of the personal column 'name'"),
        (
            svg("<text>x<![CDATA[Maria Quintana]]>x</text>"),
            "1 value(s) of the personal column 'name'",
        ),
        ("<p>Maria<!-- x --><b> Quintana</b></p>", "1 value(s) of the personal column 'name'"),
        (svg("<!-- Souza &amp; Ana- -Maria -->"), "1 value(s) of the personal column 'name'"),
        (svg("<style>ur&#108;(//example.org/a)</style>"), "its styles load from outside the file"),
        (svg("<style>@imp<!-- x -->ort 'a'</style>"), "its styles load from outside the file"),
        (
            svg("<style>p {}<g/>@import url(https://example.org/a)</style>"),
            "its styles load from outside the file",
        ),
        (svg("<style>p {}<g>x</g>Maria Quintana</style>"), "its styles hold <g>"),
        (
            "<svg><style>ur&#108;(//example.org/a)</style></svg>",
            "its styles load from outside the file",
        ),
        ("<style>@import 'a'", "its styles load from outside the file"),
        ("<style/>@import 'a'</style>", "its styles load from outside the file"),
        ("<x:style>Maria Quintana</x:style>", "1 value(s) of the personal column 'name'"),
    ],
)
def test_a_page_that_calls_out_or_tells_is_refused(body, told):
    """Protects the client: nothing runs, nothing loads, nobody is named, no folder of ours is
    shown.
    """
    found = problems(body)
    assert any(problem.startswith(told) for problem in found), found
    assert "quintana" not in " ".join(found).lower(), (
        "a problem must not repeat the value that it protects"
    )


def test_a_page_that_shows_nothing_is_refused():
    """Protects against a report whose cells all ran and said nothing that the page shows."""
    page = (
        f"<!DOCTYPE html><html><head>{POLICY}<title>Acme</title><style>p {{ color: red"
        " }</style></head><body><main> </main></body></html>"
    )
    assert checks.problems(page, {}, []) == ["it is empty: no cell returned anything to show"]


def head(policy: str, before: str = "", name: str = "Content-Security-Policy") -> str:
    return (
        f'<!DOCTYPE html><html><head>{before}<meta http-equiv="{name}"'
        f' content="{policy}"></head><body><p>x</p></body></html>'
    )


@pytest.mark.parametrize(
    "page",
    [
        head("default-src 'none'"),
        head(
            "default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; base-uri"
            " 'none'; form-action 'none'"
        ),
        head(
            "DEFAULT-SRC 'NONE';img-src  'none' ; script-src 'none'",
            '<meta charset="utf-8"><title>Acme</title>',
            "content-security-policy",
        ),
        head("default-src *", POLICY),  # both hold, and one denies all
        head(
            "\n default-src\t'none' ;\r\n img-src\fdata:; ",
            "<!-- of the agency -->\n<title>A &lt; B < C</title>",
        ),
        head("default-src 'none'").replace('"><', '"/>\n</meta><'),
    ],
)
def test_a_page_whose_policy_denies_all_passes(page):
    """Protects the author of a page template: how the policy is spelled is free."""
    assert checks.problems(page, {}, []) == []


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html><head></head><body><p>x</p></body></html>",
        head(""),
        head("default-src 'self'"),
        head("default-src 'none' data:"),
        head("default-src *; default-src 'none'"),  # the first holds
        head("default-src 'none', img-src data:"),
        head("default-src *\" content=\"default-src 'none'"),  # of two attributes too
        head("default-src\u00a0'none'"),
        head("img-src data:; style-src 'unsafe-inline'"),
        head("default-src 'none'; img-src data: http:"),
        head("default-src 'none'; img-src *"),
        head("default-src 'none'; script-src 'unsafe-inline'"),
        head("default-src 'none'; script-src-attr 'unsafe-inline'"),
        head("default-src 'none'; connect-src https://example.org"),
        head("default-src 'none'; style-src 'unsafe-inline' https:"),
        head("default-src 'none'", name="Content-Security-Policy-Report-Only"),
        head("default-src 'none'", "<style>p { color: red }</style>"),
        f"<!DOCTYPE html><html><head></head><body>{POLICY}<p>x</p></body></html>",
        f"<!DOCTYPE html><html><head><!-- {POLICY} --></head><body><p>x</p></body></html>",
        # No browser takes these for a policy: in a title it is text, and after the head's end it
        # stands in the body.
        head("default-src 'none'", "<title>x").replace("</head>", "</title></head>"),
        f"<!DOCTYPE html><html><head><title/>{POLICY}</title></head><body><p>x</p></body></html>",
        head("default-src 'none'", '<title><b title="</title>">x</b></title>'),
        head("default-src 'none'", "<title><!-- </title><p>x --></title>"),
        head("default-src 'none'", "Hello"),
        head("default-src 'none'", "\u00a0"),
        head("default-src 'none'", "&nbsp;"),
        head("default-src 'none'", "<br/>"),
        *(head("default-src 'none'", f"</{name}>") for name in ("head", "body", "html", "br")),
        head("default-src 'none'", "<!--><p>x<!-- -->"),
        head("default-src 'none'", "<!--x--!><p>x</p>-->"),
        head("default-src 'none'", "<!-- -- >") + "-->",
        head("default-src 'none'", "<![CDATA[><p>x]]>"),
        head("default-src 'none'").replace("<meta", "<x:meta"),
        *(head(f"default-src{blank}'none'") for blank in "\x0b\x1c\x85\u2028"),
        head("\x0bdefault-src 'none'"),
    ],
)
def test_a_page_without_a_policy_that_denies_all_is_refused(page):
    """Protects the day when an escape is forgotten, also in a page template of one's own: the
    browser itself then refuses.
    """
    found = checks.problems(page, {}, [])
    assert len(found) == 1 and found[0].startswith(
        "its head does not begin with a policy that lets nothing run or load"
    ), found
    assert found[0].endswith("put one into the page's template")


def test_many_names_are_searched_in_little_time():
    """Protects a study of 20,000 respondents from a check that takes minutes."""
    people = [f"Person Number{i}" for i in range(20_000)]
    assert checks.problems(
        POLICY + "<p>" + "word " * 20_000 + "Person Number77</p>", {"name": people}, []
    ) == [
        "1 value(s) of the personal column 'name' stand in it; look for them in segments, waves,"
        " labels and comments"
    ]


def test_a_live_output_is_refused_with_its_cell():
    """Protects against Markdown made from survey text, whose links run even after escaping."""
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [
        nbformat.v4.new_output(
            "display_data",
            {"text/markdown": "[a](javascript:alert(1))", "text/plain": "<Markdown>"},
        )
    ]
    with pytest.raises(
        ReportError,
        match=(
            r"^cell 1 shows text/markdown, which a report does not carry; show a table, a picture"
            r" or page.section\(…\) instead$"
        ),
    ):
        outputs.refuse_live_outputs(nbformat.v4.new_notebook(cells=[cell]))
    cell.outputs[0].data["text/html"] = "<p>its own form</p>"
    outputs.refuse_live_outputs(nbformat.v4.new_notebook(cells=[cell]))


def test_warnings_leave_the_page_and_lose_their_folders():
    """Protects the client from our warnings, and us from losing them."""
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [
        nbformat.v4.new_output(
            "stream", name="stderr", text="/home/someone/lib/a.py:3: UserWarning: few rows\n"
        ),
        nbformat.v4.new_output("stream", name="stdout", text="kept"),
    ]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert outputs.take_warnings(notebook) == ["a.py:3: UserWarning: few rows"]
    assert [output.text for output in cell.outputs] == ["kept"]


def test_the_ids_of_styled_tables_are_numbered():
    """Protects `--verify`: what a Styler draws anew each time is numbered, its styles still name
    its cells, and words stay as they are.
    """

    def shown() -> list[str]:
        frame = pd.DataFrame({"T_deep": [1, 2], "b": ["T_0 and T_1", "x"]})
        one, other = (
            frame.style.highlight_max(subset="T_deep"),
            frame.style.set_tooltips(pd.DataFrame({"b": ["a word", ""]})),
        )
        tables = [
            one.to_html(),
            other.to_html(),
            one.to_html(),
            '<table id="T_mine"><tr><td>T_mine</td></tr></table>',
        ]
        cells = [
            nbformat.v4.new_code_cell(
                "x", outputs=[nbformat.v4.new_output("display_data", {"text/html": table})]
            )
            for table in tables
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("x"), *cells])
        outputs.number_styled_tables(notebook)
        return [cell.outputs[0].data["text/html"] for cell in cells]

    first, second, again, mine = shown()
    assert [first, second, again, mine] == shown()
    assert (
        first == again
        and '<table id="T_1">' in first
        and '<table id="T_2">' in second
        and mine == '<table id="T_mine"><tr><td>T_mine</td></tr></table>'
    )
    for table in (first, second):
        named = set(re.findall(r"#(T_\w+)", table.partition("</style>")[0]))
        assert len(named) >= 1 and named <= set(re.findall(r'id="(T_\w+)"', table))
        assert ">T_deep<" in table and ">T_0 and T_1<" in table


def with_a_part(words: str):
    """An executed notebook whose page is innocent and whose part for workbook and slides says
    something else.
    """
    notebook = executed(paragraph(["An innocent page."]))
    notebook.cells[0].outputs[0].data[parts.MIME] = [{"kind": "text", "sentences": [words]}]
    return notebook


def with_a_warning(words: str):
    notebook = executed(paragraph(["An innocent page."]))
    notebook.cells[0].outputs.append(
        nbformat.v4.new_output("stream", name="stderr", text=f"UserWarning: {words}\n")
    )
    return notebook


@pytest.mark.parametrize("hide", [with_a_part, with_a_warning])
def test_what_the_page_does_not_show_is_read_too(hide, tmp_path):
    """Protects respondents named in the workbook, the slides or a warning of the manifest alone."""
    settings = {"page": PAGE, "title": "x", "language": "en", "personal": {"name": PEOPLE}}
    with pytest.raises(
        ReportError,
        match=(
            r"^the report was not written: 1 value\(s\) of the personal column 'name' stand in it"
        ),
    ):
        write_all(hide("a note of Maria Quintana"), tmp_path, **settings)
    assert list(tmp_path.iterdir()) == []
    assert write_all(hide("thanks to all"), tmp_path, **settings).files == ["report.en.html"]


def test_facts_are_read_too(tmp_path, monkeypatch):
    """Protects a respondent from the consultant's list: the facts, which no page shows, are held to
    the same rules.
    """
    study = write_study(tmp_path / "one")
    template = write_template(tmp_path / "t.ipynb", "1")
    (planned,) = jobs.plan([study], None, template, {})
    planned.describe(tmp_path, tmp_path, job.Settings(template, PAGE))
    described = json.loads((tmp_path / job.DESCRIPTION).read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)

    def told(touchpoint: str):
        notebook = executed(paragraph(["An innocent page."]))
        notebook.cells[0].outputs.append(
            nbformat.v4.new_output(
                "display_data", {list_entry.MIME: {"en": {"gap_touchpoint": touchpoint}}}
            )
        )
        monkeypatch.setattr(one_report, "run", lambda *_: notebook)
        return one_report.make(described)

    with pytest.raises(
        ReportError,
        match=(
            r"^the report was not written: 1 value\(s\) of the personal column 'name' stand in it"
        ),
    ):
        told("Maria Quintana")
    assert told("Shop")["reports"]["en"]["facts"] == {"gap_touchpoint": "Shop"}


def test_the_index_escapes_what_clients_are_called():
    """Protects whoever opens index.html from a client named in markup."""
    row = {
        "client": "<script>alert(1)</script>",
        "language": "en",
        "files": ["a/report.en.html"],
        "status": ["done"],
        "kind": "done",
        "problem": "<b>",
        "facts": {
            "outcome": "<i>x",
            "estimate": 1.0,
            "kind": "nps",
            "gap_touchpoint": "<img src=x>",
            "gap": 1.0,
            "priority": "<u>",
        },
    }
    text = index.page([row])
    assert not re.search(r"<(?:script|b|i|u|img)[ >]", text)
    assert '<a href="a/report.en.html">en</a>' in text
