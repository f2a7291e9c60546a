"""ipcrypt-ndx against the vectors of draft-denis-ipcrypt-13, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontdesk.policy.networks import pack
from frontdesk.systemdata.ipcrypt import SEALED_BYTES, _encrypt, decrypt, encrypt

K1 = "0123456789abcdeffedcba98765432101032547698badcfeefcdab8967452301"
K2 = "1032547698badcfeefcdab89674523010123456789abcdeffedcba9876543210"


@pytest.mark.parametrize(
    ("key", "address", "tweak", "sealed"),
    [
        (
            K1,
            "0.0.0.0",
            "21bd1834bc088cd2b4ecbe30b70898d7",
            "21bd1834bc088cd2b4ecbe30b70898d782db0d4125fdace61db35b8339f20ee5",
        ),
        (
            K2,
            "192.0.2.1",
            "08e0c289bff23b7cb4ecbe30b70898d7",
            "08e0c289bff23b7cb4ecbe30b70898d7766a533392a69edf1ad0d3ce362ba98a",
        ),
        (
            K2,
            "::ffff:192.0.2.1",
            "08e0c289bff23b7cb4ecbe30b70898d7",
            "08e0c289bff23b7cb4ecbe30b70898d7766a533392a69edf1ad0d3ce362ba98a",
        ),
    ],
)
def test_ndx_gives_the_draft_s_vectors(key: str, address: str, tweak: str, sealed: str) -> None:
    packed = pack(address)
    assert packed is not None
    assert _encrypt(bytes.fromhex(key), packed, bytes.fromhex(tweak)).hex() == sealed
    assert decrypt(bytes.fromhex(key), bytes.fromhex(sealed)) == packed


@given(address=st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16))
def test_decrypt_undoes_encrypt_with_the_same_key_only(address: bytes) -> None:
    packed = address[12:] if address.startswith(bytes(10) + b"\xff\xff") else address
    sealed = encrypt(bytes.fromhex(K1), packed)
    assert len(sealed) == SEALED_BYTES
    assert decrypt(bytes.fromhex(K1), sealed) == packed
    assert decrypt(bytes.fromhex(K2), sealed) != packed
    assert encrypt(bytes.fromhex(K1), packed) != sealed


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_decrypt_refuses_what_is_no_encrypted_address(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        decrypt(bytes.fromhex(K1), bytes(length))
