"""Refusals about who somebody is, and about how they show it."""

from django.utils.translation import gettext_lazy as _

from rounds.exceptions import Refused


class NotVerified(Refused):
    code = "not_verified"
    message = _("Confirm who you are first. Nothing you entered is lost.")


class AreaDivided(Refused):
    code = "area_divided"
    message = _(
        "The area you belonged to was divided or ended. Say where you belong now, under “My account”."
    )


class NotEntitled(Refused):
    code = "not_entitled"
    message = _("This round does not allow this for people in your group.")


class TooYoung(Refused):
    code = "too_young"
    message = _("You can do this from the age of %(from_age)s.")


class AssuranceTooLow(Refused):
    code = "assurance_too_low"
    message = _("This needs a stronger confirmation of who you are.")


class AlreadyVerified(Refused):
    code = "already_verified"
    message = _("This identity is already in use by another account.")

    # The account that has it, where that is known; never said to whoever tried.
    holder_id: int | None = None


class OtherIdentityInUse(Refused):
    code = "other_identity_in_use"
    message = _("You are known here under another identity. Ask the service desk to put this right.")


class CodeNotAccepted(Refused):
    # One answer for a wrong code, a used one, an expired one and too many attempts.
    code = "code_not_accepted"
    message = _(
        "This code is not right, or it is no longer valid. After five wrong codes wait a day, "
        "or choose another way to confirm who you are."
    )


class TooManyCodes(Refused):
    code = "too_many_codes"
    message = _("No more codes can be sent today. Wait a day, or choose another way.")


class NotAPhoneNumber(Refused):
    code = "not_a_phone_number"
    message = _("Give a phone number, with the country code if it is a foreign one.")


class NotSent(Refused):
    code = "not_sent"
    message = _("The code could not be sent. Try again later, or choose another way.")


class NotConfirmed(Refused):
    code = "not_confirmed"
    message = _("This did not confirm who you are. Try again, choose another way, or ask for help.")


class ProviderDown(Refused):
    code = "provider_down"
    message = _(
        "The service that should confirm who you are does not answer now. "
        "Choose another way below, or try again later. Nothing you did is wrong."
    )


class RouteClosed(Refused):
    code = "route_closed"
    message = _("This way to confirm who you are is not open. Choose another one.")


class NationalNumberRefused(Refused):
    code = "national_number_refused"
    message = _(
        "This looks like a national number, which the law forbids to collect. Enter another document."
    )


class NobodyKnown(Refused):
    code = "nobody_known"
    message = _("Nobody is known by this. Look at the number again, or verify the person first.")


class AppealOpen(Refused):
    code = "appeal_open"
    message = _("Your request is with the authority already. You will hear from it.")


class AppealAnswered(Refused):
    code = "appeal_answered"
    message = _("This request has been answered already.")
