"""
Recordings: a folder that holds one run of a machine, whole, so that it can be gone through again in both directions. It
has copies of all images, QEMU's log of what came from outside, and a disk for QEMU's snapshots.
"""
import json
import os
import shutil
import subprocess

from rl_machine import Refused, machine_words

RECORD_ICOUNT = "shift=7,rr={},rrfile=events,rrsnapshot=start"
# Snapshots from which QEMU goes backwards live on an otherwise unused disk. The APIC's vapic page is off: its reset
# waits for the CPU's thread, which waits for the one that loads the snapshot, and QEMU 7.2 hangs.
RECORD_WORDS = ["-drive", "file=snapshots.qcow2,if=none,id=snapshots", "-global", "apic-common.vapic=off"]


def recording_make(folder, image, guests, options):
    """
    Copies of all images: only the same machine can replay what it did. Names count too, for a kernel sees them; so QEMU
    runs inside the folder and names its files from there.
    """
    os.makedirs(folder)
    qcow2_make(f"{folder}/snapshots.qcow2")
    copies = []
    for index, guest in enumerate(guests):
        file, _, words = guest.partition(" ")
        copy = f"{index}/{os.path.basename(file)}"
        os.makedirs(f"{folder}/{index}")
        shutil.copy(file, f"{folder}/{copy}")
        copies.append(f"{copy} {words}".strip())
    shutil.copy(image, f"{folder}/hypervisor.elf")
    with open(f"{folder}/session.json", "w", encoding="utf-8") as file:
        json.dump({"image": "hypervisor.elf", "guests": copies, "options": options}, file)


def recording_read(folder):
    with open(f"{folder}/session.json", encoding="utf-8") as file:
        session = json.load(file)
    return session["image"], session["guests"], session["options"]


def recording_run(folder, seconds):
    """The machine's console goes to standard output. Returns QEMU's exit code."""
    words = machine_words(*recording_read(folder), RECORD_ICOUNT.format("record")) + RECORD_WORDS
    try:
        done = subprocess.run(words + ["-serial", "stdio"], cwd=folder, stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise Refused(f"the run did not end within {seconds:g} s; give guests that end, or TIMEOUT=more.") from None
    if done.returncode == 1 and done.stderr:
        raise Refused(f"QEMU did not start: {done.stderr.decode(errors='replace').strip().splitlines()[-1]}.")
    return done.returncode


def qcow2_make(path, size=1 << 20):
    """An empty qcow2 image (its format: docs/interop/qcow2 of QEMU), so that qemu-img need not be installed."""
    cluster = 1 << 16
    header = b"QFI\xfb" + (2).to_bytes(4, "big") + bytes(12) + (16).to_bytes(4, "big") + size.to_bytes(8, "big")
    header += bytes(4) + (1).to_bytes(4, "big") + (3 * cluster).to_bytes(8, "big")  # no encryption; L1 table
    header += cluster.to_bytes(8, "big") + (1).to_bytes(4, "big") + bytes(12)  # reference counts; no snapshots yet
    with open(path, "wb") as file:
        file.write(header.ljust(cluster, b"\0"))
        file.write((2 * cluster).to_bytes(8, "big").ljust(cluster, b"\0"))  # where the counts are
        file.write(((1).to_bytes(2, "big") * 4).ljust(cluster, b"\0"))      # four clusters, each used once
        file.write(bytes(cluster))                                          # L1 table: nothing allocated
