"""What goes wrong, in words for the person at the terminal."""

from __future__ import annotations

import errno


class Failure(BaseException):
    """The command cannot do what it was asked to.

    It is no Exception, because those are taken for the trouble of a single record on their way.

    Args:
        sentence: what is wrong, and where.
        advice: what to do about it.
    """

    def __init__(self, sentence: str, *advice: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.advice = advice

    def __str__(self) -> str:
        return "\n  ".join((self.sentence, *self.advice))


_SAID = {
    errno.ENOENT: "there is no such file",
    errno.EACCES: "no permission",
    errno.EPERM: "not permitted",
    errno.EISDIR: "it is a directory",
    errno.ENOTDIR: "a part of the path is no directory",
    errno.ENOSPC: "no space left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EIO: "the device reports an error",
    errno.EMFILE: "too many open files",
    errno.EBADF: "it is closed",
    errno.EPIPE: "nobody reads from the pipe any more",
}


def reason(error: BaseException) -> str:
    """Return why, without the name of the file."""
    if isinstance(error, OSError) and error.errno is not None:
        return _SAID.get(error.errno) or error.strerror or str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory"
    return str(error) or type(error).__name__


def said_of(error: BaseException) -> str:
    """Return a sentence about an error of the system, with the name of the file."""
    name = getattr(error, "filename", None)
    text = f"{name}: {reason(error)}" if name is not None else reason(error)
    said = getattr(error, "said", None)
    return f"{text}; {said}" if said else text


def add_said(error: BaseException, sentence: str) -> None:
    """Add what became of the output to what will be said of an error."""
    before = getattr(error, "said", None)
    error.said = f"{before}; {sentence}" if before else sentence  # type: ignore[attr-defined]
