"""Whoever has the files and the public key finds any changed byte, any missing and any added file."""

import base64
import hashlib
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from monitoring_scene import Body

from monitoring.publication import file_names, find_file
from monitoring.signing import (
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    as_pem,
    faults,
    fingerprint_of,
    new_signing_key,
    read_public_key,
    sign,
    signing_keys,
)


async def all_files(body: Body) -> dict[str, bytes]:
    release = await body.published()
    return {
        name: await find_file(body.session, 1, name, actor=body.monitor)
        for name in await file_names(body.session, release)
    }


async def test_a_release_verifies_and_any_change_is_found(body: Body) -> None:
    body.add_facts()
    files = await all_files(body)
    public = (await signing_keys(body.session))[0].public
    assert list(faults(files, public)) == []
    for name, content in files.items():
        changed = files | {name: bytes([content[0] ^ 1]) + content[1:]}
        assert list(faults(changed, public)), name
        assert list(faults(files | {name: content + b"\n"}, public)), name
        assert list(faults({each: body for each, body in files.items() if each != name}, public)), name
    assert list(faults(files | {"extra.csv": b""}, public)) == ["extra.csv was added: the manifest does not name it."]
    assert list(faults(files | {"more/cases.csv": b"1"}, public))


def signed(contents: Mapping[str, bytes]) -> tuple[dict[str, bytes], bytes]:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    listed = {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in contents.items()}
    manifest = json.dumps({"files": listed}).encode()
    signature = base64.b64encode(key.sign(manifest)) + b"\n"
    public = key.public_key().public_bytes_raw()
    return {**contents, MANIFEST: manifest, SIGNATURE: signature, PUBLIC_KEY: as_pem(public)}, public


@settings(max_examples=300)
@given(data=st.data())
def test_no_bit_can_be_turned_unseen(data: st.DataObject) -> None:
    files, public = signed({"cases.csv": b"a,b\r\n1,2\r\n", "needs.json": b'{"a": 1}'})
    assert not list(faults(files, public))
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    content = files[name]
    turned = content[:place] + bytes([content[place] ^ bit]) + content[place + 1 :]
    assert list(faults(files | {name: turned}, public))


def test_a_manifest_that_fits_its_files_but_is_signed_by_another_is_found() -> None:
    files, _public = signed({"cases.csv": b"1"})
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    found = list(faults(files, other))
    assert found[0] == f"{SIGNATURE} does not fit: {MANIFEST} was changed, or another key signed it."
    for broken in (b"", b"[]", b'{"files": 3}', b'{"files": {"a": {}}}'):
        assert list(faults(files | {MANIFEST: broken}, other))[-1] == f"{MANIFEST} cannot be read."


async def test_a_new_key_signs_from_then_on_and_the_old_one_stays(body: Body) -> None:
    _signature, old = await sign(body.session, b"one")
    made = await new_signing_key(body.session)
    _signature, new = await sign(body.session, b"two")
    assert (old == new, new) == (False, as_pem(made.public))
    assert {as_pem(key.public) for key in await signing_keys(body.session)} == {old, new}
    assert read_public_key(new) == made.public
    assert len(fingerprint_of(made.public).split()) == 8
    with pytest.raises(ValueError, match="PEM"):
        read_public_key(b"nothing")
