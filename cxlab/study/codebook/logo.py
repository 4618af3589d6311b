"""A logo checked before any page shows it: a PNG written anew, or an SVG that only draws.

A picture is shown as it is, so it may load nothing, run nothing, and draw no more than a picture:
a few elements that repeat each other can keep a program busy for hours.
"""

import io
import math
import re
import xml.etree.ElementTree as ElementTree

from cxlab.data_files import read_data
from cxlab.errors import said
from cxlab.study import sizes

LOGO_SIDE, UNITS, DRAWN = 3000, 100_000, 50_000  # pixels, an SVG's own units, elements
_LOOKS = read_data("study.codebook", "looks.yml")
_CALL = re.compile(r"([\w-]*)\s*\(\s*['\"]?([^)'\"]*)")
_LINKS = ("href", "src", "base")
# Names and notes, which no program takes for instructions.
_NOTES = re.compile(r"id|class|(data|aria)-.*")


def svg(data: bytes) -> tuple[bytes, int, int]:
    """The picture without its makers' notes, its width and height. Raises ValueError with what is
    wrong.
    """
    try:
        markup = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    if re.search(r"<!(?:DOCTYPE|ENTITY)|<\?xml-stylesheet", markup, re.IGNORECASE):
        raise ValueError("it declares entities or a style sheet; export it as plain SVG")
    root = _parsed(markup)
    for parent in list(root.iter()):
        # What drawing programs note for themselves.
        parent[:] = [node for node in parent if _tag(node) not in ("metadata", "namedview")]
    _refuse_live_parts(root)
    if _drawn(root, {node.get("id", ""): node for node in root.iter()}, ()) > DRAWN:
        raise ValueError(
            said("it draws more than {most:,} elements, repeated ones counted", most=DRAWN)
        )
    width, height = _sides(root)
    # The register of prefixes is everybody's: what another library wrote into it must not reach the
    # logo.
    ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ElementTree.tostring(root, encoding="utf-8"), round(width) or 1, round(height) or 1


def _parsed(markup: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(markup)
    except ElementTree.ParseError as error:
        raise ValueError(said("not readable as SVG: {why}", why=str(error))) from None
    level = [root]
    for _ in range(sizes.DEPTH):
        level = [node for parent in level for node in parent]
    if level:
        raise ValueError(
            said("its elements stand more than {depth} deep in each other", depth=sizes.DEPTH)
        )
    if _tag(root) != "svg":
        raise ValueError("not an SVG picture")
    return root


def _sides(root: ElementTree.Element) -> tuple[float, float]:
    number = r"\s*\+?((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    sides = [re.match(number, root.get(side, "")) for side in ("width", "height")]
    declared = [float(side[1]) if side else 0.0 for side in sides]
    try:
        box = [float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip())]
    except ValueError:
        box = []
    own = box[2:] if len(box) == 4 else declared
    if not all(0 < side < math.inf for side in own):
        raise ValueError("it says no size: give the SVG a viewBox")
    if (largest := max(map(abs, box + declared))) > UNITS:
        raise ValueError(
            said("it is {size:g} units large; at most {most:,}", size=largest, most=UNITS)
        )
    return own[0], own[1]


def _tag(node: ElementTree.Element) -> str:
    return str(node.tag).rpartition("}")[2].lower()


def _refuse_live_parts(root: ElementTree.Element) -> None:
    """Raise ValueError where the picture runs code, loads anything or is more than a drawing."""
    for node in root.iter():
        name = _tag(node)
        if name not in _LOOKS["svg"]:
            raise ValueError(
                said(
                    "it holds <{element}>; a logo holds drawings only, export it as plain SVG"
                    " with its text as paths",
                    element=name,
                )
            )
        for key, value in node.attrib.items():
            space, _, key = key.lower().rpartition("}")
            if key.startswith("on"):
                raise ValueError(
                    said("<{element}> has {key}, which runs code", element=name, key=key)
                )
            if key not in _LINKS and (space or _NOTES.fullmatch(key)):
                continue
            if "\\" in value:
                raise ValueError(
                    said(
                        "<{element} {key}> hides a word behind an escape; write it out",
                        element=name,
                        key=key,
                    )
                )
            calls = {call.lower() for call, _ in _CALL.findall(value)}
            for call in calls.difference(_LOOKS["functions"]):
                raise ValueError(
                    said(
                        "<{element} {key}> calls {function}(), which no drawing needs",
                        element=name,
                        key=key,
                        function=call,
                    )
                )
            if any(link[:1] != "#" for link in _links(key, value)) or "@import" in value.lower():
                raise ValueError(
                    said("<{element} {key}> loads from outside the file", element=name, key=key)
                )


def _links(key: str, value: str) -> list[str]:
    """What an attribute points to."""
    if key in _LINKS:
        return [value.strip()]
    return [target.strip() for call, target in _CALL.findall(value) if call.lower() == "url"]


def _drawn(node: ElementTree.Element, named: dict, inside: tuple) -> int:
    """The elements that are drawn for one, with those that it points to, up to just too many."""
    keys = ((key.rpartition("}")[2].lower(), value) for key, value in node.attrib.items())
    ends = [named.get(link[1:]) for key, value in keys for link in _links(key, value)]
    count = 1
    for one in [*node, *(end for end in ends if end is not None)]:
        if one in inside or len(inside) > 2 * sizes.DEPTH:
            raise ValueError(
                said("<{element}> stands inside itself, or too deep in others", element=_tag(one))
            )
        count += _drawn(one, named, (*inside, node))
        if count > DRAWN:
            break
    return count


def png(data: bytes) -> tuple[bytes, int, int]:
    """The picture written anew, its width and height. Raises ValueError with what is wrong."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            width, height = image.size
            if max(width, height) > LOGO_SIDE:
                raise ValueError(
                    said(
                        "{width} × {height} pixels; at most {most} a side",
                        width=width,
                        height=height,
                        most=LOGO_SIDE,
                    )
                )
            clean = io.BytesIO()
            image.convert("RGBA").save(clean, format="PNG")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
        raise ValueError("not readable as PNG") from None
    return clean.getvalue(), width, height
