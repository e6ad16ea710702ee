"""The bytes of what was hashed or signed stay what they were, in every place that writes them."""

import hashlib
from datetime import date, datetime, timedelta, timezone

from audit import chain
from audit.models import Event
from core.canonical import canonical
from reports import documents
from voting.ballots.receipts import Receipt
from voting.polls import choices as sealing
from voting.polls import ruleset

VALUE = {"ข": [1, None, True], "b": {"z": '벤치 "x" / é\n', "a": -5}, "a": "", "10": 1, "9": 2}
TEXT = '{"10":1,"9":2,"a":"","b":{"a":-5,"z":"벤치 \\"x\\" / é\\n"},"ข":[1,null,true]}'


def test_a_value_has_one_text_with_sorted_keys_and_no_spaces_and_readable_letters():
    assert canonical(VALUE) == TEXT.encode()
    assert canonical(dict(reversed(VALUE.items()))) == TEXT.encode()


def test_reports_and_frozen_rules_are_written_so():
    assert documents.digest(VALUE) == hashlib.sha256(TEXT.encode()).hexdigest()
    assert ruleset.write(VALUE) == TEXT


def test_the_bytes_of_a_receipt_stay():
    receipt = Receipt("seoul-2030", bytes(range(16)), bytes(range(32)), "cast", date(2030, 5, 1))

    assert receipt.statement == (
        b'{"commitment":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","kind":"cast",'
        b'"log_ref":"000102030405060708090a0b0c0d0e0f","recorded_on":"2030-05-01","round":"seoul-2030",'
        b'"type":"receipt-v1"}'
    )


def test_choices_are_written_in_the_order_of_their_papers_numbers_which_is_not_that_of_their_texts():
    assert sealing.canonical({10: ["B-2"], 9: [("A-1", 3)]}) == '{"9":[["A-1",3]],"10":["B-2"]}'


def test_the_bytes_of_an_event_stay_and_one_of_a_round_says_which():
    fields = {
        "pk": 7,
        "at": datetime(2030, 5, 1, 9, 0, 0, 12, tzinfo=timezone(timedelta(hours=9))),
        "action": "rounds.branding_set",
        "authority_id": 3,
        "subject_type": "authorities.authority",
        "subject_id": "3",
        "details": {"languages": ["ko"], "accent": "#00ff00", "name": "강남구"},
    }
    line = (
        '[7,"2030-05-01T00:00:00.000012+00:00","rounds.branding_set",null,3,"authorities.authority","3",'
        '{"accent":"#00ff00","languages":["ko"],"name":"강남구"}]'
    ).encode()

    assert chain.line(Event(**fields)) == line
    assert chain.line(Event(**fields, round_id=12)) == line[:-1] + b",12]"
    assert chain.extend(chain.BEGINNING, [Event(**fields)]) == hashlib.sha256(bytes(32) + line).digest()
