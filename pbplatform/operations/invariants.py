"""Invariants of the whole site, and their checks.

Each invariant is a function that yields its violations, worded for the operator, with rounds and row numbers
and never a voter. They only read, each statement from one snapshot, so they can run while people vote. The
record of an inspection is `audit.models.Inspection`; the page is `/status/`.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from audit.selectors import breaks_of_chain, n_unannounced
from authorities.reasons import LEAST_EXPLANATION
from core.db.clock import database_clock
from identity.keys import KeyUnavailable
from voting.ballots import logbook, merkle, signed_notes
from voting.ballots import sealing as ballots_sealing
from voting.ballots.models import BallotBox, CastEvent, Checkpoint, FinalBallot
from voting.ballots.selectors import unseal_row
from voting.polls import choices as polls_choices
from voting.polls import ruleset
from voting.polls.keys import RoundKey, round_key
from voting.polls.models import Poll

# The amount that an hourly inspection opens or recomputes of each round and of the record; a deep one does
# all.
SAMPLE = 1000
SEALS = 50
# Sweeps run every minute at most; what still waits after this long is stuck.
PATIENCE = timedelta(minutes=15)
# Rounds closed longer ago were inspected hundreds of times; their numbers are still compared, hashes are not.
RECENT = timedelta(days=45)
CLOCKS_MAY_DIFFER = timedelta(seconds=1)

_State = Poll.State
_OPENABLE = [
    _State.FROZEN,
    _State.CLOSED,
    _State.RECONCILED,
    _State.COUNTED,
    _State.CERTIFIED,
    _State.PUBLISHED,
]
_COUNTED = [_State.COUNTED, _State.CERTIFIED, _State.PUBLISHED, _State.KEY_DESTROYED]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One of them: its number, what it says to a resident, and how it is looked at.

    `breaches` takes how many rows to open at most, None for all, and yields what does not hold.
    """

    code: str
    says: str | Promise
    breaches: Callable[[int | None], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of checking one invariant; empty if it holds."""

    code: str
    found: list[str]


def inspect(*, deep: bool = False) -> list[Finding]:
    """Look at every invariant and return what was found, in their order.

    A deep inspection opens every ballot and recomputes the whole record: minutes for a million. Otherwise a
    random thousand of each round is opened, and the newest part of the record recomputed.
    """
    sample = None if deep else SAMPLE
    return [Finding(invariant.code, list(invariant.breaches(sample))) for invariant in INVARIANTS]


def _ballots_are_what_the_log_fixed(sample: int | None) -> Iterator[str]:
    for poll in _recent(_OPENABLE):
        key = _key(poll)
        if key is None:
            continue
        rows = BallotBox.objects.filter(round_id=poll.round_id, sealed__isnull=False)
        if sample is not None:
            # Tags are spread evenly, so a random place to begin makes a random part.
            rows = rows.filter(voter_tag__gte=os.urandom(32)).order_by("voter_tag")[:sample]
        for batch in _batches(rows):
            yield from _unfit(poll, key, batch)


def _unfit(poll: Poll, key: RoundKey, rows: list[BallotBox]) -> Iterator[str]:
    opened = [unseal_row(key, row) for row in rows]
    refs = [ballot.references.log_ref for ballot in opened if ballot is not None]
    fixed = {
        bytes(ref): bytes(commitment)
        for ref, commitment in CastEvent.objects.castings()
        .filter(round_id=poll.round_id, log_ref__in=refs)
        .values_list("log_ref", "commitment")
    }
    for ballot in opened:
        if ballot is None:
            yield f"{poll.round.full_slug}: a sealed ballot does not open in its row"
            continue
        commitment = ballots_sealing.commitment(
            poll.round.slug, bytes(poll.rules_hash or b""), ballot.references.nonce, ballot.choices
        )
        if fixed.get(ballot.references.log_ref) != commitment:
            yield f"{poll.round.full_slug}: a sealed ballot is not the one its log entry fixed"


_BOX_AND_LOG = """
SELECT authority.slug || '/' || round.slug,
       box.n, box.castings, log.firsts, log.n, log.withdrawn, log.castings
  FROM polls_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  CROSS JOIN LATERAL (SELECT count(*) AS n, COALESCE(sum(revision), 0) AS castings FROM ballots_ballotbox
                       WHERE round_id = poll.round_id AND sealed IS NOT NULL) box
  CROSS JOIN LATERAL (SELECT count(*) AS n, count(*) FILTER (WHERE kind = 'cast') AS firsts,
                             count(*) FILTER (WHERE kind = 'withdraw') AS withdrawn,
                             COALESCE(sum(castings), 0) AS castings
                        FROM ballots_castevent WHERE round_id = poll.round_id) log
 WHERE poll.state <> 'key_destroyed'
   AND (box.n <> log.firsts - log.withdrawn OR box.castings + log.castings + log.withdrawn <> log.n)
"""
# Whatever the state: entries and what withdraws them stay when the box is emptied.
_ASTRAY = """
SELECT authority.slug || '/' || round.slug, withdrawn.n, named.n
  FROM (SELECT round_id, count(*) AS n FROM ballots_castevent
         WHERE kind = 'withdraw' GROUP BY round_id) withdrawn
  JOIN rounds_round round ON round.id = withdrawn.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  CROSS JOIN LATERAL (
    SELECT count(*) AS n FROM ballots_castevent
     WHERE round_id = withdrawn.round_id AND kind <> 'withdraw'
       AND (sha256('\\x00'::bytea || log_ref || commitment || convert_to(kind, 'UTF8')), commitment) IN (
         SELECT log_ref, commitment FROM ballots_castevent
          WHERE round_id = withdrawn.round_id AND kind = 'withdraw')) named
 WHERE named.n <> withdrawn.n
"""


def _box_and_log_agree(sample: int | None) -> Iterator[str]:
    for name, ballots, castings, firsts, entries, withdrawn, castings_withdrawn in _select(_BOX_AND_LOG):
        yield (
            f"{name}: the box holds {ballots} ballots cast {castings} times, "
            f"the log {entries} entries, {firsts} of them first and {withdrawn} withdrawals of ballots cast "
            f"{castings_withdrawn} times"
        )
    for name, withdrawn, named in _select(_ASTRAY):
        yield f"{name}: {withdrawn} withdrawals name {named} entries of the log"


_TWICE = """
SELECT authority.slug || '/' || round.slug, twice.n
  FROM (SELECT round_id, count(*) AS n
          FROM (SELECT round_id FROM ballots_ballotbox GROUP BY round_id, voter_tag HAVING count(*) > 1) tags
         GROUP BY round_id) twice
  JOIN rounds_round round ON round.id = twice.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
"""


def _one_ballot_a_person(sample: int | None) -> Iterator[str]:
    for name, n_tags in _select(_TWICE):
        yield f"{name}: {n_tags} tags stand more than once in the box"


# Figures are those the close itself recorded: what changes later no longer agrees with them.
_AFTER_CLOSE = """
SELECT authority.slug || '/' || round.slug,
       log.n, point.size, box.online, (reconciled.details->>'ballots')::bigint
  FROM polls_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM ballots_castevent WHERE round_id = poll.round_id) log
  CROSS JOIN LATERAL (SELECT max(size) AS size FROM ballots_checkpoint WHERE round_id = poll.round_id) point
  CROSS JOIN LATERAL (SELECT count(*) AS online FROM ballots_ballotbox
                       WHERE round_id = poll.round_id AND sealed IS NOT NULL) box
  LEFT JOIN LATERAL (SELECT details FROM audit_event
                      WHERE action = 'voting.box_reconciled' AND subject_type = 'rounds.round'
                        AND subject_id = poll.round_id::text ORDER BY id DESC LIMIT 1) reconciled ON true
 WHERE poll.state NOT IN ('drafted', 'frozen')
   AND (log.n IS DISTINCT FROM point.size
        OR (poll.state NOT IN ('closed', 'key_destroyed')
            AND box.online IS DISTINCT FROM (reconciled.details->>'ballots')::bigint)
        OR (poll.state = 'key_destroyed' AND box.online <> 0))
"""


def _nothing_changes_after_the_close(sample: int | None) -> Iterator[str]:
    for name, entries, size, ballots, reconciled in _select(_AFTER_CLOSE):
        yield (
            f"{name}: after the close the log has {entries} entries and its last checkpoint {size}; "
            f"the box holds {ballots} ballots, {reconciled} were reconciled"
        )


_GAPS = """
SELECT authority.slug || '/' || round.slug, count(event.leaf_index), max(event.leaf_index) + 1
  FROM ballots_castevent event
  JOIN rounds_round round ON round.id = event.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
 GROUP BY authority.slug, round.slug HAVING count(event.leaf_index) <> COALESCE(max(event.leaf_index) + 1, 0)
"""


def _the_log_is_dense_and_its_checkpoints_fit(sample: int | None) -> Iterator[str]:
    for name, numbered, last in _select(_GAPS):
        yield f"{name}: {numbered} log entries have places up to {last}"
    for poll in _recent([*_OPENABLE, _State.KEY_DESTROYED]):
        points = list(Checkpoint.objects.filter(round=poll.round).order_by("size"))
        leaves = (entry.leaf for entry in logbook.entries(poll.round_id))
        roots = _roots(leaves, [point.size for point in points])
        name = poll.round.full_slug
        for point in points:
            if roots.get(point.size) != bytes(point.root):
                yield f"{name}: the checkpoint of {point.size} entries has another root than they"
            elif not _is_signed(point):
                yield f"{name}: the checkpoint of {point.size} entries is not what was signed"


def _roots(leaves: Iterable[bytes], sizes: list[int]) -> dict[int, bytes]:
    """Return the roots of the first n leaves for several n, in one pass; sizes not reached are left out."""
    wanted, found = set(sizes), {0: merkle.EMPTY_ROOT}
    # The whole subtrees on the left edge, from the largest: how high each is, and its hash.
    edge: list[tuple[int, bytes]] = []
    for number, leaf in enumerate(leaves, start=1):
        height, node = 0, leaf
        while edge and edge[-1][0] == height:
            height, node = height + 1, merkle.node_hash(edge.pop()[1], node)
        edge.append((height, node))
        if number in wanted:
            root = edge[-1][1]
            for _height, left in reversed(edge[:-1]):
                root = merkle.node_hash(left, root)
            found[number] = root
    return found


def _is_signed(point: Checkpoint) -> bool:
    try:
        signed = signed_notes.open_note(bytes(point.note), bytes(point.public_key))
    except ValueError:
        return False
    return (signed.size, signed.root) == (point.size, bytes(point.root))


_VOTES = """
SELECT authority.slug || '/' || round.slug, paper.number, tally.scope, counted.votes, ballots.votes
  FROM counting_tally tally
  JOIN polls_ballotstyle paper ON paper.id = tally.ballot_style_id
  JOIN rounds_round round ON round.id = paper.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  CROSS JOIN LATERAL (SELECT COALESCE(sum(value::bigint), 0) AS votes
                        FROM jsonb_each_text(tally.outcome->'votes')) counted
  CROSS JOIN LATERAL (SELECT COALESCE(sum(jsonb_array_length(choices->paper.number::text)), 0) AS votes
                        FROM ballots_finalballot ballot
                       WHERE ballot.round_id = paper.round_id AND (
                         tally.scope = 'everybody' OR (tally.scope = 'outside') = (residency = 'outside')
                       )) ballots
 WHERE counted.votes <> ballots.votes
"""


def _votes_are_what_ballots_say(sample: int | None) -> Iterator[str]:
    for name, number, scope, counted, said in _select(_VOTES):
        yield f"{name}: paper {number} counts {counted} votes ({scope}) where its ballots give {said}"
    for poll in _recent(_COUNTED):
        rules = ruleset.read(poll.rules)
        ballots = FinalBallot.objects.filter(round_id=poll.round_id)
        if sample is not None:
            ballots = ballots.filter(ballot_ref__gte=os.urandom(16)).order_by("ballot_ref")[:sample]
        n_wrong = sum(
            1 for choices in ballots.values_list("choices", flat=True) if not _is_valid(rules, choices)
        )
        if n_wrong:
            yield f"{poll.round.full_slug}: {n_wrong} counted ballots break the rules of their paper"


def _is_valid(rules: ruleset.FrozenRules, choices: Mapping[str, list[object]]) -> bool:
    """Return whether a counted ballot could have been cast: styles left empty are left out of it."""
    papers = {str(paper.number): paper for paper in rules.ballot_styles}
    return all(
        number in papers and not papers[number].problems(polls_choices.entries_of(choices, int(number)))
        for number, entries in choices.items()
        if entries
    )


_COUNTED_BALLOTS = """
SELECT authority.slug || '/' || round.slug,
       final.online, box.online, final.paper, (reconciled.details->>'paper_ballots')::bigint,
       final.online + final.paper, (counted.details->>'ballots')::bigint
  FROM polls_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE NOT is_paper) AS online,
                             count(*) FILTER (WHERE is_paper) AS paper
                        FROM ballots_finalballot WHERE round_id = poll.round_id) final
  CROSS JOIN LATERAL (SELECT count(*) AS online FROM ballots_ballotbox
                       WHERE round_id = poll.round_id AND sealed IS NOT NULL) box
  LEFT JOIN LATERAL (SELECT details FROM audit_event
                      WHERE action = 'voting.box_reconciled' AND subject_type = 'rounds.round'
                        AND subject_id = poll.round_id::text ORDER BY id DESC LIMIT 1) reconciled ON true
  LEFT JOIN LATERAL (SELECT details FROM audit_event
                      WHERE action = 'voting.ballots_counted' AND subject_type = 'rounds.round'
                        AND subject_id = poll.round_id::text ORDER BY id DESC LIMIT 1) counted ON true
 WHERE poll.state IN ('counted', 'certified', 'published', 'key_destroyed')
   AND ((poll.state <> 'key_destroyed' AND final.online <> box.online)
        OR final.paper <> COALESCE((reconciled.details->>'paper_ballots')::bigint, 0)
        OR final.online + final.paper IS DISTINCT FROM (counted.details->>'ballots')::bigint)
"""


def _every_ballot_is_counted(sample: int | None) -> Iterator[str]:
    for name, online, box, paper, keyed, total, counted in _select(_COUNTED_BALLOTS):
        yield (
            f"{name}: {online} counted ballots from the box that holds {box}, {paper} from paper of {keyed} "
            f"keyed, {total} in all where {counted} were counted"
        )


_UNEXPLAINED = """
SELECT id FROM moderation_decision WHERE outcome = 'refuse' AND (reason = '' OR length(explanation) < %s)
"""
# The table refuses unknown codes; the services check that a code belongs to the authority.
_REASON_OF_OTHERS = """
SELECT step.id, step.reason
  FROM proposals_statuschange step
  JOIN proposals_proposal proposal ON proposal.id = step.proposal_id
  JOIN rounds_round round ON round.id = proposal.round_id
 WHERE step.reason <> ''
   AND NOT EXISTS (SELECT 1 FROM authorities_reason reason
                    WHERE reason.authority_id = round.authority_id AND reason.code = step.reason)
"""


def _every_no_is_explained_and_told(sample: int | None) -> Iterator[str]:
    for (decision_id,) in _select(_UNEXPLAINED, LEAST_EXPLANATION):
        yield f"decision {decision_id} of the moderators refuses without an explanation"
    for change_id, code in _select(_REASON_OF_OTHERS):
        yield f"step {change_id} says no for {code}, which is no reason of the round's authority"
    late = timezone.now() - PATIENCE
    if n := n_unannounced(late):
        yield f"{n} decisions older than {PATIENCE} have not been announced to their authors"


_SENT_TWICE = """
SELECT subject_id, count(*) FROM audit_event
 WHERE action = 'notices.notice_delivered' GROUP BY subject_id HAVING count(*) > 1
UNION ALL
SELECT notice_id::text, count(*) FROM notices_delivery GROUP BY notice_id, channel HAVING count(*) > 1
UNION ALL
SELECT min(notice_id)::text, count(*) FROM notices_delivery WHERE state = 'sent'
 GROUP BY notice_id HAVING count(*) > 1
"""


def _nobody_is_told_twice(sample: int | None) -> Iterator[str]:
    for notice, times in _select(_SENT_TWICE):
        yield f"notice {notice} was delivered, or is to be, {times} times"


def _the_record_is_as_sealed(sample: int | None) -> Iterator[str]:
    yield from breaks_of_chain(seals=None if sample is None else SEALS)


# A paper desk that is not settled holds a round in "closed" until a clerk settles it: that is no fault.
_STUCK = """
SELECT authority.slug || '/' || round.slug, poll.state FROM polls_poll poll
  JOIN rounds_round round ON round.id = poll.round_id
  JOIN authorities_authority authority ON authority.id = round.authority_id
  JOIN rounds_phase phase ON phase.round_id = poll.round_id AND phase.kind = 'voting'
 WHERE NOT poll.is_loading AND phase.closes_at < clock_timestamp() - %s::interval
   AND (poll.state = 'frozen'
        OR (poll.state IN ('closed', 'reconciled') AND poll.closed_at < clock_timestamp() - %s::interval
            AND NOT EXISTS (SELECT 1 FROM paper_pollingplace polling_place
                             WHERE polling_place.round_id = poll.round_id AND polling_place.settled_at IS
                             NULL)))
"""


def _no_round_is_stuck(sample: int | None) -> Iterator[str]:
    for name, state in _select(_STUCK, str(PATIENCE), str(PATIENCE)):
        yield f"{name}: the vote is over and has been {state} for more than {PATIENCE}"
    for poll in Poll.objects.filter(state=_State.KEY_DESTROYED).select_related("round__authority"):
        if (Path(settings.KEY_DIRECTORY) / f"round-{poll.key_name}.key").exists():
            yield f"{poll.round.full_slug}: the key was to be destroyed and is still on this machine"


def _keys_are_here(sample: int | None) -> Iterator[str]:
    for poll in Poll.objects.filter(state__in=_OPENABLE).select_related("round__authority"):
        if _key(poll) is None:
            yield f"{poll.round.full_slug}: its key is missing from this machine, or is another"


def _clocks_agree(sample: int | None) -> Iterator[str]:
    before = timezone.now()
    database = database_clock()
    after = timezone.now()
    if not before - CLOCKS_MAY_DIFFER <= database <= after + CLOCKS_MAY_DIFFER:
        difference = (database - after).total_seconds()
        yield f"the database's clock is {difference:+.0f} seconds from this machine's"


def _recent(states: list[Poll.State]) -> QuerySet[Poll]:
    polls = Poll.objects.filter(state__in=states).select_related("round__authority")
    return polls.filter(Q(closed_at=None) | Q(closed_at__gt=timezone.now() - RECENT))


def _key(poll: Poll) -> RoundKey | None:
    assert poll.key_name is not None
    try:
        return round_key(poll.key_name, bytes(poll.key_check or b""))
    except KeyUnavailable:
        return None


def _batches(rows: QuerySet[BallotBox]) -> Iterator[list[BallotBox]]:
    batch: list[BallotBox] = []
    for row in rows.iterator(chunk_size=2000):
        batch.append(row)
        if len(batch) == 500:
            yield batch
            batch = []
    if batch:
        yield batch


def _select(sql: str, *values: str | int) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return list(cursor.fetchall())


INVARIANTS = (
    Invariant(
        "I1",
        _("Every ballot in the box is the one recorded by its entry in the public log."),
        _ballots_are_what_the_log_fixed,
    ),
    Invariant(
        "I2",
        _("The box holds exactly the ballots that the log records as cast and not withdrawn."),
        _box_and_log_agree,
    ),
    Invariant("I3", _("Nobody has two ballots in one round."), _one_ballot_a_person),
    Invariant(
        "I4",
        _("No ballot was added, removed or changed after the poll closed."),
        _nothing_changes_after_the_close,
    ),
    Invariant(
        "I5",
        _("The public log has no gaps and matches every signed checkpoint."),
        _the_log_is_dense_and_its_checkpoints_fit,
    ),
    Invariant(
        "I6",
        _("Each project's votes equal those on the counted ballots, and every ballot follows the rules."),
        _votes_are_what_ballots_say,
    ),
    Invariant(
        "I7", _("Every ballot, online and on paper, was counted exactly once."), _every_ballot_is_counted
    ),
    Invariant(
        "I8",
        _("Every rejection has a reason, and the author was notified."),
        _every_no_is_explained_and_told,
    ),
    Invariant("I9", _("No message was sent twice."), _nobody_is_told_twice),
    Invariant("I10", _("The audit log has not been altered since it was sealed."), _the_record_is_as_sealed),
    Invariant("I11", _("No round is stuck between closing and the result."), _no_round_is_stuck),
    Invariant("K1", _("The keys of all open rounds are available where they are needed."), _keys_are_here),
    Invariant("K2", _("The clocks agree to within a second."), _clocks_agree),
)
