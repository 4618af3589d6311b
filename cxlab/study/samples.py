"""The simulated clients that come with cxlab, by a name that is the same in a checkout and once
installed: `sample:aurora`.
"""

from pathlib import Path, PurePath
from typing import Any

from cxlab.data_files import shipped
from cxlab.errors import Fault, StudyError, said

_MARK = "sample:"


def located(path: Any) -> Any:
    """Where a sample lies, or a file of one; any other path as it is.

    Parameters
    ----------
    path : path or str
        `sample:aurora`, `sample:aurora/responses.csv`, or any other.

    Returns
    -------
    Path

    Raises
    ------
    StudyError
        For a sample that is not there.

    Examples
    --------
    >>> import cxlab as cx
    >>> cx.exports.located("sample:aurora/responses.csv").name
    'responses.csv'
    """
    if not isinstance(path, (str, PurePath)) or not str(path).startswith(_MARK):
        return path
    samples = {file.parent.name: file.parent for file in shipped("data").glob("*/study.yml")}
    name, *rest = PurePath(str(path).removeprefix(_MARK)).parts or ("",)
    if name not in samples:
        fix = said("one of {names}", names=", ".join(_MARK + one for one in sorted(samples)))
        raise StudyError(Fault("no such sample", value=str(path), fix=fix))
    return Path(samples[name], *rest)
