"""The demo's accounts: one for each role in a round, and neighbours who comment and vote."""

from dataclasses import dataclass

from authorities.models import Authority
from identity.models import Account, Membership
from identity.roles import Role
from identity.selectors import policies_in_force
from identity.services import confirm_address, grant_role, register
from identity.verification.models import Person, VerificationRoute
from identity.verification.selectors import open_routes
from identity.verification.services import set_up_route, verify
from places.models import Area
from rounds.models import Residency

# Public on purpose. `devtools.demo` loads only with settings for a single machine.
PASSWORD = "walk-the-whole-round"  # noqa: S105
DOMAIN = "demo.example"
N_NEIGHBOURS = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A role that the demo can be tried in."""

    name: str
    display_name: str
    language: str
    what: str
    role: Role | None = None
    area_code: str = ""


PARTS = (
    Part("resident", "Resident One", "ko", "proposes, comments and votes", area_code="1168064000"),
    Part("resident2", "Resident Two", "th", "the same, reading Thai", area_code="1168070000"),
    Part("moderator", "Moderator One", "ko", "screens proposals and comments", Role.MODERATOR),
    Part("reviewer", "Reviewer One", "ko", "reviews for every department", Role.REVIEWER),
    Part("budget", "Budget Officer", "ko", "sets up ballots, certifies, publishes", Role.BUDGET_OFFICER),
    Part("council", "Council Staff", "ko", "exports the adopted projects", Role.COUNCIL_STAFF),
    Part(
        "clerk",
        "Clerk One",
        "ko",
        "verifies people, checks voters in and transcribes paper ballots",
        Role.CLERK,
    ),
    Part("clerk2", "Clerk Two", "ko", "makes the second entry of paper ballots", Role.CLERK),
    Part("observer", "Observer One", "en", "observes a round without seeing persons", Role.OBSERVER),
    Part("admin", "Administrator", "ko", "grants roles, is the second to certify", Role.AUTHORITY_ADMIN),
)


def lines() -> list[str]:
    """Return how to sign in, a line for each part."""
    width = max(len(part.name) for part in PARTS)
    return [
        f"Sign in with the password {PASSWORD} as",
        *(f"  {part.name:>{width}}@{DOMAIN}  {part.what}" for part in PARTS),
    ]


def accounts(authority: Authority) -> dict[str, Account]:
    """Return the accounts of every part by name, made, verified and given their roles if they were not."""
    areas = {area.code: area for area in Area.objects.below(authority.area)}
    made = {}
    for part in PARTS:
        account = _account(part.name, part.display_name, part.language, PASSWORD)
        if part.area_code:
            _verified(account, authority, areas[part.area_code], part.name)
        if part.role is not None:
            _in_role(account, authority, part.role)
        made[part.name] = account
    return made


def ways_to_be_verified(authority: Authority) -> None:
    """Let people be verified at the desk and by a code, which the site's log shows in place of a phone."""
    if not open_routes(authority).exists():
        set_up_route(authority, VerificationRoute.Method.DESK, actor=None, assurance=2, position=1)
        set_up_route(authority, VerificationRoute.Method.PHONE, actor=None, assurance=1)


def neighbours(authority: Authority) -> list[Account]:
    """Return accounts of neighbours from all over the area. Nobody can sign in as one of them."""
    areas = list(Area.objects.below(authority.area).filter(kind="dong", valid_until=None).order_by("code"))
    languages = ("ko", "ko", "en", "th", "vi", "ko")
    made = []
    for number in range(N_NEIGHBOURS):
        name = f"neighbour{number + 1:02}"
        account = _account(name, f"Neighbour {number + 1}", languages[number % len(languages)], None)
        _verified(account, authority, areas[number % len(areas)], name)
        made.append(account)
    return made


def _account(name: str, display_name: str, language: str, password: str | None) -> Account:
    email = f"{name}@{DOMAIN}"
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account(email=email)
        account.set_password(password)
        register(account, display_name=display_name, language=language, agrees_to=policies_in_force())
    confirm_address(account)
    return account


def _verified(account: Account, authority: Authority, area: Area, name: str) -> None:
    if Person.objects.filter(account=account, authority=authority).exists():
        return
    verify(
        authority,
        identifier=f"demo|{name}".encode(),
        account=account,
        residency=Residency.RESIDENT,
        area=area,
        age_group="35-49",
        assurance=3,
        actor=None,
    )


def _in_role(account: Account, authority: Authority, role: Role) -> None:
    departments = list(authority.departments.all()) if role == Role.REVIEWER else [None]
    held = Membership.objects.filter(account=account, authority=authority, role=role, ended_at=None)
    known = set(held.values_list("department_id", flat=True))
    for department in departments:
        if (department.pk if department else None) not in known:
            grant_role(
                account,
                authority,
                role,
                department=department,
                actor=None,
                reason="part in the demo",
            )
