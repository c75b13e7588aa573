"""Ledger files: what this program keeps on disk, so that it opens them again. They are made by who knows how.

A file of them is no stream of bytes: what is written here is MessagePack, for the process that makes it.
"""

from mqstudio.exporters.base import Options
from mqstudio.exporters.messagepack import Maps


class Ledger:
    """The format."""

    title = "MQ Studio ledger"
    suffixes = (".mqs",)

    def write(self, options: Options) -> Maps:
        """See Exporter."""
        return Maps(options)


EXPORTER = Ledger()
