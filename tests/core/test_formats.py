from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from core import formats, money

S = formats.NBSP


@pytest.mark.parametrize(
    ("language", "currency", "minor", "written"),
    [
        ("ko", "KRW", 3_998_700_000, "3,998,700,000원"),
        ("en", "KRW", 3_998_700_000, "₩3,998,700,000"),
        ("th", "KRW", 3_998_700_000, f"3,998,700,000{S}วอน"),
        ("vi", "KRW", 3_998_700_000, f"3.998.700.000{S}won"),
        ("th", "THB", 123_450, f"1,234.50{S}บาท"),
        ("th", "THB", 123_400, f"1,234{S}บาท"),
        ("vi", "THB", 123_450, f"1.234,50{S}baht"),
        ("vi", "VND", 1_000_000, f"1.000.000{S}đồng"),
        ("en", "VND", 1_000_000, "₫1,000,000"),
        ("ko", "VND", 1_000_000, "1,000,000동(VND)"),
        ("en", "PLN", 105, f"1.05{S}PLN"),
        ("en", "THB", -50, "−฿0.50"),
        ("ko", "KRW", 0, "0원"),
    ],
)
def test_an_amount_is_written_as_the_reader_writes_it(language, currency, minor, written):
    assert formats.amount(minor, currency, language) == written


@pytest.mark.parametrize(
    ("currency", "minor", "written"),
    [
        ("KRW", 4_000_000_000, (f"₩4{S}billion", f"40억{S}원", f"4,000{S}ล้านวอน", f"4{S}tỷ{S}won")),
        (
            "KRW",
            3_998_700_000,
            (f"₩3,998.7{S}million", f"39억{S}9,870만{S}원", f"3,998.7{S}ล้านวอน", f"3.998,7{S}triệu{S}won"),
        ),
        ("THB", 40_000_000_000, (f"฿400{S}million", f"4억{S}바트", f"400{S}ล้านบาท", f"400{S}triệu{S}baht")),
        (
            "VND",
            12_500_000_000,
            (f"₫12.5{S}billion", f"125억{S}동(VND)", f"12,500{S}ล้านดอง", f"12,5{S}tỷ{S}đồng"),
        ),
    ],
)
def test_a_sum_within_a_sentence_is_short_where_it_is_exact(currency, minor, written):
    assert (
        tuple(formats.amount_in_prose(minor, currency, each) for each in ("en", "ko", "th", "vi")) == written
    )


@pytest.mark.parametrize("minor", [3_998_712_345, 900, 0, -4_000_000_000])
@pytest.mark.parametrize("language", ["en", "ko", "th", "vi"])
def test_a_sum_without_an_exact_short_form_is_written_in_full(language, minor):
    assert formats.amount_in_prose(minor, "KRW", language) == formats.amount(minor, "KRW", language)


def test_an_unknown_currency_is_refused_rather_than_guessed():
    with pytest.raises(KeyError):
        formats.amount(1, "XXX", "en")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", f"21{S}June{S}2022"),
        ("ko", f"2022년{S}6월{S}21일"),
        ("th", f"21{S}มิ.ย.{S}2565"),
        ("vi", "21/06/2022"),
        ("en-gb", f"21{S}June{S}2022"),
    ],
)
def test_a_day_is_written_in_the_readers_calendar(language, written):
    assert formats.public_date(date(2022, 6, 21), language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", f"1{S}July{S}2025, 09:30 (Korea time)"),
        ("ko", f"2025년{S}7월{S}1일 09:30"),
        ("th", f"1{S}ก.ค.{S}2568 เวลา{S}09.30{S}น. (เวลาเกาหลี)"),
        ("vi", f"09:30 ngày{S}01/07/2025 (giờ Hàn Quốc)"),
    ],
)
def test_an_instant_is_shown_in_the_rounds_zone_with_its_name(language, written):
    assert formats.public_datetime(datetime(2025, 7, 1, 0, 30, tzinfo=UTC), "Asia/Seoul", language) == written


@pytest.mark.parametrize(
    ("zone", "language", "name"),
    [
        ("Europe/Warsaw", "en", "Poland Time"),
        ("Europe/Warsaw", "ko", "폴란드 시간"),
        ("America/Bogota", "vi", "Giờ Colombia"),
        ("UTC", "th", "UTC"),
    ],
)
def test_a_zone_without_a_word_of_ours_is_named_by_its_country(zone, language, name):
    assert formats.zone_name(zone, language) == name


def test_every_currency_of_the_standard_has_its_decimals():
    assert [money.exponent(code) for code in ("KRW", "VND", "THB", "KWD", "CLF")] == [0, 0, 2, 3, 4]


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("Asia/Seoul", "en", f"the end of Sunday{S}31{S}May{S}2026 (Korea time, UTC+9)"),
        ("Asia/Seoul", "ko", f"2026년{S}5월{S}31일(일)"),
        ("Asia/Bangkok", "th", f"31{S}พ.ค.{S}2569 (วันอาทิตย์)"),
        ("Asia/Ho_Chi_Minh", "vi", f"hết ngày{S}31/05/2026 (Chủ nhật)"),
        ("Asia/Bangkok", "ko", f"2026년{S}5월{S}31일(일)(태국 시간, UTC+7)"),
        ("Asia/Seoul", "vi", f"hết ngày{S}31/05/2026 (Chủ nhật) (giờ Hàn Quốc, UTC+9)"),
    ],
)
def test_an_end_at_local_midnight_is_the_day_before_and_names_no_zone_at_home(zone, language, written):
    midnight = datetime(2026, 6, 1, tzinfo=ZoneInfo(zone))

    assert formats.public_close(midnight, zone, language) == written


@pytest.mark.parametrize(
    ("zone", "language", "written"),
    [
        ("Asia/Seoul", "en", f"Sunday{S}31{S}May{S}2026, 18:00 (Korea time, UTC+9)"),
        ("Asia/Seoul", "ko", f"2026년{S}5월{S}31일(일) 18:00"),
        ("Asia/Bangkok", "th", f"31{S}พ.ค.{S}2569 (วันอาทิตย์) เวลา{S}18.00{S}น."),
        ("Asia/Ho_Chi_Minh", "vi", f"18:00 ngày{S}31/05/2026 (Chủ nhật)"),
    ],
)
def test_an_end_in_the_day_keeps_its_hour(zone, language, written):
    six_in_the_evening = datetime(2026, 5, 31, 18, tzinfo=ZoneInfo(zone))

    assert formats.public_close(six_in_the_evening, zone, language) == written


@pytest.mark.parametrize(
    ("zone", "offset"),
    [
        ("Asia/Bangkok", "UTC+7"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("America/St_Johns", "UTC-2:30"),
        ("UTC", "UTC"),
    ],
)
def test_an_offset_is_that_of_the_instant(zone, offset):
    assert formats.offset(datetime(2026, 7, 1, tzinfo=UTC), zone) == offset


def test_a_clock_time_that_comes_twice_has_its_offset():
    first, again = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    shown = [formats.public_datetime(when, "Europe/Warsaw", "en") for when in (first, again)]

    assert shown == [
        f"25{S}October{S}2026, 02:30 (Poland Time, UTC+2)",
        f"25{S}October{S}2026, 02:30 (Poland Time, UTC+1)",
    ]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", f"1{S}July – 31{S}July{S}2025"),
        ("ko", f"2025년{S}7월{S}1일 ~ 7월{S}31일"),
        ("th", f"1{S}ก.ค. – 31{S}ก.ค.{S}2568"),
        ("vi", "01/07/2025 – 31/07/2025"),
    ],
)
def test_a_period_says_its_year_once(language, written):
    opens, closes = datetime(2025, 6, 30, 15, tzinfo=UTC), datetime(2025, 7, 31, 15, tzinfo=UTC)

    assert formats.public_period(opens, closes, "Asia/Seoul", language) == written


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", f"1{S}July – 31{S}July{S}2025, 18:00"),
        ("ko", f"2025년{S}7월{S}1일 ~ 7월{S}31일 18:00"),
        ("th", f"1{S}ก.ค. – 31{S}ก.ค.{S}2568 เวลา{S}18.00{S}น."),
        ("vi", f"01/07/2025 – 18:00 ngày{S}31/07/2025"),
    ],
)
def test_a_period_that_ends_within_a_day_says_the_hour(language, written):
    opens, closes = (
        datetime(2025, 7, day, hour, tzinfo=ZoneInfo("Asia/Seoul")) for day, hour in ((1, 0), (31, 18))
    )

    assert formats.public_period(opens, closes, "Asia/Seoul", language) == written


def test_a_period_within_one_day_says_its_hours():
    opens, closes = (datetime(2025, 7, 1, hour, tzinfo=ZoneInfo("Asia/Seoul")) for hour in (9, 18))

    assert formats.public_period(opens, closes, "Asia/Seoul", "en") == f"1{S}July{S}2025, 09:00 – 18:00"


def test_a_period_over_new_year_says_both_years():
    opens, closes = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 1, 16, tzinfo=UTC)

    assert formats.public_period(opens, closes, "UTC", "ko") == f"2025년{S}12월{S}1일 ~ 2026년{S}1월{S}15일"


def test_a_period_of_one_day_is_that_day():
    opens, closes = datetime(2025, 6, 30, 15, tzinfo=UTC), datetime(2025, 7, 1, 15, tzinfo=UTC)

    assert formats.public_period(opens, closes, "Asia/Seoul", "vi") == "01/07/2025"


@pytest.mark.parametrize(
    ("language", "written"), [("en", "2026"), ("ko", "2026"), ("th", "2569"), ("vi", "2026")]
)
def test_a_fiscal_year_is_of_the_buddhist_era_in_thai_only(language, written):
    assert formats.fiscal_year(2026, language) == written
