//! Batches and pipelines against one record after the other.

#![allow(clippy::unwrap_used)]

use std::io::{self, Cursor, Read};
use std::time::Duration;

use super::{Batch, Found, Item, Limits, Ordered, Pipeline, Taken, Wanted, Way, run_at};
use crate::output::Output;
use crate::target::Target;

const LIMITS: Limits = Limits {
    records: 100,
    bytes: 1 << 20,
};
const PATIENCE: Duration = Duration::from_secs(10);

fn wanted(way: Way, sound: bool) -> Wanted {
    Wanted {
        way,
        sound,
        target: None,
    }
}

fn record(number: usize, scheme: char) -> Vec<u8> {
    let content = format!("{number}{}", "x".repeat(number % 700));
    let end = content.len() + 1;
    let length = 24 + 12 + 1 + end + 1;
    format!("{length:05}nam {scheme}2200037 a 4500001{end:04}00000\x1e{content}\x1e\x1d")
        .into_bytes()
}

fn file(count: usize) -> Vec<u8> {
    let scheme = |number| if number % 3 == 0 { ' ' } else { 'a' };
    (0..count)
        .flat_map(|number| record(number, scheme(number)))
        .collect()
}

/// Each record with what it is, and the bytes behind the last one.
fn one_by_one(data: &[u8], way: Way) -> (Vec<(Vec<u8>, Found)>, Vec<u8>) {
    let mut batch = Batch::default();
    batch.extend(data);
    batch.find(wanted(way, false));
    let mut found = Vec::new();
    while let Some(Item {
        start,
        end,
        found: what,
    }) = batch.take()
    {
        found.push((batch.bytes()[start..end].to_vec(), what));
    }
    (found, batch.rest().to_vec())
}

fn piped<R: Read + Send + 'static>(source: R, threads: usize) -> (Vec<(Vec<u8>, Found)>, Vec<u8>) {
    let ordered = Ordered::new(threads, LIMITS, wanted(Way::Marc8, false)).unwrap();
    let mut pipeline = Pipeline::start(ordered, source, Vec::new());
    let mut found = Vec::new();
    loop {
        match pipeline.take(PATIENCE) {
            Taken::Block(block) => {
                let mut batch = Batch::default();
                batch.replace(block.data, block.records, wanted(Way::Marc8, false));
                while let Some(Item {
                    start,
                    end,
                    found: what,
                }) = batch.take()
                {
                    found.push((batch.bytes()[start..end].to_vec(), what));
                }
                assert!(batch.rest().is_empty());
            }
            Taken::Waiting => panic!("nothing came"),
            Taken::Rest(rest) => {
                assert!(rest.error.is_none());
                return (found, rest.data);
            }
        }
    }
}

#[test]
fn finds_what_records_are() {
    let mut data = [record(1, 'a'), record(2, ' '), record(3, 'a')].concat();
    let third = data.len() - record(3, 'a').len();
    data[third + 37] = 0xFF;
    let (found, rest) = one_by_one(&data, Way::Marc8);
    assert!(rest.is_empty());
    assert_eq!(found[0].1, Found::Plain);
    assert_eq!(found[1].1, Found::Transcoded(record(2, 'a')));
    assert_eq!(found[2].1, Found::Unclear);
    assert_eq!(
        one_by_one(&data, Way::Utf8).0[1].1,
        Found::Transcoded(record(2, 'a'))
    );
    assert_eq!(one_by_one(&data, Way::Other).0[1].1, Found::Unclear);
}

#[test]
fn sound_is_more_than_plain() {
    let mut odd = record(1, 'a');
    odd[24] = b'?';
    for (sound, expected) in [(false, Found::Plain), (true, Found::Unclear)] {
        let mut batch = Batch::default();
        batch.extend(&odd);
        batch.find(wanted(Way::Marc8, sound));
        assert_eq!(batch.take().unwrap().found, expected);
    }
}

#[test]
fn ends_where_no_record_is() {
    for (tail, _) in [
        (&b"0"[..], 0),
        (b"00030nam", 1),
        (b"x", 2),
        (b"00024nam a2200024 a 4500", 3),
    ] {
        let data = [file(5), tail.to_vec()].concat();
        let (found, rest) = one_by_one(&data, Way::Marc8);
        assert_eq!((found.len(), rest.as_slice()), (5, tail));
        assert_eq!(piped(Cursor::new(data), 2).1, tail);
    }
}

#[test]
fn a_batch_goes_on_after_other_reads() {
    let data = file(10);
    let mut batch = Batch::default();
    batch.extend(&data);
    batch.find(wanted(Way::Marc8, false));
    let first = batch.take().unwrap();
    let second = record(1, 'a');
    assert_eq!(batch.skip(5), &second[..5]);
    assert!(batch.take().is_none());
    assert_eq!(batch.skip(second.len() - 5), &second[5..]);
    assert_eq!(batch.take().unwrap().start, first.end + second.len());
    batch.put_back(&second);
    assert!(batch.take().is_none());
    batch.find(wanted(Way::Marc8, false));
    let again = batch.take().unwrap();
    assert_eq!(&batch.bytes()[again.start..again.end], second);
    assert_eq!(
        batch.skip(usize::MAX).len(),
        data.len() - first.end - second.len() - record(2, 'a').len()
    );
}

#[test]
fn a_batch_finds_records_behind_what_is_none() {
    let mut batch = Batch::default();
    batch.extend(&[b"xx".to_vec(), file(3)].concat());
    batch.find(wanted(Way::Marc8, false));
    assert!(batch.take().is_none() && !batch.is_unsearched());
    for _ in 0..2 {
        batch.skip(1);
        assert!(batch.take().is_none() && batch.is_unsearched());
        batch.find(wanted(Way::Marc8, false));
    }
    assert_eq!(batch.take().unwrap().start, 2);
    // In the middle of a record that was found, and behind it.
    batch.skip(5);
    assert!(batch.take().is_none() && batch.is_unsearched());
    batch.find(wanted(Way::Marc8, false));
    batch.skip(record(1, 'a').len() - 5);
    assert!(batch.take().is_none() && batch.is_unsearched());
    batch.find(wanted(Way::Marc8, false));
    batch.take().unwrap();
    assert!(!batch.is_unsearched());
}

#[test]
fn threads_give_the_same_in_the_same_order() {
    let data = file(3_000);
    let expected = one_by_one(&data, Way::Marc8);
    assert_eq!(expected.0.len(), 3_000);
    for threads in [1, 2, 4] {
        assert!(
            piped(Cursor::new(data.clone()), threads) == expected,
            "{threads} threads"
        );
    }
}

#[test]
fn the_scanner_waits_while_nobody_takes() {
    struct Counting(
        Cursor<Vec<u8>>,
        std::sync::Arc<std::sync::atomic::AtomicUsize>,
    );
    impl Read for Counting {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.read(buffer)?;
            self.1.fetch_add(count, std::sync::atomic::Ordering::SeqCst);
            Ok(count)
        }
    }
    let read = std::sync::Arc::default();
    let source = Counting(Cursor::new(file(20_000)), std::sync::Arc::clone(&read));
    let ordered = Ordered::new(2, LIMITS, wanted(Way::Marc8, false)).unwrap();
    let mut pipeline = Pipeline::start(ordered, source, Vec::new());
    assert!(matches!(pipeline.take(PATIENCE), Taken::Block(_)));
    std::thread::sleep(Duration::from_millis(100));
    let ahead = read.load(std::sync::atomic::Ordering::SeqCst);
    assert!(ahead <= 4 * super::BLOCK, "{ahead} bytes were read");
    // Dropped in the middle: the scanner ends, or this test does not.
    drop(pipeline);
}

#[test]
fn an_error_comes_after_what_was_read() {
    struct Failing(Cursor<Vec<u8>>);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("gone")),
                count => Ok(count),
            }
        }
    }
    let ordered = Ordered::new(1, LIMITS, wanted(Way::Marc8, false)).unwrap();
    let mut pipeline = Pipeline::start(ordered, Failing(Cursor::new(file(2))), Vec::new());
    let mut found = 0;
    let rest = loop {
        match pipeline.take(PATIENCE) {
            Taken::Block(block) => found += block.records.items.len(),
            Taken::Waiting => panic!("nothing came"),
            Taken::Rest(rest) => break rest,
        }
    };
    assert_eq!(
        (found, rest.error.unwrap().to_string()),
        (2, "gone".to_owned())
    );
}

/// What comes in pieces and what by itself, in order; a piece of each batch is one string.
fn in_pieces(batch: &mut Batch) -> Vec<String> {
    let mut found = Vec::new();
    loop {
        if let Some(piece) = batch.take_piece() {
            assert_eq!(batch.position(), piece.end);
            let text = String::from_utf8(piece.run.out.as_bytes().to_vec()).unwrap();
            found.push(format!("{}:{text}", piece.run.count));
        } else if let Some(item) = batch.take() {
            found.push(format!("{:?}", item.found));
        } else {
            return found;
        }
    }
}

fn marc(way: Way) -> Wanted {
    Wanted {
        target: Some(Target::Marc),
        ..wanted(way, false)
    }
}

#[test]
fn pieces_end_where_something_cannot_be_formatted() {
    let mut damaged = record(3, 'a');
    damaged[37] = 0xFF;
    let parts = [
        record(1, 'a'),
        record(2, ' '),
        damaged.clone(),
        damaged,
        record(4, 'a'),
    ];
    let text = |numbers: &[usize]| {
        let records: Vec<_> = numbers.iter().map(|&it| record(it, 'a')).collect();
        format!(
            "{}:{}",
            numbers.len(),
            String::from_utf8(records.concat()).unwrap()
        )
    };
    let mut batch = Batch::default();
    batch.extend(&parts.concat());
    batch.find(marc(Way::Marc8));
    assert_eq!(batch.wanted(), Some(marc(Way::Marc8)));
    let unclear = "Unclear".to_owned();
    let expected = vec![text(&[1, 2]), unclear.clone(), unclear.clone(), text(&[4])];
    assert_eq!(in_pieces(&mut batch), expected);
    assert!(batch.rest().is_empty() && !batch.is_unsearched());

    // Records that were formatted are no items, and can be found again, from any place.
    let mut batch = Batch::default();
    batch.extend(&parts.concat());
    batch.find(marc(Way::Other));
    assert!(batch.peek().is_none() && batch.is_unsearched());
    batch.find(wanted(Way::Other, false));
    assert_eq!(batch.take().unwrap().found, Found::Plain);
    assert!(batch.take_piece().is_none());
    batch.find(marc(Way::Marc8));
    assert_eq!(in_pieces(&mut batch)[0], text(&[2]));
}

#[test]
fn a_run_at_a_place() {
    let data = [record(1, 'a'), record(2, ' '), b"00025".to_vec()].concat();
    let (run, end) = run_at(&data, 0, marc(Way::Utf8), Output::new()).unwrap();
    assert_eq!((run.count, end), (2, data.len() - 5));
    let (run, _) = run_at(&data, 0, marc(Way::Other), Output::new()).unwrap();
    assert_eq!(run.out.as_bytes(), record(1, 'a'));
    assert!(run_at(&data, end, marc(Way::Utf8), Output::new()).is_none());
    assert!(run_at(&data, data.len() + 1, marc(Way::Utf8), Output::new()).is_none());
    assert!(run_at(&data, 0, wanted(Way::Utf8, false), Output::new()).is_none());
}

#[test]
fn threads_give_pieces_in_the_same_order() {
    let data = file(3_000);
    let ordered = Ordered::new(2, LIMITS, marc(Way::Utf8)).unwrap();
    let mut pipeline = Pipeline::start(ordered, Cursor::new(data.clone()), Vec::new());
    let (mut count, mut out) = (0, Vec::new());
    while let Taken::Block(block) = pipeline.take(PATIENCE) {
        assert!(block.records.items.is_empty());
        let mut batch = Batch::default();
        batch.replace(block.data, block.records, pipeline.wanted());
        while let Some(piece) = batch.take_piece() {
            count += piece.run.count;
            out.extend_from_slice(piece.run.out.as_bytes());
            pipeline.recycle(piece.run.out);
        }
        assert!(batch.rest().is_empty());
    }
    assert_eq!(count, 3_000);
    let expected: Vec<_> = (0..3_000).flat_map(|number| record(number, 'a')).collect();
    assert!(out == expected);
}
