"""Freezing the rules: from then on there is a key, an empty box and an empty log."""

from django.db import transaction

from audit.actions import Action
from audit.services import record
from core.db import clock as db_clock
from identity.models import Account
from rounds import locks
from rounds.models import Round
from voting.ballots.services import sequencing
from voting.polls import keys, ruleset
from voting.polls.exceptions import NotReady
from voting.polls.models import Poll
from voting.polls.services.ballot_styles import rules_to_freeze


@transaction.atomic
def freeze_rules(round: Round, *, actor: Account | None) -> Poll:
    """Freeze and hash the rules and ballot papers, and make the round's key. Freezing twice is once.

    From here on the database refuses changes to the papers, the rules of the count, the dates and the
    budget, and who may vote. Raises NotReady without a ballot paper, a voting phase or rules,
    RuleNotCountable or PointsNeeded for a rule that cannot decide here, and KeyUnavailable if the key
    cannot be kept.
    """
    locks.lock_calendar_exclusive(round.pk)
    poll: Poll | None = Poll.objects.select_for_update().filter(round=round).first()
    if poll is None:
        raise NotReady()
    if poll.is_frozen:
        return poll
    round = Round.objects.select_related("authority", "rule_set").get(pk=round.pk)
    poll.rules = ruleset.write(rules_to_freeze(round, poll))
    poll.rules_hash = ruleset.digest(poll.rules)
    poll.key_name, key = keys.create_round_key()
    poll.key_check = key.check
    poll.frozen_at = db_clock.database_clock()
    poll.state = Poll.State.FROZEN
    poll.save()
    # The empty log: from here on everybody knows the key that signs it.
    sequencing.complete(round)
    record(
        Action.RULES_FROZEN,
        round,
        actor=actor,
        authority=round.authority,
        rules_hash=poll.rules_hash.hex(),
    )
    return poll
