"""What a consultant sends: one archive a client and language (readers of another language get
another mail), with the report's files, its figures as pictures and a mail to begin from.

All of it is made of the report's own files and parts, which were checked: it holds nothing of
another client and no name of a folder.
"""

import base64
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from cxlab.report.formats.archive import pack
from cxlab.report.formats.tables import cover_of
from cxlab.show.words.catalogue import WORDS
from cxlab.show.words.wording import Wording, Words

MAIL, ALT, FIGURES = "e-mail.txt", "alt.txt", "figures"
_IHDR_END = 33  # of a PNG: its signature and its first chunk


def write_kit(parts: Sequence[Mapping], files: Sequence[Path], path: Path, language: str) -> None:
    """Write the archive of these files of a report."""
    figures = [part for part in parts if part["kind"] == "figure"]
    names = [f"{FIGURES}/{number:02}.png" for number in range(1, len(figures) + 1)]
    described = [
        "\n".join(filter(None, (name, one["title"], one["alt"], one["note"])))
        for name, one in zip(names, figures, strict=True)
    ]
    held = [(MAIL, _mail(parts, files, bool(names), Wording(language)).encode())]
    held += [(file.name, file.read_bytes()) for file in files]
    held += [(name, _png(one)) for name, one in zip(names, figures, strict=True)]
    held += [(f"{FIGURES}/{ALT}", "\n\n".join([*described, ""]).encode())] * bool(names)
    pack(held, path)


def _png(figure: Mapping) -> bytes:
    """The picture with its alternative text in it, as PNG's own Description."""
    data = base64.b64decode(figure["png"])
    chunk = b"iTXtDescription" + bytes(5) + figure["alt"].encode()
    sizes = struct.pack(">I", len(chunk) - 4), struct.pack(">I", zlib.crc32(chunk))
    return data[:_IHDR_END] + sizes[0] + chunk + sizes[1] + data[_IHDR_END:]


def _mail(parts: Sequence[Mapping], files: Sequence[Path], figures: bool, _: Wording) -> str:
    """A mail: subject, whom to, the messages of page one, what is attached."""
    words, cover = WORDS["kit"], cover_of(parts)
    client, title = Words(cover["client"]), Words(cover["title"])
    messages = _messages(parts)
    attached = [f"{file.name}: {_(words[file.suffix[1:]])}" for file in files]
    if figures:
        attached.append(f"{FIGURES}/: {_(words['figures'], file=Words(ALT))}")
    blocks = [
        _(words["subject"], client=client, title=title),
        _(words["greeting"]),
        _(words["with_messages" if messages else "without"], title=title),
        *(["\n".join(f"- {one}" for one in messages)] if messages else []),
        *cover["simulated"][:1],
        "\n".join([_(words["attached"]), *(f"- {one}" for one in attached)]),
        _(words["regards"]),
    ]
    return "\n\n".join(blocks) + "\n"


def _messages(parts: Sequence[Mapping]) -> Sequence[str]:
    """The list of sentences of page one, the first below its figures; what the consultant wrote is
    none.
    """
    section, lists, figures = "", [], 0
    for part in parts:
        section = part["id"] if part["kind"] == "section" else section
        if section != "bottom_line":
            continue
        if part["kind"] == "cards":
            figures = len(lists)
        elif part["kind"] == "text" and part["listed"] and "commentary" not in part:
            lists += [] if part["refused"] else [part["sentences"]]
    return next(iter(lists[figures:] or lists), ())
