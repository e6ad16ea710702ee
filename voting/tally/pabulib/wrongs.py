"""Errors of a file: a code for machines, and a sentence for people, which a page can translate."""

from __future__ import annotations


def _(sentence: str) -> str:
    """Mark a sentence for the translators; the page that shows it translates it."""
    return sentence


WRONGS = {
    "not_utf8": _("this is not UTF-8 text"),
    "quote_open": _("a quoted field is not closed before the end of the file"),
    "quote_ends_early": _("a quoted field ends here, but the field goes on"),
    "quote_inside": _("a field with a quote in it must be quoted as a whole"),
    "second_section": _("a second %(section)s section"),
    "no_section": _("the file has no %(section)s section"),
    "order_of_sections": _("sections must come in the order META, PROJECTS, VOTES, from the first line"),
    "no_header_row": _("%(section)s has no header row"),
    "first_column": _("%(section)s must begin with the column %(column)s"),
    "second_column": _("%(section)s has a second column %(column)s"),
    "no_column": _("%(section)s has no column %(column)s"),
    "no_points_column": _("VOTES has no column points, which %(kind)s ballots need"),
    "meta_header": _("META must begin with the header key;value"),
    "meta_row": _("a META row needs a key and a value, separated by a semicolon"),
    "meta_twice": _("META gives %(key)s a second time"),
    "meta_missing": _("META does not say %(key)s"),
    "vote_type": _("vote_type must be one of %(kinds)s"),
    "empty_line": _("an empty line; the header has %(columns)s"),
    "n_fields": _("this row has %(fields)s fields; the header has %(columns)s"),
    "project_id": _("a project_id must not be empty or have a comma or space around it"),
    "second_project": _("the project %(project)s is already on line %(first)s"),
    "num_projects": _("num_projects says %(said)s, but the file has %(found)s projects"),
    "n_projects": _("a file has between 1 and %(most)s projects"),
    "cost_not_above_0": _("a cost must be above 0"),
    "budget_not_above_0": _("the budget must be above 0"),
    "num_votes": _("num_votes says %(said)s, but the file has %(found)s ballots"),
    "voter_id": _("a voter_id must not be empty or have a space around it"),
    "second_vote": _("the voter %(voter)s already voted on line %(first)s"),
    "no_project_id": _("a project id is missing here"),
    "space_beside_id": _("there is a space next to the project id %(project)s"),
    "unknown_project": _("the project '%(project)s' is not in the PROJECTS section"),
    "not_an_amount": _("%(name)s must be a number such as 1500 or 1500.50, not '%(text)s'"),
    "not_whole": _("a whole number is expected here, not '%(text)s'"),
    "n_points": _("%(points)s points for %(projects)s projects"),
    "not_points": _("points must be whole numbers below 1,000,000,000, not '%(text)s'"),
    "n_values": _("%(values)s values for %(categories)s categories"),
}
