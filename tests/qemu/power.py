# SPDX-License-Identifier: MIT
"""`reboot` and `poweroff` end the machine; QEMU runs with -no-reboot."""

from support import booted, expect_equal


# By the watchdog, by hvc and by smc.
MACHINES = ("raspi3b", "virt", "virt-el2")


def ended_by(command):
    for name in MACHINES:
        with booted(machine=name) as machine:
            machine.send(command + "\r")
            expect_equal(0, machine.wait_for_exit(20), f"QEMU's status after `{command}` on {name}")


def test_reboot_ends_qemu():
    ended_by("reboot")


def test_poweroff_ends_qemu():
    ended_by("poweroff")
