"""The reader process with all protocols, so that it can read the headers of messages.

`python -m mqstudio.server.reader_main`.
"""

import sys

from mqstudio.model.message import Message, Properties
from mqstudio.server.plugins import find_protocols
from mqstudio.server.reading import header_finder, properties_of
from mqstudio.server.record_reader import RecordReader
from mqstudio.store.reader_process import serve


def main() -> int:
    """Serve the parent at the other ends of standard input and output."""
    protocols = find_protocols()

    def read_properties(message: Message) -> Properties:
        return properties_of(message, protocols)[0]

    return serve(read_properties, header_finder(protocols), RecordReader)


if __name__ == "__main__":
    sys.exit(main())
