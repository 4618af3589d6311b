"""The log of contacts of a study, as paths: what `events:` in study.yml declares."""

from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.errors import Fault, StudyError, wrong_kind
from cxlab.study.event_log import Source
from cxlab.study.study import Study
from cxlab.study.study_events import StudyEvents, read_log


def read_events(study: Study, events: Any = None, **keys: Any) -> StudyEvents:
    """The log of contacts of a study, checked like its answers.

    Parameters
    ----------
    study : Study
        A study that declares `events:`, or any where the log and its keys are given.
    events : path, DataFrame or DuckDB relation, optional
        A log in place of the declared file (CSV or Parquet).
    **keys
        study.yml's keys of `events:`, in place of the declared ones: `respondent`, `touchpoint`,
        `time` and `channel` (columns), `success`, `contacts`, `window_days`, `margin`, `anonymous`.

    Returns
    -------
    StudyEvents
        What every estimator of `cx.events` takes as its first argument. Customers are sorted into
        paths by time (ties in the order of the file), cut at the first success. Its `notices` count
        repeats, ties, what came after a success, and open paths.

    Raises
    ------
    StudyError
        duckdb is not installed; no such file or column; contacts without id, touchpoint or time,
        before 1980 or yet to come; touchpoints that are not declared, or more than 200; no customer
        of the log among the respondents.
    NotAskedError
        No log is declared or given.

    Notes
    -----
    DuckDB reads out of core, with 600 MB of memory: ten million contacts take some 5 s
    (tests/benchmarks).

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlab as cx
    >>> study = cx.Study.from_frame(pd.DataFrame({"id": ["a", "b"]}), {}, respondent="id")
    >>> log = pd.DataFrame({"id": list("aab"), "at": ["shop", "buy", "shop"], "time": "2026-01-05"})
    >>> read = cx.events.read_events(study, log, respondent="id", touchpoint="at", success="buy")
    >>> read.log.n, read.log.n_success
    (2, 1)
    """
    if not isinstance(study, Study):
        raise wrong_kind("read_events", "a study first", study, "read_events(study)")
    source = None if events is None else Source(_held(events))
    return read_log(study, source, keys)


def event_faults(study: Study) -> list[Fault]:
    """What is wrong in the log of a study, errors and warnings; nothing where it declares none."""
    try:
        return [] if study._log is None else [*read_log(study).notices]
    except StudyError as error:
        return [*error.faults]


def _held(events: Any) -> Any:
    if isinstance(events, str):
        events = Path(events)
    if isinstance(events, Path) and not events.is_file():
        raise StudyError(Fault("there is no such file", events.name, fix="check its name"))
    if not isinstance(events, (Path, pd.DataFrame)) and not hasattr(events, "write_parquet"):
        wanted = "a path, a DataFrame or a DuckDB relation as its log"
        raise wrong_kind("read_events", wanted, events, "read_events(study, frame)")
    return events
