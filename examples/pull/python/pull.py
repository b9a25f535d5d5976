"""Keeps a province's report, or a verified copy of its figures, as docs/pull.md describes it.

    python pull.py report 2026-10 FOLDER   the signed report of a period (level 1)
    python pull.py copy FOLDER             every change, row and cell, each proved (level 2)
    python pull.py check FILE              tries this program on docs/vectors/pull.json

BASE is the server's address and TOKEN an API key, in the environment. Needs Python 3.9 and `pip install cryptography`.
Exit code: 0 done, 1 refused: what does not fit is not stored.
"""

import base64
import hashlib
import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

# The algorithms that are taken, and no others, by kind and curve of the key; and the members of such a key.
ALGORITHMS = {("OKP", "Ed25519"): ("EdDSA", ("crv", "kty", "x")), ("EC", "P-256"): ("ES256", ("crv", "kty", "x", "y"))}


class Refused(Exception):
    """Something that must not be stored."""


def main(words):
    commands = {("report", 3): report, ("copy", 2): copy, ("check", 2): check}
    command = commands.get((words[0] if words else "", len(words)))
    if command is None:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        command(*words[1:])
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    return 0


# Level 1: the signed report


def report(period, folder):
    folder = made(folder)
    body, tag, proof = (folder / f"report-{period}.{end}" for end in ("json", "etag", "jws"))
    known = {"If-None-Match": tag.read_text("ascii")} if body.exists() and tag.exists() else {}
    status, headers, text = get(f"/api/v1/provincial-report?period={period}", known)
    if status == 304:
        print(f"{period}: unchanged")
        return
    signature = headers["JWS-Signature"] or ""
    # The signature covers the body as it came, byte for byte.
    verify(trusted_keys(folder), signature.replace("..", f".{base64url(text)}.", 1))
    replace(proof, signature.encode("ascii"))
    replace(body, text)
    # Last, so that a break before it only means to be told the report once more.
    replace(tag, headers["ETag"].encode("ascii"))
    print(f"{period}: as of change {json.loads(text)['seq']}")


# Level 2: a verified copy


def copy(folder):
    folder = made(folder)
    path = folder / "copy.json"
    state = json.loads(path.read_text("utf-8")) if path.exists() else {"seq": 0, "hash": "0" * 64, "rows": {}, "cells": {}}
    keys = trusted_keys(folder)
    began = state["seq"]
    while True:
        _, _, text = get(f"/api/v1/changes?after={state['seq']}&limit=1000")
        page = json.loads(text)
        if not page["items"]:
            break
        follow(state, page)
        _, _, text = get(f"/api/v1/audit/checkpoints?seq={state['seq']}")
        checkpoint = json.loads(text)
        require_signed(keys, checkpoint, state)
        state["checkpoint"] = checkpoint["jws"]
        # Rows, cells and position together: a break leaves the file of before. A database does it in one transaction.
        replace(path, json.dumps(state, ensure_ascii=False).encode("utf-8"))
        if page["last"] == page["head"]:
            break
    print(f"from {began} to {state['seq']}: {len(state['rows'])} rows, {len(state['cells'])} cells")


def follow(state, page):
    """Applies a page to a state, or raises `Refused`."""
    if page["after"] != state["seq"] or page["previous_hash"] != state["hash"]:
        raise Refused("the server's log is another one than this copy's: ask its operators")
    lines = []
    for change in page["items"]:
        if change["seq"] != state["seq"] + 1:
            raise Refused(f"position {change['seq']} follows {state['seq']}")
        if change["sight"] == "whole" and sha256(hashed_text(change, state["hash"])) != change["hash"]:
            raise Refused(f"change {change['seq']} does not have the hash it says")
        lines.append(f"{change['seq']} {change['hash']}\n")
        if change["sight"] != "hidden":
            row = f"{change['resource']}/{change['id']}"
            if change.get("after") is None:
                state["rows"].pop(row, None)
            else:
                state["rows"][row] = json.loads(change["after"])
        for cell in change["cells"]:
            place = " ".join(str(cell[name]) for name in ("indicator", "agency", "calendar", "month"))
            value = [cell[name] for name in ("numerator", "denominator", "reports")]
            lines.append(" ".join([place, *map(str, value)]) + "\n")
            if any(value):
                state["cells"][place] = value
            else:
                state["cells"].pop(place, None)
        state["seq"], state["hash"] = change["seq"], change["hash"]
    if sha256("".join(lines)) != page["digest"]:
        raise Refused("the page does not have the digest it says")


def hashed_text(change, previous):
    """The text whose SHA-256 is a change's hash. Arrays are written as RFC 8785 says: no blanks, no escapes but those
    that JSON needs, accents and emoji as they are."""
    says = [previous, change["seq"], change["at_micros"], change["actor"]["kind"], change["actor"]["id"]]
    says += [change["resource"], change["id"], change["operation"]]
    says += [change.get(name) for name in ("before", "after", "reason")]
    if change["form"] == 2:
        says = [2, change["nonce"], says]
    elif change["form"] != 1:
        raise Refused(f"change {change['seq']} has a form that this program does not know: upgrade it")
    return json.dumps(says, ensure_ascii=False, separators=(",", ":"))


def require_signed(keys, checkpoint, state):
    said = json.loads(verify(keys, checkpoint["jws"]))
    if (said["seq"], said["hash"]) != (state["seq"], state["hash"]):
        raise Refused(f"the server signs another log than it sent, at {said['seq']}")


# Signatures


def trusted_keys(folder):
    """The keys seen first, from then on: compare their names with what the operators tell you by another way."""
    path = folder / "keys.json"
    if not path.exists():
        _, _, text = get("/.well-known/jwks.json")
        keys = usable(json.loads(text))
        replace(path, text)
        print("trusted from now on: " + ", ".join(keys), file=sys.stderr)
    return usable(json.loads(path.read_text("utf-8")))


def usable(published):
    """The keys of a set (RFC 7517) that this program can check with, by name: the algorithm and the key."""
    keys = {}
    for key in published["keys"]:
        algorithm, members = ALGORITHMS.get((key.get("kty"), key.get("crv")), (None, ()))
        if algorithm is None or key.get("alg", algorithm) != algorithm:
            continue
        # A key's name is its thumbprint (RFC 7638), so whoever has compared names has compared keys.
        text = json.dumps({name: key[name] for name in members}, separators=(",", ":"))
        if key["kid"] != base64url(hashlib.sha256(text.encode("utf-8")).digest()):
            raise Refused(f"the key {key['kid']} is not named by its thumbprint")
        keys[key["kid"]] = (algorithm, key)
    return keys


def verify(keys, jws):
    """The payload of a JWS in the compact form (RFC 7515), if one of the keys has signed it."""
    header, payload, signature = (jws.split(".") + ["", ""])[:3]
    said = json.loads(unbase64url(header) or b"{}")
    algorithm, key = keys.get(said.get("kid"), (None, None))
    # The key says by which algorithm: a header that asks for another, or for `none`, is forged.
    if key is None or said.get("alg") != algorithm:
        raise Refused(f"signed with the key {said.get('kid')} by {said.get('alg')}: ask the operators")
    try:
        require_signature(algorithm, key, f"{header}.{payload}".encode("ascii"), unbase64url(signature))
    except InvalidSignature:
        raise Refused(f"not signed by the key {said['kid']}") from None
    return unbase64url(payload)


def require_signature(algorithm, key, text, signature):
    if algorithm == "EdDSA":
        Ed25519PublicKey.from_public_bytes(unbase64url(key["x"])).verify(signature, text)
        return
    # Both numbers one after the other (RFC 7518, section 3.4), where the library wants them in DER.
    if len(signature) != 64:
        raise InvalidSignature
    numbers = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    point = b"\x04" + unbase64url(key["x"]) + unbase64url(key["y"])
    public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    public.verify(encode_dss_signature(*numbers), text, ECDSA(SHA256()))


# The rest


def check(path):
    """Tries this program on the published vectors."""
    vectors = json.loads(Path(path).read_text("utf-8"))
    keys = usable(vectors["keys"])
    state = {"seq": 0, "hash": "0" * 64, "rows": {}, "cells": {}}
    follow(state, vectors["page"])
    body = base64url(vectors["report"]["body"].encode("utf-8"))
    for checkpoint, signature in (("checkpoint", "signature"), ("checkpoint_es256", "signature_es256")):
        require_signed(keys, vectors[checkpoint], state)
        verify(keys, vectors["report"][signature].replace("..", f".{body}.", 1))
    for forged in vectors["refused"]:
        try:
            verify(usable(forged.get("keys", vectors["keys"])), forged["jws"])
        except Refused:
            continue
        raise Refused(f"this program takes what it must not: {forged['why']}")
    print(f"the vectors fit: {len(state['rows'])} rows, {len(state['cells'])} cells")


def get(address, headers=None):
    """Status, headers and body of an answer: 200 or 304."""
    request = urllib.request.Request(os.environ["BASE"] + address, headers=headers or {})
    request.add_header("Authorization", f"Bearer {os.environ['TOKEN']}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304:
                return 304, error.headers, b""
            raise Refused(f"{address}: {error.code} {error.read().decode('utf-8', 'replace')}") from None


def made(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def replace(path, content):
    """Writes a file whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    os.replace(new, path)


def sha256(text):
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
