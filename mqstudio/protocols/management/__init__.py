"""RabbitMQ's management HTTP API, without I/O: `HTTP_PROTOCOL` is the package's one public object.

routes                     the table: method and path → handler
answers                    requests, responses and errors, and what a handler is
shapes                     rows of the broker as the API's JSON objects
overview, queues, …        the handlers, one file a subject

A handler is a generator of requests to the broker; its value is the response.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mqstudio.protocols.http import HttpProtocol

    HTTP_PROTOCOL: HttpProtocol


def __getattr__(name: str) -> Any:  # Any: as attributes are
    """Make the protocol when somebody first asks for it: most brokers never need it, and start sooner."""
    if name != "HTTP_PROTOCOL":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mqstudio.protocols.management.routes import Management  # noqa: PLC0415  # see above

    globals()[name] = made = Management()
    return made
