# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with variables by their specification, as one sentence for the operator.

Ansible's own validation of argument specs names no place within a value and no way out, and prints the whole
specification before it. So it is asked before that: every variable is resolved and looked at by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleFilterError, AnsibleTemplateSyntaxError
from ansible.module_utils.parsing.convert_bool import BOOLEANS
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.matchers import matchers
from ansible_collections.aetherlink.monitoring.plugins.module_utils.sentences import inside
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import desired_baseline as host
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config import validation
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.validation import (
    Check,
    check_unknown_variables,
    plain,
    whole,
)
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.config.web_files import web_user

Template = Callable[[Any], Any]
Options = Mapping[str, Mapping[str, Any]]
PLAYBOOK = "this playbook"
"""The owner whose variables come from the command line, where everything is text."""


def _flag(value: Any, path: str) -> object:
    """Ansible takes some words and numbers for true and false, too."""
    word = value.strip().lower() if isinstance(value, str) else value
    if isinstance(word, (str, int, float)) and word in BOOLEANS:
        return value
    return validation.boolean(value, path)


def _matchers(value: Any, path: str) -> object:
    found = matchers(value, path)
    if not found:
        raise ConfigError(f"{path} is empty, which would be about every alert: say which, like 'service=\"crm\"'.")
    return found


_TYPES: dict[str, Check] = {
    "int": validation.integer,
    "bool": _flag,
    "dict": validation.mapping,
    "list": validation.sequence,
    "duration": validation.duration,
    "matchers": _matchers,
}
_ELEMENTS: dict[str, Check] = {"dict": validation.mapping}
_BY_NAME: dict[str, Check] = {
    "alertmanager_cluster_listen_address": validation.listen_or_none,
    "aether_web_user": web_user,
    "grafana_admin_user": validation.text,
    "grafana_envs": validation.list_of(validation.environment),
    "grafana_scrape_interval": validation.duration,
    "host_journald_max_file": host.span,
    "host_journald_max_retention": host.span,
    "alertmanager_external_url": validation.url_or_none,
    "alertmanager_group_wait": validation.duration_or_zero,
    "alertmanager_group_interval": validation.duration,
    "alertmanager_repeat_interval": validation.duration,
}
_BY_ENDING: dict[str, Check] = {
    "_port": validation.port,
    "_listen_address": validation.ip_address,
    "_admin_address": validation.ip_address,
    "_user": validation.user_name,
    "_tls": validation.boolean,
    "_keep_releases": whole(1),
    "_lock_timeout": whole(1),
    "_health_timeout": whole(1),
    "_clock_limit": whole(1),
    "_tasks_max": whole(16),
    "_memory_max": host.memory,
    "_max_use": host.size,
    "_keep_free": host.size,
}
"""What names mean in every role. The configuration of another component is made of some of them, too."""


def refuse(prefix: str, options: Options, variables: Mapping[str, Any], template: Template, owner: str) -> str:
    """The sentence about the first of the variables that cannot be right; empty where all may be.

    owner: whose they are, such as `the role host` or PLAYBOOK, of which a text may stand for a number or a list.
    prefix: of their names.
    options: as in an argument spec; the type may be `duration` or `matchers`, too.
    variables: all that there are, as they are written. template: gives the value of a text that may be a template.
    """
    if sentence := check_unknown_variables(prefix, variables, options, owner):
        return sentence

    def value_of(name: str) -> Any:
        value = resolved(variables[name], name, template)
        return _typed(options[name], value) if owner == PLAYBOOK else value

    try:
        check_values(options, variables, value_of)
    except ConfigError as error:
        return str(error)
    return ""


def check_values(options: Options, given: Container[str], value_of: Callable[[str], Any]) -> None:
    """Raises ConfigError about the first that is missing or cannot be right. value_of: of a name in `given`."""
    for name, option in options.items():
        if name in given:
            _check(name, option, value_of(name))
        elif option.get("required"):
            raise ConfigError(f"{name} is not set: {_what(option)}.")


def _what(option: Mapping[str, Any]) -> str:
    choices = ", ".join(option.get("choices") or ())
    return f"set it to one of {choices}" if choices else str(option["description"])


def _check(name: str, option: Mapping[str, Any], value: Any) -> None:
    if option.get("type") == "int" and _is_quoted_number(value):
        raise ConfigError(quoted_number(name, value))
    check = _of_its_name(name) or _TYPES.get(str(option.get("type")), validation.anything_or_none)
    check(value, name)
    if option.get("choices"):
        validation.one_of(*option["choices"])(value, name)
    for index, item in enumerate(value if option.get("type") == "list" else ()):
        _ELEMENTS.get(str(option.get("elements")), validation.anything_or_none)(item, f"{name}[{index}]")


def _typed(option: Mapping[str, Any], value: Any) -> Any:
    """As Ansible reads a text where a number or a list is wanted."""
    if option.get("type") == "int" and _is_quoted_number(value):
        return int(value)
    return value.split(",") if option.get("type") == "list" and isinstance(value, str) else value


def quoted_number(name: str, value: str) -> str:
    """Validation lets a number that is a text pass; another component's files do not."""
    return (
        f'{name} is "{value}", which is text: write the number without quotes '
        f"""(on the command line -e '{{"{name}": NUMBER}}')."""
    )


def _is_quoted_number(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+", value.strip()) is not None


def _of_its_name(name: str) -> Check | None:
    return _BY_NAME.get(name) or next((check for end, check in _BY_ENDING.items() if name.endswith(end)), None)


def resolved(value: Any, path: str, template: Template) -> Any:
    """The value in built-in types. ConfigError names the place of a template that cannot be resolved."""
    if isinstance(value, Mapping):
        return {key: resolved(item, inside(path, str(key)), template) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [resolved(item, f"{path}[{index}]", template) for index, item in enumerate(value)]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    try:
        found = template(value)
    except AnsibleError as error:
        raise ConfigError(f"{path} {unresolved(error)}.") from None
    if isinstance(found, (Mapping, list, tuple)):
        return resolved(found, path, template)
    return plain(found, path) if isinstance(found, (str, bool, int, float)) else found


def unresolved(error: BaseException) -> str:
    """What is wrong with a template, after the place of it: a sentence of ours that it ended with stands alone."""
    kinds, cause = [error], error
    while cause.__cause__ is not None:
        cause = cause.__cause__
        kinds.append(cause)
    said = str(getattr(cause, "message", None) or cause).rstrip(".")
    if any(isinstance(kind, AnsibleFilterError) for kind in kinds):
        raise ConfigError(f"{said}.")
    if any(isinstance(kind, AnsibleTemplateSyntaxError) for kind in kinds):
        return (
            f"has braces that Ansible cannot read ({said.removeprefix('Syntax error in template: ')}): write !unsafe "
            "before the text where they are not Ansible's, or correct them"
        )
    if "decrypt" in said:
        return (
            "is a secret of the vault that cannot be decrypted: give the vault's password with --ask-vault-pass or "
            "--vault-password-file"
        )
    return (
        f"is made of something that is not set ({said}): set that, in the inventory or its vault, or correct its name"
    )
