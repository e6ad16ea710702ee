"""From the close to the destroyed key: each step once, in order, the last three by two officials.

    frozen → closed → reconciled → counted → certified → published → key destroyed

The clock takes the first three (`count_due`); a mismatch stops there, loudly. Each step holds the poll's row,
which casting does not, and begins by looking at how far the vote has come, so it can be tried again after a
crash. Only the change to closed keeps casts out, with the round's exclusive lock, and it takes milliseconds:
what takes minutes for a million ballots is done before it, or after it.
"""

import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from audit.actions import Action
from audit.services import record
from authorities.reasons import StandardReason
from core.db import clock as db_clock
from identity.models import Account
from identity.verification.models import Person
from places.models import Area
from proposals.findings import Finding
from proposals.models import Proposal
from proposals.services import adopt_all, decline_all
from rounds import locks
from rounds.models import Round
from voting import tally
from voting.ballots import sealing
from voting.ballots.exceptions import BoxDoesNotReconcile
from voting.ballots.models import BallotBox, CastEvent
from voting.ballots.selectors import merge_small
from voting.ballots.services import sequencing
from voting.counting import ballot_files as bundles
from voting.counting import explanations, figures
from voting.counting.models import Tally
from voting.counting.selectors import decisive_tallies
from voting.counting.services import unsealing
from voting.paper.selectors import paper_ballots, unsettled_polling_places
from voting.polls import counts as counting
from voting.polls import keys, ruleset, second_count
from voting.polls.exceptions import NeedsAnotherOfficial, StageOutOfOrder, StillOpen
from voting.polls.models import Approval, Poll, Project, RuleSet

State = Poll.State
_BATCH = 2000
_FINAL = "ballots_finalballot (round_id, ballot_ref, choices, residency, is_paper)"


def count(round: Round) -> Poll:
    """Close, reconcile and count a round whose voting phase is over, as far as not done yet.

    Waits, closed, for polling places that are not closed out. Raises StillOpen; BoxDoesNotReconcile or
    CountersDisagree, which leave the round where it stopped.
    """
    _finish_log(round)
    _close(round)
    poll = Poll.objects.get(round=round)
    if poll.state == State.CLOSED and unsettled_polling_places(round):
        return poll
    _reconcile(round)
    return _count(round)


def _finish_log(round: Round) -> None:
    """Number everything that waits once voting is over, while late casts are still answered."""
    with transaction.atomic():
        # Casts in flight at the end of the phase are done after this, so that one batch takes all that are
        # left.
        locks.lock_calendar_exclusive(round.pk)
        if Poll.objects.filter(round=round, state=State.FROZEN).exists():
            _require_over(round)
    with transaction.atomic():
        if _hold(round).state == State.FROZEN:
            sequencing.complete(round)


@transaction.atomic
def _close(round: Round) -> None:
    locks.lock_calendar_exclusive(round.pk)
    poll = _hold(round)
    if poll.state != State.FROZEN:
        return
    now = _require_over(round)
    # An extension may have let more be cast since the log was finished.
    sequencing.complete(round)
    poll.state = State.CLOSED
    poll.closed_at = now
    poll.save(update_fields=["state", "closed_at"])
    record(Action.VOTE_CLOSED, round, actor=None, authority=round.authority)


def _require_over(round: Round) -> datetime:
    """Return the time. Raises StillOpen as long as anybody can cast; the caller keeps casts out."""
    now = db_clock.database_clock()
    phase = round.phases.get(kind="voting")
    if not phase.has_closed(now) or Poll.objects.filter(round=round, is_loading=True).exists():
        raise StillOpen()
    return now


@transaction.atomic
def _reconcile(round: Round) -> None:
    poll = _hold(round)
    if poll.state != State.CLOSED:
        return
    report = reconcile(round, poll)
    poll.state = State.RECONCILED
    poll.save(update_fields=["state"])
    record(Action.BOX_RECONCILED, round, actor=None, authority=round.authority, round=round, **report)


def reconcile(round: Round, poll: Poll) -> dict[str, int]:
    """Check box, log and register against each other; return the ballots counted. Raises BoxDoesNotReconcile.

    Every tag belongs to one person of the register (an imported round has none to check), every sealed ballot
    opens and is the one fixed by its log entry. First entries minus withdrawals are ballots, and entries are
    casts of ballots in the box, casts of withdrawn ones, and withdrawals. Each withdrawal names an entry of a
    ballot that is not in the box. Values derived from rows with the key are compared in the database, so a
    million ballots take no more memory than a few.
    """
    key = poll.key
    _unseal_into_table(round, poll, key)
    box = BallotBox.objects.filter(round_id=round.pk).aggregate(
        online=Count("voter_tag", filter=Q(sealed__isnull=False)),
        castings=Sum("revision", filter=Q(sealed__isnull=False), default=0),
        check_ins=Count("voter_tag", filter=Q(sealed=None)),
    )
    log = CastEvent.objects.filter(round=round).aggregate(
        entries=Count("pk"),
        first=Count("pk", filter=Q(kind=CastEvent.Kind.CAST)),
        withdrawn=Count("pk", filter=Q(kind=CastEvent.Kind.WITHDRAW)),
        castings_withdrawn=Sum("castings", default=0),
    )
    with connection.cursor() as cursor:
        # EXCEPT sorts or hashes whatever the planner believes of these tables; a join might try every pair.
        cursor.execute(
            "SELECT EXISTS (SELECT log_ref, commitment FROM opened EXCEPT"
            " SELECT log_ref, commitment FROM ballots_castevent"
            " WHERE round_id = %s AND kind <> 'withdraw')",
            [round.pk],
        )
        if cursor.fetchone() != (False,):
            raise BoxDoesNotReconcile("a sealed ballot is not the one the log fixed")
        cursor.execute("SELECT count(DISTINCT ballot_ref) FROM opened")
        if cursor.fetchone() != (box["online"],):
            raise BoxDoesNotReconcile("two ballots have one reference")
    castings = box["castings"] + log["castings_withdrawn"]
    if castings + log["withdrawn"] != log["entries"] or log["first"] - log["withdrawn"] != box["online"]:
        raise BoxDoesNotReconcile(
            f"the log has {log['entries']} entries, {log['first']} of them first ballots and "
            f"{log['withdrawn']} withdrawals of ballots cast {log['castings_withdrawn']} times; "
            f"the box holds {box['online']} ballots cast {box['castings']} times"
        )
    if log["withdrawn"]:
        _require_withdrawals_to_fit(round, log["withdrawn"])
    if not round.is_imported and not _is_of_the_register(round, key):
        raise BoxDoesNotReconcile("a ballot belongs to nobody in the register")
    ballot_style = paper_ballots(round, key)
    return {
        "ballots": box["online"],
        "check_ins": box["check_ins"],
        "paper_ballots": len(ballot_style),
        "log_entries": log["entries"],
        "withdrawn": log["withdrawn"],
    }


# The number of entries named by withdrawals, each by its hash and with its commitment; if one of these is of
# a ballot in the box.
_WITHDRAWN = """
WITH withdrawn AS MATERIALIZED (
  SELECT log_ref, commitment FROM ballots_castevent
   WHERE round_id = %s AND kind <> 'withdraw'
     AND (sha256('\\x00'::bytea || log_ref || commitment || convert_to(kind, 'UTF8')), commitment) IN (
       SELECT log_ref, commitment FROM ballots_castevent WHERE round_id = %s AND kind = 'withdraw'))
SELECT (SELECT count(*) FROM withdrawn),
       EXISTS (SELECT * FROM withdrawn INTERSECT SELECT log_ref, commitment FROM opened)
"""


def _require_withdrawals_to_fit(round: Round, n_withdrawn: int) -> None:
    """Raise BoxDoesNotReconcile unless each withdrawal names an entry, and none a ballot in the box."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAWN, [round.pk, round.pk])
        n_named, is_in_box = cursor.fetchone()
    if n_named != n_withdrawn:
        raise BoxDoesNotReconcile(f"{n_withdrawn} withdrawals name {n_named} entries of the log")
    if is_in_box:
        raise BoxDoesNotReconcile("a ballot in the box is withdrawn in the log")


def _unseal_into_table(round: Round, poll: Poll, key: keys.RoundKey) -> None:
    """Open every sealed ballot, and keep what the log must say of it for this transaction."""
    _temporary("opened", "log_ref bytea, commitment bytea, ballot_ref bytea")
    rules_hash = bytes(poll.rules_hash or b"")

    def lines() -> Iterator[str]:
        for _tag, ballot, *_traits in unsealing.unsealed(round.pk, key):
            refs = ballot.references
            fixed = sealing.commitment(round.slug, rules_hash, refs.nonce, ballot.choices)
            yield f"\\\\x{refs.log_ref.hex()}\t\\\\x{fixed.hex()}\t\\\\x{refs.ballot_ref.hex()}\n"

    _copy("opened", lines())


def _is_of_the_register(round: Round, key: keys.RoundKey) -> bool:
    """Return whether every tag of the box belongs to a person of the authority."""
    _temporary("entitled", "tag bytea")
    persons = Person.objects.filter(authority=round.authority_id).values_list("pk", flat=True)
    ids = (str(person) for person in persons.iterator(chunk_size=_BATCH))
    _copy("entitled", (f"\\\\x{tag.hex()}\n" for tag in sealing.tags(key, ids)))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT voter_tag FROM ballots_ballotbox WHERE round_id = %s"
            " EXCEPT SELECT tag FROM entitled)",
            [round.pk],
        )
        return bool(cursor.fetchone() == (False,))


def _temporary(table: str, columns: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({columns}) ON COMMIT DROP")


def _copy(table: str, lines: Iterable[str]) -> None:
    """Append rows to a table, each a line as COPY reads it."""
    remaining = iter(lines)
    with connection.cursor() as cursor:
        while block := "".join(islice(remaining, _BATCH)):
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(block))


@transaction.atomic
def _count(round: Round) -> Poll:
    poll = _hold(round)
    if poll.state != State.RECONCILED:
        return poll
    now = db_clock.database_clock()
    rules = ruleset.read(poll.rules)
    lived_in = BallotBox.objects.filter(round_id=round.pk).values("area_id")
    areas = {area.pk: area for area in Area.objects.filter(pk__in=lived_in)}
    ballots = unsealing.unseal_all(round, rules, poll.key, {pk: area.code for pk, area in areas.items()})
    _store(round, ballots)
    counts = _Counts(round, rules, ballots, {area.code: area.name for area in areas.values()}, now)
    Tally.objects.bulk_create(counts.all())
    poll.state = State.COUNTED
    poll.save(update_fields=["state"])
    record(Action.BALLOTS_COUNTED, round, actor=None, authority=round.authority, ballots=len(ballots))
    return poll


def _store(round: Round, ballots: unsealing.Opened) -> None:
    """Write the opened ballots in their order."""
    begin = f"{round.pk}\t\\\\x"

    def lines() -> Iterator[str]:
        for ref, choices, residency, is_paper in ballots.rows():
            text = choices.replace("\\", "\\\\")
            yield f"{begin}{ref.hex()}\t{text}\t{residency}\t{'t' if is_paper else 'f'}\n"

    _copy(_FINAL, lines())


class _Counts:
    """All counts of a round: of each paper the ballots inside, outside and together, each counted twice.

    The second counter reads what will be published, from the table, and counts while the first counts too.
    """

    def __init__(
        self,
        round: Round,
        rules: ruleset.FrozenRules,
        ballots: unsealing.Opened,
        areas: Mapping[str, Mapping[str, str]],
        now: datetime,
    ) -> None:
        self._round = round
        self._rules = rules
        self._ballots = ballots
        self._areas = areas
        self._now = now
        self._running: deque[tuple[Tally, tally.Outcome, second_count.Running, str]] = deque()
        self._tallies: list[Tally] = []

    def all(self) -> list[Tally]:
        """Return the tallies once both counters agree on every one. Raises CountersDisagree."""
        is_everybody = self._rules.outside == RuleSet.Outside.COUNTED
        decides = Tally.Scope.EVERYBODY if is_everybody else Tally.Scope.INSIDE
        try:
            for ballot_style in self._round.ballot_styles.all():
                frozen_paper = self._rules.ballot_style(ballot_style.number)
                assert frozen_paper is not None
                for scope in Tally.Scope:
                    self._start(ballot_style.pk, frozen_paper, scope, scope == decides)
                    # Another process each: as many as two cores keep busy.
                    self._finish(1)
            self._finish(0)
        finally:
            for *_, second, _about in self._running:
                second.stop()
        return self._tallies

    def _start(
        self,
        ballot_style_id: int,
        ballot_style: ruleset.FrozenBallotStyle,
        scope: Tally.Scope,
        is_decisive: bool,
    ) -> None:
        filled = self._ballots.ballot_styles[ballot_style.number]
        mine = self._ballots.in_scope(scope)
        if ballot_style.area_path:
            # Nobody knows afterwards who could have filled in an area's paper: those who did are counted.
            mine &= filled.lengths >= 0
        file = bundles.ballot_file(self._round, self._rules, ballot_style, scope)
        second = second_count.Running(self._rules, file, n_ballots=int(np.count_nonzero(mine)))
        try:
            groups = self._groups(mine, filled.lengths[mine]) if is_decisive else {}
            election = counting.election_from(ballot_style, self._rules, filled.packed(mine, groups))
            outcome = counting.count(election, self._rules)
            document = counting.plain(outcome)
            if is_decisive:
                others = counting.count_otherwise(election, self._rules)
                labels = groups["area"].labels if "area" in groups else ()
                document["figures"] = figures.document(election, outcome, others) | {
                    "areas": {code: self._areas[code] for code in labels if code in self._areas}
                }
        except BaseException:
            second.stop()
            raise
        found = Tally(
            ballot_style_id=ballot_style_id,
            scope=scope,
            is_decisive=is_decisive,
            n_ballots=len(election.ballots),
            n_blank=len(election.ballots) - election.voters,
            outcome=document,
            input_hash=bytes.fromhex(election.digest),
            counted_at=self._now,
        )
        about = f"paper {ballot_style.number} of round {self._rules.round}, {scope}"
        # Without what it remembers of who paid what: that is one number a voter.
        self._running.append((found, replace(outcome, ledger=None), second, about))

    def _finish(self, but: int) -> None:
        while len(self._running) > but:
            found, outcome, second, about = self._running[0]
            counting.require_agreement(outcome, second.finish(), about)
            self._tallies.append(found)
            self._running.popleft()

    def _groups(
        self, mine: npt.NDArray[np.bool_], lengths: npt.NDArray[np.int16]
    ) -> dict[str, tally.ballots.Trait]:
        """Return each ballot's group by area, age band and class, groups with few voters put together.

        What would leave a single group is left out: it says nothing that the whole does not.
        """
        groups = {}
        for trait, labels in self._ballots.traits.items():
            codes = labels.codes[mine]
            voters = np.bincount(codes[lengths > 0], minlength=len(labels.names)).tolist()
            counted = {name: n for name, n in zip(labels.names, voters, strict=True) if n}
            large = {cell.label for cell in merge_small(counted)}
            if len(large) > 1:
                shown = [name if name in large else figures.MERGED for name in labels.names]
                names = tuple(sorted({shown[code] for code in np.unique(codes).tolist()}))
                numbers = np.array([names.index(label) if label in names else 0 for label in shown], np.int32)
                groups[trait] = tally.ballots.Trait(names, numbers[codes])
        return groups


@transaction.atomic
def approve(round: Round, stage: Approval.Stage, *, actor: Account) -> bool:
    """Request a step of the close, or approve it after another official's request; return if it is taken.

    The first of two officials requests it, the second one's approval takes the step at once. Raises
    StageOutOfOrder, and NeedsAnotherOfficial if the same person comes twice. Approving a step already taken
    changes nothing.
    """
    poll = _hold(round)
    before, after = _AROUND[stage]
    if poll.state == after:
        if stage == Approval.Stage.DESTROY_KEY:
            transaction.on_commit(destroy_leftover_keys)
        return True
    if poll.state != before:
        raise StageOutOfOrder()
    now = db_clock.database_clock()
    approval, is_new = Approval.objects.select_for_update().get_or_create(
        round=round, stage=stage, defaults={"requested_by": actor, "requested_at": now}
    )
    if is_new:
        record(Action.STAGE_REQUESTED, round, actor=actor, authority=round.authority, step=stage)
        return False
    if approval.is_asked_by(actor):
        raise NeedsAnotherOfficial()
    approval.approved_by = actor
    approval.approved_at = now
    approval.save(update_fields=["approved_by", "approved_at"])
    record(Action.STAGE_APPROVED, round, actor=actor, authority=round.authority, step=stage)
    _TAKE[stage](round, poll, actor)
    return True


def certify(round: Round, *, actor: Account) -> bool:
    """Ask for or approve the certification; once two officials did, adopt and decline the projects.

    Returns whether the result is certified now. Raises what `approve` raises.
    """
    return approve(round, Approval.Stage.CERTIFY, actor=actor)


def _certify(round: Round, poll: Poll, actor: Account) -> None:
    projects = {
        project.code: project
        for project in Project.objects.filter(ballot_style__round=round).select_related(
            "proposal__round__authority"
        )
    }
    adopted: list[Proposal] = []
    declined: list[Proposal] = []
    found: dict[int, Finding] = {}
    rules = ruleset.read(poll.rules)
    for result in decisive_tallies(round):
        adopted += [projects[code].proposal for code in result.outcome["funded"]]
        for code, finding in explanations.findings(result.outcome, rules.currency).items():
            declined.append(projects[code].proposal)
            found[projects[code].proposal_id] = finding
    adopt_all(adopted, actor=actor)
    decline_all(declined, actor=actor, reason=StandardReason.BELOW_BUDGET_CUTOFF, found=found)
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
        cursor.execute("SELECT empty_box(%s)", [round.pk])
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
    Approval.Stage.CERTIFY: (State.COUNTED, State.CERTIFIED),
    Approval.Stage.PUBLISH: (State.CERTIFIED, State.PUBLISHED),
    Approval.Stage.DESTROY_KEY: (State.PUBLISHED, State.KEY_DESTROYED),
}
_TAKE = {
    Approval.Stage.CERTIFY: _certify,
    Approval.Stage.PUBLISH: _publish,
    Approval.Stage.DESTROY_KEY: _destroy_key,
}


def _hold(round: Round) -> Poll:
    """Keep other steps out until the transaction ends; return how far the vote is."""
    poll: Poll | None = Poll.objects.select_for_update().filter(round=round).first()
    if poll is None:
        raise StageOutOfOrder()
    return poll
