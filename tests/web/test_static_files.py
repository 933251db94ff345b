"""Styles and scripts: fetched once, and anew when anything in them changes."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask, url_for

from app.web.static_files import content_version
from tests.conftest import RoleClient


def test_a_page_names_scripts_by_their_content_and_a_browser_may_keep_them(client: RoleClient) -> None:
    page = client.get("/sign-in").text
    found = re.search(r'src="(/static/v-[0-9a-f]{12}/js/start\.js)"', page)
    assert found

    # What a script imports stands beside it, under the same version.
    for path in (found[1], found[1].replace("start.js", "answers.js")):
        with client.get(path) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, immutable, max-age=31536000"


def test_the_second_to_ask_gets_the_same_without_the_application(client: RoleClient, app: Flask) -> None:
    with app.test_request_context():
        path = url_for("static", filename="js/answers.js")
    with client.get(path) as first, client.get(path) as second:
        assert first.data == second.data == Path(app.root_path, "static/js/answers.js").read_bytes()
        assert dict(first.headers) == dict(second.headers)
        assert second.headers["Content-Security-Policy"]
    # What asks whether it changed, and what is not there, is the application's business.
    with client.get(path, headers={"If-None-Match": second.headers["ETag"]}) as unchanged:
        assert unchanged.status_code == 304
    with client.get(path.replace("answers.js", "no-such.js")) as missing:
        assert missing.status_code == 404


def test_an_old_or_no_version_gets_what_is_there_now_and_may_not_be_kept(client: RoleClient) -> None:
    for path in ("/static/v-000000000000/js/start.js", "/static/js/start.js"):
        with client.get(path) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "no-cache"


def test_the_version_changes_with_every_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("one")
    versions = [content_version(tmp_path)]
    (tmp_path / "js" / "a.js").write_text("two")
    versions.append(content_version(tmp_path))
    (tmp_path / "js" / "a.js").rename(tmp_path / "js" / "b.js")
    versions.append(content_version(tmp_path))

    assert len(set(versions)) == 3


def test_a_path_cannot_leave_the_folder(client: RoleClient, app: Flask) -> None:
    assert Path(app.root_path, "settings.py").exists()

    assert client.get("/static/v-000000000000/../settings.py").status_code == 404
    assert client.get("/static/v-000000000000/%2e%2e/settings.py").status_code == 404
