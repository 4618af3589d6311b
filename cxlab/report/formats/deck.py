"""How slides are drawn: python-pptx's own empty file in the brand's colours and fonts, widened to
16:9, with titles, pictures and footers where readers who hear a slide find them.
"""

import base64
import copy
import datetime
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.shapes import MSO_SHAPE, PP_PLACEHOLDER
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from cxlab.report.formats.archive import write_fixed
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand

Box = tuple[float, float, float, float]  # left, top, width, height; inches

WIDTH, HEIGHT, LEFT = 13.333, 7.5, 0.6
INNER = WIDTH - 2 * LEFT
INK, SOFT, WHITE = "1D2733", "5B6672", "FFFFFF"
_THEME = {"main": MSO_THEME_COLOR.ACCENT_1, "accent": MSO_THEME_COLOR.ACCENT_2}
TITLE_ONLY, COVER = 5, 0  # layouts of the empty file
PLACES = {
    PP_PLACEHOLDER.TITLE: (LEFT, 0.6, INNER, 1.12),
    PP_PLACEHOLDER.FOOTER: (LEFT, 6.95, INNER - 1, 0.4),
    PP_PLACEHOLDER.SLIDE_NUMBER: (WIDTH - LEFT - 0.9, 6.95, 0.9, 0.4),
}
LONGEST_TITLE = 260
LONGEST_PROPERTY = 255  # more no file of Office may say of itself
LONGEST_IN_SOURCE = 90  # of a client's name, or a study's, in the footer's line
# The type of a title of at most so many characters.
COVER_SIZES = {90: 40, 160: 30, 300: 22, math.inf: 14}
TITLE_SIZES = {75: 28, 130: 24, 190: 21, math.inf: 18}
COLUMN_SHARES = {"outcome": 3.6, "metric": 3.6}  # of a table's width; the others 1.3


class Deck:
    """Slides of one report, a cover first."""

    def __init__(self, language: str, brand: Brand, cover: Mapping) -> None:
        self.language, self.brand, self.cover = language, brand, cover
        self.words = format_words.words(language)
        self.show = Presentation()
        self.show.slide_width, self.show.slide_height = Inches(WIDTH), Inches(HEIGHT)
        _theme(self.show, brand)
        _widen(self.show)
        of = [one for one in (cover["client"], cover["title"]) if one]
        self.title = " · ".join(of)
        asked = ", ".join(text.short(one, LONGEST_IN_SOURCE) for one in of)
        source = " · ".join(one for one in (asked, "; ".join(cover["facts"])) if one)
        self.source = " ".join(
            [self.words["source"].format(source=source), *cover["simulated"][:1]]
        )
        self._cover()

    # ---- slides

    def _cover(self) -> None:
        slide = self.show.slides.add_slide(self.show.slide_layouts[COVER])
        title, below = slide.shapes.title, slide.placeholders[1]
        _box(title, (LEFT, 2.2, INNER, 1.7))
        _box(below, (LEFT, 4.0, INNER, 2.2))
        client, facts = self.cover["client"], self.cover["facts"]
        name = self.cover["title"] or client
        self._write(title.text_frame, [name], _size(name, COVER_SIZES), "main")
        lines = [client, " · ".join(facts), " ".join(self.cover["simulated"])]
        self._write(below.text_frame, [line for line in lines if line], 18, SOFT)
        _bar(slide, (0, 0, WIDTH, 0.22), "main")
        logo = self.brand.logo
        if logo is not None and logo.kind == "png":
            wide = min(logo.width / logo.height * 0.7, 4)
            box = (LEFT, 0.7, wide, wide * logo.height / logo.width)
            _picture(slide, box, logo.bytes, self.brand.name)
        elif self.brand.name:
            self._text(slide, (LEFT, 0.7, 8, 0.5), [self.brand.name], 16, SOFT)
        self._footer(slide, self.brand.footer)

    def _slide(self, kicker: str, message: str, fallback: str = "") -> Any:
        slide = self.show.slides.add_slide(self.show.slide_layouts[TITLE_ONLY])
        message = text.visible(message)
        if len(message) > LONGEST_TITLE and fallback:
            message = text.visible(fallback)
        self._write(slide.shapes.title.text_frame, [message], _size(message, TITLE_SIZES), INK)
        if kicker and text.visible(kicker) != message:
            self._text(slide, (LEFT, 0.28, INNER, 0.36), [kicker], 12, "main", bold=True)
        _bar(slide, (LEFT + 0.1, 0.26, 0.5, 0.03), "accent")
        self._footer(slide, self.source)
        return slide

    def figure(self, kicker: str, figure: Mapping, said: Sequence[str]) -> None:
        """The message, the figure as large as it fits, its note; what the report says beside it
        goes to the speaker's notes.
        """
        slide = self._slide(kicker, figure["message"], figure["title"])
        top, low = 1.78, 6.32
        size = min(INNER / figure["width"], (low - top) / figure["height"])
        wide, tall = figure["width"] * size, figure["height"] * size
        box = ((WIDTH - wide) / 2, top + (low - top - tall) / 2, wide, tall)
        _picture(slide, box, base64.b64decode(figure["png"]), figure["alt"])
        note = f"{figure['title']}. {figure['note']}"
        self._text(slide, (LEFT, 6.38, INNER, 0.5), [note], 10, SOFT)
        if said:
            slide.notes_slide.notes_text_frame.text = "\n".join(text.visible(one) for one in said)

    def sentences(self, kicker: str, title: str, points: Sequence[str]) -> None:
        """Sentences without a figure, on as many slides as they need."""
        size, pages = _pages(points)
        for number, page in enumerate(pages):
            said = self.words["continued"].format(title=title) if number else title
            slide = self._slide(kicker, said)
            if page:
                box = (LEFT, 1.85, INNER, 4.6)
                self._text(slide, box, page, size, INK, bullets=len(points) > 1)

    def table(
        self,
        kicker: str,
        message: str,
        alt: str,
        heads: Sequence[tuple[str, str]],
        rows: Sequence[Sequence[str]],
        left_out: str,
    ) -> None:
        """A table that can be edited: heads (each with its column's name) and rows of words."""
        slide = self._slide(kicker, message)
        if left_out:
            self._text(slide, (LEFT, 6.42, INNER, 0.4), [left_out], 12, SOFT)
        count = len(rows) + 1
        box = _inches((LEFT, 1.85, INNER, 0.4 * count))
        shape = slide.shapes.add_table(count, len(heads), *box)
        shape._element.nvGraphicFramePr.cNvPr.set("descr", text.visible(alt))
        shares = [COLUMN_SHARES.get(name, 1.3) for _, name in heads]
        for at, ((label, _), share) in enumerate(zip(heads, shares, strict=True)):
            shape.table.columns[at].width = Inches(INNER * share / sum(shares))
            self._cell(shape.table.cell(0, at), label, at > 1, head=True)
            for number, row in enumerate(rows, 1):
                self._cell(shape.table.cell(number, at), row[at], at > 1)

    def save(self, path: Path) -> None:
        """Write the deck, the same bytes for the same report."""
        held, when = self.show.core_properties, datetime.datetime(1980, 1, 1)
        held.author = text.short(self.brand.name or "cxlab", LONGEST_PROPERTY)
        held.last_modified_by = held.author
        held.title = text.short(self.title, LONGEST_PROPERTY)
        held.language, held.revision, held.created, held.modified = self.language, 1, when, when
        written = io.BytesIO()
        self.show.save(written)
        write_fixed(written.getvalue(), path)

    # ---- pieces

    def _cell(self, cell: Any, words: str, right: bool, head: bool = False) -> None:
        cell.fill.solid()
        _paint(cell.fill.fore_color, self.brand.colours.main[1:].upper() if head else WHITE)
        self._write(cell.text_frame, [words], 13, WHITE if head else INK, bold=head)
        cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT

    def _text(
        self,
        slide: Any,
        box: Box,
        lines: Iterable[str],
        size: float,
        colour: str,
        bold: bool = False,
        bullets: bool = False,
    ) -> None:
        frame = slide.shapes.add_textbox(*_inches(box)).text_frame
        self._write(frame, lines, size, colour, bold)
        for paragraph in frame.paragraphs if bullets else ():
            paragraph.space_after = Pt(8)
            _bullet(paragraph)

    def _write(
        self, frame: Any, lines: Iterable[str], size: float, colour: str, bold: bool = False
    ) -> None:
        frame.word_wrap = True
        frame.vertical_anchor = MSO_ANCHOR.TOP
        tongue = "BRAZILIAN_PORTUGUESE" if self.language == "pt-BR" else "ENGLISH_US"
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if not number else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            run = paragraph.add_run()
            run.text = text.visible(line)
            run.font.size, run.font.bold = Pt(size), bold
            run.font.language_id = MSO_LANGUAGE_ID[tongue]
            _paint(run.font.color, colour)

    def _footer(self, slide: Any, words: str) -> None:
        """The layout's own footer and slide number, which python-pptx does not copy."""
        both = " · ".join(dict.fromkeys(one for one in (words, self.brand.footer) if one))
        for place in slide.slide_layout.placeholders:
            kind = place.placeholder_format.type
            if kind == PP_PLACEHOLDER.SLIDE_NUMBER or (kind == PP_PLACEHOLDER.FOOTER and words):
                slide.shapes._spTree.append(copy.deepcopy(place._element))
                if kind == PP_PLACEHOLDER.FOOTER:
                    frame = slide.shapes[-1].text_frame
                    frame.clear()
                    self._write(frame, [both], 9, SOFT)
        for number, shape in enumerate(slide.shapes, 2):
            # a copied placeholder brings its id along
            shape._element.xpath(".//p:cNvPr")[0].set("id", str(number))


def _size(words: str, sizes: Mapping[float, float]) -> float:
    return next(size for length, size in sizes.items() if len(words) <= length)


def _pages(points: Sequence[str], tall: float = 4.5) -> tuple[int, list[list[str]]]:
    """The largest type in which all points stand on one slide; in the smallest, points cut into as
    few slides as hold them.
    """
    for size in (20, 18, 16, 14):
        # A letter is about half as wide as it is high, a line a fifth higher than its type.
        wide = INNER * 72 / (0.5 * size)
        heights = [math.ceil(len(point) / wide) * 1.2 * size + 8 for point in points]
        if sum(heights) <= tall * 72:
            return size, [list(points)]
    count = math.ceil(sum(heights) / (tall * 72))
    pages = [[]]
    filled = 0.0
    for point, height in zip(points, heights, strict=True):
        if pages[-1] and filled + height > max(sum(heights) / count + 20, height):
            pages.append([])
            filled = 0.0
        pages[-1].append(point)
        filled += height
    return size, pages


def _inches(box: Box) -> list[int]:
    return [Inches(one) for one in box]


def _box(shape: Any, box: Box) -> None:
    shape.left, shape.top, shape.width, shape.height = _inches(box)


def _paint(target: Any, colour: str) -> None:
    """A colour of the theme by its role, so that it changes with the theme, or a fixed one."""
    if colour in _THEME:
        target.theme_color = _THEME[colour]
    else:
        target.rgb = RGBColor.from_string(colour)


def _bar(slide: Any, box: Box, colour: str) -> None:
    bar = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *_inches(box))
    bar.fill.solid()
    _paint(bar.fill.fore_color, colour)
    bar.line.fill.background()
    bar.shadow.inherit = False


def _picture(slide: Any, box: Box, png: bytes, alt: str) -> None:
    picture = slide.shapes.add_picture(io.BytesIO(png), *_inches(box))
    picture._element.nvPicPr.cNvPr.set("descr", text.visible(alt))


def _bullet(paragraph: Any) -> None:
    held = paragraph._p.get_or_add_pPr()
    held.set("marL", "228600")
    held.set("indent", "-228600")
    mark = OxmlElement("a:buChar")
    mark.set("char", "•")
    held.append(mark)


def _theme(show: Any, brand: Brand) -> None:
    """The brand's colours and fonts as the deck's theme, which an edited slide keeps."""
    part = show.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = part.blob.decode("utf-8")
    main, accent = brand.colours.main, brand.colours.accent
    for name, colour in {"dk2": main, "accent1": main, "accent2": accent}.items():
        value = f'<a:{name}><a:srgbClr val="{colour[1:].upper()}"/></a:{name}>'
        theme = re.sub(rf"<a:{name}>.*?</a:{name}>", value, theme, flags=re.DOTALL)
    fonts = {"major": brand.fonts.head or brand.fonts.text, "minor": brand.fonts.text}
    for kind, family in fonts.items():
        if family:
            face = rf'(<a:{kind}Font>\s*<a:latin typeface=")[^"]*'
            theme = re.sub(face, rf"\g<1>{family}", theme)
    part._blob = theme.encode("utf-8")


def _widen(show: Any) -> None:
    """The empty file's layouts are 4:3; title, footer and number get their places for 16:9."""
    for sheet in (show.slide_master, *show.slide_layouts):
        for shape in sheet.placeholders:
            if place := PLACES.get(shape.placeholder_format.type):
                _box(shape, place)
            elif shape.left is not None:
                shape.left = round(shape.left * WIDTH / 10)
                shape.width = round(shape.width * WIDTH / 10)
