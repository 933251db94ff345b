"""Read many rows as numpy columns: one row travels, with one binary array a column.

Reading 600,000 rows this way takes a third of a second; as rows it takes two, as objects nine.
"""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.orm import Session

Column = NDArray[Any]
Rows = Select[*tuple[Any, ...]]

# The element types of PostgreSQL that are read here, by their oid: bool, int8, int2, int4, timestamptz, uuid.
_FORMATS = {16: "?", 20: ">i8", 21: ">i2", 23: ">i4", 1184: ">i8", 2950: "S16"}
_HEADER_BYTES = 20
_EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
MICROSECONDS_A_MINUTE = 60_000_000


def read_columns(session: Session, statement: Rows) -> dict[str, Column]:
    """Return the statement's columns by name, all in the order of its rows.

    Whole numbers and times arrive as int64 (times in microseconds since 2000 in UTC), ids as 16 raw bytes.
    A null anywhere is a fault of the statement and raises ValueError.
    """
    rows = statement.subquery()
    arrays = session.execute(select(*(func.array_send(func.array_agg(column)) for column in rows.c))).one()
    return {
        column.name: _empty(column) if data is None else _decode(column.name, bytes(data))
        for column, data in zip(rows.c, arrays, strict=True)
    }


def _empty(column: Any) -> Column:
    return np.zeros(0, dtype="S16" if isinstance(column.type, Uuid) else np.int64)


def _decode(name: str, data: bytes) -> Column:
    """Decode what array_send wrote: dimensions, null flag, element oid, length, lower bound, elements."""
    _, has_nulls, oid, length, _ = struct.unpack_from(">iiiii", data)
    if has_nulls:
        raise ValueError(f"column {name} holds nulls")
    element = np.dtype([("length", ">i4"), ("value", _FORMATS[oid])])
    values = np.frombuffer(data, dtype=element, count=length, offset=_HEADER_BYTES)["value"]
    return values.copy() if oid == 2950 else values.astype(np.int64)


def minutes_since(times: Column, origin: dt.datetime) -> Column:
    """Return times of `read_columns` as whole minutes since an aware moment."""
    offset = (origin - _EPOCH) // dt.timedelta(microseconds=1)
    minutes: Column = (times - offset) // MICROSECONDS_A_MINUTE
    return minutes


def places_of(ids: Column, known: Column) -> Column:
    """Return where each id stands in `known` (sorted, without repeats); -1 for one that is not there."""
    if not len(known):
        return np.full(len(ids), -1, dtype=np.int64)
    places = np.searchsorted(known, ids)
    places[places == len(known)] = 0
    return np.where(known[places] == ids, places, -1)


def uuid_of(raw: bytes) -> uuid.UUID:
    """Return the id of 16 raw bytes as numpy hands them out: it drops zero bytes at the end."""
    return uuid.UUID(bytes=raw.ljust(16, b"\0"))


def raw_id(value: uuid.UUID) -> np.bytes_:
    """Return an id as `read_columns` holds it."""
    return np.bytes_(value.bytes)


def make_ids(count: int) -> Column:
    """Return so many new random ids (UUID version 4) as raw bytes, 16 columns of uint8."""
    rng = np.random.Generator(np.random.PCG64(uuid.uuid4().int))
    ids = rng.integers(0, 256, size=(count, 16), dtype=np.uint8)
    ids[:, 6] = (ids[:, 6] & 0x0F) | 0x40
    ids[:, 8] = (ids[:, 8] & 0x3F) | 0x80
    return ids
