import hashlib
import re

from pbplatform.settings.test import BASE_DIR

STATIC = BASE_DIR / "static"
NOTED = dict(
    reversed(line.split(maxsplit=1)) for line in (STATIC / "VENDORED.sha256").read_text().splitlines()
)


def test_every_vendored_file_is_the_one_that_was_noted():
    changed = [
        name
        for name, digest in NOTED.items()
        if hashlib.sha256((STATIC / name).read_bytes()).hexdigest() != digest
    ]

    assert changed == [], "build again with static/src/build.sh"


def test_no_vendored_file_is_there_unnoted():
    folders = ("fonts", "js/vendor", "../tests/browser/vendor")
    there = {
        f"{folder}/{path.relative_to(STATIC / folder)}"
        for folder in folders
        for path in (STATIC / folder).rglob("*")
        if path.is_file()
    }

    assert there - NOTED.keys() == set()


def test_the_style_sheets_ask_for_nothing_from_elsewhere():
    for path in (STATIC / "css").glob("*.css"):
        addresses = re.findall(r"url\(([^)]*)\)", path.read_text(encoding="utf-8"))

        assert [
            address for address in addresses if not address.strip("'\"").startswith(("../fonts/", "data:"))
        ] == []
