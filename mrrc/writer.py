"""The writer of ISO 2709, and the names of the others."""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from mrrc._format_writers import JSONWriter as JSONWriter
from mrrc._format_writers import TextWriter as TextWriter
from mrrc._format_writers import Writer as Writer
from mrrc._format_writers import XMLWriter as XMLWriter
from mrrc._serialising import Entry, assemble, check_lengths, control_number, leader_with_scheme
from mrrc._writing.codes import Finding
from mrrc._writing.making import (
    divide,
    is_framed,
    is_sound,
    log_repairs,
    oversized,
    sound_marc,
    sound_marc8,
    spans,
)
from mrrc._writing.target import RecordFile, add_sentence, is_path, write_rest
from mrrc.exceptions import (
    FieldTooLong,
    InvalidContent,
    RecordsNotWritten,
    RecordTooLong,
    WriteNeedsRecord,
)
from mrrc.marcxml import record_to_xml_node as record_to_xml_node
from mrrc.problems import Problem
from mrrc.record import Record

if TYPE_CHECKING:
    from mrrc._writing.batches import Batch

# A file of a million records with the same fault needs no million problems.
_KEPT_PROBLEMS = 10_000


class MARCWriter(Writer):
    """Writes ISO 2709 to a binary file, or to a path.

    Args:
        file_handle: an open binary file, to which each record goes in one call of its `write`; or
            a path (str, os.PathLike), where the writer opens a file itself. Such a file has whole
            records only, whatever happens, and is completed by `close`, when the writer is
            garbage, and at the end of the program.
        encoding: "utf-8", or "marc8".
        normalize: "NFC" or "NFD", as of `Record.as_marc`.
        oversize: what becomes of a field over 9,999 or a record over 99,999 bytes: "raise" raises
            FieldTooLong or RecordTooLong, "zeros" writes zeros for the numbers that do not fit,
            "split" divides the field between its subfields, and the record over several.
        invalid: what becomes of content that would not be read as it is (delimiters in the text,
            impossible tags, indicators and codes): "repair" writes the record repaired and logs
            one warning for it, "raise" raises InvalidContent.
        undecodable: "reject", "keep" or "replace", as of `Record.as_marc`.
        atomic: write beside the file at the path, and put the new one into its place at `close`;
            if the with statement ends in an exception or nobody calls `close`, nothing changes.
        append: keep what the file at the path has, and write after its last record.

    Attributes:
        records_written: number of records written; after an error, of those that are complete in
            the file. The error says it too. A record that was divided counts once.
        problems: a list of `Problem`, one for each repair, divided record and the like, up to
            10,000.
        problem_counts: how many problems of each code there were, all of them.

    Raises:
        ValueError: an option has another value, or two do not go together.
        IncompleteTarget: the file to append to does not end with a record terminator.
        OSError: the file at the path cannot be opened.

    >>> import io
    >>> with MARCWriter(io.BytesIO()) as writer:
    ...     writer.write(Record())
    >>> writer.records_written
    1
    """

    # On the class as well, for subclasses that do not call __init__.
    _encoding = "utf-8"
    _normalize: str | None = None
    _undecodable = "reject"
    _oversize = "raise"
    _invalid = "repair"
    _as_read = True
    _target: RecordFile | None = None
    _finalizer: weakref.finalize[Any, Any] | None = None
    # Of each thread that is in `write_many`: a batch is no business of another thread.
    _batches: dict[int, Batch] | None = None
    _problems: list[Problem] | None = None
    _problem_counts: Counter[str] | None = None
    # A file's `write` may ask another writer, or this one, to write.
    _lock: threading.RLock = threading.RLock()
    records_written: int = 0

    def __init__(
        self,
        file_handle: IO[bytes] | str | os.PathLike[str],
        *,
        encoding: str = "utf-8",
        normalize: str | None = None,
        oversize: str = "raise",
        invalid: str = "repair",
        undecodable: str = "reject",
        atomic: bool = False,
        append: bool = False,
    ) -> None:
        if (encoding, undecodable, normalize) != ("utf-8", "reject", None):
            from mrrc._writing.texts import TextEncoder

            encoder = TextEncoder(encoding, undecodable, normalize)
            self._encoding = "marc8" if encoder.marc8 else "utf-8"
            self._as_read = not encoder.marc8 and normalize is None
        if oversize not in ("raise", "split", "zeros"):
            raise ValueError(f"oversize is 'raise', 'split' or 'zeros', not {oversize!r}")
        if invalid not in ("repair", "raise"):
            raise ValueError(f"invalid is 'repair' or 'raise', not {invalid!r}")
        if atomic and append:
            raise ValueError("atomic writes a file anew, so there is nothing to append to")
        self._lock = threading.RLock()
        self._normalize = normalize
        self._undecodable = undecodable
        self._oversize = oversize
        self._invalid = invalid
        if is_path(file_handle):
            target = RecordFile(os.fspath(file_handle), append=append, atomic=atomic)
            self._target = target
            self._finalizer = weakref.finalize(self, target.end_unattended)
            super().__init__(target)  # type: ignore[arg-type]
            if target.padding:
                self._report_padding(target)
        elif atomic or append:
            raise ValueError("atomic and append need a path, not an open file")
        else:
            super().__init__(file_handle)  # type: ignore[arg-type]

    @property
    def problems(self) -> list[Problem]:
        """What was repaired, divided or written with zeros; the first 10,000."""
        if self._problems is None:
            self._problems = []
        return self._problems

    @property
    def problem_counts(self) -> Counter[str]:
        """How many problems of each code there were."""
        if self._problem_counts is None:
            self._problem_counts = Counter()
        return self._problem_counts

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None and self._target is not None and self._target.atomic:
            self._release_target().discard()
        else:
            self.close()

    def write(self, record: Record) -> None:
        """Write one record; after `close` nothing happens.

        Raises:
            WriteNeedsRecord: `record` is not a Record.
            FieldTooLong, RecordTooLong: the structure cannot hold it (with "split": it cannot be
                divided).
            InvalidContent: something in it would have to be repaired, with `invalid="raise"`.
            UnicodeEncodeError: lone surrogates in the text, with `undecodable="reject"`.
            OSError: as the file; its attribute `records_written` and its message say how many
                records are complete.

        Nothing of the record is written then, unless it is an OSError of a file that was handed
        over. The writer can go on.
        """
        # Bytes that nobody has touched are what as_marc would return.
        marc = None
        if (
            type(record) is Record
            and record._fields is None
            and record._leader is None
            and self._as_read
        ):
            marc = record._raw
        elif not isinstance(record, Record):
            raise WriteNeedsRecord
        if not self.file_handle:
            return
        if marc is None:
            marc = self._serialise(record)
        with self._lock:
            handle = self.file_handle
            if not handle:
                return
            try:
                count = handle.write(marc)
                if count != len(marc):
                    write_rest(handle, marc, count)
            except OSError as error:
                self._note_on(error)
                raise
            self.records_written += 1

    def write_many(
        self,
        records: Iterable[Record | None],
        *,
        threads: int | None = None,
        on_error: Callable[[int, Any, Exception], object] | None = None,
    ) -> int:
        """Write the records of an iterable; return how many were written.

        The file has the same bytes as after one `write` for each, whatever the number of threads.
        A record that cannot be written is left out. With `encoding="marc8"` the records are
        encoded in batches, in which other Python threads can run, by as many `threads`; None, 0
        and 1 stand for the thread that calls. For all else there is one thread, as the
        interpreter gives objects to one thread at a time. A writer of a class with its own `write`
        gets each record through that.

        Args:
            records: the records; None stands for one that could not be read, as readers give it.
            threads: how many threads encode.
            on_error: called at once with the number of a record that cannot be written (counted
                from 1), the record, and the exception that `write` raises for it.

        Raises:
            RecordsNotWritten: after all the others were written, there being no `on_error`.
            OSError: as the file, at once; see `write`.
            ValueError: `threads` is negative.

        An exception of the iterable itself passes through, after what came before was written.

        >>> import io
        >>> MARCWriter(io.BytesIO(), encoding="marc8").write_many([Record(), Record()], threads=2)
        2
        """
        from mrrc._writing.batches import Batch, Refusals, Supply, not_written, thread_count
        from mrrc._writing.making import sound_utf8

        self._flush_batch()
        refusals = Refusals(on_error)
        batch = Batch(self, thread_count(threads), refusals)
        supply = Supply(records)
        own_write = type(self).write is not MARCWriter.write
        encodes = self._encoding == "marc8" and not own_write
        written = 0
        batches: dict[int, Batch] = self.__dict__.setdefault("_batches", {})
        thread = threading.get_ident()
        outer = batches.get(thread)
        batches[thread] = batch
        try:
            for number, record in enumerate(supply, 1):
                if encodes and type(record) is Record and record.to_unicode:
                    if record._fields is None and record._leader is None:
                        utf8 = record._raw
                    else:
                        utf8 = sound_utf8(record)
                    if utf8 is not None:
                        batch.add(number, record, utf8)
                        continue
                if encodes:
                    batch.flush()
                marc = None
                try:
                    if own_write:
                        self.write(record)
                    elif not isinstance(record, Record):
                        raise WriteNeedsRecord
                    elif self.file_handle:
                        marc = self._bytes_of(record)
                except MemoryError:
                    raise
                except Exception as error:
                    if own_write and isinstance(error, OSError):
                        raise
                    refusals.add(number, record, error)
                    continue
                written += own_write if marc is None else self._hand_over_all([marc])
            batch.flush()
            if supply.error is not None:
                raise supply.error
        except BaseException as error:
            not_written(error, refusals.errors, written + batch.written)
            raise
        finally:
            if outer is None:
                del batches[thread]
            else:
                batches[thread] = outer
            batch.end()
        written += batch.written
        if refusals.errors:
            raise RecordsNotWritten(refusals.errors, written)
        return written

    def _flush_batch(self) -> None:
        """Write what this thread has waiting, if it is in `write_many`."""
        if self._batches:
            batch = self._batches.get(threading.get_ident())
            if batch is not None:
                batch.flush()

    def _bytes_of(self, record: Record) -> bytes:
        """Return what `write` writes."""
        if (
            type(record) is Record
            and record._fields is None
            and record._leader is None
            and self._as_read
            and record._raw is not None
        ):
            return record._raw
        return self._serialise(record)

    def _hand_over_all(self, records: list[bytes]) -> int:
        """Give records to the file; return how many, which is none after `close`."""
        with self._lock:
            handle: Any = self.file_handle
            if not handle:
                return 0
            try:
                if type(handle) is RecordFile:
                    handle.write_all(records)
                    self.records_written += len(records)
                else:
                    for marc in records:
                        count = handle.write(marc)
                        if count != len(marc):
                            write_rest(handle, marc, count)
                        self.records_written += 1
            except OSError as error:
                self._note_on(error)
                raise
        return len(records)

    def close(self, close_fh: bool = True) -> None:
        """Finish the output.

        An open file that was handed over is closed unless `close_fh` is false. A file that the
        writer opened is always closed.

        Raises:
            OSError: as the file; see `write`.
        """
        self._flush_batch()
        with self._lock:
            try:
                if self._target is not None:
                    self._release_target().close()
                else:
                    super().close(close_fh)
            except OSError as error:
                self._note_on(error)
                raise

    def _release_target(self) -> RecordFile:
        """Let go of the file of the writer's own."""
        target: Any = self._target
        self._closed_target = target
        self._target = None
        self.file_handle = None
        if self._finalizer is not None:
            self._finalizer.detach()
        return target  # type: ignore[no-any-return]

    _closed_target: RecordFile | None = None

    def _note_on(self, error: OSError) -> None:
        """Say in the error how many records are complete."""
        target = self._target or self._closed_target
        if target is not None:
            self.records_written = target.complete
            sentence = target.account()
        else:
            sentence = f"{self.records_written:,} records were handed to the file before"
        add_sentence(error, sentence, self.records_written)

    # -- the bytes of one record ------------------------------------------------------------

    def _serialise(self, record: Record) -> bytes:
        """Return the bytes to be written for a record that may need a closer look."""
        options: dict[str, Any] = {}
        if self._as_read and self._undecodable == "reject":
            if type(record) is Record and record.to_unicode:
                marc = sound_marc(record)
                if marc is not None:
                    return marc
        else:
            self._flush_batch()
            if self._encoding == "marc8" and type(record) is Record and record.to_unicode:
                marc = sound_marc8(record)
                if marc is not None:
                    return marc
            options["encoding"] = self._encoding
            options["undecodable"] = self._undecodable
            options["normalize"] = self._normalize
        if type(record).as_marc is not Record.as_marc:
            return self._check_frame(record, record.as_marc(**options))
        if record.to_unicode and is_sound(record):
            try:
                return record.as_marc(**options)
            except (FieldTooLong, RecordTooLong):
                if self._oversize == "raise":
                    raise
        with self._lock:
            return self._serialise_by_field(record)

    def _serialise_by_field(self, record: Record, codes: Container[str] | None = None) -> bytes:
        # Most programs never come here.
        from mrrc._writing.encoding import prepare_to_encode
        from mrrc._writing.repairs import sound_entries, sound_leader
        from mrrc._writing.texts import TextEncoder

        encoder = TextEncoder(self._encoding, self._undecodable, self._normalize)
        findings: list[Finding] = []
        leader = sound_leader(prepare_to_encode(record, encoder), findings)
        if encoder.marc8 or record.to_unicode:
            leader = leader_with_scheme(leader, " " if encoder.marc8 else "a")
        fields = record.fields
        entries = sound_entries(fields, encoder, findings, codes)
        if encoder.replaced:
            found = f"{encoder.replaced} lone surrogates"
            findings.append(
                Finding("written-replacement-character", None, None, found, "written as U+FFFD")
            )
        number = control_number(fields)
        if findings and self._invalid == "raise":
            unsound = [each for each in findings if each.code != "written-replacement-character"]
            if unsound:
                raise InvalidContent(self._problems_of(unsound, entries, number))
        if self._oversize == "zeros":
            findings += oversized(entries)
            parts = [entries]
        elif self._oversize == "split":
            parts = divide(leader, entries, number, findings)
        else:
            check_lengths(entries, number)
            parts = [entries]
        marc = b"".join([assemble(leader, part) for part in parts])
        if findings:
            self._report(self._problems_of(findings, entries, number))
        return marc

    def _check_frame(self, record: Record, marc: bytes) -> bytes:
        """Return what a class with its own `as_marc` made, if it is one record, or nothing."""
        if not marc or is_framed(marc):
            return marc
        found = "the record's own as_marc gives what is not one record"
        finding = Finding("written-terminator-in-data", None, None, found, "not written")
        raise InvalidContent([finding.as_problem(self.records_written + 1, None, None, None)])

    def _problems_of(
        self, findings: Sequence[Finding], entries: Sequence[Entry], number: str | None
    ) -> list[Problem]:
        offset = None if self._target is None else self._target.offset
        places = spans(entries)
        return [
            finding.as_problem(
                self.records_written + 1,
                number,
                offset,
                None if finding.field is None or places is None else places[finding.field],
            )
            for finding in findings
        ]

    def _report(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.problem_counts[problem.code] += 1
            if len(self.problems) < _KEPT_PROBLEMS:
                self.problems.append(problem)
        log_repairs(problems)

    def _report_padding(self, target: RecordFile) -> None:
        finding = Finding(
            "append-after-padding", None, None,
            f"{target.padding[:24]!r} after the last record", "the next record takes its place",
        )  # fmt: skip
        problem = finding.as_problem(None, None, target.offset, (0, len(target.padding)))
        self._report([problem._replace(record_offset=None, raw=target.padding)])
