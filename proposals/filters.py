"""Filters of a round's public proposals: one set of rules for the list and for the API."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django_filters import CharFilter, ChoiceFilter, FilterSet, NumberFilter

from places.selectors import ids_of_place
from proposals import lifecycle
from proposals.models import Proposal, ProposalQuerySet
from rounds.models import Round

# The authority's area as a whole; every other place is a code.
WHOLE = "whole"


class ProposalFilter(FilterSet):  # type: ignore[misc]  # django-filter has no types
    """The public proposals of a round, narrowed by every word that is given.

    `area` is a code, or "whole" for proposals without a place of their own; a place that took over others
    finds what was written about those too, at two queries for each reorganisation and three more. Costs are
    in minor units, both ends included. Words that are not understood are in `errors` and narrow nothing.
    """

    q = CharFilter(method="_narrow_by_words", max_length=100)
    category = CharFilter(field_name="category__slug")
    area = CharFilter(method="_narrow_by_place")
    state = ChoiceFilter(
        choices=lambda: [(code, lifecycle.STATES[code].label) for code in lifecycle.ever_public()]
    )
    track = CharFilter()
    cost_from = NumberFilter(method="_narrow_by_cost")
    cost_to = NumberFilter(method="_narrow_by_cost")

    def __init__(self, data: Any, *, round: Round, form: forms.Form | None = None) -> None:
        """Read the words with `form`, whose fields are named like the filters; without one, as given."""
        super().__init__(data, queryset=Proposal.objects.filter(round=round).public())
        self.round = round
        self._given = form

    @property
    def form(self) -> forms.Form:
        return super().form if self._given is None else self._given

    @property
    def n_words(self) -> int:
        """The number of words that narrow the list."""
        self.form.is_valid()
        return sum(value not in ("", None) for value in self.form.cleaned_data.values())

    def _narrow_by_words(self, found: ProposalQuerySet, name: str, words: str) -> ProposalQuerySet:
        """Keep the proposal with that number, otherwise those whose text contains every word. One query."""
        code = Q(code__iexact=words)
        return found.filter(code) if found.filter(code).exists() else found.saying(words)

    def _narrow_by_place(self, found: ProposalQuerySet, name: str, code: str) -> QuerySet[Proposal]:
        if code == WHOLE:
            return found.filter(area=None)
        return found.filter(area__in=ids_of_place(code, self.round.authority.area.country))

    def _narrow_by_cost(self, found: ProposalQuerySet, name: str, minor: int) -> ProposalQuerySet:
        return found.costing(at_least=minor) if name == "cost_from" else found.costing(at_most=minor)
