from tests.reports.conftest import loaded

__all__ = ["loaded"]
