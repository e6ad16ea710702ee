"""A comment was screened and not shown."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from notices.messages.about_comment import CommentKind


class CommentRejected(CommentKind):
    code = "comment_rejected"
    label = _("Your comment was not published")
    topics = frozenset({Action.COMMENT_REJECTED})
    happened = _("Your comment on proposal %(code)s, “%(title)s”, was not published.")
    next = _("You can write another comment that follows the rule below.")
