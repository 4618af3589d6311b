"""A brand may change how a report looks, never whether it can be read, and never whom it calls."""

from __future__ import annotations

import io
import itertools
import struct
import xml.etree.ElementTree as ElementTree
import zlib

import pytest
from PIL import Image

import cxlab as cx
from cxlab.errors import StudyError
from cxlab.report.run.fingerprints import study_files
from cxlab.show.plot import style
from cxlab.study.codebook.brand import Brand, brand_faults, read_brand
from cxlab.study.codebook.colours import are_apart, contrast, figure_colours, luminance

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><path d="M0 0h40v10z"'
    ' fill="#123456"/></svg>'
)
STUDY = """\
schema: 1
client: Acme
responses: {file: answers.csv}
scales: {agree: {min: 1, max: 7}}
touchpoints: {shop: q1}
outcomes: {recommend: {kind: nps, column: nps}}
report: {brand: brand.yml}
"""


def png(width: int = 40, height: int = 10) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (width, height), "#0b5a8e").save(held, format="PNG", pnginfo=_secret())
    return held.getvalue()


def _secret():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Source", "/home/someone/logos")
    return info


@pytest.fixture
def study(tmp_path):
    (tmp_path / "study.yml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "answers.csv").write_text(
        "q1,nps\n" + "\n".join(f"{i % 7 + 1},{i % 11}" for i in range(40)), encoding="utf-8"
    )
    (tmp_path / "logo.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "logo.png").write_bytes(png())
    return tmp_path


def declare(study, text: str):
    (study / "brand.yml").write_text(text, encoding="utf-8")
    return study


def test_a_brand_is_read_whole(study):
    declare(
        study,
        'name: Norte Consultoria\nlogo: logo.png\ncolours: {main: "#7a1fa2", accent:'
        ' "#B00"}\nfonts: {text: arial, head: Georgia}\nfooter: Confidencial & interno\n',
    )
    brand = read_brand(study)
    assert (brand.name, brand.colours.main, brand.colours.accent, brand.footer) == (
        "Norte Consultoria",
        "#7a1fa2",
        "#bb0000",
        "Confidencial & interno",
    )
    assert brand.stack(
        "text"
    ) == '"Arial", "Liberation Sans", "Noto Sans", sans-serif' and brand.stack("head").startswith(
        '"Georgia", "Liberation Serif"'
    )
    assert (brand.logo.width, brand.logo.height) == (40, 10) and b"someone" not in brand.logo.bytes
    assert Brand.model_validate_json(brand.model_dump_json()) == brand
    assert [file.name for file in study_files(study)][-2:] == ["brand.yml", "logo.png"]
    assert (cx.check_study(study)["severity"] != "error").all()


def test_no_brand_is_our_own_look(study):
    (study / "study.yml").write_text(
        STUDY.replace("report: {brand: brand.yml}\n", ""), encoding="utf-8"
    )
    assert read_brand(study) == Brand()
    assert {file.suffix for file in study_files(study)} == {".yml", ".csv"}
    assert "brand.yml" not in {file.name for file in study_files(study)}


def test_contrast_is_wcags():
    """Against the published pairs: black on white 21, #777 on white 4.48 (fails AA), #767676 4.54
    (passes).
    """
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#123456", "#fedcba") == contrast("#fedcba", "#123456")


def bomb() -> bytes:
    """A PNG of a few bytes that says it is 100,000 pixels wide."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'colours: {main: "#ffcc00"}',
            (
                "brand.yml, key 'colours.main': too pale: its contrast against white is 1.5:1, text"
                " needs 4.5:1; #8f7200 would do"
            ),
        ),
        ('colours: {main: "#777777"}', "its contrast against white is 4.4:1, text needs 4.5:1"),
        (
            "colours: {main: red}",
            "a colour is written \"#0b5a8e\", with the quotes: YAML takes # for a comment: 'red'",
        ),
        (
            "colours: {main: '#0b5a8e', third: '#000'}",
            "brand.yml, key 'colours.third': no such key",
        ),
        (
            "fonts: {text: Comic Sans MS}",
            (
                "brand.yml, key 'fonts.text': not a font that every format knows; choose one of"
                " Arial, "
            ),
        ),
        (
            "nmae: x",
            (
                "brand.yml, key 'nmae': no such key → the keys are name, logo, client_logo,"
                " colours (main, accent), fonts (text, head) and footer"
            ),
        ),
        ('footer: "a\\nb"', "key 'footer': one line of plain text, without control characters"),
        (f"footer: {'x' * 121}", "key 'footer': 121 characters; at most 120"),
        (
            "logo: https://example.org/logo.png",
            "brand.yml, key 'logo': a logo is a file beside brand.yml, never an address",
        ),
        ("logo: ../../etc/passwd.png", "it lies outside the study's folder"),
        ("logo: logo.gif", "a logo is a .png or a .svg"),
        ("logo: gone.png", "there is no such file"),
        (
            "client_logo: //example.org/logo.png",
            "brand.yml, key 'client_logo': a logo is a file beside brand.yml, never an address",
        ),
        ("client_logo: ../../etc/passwd.png", "it lies outside the study's folder"),
        (
            "footer: {fr: Confidentiel}",
            "key 'footer': one line of text, or one for each language: en, es, pt-BR",
        ),
        ('footer: {en: "a\\nb"}', "key 'footer': one line of plain text, without control"),
        ("[1, 2]", "brand.yml holds no keys"),
    ],
)
def test_a_fault_names_file_key_value_and_what_to_do(study, text, told):
    """Protects the consultant from guessing; `cxlab check` says the same."""
    declare(study, text + "\n")
    with pytest.raises(StudyError) as refused:
        read_brand(study)
    assert told in str(refused.value)
    faults = cx.check_study(study)
    assert (faults["severity"] == "error").sum() == 1 and faults["file"].iloc[0] == "brand.yml"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.svg", SVG.replace("<path", "<script>alert(1)</script><path"), "it holds <script>"),
        (
            "a.svg",
            SVG.replace("<path", '<path onload="alert(1)"'),
            "<path> has onload, which runs code",
        ),
        (
            "a.svg",
            SVG.replace("<path", '<image href="http://example.org/p.png"/><path'),
            "it holds <image>",
        ),
        (
            "a.svg",
            SVG.replace("<path", '<use href="http://example.org/p.svg#a"/><path'),
            "<use href> loads from outside the file",
        ),
        (
            "a.svg",
            SVG.replace('fill="#123456"', 'style="fill:url(http://example.org/p.svg#a)"'),
            "<path style> loads from outside the file",
        ),
        ("a.svg", SVG.replace("<path", "<style>@import 'x'</style><path"), "it holds <style>"),
        ("a.svg", SVG.replace("<path", "<foreignObject/><path"), "it holds <foreignobject>"),
        (
            "a.svg",
            '<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG,
            "it declares entities or a style sheet",
        ),
        ("a.svg", "<svg", "not readable as SVG"),
        (
            "a.svg",
            SVG.replace(' viewBox="0 0 40 10"', ""),
            "it says no size: give the SVG a viewBox",
        ),
        ("a.png", b"GIF89a", "not readable as PNG"),
        ("a.png", bomb(), "pixels; at most 3000 a side|not readable as PNG"),
        ("a.png", b"\0" * 300_001, "300 kB; at most 300 kB"),
    ],
)
def test_a_logo_draws_and_does_nothing_else(study, name, data, told):
    """Protects the page, which shows the logo as it is."""
    (study / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    with pytest.raises(StudyError) as refused:
        read_brand(declare(study, f"logo: {name}\n"))
    assert any(one in str(refused.value) for one in told.split("|")), str(refused.value)


def styled(style: str, more: str = "") -> str:
    return SVG.replace('fill="#123456"', f'style="{style}"').replace("<path", f"{more}<path")


def nested(depth: int) -> str:
    return SVG.replace("<path", "<g>" * depth + "<path").replace(
        "</svg>", "</g>" * depth + "</svg>"
    )


def repeated(levels: int) -> str:
    """Each group draws the one before it ten times."""
    groups = '<g id="a0"><path d="M0 0h1"/></g>' + "".join(
        f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, levels)
    )
    return SVG.replace("<path", f"<defs>{groups}</defs><path")


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (styled("fill:URL(http://example.org/a)"), "loads from outside the file"),
        (styled("fill:url( 'http://example.org/a')"), "loads from outside the file"),
        (styled("fill:url(http://example.org/a"), "loads from outside the file"),
        (styled("fill:&#117;rl(//example.org/a)"), "loads from outside the file"),
        (styled("fill:u\\72l(http://example.org/a)"), "hides a word behind an escape"),
        (styled("fill:image-set('http://example.org/a' 1x)"), "calls image-set()"),
        (styled("fill:-webkit-image-set(url(#a) 1x)"), "calls -webkit-image-set()"),
        (styled("fill:src('http://example.org/a')"), "calls src()"),
        (styled("fill:SRC('http://example.org/a')"), "calls src()"),
        (styled("fill:cross-fade(url(#a), 'b')"), "calls cross-fade()"),
        (styled("width:expression(alert(1))"), "calls expression()"),
        (styled("fill:var(--x)"), "calls var()"),
        (styled("@IMPORT 'x'"), "loads from outside the file"),
        (SVG.replace("<path", '<g xml:base="http://example.org/"/><path'), "loads from outside"),
        (
            SVG.replace("<path", '<use xlink:href="a.svg#b"/><path'),
            "not readable as SVG|loads from",
        ),
        (nested(3000), "stand more than 50 deep in each other"),
        (nested(60), "stand more than 50 deep in each other"),
        (repeated(8), "draws more than 50,000 elements"),
        (repeated(200), "draws more than 50,000 elements"),
        (repeated(2).replace('"#a0"', '"#a1"'), "stands inside itself"),
        (
            SVG.replace("<path", '<pattern id="p"><rect fill="url(#p)"/></pattern><path'),
            "stands inside itself",
        ),
        (SVG.replace("0 0 40 10", "0 0 1e9 1e9"), "it is 1e+09 units large"),
        (SVG.replace("0 0 40 10", "-1e9 0 40 10"), "it is 1e+09 units large"),
        (SVG.replace("<svg", '<svg width="9e9" height="10"'), "it is 9e+09 units large"),
        (SVG.replace("0 0 40 10", "0 0 1e999 10"), "it says no size"),
        (SVG.replace("0 0 40 10", "0 0 nan 10"), "it says no size"),
    ],
)
def test_a_logo_that_loads_hides_or_repeats_is_refused_by_check(study, picture, told):
    """Protects whoever opens the page, from the first command on."""
    (study / "a.svg").write_text(picture, encoding="utf-8")
    faults = cx.check_study(declare(study, "logo: a.svg\n"))
    faults = faults[faults["severity"] == "error"]
    assert faults["file"].tolist() == ["brand.yml"] and faults["fix"].iloc[0]
    assert any(one in faults["problem"].iloc[0] for one in told.split("|")), faults["problem"]


@pytest.mark.parametrize(
    "picture",
    [
        styled("fill:rgb(1, 2, 3);stroke:url(#a)", '<linearGradient id="a"/>'),
        SVG.replace("<path", '<g data-name="Layer 1 (copy \\ 2)" id="a(1)"/><path'),
        SVG.replace("<path", '<path transform="matrix(1,0,0,1,0,0) rotate(45)"'),
        SVG.replace("<svg", '<svg width="100%" height="12.5mm"'),
        nested(40),
        repeated(4),
    ],
)
def test_a_logo_as_programs_draw_it_is_taken(study, picture):
    """Protects sound logos from the rules against the others."""
    (study / "a.svg").write_text(picture, encoding="utf-8")
    assert read_brand(declare(study, "logo: a.svg\n")).logo.kind == "svg"


def test_what_a_drawing_program_notes_is_left_out(study):
    """Protects the designer's name and folder, which Inkscape writes into a file."""
    (study / "logo.svg").write_text(
        SVG.replace("<path", "<!-- /home/someone --><metadata><a>someone</a></metadata><path"),
        encoding="utf-8",
    )
    ElementTree.register_namespace("svg", "http://www.w3.org/2000/svg")  # as other libraries do
    logo = read_brand(declare(study, "logo: logo.svg\n")).logo
    assert b"someone" not in logo.bytes and b"<path" in logo.bytes and logo.kind == "svg"


def test_every_fault_at_once(study):
    """Protects from mending one fault at a time."""
    with pytest.raises(StudyError) as refused:
        read_brand(
            declare(
                study,
                'logo: gone.png\ncolours: {main: "#fff", accent: "#eee"}\nfonts: {head: Papyrus}\n',
            )
        )
    assert len(refused.value.faults) == 4


def test_a_brand_file_that_is_not_there(study):
    with pytest.raises(
        StudyError,
        match=(
            "study.yml, key 'report.brand': there is no such file: 'brand.yml' → check its name"
        ),
    ):
        read_brand(study)
    (study / "study.yml").write_text(STUDY.replace("brand.yml", "../brand.yml"), encoding="utf-8")
    with pytest.raises(StudyError, match="it lies outside the study's folder"):
        read_brand(study)


def test_the_brand_to_start_from_is_sound(study, root):
    """Protects the first brand of whoever copies it."""
    declare(study, (root / "templates" / "brand.yml").read_text(encoding="utf-8"))
    assert read_brand(study).name == "Example Consulting"


def test_two_logos_and_a_footer_in_each_language(study):
    """Protects the client whose logo stands beside the consultancy's: both are fingerprinted, and a
    reader gets the footer of their language, or the first where theirs has none.
    """
    (study / "theirs.png").write_bytes(png(30, 30))
    footer = "footer: {pt-BR: Confidencial, en: Confidential}\n"
    declare(study, f"logo: logo.svg\nclient_logo: theirs.png\n{footer}")
    brand = read_brand(study)
    assert (brand.logo.kind, brand.client_logo.width) == ("svg", 30)
    assert [brand.in_language(one).footer for one in ("en", "pt-BR")] == [
        "Confidential",
        "Confidencial",
    ]
    assert Brand(footer={"pt-BR": "Sigilo"}).in_language("en").footer == "Sigilo"
    assert [file.name for file in study_files(study)][-2:] == ["logo.svg", "theirs.png"]
    assert (cx.check_study(study)["severity"] != "error").all()


@pytest.mark.parametrize(
    ("main", "accent", "taken"),
    [
        ("#1b6e3c", "#c2560c", ""),  # lightness keeps these apart
        ("#b3261e", "#c2560c", "#1f70b8"),  # one hue to who sees no green
        ("#7a1fa2", "#005f30", "#c2560c"),  # one grey in print
        ("#1d2733", "#1d2733", "#c2560c"),
    ],
)
def test_an_accent_that_some_cannot_tell_is_warned_of(study, main, accent, taken):
    """Protects the reader who sees no red or no green, or a print in grey, and tells the consultant
    which colour figures take.
    """
    declare(study, f'colours: {{main: "{main}", accent: "{accent}"}}\n')
    told = [f"figures take {taken} in its place"] * bool(taken)
    warned = [fault for fault in brand_faults(study) if fault.severity == "warning"]
    assert len(warned) == len(told) and all(one in str(warned[0]) for one in told)
    assert figure_colours(main, accent)["accent"] == (taken or accent)
    assert read_brand(study).colours.accent == accent


def test_colours_of_figures_can_be_seen_and_told_apart():
    """Protects every brand: a dark main colour of any hue has an accent that is told from it, marks
    of 3:1 against white, and shades on which our ink can be read.
    """
    for parts in itertools.product(range(0, 256, 51), repeat=3):
        main = f"#{bytes(parts).hex()}"
        if contrast(main, "#ffffff") < 4.5:
            continue
        colours = figure_colours(main, main)
        assert are_apart(main, colours["accent"]) and contrast(colours["accent"], "#ffffff") >= 4.5
        assert contrast(colours["light"], "#ffffff") >= 3
        assert all(contrast("#1d2733", one) >= 4.5 for one in colours["surface"])
        assert colours["surface"] == sorted(colours["surface"], key=luminance, reverse=True)


def test_our_own_figures_have_the_colours_of_our_own_brand():
    """Protects figures outside a report from another ramp than those in one."""
    own = figure_colours(Brand().colours.main, Brand().colours.accent)
    assert {role: colour for colour, role in style.ROLES.items() if role in own} == {
        role: colour for role, colour in own.items() if role != "surface"
    }
    assert own["surface"] == style.SURFACE
    assert contrast(style.GREY, "#ffffff") >= 3
