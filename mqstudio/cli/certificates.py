"""`mqstudio certificates`: what TLS needs, made on request, and how programs are told to use it."""

from pathlib import Path

import click

from mqstudio.cli.options import data_dir_option, resolve_data_dir
from mqstudio.cli.output import print_table, printable
from mqstudio.cli.running import sentences
from mqstudio.server import certificates
from mqstudio.server.certificates import Certificates

USE = """\
Clients need the authority's certificate, and trust the broker by it:
  {authority}

  Python (pika)   ssl.create_default_context(cafile=…), pika.SSLOptions(context, "localhost")
  Node.js         amqplib.connect("amqps://localhost", {{ca: [fs.readFileSync(…)]}})
  Go, Ruby, C     their option for a CA certificate file, in PEM
  Java            keytool -importcert -file … -keystore trust.p12

Nothing was added to this computer's trust store, and nothing needs to be. Start the broker with
`mqstudio serve --tls`; it listens on port 5671 and renews its own certificate."""

USE_CLIENT = """\
Made a certificate for user '{user}', good until {until}:
  {certificate}
  {key}    the key: whoever has it is this user

The broker lets in whom the certificate names, by login mechanism EXTERNAL, if there is such a user
(`mqstudio users add {user} --no-password`) with a permission (`mqstudio permissions set {user}`).

  Python (pika)   context.load_cert_chain(certificate, key);
                  credentials=pika.credentials.ExternalCredentials()"""

NONE_YET = "There are no certificates here yet. `mqstudio certificates make` makes an authority."


@click.group("certificates", short_help="Make certificates for TLS, and say how to use them.")
def command() -> None:
    """Certificates for AMQP over TLS, by an authority of this broker's own.

    \b
    Examples:
      mqstudio certificates make            make the authority, and say how to use it
      mqstudio certificates client anna     make a certificate by which user anna logs in
      mqstudio certificates show            say what there is
    """


@command.command("make")
@data_dir_option()
def make(data_dir: Path | None) -> None:
    """Make the certificate authority, unless there is one, and say how to use it."""
    kept = Certificates(resolve_data_dir(data_dir))
    with sentences():
        is_new = kept.make_authority(certificates.now())
    click.echo("Made a certificate authority." if is_new else "There is a certificate authority already.")
    click.echo(USE.format(authority=printable(str(kept.authority.certificate))))


@command.command("client")
@click.argument("user")
@data_dir_option()
def client(user: str, data_dir: Path | None) -> None:
    """Make a certificate by which USER logs in without a password."""
    kept = Certificates(resolve_data_dir(data_dir))
    with sentences():
        kept.make_authority(certificates.now())
        pair = kept.make_client(user, certificates.now())
        until = certificates.good_until(pair.certificate)
    click.echo(
        USE_CLIENT.format(
            user=printable(user),
            until=until.date().isoformat(),
            certificate=printable(str(pair.certificate)),
            key=printable(str(pair.key)),
        )
    )


@command.command("show")
@data_dir_option()
def show(data_dir: Path | None) -> None:
    """Say which certificates there are, until when they are good, and how to use them."""
    kept = Certificates(resolve_data_dir(data_dir))
    if not kept.authority.exist():
        click.echo(NONE_YET)
        return
    with sentences():
        rows = [("authority", "", kept.authority.certificate)]
        rows += [("broker", "", kept.server.certificate)] if kept.server.exist() else []
        rows += [("client", user, path) for user, path in kept.clients()]
        cells = [
            (what, user, certificates.good_until(path).date().isoformat(), path) for what, user, path in rows
        ]
    print_table(("certificate", "user", "good until", "file"), cells)
    click.echo()
    click.echo(USE.format(authority=printable(str(kept.authority.certificate))))
