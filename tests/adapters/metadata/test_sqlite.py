"""SQLite keeps the metadata contract, and what is its own: file modes, damage, full disks, shared commits."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from narrative.adapters.loading import open_metadata
from narrative.adapters.metadata import _sql
from narrative.adapters.metadata.sqlite import SQLiteMetadataStore, connect
from narrative.core.clock import ManualClock
from narrative.core.errors import InvalidInput, Unavailable
from narrative.ports.metadata import CollectionSpec, MetadataStore, Query, Tenant, UnitOfWork
from tests.contracts.metadata_contract import THINGS, MetadataStoreContract, in_threads

ONE = Tenant("ws_one")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "metadata.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite://{path}"


class TestSQLiteMetadataStore(MetadataStoreContract):
    pass


class Connection(sqlite3.Connection):
    """A connection whose statements can be watched and made to fail."""

    before: Callable[[str], None] | None = None

    def execute(self, statement: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if Connection.before is not None:
            Connection.before(statement)
        return super().execute(statement, parameters)


def watched(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False, factory=Connection)


def failure(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("made by the test")
    error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_TEST"
    return error


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteMetadataStore]:
    store = SQLiteMetadataStore(path, connect=watched)
    store.ensure([THINGS])
    yield store
    Connection.before = None
    store.close()


def test_folder_and_file_belong_to_this_user_alone(path: Path, store: MetadataStore) -> None:
    store.insert(ONE, "things", {"id": "a"})
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert {file.name for file in path.parent.iterdir()} >= {"metadata.db", "metadata.db-wal"}


def test_every_commit_is_synced(path: Path, store: SQLiteMetadataStore) -> None:
    connection = store._open()
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize("statement_of", ["tenant", "everywhere"])
def test_declared_fields_are_found_by_index(store: SQLiteMetadataStore, statement_of: str) -> None:
    query = Query(where=[("kind", "=", "x"), ("size", ">", 3)])
    clause, values = _sql.where(query, "ws_one" if statement_of == "tenant" else None)
    connection = store._open()
    plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT body FROM c_things{clause}", values).fetchall()  # noqa: S608
    connection.close()
    assert "USING INDEX" in plan[0][3]
    assert plan[0][3].count("<expr>") >= 2


# ---------------------------------------------------------------------- damage
def test_a_file_that_is_no_database_is_refused_with_advice(path: Path, url: str) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(Unavailable, match="damaged") as caught:
        open_metadata(url)
    assert caught.value.code == "metadata_damaged"
    assert "backup" in (caught.value.fix or "")


def test_a_damaged_page_is_noticed_at_the_start(path: Path, url: str) -> None:
    store = open_metadata(url)
    store.ensure([THINGS])
    for number in range(300):
        store.insert(ONE, "things", {"id": f"t{number}", "text": "x" * 200})
    store.close()
    open_metadata(url).close()  # the control: whole, it opens
    content = bytearray(path.read_bytes())
    page = len(content) // 4096 // 2
    content[page * 4096 : page * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    with pytest.raises(Unavailable) as caught:
        open_metadata(url)
    assert caught.value.code == "metadata_damaged"


def test_the_check_at_the_start_has_an_end(path: Path) -> None:
    store = SQLiteMetadataStore(path)
    store.ensure([THINGS])
    store.atomic(lambda unit: [unit.insert(ONE, "things", {"id": f"t{n}", "text": "x" * 500}) for n in range(3000)])
    store.close()

    class Racing(ManualClock):
        def monotonic(self) -> float:
            self.advance(60)
            return super().monotonic()

    SQLiteMetadataStore(path, Racing()).close()


def test_a_document_that_is_no_json_is_named_as_damage(path: Path, store: SQLiteMetadataStore) -> None:
    store.ensure([CollectionSpec("bare")])
    connection = store._open()
    connection.execute("INSERT INTO c_bare (tenant, id, rev, body) VALUES ('ws_one', 'a', 1, '{\"id\": ')")
    connection.close()
    with pytest.raises(Unavailable) as caught:
        store.get(ONE, "bare", "a")
    assert caught.value.code == "metadata_damaged"


# ---------------------------------------------------------------------- busy and full
def test_a_file_that_others_hold_is_busy_after_the_wait(path: Path, store: SQLiteMetadataStore) -> None:
    other = connect(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught:
        store.insert(ONE, "things", {"id": "a"})
    assert caught.value.code == "metadata_busy"
    assert store.get(ONE, "things", "a") is None  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    store.insert(ONE, "things", {"id": "a"})


def test_a_full_disk_undoes_the_write_and_is_over_when_there_is_room(store: SQLiteMetadataStore) -> None:
    store.insert(ONE, "things", {"id": "before"})
    store._writer._live().execute("PRAGMA max_page_count = 30")

    def write(unit: UnitOfWork) -> None:
        unit.insert(ONE, "things", {"id": "small"})
        unit.insert(ONE, "things", {"id": "large", "text": "x" * 1_000_000})

    with pytest.raises(Unavailable) as caught:
        store.atomic(write)
    assert caught.value.code == "storage_full"
    assert [document["id"] for document in store.find(ONE, "things", Query())] == ["before"]
    store._writer._live().execute("PRAGMA max_page_count = 1000000")
    store.atomic(write)
    assert store.count(ONE, "things", Query()) == 3


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (sqlite3.SQLITE_IOERR_FSYNC, "metadata_failed"),
        (sqlite3.SQLITE_FULL, "storage_full"),
        (sqlite3.SQLITE_CANTOPEN, "metadata_failed"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "metadata_not_writable"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "metadata_busy"),
        (sqlite3.SQLITE_CORRUPT, "metadata_damaged"),
        (sqlite3.SQLITE_MISUSE, "metadata_failed"),
    ],
)
def test_a_failed_commit_has_a_name_and_leaves_nothing(store: SQLiteMetadataStore, code: int, name: str) -> None:
    def fail(statement: str) -> None:
        if statement == "COMMIT":
            raise failure(code)

    Connection.before = fail
    with pytest.raises(Unavailable) as caught:
        store.insert(ONE, "things", {"id": "a"})
    assert caught.value.code == name
    Connection.before = None
    assert store.get(ONE, "things", "a") is None
    store.insert(ONE, "things", {"id": "a"})


def test_a_fault_of_ours_is_not_dressed_up(store: SQLiteMetadataStore) -> None:
    def fail(statement: str) -> None:
        if statement.startswith("SELECT"):
            raise failure(sqlite3.SQLITE_MISUSE)

    Connection.before = fail
    with pytest.raises(sqlite3.OperationalError):
        store.get(ONE, "things", "a")


def test_a_failure_of_other_files_inside_a_unit_of_work_is_not_ours(store: SQLiteMetadataStore) -> None:
    def work(unit: UnitOfWork) -> None:
        raise FileNotFoundError("a file of the caller")

    with pytest.raises(FileNotFoundError):
        store.atomic(work)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable) as caught:
        SQLiteMetadataStore(tmp_path / "file" / "metadata.db")
    assert caught.value.code == "metadata_failed"


def test_a_read_only_file_is_named(path: Path, store: SQLiteMetadataStore) -> None:
    reader = SQLiteMetadataStore(
        path, connect=lambda path: sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    )
    with pytest.raises(Unavailable) as caught:
        reader.ensure([CollectionSpec("more")])
    assert caught.value.code == "metadata_not_writable"
    reader.close()


FULL_DISK = """
import resource, signal, sys
from narrative.adapters.loading import open_metadata
from narrative.core.errors import Unavailable
from narrative.ports.metadata import CollectionSpec, Query, Tenant
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = open_metadata(sys.argv[1])
store.ensure([CollectionSpec("things")])
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
one, seen, done = Tenant("ws_one"), set(), 0
for limit in range(4096 * 9, 4096 * 60, 1500):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        three = [{"id": f"{limit}-{n}", "t": "x" * 3000} for n in range(3)]
        store.atomic(lambda unit: [unit.insert(one, "things", document) for document in three])
        done += 1
    except Unavailable as error:
        seen.add(error.code)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.count(one, "things", Query()) == done * 3
store.insert(one, "things", {"id": "after"})
store.close()
print(done, sorted(seen))
"""


def test_writes_that_the_system_refuses_anywhere_leave_nothing(url: str) -> None:
    """The system itself fails the writes here: a limit on file size that is met at ever later points."""
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, url], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    done, _, seen = result.stdout.strip().partition(" ")
    assert int(done) > 0
    assert seen in ("['storage_full']", "['metadata_failed']", "['metadata_failed', 'storage_full']")


# ---------------------------------------------------------------------- shared commits
def test_threads_share_commits(store: SQLiteMetadataStore) -> None:
    commits = []
    Connection.before = lambda statement: commits.append(statement) if statement == "COMMIT" else None
    assert in_threads(8, lambda n: [store.insert(ONE, "things", {"id": f"{n}-{i}"}) for i in range(25)]) == []
    assert store.count(ONE, "things", Query()) == 200
    assert len(commits) < 200


def test_a_failed_commit_fails_everybody_in_it(store: SQLiteMetadataStore) -> None:
    inside, go = threading.Event(), threading.Event()
    outcomes: dict[str, Any] = {}

    def first(unit: UnitOfWork) -> None:
        unit.insert(ONE, "things", {"id": "first"})
        inside.set()
        go.wait(5)

    def attempt(name: str, work: Callable[[UnitOfWork], Any]) -> None:
        try:
            store.atomic(work)
            outcomes[name] = "kept"
        except Unavailable as error:
            outcomes[name] = error.code

    def fail(statement: str) -> None:
        if statement == "COMMIT":
            raise failure(sqlite3.SQLITE_IOERR_WRITE)

    Connection.before = fail
    one = threading.Thread(target=attempt, args=("first", first))
    one.start()
    inside.wait(5)
    two = threading.Thread(target=attempt, args=("second", lambda unit: unit.insert(ONE, "things", {"id": "second"})))
    two.start()
    while store._writer._waiting == 0:
        pass
    go.set()
    one.join()
    two.join()
    Connection.before = None
    assert outcomes == {"first": "metadata_failed", "second": "metadata_failed"}
    assert store.count(ONE, "things", Query()) == 0


def test_the_commit_is_made_even_when_the_one_expected_to_make_it_gave_up(path: Path) -> None:
    store = SQLiteMetadataStore(path)
    store.ensure([THINGS])
    # Pretend that somebody waits: the transaction is left open for him, and he never comes.
    store._writer._waiting = 1
    store.insert(ONE, "things", {"id": "a"})
    store._writer._waiting = 0
    assert store.get(ONE, "things", "a") == {"id": "a", "rev": 1}
    store.close()


# ---------------------------------------------------------------------- addresses
def test_three_and_four_slashes_name_the_same_absolute_path(tmp_path: Path) -> None:
    for slashes in ("sqlite://", "sqlite:///"):
        store = open_metadata(f"{slashes}{tmp_path}/a%20b.db")
        store.ensure([THINGS])
        assert store.count(ONE, "things", Query()) == 0
        store.close()
    assert (tmp_path / "a b.db").is_file()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mongodb://host/x", "storage_unknown"),
        ("_sql:///x", "storage_unknown"),
        ("../sqlite:///x", "storage_unknown"),
        ("", "storage_unknown"),
        ("sqlite://", "storage_url"),
        ("sqlite://host/x.db", "storage_url"),
        ("sqlite:///x.db?mode=ro", "storage_url"),
    ],
)
def test_an_address_that_names_no_store_is_refused_with_an_example(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_metadata(url)
    assert caught.value.code == code
    assert "://" in (caught.value.fix or "")
