"""WASI's error numbers, and those of the operating system as WASI's."""

from __future__ import annotations

import errno
from typing import Final

SUCCESS: Final = 0
AGAIN: Final = 6
BADF: Final = 8
EXIST: Final = 20
FAULT: Final = 21
INVAL: Final = 28
IO: Final = 29
ISDIR: Final = 31
LOOP: Final = 32
NAMETOOLONG: Final = 37
NOENT: Final = 44
NOSYS: Final = 52
NOTDIR: Final = 54
NOTSUP: Final = 58
OVERFLOW: Final = 61
PERM: Final = 63
SPIPE: Final = 70
NOTCAPABLE: Final = 76

_NAMES: Final = (
    "E2BIG EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF EBADMSG EBUSY ECANCELED ECHILD "
    "ECONNABORTED ECONNREFUSED ECONNRESET EDEADLK EDESTADDRREQ EDOM EDQUOT EEXIST EFAULT EFBIG EHOSTUNREACH EIDRM "
    "EILSEQ EINPROGRESS EINTR EINVAL EIO EISCONN EISDIR ELOOP EMFILE EMLINK EMSGSIZE EMULTIHOP ENAMETOOLONG ENETDOWN "
    "ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOENT ENOEXEC ENOLCK ENOLINK ENOMEM ENOMSG ENOPROTOOPT ENOSPC "
    "ENOSYS ENOTCONN ENOTDIR ENOTEMPTY ENOTRECOVERABLE ENOTSOCK ENOTSUP ENOTTY ENXIO EOVERFLOW EOWNERDEAD EPERM EPIPE "
    "EPROTO EPROTONOSUPPORT EPROTOTYPE ERANGE EROFS ESPIPE ESRCH ESTALE ETIMEDOUT ETXTBSY EXDEV"
).split()
_OF_SYSTEM: Final = {getattr(errno, name): number for number, name in enumerate(_NAMES, 1) if hasattr(errno, name)}


class WasiError(Exception):
    """A call fails with this number; the program sees it as its result."""

    def __init__(self, number: int) -> None:
        super().__init__(f"WASI error {number}")
        self.number = number


def number_of(error: OSError) -> int:
    """The WASI number of an error of the operating system."""
    return _OF_SYSTEM.get(error.errno or 0, IO)
