"""Forms for publishing a report."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.models import Export


class ExportForm(forms.Form):
    """The type of file to export."""

    form = forms.ChoiceField(choices=Export.Form.choices)


class PublishForm(forms.Form):
    """`correction` is asked for only if the new report corrects a current one."""

    correction = forms.CharField(
        label=_("What has changed since the published report, and why"),
        help_text=_("Everybody will read this next to the figures."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, data: object, *, is_correction: bool) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # request.POST or None
        if not is_correction:
            del self.fields["correction"]
