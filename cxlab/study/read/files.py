"""Survey exports in, as the text that stands in them.

pandas guesses: half of `4,5` is lost, a client called "NA" becomes missing, `007` becomes 7, an
extra comma on every row shifts all columns by one. So a file is read as text, its shape is checked,
and only the codebook decides what a cell means.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cxlab.errors import Fault, StudyError, said
from cxlab.extras import ExtraError
from cxlab.study import sizes
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.kinds import kind_of, unzipped
from cxlab.study.exports.sheets import SAVE, read_html, read_old, read_xlsx
from cxlab.study.exports.table import Table
from cxlab.study.exports.text_files import is_table, read_text_file
from cxlab.study.exports.typed_files import read_parquet, read_statistics

# By kind of file: what reads it, its name, and what to do where it cannot be read.
_AGAIN = "export the answers again"
_OPEN = "open it in a spreadsheet and save it again as .xlsx, without a password"
_READERS = {
    "csv": (read_text_file, "CSV", _AGAIN),
    "xlsx": (read_xlsx, "XLSX", _OPEN),
    "xls": (read_old, "XLS", SAVE),
    "ods": (read_old, "ODS", SAVE),
    "html": (read_html, "HTML", SAVE),
    "parquet": (read_parquet, "Parquet", _AGAIN),
    "sav": (read_statistics, "SPSS", _AGAIN),
    "dta": (read_statistics, "Stata", _AGAIN),
}


def read_table(spec: Responses, path: Path, key: str = "responses") -> Table:
    """Read the file at `path`, declared under `key`. Raises StudyError with every fault of shape:
    unreadable, ragged, without a header.
    """
    try:
        return _read(spec, path)
    except StudyError as error:
        if key == "responses":
            raise
        # That table has a fixed form, so what helps a file of answers would mislead here.
        fix = said("the table under {key} is a CSV in UTF-8 with commas", key=key)
        raise StudyError(
            replace(fault, fix=fix) if "declare" in fault.fix else fault for fault in error.faults
        ) from None


def _read(spec: Responses, path: Path) -> Table:
    name = path.name
    try:
        sizes.check(path.stat().st_size, "bytes", name)
        data = path.read_bytes()
    except OSError as error:
        problem = said("the disk does not give it ({error})", error=error.strerror or error)
        fix = "look at its permissions, or copy it here again"
        raise StudyError(Fault(problem, name, fix=fix)) from None
    digest = hashlib.sha256(data).hexdigest()
    kind = _readable(kind_of, name, "Zip", _AGAIN, data, name)
    if kind == "zip":
        data, inner = _readable(unzipped, name, "Zip", _AGAIN, data, name)
        name = f"{name}/{inner}"
        kind = kind_of(data, name)
        if kind == "zip":
            fix = "unpack it, and name the file"
            raise StudyError(Fault("an archive inside an archive is not read", name, fix=fix))
    named = path.suffix.lower().removeprefix(".").replace("xlsm", "xlsx").replace("zsav", "sav")
    if kind == "csv" != named and named in _READERS and not is_table(data):
        fix = _READERS[named][2]
        problem = said("not readable as {kind} (it is no such file)", kind=_READERS[named][1])
        raise StudyError(Fault(problem, name, fix=fix))
    if spec.reader not in (None, kind):
        problem = said("declared as {reader}, and it is {kind}", reader=spec.reader, kind=kind)
        raise StudyError(Fault(problem, name, value=spec.reader, fix="leave `reader:` out"))
    read, kind_name, fix = _READERS[kind]
    more = (kind,) if kind in ("sav", "dta") else ()
    table = _readable(read, name, kind_name, fix, data, spec, name, *more)
    marks = {"decimal": spec.decimal or ".", "thousands": spec.thousands}
    return replace(table, file=path.name, kind=kind, sha256=digest, **marks)


def _readable(call: Callable, name: str, kind: str, fix: str, *given: Any) -> Any:
    """What a reader gives; a damaged file makes a library raise anything, which is one fault."""
    try:
        return call(*given)
    except StudyError:
        raise
    except ExtraError as error:
        raise StudyError(Fault(error.said, name)) from None
    except MemoryError:
        problem, fix = "it needs more memory than there is", "give it more, or leave columns out"
        raise StudyError(Fault(problem, name, fix=fix)) from None
    except Exception as error:
        why = str(error).partition("\n")[0][:200] or type(error).__name__
        problem = said("not readable as {kind} ({error})", kind=kind, error=why)
        raise StudyError(Fault(problem, name, fix=fix)) from None
