"""Statements that several repositories need, made once so that SQLAlchemy compiles them once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, exists, func, insert, literal, select

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Insert, Table


def insert_unless(table: Table, *there: ColumnElement[bool], columns: tuple[str, ...]) -> Insert:
    """Return an INSERT of one row that does nothing where a row with any of the conditions `there` exists.

    Each column takes the parameter of its own name. It is one statement, understood alike by every database; its
    `rowcount` says whether the row is new.
    """
    values = [bindparam(name, type_=table.c[name].type) for name in columns]
    row = select(*values)
    for condition in there:
        row = row.where(~exists(select(literal(1)).select_from(table).where(condition)))
    return insert(table).from_select(list(columns), row, include_defaults=False)


def following(column: ColumnElement[int]) -> ColumnElement[int]:
    """Return the number after the largest of a column, 1 in an empty table."""
    return func.coalesce(func.max(column), 0) + 1
