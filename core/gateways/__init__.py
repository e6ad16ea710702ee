"""Handing messages over to those who carry them: mail servers and text message providers.

One stack for notices and sign-in codes. What fails here says why by a code, without addresses or texts,
and does not carry the library's own error along: that one may quote both.
"""


class GatewayError(Exception):
    """A message was not handed over. `code` says why; `permanent` that trying again is no use."""

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class GatewayDown(GatewayError):
    """Nobody answers: whatever else is to be sent has to wait as well.

    `midway` says that the conversation broke off during this message, which may have been the cause.
    """

    def __init__(self, code: str, *, midway: bool = False) -> None:
        super().__init__(code)
        self.midway = midway
