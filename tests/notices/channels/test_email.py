"""Notices as mails."""

from dataclasses import replace

from django.utils import translation

from notices.channels.channel import Parcel
from notices.channels.email import compose
from notices.messages.kind import Message

MESSAGE = Message(
    title="Your proposal needs a change: A <bench>",
    happened="Your proposal was sent back.",
    rule="Not clear enough",
    reason="Say in which park\nit should stand.",
    next="Change it.",
    url="https://pb.example/drafts/7/",
    sender="Here-gu · Here Decides",
)
PARCEL = Parcel(to="one@example.org", language="en", reference="notice-7", message=MESSAGE)


def test_the_text_says_what_happened_why_what_next_where_and_who_writes():
    with translation.override("en"):
        mail = compose(PARCEL)

    assert mail.body == (
        "Your proposal was sent back.\n"
        "\n"
        "Reason: Not clear enough\n"
        "Say in which park\nit should stand.\n"
        "\n"
        "Change it.\n"
        "\n"
        "https://pb.example/drafts/7/\n"
        "\n"
        "-- \n"
        "Here-gu · Here Decides\n"
        "You receive this message because you take part in participatory budgeting.\n"
        "\n"
    )


def test_where_nothing_was_refused_no_reason_is_named():
    with translation.override("en"):
        mail = compose(replace(PARCEL, message=replace(MESSAGE, rule="", reason="")))

    html, kind = mail.alternatives[0]
    assert kind == "text/html"
    assert "Reason" not in mail.body
    assert "Reason" not in html
    assert "<blockquote>" not in html


def test_words_of_people_are_text_in_the_html():
    html, _kind = compose(PARCEL).alternatives[0]

    assert "<h1>Your proposal needs a change: A &lt;bench&gt;</h1>" in html
    assert "<p>Say in which park<br>it should stand.</p>" in html


def test_each_attempt_has_the_same_message_id_at_the_sites_own_name(settings):
    settings.SITE_URL = "https://pb.example:8443/"

    headers = [compose(PARCEL).extra_headers for _ in range(2)]

    assert headers[0] == headers[1]
    assert headers[0]["Message-ID"] == "<notice-7@pb.example>"
    assert headers[0]["Content-Language"] == "en"


def test_a_title_of_several_lines_is_one_subject():
    mail = compose(replace(PARCEL, message=replace(MESSAGE, title="A bench\r\nBcc: all@example.org")))

    assert mail.subject == "A bench Bcc: all@example.org"
