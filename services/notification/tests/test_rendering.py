"""What people are told, once per language and channel."""

from datetime import timedelta

import pytest

from common.cap import Alert, alert_id
from common.events.triage import AlertReleased, Audience, FollowUp
from common.subjects import Priority
from notification.channels.push.webpush import written
from notification.ports import Text, Window
from notification.rendering import farewell, render, render_link_test
from smpp import segment_count
from testkit.builders import alert, follow_up, info
from testkit.clock import NOON

CHANNELS = ("sms", "push", "email")
INDONESIAN = info(
    language="id-ID",
    headline="Tsunami: naik ke bukit",
    instruction="Naik sekarang. Ajak tetangga.",
    description="Ombak setinggi dua meter.",
    sender_name="Jaga Pelabuhan",
)
ENGLISH = info(instruction="Walk up now. Take your neighbors.", sender_name="Harbor Office")
FIRST = alert(infos=(ENGLISH, INDONESIAN))


def released(of: Alert, kind: FollowUp) -> AlertReleased:
    return AlertReleased(
        alert_id=alert_id(of.key),
        accepted_event="0" * 32,
        reason="released",
        sentence="It goes out.",
        decided_at=NOON,
        alert=of,
        priority=Priority.IMMEDIATE,
        expires_at=NOON + timedelta(hours=2),
        chain="chain",
        follow_up=kind,
        after="before",
        audience=Audience(by_area=True),
        accepted_at=NOON,
    )


def told(channel: str = "sms", language: str = "id-ID", of: Alert = FIRST) -> Text:
    return render(of, [1 if language == "id-ID" else 0], FollowUp.FIRST, channel, language)


def goodbye(of: Alert, kind: FollowUp, earlier: Text | None = None, channel: str = "sms") -> Text:
    earlier = earlier or told(channel)
    return farewell(released(of, kind), earlier, channel, earlier.language)


def test_a_short_message_says_what_where_what_to_do_and_who() -> None:
    assert told().body.splitlines() == [
        "Tsunami: naik ke bukit",
        "Di mana: Harbor",
        "Naik sekarang. Ajak tetangga.",
        "Dari: Jaga Pelabuhan",
    ]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", ["en-US", "id-ID"])
def test_an_exercise_says_so_before_everything_else(channel: str, language: str) -> None:
    drill = alert(status="Exercise", infos=(ENGLISH, INDONESIAN))
    text = told(channel, language, drill)
    sign = "EXERCISE EXERCISE EXERCISE" if language == "en-US" else "LATIHAN LATIHAN LATIHAN"
    assert text.headline.startswith(sign)
    assert text.body.startswith(sign)
    assert not text.html or text.html.index(sign) < text.html.index("Tsunami")


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_real_bears_no_mark(channel: str) -> None:
    text = told(channel)
    assert "LATIHAN" not in text.headline + text.body + text.html


def test_a_mail_brings_plain_text_and_a_page() -> None:
    text = told("email")
    assert "YANG HARUS DILAKUKAN\nNaik sekarang." in text.body
    assert '<html lang="id">' in text.html
    assert told("sms").html == ""


def test_an_update_says_that_it_is_one() -> None:
    text = render(FIRST, [0], FollowUp.UPDATE, "sms", "en-US")
    assert text.headline.startswith("UPDATE: Tsunami")
    assert text.body.startswith("UPDATE: Tsunami")


def test_two_dangers_are_both_told() -> None:
    two = alert(infos=(ENGLISH, info(event="Fire", headline="Fire: stay away from the depot")))
    body = render(two, [0, 1], FollowUp.FIRST, "sms", "en-US").body
    assert "Tsunami" in body
    assert "Fire: stay away from the depot" in body


def test_words_in_a_language_that_we_do_not_know_stand_in_an_english_frame() -> None:
    javanese = info(language="jv", headline="Tsunami: munggah saiki", instruction="Munggah.")
    body = render(alert(infos=(javanese,)), [0], FollowUp.FIRST, "sms", "jv").body
    assert body.splitlines()[:3] == ["Tsunami: munggah saiki", "Where: Harbor", "Munggah."]


def test_a_channel_without_a_form_of_its_own_gets_a_short_text() -> None:
    assert "Naik sekarang." in told("voice").body


def test_the_same_alert_is_told_in_the_same_words_each_time() -> None:
    assert [told(each) for each in CHANNELS] == [told(each) for each in CHANNELS]


@pytest.mark.parametrize("letters", ["Walk on. ", "漢字。", '"', "🌊 "])
def test_a_push_message_has_less_than_three_thousand_bytes(letters: str) -> None:
    long = info(
        headline=letters * 900, instruction=letters * 900, web="https://sea.example/" + "a" * 900
    )
    text = render(alert(infos=(long,)), [0], FollowUp.FIRST, "push", "en-US")
    window = Window(
        "a" * 32, "b", "c" * 32, "Actual", Priority.IMMEDIATE, text, (), NOON + timedelta(hours=1)
    )
    assert len(written(window)) < 3_000


def test_a_cancel_names_what_it_takes_back_and_not_what_to_do() -> None:
    cancel = follow_up("Cancel", FIRST, infos=FIRST.infos)
    text = goodbye(cancel, FollowUp.CANCEL)
    assert text.body.splitlines() == [
        "DIBATALKAN: Tsunami: naik ke bukit",
        "Peringatan ini dibatalkan. Anda tidak perlu mengikutinya lagi.",
        "Dari: Jaga Pelabuhan",
    ]


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_cancel_without_infos_is_told_from_what_was_told(channel: str) -> None:
    text = goodbye(follow_up("Cancel", FIRST, infos=()), FollowUp.CANCEL, channel=channel)
    assert text.headline == "DIBATALKAN: Tsunami: naik ke bukit"
    assert "dibatalkan" in text.body
    assert text.language == "id-ID"


def test_a_cancelled_exercise_is_marked_once_and_first() -> None:
    drill = alert(status="Exercise", infos=(ENGLISH, INDONESIAN))
    text = goodbye(follow_up("Cancel", drill, infos=()), FollowUp.CANCEL, told(of=drill))
    assert text.headline == "LATIHAN LATIHAN LATIHAN: DIBATALKAN: Tsunami: naik ke bukit"
    assert text.body.startswith("LATIHAN LATIHAN LATIHAN\nDIBATALKAN")


def test_an_all_clear_uses_its_own_words() -> None:
    clear = info(
        language="id-ID",
        response_type=("AllClear",),
        headline="Tsunami sudah berakhir",
        instruction="Silakan pulang.",
    )
    text = goodbye(follow_up("Update", FIRST, infos=(ENGLISH, clear)), FollowUp.ALL_CLEAR)
    assert text.headline == "BAHAYA BERAKHIR: Tsunami sudah berakhir"
    assert "Silakan pulang." in text.body
    assert "Sebelumnya diberitahukan: Tsunami: naik ke bukit" in text.body
    assert "Walk up" not in text.body


def test_an_all_clear_without_words_says_that_the_danger_is_over() -> None:
    text = goodbye(follow_up("Update", FIRST, infos=()), FollowUp.ALL_CLEAR)
    assert text.headline == "BAHAYA BERAKHIR: Tsunami: naik ke bukit"


def test_whom_an_update_leaves_out_is_told_that_it_is_no_longer_for_them() -> None:
    update = follow_up("Update", FIRST, infos=(ENGLISH,))
    text = goodbye(update, FollowUp.UPDATE)
    assert text.headline == "TIDAK LAGI UNTUK TEMPAT ANDA: Tsunami: naik ke bukit"
    assert "Walk up" not in text.body


@pytest.mark.parametrize("channel", CHANNELS)
def test_an_update_without_infos_says_again_what_was_said(channel: str) -> None:
    drill = alert(status="Exercise", infos=(ENGLISH, INDONESIAN))
    update = follow_up("Update", drill, infos=())
    text = goodbye(update, FollowUp.UPDATE, told(channel, of=drill), channel)
    assert text.headline == "LATIHAN LATIHAN LATIHAN: PEMBARUAN: Tsunami: naik ke bukit"
    assert "Naik sekarang." in text.body
    assert text.body.count("Tsunami: naik ke bukit") <= 1
    assert text.body.count("LATIHAN LATIHAN LATIHAN") == 1


def test_a_goodbye_fits_the_channel_too() -> None:
    long = info(headline="Tsunami: " + "naik " * 200, instruction="Naik ke bukit. " * 200)
    earlier = render(alert(infos=(long,)), [0], FollowUp.FIRST, "sms", "en-US")
    for kind in (FollowUp.CANCEL, FollowUp.UPDATE, FollowUp.ALL_CLEAR):
        text = goodbye(follow_up("Update", FIRST, infos=()), kind, earlier)
        assert segment_count(text.body) <= 4


@pytest.mark.parametrize("channel", [*CHANNELS, "webhook"])
def test_a_link_test_says_in_every_language_what_it_is_and_that_nothing_is_to_be_done(
    channel: str,
) -> None:
    text = render_link_test(channel, "sms.indosat.immediate", NOON)
    assert text.headline == "TEST TEST TEST: Link test / Uji sambungan: sms.indosat.immediate"
    assert text.body.startswith("TEST TEST TEST\n")
    for said in (
        "This only tests whether messages by sms.indosat.immediate arrive, 2026-03-01 12:00 UTC.",
        "You need not do anything.",
        "Ini hanya menguji apakah pesan lewat sms.indosat.immediate sampai, 2026-03-01 12:00 UTC.",
        "Anda tidak perlu melakukan apa pun.",
    ):
        assert said in text.body


def test_a_link_test_is_two_short_messages_or_three_if_the_name_is_long() -> None:
    longest = f"sms.{'a' * 31}.immediate"
    assert segment_count(render_link_test("sms", "sms.indosat", NOON).body) == 2
    assert segment_count(render_link_test("sms", longest, NOON).body) <= 3
