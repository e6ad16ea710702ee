"""The counted ballots of one paper as a `.pb` file, streamed."""

import json
from collections.abc import Iterator

from django.db.models import Func, TextField, Value
from django.db.models.functions import Collate

from rounds.models import Residency, Round
from voting.ballots.models import FinalBallot
from voting.counting import pb_files as publication
from voting.counting.models import Tally
from voting.polls import ruleset
from voting.polls.models import Poll

# JSON without white space around it, read in half the time.
_read = json.JSONDecoder().raw_decode


def ballot_file(
    round: Round, rules: ruleset.FrozenRules, ballot_style: ruleset.FrozenBallotStyle, scope: str
) -> Iterator[bytes]:
    """Yield the counted ballots of a paper as a `.pb` file, of everybody, inside or outside. Three queries.

    With receipts that show only that a ballot was recorded, references are left out.
    """
    rows = FinalBallot.objects.filter(round_id=round.pk)
    if scope == Tally.Scope.INSIDE:
        rows = rows.exclude(residency=Residency.OUTSIDE)
    elif scope == Tally.Scope.OUTSIDE:
        rows = rows.filter(residency=Residency.OUTSIDE)
    # Django's own transform takes a key of digits for a place in a list.
    rows = rows.annotate(
        entries=Func(
            "choices", Value(str(ballot_style.number)), template="(%(expressions)s)", arg_joiner=" ->> ",
            output_field=TextField(),
        )
    )  # fmt: skip
    rows = rows.filter(entries__isnull=False).exclude(entries="[]")
    shows_refs = rules.receipt_mode == Poll.ReceiptMode.OPEN
    ordered = rows.order_by("ballot_ref" if shows_refs else Collate("entries", "C"))
    values = ordered.values_list("ballot_ref", "entries").iterator(chunk_size=2000)
    return publication.pb(
        ballot_style,
        rules,
        ((ref.hex() if shows_refs else "", _read(entries)[0]) for ref, entries in values),
        n_votes=rows.count(),
        closes_at=round.phases.get(kind="voting").closes_at,
        unit=scope,
    )
