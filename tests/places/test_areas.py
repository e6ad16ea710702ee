"""Places: loaded whole, reorganised with a date, and their history found afterwards."""

from collections import Counter
from datetime import date

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from audit.models import Event
from authorities import services as authorities_services
from places import selectors
from places import services as places_services
from places import trees as areas
from places.exceptions import AreaNotThere
from places.models import Area, Succession
from places.trees import AreaRecord
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)


def _load(name):
    return places_services.load_tree(areas.TREES[name](), actor=None)


def test_viet_nam_has_34_provinces_and_3321_communes_none_without_its_province():
    _load("vietnam")

    today = Area.objects.filter(country="VN").valid_on(TODAY)
    assert Counter(today.values_list("kind", flat=True)) == {"province": 34, "commune": 3321}
    assert not today.filter(kind="commune").exclude(parent__in=today.filter(kind="province")).exists()
    ha_noi = today.get(code="01")
    assert ha_noi.name["vi"] == "Thành phố Hà Nội"
    assert Area.objects.below(ha_noi).count() == 126


def test_each_province_has_as_many_communes_as_its_row_says():
    _load("vietnam")

    for row in areas._rows("vn_provinces_2025-07-01.csv"):
        province = Area.objects.get(country="VN", code=row["code"], kind="province")
        assert Area.objects.below(province).count() == int(row["wards"]), row["name_en"]


def test_3321_communes_take_a_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(30):
        _load("vietnam")
    n_events = Event.objects.count()

    with django_assert_max_num_queries(10):
        _load("vietnam")

    assert n_events == 34 + 3321 + 1 + 1
    assert Event.objects.count() == n_events


def test_gangnam_is_three_tiers_and_thailand_is_three():
    _load("gangnam")
    _load("thailand")

    today = Area.objects.valid_on(TODAY)
    kinds = Counter(today.values_list("country", "kind"))
    assert kinds == {
        ("KR", "city"): 1,
        ("KR", "gu"): 1,
        ("KR", "dong"): 22,
        ("TH", "province"): 77,
        ("TH", "district"): 11,
        ("TH", "sub-district"): 92,
    }
    seoul = today.get(kind="city")
    assert Area.objects.below(seoul).valid_on(TODAY).count() == 23
    chon_buri = today.get(country="TH", kind="province", name__en="Chon Buri")
    assert Area.objects.below(chon_buri).count() == 103
    assert not today.filter(kind="sub-district").exclude(parent__kind="district").exists()


def test_the_project_holds_the_same_lists_as_the_shared_data(shared):
    for path in (shared / "data" / "areas").glob("*.csv"):
        if path.name != "korean_pb_benchmarks.csv":
            assert (areas._DATA / path.name).read_bytes() == path.read_bytes()


def test_the_demos_dongs_and_the_loaded_ones_are_the_same_rows():
    from devtools.demo import records

    loaded = _load("gangnam")

    assert places_services.load_areas(records.areas(), actor=None) == loaded


def test_ilwon_2_dong_became_gaepo_3_dong_and_its_proposals_stay_found():
    _load("gangnam")
    ilwon, gaepo = Area.objects.get(code="1168074000"), Area.objects.get(name__ko="개포3동")
    old = factories.make_proposal(area=ilwon)

    assert selectors.areas_in_place_of(ilwon, TODAY) == [gaepo]
    assert selectors.areas_in_place_of(ilwon, date(2022, 12, 22)) == [ilwon]
    assert selectors.areas_with_history(gaepo) == {gaepo.pk, ilwon.pk}
    assert old.area_id in selectors.areas_with_history(gaepo)


def test_quang_nam_went_into_da_nang_and_what_lay_in_it_is_found_there():
    _load("vietnam")
    quang_nam, da_nang = Area.objects.get(code="49"), Area.objects.get(code="48", kind="province")
    commune = factories.make_area(quang_nam, country="VN", kind="commune")

    assert selectors.areas_in_place_of(quang_nam, TODAY) == [da_nang]
    history = selectors.areas_with_history(da_nang)
    assert {quang_nam.pk, commune.pk} <= history
    assert len(history) == 1 + 94 + 2
    assert quang_nam not in Area.objects.filter(kind="province").valid_on(date(2025, 7, 1))


@pytest.fixture
def district():
    gu = factories.make_area(code="gu")
    return gu, [factories.make_area(gu, code=code) for code in ("a", "b", "c")]


def _record(code, name="New"):
    return AreaRecord("KR", code, "dong", {"en": name}, parent="gu")


def test_a_renaming_carries_what_lies_below_and_the_authority_across():
    gu = factories.make_area(code="gu")
    dong = factories.make_area(gu, code="a")
    lane = factories.make_area(dong, code="a1")
    authority = factories.make_authority(area=dong)

    (renamed,) = authorities_services.reorganise_areas(
        [dong], [_record("d")], on=date(2026, 1, 1), actor=None
    )

    lane.refresh_from_db()
    authority.refresh_from_db()
    dong.refresh_from_db()
    assert (lane.parent, lane.path) == (renamed, "KR.gu.d.a1.")
    assert authority.area == renamed
    assert (dong.valid_until, renamed.valid_from) == (date(2026, 1, 1), date(2026, 1, 1))
    assert (dong.exists_on(date(2025, 12, 31)), dong.exists_on(date(2026, 1, 1))) == (True, False)


def test_a_merger_and_a_later_split_are_followed_both_ways(district):
    gu, (a, b, c) = district

    (ab,) = authorities_services.reorganise_areas([a, b], [_record("ab")], on=date(2024, 1, 1), actor=None)
    x, y = authorities_services.reorganise_areas(
        [ab], [_record("x"), _record("y")], on=date(2026, 1, 1), actor=None
    )

    a.refresh_from_db()
    b.refresh_from_db()
    assert selectors.areas_in_place_of(a, TODAY) == [x, y]
    assert selectors.areas_in_place_of(b, date(2025, 1, 1)) == [ab]
    assert selectors.areas_with_history(x) == {x.pk, ab.pk, a.pk, b.pk}
    assert selectors.areas_in_place_of(c, TODAY) == [c]
    assert [area.code for area in Area.objects.below(gu).valid_on(TODAY)] == ["c", "x", "y"]


def test_one_dong_can_go_into_another_that_goes_on(district):
    _, (a, b, _c) = district

    authorities_services.reorganise_areas([a], [b], on=date(2026, 1, 1), actor=None)

    a.refresh_from_db()
    b.refresh_from_db()
    assert b.valid_until is None
    assert selectors.areas_in_place_of(a, TODAY) == [b]


def test_what_has_ended_cannot_end_again_and_nothing_changes(district):
    _, (a, b, _c) = district
    authorities_services.reorganise_areas([a], [_record("d")], on=date(2026, 1, 1), actor=None)
    n_events = Event.objects.count()

    with pytest.raises(AreaNotThere):
        authorities_services.reorganise_areas([a, b], [_record("e")], on=date(2026, 6, 1), actor=None)

    b.refresh_from_db()
    assert b.valid_until is None
    assert (Event.objects.count(), Area.objects.filter(code="e").exists()) == (n_events, False)


def test_the_database_refuses_a_place_that_follows_itself(district):
    _, (a, b, _c) = district

    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.create(predecessor=a, successor=a, on=TODAY)
    Succession.objects.create(predecessor=a, successor=b, on=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Succession.objects.create(predecessor=a, successor=b, on=TODAY)


def test_places_are_loaded_at_the_command_line(capsys):
    call_command("load_areas", "gangnam")

    assert capsys.readouterr().out == "25 places of gangnam\n"
