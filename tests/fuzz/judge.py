"""What becomes of a damaged study: read in a process of its own, whose work is counted, and judged.

A process of its own, because a reader in C may end it, and because memory can be held to a limit
only there.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import tempfile
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cxlab as cx
from tests.fuzz import sound
from tests.fuzz.kinds import Kind

GIB, CPU_SECONDS = 2**30, 5
CLASSES = (
    "right",
    "good error",
    "warned",
    "unknowable",
    "vague",
    "silent-wrong",
    "traceback",
    "slow",
)
BAD = CLASSES[4:]


class Verdict(NamedTuple):
    """`said`: the first fault, or how it ended."""

    judged: str
    said: str
    cpu: float


def tried(kind: Kind, seed: int) -> Verdict:
    """One kind of damage, once."""
    folder = Path(tempfile.mkdtemp())
    try:
        sound.write(folder, kind.form)
        before = kind.damage(random.Random(f"{kind.name} {seed}"), folder)
        return _judged(kind, *_in_a_process(lambda: _outcome(folder, before)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _outcome(folder: Path, before: Callable[[], None] | None) -> dict:
    if before:
        before()
    try:
        faults = cx.check_study(folder).astype(str).to_dict("records")
        sound_now = not any(fault["severity"] == "error" for fault in faults)
        told = sound.numbers(cx.read_study(folder)) if sound_now else ""
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        return {"traceback": words[:300]}
    return {"faults": faults[:300], "numbers": told}


def _in_a_process(call: Callable[[], dict]) -> tuple[dict, float]:
    """What a call gives, and the CPU seconds of its process and of those that it started."""
    heard, told = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(heard)
        held = int(Path("/proc/self/statm").read_text().split()[5]) * os.sysconf("SC_PAGE_SIZE")
        for what, most in (("DATA", held + GIB), ("CPU", 4 * CPU_SECONDS), ("CORE", 0)):
            limit = getattr(resource, f"RLIMIT_{what}")
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            result = json.dumps(call()).encode()
            with os.fdopen(told, "wb") as pipe:
                pipe.write(result)
        finally:
            os._exit(0)
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        said = pipe.read()
    _, status, used = os.wait4(pid, 0)
    if not said:
        said = json.dumps({"traceback": f"the process ended ({status})"})
    return json.loads(said), used.ru_utime + used.ru_stime


@cache
def undamaged(form: str) -> dict:
    """What the sound study gives in a format."""
    folder = Path(tempfile.mkdtemp())
    try:
        sound.write(folder, form)
        return _outcome(folder, None)
    finally:
        shutil.rmtree(folder)


def _judged(kind: Kind, outcome: dict, cpu: float) -> Verdict:
    if words := outcome.get("traceback"):
        return Verdict("slow" if "(24)" in words or "(9)" in words else "traceback", words, cpu)
    usual = undamaged("csv")
    faults = [fault for fault in outcome["faults"] if fault not in usual["faults"]]
    errors = [fault for fault in faults if fault["severity"] == "error"]
    said = ""
    if faults:
        first = (errors or faults)[0]
        said = " | ".join(
            first[key] for key in ("file", "column", "rows", "value", "problem", "fix")
        )
    if cpu > CPU_SECONDS:
        judged = "slow"
    elif errors:
        judged = "good error" if _helps(kind, errors) else "vague"
    elif faults:
        judged = "warned"
    elif outcome["numbers"] == usual["numbers"]:
        judged = "right"
    else:
        judged = "unknowable" if kind.unknowable else "silent-wrong"
    return Verdict(judged, said[:400], cpu)


def _helps(kind: Kind, errors: list[dict]) -> bool:
    """Whether every error says what to do, and one names the damaged file and the place in it."""
    return all(fault["fix"] for fault in errors) and any(
        (not kind.file or kind.file in f"{fault['file']} {fault['value']} {fault['problem']}")
        and (kind.whole or fault["column"] or fault["n"] != "0" or fault["value"] or _place(fault))
        for fault in errors
    )


def _place(fault: dict) -> bool:
    """Whether the words themselves name a place."""
    return bool(re.search(r"\b(line|row|column|cell|header|key)\b|'", fault["problem"]))
