"""`zuoxi certificates verify`: what it says of a file, here and far from here."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.badge_issuer import BadgeIssuer, make_badge_issuer
from app.cli.certificates import certificates_group
from app.queries.badges import find_badge
from app.queries.certificates import get_certificate
from app.services import badges
from app.services.certificates import seal
from app.settings import Settings
from exams.badges.baking import bake_svg
from exams.badges.integrity import add_proof
from exams.badges.keys import BadgeKeys, describe_issuer
from exams.badges.status import Purpose
from exams.badges.tokens import sign_token
from tests.conftest import fresh_database, settings_for
from tests.exams.badges.make import DID, FROM, PLACE, make_credential, make_keys, make_list
from tests.make import Make

KEYS = make_keys()
CREDENTIAL = make_credential()
TOKEN = sign_token(CREDENTIAL, KEYS)
PAST = dt.datetime(2020, 2, 1, tzinfo=dt.UTC)


@dataclasses.dataclass
class Desk:
    """A folder far from the site: the issuer's document, its lists, and badges."""

    folder: Path

    def put(self, name: str, content: str) -> str:
        (self.folder / name).write_text(content, encoding="utf-8")
        return str(self.folder / name)

    def verify(self, content: str, *options: str, withdrawn: Purpose | None = None) -> Result:
        issuer = self.put("did.json", json.dumps(describe_issuer(DID, KEYS.public)))
        lists = [
            option
            for purpose in Purpose
            for option in (
                "--status-list",
                self.put(purpose, make_list(KEYS, purpose, [PLACE] if purpose is withdrawn else [])),
            )
        ]
        badge = self.put("badge", content)
        return CliRunner().invoke(certificates_group, ["verify", badge, "--issuer", issuer, *lists, *options])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


class TestFarFromTheSite:
    @pytest.mark.parametrize(
        "content",
        [
            TOKEN,
            json.dumps(add_proof(CREDENTIAL, KEYS, now=FROM)),
            bake_svg(title="基础认证", subtitle="坐席", number="ZX", token=TOKEN),
        ],
        ids=["token", "document", "picture"],
    )
    def test_a_valid_one(self, desk: Desk, content: str) -> None:
        done = desk.verify(content)

        assert done.exit_code == 0, done.output
        assert "VALID - signed by did:web:zuoxi.example" in done.output
        assert "achievement: 基础认证 / Base certificate" in done.output
        assert "score: 86" in done.output

    @pytest.mark.parametrize(
        ("purpose", "verdict"), [(Purpose.REVOCATION, "REVOKED"), (Purpose.SUSPENSION, "SUSPENDED")]
    )
    def test_a_withdrawn_one(self, desk: Desk, purpose: Purpose, verdict: str) -> None:
        done = desk.verify(TOKEN, withdrawn=purpose)

        assert done.exit_code == 1
        assert f": {verdict} - " in done.output

    def test_an_expired_one(self, desk: Desk) -> None:
        done = desk.verify(sign_token(make_credential(valid_until=PAST), KEYS))

        assert done.exit_code == 1
        assert "EXPIRED - it was valid until 2020-02-01 00:00Z" in done.output

    def test_a_tampered_one_as_json(self, desk: Desk) -> None:
        document = add_proof(CREDENTIAL, KEYS, now=FROM)
        document["name"] = "Master of everything"

        done = desk.verify(json.dumps(document), "--json")

        assert done.exit_code == 1
        said = json.loads(done.stdout)
        assert (said["verdict"], said["achievement"]) == ("tampered", None)
        assert "does not belong" in said["reason"]

    def test_what_is_no_badge(self, desk: Desk) -> None:
        done = desk.verify("hello")

        assert done.exit_code == 2
        assert "neither a token nor JSON" in done.output

    def test_without_lists_its_status_cannot_be_told(self, desk: Desk) -> None:
        issuer = desk.put("did.json", json.dumps(describe_issuer(DID, KEYS.public)))

        done = CliRunner().invoke(
            certificates_group, ["verify", desk.put("badge", TOKEN), "--issuer", issuer]
        )

        assert done.exit_code == 2
        assert "UNCERTAIN - its status cannot be told" in done.output

    @pytest.mark.parametrize("content", ["", "[]", "{}", "\x00"])
    def test_a_file_that_is_no_issuers_document(self, desk: Desk, content: str) -> None:
        done = CliRunner().invoke(
            certificates_group,
            ["verify", desk.put("badge", TOKEN), "--issuer", desk.put("did.json", content)],
        )

        assert done.exit_code == 1
        assert "no issuer's document" in done.output

    def test_a_list_of_somebody_else(self, desk: Desk) -> None:
        issuer = desk.put("did.json", json.dumps(describe_issuer(DID, KEYS.public)))
        forged = desk.put("list", make_list(make_keys("b"), Purpose.REVOCATION))

        done = CliRunner().invoke(
            certificates_group,
            ["verify", desk.put("badge", TOKEN), "--issuer", issuer, "--status-list", forged],
        )

        assert done.exit_code == 1
        assert "cannot be used as a status list" in done.output

    def test_lists_alone_are_refused(self, desk: Desk) -> None:
        badge = desk.put("badge", TOKEN)

        done = CliRunner().invoke(certificates_group, ["verify", badge, "--status-list", badge])

        assert done.exit_code == 2
        assert "goes with --issuer" in done.output


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Settings of an installation whose database the command's process reads."""
    with fresh_database() as url:
        yield settings_for(url)


def run(settings: Settings, file: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "ZUOXI_ENCRYPTION_KEY": settings.encryption_key,
        "ZUOXI_BADGE_KEYS": settings.badge_keys,
    }
    program = [sys.executable, "-c", "from app.cli import main; main()", "certificates", "verify", str(file)]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)


def test_here_a_badge_is_worth_what_its_certificate_is_now(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "badge.jwt"
    issuer: BadgeIssuer = make_badge_issuer(settings)
    engine = create_engine(settings.database_url)
    with Session(engine, expire_on_commit=False) as session:
        make = Make(session)
        row = make.certificate(
            make.agent(), issued_at=FROM, expires_at=dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
        )
        row.digest = seal(row, None)
        make.save(row)
        loaded = get_certificate(session, row.id)
        file.write_text(badges.sign_badge(session, loaded, find_badge(session, row.id), issuer))
        good = run(settings, file)
        loaded.revoked_at = PAST
        session.commit()
        revoked = run(settings, file)
    strangers = tmp_path / "strangers.jwt"
    strangers.write_text(TOKEN)
    foreign = run(settings, strangers)
    engine.dispose()

    assert (good.returncode, revoked.returncode, foreign.returncode) == (0, 1, 1), good.stdout + good.stderr
    assert "VALID" in good.stdout
    assert "REVOKED - the issuer has revoked it" in revoked.stdout
    assert "TAMPERED - it was signed with the key 'did:web:zuoxi.example#a1'" in foreign.stdout


def test_a_new_key_can_be_used_as_it_is_printed() -> None:
    printed = CliRunner().invoke(certificates_group, ["new-key"]).stdout

    assert len(BadgeKeys(printed.strip()).public) == 1
