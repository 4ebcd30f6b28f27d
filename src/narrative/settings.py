"""Every setting there is, read once from the environment (prefix ``NARRATIVE_``) and checked before anything starts.

The defaults run everything on this machine for one person, with no other service.  ``check_start`` refuses what would
be unsafe, in one clear line.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from narrative.adapters.egress.addresses import Allowed
from narrative.adapters.loading import schemes
from narrative.core.errors import InvalidInput

PREFIX: Final = "NARRATIVE_"
SECRET_BYTES: Final = 32
_NO_SETTINGS: Final = {"NARRATIVE_API_KEY", "NARRATIVE_CHROMIUM"}
"""Variables of our examples for callers and of our browser tests: nothing here, and no misspelt setting either."""
_LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost", "::1")
_ORIGIN: Final = re.compile(r"^(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>\d{1,5}))?/?$")
_USUAL_PORTS: Final = {"http": "80", "https": "443"}
_SECRET_LETTERS: Final = 12
_PLACEHOLDERS: Final = (
    "change-me",
    "changeme",
    "change_me",
    "your-secret",
    "your_secret",
    "example",
    "password",
    "12345678",
)
_MIB: Final = 1024**2
_GIB: Final = 1024**3


def default_data_dir() -> Path:
    """Where this platform keeps data of programs: the same folder from wherever the command is run.

    ``$XDG_DATA_HOME/narrative``, else ``~/.local/share/narrative``; on macOS
    ``~/Library/Application Support/Narrative``.
    """
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Narrative"
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local" / "share") / "narrative"


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


class Settings(BaseModel):
    """What an operator may decide. Units and bounds stand with each field."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Folder for everything that is kept; made when it is missing."
    )
    metadata_url: str = Field("", description="Metadata store. Empty: a SQLite file inside data_dir.")
    blobs_url: str = Field("", description="Store of files. Empty: a folder inside data_dir.")
    host: str = Field("127.0.0.1", description="Address to listen on. Anything but loopback needs a secret.")
    public_url: str = Field(
        "",
        description="Address people open when a proxy stands in front, such as https://models.example.org: scheme, "
        "host and perhaps a port. Empty: the address at which a request comes.",
    )
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes any that is free.")
    secret: SecretStr | None = Field(
        None,
        description=f"At least {SECRET_BYTES} random bytes, the same for all processes of one installation. Needed to "
        "listen on anything but loopback. Nothing is signed or encrypted with it yet: sessions and API keys are random "
        "themselves, and only their hashes are stored.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        (),
        description="Names under which browsers may reach us, separated by commas, besides loopback names and the host "
        "of public_url.",
    )
    upload_limit_bytes: int = Field(5 * _GIB, ge=_MIB, le=1024 * _GIB, description="Largest file to take, in bytes.")
    uploads_per_minute: int = Field(60, ge=1, le=100_000, description="Uploads that one person may start in a minute.")
    key_calls_per_hour: int = Field(
        1_000,
        ge=1,
        le=10**9,
        description="Calls that one API key may make between two full hours of UTC.",
    )
    open_uploads: int = Field(
        20, ge=1, le=10_000, description="Uploads in chunks that one workspace may have under way at once."
    )
    open_upload_bytes: int = Field(
        20 * _GIB, ge=_MIB, le=4096 * _GIB, description="Bytes that one workspace may have under way in such uploads."
    )
    egress_allow: tuple[str, ...] = Field(
        (),
        description="What addresses that people name may reach beyond the public network and the usual ports: host "
        "names or networks, each perhaps with a port, separated by commas, such as files.example.org,10.1.0.0/16:5432.",
    )
    source_seconds: float = Field(
        300.0, ge=1.0, le=86_400.0, description="Seconds that one file from the web or one query may take."
    )
    query_rows: int = Field(5_000_000, ge=1, le=10**9, description="Rows that one query over a database may give.")
    connections: Path | None = Field(
        None,
        description="TOML file, readable by this user alone, with databases and stores that every editor of every "
        'workspace may read by a name instead of typing a password: [sales] and below it database_url = "…", or '
        "endpoint, region, access_key_id and secret_access_key. Needed to refresh such a source on a schedule.",
    )
    child_memory_bytes: int = Field(
        4 * _GIB, ge=512 * _MIB, le=1024 * _GIB, description="Address space of one working child process, in bytes."
    )
    threads: int = Field(default_factory=_processors, ge=1, le=256, description="Processors that one training may use.")
    workers: int = Field(1, ge=1, le=64, description="Worker processes of `narrative up`.")
    quick_slots: int = Field(2, ge=1, le=64, description="Imports and predictions a worker does at the same time.")
    long_slots: int = Field(1, ge=1, le=64, description="Trainings a worker does at the same time.")
    lease_seconds: float = Field(
        30.0,
        ge=0.5,
        le=600.0,
        description="Seconds without a sign of life after which a job is given to another worker.",
    )
    heartbeat_seconds: float = Field(5.0, ge=0.1, le=60.0, description="Seconds between signs of life of a job.")
    drain_seconds: float = Field(
        8.0, ge=0.0, le=600.0, description="Seconds that work may take to end when the program is stopped."
    )
    leftover_seconds: float = Field(
        86_400.0,
        ge=600.0,
        description="Seconds that stored bytes are kept which nothing names, before upkeep deletes them.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe event to log.")
    log_form: Literal["auto", "json", "console"] = Field(
        "auto", description="JSON lines, or lines for people; auto: for people when stderr is a terminal."
    )

    @field_validator("allowed_hosts", "egress_allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value

    @field_validator("egress_allow")
    @classmethod
    def _openings(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            Allowed.of(text)
        return value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        """As browsers write an origin: lower case, without the usual port and without a path."""
        if not value:
            return value
        found = _ORIGIN.match(value.lower())
        if found is None:
            raise ValueError("it is not a scheme and a host, such as https://models.example.org")
        scheme, host, port = found.groups()
        return f"{scheme}://{host}" + (f":{port}" if port and port != _USUAL_PORTS[scheme] else "")

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @model_validator(mode="after")
    def _beats_fit_the_lease(self) -> Self:
        if self.heartbeat_seconds * 2 > self.lease_seconds:
            raise ValueError("lease_seconds must be at least twice heartbeat_seconds")
        return self

    @property
    def metadata_address(self) -> str:
        """The URL of the metadata store that is meant."""
        return self.metadata_url or f"sqlite://{_quoted(self.data_dir / 'metadata.db')}"

    @property
    def blobs_address(self) -> str:
        """The URL of the blob store that is meant."""
        return self.blobs_url or f"file://{_quoted(self.data_dir / 'blobs')}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names under which a request may come."""
        public = _ORIGIN.match(self.public_url)
        named = self.allowed_hosts if public is None else (*self.allowed_hosts, public["host"])
        return (*_LOOPBACK_HOSTS, *named)

    @property
    def is_exposed(self) -> bool:
        """Whether others than this machine can reach us."""
        return not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a bind address is reachable from this machine only; names other than ``localhost`` are not trusted."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_settings(environ: Mapping[str, str] | None = None, **options: Any) -> Settings:
    """The settings of this process: options that are not None, then the environment, then defaults.

    Raises:
        InvalidInput: ``setting_unknown`` for a variable we do not have (with the nearest name), ``setting_invalid`` for
            a value outside its bounds. Values are never repeated: one of them may be the secret.
    """
    given = os.environ if environ is None else environ
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(given):
        if name.upper().startswith(PREFIX) and name.upper() not in known | _NO_SETTINGS:
            nearest = difflib.get_close_matches(name.upper(), known, n=1)
            raise InvalidInput(
                "setting_unknown",
                f"There is no setting {name}.",
                fix=f"Did you mean {nearest[0]}?" if nearest else "Remove it from the environment.",
            )
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in ((key.upper(), text) for key, text in given.items())
        if name in known and value  # set to nothing is not set
    }
    chosen = values | {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**chosen)
    except ValidationError as error:
        raise _invalid(error) from None  # its text repeats values


def _invalid(error: ValidationError) -> InvalidInput:
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    reason = first["msg"].removeprefix("Value error, ").rstrip(".")
    if not field:
        return InvalidInput(
            "setting_invalid", f"The settings do not fit together: {reason}.", fix="Change one of them."
        )
    about = Settings.model_fields[field].description if field in Settings.model_fields else None
    return InvalidInput("setting_invalid", f"{PREFIX}{field.upper()} cannot be used: {reason}.", fix=about)


def check_start(settings: Settings) -> None:
    """Refuse to start unsafely.

    Raises:
        InvalidInput: the first thing that is wrong, in one line, with what to do.
    """
    _check_secret(settings)
    _check_hosts(settings)
    _check_storage(settings)
    _check_folder(settings)


def _check_secret(settings: Settings) -> None:
    if settings.secret is None:
        if settings.is_exposed:
            raise InvalidInput(
                "secret_missing",
                f"Listening on {settings.host} lets others reach this program, and no secret is set.",
                fix=f"Set {PREFIX}SECRET to {SECRET_BYTES} random bytes (openssl rand -base64 48), "
                "or listen on 127.0.0.1.",
            )
        return
    secret = settings.secret.get_secret_value()
    reason = None
    if len(secret.encode()) < SECRET_BYTES:
        reason = f"it is shorter than {SECRET_BYTES} bytes"
    elif any(word in secret.lower() for word in _PLACEHOLDERS):
        reason = "it is a placeholder"
    elif len(set(secret)) < _SECRET_LETTERS:
        reason = "it repeats a few characters"
    if reason is not None:
        raise InvalidInput("secret_weak", f"{PREFIX}SECRET is too weak: {reason}.", fix="Use: openssl rand -base64 48")


def _check_hosts(settings: Settings) -> None:
    if any("*" in name for name in settings.allowed_hosts):
        raise InvalidInput(
            "hosts_open",
            f"{PREFIX}ALLOWED_HOSTS must name each host; '*' would let any web page reach this program.",
            fix="Write the names people type into their browsers, separated by commas.",
        )
    if settings.is_exposed and not settings.allowed_hosts and not settings.public_url:
        raise InvalidInput(
            "hosts_missing",
            f"Listening on {settings.host} needs the names under which people reach it.",
            fix=f"Set {PREFIX}ALLOWED_HOSTS, for example to studio.example.org.",
        )


def _check_storage(settings: Settings) -> None:
    for name, port, url in (
        ("METADATA_URL", "metadata", settings.metadata_url),
        ("BLOBS_URL", "blobs", settings.blobs_url),
    ):
        if url and url.partition("://")[0] not in schemes(port):
            raise InvalidInput(
                "storage_unknown",
                f"{PREFIX}{name} names a kind of storage that does not exist.",
                fix=f"Use one of: {', '.join(f'{scheme}://…' for scheme in schemes(port))}.",
            )


def _check_folder(settings: Settings) -> None:
    """The data belongs to this user alone. What we make inside has no rights for others, so only a folder that others
    may write, or a metadata file that others may read, is a danger."""
    folder = settings.data_dir
    if folder.exists() and not folder.is_dir():
        raise InvalidInput("data_dir_not_a_folder", f"{folder} is a file.", fix="Name a folder for the data.")
    if not folder.exists():
        above = next(parent for parent in folder.parents if parent.exists())
        if not os.access(above, os.W_OK | os.X_OK):
            raise InvalidInput(
                "data_dir_not_writable", f"{folder} cannot be made.", fix="Name a folder that this user may write."
            )
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise InvalidInput(
            "data_dir_not_writable", f"{folder} may not be written.", fix="Name a folder that this user may write."
        )
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise InvalidInput("data_dir_open", f"Other users may write in {folder}.", fix=f"Run: chmod 700 {folder}")
    for file in sorted(folder.glob("metadata.db*")):
        if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise InvalidInput("data_file_open", f"Other users may read {file}.", fix=f"Run: chmod 600 {file}")


def _quoted(path: Path) -> str:
    return quote(str(path))
