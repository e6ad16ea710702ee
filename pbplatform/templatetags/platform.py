"""Template tags for money, dates, texts in several languages and statuses.

The reader's language is the active one; a round (anything with `time_zone`) gives the zone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Protocol

from django import template
from django.core.paginator import Paginator
from django.template.base import NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.template.defaulttags import CommentNode
from django.template.loader import render_to_string
from django.templatetags.i18n import TranslateNode
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext, gettext_lazy, ngettext

from core import formats
from core.days import day_in, last_day
from core.i18n import choose, current_language, localize
from proposals.lifecycle import STATES

register = template.Library()


class HasTimeZone(Protocol):
    time_zone: str


class UnchangingNode(template.Node):
    """The words of an `unchanging` block, kept by language."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._kept: dict[str, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = current_language()
        kept = self._kept.get(language)
        if kept is None:
            kept = self._kept[language] = self.nodelist.render(context)
        return kept


@register.tag
def unchanging(parser: Parser, token: Token) -> UnchangingNode:
    """`{% unchanging %}…{% endunchanging %}`: words that are the same for everybody who reads the language.

    They are put together once for each language and process, for the few pages that many ask for at once.
    Raises TemplateSyntaxError if there is anything inside but text and `{% translate "…" %}`: what depends on
    the reader must not be kept for the next one.
    """
    nodelist = parser.parse(("endunchanging",))
    parser.delete_first_token()
    for node in nodelist:
        if not isinstance(node, TextNode | CommentNode) and not _is_plain_translation(node):
            raise template.TemplateSyntaxError(
                f"unchanging holds text and plain translations alone, not {type(node).__name__}"
            )
    return UnchangingNode(nodelist)


def _is_plain_translation(node: template.Node) -> bool:
    return (
        isinstance(node, TranslateNode)
        and node.asvar is None
        and node.message_context is None
        and not node.filter_expression.filters
        and getattr(node.filter_expression.var, "lookups", None) is None
    )


@register.filter
def multilingual(texts: Mapping[str, str] | None) -> SafeString:
    """The text for this reader; in a span with its language if it is another one."""
    return _multilingual(texts or {}, current_language())


def _multilingual(texts: Mapping[str, str], language: str) -> SafeString:
    text, found = choose(texts, language)
    if found == language:
        return escape(text)
    return format_html('<span lang="{}">{}</span>', found, text)


@register.simple_tag
def written_in(text: str | Mapping[str, str]) -> SafeString:
    """Say which language a text is in, if it is not the reader's: a code, or a text by language."""
    reader = current_language()
    found = text if isinstance(text, str) else choose(text, reader)[1]
    if not found or found.split("-")[0] == reader:
        return SafeString("")
    name = get_language_info(found)["name_translated"]
    return format_html(
        ' <span class="pb-small pb-soft">{}</span>', gettext("Written in %(language)s") % {"language": name}
    )


# Office words and what they mean, explained where they are used.
_EXPLAINED = {
    "reflection_rate": (
        gettext_lazy("Reflection rate"),
        gettext_lazy("The share of all submitted proposals that were adopted into the budget."),
    ),
    "truncated": (
        gettext_lazy("Truncated after one decimal"),
        gettext_lazy("The further digits are left out and nothing is rounded up: 26.67 becomes 26.6."),
    ),
    "fingerprint": (
        gettext_lazy("Fingerprint or hash (SHA-256)"),
        gettext_lazy(
            "A code that a computer makes from a file. If anything in it changes, the code changes too. "
            "Anyone who wrote it down can check that nothing was changed."
        ),
    ),
    "sealed": (
        gettext_lazy("Sealed"),
        gettext_lazy("Encrypted, so that nobody can read it before voting closes."),
    ),
    "seed": (
        gettext_lazy("Seed"),
        gettext_lazy(
            "A published text from which lots are drawn by calculation. Everybody can repeat the draw."
        ),
    ),
    "deciding_ballots": (
        gettext_lazy("Deciding ballots"),
        gettext_lazy("The ballots from which the result is counted, by the published rule."),
    ),
    "effective_votes": (
        gettext_lazy("Effective votes"),
        gettext_lazy(
            "With equal shares: the number of voters who could pay for the project together if each paid the "
            "full price. The project with the most comes next."
        ),
    ),
    "entry": (
        gettext_lazy("Log entry"),
        gettext_lazy(
            "A line in the public list of received ballots. It does not show the vote or the voter."
        ),
    ),
    "checkpoint": (
        gettext_lazy("Checkpoint"),
        gettext_lazy(
            "A signed note with the number of entries in the log. Later ones contain all earlier entries."
        ),
    ),
    "proof": (
        gettext_lazy("Proof"),
        gettext_lazy("A short calculation that shows that an entry is in the log. Your browser checks it."),
    ),
}


@register.inclusion_tag("_explained.html", takes_context=True)
def explained(context: Context, *terms: str) -> dict[str, object]:
    """Explain office words of a page, folded; unfolded for readers of plain language. Raises KeyError."""
    display = context.get("display")
    return {"terms": [_EXPLAINED[term] for term in terms], "is_open": bool(display and display.plain)}


@register.filter
def multilingual_text(texts: Mapping[str, str] | None) -> str:
    """The same without markup, for titles and attributes."""
    return localize(texts or {})


@register.filter
def platform_name(authority: Any) -> str:
    """The platform's name in an authority, in the reader's language; its own name by default."""
    named = localize(getattr(authority, "platform_name", None) or {})
    return named or gettext("Participatory budgeting")


@register.filter
def money(amount_minor: int | None, currency: str) -> str:
    """A sum in the reader's notation; empty for None."""
    return "" if amount_minor is None else formats.amount(amount_minor, currency, current_language())


@register.filter
def money_in_prose(amount_minor: int | None, currency: str) -> str:
    """A sum within a sentence, short if it has a short form: 40억 원; empty for None."""
    return "" if amount_minor is None else formats.amount_in_prose(amount_minor, currency, current_language())


class Chosen(Protocol):
    """A chosen project, with its points and its rank among the choices."""

    option: Any
    points: int
    place: int


@register.simple_tag
def chosen_option(chosen: Chosen, kind: str, currency: str) -> SafeString:
    """The cells of a chosen project: number (or rank), title, points, cost."""
    return format_html(_CHOSEN_OPTION, *_chosen_option(chosen, kind, currency, current_language()))


@register.simple_tag
def chosen_options(options: Sequence[Chosen], kind: str, currency: str) -> SafeString:
    """The items of a list of chosen projects, each with what `chosen_option` says.

    Written here because every answer to a ballot holds some of them: a template takes ten times as long.
    """
    language = current_language()
    return format_html_join(
        "\n",
        '<li class="pb-line" id="line-{}">' + _CHOSEN_OPTION + "</li>",
        ((chosen.option.code, *_chosen_option(chosen, kind, currency, language)) for chosen in options),
    )


_CHOSEN_OPTION = (
    '<span class="pb-line__name"><span class="pb-ballot-number">{}.</span> {} <small>{}</small></span>\n'
    '{}<span class="pb-line__cost">{}</span>'
)


def _chosen_option(chosen: Chosen, kind: str, currency: str, language: str) -> tuple[object, ...]:
    option = chosen.option
    points: str | SafeString = ""
    if chosen.points:
        says = ngettext("%(n)s point", "%(n)s points", chosen.points) % {"n": chosen.points}
        points = format_html('<span class="pb-line__cost">{}</span>\n', says)
    number = chosen.place if kind == "ordinal" else option.number
    cost = formats.amount(option.cost_minor, currency, language)
    return number, _multilingual(option.title, language), option.code, points, cost


@register.filter
def money_affix(currency: str) -> str:
    return formats.money_affix(currency, current_language())


@register.filter
def number(value: int | None) -> str:
    """A whole number in groups of three, as the reader's language groups them."""
    return "" if value is None else formats.number(value, current_language())


@register.filter
def public_date(when: datetime | date | None, round: HasTimeZone | str = "UTC") -> str:
    """The day of an instant in the round's zone (or a plain day) in the reader's calendar."""
    if when is None:
        return ""
    if isinstance(when, datetime):
        when = day_in(_zone(round), when)
    return formats.public_date(when, current_language())


@register.filter
def weekday_date(when: datetime, round: HasTimeZone | str = "UTC") -> str:
    """The day of an instant in the round's zone, with its weekday."""
    return formats.weekday_date(day_in(_zone(round), when), current_language())


@register.filter
def fiscal_year(year: int) -> str:
    """A fiscal year in the reader's calendar."""
    return formats.fiscal_year(year, current_language())


@register.filter
def public_datetime(when: datetime | None, round: HasTimeZone | str = "UTC") -> str:
    """Day and time in the round's zone, with the zone's name."""
    return "" if when is None else formats.public_datetime(when, _zone(round), current_language())


@register.filter
def public_close(when: datetime | None, round: HasTimeZone | str = "UTC") -> str:
    """A deadline, to follow "until": the end of its last day if that is whole, otherwise day and time."""
    return "" if when is None else formats.public_close(when, _zone(round), current_language())


@register.filter
def public_period(phase: Any, round: HasTimeZone | str) -> str:
    """First to last day of anything with `opens_at` and `closes_at`."""
    return formats.public_period(phase.opens_at, phase.closes_at, _zone(round), current_language())


@register.filter
def works_for(user: Any, authority: Any) -> bool:
    """Return whether the reader has a role in the authority. One query per request, then none."""
    return bool(user.is_authenticated and user.roles_in(authority))


@register.simple_tag
def time_left(closes_at: datetime, now: datetime, round: HasTimeZone | str) -> str:
    """The time left until something closes, in days of the round's calendar."""
    zone = _zone(round)
    days = (last_day(zone, closes_at) - day_in(zone, now)).days
    if closes_at <= now:
        return gettext("Closed")
    if days <= 0:
        return gettext("Last day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def _zone(round: HasTimeZone | str) -> str:
    return round if isinstance(round, str) else round.time_zone


# The state of a comment, a ballot or the work → the tone and sign of its tag; those of a proposal are in
# `proposals.lifecycle`. What is in neither is shown plainly; colour is never the only sign, and a no is never
# red.
TONES: dict[str, tuple[str, str]] = {
    "screening": ("working", "half"),
    "rejected": ("plain", "bar"),
    "planned": ("yes", "circle"),
    "in_progress": ("yes", "half"),
    "delayed": ("attention", "half"),
    "completed": ("yes", "tick"),
    "cancelled": ("plain", "bar"),
    "drafted": ("plain", "pencil"),
    "frozen": ("ballot", "box"),
    "closed": ("plain", "bar"),
    "reconciled": ("working", "half"),
    "counted": ("working", "tick"),
    "certified": ("yes", "tick"),
    "verified": ("yes", "tick"),
}


@register.inclusion_tag("_status.html")
def status(state: str, label: str) -> dict[str, str]:
    """A status tag: `{% status proposal.state proposal.get_state_display %}`."""
    row = STATES.get(state)
    tone, sign = (row.tone, row.sign) if row is not None else TONES.get(state, ("plain", "circle"))
    return {"tone": tone, "sign": sign, "label": label}


@register.inclusion_tag("_bar.html")
def bar(value: int, whole: int, target: Any = None, tall: bool = False) -> dict[str, object]:
    """A bar of `value` in `whole`, with a mark at `target` percent if given.

    It is decoration: the same figures must be next to it as text.
    """
    share = Fraction(value, whole) if whole else Fraction(0)
    return {"percent": _percent(min(share, Fraction(1))), "target": target, "tall": tall}


@register.inclusion_tag("_budget_bar.html")
def budget_bar(
    spent: int, total: int, currency: str, chosen: int, limit_words: str = "", review_url: str = ""
) -> dict[str, object]:
    """The ballot's sticky bar: sums in minor units, `chosen` projects, and links next to them."""
    return {
        "spent": spent,
        "total": total,
        "shown": min(spent, total),
        "chosen": chosen,
        "is_over": spent > total,
        "spent_words": money(spent, currency),
        "total_words": money(total, currency),
        "left_words": money(max(total - spent, 0), currency),
        "over_words": money(max(spent - total, 0), currency),
        "limit_words": limit_words,
        "review_url": review_url,
    }


def _percent(share: Fraction) -> str:
    """As SVG wants it: a point, never the reader's decimal comma."""
    return f"{float(share * 100):.2f}%"


@register.simple_block_tag
def breadcrumbs(content: SafeString) -> SafeString:
    """Breadcrumbs: one `<li>` with a link for each page above, from the top."""
    return render_to_string("_breadcrumbs.html", {"places": content})


@register.simple_block_tag
def button(content: SafeString, kind: str = "") -> SafeString:
    """A button that sends its form once, however often it is pressed.

    `kind` is "" for what the page is for, "secondary", or "warning" for what cannot be undone.
    """
    return format_html(
        '<button class="govuk-button{}" data-module="govuk-button" data-prevent-double-click="true">'
        "{}</button>",
        f" govuk-button--{kind}" if kind else "",
        content,
    )


@register.inclusion_tag("_parts_bar.html")
def parts_bar(values: Sequence[int]) -> dict[str, object]:
    """One bar cut into parts, coloured in the order of `{% swatch n %}` (from 1). Decoration, like `bar`."""
    whole = sum(values)
    parts, start = [], Fraction(0)
    for index, value in enumerate(values, start=1):
        share = Fraction(value, whole) if whole else Fraction(0)
        parts.append({"index": index, "x": _percent(start), "width": _percent(share)})
        start += share
    return {"parts": parts}


@register.simple_tag
def swatch(index: int) -> SafeString:
    """The colour of part `index` of a `parts_bar`, shown next to its name."""
    return format_html(
        '<svg class="pb-swatch" viewBox="0 0 16 16" aria-hidden="true">'
        '<rect class="pb-part-{}" width="16" height="16"/></svg>',
        index,
    )


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, page: int) -> str:
    """This page's address with another `page`, all other query words kept."""
    query = context["request"].GET.copy()
    query["page"] = str(page)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_link(context: template.Context, **changes: Any) -> str:
    """This page's address with some query words changed (None removes one), from its first page."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    for key, value in changes.items():
        if value is None or value == "":
            query.pop(key, None)
        else:
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def elided(paginator: "Paginator[Any]", number: int) -> Iterator[str | int]:
    """Page numbers around `number`, with the first and the last, and an ellipsis between."""
    return paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
