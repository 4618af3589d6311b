"""Office files are zip archives that hold the time of their making; the same report must be the
same bytes.
"""

import io
import re
import zipfile
from pathlib import Path

# 1 January 1980, the first day that a zip archive can name; SOURCE_DATE_EPOCH of a report is the
# same day.
DAY = (1980, 1, 1, 0, 0, 0)
STAMP = "1980-01-01T00:00:00Z"


def write_fixed(archive: bytes, path: Path) -> None:
    """Write an Office file anew: same parts in the same order, without times or file attributes."""
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as target,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + STAMP.encode(), data
                )
            entry = zipfile.ZipInfo(name, DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0  # else Windows and Linux differ
            target.writestr(entry, data)
