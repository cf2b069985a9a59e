# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Go back to an earlier release, or to one part of it. Needs nothing but what is on the host: on a bad day the
inventory may be what is broken."""

from __future__ import annotations

from dataclasses import dataclass, replace

from . import masking
from .activation import Rolled
from .chooser import Ask, Chooser, Going
from .engine import Engine
from .errors import ReleaseError
from .lock import locked
from .proof import Prober
from .recorded import wanted_of
from .service import Service
from .settings import Settings
from .store import Release, Store
from .wanted import Wanted


@dataclass(frozen=True)
class Rolledback:
    """release: what is active now. left: what was. of: the release that was gone back to. diff: Ansible's."""

    changed: bool
    release: str
    left: str
    of: str
    action: str
    diff: list[dict[str, str]]


class Rollback:
    def __init__(
        self, store: Store, service: Service, prober: Prober, ask: Ask, *, by: str, lock_timeout: float
    ) -> None:
        self.store, self.service, self.prober, self.ask = store, service, prober, ask
        self.by, self.lock_timeout = by, lock_timeout

    def plan(self) -> Going:
        return Chooser(self.store, self.ask).choose()

    def apply(self) -> Rolledback:
        with locked(self.store.home, self.by, self.lock_timeout):
            self.store.sweep()
            going = self.plan()
            if going.done:
                return self._rolled_back(going, going.target, "none", [])
            shown = self.shown(going)
            before = self.store.journal.hold()
            if self.ask.hold:
                # Before the switch: a run that is killed in it must not be undone by the next site.yml.
                self._hold(going.target.id, going.left.id if going.left else "", self.ask.why)
            try:
                release, action = self._go(going)
            except BaseException:
                if self.ask.hold:
                    self._journal("unheld", going.target.id)
                if self.ask.hold and before:
                    self._journal(**{k: v for k, v in before.items() if k not in ("time", "by")})
                raise
            return self._rolled_back(going, release, action, shown)

    def _rolled_back(self, going: Going, release: Release, action: str, shown: list[dict[str, str]]) -> Rolledback:
        left, of = going.left.id if going.left else "", release.meta.get("composed", {}).get("of", release.id)
        return Rolledback(not going.done, release.id, left, of, action, shown)

    def _go(self, going: Going) -> tuple[Release, str]:
        rolled = Rolled(self.ask.why, self.ask.hold)
        if going.composed is None or going.left is None:
            engine = self._engine(wanted_of(going.target), going.target)
            restart = self._restart(going.left)
            return going.target, engine.activation.activate(going.target, going.left, restart, rolled)
        made_of = {"part": self.ask.part, "of": going.target.id, "with": going.left.id}
        engine = self._engine(going.composed, going.left)
        return engine.roll(engine.plan(), replace(rolled, composed=made_of))

    def _restart(self, left: Release | None) -> bool:
        """Whether the service is in a state that a reload does not mend."""
        if left is None or "checks" not in left.meta:  # made by an older version of this collection
            return True
        try:
            return self._engine(wanted_of(left), left).plan().restart
        except ReleaseError:
            return True

    def _engine(self, wanted: Wanted, like: Release) -> Engine:
        settings = Settings.recorded(like.meta, by=self.by, revision=str(like.meta.get("revision", "")))
        return Engine(self.store, self.service, self.prober, wanted, settings)

    def shown(self, going: Going) -> list[dict[str, str]]:
        """Ansible's diff of what goes back."""
        before = {name: going.left.content(name) for name in going.left.meta["files"]} if going.left else {}
        wanted = going.composed or wanted_of(going.target)
        after = {name: text.decode() for name, text in wanted.tree().items()}
        secret = {f"etc/{name}" for name in wanted.secrets} | set(going.left.meta["secrets"] if going.left else [])
        masker = masking.Masker([*wanted.secrets.values(), *(before.get(name, "") for name in secret)])
        return masking.diff(before, after, secret, masker)

    def _hold(self, release: str, left: str, why: str) -> None:
        self._journal("held", release, left=left, why=why, part=self.ask.part)

    def _journal(self, event: str, release: str, **fields: object) -> None:
        self.store.journal.append(event, release, by=self.by, **fields)
