"""Calls on descriptors and paths: files and directories."""

from __future__ import annotations

import os
import stat
import struct
from typing import TYPE_CHECKING, Final

from seaofnodes.wasi.descriptors import ALL_FLAGS, ALL_RIGHTS, APPEND, Descriptor, file_type
from seaofnodes.wasi.errno import BADF, INVAL, ISDIR, NOTDIR, NOTSUP, PERM, WasiError
from seaofnodes.wasi.paths import resolve
from seaofnodes.wasi.waiting import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from seaofnodes.wasi.program import Program

_CREATE, _DIRECTORY, _EXCLUSIVE, _TRUNCATE = 1, 2, 4, 8  # flags of path_open
_RIGHT_READ, _RIGHT_WRITE, _RIGHT_READDIR = 1 << 1, 1 << 6, 1 << 14
_FOLLOW: Final = 1


def _stat(program: Program, found: os.stat_result, address: int) -> None:
    program.memory.put(
        address, "QQBxxxxxxxQQQQQ",
        found.st_dev, found.st_ino, file_type(found.st_mode), found.st_nlink, found.st_size,
        _time(found.st_atime_ns), _time(found.st_mtime_ns), _time(found.st_ctime_ns),
    )  # fmt: skip


def _time(nanoseconds: int) -> int:
    """The nearest that WASI knows: its times begin in 1970."""
    return min(max(nanoseconds, 0), (1 << 64) - 1)


# Descriptors.


def fd_close(program: Program, fd: int) -> None:
    program.table.close(fd)


def fd_renumber(program: Program, source: int, target: int) -> None:
    program.table.move(source, target)


def fd_read(program: Program, fd: int, vectors: int, count: int, result: int) -> None:
    _read(program, fd, vectors, count, None, result)


def fd_pread(program: Program, fd: int, vectors: int, count: int, offset: int, result: int) -> None:
    _read(program, fd, vectors, count, offset, result)


def _read(program: Program, fd: int, vectors: int, count: int, offset: int | None, result: int) -> None:
    found = program.memory.vectors(vectors, count)
    data = program.table.find(fd).read(sum(length for _, length in found), program.patience, offset)
    program.memory.scatter(found, data)
    program.memory.put(result, "I", len(data))


def fd_write(program: Program, fd: int, vectors: int, count: int, result: int) -> None:
    data = program.memory.gather(program.memory.vectors(vectors, count))
    program.memory.put(result, "I", program.table.find(fd).write(data, program.patience))


def fd_pwrite(program: Program, fd: int, vectors: int, count: int, offset: int, result: int) -> None:
    data = program.memory.gather(program.memory.vectors(vectors, count))
    program.memory.put(result, "I", program.table.find(fd).write(data, program.patience, offset))


def fd_seek(program: Program, fd: int, offset: int, whence: int, result: int) -> None:
    signed = offset - (1 << 64) if offset >> 63 else offset
    program.memory.put(result, "Q", program.table.find(fd).seek(signed, whence))


def fd_tell(program: Program, fd: int, result: int) -> None:
    program.memory.put(result, "Q", program.table.find(fd).seek(0, 1))


def fd_fdstat_get(program: Program, fd: int, result: int) -> None:
    found = program.table.find(fd)
    rights = ALL_RIGHTS
    if found.number < 0:
        rights &= ~0b100100  # a stream cannot seek and tell: so the C library knows a terminal
    program.memory.put(result, "BxHxxxxQQ", found.type, found.flags, rights, ALL_RIGHTS)


def fd_fdstat_set_flags(program: Program, fd: int, flags: int) -> None:
    program.table.find(fd).set_flags(flags)


def fd_fdstat_set_rights(program: Program, fd: int, base: int, inheriting: int) -> None:
    program.table.find(fd)  # rights are no longer part of WASI: taking some away does nothing


def fd_filestat_get(program: Program, fd: int, result: int) -> None:
    found = program.table.find(fd)
    if found.number >= 0:
        _stat(program, os.fstat(found.number), result)
    else:
        program.memory.put(result, "QQBxxxxxxxQQQQQ", 0, 0, found.type, 1, 0, 0, 0, 0)


def fd_filestat_set_size(program: Program, fd: int, size: int) -> None:
    os.ftruncate(_writable(program, fd).number, size)


def fd_filestat_set_times(program: Program, fd: int, accessed: int, modified: int, flags: int) -> None:
    found = _writable(program, fd)
    os.utime(found.number, ns=_times(program, os.fstat(found.number), accessed, modified, flags))


def _times(program: Program, found: os.stat_result, accessed: int, modified: int, flags: int) -> tuple[int, int]:
    now = program.now(0)
    if flags & 3 == 3 or flags & 12 == 12:
        raise WasiError(INVAL)
    access = accessed if flags & 1 else now if flags & 2 else found.st_atime_ns
    change = modified if flags & 4 else now if flags & 8 else found.st_mtime_ns
    return access, change


def _writable(program: Program, fd: int) -> Descriptor:
    found = program.table.find(fd)
    if found.number < 0 or not found.writing:
        raise WasiError(BADF if found.number < 0 else PERM)
    return found


def fd_allocate(program: Program, fd: int, offset: int, length: int) -> None:
    os.posix_fallocate(_writable(program, fd).number, offset, length)


def fd_advise(program: Program, fd: int, offset: int, length: int, advice: int) -> None:
    if advice > 5:
        raise WasiError(INVAL)
    program.table.find(fd)


def fd_sync(program: Program, fd: int) -> None:
    found = program.table.find(fd)
    if found.number >= 0:
        os.fsync(found.number)


def fd_prestat_get(program: Program, fd: int, result: int) -> None:
    name = program.table.find(fd).name
    if not name:
        raise WasiError(BADF)
    program.memory.put(result, "II", 0, len(os.fsencode(name)))


def fd_prestat_dir_name(program: Program, fd: int, address: int, length: int) -> None:
    name = os.fsencode(program.table.find(fd).name)
    if not name:
        raise WasiError(BADF)
    if len(name) > length:
        raise WasiError(INVAL)
    program.memory.write(address, name)


def fd_readdir(program: Program, fd: int, buffer: int, length: int, cookie: int, result: int) -> None:
    found = program.table.directory(fd)
    if cookie == 0 or not found.entries:
        found.entries = _entries(found.number, program.patience)
    data = bytearray()
    for number in range(cookie, len(found.entries)):
        name, inode, kind = found.entries[number]
        encoded = os.fsencode(name)
        data += struct.pack("<QQII", number + 1, inode, len(encoded), kind) + encoded
        if len(data) >= length:
            break
    program.memory.write(buffer, bytes(data[:length]))
    program.memory.put(result, "I", min(len(data), length))


def _entries(number: int, patience: Patience) -> list[tuple[str, int, int]]:
    found = [(".", os.fstat(number).st_ino, 3), ("..", 0, 3)]
    with os.scandir(number) as entries:
        for entry in entries:
            if len(found) % 1024 == 0:
                patience.check()
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # it has gone meanwhile
            found.append((entry.name, status.st_ino, file_type(status.st_mode)))
    return found


# Paths.


def path_open(
    program: Program, fd: int, follow: int, path: int, length: int, flags: int, rights: int, inheriting: int,
    fdflags: int, result: int,
) -> None:  # fmt: skip
    parent = program.table.directory(fd)
    writing = bool(rights & _RIGHT_WRITE)
    reading = bool(rights & (_RIGHT_READ | _RIGHT_READDIR)) or not writing
    if not parent.writing and (writing or flags & (_CREATE | _TRUNCATE)):
        raise WasiError(PERM)
    mode = os.O_RDWR if writing and reading else os.O_WRONLY if writing else os.O_RDONLY
    if flags & _DIRECTORY:
        if flags & (_CREATE | _TRUNCATE):
            raise WasiError(INVAL)
        mode = os.O_RDONLY | os.O_DIRECTORY
    for flag, system in ((_CREATE, os.O_CREAT), (_EXCLUSIVE, os.O_EXCL), (_TRUNCATE, os.O_TRUNC)):
        mode |= system if flags & flag else 0
    mode |= os.O_APPEND if fdflags & APPEND else 0
    if fdflags & ~ALL_FLAGS:
        raise WasiError(INVAL)
    program.memory.get(result, "I")  # nothing is opened that the program could not know of
    name = program.memory.text(path, length)
    with resolve(parent.number, name, follow=bool(follow & _FOLLOW)) as (directory, last):
        try:
            number = os.open(last, mode | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o666, dir_fd=directory)
        except IsADirectoryError:
            if flags & (_CREATE | _TRUNCATE):
                raise
            number = os.open(last, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    found = Descriptor(number, reading, writing, fdflags)
    if found.is_directory:
        found.writing = parent.writing
    else:
        os.set_blocking(number, True)
    program.memory.put(result, "I", program.table.add(found))


def path_filestat_get(program: Program, fd: int, follow: int, path: int, length: int, result: int) -> None:
    parent = program.table.directory(fd)
    with resolve(parent.number, program.memory.text(path, length), follow=bool(follow & _FOLLOW)) as (directory, last):
        _stat(program, os.stat(last, dir_fd=directory, follow_symlinks=False), result)


def path_filestat_set_times(
    program: Program, fd: int, follow: int, path: int, length: int, accessed: int, modified: int, flags: int
) -> None:
    parent = program.table.directory(fd, writing=True)
    with resolve(parent.number, program.memory.text(path, length), follow=bool(follow & _FOLLOW)) as (directory, last):
        found = os.stat(last, dir_fd=directory, follow_symlinks=False)
        times = _times(program, found, accessed, modified, flags)
        os.utime(last, ns=times, dir_fd=directory, follow_symlinks=False)


def path_create_directory(program: Program, fd: int, path: int, length: int) -> None:
    parent = program.table.directory(fd, writing=True)
    name = program.memory.text(path, length)
    with resolve(parent.number, name, follow=False, new_directory=True) as (directory, last):
        os.mkdir(last, dir_fd=directory)


def path_remove_directory(program: Program, fd: int, path: int, length: int) -> None:
    parent = program.table.directory(fd, writing=True)
    with resolve(parent.number, program.memory.text(path, length), follow=False) as (directory, last):
        os.rmdir(last, dir_fd=directory)


def path_unlink_file(program: Program, fd: int, path: int, length: int) -> None:
    parent = program.table.directory(fd, writing=True)
    name = program.memory.text(path, length)
    with resolve(parent.number, name.rstrip("/") or name, follow=False) as (directory, last):
        if stat.S_ISDIR(os.stat(last, dir_fd=directory, follow_symlinks=False).st_mode):
            raise WasiError(ISDIR)
        if name.endswith("/"):
            raise WasiError(NOTDIR)
        os.unlink(last, dir_fd=directory)


def path_rename(program: Program, fd: int, path: int, length: int, new_fd: int, new_path: int, new_length: int) -> None:
    source, target = program.table.directory(fd, writing=True), program.table.directory(new_fd, writing=True)
    where = program.memory.text(new_path, new_length)
    with (
        resolve(source.number, program.memory.text(path, length), follow=False) as (old, name),
        resolve(target.number, where, follow=False, new_directory=True) as (new, new_name),
    ):
        if where.endswith("/") and not stat.S_ISDIR(os.stat(name, dir_fd=old, follow_symlinks=False).st_mode):
            raise WasiError(NOTDIR)
        os.rename(name, new_name, src_dir_fd=old, dst_dir_fd=new)


def path_link(
    program: Program, fd: int, follow: int, path: int, length: int, new_fd: int, new_path: int, new_length: int
) -> None:
    if follow & _FOLLOW:
        raise WasiError(INVAL)
    source, target = program.table.directory(fd, writing=True), program.table.directory(new_fd, writing=True)
    with (
        resolve(source.number, program.memory.text(path, length), follow=False) as (old, name),
        resolve(target.number, program.memory.text(new_path, new_length), follow=False) as (new, new_name),
    ):
        os.link(name, new_name, src_dir_fd=old, dst_dir_fd=new, follow_symlinks=False)


def path_symlink(program: Program, target: int, target_length: int, fd: int, path: int, length: int) -> None:
    parent = program.table.directory(fd, writing=True)
    where = program.memory.text(target, target_length)
    if where.startswith("/"):
        raise WasiError(PERM)  # it would lead out for everybody else, too
    with resolve(parent.number, program.memory.text(path, length), follow=False) as (directory, last):
        os.symlink(where, last, dir_fd=directory)


def path_readlink(program: Program, fd: int, path: int, length: int, buffer: int, size: int, result: int) -> None:
    parent = program.table.directory(fd)
    with resolve(parent.number, program.memory.text(path, length), follow=False) as (directory, last):
        found = os.fsencode(os.readlink(last, dir_fd=directory))[:size]
    program.memory.write(buffer, found)
    program.memory.put(result, "I", len(found))


def _unsupported(program: Program, *_: int) -> None:
    raise WasiError(NOTSUP)


CALLS: Final[dict[str, tuple[Callable[..., None], str]]] = {
    # name -> function, types of the parameters: i for i32, I for i64
    "fd_advise": (fd_advise, "iIIi"),
    "fd_allocate": (fd_allocate, "iII"),
    "fd_close": (fd_close, "i"),
    "fd_datasync": (fd_sync, "i"),
    "fd_fdstat_get": (fd_fdstat_get, "ii"),
    "fd_fdstat_set_flags": (fd_fdstat_set_flags, "ii"),
    "fd_fdstat_set_rights": (fd_fdstat_set_rights, "iII"),
    "fd_filestat_get": (fd_filestat_get, "ii"),
    "fd_filestat_set_size": (fd_filestat_set_size, "iI"),
    "fd_filestat_set_times": (fd_filestat_set_times, "iIIi"),
    "fd_pread": (fd_pread, "iiiIi"),
    "fd_prestat_get": (fd_prestat_get, "ii"),
    "fd_prestat_dir_name": (fd_prestat_dir_name, "iii"),
    "fd_pwrite": (fd_pwrite, "iiiIi"),
    "fd_read": (fd_read, "iiii"),
    "fd_readdir": (fd_readdir, "iiiIi"),
    "fd_renumber": (fd_renumber, "ii"),
    "fd_seek": (fd_seek, "iIii"),
    "fd_sync": (fd_sync, "i"),
    "fd_tell": (fd_tell, "ii"),
    "fd_write": (fd_write, "iiii"),
    "path_create_directory": (path_create_directory, "iii"),
    "path_filestat_get": (path_filestat_get, "iiiii"),
    "path_filestat_set_times": (path_filestat_set_times, "iiiiIIi"),
    "path_link": (path_link, "iiiiiii"),
    "path_open": (path_open, "iiiiiIIii"),
    "path_readlink": (path_readlink, "iiiiii"),
    "path_remove_directory": (path_remove_directory, "iii"),
    "path_rename": (path_rename, "iiiiii"),
    "path_symlink": (path_symlink, "iiiii"),
    "path_unlink_file": (path_unlink_file, "iii"),
    "sock_accept": (_unsupported, "iii"),
    "sock_recv": (_unsupported, "iiiiii"),
    "sock_send": (_unsupported, "iiiii"),
    "sock_shutdown": (_unsupported, "ii"),
}
