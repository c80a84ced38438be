# SPDX-License-Identifier: MIT
"""Speaks to QEMU's gdb stub, as far as the tests need it: stop somewhere, change registers or
memory, go on. Register numbers are gdb's: 0 to 30 are x0 to x30, 31 is sp, 32 is pc."""

SP = 31
PC = 32


class GdbStub:
    """The stub of a `Qemu(gdb=True, paused=True)`, on core 0."""

    def __init__(self, machine, stops=False):
        """With `stops`, of a machine that runs, let go by another stub: stops it."""
        self._socket = machine.gdb
        self._pending = b""
        if stops:
            self._socket.sendall(b"\x03")
            self.request("vAttach;1")
        # QEMU writes registers only for a client that has read their description.
        self.request("qSupported:xmlRegisters=aarch64")
        self.request("qXfer:features:read:target.xml:0,ffb")
        self.request("?")
        self.request("Hg1")

    def request(self, text):
        """Sends one packet and returns the answer's text."""
        body = text.encode()
        self._socket.sendall(b"$" + body + b"#%02x" % (sum(body) & 0xff))
        return self._answer()

    def run_to(self, address):
        """Lets the machine run until core 0 is about to execute `address`."""
        self._ok(f"Z0,{address:x},4")
        self.request("vCont;c:1")
        self._ok(f"z0,{address:x},4")

    def set_register(self, number, value):
        self._ok(f"P{number:x}=" + value.to_bytes(8, "little").hex())

    def write(self, address, data):
        """Stores bytes at a virtual address of the stopped core."""
        self._ok(f"M{address:x},{len(data):x}:{data.hex()}")

    def let_go(self):
        """Lets the machine run on, without the stub."""
        self._ok("D;1")

    def _ok(self, text):
        answer = self.request(text)
        if answer != "OK":
            raise AssertionError(f"gdb stub: `{text}` was answered with `{answer}`")

    def _answer(self):
        while True:
            start = self._pending.find(b"$")
            end = self._pending.find(b"#", start)
            if start >= 0 and 0 <= end <= len(self._pending) - 3:
                body = self._pending[start + 1:end]
                self._pending = self._pending[end + 3:]
                self._socket.sendall(b"+")
                return body.decode(errors="replace")
            data = self._socket.recv(1 << 16)
            if not data:
                raise AssertionError("gdb stub: QEMU hung up")
            self._pending += data
