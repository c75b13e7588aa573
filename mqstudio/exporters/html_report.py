"""A report as one HTML file: a table of messages with a filter, and a bar for each life.

Everything from messages is escaped text; what makes the table move is in the file itself, by a policy that
lets nothing be fetched. Browsers hold such a table to about REPORT_MESSAGES; what is beyond is counted.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

import msgspec

from mqstudio.exporters.base import Options, Record
from mqstudio.exporters.csv import PROPERTIES, time_text
from mqstudio.exporters.headers import split
from mqstudio.exporters.spans import spans_of
from mqstudio.model.export_limits import REPORT_BODY_CHARACTERS, REPORT_MESSAGES

_STYLE: Final = """
:root{--bg:#fff;--fg:#1c2128;--dim:#5b6572;--line:#d9dee5;--row:#f6f8fa;--wait:#8a96a5;--good:#1f7a45;--bad:#b42318}
@media(prefers-color-scheme:dark){:root{--bg:#15191e;--fg:#e6eaef;--dim:#9aa5b1;--line:#323a44;--row:#1b2127;
--wait:#6b7887;--good:#4cb782;--bad:#f0766c}}
*{box-sizing:border-box}
body{margin:0;padding:24px;background:var(--bg);color:var(--fg);font:14px/1.45 system-ui,sans-serif}
h1{font-size:20px;margin:0 0 4px}p{margin:0 0 16px;color:var(--dim)}
input{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:6px;
padding:7px 10px;width:100%;max-width:520px;margin-bottom:12px}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th{position:sticky;top:0;background:var(--bg);text-align:left;font-weight:600;
border-bottom:1px solid var(--line)}
th,td{padding:6px 8px;vertical-align:top;overflow-wrap:anywhere}
tbody tr{border-bottom:1px solid var(--line)}tbody tr:nth-child(even){background:var(--row)}
td.n{font-variant-numeric:tabular-nums;white-space:nowrap}
.dropped,.dead_lettered{color:var(--bad)}.done{color:var(--good)}
svg{display:block;width:100%;height:12px}.w{fill:var(--wait)}.g{fill:var(--good)}.b{fill:var(--bad)}
summary{cursor:pointer;color:var(--dim)}pre{white-space:pre-wrap;margin:6px 0;max-height:320px;overflow:auto}
code,pre{font:12px/1.45 ui-monospace,monospace}
@media print{input{display:none}th{position:static}}
"""

_SCRIPT: Final = """
const field=document.getElementById('find'),said=document.getElementById('said');
const rows=[...document.querySelectorAll('tbody tr')];
const texts=rows.map(row=>row.textContent.toLowerCase());
field.hidden=false;
field.addEventListener('input',()=>{
const words=field.value.toLowerCase().split(/\\s+/).filter(Boolean);let count=0;
rows.forEach((row,place)=>{const fits=words.every(word=>texts[place].includes(word));
row.hidden=!fits;count+=fits;});
said.textContent=words.length?count+' of '+rows.length+' messages':'';
});
"""


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_HEAD: Final = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    f'style-src {_digest(_STYLE)}; script-src {_digest(_SCRIPT)}">\n'
    '<meta name="viewport" content="width=device-width">\n<title>Messages · MQ Studio</title>\n'
    f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>Messages</h1>\n"
    '<input id="find" type="search" hidden placeholder="Show messages with these words" '
    'aria-label="Show messages with these words">\n<p id="said" role="status"></p>\n'
    '<table>\n<colgroup><col width="76"><col width="15%"><col width="110"><col width="200">'
    '<col width="14%"><col><col width="22%"></colgroup>\n<thead><tr><th scope="col">#</th>'
    '<th scope="col">Queue</th><th scope="col">State</th><th scope="col">Published</th>'
    '<th scope="col">Key</th><th scope="col">What it says</th><th scope="col">Life</th></tr></thead>\n'
    "<tbody>\n"
)

_SCALE: Final = 1_000


class Report:
    """A file of rows."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._count = 0

    def begin(self) -> bytes:
        """The head."""
        return _HEAD.encode()

    def record(self, record: Record) -> bytes:
        """A row."""
        self._count += 1
        return self._row(record).encode("utf-8", "replace") if self._count <= REPORT_MESSAGES else b""

    def end(self) -> bytes:
        """The tail, and what makes the filter work."""
        more = self._count - REPORT_MESSAGES
        says = (
            f"<p>{more:,} more messages are not shown. Export them as JSON lines.</p>\n" if more > 0 else ""
        )
        count = f"{self._count:,} message{'' if self._count == 1 else 's'}"
        return (
            f"</tbody>\n</table>\n{says}<p>{count}, written by MQ Studio.</p>\n"
            f"<script>{_SCRIPT}</script>\n</body>\n</html>\n"
        ).encode()

    def _row(self, record: Record) -> str:
        row = record.row
        state = row.state.value
        shown = f"{state.replace('_', ' ')} {row.ended_because}".strip()
        return (
            f'<tr><td class="n">{row.message_id}</td><td>{_shown(row.queue)}</td>'
            f'<td class="{state}">{_shown(shown)}</td><td class="n">{time_text(row.published_at_us)}</td>'
            f"<td>{_shown(row.routing_key)}</td><td>{self._says(record)}</td><td>{self._life(record)}</td></tr>\n"
        )

    def _says(self, record: Record) -> str:
        body = _body(record.body) if self._options.has_body else ""
        told = _properties(record) if self._options.has_properties else ""
        cut = body[:REPORT_BODY_CHARACTERS]
        more = f"\n… {len(body) - len(cut):,} more characters" if len(body) > len(cut) else ""
        inside = f"<pre>{_plain(cut + more)}</pre>" if body else ""
        inside += f"<pre>{_plain(told)}</pre>" if told else ""
        if not inside:
            return f"{record.row.size_bytes:,} bytes"
        first = " ".join(body[:200].split())[:100] or f"{record.row.size_bytes:,} bytes"
        return f"<details><summary><code>{_shown(first)}</code></summary>{inside}</details>"

    def _life(self, record: Record) -> str:
        bar = _bar(record)
        if not (self._options.has_life and record.life):
            return bar
        steps = "\n".join(
            " ".join(each for each in (time_text(step.at_us), step.what, step.queue, step.detail) if each)
            for step in record.life
        )
        count = f"{len(record.life)} steps"
        return f"{bar}<details><summary>{count}</summary><pre>{_plain(steps)}</pre></details>"


def _bar(record: Record) -> str:
    """A life to scale: waiting in grey, with a consumer in green, or red where that ended badly."""
    spans = spans_of(record)
    parts = [(wait.from_us, wait.until_us, "w", "waited") for wait in spans.waits]
    parts += [
        (hold.from_us, hold.until_us, "g" if hold.is_good else "b", f"with {hold.holder}: {hold.outcome}")
        for hold in spans.holds
    ]
    if not parts:
        return ""
    begin = min(part[0] for part in parts)
    end = max(part[0] if part[1] is None else part[1] for part in parts)
    length = max(1, end - begin)
    drawn = "".join(
        f'<rect class="{kind}" x="{_SCALE * (start - begin) / length:.1f}" y="0" height="12" '
        f'width="{max(4.0, _SCALE * ((end if stop is None else stop) - start) / length):.1f}">'
        f"<title>{_shown(says)}</title></rect>"
        for start, stop, kind, says in parts
    )
    title = f"{length:,} µs"
    look = f'viewBox="0 0 {_SCALE} 12" preserveAspectRatio="none" role="img"'
    return f'<svg {look} aria-label="{title}">{drawn}</svg>'


def _shown(text: str) -> str:
    """A name in one line, its marks of direction made visible: no text of a message turns others around."""
    return escape("".join(each if each.isprintable() else "·" for each in text))


def _plain(text: str) -> str:
    """A text in its lines, otherwise likewise."""
    return escape("".join(each if each.isprintable() or each in "\n\t" else "·" for each in text))


def _body(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return f"(base64) {b64encode(body[:REPORT_BODY_CHARACTERS]).decode()}"


def _properties(record: Record) -> str:
    told = [
        f"{name}: {value}" for name in PROPERTIES if (value := getattr(record.properties, name)) is not None
    ]
    headers, _ = split(record.properties.headers)
    if headers:
        told.append(f"headers: {msgspec.json.format(msgspec.json.encode(headers)).decode()}")
    return "\n".join(told)


class Html:
    """The format."""

    title = "HTML report"
    suffixes = (".html", ".htm")

    def write(self, options: Options) -> Report:
        """See Exporter."""
        return Report(options)


EXPORTER = Html()
