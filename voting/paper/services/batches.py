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
from rounds.models import Participation, Round
from voting.ballots.services import check
from voting.paper import keyed
from voting.paper.exceptions import (
    AnotherClerk,
    BatchFinished,
    DeskSettled,
    KeyedAlready,
    KeyingNotComplete,
    MoreBallotsThanMarks,
    NotInBatch,
    NotThatReason,
    SameClerk,
)
from voting.paper.models import KeyedBallot, PaperBatch, PaperDesk
from voting.paper.selectors import differing
from voting.polls import frozen
from voting.polls.choices import Entry
from voting.polls.models import Poll
from voting.polls.services import require_clerk

State = PaperBatch.State
Keying = KeyedBallot.Keying
Invalid = KeyedBallot.Invalid
# SQLSTATE of the keyed ballots: no more of them than marks.
_MORE_THAN_MARKS = "VB003"


@transaction.atomic
def declare_batch(
    desk: PaperDesk,
    *,
    declared: int,
    participation: Participation = Participation.RESIDENT,
    area: Area | None = None,
    actor: Account,
) -> PaperBatch:
    """Register a batch of paper ballots, counted by hand, before any of it is transcribed.

    `participation` is resident for everybody inside, or outside; `area` is the area of the voters if some
    ballots are for one area only. Raises NotPermitted, DeskSettled.
    """
    # The desk's row gives numbers one after the other within the desk; the round's, within the round.
    round = Round.objects.select_for_update(no_key=True).get(pk=desk.round_id)
    desk = PaperDesk.objects.select_for_update(no_key=True).get(pk=desk.pk)
    require_clerk(actor, round.authority)
    if desk.settled_at is not None or not _may_change(round):
        raise DeskSettled()
    last = PaperBatch.objects.filter(round=round).aggregate(last=Max("number"))["last"] or 0
    batch = PaperBatch.objects.create(
        round=round,
        desk=desk,
        number=last + 1,
        participation=participation,
        area=area,
        declared=declared,
    )
    record(
        Action.PAPER_BATCH_DECLARED, batch, actor=actor, authority=round.authority, declared=declared
    )  # fmt: skip
    return batch


@transaction.atomic
def recount_batch(batch: PaperBatch, *, declared: int, reason: str, actor: Account) -> PaperBatch:
    """Correct how many papers a stack has, while it is keyed for the first time.

    Raises NotPermitted, ReasonNeeded, BatchFinished, KeyingNotComplete if more are keyed already.
    """
    batch = _held(batch, actor)
    if not reason.strip():
        raise ReasonNeeded()
    if batch.state != State.DECLARED:
        raise BatchFinished()
    if batch.ballots.filter(sequence__gt=declared).exists():
        raise KeyingNotComplete(declared=declared, keyed=batch.ballots.count())
    before, batch.declared = batch.declared, declared
    batch.save(update_fields=["declared"])
    record(
        Action.PAPER_BATCH_RECOUNTED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        before=before,
        after=declared,
        reason=reason.strip(),
    )
    return batch


@transaction.atomic
def withdraw_batch(batch: PaperBatch, *, reason: str, actor: Account) -> None:
    """Withdraw a batch whose entries have not matched; its ballots are registered again in another one.

    Raises NotPermitted, ReasonNeeded, BatchFinished.
    """
    batch = _held(batch, actor)
    if not reason.strip():
        raise ReasonNeeded()
    batch.state = State.WITHDRAWN
    batch.reason = reason.strip()
    batch.save(update_fields=["state", "reason"])
    record(Action.PAPER_BATCH_WITHDRAWN, batch, actor=actor, authority=batch.round.authority)


@transaction.atomic
def key_ballot(
    batch: PaperBatch,
    sequence: int,
    choices: Mapping[int, Sequence[Entry]],
    *,
    invalid: str = "",
    note: str = "",
    actor: Account,
) -> KeyedBallot:
    """Store what one paper says, as this clerk reads it; keyed again, it replaces what they keyed before.

    The first clerk to key a batch does the first keying, the next one the second, each alone. A reason that
    follows from the choices has to hold for them, and of several the same one is named each time; other
    reasons are stored without choices. Raises NotPermitted, BatchFinished, NotInBatch, AnotherClerk,
    SameClerk, KeyedAlready, NotThatReason, BallotRefused, MoreBallotsThanMarks, KeyUnavailable.
    """
    batch = _held(batch, actor)
    if not 1 <= sequence <= batch.declared:
        raise NotInBatch(declared=batch.declared, sequence=sequence)
    keying = _keying_of(batch, actor)
    again = KeyedBallot.objects.filter(batch=batch, sequence=sequence, keying=keying).first()
    if keying == Keying.FIRST and batch.state == State.KEYED_ONCE:
        raise SameClerk()
    if batch.state == State.DIFFERS and sequence not in differing(batch):
        raise KeyedAlready()
    poll = batch.round.poll
    content = _content(batch, frozen.read(poll.rules), choices, invalid, note)
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
                again = KeyedBallot.objects.create(
                    batch=batch, sequence=sequence, keying=keying, keyed_by=actor, **fields
                )
            else:
                for name, value in fields.items():
                    setattr(again, name, value)
                again.revision += 1
                again.save(update_fields=[*fields, "revision"])
    except DatabaseError as error:
        if sqlstate(error) == _MORE_THAN_MARKS:
            raise MoreBallotsThanMarks() from error
        raise
    record(
        Action.PAPER_BALLOT_KEYED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        sequence=sequence,
        keying=int(keying),
        revision=again.revision,
    )
    if batch.state == State.DIFFERS:
        _compare(batch, actor)
    return again


def _keying_of(batch: PaperBatch, actor: Account) -> Keying:
    """Return which keying this clerk does, beginning it if nobody has."""
    if batch.entered_by_id is None:
        batch.entered_by = actor
        batch.save(update_fields=["entered_by"])
    if batch.entered_by_id == actor.pk:
        return Keying.FIRST
    if batch.state == State.DECLARED:
        raise AnotherClerk()
    if batch.second_by_id is None:
        batch.second_by = actor
        batch.save(update_fields=["second_by"])
    if batch.second_by_id != actor.pk:
        raise AnotherClerk()
    return Keying.SECOND


def _content(
    batch: PaperBatch,
    rules: frozen.Rules,
    choices: Mapping[int, Sequence[Entry]],
    invalid: str,
    note: str,
) -> keyed.Content:
    area_path = batch.area.path if batch.area else ""
    if not invalid:
        return keyed.Content(check(rules, choices, area_path))
    by_rule = keyed.reason_by_rule(rules, rules.papers_for(area_path), choices)
    if invalid in keyed.BY_RULE:
        if by_rule not in keyed.BY_RULE:
            raise NotThatReason()
        return keyed.Content(frozen.tidy(rules, choices), by_rule)
    if invalid == Invalid.OTHER and not note.strip():
        raise ReasonNeeded()
    return keyed.Content({}, Invalid(invalid))


@transaction.atomic
def finish_keying(batch: PaperBatch, *, actor: Account) -> PaperBatch:
    """Finish this clerk's keying of a batch; after the second one, compare the two paper by paper.

    Raises NotPermitted, BatchFinished, SameClerk, AnotherClerk, KeyedAlready, KeyingNotComplete.
    """
    batch = _held(batch, actor)
    if batch.state == State.DIFFERS:
        raise KeyedAlready()
    is_first = batch.state == State.DECLARED
    if not is_first and batch.entered_by_id == actor.pk:
        raise SameClerk()
    if (batch.entered_by_id if is_first else batch.second_by_id) not in (None, actor.pk):
        raise AnotherClerk()
    keying = Keying.FIRST if is_first else Keying.SECOND
    n_keyed = batch.ballots.filter(keying=keying).count()
    if n_keyed != batch.declared:
        raise KeyingNotComplete(declared=batch.declared, keyed=n_keyed)
    if not is_first:
        _compare(batch, actor)
        return batch
    batch.state = State.KEYED_ONCE
    batch.keyed_once = n_keyed
    batch.save(update_fields=["state", "keyed_once"])
    record(Action.PAPER_BATCH_KEYED_ONCE, batch, actor=actor, authority=batch.round.authority, keyed=n_keyed)
    return batch


def _compare(batch: PaperBatch, actor: Account) -> None:
    n_differing = len(differing(batch))
    batch.state = State.DIFFERS if n_differing else State.AGREED
    batch.keyed_twice = None if n_differing else batch.declared
    batch.save(update_fields=["state", "keyed_twice"])
    record(
        Action.PAPER_BATCH_COMPARED,
        batch,
        actor=actor,
        authority=batch.round.authority,
        differing=n_differing,
    )


def _held(batch: PaperBatch, actor: Account) -> PaperBatch:
    """Return the batch as it is now, held until the transaction ends. Raises NotPermitted, BatchFinished."""
    held: PaperBatch = PaperBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch.pk)
    held.round = Round.objects.select_related("authority", "poll").get(pk=held.round_id)
    require_clerk(actor, held.round.authority)
    if held.state in (State.AGREED, State.WITHDRAWN) or not _may_change(held.round):
        raise BatchFinished()
    return held


def _may_change(round: Round) -> bool:
    return Poll.objects.filter(round=round, state__in=[Poll.State.FROZEN, Poll.State.CLOSED]).exists()
