from django.db.models import Q

from core.db.constraints import both_or_neither


def test_several_fields_are_all_empty_or_all_filled():
    assert both_or_neither("by", "at", "why") == Q(by=None, at=None, why=None) | Q(
        by__isnull=False, at__isnull=False, why__isnull=False
    )
