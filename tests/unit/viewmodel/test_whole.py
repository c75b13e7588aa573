"""A message comes with all of its body, or not at all."""

import pytest
from msgspec.structs import replace

from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.viewmodel.whole import whole_message
from tests.support.list_broker import ListBroker, run_now


def a_message(broker: ListBroker, body: bytes, size: int) -> int:
    broker.add_queue("orders", 1)
    (row,) = broker.queues["orders"]
    broker.queues["orders"] = [replace(row, size_bytes=size)]
    broker.bodies[row.message_id] = body
    return row.message_id


@pytest.mark.parametrize("size", [0, 10, BODY_SHOWN_BYTES, 2 * BODY_SHOWN_BYTES + 7])
def test_a_long_body_comes_whole(broker: ListBroker, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    message_id = a_message(broker, body, size)
    assert run_now(whole_message(broker, "/", "orders", message_id)).body == body


def test_the_beginning_alone_is_refused(broker: ListBroker) -> None:
    message_id = a_message(broker, b"begins", 1_000)
    with pytest.raises(RefusedError, match="first 6 of 1,000 bytes"):
        run_now(whole_message(broker, "/", "orders", message_id))
