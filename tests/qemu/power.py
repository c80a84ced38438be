# SPDX-License-Identifier: MIT
"""`reboot` and `poweroff` end the machine; QEMU runs with -no-reboot."""

from support import booted, expect_equal


def ended_by(command):
    with booted() as machine:
        machine.send(command + "\r")
        expect_equal(0, machine.wait_for_exit(20), f"QEMU's status after `{command}`")


def test_reboot_ends_qemu():
    ended_by("reboot")


def test_poweroff_ends_qemu():
    ended_by("poweroff")
