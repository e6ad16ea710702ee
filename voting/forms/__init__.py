"""The shape of what voters and officials type, a module for each of their errands."""

from voting.forms.ballots import BallotForm, BasketForm, ReceiptForm, read_choices
from voting.forms.batches import BatchForm, KeyingForm, RecountForm, SheetForm
from voting.forms.desks import MarkForm, PaperDeskForm, WithdrawMarkForm
from voting.forms.extensions import ExtensionForm
from voting.forms.lists import LinesForm, ResultsForm
from voting.forms.papers import PaperForm
from voting.forms.rules import RuleForm, TrialForm

__all__ = [
    "BallotForm",
    "BasketForm",
    "BatchForm",
    "ExtensionForm",
    "KeyingForm",
    "LinesForm",
    "MarkForm",
    "PaperDeskForm",
    "PaperForm",
    "ReceiptForm",
    "RecountForm",
    "ResultsForm",
    "RuleForm",
    "SheetForm",
    "TrialForm",
    "WithdrawMarkForm",
    "read_choices",
]
