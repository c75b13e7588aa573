"""Digests that clients check: MD5 of a body, and of attributes in their canonical form.

Source: AWS's description of how attribute digests are made: for each name in order, lengths of 4 bytes before
name, type and value, and one byte for how the value travels.
"""

import hashlib
from collections.abc import Mapping

from mqstudio.protocols.sqs.message_attributes import Attribute


def of_body(body: bytes) -> str:
    """MD5 of a body, in hexadecimal."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def of_attributes(attributes: Mapping[str, Attribute]) -> str:
    """MD5 of message attributes, in hexadecimal; "" of none."""
    if not attributes:
        return ""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        attribute = attributes[name]
        value = attribute.value if isinstance(attribute.value, bytes) else attribute.value.encode()
        for part in (name.encode(), attribute.kind.encode()):
            digest.update(len(part).to_bytes(4) + part)
        digest.update(b"\x02" if isinstance(attribute.value, bytes) else b"\x01")
        digest.update(len(value).to_bytes(4) + value)
    return digest.hexdigest()
