"""Loading the recorded ballots of a round that was held elsewhere, through the function that casts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

from audit.actions import Action
from audit.services import record
from identity.models import Account
from rounds.models import Residency, Round
from voting.ballots import sealing as ballots_sealing
from voting.ballots.exceptions import LoadingRefused
from voting.ballots.services import casting
from voting.polls import choices as polls_choices
from voting.polls import keys, ruleset
from voting.polls.exceptions import VotingClosed
from voting.polls.models import Poll

# Ballots cast per statement.
_BATCH = 500

_CAST_MANY = """
SELECT outcome FROM unnest(%s::bytea[], %s::bytea[], %s::bytea[], %s::bytea[],
                           %s::text[], %s::text[], %s::bigint[], %s::text[])
         AS ballot(tag, sealed, log_ref, commitment, channel, residency, area, age_group),
       LATERAL cast_ballot(%s, tag, sealed, log_ref, commitment, channel, residency, area, age_group)
"""


@dataclass(frozen=True, slots=True)
class RecordedBallot:
    """One ballot of a record. `voter` is the record's own name for the voter; the rest as when casting.

    `area_path` says which area's ballots they get; empty for a person from outside.
    """

    voter: str
    residency: str
    choices: polls_choices.Choices
    channel: str
    area_id: int | None = None
    area_path: str = ""
    age_group: str = ""


def load_recorded_ballots(
    round: Round,
    ballots: Iterable[RecordedBallot],
    *,
    actor: Account | None,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Cast the recorded ballots of an imported round whose rules are frozen; return the number of new ones.

    The clock is ignored for this round while they are loaded, which the database allows for imported rounds
    only. `progress` receives the number done. Loading the same record again adds nothing; of two ballots of
    one voter the later counts. Receipts are not kept. Raises LoadingRefused, BallotRefused,
    NotYourBallotStyle. About 5,000 ballots per second.
    """
    poll = _open_loading(round)
    try:
        new = _load(round, poll, ballots, progress)
    finally:
        Poll.objects.filter(round=round, is_loading=True).update(is_loading=False)
    with transaction.atomic():
        record(Action.BALLOTS_LOADED, round, actor=actor, authority=round.authority, ballots=new)
    return new


def _open_loading(round: Round) -> Poll:
    with transaction.atomic():
        poll: Poll | None = Poll.objects.select_for_update().filter(round=round).first()
        if not round.is_imported or poll is None or poll.state != Poll.State.FROZEN:
            raise LoadingRefused()
        poll.is_loading = True
        poll.save(update_fields=["is_loading"])
    return poll


def _load(
    round: Round, poll: Poll, ballots: Iterable[RecordedBallot], progress: Callable[[int], None] | None
) -> int:
    key = poll.key
    rules = ruleset.read(poll.rules)
    done = new = 0
    for batch in _batches(ballots):
        rows = [_row(round, rules, bytes(poll.rules_hash or b""), key, ballot) for ballot in batch]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_CAST_MANY, [*(list(column) for column in zip(*rows, strict=True)), round.pk])
            outcomes = [outcome for (outcome,) in cursor.fetchall()]
            if not set(outcomes) <= {"cast", "replace", "replay"}:
                raise VotingClosed()
        new += len(outcomes) - outcomes.count("replay")
        done += len(rows)
        if progress is not None:
            progress(done)
    return new


def _batches(ballots: Iterable[RecordedBallot]) -> Iterator[list[RecordedBallot]]:
    remaining = iter(ballots)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _row(
    round: Round, rules: ruleset.FrozenRules, rules_hash: bytes, key: keys.RoundKey, ballot: RecordedBallot
) -> tuple[object, ...]:
    area_path = "" if ballot.residency == Residency.OUTSIDE else ballot.area_path
    text = polls_choices.canonical(casting.check(rules, ballot.choices, area_path))
    # From the key and the record, so that a second loading is recognised.
    code = ballots_sealing.load_code(key, ballot.voter, text)
    envelope = casting.Envelope.of(code, round.slug, rules_hash, text)
    tag = ballots_sealing.tag(key, f"record|{ballot.voter}")
    traits = ballots_sealing.Traits(ballot.residency, ballot.area_id, ballot.age_group, ballot.channel)
    sealed = ballots_sealing.seal(
        key,
        ballots_sealing.UnsealedBallot(envelope.references, text),
        round_id=round.pk,
        voter_tag=tag,
        traits=traits,
    )
    return (
        tag,
        sealed,
        envelope.references.log_ref,
        envelope.commitment,
        ballot.channel,
        ballot.residency,
        ballot.area_id,
        ballot.age_group,
    )
