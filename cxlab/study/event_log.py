"""A log of contacts as paths of customers: checked, sorted, and cut at the first success.

A log has many more rows than a survey, so DuckDB reads it, out of core; nothing but counts comes
into Python. Customers are known by a hash of their id (64 bits: of a million customers two share
one in a chance of 3 in 100 million).
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cxlab.data_files import read_data
from cxlab.errors import ROWS_SHOWN, Fault, StudyError, said
from cxlab.extras import ExtraError, needed
from cxlab.study.codebook.journey_keys import Events
from cxlab.study.codebook.normal import plain
from cxlab.study.read.cells import meant

# More touchpoints than these are no touchpoints, but ids or addresses of pages.
MOST_TOUCHPOINTS = 200
# What DuckDB may hold in memory; beyond it, it writes to a folder of its own. One thread keeps ties
# in the order of the file, and costs the least time of the processor.
CONFIG = {"memory_limit": "600MB", "threads": 1, "autoinstall_known_extensions": False}
WORD = 63  # touchpoints of which one number tells which a customer met
SUCCESS, LOST, OPEN = 0, 1, 2  # how a path ended
# Times with an offset (−03:00, Z) are moments of Universal Time; others are taken as they stand.
ZONED = r"[0-9](Z|[+-][0-9]{2}:?[0-9]{2})$"
FAULTS = read_data("study", "events.yml")


@dataclass(frozen=True, eq=False)
class Source:
    """Where a log lies: a file, a frame or a DuckDB relation; `only` the contacts of those who
    answered, where a part of the study is meant.
    """

    held: Any
    only: bool = False

    @property
    def name(self) -> str:
        return self.held.name if isinstance(self.held, Path) else "the frame"


class EventLog:
    """The paths of a log, in DuckDB. Table `contacts` has a row a contact up to the first success:
    `h` the customer, `place` from 1, `code` the touchpoint (0: success) and `prev` that before it
    (NULL: none), `wait` in microseconds since then, whether it `is_last`, and the path `is_open`.
    Table `customers` has a row each: `h`, how the path `ended`, `channel` of the first contact,
    `met0` … bits of the touchpoints met. `names` are the touchpoints from code 1 on.

    Attributes
    ----------
    n, n_open, n_success, n_matched : int
        Customers, of these with an open path, with a success, and among the ids given.
    events, start, end
        Contacts in the log, and the times of the first and the last.
    notices : tuple of Fault
        Warnings.
    """

    def __init__(self, source: Source, spec: Events, known: Iterable[str], ids: Iterable[str] = ()):
        self.spec, self.source, self._folder = spec, source, tempfile.TemporaryDirectory()
        self.kept: dict[str, Any] = {}  # what several estimators ask for
        try:
            with needed():
                import duckdb
        except ExtraError as error:
            raise StudyError(Fault(error.said, "study.yml", "events")) from None
        self._db = duckdb.connect(config=CONFIG | {"temp_directory": self._folder.name})
        self._db.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        try:
            self._open()
            self._check(known)
        except duckdb.Error as error:
            why = str(error).partition("\n")[0][:200]
            problem = said("not readable as a log ({error})", error=why)
            fix = "give a CSV in UTF-8 with a header, or a Parquet file"
            raise StudyError(Fault(problem, source.name, fix=fix)) from None
        self._cut(ids)
        self.notices = tuple(self._notices())

    def sql(self, query: str, **frames: pd.DataFrame) -> pd.DataFrame:
        """What a statement on its tables, and on these frames, gives."""
        for name, frame in frames.items():
            self._db.register(name, frame)
        return self._db.execute(query).df()

    def hashed(self, ids: str) -> str:
        """SQL that hashes ids of the survey (a column of text) as the log's own."""
        return f"hash(try_cast({ids} as {self._id}))"

    def _rows(self, query: str) -> list[tuple]:
        return self._db.execute(query).fetchall()

    def _open(self) -> None:
        """View `log`: id, touchpoint (`raw`), time and channel of each row, and its place."""
        held, columns = self.source.held, self.spec.columns
        if hasattr(held, "write_parquet"):  # a relation belongs to a connection of its own
            held.write_parquet(file := str(Path(self._folder.name, "relation.parquet")))
            held = Path(file)
        if isinstance(held, pd.DataFrame):
            texts = held.select_dtypes(["object", "string", "category"])
            self._db.register("source", held.assign(**texts.astype(object)))
        else:
            parquet = held.suffix == ".parquet"
            how = "read_parquet('{}')" if parquet else "read_csv('{}', all_varchar = true)"
            name = re.sub(r"([*?\[])", r"[\1]", str(held)).replace("'", "''")
            self._db.execute(f"create view source as from {how.format(name)}")
        types = {name: str(kind) for name, kind, *_ in self._rows("describe source")}
        for key, column in columns.items():
            if column not in types:
                problem = said("no such column (declared by {key})", key=f"events, {key}")
                fix = meant([column], types) or said("its columns: {names}", names=", ".join(types))
                raise StudyError(Fault(problem, self.source.name, column, fix=fix))
        quoted = {key: '"' + name.replace('"', '""') + '"' for key, name in columns.items()}
        trimmed = {key: f"nullif(trim({name}::varchar), '')" for key, name in quoted.items()}
        kind, identity = types[columns["respondent"]], quoted["respondent"]
        # Ids with a blank among them are floats in a frame.
        self._id = {"DOUBLE": "BIGINT", "FLOAT": "BIGINT"}.get(kind, kind)
        identity = trimmed["respondent"] if kind == "VARCHAR" else f"{identity}::{self._id}"
        time, kind, zoned = quoted["time"], types[columns["time"]], "false"
        if kind == "VARCHAR":
            time, zoned = trimmed["time"], f"regexp_matches({trimmed['time']}, '{ZONED}')"
            time = f"try_cast({time} as timestamptz) at time zone 'UTC'"
        elif "TIME ZONE" in kind:
            time = f"{time} at time zone 'UTC'"
        elif not kind.startswith(("TIMESTAMP", "DATE")):
            time = "null"
        self._db.execute(
            f"create view log as select {identity} as id, {trimmed['touchpoint']} as raw,"
            f" ({time})::timestamp as t, {trimmed.get('channel', 'null::varchar')} as channel,"
            f" {quoted['time']}::varchar as typed, {zoned} as zoned, row_number() over () as r"
            " from source"
        )

    def _check(self, known: Iterable[str]) -> None:
        """Raise StudyError with what is wrong in rows; find the touchpoints."""
        ends = "select count(*), min(t), max(t) from log"
        ((self.events, self.start, self.end),) = self._rows(ends)
        if not self.events:
            raise StudyError(Fault("no event stands in it", self.source.name, fix="check the file"))
        if faults := [*self._faults("rows", "log", "error")]:
            raise StudyError(faults)
        counted = "select raw, min(r) from log group by raw order by min(r)"
        first = dict(self._rows(f"{counted} limit {4 * MOST_TOUCHPOINTS}"))
        named = {raw: plain(raw) for raw in first}
        there, known = {*named.values()} - {*self.spec.success}, [*known]
        unknown = [raw for raw, name in named.items() if name in there and name not in known]
        problem = ""
        if len(there) > MOST_TOUCHPOINTS:
            problem = said("more than {most} touchpoints", most=MOST_TOUCHPOINTS)
            fix = "name the column of touchpoints, or recode them into fewer"
        elif known and unknown:
            names = ", ".join(unknown[:ROWS_SHOWN])
            problem = said("touchpoints that the study does not declare: {names}", names=names)
            fix = meant(unknown[:1], known) or "declare it under events: contacts:"
        if problem:
            rows = tuple(1 + first[raw] for raw in unknown[:ROWS_SHOWN])
            place = self.source.name, self.spec.touchpoint
            raise StudyError(Fault(problem, *place, rows, unknown[0], fix))
        self.names = tuple(one for one in known or sorted(there) if one in there)
        self._there = {*named.values()}
        codes = {name: code for code, name in enumerate(self.names, 1)}
        table = pd.DataFrame({"raw": [*named], "code": [codes.get(x, 0) for x in named.values()]})
        self.sql(
            "create table codes as select raw, code::utinyint as code from given",
            given=table.astype({"raw": object}),
        )

    def _faults(self, kind: str, table: str, severity: str) -> Iterator[Fault]:
        """What is wrong in rows of a table, with how many there are (header = row 1)."""
        tests = FAULTS[kind]
        counts = ", ".join(f"count(*) filter ({test})" for _, test, *_ in tests)
        shown = {"respondent": "id", "touchpoint": "raw", "time": "typed"}
        for (key, test, problem, fix), n in zip(
            tests, self._rows(f"select {counts} from {table}")[0], strict=True
        ):
            rows = []
            if n and table == "log":
                found = f"select r, {shown[key]}::varchar from log where {test} order by r"
                rows = self._rows(f"{found} limit {ROWS_SHOWN}")
            if n:
                value, places = rows[0][1] if rows else "", tuple(1 + row for row, _ in rows)
                column, told = self.spec.columns[key], said(problem, n=n)
                yield Fault(told, self.source.name, column, places, value or "", fix, severity)

    def _cut(self, ids: Iterable[str]) -> None:
        """Tables `contacts` and `customers`."""
        self.sql(
            f"create table people as select {self.hashed('id')} as h from given",
            given=pd.DataFrame({"id": [*ids]}, dtype=object),
        )
        only = "where h in (from people)" if self.source.only else ""
        days, run = self.spec.window_days, "partition by h order by t, r"
        late = f"t > '{self.end}'::timestamp - interval ({days or 0} * 86400) second"
        self._db.execute(
            f"""create table contacts as select h, place, code, prev, wait, is_last, channel,
            is_last and code <> 0 and {late if days else "false"} as is_open
            from (select h, code, t, channel, row_number() over run as place,
            lag(code) over run as prev, epoch_us(t) - epoch_us(lag(t) over run) as wait,
            code = 0 or lead(code) over run is null as is_last, count(*) filter (code = 0)
            over ({run} rows between unbounded preceding and 1 preceding) as after
            from (select hash(id) as h, code, t, channel, r from log join codes using (raw) {only})
            window run as ({run})) where after = 0"""
        )
        bits = ", ".join(
            f"bit_or(case when code // {WORD} = {i} then 1::ubigint << (code % {WORD}) else 0 end)"
            f" as met{i}"
            for i in range(1 + len(self.names) // WORD)
        )
        self._db.execute(
            f"create table customers as select h, case when min(code) = 0 then {SUCCESS} when"
            f" bool_or(is_open) then {OPEN} else {LOST} end as ended, arg_min(channel, place) as"
            f" channel, {bits} from contacts group by h"
        )
        ((self.n, self.n_open, self.n_success, self.n_matched),) = self._rows(
            f"select count(*), count(*) filter (ended = {OPEN}), count(*) filter (ended ="
            f" {SUCCESS}), count(*) filter (h in (from people)) from customers"
        )

    def _notices(self) -> Iterator[Fault]:
        """What is allowed and may mislead."""
        yield from self._faults("paths", "contacts", "warning")
        ((kept,),) = self._rows("select count(*) from contacts")
        place = {"file": self.source.name, "severity": "warning"}
        if not self.source.only and (after := self.events - kept):
            yield Fault(said("{n} events after the first success are left out", n=after), **place)
        declared = (*self.spec.success, *self.spec.contacts)
        if lost := [one for one in declared if one not in self._there]:
            problem = said("declared under {key}, and no event is of it", key="events")
            fix = (
                meant(lost[:1], self._there) or "compare its spelling with the data, or take it out"
            )
            column, value = self.spec.touchpoint, ", ".join(lost)
            yield Fault(problem, column=column, value=value, fix=fix, **place)
