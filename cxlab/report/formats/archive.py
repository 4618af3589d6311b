"""Office files and kits are zip archives that hold the time of their making; the same report must
be the same bytes.
"""

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

# 1 January 1980, the first day that a zip archive can name; SOURCE_DATE_EPOCH of a report is the
# same day.
DAY = (1980, 1, 1, 0, 0, 0)


def write_fixed(written: io.BytesIO, path: Path) -> None:
    """Save a workbook or slides: parts in the library's order."""
    path.write_bytes(fixed(written))


def fixed(written: io.BytesIO) -> bytes:
    """The same as bytes, for a workbook inside slides."""
    with zipfile.ZipFile(written) as source:
        pack(((name, source.read(name)) for name in source.namelist()), held := io.BytesIO())
    return held.getvalue()


def pack(held: Iterable[tuple[str, bytes]], to: Path | io.BytesIO) -> None:
    """Write an archive of names and bytes, without times or file attributes."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target:
        for name, data in held:
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else Windows and Linux differ
            target.writestr(entry, data)
