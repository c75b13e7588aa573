"""What of a recording goes, to where, and changed how."""

import pytest
from msgspec.structs import replace

from mqstudio.client.replay_shaping import Chooser, Shaper, UnfitError, origin
from mqstudio.client.replay_values import MARK, Target, TargetKind, Wishes
from mqstudio.model.message import Death, Header, Moved, Past, Properties, plain_headers
from mqstudio.model.patching.tree import PatchError
from tests.support.replaying import a_record, shaper_of

DIED = Past(1, (Death("orders", "rejected", "shop", ("eu.new",), 1, 5),), ("rejected", "orders", "shop"))
BY_MODE = {
    TargetKind.ORIGINAL: ("/", "shop", "eu.new"),
    TargetKind.QUEUES: ("/", "", "orders"),
    TargetKind.QUEUE: ("/", "", "other"),
    TargetKind.EXCHANGE: ("/", "other", "eu.new"),
}


@pytest.mark.parametrize(("kind", "address"), BY_MODE.items())
def test_where_it_goes(kind: TargetKind, address: tuple[str, str, str]) -> None:
    wishes = Wishes(Target(kind, "other"))
    assert shaper_of(wishes).address(a_record(1)) == address
    elsewhere = Wishes(Target(kind, "other", "staging"))
    assert shaper_of(elsewhere).address(a_record(1)) == ("staging", *address[1:])


def test_the_key_is_written_anew_with_the_old_one_in_it() -> None:
    assert shaper_of(Wishes(key="copy.{key}")).address(a_record(1))[2] == "copy.eu.new"
    assert shaper_of(Wishes(key="all")).address(a_record(1))[2] == "all"


def test_a_dead_letter_goes_where_its_publisher_sent_it() -> None:
    dead = a_record(2, key="dead", queue="dlq", exchange="dlx", past=DIED)
    assert origin(dead) == ("shop", "eu.new")
    moved = Past(2, moved=Moved("move", "dlq", ("x",), "dlx", "dead", 5, before=DIED))
    assert origin(replace(dead, past=moved)) == ("shop", "eu.new")
    plain = Past(2, moved=Moved("copy", "orders", ("x",), "shop", "eu.old", 5))
    assert origin(replace(dead, past=plain)) == ("shop", "eu.old")


def test_a_message_goes_once_and_what_came_of_it_does_not() -> None:
    records = [
        a_record(1), a_record(1, queue="audit"), a_record(2, queue="dlq", past=DIED),
        a_record(3, queue="dlq2", past=replace(DIED, parent_id=2)),
        a_record(4, queue="dlq", past=replace(DIED, parent_id=99)),
    ]  # fmt: skip
    for kind, ids in ((TargetKind.ORIGINAL, [1, 4]), (TargetKind.QUEUES, [1, 1, 2, 3, 4])):
        chooser = Chooser(Target(kind))
        assert [each.row.message_id for each in records if chooser.wants(each)] == ids


def test_bodies_and_headers_are_changed_and_ids_are_new() -> None:
    wishes = Wishes(
        patch="$.total = $.total * 2; header.tenant = 'test'; remove header.secret", has_new_ids=True
    )
    said = Properties(message_id="old", headers=[Header("secret", "string", "s")])
    parcel = shaper_of(wishes).parcel(a_record(7, properties=said))
    assert parcel.body == b'{"total": 10}'
    assert parcel.properties.message_id == "new-1"
    assert plain_headers(parcel.properties.headers) == {"tenant": "test", MARK: "run #7"}


def test_without_wishes_only_the_mark_is_new_and_without_it_nothing() -> None:
    said = Properties(message_id="old", headers=[Header(MARK, "string", "before #3")])
    parcel = shaper_of(Wishes()).parcel(a_record(7, properties=said))
    assert parcel.properties == replace(said, headers=[Header(MARK, "string", "run #7")])
    assert shaper_of(Wishes(is_marked=False)).parcel(a_record(7, properties=said)).properties == said


def test_what_this_replay_has_sent_is_known() -> None:
    shaper = shaper_of(Wishes())
    sent = a_record(8, properties=shaper.parcel(a_record(7)).properties)
    assert shaper.is_own(sent)
    assert not shaper.is_own(a_record(7))
    assert not Shaper(Wishes(), "another", str).is_own(sent)


def test_what_cannot_be_made_says_why() -> None:
    with pytest.raises(UnfitError, match="has 12 of the 99 bytes"):
        shaper_of(Wishes()).parcel(a_record(1, size_bytes=99))
    with pytest.raises(UnfitError, match=r"does not fit it: The body is no JSON"):
        shaper_of(Wishes(patch="$.total = 1")).parcel(a_record(1, body=b"hello"))
    with pytest.raises(UnfitError, match="in no queue"):
        shaper_of(Wishes(Target(TargetKind.QUEUES))).parcel(a_record(1, queue=""))
    with pytest.raises(PatchError):
        shaper_of(Wishes(patch="$.total ="))
