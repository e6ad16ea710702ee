"""Real elections with published results: recounted, counted by the declared rule, counted twice."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.voting.tally import naive
from voting.tally import (
    Election,
    First,
    Outcome,
    Reason,
    TieOrder,
    TieRule,
    Utility,
    equal_shares,
    equal_shares_add1,
    greedy,
    max_welfare,
    pabulib,
    phragmen,
    recount,
    votes_per_cost,
)
from voting.tally.declared_rule import count_as_declared, differences

# The second counter's rules by the names of their functions.
RECOUNTS = recount.rules()
# Two pairs of proposals for one place; the city built the one with more votes of each pair. In Bielany the
# file's comment says so; in Bialoleka both are for the Picasso park, "Nowoczesny Park Picassa - rewitalizacja
# parku" (752) and "Zmodernizujmy Park Picassa" (118).
EXCLUSIONS = {
    "Poland_Warszawa_2022_Bielany.pb": ("201", "1932"),
    "Poland_Warszawa_2020_Bialoleka.pb": ("752", "118"),
}


@pytest.fixture(scope="module")
def elections(shared: Path) -> dict[str, pabulib.PbFile]:
    paths = sorted((shared / "data" / "pabulib").glob("*.pb"))
    assert len(paths) == 59
    return {path.name: pabulib.read(path) for path in paths}


def test_recounted_votes_and_scores_equal_the_published_ones(elections: dict[str, pabulib.PbFile]):
    for name, file in elections.items():
        assert file.published_votes == file.recounted_votes(), name
        if file.published_scores is not None:
            scores = dict(zip(file.election.ids, file.election.scores, strict=True))
            assert file.published_scores == scores, name


def test_the_declared_rule_gives_the_official_winners(elections: dict[str, pabulib.PbFile]):
    checked = 0
    for name, file in elections.items():
        if file.selected is None or file.meta["rule"] == "unknown" or name in EXCLUSIONS:
            continue
        assert differences(file, count_as_declared(file)) == ((), ()), name
        checked += 1
    assert checked == 28


@pytest.mark.parametrize("name", EXCLUSIONS)
def test_official_winners_that_differ_do_so_by_a_documented_exclusion(
    elections: dict[str, pabulib.PbFile], name: str
):
    file = elections[name]
    kept, excluded = EXCLUSIONS[name]
    projects = tuple(
        replace(each, exclusion_group="same place") if each.id in (kept, excluded) else each
        for each in file.election.projects
    )

    without = count_as_declared(file)
    outcome = count_as_declared(file, election=replace(file.election, projects=projects))

    assert excluded in without.funded
    assert kept in outcome.funded
    assert excluded not in outcome.funded
    assert differences(file, outcome) == ((), ())


def test_a_project_that_costs_the_budget_and_has_everybody_is_funded_in_radiowo(
    elections: dict[str, pabulib.PbFile],
):
    file = elections["Poland_Warszawa_2019_RadiowoWolka_WeglowaPlacowkaHuta.pb"]

    outcome = equal_shares(file.election)

    assert outcome.funded == ("946",)
    assert outcome.left == 0


@pytest.fixture(scope="module")
def small(elections: dict[str, pabulib.PbFile]) -> list[tuple[str, Election]]:
    found = [(name, file.election) for name, file in elections.items() if len(file.election.ballots) <= 3000]
    assert len(found) == 44
    return found


def read_again(path: Path) -> recount.Election:
    """Return the file as the second counter reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return recount.Election(file)


def utilities(election: Election) -> list[str]:
    return ["cost", "cardinality", *(["points"] if election.ballots.points is not None else [])]


@pytest.mark.parametrize("tie", ["dearer"])
def test_both_counters_agree_on_every_small_election(
    shared: Path, small: list[tuple[str, Election]], tie: str
):
    rule = TieRule(First(tie), "a published seed")
    for name, one in small:
        other = read_again(shared / "data" / "pabulib" / name)
        order = other.order(tie, "a published seed")
        pairs: list[tuple[Callable[[], list[str]], Callable[[], Outcome]]] = [
            (partial(recount.greedy, other, order), partial(greedy, one, tie=rule)),
            (
                partial(recount.greedy, other, order, no_skip=True),
                partial(greedy, one, tie=rule, stop_at_first_misfit=True),
            ),
            (
                partial(recount.greedy, other, order, topup=Fraction(4, 5)),
                partial(greedy, one, tie=rule, topup_ratio=Fraction(4, 5)),
            ),
            (partial(recount.greedy, other, order, per_cost=True), partial(votes_per_cost, one, tie=rule)),
            (partial(RECOUNTS["phragmen"], other, order), partial(phragmen, one, tie=rule)),
            (partial(naive.max_welfare, one, order), partial(max_welfare, one, tie=rule)),
        ]
        for utility in utilities(one):
            pairs.append(
                (
                    partial(RECOUNTS["equal_shares"], other, order, utility),
                    partial(equal_shares, one, tie=rule, utility=Utility(utility)),
                )
            )
            more = {"utility": utility, "tie": tie, "seed": "a published seed"}
            for options in ({"completion": True}, {"comparison": True, "threshold": 1}):
                pairs.append(
                    (
                        partial(recount.count, other, "equal-shares", **more, **options),
                        partial(equal_shares, one, tie=rule, utility=Utility(utility), **options),
                    )
                )
        for again, count in pairs:
            assert tuple(again()) == count().funded, (name, again, count)


def test_both_counters_agree_where_projects_exclude_each_other(
    shared: Path, small: list[tuple[str, Election]]
):
    chance, blocked = random.Random("rivals"), 0
    for name, one in small:
        if len(one.ballots) > 1000 or len(one.projects) < 5:
            continue
        ids = [each.id for each in one.projects]
        # The favourites: otherwise nobody would notice.
        favour = dict(greedy(one).scores)
        best = sorted(ids, key=lambda id: -favour[id])[:8]
        chance.shuffle(best)
        groups = [best[:2], best[2:5]]
        of = {id: str(number) for number, group in enumerate(groups) for id in group}
        projects = tuple(replace(each, exclusion_group=of.get(each.id, "")) for each in one.projects)
        one = replace(one, projects=projects)
        path = shared / "data" / "pabulib" / name
        with path.open(encoding="utf-8-sig", newline="") as file:
            other = recount.Election(file, "+".join(",".join(group) for group in groups))
        rule, seed = TieRule(First.CHEAPER, "a published seed"), "a published seed"
        again = partial(recount.count, other, seed=seed)
        pairs = [
            (again("greedy"), greedy(one, tie=rule)),
            (again("greedy", no_skip=1), greedy(one, tie=rule, stop_at_first_misfit=True)),
            (again("greedy", topup=Fraction(4, 5)), greedy(one, tie=rule, topup_ratio=Fraction(4, 5))),
            (again("greedy", per_cost=1), votes_per_cost(one, tie=rule)),
            (again("phragmen"), phragmen(one, tie=rule)),
            *(
                (
                    again("equal-shares", utility=utility, completion=1),
                    equal_shares(one, tie=rule, utility=Utility(utility), completion=True),
                )
                for utility in utilities(one)
            ),
        ]
        for mine, outcome in pairs:
            assert tuple(mine) == outcome.funded, (name, outcome)
            assert all(len({*group} & {*mine}) < 2 for group in groups)
            blocked += any(each.reason == Reason.RIVAL_FUNDED for each in outcome.not_funded)
    assert blocked > 50


def test_both_counters_agree_on_add1(shared: Path, small: list[tuple[str, Election]]):
    for name, one in small:
        other = read_again(shared / "data" / "pabulib" / name)
        # Raises of a fifth of the share keep the slow counter to a few seconds.
        step = max(1, one.budget // one.minor_per_unit // one.voters // 5)

        again = RECOUNTS["equal_shares_add1"](other, other.order(), step=step)

        assert tuple(again) == equal_shares_add1(one, step=step * one.minor_per_unit).funded, name


# Elections for which a raise of one currency unit, the real one, takes the second counter a second or two.
WITH_REAL_RAISES = [
    "Poland_Warszawa_2019_RadiowoWolka_WeglowaPlacowkaHuta.pb",
    "Netherlands_Amsterdam_643.pb",
    "Poland_Warszawa_2019_Sadul.pb",
    "US_Stanford_Dataset_Participatory_Budgeting_Project_PB2_2022_Ballot_vote_approvals.pb",
    "Switzerland_Zurich_SN.pb",
    "Switzerland_Zurich_S5R.pb",
]


@pytest.mark.parametrize("name", WITH_REAL_RAISES)
def test_both_counters_agree_on_add1_with_real_raises(
    shared: Path, elections: dict[str, pabulib.PbFile], name: str
):
    other = read_again(shared / "data" / "pabulib" / name)

    outcome = equal_shares_add1(elections[name].election)

    assert outcome.parameters["step"] == elections[name].election.minor_per_unit
    assert tuple(recount.count(other, "equal-shares-add1", step=1)) == outcome.funded


def test_add1_of_swiecie_is_certified_by_the_second_counter_raise_by_raise(shared: Path):
    path = shared / "data" / "pabulib" / "Poland_Swiecie_2023.pb"
    other = read_again(path)

    outcome = equal_shares_add1(pabulib.read(path).election)

    at = Fraction(outcome.parameters["share"])
    last = RECOUNTS["equal_shares"](other, other.order(), share=at)
    over = RECOUNTS["equal_shares"](other, other.order(), share=at + 1)
    assert tuple(last) == outcome.funded
    assert sum(other.costs[id] for id in over) > other.budget


def test_the_second_counter_runs_alone_and_is_short_for_each_rule(shared: Path, tmp_path: Path):
    program = Path(recount.__file__)
    parts = sorted(program.parent.glob("recount_*.py"))
    alone = tmp_path / program.name
    for source in (program, *parts):
        (tmp_path / source.name).write_text(source.read_text())
    path = shared / "data" / "pabulib" / "Poland_Warszawa_2019_Sadul.pb"

    done = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), str(path), "equal-shares", "tie=dearer"],
        capture_output=True,
        text=True,
        check=True,
    )

    outcome = equal_shares(pabulib.read(path).election, tie=TieRule(First.DEARER))
    assert tuple(done.stdout.split()) == outcome.funded
    standard = {"array", "collections", "csv", "fractions", "functools", "hashlib", "math", "pathlib", "sys"}
    for source in (program, *parts):
        lines = source.read_text().splitlines()
        # The program itself, or the part that one rule adds to it.
        assert len(lines) <= 150, source.name
        imported = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
        assert imported <= standard, source.name
    assert [part.name for part in parts] == ["recount_equal_shares.py", "recount_phragmen.py"]


# Elections with approval ballots and at most 100,000 ballots times projects: pabutools takes about twenty
# seconds for all of them. With points or rankings its Phragmen does not count.
PABUTOOLS = [
    "Poland_Warszawa_2019_RadiowoWolka_WeglowaPlacowkaHuta.pb",
    "Netherlands_Amsterdam_643.pb",
    "Poland_Warszawa_2019_Sadul.pb",
    "Poland_Zabrze_2021_Makoszowy.pb",
    "Worldwide_Mechanical_Turk_Knapsack_3.pb",
    "Worldwide_Mechanical_Turk_Knapsack_8.pb",
    "Poland_Zabrze_2020_Helenka.pb",
    "US_Stanford_Dataset_Participatory_Budgeting_Project_PB2_2022_Ballot_vote_approvals.pb",
    "US_Stanford_Dataset_2022_Jersey_City_Ward_E_vote_knapsacks.pb",
    "France_Toulouse_2022_15_-_Croix_de_Pierre_Route_dEspagne.pb",
    "France_Toulouse_2022_20_-_Arenes_Romaines_Ancely_Saint-Martin_du_Touch_Purpan.pb",
    "Poland_Warszawa_2018_Slodowiec.pb",
    "Switzerland_Zurich_S5.pb",
    "Switzerland_Zurich_SN.pb",
    "Poland_Gdynia_2025_Witomino__large.pb",
    "Poland_Gdynia_2024_Pustki_Cisowskie-Demptowo__small.pb",
    "Poland_Poznan_2024_2_-_Kiekrz_Krzyzowniki-Smochowice_Podolany_Strzeszyn__small.pb",
    "Poland_Poznan_2025_4_-_Gluszyna_Krzesiny-Pokrzywno-Garaszewo_Staroleka-Minikowo_Szczepankowo-Splawie-Krzesinki__large.pb",
    "Poland_Warszawa_2018_Wilanow_Obszar_I.pb",
    "Poland_Warszawa_2019_Brodno.pb",
    "Poland_Lodz_2022_Andrzejow.pb",
    "Poland_Swiecie_2023.pb",
    "Hungary_Veszprem_2025.pb",
    "Poland_Wroclaw_2016_Rejon_nr_4_750.pb",
    "Hungary_Budapest_2023_VIII_Jozsefvaros.pb",
    "Netherlands_Amsterdam_491.pb",
    "Poland_Poznan_2023_3_-_Piatkowo_Polnoc_Piatkowo.pb",
    "Poland_Wroclaw_2016_Rejon_nr_14_250.pb",
    "Hungary_Budapest_2025_XI_Ujbuda.pb",
    "Poland_Poznan_2023_8_-_Chartowo_Rataje_Zegrze.pb",
    "Poland_Lodz_2025_Widzew-Wschod.pb",
]


@pytest.fixture(scope="module")
def peer() -> ModuleType:
    pytest.importorskip("pabutools")
    import pabutools.fractions

    pabutools.fractions.FRACTION = "gmpy2"
    import pabutools.election
    import pabutools.rules

    assert importlib.util.find_spec("gmpy2")
    return pabutools


@pytest.mark.parametrize("name", PABUTOOLS)
def test_pabutools_in_exact_mode_agrees(shared: Path, peer: ModuleType, name: str):
    from pabutools.tiebreaking import TieBreakingRule

    path = shared / "data" / "pabulib" / name
    one = pabulib.read(path).election
    rank = TieOrder(one, TieRule()).rank
    instance, profile = peer.election.parse_pabulib(str(path))
    same_ties = TieBreakingRule(lambda instance, profile, project: rank[one.numbers[project.name]])
    cost, cardinality = peer.election.Cost_Sat, peer.election.Cardinality_Sat

    def ids(allocation: list[object]) -> list[str]:
        return [str(project) for project in allocation]

    shares = peer.rules.method_of_equal_shares
    assert set(ids(shares(instance, profile, cost, tie_breaking=same_ties))) == set(equal_shares(one).funded)
    assert set(ids(shares(instance, profile, cardinality, tie_breaking=same_ties))) == set(
        equal_shares(one, utility=Utility.CARDINALITY).funded
    )
    assert set(ids(peer.rules.sequential_phragmen(instance, profile, tie_breaking=same_ties))) == set(
        phragmen(one).funded
    )
    by_votes = peer.rules.greedy_utilitarian_welfare(
        instance, profile, sat_class=cost, tie_breaking=same_ties
    )
    # pabutools' greedy ranks by satisfaction per cost; with cost satisfaction that is the number of votes.
    assert set(ids(by_votes)) == set(greedy(one).funded)
    per_cost = peer.rules.greedy_utilitarian_welfare(
        instance, profile, sat_class=cardinality, tie_breaking=same_ties
    )
    assert set(ids(per_cost)) == set(votes_per_cost(one).funded)


# Every shared election with points or rankings; none of them scores all projects. In each of them the rules
# below fund the same projects. Two things are not compared because pabutools defines them differently:
# sequential Phragmen, which it refuses for anything but approvals, and its own Borda points, which give the
# last choice of a ballot zero (2-1-0) where cities give it one (3-2-1).
WITH_POINTS = [
    "France_Toulouse_2019.pb",
    "Poland_Czestochowa_2020_Gnaszyn_-_Kawodrza.pb",
    "Poland_Czestochowa_2024_Gnaszyn_-_Kawodrza.pb",
    "Poland_Czestochowa_2025_Stare_Miasto.pb",
    "Poland_Czestochowa_2025_Tysiaclecie.pb",
    "Poland_Gdansk_2020_Przymorze_Wielkie.pb",
    "Poland_Gdansk_2020_Rudniki.pb",
    "Poland_Katowice_2020_Szopienice-Burowiec.pb",
    "Poland_Katowice_2021_Janow-Nikiszowiec.pb",
    "Poland_Katowice_2023_Giszowiec.pb",
    "Poland_Krakow_2021_Zwierzyniec.pb",
    "Poland_Krakow_2023_Swoszowice.pb",
    "Switzerland_Zurich_D10.pb",
    "Switzerland_Zurich_D5.pb",
    "Switzerland_Zurich_S5R.pb",
    "US_Stanford_Dataset_PB_Chicago_39th_Ward_2021_vote_rankings.pb",
    "US_Stanford_Dataset_Your_Voice_Your_Choice_Parks_and_Streets-_Seattle_2019_District_1_vote_rankings.pb",
    "Worldwide_Mechanical_Turk_Ranking_value_money_3.pb",
    "Worldwide_Mechanical_Turk_Ranking_value_money_8.pb",
    "Worldwide_Mechanical_Turk_Utilities_3.pb",
    "Worldwide_Mechanical_Turk_Utilities_8.pb",
]


def test_the_elections_with_points_are_all_there_are(elections: dict[str, pabulib.PbFile]):
    assert [
        name for name, file in elections.items() if file.election.ballots.points is not None
    ] == WITH_POINTS


@pytest.mark.slow(8)
@pytest.mark.parametrize("name", WITH_POINTS)
def test_pabutools_in_exact_mode_agrees_on_points_and_ranks(shared: Path, peer: ModuleType, name: str):
    from pabutools.election.ballot import AbstractOrdinalBallot
    from pabutools.election.satisfaction import SatisfactionMeasure
    from pabutools.tiebreaking import TieBreakingRule

    path = shared / "data" / "pabulib" / name
    one = pabulib.read(path).election
    rank = TieOrder(one, TieRule()).rank
    instance, profile = peer.election.parse_pabulib(str(path))
    same_ties = TieBreakingRule(lambda instance, profile, project: rank[one.numbers[project.name]])

    class Places(SatisfactionMeasure):  # type: ignore[misc]  # pabutools has no types
        """Three points for the first of three places, one for the last."""

        def __init__(self, instance: object, profile: object, ballot: AbstractOrdinalBallot) -> None:
            super().__init__(instance, profile, ballot)
            self.points = {project: len(ballot) - place for place, project in enumerate(ballot)}

        def sat_project(self, project: object) -> int:
            return self.points.get(project, 0)

        def sat(self, projects: Iterable[object]) -> int:
            return sum(self.sat_project(project) for project in projects)

    is_ranked = isinstance(profile, peer.election.AbstractOrdinalProfile)
    points = Places if is_ranked else peer.election.Additive_Cardinal_Sat

    class PointsTimesCost(points):  # type: ignore[misc, valid-type]
        """Points times cost: pabutools' greedy ranks by satisfaction per cost, so it ranks by points."""

        def sat_project(self, project: Any) -> Any:
            return super().sat_project(project) * project.cost

        def sat(self, projects: Iterable[object]) -> Any:
            return sum(self.sat_project(project) for project in projects)

    def theirs(rule: str, satisfaction: type) -> set[str]:
        funded = getattr(peer.rules, rule)(instance, profile, satisfaction, tie_breaking=same_ties)
        return {str(project) for project in funded}

    assert theirs("greedy_utilitarian_welfare", PointsTimesCost) == set(greedy(one).funded)
    assert theirs("greedy_utilitarian_welfare", points) == set(votes_per_cost(one).funded)
    assert theirs("method_of_equal_shares", points) == set(equal_shares(one, utility=Utility.POINTS).funded)
    assert theirs("method_of_equal_shares", peer.election.Cost_Sat) == set(equal_shares(one).funded)
    assert theirs("method_of_equal_shares", peer.election.Cardinality_Sat) == set(
        equal_shares(one, utility=Utility.CARDINALITY).funded
    )


def test_with_pabutools_own_borda_points_a_last_choice_counts_nothing(shared: Path, peer: ModuleType):
    path = shared / "data" / "pabulib" / "Switzerland_Zurich_S5R.pb"
    one = pabulib.read(path).election
    instance, profile = peer.election.parse_pabulib(str(path))
    borda = peer.election.Additive_Borda_Sat
    theirs = {
        project.name: sum(
            borda(instance, profile, ballot).sat_project(project) * profile.multiplicity(ballot)
            for ballot in profile
        )
        for project in instance
    }

    # Remove one point from every ballot that names the project.
    assert theirs == {id: one.scores[n] - one.votes[n] for id, n in one.numbers.items()}
