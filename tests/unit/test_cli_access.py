"""`users`, `permissions` and `certificates` as people use them: real processes against a real broker."""

from pathlib import Path

import pytest

from mqstudio.server.certificates import Certificates
from tests.support.broker import RunningBroker
from tests.unit.test_cli_commands import Run, complaint, document, mqstudio, text


@pytest.fixture
def run(broker: RunningBroker) -> Run:
    """Run a command on the module's broker."""
    return lambda *arguments, **options: mqstudio(*arguments, "--data-dir", str(broker.data_dir), **options)


def test_a_user_is_added_listed_changed_and_removed(run: Run) -> None:
    output = text(run("users", "add", "anna", "--tag", "management", stdin=b"secret\n"))
    assert output.startswith("Made user 'anna'.")
    assert "mqstudio permissions set anna" in output
    assert text(run("users", "list")).splitlines() == [
        "user   tags           logs in by  virtual hosts",
        "anna   management     password",
        "guest  administrator  password    /",
    ]
    assert text(run("users", "add", "anna", "--no-password")) == "Changed user 'anna'.\n"
    anna, _guest = document(run("users", "list", "--json"))
    assert anna == {"name": "anna", "tags": [], "has_password": False}
    assert text(run("users", "remove", "anna")) == "Removed user 'anna'.\n"
    assert "There is no user 'anna'." in complaint(run("users", "remove", "anna"))


def test_a_user_needs_a_password(run: Run) -> None:
    assert "This password has 0 bytes" in complaint(run("users", "add", "anna", stdin=b""))


def test_permissions_are_set_listed_and_removed(run: Run) -> None:
    text(run("users", "add", "bert", "--no-password"))
    assert text(run("permissions", "set", "bert", "--configure", "", "--write", "^orders")) == (
        "User 'bert' may use virtual host '/' now.\n"
    )
    assert text(run("permissions", "set", "bert", "--configure", "")).startswith("Changed what user 'bert'")
    text(run("permissions", "set-topic", "bert", "amq.topic", "--read", "^r"))
    output = text(run("permissions", "list")).splitlines()
    assert output == [
        "user   virtual host  configure  write  read",
        "bert   /             (nothing)  .*     .*",
        "guest  /             .*         .*     .*",
        "",
        "user  virtual host  topic exchange  write keys  read keys",
        "bert  /             amq.topic       .*          ^r",
    ]
    facts = document(run("permissions", "list", "--json"))
    assert facts["topic_permissions"][0]["read"] == "^r"
    text(run("permissions", "remove-topic", "bert", "amq.topic"))
    assert "may not use virtual host '/' any more" in text(run("permissions", "remove", "bert"))
    facts = document(run("permissions", "list", "--json"))
    assert [each["user"] for each in facts["permissions"]] == ["guest"]
    assert facts["topic_permissions"] == []
    text(run("users", "remove", "bert"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "nobody"), "There is no user 'nobody'."),
        (("set", "guest", "--vhost", "nowhere"), "There is no virtual host 'nowhere'."),
        (("set", "guest", "--read", "(a"), "read: '(a' is no pattern we can use"),
    ],
)
def test_what_cannot_be_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    assert says in complaint(run("permissions", *arguments))


def test_certificates_are_made_without_a_broker(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert "There are no certificates here yet." in text(
        mqstudio("certificates", "show", "--data-dir", folder)
    )
    made = text(mqstudio("certificates", "make", "--data-dir", folder))
    authority = Certificates(tmp_path).authority.certificate
    assert made.startswith("Made a certificate authority.\n")
    assert str(authority) in made
    before = authority.read_bytes()
    assert text(mqstudio("certificates", "make", "--data-dir", folder)).startswith("There is a certificate")
    assert authority.read_bytes() == before
    made = text(mqstudio("--data-dir", folder, "certificates", "client", "anna"))
    assert "Made a certificate for user 'anna'" in made
    shown = text(mqstudio("certificates", "show", "--data-dir", folder))
    assert "client       anna" in shown
    assert "has 65" in complaint(mqstudio("certificates", "client", "a" * 65, "--data-dir", folder))


def test_broken_certificates_are_said(tmp_path: Path) -> None:
    kept = Certificates(tmp_path)
    text(mqstudio("certificates", "make", "--data-dir", str(tmp_path)))
    kept.authority.key.write_text("nonsense")
    complaint(mqstudio("certificates", "client", "anna", "--data-dir", str(tmp_path)))
    complaint(
        mqstudio(
            "serve",
            "--tls",
            "--port-amqp",
            "0",
            "--port-native",
            "0",
            "--port-management",
            "0",
            "--port-sqs",
            "0",
            "--port-metrics",
            "0",
            "--data-dir",
            str(tmp_path),
        )
    )
