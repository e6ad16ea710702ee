"""Small groups in published figures: how they are put together, so that nobody is found in a table."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def shown_apart(counts: Mapping[Key, int], smallest: int) -> tuple[list[Key], list[Key]]:
    """Return which groups are shown alone and which only as one sum, each in the order given.

    Groups of fewer than `smallest` people are shown as one sum. While that sum is itself too small, the next
    larger group joins it (of equals, the first): otherwise the total minus the rest would tell what was
    hidden. If all people together are too few, nothing is shown and both lists are empty. Groups of nobody
    are in neither list: that nobody is there is no secret.
    """
    peopled = {key: n for key, n in counts.items() if n}
    # Stable: of equal groups the first comes first.
    waiting = sorted(peopled, key=lambda key: peopled[key])
    hidden: set[Key] = set()
    together = 0
    while waiting and (peopled[waiting[0]] < smallest or 0 < together < smallest):
        joins = waiting.pop(0)
        hidden.add(joins)
        together += peopled[joins]
    if 0 < together < smallest:
        return [], []
    return [key for key in peopled if key not in hidden], [key for key in peopled if key in hidden]
