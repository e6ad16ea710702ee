"""Retention periods for personal data. One table; the privacy notice shows it, a task enforces it."""

from datetime import timedelta

# After it was sent: it is good for minutes, and counted for a day.
PHONE_CODE = timedelta(days=7)
# After it happened: five in a day lock an account out for a day.
FAILED_ATTEMPT = timedelta(days=7)
# After it was used or went out of date.
LETTER_CODE = timedelta(days=30)
# After it was last loaded: a register that is not renewed is wrong.
REGISTER_ENTRY = timedelta(days=730)
# After a verification has ended: what identified the person; until then it keeps one person one.
IDENTITY = timedelta(days=365)
# After the answer.
APPEAL = timedelta(days=365)
# After a registration whose address was never confirmed.
UNCONFIRMED_ACCOUNT = timedelta(days=30)
# After a session was last used: addresses and browsers.
SESSION = timedelta(days=90)
# After a service desk wrote something down: where its author can be reached.
CONTACT = timedelta(days=365)
# After an official looked.
STAFF_VIEW = timedelta(days=730)
# After a browser agreed or took it back; as long as it may have to be shown.
VISITOR_CONSENT = timedelta(days=400)
# After an account agreed to a text and it was erased or took that back.
ACCOUNT_CONSENT = timedelta(days=1826)
