"""One message whole, for people: where it stands, what it says about itself, its body, its life."""

import click

from mqstudio.cli.output import LAYOUT, as_text, clock_time, date_time, header_value, printable
from mqstudio.model.message import Properties
from mqstudio.model.rows import MessageDetail

HEX_BYTES_PER_LINE = 16


def print_message(detail: MessageDetail) -> None:
    """Print a message."""
    row = detail.row
    _print_fields(
        [
            ("message", row.message_id),
            ("queue", row.queue),
            ("state", row.state.value.replace("_", " ")),
            ("holder", row.holder),
            ("exchange", row.exchange or "(default)"),
            ("routing key", row.routing_key),
            ("published", date_time(row.published_at_us)),
            ("publisher", row.publisher),
            ("bytes", row.size_bytes),
            *_properties(detail.properties),
            ("unreadable", detail.property_error),
        ]
    )
    click.echo("\nbody:")
    click.echo(_body(detail.body))
    if len(detail.body) < row.size_bytes:
        is_cut = detail.kept_bytes is not None and len(detail.body) >= detail.kept_bytes
        rest = "the ledger has not kept the rest" if is_cut else "--raw writes all of it"
        click.echo(f"… the first {len(detail.body)} of {row.size_bytes} bytes; {rest}.")
    click.echo("\nlife:")
    for step in detail.life:
        click.echo(
            printable(f"  {clock_time(step.at_us)}  {step.what}  {step.queue}  {step.detail}").rstrip()
        )


def _properties(properties: Properties) -> list[tuple[str, object]]:
    fields: list[tuple[str, object]] = [
        (name, value)
        for name in properties.__struct_fields__
        if name != "headers" and (value := getattr(properties, name)) is not None
    ]
    return fields + [
        (f"header {header.name}", f"{header_value(header.value)} ({header.kind})")
        for header in properties.headers or []
    ]


def _print_fields(fields: list[tuple[str, object]]) -> None:
    shown = [(printable(name), printable(str(value))) for name, value in fields if value not in ("", None)]
    width = max(len(name) for name, _ in shown)
    for name, value in shown:
        click.echo(f"{name:<{width}}  {value}")


def _body(body: bytes) -> str:
    text = as_text(body)
    return _hex(body) if text is None else printable(text, keep=LAYOUT)


def _hex(body: bytes) -> str:
    lines = range(0, len(body), HEX_BYTES_PER_LINE)
    return "\n".join(_hex_line(start, body[start : start + HEX_BYTES_PER_LINE]) for start in lines)


def _hex_line(start: int, part: bytes) -> str:
    visible = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{start:08x}  {part.hex(' '):<{HEX_BYTES_PER_LINE * 3}} {visible}"
