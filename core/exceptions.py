"""Refusals: the rules do not allow an act. Each changes nothing and is shown where the person is looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Refused(ValidationError):
    """The rules do not allow it. Subclasses give a `code` for machines and a sentence for people.

    Named values for the sentence are keyword arguments: `OverBudget(cost="…", budget="…")`.
    """

    code: str = "refused"
    message: str | _StrPromise = _("This is not possible.")

    def __init__(self, **params: object) -> None:
        super().__init__(type(self).message, code=type(self).code, params=params)


class NotPermitted(Refused):
    code = "not_permitted"
    message = _("Your role does not allow this. Nothing was changed.")
