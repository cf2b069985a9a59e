# SPDX-License-Identifier: GPL-3.0-or-later
"""One playbook that makes every mistake of the corpus, one after another, and notes what a user would be told."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import indent

from tests.bad_input.corpus import Entry

_PLAY = """\
- name: Make every mistake
  hosts: dev
  become: true
  gather_facts: false
  tasks:
"""
# Variables of a block count more than those of any inventory file, and are templates as those are.
_MISTAKE = """\
    - name: {component}, {id}
      vars:
{variables}
      block:
        - name: Deploy
          ansible.builtin.include_role:
            name: aetherlink.monitoring.{component}
            rolespec_validate: false
      rescue:
        - name: Note what is told
          ansible.builtin.set_fact:
            told: "{{{{ told | default({{}}) | combine({{'{component}/{id}': ansible_failed_result.msg}}) }}}}"
"""
_WRITE = """\
    - name: Give it to the test
      ansible.builtin.copy:
        content: "{{ told | default({}) | to_json }}"
        dest: "{{ told_file }}"
        mode: "0600"
      check_mode: false
      become: false
      delegate_to: localhost
      vars: {ansible_connection: local, ansible_python_interpreter: "{{ ansible_playbook_python }}"}
"""


def text(entries: Iterable[Entry]) -> str:
    """The playbook. It writes {component/id: message} to told_file as JSON, without mistakes that are not refused."""
    blocks = [
        _MISTAKE.format(component=e.component, id=e.id, variables=indent(e.variables, " " * 8).rstrip())
        for e in entries
    ]
    return "".join([_PLAY, *blocks, _WRITE])
