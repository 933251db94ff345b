"""Data Integrity proofs `eddsa-rdfc-2022` (W3C Recommendation of 15 May 2025).

The credential and the proof's own members are each brought into canonical RDF and hashed; the two hashes are
signed. Canonical RDF leaves out what the vocabulary does not know, so a reader who trusts the JSON must first
see that nothing was left out: `check_proof` refuses a document that does not survive the way to the
vocabulary's full names and back unchanged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pyld import jsonld

from exams.badges.base58 import decode_base58, encode_base58
from exams.badges.contexts import FILES, load_document
from exams.badges.documents import Document, write_time
from exams.badges.keys import BadgeKeys
from exams.badges.tokens import issuer_of

CRYPTOSUITE = "eddsa-rdfc-2022"
# Finds a context: its address and PyLD's options in, the document in PyLD's wrapping out.
Loader = Callable[[str, Any], dict[str, Any]]

PROOF_MEMBERS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


def add_proof(credential: Document, keys: BadgeKeys, *, now: dt.datetime) -> Document:
    """Return the credential with its proof. Takes some hundredths of a second: work for the queue."""
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": write_time(now),
        "verificationMethod": f"{issuer_of(credential)}#{keys.current_id}",
        "proofPurpose": "assertionMethod",
    }
    signature = keys.signing.sign(hash_for_proof(credential, proof))
    return {**credential, "proof": {**proof, "proofValue": "z" + encode_base58(signature)}}


def check_proof(document: Document, keys: Mapping[str, Ed25519PublicKey]) -> Document:
    """Return the credential without its proof when the proof holds. `keys` go by their full ids (did#key).

    Times and status are not looked at. Raises ValueError with what is wrong.
    """
    credential = {name: value for name, value in document.items() if name != "proof"}
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        raise ValueError("it carries no proof, or several")
    config = {name: value for name, value in proof.items() if name != "proofValue"}
    _check_config(proof)
    if str(config["verificationMethod"]).partition("#")[0] != issuer_of(credential):
        raise ValueError("it names another issuer than the one whose key signed it")
    key = keys.get(str(config["verificationMethod"]))
    if key is None:
        raise ValueError(
            f"it was signed with the key {config['verificationMethod']!r}, which the issuer does not name"
        )
    _check_form(credential)
    try:
        key.verify(decode_base58(str(proof["proofValue"])[1:]), hash_for_proof(credential, config))
    except (InvalidSignature, ValueError):
        raise ValueError("the signature does not belong to what is written here") from None
    return credential


def hash_for_proof(
    credential: Document, config: Mapping[str, Any], *, loader: Loader = load_document
) -> bytes:
    """Return what is signed: the hash of the proof's members, then that of the credential, 64 bytes."""
    with_context = {"@context": credential["@context"], **config}
    return b"".join(
        hashlib.sha256(canonical_quads(document, loader=loader).encode()).digest()
        for document in (with_context, credential)
    )


def canonical_quads(document: Document, *, loader: Loader = load_document) -> str:
    """Return the document as canonical N-Quads (RDFC-1.0, which is URDNA2015 with another name)."""
    quads: str = jsonld.normalize(
        document, {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader}
    )
    return quads


def _check_config(proof: Mapping[str, Any]) -> None:
    if set(proof) != PROOF_MEMBERS or not all(isinstance(value, str) for value in proof.values()):
        raise ValueError("its proof has other members than a proof of ours")
    wanted = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
    }
    for name, value in wanted.items():
        if proof[name] != value:
            raise ValueError(f"its proof says {proof[name]!r} where {value!r} is the only answer")


def _check_form(credential: Document) -> None:
    contexts = credential.get("@context")
    if not isinstance(contexts, list) or not all(isinstance(url, str) and url in FILES for url in contexts):
        raise ValueError("it uses a vocabulary that no badge of ours uses")
    try:
        expanded = jsonld.expand(credential, {"documentLoader": load_document})
        compacted = jsonld.compact(expanded, contexts, {"documentLoader": load_document})
    except jsonld.JsonLdError as error:
        raise ValueError(f"it is not well-formed JSON-LD ({error.type})") from None
    if _fold(compacted) != _fold(credential):
        raise ValueError("it says something that the signature does not cover")


def _fold(value: Any) -> Any:
    """Return the value with every list of one written as that one: JSON-LD makes no difference."""
    if isinstance(value, list):
        return _fold(value[0]) if len(value) == 1 else [_fold(entry) for entry in value]
    if isinstance(value, Mapping):
        return {name: _fold(entry) for name, entry in value.items()}
    return value
