"""What a kind of damage is, and the list of them all."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# Damages the study in a folder; what it returns is called in the process that reads it, before.
Damage = Callable[[random.Random, Path], Callable[[], None] | None]


class Kind(NamedTuple):
    """`file` is what is damaged, which a fault must name; `whole` where it has no place finer than
    the file. `unknowable` says why no machine can know that an answer changed.
    """

    name: str
    form: str
    file: str
    damage: Damage
    whole: bool = False
    unknowable: str = ""


KINDS: dict[str, Kind] = {}


def add(
    name: str,
    form: str,
    damage: Damage,
    file: str = "",
    whole: bool = False,
    unknowable: str = "",
) -> None:
    """One more kind, of the sound study whose answers are in the format `form`."""
    assert name not in KINDS, name
    KINDS[name] = Kind(name, form, file or f"r.{form}", damage, whole, unknowable)


def on_bytes(file: str, change: Callable[[random.Random, bytes], bytes]) -> Damage:
    """Damage to the bytes of one file."""

    def damage(rng: random.Random, folder: Path) -> None:
        path = folder / file
        path.write_bytes(change(rng, path.read_bytes()))

    return damage


def on_text(file: str, change: Callable[[random.Random, str], str]) -> Damage:
    """Damage to the text of one file."""
    return on_bytes(
        file, lambda rng, data: change(rng, data.decode()).encode("utf-8", "surrogatepass")
    )
