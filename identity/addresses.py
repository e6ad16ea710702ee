"""The account library's table of e-mail addresses, with its column sealed.

The library has no setting for a model of one's own, so its one column is given another field when the
apps are ready; a migration of ours does the same to the table. What the library asks of
the column are equality, `in` and uniqueness, which the sealed field answers.
"""

from allauth.account.models import EmailAddress

from identity.fields import SealedEmailField

PURPOSE = "e-mail addresses"


def seal_the_librarys() -> None:
    """Put the sealed field in place of the library's. Doing so twice is once."""
    options = EmailAddress._meta
    plain = options.get_field("email")
    if isinstance(plain, SealedEmailField):
        return
    sealed = SealedEmailField(
        verbose_name=plain.verbose_name, max_length=plain.max_length, db_index=True, purpose=PURPOSE
    )
    # Fields are kept in the order in which they were made.
    sealed.creation_counter = plain.creation_counter
    options.local_fields.remove(plain)
    sealed.contribute_to_class(EmailAddress, "email")
