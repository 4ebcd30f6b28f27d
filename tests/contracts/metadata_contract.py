"""What every metadata store must do. An adapter's test inherits :class:`MetadataStoreContract` and supplies ``url``."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from narrative.adapters.loading import open_metadata
from narrative.core.errors import Conflict, InvalidInput, LimitExceeded, NotFound, Unavailable
from narrative.ports.metadata import CollectionSpec, MetadataStore, Query, Tenant, UnitOfWork
from tests.fixtures.processes import close, start
from tests.fixtures.store_processes import COUNTERS

ONE, TWO = Tenant("ws_one"), Tenant("ws_two")
THINGS = CollectionSpec(
    "things",
    indexes=("kind", ("kind", "size")),
    unique=(("name",), ("group.id", "place")),
    everywhere=(("kind", "size"),),
)


def in_threads(n_threads: int, work: Callable[[int], object]) -> list[BaseException]:
    """Run ``work(0)`` … ``work(n-1)`` at the same moment; what they raised."""
    barrier = threading.Barrier(n_threads)
    raised: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001  # handed to the test
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


class MetadataStoreContract:
    """Inherit, and define a fixture ``url`` that names a new, empty store."""

    @pytest.fixture
    def store(self, url: str) -> Iterator[MetadataStore]:
        store = open_metadata(url)
        store.ensure([THINGS, COUNTERS])
        yield store
        store.close()

    # ------------------------------------------------------------------ documents
    def test_a_stored_document_comes_back_equal_with_its_revision(self, store: MetadataStore) -> None:
        document = {
            "id": "t1",
            "text": "naïve 数据 🦉 \u0000 'quote\" \\ %_; DROP TABLE",
            "numbers": [0, -1, 2**53, 1.5, 1e-300, 0.1],
            "nested": {"list": [{"deep": None}], "yes": True, "no": False},
            "": "a field without a name",
            "a.b": "a name with a dot",
        }
        assert store.insert(ONE, "things", document) == {**document, "rev": 1}
        assert store.get(ONE, "things", "t1") == {**document, "rev": 1}

    def test_what_was_given_and_what_came_back_share_nothing(self, store: MetadataStore) -> None:
        document: dict[str, Any] = {"id": "t1", "list": [1]}
        stored = store.insert(ONE, "things", document)
        document["list"].append(2)
        stored["list"].append(3)
        assert store.get(ONE, "things", "t1") == {"id": "t1", "list": [1], "rev": 1}

    def test_a_document_of_megabytes_is_kept_and_a_larger_one_refused(self, store: MetadataStore) -> None:
        text = "0123456789abcdef" * 2**17
        store.insert(ONE, "things", {"id": "large", "text": text})
        assert (store.get(ONE, "things", "large") or {})["text"] == text
        with pytest.raises(LimitExceeded, match="too large"):
            store.insert(ONE, "things", {"id": "larger", "text": text * 8})

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", [float("-inf")]])
    def test_what_json_cannot_hold_is_refused(self, store: MetadataStore, value: Any) -> None:
        with pytest.raises(InvalidInput) as caught:
            store.insert(ONE, "things", {"id": "t1", "value": value})
        assert caught.value.code == "not_storable"
        assert store.get(ONE, "things", "t1") is None

    def test_nesting_without_end_is_refused(self, store: MetadataStore) -> None:
        for levels in (300, 100_000):
            value: list[Any] = []
            for _ in range(levels):
                value = [value]
            with pytest.raises(InvalidInput) as caught:
                store.insert(ONE, "things", {"id": "t1", "value": value})
            assert caught.value.code == "too_deeply_nested"

    def test_an_equal_id_is_refused(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "t1"})
        with pytest.raises(Conflict) as caught:
            store.insert(ONE, "things", {"id": "t1", "other": 1})
        assert caught.value.code == "already_exists"
        assert store.get(ONE, "things", "t1") == {"id": "t1", "rev": 1}

    def test_unique_fields_are_unique_inside_a_tenant(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "a", "name": "x", "group": {"id": 1}, "place": 1})
        for clash in ({"name": "x"}, {"name": "y", "group": {"id": 1}, "place": 1}):
            with pytest.raises(Conflict) as caught:
                store.insert(ONE, "things", {"id": "b", **clash})
            assert caught.value.code == "already_exists"
        store.insert(ONE, "things", {"id": "b", "name": "y", "group": {"id": 1}, "place": 2})
        with pytest.raises(Conflict):
            store.replace(ONE, "things", {"id": "b", "name": "x"}, rev=1)
        store.insert(TWO, "things", {"id": "a", "name": "x", "group": {"id": 1}, "place": 1})

    def test_null_and_absent_fields_are_not_bound_to_be_unique(self, store: MetadataStore) -> None:
        for key, fields in {"a": {}, "b": {}, "c": {"name": None}, "d": {"name": None}}.items():
            store.insert(ONE, "things", {"id": key, **fields})
        assert store.count(ONE, "things", Query()) == 4

    def test_replace_only_changes_the_revision_it_was_told(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "t1", "n": 1})
        assert store.replace(ONE, "things", {"id": "t1", "n": 2}, rev=1) == {"id": "t1", "n": 2, "rev": 2}
        with pytest.raises(Conflict) as caught:
            store.replace(ONE, "things", {"id": "t1", "n": 3}, rev=1)
        assert caught.value.code == "changed_meanwhile"
        with pytest.raises(NotFound):
            store.replace(ONE, "things", {"id": "t2"}, rev=1)
        assert store.get(ONE, "things", "t1") == {"id": "t1", "n": 2, "rev": 2}

    def test_delete_says_whether_there_was_something(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "t1"})
        assert store.delete(ONE, "things", "t1") is True
        assert store.delete(ONE, "things", "t1") is False
        assert store.get(ONE, "things", "t1") is None

    def test_tenants_never_see_each_other(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "t1", "kind": "x"})
        assert store.get(TWO, "things", "t1") is None
        assert store.find(TWO, "things", Query(where=[("kind", "=", "x")])) == []
        assert store.count(TWO, "things", Query()) == 0
        assert store.delete(TWO, "things", "t1") is False
        with pytest.raises(NotFound):
            store.replace(TWO, "things", {"id": "t1"}, rev=1)
        store.insert(TWO, "things", {"id": "t1", "kind": "y"})
        assert (store.get(ONE, "things", "t1") or {})["kind"] == "x"

    def test_a_tenant_needs_a_name(self, store: MetadataStore) -> None:
        with pytest.raises(ValueError, match="tenant"):
            store.get(Tenant(""), "things", "t1")

    # ------------------------------------------------------------------ queries
    @pytest.fixture
    def filled(self, store: MetadataStore) -> MetadataStore:
        documents: list[dict[str, Any]] = [
            {"id": "a", "kind": "x", "size": 1, "in": {"side": "p"}, "ok": True},
            {"id": "b", "kind": "x", "size": 2.5, "in": {"side": "q"}, "ok": False},
            {"id": "c", "kind": "y", "size": 10, "in": {}},
            {"id": "d", "kind": "y", "size": None},
            {"id": "e", "kind": "é", "size": "10"},
            {"id": "f"},
        ]
        for document in documents:
            store.insert(ONE, "things", document)
        store.insert(TWO, "things", {"id": "g", "kind": "x", "size": 0})
        return store

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            (("kind", "=", "x"), "ab"),
            (("kind", "=", "é"), "e"),
            (("kind", "=", None), "f"),
            (("kind", "!=", "x"), "cdef"),
            (("size", "!=", None), "abce"),
            (("size", "=", None), "df"),
            (("size", "=", 10), "c"),
            (("size", "=", "10"), "e"),
            (("size", "<", 10), "ab"),
            (("size", "<=", 10), "abc"),
            (("size", ">", 1), "bc"),
            (("size", ">=", 2.5), "bc"),
            (("size", ">", "1"), "e"),
            (("kind", ">", "x"), "cde"),
            (("in.side", "=", "q"), "b"),
            (("in.side", "in", ["p", "q", "r"]), "ab"),
            (("in.side", "in", []), ""),
            (("size", "in", [1, "10", None]), "adef"),
            (("ok", "=", True), "a"),
            (("ok", "=", False), "b"),
            (("id", ">=", "e"), "ef"),
            (("rev", "=", 1), "abcdef"),
            (("kind", "=", "x' OR '1'='1"), ""),
        ],
    )
    def test_a_condition_finds_exactly_these(
        self, filled: MetadataStore, condition: tuple[str, Any, Any], found: str
    ) -> None:
        query = Query(where=[condition])
        assert "".join(document["id"] for document in filled.find(ONE, "things", query)) == found
        assert filled.count(ONE, "things", query) == len(found)

    def test_all_conditions_must_hold(self, filled: MetadataStore) -> None:
        query = Query(where=[("kind", "=", "x"), ("size", ">", 1)])
        assert [document["id"] for document in filled.find(ONE, "things", query)] == ["b"]

    def test_order_is_by_fields_and_then_by_id(self, filled: MetadataStore) -> None:
        by_kind = Query(where=[("kind", "!=", None)], order=[("kind", True)])
        assert "".join(document["id"] for document in filled.find(ONE, "things", by_kind)) == "ecdab"
        by_size = Query(where=[("kind", "in", ["x", "y"])], order=[("kind", False), ("size", True)])
        assert "".join(document["id"] for document in filled.find(ONE, "things", by_size)) == "bacd"

    def test_pages_hold_every_document_once(self, store: MetadataStore) -> None:
        for number in range(25):
            store.insert(ONE, "things", {"id": f"t{number:02}", "kind": number % 2})
        seen = []
        for offset in range(0, 30, 7):
            query = Query(order=[("kind", True)], limit=7, offset=offset)
            seen += [document["id"] for document in store.find(ONE, "things", query)]
        assert len(seen) == 25
        assert sorted(seen) == [f"t{number:02}" for number in range(25)]

    def test_across_tenants_each_document_names_its_own(self, filled: MetadataStore) -> None:
        found = filled.find_everywhere("things", Query(where=[("kind", "=", "x")], order=[("size", False)]))
        assert [(tenant.workspace_id, document["id"]) for tenant, document in found] == [
            ("ws_two", "g"),
            ("ws_one", "a"),
            ("ws_one", "b"),
        ]

    @pytest.mark.parametrize("field", ["", "a b", "a'b", 'a"b', "a.", ".a", "a..b", "a;b", "a)", "$.a", "a[0]", "é"])
    def test_a_field_path_of_other_characters_is_refused(self, store: MetadataStore, field: str) -> None:
        for query in (Query(where=[(field, "=", 1)]), Query(order=[(field, False)])):
            with pytest.raises(ValueError, match="field path"):
                store.find(ONE, "things", query)

    def test_an_unknown_operator_value_or_collection_is_refused(self, store: MetadataStore) -> None:
        unknown: Any = "LIKE"
        with pytest.raises(ValueError, match="LIKE"):
            store.find(ONE, "things", Query(where=[("kind", unknown, "x")]))
        with pytest.raises(ValueError, match="compares"):
            store.find(ONE, "things", Query(where=[("kind", "=", ["x"])]))
        with pytest.raises(ValueError, match="collection"):
            store.find(ONE, "things; DROP TABLE things", Query())
        with pytest.raises(LookupError):
            store.find(ONE, "nothing_ensured_this", Query())

    # ------------------------------------------------------------------ units of work
    def test_a_unit_of_work_sees_its_own_writes_and_others_only_after_it(self, store: MetadataStore) -> None:
        def work(unit: UnitOfWork) -> str:
            unit.insert(ONE, "things", {"id": "a", "n": 1})
            changed = unit.replace(ONE, "things", {"id": "a", "n": 2}, rev=1)
            assert unit.find(ONE, "things", Query()) == [changed]
            assert store.get(ONE, "things", "a") is None
            return "done"

        assert store.atomic(work) == "done"
        assert store.get(ONE, "things", "a") == {"id": "a", "n": 2, "rev": 2}

    def test_any_exception_undoes_all_of_it(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "old", "n": 1})

        def work(unit: UnitOfWork) -> None:
            unit.insert(ONE, "things", {"id": "new"})
            unit.replace(ONE, "things", {"id": "old", "n": 2}, rev=1)
            unit.delete(ONE, "things", "old")
            raise KeyError("stop")

        with pytest.raises(KeyError):
            store.atomic(work)
        assert store.find(ONE, "things", Query()) == [{"id": "old", "n": 1, "rev": 1}]

    def test_a_failed_write_spoils_the_whole_even_when_it_is_caught(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "a"})

        def work(unit: UnitOfWork) -> None:
            unit.insert(ONE, "things", {"id": "b"})
            with pytest.raises(Conflict):
                unit.insert(ONE, "things", {"id": "a"})

        with pytest.raises(Conflict):
            store.atomic(work)
        assert store.get(ONE, "things", "b") is None

    def test_a_unit_of_work_is_of_no_use_afterwards(self, store: MetadataStore) -> None:
        units: list[UnitOfWork] = []
        store.atomic(units.append)
        with pytest.raises(RuntimeError):
            units[0].insert(ONE, "things", {"id": "late"})

    def test_a_write_past_the_open_unit_of_work_is_refused(self, store: MetadataStore) -> None:
        def work(unit: UnitOfWork) -> None:
            store.insert(ONE, "things", {"id": "past"})

        with pytest.raises(RuntimeError):
            store.atomic(work)
        store.insert(ONE, "things", {"id": "after"})

    def test_a_reader_never_sees_half_of_it(self, store: MetadataStore) -> None:
        for key in "ab":
            store.insert(ONE, "things", {"id": key, "n": 500})
        done = threading.Event()

        def move(unit: UnitOfWork) -> None:
            for key, step in (("a", -1), ("b", 1)):
                known = unit.get(ONE, "things", key)
                assert known is not None
                unit.replace(ONE, "things", {"id": key, "n": known["n"] + step}, rev=known["rev"])

        def act(number: int) -> None:
            if number == 0:
                for _ in range(50):
                    store.atomic(move)
                done.set()
            while not done.is_set():
                assert sum(document["n"] for document in store.find(ONE, "things", Query())) == 1000

        assert in_threads(3, act) == []
        assert (store.get(ONE, "things", "b") or {})["n"] == 550

    # ------------------------------------------------------------------ races
    def test_threads_that_count_together_lose_nothing(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "total", "n": 0})

        def count(number: int) -> None:
            done = 0
            while done < 20:
                known = store.get(ONE, "things", "total")
                assert known is not None
                try:
                    store.replace(ONE, "things", {"id": "total", "n": known["n"] + 1}, rev=known["rev"])
                    done += 1
                except Conflict:
                    continue

        assert in_threads(6, count) == []
        assert store.get(ONE, "things", "total") == {"id": "total", "n": 120, "rev": 121}

    def test_threads_that_change_in_units_of_work_lose_nothing(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "total", "n": 0})

        def add(unit: UnitOfWork) -> None:
            known = unit.get(ONE, "things", "total")
            assert known is not None
            unit.replace(ONE, "things", {"id": "total", "n": known["n"] + 1}, rev=known["rev"])

        assert in_threads(6, lambda number: [store.atomic(add) for _ in range(20)]) == []
        assert (store.get(ONE, "things", "total") or {})["n"] == 120

    def test_of_many_threads_one_gets_the_unique_name(self, store: MetadataStore) -> None:
        raised = in_threads(8, lambda number: store.insert(ONE, "things", {"id": f"t{number}", "name": "x"}))
        assert [getattr(error, "code", error) for error in raised] == ["already_exists"] * 7
        assert store.count(ONE, "things", Query()) == 1

    def test_one_that_fails_takes_nothing_of_the_others_with_it(self, store: MetadataStore) -> None:
        def work(number: int) -> None:
            for round_ in range(10):

                def write(unit: UnitOfWork, round_: int = round_) -> None:
                    unit.insert(ONE, "things", {"id": f"t{number}-{round_}"})
                    if number % 2:
                        raise KeyError(number)

                if number % 2:
                    with pytest.raises(KeyError):
                        store.atomic(write)
                else:
                    store.atomic(write)

        assert in_threads(8, work) == []
        kept = {document["id"] for document in store.find(ONE, "things", Query(limit=500))}
        assert kept == {f"t{number}-{round_}" for number in (0, 2, 4, 6) for round_ in range(10)}

    def test_processes_that_count_together_lose_nothing(self, store: MetadataStore, url: str) -> None:
        store.insert(ONE, "counters", {"id": "total", "n": 0})
        others = [start("tests.fixtures.store_processes", "add", url, "25") for _ in range(3)]
        try:
            assert [other.wait(timeout=60) for other in others] == [0, 0, 0]
        finally:
            for other in others:
                close(other)
        assert store.get(ONE, "counters", "total") == {"id": "total", "n": 75, "rev": 76}

    def test_of_processes_that_open_a_new_store_at_once_one_gets_the_key(self, url: str) -> None:
        others = [start("tests.fixtures.store_processes", "claim_key", url, f"p{n}") for n in range(4)]
        try:
            for other in others:
                assert other.stdout is not None
                assert other.stdout.readline() == "ready\n"
            for other in others:
                assert other.stdin is not None
                other.stdin.write("go\n")
                other.stdin.flush()
            answers = sorted(other.stdout.readline().strip() for other in others if other.stdout)
        finally:
            for other in others:
                close(other)
        assert answers == ["lost", "lost", "lost", "won"]

    # ------------------------------------------------------------------ durability
    def test_what_was_acknowledged_survives_kill_9_and_no_half_is_left(self, store: MetadataStore, url: str) -> None:
        writer = start("tests.fixtures.store_processes", "append", url)
        assert writer.stdout is not None
        try:
            acknowledged = [int(writer.stdout.readline()) for _ in range(40)]
            writer.send_signal(signal.SIGKILL)
            acknowledged += [int(line) for line in writer.stdout.read().split()]
        finally:
            close(writer)
        firsts = {document["n"] for document in store.find(ONE, "counters", Query([("id", "<", "b")], limit=5000))}
        seconds = {document["n"] for document in store.find(ONE, "counters", Query([("id", ">", "b")], limit=5000))}
        assert set(acknowledged) <= firsts
        assert firsts == seconds
        assert len(firsts) <= len(acknowledged) + 1

    def test_what_was_written_is_there_after_opening_again(self, store: MetadataStore, url: str) -> None:
        store.insert(ONE, "things", {"id": "t1", "kind": "x"})
        store.close()
        again = open_metadata(url)
        again.ensure([THINGS])
        assert again.find(ONE, "things", Query(where=[("kind", "=", "x")])) == [{"id": "t1", "kind": "x", "rev": 1}]
        again.close()

    def test_a_new_index_on_a_collection_with_documents_works(self, store: MetadataStore) -> None:
        store.insert(ONE, "things", {"id": "t1", "color": "red"})
        store.ensure([CollectionSpec("things", indexes=("color",))])
        assert store.count(ONE, "things", Query(where=[("color", "=", "red")])) == 1

    def test_a_new_unique_rule_that_documents_break_is_refused_with_advice(self, store: MetadataStore) -> None:
        for key in "ab":
            store.insert(ONE, "things", {"id": key, "color": "red"})
        with pytest.raises(Unavailable) as caught:
            store.ensure([CollectionSpec("things", unique=(("color",),))])
        assert caught.value.code == "metadata_not_unique"
        assert caught.value.fix

    def test_health_names_the_technology_and_the_size(self, store: MetadataStore) -> None:
        facts = store.ping()
        assert facts["technology"]
        assert facts["size_bytes"] > 0

    def test_after_closing_everything_says_so(self, url: str) -> None:
        store = open_metadata(url)
        store.ensure([THINGS])
        store.close()
        store.close()
        calls: list[Callable[[], Any]] = [
            lambda: store.get(ONE, "things", "a"),
            lambda: store.insert(ONE, "things", {"id": "a"}),
            store.ping,
        ]
        for call in calls:
            with pytest.raises(Unavailable) as caught:
                call()
            assert caught.value.code == "metadata_closed"
