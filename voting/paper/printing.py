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
from rounds.models import Residency, Round
from voting.polls.problems import amount
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules
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


def ballot_styles(
    round: Round,
    rules: FrozenRules,
    ballot_styles: Sequence[FrozenBallotStyle],
    *,
    residency: str,
    language: str,
    is_draft: bool = False,
) -> bytes:
    """Return the ballots handed to one voter, each starting on its own page, in one language.

    `participation` says on the first page whose they are: the count only asks if a ballot is from inside or
    outside. A draft says so at the top of each page. Equal rules give equal bytes. About 0.2 s for 200
    projects.
    """
    with translation.override(language):
        content = _content(round, rules, ballot_styles, residency, language, is_draft)
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


def title_of(ballot_style: FrozenBallotStyle) -> str:
    """Return a paper's title in the active language."""
    return localize(ballot_style.title)


def _content(
    round: Round,
    rules: FrozenRules,
    ballot_styles: Sequence[FrozenBallotStyle],
    residency: str,
    language: str,
    is_draft: bool,
) -> dict[str, object]:
    title = text_in(round.title, language)
    mark = ballot_mark_of(round.authority)
    if residency == Residency.OUTSIDE:
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
        "papers": [_ballot_style(rules, ballot_style, language, mark) for ballot_style in ballot_styles],
    }


def _ballot_style(
    rules: FrozenRules, ballot_style: FrozenBallotStyle, language: str, mark: BallotMark
) -> dict[str, object]:
    options = []
    for option in ballot_style.options.values():
        title, found = choose(option.title, language)
        facts = [text_in(rules.categories[option.category], language)]
        if option.area:
            facts.append(text_in(rules.areas[option.area], language))
        options.append(
            {
                "number": str(option.number),
                "title": title,
                "language": found,
                "facts": " · ".join([*facts, option.code]),
                "cost": amount(option.cost_minor, rules.currency),
            }
        )
    how = render_to_string("voting/_how.html", {"ballot_style": ballot_style, "rules": rules})
    return {
        "title": text_in(ballot_style.title, language),
        "how": " ".join(html.unescape(strip_tags(how)).split()),
        "mark": mark if _is_marked(ballot_style) else "number",
        "mark_words": " ".join(_mark_words(ballot_style, mark)),
        "lines": options,
    }


def _is_marked(ballot_style: FrozenBallotStyle) -> bool:
    """Return whether voters write a mark next to an option, rather than a number."""
    return ballot_style.kind in (Kind.APPROVAL, Kind.KNAPSACK)


def _mark_words(ballot_style: FrozenBallotStyle, mark: BallotMark) -> list[str]:
    if ballot_style.kind is Kind.CUMULATIVE:
        return [
            gettext("Write the points you give in the box next to a project. Leave the other boxes empty.")
        ]
    if ballot_style.kind is Kind.ORDINAL:
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


def clerks_rules(ballot_styles: Sequence[FrozenBallotStyle], mark: BallotMark) -> list[str]:
    """Return how to read what voters wrote on papers, in the active language.

    `mark` is the one the sheet asks for. Another clear mark counts unless it means no in the country.
    """
    rules: list[StrPromise] = []
    if any(_is_marked(ballot_style) for ballot_style in ballot_styles):
        rules += _MARKS_READ[mark]
    if not all(_is_marked(ballot_style) for ballot_style in ballot_styles):
        rules += [
            _("Transcribe the numbers in the boxes exactly as the voter wrote them."),
            _("A project with an empty box gets nothing."),
        ]
    rules.append(_("If you cannot tell what the voter chose, record the paper as invalid and say why."))
    return [str(rule) for rule in rules]
