"""How slides are drawn: `slides.pptx` beside this file holds a layout for the cover and one for the
others, in which every text has its place and its type; here they get their words, the brand's
colours and fonts, pictures and tables.
"""

import base64
import copy
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.enum.dml import MSO_THEME_COLOR
from pptx.enum.text import PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.util import Inches, Pt

from cxlab.data_files import read_data
from cxlab.languages import LANGUAGES
from cxlab.report.formats import charts
from cxlab.report.formats.archive import write_fixed
from cxlab.report.formats.chart_rows import columns_of
from cxlab.report.formats.slide_table import LETTER, MOST_ROWS, NUMBERS, columns, fitted
from cxlab.show.words import format_words, text
from cxlab.study.codebook.brand import Brand
from cxlab.study.codebook.colours import figure_colours

COVER, SLIDE = 0, 1  # layouts
# Their places for text, by number; the list has bullets, the paragraph has none.
TITLE, BELOW, FOOTER, NUMBER, KICKER, NOTE, LIST, PARAGRAPH = 0, 1, 11, 12, 13, 14, 15, 16
WIDTH, LEFT = 13.333, 0.6
INNER = WIDTH - 2 * LEFT
TOP, ROOM, GAP = 1.78, 4.54, 0.3  # inches: of a figure, down from its top, and between two
INK, WHITE = RGBColor(0x1D, 0x27, 0x33), RGBColor(0xFF, 0xFF, 0xFF)
ENDS = (".", "?", "!", "…")  # of a sentence
LONGEST_TITLE = 260
LONGEST_PROPERTY = 255  # more no file of Office may say of itself
LONGEST_IN_SOURCE = 90  # of a client's name, or a study's, in the footer's line
LISTED = 18  # the type of messages above a table
COVER_SIZES, TITLE_SIZES, *_ = read_data("report.formats", "deck.yml").values()


class Deck:
    """Slides of one report, a cover first."""

    def __init__(self, language: str, brand: Brand, cover: Mapping) -> None:
        self.language, self.brand = language, brand
        self.words = format_words.words(language)
        self.show = Presentation(Path(__file__).with_name("slides.pptx"))
        self.messages: dict[str, Any] = {}  # slides by their titles
        _theme(self.show, brand)
        of = list(filter(None, (cover["client"], cover["title"])))
        self.title = " · ".join(of)
        asked = ", ".join(text.short(one, LONGEST_IN_SOURCE) for one in of)
        source = " · ".join(filter(None, (asked, "; ".join(cover["facts"]))))
        self.source = " · ".join(
            [self.words["source"].format(source=source), *cover["simulated"][:1]]
        )
        self._cover(cover)

    # ---- slides

    def _cover(self, cover: Mapping) -> None:
        client, name = cover["client"], self.brand.name
        title = cover["title"] or client
        below = (client, " · ".join(cover["facts"]), " ".join(cover["simulated"]))
        own, theirs = self.brand.pngs
        slide = self._add(
            COVER,
            {
                TITLE: ([title], _size(title, COVER_SIZES)),
                BELOW: (below, 18),
                KICKER: ([] if own else [name], 16),
                FOOTER: ([self.brand.footer], 9),
            },
        )
        for logo, words in ((own, name), (theirs, client)):
            if logo:
                wide = min(logo.width / logo.height * 0.7, 4)
                left = LEFT if logo is own else WIDTH - LEFT - wide
                box = (left, 0.7, wide, wide * logo.height / logo.width)
                _picture(slide, box, logo.bytes, words)

    def _slide(
        self, kicker: str, message: str, fallback: str = "", texts: Mapping[int, Any] | None = None
    ) -> Any:
        message = text.visible(message)
        if len(message) > LONGEST_TITLE and fallback:
            message = text.visible(fallback)
        foot = " · ".join(dict.fromkeys(filter(None, (self.source, self.brand.footer))))
        self.messages[message] = self._add(
            SLIDE,
            {
                TITLE: ([message], _size(message, TITLE_SIZES)),
                KICKER: ([kicker] if text.visible(kicker) != message else [], 12),
                FOOTER: ([foot], 9),
                **(texts or {}),
            },
        )
        return self.messages[message]

    def _add(self, layout: int, texts: Mapping[int, tuple[Iterable[str], float]]) -> Any:
        """A slide with these lines in these places; the others go."""
        slide = self.show.slides.add_slide(self.show.slide_layouts[layout])
        for place in slide.slide_layout.placeholders:
            # the layout's own footer and number, which python-pptx does not copy
            if place.placeholder_format.idx in (FOOTER, NUMBER):
                slide.shapes._spTree.append(copy.deepcopy(place._element))
        for place in list(slide.placeholders):
            lines, size = texts.get(place.placeholder_format.idx, ((), 0))
            lines = list(filter(None, lines))
            if lines:
                self._write(place.text_frame, lines, size)
            elif place.placeholder_format.idx != NUMBER:
                slide.shapes._spTree.remove(place._element)
        return slide

    def figure(self, kicker: str, figure: Mapping, said: Sequence[str]) -> Any:
        """The message, the figure as large as it fits, its note; what the report says beside it
        goes to the speaker's notes.
        """
        title = figure["title"]
        note = f"{title}{'.' * (not title.endswith(ENDS))} {figure['note']}"
        slide = self._slide(kicker, figure["message"], figure["title"], {NOTE: ([note], 10)})
        if "chart" in figure:
            self._charts(slide, figure)
        else:
            size = min(INNER / figure["width"], ROOM / figure["height"])
            wide, tall = figure["width"] * size, figure["height"] * size
            box = ((WIDTH - wide) / 2, TOP + (ROOM - tall) / 2, wide, tall)
            _picture(slide, box, base64.b64decode(figure["png"]), figure["alt"])
        self.note(slide, [*said, note, self.source])
        return slide

    def _charts(self, slide: Any, figure: Mapping) -> None:
        """The figure's chart, in two where it has many rows."""
        parts = columns_of(figure["chart"], self.words["others"])
        wide = (INNER - GAP * (len(parts) - 1)) / len(parts)
        for at, part in enumerate(parts):
            tall = min(ROOM, charts.height(part))
            native = charts.Native(part, (wide, tall), self.language)
            box = map(Inches, (LEFT + at * (wide + GAP), TOP, wide, tall))
            frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *box, native)
            words = figure["alt"] if not at else figure["title"]
            frame._element.nvGraphicFramePr.cNvPr.set("descr", text.visible(words))

    def note(self, slide: Any, said: Sequence[str]) -> None:
        """More for the speaker's notes of a slide."""
        if said:
            frame = slide.notes_slide.notes_text_frame
            frame.text = "\n".join(filter(None, [frame.text, *map(text.visible, said)]))

    def sentences(self, kicker: str, title: str, points: Sequence[str]) -> None:
        """Sentences without a figure, on as many slides as they need."""
        size, pages = _pages(points)
        place = LIST if len(points) > 1 else PARAGRAPH
        for number, page in enumerate(pages):
            said = self.words["continued"].format(title=title) if number else title
            self._slide(kicker, said, texts={place: (page, size)})

    def headline(self, kicker: str, cards: Mapping) -> None:
        """The headline figures as a table; what of it is left out is said."""
        count = len(cards["printed"]["rows"])
        left_out = self.words["more_rows"].format(
            shown=MOST_ROWS, total=text.number(count, self.language, 0)
        )
        cut = [left_out] if count > MOST_ROWS else []
        self.table(kicker, self.words["headline"], cards, cut)

    def table(
        self,
        kicker: str,
        message: str,
        part: Mapping,
        said: Sequence[str] = (),
        points: Sequence[str] = (),
    ) -> Any:
        """A table that can be edited, as the page prints it; `said` of it below, and above it
        sentences that belong to it, which have a slide of their own where both find no room.
        """
        names, lines = columns(part["printed"])
        points = [one for one in points if one != message]
        above = sum(_heights(points, LISTED)) / 72
        size, widths, heights = fitted(lines, INNER, ROOM - above)
        if points and above + sum(heights) > ROOM:
            self.sentences("", kicker, points)
            points, above = [], 0.0
            size, widths, heights = fitted(lines, INNER, ROOM)
        place = LIST if len(points) > 1 else PARAGRAPH
        texts = {NOTE: ([" ".join(said)], 12), place: (points, LISTED)}
        slide = self._slide(kicker, message, part["title"], texts)
        for shape in slide.placeholders:
            if shape.placeholder_format.idx == place:
                shape.left, shape.top = Inches(LEFT), Inches(TOP)
                shape.width, shape.height = Inches(INNER), Inches(above)
        box = map(Inches, (LEFT, TOP + 0.1 + above, INNER, sum(heights)))
        shape = slide.shapes.add_table(len(lines), len(names), *box)
        shape._element.nvGraphicFramePr.cNvPr.set("descr", text.visible(part["title"]))
        self.note(slide, [*said, self.source])
        for row, height in zip(shape.table.rows, heights, strict=True):
            row.height = Inches(height)
        for at, name in enumerate(names):
            shape.table.columns[at].width = Inches(widths[at])
            for number, line in enumerate(lines):
                cell = shape.table.cell(number, at)
                self._cell(cell, line[at], size, name in NUMBERS, head=not number)
        return slide

    def save(self, path: Path) -> None:
        """Write the deck, the same bytes for the same report."""
        held = self.show.core_properties
        held.author = text.short(self.brand.name or "cxlab", LONGEST_PROPERTY)
        held.last_modified_by = held.author
        held.title = text.short(self.title, LONGEST_PROPERTY)
        held.language = self.language
        self.show.save(written := io.BytesIO())
        write_fixed(written, path)

    # ---- pieces

    def _cell(self, cell: Any, words: str, size: float, right: bool, head: bool) -> None:
        cell.fill.solid()
        self._write(cell.text_frame, [words], size)
        (paragraph,) = cell.text_frame.paragraphs
        paragraph.runs[0].text = words
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        font = paragraph.runs[0].font
        font.bold, font.color.rgb = head, WHITE if head else INK
        if head:
            cell.fill.fore_color.theme_color = MSO_THEME_COLOR.ACCENT_1
        else:
            cell.fill.fore_color.rgb = WHITE

    def _write(self, frame: Any, lines: Iterable[str], size: float) -> None:
        for number, line in enumerate(lines):
            paragraph = frame.add_paragraph() if number else frame.paragraphs[0]
            run = paragraph.add_run()
            run.text = text.visible(line)
            run.font.size = Pt(size)
            run.font._rPr.set("lang", LANGUAGES[self.language]["office"])


def _size(words: str, sizes: Mapping[float, float]) -> float:
    return next(size for length, size in sizes.items() if len(words) <= length)


def _pages(points: Sequence[str]) -> tuple[int, list[list[str]]]:
    """The largest type in which all points stand on one slide; in the smallest, points cut into as
    few slides as hold them.
    """
    tall = 4.5 * 72  # points, of the room for sentences
    for size in (20, 18, 16, 14):
        heights = _heights(points, size)
        if sum(heights) <= tall:
            return size, [list(points)]
    count = math.ceil(sum(heights) / tall)
    pages, filled = [[]], 0.0
    for point, height in zip(points, heights, strict=True):
        if pages[-1] and filled + height > max(sum(heights) / count + 20, height):
            pages.append([])
            filled = 0.0
        pages[-1].append(point)
        filled += height
    return size, pages


def _heights(points: Sequence[str], size: float) -> list[float]:
    """How many points (of type) each sentence is high."""
    # A line is a fifth higher than its type.
    wide = INNER * 72 / (LETTER * size)
    return [math.ceil(len(point) / wide) * 1.2 * size + 8 for point in points]


def _picture(slide: Any, box: Sequence[float], png: bytes, alt: str) -> None:
    """A picture in a box: left, top, width, height in inches."""
    picture = slide.shapes.add_picture(io.BytesIO(png), *map(Inches, box))
    picture._element.nvPicPr.cNvPr.set("descr", text.visible(alt))


def _theme(show: Any, brand: Brand) -> None:
    """The brand's colours and fonts in the places of the theme's own, which an edited slide
    keeps.
    """
    part = show.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme, body = part.blob.decode("utf-8"), brand.fonts.text or "Calibri"
    main, accent = brand.colours.main, brand.colours.accent
    figures = figure_colours(main, accent)
    for place, value in {
        "C0FFE1": main[1:].upper(),
        "C0FFE2": accent[1:].upper(),
        "C0FFE3": figures["accent"][1:].upper(),
        "C0FFE4": figures["light"][1:].upper(),
        "Head font": brand.fonts.head or body,
        "Body font": body,
    }.items():
        theme = theme.replace(place, value)
    part._blob = theme.encode("utf-8")
