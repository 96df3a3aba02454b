"""The store in a table of Amazon's DynamoDB, for a coach that runs on AWS Lambda and has no disk.

One table. What belongs to a person lies together under `P#<person>`: sessions, plan, notes, the other end of
aliases and codes. Requests, codes, aliases and session ids are found under keys of their own. Every item is
one JSON text with a version; it is replaced only if nobody else did so since it was read, so that two writers
at the same moment cannot lose anything.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from routines.plan import Plan
from skill.ports import MAX_NOTE_BYTES, MAX_SNAPSHOT_BYTES, Held, StoreCheck, StoreError, StoreFault
from skill.records import (
    MAX_DATA_BYTES,
    EventKind,
    Interrupted,
    PlanVersion,
    SessionEvent,
    SessionRecord,
    small,
    small_json,
)
from skill.store.rows import plan_of, to_moment, to_ms

SCHEME = "dynamodb"
#: How often a change is tried anew when others are changing the same thing.
TRIES = 20
_ALONE = "-"  #: the sort key of what is found by its own key
_REFUSED = "ConditionalCheckFailedException"
_BUSY = ("TransactionCanceledException", "TransactionConflictException")

Json = dict[str, Any]


class _ConflictError(Exception):
    """Somebody else was first."""


class DynamoStore:
    """A store in one table. See `skill.ports.Store`."""

    def __init__(self, client: Any, table: str) -> None:
        """Take a client of boto3, and the name of a table that is there."""
        self._client = client
        self._table = table

    @staticmethod
    def open(url: str) -> DynamoStore:
        """Return the store at `dynamodb://<table>?region=<region>`; the table is made if there is none.

        `endpoint` may name another server that speaks the same language. `StoreError` if it cannot be used.
        """
        try:
            import boto3  # noqa: PLC0415 - an extra
            from botocore.config import Config  # noqa: PLC0415
        except ImportError as error:
            raise StoreError(StoreFault.NO_PACKAGE, url, str(error)) from error
        parts = urlsplit(url)
        said = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != SCHEME or not parts.netloc or said.keys() - {"region", "endpoint"}:
            raise StoreError(StoreFault.ADDRESS, url)
        config = Config(connect_timeout=2, read_timeout=3, retries={"max_attempts": 2, "mode": "standard"})
        try:
            client = boto3.client(
                SCHEME, region_name=said.get("region"), endpoint_url=said.get("endpoint"), config=config
            )
        except Exception as error:
            raise StoreError(StoreFault.ADDRESS, url, str(error)) from error
        store = DynamoStore(client, parts.netloc)
        store._make()
        return store

    # -- sessions ----------------------------------------------------------------------------------------

    def begin(
        self,
        session_id: str,
        person: str,
        routine_id: str,
        plan: Plan,
        device: str,
        at: datetime,
        snapshot: Mapping[str, Any],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep a new session."""
        data = small(about or {}, MAX_DATA_BYTES, "started")
        started = SessionEvent(at=at, kind=EventKind.STARTED, key="started", data=data, seq=1)
        body = {
            "routine": routine_id,
            "plan": plan.to_dict(),
            "device": device,
            "at": to_ms(started.at),
            "ended": None,
            "saved": to_ms(started.at),
            "snapshot": small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot"),
            "events": [_plain(started)],
        }
        try:
            self._together(
                self._new(f"S#{session_id}", _ALONE, person),
                self._new(f"P#{person}", f"S#{session_id}", body),
            )
        except _ConflictError:
            return

    def record(
        self,
        session_id: str,
        events: Sequence[SessionEvent],
        snapshot: Mapping[str, Any],
        at: datetime,
        *,
        held: Held | None = None,  # noqa: ARG002 - no leases are kept here
    ) -> int:
        """Add events and save the latest state."""
        plain = small(snapshot, MAX_SNAPSHOT_BYTES, "snapshot")
        events = [replace(event, data=small(event.data, MAX_DATA_BYTES, event.key)) for event in events]
        whose = self._get(f"S#{session_id}", _ALONE)
        if whose is None:
            raise KeyError(session_id)
        added = 0

        def change(body: Any) -> Any:
            nonlocal added
            if body is None:
                raise KeyError(session_id)
            known = {event["key"] for event in body["events"]}
            new = list({e.key: e for e in reversed(events) if e.key not in known}.values())[::-1]
            added = len(new)
            if events and not new:
                return body
            numbered = [_plain(replace(e, seq=n)) for n, e in enumerate(new, start=len(known) + 1)]
            end = next((to_ms(event.at) for event in new if event.kind.ends_session), None)
            ended = end if body["ended"] is None else body["ended"]
            changed = {"events": body["events"] + numbered, "ended": ended}
            return body | changed | {"snapshot": plain, "saved": to_ms(at)}

        self._change(f"P#{whose}", f"S#{session_id}", change)
        return added

    def interrupted(self, person: str, now: datetime, not_older_than: timedelta) -> Interrupted | None:
        """Return the newest session without an end."""
        oldest = to_ms(now - not_older_than)
        unended = [
            (body["saved"], key.removeprefix("S#"), body)
            for key, body in self._under(person, "S#")
            if body["ended"] is None and body["saved"] >= oldest
        ]
        if not unended:
            return None
        _, session_id, body = max(unended, key=lambda found: found[:2])
        return _standing(session_id, body)

    def standing(self, person: str, session_id: str) -> Interrupted | None:
        """Return one session and where it stands."""
        found = dict(self._under(person, f"S#{session_id}"))
        body = found.get(f"S#{session_id}")
        return None if body is None else _standing(session_id, body)

    def history(self, person: str, since: datetime | None = None) -> tuple[SessionRecord, ...]:
        """Return the sessions, oldest first."""
        records = [_record(person, key.removeprefix("S#"), body) for key, body in self._under(person, "S#")]
        found = [record for record in records if since is None or record.at >= since]
        return tuple(sorted(found, key=lambda record: (record.at, record.session_id)))

    def last_session(self, person: str) -> SessionRecord | None:
        """Return the newest session."""
        return (self.history(person) or (None,))[-1]

    # -- plans and notes ---------------------------------------------------------------------------------

    def plan(self, person: str) -> Plan:
        """Return the latest plan."""
        versions = self._get(f"P#{person}", "PLAN") or ()
        return plan_of(versions[-1]["plan"]) if versions else Plan()

    def save_plan(self, person: str, plan: Plan, by: str, at: datetime) -> None:
        """Keep a new version of the plan."""
        version = {"plan": plan.to_dict(), "by": by, "at": to_ms(at)}

        def change(versions: Any) -> Any:
            if versions and versions[-1]["plan"] == json.loads(json.dumps(version["plan"])):
                return versions
            return [*(versions or ()), version]

        self._change(f"P#{person}", "PLAN", change)

    def plan_versions(self, person: str) -> tuple[PlanVersion, ...]:
        """Return every version of the plan, oldest first."""
        kept = self._get(f"P#{person}", "PLAN") or ()
        return tuple(
            PlanVersion(version=n, plan=plan_of(one["plan"]), by=one["by"], at=to_moment(one["at"]))
            for n, one in enumerate(kept, start=1)
        )

    def note(self, person: str, key: str) -> Any | None:
        """Return what was noted last."""
        return self._get(f"P#{person}", f"N#{key}")

    def set_note(self, person: str, key: str, value: Any | None, at: datetime) -> None:  # noqa: ARG002 - port
        """Note a value; None deletes it."""
        plain = small_json(value, MAX_NOTE_BYTES, key)
        if value is None:
            self._call("delete_item", Key=_key(f"P#{person}", f"N#{key}"))
        else:
            self._call("put_item", Item=_item(f"P#{person}", f"N#{key}", plain))

    # -- keys, codes, names ------------------------------------------------------------------------------

    def seen(self, key: str, at: datetime, keep: timedelta) -> bool:
        """Claim a key; True if somebody else has it."""
        until = to_ms(at + keep)
        # The table itself deletes an item some time after `expires`, which is in seconds.
        item = _item(f"R#{key}", _ALONE, None) | {"until": _n(until), "expires": _n(until // 1000 + 3600)}
        try:
            self._call(
                "put_item",
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #until < :now",
                ExpressionAttributeNames={"#until": "until"},
                ExpressionAttributeValues={":now": _n(to_ms(at))},
            )
        except _ConflictError:
            return True
        return False

    def new_link_code(self, person: str, at: datetime, valid: timedelta) -> str:
        """Keep and return a new code."""
        until = to_ms(at + valid)
        for _ in range(TRIES):
            code = str(100_000 + secrets.randbelow(900_000))
            old = self._get(f"P#{person}", "CODE")
            # A code that nobody took is kept for an hour more at most, and then comes free by itself.
            item = _item(f"C#{code}", _ALONE, {"person": person, "until": until})
            item["expires"] = _n(until // 1000 + 3600)
            new = {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
            drop = [{"Delete": {"Key": _key(f"C#{old}", _ALONE)}}] if old else []
            try:
                self._together({"Put": new}, {"Put": {"Item": _item(f"P#{person}", "CODE", code)}}, *drop)
            except _ConflictError:
                continue
            return code
        raise StoreError(StoreFault.LOCKED, self._where)

    def take_link_code(self, code: str, at: datetime) -> str | None:
        """Use a code up."""
        gone = self._call("delete_item", Key=_key(f"C#{code}", _ALONE), ReturnValues="ALL_OLD")
        found = _body(gone.get("Attributes"))
        return str(found["person"]) if found and found["until"] >= to_ms(at) else None

    def set_alias(self, alias_person: str, person: str, at: datetime) -> None:  # noqa: ARG002 - port
        """Keep a name of a person."""
        real = self.person_of(person)
        if alias_person == person:
            self._unlink(alias_person)
        elif real != alias_person:
            self._hand_over(alias_person, real)
            for name in (*self._names(alias_person), alias_person):
                self._unlink(name)
                self._together(
                    {"Put": {"Item": _item(f"A#{name}", _ALONE, real)}},
                    {"Put": {"Item": _item(f"P#{real}", f"A#{name}", None)}},
                )

    def _hand_over(self, name: str, person: str) -> None:
        """Make a name's sessions the person's; and its plan, if they have none."""
        for key, body in self._under(name, "S#"):
            self._together(
                {"Put": {"Item": _item(f"P#{person}", key, body)}},
                {"Put": {"Item": _item(key, _ALONE, person)}},
                {"Delete": {"Key": _key(f"P#{name}", key)}},
            )
        plan = self._get(f"P#{name}", "PLAN")
        if plan and not self._get(f"P#{person}", "PLAN"):
            self._together(
                {"Put": {"Item": _item(f"P#{person}", "PLAN", plan)}},
                {"Delete": {"Key": _key(f"P#{name}", "PLAN")}},
            )

    def person_of(self, alias_person: str) -> str:
        """Return whose name this is."""
        return str(self._get(f"A#{alias_person}", _ALONE) or alias_person)

    def forget(self, person: str) -> None:
        """Delete a person and everything about them."""
        self._unlink(person)
        for name in self._names(person):
            self.forget(name)
        for key, body in self._under(person, ""):
            if key.startswith("S#"):
                self._call("delete_item", Key=_key(key, _ALONE))
            elif key == "CODE":
                self._call("delete_item", Key=_key(f"C#{body}", _ALONE))
            self._call("delete_item", Key=_key(f"P#{person}", key))

    def _names(self, person: str) -> tuple[str, ...]:
        return tuple(key.removeprefix("A#") for key, _ in self._under(person, "A#"))

    def _unlink(self, name: str) -> None:
        person = self._get(f"A#{name}", _ALONE)
        if person is not None:
            self._together(
                {"Delete": {"Key": _key(f"A#{name}", _ALONE)}},
                {"Delete": {"Key": _key(f"P#{person}", f"A#{name}")}},
            )

    # -- the table ---------------------------------------------------------------------------------------

    def check(self) -> StoreCheck:
        """Look at the table."""
        table = self._call("describe_table")["Table"]
        status = str(table["TableStatus"])
        active = status in ("ACTIVE", "UPDATING")
        return StoreCheck(
            where=self._where,
            version="1",
            sound=active,
            detail="ok" if active else status,
            writable=active,
            private=True,  # nobody gets in without a key of the account
            size_bytes=int(table.get("TableSizeBytes", 0)),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    @property
    def _where(self) -> str:
        return f"{SCHEME}://{self._table}"

    def _make(self) -> None:
        try:
            self._client.describe_table(TableName=self._table)
        except self._client.exceptions.ResourceNotFoundException:
            names = (("pk", "HASH"), ("sk", "RANGE"))
            self._call(
                "create_table",
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in names],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in names],
                BillingMode="PAY_PER_REQUEST",
            )
            self._client.get_waiter("table_exists").wait(TableName=self._table)
            expiry = {"Enabled": True, "AttributeName": "expires"}
            self._call("update_time_to_live", TimeToLiveSpecification=expiry)
        except Exception as error:
            raise self._fault(error) from error

    def _get(self, pk: str, sk: str) -> Any:
        return _body(self._call("get_item", Key=_key(pk, sk), ConsistentRead=True).get("Item"))

    def _under(self, person: str, prefix: str) -> Iterator[tuple[str, Any]]:
        """Yield the sort key and the body of everything of a person that begins with a prefix."""
        asked: Json = {
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :sk)" if prefix else "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": f"P#{person}"}},
            "ConsistentRead": True,
        }
        if prefix:
            asked["ExpressionAttributeValues"][":sk"] = {"S": prefix}
        found: list[Json] = []
        while True:
            page = self._call("query", **asked)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                break
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        for item in found:
            yield item["sk"]["S"], _body(item)

    def _change(self, pk: str, sk: str, change: Callable[[Any], Any]) -> None:
        """Put what `change` makes of a body in its place, unless somebody else did meanwhile: then anew."""
        for _ in range(TRIES):
            item = self._call("get_item", Key=_key(pk, sk), ConsistentRead=True).get("Item")
            before = _body(item)
            after = change(before)
            if after == before:
                return
            version = int(item["v"]["N"]) if item else 0
            guard: Json = (
                {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": _n(version)}}
                if item
                else {"ConditionExpression": "attribute_not_exists(pk)"}
            )
            try:
                self._call("put_item", Item=_item(pk, sk, after, version + 1), **guard)
            except _ConflictError:
                continue
            return
        raise StoreError(StoreFault.LOCKED, self._where)

    def _new(self, pk: str, sk: str, body: Any) -> Json:
        item = _item(pk, sk, body)
        return {"Put": {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _together(self, *writes: Json) -> None:
        """Carry out all of them or none. _ConflictError."""
        named = [
            {kind: each | {"TableName": self._table}} for write in writes for kind, each in write.items()
        ]
        self._ask("transact_write_items", TransactItems=named)

    def _call(self, name: str, **asked: Any) -> Json:
        return self._ask(name, TableName=self._table, **asked)

    def _ask(self, name: str, **asked: Any) -> Json:
        for _ in range(TRIES):
            try:
                answer: Json = getattr(self._client, name)(**asked)
            except Exception as error:
                if _refused(error):
                    raise _ConflictError from error
                if _code(error) not in _BUSY:
                    raise self._fault(error) from error
            else:
                return answer
        raise StoreError(StoreFault.LOCKED, self._where)

    def _fault(self, error: Exception) -> StoreError:
        known = {
            "AccessDeniedException": StoreFault.READ_ONLY,
            "ItemCollectionSizeLimitExceededException": StoreFault.FULL,
        }
        usual = StoreFault.FAILED if _code(error) else StoreFault.UNREACHABLE
        return StoreError(known.get(_code(error), usual), self._where, str(error))


def _code(error: Exception) -> str:
    """Return what the service called an error; nothing for one that came before it was reached."""
    response = getattr(error, "response", None)
    return (
        str(response["Error"].get("Code", "")) if isinstance(response, dict) and "Error" in response else ""
    )


def _refused(error: Exception) -> bool:
    """Whether a condition did not hold; a write that only met another one in the making is tried anew."""
    reasons = getattr(error, "response", {}).get("CancellationReasons", ())
    return _code(error) == _REFUSED or any(reason.get("Code") == _REFUSED[:-9] for reason in reasons)


def _key(pk: str, sk: str) -> Json:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(pk: str, sk: str, body: Any, version: int = 1) -> Json:
    return _key(pk, sk) | {"body": {"S": json.dumps(body, ensure_ascii=False)}, "v": _n(version)}


def _standing(session_id: str, body: Any) -> Interrupted:
    return Interrupted(
        session_id=session_id,
        routine_id=body["routine"],
        plan=plan_of(body["plan"]),
        device=body["device"],
        snapshot=body["snapshot"],
        at=to_moment(body["saved"]),
    )


def _body(item: Json | None) -> Any:
    return json.loads(item["body"]["S"]) if item else None


def _n(number: int) -> Json:
    return {"N": str(number)}


def _plain(event: SessionEvent) -> Json:
    return {
        "at": to_ms(event.at),
        "kind": str(event.kind),
        "key": event.key,
        "data": dict(event.data),
        "seq": event.seq,
    }


def _record(person: str, session_id: str, body: Json) -> SessionRecord:
    return SessionRecord(
        session_id=session_id,
        person=person,
        routine_id=body["routine"],
        plan=plan_of(body["plan"]),
        device=body["device"],
        at=to_moment(body["at"]),
        ended_at=None if body["ended"] is None else to_moment(body["ended"]),
        events=tuple(
            SessionEvent(
                seq=event["seq"],
                at=to_moment(event["at"]),
                kind=EventKind(event["kind"]),
                key=event["key"],
                data=event["data"],
            )
            for event in body["events"]
        ),
    )
