"""The cloud behind a double: one SQLite file that outlives every plugin process, as a real cloud would.

What exists, what was done to it, and what is to go wrong next. A test reads and changes it behind the engine's back.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SCHEMA = """
create table if not exists things (
  number integer primary key autoincrement, token text not null, id text not null, inputs text not null,
  outputs text not null, kept text not null default '', unique (token, id)
);
create table if not exists operations (
  number integer primary key, operation text not null, token text not null, name text not null, result text not null
);
create table if not exists faults (
  number integer primary key, operation text not null, token text not null, name text not null, kind text not null,
  times integer not null
);
"""

Operation = Literal["create", "read", "update", "delete"]
FaultKind = Literal["throttle", "error", "quota", "lost", "slow", "init", "die", "die-after"]
"""See faults.py."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One resource as the cloud has it."""

    token: str
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    kept: str = ""
    """Deleted, yet still there under its name, for the reason given: a key that waits, a ring that cannot go."""
    number: int = 0
    """The cloud's own, of its making: what is made anew under the same id has another."""


class Cloud:
    """All of one cloud. Every method is a transaction of its own, safe between threads and processes."""

    def __init__(self, file: Path):
        self.file = file
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._transaction() as database:
            database.executescript(SCHEMA)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self.file, timeout=30, isolation_level="IMMEDIATE")
        # A machine that loses power loses the rehearsal too.
        database.execute("pragma synchronous = off")
        try:
            with database:
                yield database
        finally:
            database.close()

    def things(self, token: str | None = None, *, kept: bool = False) -> list[Thing]:
        """What exists, oldest first; with `kept` only what the cloud keeps after its deletion."""
        where = "where (? is null or token = ?) and (kept <> '') = ?"
        with self._transaction() as database:
            rows = database.execute(f"select * from things {where} order by number", (token, token, kept)).fetchall()
        return [_thing(row) for row in rows]

    def get(self, token: str, id: str) -> Thing | None:
        where = "where token = ? and id = ? and kept = ''"
        with self._transaction() as database:
            row = database.execute(f"select * from things {where}", (token, id)).fetchone()
        return _thing(row) if row else None

    def look(self, token: str, id: str, output: str) -> Any:
        """One output of what has to be there."""
        found = self.get(token, id)
        assert found, f"{token} {id} was checked to be there"
        return found.outputs[output]

    def put(self, thing: Thing) -> None:
        """Makes it, or writes it anew in its place."""
        values = (thing.token, thing.id, json.dumps(thing.inputs), json.dumps(thing.outputs), thing.kept)
        insert = "insert into things (token, id, inputs, outputs, kept) values (?, ?, ?, ?, ?)"
        change = "on conflict do update set inputs = excluded.inputs, outputs = excluded.outputs, kept = excluded.kept"
        with self._transaction() as database:
            database.execute(f"{insert} {change}", values)

    def remove(self, token: str, id: str, kept: str = "") -> None:
        """Ends it; what the cloud keeps stays under its name, with the reason."""
        with self._transaction() as database:
            if kept:
                database.execute("update things set kept = ? where token = ? and id = ?", (kept, token, id))
            else:
                database.execute("delete from things where token = ? and id = ?", (token, id))

    def note(self, operation: Operation, token: str, name: str, result: str) -> None:
        """Into the record of what was asked for, refusals too."""
        with self._transaction() as database:
            database.execute(
                "insert into operations (operation, token, name, result) values (?, ?, ?, ?)",
                (operation, token, name, result),
            )

    def operations(self) -> list[tuple[str, str, str, str]]:
        """(operation, token, name, result), in order."""
        with self._transaction() as database:
            return database.execute("select operation, token, name, result from operations order by number").fetchall()

    def serial(self) -> int:
        """How many operations there were so far."""
        with self._transaction() as database:
            return database.execute("select count(*) from operations").fetchone()[0]

    def plan(self, operation: Operation, token: str, kind: FaultKind, *, name: str = "", times: int = 1) -> None:
        """The next `times` such operations go wrong; without `name`, whichever resource comes first."""
        with self._transaction() as database:
            database.execute(
                "insert into faults (operation, token, name, kind, times) values (?, ?, ?, ?, ?)",
                (operation, token, name, kind, times),
            )

    def take_fault(self, operation: Operation, token: str, name: str) -> FaultKind | None:
        """The fault that this operation meets, used up in the same transaction."""
        mine = "operation = ? and token = ? and name in ('', ?) and times > 0"
        with self._transaction() as database:
            found = database.execute(
                f"select number, kind from faults where {mine} order by number limit 1", (operation, token, name)
            ).fetchone()
            if found is None:
                return None
            database.execute("update faults set times = times - 1 where number = ?", (found[0],))
            return found[1]


def _thing(row: tuple[int, str, str, str, str, str]) -> Thing:
    number, token, id, inputs, outputs, kept = row
    return Thing(token=token, id=id, inputs=json.loads(inputs), outputs=json.loads(outputs), kept=kept, number=number)
