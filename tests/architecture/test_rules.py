"""Rules of the code base that no linter knows. import-linter keeps the arrows between rooms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import DateTime, Float, Numeric
from sqlalchemy.orm import configure_mappers

from app.errors import DomainError
from app.jobs.registry import HANDLERS
from app.models import Base, NoticeKind, Topic
from app.notice_texts import TEXTS
from app.permissions import RULES, Permission
from app.task_queue import QUEUE_OF
from app.web.errors import STATUS
from app.web.navigation import PLACES

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app"
CODE = (APP, ROOT / "exams", ROOT / "scheduling", ROOT / "migrations", ROOT / "tests")


def modules(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield node, name


def test_only_transaction_commits_or_rolls_back() -> None:
    found = [
        f"{path}:{node.lineno}"
        for path, tree in modules(APP)
        if path != "app/db.py"
        for node, name in calls(tree)
        if name in {"commit", "rollback"}
    ]

    assert found == []


def test_only_entry_points_open_a_transaction() -> None:
    entry_points = ("app/web/", "app/jobs/", "app/cli/", "app/benchmarks/", "app/db.py")
    found = [
        path
        for path, tree in modules(APP)
        if not path.startswith(entry_points)
        for _, name in calls(tree)
        if name == "transaction"
    ]

    assert found == []


def test_below_the_entry_points_time_is_an_argument() -> None:
    found = [
        f"{path}:{node.lineno}"
        for folder in ("services", "queries", "models")
        for path, tree in modules(APP / folder)
        for node, name in calls(tree)
        if name in {"utc_now", "wall_now", "now", "today"}
        and not (isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "func")
    ]

    assert found == []


def test_nothing_hangs_on_the_sessions_commit_event() -> None:
    found = [str(path) for path in APP.rglob("*.py") if "after_commit" in path.read_text()]

    assert found == []


def test_templates_are_rendered_outside_transactions() -> None:
    found = []
    for path, tree in modules(APP / "web"):
        for node in ast.walk(tree):
            if isinstance(node, ast.With) and any(
                isinstance(item.context_expr, ast.Call)
                and getattr(item.context_expr.func, "id", "") == "transaction"
                for item in node.items
            ):
                inside = ast.Module(body=node.body, type_ignores=[])
                found += [
                    f"{path}:{call.lineno}" for call, name in calls(inside) if name == "render_template"
                ]

    assert found == []


def test_every_relationship_loads_nothing_unasked() -> None:
    configure_mappers()
    found = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.lazy != "raise_on_sql"
    ]

    assert found == []


def test_every_time_is_aware_and_no_money_is_a_float() -> None:
    found = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if (isinstance(column.type, DateTime) and not column.type.timezone)
        or (column.name.endswith("_fen") and isinstance(column.type, (Float, Numeric)))
    ]

    assert found == []


def test_every_constraint_has_a_name() -> None:
    found = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if not constraint.name
    ]

    assert found == []


def test_every_permission_has_a_rule() -> None:
    assert set(RULES) == set(Permission)


def test_every_refusal_has_a_status() -> None:
    assert set(STATUS) == set(DomainError.__subclasses__())


def test_every_topic_has_a_handler_and_a_queue() -> None:
    assert set(HANDLERS) == set(Topic)
    assert set(QUEUE_OF) == set(Topic)


def test_every_kind_of_notice_has_words_and_a_place(app: Flask) -> None:
    assert set(TEXTS) == set(NoticeKind)
    assert {text.endpoint for text in TEXTS.values()} <= set(app.view_functions)


def test_notices_say_the_same_in_both_languages() -> None:
    named = re.compile(r"{(\w+)}")
    different = [
        kind
        for kind, text in TEXTS.items()
        if set(named.findall(text.title_zh + text.body_zh))
        != set(named.findall(text.title_en + text.body_en))
    ]

    assert different == []


def test_every_place_of_the_navigation_exists(app: Flask) -> None:
    named = {
        name for places in PLACES.values() for place in places for name in (place.endpoint, *place.prefixes)
    }

    assert sorted(named - set(app.view_functions)) == []


@pytest.mark.parametrize("room", ["models", "queries", "services", "web", "jobs"])
def test_files_stay_readable(room: str) -> None:
    """A file past about 400 lines is split by noun; 450 is where the check begins."""
    found = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in sorted((APP / room).rglob("*.py"))
        if (lines := len(path.read_text().splitlines())) > 450
    ]

    assert found == []


def test_no_registry_address_is_written_down() -> None:
    address = re.compile(r"https?://[^\s\"']*(registry\.npmjs|pypi\.org/simple|files\.pythonhosted)")
    tracked = [*ROOT.glob("*.lock"), *ROOT.glob("*.json"), *ROOT.glob("*.toml"), *ROOT.glob(".npmrc")]
    found = [path.name for path in tracked if address.search(path.read_text())]

    assert tracked
    assert found == []


def test_importing_starts_nothing() -> None:
    """Modules define things; only wsgi.py builds an app when it is imported."""
    allowed = {"wsgi.py"}
    found = []
    for path, tree in modules(APP):
        for node in tree.body:
            value = getattr(node, "value", None)
            if isinstance(node, (ast.Assign, ast.Expr)) and isinstance(value, ast.Call):
                name = (
                    value.func.attr
                    if isinstance(value.func, ast.Attribute)
                    else getattr(value.func, "id", "")
                )
                if name in {"create_app", "connect", "create_engine", "from_url", "from_env"}:
                    found.append(f"{path}:{node.lineno}")

    assert [place for place in found if place.split(":")[0] not in allowed] == []
