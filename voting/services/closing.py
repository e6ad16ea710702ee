"""From the close to the destroyed key: each step once, in order, the last three by two officials.

    frozen → closed → reconciled → counted → certified → published → key destroyed

The clock takes the first three (`count_due`); a mismatch stops there, loudly. Each step holds the round's
exclusive lock and begins by looking at how far the vote has come, so it can be tried again after a crash.
"""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.utils import translation

from audit.actions import Action
from audit.services import record
from identity.models import Account, Person
from proposals.grounds import Ground
from proposals.models import Proposal
from proposals.services import adopt_all, decline_all
from rounds import locks
from rounds.models import Area, Participation, Round, RuleSet
from voting import counting, explanations, figures, frozen, keys, sealing
from voting.exceptions import BoxDoesNotReconcile, NeedsAnotherOfficial, StepOutOfOrder, StillOpen
from voting.models import Approval, BallotBox, CastEvent, Poll, Project, Tally
from voting.selectors import decisive_tallies, merge_small, open_row, paper_ballots, unsettled_desks
from voting.services import sequencing

State = Poll.State
_BATCH = 2000
_FINAL = "voting_finalballot (round_id, ballot_ref, choices, participation, is_paper)"


@dataclass(frozen=True, slots=True)
class Opened:
    """A ballot taken out of its seal, with its voter's class, area code and age band, if they are known."""

    ballot_ref: bytes
    choices: Mapping[int, list[sealing.Entry]]
    participation: str
    area: str = ""
    age_group: str = ""
    is_paper: bool = False


def count(round: Round) -> Poll:
    """Close, reconcile and count a round whose voting phase is over, as far as that is not done yet.

    Waits, closed, for the desks whose paper is not settled. Raises StillOpen; BoxDoesNotReconcile or
    CountersDisagree, which leave the round where it stopped.
    """
    _close(round)
    poll = Poll.objects.get(round=round)
    if poll.state == State.CLOSED and unsettled_desks(round):
        return poll
    _reconcile(round)
    return _count(round)


@transaction.atomic
def _close(round: Round) -> None:
    poll = _hold(round)
    if poll.state != State.FROZEN:
        return
    now = locks.database_clock()
    phase = round.phases.get(kind="voting")
    if not phase.has_closed(now) or poll.is_loading:
        raise StillOpen()
    sequencing.complete(round)
    poll.state = State.CLOSED
    poll.closed_at = now
    poll.save(update_fields=["state", "closed_at"])
    record(Action.VOTE_CLOSED, round, actor=None, authority=round.authority)


@transaction.atomic
def _reconcile(round: Round) -> None:
    poll = _hold(round)
    if poll.state != State.CLOSED:
        return
    report = reconcile(round, poll)
    poll.state = State.RECONCILED
    poll.save(update_fields=["state"])
    record(Action.BOX_RECONCILED, round, actor=None, authority=round.authority, **report)


def reconcile(round: Round, poll: Poll) -> dict[str, int]:
    """Check box, log and register against each other; return what was counted. Raises BoxDoesNotReconcile.

    Every tag belongs to one person of the register (for an imported round there is none to check), every
    sealed ballot opens and is the one its log entry fixed, and there are as many entries as castings. What
    the key makes of rows is compared where they lie, so a million ballots take no more memory than a few.
    """
    key = poll.key
    _open_into_table(round, poll, key)
    box = BallotBox.objects.filter(round_id=round.pk).aggregate(
        online=Count("voter_tag", filter=Q(sealed__isnull=False)),
        castings=Sum("revision", filter=Q(sealed__isnull=False), default=0),
        paper_marks=Count("voter_tag", filter=Q(sealed=None)),
    )
    log = CastEvent.objects.filter(round=round).aggregate(
        entries=Count("pk"), first=Count("pk", filter=Q(kind=CastEvent.Kind.CAST))
    )
    with connection.cursor() as cursor:
        # EXCEPT sorts or hashes whatever the planner believes of these tables; a join might try every pair.
        cursor.execute(
            "SELECT EXISTS (SELECT log_ref, commitment FROM opened EXCEPT"
            " SELECT log_ref, commitment FROM voting_castevent WHERE round_id = %s)",
            [round.pk],
        )
        if cursor.fetchone() != (False,):
            raise BoxDoesNotReconcile("a sealed ballot is not the one the log fixed")
        cursor.execute("SELECT count(DISTINCT ballot_ref) FROM opened")
        if cursor.fetchone() != (box["online"],):
            raise BoxDoesNotReconcile("two ballots have one reference")
    if box["castings"] != log["entries"] or log["first"] != box["online"]:
        raise BoxDoesNotReconcile(
            f"the log has {log['entries']} entries, {log['first']} of them first ballots; "
            f"the box holds {box['online']} ballots cast {box['castings']} times"
        )
    if not round.is_imported and not _is_of_the_register(round, key):
        raise BoxDoesNotReconcile("a ballot belongs to nobody in the register")
    paper = paper_ballots(round, key)
    return {
        "ballots": box["online"],
        "paper_marks": box["paper_marks"],
        "paper_ballots": len(paper),
        "log_entries": log["entries"],
    }


def _open_into_table(round: Round, poll: Poll, key: keys.RoundKey) -> None:
    """Open every sealed ballot, and keep what the log must say of it for this transaction."""
    _temporary("opened", "log_ref bytea, commitment bytea, ballot_ref bytea")
    rules_hash = bytes(poll.rules_hash or b"")
    lines = []
    rows = BallotBox.objects.filter(round_id=round.pk, sealed__isnull=False)
    for row in rows.iterator(chunk_size=_BATCH):
        ballot = open_row(key, row)
        if ballot is None:
            raise BoxDoesNotReconcile("a sealed ballot does not open in its row")
        refs = ballot.references
        fixed = sealing.commitment(round.slug, rules_hash, refs.nonce, ballot.choices)
        lines.append(_line(refs.log_ref, fixed, refs.ballot_ref))
        if len(lines) == _BATCH:
            _copy("opened", lines)
    _copy("opened", lines)


def _is_of_the_register(round: Round, key: keys.RoundKey) -> bool:
    """Whether every tag of the box is that of a person of the authority."""
    _temporary("entitled", "tag bytea")
    persons = Person.objects.filter(authority=round.authority_id).values_list("pk", flat=True)
    lines = []
    for person in persons.iterator(chunk_size=_BATCH):
        lines.append(_line(sealing.tag(key, str(person))))
        if len(lines) == _BATCH:
            _copy("entitled", lines)
    _copy("entitled", lines)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT voter_tag FROM voting_ballotbox WHERE round_id = %s"
            " EXCEPT SELECT tag FROM entitled)",
            [round.pk],
        )
        return bool(cursor.fetchone() == (False,))


def _temporary(table: str, columns: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")


def _line(*values: bytes | str) -> str:
    """Write a row as COPY reads it."""
    return "\t".join(
        f"\\\\x{value.hex()}" if isinstance(value, bytes) else value.replace("\\", "\\\\") for value in values
    )


def _copy(table: str, lines: list[str]) -> None:
    """Append the rows to a table, and empty the list. No text in them has a tab or a line break."""
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO("".join(f"{line}\n" for line in lines)))
    lines.clear()


@transaction.atomic
def _count(round: Round) -> Poll:
    poll = _hold(round)
    if poll.state != State.RECONCILED:
        return poll
    now = locks.database_clock()
    rules = frozen.read(poll.rules)
    lived_in = BallotBox.objects.filter(round_id=round.pk).values("area_id")
    areas = {area.pk: area for area in Area.objects.filter(pk__in=lived_in)}
    names = {area.code: area.name for area in areas.values()}
    ballots = _open_all(round, poll, areas)
    _store(round, ballots)
    papers = {paper.number: paper.pk for paper in round.ballot_papers.all()}
    decides = Tally.Scope.EVERYBODY if rules.outside == RuleSet.Outside.COUNTED else Tally.Scope.INSIDE
    Tally.objects.bulk_create(
        _tally(papers[paper.number], rules, paper, scope, ballots, now, names if scope == decides else None)
        for paper in rules.papers
        for scope in Tally.Scope
    )
    poll.state = State.COUNTED
    poll.save(update_fields=["state"])
    record(Action.BALLOTS_COUNTED, round, actor=None, authority=round.authority, ballots=len(ballots))
    return poll


def _store(round: Round, ballots: Iterable[Opened]) -> None:
    """Write the opened ballots in their order."""
    lines = []
    for ballot in ballots:
        choices = sealing.canonical(ballot.choices)
        is_paper = "t" if ballot.is_paper else "f"
        lines.append(_line(str(round.pk), ballot.ballot_ref, choices, ballot.participation, is_paper))
        if len(lines) == _BATCH:
            _copy(_FINAL, lines)
    _copy(_FINAL, lines)


def _open_all(round: Round, poll: Poll, areas: Mapping[int, Area]) -> list[Opened]:
    """Open every ballot, sealed or on paper, in the order of references: shuffled, for they are random."""
    key = poll.key
    opened = []
    # Many ballots say the same: they share what was read of one.
    known: dict[str, dict[int, list[sealing.Entry]]] = {}
    for row in BallotBox.objects.filter(round_id=round.pk, sealed__isnull=False).iterator(chunk_size=_BATCH):
        ballot = open_row(key, row)
        if ballot is None:
            raise BoxDoesNotReconcile("a sealed ballot does not open in its row")
        choices = known.get(ballot.choices)
        if choices is None:
            choices = known[ballot.choices] = sealing.parse(ballot.choices)
        area = areas[row.area_id].code if row.area_id else ""
        opened.append(Opened(ballot.references.ballot_ref, choices, row.participation, area, row.age_group))
    opened += [
        Opened(ballot.ballot_ref, ballot.choices, ballot.participation, is_paper=True)
        for ballot in paper_ballots(round, key)
    ]
    return sorted(opened, key=lambda ballot: ballot.ballot_ref)


def in_scope(ballots: Iterable[Opened], scope: str) -> list[Opened]:
    """Keep the ballots of people inside, outside, or all."""
    if scope == Tally.Scope.EVERYBODY:
        return list(ballots)
    outside = scope == Tally.Scope.OUTSIDE
    return [ballot for ballot in ballots if (ballot.participation == Participation.OUTSIDE) == outside]


def _tally(
    paper_id: int,
    rules: frozen.Rules,
    paper: frozen.Paper,
    scope: Tally.Scope,
    ballots: list[Opened],
    now: datetime,
    areas: Mapping[str, Mapping[str, str]] | None,
) -> Tally:
    """Count one paper; `areas` are the names of the voters' areas by code, None for a count beside."""
    # Of an area's paper nobody knows afterwards who could have filled it in: only those who did are counted.
    mine = [
        ballot for ballot in in_scope(ballots, scope) if not paper.area_path or paper.number in ballot.choices
    ]
    entries = [ballot.choices.get(paper.number, []) for ballot in mine]
    groups = {} if areas is None else _groups(mine, entries)
    election = counting.election_of(paper, rules, entries, traits=groups)
    outcome = counting.count_twice(election, paper, rules, entries)
    document = counting.plain(outcome)
    if areas is not None:
        others = counting.count_otherwise(election, rules)
        document["figures"] = figures.document(election, outcome, others) | {
            "areas": {code: areas[code] for code in groups.get("area", ()) if code in areas}
        }
    return Tally(
        paper_id=paper_id,
        scope=scope,
        is_decisive=areas is not None,
        n_ballots=len(mine),
        n_blank=entries.count([]),
        outcome=document,
        input_hash=bytes.fromhex(election.digest),
        counted_at=now,
    )


def _groups(ballots: Sequence[Opened], entries: Sequence[list[sealing.Entry]]) -> dict[str, list[str]]:
    """Return each ballot's group by area, age band and class, groups with few voters put together.

    What would leave a single group is left out: it says nothing that the whole does not.
    """
    groups = {}
    for trait in ("area", "age_group", "participation"):
        labels = [getattr(ballot, trait) for ballot in ballots]
        voters = Counter(label for label, row in zip(labels, entries, strict=True) if row)
        large = {cell.label for cell in merge_small(voters)}
        if len(large) > 1:
            groups[trait] = [label if label in large else figures.MERGED for label in labels]
    return groups


@transaction.atomic
def approve(round: Round, step: Approval.Step, *, actor: Account) -> bool:
    """Ask for a step of the close, or approve it when somebody else has asked; return whether it is taken.

    The first of two officials asks, the second's approval takes the step at once. Raises StepOutOfOrder,
    and NeedsAnotherOfficial when the same person comes twice. Approving what was taken changes nothing.
    """
    poll = _hold(round)
    before, after = _AROUND[step]
    if poll.state == after:
        if step == Approval.Step.DESTROY_KEY:
            transaction.on_commit(destroy_leftover_keys)
        return True
    if poll.state != before:
        raise StepOutOfOrder()
    now = locks.database_clock()
    approval, is_new = Approval.objects.select_for_update().get_or_create(
        round=round, step=step, defaults={"requested_by": actor, "requested_at": now}
    )
    if is_new:
        record(Action.STEP_REQUESTED, round, actor=actor, authority=round.authority, step=step)
        return False
    if approval.requested_by_id == actor.pk:
        raise NeedsAnotherOfficial()
    approval.approved_by = actor
    approval.approved_at = now
    approval.save(update_fields=["approved_by", "approved_at"])
    record(Action.STEP_APPROVED, round, actor=actor, authority=round.authority, step=step)
    _TAKE[step](round, poll, actor)
    return True


def certify(round: Round, *, actor: Account) -> bool:
    """Ask for or approve the certification; once two officials did, adopt and decline the projects.

    Returns whether the result is certified now. Raises what `approve` raises.
    """
    return approve(round, Approval.Step.CERTIFY, actor=actor)


def _certify(round: Round, poll: Poll, actor: Account) -> None:
    projects = {
        project.code: project
        for project in Project.objects.filter(paper__round=round).select_related("proposal__round__authority")
    }
    adopted: list[Proposal] = []
    declined: list[Proposal] = []
    reasons: dict[int, str] = {}
    rules = frozen.read(poll.rules)
    # The reason is kept with the proposal and so is written in the authority's own language.
    with translation.override(round.authority.language):
        for result in decisive_tallies(round):
            adopted += [projects[code].proposal for code in result.outcome["funded"]]
            for code, reason in explanations.reasons(result.outcome, rules.currency).items():
                declined.append(projects[code].proposal)
                reasons[projects[code].proposal_id] = reason
    adopt_all(adopted, actor=actor)
    decline_all(declined, actor=actor, ground=Ground.BELOW_BUDGET_CUTOFF, explanations=reasons)
    poll.state = State.CERTIFIED
    poll.save(update_fields=["state"])
    record(
        Action.RESULT_CERTIFIED,
        round,
        actor=actor,
        authority=round.authority,
        adopted=len(adopted),
        declined=len(declined),
    )


def _publish(round: Round, poll: Poll, actor: Account) -> None:
    poll.state = State.PUBLISHED
    poll.save(update_fields=["state"])
    record(Action.BALLOTS_PUBLISHED, round, actor=actor, authority=round.authority)


def _destroy_key(round: Round, poll: Poll, actor: Account) -> None:
    poll.state = State.KEY_DESTROYED
    poll.save(update_fields=["state"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT voting_empty_box(%s)", [round.pk])
    record(Action.KEY_DESTROYED, round, actor=actor, authority=round.authority)
    key_name = poll.key_name
    assert key_name is not None
    # After the commit: a key that is gone while the box remained would be a loss without a record.
    transaction.on_commit(lambda: keys.destroy_round_key(key_name))


def destroy_leftover_keys() -> None:
    """Destroy the keys that a crash kept after their destruction was recorded. One query."""
    for key_name in Poll.objects.filter(state=State.KEY_DESTROYED).values_list("key_name", flat=True):
        assert key_name is not None
        keys.destroy_round_key(key_name)


_AROUND = {
    Approval.Step.CERTIFY: (State.COUNTED, State.CERTIFIED),
    Approval.Step.PUBLISH: (State.CERTIFIED, State.PUBLISHED),
    Approval.Step.DESTROY_KEY: (State.PUBLISHED, State.KEY_DESTROYED),
}
_TAKE = {
    Approval.Step.CERTIFY: _certify,
    Approval.Step.PUBLISH: _publish,
    Approval.Step.DESTROY_KEY: _destroy_key,
}


def _hold(round: Round) -> Poll:
    """Keep casts and other steps out until the transaction ends; return how far the vote is."""
    locks.exclude(round.pk)
    poll: Poll | None = Poll.objects.select_for_update().filter(round=round).first()
    if poll is None:
        raise StepOutOfOrder()
    return poll
