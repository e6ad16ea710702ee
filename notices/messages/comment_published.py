"""A comment was screened and shown."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action
from notices.messages.about_comment import CommentKind


class CommentPublished(CommentKind):
    code = "comment_published"
    label = _("Your comment is public")
    topics = frozenset({Action.COMMENT_PUBLISHED})
    happened = _("Your comment on proposal %(code)s, “%(title)s”, was approved and is now public.")
    next = _("You can read other people's replies on the proposal's page.")
