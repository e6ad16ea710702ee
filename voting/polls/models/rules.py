"""The counting rule of a round, before and after it is frozen."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rounds.models import Round
from voting import rules


def constraints_of_rules() -> list[models.CheckConstraint]:
    """Return what the registry of rules demands of a row: a known rule, and of settings only its own."""
    return [
        models.CheckConstraint(
            condition=Q(rule__in=[code for code, _label in rules.choices()]),
            name="polls_ruleset_rule_is_known",
        ),
        *(
            models.CheckConstraint(
                condition=Q(**{setting.name: setting.default})
                | (Q(rule__in=rules.codes_that_know(setting)) & setting.allowed),
                name=f"polls_ruleset_{setting.name}_only_where_known",
            )
            for setting in rules.all_settings()
        ),
    ]


class RuleSet(models.Model):
    """The counting rule of a round's ballots. Frozen, hashed and published when voting opens.

    Columns named like fields of `rules.Settings` are described there and at each setting.
    """

    class Outside(models.TextChoices):
        COUNTED = "counted", _("counted like all others")
        ADVISORY = "advisory", _("shown, but not counted")
        NOT_ALLOWED = "not_allowed", _("not allowed")

    round = models.OneToOneField(Round, models.PROTECT, related_name="rule_set")
    rule = models.CharField(max_length=20, choices=rules.choices, default="greedy")
    tie_order = models.CharField(max_length=8, choices=rules.TieOrder, default=rules.TieOrder.CHEAPER)
    seed = models.CharField(max_length=64)
    outside = models.CharField(max_length=12, choices=Outside, default=Outside.ADVISORY)
    # If a person without an account can vote after verifying their identity.
    without_account = models.BooleanField(default=False)
    threshold = models.PositiveIntegerField(default=1)
    stops_at_first_misfit = models.BooleanField(default=False)
    topup_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    utility = models.CharField(max_length=11, choices=rules.Utility, default=rules.Utility.COST)
    completion = models.BooleanField(default=False)
    comparison = models.BooleanField(default=False)
    step_minor = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(seed=""), name="polls_ruleset_has_a_seed"),
            models.CheckConstraint(condition=Q(threshold__gt=0), name="polls_ruleset_a_project_needs_a_vote"),
            *constraints_of_rules(),
        ]

    def __str__(self) -> str:
        return f"{self.rule} ({self.tie_order})"

    @property
    def settings(self) -> rules.Settings:
        """The rule and how it is set, as plain values."""
        return rules.Settings(**{name: getattr(self, name) for name in rules.NAMES})

    @property
    def sentences(self) -> list[str]:
        """The rule in plain words, one sentence after the other, in the language now active."""
        return rules.sentences(self.settings, self.round.currency)
