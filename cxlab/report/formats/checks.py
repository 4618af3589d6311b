"""What may not leave the house: a page that loads, runs or names, and words that tell who somebody
is or where a file lies.

What was made is read again as a browser would read it, so that no mistake of whoever made it, nor
of a survey's own words, goes out.
"""

import base64
import binascii
import functools
import html
import html.parser
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from cxlab.report.formats.tables import table_of
from cxlab.study.codebook.declaration import strings

FORBIDDEN_ELEMENTS = {
    "script",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "base",
    "form",
    "portal",
}
LOADING_ATTRIBUTES = {
    "src",
    "srcset",
    "poster",
    "data",
    "background",
    "action",
    "formaction",
    "xlink:href",
    "ping",
    "manifest",
}
READ_ATTRIBUTES = {
    "alt",
    "title",
    "aria-label",
    "content",
    "label",
    "value",
    "placeholder",
    "summary",
}
LINK_SCHEMES = {"", "http", "https", "mailto"}
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# tried once a word, else a long one takes hours
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w+")
_DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*,[^\s\"')<>]*", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What may stand before the policy: it holds for what comes after it alone. What its sources may be,
# the rest being denied.
_BEFORE_POLICY = {"html", "head", "meta", "title"}
_BLANKS = "\t\n\f\r "  # what a browser takes for blank; Python's own list is longer
_POLICY_SOURCES = {"img": {"data:"}, "font": {"data:"}, "style": {"'unsafe-inline'"}}
_CSS_LOAD = re.compile(
    r"@import|url\(\s*['\"]?\s*(?!data:image/|data:font/|#|['\"]?\s*\))|https?:|['\"]//",
    re.IGNORECASE,
)


class _Reader(html.parser.HTMLParser):
    """Reads a page as a browser would: what it shows, and what it would load or run. Pictures in
    SVG are read too.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []  # in the order of the source, comments and attributes among it
        # from tag to tag: what a comment or a reference in the middle of a name does not part
        self.shown: list[str] = []
        self.raw: list[str] = []
        self.problems: list[str] = []
        self.inner: list[str] = []  # pictures found inside, to be read in turn
        self.body_starts = 0
        # a policy that lets nothing run or load stands before anything that could
        self.guarded = False
        self._begun = False  # what comes now no browser takes for a part of the page's head
        self._in_title = False
        self._run: list[str] = []  # the pieces of the text since the last tag
        self._style: list[str] | None = None  # the pieces of the style sheet that is being read

    def read(self, markup: str) -> None:
        """Read a page."""
        self._look(markup)
        self.reset()
        self.feed(markup)
        self.close()
        # a style that nothing ends goes to the page's end, and the parser leaves it
        if self._style is not None:
            self._style.append(self.rawdata)
        self._end_text()
        self._end_style()

    def read_picture(self, markup: str) -> None:
        """Read a picture in SVG, which browsers take for XML: what it declares to be of another
        namespace is so, whatever its prefix.
        """
        self._look(markup)
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, values: self.handle_starttag(
            _local(name), [(_local(key), value) for key, value in values.items()]
        )
        parser.EndElementHandler = lambda name: self.handle_endtag(_local(name))
        parser.CharacterDataHandler = self.handle_data
        parser.CommentHandler = self.handle_comment
        # a piece of its own in the source
        parser.StartCdataSectionHandler = parser.EndCdataSectionHandler = lambda: None
        parser.EntityDeclHandler = lambda *_: self.problems.append("a picture declares entities")
        parser.ProcessingInstructionHandler = lambda *_: self.problems.append(
            "a picture asks for a style sheet or another instruction"
        )
        try:
            parser.Parse(markup, True)
        except (expat.ExpatError, ValueError):
            self.problems.append("a picture cannot be read")
        self._end_text()
        self._end_style()

    def _look(self, markup: str) -> None:
        self.raw.append(_DATA_URI.sub("", markup))
        if "script" in markup.lower() and re.search(
            r"<\s*/?\s*(?:\w+:)?script\b", markup, re.IGNORECASE
        ):
            self.problems.append("it holds a script")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._end_text()
        name = tag.rsplit(":", 1)[-1]
        # of two, a browser takes the first
        values = {key: value or "" for key, value in reversed(attrs)}
        if name in FORBIDDEN_ELEMENTS:
            self.problems.append(f"it holds <{name}>")
        if name == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.problems.append("it sends the reader to another page")
        # Here a prefix counts: <x:meta> is no <meta>. A tag in a title is text to a browser, which
        # may then end the title elsewhere.
        self._begun |= tag not in _BEFORE_POLICY or self._in_title
        if (
            tag == "meta"
            and values.get("http-equiv", "").lower() == "content-security-policy"
            and not self._begun
        ):
            self.guarded |= _denies(values.get("content", ""))
        self._in_title |= tag == "title"
        if name == "body":
            self.body_starts = len(self.text)
        if self._style is not None:
            self.problems.append(f"its styles hold <{name}>")
        elif tag == "style":
            self._style = []
        for key, value in attrs:
            self._attribute(name, key, value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        # In a page no style ends where it begins: what follows is styles to a browser, and text to
        # this reader.
        if tag == "style":
            self.problems.append("it holds <style/>; write <style></style>")
            self._style = None

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
        if (
            key == "srcset"
            and re.search(r",\s+(?!data:)", value)
            or not value.lower().startswith("data:image/")
        ):
            self.problems.append(f"<{name} {key}> loads from outside the file")
        elif value.lower().startswith("data:image/svg+xml"):
            self.inner.append(_decoded(value))

    def _css(self, text: str) -> None:
        if found := _loaded_by(text):
            self.problems.append(f"its styles load from outside the file ({found[:20]}…)")

    def handle_endtag(self, tag: str) -> None:
        self._end_text()
        if tag == "style":
            self._end_style()
        # After </head>, </body>, </html> and </br> the page is in its body; other stray end tags
        # have no place in a head either.
        self._begun |= tag not in ("title", "meta")
        self._in_title &= tag != "title"

    def handle_data(self, data: str) -> None:
        if self._style is not None:
            self._style.append(data)
        else:
            self.text.append(data)
            self._run.append(data)
        self._begun |= not self._in_title and bool(data.strip(_BLANKS))

    def handle_comment(self, data: str) -> None:
        # a picture's labels stand in comments, where "&" and "--" are written otherwise
        self.text.append(data)
        if (label := html.unescape(data.replace("- -", "--"))) != data:
            self.text.append(label)
        if not self._begun:  # browsers and this reader do not agree where every comment ends
            self._begun = (
                self._in_title
                or ">" in data
                or "--" in data
                or f"<!--{data}-->" not in self.rawdata
            )

    def unknown_decl(self, data: str) -> None:
        self._begun = True  # nor do they on <![CDATA[

    def _end_text(self) -> None:
        if run := "".join(self._run).strip():
            self.shown.append(run)
        self._run = []

    def _end_style(self) -> None:
        if self._style is not None:
            style = "".join(self._style)
            self._css(style)
            # inside <svg> in a page a browser reads references in styles too
            self._css(html.unescape(style))
        self._style = None


def _denies(policy: str) -> bool:
    """Whether a Content-Security-Policy denies everything but pictures and fonts in the file itself
    and styles that stand in the page.
    """
    rules = {}
    for rule in policy.lower().split(";"):
        name, *sources = re.split(f"[{_BLANKS}]+", rule.strip(_BLANKS))
        rules.setdefault(name, sources)  # of two rules of one name the first holds
    if rules.get("default-src") != ["'none'"] or not policy.isascii():
        return False
    # Directives that name no sources (base-uri, form-action, sandbox) only forbid more.
    kinds = {name: name.partition("-src")[0] for name in rules if "-src" in name}
    return all(
        set(rules[name]) <= {"'none'"} | _POLICY_SOURCES.get(kind, set())
        for name, kind in kinds.items()
    )


@functools.lru_cache(maxsize=1024)  # a picture says the same few styles a thousand times
def _loaded_by(style: str) -> str:
    found = _CSS_LOAD.search(_CSS_COMMENT.sub("", style))
    return found[0] if found else ""


def _local(name: str) -> str:
    return name.rpartition(" ")[2].lower()


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
    """The personal values that can be looked for: four characters or more, and six for bare digits
    (2026 is no person).
    """
    texts = {plain(str(value)) for value in values}
    return {t for t in texts if len(t) >= (6 if re.fullmatch(r"[\d\s.,-]*", t) else 4)}


def standing(values: Iterable[str], text: str) -> list[str]:
    """Those of these values that stand in the text as words of their own."""
    # Words first: thousands of names, each sought in the whole text, would take longer than the
    # report.
    words = set(_WORD.findall(text))
    there = [value for value in values if words.issuperset(_WORD.findall(value))]
    return [value for value in there if _holds(text, value)]


def _holds(text: str, words: str) -> bool:
    """Whether words stand in a text, and are no part of longer ones."""
    return words in text and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def problems(
    markup: str, personal: Mapping[str, Iterable[object]], folders: Iterable[str]
) -> list[str]:
    """Why this page may not be sent; empty when it may.

    `personal`: what respondents answered in each column declared personal. `folders`: absolute
    paths of this machine. A problem says how many of the values stand in the page, never which.
    """
    reader = _Reader()
    reader.read(markup)
    if not "".join(reader.text[reader.body_starts :]).strip():
        reader.problems.append("it is empty: no cell returned anything to show")
    if not reader.guarded:
        reader.problems.append(
            "its head does not begin with a policy that lets nothing run or load (<meta"
            ' http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
            " style-src 'unsafe-inline'\">); put one into the page's template"
        )
    while reader.inner:
        reader.read_picture(reader.inner.pop())
    text, raw = "\n".join(reader.text + reader.shown), "\n".join(reader.raw)
    return list(dict.fromkeys(reader.problems)) + text_problems(text, personal, folders, raw)


def text_problems(
    text: str, personal: Mapping[str, Iterable[object]], folders: Iterable[str], raw: str = ""
) -> list[str]:
    """The rules about words alone: no respondent's values, no e-mail address, no folder of this
    machine (in `raw`, the source of the text, neither).
    """
    found = []
    if _TURNING.search(text):
        found.append(
            "marks that turn the direction of text stand in it; show labels as cx.table, cx.prose"
            " and the plots do"
        )
    shown = plain(text)
    for column, values in personal.items():
        if named := standing(tellable(values), shown):
            found.append(
                f"{len(named)} value(s) of the personal column {column!r} stand in it; look for"
                " them in segments, waves, labels and comments"
            )
    if addresses := set(EMAIL.findall(shown)):
        found.append(f"{len(addresses)} e-mail address(es) stand in it")
    paths = [path for folder in folders if (path := Path(folder)) != Path(path.anchor)]
    forms = {form for path in paths for form in (str(path), path.as_posix())}
    if any(_holds(said, form) for form in forms for said in (raw, text)):
        found.append("a folder of this machine stands in it")
    return found


def part_words(parts: Iterable[Mapping]) -> Iterator[str]:
    """Every text in the parts, which workbook and slides are made of (the pixels of a picture left
    out).
    """
    for part in parts:
        yield from strings({key: value for key, value in part.items() if key != "png"})


# Counts alone tell how a file was read; beside these a row shows what its respondents answered.
_ANSWERS = {"number", "share", "percent", "points", "pvalue"}
_BASES = ("n", "n_loss", "n_gain")


def part_problems(parts: Iterable[Mapping], min_cell: int) -> list[str]:
    """Tables that show what fewer than `min_cell` respondents answered: the last door, should a
    notebook forget `suppress`.
    """
    found = []
    for table in filter(None, map(table_of, parts)):
        bases = [place for place, column in enumerate(table["columns"]) if column["name"] in _BASES]
        small = sum(
            any(v is not None and kind in _ANSWERS for v, kind in zip(values, kinds, strict=True))
            and any(values[base] is not None and 0 < values[base] < min_cell for base in bases)
            for values, kinds in zip(table["rows"], table["kinds"], strict=True)
        )
        if small:
            found.append(
                f"{small} row(s) of {table['title'] or 'a table'!r} rest on fewer than {min_cell}"
                " respondents; pass the result through cx.suppress"
            )
    return found
