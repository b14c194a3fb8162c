"""What a parsing child gives up before its first file: the network, writing, programs, and sight of other files.

Three fences, one behind the other, each used where the machine has it and none needing a library or a privilege:
Landlock (Linux 5.13: what may be read, nothing may be written, from 6.7 no TCP, from 6.12 no signals to others), a
seccomp filter (system calls that no parser needs), and the interpreter's audit hook, which is there always but binds
Python code only. Figures: linux/landlock.h, linux/seccomp.h, linux/bpf_common.h, x86's syscalls/syscall_64.tbl.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
_MOST_FILES: Final = 64
_GIVING_WAY: Final = 5

_LANDLOCK_CREATE: Final = 444
_LANDLOCK_ADD: Final = 445
_LANDLOCK_RESTRICT: Final = 446
_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_FILE_RIGHTS_BY_ABI: Final = {1: 13, 2: 14, 3: 15, 4: 15}  # how many of the rights a kernel knows; 16 from ABI 5 on
_ABI_NETWORK: Final = 4
_ABI_SCOPES: Final = 6
# What a parser may read besides Python itself: shared libraries, fonts, recognition data, time zones.
_READABLE: Final = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share", "/usr/local/share"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/fonts", "/proc/self", "/proc/cpuinfo"),
    *("/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/zero", "/dev/urandom"),
)

_FORBIDDEN: Final = (
    *("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "pty.", "shutil."),
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown"),
)
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_ARCHITECTURE: Final = 0xC000003E  # AUDIT_ARCH_X86_64
_X32_BIT: Final = 0x40000000
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000
_CLONE_THREAD: Final = 0x10000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_OPEN, _OPENAT, _CLONE, _KILL, _TGKILL, _PRLIMIT = 2, 257, 56, 62, 234, 302
_UNKNOWN_CALLS: Final = (435, 437)  # clone3 and openat2 hide their flags behind a pointer: glibc falls back
_REFUSED_CALLS: Final = (
    *(41, 42, 43, 44, 46, 49, 50, 53, 288, 307),  # socket connect accept sendto sendmsg bind listen socketpair …
    *(57, 58, 59, 322),  # fork vfork execve execveat
    *(101, 129, 200, 297, 310, 311, 424, 434, 438, 440),  # ptrace, signals and memory of other processes
    *(76, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 132, 133, 235),  # truncate rename mkdir rmdir creat link …
    *(188, 189, 190, 197, 198, 199, 258, 259, 260, 261, 263, 264, 265, 266, 268, 280, 316, 452),  # … and *at forms
    *(155, 161, 163, 164, 165, 166, 167, 168, 169, 170, 172, 173, 175, 176, 179, 246, 272, 308, 313),  # the machine's
    *(248, 249, 250, 298, 303, 304, 321, 323, 425, 426, 427),  # keys perf file handles bpf userfaultfd io_uring
    *(29, 30, 64, 68, 240),  # System V and POSIX memory and queues shared with others
)


def confine(readable: Iterable[str] = (), *, anywhere: bool = False) -> list[str]:
    """Give up for good what parsing does not need.

    Args:
        readable: further files and folders that may be read.
        anywhere: leave reading free, because files come by their path.

    Returns:
        The fences that stand: ``network``, ``landlock``, ``seccomp``, ``hook``.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    standing = []
    # A name space of its own has no network at all; some containers forbid making one.
    if libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        standing.append("network")
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a refused write is an error to the library, not a death
    resource.setrlimit(resource.RLIMIT_NOFILE, (_MOST_FILES, _MOST_FILES))
    with contextlib.suppress(OSError):
        os.nice(_GIVING_WAY)  # people's questions come before anybody's file
    if _landlock(libc, readable, anywhere=anywhere):
        standing.append("landlock")
    if _seccomp(libc):
        standing.append("seccomp")
    else:
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no process more; binds everybody but root
    sys.addaudithook(_refuse)
    return [*standing, "hook"]


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    writing = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING
    if writing or event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed while parsing")


def _landlock(libc: ctypes.CDLL, readable: Iterable[str], *, anywhere: bool) -> bool:
    abi = libc.syscall(_LANDLOCK_CREATE, None, 0, 1)
    if abi < 1:
        return False
    rights = (1 << _FILE_RIGHTS_BY_ABI.get(abi, 16)) - 1
    if anywhere:
        rights &= ~(_READ_FILE | _READ_FOLDER)
    attributes = struct.pack("<Q", rights)
    if abi >= _ABI_NETWORK:
        attributes += struct.pack("<Q", 0b11)  # bind and connect
    if abi >= _ABI_SCOPES:
        attributes += struct.pack("<Q", 0b11)  # abstract sockets and signals
    rules = libc.syscall(_LANDLOCK_CREATE, attributes, len(attributes), 0)
    if rules < 0:
        return False
    try:
        if not anywhere:
            for path in {*_READABLE, *_python(), *readable}:
                _allow(libc, rules, path)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def _python() -> set[str]:
    """Return where Python and its packages lie, without a folder that merely holds this package among other things."""
    package = Path(__file__).resolve().parents[1]
    holder = str(package.parent)
    found = {sys.prefix, sys.base_prefix, str(package), *(entry for entry in sys.path if entry)}
    return {entry for entry in found if entry != holder or Path(entry).name == "site-packages"}


def _allow(libc: ctypes.CDLL, rules: int, path: str) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this machine
    try:
        rights = _READ_FILE | (_READ_FOLDER if os.path.isdir(path) else 0)  # noqa: PTH112 - the path just opened
        libc.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("<Qi", rights, place), 0)
    finally:
        os.close(place)


def _seccomp(libc: ctypes.CDLL) -> bool:
    if platform.machine() != "x86_64" or struct.calcsize("P") != 8:  # noqa: PLR2004 - 64 bits
        return False
    code = b"".join(_filter(os.getpid()))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program, 0, 0) == 0)


def _filter(own: int) -> list[bytes]:
    """Return the program: each call that is not named is allowed; a refused one fails with EPERM."""
    refuse = _step(_RETURN, _REFUSE | errno.EPERM)
    steps = [
        _step(_LOAD, _ARCH),
        *(_step(_EQUAL, _ARCHITECTURE, 1, 0), refuse),
        _step(_LOAD, _NUMBER),
        *(_step(_AT_LEAST, _X32_BIT, 0, 1), refuse),
    ]
    for number in _UNKNOWN_CALLS:
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _REFUSE | errno.ENOSYS)]
    for number in _REFUSED_CALLS:
        steps += [_step(_EQUAL, number, 0, 1), refuse]
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
    for number, argument, test in (
        (_OPEN, 1, [_step(_ANY_BIT, writing, 0, 1), refuse]),
        (_OPENAT, 2, [_step(_ANY_BIT, writing, 0, 1), refuse]),
        (_CLONE, 0, [_step(_ANY_BIT, _CLONE_THREAD, 1, 0), refuse]),  # threads are no processes
        (_KILL, 0, [_step(_EQUAL, own, 1, 0), refuse]),
        (_TGKILL, 0, [_step(_EQUAL, own, 1, 0), refuse]),
        (_PRLIMIT, 0, [_step(_EQUAL, 0, 1, 0), refuse]),
    ):
        checks = [_step(_LOAD, _FIRST_ARGUMENT + 8 * argument), *test, _step(_RETURN, _ALLOW)]
        steps += [_step(_EQUAL, number, 0, len(checks)), *checks]
    return [*steps, _step(_RETURN, _ALLOW)]


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)
