"""The vote of a page: its round, and what this reader may see."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Concatenate

from django.db.models import DateTimeField, Func
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property

from core.db.prepared import Prepared
from core.web.pages import Row, View, Who, page
from core.web.requests import is_mobile
from identity.keys import KeyUnavailable
from identity.models import Account
from identity.pages import RoundRequest
from identity.verification.models import Person
from identity.verification.services import holder_of_pass
from rounds.exceptions import Refused
from rounds.models import Act, Phase, Round
from voting.ballots import selectors as ballots_selectors
from voting.ballots import services
from voting.ballots.selectors import StoredBallot
from voting.polls import keys, ruleset
from voting.polls import selectors as polls_selectors
from voting.polls.models import Extension, Poll
from voting.polls.selectors import Standing, poll_of


class _Clock(Func):
    function = "clock_timestamp"
    output_field = DateTimeField()


_round_at = Prepared(
    lambda authority_slug, round_slug: (
        Round.objects.at(authority_slug, round_slug)
        .select_related("poll")
        .defer("poll__rules")
        .annotate(now=_Clock())[:1]
    ),
    str,
    str,
)


def account_of(request: HttpRequest) -> Account | None:
    """Return who is signed in, None for a visitor."""
    return request.user if isinstance(request.user, Account) else None


class Place:
    """A round's vote as one reader meets it. What is asked for is looked up once."""

    def __init__(self, request: HttpRequest, round: Round) -> None:
        self.request = request
        self.round = round
        self.account = account_of(request)

    @property
    def now(self) -> datetime:
        now: datetime = self.round.now  # type: ignore[attr-defined]  # annotated by vote_page
        return now

    @cached_property
    def _standing(self) -> tuple[Standing, Phase | None]:
        return polls_selectors.standing(self.round, self.now)

    @property
    def standing(self) -> Standing:
        return self._standing[0]

    @property
    def phase(self) -> Phase | None:
        return self._standing[1]

    @property
    def poll(self) -> Poll | None:
        return poll_of(self.round)

    @cached_property
    def rules(self) -> ruleset.FrozenRules | None:
        """The frozen rules; None while the ballot paper is being drawn up."""
        return polls_selectors.rules_of(self.poll) if self.poll and self.poll.is_frozen else None

    @cached_property
    def key(self) -> keys.RoundKey | None:
        """The round's key; None if it is missing or destroyed. Casting reads it by itself."""
        try:
            return self.poll.key if self.poll and self.poll.is_frozen else None
        except KeyUnavailable:
            return None

    @cached_property
    def channel(self) -> str:
        """The type of device used to vote."""
        return "mobile" if is_mobile(self.request) else "web"

    @cached_property
    def visitor(self) -> Person | None:
        """A person without an account who has verified their identity to vote here now."""
        if self.account is not None or self.rules is None or not self.rules.without_account:
            return None
        try:
            return holder_of_pass(self.request.session, self.round, Act.VOTE, now=self.now)
        except KeyUnavailable:
            return None

    @property
    def is_known(self) -> bool:
        """Return whether the page knows the reader, by an account or by a pass."""
        return self.account is not None or self.visitor is not None

    @cached_property
    def required_voter(self) -> services.Voter:
        """The reader as a voter of this round. Raises what `services.voter` raises."""
        if self.visitor is not None:
            return services.voter_without_account(
                self.round, self.visitor, now=self.now, channel=self.channel
            )
        assert self.account is not None
        return services.voter(self.round, self.account, now=self.now, channel=self.channel)

    @cached_property
    def _voter(self) -> services.Voter | Refused | None:
        if not self.is_known:
            return None
        try:
            return self.required_voter
        except Refused as refusal:
            return refusal
        except KeyUnavailable:
            return None

    @property
    def voter(self) -> services.Voter | None:
        """The reader as a voter of this round, if they may vote."""
        return self._voter if isinstance(self._voter, services.Voter) else None

    @property
    def refusal(self) -> Refused | None:
        """The reason why a signed-in reader cannot vote; None if they can, or if nobody is signed in."""
        return self._voter if isinstance(self._voter, Refused) else None

    @cached_property
    def stored(self) -> StoredBallot | None:
        """The reader's stored ballot, opened."""
        if self.voter is None:
            return None
        return ballots_selectors.stored_ballot(self.round, self.voter.key, self.voter.tag)

    @cached_property
    def extensions(self) -> list[Extension]:
        """Extensions of the vote that two officials decided, as they were announced."""
        return polls_selectors.extensions(self.round)

    @cached_property
    def ballot_styles(self) -> tuple[ruleset.FrozenBallotStyle, ...]:
        """The papers this reader may fill in; all of them as long as nobody knows who reads."""
        assert self.rules is not None
        if self.voter is not None:
            return self.rules.ballot_styles_for(self.voter.area_path)
        return self.rules.ballot_styles

    def ballot_style(self, number: int | None) -> ruleset.FrozenBallotStyle:
        """Return the paper of that number, the first without one. Raises Http404."""
        for ballot_style in self.ballot_styles:
            if number in (None, ballot_style.number):
                return ballot_style
        raise Http404

    @property
    def context(self) -> dict[str, object]:
        """The context of the frame and of every page of the vote."""
        return {
            "authority": self.round.authority,
            "round": self.round,
            "section": "ballot",
            "now": self.now,
            "standing": self.standing,
            "phase": self.phase,
            "rules": self.rules,
            "place": self,
        }


class VoteRequest(RoundRequest):
    """A request for a page of a round's vote, which came with its poll, without the text of its rules."""

    place: Place


def vote_page(
    methods: Sequence[str] = ("GET",), *, who: Who = Who.EVERYBODY
) -> Callable[[Callable[Concatenate[VoteRequest, ...], HttpResponseBase]], View]:
    """Let everybody in to a page of a published round's vote; the round has the database's clock as `now`.

    One query, with its SQL kept: every ballot needs it. The text of the rules is not loaded, since
    `selectors.rules_of` knows it by its hash. With `who`, the view itself turns the others away: it knows
    visitors who hold a pass.
    """

    def way(request: VoteRequest, address: dict[str, Any]) -> None:
        round = _round_at.first(address.pop("authority_slug"), address.pop("round_slug"))
        if round is None:
            raise Http404
        request.round, request.authority = round, round.authority
        request.place = Place(request, round)

    return page(Row(who), methods, way)
