from django.apps import AppConfig

from voting.counting.guards import GUARDS


class CountingConfig(AppConfig):
    name = "voting.counting"
    guards = GUARDS

    def ready(self) -> None:
        from proposals import findings
        from voting.counting import explanations

        findings.register(explanations.KIND, explanations.in_words, plain=explanations.in_plain_words)
