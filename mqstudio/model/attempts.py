"""What peers were found to speak that came to a port of another protocol, in the words of logs and lists.

Whoever explains such an attempt compares with these, so they are said in one place.
"""

from typing import Final

SPEAKS_HTTP: Final = "the peer speaks HTTP"
SPEAKS_TLS: Final = "the peer speaks TLS"
SPEAKS_AMQP: Final = "the peer speaks AMQP"
SPEAKS_AMQP_1: Final = "the peer speaks AMQP 1.0"
SPEAKS_OTHER_AMQP: Final = "the peer speaks another version of AMQP"
SPEAKS_SOMETHING: Final = "the peer does not speak"
WITHOUT_TLS: Final = "without TLS"
HUNG_UP_AMID_TLS: Final = "the peer hung up amid the TLS handshake"
REFUSES_CERTIFICATE: Final = "the client refuses our certificate"
MISSED_HEARTBEATS: Final = "missed heartbeats from client"
NO_HANDSHAKE: Final = "no handshake within"
FRAME_TOO_LARGE: Final = "frame_too_large"
