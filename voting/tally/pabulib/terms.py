"""The words of the format: keys of META in the order they are written, kinds of vote."""

from __future__ import annotations

from ..ballots import Kind

# A cost that Polish cities enter for a project withdrawn after the vote.
WITHDRAWN_COST = 999_999_999

MANDATORY_META = (
    "description",
    "country",
    "unit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
)
META_ORDER = (
    "description",
    "country",
    "unit",
    "district",
    "subunit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
    "min_length",
    "max_length",
    "min_sum_cost",
    "max_sum_cost",
    "min_points",
    "max_points",
    "min_sum_points",
    "max_sum_points",
    "default_score",
    "min_project_cost",
    "max_project_cost",
    "min_project_score_threshold",
    "neighborhoods",
    "subdistricts",
    "categories",
    "edition",
    "language",
    "currency",
    "fully_funded",
    "experimental",
    "comment",
    "acknowledgments",
    "leftover_budget",
    "budget_per_category",
    "budget_per_neighborhood",
    "min_length_per_category",
    "max_length_per_category",
    "min_sum_cost_per_category",
    "max_sum_cost_per_category",
)
KINDS = {
    "approval": Kind.APPROVAL,
    "choose-1": Kind.CHOOSE_1,
    "cumulative": Kind.CUMULATIVE,
    "ordinal": Kind.ORDINAL,
    "scoring": Kind.SCORING,
}
