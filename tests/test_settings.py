"""Settings come from one place, are named when they are wrong, and unsafe ones stop the start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from narrative.core.errors import InvalidInput
from narrative.settings import Settings, check_start, is_loopback, load_settings

SECRET = "kq7Zt0mB4vXw9rLs2DfHy8NcPj6GuEa1"
OPEN: dict[str, Any] = {"host": "0.0.0.0", "secret": SECRET, "allowed_hosts": "studio.example.org"}  # noqa: S104  # the case tested


def load(environ: dict[str, str] | None = None, **options: Any) -> Settings:
    return load_settings(environ or {}, **options)


def test_the_defaults_run_everything_on_this_machine(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path)
    check_start(settings)
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.metadata_address == f"sqlite://{tmp_path}/metadata.db"
    assert settings.blobs_address == f"file://{tmp_path}/blobs"
    assert "localhost" in settings.hosts
    assert not settings.is_exposed


def test_an_option_goes_before_the_environment_and_that_before_the_default() -> None:
    assert load({"NARRATIVE_PORT": "9000"}).port == 9000
    assert load({"NARRATIVE_PORT": "9000"}, port=9001).port == 9001
    assert load({"NARRATIVE_PORT": "9000"}, port=None).port == 9000
    assert load({"NARRATIVE_PORT": ""}).port == 8000
    assert load({"narrative_port": "9000", "PORT": "1"}).port == 9000


def test_the_data_folder_is_the_same_from_wherever_the_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert load().data_dir == tmp_path / "narrative"
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load().data_dir == tmp_path / ".local" / "share" / "narrative"
    monkeypatch.chdir(tmp_path)
    assert load(data_dir=Path("here")).data_dir == tmp_path / "here"


def test_a_misspelt_setting_is_named_with_the_nearest_one() -> None:
    with pytest.raises(InvalidInput, match="NARRATIVE_SECRTE") as caught:
        load({"NARRATIVE_SECRTE": SECRET})
    assert caught.value.fix == "Did you mean NARRATIVE_SECRET?"
    assert SECRET not in str(caught.value.to_dict())


def test_a_variable_of_our_examples_is_no_setting() -> None:
    load({"NARRATIVE_API_KEY": "sk_live_x", "OTHER": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("PORT", "-1"),
        ("PORT", "http"),
        ("WORKERS", "0"),
        ("WORKERS", "1000"),
        ("UPLOAD_LIMIT_BYTES", "12"),
        ("CHILD_MEMORY_BYTES", "5GB"),
        ("LEASE_SECONDS", "0.01"),
        ("LEASE_SECONDS", "nan"),
        ("LOG_LEVEL", "chatty"),
        ("LOG_FORM", "xml"),
    ],
)
def test_a_value_out_of_bounds_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=f"NARRATIVE_{name}") as caught:
        load({f"NARRATIVE_{name}": value})
    assert caught.value.code == "setting_invalid"
    assert caught.value.fix


def test_settings_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(InvalidInput, match="lease_seconds must be at least twice heartbeat_seconds"):
        load({"NARRATIVE_LEASE_SECONDS": "6"})


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://models.example.org", "https://models.example.org"),
        ("https://Models.example.org:443/", "https://models.example.org"),
        ("http://studio.local:80", "http://studio.local"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("", ""),
    ],
)
def test_the_public_address_is_written_as_browsers_write_an_origin(given: str, meant: str) -> None:
    assert load({"NARRATIVE_PUBLIC_URL": given}).public_url == meant


@pytest.mark.parametrize(
    "value",
    ["models.example.org", "ftp://x.org", "https://", "https://*", "https://me:pw@x.org", "https://x.org/studio",
     "https://x.org?a=1", "https://x.org:port", "https://x y.org"],
)  # fmt: skip
def test_a_public_address_that_is_no_origin_is_refused(value: str) -> None:
    with pytest.raises(InvalidInput, match="NARRATIVE_PUBLIC_URL"):
        load({"NARRATIVE_PUBLIC_URL": value})


def test_the_host_of_the_public_address_is_allowed(tmp_path: Path) -> None:
    settings = load(data_dir=tmp_path, host="0.0.0.0", secret=SECRET, public_url="https://models.example.org:8443")  # noqa: S104  # the case tested
    check_start(settings)
    assert "models.example.org" in settings.hosts
    assert "localhost" in load(public_url="https://models.example.org").hosts


def test_the_secret_shows_nowhere() -> None:
    settings = load(**OPEN)
    assert SECRET not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_is_this_machine_only(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.1.7", "studio.example.org", "localhost.example.org"])  # noqa: S104
def test_everything_else_can_be_reached_by_others(host: str) -> None:
    assert not is_loopback(host)


def test_a_careful_open_start_is_allowed(tmp_path: Path) -> None:
    check_start(load(data_dir=tmp_path, **OPEN))


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"host": "0.0.0.0"}, "secret_missing"),  # noqa: S104
    ({"host": "::"}, "secret_missing"),
    ({"host": "192.168.1.7", "secret": ""}, "secret_weak"),
    ({**OPEN, "secret": SECRET[:31]}, "secret_weak"),
    ({"secret": "tiny-one"}, "secret_weak"),
    ({**OPEN, "secret": "a" * 64}, "secret_weak"),
    ({**OPEN, "secret": "abcabcabcabcabcabcabcabcabcabcabcabc"}, "secret_weak"),
    ({**OPEN, "secret": "change-me-" + SECRET}, "secret_weak"),
    ({**OPEN, "secret": "Your-Secret-" + SECRET}, "secret_weak"),
    ({**OPEN, "allowed_hosts": ""}, "hosts_missing"),
    ({**OPEN, "allowed_hosts": "*"}, "hosts_open"),
    ({"allowed_hosts": "a.example,*.example"}, "hosts_open"),
    ({"metadata_url": "oracle://host/x"}, "storage_unknown"),
    ({"metadata_url": "/srv/x.db"}, "storage_unknown"),
    ({"blobs_url": "ftp://host/x"}, "storage_unknown"),
]


@pytest.mark.parametrize(("options", "code"), REFUSED)
def test_an_unsafe_start_is_refused_in_one_clear_line(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_start(load(**{"data_dir": tmp_path, **options}))
    assert caught.value.code == code
    assert caught.value.fix
    assert "\n" not in caught.value.message + caught.value.fix
    secret = options.get("secret")
    assert not secret or secret not in str(caught.value.to_dict())


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for mode, allowed in ((0o700, True), (0o755, True), (0o770, False), (0o777, False)):
        folder.chmod(mode)
        if allowed:
            check_start(load(data_dir=folder))
        else:
            with pytest.raises(InvalidInput, match="Other users may write"):
                check_start(load(data_dir=folder))


def test_metadata_that_others_may_read_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "metadata.db-wal"
    file.touch(mode=0o600)
    check_start(load(data_dir=tmp_path))
    file.chmod(0o640)
    with pytest.raises(InvalidInput, match="Other users may read"):
        check_start(load(data_dir=tmp_path))


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.touch()
    with pytest.raises(InvalidInput) as caught:
        check_start(load(data_dir=file))
    assert caught.value.code == "data_dir_not_a_folder"


def test_a_data_folder_that_cannot_be_made_or_written_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("narrative.settings.os.access", lambda path, mode: False)
    for folder in (tmp_path, tmp_path / "new" / "deeper"):
        with pytest.raises(InvalidInput) as caught:
            check_start(load(data_dir=folder))
        assert caught.value.code == "data_dir_not_writable"
