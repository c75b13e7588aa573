"""Every bound in one place, with unit and source."""

MIB = 1024 * 1024

HANDSHAKE_US = 8_000_000
"""A peer has this long, in µs, from connecting to a finished handshake. RabbitMQ gives 10 s; it is looked
at four times a second, and what is said then must be out within 10 s."""

PARTIAL_FRAME_US = 8_000_000
"""A frame begun must be finished within this long after the peer's last byte, in µs."""

NATIVE_TOKEN_US = 5_000_000
"""The native protocol's token must arrive within this long, in µs."""

CLOSE_WAIT_US = 3_000_000
"""A peer told to close has this long, in µs, to say that it heard."""

CONTENTS_MAX_BYTES = 256 * MIB
"""Bodies that have not wholly arrived, of one AMQP 0-9-1 connection, over all its channels."""

FRAME_MAX_BYTES = 131_072
"""Largest AMQP 0-9-1 frame we propose, payload and 8 bytes around it (RabbitMQ's default)."""

FRAME_MIN_BYTES = 4_096
"""Smallest frame size a client may ask for, and the limit before tuning (AMQP 0-9-1 §4.2.3)."""

LOGIN_FRAMES_MAX = 32
"""Frames that a peer may send until its connection is open; three do. With the limit above, 128 KiB is
all that strangers can make us read."""

CLIENT_TEXT_CHARS = 255
"""What is kept of each thing that a client says of itself: it is kept long, and shown in a table."""

CHANNEL_MAX = 2_047
"""Most channels of one connection (RabbitMQ's default)."""

HEARTBEAT_S = 60
"""Heartbeat we propose, in seconds (RabbitMQ's default)."""

MESSAGE_MAX_BYTES = 128 * MIB
"""Largest message body (RabbitMQ 3.x's default; suites of aio-pika publish 20 MiB)."""

TABLE_DEPTH = 32
"""Deepest nesting of field tables; deeper is refused rather than recursed into."""

TABLE_FIELDS_MAX = 10_000
"""Most values in one field table, nested ones counted: RabbitMQ has no such bound, but reading the 131,000
that fit into a frame would hold up everybody for 50 ms and more, and take 15 MB."""

EXTRA_KEYS_MAX = 1_000
"""Most routing keys that a message may name beside its own (CC, BCC): each is routed by itself."""

NATIVE_FRAME_MAX_BYTES = 160 * MIB
"""Largest native frame: a whole message and what goes with it."""

NATIVE_HELLO_MAX_BYTES = 4_096
"""Largest native frame before the token is accepted."""

NATIVE_WATCHES_MAX = 64
"""Watches one native connection may run at once."""

NATIVE_CHANNELS_MAX = 64
"""Virtual hosts one native connection keeps a channel open in; the one not asked for longest makes room."""

SHORT_TEXT_BYTES = 255
"""Longest name, routing key or short property, in UTF-8 bytes (AMQP 0-9-1 §4.2.5.3, short strings)."""

OUTBOUND_ROOM_BYTES = 512 * 1024
"""Bytes dispatched to one connection beyond what its socket has taken."""

OUTBOUND_HIGH_WATER_BYTES = MIB
"""A connection's socket buffer above this counts as slow: nothing more is dispatched to it."""

TURN_ANSWERS = 256
"""Requests of one connection answered before the others have their turn (about 10 ms)."""

TURN_FRAMES = 2_048
"""Frames of one connection read, though they ask for nothing, before the others have theirs (about 5 ms)."""

TURN_PUBLISHES = 1_024
"""About so many publishes of one connection, taken in before the others have theirs (2 ms, or 20 ms by a
headers exchange with a hundred bindings; a chunk may hold 5,000)."""

MESSAGE_OVERHEAD_BYTES = 256
"""Counted per message on top of body and properties: the objects around it and its entry in a queue
(measured: about 250 B for a message without body that waits and is in the ledger)."""

WINDOW_MESSAGES = 1_000
WINDOW_BYTES = 16 * MIB
"""What of a queue stays in memory when memory is short: so many of its first messages, or so many bytes of
bodies, whichever is less; one at least. A page that is asked for is at most as large."""

HEAD_MESSAGES = 16
"""Messages of a page of a queue from which nobody takes: its first ones may expire."""

PAGE_OUT_MESSAGES = 20_000
"""Messages given up by one command: about 30 ms."""

PAGES_WANTED = 16
"""Pages asked for in one turn; the queues that wait longest come first."""

LOG_PAGES = 16
LOG_PAGE_BYTES = 4 * MIB
"""Pages of a log that readers of its past keep in memory, and bytes of bodies in each."""

LEDGER_MAX_EVENTS = 1_000_000
"""Most events the in-memory ledger keeps."""

LEDGER_MAX_BYTES = 256 * MIB
"""Most message bytes the in-memory ledger keeps from being freed."""

RESTORE_BYTES = 64 * MIB
"""What the first messages of all queues may take in memory after a restart; the rest comes when needed."""

STORE_COMMIT_ROWS = 16_384
STORE_COMMIT_BYTES = 4 * MIB
"""What one commit writes at most, about: more would make those wait that were served first."""

LEDGER_DELAY_S = 0.02
"""How long what nobody waits for may come together before it is written."""

STORE_PENDING_BYTES = 16 * MIB
"""What waits for the disk, above which publishers are not read from until half of it is written."""

LEDGER_BODY_BYTES = MIB
"""What the ledger on disk keeps of each body; the rest of a longer one goes when its message has ended."""

THINNED_MAX = 10_000
"""Changes of how much the ledger records that a reader remembers, the latest."""

LEDGER_KEEP_US = 7 * 86_400_000_000
LEDGER_KEEP_BYTES = 4 * 1024 * MIB
"""What the ledger on disk keeps unless told otherwise: a week, and so much on top of what waits."""

LEDGER_LATE_US = 60_000_000
"""What is older than it should be by this, in µs, goes between commits; until then it waits for idle time."""

LEDGER_WEIGH_US = 600_000_000
"""How often it is summed up what a full ledger must not forget."""

LIFE_KEPT_EVENTS = 10_000
"""The latest events of one message that stay when older ones are due to go."""

SPARE_BYTES = 64 * MIB
SPARE_PART = 16
SPARE_ROOM = 4
"""The file beside a profile that is given up when the disk is full: so large, but no more than one in so
many bytes of the disk, and made while there is so many times its room."""

DISK_LOW_BYTES = 1024 * MIB
DISK_BARE_BYTES = 256 * MIB
"""With less free on the disk publishers wait; with less than the second the ledger passes over what would
not survive a restart anyway."""

PAGE_BYTES = 4_096
"""A page of a profile's file."""

LEDGER_NOTABLE_BYTES = 400
"""Counted towards that for each event that is not a message's: what it says of a connection or a queue
(measured: 600 B for a client that comes and goes, in four events, up to four times that with long names)."""

LEDGER_SEGMENT_EVENTS = 4_096
"""Events per segment: the unit in which the in-memory ledger forgets and indexes."""

LEDGER_SCAN_SEGMENTS = 32
"""Segments one page may read before it answers with what it has (about 40 ms of indexing)."""

VERB_MESSAGES = 1_000
"""Messages that one verb acts on at once (about 10 ms); a larger selection is worked off in parts."""

MOVES_KEPT = 16
"""Moves of one message that can be undone, one after the other."""

CHANGE_MAX_BYTES = MIB
"""The largest body that can be changed on its way: what it was stays with the message, for undoing."""

DEFINITIONS_MAX_BYTES = 32 * MIB
"""The largest file of definitions that is read: about 100,000 queues with their bindings."""

TRIAGE_MESSAGES = 20_000
"""Dead letters that a triage holds (their rows, about 10 MB); it says how many there are beyond."""

TRIAGE_READ_BYTES = 256 * 1024
"""How much of a body a triage reads to group by a path into it."""

PATCH_CHARACTERS = 500
"""A patch that is longer is no patch but a program."""

PATCH_DEPTH = 20
"""How deep a patch's expression may be nested."""

PATCH_SIGNS = 60
"""How many sums and products a patch may have."""

FORCED_MAX = 100_000
"""Deliveries of a channel that were ended by hand and that it may still settle; the oldest are forgotten."""

BIN_MAX_MESSAGES = 200_000
BIN_MAX_BYTES = 128 * MIB
BIN_DISK_SHARE = 0.25
"""On disk bins may have any number of messages, and all together take this part of what the ledger may; the
newest one may be larger than that."""
"""What purge bins may hold in all; the oldest bins go first."""

PAGE_MAX_ROWS = 500
PAGE_SCAN_PAGES = 8
"""Ledger pages of that size one page of a queue may walk in search of rows (about 100 ms); then it
answers with what it has, and where to go on."""

LIFE_MAX_EVENTS = 1_000
"""The latest events of one message that are told of it; a message that comes back for ever has more."""

SEARCH_SLICE_IDS = 50_000
SEARCH_SLICE_US = 50_000
SEARCH_SLICE_ROWS = 200
"""What a search looks at before others have their turn: so many messages, so long, or so many found."""

SEARCH_MAX_ROWS = 10_000
"""Rows that one search may find; then it is better asked more closely."""

SEARCHES_MAX = 8
"""Searches that may run at once; they take turns."""

FILTER_CHARACTERS = 4_000
FILTER_DEPTH = 50
FILTER_PATTERNS = 8
"""Longest filter, deepest nesting in it, and most patterns in it."""

FILTER_MATCH_CHARACTERS = 16 * 1024
"""How much of a text a filter's pattern is looked for in (about 10 ms at worst)."""

FILTER_JSON_BYTES = 4 * MIB
"""Larger bodies are not read as JSON by filters (this much takes about 15 ms)."""

FILTER_PAGE_US = 80_000
"""A page by a filter looks no longer; then it answers with what it has, and where to go on."""

FILTER_TURN_US = 5_000
"""How long a filter looks at what is in memory before others have their turn."""

QUESTION_US = 2_000_000
"""A question about the ledger that takes longer is given up: the file must not be held for long."""

BIN_QUESTION_US = 30_000_000
"""A bin of millions that is to be put back is read through once: seconds, and more on a busy machine."""

QUESTIONS_MAX = 1_000
"""Questions about the ledger that may wait for their answers."""

VALUE_FIELDS = 32
VALUE_CHARACTERS = 200
"""Fields, and filters, asked of messages at once; and how much of a value is told."""

COLUMNS_MAX = 40
LAYOUTS_KEPT = 1_000
"""Columns of one table, and queues whose columns are remembered."""

COLOUR_RULES_MAX = 50
"""Rules by which rows are coloured, of all queues together."""

PREVIEW_BYTES = 160
"""Bytes of a body shown in a table row."""

ANCESTORS_MAX = 50
"""Messages that a dead letter was before, as the story of its life goes back."""

LIFECYCLE_MESSAGES = 100
"""Messages that the lifecycle of one tells of: what it was, and what it became."""

LIFECYCLE_EVENTS = 2_000
"""Events of all of them together; the latest of each count."""

CONVERSATION_MESSAGES = 200
CONVERSATION_KEYS = 40
"""Messages of one conversation, and ids that are followed from one to the next."""

LIFECYCLE_BINDINGS = 50
LIFECYCLE_EXCHANGES = 20
"""Bindings that did not match, and exchanges, that are told of one routing."""

BODY_HEAD_BYTES = 256 * 1024
"""Bytes of a body sent to the inspector at first."""

BODY_SHOWN_BYTES = 4 * MIB
"""Most bytes of a body, or of what is wrapped in it, that the inspector shows; a file can take them all."""

CHAIN_STEPS_MAX = 6
"""Wrappings inside each other that are taken off (base64 in gzip in a JSON string …)."""

CHAIN_TRIES_MAX = 12
"""Wrappings tried for one body when guessing how it is wrapped."""

CHAINS_REMEMBERED = 1_000
"""Queues of which it is remembered how somebody chose to read their bodies."""

PICTURE_PIXELS_MAX = 16_000_000
"""Pixels of a picture that are drawn; each takes four bytes."""

SAMPLE_INTERVAL_US = 250_000
"""Samples are taken four times a second."""

CALM_ROUND_TICKS = 8
"""A connection without a near deadline is looked after once in so many samples: every two seconds."""

CALM_HEARTBEAT_S = 10
"""With heartbeats at least this far apart, in seconds, that is often enough (one is due at half the time)."""

ARRIVALS_MAX = 100
"""Clients remembered as having connected lately, for samples."""

FLOW_EXCHANGES_MAX = 1_000
"""Exchanges that are remembered of one connection with what it published there; more, and it begins anew."""

FAILED_HANDSHAKES = 50
"""Of those who connected and never became clients, so many are remembered; equal ones count as one."""

BROKEN_CONNECTIONS = 50
"""Likewise of clients whose connection did not end as agreed."""

HAPPENINGS_MAX = 2_000
"""Of each kind of event that is not a message's, so many are remembered for those who ask why."""

LATENCY_LOOKS = 1_000
"""Events of one sample in which it is looked up how long something took (about 0.2 ms); of more, one in n."""

RATE_SCOPES_MAX = 2_000
RATE_STEPS_MAX = 400_000
"""Queues, clients and consumers whose rates of the last week are in memory, and steps of time of all of them
(about 100 B each); those that rest longest go first."""

RATE_ANSWER_STEPS = 20_000
"""Steps that one answer about rates has at most; a longer time is told of in longer steps."""

RATE_SCOPES_WRITTEN = 500
"""Scopes whose rates one commit takes, of those that moved the most: more would be work for nobody."""

RATE_ROWS_MAX = 2_000_000
"""Steps that a profile keeps (about 60 B each); the oldest go first."""

HISTORY_MAX_QUEUES = 1_000
"""Queues that have a rate history of their own; the least recently active go first."""

WATCH_MAX_EVENTS = 5_000
"""Events waiting for one watcher; more are counted and reported as a Gap."""

INCOMING_MIN_MS = 20
"""Nobody is told more often than this that messages come into a queue."""

MEMORY_HIGH_WATER_SHARE = 0.25
MEMORY_HIGH_WATER_BYTES = 1024 * MIB
"""Publishers are paused when message bodies in memory exceed the smaller of the two."""

CONNECTIONS_MAX = 10_000
"""Clients that may be connected at once."""

NATIVE_CONNECTIONS_MAX = 100
"""Windows and command lines that may be connected at once, besides the clients."""

FILES_RESERVED = 128
"""Open files that are not for connections: listeners, the log, what libraries need."""

EXCHANGES_MAX = 100_000
BINDINGS_MAX = 1_000_000
"""Bindings of one exchange."""
QUEUES_MAX = 100_000

VHOSTS_MAX = 1_000
POLICIES_MAX = 1_000
"""Policies of one virtual host."""

PATTERN_CHARACTERS = 256
"""Longest regular expression of a policy or permission."""

PATTERN_STEPS = 600
"""Steps of a pattern with its repeats written out: keeps the hardest below 50 ms on the longest name."""

TRANSACTION_MAX_BYTES = 128 * MIB
"""What the messages of one channel's open transaction may hold."""

USERS_MAX = 10_000
PERMISSIONS_MAX = 100_000
"""Permissions of all users, and as many topic permissions."""

PASSWORD_BYTES = 1_024
"""Longest password, in UTF-8 bytes."""

USER_TAGS_MAX = 100

HASH_MEMORY_KIB = 64 * 1024
"""Memory that checking an imported password hash may take, in KiB."""

LOGINS_REMEMBERED = 10_000
"""Logins that were right and are not worked out anew; the least recently used go first."""

LOGINS_WAITING = 400
"""Passwords waiting to be checked: what two threads do within about ten seconds (30 ms each, longer on a
busy machine). More would wait longer than clients do."""

HTTP_BODY_MAX_BYTES = 16 * MIB
"""Largest body of a request by HTTP (RabbitMQ's management takes about as much)."""

HTTP_BODIES_MAX_BYTES = 128 * MIB
"""What the bodies of all requests of one HTTP port may hold at once."""

HTTP_CONNECTIONS_MAX = 500
"""Connections of one HTTP port at once; more are hung up on."""

HTTP_HEAD_S = 10.0
"""A connection's first request line and headers must be whole within this long (RabbitMQ gives 5 s)."""

HTTP_IDLE_S = 60.0
"""After an answer the next request's head must be whole within this long (as RabbitMQ has it)."""

HTTP_BODY_S = 60.0
"""A request's body must be whole within this long (as RabbitMQ has it); programs send it at once."""

HTTP_TAKE_S = 60.0
"""An answer must be read within this long, but for what fits into buffers."""

HTTP_TURN_US = 5_000
"""A request that has taken this long, in µs, lets others go on before its next step."""

HTTP_LINGER_S = 0.5
"""How long the rest of a body that is not wanted is read, so that its sender gets to read the answer."""

HTTP_GOODBYE_S = 1.0
"""Requests that are being answered have this long when the broker stops."""

WINDOW_MESSAGES = 1_000
"""Messages that a queue which is paged out keeps in hand."""

PAGE_OUT_BYTES = 96 * MIB
"""What messages may take in memory before queues are paged out to the disk, where there is one."""

CATALOGUE_MAX_BYTES = 4 * MIB
"""A file of words of a language; the window has fewer than 10,000 texts."""

TEMPLATE_HOLES_MAX = 1_000
"""Holes of one template."""

TEMPLATE_TEXT_MAX = 100_000
"""Characters that one hole is filled with, where it says how many."""

TEMPLATE_PICKS_MAX = 1_000
"""Words that one hole chooses among."""

FAKE_SIZE_MAX = 10_000
"""What a made-up value may be asked for: words, characters, digits."""

SEND_COUNT_MAX = 100_000_000
"""Messages of one sending."""

SEND_RATE_MAX = 1_000_000
"""Messages per second that may be asked for; a broker takes what it can."""

SEND_BATCH_MAX = 64
SEND_BATCH_BYTES = 256 * 1024
"""Messages of a sending that go to the broker in one piece: so many, or so many bytes; one at least."""

SEND_OPEN_MAX = 256
SEND_OPEN_BYTES = 16 * MIB
"""Messages of a sending that wait for the broker's answer: so many, or so many bytes; one at least."""

SEND_BEHIND_S = 1.0
"""What a sending makes up for when it could not keep its rate; what is more is given up."""

SEND_KEYS_MAX = 1_000
"""Routing keys that a sending takes in turn."""

SENDINGS_MAX = 20
"""Sendings that run or wait for their time, at once, in one window."""

COMPOSED_BYTES = MIB
"""What can be typed as a body; what is larger comes from a file."""

SENT_MAX = 500
SENT_BODY_BYTES = 64 * 1024
SENT_FILE_BYTES = 16 * MIB
"""What was sent from the window: so many are remembered; of a longer body only that there was one; and the
file they are in is no larger."""

LIBRARY_MAX = 500
LIBRARY_FILE_BYTES = 32 * MIB
"""Messages saved in the library, and the largest file of them that is read."""

IMPORT_RECORD_BYTES = 512 * MIB
"""One record of a file that is read: more than the largest message takes in any format."""
