"""Bounds of exports, redaction and files that are read: beside `limits`, which is long."""

from mqstudio.model.limits import MIB

REDACTION_RULES_MAX = 500
REDACTION_PATTERN_CHARACTERS = 2_000
REDACTION_EXAMPLES_MAX = 20
REDACTION_NAMES_MAX = 100
"""Rules of a redaction profile, how long one may be; what was found that is shown, and counted by name."""

UNZIPPED_BYTES = 16 * MIB
"""What is unzipped of a body to look for secrets in it; one that holds more is left out as a whole."""

EXPORT_SLICE_BYTES = MIB
EXPORT_SLICE_US = 10_000_000
EXPORT_BODY_BYTES = 256 * 1024
EXPORT_ALONE_BYTES = 16 * MIB
EXPORT_NAMES = 50_000
"""Bodies that are read for an export at once, and how long that may take; a body that is read with others in
one question; one that is asked for alone; queues, channels and consumers whose names are remembered."""

EXPORT_IDS_AT_ONCE = 10_000
"""Messages chosen by hand that are asked for in one question."""

REDACTION_INNOCENT_MAX = 20_000
REDACTION_INNOCENT_BYTES = 64
"""Pieces of messages that are remembered to have no secret in them, and how long one may be."""

PARQUET_GROUP_BYTES = 32 * MIB
PARQUET_GROUP_ROWS = 200_000
"""A row group of a Parquet file, which is in memory until it is written."""

REPORT_MESSAGES = 20_000
REPORT_BODY_CHARACTERS = 20_000
"""Messages in a report of HTML, which browsers hold as a whole, and what is shown of each body."""

REDACTION_FILE_BYTES = MIB
"""The largest file of a redaction profile that is read."""

TRACE_WINDOW = 50_000
TRACE_WINDOW_BYTES = 64 * MIB
"""Messages of a tracing log among which one that was received is looked for, and what they come to."""
