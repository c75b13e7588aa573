"""What of a turn's events becomes rows, and what is left out."""

from mqstudio.model.events import EventBatch, MessageEnqueued, MessagePublished, MessagesPagedOut
from mqstudio.model.message import Message, traits
from mqstudio.model.refs import QueueRef
from mqstudio.store.projection import Projection


def test_what_is_neither_kept_nor_recorded_leaves_no_row() -> None:
    projection = Projection()
    projection.record_one_in(8, 1, 0)
    before = projection.changes.rows
    queue = QueueRef("/", "q", 1, is_durable=True)
    batch = EventBatch()
    for number in range(1, 33):
        message = Message(number, b"x", b"", "", "q", 0, "hub", 1)
        batch.append(MessagePublished(0, message))
        batch.append(MessageEnqueued(0, message, queue))
    projection.note(batch)
    assert [row[0] for row in projection.changes.section.messages] == [8, 16, 24, 32]
    assert projection.changes.rows == before + 8


def test_persistent_messages_are_kept_whatever_is_recorded() -> None:
    projection = Projection()
    projection.record_one_in(1_024, 1, 0)
    batch = EventBatch()
    message = Message(5, b"x", b"", "", "q", 0, "hub", 1, traits=traits(is_persistent=True))
    batch.append(MessagePublished(0, message))
    batch.append(MessageEnqueued(0, message, QueueRef("/", "q", 1, is_durable=True)))
    projection.note(batch)
    assert (1, 5) in projection.changes.section.new_places


def test_what_a_paged_queue_gets_is_kept_in_the_batch_that_pages_it_out() -> None:
    projection = Projection()
    projection.record_one_in(1_024, 1, 0)
    batch, queue = EventBatch(), QueueRef("/", "q", 1)
    batch.note(MessagesPagedOut(0, queue, ()))
    batch.append(MessageEnqueued(0, Message(5, b"x", b"", "", "q", 0, "hub", 1), queue, None, True))
    projection.note(batch)
    assert (1, 5) in projection.changes.section.put_places


def test_a_queue_that_is_whole_again_needs_no_places() -> None:
    projection = Projection()
    batch, queue = EventBatch(), QueueRef("/", "q", 1)
    message = Message(5, b"x", b"", "", "q", 0, "hub", 1)
    batch.append(MessageEnqueued(0, message, queue, None, True))
    projection.note(batch)
    projection.note_whole(queue.id)
    assert projection.changes.section.deeds == [("forget_transient", (1,))]
    assert not projection.has_place(queue, message)
