"""Every word a visitor can read is marked for translation, in templates, Python and script."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from devtools.catalogues import FOLDERS, PROJECT

WORD = re.compile(r"[A-Za-z]{2,}")
# Names that are the same in every language.
NAMES = re.compile(
    r"\b(CSV|XLSX|PDF|JSON|TXT|URL|QR|SHA|Ed25519|GitHub|Pretendard|OpenAPI|API|px)\b|\.(?:pb|zip)\b|&\w+;"
)
# Elements whose content is not prose, and attributes that are read or heard.
NOT_PROSE = {"code", "pre", "script", "style", "svg", "kbd", "samp"}
READ_ATTRIBUTES = {
    "alt",
    "aria-description",
    "aria-label",
    "aria-roledescription",
    "aria-valuetext",
    "placeholder",
    "title",
    "data-announce",
}
MARKED = re.compile(r"{%\s*(blocktrans(?:late)?|comment)\b.*?{%\s*end\1\s*%}", re.S)
# As Django reads them: one that runs over the end of a line is no tag, and visitors see it as it is written.
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}")
# An element whose name is a variable, such as a heading of one level or another.
NAMED_BY_VARIABLE = re.compile(r"(?<=<){{.*?}}|(?<=</){{.*?}}")
GETTEXT = {
    "_",
    "gettext",
    "gettext_lazy",
    "ngettext",
    "ngettext_lazy",
    "pgettext",
    "pgettext_lazy",
    "npgettext",
    "npgettext_lazy",
}
READ_ARGUMENTS = {"label", "help_text", "empty_label", "verbose_name", "verbose_name_plural"}


def templates() -> list[Path]:
    return sorted(
        path
        for name in FOLDERS
        for path in (PROJECT / name).rglob("*.html")
        # The page of all components is for those who build pages.
        if path.name != "design.html"
    )


def sources() -> list[Path]:
    return sorted(
        path
        for name in FOLDERS
        for path in (PROJECT / name).rglob("*.py")
        # What an API and its open data (serializers.py, public_api.py) say to programmers is English.
        if "migrations" not in path.parts
        and not {path.stem, path.parent.name} & {"api", "public_api", "serializers"}
    )


class Prose(HTMLParser):
    """Collects what a reader meets outside of marked sentences and of passages said to be English."""

    VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.silent: list[str] = []
        self.islands: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_PROSE:
            self.silent.append(tag)
        if tag not in self.VOID:
            self.islands.append((tag, ("lang", "en") in attrs))
        for name, value in attrs:
            if name in READ_ATTRIBUTES or (
                name == "value" and tag == "input" and ("type", "submit") in attrs
            ):
                self.keep(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.silent:
            self.silent.remove(tag)
        for place in range(len(self.islands) - 1, -1, -1):
            if self.islands[place][0] == tag:
                del self.islands[place:]
                return

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.keep(data)

    def keep(self, text: str) -> None:
        if not any(english for _tag, english in self.islands) and WORD.search(NAMES.sub("", text)):
            self.found.append(" ".join(text.split()))


def unmarked_prose(source: str) -> list[str]:
    """Return the English of a template that stands outside of `translate` and `blocktranslate`."""
    parser = Prose()
    parser.feed(TAG.sub("", NAMED_BY_VARIABLE.sub("div", MARKED.sub("", source))))
    parser.close()
    return parser.found


def unmarked_calls(source: str) -> Iterator[str]:
    """Yield sentences that Python shows without marking them, and marked ones nobody can extract."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in GETTEXT and node.args:
            for argument in node.args[: 2 if name.startswith(("n", "p")) else 1]:
                if isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Call):
                    yield f"line {node.lineno}: cannot be extracted: {ast.unparse(argument)}"
        for keyword in node.keywords:
            if keyword.arg in READ_ARGUMENTS and is_prose(keyword.value):
                yield f"line {node.lineno}: not marked: {keyword.arg}={ast.unparse(keyword.value)}"
        if (
            isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "messages"
            and len(node.args) > 1
            and is_prose(node.args[1])
        ):
            yield f"line {node.lineno}: not marked: {ast.unparse(node.args[1])}"
        if name in {"ValidationError", "HttpResponse", "add_error"}:
            for argument in node.args:
                if is_prose(argument) and " " in ast.unparse(argument):
                    yield f"line {node.lineno}: not marked: {ast.unparse(argument)}"


def is_prose(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(is_prose(part) for part in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(WORD.search(node.value))


def test_english_outside_of_a_marked_sentence_is_found():
    assert unmarked_prose('<p title="Close">{% translate "Open" %} now</p>') == ["Close", "now"]
    assert unmarked_prose('<div lang="en"><p>A field<br>of it</p></div><p>Not so</p>') == ["Not so"]
    assert (
        unmarked_prose("<p>{% blocktranslate %}Open {{ n }}{% endblocktranslate %} <code>a.csv</code></p>")
        == []
    )
    assert list(unmarked_calls('_(f"Hello {name}")\nmessages.error(request, "Not so")')) == [
        "line 1: cannot be extracted: f'Hello {name}'",
        "line 2: not marked: 'Not so'",
    ]
    assert list(unmarked_calls('CharField(label=_("Name"))\nmessages.error(request, _("Not so"))')) == []


def found_in(paths: list[Path], look: Callable[[str], Iterable[str]]) -> list[str]:
    """Return what `look` finds in the text of each file, a line each that begins with the file's name."""
    assert paths
    return [
        f"{path.relative_to(PROJECT)}: {line}"
        for path in paths
        for line in look(path.read_text(encoding="utf-8"))
    ]


def test_templates_show_only_marked_sentences():
    assert found_in(templates(), unmarked_prose) == []


def test_a_comment_over_two_lines_is_seen_as_the_text_that_visitors_see():
    assert unmarked_prose("{# One line. #}<p>{{ name }}</p>") == []
    assert unmarked_prose("{# Two\nlines. #}<p>{{ name }}</p>") != []


def test_python_shows_only_marked_sentences():
    assert found_in(sources(), unmarked_calls) == []


GLUED = re.compile(
    r'{%\s*translate\s+(?:"[^"]*"|\'[^\']*\')\s*%}(?:</\w+>)?[:.,?!]|'
    r'{%\s*translate\s+"[^"]*"\s*%}\s*{%\s*translate\s+"[^"]*"\s*%}'
)


def test_marked_sentences_are_not_glued_to_a_word_or_a_mark():
    assert GLUED.findall('{% translate "Name" %}: x') != []
    assert found_in(templates(), GLUED.findall) == []


# Languages that end a sentence with a space have no use for a full stop that a template puts in.
_GLUED_BY_A_STOP = re.compile(r"[%}]}\.\s+{[%{]")


def test_templates_put_no_full_stop_between_sentences():
    assert _GLUED_BY_A_STOP.findall("{% translate 'One' %}. {% translate 'Two' %} {{ one }}. {{ two }}")
    assert (
        found_in(templates(), lambda source: _GLUED_BY_A_STOP.findall(MARKED.sub("{% marked %}", source)))
        == []
    )


def sentences_of_script(source: str) -> list[str]:
    source = re.sub(r"/\*.*?\*/|(?<![:\"'])//[^\n]*", "", source, flags=re.S)
    return re.findall(r"""(?<!Error\()["'`]([A-Z][a-z]+(?: [a-z]+)+[^"'`\n]*)["'`]""", source)


def test_script_takes_its_words_from_the_page():
    assert sentences_of_script('say("Your ballot is cast"); // "Not said"') == ["Your ballot is cast"]
    assert found_in(sorted((PROJECT / "static" / "js").glob("*.js")), sentences_of_script) == []
