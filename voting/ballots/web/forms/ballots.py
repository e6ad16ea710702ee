"""A voter's forms: the basket, the ballot to cast, a receipt code."""

import re
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from voting.ballots import sealing as ballots_sealing
from voting.ballots.services import Envelope
from voting.polls import choices as polls_choices

# "choice-1=GN-2025-0001" or, with points, "choice-1=GN-2025-0001:3".
_CHOICE_FIELD = re.compile(r"choice-([1-9][0-9]{0,3})")
_CHOICE = re.compile(r"([^\s:]{1,30})(?::([0-9]{1,4}))?")


class BallotForm(forms.Form):
    """A whole ballot as the review page posts it, with the receipt code or what the browser made of one."""

    receipt_code = forms.CharField(required=False)
    log_ref = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)
    ballot_ref = forms.RegexField(r"\A[0-9a-f]{32}\Z", required=False)
    nonce = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)
    commitment = forms.RegexField(r"\A[0-9a-f]{64}\Z", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        made_in_browser = [cleaned.get(name) for name in ("log_ref", "ballot_ref", "nonce", "commitment")]
        cleaned["envelope"] = None
        if all(made_in_browser):
            log_ref, ballot_ref, nonce, commitment = (bytes.fromhex(str(part)) for part in made_in_browser)
            cleaned["envelope"] = Envelope(ballots_sealing.References(log_ref, ballot_ref, nonce), commitment)
        else:
            try:
                cleaned["code"] = ballots_sealing.read_code(cleaned.get("receipt_code", ""))
            except ValueError:
                raise forms.ValidationError(
                    _(
                        "The receipt code did not arrive completely. Reload the page and cast your "
                        "ballot again."
                    ),
                    code="receipt_code",
                ) from None
        assert isinstance(self.data, QueryDict)
        cleaned["choices"] = read_choices(self.data)
        return cleaned


class ReceiptForm(forms.Form):
    """A receipt code as typed; cleaned, its bytes."""

    receipt_code = forms.CharField(
        label=_("Receipt code"),
        help_text=_(
            "21 letters and digits, such as ARF8N-N6QAT-NYSK0-BHWS3-P. Dashes and upper or "
            "lower case do not matter."
        ),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
        ),
    )

    def clean_receipt_code(self) -> bytes:
        try:
            return ballots_sealing.read_code(self.cleaned_data["receipt_code"])
        except ValueError:
            raise forms.ValidationError(
                _(
                    "This is not a receipt code: a code has 21 letters and digits. Compare it with "
                    "your receipt."
                ),
                code="receipt_code",
            ) from None


def read_choices(posted: QueryDict) -> dict[int, list[polls_choices.Entry]]:
    """Return the choices of a post, paper by paper, as typed. Raises ValidationError if unreadable."""
    choices: dict[int, list[polls_choices.Entry]] = {}
    for name in posted:
        field = _CHOICE_FIELD.fullmatch(name)
        if field is None:
            continue
        entries = choices.setdefault(int(field[1]), [])
        for value in posted.getlist(name):
            choice = _CHOICE.fullmatch(value)
            if choice is None:
                raise forms.ValidationError(
                    _("A choice on this ballot could not be read. Go back to the list of projects."),
                    code="unreadable",
                )
            entries.append((choice[1], int(choice[2])) if choice[2] is not None else choice[1])
    return choices


class BasketForm(forms.Form):
    """One change to the basket."""

    paper = forms.IntegerField(min_value=1)
    add = forms.CharField(required=False, max_length=30)
    remove = forms.CharField(required=False, max_length=30)
    up = forms.CharField(required=False, max_length=30)
    action = forms.ChoiceField(
        required=False, choices=[("clear", "clear"), ("replace", "replace"), ("take", "take")]
    )
