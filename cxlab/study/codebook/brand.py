"""Whose report it is: name, logos, two colours, fonts and a footer, declared once in a file that
study.yml names (`report.brand`).

A brand may change how a report looks, never whether it can be read: both colours are held to WCAG's
contrast, fonts come from a list that every format knows, and a logo is a file that calls nobody.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

import pydantic
from pydantic import AfterValidator, BeforeValidator

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError, said
from cxlab.languages import LANGUAGES
from cxlab.study.codebook.colours import TEXT as CONTRAST, WHITE, contrast, figure_accent
from cxlab.study.codebook.declaration import read_codebook, read_mapping
from cxlab.study.codebook.declared import Declared
from cxlab.study.codebook.faults import key_faults
from cxlab.study.codebook.logo import png, svg
from cxlab.study.codebook.own_file import LOGOS, named_files, own_file

LOGO_BYTES, LINE = 300_000, 120  # characters
VALUE = 80  # characters of a wrong value that a fault shows
_LOOKS = read_data("study.codebook", "looks.yml")
SANS, SERIF = _LOOKS["sans"], _LOOKS["serif"]
# What stands in where a family is missing.
_STAND_IN = {
    True: '"Liberation Serif", "Noto Serif", serif',
    False: '"Liberation Sans", "Noto Sans", sans-serif',
}


def _colour(value: Any) -> str:
    """`#rrggbb` of a colour that can be read on white."""
    if not isinstance(value, str) or not re.fullmatch(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})", value):
        raise ValueError(
            'a colour is written "#0b5a8e", with the quotes: YAML takes # for a comment'
        )
    value = value.lower()
    value = value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:])
    ratio = contrast(value, WHITE)
    if ratio >= CONTRAST:
        return value
    # The same hue, dark enough.
    parts = bytes.fromhex(value[1:])
    shades = (f"#{bytes(round(p * step / 100) for p in parts).hex()}" for step in range(99, -1, -1))
    darker = next(shade for shade in shades if contrast(shade, WHITE) >= CONTRAST)
    # Cut, not rounded: 4.46 must not be told as 4.5.
    raise ValueError(
        said(
            "too pale: its contrast against white is {ratio:.1f}:1, text needs"
            " {needed}:1; {darker} would do",
            ratio=int(ratio * 10) / 10,
            needed=CONTRAST,
            darker=darker,
        )
    )


def _one_line(value: str) -> str:
    if re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]", value):
        raise ValueError("one line of plain text, without control characters")
    value = value.strip()
    if len(value) > LINE:
        raise ValueError(said("{length} characters; at most {most}", length=len(value), most=LINE))
    return value


def _font(value: str) -> str:
    named = {name.casefold(): name for name in (*SANS, *SERIF)}
    if value.casefold() not in named:
        raise ValueError(
            said(
                "not a font that every format knows; choose one of {named}",
                named=", ".join(sorted(named.values())),
            )
        )
    return named[value.casefold()]


def _footer(value: Any) -> str | dict[str, str]:
    """One text for all languages, or one for each of some."""
    if isinstance(value, str):
        return _one_line(value)
    lines = value if isinstance(value, dict) else {}
    if lines and {*lines} <= {*LANGUAGES} and {*map(type, lines.values())} == {str}:
        return {language: _one_line(line) for language, line in lines.items()}
    raise ValueError(
        said("one line of text, or one for each language: {known}", known=", ".join(LANGUAGES))
    )


Line = Annotated[str, AfterValidator(_one_line)]
Colour = Annotated[str, BeforeValidator(_colour)]
Font = Annotated[str, AfterValidator(_font)]


class _Declared(Declared):
    """A base of its own: a mistyped key of study.yml is never taken for one of these."""


class Colours(_Declared):
    """`main` is for the cover, headings and figures in large type, `accent` for rules and marks;
    both are written in on white.
    """

    main: Colour = "#0b5a8e"
    accent: Colour = "#c2560c"


class Fonts(_Declared):
    """Families of the text and of the headings."""

    text: Font | None = None
    head: Font | None = None


class Logo(_Declared):
    """The picture itself, checked: a PNG written anew without what cameras and programs add, or an
    SVG that holds drawings only.
    """

    kind: str
    data: str  # base64
    width: int
    height: int

    @property
    def bytes(self) -> bytes:
        return base64.b64decode(self.data)

    @property
    def uri(self) -> str:
        return f"data:image/{'svg+xml' if self.kind == 'svg' else 'png'};base64,{self.data}"


class Brand(_Declared):
    """What brand.yml declares. Without one, cxlab's own look. Slides and workbooks show PNG logos
    only; SVG ones are for page and PDF.
    """

    name: Line = ""
    logo: Logo | None = None
    client_logo: Logo | None = None
    colours: Colours = Colours()
    fonts: Fonts = Fonts()
    footer: Annotated[Any, AfterValidator(_footer)] = ""

    @property
    def pngs(self) -> list[Logo | None]:
        """Its own logo and the client's, each where it is a PNG."""
        logos = self.logo, self.client_logo
        return [one if one and one.kind == "png" else None for one in logos]

    def in_language(self, language: str) -> Self:
        """The brand with the footer of a language; the first one given, where that has none."""
        footer = self.footer
        if not isinstance(footer, str):
            footer = footer.get(language, next(iter(footer.values())))
        return self.model_copy(update={"footer": footer})

    def stack(self, role: str) -> str:
        """The CSS font-family of "text" or "head"; "" where the page's own stays."""
        family = getattr(self.fonts, role)
        return f'"{family}", {_STAND_IN[family in SERIF]}' if family else ""


def _logo(name: Any, brand: Path) -> Logo:
    """The logo that the file `brand` names. Raises ValueError with what is wrong."""
    if not isinstance(name, str) or re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//|\\\\", name):
        raise ValueError("a logo is a file beside brand.yml, never an address")
    kind = Path(name).suffix.lower().removeprefix(".")
    if kind not in ("png", "svg"):
        raise ValueError("a logo is a .png or a .svg")
    file = own_file(brand.parent, name, "logo", brand.name)
    if file.stat().st_size > LOGO_BYTES:
        raise ValueError(
            said(
                "{size} kB; at most {most} kB",
                size=file.stat().st_size // 1000,
                most=LOGO_BYTES // 1000,
            )
        )
    data, width, height = (svg if kind == "svg" else png)(file.read_bytes())
    return Logo(kind=kind, data=base64.b64encode(data).decode(), width=width, height=height)


def _brand_file(study: Path | str) -> Path | None:
    keys, file = read_codebook(Path(study))
    name = dict(named_files(keys)).get("report.brand")
    return None if name is None else own_file(file.parent, name, "report.brand", file.name)


def read_brand(study: Path | str) -> Brand:
    """The brand that a study declares (its folder or study.yml); cxlab's own where it declares
    none.

    Raises StudyError listing every fault with file, key, value and what to do.
    """
    file = _brand_file(study)
    if file is None:
        return Brand()
    return read_brand_file(file)


def read_brand_file(file: Path) -> Brand:
    """The brand that a file declares. Raises StudyError as `read_brand`."""
    declared = read_mapping(file, "see templates/brand.yml")
    faults = []
    for key in (key for key in LOGOS if key in declared):
        try:
            declared[key] = _logo(declared[key], file)
        except ValueError as error:
            value, fix = str(declared.pop(key)), "a PNG, or an SVG of plain drawings"
            fault = Fault(error.args[0], file.name, key, (), value[:VALUE], fix)
            faults += getattr(error, "faults", [fault])
    try:
        brand = Brand.model_validate(declared)
    except pydantic.ValidationError as error:
        found = key_faults(error, file.name, declared, _fix)
        faults += [replace(fault, value=fault.value[:VALUE]) for fault in found]
    if faults:
        raise StudyError(faults)
    return brand


def _fix(item: Mapping) -> str:
    fixes = read_data("study.codebook", "faults.yml")["brand"]
    return fixes.get(item["type"]) or fixes.get(item["loc"][0], "see templates/brand.yml")


def brand_faults(study: Path | str) -> tuple[Fault, ...]:
    """What `cxlab check` says of the brand file."""
    try:
        colours = read_brand(study).colours
    except StudyError as error:
        return error.faults
    accent = figure_accent(colours.main, colours.accent)
    if accent == colours.accent:
        return ()
    problem = said(
        "too like the main colour {main} for a print in grey or for readers who see no red or no"
        " green; figures take {accent} in its place",
        main=colours.main,
        accent=accent,
    )
    file, fix = _brand_file(study), "choose an accent of another hue and another lightness"
    at = file.name, "colours.accent", (), colours.accent
    return (Fault(problem, *at, fix, severity="warning"),)
