#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of `aetherlink.monitoring.drill`; the action plugin of the same name does the work."""

from __future__ import annotations

DOCUMENTATION = r"""
module: drill
short_description: Prove the alert path end to end
version_added: 0.1.0
author:
  - AetherLink monitoring maintainers (!UNKNOWN)
description:
  - Causes an alert, follows it to every receiver that it should reach until the resolved notification arrives,
    prints a timeline, and fails when a step does not happen in time.
  - A drill of kind V(outage) takes a demo vertical down, so that the whole path takes part. One of kind V(synthetic)
    gives Alertmanager an alert with the label C(drill="true").
  - The timeline separates what the settings account for (scrape interval, C(for), C(group_wait)...) from what is the
    system's own delay. The settings are asked of the running components.
  - What the drill breaks is lent for a minute at a time and renewed while somebody watches; so all is well again
    within a minute also when the drill is interrupted.
  - Every component is asked from the host that the task runs on.
options:
  kind:
    description: What causes the alert.
    type: str
    choices: [outage, synthetic]
    required: true
  env:
    description: The environment, a label of the alert.
    type: str
    required: true
  service:
    description: The demo vertical to take down (V(outage) only).
    type: str
    default: crm
  severity:
    description: Severity of the synthetic alert (V(synthetic) only).
    type: str
    choices: [critical, warning, info]
    default: warning
  confirm:
    description:
      - What confirms that a receiver was notified. V(inbox) is the double that took the message. V(counters) are
        Alertmanager's own notification counters, which know integrations and no receivers, and count other alerts too.
    type: str
    choices: [inbox, counters]
    default: counters
  alertmanager:
    description: Base URL of Alertmanager.
    type: str
    default: http://127.0.0.1:9093
  prometheus:
    description: Base URL of Prometheus (V(outage) only).
    type: str
    default: http://127.0.0.1:9090
  command_center:
    description: Base URL of Command Center (V(outage) only).
    type: str
    default: http://127.0.0.1:8010
  demo_verticals:
    description: Base URL of the demo verticals' admin endpoint (V(outage) only).
    type: str
    default: http://127.0.0.1:8100
  inbox:
    description: Base URL of the inbox (O(confirm=inbox) only).
    type: str
    default: http://127.0.0.1:8025
  access:
    description:
      - How these are asked, where that takes HTTPS by an authority of one's own, or a password.
      - The filter P(aetherlink.monitoring.component_api#filter) gives it for each.
    type: dict
    default: {}
    suboptions:
      alertmanager:
        description: How Alertmanager is asked.
        type: dict
        default: {}
        suboptions: &access
          certificate_file:
            description: File on the host with the certificate that the component shows, which alone is trusted then.
            type: str
            default: ""
          ca_file:
            description: File on the host with the certificate of the authority.
            type: str
            default: ""
          user:
            description: Who asks, by basic authentication. Empty for nobody.
            type: str
            default: ""
          password_file:
            description: File on the host with the user's password.
            type: str
            default: ""
      prometheus:
        description: How Prometheus is asked.
        type: dict
        default: {}
        suboptions: *access
      command_center:
        description: How Command Center is asked.
        type: dict
        default: {}
        suboptions: *access
  command_center_interval:
    description: How often Command Center asks a vertical (V(outage) only).
    type: str
    default: 15s
  patience:
    description: How long each step may take beyond what the settings account for.
    type: str
    default: 30s
  longest_wait:
    description: Receivers that the settings let wait for longer than this are shown and not waited for.
    type: str
    default: 10m
  runbook_url:
    description: Where the runbooks are served; {alert} is filled in (V(synthetic) only).
    type: str
    default: https://runbooks.aetherlink.example/{alert}
  report:
    description: File on the controller for the timeline as JSON.
    type: path
    default: ""
"""

EXAMPLES = r"""
- name: Drill the alert path of dev with an outage of a demo vertical
  aetherlink.monitoring.drill:
    kind: outage
    env: dev
    service: crm
    confirm: inbox

- name: Send prod a drill alert
  aetherlink.monitoring.drill:
    kind: synthetic
    env: prod
    severity: critical
"""

RETURN = r"""
events:
  description:
    - What happened, in order. Each has C(event), C(receiver) where there is one, C(at) (seconds since the drill began),
      C(settings) and C(own) (seconds that the settings account for, and the rest), and C(setting), which setting.
  returned: success
  type: list
  elements: dict
receivers:
  description: By receiver, the path's own delay in seconds until the notification and until the resolved notification.
  returned: success
  type: dict
skipped:
  description: Sentences about what the settings put too far off to wait for.
  returned: success
  type: list
  elements: str
"""
