from datetime import date

import pytest

from audit.models import Event
from authorities.models import Category
from authorities.services import DepartmentRecord, found_authority
from places.models import Area
from places.services import load_areas
from places.trees import AreaRecord

pytestmark = pytest.mark.django_db

SEOUL = AreaRecord("KR", "1100000000", "city", {"en": "Seoul"})
GU = AreaRecord("KR", "1168000000", "gu", {"en": "Gangnam-gu"}, parent="1100000000")


def test_an_area_lies_within_the_areas_around_it():
    seoul, gu = load_areas([SEOUL, GU], actor=None)

    assert gu.path == "KR.1100000000.1168000000."
    assert list(Area.objects.below(seoul)) == [gu]


def test_an_area_whose_parent_is_not_known_is_refused_and_nothing_is_added():
    with pytest.raises(ValueError, match="there is no area 1100000000"):
        load_areas([GU], actor=None)

    assert not Area.objects.exists()


def test_loading_areas_twice_adds_none_and_records_none():
    load_areas([SEOUL, GU], actor=None)

    load_areas([SEOUL, GU], actor=None)

    assert Area.objects.count() == 2
    assert Event.objects.filter(action="rounds.area_added").count() == 2


def test_a_dong_that_ceased_to_exist_is_not_found_on_a_later_day():
    ended = AreaRecord(
        "KR", "1168074000", "dong", {"en": "Irwon 2-dong"}, "1168000000", valid_until=date(2022, 12, 23)
    )
    areas = load_areas([SEOUL, GU, ended], actor=None)

    assert list(Area.objects.below(areas[1]).valid_on(date(2022, 12, 22))) == [areas[2]]
    assert not Area.objects.below(areas[1]).valid_on(date(2022, 12, 23)).exists()


def test_an_authority_has_its_categories_in_the_order_given_each_with_its_department():
    (seoul,) = load_areas([SEOUL], actor=None)

    authority = found_authority(
        "seoul",
        name={"en": "Seoul"},
        area=seoul,
        currency="KRW",
        time_zone="Asia/Seoul",
        language="ko",
        contact="",
        departments=[
            DepartmentRecord(
                "roads", {"en": "Roads"}, {"roads": {"en": "Roads"}, "bridges": {"en": "Bridges"}}
            ),
            DepartmentRecord("parks", {"en": "Parks"}, {"trees": {"en": "Trees"}}),
        ],
        actor=None,
    )

    assert list(Category.objects.values_list("slug", "department__slug")) == [
        ("roads", "roads"),
        ("bridges", "roads"),
        ("trees", "parks"),
    ]
    event = Event.objects.get(action="rounds.authority_founded")
    assert (event.authority, event.subject_id) == (authority, str(authority.pk))
