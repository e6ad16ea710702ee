"""Paper ballots: counted stacks, each keyed by two clerks apart, compared paper by paper."""

from collections.abc import Mapping, Sequence

from django.db import DatabaseError, transaction
from django.db.models import Max

from audit.actions import Action
from audit.services import record
from core.db.errors import sqlstate
from identity.exceptions import ReasonNeeded
from identity.models import Account
from places.models import Area
from rounds.models import Residency, Round
from voting.ballots.services import check
from voting.paper import transcription
from voting.paper.exceptions import (
    AlreadyTranscribed,
    AnotherClerk,
    BatchFinished,
    MoreBallotsThanCheckIns,
    NotInBatch,
    NotThatReason,
    PollingPlaceSettled,
    SameClerk,
    TranscriptionNotComplete,
)
from voting.paper.models import BallotBatch, PollingPlace, TranscribedBallot
from voting.paper.selectors import differing
from voting.polls import ruleset
from voting.polls.choices import Entry
from voting.polls.models import Poll
from voting.polls.services import require_clerk

State = BallotBatch.State
DataEntry = TranscribedBallot.DataEntry
Invalid = TranscribedBallot.Invalid
# SQLSTATE of the keyed ballots: no more of them than marks.
_MORE_THAN_CHECK_INS = "VB003"


@transaction.atomic
def declare_batch(
    polling_place: PollingPlace,
    *,
    declared: int,
    residency: Residency = Residency.RESIDENT,
    area: Area | None = None,
    actor: Account,
) -> BallotBatch:
    """Register a batch of paper ballots, counted by hand, before any of it is transcribed.

    `participation` is resident for everybody inside, or outside; `area` is the area of the voters if some
    ballots are for one area only. Raises NotPermitted, PollingPlaceSettled.
    """
    # The desk's row gives numbers one after the other within the desk; the round's, within the round.
    round = Round.objects.select_for_update(no_key=True).get(pk=polling_place.round_id)
    polling_place = PollingPlace.objects.select_for_update(no_key=True).get(pk=polling_place.pk)
    require_clerk(actor, round.authority)
    if polling_place.settled_at is not None or not _may_change(round):
        raise PollingPlaceSettled()
    last = BallotBatch.objects.filter(round=round).aggregate(last=Max("number"))["last"] or 0
    batch = BallotBatch.objects.create(
        round=round,
        polling_place=polling_place,
        number=last + 1,
        residency=residency,
        area=area,
        declared=declared,
    )
    record(
        Action.BALLOT_BATCH_DECLARED, batch, actor=actor, authority=round.authority, declared=declared
    )  # fmt: skip
    return batch


@transaction.atomic
def recount_batch(batch: BallotBatch, *, declared: int, reason: str, actor: Account) -> BallotBatch:
    """Correct how many papers a stack has, while it is keyed for the first time.

    Raises NotPermitted, ReasonNeeded, BatchFinished, TranscriptionNotComplete if more are keyed already.
    """
    batch = _held(batch, actor)
    if not reason.strip():
        raise ReasonNeeded()
    if batch.state != State.DECLARED:
        raise BatchFinished()
    if batch.ballots.filter(sequence__gt=declared).exists():
        raise TranscriptionNotComplete(declared=declared, transcribed=batch.ballots.count())
    before, batch.declared = batch.declared, declared
    batch.save(update_fields=["declared"])
    record(
        Action.BALLOT_BATCH_RECOUNTED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        before=before,
        after=declared,
        reason=reason.strip(),
    )
    return batch


@transaction.atomic
def withdraw_batch(batch: BallotBatch, *, reason: str, actor: Account) -> None:
    """Withdraw a batch whose entries have not matched; its ballots are registered again in another one.

    Raises NotPermitted, ReasonNeeded, BatchFinished.
    """
    batch = _held(batch, actor)
    if not reason.strip():
        raise ReasonNeeded()
    batch.state = State.WITHDRAWN
    batch.reason = reason.strip()
    batch.save(update_fields=["state", "reason"])
    record(Action.BALLOT_BATCH_WITHDRAWN, batch, actor=actor, authority=batch.round.authority)


@transaction.atomic
def transcribe_ballot(
    batch: BallotBatch,
    sequence: int,
    choices: Mapping[int, Sequence[Entry]],
    *,
    invalid: str = "",
    note: str = "",
    actor: Account,
) -> TranscribedBallot:
    """Store what one paper says, as this clerk reads it; keyed again, it replaces what they keyed before.

    The first clerk to key a batch does the first keying, the next one the second, each alone. A reason that
    follows from the choices has to hold for them, and of several the same one is named each time; other
    reasons are stored without choices. Raises NotPermitted, BatchFinished, NotInBatch, AnotherClerk,
    SameClerk, AlreadyTranscribed, NotThatReason, BallotRefused, MoreBallotsThanCheckIns, KeyUnavailable.
    """
    batch = _held(batch, actor)
    if not 1 <= sequence <= batch.declared:
        raise NotInBatch(declared=batch.declared, sequence=sequence)
    data_entry = _data_entry_of(batch, actor)
    again = TranscribedBallot.objects.filter(batch=batch, sequence=sequence, data_entry=data_entry).first()
    if data_entry == DataEntry.FIRST and batch.state == State.ENTERED_ONCE:
        raise SameClerk()
    if batch.state == State.DIFFERS and sequence not in differing(batch):
        raise AlreadyTranscribed()
    poll = batch.round.poll
    content = _content(batch, ruleset.read(poll.rules), choices, invalid, note)
    key = poll.key
    fields = {
        "sealed": content.hidden(key),
        "fingerprint": content.fingerprint(key, batch.pk, sequence),
        "invalid": content.invalid,
        "note": note.strip() if content.invalid == Invalid.OTHER else "",
    }
    try:
        with transaction.atomic():
            if again is None:
                again = TranscribedBallot.objects.create(
                    batch=batch, sequence=sequence, data_entry=data_entry, transcribed_by=actor, **fields
                )
            else:
                for name, value in fields.items():
                    setattr(again, name, value)
                again.revision += 1
                again.save(update_fields=[*fields, "revision"])
    except DatabaseError as error:
        if sqlstate(error) == _MORE_THAN_CHECK_INS:
            raise MoreBallotsThanCheckIns() from error
        raise
    record(
        Action.BALLOT_TRANSCRIBED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        sequence=sequence,
        keying=int(data_entry),
        revision=again.revision,
    )
    if batch.state == State.DIFFERS:
        _compare(batch, actor)
    return again


def _data_entry_of(batch: BallotBatch, actor: Account) -> DataEntry:
    """Return which keying this clerk does, beginning it if nobody has."""
    if batch.entered_by_id is None:
        batch.entered_by = actor
        batch.save(update_fields=["entered_by"])
    if batch.entered_by_id == actor.pk:
        return DataEntry.FIRST
    if batch.state == State.DECLARED:
        raise AnotherClerk()
    if batch.second_by_id is None:
        batch.second_by = actor
        batch.save(update_fields=["second_by"])
    if batch.second_by_id != actor.pk:
        raise AnotherClerk()
    return DataEntry.SECOND


def _content(
    batch: BallotBatch,
    rules: ruleset.FrozenRules,
    choices: Mapping[int, Sequence[Entry]],
    invalid: str,
    note: str,
) -> transcription.Content:
    area_path = batch.area.path if batch.area else ""
    if not invalid:
        return transcription.Content(check(rules, choices, area_path))
    by_rule = transcription.reason_by_rule(rules, rules.ballot_styles_for(area_path), choices)
    if invalid in transcription.BY_RULE:
        if by_rule not in transcription.BY_RULE:
            raise NotThatReason()
        return transcription.Content(ruleset.tidy(rules, choices), by_rule)
    if invalid == Invalid.OTHER and not note.strip():
        raise ReasonNeeded()
    return transcription.Content({}, Invalid(invalid))


@transaction.atomic
def finish_data_entry(batch: BallotBatch, *, actor: Account) -> BallotBatch:
    """Finish this clerk's keying of a batch; after the second one, compare the two paper by paper.

    Raises NotPermitted, BatchFinished, SameClerk, AnotherClerk, AlreadyTranscribed, TranscriptionNotComplete.
    """
    batch = _held(batch, actor)
    if batch.state == State.DIFFERS:
        raise AlreadyTranscribed()
    is_first = batch.state == State.DECLARED
    if not is_first and batch.entered_by_id == actor.pk:
        raise SameClerk()
    if (batch.entered_by_id if is_first else batch.second_by_id) not in (None, actor.pk):
        raise AnotherClerk()
    data_entry = DataEntry.FIRST if is_first else DataEntry.SECOND
    n_transcribed = batch.ballots.filter(data_entry=data_entry).count()
    if n_transcribed != batch.declared:
        raise TranscriptionNotComplete(declared=batch.declared, keyed=n_transcribed)
    if not is_first:
        _compare(batch, actor)
        return batch
    batch.state = State.ENTERED_ONCE
    batch.first_entry_count = n_transcribed
    batch.save(update_fields=["state", "first_entry_count"])
    record(
        Action.BALLOT_BATCH_ENTERED_ONCE,
        batch,
        actor=actor,
        authority=batch.round.authority,
        keyed=n_transcribed,
    )
    return batch


def _compare(batch: BallotBatch, actor: Account) -> None:
    n_differing = len(differing(batch))
    batch.state = State.DIFFERS if n_differing else State.AGREED
    batch.second_entry_count = None if n_differing else batch.declared
    batch.save(update_fields=["state", "second_entry_count"])
    record(
        Action.BALLOT_BATCH_COMPARED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        differing=n_differing,
    )


def _held(batch: BallotBatch, actor: Account) -> BallotBatch:
    """Return the batch as it is now, held until the transaction ends. Raises NotPermitted, BatchFinished."""
    held: BallotBatch = BallotBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    held.round = Round.objects.select_related("authority", "poll").get(pk=held.round_id)
    require_clerk(actor, held.round.authority)
    if held.state in (State.AGREED, State.WITHDRAWN) or not _may_change(held.round):
        raise BatchFinished()
    return held


def _may_change(round: Round) -> bool:
    return Poll.objects.filter(round=round, state__in=[Poll.State.FROZEN, Poll.State.CLOSED]).exists()
