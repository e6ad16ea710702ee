"""A counted ballot as self-contained JSON values: for results pages, open data and reports.

`results` makes sentences of it in the reader's language.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from voting.polls import second_count
from voting.polls.ruleset import FrozenBallotStyle, FrozenRules


def of_count(
    rules: FrozenRules,
    ballot_style: FrozenBallotStyle,
    outcome: Mapping[str, Any],
    *,
    scope: str,
    n_ballots: int,
    n_blank: int,
    counted_at: datetime,
    input_hash: bytes,
) -> dict[str, Any]:
    """Return the count of a paper that decides as JSON values that need nothing else to be understood.

    `outcome` is what is stored of the count, with its figures. Names come in every language there is, money
    in minor units; statements are codes with named values.
    """
    figures = outcome["figures"]
    return {
        "number": ballot_style.number,
        "title": dict(ballot_style.title),
        "scope": scope,
        "rule": outcome["rule"],
        "parameters": outcome["parameters"],
        "recount": second_count.command(rules),
        "budget": ballot_style.budget_minor,
        "cost": outcome["cost"],
        "left": outcome["left"],
        "topup": outcome["topup"],
        "ballots": n_ballots,
        "blank": n_blank,
        "voters": outcome["voters"],
        "served": figures["served"],
        "ties": len(outcome["ties"]),
        "counted_at": counted_at.isoformat(),
        "input_sha256": input_hash.hex(),
        "funded": outcome["funded"],
        "not_funded": _by_score(outcome),
        "projects": [
            {
                "code": option.code,
                "title": dict(option.title),
                "cost": option.cost_minor,
                "category": option.category,
                "area": option.area,
                "votes": outcome["votes"].get(option.code, 0),
                "points": outcome["scores"].get(option.code, 0),
                **_told(figures, option.code),
            }
            for option in ballot_style.options.values()
        ],
        **{name: figures[name] for name in ("by_category", "by_area", "beside")},
        # In the order of their keys, groups put together last: that of the ballots says nothing.
        "by_group": {
            trait: sorted(rows, key=lambda row: (row["key"] is None, row["key"] or ""))
            for trait, rows in figures["by_group"].items()
        },
        "categories": dict(rules.categories),
        "areas": figures["areas"] | dict(rules.areas),
    }


def _told(figures: Mapping[str, Any], code: str) -> dict[str, Any]:
    if code in figures["funded"]:
        why = figures["funded"][code]
        return {"is_funded": True, "why": _statement(why), "lost_to": []}
    told = figures["not_funded"][code]
    return {
        "is_funded": False,
        "why": _statement(told),
        "change": _statement(told["change"]),
        "lost_to": [{"code": rival, "shared": shared} for rival, shared in told["lost_to"]],
    }


def _statement(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": told["code"], "params": told["params"]}


def _by_score(outcome: Mapping[str, Any]) -> list[str]:
    """Return the codes of what is not funded, most votes first, equals in the published order."""
    order = {code: place for place, code in enumerate(outcome["tie_order"])}
    return sorted(outcome["figures"]["not_funded"], key=lambda code: (-outcome["scores"][code], order[code]))
