from django import forms
from django.template.loader import render_to_string


class Sample(forms.Form):
    title = forms.CharField(help_text="A few words", max_length=20)
    text = forms.CharField(max_length=1000, widget=forms.Textarea)
    cost = forms.CharField(required=False, widget=forms.TextInput(attrs={"data-suffix": "원"}))
    kind = forms.ChoiceField(choices=[("a", "Here"), ("b", "There")], widget=forms.RadioSelect)
    topics = forms.MultipleChoiceField(choices=[("a", "Parks")], widget=forms.CheckboxSelectMultiple)
    agree = forms.BooleanField(label="I agree")
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_a_field_ties_label_hint_and_control_together():
    shown = Sample()["title"].as_field_group()

    assert '<label class="govuk-label" for="id_title">Title</label>' in shown
    assert '<div class="govuk-hint" id="id_title_helptext">A few words</div>' in shown
    assert 'aria-describedby="id_title_helptext"' in shown
    assert 'class="govuk-input"' in shown
    assert "error" not in shown


def test_a_refused_field_says_why_beside_the_control_that_names_the_reason():
    shown = Sample({"title": "x" * 21})["title"].as_field_group()

    assert 'id="id_title_error"' in shown
    assert 'aria-describedby="id_title_helptext id_title_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'class="govuk-input govuk-input--error"' in shown


def test_a_text_area_counts_and_never_cuts():
    shown = Sample()["text"].as_field_group()

    assert 'data-maxlength="1000"' in shown
    assert " maxlength=" not in shown
    assert 'id="id_text-info"' in shown


def test_a_suffix_stands_beside_a_field_that_says_it_is_optional():
    shown = Sample()["cost"].as_field_group()

    assert '<div class="govuk-input__suffix" aria-hidden="true">원</div>' in shown
    assert "(optional)" in shown


def test_a_form_that_may_stay_unfinished_does_not_call_its_fields_optional():
    class Draft(Sample):
        says_optional = False

    assert "(optional)" not in Draft()["cost"].as_field_group()


def test_choices_stand_in_a_fieldset_named_by_the_question():
    radios, boxes = Sample()["kind"].as_field_group(), Sample()["topics"].as_field_group()

    assert '<legend class="govuk-fieldset__legend">Kind</legend>' in radios
    assert radios.count('class="govuk-radios__input"') == 2
    assert '<label class="govuk-label govuk-radios__label" for="id_kind_1">There</label>' in radios
    assert boxes.count('class="govuk-checkboxes__input"') == 1


def test_the_summary_links_each_error_to_the_first_control_it_is_about():
    form = Sample({"title": "", "text": "t", "topics": ["a"], "agree": "on"})
    form.add_error(None, "The phase has closed.")

    shown = render_to_string("_error_summary.html", {"form": form})

    assert "<li>The phase has closed.</li>" in shown
    assert '<a href="#id_title">Title: This is empty. Fill it in.</a>' in shown
    assert '<a href="#id_kind_0">Kind: Choose one.</a>' in shown
    assert shown.count("<li>") == 3


def test_what_is_missing_is_asked_for_in_words_that_fit_the_control():
    form = Sample({})

    assert form.errors == {
        "title": ["This is empty. Fill it in."],
        "text": ["This is empty. Fill it in."],
        "kind": ["Choose one."],
        "topics": ["Choose at least one."],
        "agree": ["Tick the box to continue."],
    }


def test_a_field_that_has_words_of_its_own_for_what_is_missing_keeps_them():
    class Named(forms.Form):
        name = forms.CharField(error_messages={"required": "Write your name."})

    assert Named({}).errors == {"name": ["Write your name."]}


def test_a_form_without_errors_has_no_summary():
    assert render_to_string("_error_summary.html", {"form": Sample()}).strip() == ""


def test_a_whole_form_keeps_its_hidden_fields_bare():
    assert '<input type="hidden" name="token" id="id_token">' in str(Sample())
