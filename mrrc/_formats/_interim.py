"""Readers of text formats by way of pymarc's functions, whole files at once."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from mrrc._recovering import Accounting
from mrrc._sources import Source
from mrrc._text_readers import JSONReader, MARCMakerReader, Reader
from mrrc.marcxml import parse_xml_to_array
from mrrc.problems import Problem, ProblemLog
from mrrc.record import Record


class FormatReader(Reader):
    def __init__(self, source: Source, format: str, *, on_problem: Any = None, **_: Any) -> None:
        self.format = format
        self._source = source
        self.file_handle = source.handle
        self._log = ProblemLog(on_problem)
        blocks = []
        while block := source.handle.read(1 << 20):
            blocks.append(block)
        data = b"".join(blocks)
        self._length = len(data)
        self._records: Iterator[Record]
        text = data.decode("utf-8-sig") if format != "marcxml" else ""
        if format == "marcxml":
            self._records = iter([each for each in parse_xml_to_array(BytesIO(data)) if each])
        elif format == "json":
            self._records = iter(JSONReader(StringIO(text)))
        elif format == "jsonl":
            self._records = (
                each for line in text.splitlines() if line for each in JSONReader(StringIO(line))
            )
        else:
            self._records = iter(MARCMakerReader(StringIO(text)))
        self.record_number = 0
        self.offset = 0
        self.current_chunk = b""

    def __iter__(self) -> FormatReader:
        return self

    def __next__(self) -> Record:
        record = next(self._records)
        self.record_number += 1
        return record

    def read_batch(self, batch_size: int = 100) -> list[Record]:
        return list(islice(self, batch_size))

    @property
    def problems(self) -> list[Problem]:
        return self._log.kept

    @property
    def problem_counts(self) -> Any:
        return self._log.counts

    @property
    def accounting(self) -> Accounting:
        return Accounting(self._length, 0, 0)

    @property
    def bytes_read(self) -> int:
        return self._length

    @property
    def bytes_total(self) -> int | None:
        return self._source.total
