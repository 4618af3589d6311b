"""From an executed notebook to one HTML file that may leave the house.

nbconvert's own page loads scripts from the network and shows whatever a cell printed. A client's report asks nothing of
the network, runs nothing, and names neither a respondent nor a folder of ours. The page is made by nbconvert with our
template; then what was made is read again as a browser would read it, and refused if it breaks one of these rules.
"""

from __future__ import annotations

import base64
import binascii
import html.parser
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from cxlab.errors import ReportError

# A report shows what cells return as HTML (escaped at its source), pictures and plain text. Markdown, LaTeX, JavaScript
# and widgets are live or empty in a file, so a cell that shows one is refused rather than shown half.
SHOWN = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/plain")
LIVE = ("application/javascript", "application/vnd.jupyter.widget-view+json", "text/markdown", "text/latex", "text/vnd.mermaid")

FORBIDDEN_ELEMENTS = {"script", "iframe", "frame", "object", "embed", "applet", "base", "form", "portal"}
LOADING_ATTRIBUTES = {"src", "srcset", "poster", "data", "background", "action", "formaction", "xlink:href", "ping", "manifest"}
READ_ATTRIBUTES = {"alt", "title", "aria-label", "content", "label", "value", "placeholder", "summary"}
LINK_SCHEMES = {"", "http", "https", "mailto"}
EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*,[^\s\"')<>]*", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_LOAD = re.compile(r"@import|url\(\s*['\"]?\s*(?!data:image/|data:font/|#|['\"]?\s*\))|https?:|['\"]//", re.IGNORECASE)


def to_html(notebook: Any, page: Path, title: str, language: str) -> str:
    """One self-contained HTML page. `page` is the folder of the nbconvert template; code cells' sources are left out.

    The notebook is changed: what papermill and Jupyter wrote into its metadata goes, and cell ids are numbered, so that
    the same numbers give the same bytes.
    """
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    for number, cell in enumerate(notebook.cells, 1):
        tags = cell.metadata.get("tags", [])
        cell.metadata = type(cell.metadata)({"tags": tags})
        cell["id"] = f"cell-{number}"
    # An injected cell has no output of its own; its source, which the page leaves out anyway, holds folders of this machine.
    notebook.cells = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata["tags"]]
    notebook.metadata = type(notebook.metadata)({"language_info": {"name": "python"}})

    config = Config()
    config.NbConvertBase.display_data_priority = list(SHOWN)
    config.TagRemovePreprocessor.enabled = True
    config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell"}
    config.TagRemovePreprocessor.remove_input_tags = {"hide-input"}
    config.HTMLExporter.exclude_input = True
    config.HTMLExporter.exclude_input_prompt = True
    config.HTMLExporter.exclude_output_prompt = True
    config.HTMLExporter.exclude_anchor_links = True
    config.HTMLExporter.mathjax_url = ""
    config.HTMLExporter.require_js_url = ""
    exporter = HTMLExporter(config=config, template_name=page.name, extra_template_basedirs=[str(page.parent)])
    text, _ = exporter.from_notebook_node(notebook, resources={"cxlab": {"title": title, "language": language}})
    return text


def take_warnings(notebook: Any) -> list[str]:
    """Remove what cells wrote to stderr, and return it as lines without folders: it is for us, not for the client."""
    lines: list[str] = []
    for cell in notebook.cells:
        kept = []
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                lines.extend(without_folders(line.strip()) for line in output.text.splitlines() if line.strip())
            else:
                kept.append(output)
        if "outputs" in cell:
            cell.outputs = kept
    return lines


def without_folders(text: str) -> str:
    """`/a/b/c.py:3: …` becomes `c.py:3: …`."""
    return re.sub(r"(?<![\w/:])(?:[A-Za-z]:)?(?:[/\\][\w.@ +~-]+)*[/\\](?=[\w.<])", "", text)


def refuse_live_outputs(notebook: Any) -> None:
    """Raise ReportError where a cell shows Markdown, LaTeX, JavaScript or a widget."""
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            kinds = set(output.get("data", {}))
            if live := sorted(kinds & set(LIVE)):
                if kinds & {"text/html", "image/svg+xml", "image/png", "image/jpeg"}:
                    continue  # a table or a picture offers these beside its own form, and that form is what the page takes
                raise ReportError(
                    "cell {cell} shows {kind}, which a report does not carry; show a table, a picture or cx.prose(…) instead",
                    cell=number, kind=", ".join(live),
                )  # fmt: skip


class _Reader(html.parser.HTMLParser):
    """Reads a page as a browser would: what it shows, and what it would load or run. Pictures in SVG are read too."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.raw: list[str] = []
        self.problems: list[str] = []
        self.inner: list[str] = []  # pictures found inside, to be read in turn
        self._in_style = False
        self.body_starts = 0

    def read(self, markup: str) -> None:
        self.raw.append(_DATA_URI.sub("", markup))
        if re.search(r"<\s*/?\s*(?:\w+:)?script\b", markup, re.IGNORECASE):
            self.problems.append("it holds a script")
        self.reset()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        name = tag.rsplit(":", 1)[-1]
        values = {key: value or "" for key, value in attrs}
        if name in FORBIDDEN_ELEMENTS:
            self.problems.append(f"it holds <{name}>")
        if name == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.problems.append("it sends the reader to another page")
        if name == "body":
            self.body_starts = len(self.text)
        self._in_style = name == "style"
        for key, value in values.items():
            self._attribute(name, key, value)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._in_style = False

    def _attribute(self, name: str, key: str, value: str) -> None:
        if key in READ_ATTRIBUTES:
            self.text.append(value)
            return
        if key.startswith("on"):
            self.problems.append(f"<{name}> has {key}, which runs code")
        elif key == "href" and name in ("a", "area"):
            self.text.append(urllib.parse.unquote(value))
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", value).lower())
            if scheme and scheme[1] not in LINK_SCHEMES:
                self.problems.append(f"it links to {scheme[1]}:")
        elif key in LOADING_ATTRIBUTES or key == "href":
            self._load(name, key, value.strip())
        elif "url(" in value.lower() or key == "style":
            self._css(value)

    def _load(self, name: str, key: str, value: str) -> None:
        if value.startswith("#") or not value:
            return
        if key == "srcset" and re.search(r",\s+(?!data:)", value):
            self.problems.append(f"<{name} {key}> loads from outside the file")
        elif not value.lower().startswith("data:image/"):
            self.problems.append(f"<{name} {key}> loads from outside the file")
        elif value.lower().startswith("data:image/svg+xml"):
            self.inner.append(_decoded(value))

    def _css(self, text: str) -> None:
        if found := _CSS_LOAD.search(_CSS_COMMENT.sub("", text)):
            self.problems.append(f"its styles load from outside the file ({found[0][:20]}…)")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._css(data)
        else:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.text.append(data)  # a picture's labels stand in comments


def _decoded(uri: str) -> str:
    head, _, body = uri.partition(",")
    if not head.lower().endswith(";base64"):
        return urllib.parse.unquote(body)
    try:
        return base64.b64decode(urllib.parse.unquote(body)).decode("utf-8", errors="replace")
    except binascii.Error:
        return ""


def plain(text: str) -> str:
    """Text as it is compared: one Unicode form, no case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def tellable(values: Iterable[object]) -> set[str]:
    """The personal values that can be looked for: four characters or more, and six for bare digits (2026 is no person)."""
    kept = set()
    for value in values:
        text = plain(str(value))
        if len(text) >= (6 if re.fullmatch(r"[\d\s.,-]*", text) else 4):
            kept.add(text)
    return kept


def problems(markup: str, personal: Mapping[str, Iterable[object]], folders: Iterable[str]) -> list[str]:
    """Why this page may not be sent; empty when it may.

    `personal`: what respondents answered in each column declared personal. `folders`: absolute paths of this machine. A
    problem says how many of the values stand in the page, never which.
    """
    reader = _Reader()
    reader.read(markup)
    if not "".join(reader.text[reader.body_starts :]).strip():
        reader.problems.append("it is empty: no cell returned anything to show")
    while reader.inner:
        reader.read(reader.inner.pop())
    found = list(dict.fromkeys(reader.problems))
    return found + text_problems("\n".join(reader.text), "\n".join(reader.raw), personal, folders)


def text_problems(text: str, raw: str, personal: Mapping[str, Iterable[object]], folders: Iterable[str]) -> list[str]:
    """The rules about words alone: no respondent's values, no e-mail address, no folder of this machine."""
    found = []
    shown = plain(text)
    for column, values in personal.items():
        # `in` first: a regular expression for each of thousands of names would take a minute.
        named = [value for value in tellable(values) if value in shown and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", shown)]
        if named:
            found.append(f"{len(named)} value(s) of the personal column {column!r} stand in it; look for them in segments, waves, labels and comments")
    if addresses := set(EMAIL.findall(shown)):
        found.append(f"{len(addresses)} e-mail address(es) stand in it")
    for folder in folders:
        path = Path(folder)
        if path == Path(path.anchor):
            continue
        for form in {str(path), path.as_posix()}:
            pattern = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)")
            if pattern.search(raw) or pattern.search(text):
                found.append("a folder of this machine stands in it")
                return found
    return found


_INDEX_STYLE = """
.failed { color: #9a3d06; }
"""


def index_page(rows: Iterable[Mapping[str, str]], style: str = "") -> str:
    """The page that lists every report: rows of `client`, `language`, `href` (empty: none), `status`, `problem`.

    `style` is the reports' own style sheet, so that the list looks like what it lists.
    """
    lines = []
    for row in rows:
        link = Markup('<a href="{}">{}</a>').format(row["href"], row["language"]) if row["href"] else escape(row["language"])
        kind = "failed" if row["problem"] else "done"
        state = escape(row["status"]) + (Markup("<br>") + escape(row["problem"]) if row["problem"] else "")
        lines.append(Markup('<tr><td>{}</td><td>{}</td><td class="{}">{}</td></tr>').format(row["client"], link, kind, state))
    return Markup(
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>Client reports</title>\n<style>{}</style></head>\n<body><main><header class=\"cover\"><h1>Client reports</h1></header>\n"
        '<div class="table"><table><thead><tr><th scope="col">Client</th><th scope="col">Report</th><th scope="col">Status</th></tr></thead>\n'
        "<tbody>\n{}\n</tbody></table></div></main></body></html>\n"
    ).format(Markup(style.replace("</", "<\\/") + _INDEX_STYLE), Markup("\n").join(lines))
