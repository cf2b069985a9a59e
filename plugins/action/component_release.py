# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Action of `aetherlink.monitoring.component_release`: renders a component once, then asks the host once."""

from __future__ import annotations

from functools import cache
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
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.alertmanager import (
    origins as alertmanager,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import origins as prometheus
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import (
    checker_messages,
    example_secrets,
    role_variables,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import listen_addresses as listening
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.description import VARIABLE, description
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.file_references import find_references
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.release_watch import (
    MACHINE,
    VARIABLES,
    release_watch,
    who_asks,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.run_switches import switch
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.targets import group_targets
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.facts import HostVariables
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.fetch import archive
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.tls import certificates

SAME = ("unit", "files", "flags", "restart_on", "checks", "skip_check", "reloadable", "proof", "keep")
OPTIONAL = ("restart_files", "linked", "parts", "readable_by", "root_only", "tls")
"""What the module takes as the component's description has it."""
CERTIFICATE = ("certificate", "authority", "trouble")
ORIGINS = {"prometheus": prometheus.ORIGINS, "alertmanager": alertmanager.ORIGINS}
SWITCHES = ("unhold", "move_environment")
"""What lets one run do what is refused otherwise."""


class ActionModule(Action):
    def act(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        spec = {
            "role": {"type": "str", "required": True},
            "component": {"type": "str", "default": VARIABLE},
            "state": {"type": "str", "choices": ["planned", "active"], "required": True},
            "sources": {"type": "dict", "default": {}},
        }
        _result, p = self.validate_argument_spec(argument_spec=spec)
        if sentence := role_variables.refuse(p["role"], task_vars, self._templar.template):
            return {"failed": True, "msg": sentence}
        try:
            component = description(p["component"], task_vars, self._templar.template)
            environment = self._templar.template(task_vars["aether_env"])
            watch = self._watch(task_vars, component["name"])
            switches = {name: switch(name, task_vars, self._templar.template) for name in SWITCHES}
            wanted_certificate = certificates.wanted(component, environment, task_vars, self._templar.template)
            open_listening = self._templar.template(task_vars.get("aether_open_listening", []))
            insecure_downloads = self._templar.template(task_vars.get("aether_insecure_downloads", []))
            authority = bool(wanted_certificate and not wanted_certificate.files)
            example = example_secrets.refuse(
                component["name"], environment, task_vars, self._templar.template, authority=authority
            )
        except (AnsibleError, ConfigError) as error:
            return {"failed": True, "msg": innermost(error)}
        refusals = (
            refused_source(component, environment, insecure_downloads),
            listening.refuse(component, environment, open_listening),
            example,
        )
        if sentence := next(filter(None, refusals), ""):
            return {"failed": True, "msg": sentence}
        arguments = {
            "component": component["name"],
            "state": p["state"],
            "environment": environment,
            "group": component["user"],
            "program": component["program"] | p["sources"].get(component["name"], {}),
            "by": author(),
            **switches,
            "lock_timeout": component["lock_timeout"],
            **{name: component[name] for name in SAME},
            **{name: component[name] for name in OPTIONAL if name in component},
        }
        if p["state"] == "active":
            arguments["references"] = self._references(component, task_vars)
            arguments["revision"] = source_revision(task_vars)
            arguments["watch"] = watch
            result = self._deploy(arguments, component["secrets"], task_vars)
        else:
            result = self._plan(arguments, component, task_vars)
            if not result.get("failed"):
                result = self._completed(result, component, wanted_certificate, task_vars["inventory_hostname"])
        if result.get("failed"):
            result["msg"] = self._explained(str(result.get("msg", "")), component, task_vars)
        if result.get("held"):
            self._display.warning(f"{task_vars['inventory_hostname']}: {clean(result['held'])}")
        return result

    def _explained(self, message: str, component: dict[str, Any], task_vars: dict[str, Any]) -> str:
        """The host's message, of the variable that it is about where the component's checker found it."""
        origins = ORIGINS.get(component["name"])
        if not origins:
            return message
        variable = self._variable(task_vars)
        return checker_messages.explained(message, component["checks"], origins, component["files"], variable)

    def _references(self, component: dict[str, Any], task_vars: dict[str, Any]) -> list[dict[str, str]]:
        files, name, origins = component["files"], component["name"], ORIGINS.get(component["name"])
        if not origins:
            return find_references(files, name)
        variable = self._variable(task_vars)
        return find_references(files, name, checker_messages.origin_of(origins, files, variable))

    def _variable(self, task_vars: dict[str, Any]) -> checker_messages.Variable:
        @cache
        def variable(name: str) -> Any:
            return self._templar.template(task_vars.get(name))

        return variable

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

    def _plan(self, arguments: dict[str, Any], component: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The host is not given the secrets; what it cannot decide for lack of them is decided here."""
        secrets: dict[str, str] = component["secrets"]
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
        self, plan: dict[str, Any], component: dict[str, Any], certificate: certificates.Wanted | None, host: str
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

    def _judge(self, result: dict[str, Any], wanted: certificates.Wanted) -> None:
        """Whether the host needs another certificate; only the controller has the authority to compare with."""
        why = certificates.judge(result["certificate"], wanted, self._read)
        result["needs"]["certificate"] = bool(why)
        if why:
            certificates.rehearse(wanted, self._read)  # what cannot be made is told before anything is installed
            result["reasons"] = [*result["reasons"], clean(why)]  # it may have the host's words

    def _watch(self, task_vars: dict[str, Any], component: str) -> dict[str, Any]:
        variables = {name: self._templar.template(task_vars[name]) for name in VARIABLES if name in task_vars}
        if not variables:
            return {}
        machine = {name: self._templar.template(task_vars[name]) for name in MACHINE if name in task_vars}
        host, hostvars = task_vars["inventory_hostname"], HostVariables(task_vars["hostvars"])
        prometheus = group_targets(task_vars["groups"], hostvars, host, only=["prometheus"]).get("prometheus", [])
        asking = who_asks(component, task_vars.get("group_names", []))
        return release_watch(variables, prometheus, asking=asking, machine=machine)


def refused_source(component: dict[str, Any], environment: str, insecure_downloads: Any) -> str:
    """The sentence about where a component comes from, which is looked at whether it has to be fetched or not."""
    name = component["name"]
    if component["program"]["method"] == "archive":
        program = {key: component["program"].get(key, "") for key in ("version", "oldest")}
        sentence = archive.refuse({"component": name, **program, **component["archive"]})
        urls = {f"{name}_archive_{key}": component["archive"][key] for key in ("url", "sums_url")}
    else:
        repository = component.get("repository", {"url": "", "key_url": ""})
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


def refused_architecture(component: dict[str, Any], host: str, result: dict[str, Any]) -> str:
    """The sentence about the architecture in a host's plan, before anything is downloaded for it."""
    said = result.get("host")
    architecture = said.get("architecture") if isinstance(said, dict) else None
    sentence = archive.refuse_architecture(host, architecture)
    if sentence or component["program"]["method"] != "archive":
        return sentence
    return archive.refuse_pin(component["name"], component["archive"]["sha256"], str(architecture))


def innermost(error: BaseException) -> str:
    """The sentence of the plugin that failed, without what Ansible says on the way up about templates and plugins."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(getattr(error, "message", None) or error)
