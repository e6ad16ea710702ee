"""Refusals about a person's identity and its verification."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NotVerified(Refused):
    code = "not_verified"
    message = _("Confirm who you are first. Nothing you entered is lost.")


class AreaDivided(Refused):
    code = "area_divided"
    message = _("Your area was divided or dissolved. Choose your area again under “My account”.")


class NotEntitled(Refused):
    code = "not_entitled"
    message = _("In this round, people in your group cannot do this.")


class TooYoung(Refused):
    code = "too_young"
    message = _("You must be at least %(from_age)s years old to do this.")


class AssuranceTooLow(Refused):
    code = "assurance_too_low"
    message = _("This requires a stronger form of identity verification.")


class AlreadyVerified(Refused):
    code = "already_verified"
    message = _("Another account already uses this identity.")

    # The account that has it, if known; never shown to the person who tried.
    holder_id: int | None = None


class OtherIdentityInUse(Refused):
    code = "other_identity_in_use"
    message = _("You are registered here with another identity. Ask the service desk to correct this.")


class CodeNotAccepted(Refused):
    # One answer for a wrong code, a used one, an expired one and too many attempts.
    code = "code_not_accepted"
    message = _(
        "This code is wrong or has expired. After five wrong codes you must wait a day "
        "or choose another way to confirm who you are."
    )


class TooManyCodes(Refused):
    code = "too_many_codes"
    message = _("No more codes can be sent today. Try again tomorrow or choose another way.")


class NotAPhoneNumber(Refused):
    code = "not_a_phone_number"
    message = _("Enter a phone number, with the country code if it is not a local one.")


class NotSent(Refused):
    code = "not_sent"
    message = _("The code could not be sent. Try again later or choose another way.")


class NotConfirmed(Refused):
    code = "not_confirmed"
    message = _("We could not confirm who you are. Try again, choose another way or ask for help.")


class ProviderDown(Refused):
    code = "provider_down"
    message = _(
        "The identity service is not responding. Choose another way below or try again "
        "later. You did nothing wrong."
    )


class RouteClosed(Refused):
    code = "route_closed"
    message = _("This way to confirm who you are is not available. Choose another one.")


class NationalNumberRefused(Refused):
    code = "national_number_refused"
    message = _(
        "This looks like a national identity number. The law does not allow us to "
        "collect it. Enter another document."
    )


class NobodyKnown(Refused):
    code = "nobody_known"
    message = _("Nobody was found. Check the number, or verify the person first.")


class AppealOpen(Refused):
    code = "appeal_open"
    message = _("The authority already has your request. You will receive an answer.")


class AppealAnswered(Refused):
    code = "appeal_answered"
    message = _("This request has already been answered.")
