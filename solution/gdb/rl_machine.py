"""
Starting QEMU for GDB. Owns QEMU's command line for debugging, which is that of grader/host/machine_qemu.c (runs are
counted in instructions, so each is the same) plus a stub held at the first instruction.

GDB and QEMU meet at a socket in a scratch folder that is removed as soon as both are there: no port is needed, two
people can share a machine, nothing is left behind. QEMU is in a session of its own, so Ctrl-C reaches GDB alone, and
dies with GDB, however that ends.
"""
import atexit
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import gdb

QEMU = "qemu-system-i386"
QEMU_LEAST = (6, 2)
START_SECONDS = 20
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """A sentence for the user: what is wrong and what to do."""


def qemu_check():
    if not shutil.which(QEMU):
        raise Refused(f"{QEMU} is missing; 'make doctor' says how to get it.")
    said = subprocess.run([QEMU, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"version (\d+)\.(\d+)", said)
    if not found or tuple(map(int, found.groups())) < QEMU_LEAST:
        raise Refused(f"{QEMU} is too old ({said.splitlines()[0] if said else 'no version'}); "
                      "version 6.2 or newer is needed, 'make doctor' says how to get it.")


def guests_split(text):
    """ "file words, file words": a single comma parts guests, a double one stands for itself. """
    guests = [guest.replace("\0", ",").strip() for guest in text.replace(",,", "\0").replace("\n", " ").split(",")]
    return [guest for guest in guests if guest]


def files_check(image, guests, folder="."):
    for name in [image] + [guest.split()[0] for guest in guests]:
        path = os.path.normpath(os.path.join(folder, name))
        if not os.path.isfile(path):
            raise Refused(f"{path} does not exist; name an existing image.")
        with open(path, "rb") as file:
            if file.read(4) != b"\x7fELF":
                raise Refused(f"{path} is not an ELF image; guests are kernels linked as 32-bit ELF.")


def machine_words(image, guests, options, icount):
    words = [QEMU, "-m", "128", "-display", "none", "-no-reboot", "-nodefaults", "-monitor", "none",
             "-rtc", "clock=vm,base=2026-01-01", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
             "-icount", icount, "-kernel", image]
    if options:
        words += ["-append", options]
    if guests:
        words += ["-initrd", ",".join(guest.replace(",", ",,") for guest in guests)]
    return words


def child_setup():
    """In the child: die with GDB, out of the reach of its terminal."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Machine:
    """A held QEMU with GDB attached to it. `console` is what its serial line said."""

    def __init__(self, image, guests, options, icount="shift=7,sleep=off", more=(), live=False, folder="."):
        self.scratch = tempfile.mkdtemp(prefix="ringlet-gdb-")
        atexit.register(self.stop)
        self.log = open(os.path.join(self.scratch, "console"), "w+b")
        words = machine_words(image, guests, options, icount) + list(more)
        self.process = self.spawn(words, live, folder)
        self.attach()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def spawn(self, words, live, folder):
        log, terminal = self.log.fileno(), sys.__stdout__.fileno()
        serial = f"file,id=serial,append=on,path=/dev/fd/{terminal if live else log}"
        if live:
            serial += f",logfile=/dev/fd/{log},logappend=on"
        words += ["-S", "-chardev", f"socket,id=gdb,path={self.scratch}/gdb,server=on,wait=off", "-gdb", "chardev:gdb",
                  "-chardev", serial, "-serial", "chardev:serial"]
        with open(os.path.join(self.scratch, "complaint"), "wb") as complaint:
            return subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=complaint, stderr=complaint,
                                    pass_fds=(log, terminal), preexec_fn=child_setup)

    def attach(self):
        """QEMU makes the socket some time after it has started, and listens a little later still."""
        limit = time.monotonic() + START_SECONDS
        while True:
            try:
                gdb.execute(f"target remote {self.scratch}/gdb", to_string=True)
                return
            except gdb.error as problem:
                if self.process.poll() is not None or time.monotonic() > limit:
                    said = self.complaint() or str(problem)
                    self.stop()
                    raise Refused(f"QEMU did not start: {said}.") from None
            time.sleep(0.02)

    def complaint(self):
        with open(os.path.join(self.scratch, "complaint"), encoding="utf-8", errors="replace") as file:
            return file.read().strip().split("\n")[-1]

    def console(self):
        self.log.flush()
        size = os.fstat(self.log.fileno()).st_size
        return os.pread(self.log.fileno(), size, 0).decode("utf-8", "replace").replace("\r", "")

    def stop(self):
        """A stopped replay does not listen to SIGTERM."""
        if getattr(self, "process", None) and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)
