"""The report as slides: one message a slide, as its title; the figure with its words for who cannot
see it; where the numbers come from.
"""

from __future__ import annotations

import base64
import copy
import datetime
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxlab.errors import ReportError
from cxlab.report.formats.archive import write_fixed
from cxlab.show.words import format_words, text

if TYPE_CHECKING:
    from cxlab.study.codebook.brand import Brand

WIDTH, HEIGHT, LEFT = 13.333, 7.5, 0.6  # inches
INK, SOFT = "1D2733", "5B6672"
TITLE_ONLY, COVER = 5, 0  # layouts of python-pptx's own empty file
LONGEST_TITLE = 260
MOST_ROWS = 10  # of a table, that a room can read
LONGEST_PROPERTY = 255  # more no file of Office may say of itself
LONGEST_IN_SOURCE = 90  # of a client's name, or a study's, in the footer's line
# Sections that stay with the page and the workbook: a slide of file fingerprints tells a room
# nothing.
_LEFT_OUT = ("provenance",)


@dataclass
class _Group:
    """What stands under one heading."""

    key: str = ""
    kicker: str = ""
    why: str = ""
    texts: list[Mapping] = field(default_factory=list)
    figures: list[Mapping] = field(default_factory=list)
    cards: list[Mapping] = field(default_factory=list)

    @property
    def said(self) -> list[str]:
        return [one for part in self.texts for one in part["sentences"]]


def _groups(parts: Sequence[Mapping]) -> list[_Group]:
    found = [_Group()]
    for part in parts:
        if part["kind"] == "section":
            found.append(_Group(part["id"], part["title"], part["why"]))
        elif part["kind"] == "heading":
            found.append(_Group(found[-1].key, part["title"]))
        elif part["kind"] == "text" and part["sentences"]:
            found[-1].texts.append(part)
        elif part["kind"] == "figure":
            found[-1].figures.append(part)
        elif part["kind"] == "cards":
            found[-1].cards.append(part)
    return [group for group in found if group.key not in _LEFT_OUT]


def check_pictures(parts: Sequence[Mapping]) -> None:
    """Raise ReportError where the notebook ran without drawing pictures for slides."""
    if any(part["kind"] == "figure" and "png" not in part for part in parts):
        raise ReportError(
            "the notebook ran without drawing pictures for slides; set the environment variable"
            " CXLAB_FORMATS to pptx before it runs"
        )


def write_slides(parts: Sequence[Mapping], path: Path, language: str, brand: Brand) -> None:
    """Write the slides."""
    from pptx import Presentation

    deck = _Deck(Presentation(), language, brand, parts)
    for group in _groups(parts):
        for cards in group.cards:
            deck.table(group.kicker, cards)
        for number, figure in enumerate(group.figures):
            deck.figure(group.kicker, figure, group.said if number == 0 else [])
        if group.texts and not group.figures:
            deck.sentences(group)
    deck.save(path)


class _Deck:
    def __init__(self, show: Any, language: str, brand: Brand, parts: Sequence[Mapping]) -> None:
        from pptx.util import Inches

        self.show, self.brand, self.language, self.words = (
            show,
            brand,
            language,
            format_words.words(language),
        )
        self.cover = next(
            (part for part in parts if part["kind"] == "cover"),
            {"client": "", "title": "", "facts": [], "simulated": []},
        )
        show.slide_width, show.slide_height = Inches(WIDTH), Inches(HEIGHT)
        _theme(show, brand)
        _widen(show)
        self._first()

    @property
    def source(self) -> str:
        facts = "; ".join(self.cover["facts"])
        of = ", ".join(
            text.short(one, LONGEST_IN_SOURCE)
            for one in (self.cover["client"], self.cover["title"])
            if one
        )
        said = self.words["source"].format(source=" · ".join(one for one in (of, facts) if one))
        return " ".join([said, *(self.cover["simulated"][:1])])

    # ---- slides

    def _first(self) -> None:
        slide = self.show.slides.add_slide(self.show.slide_layouts[COVER])
        title, below = slide.shapes.title, slide.placeholders[1]
        _box(title, LEFT, 2.2, WIDTH - 2 * LEFT, 1.7)
        _box(below, LEFT, 4.0, WIDTH - 2 * LEFT, 2.2)
        name = self.cover["title"] or self.cover["client"]
        self._write(
            title.text_frame,
            [name],
            next(
                size
                for length, size in ((90, 40), (160, 30), (300, 22), (math.inf, 14))
                if len(name) <= length
            ),
            "main",
        )
        lines = [
            self.cover["client"],
            " · ".join(self.cover["facts"]),
            " ".join(self.cover["simulated"]),
        ]
        self._write(below.text_frame, [line for line in lines if line], 18, SOFT)
        self._bar(slide, 0, 0, WIDTH, 0.22, "main")
        logo = self.brand.logo
        if logo is not None and logo.kind == "png":
            wide = min(logo.width / logo.height * 0.7, 4)
            self._picture(
                slide, logo.bytes, self.brand.name, LEFT, 0.7, wide, wide * logo.height / logo.width
            )
        elif self.brand.name:
            self._text(slide, LEFT, 0.7, 8, 0.5, [self.brand.name], 16, SOFT)
        self._footer(slide, self.brand.footer)

    def _slide(self, kicker: str, message: str, fallback: str = "") -> Any:
        slide = self.show.slides.add_slide(self.show.slide_layouts[TITLE_ONLY])
        message = text.visible(message)
        if len(message) > LONGEST_TITLE and fallback:
            message = text.visible(fallback)
        size = next(
            size
            for length, size in ((75, 28), (130, 24), (190, 21), (math.inf, 18))
            if len(message) <= length
        )
        self._write(slide.shapes.title.text_frame, [message], size, INK)
        if kicker and text.visible(kicker) != message:
            self._text(slide, LEFT, 0.28, WIDTH - 2 * LEFT, 0.36, [kicker], 12, "main", bold=True)
        self._bar(slide, LEFT + 0.1, 0.26, 0.5, 0.03, "accent")
        self._footer(slide, self.source)
        return slide

    def figure(self, kicker: str, figure: Mapping, said: Sequence[str]) -> None:
        """The message, the figure as large as it fits, its note; what the report says beside it
        goes to the speaker's notes.
        """
        slide = self._slide(kicker, figure["message"], figure["title"])
        top, low = 1.78, 6.32
        size = min((WIDTH - 2 * LEFT) / figure["width"], (low - top) / figure["height"])
        wide, tall = figure["width"] * size, figure["height"] * size
        self._picture(
            slide,
            base64.b64decode(figure["png"]),
            figure["alt"],
            (WIDTH - wide) / 2,
            top + (low - top - tall) / 2,
            wide,
            tall,
        )
        self._text(
            slide,
            LEFT,
            6.38,
            WIDTH - 2 * LEFT,
            0.5,
            [f"{figure['title']}. {figure['note']}"],
            10,
            SOFT,
        )
        if said:
            slide.notes_slide.notes_text_frame.text = "\n".join(text.visible(one) for one in said)

    def sentences(self, group: _Group) -> None:
        """Sentences without a figure: a list keeps its question's answer in short as title, a
        paragraph its first sentence.
        """
        said = group.said
        listed = any(part["listed"] for part in group.texts) and bool(group.why)
        title, points = (group.why, said) if listed else (said[0], said[1:])
        size, pages = _pages(points)
        for number, page in enumerate(pages):
            slide = self._slide(
                group.kicker, title if not number else self.words["continued"].format(title=title)
            )
            if page:
                self._text(
                    slide,
                    LEFT,
                    1.85,
                    WIDTH - 2 * LEFT,
                    4.6,
                    page,
                    size,
                    INK,
                    bullets=len(points) > 1,
                )

    def table(self, kicker: str, cards: Mapping) -> None:
        """The headline figures as a table of the deck's own, which can be edited."""
        from pptx.util import Inches

        slide = self._slide(kicker, self.words["headline"])
        names = [column["name"] for column in cards["columns"]]
        columns = [
            names.index(name)
            for name in ("outcome", "metric", "estimate", "conf_low", "conf_high", "n")
            if name in names
        ]
        rows = list(zip(cards["rows"], cards["kinds"], strict=True))[:MOST_ROWS]
        if len(cards["rows"]) > MOST_ROWS:
            left_out = self.words["more_rows"].format(
                shown=MOST_ROWS, total=text.number(len(cards["rows"]), self.language, 0)
            )
            self._text(slide, LEFT, 6.42, WIDTH - 2 * LEFT, 0.4, [left_out], 12, SOFT)
        box = slide.shapes.add_table(
            len(rows) + 1,
            len(columns),
            Inches(LEFT),
            Inches(1.85),
            Inches(WIDTH - 2 * LEFT),
            Inches(0.4 * (len(rows) + 1)),
        )
        box._element.nvGraphicFramePr.cNvPr.set("descr", text.visible(cards["title"]))
        shares = {"outcome": 3.6, "metric": 3.6}
        total = sum(shares.get(names[place], 1.3) for place in columns)
        for at, place in enumerate(columns):
            box.table.columns[at].width = Inches(
                (WIDTH - 2 * LEFT) * shares.get(names[place], 1.3) / total
            )
            self._cell(box.table.cell(0, at), cards["columns"][place]["label"], at > 1, head=True)
            for number, (values, kinds) in enumerate(rows, 1):
                self._cell(
                    box.table.cell(number, at), self._printed(values[place], kinds[place]), at > 1
                )

    def _printed(self, value: Any, kind: str) -> str:
        if kind == "hidden":
            return self.words["suppressed"]
        if value is None or isinstance(value, str):
            return text.visible(value) if value else text.NOTHING
        if kind in ("share", "percent"):
            return text.percent(value, self.language)
        return text.number(value, self.language, 0 if kind in ("int", "points") else 2)

    # ---- pieces

    def _cell(self, cell: Any, words: str, right: bool, head: bool = False) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN

        cell.fill.solid()
        cell.fill.fore_color.rgb = RGBColor.from_string(
            self.brand.colours.main[1:].upper() if head else "FFFFFF"
        )
        self._write(cell.text_frame, [words], 13, "FFFFFF" if head else INK, bold=head)
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT

    def _write(
        self,
        frame: Any,
        lines: Iterable[str],
        size: float,
        colour: str,
        bold: bool = False,
        bullets: bool = False,
    ) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.dml import MSO_THEME_COLOR
        from pptx.enum.lang import MSO_LANGUAGE_ID
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
        from pptx.util import Pt

        tongue = (
            MSO_LANGUAGE_ID.BRAZILIAN_PORTUGUESE
            if self.language == "pt-BR"
            else MSO_LANGUAGE_ID.ENGLISH_US
        )
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            run = paragraph.add_run()
            run.text = text.visible(line)
            run.font.size, run.font.bold, run.font.language_id = Pt(size), bold, tongue
            if colour in ("main", "accent"):
                run.font.color.theme_color = (
                    MSO_THEME_COLOR.ACCENT_1 if colour == "main" else MSO_THEME_COLOR.ACCENT_2
                )
            else:
                run.font.color.rgb = RGBColor.from_string(colour)
            if bullets:
                paragraph.space_after = Pt(8)
                _bullet(paragraph)

    def _text(
        self,
        slide: Any,
        left: float,
        top: float,
        width: float,
        height: float,
        lines: Iterable[str],
        size: float,
        colour: str,
        **more: Any,
    ) -> None:
        from pptx.util import Inches

        self._write(
            slide.shapes.add_textbox(
                Inches(left), Inches(top), Inches(width), Inches(height)
            ).text_frame,
            lines,
            size,
            colour,
            **more,
        )

    def _bar(
        self, slide: Any, left: float, top: float, width: float, height: float, colour: str
    ) -> None:
        from pptx.enum.dml import MSO_THEME_COLOR
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Inches

        bar = slide.shapes.add_shape(
            MSO_SHAPE.RECTANGLE, Inches(left), Inches(top), Inches(width), Inches(height)
        )
        bar.fill.solid()
        bar.fill.fore_color.theme_color = (
            MSO_THEME_COLOR.ACCENT_1 if colour == "main" else MSO_THEME_COLOR.ACCENT_2
        )
        bar.line.fill.background()
        bar.shadow.inherit = False

    def _picture(
        self, slide: Any, png: bytes, alt: str, left: float, top: float, width: float, height: float
    ) -> None:
        from pptx.util import Inches

        picture = slide.shapes.add_picture(
            io.BytesIO(png), Inches(left), Inches(top), Inches(width), Inches(height)
        )
        picture._element.nvPicPr.cNvPr.set("descr", text.visible(alt))

    def _footer(self, slide: Any, words: str) -> None:
        """The layout's own footer and slide number, which python-pptx leaves to whoever wants
        them.
        """
        from pptx.enum.shapes import PP_PLACEHOLDER

        for place in slide.slide_layout.placeholders:
            kind = place.placeholder_format.type
            if kind in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER) and (
                words or kind == PP_PLACEHOLDER.SLIDE_NUMBER
            ):
                slide.shapes._spTree.append(copy.deepcopy(place._element))
                if kind == PP_PLACEHOLDER.FOOTER:
                    frame = slide.shapes[-1].text_frame
                    frame.clear()
                    both = " · ".join(
                        dict.fromkeys(one for one in (words, self.brand.footer) if one)
                    )
                    self._write(frame, [both], 9, SOFT)
        for number, shape in enumerate(slide.shapes, 2):
            # a copied placeholder brings its id along
            shape._element.xpath(".//p:cNvPr")[0].set("id", str(number))

    def save(self, path: Path) -> None:
        """Write the deck, the same bytes for the same report."""
        held, when = self.show.core_properties, datetime.datetime(1980, 1, 1)
        held.author = held.last_modified_by = text.short(
            self.brand.name or "cxlab", LONGEST_PROPERTY
        )
        held.title = text.short(
            " · ".join(one for one in (self.cover["client"], self.cover["title"]) if one),
            LONGEST_PROPERTY,
        )
        held.language, held.revision, held.created, held.modified = self.language, 1, when, when
        written = io.BytesIO()
        self.show.save(written)
        write_fixed(written.getvalue(), path)


def _pages(points: Sequence[str], tall: float = 4.5) -> tuple[int, list[list[str]]]:
    """The largest type in which all points stand on one slide; in the smallest, points cut into as
    few slides as hold them.
    """
    for size in (20, 18, 16, 14):
        # A letter is about half as wide as it is high, a line a fifth higher than its type.
        wide = (WIDTH - 2 * LEFT) * 72 / (0.5 * size)
        heights = [math.ceil(len(point) / wide) * 1.2 * size + 8 for point in points]
        if sum(heights) <= tall * 72:
            return size, [list(points)]
    count = math.ceil(sum(heights) / (tall * 72))
    pages: list[list[str]] = [[]]
    filled = 0.0
    for point, height in zip(points, heights, strict=True):
        if (
            pages[-1]
            and filled + height > max(sum(heights) / count + 20, height)
            and len(pages) < len(points)
        ):
            pages.append([])
            filled = 0.0
        pages[-1].append(point)
        filled += height
    return size, pages


def _box(shape: Any, left: float, top: float, width: float, height: float) -> None:
    from pptx.util import Inches

    shape.left, shape.top, shape.width, shape.height = (
        Inches(one) for one in (left, top, width, height)
    )


def _bullet(paragraph: Any) -> None:
    from pptx.oxml.xmlchemy import OxmlElement

    held = paragraph._p.get_or_add_pPr()
    held.set("marL", "228600")
    held.set("indent", "-228600")
    mark = OxmlElement("a:buChar")
    mark.set("char", "•")
    held.append(mark)


def _theme(show: Any, brand: Brand) -> None:
    """The brand's colours and fonts as the deck's theme, so that whoever edits a slide keeps
    them.
    """
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part = show.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = part.blob.decode("utf-8")
    colours = {
        "dk2": brand.colours.main,
        "accent1": brand.colours.main,
        "accent2": brand.colours.accent,
    }
    for name, colour in colours.items():
        theme = re.sub(
            rf"<a:{name}>.*?</a:{name}>",
            f'<a:{name}><a:srgbClr val="{colour[1:].upper()}"/></a:{name}>',
            theme,
            flags=re.DOTALL,
        )
    for kind, family in (
        ("major", brand.fonts.head or brand.fonts.text),
        ("minor", brand.fonts.text),
    ):
        if family:
            theme = re.sub(
                rf'(<a:{kind}Font>\s*<a:latin typeface=")[^"]*', rf"\g<1>{family}", theme
            )
    part._blob = theme.encode("utf-8")


def _widen(show: Any) -> None:
    """The empty file's layouts are 4:3; title, footer and number get their places for 16:9."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    places = {
        PP_PLACEHOLDER.TITLE: (LEFT, 0.6, WIDTH - 2 * LEFT, 1.12),
        PP_PLACEHOLDER.FOOTER: (LEFT, 6.95, WIDTH - 2 * LEFT - 1, 0.4),
        PP_PLACEHOLDER.SLIDE_NUMBER: (WIDTH - LEFT - 0.9, 6.95, 0.9, 0.4),
    }
    for sheet in (show.slide_master, *show.slide_layouts):
        for shape in sheet.placeholders:
            place = places.get(shape.placeholder_format.type)
            if place:
                _box(shape, *place)
            elif shape.left is not None:
                shape.left, shape.width = (
                    round(shape.left * WIDTH / 10),
                    round(shape.width * WIDTH / 10),
                )


def check() -> None:
    """Raise ReportError, saying what to install, where no slides can be made here."""
    try:
        import pptx  # noqa: F401
    except ImportError:
        raise ReportError(
            "slides need the package python-pptx, which is not installed; install cxlab again, or"
            " leave pptx out of --formats"
        ) from None
