"""Publishing a round's report, and handing the adopted projects to the council."""

import hashlib

from django.db import transaction
from django.utils import timezone, translation

from audit.actions import Action
from audit.services import record
from core.exceptions import NotPermitted
from identity.models import Account
from identity.roles import Permission
from reports import assembly, documents, selectors
from reports.exceptions import CorrectionUnexplained, NothingCertified, NothingPublished, NothingToCorrect
from reports.models import Export, Snapshot
from reports.render import files
from rounds.models import Round


@transaction.atomic
def take_snapshot(round: Round, *, actor: Account | None, correction: str = "") -> Snapshot:
    """Publish the round's current figures. `correction` says what changed since the last report.

    `actor` None is the operator at the command line, or the demo. Raises NotPermitted, NothingCertified
    before a result is certified, CorrectionUnexplained if there is a report and no correction is given,
    NothingToCorrect if the figures equal those of the current report.
    """
    if actor is not None and not actor.has_perm(Permission.PUBLISH_REPORT, round.authority):
        raise NotPermitted()
    # One report at a time, so that numbers follow each other and each corrects the one before.
    round = Round.objects.select_for_update(of=("self",)).select_related("authority__area").get(pk=round.pk)
    if not selectors.is_certified(round):
        raise NothingCertified()
    now = timezone.now()
    document = assembly.report_of(round, now=now).stored()
    standing = selectors.latest(round)
    correction = correction.strip()
    if standing is not None and _figures(document) == _figures(standing.document):
        raise NothingToCorrect()
    if standing is not None and not correction:
        raise CorrectionUnexplained()
    snapshot = Snapshot.objects.create(
        round=round,
        number=standing.number + 1 if standing else 1,
        taken_at=now,
        taken_by=actor,
        corrects=standing,
        correction=correction if standing else "",
        document=document,
        sha256=documents.digest(document),
    )
    record(
        Action.REPORT_PUBLISHED,
        snapshot,
        actor=actor,
        authority=round.authority,
        number=snapshot.number,
        sha256=snapshot.sha256,
    )
    return snapshot


@transaction.atomic
def export_adopted(round: Round, form: Export.Form, *, language: str, actor: Account) -> tuple[Export, bytes]:
    """Return the adopted projects of the standing report as a file, and the row that tells of the export.

    Words are in `language`; the same report, form and language give the same bytes. Raises
    NotPermitted, NothingPublished.
    """
    if not actor.has_perm(Permission.EXPORT_ADOPTED, round.authority):
        raise NotPermitted()
    snapshot = selectors.latest(round)
    if snapshot is None:
        raise NothingPublished()
    with translation.override(language):
        content, n_rows = files.adopted_file(snapshot, form)
    export = Export.objects.create(
        round=round,
        snapshot=snapshot,
        kind=Export.Kind.ADOPTED,
        form=form,
        language=language,
        exported_at=timezone.now(),
        exported_by=actor,
        n_rows=n_rows,
        sha256=hashlib.sha256(content).hexdigest(),
    )
    record(
        Action.ADOPTED_EXPORTED,
        export,
        actor=actor,
        authority=round.authority,
        snapshot=snapshot.number,
        form=form.value,
        rows=export.n_rows,
        sha256=export.sha256,
    )
    return export, content


def _figures(document: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name != "as_of"}
