"""Accessible HTML for Django forms: a template needs only `{{ form.title.as_field_group }}`.

Label, hint, error and control are linked by id; the control is described by its hint and its error; radios
and checkboxes are in a fieldset. A widget's `data-prefix` or `data-suffix` attribute (a currency, a unit) is
shown next to the control. A text area never cuts pasted text: its limit is counted, then checked by the
server.
"""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    # Before RadioSelect, which it is a kind of.
    (forms.CheckboxSelectMultiple, "govuk-checkboxes__input"),
    (forms.RadioSelect, "govuk-radios__input"),
    (forms.CheckboxInput, "govuk-checkboxes__input"),
    (forms.FileInput, "govuk-file-upload"),
    (forms.Select, "govuk-select"),
    (forms.Textarea, "govuk-textarea"),
    (forms.widgets.Input, "govuk-input"),
)


# Message for a required field left empty, by the pattern that shows it; a form class with a better message
# gives it itself. The field's name is in front of it in the summary, and above it at the field.
_MISSING = {
    "text": _("This is empty. Fill it in."),
    "textarea": _("This is empty. Fill it in."),
    "parts": _("Something is missing here. Fill it in."),
    "radios": _("Choose one."),
    "select": _("Choose one."),
    "checkboxes": _("Choose at least one."),
    "checkbox": _("Tick the box to continue."),
    "file": _("Choose a file first."),
}


def _base_class(widget: forms.Widget) -> str:
    # Multiple select lists are rare and plain; hidden inputs take no class.
    if isinstance(widget, forms.HiddenInput | forms.MultipleHiddenInput):
        return ""
    return next((name for kind, name in _CLASSES if isinstance(widget, kind)), "")


class PlatformBoundField(forms.BoundField):
    """A field that knows which pattern shows it: `kind` is text, textarea, select, file, checkbox,
    radios, checkboxes or parts (a widget of several controls)."""

    def __init__(self, form: forms.BaseForm, field: forms.Field, name: str) -> None:
        super().__init__(form, field, name)
        # A form's fields are its own copies, and are bound before they are cleaned.
        if field.error_messages.get("required") is forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = _MISSING[self.kind]

    @property
    def kind(self) -> str:
        widget = self.field.widget
        match widget:
            case forms.CheckboxSelectMultiple():
                return "checkboxes"
            case forms.RadioSelect():
                return "radios"
            case forms.CheckboxInput():
                return "checkbox"
            case forms.FileInput():
                return "file"
            case forms.Select():
                return "select"
            case forms.Textarea():
                return "textarea"
            case forms.MultiWidget() | forms.SelectDateWidget():
                return "parts"
        return "text"

    @property
    def says_optional(self) -> bool:
        """If "(optional)" is shown at the label: not in a form that can be saved unfinished.

        Such a form has `says_optional = False`: fields left open now are needed later.
        """
        return not self.field.required and getattr(self.form, "says_optional", True)

    @property
    def prefix(self) -> str:
        return str(self.field.widget.attrs.get("data-prefix", ""))

    @property
    def suffix(self) -> str:
        return str(self.field.widget.attrs.get("data-suffix", ""))

    @property
    def max_length(self) -> int | None:
        """The most characters a text area may hold, for the count below it."""
        return getattr(self.field, "max_length", None) if self.kind == "textarea" else None

    @property
    def error_anchor(self) -> str:
        """The id an error in the summary links to: the control, or the first of several."""
        if self.kind in {"radios", "checkboxes", "parts"}:
            return f"{self.auto_id}_0"
        return self.id_for_label or self.auto_id

    @property
    def aria_describedby(self) -> str | None:
        if self.field.widget.attrs.get("aria-describedby") or self.is_hidden or not self.auto_id:
            return None
        # An info line is announced by the character count itself while typing; named here, it is also
        # read once on entering the field.
        parts = [
            f"{self.auto_id}_helptext" if self.help_text else "",
            f"{self.auto_id}_error" if self.errors else "",
            f"{self.auto_id}-info" if self.max_length else "",
        ]
        return " ".join(part for part in parts if part) or None

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        base = _base_class(widget)
        if base:
            classes = [str(widget.attrs.get("class", "")), base]
            if self.errors and self.kind in {"text", "textarea", "select", "file"}:
                classes.append(f"{base}--error")
            if self.kind == "textarea" and self.max_length:
                classes.append("govuk-js-character-count")
                built["maxlength"] = False
            # A placeholder is gone once something is typed: what must be known is said in the hint.
            built["placeholder"] = False
            built["class"] = " ".join(name for name in classes if name)
        return built


class PlatformRenderer(TemplatesSetting):
    """Renders forms with templates/django/forms/ and fields as PlatformBoundField."""

    bound_field_class = PlatformBoundField
