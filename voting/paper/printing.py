"""Ballot papers as a PDF to be filled in by hand, made by typst. Nothing on them tells who the voter is."""

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typst
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from authorities.ballot_marks import BallotMark
from authorities.selectors import ballot_mark_of
from core.i18n import choose, localize, text_in
from rounds.models import Participation, Round
from voting.polls.frozen import Paper, Rules
from voting.polls.problems import amount
from voting.tally import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

_SOURCE = Path(__file__).with_name("ballot.typ")


_MARKS_READ = {
    BallotMark.CIRCLE: (
        _("A project is chosen if there is a circle (○) or a tick (✓) in its box."),
        _("A project with a cross (×) in its box, or with its line struck through, is not chosen."),
    ),
    BallotMark.CROSS: (
        _("A project is chosen if there is a cross (×) or a tick (✓) in its box."),
        _("A project with its line struck through is not chosen."),
    ),
    BallotMark.TICK: (
        _("A project is chosen if there is a tick (✓) or a cross (×) in its box."),
        _("A project with its line struck through is not chosen."),
    ),
}


def ballot_papers(
    round: Round,
    rules: Rules,
    papers: Sequence[Paper],
    *,
    participation: str,
    language: str,
    is_draft: bool = False,
) -> bytes:
    """Return the ballots handed to one voter, each starting on its own page, in one language.

    `participation` says on the first page whose they are: the count only asks if a ballot is from inside or
    outside. A draft says so at the top of each page. Equal rules give equal bytes. About 0.2 s for 200
    projects.
    """
    with translation.override(language):
        content = _content(round, rules, papers, participation, language, is_draft)
    made: bytes = typst.compile(
        _SOURCE,
        root=_SOURCE.parent,
        # The same letters as in the reports; a file's place, not an import.
        font_paths=[Path(settings.BASE_DIR) / "reports" / "render" / "fonts"],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"document": json.dumps(content)},
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    return made


def title_of(paper: Paper) -> str:
    """Return a paper's title in the active language."""
    return localize(paper.title)


def _content(
    round: Round,
    rules: Rules,
    papers: Sequence[Paper],
    participation: str,
    language: str,
    is_draft: bool,
) -> dict[str, object]:
    title = text_in(round.title, language)
    mark = ballot_mark_of(round.authority)
    if participation == Participation.OUTSIDE:
        voters = gettext("For people from outside the area")
    else:
        voters = gettext("For people who live, work or study here")
    return {
        "title": title,
        "authority": text_in(round.authority.name, language),
        "language": language,
        "notice": gettext("DRAFT: not for voting") if is_draft else "",
        "voters": voters,
        "office": gettext("For the polling place"),
        "batch": gettext("Batch"),
        "sequence": gettext("No."),
        "footer": gettext("%(authority)s · %(round)s · do not write your name")
        % {"authority": text_in(round.authority.name, language), "round": title},
        "headings": [gettext("Mark"), gettext("Number"), gettext("Project"), gettext("Cost")],
        "example": {
            "title": gettext("Example"),
            "project": pgettext("printed example", "Project"),
            "chosen": gettext("chosen"),
            "not_chosen": gettext("not chosen"),
        },
        "papers": [_paper(rules, paper, language, mark) for paper in papers],
    }


def _paper(rules: Rules, paper: Paper, language: str, mark: BallotMark) -> dict[str, object]:
    lines = []
    for line in paper.lines.values():
        title, found = choose(line.title, language)
        facts = [text_in(rules.categories[line.category], language)]
        if line.area:
            facts.append(text_in(rules.areas[line.area], language))
        lines.append(
            {
                "number": str(line.number),
                "title": title,
                "language": found,
                "facts": " · ".join([*facts, line.code]),
                "cost": amount(line.cost_minor, rules.currency),
            }
        )
    how = render_to_string("voting/_how.html", {"paper": paper, "rules": rules})
    return {
        "title": text_in(paper.title, language),
        "how": " ".join(html.unescape(strip_tags(how)).split()),
        "mark": mark if _is_marked(paper) else "number",
        "mark_words": " ".join(_mark_words(paper, mark)),
        "lines": lines,
    }


def _is_marked(paper: Paper) -> bool:
    """Return whether voters write a mark next to an option, rather than a number."""
    return paper.kind in (Kind.APPROVAL, Kind.KNAPSACK)


def _mark_words(paper: Paper, mark: BallotMark) -> list[str]:
    if paper.kind is Kind.CUMULATIVE:
        return [
            gettext("Write the points you give in the box next to a project. Leave the other boxes empty.")
        ]
    if paper.kind is Kind.ORDINAL:
        return [
            gettext(
                "Write 1 in the box next to your first choice, 2 next to your second choice, and so on. "
                "Leave the other boxes empty."
            )
        ]
    match mark:
        case BallotMark.CIRCLE:
            return [
                gettext("Draw a circle (○) in the box next to each project you choose."),
                gettext("A project that is crossed out is not chosen."),
            ]
        case BallotMark.TICK:
            return [
                gettext("Tick (✓) the box next to each project you choose."),
                gettext("A project that is struck through is not chosen."),
            ]
    return [gettext("Put a cross (×) in the box next to each project you choose.")]


def clerks_rules(papers: Sequence[Paper], mark: BallotMark) -> list[str]:
    """Return how to read what voters wrote on papers, in the active language.

    `mark` is the one the sheet asks for. Another clear mark counts unless it means no in the country.
    """
    rules: list[StrPromise] = []
    if any(_is_marked(paper) for paper in papers):
        rules += _MARKS_READ[mark]
    if not all(_is_marked(paper) for paper in papers):
        rules += [
            _("Transcribe the numbers in the boxes exactly as the voter wrote them."),
            _("A project with an empty box gets nothing."),
        ]
    rules.append(_("If you cannot tell what the voter chose, record the paper as invalid and say why."))
    return [str(rule) for rule in rules]
