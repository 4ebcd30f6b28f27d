"""Bundles that were damaged, altered or built to harm: each is refused with its code, and none runs code."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from narrative.core.errors import NarrativeError
from narrative.engine.bundle import BundleLimits, load_bundle, verify_bundle
from narrative.engine.bundle import load as load_module
from narrative.engine.bundle.archive import pack
from narrative.engine.bundle.arrays import array_bytes, array_from_bytes
from narrative.engine.bundle.write import manifest
from tests.fixtures.bundles import write_small
from tests.fixtures.frames import mixed

Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("bundle") / "model.narrative")


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    shutil.copy(original, tmp_path / "model.narrative")
    return tmp_path / "model.narrative"


def parts_of(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(path: Path, limits: BundleLimits | None = None) -> NarrativeError:
    with pytest.raises(NarrativeError) as caught:
        load_bundle(path, limits=limits)
    error = caught.value
    assert error.fix
    assert "Traceback" not in error.message
    return error


def sealed(path: Path, parts: Parts) -> None:
    """Write parts with a manifest that fits them: what somebody who means harm would do."""
    own = {name: part for name, part in parts.items() if name != "manifest.json"}
    path.write_bytes(pack(own | {"manifest.json": json.dumps(manifest(own)).encode()}))


def edited(path: Path, part: str, change: Callable[[Any], Any]) -> None:
    """Change the JSON of one part and seal the bundle again."""
    parts = parts_of(path)
    data = json.loads(parts[part])
    replaced = change(data)
    parts[part] = json.dumps(data if replaced is None else replaced).encode()
    sealed(path, parts)


# -- files that are no bundle at all ---------------------------------------------------------------------------------


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("owned"), "code ran"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        bytes(range(256)) * 40,
        pickle.dumps(Bomb()),
        b"PK\x03\x04" + b"\x00" * 200,
        b"PK\x05\x06" + b"\x00" * 18,
    ],
    ids=["empty", "csv", "binary", "pickle", "zip head", "empty zip"],
)
def test_a_file_that_is_no_bundle_is_refused(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.narrative"
    path.write_bytes(content)
    assert refused(path).code == "bundle_unreadable"
    assert not (tmp_path / "owned").exists()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path / "nothing.narrative")
    assert error.code == "file_not_found"
    assert "nothing.narrative" in error.message
    assert str(tmp_path) not in error.message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_bundle_is_refused(share: float, copy: Path) -> None:
    content = copy.read_bytes()
    copy.write_bytes(content[: int(len(content) * share)])
    assert refused(copy).code == "bundle_unreadable"


def test_any_flipped_byte_of_any_part_is_noticed(copy: Path) -> None:
    content = copy.read_bytes()
    with zipfile.ZipFile(copy) as archive:
        places = [
            (e.filename, e.header_offset + 30 + len(e.filename) + e.compress_size // 2) for e in archive.infolist()
        ]
    assert len(places) > 15
    for _, place in places:
        copy.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        assert refused(copy).code in {"bundle_unreadable", "bundle_altered"}


# -- archives built to harm ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "../escape.json",
        "/etc/cron.d/job",
        "..\\escape.json",
        "learners/../../escape.json",
        "payload.pkl",
        "model.json\x00.exe",
        "Model.json",
        "learners/0.weights.npz",
        "learners/0.__reduce__.npy",
        "story.json/",
        "C:model.json",
    ],
)
def test_a_part_with_any_other_name_is_refused(name: str, copy: Path) -> None:
    with zipfile.ZipFile(copy, "a") as archive:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = name
        archive.writestr(entry, b"{}")
    assert refused(copy).code == "bundle_unreadable"
    assert not (copy.parent.parent / "escape.json").exists()


def test_a_part_that_stands_twice_is_refused(copy: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(copy, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("model.json", b"{}")
    assert "twice" in refused(copy).message


@pytest.mark.parametrize(
    "mode", [stat.S_IFLNK | 0o777, stat.S_IFDIR | 0o755, stat.S_IFIFO | 0o644, stat.S_IFCHR | 0o644]
)
def test_links_folders_and_devices_are_refused(mode: int, copy: Path) -> None:
    parts = parts_of(copy)
    with zipfile.ZipFile(copy, "w") as archive:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (mode if name == "model.json" else stat.S_IFREG | 0o600) << 16
            archive.writestr(entry, part)
    assert "plain file" in refused(copy).message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method: int, copy: Path) -> None:
    parts = parts_of(copy)
    with zipfile.ZipFile(copy, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert "compressed in an unknown way" in refused(copy).message


def test_an_encrypted_part_is_refused(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(head)
        content[place + offset] |= 1
    copy.write_bytes(bytes(content))
    assert refused(copy).code == "bundle_unreadable"


def test_an_archive_bomb_is_refused_by_its_ratio(copy: Path) -> None:
    parts = parts_of(copy)
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, b" " * 30_000_000 if name == "plan.json" else part)
    assert refused(copy).code == "bundle_too_large"


def test_a_part_that_lies_about_its_size_is_not_inflated_beyond_the_limit(copy: Path) -> None:
    parts = parts_of(copy) | {"plan.json": b" " * 3_000_000}
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    content = copy.read_bytes()
    copy.write_bytes(content.replace(struct.pack("<L", 3_000_000), struct.pack("<L", 1_000)))
    assert refused(copy, BundleLimits(inflated_bytes=1_000_000)).code in {"bundle_too_large", "bundle_unreadable"}


@pytest.mark.parametrize(
    "limits",
    [
        BundleLimits(archive_bytes=1000),
        BundleLimits(parts=5),
        BundleLimits(inflated_bytes=20_000),
        BundleLimits(json_bytes=500),
    ],
)
def test_every_limit_holds(limits: BundleLimits, copy: Path) -> None:
    assert refused(copy, limits).code == "bundle_too_large"


def test_no_honest_bundle_looks_like_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(pack({"learners/0.zeros.npy": array_bytes(np.zeros(1_000_000))}))
    with zipfile.ZipFile(path) as archive:
        entry = archive.infolist()[0]
    assert entry.file_size <= BundleLimits().ratio * entry.compress_size


# -- parts that are not what was written -----------------------------------------------------------------------------


def another_program(part: bytes) -> bytes:
    return json.dumps(json.loads(part) | {"program_version": "6.6.6"}).encode()


def other_weights(part: bytes) -> bytes:
    return array_bytes(array_from_bytes(part, "x") * 1.01)


def test_an_altered_part_is_named(copy: Path) -> None:
    parts = parts_of(copy)
    parts["learners/0.weights.npy"] = other_weights(parts["learners/0.weights.npy"])
    copy.write_bytes(pack(parts))
    error = refused(copy)
    assert error.code == "bundle_altered"
    assert error.context["part"] == "learners/0.weights.npy"


def test_the_hash_check_catches_it_and_behind_it_the_check_rows(
    copy: Path, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = parts_of(copy)
    parts["learners/0.weights.npy"] = other_weights(parts["learners/0.weights.npy"])
    copy.write_bytes(pack(parts))
    monkeypatch.setattr(load_module, "altered_parts", lambda parts, manifest: [])
    assert refused(copy).code == "bundle_differs"
    monkeypatch.setattr(load_module, "compare", lambda model, checks: (0, []))
    changed, sound = load_bundle(copy).predict(mixed()), load_bundle(original).predict(mixed())
    assert changed.probabilities is not None
    assert sound.probabilities is not None
    assert not np.array_equal(changed.probabilities, sound.probabilities)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda parts: parts.pop("story.json"), "story.json"),
        (lambda parts: parts.update({"learners/7.json": b"{}"}), "learners/7.json"),
        (lambda parts: parts.update({"evaluation.json": b'{"score":0.99}'}), "evaluation.json"),
        (lambda parts: parts.update({"manifest.json": another_program(parts["manifest.json"])}), "manifest.json"),
    ],
)
def test_removed_added_and_changed_parts_are_named(change: Callable[[Parts], Any], part: str, copy: Path) -> None:
    parts = parts_of(copy)
    change(parts)
    copy.write_bytes(pack(parts))
    assert refused(copy).context["part"] == part
    report = verify_bundle(copy)
    assert part in report.altered
    assert not report.is_sound


def test_verifying_names_everything_that_was_altered(copy: Path) -> None:
    parts = parts_of(copy)
    parts["learners/0.weights.npy"] = other_weights(parts["learners/0.weights.npy"])
    parts["card.json"] = b'{"author":"me"}'
    copy.write_bytes(pack(parts))
    report = verify_bundle(copy)
    assert report.altered == ["card.json", "learners/0.weights.npy"]
    assert any("Check row 1 gives" in sentence for sentence in report.differences)


def test_answers_that_changed_are_found_even_when_the_hashes_fit(copy: Path) -> None:
    parts = parts_of(copy)
    parts["learners/0.weights.npy"] = other_weights(parts["learners/0.weights.npy"])
    sealed(copy, parts)
    report = verify_bundle(copy)
    assert report.altered == []
    assert len(report.differences) == report.rows_checked


# -- bundles whose hashes fit and whose contents lie ------------------------------------------------------------------


def test_a_newer_format_asks_for_an_update(copy: Path) -> None:
    edited(copy, "manifest.json", lambda _: None)
    parts = parts_of(copy)
    described = json.loads(parts["manifest.json"])
    described["format_version"] = 2
    parts["manifest.json"] = json.dumps(described).encode()
    copy.write_bytes(pack(parts))
    assert refused(copy).code == "bundle_newer_format"


@pytest.mark.parametrize("field", ["format", "format_version", "parts"])
@pytest.mark.parametrize("value", [None, "other", -1, True, [1], {"model.json": 3}])
def test_a_manifest_of_another_kind_is_refused(field: str, value: Any, copy: Path) -> None:
    parts = parts_of(copy)
    described = json.loads(parts["manifest.json"])
    described[field] = value
    parts["manifest.json"] = json.dumps(described).encode()
    copy.write_bytes(pack(parts))
    assert refused(copy).code in {"bundle_unreadable", "bundle_altered"}


@pytest.mark.parametrize(
    "text",
    [b'{"score": NaN}', b'{"score": 1e999}', b'{"score": 1, "score": 2}', b"[" * 100_000, b"{", b"\xff\xfe", b""],
    ids=["nan", "endless", "twice", "deep", "open", "encoding", "nothing"],
)
def test_unsound_json_is_refused(text: bytes, copy: Path) -> None:
    parts = parts_of(copy)
    parts["evaluation.json"] = text
    sealed(copy, parts)
    assert refused(copy).code == "bundle_unreadable"


def npy(array: Any, **header: Any) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True, **header)
    return buffer.getvalue()


WEIGHTS = np.ones((1, 30))
HOSTILE_ARRAYS = {
    "pickled objects": npy(np.array([Bomb(), Bomb()], dtype=object)),
    "text": npy(np.array(["a", "b"])),
    "complex": npy(WEIGHTS.astype(complex)),
    "big endian": npy(WEIGHTS.astype(">f8")),
    "records": npy(np.zeros(2, dtype=[("a", "f8")])),
    "fortran order": npy(np.asfortranarray(np.ones((3, 30)))),
    "version 2": npy(WEIGHTS, version=(2, 0)),
    "shape claims more": npy(WEIGHTS).replace(b"(1, 30)", b"(9, 99)"),
    "shape claims a terabyte": npy(WEIGHTS).replace(b"(1, 30), }     ", b"(1, 999999999999)"),
    "bytes left over": npy(WEIGHTS) + b"\x00" * 8,
    "cut off": npy(WEIGHTS)[:-8],
    "code in the header": npy(WEIGHTS).replace(b"(1, 30)", b"print()"),
    "no array": b"hello",
    "empty": b"",
    "odd truth": npy(np.array([True, False])).replace(b"\x01\x00", b"\x07\x00"),
}


@pytest.mark.parametrize("case", HOSTILE_ARRAYS)
def test_an_array_that_is_not_plain_is_refused(
    case: str, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parts = parts_of(copy)
    parts["learners/0.weights.npy"] = HOSTILE_ARRAYS[case]
    sealed(copy, parts)
    assert refused(copy).code in {"bundle_unreadable", "learner_damaged"}
    assert not (tmp_path / "owned").exists()


def set_in(*path: Any, value: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = value

    return change


def set_states(data: dict[str, Any], state: Any) -> None:
    for step in data["steps"]:
        step["state"] = state


def rename_feature(data: dict[str, Any]) -> None:
    old = data["feature_names"][0]
    data["feature_names"][0] = "ghost"
    data["sources"]["ghost"] = data["sources"].pop(old)


CROSSED = {"coverage": 0.9, "edges": [2, 1], "lower": [0], "upper": [0]}
LIES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "unknown problem": ("model.json", set_in("problem", value="magic")),
    "classes gone": ("model.json", set_in("classes", value=[])),
    "class twice": ("model.json", set_in("classes", value=["low", "low"])),
    "class is a list": ("model.json", set_in("classes", value=[["low"], "high"])),
    "no member": ("model.json", set_in("members", value=[])),
    "member too many": ("model.json", lambda d: d["members"].append(d["members"][0])),
    "unknown view": ("model.json", set_in("members", 0, "view", value="../trees")),
    "wrong view": ("model.json", set_in("members", 0, "view", value="trees")),
    "endless weight": ("model.json", set_in("members", 0, "weight", value="inf")),
    "shift too long": ("model.json", set_in("members", 0, "shift", value=[0.0, 1.0])),
    "endless shift": ("model.json", set_in("members", 0, "shift", value=["inf"])),
    "shift is text": ("model.json", set_in("members", 0, "shift", value="much")),
    "unknown vote": ("model.json", set_in("vote", value="loud")),
    "offsets too many": ("model.json", set_in("offsets", value=[0.0, 1.0, 2.0])),
    "threshold": ("model.json", set_in("threshold", value=7)),
    "threshold is text": ("model.json", set_in("threshold", value="abc")),
    "intervals": ("model.json", set_in("intervals", value=CROSSED)),
    "another contract": ("contract.json", set_in("target", value="other")),
    "contract column gone": ("contract.json", lambda d: d["columns"].pop()),
    "contract is a list": ("contract.json", lambda d: [1]),
    "vocabulary": ("vocabulary.json", lambda d: {"city": 7}),
    "unknown learner": ("learners/0.json", set_in("format", value="pickle")),
    "learner by path": ("learners/0.json", set_in("format", value="../../base")),
    "array not listed": ("learners/0.json", set_in("arrays", value=["bias", "means"])),
    "array not there": ("learners/0.json", set_in("arrays", value=["bias", "means", "weights", "more"])),
    "description": ("learners/1.json", set_in("description", value={})),
    "unknown step": ("recipes/linear.json", set_in("steps", 0, "spec", "type", value="os.system")),
    "step parameters": ("recipes/linear.json", set_in("steps", 0, "spec", "params", value={"columns": 5})),
    "newer step": ("recipes/linear.json", set_in("steps", 0, "state_version", value=99)),
    "state of another shape": ("recipes/linear.json", lambda d: set_states(d, {"columns": 5})),
    "state is text": ("recipes/trees.json", lambda d: set_states(d, "nothing")),
    "feature too many": ("recipes/trees.json", lambda d: d["feature_names"].append("ghost")),
    "feature renamed": ("recipes/trees.json", rename_feature),
    "input type": ("recipes/trees.json", set_in("input_types", 0, 1, value="Object")),
    "importances of numbers": ("importances.json", lambda d: [1, 2]),
    "importances of text": ("importances.json", lambda d: "none"),
    "checks without rows": ("checks.json", set_in("columns", value=[{"name": "city"}])),
    "checks of text": ("checks.json", set_in("margins", value="abc")),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_bundle_that_lies_about_itself_is_refused(lie: str, copy: Path) -> None:
    part, change = LIES[lie]
    edited(copy, part, change)
    assert refused(copy).code in {"bundle_unreadable", "learner_damaged", "recipe_unreadable"} | {
        "step_unknown",
        "step_parameter_invalid",
        "recipe_newer_format",
    }


@pytest.mark.parametrize(
    "part", ["model.json", "contract.json", "checks.json", "learners/0.bias.npy", "recipes/trees.json"]
)
def test_a_bundle_without_a_needed_part_is_refused(part: str, copy: Path) -> None:
    parts = parts_of(copy)
    del parts[part]
    sealed(copy, parts)
    assert refused(copy).code == "bundle_unreadable"


def test_the_untouched_copy_is_accepted(copy: Path) -> None:
    edited(copy, "model.json", lambda _: None)
    assert load_bundle(copy).predict(mixed()).n_predicted == 60
    assert verify_bundle(copy).is_sound


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
def test_answers_that_are_no_numbers_are_refused_though_no_check_row_shows_them(copy: Path) -> None:
    parts = parts_of(copy)
    weights = array_from_bytes(parts["learners/0.weights.npy"], "x")
    signs = np.where(np.arange(weights.size).reshape(weights.shape) % 2, 1e308, -1e308)
    parts["learners/0.weights.npy"] = array_bytes(signs)
    parts["checks.json"] = json.dumps({"columns": [], "margins": [], "answers": []}).encode()
    sealed(copy, parts)
    bundle = load_bundle(copy)
    with pytest.raises(NarrativeError) as caught:
        bundle.predict(mixed())
    assert caught.value.code == "bundle_unreadable"


def test_a_model_that_no_longer_gives_its_own_answers_is_not_used(copy: Path) -> None:
    """Numbers of a sealed bundle were moved, or another machine sums differently: the label stays, the sum does not."""

    def moved(checks: dict[str, Any]) -> None:
        checks["margins"][2][0] += 1e-3

    edited(copy, "checks.json", moved)
    error = refused(copy)
    assert error.code == "bundle_differs"
    assert "Check row 3 gives [" in error.message
    report = verify_bundle(copy)
    assert not report.is_sound
    assert len(report.differences) == 1
