"""The publication of a vote as one folder and one zip that anybody can verify without the platform.

Made from the tables alone, so any machine makes the same bytes again. A folder gets its public name, a link
named like the round in its authority's folder, only once it is complete and on disk: a crash in between
leaves the link as it was.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.utils import translation

from rounds.models import Round
from voting.ballots import logbook
from voting.ballots.models import CastEvent, FinalBallot
from voting.counting import explanations
from voting.counting import pb_files as publication
from voting.counting.ballot_files import ballot_file
from voting.counting.models import Tally
from voting.polls import ruleset, second_count
from voting.polls.exceptions import StageOutOfOrder
from voting.polls.models import Poll

_ZIP = "publication.zip"
_HERE = Path(__file__).resolve().parent


def make_bundle(round: Round) -> Path:
    """Write the publication of a round, put its link in place, and return the folder. Raises StageOutOfOrder.

    About a minute for a million ballots, which are streamed. Making it again changes nothing.
    """
    poll = Poll.objects.get(round=round)
    if not poll.is_published:
        raise StageOutOfOrder()
    root = _folder(round)
    root.mkdir(parents=True, exist_ok=True)
    with _alone(root, round.slug):
        for leftover in root.glob(f".{round.slug}.new-*"):
            # Left by a process that died: any other writer here holds the lock. No slug contains a dot, so
            # none of these belongs to another round.
            shutil.rmtree(leftover)
        building = Path(tempfile.mkdtemp(prefix=f".{round.slug}.new-", dir=root))
        building.chmod(0o755)
        _Folder(building, round, poll).write()
        digest = hashlib.sha256((building / "files" / "SHA256SUMS").read_bytes()).hexdigest()
        whole = root / f"{round.slug}.{digest[:16]}"
        if whole.exists():
            shutil.rmtree(building)
        else:
            building.rename(whole)
        _sync(root)
        _flip(root / round.slug, whole)
    return whole


def published_zip(round: Round) -> Path | None:
    """Return the zip of a round's publication on this machine; None until it is made."""
    path = _folder(round) / round.slug / _ZIP
    return path if path.is_file() else None


def _folder(round: Round) -> Path:
    """The folder of an authority's publications: two authorities can have rounds of the same name."""
    return Path(settings.PUBLICATION_ROOT) / round.authority.slug


@contextmanager
def _alone(root: Path, slug: str) -> Iterator[None]:
    with (root / f".{slug}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _flip(link: Path, target: Path) -> None:
    new = link.with_name(f".{link.name}.link")
    new.unlink(missing_ok=True)
    new.symlink_to(target.name)
    new.replace(link)
    _sync(link.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Folder:
    """One publication being written: `files/`, and the same as a zip."""

    def __init__(self, path: Path, round: Round, poll: Poll) -> None:
        self._path = path
        self._round = round
        self._poll = poll
        self._rules = ruleset.read(poll.rules)
        self._sums: dict[str, str] = {}

    def write(self) -> None:
        last = logbook.latest(self._round)
        assert last is not None
        self._file("rules.json", [self._poll.rules.encode()])
        self._file("public-key.txt", [f"{logbook.key_of(last, self._round)}\n".encode()])
        for checkpoint in self._round.checkpoints.order_by("size").iterator():
            self._file(f"checkpoints/checkpoint-{checkpoint.size:012}.txt", [bytes(checkpoint.note)])
        self._file("log/entries.csv", self._entries())
        self._file("results.json", [self._results(logbook.key_of(last, self._round))])
        for name, source in (
            ("README.md", _HERE / "bundle_files" / "README.md"),
            ("README.ko.md", _HERE / "bundle_files" / "README.ko.md"),
            *((source.name, source) for source in second_count.files()),
            ("verify.py", _HERE / "verify.py"),
        ):
            self._file(name, [source.read_bytes()])
        sums = "".join(f"{digest}  {name}\n" for name, digest in sorted(self._sums.items()))
        self._file("SHA256SUMS", [sums.encode()])
        self._zip()
        for folder, _, _ in os.walk(self._path):
            _sync(Path(folder))

    def _file(self, name: str, content: Iterable[bytes]) -> None:
        path = self._path / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        state = hashlib.sha256()
        with path.open("wb") as file:
            for block in content:
                state.update(block)
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        self._sums[name] = state.hexdigest()

    def _zip(self) -> None:
        """Pack the files in the order of their names, with one fixed time and mode."""
        with (self._path / _ZIP).open("wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                for name in sorted(self._sums):
                    about = zipfile.ZipInfo(f"{self._round.file_stem}/{name}", (1980, 1, 1, 0, 0, 0))
                    about.create_system = 3
                    about.external_attr = 0o100644 << 16
                    about.compress_type = zipfile.ZIP_DEFLATED
                    source = self._path / "files" / name
                    about.file_size = source.stat().st_size
                    with source.open("rb") as content, packed.open(about, "w") as member:
                        shutil.copyfileobj(content, member, 1 << 20)
            file.flush()
            os.fsync(file.fileno())

    def _entries(self) -> Iterator[bytes]:
        yield b"index,log_ref,commitment,kind\n"
        rows = CastEvent.objects.filter(round=self._round, leaf_index__isnull=False).order_by("leaf_index")
        values = rows.values_list("leaf_index", "log_ref", "commitment", "kind")
        lines = (
            f"{index},{log_ref.hex()},{commitment.hex()},{kind}\n"
            for index, log_ref, commitment, kind in values.iterator(chunk_size=2000)
        )
        while block := "".join(islice(lines, 2000)):
            yield block.encode()

    def _results(self, verifier_key: str) -> bytes:
        round, poll = self._round, self._poll
        ballots = FinalBallot.objects.filter(round_id=round.pk)
        n_paper = ballots.filter(is_paper=True).count()
        approvals = round.approvals.filter(stage__in=["certify", "publish"]).order_by("approved_at")
        document = {
            "format": "results-v1",
            "round": round.slug,
            "authority": round.authority.slug,
            "receipt_mode": poll.receipt_mode,
            "rules_sha256": bytes(poll.rules_hash or b"").hex(),
            "verifier_key": verifier_key,
            "closed_at": poll.closed_at.isoformat() if poll.closed_at else None,
            "log_entries": CastEvent.objects.filter(round=round).count(),
            "ballots": {"online": ballots.count() - n_paper, "paper": n_paper},
            # Each step by two different officials.
            "steps": [
                {
                    "step": approval.stage,
                    "requested_at": approval.requested_at.isoformat(),
                    "approved_at": approval.approved_at.isoformat() if approval.approved_at else None,
                }
                for approval in approvals
            ],
            "papers": [self._ballot_style(ballot_style) for ballot_style in self._rules.ballot_styles],
        }
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)
        return f"{text}\n".encode()

    def _ballot_style(self, ballot_style: ruleset.FrozenBallotStyle) -> dict[str, object]:
        tallies = {
            tally.scope: tally
            for tally in Tally.objects.filter(
                ballot_style__round=self._round, ballot_style__number=ballot_style.number
            )
        }
        decisive = next(tally for tally in tallies.values() if tally.is_decisive)
        scopes = {}
        sizes = {scope: tally.n_ballots for scope, tally in tallies.items()}
        for scope in sorted(publication.scopes_to_publish(sizes, decisive.scope)):
            tally = tallies[scope]
            name = f"ballots/{ballot_style.number}-{scope}.pb"
            self._file(name, ballot_file(self._round, self._rules, ballot_style, scope))
            scopes[scope] = {
                "file": name,
                "decides": tally.is_decisive,
                "n_ballots": tally.n_ballots,
                "n_blank": tally.n_blank,
                "input_sha256": bytes(tally.input_hash).hex(),
                "counted_at": tally.counted_at.isoformat(),
                "outcome": tally.outcome,
            }
        with translation.override("en"):
            reasons = explanations.reasons(decisive.outcome, self._rules.currency)
        return {
            "number": ballot_style.number,
            "title": dict(ballot_style.title),
            "is_of_an_area": bool(ballot_style.area_path),
            "recount": second_count.words(self._rules),
            "scopes": scopes,
            "reasons": {code: str(reason) for code, reason in reasons.items()},
        }
