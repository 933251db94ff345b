"""The example of the W3C Recommendation (Data Integrity EdDSA Cryptosuites 1.0, B.1), to the last byte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exams.badges.base58 import decode_base58, encode_base58
from exams.badges.contexts import load_document
from exams.badges.integrity import canonical_quads, hash_for_proof
from exams.badges.keys import read_multikey, write_multikey

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"


def load(url: str, options: object = None) -> dict[str, Any]:
    """Know the examples' vocabulary too: all that it says is where words without a meaning belong."""
    if url == EXAMPLES:
        context = {"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": context,
        }
    return load_document(url, options)


def test_the_recommendations_example_comes_out_byte_for_byte(vectors: Path) -> None:
    def read(name: str) -> str:
        return (vectors / "eddsa-rdfc-2022" / name).read_text().strip()

    unsigned = json.loads((vectors / "unsigned.json").read_text())
    signed = json.loads(read("signedDataInt.json"))
    config = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    pair = json.loads((vectors / "keyPair.json").read_text())
    secret = Ed25519PrivateKey.from_private_bytes(decode_base58(pair["privateKeyMultibase"][1:])[2:])

    quads = canonical_quads(unsigned, loader=load)
    hashed = hash_for_proof(unsigned, config, loader=load)

    assert quads.strip() == read("canonDocDataInt.txt")
    assert hashed.hex() == read("combinedHashDataInt.txt")
    assert "z" + encode_base58(secret.sign(hashed)) == signed["proof"]["proofValue"]
    assert write_multikey(secret.public_key()) == pair["publicKeyMultibase"]
    assert read_multikey(pair["publicKeyMultibase"]) == secret.public_key()
