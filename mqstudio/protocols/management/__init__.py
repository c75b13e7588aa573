"""RabbitMQ's management HTTP API, without I/O: `HTTP_PROTOCOL` is the package's one public object.

routes                     the table: method and path → handler
answers                    requests, responses and errors, and what a handler is
shapes                     rows of the broker as the API's JSON objects
overview, queues, …        the handlers, one file a subject

A handler is a generator of requests to the broker; its value is the response.
"""

from mqstudio.protocols.management.routes import Management

HTTP_PROTOCOL = Management()
