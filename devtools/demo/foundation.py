"""The authority of the demo: its places, departments and categories."""

from authorities.models import Authority
from authorities.services import found_authority
from devtools.demo import records
from places.models import Area
from places.services import load_areas

SLUG = "gangnam"
NAME = {"ko": "강남구", "en": "Gangnam-gu", "th": "เขตคังนัม", "vi": "Quận Gangnam"}


def authority() -> Authority:
    """Return the demo's authority, founded now if it was not yet."""
    load_areas(records.areas(), actor=None)
    known = Authority.objects.filter(slug=SLUG).first()
    if known is not None:
        return known
    return found_authority(
        SLUG,
        name=NAME,
        area=Area.objects.get(country="KR", code=records.GU),
        currency="KRW",
        time_zone="Asia/Seoul",
        language="ko",
        contact="budget@demo.example",
        departments=records.departments(),
        actor=None,
    )
