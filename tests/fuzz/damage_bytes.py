"""Damage that befalls any file: cut off, overwritten, sent as text, another kind under its name."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.fuzz import sound
from tests.fuzz.kinds import Damage, add, on_bytes


def _place(rng: random.Random, data: bytes) -> int:
    return rng.randrange(1, max(2, len(data)))


def cut(rng: random.Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def flipped(rng: random.Random, data: bytes) -> bytes:
    held = bytearray(data)
    for _ in range(8):
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def zeroed(rng: random.Random, data: bytes) -> bytes:
    place = _place(rng, data)
    size = min(rng.randint(8, 600), len(data) - place)
    return data[:place] + bytes(size) + data[place + size :]


def inserted(rng: random.Random, data: bytes) -> bytes:
    place = _place(rng, data)
    return data[:place] + rng.randbytes(rng.randint(1, 200)) + data[place:]


def removed(rng: random.Random, data: bytes) -> bytes:
    place = _place(rng, data)
    return data[:place] + data[place + rng.randint(1, 200) :]


def doubled(rng: random.Random, data: bytes) -> bytes:
    place, size = _place(rng, data), rng.randint(20, 400)
    return data[: place + size] + data[place:]


ANY: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "cut off": cut,
    "bits flipped": flipped,
    "a block of zeros": zeroed,
    "a block inserted": inserted,
    "a block lost": removed,
    "a block twice": doubled,
    "garbage behind": lambda rng, data: data + rng.randbytes(rng.randint(1, 4000)),
    "head lost": lambda rng, data: data[rng.randint(1, 12) :],
    "sent as text, LF to CRLF": lambda rng, data: data.replace(b"\n", b"\r\n"),
    "the eighth bit lost": lambda rng, data: bytes(byte & 0x7F for byte in data),
    "read as Latin-1, saved as UTF-8": lambda rng, data: data.decode("latin-1").encode(),
    "empty": lambda rng, data: b"",
    "nothing but zeros": lambda rng, data: bytes(len(data)),
    "blocks exchanged": lambda rng, data: (
        lambda at: data[at : at + 512] + data[:at] + data[at + 512 :]
    )(_place(rng, data)),
}
# Formats that hold no checksum: a byte of an answer may become another valid one.
NO_SUM = "nothing in the format tells that a letter or digit was another, or that rows are gone"
for name, change in ANY.items():
    for form in sound.FORMATS:
        add(
            f"{form}: {name}",
            form,
            on_bytes(f"r.{form}", change),
            whole=form != "csv" or name in ("empty", "nothing but zeros"),
            unknowable="" if form in ("xlsx", "ods", "zip") else NO_SUM,
        )

OTHERS = {
    "a PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "JSON": b'[{"id": 1, "nps": 9, "q1": 5}, {"id": 2, "nps": 7, "q1": 4}]\n',
    "XML": b"<?xml version='1.0'?>\n<answers><r id='1' nps='9'/></answers>\n",
    "an error page": b"<!DOCTYPE html><html><body><h1>503 Unavailable</h1></body></html>",
    "an e-mail": b"From: survey@example.org\nSubject: export\n\nPlease find it attached.\n",
    "a program": b"\x7fELF" + bytes(60),
    "an R workspace": b"RDX3\nX\n" + bytes(40),
    "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x02os.",
    "random bytes": random.Random(3).randbytes(3000),
    "a shortcut": b"[InternetShortcut]\r\nURL=https://example.org/answers.csv\r\n",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:12ab\nsize 99\n",
}


def _as_other(data: bytes, form: str) -> Damage:
    return on_bytes(f"r.{form}", lambda rng, _: data)


for form in ("csv", "xlsx", "parquet", "sav"):
    for what, data in OTHERS.items():
        add(f"{form}: it is {what}", form, _as_other(data, form), whole=True)
    for other in (*sound.FORMATS, "gz"):
        if other != form:
            change = lambda rng, _, other=other: sound.made(other)  # noqa: E731
            add(f"{form}: it is {other}", form, on_bytes(f"r.{form}", change), whole=True)


def _linked(target: str, rng: random.Random, folder: Path, file: str) -> None:
    (folder / file).unlink()
    os.symlink(target.format(file=file), folder / file)


def _folder(rng: random.Random, folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()


def _pipe(rng: random.Random, folder: Path, file: str) -> None:
    (folder / file).unlink()
    os.mkfifo(folder / file)


def _inside_link(rng: random.Random, folder: Path, file: str) -> None:
    (folder / file).rename(folder / "kept")
    os.symlink("kept", folder / file)


def _gone(rng: random.Random, folder: Path, file: str) -> None:
    (folder / file).unlink()


def _unreadable(error: type[OSError], rng: random.Random, folder: Path, file: str):
    """As the disk would refuse it; who runs the tests may be root, who can read everything."""

    def before() -> None:
        for call in ("read_bytes", "read_text", "open"):
            real = getattr(Path, call)

            def refuse(self, *args, real=real, **settings):
                if self.name == file:
                    raise error(13, "Permission denied", str(self))
                return real(self, *args, **settings)

            setattr(Path, call, refuse)

    return before


DISK = {
    "unreadable": partial(_unreadable, PermissionError),
    "a disk that fails": partial(_unreadable, OSError),
    "a folder": _folder,
    "a pipe": _pipe,
    "missing": _gone,
    "a link to itself": partial(_linked, "{file}"),
    "a link to /etc/passwd": partial(_linked, "/etc/passwd"),
    "a link to nothing": partial(_linked, "nowhere"),
    "a link to a device": partial(_linked, "/dev/zero"),
    "a link beside it": _inside_link,
}
for what, damage in DISK.items():
    for file in ("r.csv", "r.xlsx", "study.yml", "touchpoints.csv"):
        form = file[2:] if file.startswith("r.") else "csv"
        add(f"{file}: {what}", form, partial(damage, file=file), file, whole=True)
