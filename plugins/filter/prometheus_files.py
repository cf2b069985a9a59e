# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter `aetherlink.monitoring.prometheus_files`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: prometheus_files
short_description: Prometheus' configuration and rule files from inventory variables
version_added: 0.1.0
author: AetherLink monitoring maintainers
description:
  - Makes C(prometheus.yml), one C(rules/<group>.yml) for each rule group and one C(rule_tests/<name>.yml) for each
    document of tests out of the C(prometheus_*) variables.
  - Each parameter is the variable of that name without C(prometheus_), and errors name the variable.
  - Native keys pass through unchanged, also those of newer versions; C(promtool) validates them on the host.
  - Every series gets the label C(env), static targets as a label and discovered ones by relabelling.
  - Every job but C(aetherlink-command-center) drops the series that are Command Center's own, since some verticals
    expose series of the same names.
  - Secrets in plain text and URLs with credentials are refused.
positional: _input
options:
  _input:
    description: A mapping of the parameters below.
    type: dict
    required: true
  env:
    description: The environment (C(aether_env)), which becomes the external label C(env) and that of every target.
    type: str
    choices: [dev, staging, prod]
    required: true
  host:
    description: The inventory name of the host that scrapes (C(inventory_hostname)).
    type: str
    required: true
  hosts:
    description: The inventory's groups as P(aetherlink.monitoring.group_targets#filter) returns them.
    type: dict
    required: true
  scrape_interval:
    description: How often targets are scraped.
    type: str
    default: 15s
  scrape_timeout:
    description: How long a scrape may take, at most O(scrape_interval).
    type: str
    default: 10s
  evaluation_interval:
    description: How often rules are evaluated.
    type: str
    default: 15s
  external_labels:
    description: Labels for what leaves this Prometheus, next to C(env).
    type: dict
    default: {}
  global:
    description: Native keys of the C(global) section, merged over those that the other parameters make.
    type: dict
    default: {}
  scrape_jobs_builtin:
    description: Jobs that the role brings, in the form of O(scrape_jobs).
    type: list
    elements: dict
    default: []
  scrape_jobs:
    description:
      - Jobs in Prometheus' native form, with one addition. C(groups) is a list of inventory groups and C(port) a port,
        which become one static target for each host, with the label C(instance) of the host's inventory name and the
        port. Without C(port), each host of C(prometheus), C(alertmanager) and C(command_center) has its own.
      - Hosts of the groups of components that have C(tls) in O(hosts) are asked by HTTPS, and with O(web_user) with the
        component's password, at its own port alone. What the job itself says of C(scheme), C(tls_config), C(basic_auth)
        and other logins stays.
      - A job with the name of a built-in one replaces it.
    type: list
    elements: dict
    default: []
  scrape_jobs_disabled:
    description: Names of jobs to leave out. Their groups need no hosts.
    type: list
    elements: str
    default: []
  rule_groups_builtin:
    description: Rule groups that the role brings, in the form of O(rule_groups).
    type: list
    elements: dict
    default: []
  rule_groups:
    description:
      - Rule groups in Prometheus' native form; the name becomes the file's. One with the name of a built-in one
        replaces it.
      - Templates in annotations are Prometheus' and not Ansible's, so such texts are marked with C(!unsafe).
      - Every alert needs the annotation C(runbook_url).
      - Beside Prometheus' keys, an alert may have C(threshold), a number that takes the place of C(@threshold@) in its
        texts, and C(needs) (V(command_center) or V(alertmanager)), which leaves it out where that is not monitored.
        C(@for@) and C(@env@) are filled in too.
    type: list
    elements: dict
    default: []
  rule_groups_disabled:
    description: Names of rule groups to leave out.
    type: list
    elements: str
    default: []
  rule_tests_builtin:
    description: Tests of the built-in rule groups, in the short form.
    type: list
    elements: dict
    default: []
  rule_tests:
    description: Tests in promtool's form by file name; C(rule_files) are all rule groups unless given.
    type: dict
    default: {}
  alert_overrides:
    description:
      - Changes by alert name, each with C(enabled), C(for), C(severity), C(threshold) or C(labels).
      - The built-in tests are made to fit; what they cannot know with another C(for) or C(threshold), the text of the
        alert, they leave out.
    type: dict
    default: {}
  runbook_url:
    description: The C(runbook_url) of built-in alerts, with C({alert}).
    type: str
    default: https://runbooks.aetherlink.example/{alert}
  dashboard_url:
    description: The C(dashboard_url) of built-in alerts, with C({alert}), C({env}) and C({service}); empty for none.
    type: str
    default: ""
  alertmanagers:
    description: Alertmanagers in Prometheus' native form, also with C(groups) and C(port).
    type: list
    elements: dict
    default: []
  alert_relabel_configs:
    description: Relabelling of alerts before they are sent, in Prometheus' native form.
    type: list
    elements: dict
    default: []
  remote_write:
    description: Where samples are sent to, in Prometheus' native form.
    type: list
    elements: dict
    default: []
  secrets:
    description:
      - The secrets by name, of which nothing is shown. A job that names one by file differs when one of them does,
        because Prometheus 3.5 goes on with the old one otherwise.
    type: dict
    default: {}
  replica_label:
    description:
      - The external label with O(host) where the group C(prometheus) in O(hosts) has others beside it, for storage that
        keeps the samples of all. It is taken off alerts, so that those of all are the same to Alertmanager. Empty for
        none.
    type: str
    default: replica
  tls_ca_file:
    description: The authority by whose certificates components of O(hosts) that have C(tls) are known.
    type: str
    default: /etc/aetherlink/tls/prometheus/ca.pem
  web_user:
    description:
      - The machine user. Prometheus logs in to components of O(hosts) as C(<web_user>-prometheus), with the password in
        C(secrets/web_password_for_<component>). Empty where they ask for none.
    type: str
    default: ""
  extra_config:
    description: Any native top-level sections, merged with those that the other parameters make.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: A job for the hosts of an inventory group, and a rule group
  ansible.builtin.debug:
    msg: "{{ params | aetherlink.monitoring.prometheus_files }}"
  vars:
    params:
      env: "{{ aether_env }}"
      host: "{{ inventory_hostname }}"
      hosts: "{{ groups | aetherlink.monitoring.group_targets(hostvars, inventory_hostname) }}"
      alertmanagers:
        - groups: [alertmanager]
          port: 9093
      scrape_jobs:
        - job_name: node
          groups: [node_exporter]
          port: 9100
      rule_groups:
        - name: disks
          rules:
            - alert: DiskFull
              expr: node_filesystem_avail_bytes == 0
              for: 5m
              labels: {severity: warning}
              annotations:
                summary: A disk is full
                runbook_url: https://runbooks.example/DiskFull
                description: !unsafe "{{ $labels.mountpoint }} of {{ $labels.instance }} is full."
"""

RETURN = r"""
_value:
  description: Text of each file by its path below the release's C(etc/). The same input always gives the same bytes.
  type: dict
  sample:
    prometheus.yml: "global:\n  scrape_interval: 15s\n"
    rules/disks.yml: "groups:\n- name: disks\n"
"""

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.aetherlink.monitoring.plugins.module_utils.errors import ConfigError
from ansible_collections.aetherlink.monitoring.plugins.plugin_utils.components.prometheus import config as prometheus


def prometheus_files(params: dict[str, Any]) -> dict[str, str]:
    """The component's files by their path below etc/."""
    try:
        return prometheus.files(params)
    except ConfigError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"prometheus_files": prometheus_files}
