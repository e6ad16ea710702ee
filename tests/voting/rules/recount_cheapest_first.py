"""The part of recount.py for cheapest-first."""
# mypy: ignore-errors


def cheapest_first(election, order):
    funded, money = [], election.budget
    for id in sorted(order, key=lambda id: election.costs[id]):
        if election.costs[id] <= money:
            funded, money = [*funded, id], money - election.costs[id]
    return funded
