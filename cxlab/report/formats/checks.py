"""What may not leave the house: a page that loads, runs or names, and words that tell who somebody
is or where a file lies.

What was made is read again as a browser would read it, so that no mistake of whoever made it, nor
of a survey's own words, goes out.
"""

import functools
import html
import itertools
import re
import unicodedata
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Comment, Element, ParseError, TreeBuilder, XMLParser, fromstring

from tinyhtml5.parser import HTMLParser

from cxlab.data_files import read_data
from cxlab.report.formats.tables import rows_of, table_of
from cxlab.study.codebook.declaration import strings

# Parts of a figure that hold no words.
PIXELS = ("png", "panels")
_RULES = read_data("report.formats", "markup.yml")
# tried once a word, else a long one takes hours
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w+")
_DATA_URI = re.compile(r"data:[\w.+/-]*(?:;[\w=.-]+)*,[^\s\"')<>]*", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_LOAD = re.compile(
    r"@import|url\(\s*['\"]?\s*(?!data:image/|data:font/|#|['\"]?\s*\))|https?:|['\"]//",
    re.IGNORECASE,
)
_UNREAD = "a picture cannot be read"


class _Reader:
    """Reads pages and pictures as a browser would: what they show, and what they would load or run.
    Its methods yield what is wrong with them.
    """

    def __init__(self) -> None:
        # what is shown or read out, comments and attributes among it; the source; pictures inside
        self.text, self.raw, self.pictures = [], [], []

    def page(self, markup: str) -> Iterator[str]:
        """Read a page, and the pictures in it."""
        parser = HTMLParser(namespace_html_elements=False)
        page = parser.parse(markup, full_tree=True)
        words = [words for body in page.findall("html/body") for words in body.itertext()]
        if not _is_guarded(page.find("html/head"), parser.errors):
            yield (
                "its head does not begin with a policy that lets nothing run or load (<meta"
                ' http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src'
                " data:; style-src 'unsafe-inline'\">); put one into the page's template"
            )
        elif not "".join(words).strip() and page.find(".//img") is None:
            yield "it is empty: no cell returned anything to show"
        yield from self._read(markup, page)
        for picture in self.pictures:
            yield from self._picture(picture)

    def _picture(self, markup: str) -> Iterator[str]:
        """Read a picture in SVG, which browsers take for XML: what it declares to be of another
        namespace is so, whatever its prefix.
        """
        orders = _RULES["xml_orders"].items()
        yield from (told for sign, told in orders if re.search(sign, markup))
        # a section of characters is a piece of its own in the source, and none in what is shown
        parted = markup.replace("<![CDATA[", "<![CDATA[\n").replace("]]>", "\n]]>")
        for source in {markup: 0, parted: 0}:
            try:
                parser = XMLParser(target=TreeBuilder(insert_comments=True))
                yield from self._read(markup, fromstring(source, parser))
            except (ParseError, ValueError):
                yield _UNREAD

    def _read(self, markup: str, tree: Element) -> Iterator[str]:
        self.raw.append(_DATA_URI.sub("", markup))
        if re.search(r"<\s*/?\s*(?:\w+:)?script\b", markup, re.IGNORECASE):
            yield "it holds a script"
        comments = list(tree.iter(Comment))
        for comment in comments:
            # a picture's labels stand in comments, where "&" and "--" are written otherwise
            self.text += [comment.text, html.unescape(comment.text.replace("- -", "--"))]
            comment.text = ""
        for element in tree.iter():
            if element.tag is not Comment:
                yield from self._element(_local(element.tag), element)
                element.text = f"\n{element.text or ''}"
                element.tail = f"\n{element.tail or ''}"
        # Tags part words; comments part them in the source, and not in what is shown.
        for between in ("", "\n"):
            for comment in comments:
                comment.text = between
            self.text.append("".join(tree.itertext()))

    def _element(self, name: str, element: Element) -> Iterator[str]:
        if name in _RULES["forbidden_elements"]:
            yield f"it holds <{name}>"
        if name == "meta" and element.get("http-equiv", "").lower() == "refresh":
            yield "it sends the reader to another page"
        for key, value in element.items():
            yield from self._attribute(name, key, value or "")
        if name == "style" and not element.tag.endswith(":style"):
            inner = [child.tag for child in element if child.tag is not Comment]
            yield from (f"its styles hold <{_local(tag)}>" for tag in inner)
            yield from _loaded_by("".join(element.itertext()))
            element.text = ""

    def _attribute(self, name: str, key: str, value: str) -> Iterator[str]:
        local = _local(key)
        if key in _RULES["read_attributes"]:
            self.text.append(value)
        elif key.startswith("on"):
            yield f"<{name}> has {key}, which runs code"
        elif key == "href" and name in ("a", "area"):
            self.text.append(urllib.parse.unquote(value))
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", value).lower())
            if scheme and scheme[1] not in _RULES["link_schemes"]:
                yield f"it links to {scheme[1]}:"
        elif local in _RULES["loading_attributes"]:
            yield from self._load(name, local, value.strip())
        elif "url(" in value.lower() or key == "style":
            yield from _loaded_by(value)

    def _load(self, name: str, key: str, value: str) -> Iterator[str]:
        kind = value.lower()
        if not re.match("data:image/|#|$", kind) or (
            key == "srcset" and re.search(r",\s+(?!data:)", value)
        ):
            yield f"<{name} {key}> loads from outside the file"
        elif kind.startswith("data:image/svg+xml"):
            try:
                held = urllib.request.DataHandler().data_open(urllib.request.Request(value))
                self.pictures.append(held.read().decode("utf-8", errors="replace"))
            except ValueError:
                yield _UNREAD


def _is_guarded(head: Element, errors: Iterable[tuple]) -> bool:
    """Whether a policy that denies all stands before anything that could run or load, in a head
    that nothing follows but the body.
    """
    first = itertools.takewhile(lambda element: element.tag in ("meta", "title", Comment), head)
    return "unexpected-start-tag-out-of-my-head" not in {kind for _, kind, _ in errors} and any(
        element.get("http-equiv", "").lower() == "content-security-policy"
        and _denies(element.get("content", ""))
        for element in first
    )


def _denies(policy: str) -> bool:
    """Whether a Content-Security-Policy denies everything but pictures and fonts in the file itself
    and styles that stand in the page.
    """
    # what a browser takes for blank; Python's own list is longer
    if not re.fullmatch(r"[\t\n\f\r -~]*", policy):
        return False
    rules = {}
    for name, *sources in filter(None, map(str.split, policy.lower().split(";"))):
        rules.setdefault(name, sources)  # of two rules of one name the first holds
    # Directives that name no sources (base-uri, form-action, sandbox) only forbid more.
    kinds = {name: name.partition("-src")[0] for name in rules if "-src" in name}
    return rules.get("default-src") == ["'none'"] and all(
        set(rules[name]) <= {"'none'", *_RULES["policy_sources"].get(kind, ())}
        for name, kind in kinds.items()
    )


@functools.lru_cache(maxsize=1024)  # a picture says the same few styles a thousand times
def _loaded_by(style: str) -> list[str]:
    found = _CSS_LOAD.search(_CSS_COMMENT.sub("", style))
    return [f"its styles load from outside the file ({found[0][:20]}…)"] if found else []


def _local(name: str) -> str:
    """A name without its namespace or prefix."""
    return re.split("[}:]", name)[-1].lower()


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
    return [
        value for value in values if words.issuperset(_WORD.findall(value)) and _holds(text, value)
    ]


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
    found = dict.fromkeys(reader.page(markup))
    text, raw = "\n".join(reader.text), "\n".join(reader.raw)
    return [*found, *text_problems(text, personal, folders, raw)]


def text_problems(
    text: str, personal: Mapping[str, Iterable[object]], folders: Iterable[str], raw: str = ""
) -> Iterator[str]:
    """The rules about words alone: no respondent's values, no e-mail address, no folder of this
    machine (in `raw`, the source of the text, neither).
    """
    if re.search("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]", text):
        yield (
            "marks that turn the direction of text stand in it; show labels as cx.table, cx.prose"
            " and the plots do"
        )
    shown = plain(text)
    for column, values in personal.items():
        if named := standing(tellable(values), shown):
            yield (
                f"{len(named)} value(s) of the personal column {column!r} stand in it; look for"
                " them in segments, waves, labels and comments"
            )
    if addresses := set(EMAIL.findall(shown)):
        yield f"{len(addresses)} e-mail address(es) stand in it"
    paths = [path for path in map(Path, folders) if path.name]  # not the root of a disk
    forms = {form for path in paths for form in (str(path), path.as_posix())}
    if any(_holds(said, form) for form in forms for said in (raw, text)):
        yield "a folder of this machine stands in it"


def part_words(parts: Iterable[Mapping]) -> Iterator[str]:
    """Every text in the parts, which workbook and slides are made of (the pixels of a picture left
    out).
    """
    for part in parts:
        yield from strings({key: value for key, value in part.items() if key not in PIXELS})


def part_problems(
    parts: Iterable[Mapping], min_cell: int, protect: str = "groups"
) -> Iterator[str]:
    """Tables that show what fewer than `min_cell` respondents answered or, where single answers are
    protected, exact counts or charts in too many digits: the last door, should a notebook show what
    no page has disclosed.
    """
    for table in filter(None, map(table_of, parts)):
        columns = enumerate(table["columns"])
        bases = [place for place, column in columns if column["name"] in _RULES["bases"]]
        small = exact = 0
        for row in rows_of(table):
            counts = [row[base][0] or 0 for base in bases]
            answers = any(value is not None and kind in _RULES["answers"] for value, kind in row)
            small += answers and any(0 < count < min_cell for count in counts)
            exact += protect == "answers" and any(count % 5 for count in counts)
        title = table["title"] or "a table"
        if small:
            yield (
                f"{small} row(s) of {title!r} rest on fewer than {min_cell} respondents; pass the"
                " estimator to page(…)"
            )
        if exact:
            yield (
                f"{exact} row(s) of {title!r} hold exact counts, and the study protects answers;"
                " pass the estimator to page(…)"
            )
    for part in parts if protect == "answers" else ():
        chart = part.get("chart") or {"rows": (), "format": ""}
        digits = 2 if "%" in chart["format"] else 1
        exact = sum(
            round(one[end], digits) != one[end]
            for row in chart["rows"]
            for one in filter(None, row["points"])
            for end in ("at", "low", "high")
            if one[end] is not None
        )
        if exact:
            yield (
                f"{exact} number(s) of the chart {part['title']!r} have more digits than a study"
                " that protects answers shows; pass the estimator to page(…)"
            )
