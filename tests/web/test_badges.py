"""A certificate's signed files, the keys and the lists, as strangers and their programs fetch them."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from flask import Flask
from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import clock
from app.models import Certificate, CertificateKind, OutboxMessage, Project, Topic
from app.queries.certificates import get_certificate
from app.services import badges
from app.services.certificates import seal
from exams.badges.baking import bake_png, extract_from_png, extract_from_svg
from exams.certificates import make_certificate_number
from tests.conftest import RoleClient
from tests.make import NOON, Make

NUMBER = make_certificate_number(year=2026, entropy=20261112)
DID = "did:web:127.0.0.1%3A8000"
FILES = ("badge.jwt", "badge.svg", "badge.png", "badge.json")
# The second implementation looks at the real clock.
FROM, UNTIL = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def certificate(make: Make) -> Certificate:
    return save(make, project=make.project(merchant=make.merchant(name="小鹿家居旗舰店")))


def save(make: Make, *, project: Project | None = None) -> Certificate:
    agent = make.agent(user=make.user(name="林晓"))
    row = Certificate(
        id=uuid.uuid4(),
        number=NUMBER,
        kind=CertificateKind.PROJECT if project else CertificateKind.BASE,
        agent_id=agent.id,
        project_id=project.id if project else None,
        percent=86,
        issued_at=FROM,
        expires_at=UNTIL,
    )
    row.digest = seal(row, None)
    return make.save(row)


def prove(app: Flask, session: Session, certificate: Certificate) -> None:
    loaded = get_certificate(session, certificate.id)
    document = badges.prove_badge(loaded, app.config["BADGES"], now=NOON)
    badges.keep_badge(session, certificate.id, document, now=NOON)
    session.commit()


def fetcher(client: RoleClient) -> Callable[[str], bytes]:
    """Return a download that asks this site, whatever the scheme: did:web knows https only."""

    def download(url: str) -> bytes:
        parts = urlsplit(url)
        assert parts.netloc == "127.0.0.1:8000"
        content: bytes = client.get(parts.path).data
        return content

    return download


class TestFiles:
    def test_a_stranger_verifies_the_token_with_nothing_but_this_site(
        self, client: RoleClient, certificate: Certificate
    ) -> None:
        token = client.get(f"/certificates/{NUMBER}/badge.jwt")

        seen = OB3Verifier.for_issuer_did(DID, download=fetcher(client)).verify(
            token.text, check_status=True, download=fetcher(client)
        )

        assert token.headers["Content-Type"] == "application/vc+jwt"
        assert "小鹿家居旗舰店" in seen.achievement.name
        assert [result.value for result in seen.results] == ["86"]

    def test_a_stranger_sees_a_revocation_at_once(
        self, client: RoleClient, make: Make, certificate: Certificate
    ) -> None:
        token = client.get(f"/certificates/{NUMBER}/badge.jwt").text
        certificate.revoked_at = clock.utc_now()
        make.save(certificate)

        with pytest.raises(OB3VerificationError, match="revocation"):
            OB3Verifier.for_issuer_did(DID, download=fetcher(client)).verify(
                token, check_status=True, download=fetcher(client)
            )
        assert "已经撤销" in client.get(f"/certificates/{NUMBER}").text

    def test_a_stranger_verifies_the_document(
        self, client: RoleClient, app: Flask, session: Session, certificate: Certificate
    ) -> None:
        prove(app, session, certificate)

        document = client.get(f"/certificates/{NUMBER}/badge.json")

        assert document.headers["Content-Type"] == "application/vc"
        verifier = OB3LdpVerifier.for_issuer_did(DID, download=fetcher(client))
        seen = verifier.verify(document.text, check_status=True, download=fetcher(client))
        assert seen.id == f"http://127.0.0.1:8000/certificates/{NUMBER}"

    def test_the_picture_carries_the_token(self, client: RoleClient, certificate: Certificate) -> None:
        picture = client.get(f"/certificates/{NUMBER}/badge.svg")

        assert picture.headers["Content-Type"].startswith("image/svg+xml")
        assert extract_from_svg(picture.data) == client.get(f"/certificates/{NUMBER}/badge.jwt").text
        assert "小鹿家居旗舰店" in picture.text

    def test_the_code_as_a_picture_carries_the_token_too(
        self, client: RoleClient, certificate: Certificate
    ) -> None:
        picture = client.get(f"/certificates/{NUMBER}/badge.png")

        assert picture.headers["Content-Type"] == "image/png"
        assert extract_from_png(picture.data) == client.get(f"/certificates/{NUMBER}/badge.jwt").text
        # A flipped bit is noticed, and nothing is baked over.
        broken = bytearray(picture.data)
        broken[60] ^= 1
        with pytest.raises(ValueError, match="damaged"):
            extract_from_png(bytes(broken))
        with pytest.raises(ValueError, match="cut off"):
            extract_from_png(picture.data[:-8])
        with pytest.raises(ValueError, match="no PNG that a badge"):
            bake_png(picture.data, "another")

    def test_no_file_names_the_holder_and_none_is_to_be_found_by_searching(
        self, client: RoleClient, app: Flask, session: Session, certificate: Certificate
    ) -> None:
        prove(app, session, certificate)

        for name in FILES:
            file = client.get(f"/certificates/{NUMBER}/{name}")
            assert file.status_code == 200
            assert "林".encode() not in file.data
            assert file.headers["X-Robots-Tag"] == "noindex, nofollow"
            assert f'filename="{NUMBER}.{name[6:]}"' in file.headers["Content-Disposition"]
        assert (
            '<meta name="robots" content="noindex, nofollow">' in client.get(f"/certificates/{NUMBER}").text
        )

    @pytest.mark.parametrize("name", FILES)
    def test_what_was_changed_is_not_handed_out(
        self,
        client: RoleClient,
        app: Flask,
        session: Session,
        make: Make,
        certificate: Certificate,
        name: str,
    ) -> None:
        prove(app, session, certificate)
        certificate.percent = 100
        make.save(certificate)

        answer = client.get(f"/certificates/{NUMBER}/{name}")

        assert answer.status_code == 409
        assert "内容对不上" in answer.text
        assert name not in client.get(f"/certificates/{NUMBER}").text

    @pytest.mark.parametrize("number", [NUMBER, "ZX-26", NUMBER.lower(), "x" * 300])
    @pytest.mark.parametrize("name", FILES)
    def test_a_number_that_was_not_issued_has_no_files(
        self, client: RoleClient, number: str, name: str
    ) -> None:
        assert client.get(f"/certificates/{number}/{name}").status_code == 404


class TestAskingForTheProof:
    def test_one_without_it_offers_to_make_it_and_promises_it_once(
        self, client: RoleClient, certificate: Certificate, session: Session
    ) -> None:
        assert client.get(f"/certificates/{NUMBER}/badge.json").status_code == 404
        assert "现在做一份" in client.get(f"/certificates/{NUMBER}").text

        for _ in range(2):
            assert client.post(f"/certificates/{NUMBER}/badge").status_code == 302

        promised = session.scalars(
            select(OutboxMessage).where(OutboxMessage.topic == Topic.PROVE_BADGE)
        ).all()
        assert [message.payload["certificate_id"] for message in promised] == [str(certificate.id)]

    def test_one_with_it_offers_the_file(
        self, client: RoleClient, app: Flask, session: Session, certificate: Certificate
    ) -> None:
        prove(app, session, certificate)

        page = client.get(f"/certificates/{NUMBER}").text

        assert f"/certificates/{NUMBER}/badge.json" in page
        assert "现在做一份" not in page


class TestWhatProvesThem:
    def test_the_issuer_names_its_keys_in_two_ways(self, client: RoleClient, app: Flask) -> None:
        document = client.get("/.well-known/did.json")
        keys = client.get("/.well-known/jwks.json").json

        assert document.json is not None
        assert keys is not None
        assert document.json["id"] == DID
        assert [method["id"] for method in document.json["verificationMethod"]] == [f"{DID}#t1"]
        assert [key["kid"] for key in keys["keys"]] == [f"{DID}#t1"]
        assert set(keys["keys"][0]) == {"kty", "crv", "x", "kid", "alg", "use"}
        assert document.headers["Access-Control-Allow-Origin"] == "*"

    @pytest.mark.parametrize("purpose", ["revocation", "suspension"])
    def test_a_list_may_be_kept_for_a_minute_and_asked_for_anew(
        self, client: RoleClient, monkeypatch: pytest.MonkeyPatch, purpose: str
    ) -> None:
        monkeypatch.setattr(clock, "utc_now", lambda: NOON)
        first = client.get(f"/badges/status/{purpose}/0")

        again = client.get(f"/badges/status/{purpose}/0", headers={"If-None-Match": first.headers["ETag"]})

        assert first.headers["Cache-Control"] == "public, max-age=60"
        assert first.headers["Access-Control-Allow-Origin"] == "*"
        assert again.status_code == 304
        assert again.data == b""

    @pytest.mark.parametrize("path", ["revocation/1", "message/0", "revocation/99999999999999999999"])
    def test_a_list_that_there_is_not(self, client: RoleClient, path: str) -> None:
        assert client.get(f"/badges/status/{path}").status_code == 404


class TestPaper:
    def test_the_holder_prints_the_full_name(self, as_agent: RoleClient, make: Make) -> None:
        agent_id = as_agent.actor.agent_id if as_agent.actor else None
        row = save(make)
        assert agent_id is not None
        row.agent_id = agent_id
        row.digest = seal(row, None)
        make.save(row)
        assert as_agent.user is not None

        page = as_agent.get(f"/agent/certificates/{row.id}/print").text

        assert as_agent.user.name in page
        assert NUMBER in page
        assert f"http://127.0.0.1:8000/certificates/{NUMBER}" in page
        assert re.search(r'role="img" aria-label="核验二维码[^"]+"><svg', page)
        assert "打印出来也不能用" not in page

    def test_one_that_is_not_valid_says_so_on_paper(self, as_agent: RoleClient, make: Make) -> None:
        agent_id = as_agent.actor.agent_id if as_agent.actor else None
        row = save(make)
        assert agent_id is not None
        row.agent_id = agent_id
        row.revoked_at = NOON
        row.digest = seal(row, None)
        make.save(row)

        assert "打印出来也不能用" in as_agent.get(f"/agent/certificates/{row.id}/print").text
