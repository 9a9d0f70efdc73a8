"""Who acts, as the rules see it: a frozen value, so that policies stay pure."""

from __future__ import annotations

from dataclasses import dataclass, field

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or a job) at the moment of an act: text keys, the roles in force, the unit and its path in the tree.

    `scope` is the path of a unit when less than the roles allow is to be seen: that unit's subtree, by the limits of a token.
    """

    username: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    unit: str = ""
    unit_path: str = ""
    scope: str = ""

    @property
    def role_text(self) -> str:
        return ",".join(sorted(self.roles))

    def has(self, *roles: str) -> bool:
        return bool(self.roles.intersection(roles))

    def sees_unit(self, path: str) -> bool:
        """True when `path` lies in this actor's subtree."""
        return bool(self.unit_path) and path.startswith(self.unit_path)


def system_actor(job: str) -> Actor:
    """The machine acting by rule; `job` names which rule."""
    return Actor(username=f"{SYSTEM}:{job}", name=job, roles=frozenset({SYSTEM}))
