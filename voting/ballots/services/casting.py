"""Casting: one statement of SQL, and the signed answer to it.

Writes no audit event, session or account row: row versions would link them with the ballot. The decisions are
in `cast_ballot` (`sql/cast_ballot.sql`): the lock, the clock, one ballot per person, replay.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import DatabaseError, OperationalError, connection
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from core.db.errors import sqlstate
from identity.models import Account
from identity.verification.models import Person
from identity.verification.selectors import require_eligible, require_entitled
from rounds.models import Act, Residency, Round
from voting.ballots import sealing as ballots_sealing
from voting.ballots.exceptions import (
    AccountNeeded,
    BallotRefused,
    CommitmentDiffers,
    NotYourBallotStyle,
    OutsideNotAllowed,
    ReceiptUsed,
    VotedOnPaper,
)
from voting.ballots.receipts import Receipt
from voting.ballots.selectors import stored_ballot
from voting.polls import choices as polls_choices
from voting.polls import keys, ruleset
from voting.polls.exceptions import NotReady, VotingClosed
from voting.polls.models import Poll, RuleSet
from voting.polls.problems import sentence
from voting.polls.selectors import poll_of, rules_of

# SQLSTATEs: `voting_is_open` said no to a trigger; the same receipt raced itself.
_NOT_OPEN = "VB001"
_RACED = "40001"
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Envelope:
    """The values that a receipt code yields for one ballot; made in the browser, or from a code made here."""

    references: ballots_sealing.References
    commitment: bytes

    @classmethod
    def of(cls, code: bytes, round_slug: str, rules_hash: bytes, choices: str) -> "Envelope":
        """Return the envelope of canonical choices under a receipt code."""
        references = ballots_sealing.references(code, round_slug)
        return cls(references, ballots_sealing.commitment(round_slug, rules_hash, references.nonce, choices))


@dataclass(frozen=True, slots=True)
class Cast:
    """The answer to a cast. `kind` is cast or replace; `is_replay` if it had been recorded before."""

    receipt: Receipt
    is_replay: bool

    @property
    def kind(self) -> str:
        return self.receipt.kind


@dataclass(frozen=True)
class Voter:
    """A person who can vote in a round, with the values derived with the round's key."""

    round: Round
    poll: Poll
    key: keys.RoundKey
    person_id: str
    traits: ballots_sealing.Traits
    area_path: str

    @cached_property
    def tag(self) -> bytes:
        return ballots_sealing.tag(self.key, self.person_id)

    @cached_property
    def rules(self) -> ruleset.FrozenRules:
        return rules_of(self.poll)


def voter(round: Round, account: Account, *, now: datetime, channel: str) -> Voter:
    """Return the voter behind an account if the round lets them vote; `round` comes with its poll.

    Raises NotReady, OutsideNotAllowed, KeyUnavailable and the refusals of `require_eligible`. Two queries.
    """
    poll = ready_poll(round)
    return _voter(round, poll, require_eligible(round, account, Act.VOTE, now=now), channel)


def voter_without_account(round: Round, person: Person, *, now: datetime, channel: str) -> Voter:
    """Return the voter for a person who has just verified their identity, if the round lets them vote so.

    Raises AccountNeeded and what `voter` raises. One query. The same person has the same tag either way.
    """
    poll = ready_poll(round)
    if not rules_of(poll).without_account:
        raise AccountNeeded()
    return _voter(round, poll, require_entitled(round, person, Act.VOTE, now=now), channel)


def _voter(round: Round, poll: Poll, person: Person, channel: str) -> Voter:
    if person.residency == Residency.OUTSIDE and rules_of(poll).outside == RuleSet.Outside.NOT_ALLOWED:
        raise OutsideNotAllowed()
    key = poll.key
    traits = ballots_sealing.Traits(person.residency, person.area_id, person.age_group, channel)
    return Voter(round, poll, key, str(person.pk), traits, _area_path(person))


def ready_poll(round: Round) -> Poll:
    """Return the round's poll if its rules are frozen. Raises NotReady."""
    poll = poll_of(round)
    if poll is None or not poll.is_frozen:
        raise NotReady()
    return poll


def _area_path(person: Person) -> str:
    # Ballots of an area are for people of that area; people from outside have only everybody's ballot.
    return person.area.path if person.area and person.residency != Residency.OUTSIDE else ""


def check(
    rules: ruleset.FrozenRules, choices: polls_choices.Choices, area_path: str
) -> dict[int, list[polls_choices.Entry]]:
    """Return the choices as they will be stored. Raises NotYourBallotStyle, BallotRefused.

    A paper may be left empty if another one is filled in, or if it allows blank ballots.
    """
    mine = rules.ballot_styles_for(area_path)
    if not set(choices) <= {ballot_style.number for ballot_style in mine}:
        raise NotYourBallotStyle()
    tidied = ruleset.tidy(rules, choices)
    problems: list[str] = []
    for ballot_style in mine:
        entries = tidied.get(ballot_style.number, [])
        if not ballot_style.kind.has_points and any(
            not isinstance(entry, str) for entry in choices.get(ballot_style.number, ())
        ):
            problems.append(_("This ballot does not accept points."))
        if entries or not (tidied or ballot_style.allows_blank):
            problems += [sentence(problem, ballot_style, rules) for problem in ballot_style.problems(entries)]
    if problems:
        raise BallotRefused(problems)
    return tidied


def cast(
    voter: Voter, choices: polls_choices.Choices, *, envelope: Envelope | None = None, code: bytes = b""
) -> Cast:
    """Put a voter's sealed ballot into the box, in place of an earlier one, and sign what was recorded.

    Give the envelope made in the browser, or the receipt code from which it is made here. The same again
    is a replay: it changes nothing and gets the same bytes. Commits by itself: call it outside a
    transaction. Raises VotingClosed, VotedOnPaper, ReceiptUsed, CommitmentDiffers, KeyUnavailable and what
    `check` raises.
    One statement; one more query for a replay.
    """
    text = polls_choices.canonical(check(voter.rules, choices, voter.area_path))
    rules_hash = bytes(voter.poll.rules_hash or b"")
    if envelope is None:
        envelope = Envelope.of(code, voter.round.slug, rules_hash, text)
    refs = envelope.references
    if envelope.commitment != ballots_sealing.commitment(voter.round.slug, rules_hash, refs.nonce, text):
        raise CommitmentDiffers()
    sealed = ballots_sealing.seal(
        voter.key,
        ballots_sealing.UnsealedBallot(refs, text),
        round_id=voter.round.pk,
        voter_tag=voter.tag,
        traits=voter.traits,
    )
    # Before the ballot is stored: what cannot be promised is not taken.
    signer = keys.signing_key(voter.rules.authority, may_create=False)
    outcome, kind, recorded_on = _put_into_box(voter, sealed, envelope)
    if outcome == "closed":
        raise VotingClosed()
    if outcome == "paper":
        raise VotedOnPaper()
    if outcome == "conflict":
        raise ReceiptUsed()
    if outcome == "replay":
        # The log knows the receipt, but not whose it is: only one's own stored ballot reveals it.
        stored = stored_ballot(voter.round, voter.key, voter.tag)
        if stored is not None and stored.is_paper:
            raise VotedOnPaper()
        if stored is None or stored.ballot is None or stored.ballot.references.log_ref != refs.log_ref:
            raise ReceiptUsed()
    receipt = Receipt(voter.round.slug, refs.log_ref, envelope.commitment, kind, recorded_on)
    return Cast(receipt.signed(signer), is_replay=outcome == "replay")


def _put_into_box(voter: Voter, sealed: bytes, envelope: Envelope) -> tuple[str, str, date]:
    values: list[int | bytes | str | None] = [
        voter.round.pk,
        voter.tag,
        sealed,
        envelope.references.log_ref,
        envelope.commitment,
        voter.traits.channel,
        voter.traits.residency,
        voter.traits.area_id,
        voter.traits.age_group,
    ]
    for tries_left in reversed(range(_TRIES)):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT * FROM cast_ballot(%s, %s, %s, %s, %s, %s, %s, %s, %s)", values)
                outcome, kind, recorded_on = cursor.fetchone()
            return outcome, kind, recorded_on
        except OperationalError as error:
            if sqlstate(error) != _RACED or not tries_left:
                raise
        except DatabaseError as error:
            # The vote closed between the function's look at the clock and the trigger's.
            if sqlstate(error) == _NOT_OPEN:
                raise VotingClosed() from error
            raise
    raise AssertionError("the loop returns or raises")
