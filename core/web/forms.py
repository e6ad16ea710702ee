"""The usual page with a form: what was typed, what the rules say to it, the page again or the next one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.exceptions import Refused


def is_sent(request: HttpRequest, form: BaseForm) -> bool:
    """Return whether a form was sent and can be understood."""
    return request.method == "POST" and form.is_valid()


@contextmanager
def refusals_on(form: BaseForm, field: str | None = None) -> Iterator[None]:
    """Show a refusal on the form, at a field if one is named, and continue after the block.

    End the block by returning the next page, so that the code after it renders the form again::

        if is_sent(request, form):
            with refusals_on(form):
                services.withdraw(proposal, actor=request.user)
                return redirect("proposals:mine")
        return form_page(request, "proposals/withdraw.html", {"form": form})
    """
    try:
        yield
    except Refused as refusal:
        form.add_error(field, refusal)


def form_page(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Return the page with its `form`: 422 where something is wrong with what was typed, else 200."""
    form: BaseForm | None = context["form"]
    return render(request, template, context, status=422 if form is not None and form.errors else 200)
