"""Pieces of pages: each is written once and used."""

import re

from django.conf import settings
from django.template import engines

from pbplatform.settings.test import BASE_DIR

TEMPLATES = BASE_DIR / "templates"
# Shows components to their authors; being shown there is not being used.
SHOWROOM = TEMPLATES / "pbplatform" / "design.html"


def test_every_fragment_is_part_of_a_page():
    sources = [path for path in TEMPLATES.rglob("*.html") if path != SHOWROOM]
    sources += [path for app in settings.OUR_PACKAGES for path in (BASE_DIR / app).rglob("*.py")]
    named = {}
    for path in sources:
        for name in re.findall(r'"((?:[\w/]+/)?_\w+\.html)"', path.read_text(encoding="utf-8")):
            named.setdefault(name, set()).add(path)
    fragments = {str(path.relative_to(TEMPLATES)): path for path in TEMPLATES.rglob("_*.html")}

    assert [name for name, path in fragments.items() if not named.get(name, set()) - {path}] == []


def test_breadcrumbs_are_written_by_their_tag_alone():
    written = [
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if "pb-breadcrumbs" in path.read_text(encoding="utf-8")
    ]

    assert written == ["_breadcrumbs.html"]


def rendered(source, **context):
    return engines["django"].from_string("{% load platform %}" + source).render(context)


def test_breadcrumbs_name_the_list_and_keep_the_words_safe():
    page = rendered(
        '{% breadcrumbs %}<li><a href="/x/">{{ words }}</a></li>{% endbreadcrumbs %}', words="A & B"
    )

    assert page.strip() == (
        '<nav class="pb-breadcrumbs" aria-label="Breadcrumb"><ol><li><a href="/x/">A '
        "&amp; B</a></li></ol></nav>"
    )


def test_a_button_sends_its_form_once():
    guard = 'data-module="govuk-button" data-prevent-double-click="true"'

    assert rendered("{% button %}Go{% endbutton %}") == f'<button class="govuk-button" {guard}>Go</button>'
    assert rendered('{% button "warning" %}{{ words }}{% endbutton %}', words="<Go>") == (
        f'<button class="govuk-button govuk-button--warning" {guard}>&lt;Go&gt;</button>'
    )
