use std::time::Duration;

use super::*;

fn ends(records: &mut TextRecords) -> Vec<(usize, bool)> {
    let mut found = Vec::new();
    loop {
        match records.take(Duration::from_secs(60)) {
            Waiting::Items(done) => {
                for item in &done.items {
                    found.push((item.end, matches!(item.content, Content::Unclear(_))));
                }
            }
            Waiting::OnTheirWay => {}
            Waiting::Nothing => return found,
        }
    }
}

#[test]
fn gives_the_same_items_in_threads() {
    let mut lines = Vec::new();
    for number in 0..20_000 {
        lines.extend_from_slice(format!("[{number}]\n").as_bytes());
    }
    let mut lengths = Vec::new();
    for threads in [0, 1, 3] {
        let mut records = TextRecords::new(Format::JsonLines, None, threads).unwrap();
        let mut found = Vec::new();
        for block in lines.chunks(10_007) {
            records.feed(block, false);
            if threads == 0 || records.is_full() {
                found.extend(ends(&mut records));
            }
        }
        records.feed(b"", true);
        assert!(threads == 0 || records.is_full());
        found.extend(ends(&mut records));
        lengths.push(found.len());
    }
    assert_eq!(lengths, [40_000; 3]);
}

#[test]
fn results_come_in_order_and_a_panic_has_a_substitute() {
    let queue = queue::Queue::new(3).unwrap();
    for number in 0..100_u64 {
        queue.give(
            1,
            move || {
                std::thread::sleep(Duration::from_micros(100 * (number % 7)));
                assert_ne!(number, 50);
                number
            },
            || 1_000,
        );
    }
    let mut found = Vec::new();
    loop {
        match queue.take(Duration::from_secs(60)) {
            queue::Next::Done(number) => found.push(number),
            queue::Next::Waiting => {}
            queue::Next::Empty => break,
        }
    }
    assert_eq!(queue.size(), 0);
    let expected: Vec<u64> = (0..100)
        .map(|it| if it == 50 { 1_000 } else { it })
        .collect();
    assert_eq!(found, expected);
}
