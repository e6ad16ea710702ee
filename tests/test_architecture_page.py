"""The page on the architecture is held against the source: rooms, programs, and every name on its walks."""

import importlib
import re
import tomllib

import yaml
from django.conf import settings

PAGE = (settings.BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]


def _layers(id: str) -> list[str]:
    (contract,) = (contract for contract in CONTRACTS if contract["id"] == id)
    return [name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")]


def test_the_table_of_rooms_lists_every_room_in_the_order_in_which_they_import():
    table = PAGE[PAGE.index("## Rooms") : PAGE.index("## Pages")]
    listed = re.findall(r"^\| `([\w.]+)` \|", table, re.M)
    inside = {
        "voting": [f"voting.{room}" for room in _layers("vote") if room != "urls"],
        "identity": ["identity.verification", "identity"],
    }

    expected = [room for layer in _layers("layers") for room in inside.get(layer, [layer])]

    assert listed == expected


def test_every_installed_app_of_ours_is_a_room_of_the_table():
    assert {app for app in settings.OUR_APPS if f"`{app}`" not in PAGE} == set()


def test_the_picture_shows_every_program_of_the_stack():
    stack = yaml.safe_load((settings.BASE_DIR / "docker-compose.yml").read_text(encoding="utf-8"))
    picture = PAGE[PAGE.index("```mermaid") : PAGE.index("```\n", PAGE.index("```mermaid") + 3)]

    assert {name for name in stack["services"] if not re.search(rf"\b{name}\b", picture)} == set()


def test_every_module_and_function_that_the_page_names_exists():
    rooms = "|".join(sorted({app.split(".")[0] for app in settings.OUR_APPS}))
    named = set(re.findall(rf"`((?:{rooms})(?:\.\w+)+)`", PAGE))

    missing = [name for name in sorted(named) if not _exists(name)]

    assert len(named) > 25
    assert missing == []


def _exists(name: str) -> bool:
    try:
        importlib.import_module(name)
    except ImportError:
        module, _dot, member = name.rpartition(".")
        try:
            return hasattr(importlib.import_module(module), member)
        except ImportError:
            return False
    return True
