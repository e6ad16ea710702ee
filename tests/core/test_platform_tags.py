from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from pbplatform.templatetags.platform import UnchangingNode

SEOUL = SimpleNamespace(time_zone="Asia/Seoul")


def render(source, language="en", **context):
    with translation.override(language):
        return Template("{% load platform %}" + source).render(Context(context)).strip()


def test_a_text_in_the_readers_language_needs_no_markup():
    assert render("{{ name|multilingual }}", "ko", name={"ko": "강남구", "en": "Gangnam-gu"}) == "강남구"


def test_a_text_in_another_language_says_which_and_is_escaped():
    shown = render("{{ name|multilingual }}", "th", name={"ko": "<b>강남구"})

    assert shown == '<span lang="ko">&lt;b&gt;강남구</span>'


def test_a_title_takes_the_text_without_markup():
    assert render("{{ name|multilingual_text }}", "th", name={"ko": "강남구"}) == "강남구"


def test_unchanging_words_are_put_together_once_for_each_language():
    template = Template(
        '{% load i18n platform %}{% unchanging %}<h2>{% translate "Receipt code" %}</h2>{% endunchanging %}'
    )

    def shown(language):
        with translation.override(language):
            return template.render(Context())

    first = [shown("en"), shown("ko"), shown("en"), shown("ko")]
    with translation.override("ko"):
        korean = translation.gettext("Receipt code")
    (node,) = template.nodelist.get_nodes_by_type(UnchangingNode)
    del node.nodelist[:]

    assert korean != "Receipt code"
    assert first == ["<h2>Receipt code</h2>", f"<h2>{korean}</h2>"] * 2
    # Nothing is left to put together, and both languages are still known.
    assert [shown("en"), shown("ko")] == first[:2]
    assert shown("th") == ""


@pytest.mark.parametrize(
    "inside",
    [
        "{{ user }}",
        "{% if user %}yes{% endif %}",
        "{% translate user %}",
        '{% translate "Receipt code" as words %}',
        '{% translate "Receipt code"|upper %}',
        '{% translate "Receipt code" context user %}',
        '{% include "_banner.html" %}',
    ],
)
def test_nothing_that_depends_on_the_reader_can_be_unchanging(inside):
    with pytest.raises(TemplateSyntaxError, match=r"unchanging holds text and plain translations alone"):
        Template("{% load i18n platform %}{% unchanging %}" + inside + "{% endunchanging %}")


def test_chosen_projects_are_listed_as_each_of_them_is_shown():
    def chosen(code, points):
        line = SimpleNamespace(code=code, number=7, title={"ko": "<b>공원"}, cost_minor=1_200_000)
        return SimpleNamespace(option=line, points=points, place=1)

    lines = [chosen("A-1", 0), chosen("A-2", 3)]

    for kind in ("approval", "ordinal"):
        shown = render(f'{{% chosen_options lines "{kind}" "KRW" %}}', "th", lines=lines)
        singly = [render(f'{{% chosen_option line "{kind}" "KRW" %}}', "th", line=line) for line in lines]

        assert shown == "\n".join(
            f'<li class="pb-line" id="line-{line.option.code}">{one}</li>'
            for line, one in zip(lines, singly, strict=True)
        )
        assert '<span lang="ko">&lt;b&gt;공원</span>' in shown
        assert f'number">{1 if kind == "ordinal" else 7}.<' in shown


def test_money_follows_the_reader_and_nothing_is_shown_for_nothing():
    assert render('{{ cost|money:"KRW" }}', "ko", cost=45_000_000) == "45,000,000원"
    assert render('{{ cost|money:"KRW" }}', "ko", cost=None) == ""


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2025, 7, 29, 3, tzinfo=UTC), "2 days left"),
        (datetime(2025, 7, 29, 23, tzinfo=UTC), "1 day left"),
        (datetime(2025, 7, 31, 3, tzinfo=UTC), "Last day"),
        (datetime(2025, 7, 31, 15, tzinfo=UTC), "Closed"),
    ],
)
def test_time_left_counts_the_rounds_days_not_hours(now, left):
    closes_at = datetime(2025, 7, 31, 15, tzinfo=UTC)

    assert render("{% time_left closes now round %}", closes=closes_at, now=now, round=SEOUL) == left


def test_a_bar_is_as_long_as_its_share_in_every_language():
    shown = render("{% bar 112 420 30 %}", "vi")

    assert 'width="26.67%"' in shown
    assert 'x1="30%"' in shown
    assert 'aria-hidden="true"' in shown


def test_a_bar_never_leaves_its_frame_and_an_empty_whole_is_an_empty_bar():
    assert 'width="100.00%"' in render("{% bar 5 4 %}")
    assert 'width="0.00%"' in render("{% bar 0 0 %}")


def test_the_parts_of_a_bar_follow_one_another():
    shown = render("{% parts_bar values %}", values=[1, 2, 1])

    assert [word for word in shown.split() if word.startswith("x=")] == [
        'x="0.00%"',
        'x="25.00%"',
        'x="75.00%"',
    ]


def test_the_budget_bar_says_what_is_left_in_words():
    shown = render('{% budget_bar spent=1250000000 total=4000000000 currency="KRW" chosen=7 %}')

    assert "<strong>₩2,750,000,000</strong>" in shown
    assert 'aria-valuetext="₩1,250,000,000 of ₩4,000,000,000"' in shown
    assert 'aria-valuenow="1250000000"' in shown
    assert "7 projects" in shown


def test_the_budget_bar_says_by_how_much_the_budget_is_exceeded():
    shown = render('{% budget_bar spent=4000000001 total=4000000000 currency="KRW" chosen=1 %}')

    assert "Over budget by ₩1" in shown
    # A progress bar's value may not pass its maximum.
    assert 'aria-valuenow="4000000000"' in shown


def test_a_state_without_a_tone_is_still_named():
    assert "Somewhere" in render('{% status "unheard_of" "Somewhere" %}')


def test_links_of_a_list_keep_the_other_words_and_start_from_its_first_page():
    request = RequestFactory().get("/", {"q": "공원", "page": "3", "sort": "new"})

    assert render('{% query_link sort="cost" %}', request=request) == "?q=%EA%B3%B5%EC%9B%90&amp;sort=cost"
    assert render("{% query_link sort=None %}", request=request) == "?q=%EA%B3%B5%EC%9B%90"
    assert render("{% page_link 4 %}", request=request) == "?q=%EA%B3%B5%EC%9B%90&amp;page=4&amp;sort=new"


def test_pagination_marks_this_page_and_keeps_the_other_words():
    request = RequestFactory().get("/", {"q": "x"})
    page = Paginator(range(420), 20).page(4)

    shown = render('{% include "_pagination.html" %}', request=request, page=page)

    assert 'href="?q=x&amp;page=4" aria-current="page">4</a>' in shown
    assert 'rel="prev"' in shown
    assert 'rel="next"' in shown


def test_a_single_page_has_no_pagination():
    page = Paginator(range(5), 20).page(1)

    assert render('{% include "_pagination.html" %}', page=page) == ""
