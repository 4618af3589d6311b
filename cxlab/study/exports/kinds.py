"""What a file is, told from its bytes: names lie (an HTML page called .xls, a workbook called
.csv), and the wrong reader gives garbage or a message about encodings.
"""

import io
import zipfile
from pathlib import Path

from cxlab.data_files import read_data
from cxlab.errors import Fault, StudyError, said
from cxlab.study import sizes

_KNOWN = read_data("study.exports", "kinds.yml")
# Formats that an archive is, by a part that it holds.
_ARCHIVES = {"xl/workbook": "xlsx", "word/": "docx", "ppt/": "pptx", "content.xml": "ods"}
_MARKUP = (b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<body", b"<style", b"<div")


def kind_of(data: bytes, name: str) -> str:
    """csv, xlsx, xls, ods, sav, dta, parquet, html or zip (which holds one file of these).

    Raises StudyError for anything else, with what it is.
    """
    kind = next((one for one, starts in _KNOWN["starts"].items() if _begins(data, starts)), "csv")
    if kind == "zip":
        kind = _archive(data, name)
    elif kind == "csv":
        kind = _text(data)
    if kind in _KNOWN["others"]:
        what, fix = _KNOWN["others"][kind]
        raise StudyError(
            Fault(said("this is {what}, not a file of answers", what=said(what)), name, fix=fix)
        )
    return kind


def _begins(data: bytes, starts: list[str]) -> bool:
    return any(data.startswith(start.encode("latin-1")) for start in starts)


def _archive(data: bytes, name: str) -> str:
    try:
        parts = [one.filename for one in zipfile.ZipFile(io.BytesIO(data)).infolist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        # A workbook that was cut off: its reader says so.
        return "xlsx" if Path(name).suffix.lower() != ".zip" else "broken"
    for part, kind in _ARCHIVES.items():
        if any(one.lower().startswith(part) for one in parts):
            return kind
    named = Path(name).suffix.lower()
    return "xlsx" if named in (".xlsx", ".xlsm") else "zip"


def _text(data: bytes) -> str:
    # Of a page in UTF-16 every second byte is 0.
    start = data[:2000].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if (
        start.startswith(_MARKUP)
        or start.startswith(b"<?xml")
        and b"<table" in data[:20_000].lower()
    ):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    if start.startswith((b"{", b"[{")) and b'"' in start[:50]:
        return "json"
    return "csv"


def unzipped(data: bytes, name: str) -> tuple[bytes, str]:
    """The one file that a zip archive holds, and its name. Raises StudyError where it holds
    several, none, or one that cannot be unpacked.
    """
    archive = zipfile.ZipFile(io.BytesIO(data))
    inside = [
        one
        for one in archive.infolist()
        if not one.is_dir() and not one.filename.startswith(("__MACOSX/", "."))
    ]
    if len(inside) != 1:
        names = ", ".join(one.filename for one in inside[:5])
        problem = said("the archive holds {count} files", count=len(inside))
        raise StudyError(Fault(problem, name, value=names, fix="unpack it, and name the file"))
    (one,) = inside
    sizes.check(one.file_size, "bytes", name, "unpacked, it")
    if one.flag_bits & 1:
        raise StudyError(Fault("the archive is locked", name, fix="unpack it with its password"))
    with archive.open(one) as file:
        held = file.read(one.file_size + 1)
    return held, Path(one.filename).name
