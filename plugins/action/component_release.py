# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.component_release`: renders a component once, then asks the host once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.release import challenge
from ansible_collections.aetherlink.monitoring.plugins.module_utils.terminal import clean
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils import transit
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.actions import Action
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.author import author, source_revision
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components import COMPONENTS
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.description import describe
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.model import Component
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import (
    checker_messages,
    example_secrets,
    listen_addresses,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.file_references import find_references
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.release_watch import (
    VARIABLES,
    release_watch,
    who_asks,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.role_variables import (
    Variables,
    inventory_dir,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch import archive
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.artifact import ArtifactError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.cache import CacheError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch.program_artifact import artifact
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import certificates

ALWAYS = (
    *("unit", "files", "flags", "restart_on", "checks", "skip_check", "reloadable", "health_check", "keep"),
    "lock_timeout",
)
OPTIONAL = ("restart_files", "linked", "parts", "readable_by", "root_only", "tls")
"""Fields of a Component that are options of the module, and those that it need not be given."""
INSTALL = ("name", "user", "program", "archive", "repository", "package_unit", "optional")
"""What the tasks that install a program read of a Component. None is a secret."""
CERTIFICATE = ("certificate", "authority", "trouble")


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        spec = {
            "component": {"type": "str", "choices": list(COMPONENTS), "required": True},
            "state": {"type": "str", "choices": ["planned", "active"], "required": True},
            "sources": {"type": "dict", "default": {}},
        }
        _result, p = self.validate_argument_spec(argument_spec=spec)
        v = Variables(p["component"], task_vars, self._templar.template)
        try:
            v.check()
            component = describe(v)
            watch = _watch(v)
            wanted_certificate = certificates.wanted(component, v, inventory_dir(task_vars))
            built = artifact(component.artifact) if component.artifact else {}
        except (AnsibleError, ConfigError, ArtifactError, CacheError) as error:
            return {"failed": True, "msg": innermost(error)}
        if built:
            component = replace(component, program={**component.program, "version": built["version"]})
        authority = bool(wanted_certificate and not wanted_certificate.files)
        refusals = (
            refused_source(component, v["aether_env"], v["aether_insecure_downloads"]),
            listen_addresses.refuse(component, v["aether_env"], v["aether_open_listening"]),
            example_secrets.refuse(
                component.name, v["aether_env"], task_vars, self._templar.template, authority=authority
            ),
        )
        if sentence := next(filter(None, refusals), ""):
            return {"failed": True, "msg": sentence}
        arguments = {
            "component": component.name,
            "state": p["state"],
            "environment": v["aether_env"],
            "group": component.user,
            "program": component.program | p["sources"].get(component.name, {}),
            "by": author(),
            "unhold": v["unhold"],
            "move_environment": v["move_environment"],
            **{name: getattr(component, name) for name in ALWAYS},
            **{name: value for name in OPTIONAL if (value := getattr(component, name))},
        }
        if p["state"] == "active":
            arguments["references"] = references(component, v)
            arguments["revision"] = source_revision(task_vars)
            arguments["watch"] = watch
            for note in component.notes:
                self._display.warning(note)  # Ansible shows it once, however many hosts there are
            result = self._deploy(arguments, component.secrets, task_vars)
        else:
            result = self._plan(arguments, component, task_vars)
            if not result.get("failed"):
                result["install"] = {**{name: getattr(component, name) for name in INSTALL}, "artifact": built}
                result = self._completed(result, component, wanted_certificate, task_vars["inventory_hostname"])
        if result.get("failed"):
            result["msg"] = explained(str(result.get("msg", "")), component, v)
        if result.get("held"):
            self._display.warning(f"{task_vars['inventory_hostname']}: {clean(result['held'])}")
        return result

    def _read(self, path: Path) -> str:
        return certificates.read(path, self._loader)

    def _ask(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = self._execute_module(
            "aetherlink.monitoring.release", module_args=arguments, task_vars=task_vars
        )
        return result

    def _deploy(self, arguments: dict[str, Any], secrets: dict[str, str], task_vars: dict[str, Any]) -> dict[str, Any]:
        if secrets:
            transit.warn(self._connection, task_vars["inventory_hostname"], self._display)
        return self._ask({**arguments, "secrets": secrets}, task_vars)

    def _plan(self, arguments: dict[str, Any], component: Component, task_vars: dict[str, Any]) -> dict[str, Any]:
        """The host is not given the secrets; what it cannot decide for lack of them is decided here."""
        secrets = component.secrets
        key = challenge.new_key()
        result = self._ask({**arguments, "secret_names": sorted(secrets), "challenge": key}, task_vars)
        answer, locked = result.pop("answer", {}), result.pop("locked", "")
        # Ansible masks the secret arguments of a module, and these were none.
        result = dict(remove_values(result, {text for text in secrets.values() if text}))
        if result.get("failed"):
            return result
        if not (challenge.fits(answer) and is_plan(result, tls=bool(arguments.get("tls")))):
            return {"failed": True, "msg": no_plan(task_vars["inventory_hostname"])}
        differing = challenge.differing(key, secrets, answer)
        if differing:
            result["reasons"] = [*(f"etc/{name} differs" for name in differing), *result["reasons"]]
            result["pending"] = arguments["unhold"] or not result["held"]
        elif locked:
            result.update(failed=True, msg=f"{clean(locked).rstrip('.')}.")
        return result

    def _completed(
        self, plan: dict[str, Any], component: Component, certificate: certificates.DesiredCertificate | None, host: str
    ) -> dict[str, Any]:
        """The plan with what only the controller can tell, or why it cannot be."""
        if sentence := refused_architecture(component, host, plan):
            return {"failed": True, "msg": sentence}
        if certificate:
            try:
                self._judge(plan, certificate)
            except ConfigError as error:
                return {"failed": True, "msg": str(error)}
        return plan

    def _judge(self, result: dict[str, Any], wanted: certificates.DesiredCertificate) -> None:
        """Whether the host needs another certificate; only the controller has the authority to compare with."""
        why = certificates.judge(result["certificate"], wanted, self._read)
        result["needs"]["certificate"] = bool(why)
        if why:
            certificates.rehearse(wanted, self._read)  # what cannot be made is told before anything is installed
            result["reasons"] = [*result["reasons"], clean(why)]  # it may have the host's words


def explained(message: str, component: Component, v: Variables) -> str:
    """A checker's message with the variable that it is about, where that can be told."""
    if not component.origins:
        return message
    return checker_messages.explained(message, component.checks, component.origins, component.files, v.get)


def references(component: Component, v: Variables) -> list[dict[str, str]]:
    """The files that the configuration names, which must be there before the switch."""
    if not component.origins:
        return find_references(component.files, component.name)
    origin = checker_messages.origin_of(component.origins, component.files, v.get)
    return find_references(component.files, component.name, origin)


def _watch(v: Variables) -> dict[str, Any]:
    variables = {name: v[name] for name in VARIABLES if v[name] is not None}
    if not variables:
        return {}
    machine = {name: v[name] for name in ("aether_web_user", "aether_web_password")}
    return release_watch(
        variables, v.targets.get("prometheus", []), asking=who_asks(v.role, v.group_names), machine=machine
    )


def refused_source(component: Component, environment: str, insecure_downloads: Any) -> str:
    """The sentence about where a component comes from, which is looked at whether it has to be fetched or not."""
    name = component.name
    if component.program["method"] == "archive":
        program = {key: component.program.get(key, "") for key in ("version", "oldest")}
        sentence = archive.refuse({"component": name, **program, **component.archive})
        urls = {f"{name}_archive_{key}": component.archive[key] for key in ("url", "sums_url")}
    else:
        repository = component.repository or {"url": "", "key_url": ""}
        sentence = archive.refuse_repository(name, repository)
        urls = {f"{name}_repository_{key}": repository[key] for key in ("url", "key_url")}
    return sentence or archive.refuse_insecure(name, urls, environment, insecure_downloads)


def is_plan(result: dict[str, Any], *, tls: bool) -> bool:
    """Whether a host's answer has the form of a plan, as far as it is read here. Root there may answer anything."""
    shapes = {"reasons": list, "needs": dict, "held": str} | ({"certificate": dict} if tls else {})
    if not all(isinstance(result.get(name), shape) for name, shape in shapes.items()):
        return False
    certificate = [result["certificate"].get(name) for name in CERTIFICATE] if tls else []
    return all(isinstance(text, str) for text in [*result["reasons"], *certificate])


def no_plan(host: str) -> str:
    return (
        f"The host {host} answers what is no plan, so someone with root on {host} may have changed its Python: inspect "
        f"or rebuild {host}, and run again."
    )


def refused_architecture(component: Component, host: str, result: dict[str, Any]) -> str:
    """The sentence about the architecture in a host's plan, before anything is downloaded for it."""
    said = result.get("host")
    architecture = said.get("architecture") if isinstance(said, dict) else None
    sentence = archive.refuse_architecture(host, architecture)
    if sentence or component.program["method"] != "archive":
        return sentence
    return archive.refuse_pin(component.name, component.archive["sha256"], str(architecture))


def innermost(error: BaseException) -> str:
    """The sentence of the plugin that failed, without what Ansible says on the way up about templates and plugins."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "message", None) or error)
