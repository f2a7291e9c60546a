"""ipcrypt-ndx: an address encrypted so that no two results can be linked, and that the key alone can undo.

The mode `ndx` of draft-denis-ipcrypt-13: one block of AES-128-XTS under a random tweak, which goes in front of it. It
protects no integrity: with a wrong key, `decrypt` gives some other address. IPv4 is encrypted in its IPv6-mapped form.
"""

import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_BYTES = 32
"""Bytes of a key: two AES-128 keys, which must differ."""
SEALED_BYTES = 32
"""Bytes of an encrypted address: 16 of the tweak, 16 of the block."""

_TWEAK_BYTES = 16
_MAPPED = bytes(10) + b"\xff\xff"
_V4_BYTES = 4


def long_form(address: bytes) -> bytes:
    """A packed address in 16 bytes: an IPv4 address in its IPv6-mapped form."""
    return _MAPPED + address if len(address) == _V4_BYTES else address


def encrypt(key: bytes, address: bytes) -> bytes:
    """Encrypt a packed address, differently each time."""
    return _encrypt(key, address, secrets.token_bytes(_TWEAK_BYTES))


def decrypt(key: bytes, sealed: bytes) -> bytes:
    """The packed address in what `encrypt` gave. Raises `ValueError` where it can be no such thing."""
    if len(sealed) != SEALED_BYTES:
        raise ValueError(f"an encrypted address has {SEALED_BYTES} bytes, not {len(sealed)}")
    tweak, block = sealed[:_TWEAK_BYTES], sealed[_TWEAK_BYTES:]
    decryptor = _cipher(key, tweak).decryptor()
    address = decryptor.update(block) + decryptor.finalize()
    return address[12:] if address.startswith(_MAPPED) else address


def _encrypt(key: bytes, address: bytes, tweak: bytes) -> bytes:
    encryptor = _cipher(key, tweak).encryptor()
    return tweak + encryptor.update(long_form(address)) + encryptor.finalize()


def _cipher(key: bytes, tweak: bytes) -> Cipher[modes.XTS]:
    return Cipher(algorithms.AES(key), modes.XTS(tweak))
