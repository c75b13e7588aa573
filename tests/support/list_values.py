"""What fields hold in the messages of a broker made of lists."""

from typing import TYPE_CHECKING

from mqstudio.model.filters.splitting import Sieve
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import Message, Properties, decode_properties, encode_properties
from mqstudio.model.queries import GetValues
from mqstudio.model.rows import MessageValues
from mqstudio.server.values import field_reader, value_text

if TYPE_CHECKING:
    from tests.support.list_broker import ListBroker


def values_of(broker: "ListBroker", request: GetValues) -> MessageValues:
    """Read the fields of each message, and ask the filters of it."""
    sieves = [Sieve(parse(where), broker.clock()) for where in request.wheres]
    texts, answers = [], []
    for message_id in request.ids:
        said = encode_properties(broker.properties.get(message_id, Properties()))
        message = Message(message_id, broker.bodies.get(message_id, b""), said, "", "", 0, "hub", 0)
        subject = Subject(0, lambda each: decode_properties(each.properties)).take(message)
        texts.append([value_text(field_reader(field)(subject)) for field in request.fields])
        answers.append([sieve.answers(subject) or 0 for sieve in sieves])
    return MessageValues(request.ids, texts, answers)
