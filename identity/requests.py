"""What a view behind `login_required` is given."""

from django.http import HttpRequest

from identity.models import Account


class SignedInRequest(HttpRequest):
    """A request whose `user` is an account, as `login_required` has made sure."""

    user: Account
