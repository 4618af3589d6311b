"""A study with its log of contacts: whose path ended where, and who of them answered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from cxlab.errors import Fault, NotAskedError, StudyError, said
from cxlab.study.codebook.journey_keys import Events
from cxlab.study.event_log import OPEN, WORD, EventLog, Source

# A log is read once for a study and its copies (other ratings, the same people and touchpoints).
_READ: WeakKeyDictionary = WeakKeyDictionary()
# How it went on for who met a touchpoint.
ENDED, WENT_ON = "ended", "went_on"

UNKNOWN = (
    "no customer of the log can be told from the survey; declare respondent: and the column of the"
    " same ids under events:"
)


class StudyEvents:
    """The log of a study, which estimators of `cx.events` take in the study's place.

    Attributes
    ----------
    study : Study
    log : EventLog
        The paths, and the notices.
    """

    def __init__(self, study: Any, log: EventLog) -> None:
        self.study, self.log = study, log

    def __repr__(self) -> str:
        log = self.log
        notices = "".join(f"\n  {notice}" for notice in log.notices)
        return (
            f"Events of {self.study.client!r}: {log.events} contacts of {log.n} customers at"
            f" {len(log.names)} touchpoints; {log.n_success} with a success, {log.n_open} open,"
            f" {log.n_matched} who answered{notices}"
        )

    @property
    def notices(self) -> tuple[Fault, ...]:
        """Warnings found on reading."""
        return self.log.notices

    def of_people(self, query: str) -> pd.DataFrame:
        """What a query tells of respondents: it selects from `people`, whose rows are the study's
        by position (`row`), with their customer (`h`). Raises NotAskedError where nobody is known.
        """
        if not self.log.n_matched:
            raise NotAskedError(UNKNOWN)
        ids = self.study.respondents
        ids = ids.mask(ids.duplicated(keep="last")).to_numpy()  # of a panel the last row is theirs
        there = pd.notna(ids)
        frame = pd.DataFrame({"row": np.flatnonzero(there), "id": ids[there].astype(object)})
        told = f"with people as (select row, {self.log.hashed('id')} as h from told_ids) {query}"
        return self.log.sql(told, told_ids=frame)

    def endings(self) -> pd.DataFrame:
        """Respondents × touchpoints: `ended` where their path ended there without a success,
        `went_on` where they met it and it did not; None of others, and of open paths.
        """
        if ENDED in self.log.kept:
            return self.log.kept[ENDED]
        found = self.of_people(
            "select row, code, bool_or(is_last) as lost from people join customers using (h)"
            f" join contacts using (h) where ended < {OPEN} and code > 0 group by all"
        )
        told = np.full((self.study.n, len(self.log.names)), None, dtype=object)
        told[found["row"], found["code"] - 1] = np.where(found["lost"], ENDED, WENT_ON)
        self.log.kept[ENDED] = pd.DataFrame(told, self.study.index, [*self.log.names])
        return self.log.kept[ENDED]

    def met(self, by: str) -> pd.DataFrame:
        """Who met which touchpoints (bool columns) on closed paths: `level` of the split, `n`
        customers who met the same; of all, by the channel of the first contact, or of respondents.
        """
        bits = ", ".join(
            f"(met{code // WORD} >> {code % WORD}) & 1 = 1 as t{code}"
            for code in range(1, 1 + len(self.log.names))
        )
        closed = f"where ended < {OPEN} group by all"
        if by in ("all", "channel"):
            level = "channel" if by == "channel" else "'all'"
            query = f"select {level} as level, {bits}, count(*) as n from customers {closed}"
            found = self.log.sql(query)
        else:
            query = (
                f"select row, {bits}, count(*) as n from people join customers using (h) {closed}"
            )
            found = self.of_people(query)
            found["level"] = self.study.group(by).to_numpy()[found.pop("row")]
        return found.rename(columns={f"t{i}": name for i, name in enumerate(self.log.names, 1)})


def read_log(study: Any, source: Source | None = None, keys: Mapping | None = None) -> StudyEvents:
    """The log that a study declares, or another source with other keys. See `read_events`."""
    own = source is None and not keys
    spec = study.codebook.events or Events()
    if keys:
        spec = Events.model_validate(spec.model_dump(exclude_unset=True) | dict(keys))
    source = source or study._log
    if source is None:
        raise NotAskedError(
            "this study declares no log of events; declare its file under events:, or give"
            " read_events a frame"
        )
    points = [point.touchpoint for point in study.codebook.journey]
    known = dict.fromkeys([*points, *spec.contacts]) if points or spec.contacts else {}
    people = study.respondents
    linked = people is not None and not spec.anonymous
    ids = people.dropna().unique() if linked else ()
    if source.only and not linked:
        raise NotAskedError(UNKNOWN)
    same, held = (*known, study.n), _READ.setdefault(source, {}) if own else {}
    if same in held:
        return StudyEvents(study, held[same])
    log = EventLog(source, spec, known, ids)
    if linked and not log.n_matched:
        problem = "no customer of the log is among the respondents"
        fix = "name the column of the same ids, or declare `anonymous: true` under events:"
        raise StudyError(Fault(problem, source.name, spec.respondent, value=str(ids[0]), fix=fix))
    if linked and not source.only and (strange := log.n - log.n_matched):
        problem = said("{n} of {of} customers of the log did not answer", n=strange, of=log.n)
        notice = Fault(problem, source.name, spec.respondent, severity="warning")
        log.notices = (*log.notices, notice)
    held[same] = log
    return StudyEvents(study, log)


def log_of(study: Any) -> StudyEvents | None:
    """The log that a study declares, if any."""
    return None if study._log is None else read_log(study)


def part_of(source: Source | None) -> Source | None:
    """The same source for a part of a study."""
    return None if source is None else replace(source, only=True)
