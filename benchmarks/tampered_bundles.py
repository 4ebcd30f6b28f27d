"""Tampered, foreign and exploding model files: none may be loaded, and none may run code.

    python -m benchmarks.tampered_bundles FOLDER [--files 336] [--seed 20261124] [--without-hashes]

``FOLDER`` holds sound model files (``benchmarks.releases`` makes them); each is damaged in ways of 28 kinds. Half of
the kinds leave the manifest as it was, so a hash does not fit; the others write one that fits, as somebody who means
harm would, and lie in a way that no honest model does. After a sound file was loaded and asked, an audit hook listens
while the others are read: a program compiled or run, a file written, an address or a process opened, a pickle or a
library loaded is a finding. Ends with 1 when a file was loaded, refused without a code, took longer than 30 s, or ran
anything. ``--without-hashes`` skips the check of the hashes and must end with 1.
"""

from __future__ import annotations

import argparse
import io
import json
import pickle
import random
import resource
import stat
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.releases import ASKED

from narrative.core.errors import NarrativeError
from narrative.engine.bundle import load, load_bundle
from narrative.engine.bundle.archive import pack
from narrative.engine.bundle.arrays import array_bytes, array_from_bytes
from narrative.engine.bundle.write import manifest

Parts = dict[str, bytes]
LISTENED = ("compile", "exec", "import", "socket", "subprocess", "os.system", "os.exec", "os.posix_spawn", "pickle")
LONGEST = 30.0
MANIFEST = "manifest.json"
Kind = Callable[[random.Random, Parts, bytes], bytes]


class Listener:
    """What the interpreter reported while it was on."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.on = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, given: tuple[Any, ...]) -> None:
        if not self.on:
            return
        writes = event == "open" and isinstance(given[1], str) and set(given[1]) & set("wax+")
        if writes or event.startswith((*LISTENED, "ctypes", "marshal")):
            self.heard.append(f"{event} {given[0]!r}"[:120])


class Bomb:
    """Runs code when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("code ran",))


# -- the manifest stays as it was: a hash does not fit, or the archive is none ----------------------------------------


def flipped(draw: random.Random, _: Parts, raw: bytes) -> bytes:
    place = draw.randrange(len(raw))
    return raw[:place] + bytes([raw[place] ^ (1 << draw.randrange(8))]) + raw[place + 1 :]


def changed_part(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    name = draw.choice(sorted(set(parts) - {MANIFEST}))
    place = draw.randrange(len(parts[name]))
    content = bytearray(parts[name])
    content[place] ^= 1
    return pack(parts | {name: bytes(content)})


def changed_words(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    name = draw.choice(["story.json", "card.json", "lineage.json", "evaluation.json"])
    return pack(parts | {name: parts[name].replace(b"0", b"1").replace(b"e", b"a", 1) + b" "})


def swapped_parts(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    one, two = draw.sample(sorted(name for name in parts if name != MANIFEST), 2)
    if parts[one] == parts[two]:
        return parts[one]
    return pack(parts | {one: parts[two], two: parts[one]})


def lost_part(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    name = draw.choice(sorted(parts))
    return pack({other: content for other, content in parts.items() if other != name})


def added_part(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    return pack(parts | {f"learners/{draw.randrange(900, 999)}.more.npy": b"x"})


def truncated(draw: random.Random, _: Parts, raw: bytes) -> bytes:
    return raw[: draw.randrange(len(raw) - 1)]


def longer_manifest(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    said = json.loads(parts[MANIFEST])
    said["program_version"] = f"0.{draw.randrange(99)}"
    return pack(parts | {MANIFEST: json.dumps(said).encode()})


def noise(draw: random.Random, _: Parts, raw: bytes) -> bytes:
    return draw.randbytes(min(len(raw), 100_000))


def pickled(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    return pickle.dumps([Bomb(), parts], protocol=draw.randrange(2, 6))


def another_tool(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("MLmodel", "flavors: {python_function: {loader_module: os}}")
        archive.writestr("model.pkl", pickle.dumps(Bomb()))
        archive.writestr("words.bin", draw.randbytes(100) + parts[MANIFEST])
    return made.getvalue()


def _with_entry(parts: Parts, name: str, content: bytes, mode: int = 0o600 | stat.S_IFREG, method: int = 0) -> bytes:
    made = io.BytesIO(pack(parts))
    with zipfile.ZipFile(made, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.external_attr, entry.create_system = mode << 16, 3
        archive.writestr(entry, content, compress_type=method)
    return made.getvalue()


def escape(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    names = ["../../owned", "/etc/owned", "learners/../../owned", "C:\\owned", "learners/0.x.npy/../../a", "a\\..\\b"]
    return _with_entry(parts, draw.choice(names), b"x")


def link(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    kind = draw.choice([stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR])
    return _with_entry(parts, "learners/998.x.npy", b"/etc/passwd", mode=kind | 0o777)


def twice(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    import warnings

    name = draw.choice(sorted(parts))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the writer knows that it is wrong
        return _with_entry(parts, name, parts[name] + b" ")


def compressed(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    method = draw.choice([zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    return _with_entry(parts, "learners/998.x.npy", b"x" * 1_000, method=method)


def bomb(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    return _with_entry(
        parts, "learners/997.x.npy", b" " * draw.randrange(50_000_000, 90_000_000), method=zipfile.ZIP_DEFLATED
    )


# -- the manifest fits what is there, and what is there lies ----------------------------------------------------------


def sealed(parts: Parts) -> bytes:
    own = {name: content for name, content in parts.items() if name != MANIFEST}
    return pack(own | {MANIFEST: json.dumps(manifest(own)).encode()})


def _array(draw: random.Random, parts: Parts, change: Callable[[Any], Any], among: tuple[str, ...] = ()) -> bytes:
    names = [name for name in sorted(parts) if name.endswith(".npy") and (not among or name.split(".")[-2] in among)]
    names = [name for name in names if array_from_bytes(parts[name], name).size]
    name = draw.choice(names)
    return sealed(parts | {name: change(array_from_bytes(parts[name], name))})


def _npy(array: Any) -> bytes:
    made = io.BytesIO()
    np.lib.format.write_array(made, array, allow_pickle=True)
    return made.getvalue()


def pickled_array(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    return _array(draw, parts, lambda _array: _npy(np.array([Bomb(), Bomb()], dtype=object)))


def other_type(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    kind = draw.choice(["complex128", "U3", ">f8", "float16"])
    return _array(draw, parts, lambda array: _npy(array.astype(kind)))


def other_shape(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    return _array(draw, parts, lambda array: array_bytes(np.ascontiguousarray(np.stack([array, array]))))


def all_nan(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    names = ("weights", "weights_0", "value", "threshold", "bias", "scale", "rows", "base")
    return _array(draw, parts, lambda array: array_bytes(np.full_like(array.astype(np.float64), np.nan)), names)


def shape_lies(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    claims = [b"(9999999999,)", b"(-1,)", b"(True,)", b"(1e9,)", b"print(1)", b"[0]"]
    claim = draw.choice(claims)

    def lie(array: Any) -> bytes:
        content = array_bytes(np.ascontiguousarray(array))
        start, end = content.index(b"'shape': ") + 9, content.index(b"}")
        return content[:start] + claim.ljust(end - start)[: max(end - start, len(claim))] + content[end:]

    return _array(draw, parts, lie)


def child_out_of_range(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    """Nodes, features or outputs that are not there; in models without trees the order of columns."""
    beyond = draw.choice([2**31 - 1, -5, 10**6])
    names = ("feature", "tree_nodes", "tree_output", "order")
    if not any(name.split(".")[-2] in names for name in parts if name.endswith(".npy")):
        return lost_array(draw, parts, b"")

    def change(array: Any) -> bytes:
        moved = array.copy()
        moved[...] = np.asarray(beyond).astype(array.dtype)
        return array_bytes(moved)

    return _array(draw, parts, change, names)


def lost_array(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    name = draw.choice([name for name in sorted(parts) if name.endswith(".npy")])
    return sealed({other: content for other, content in parts.items() if other != name})


def _json(parts: Parts, name: str, change: Callable[[Any], Any]) -> bytes:
    said = json.loads(parts[name])
    said = change(said) or said
    return sealed(parts | {name: json.dumps(said).encode()})


def lying_model(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    lies: list[dict[str, Any]] = [
        {"problem": "magic"}, {"classes": "abc"}, {"members": []}, {"members": 7}, {"offsets": ["inf"]},
        {"slope": "abc"}, {"threshold": "NaN"}, {"intervals": [1]}, {"vote": "loud"},
    ]  # fmt: skip
    return _json(parts, "model.json", lambda said: said | draw.choice(lies))


def foreign_code(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    name = draw.choice(["os.system", "builtins.eval", "../../base", "subprocess:Popen", "pickle"])

    def change(said: Any) -> None:
        said["format"] = name

    return _json(parts, "learners/0.json", change)


def foreign_step(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    names = [name for name in sorted(parts) if name.startswith("recipes/") and json.loads(parts[name])["steps"]]
    if not names:
        return foreign_code(draw, parts, b"")

    def change(said: Any) -> None:
        said["steps"][0]["spec"]["type"] = draw.choice(["os.system", "eval", "__import__('os')"])

    return _json(parts, draw.choice(names), change)


def unsound_json(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    texts = [b'{"a": NaN}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"[" * 200_000, b"{", b"\xff\xfe", b"", b"null"]
    name = draw.choice(["model.json", "contract.json", "evaluation.json", "checks.json", "story.json"])
    text = draw.choice(texts[:-1] if name in {"evaluation.json", "story.json"} else texts)
    return sealed(parts | {name: text})


def newer_format(draw: random.Random, parts: Parts, _: bytes) -> bytes:
    said = json.loads(parts[MANIFEST]) | {"format_version": draw.choice([99, -1, True, "1", None, 1.5])}
    return pack(parts | {MANIFEST: json.dumps(said).encode()})


KINDS: tuple[Kind, ...] = (
    flipped, changed_part, changed_words, swapped_parts, lost_part, added_part, truncated, longer_manifest, noise,
    pickled, another_tool, escape, link, twice, compressed, bomb, pickled_array, other_type, other_shape, all_nan,
    shape_lies, child_out_of_range, lost_array, lying_model, foreign_code, foreign_step, unsound_json, newer_format,
)  # fmt: skip


def tried(path: Path) -> tuple[str, str]:
    """``loaded``, ``refused`` or ``broke``, and its code or what it raised."""
    try:
        load_bundle(path)
    except NarrativeError as error:
        return ("refused" if error.fix and "Traceback" not in error.message else "broke"), error.code
    except Exception as error:  # noqa: BLE001  # anything untyped is the finding
        return "broke", f"{type(error).__name__}: {error}"[:160]
    return "loaded", ""


def main() -> None:
    """Print what became of the files, by kind where it is bad."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--files", type=int, default=336)
    arguments.add_argument("--seed", type=int, default=20261124)
    arguments.add_argument("--without-hashes", action="store_true")
    options = arguments.parse_args()
    sources = sorted(options.folder.glob("*/*.narrative"))
    sound = [path for path in sources if tried(path)[0] == "loaded"]
    print(f"{len(sound)} of {len(sources)} sound files are loaded")
    if options.without_hashes:
        load.altered_parts = lambda _parts, _manifest: []  # type: ignore[assignment]
    draw, listener, found = random.Random(options.seed), Listener(), []
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "model.narrative")
        for index in range(options.files):
            kind, source = KINDS[index % len(KINDS)], draw.choice(sound)
            raw = source.read_bytes()
            with zipfile.ZipFile(source) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()}
            content = kind(draw, parts, raw)
            if content == raw:
                continue
            path.write_bytes(content)
            started, heard = time.monotonic(), len(listener.heard)
            listener.on = True
            outcome, said = tried(path)
            listener.on = False
            ran = listener.heard[heard:]
            found.append((kind.__name__, outcome, said, time.monotonic() - started, ran, source))
    _report(found, sound)
    bad = [item for item in found if item[1] != "refused" or item[4] or item[3] > LONGEST]
    sys.exit(1 if bad or len(sound) < len(sources) else 0)


def _report(found: list[Any], sound: list[Path]) -> None:
    outcomes = Counter(outcome for _, outcome, *_ in found)
    print(
        f"{len(found)} files of {len({item[0] for item in found})} kinds, made of {len(sound)} models: {dict(outcomes)}"
    )
    print("codes:", dict(Counter(said for _, outcome, said, *_ in found if outcome == "refused")))
    print(f"longest {max(item[3] for item in found):.2f} s, ", end="")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")
    print("code, files, addresses, processes:", sum(bool(item[4]) for item in found))
    for kind, outcome, said, seconds, ran, source in found:
        if outcome != "refused" or ran or seconds > LONGEST:
            print(f"  {kind} of {source.parent.name}/{source.stem}: {outcome} {said} {seconds:.1f} s {ran[:3]}")
    still = load_bundle(sound[0])
    import polars as pl

    n = still.predict(pl.read_parquet(sound[0].with_name(ASKED)).head(100)).n_predicted
    print(f"a sound file is still answered with: {n} of 100 rows")


if __name__ == "__main__":
    main()
