//! Numbers as leader and directory have them.

/// A directory entry: for a field of at most 9,999 bytes that begins before 100,000.
pub(crate) fn directory_entry([t0, t1, t2]: [u8; 3], length: usize, start: usize) -> [u8; 12] {
    let [l0, l1, l2, l3, s0, s1, s2, s3, s4] = entry_numbers(length, start);
    [t0, t1, t2, l0, l1, l2, l3, s0, s1, s2, s3, s4]
}

/// A directory entry without its tag.
pub(crate) fn entry_numbers(length: usize, start: usize) -> [u8; 9] {
    let [l0, l1, l2, l3] = four_digits(length);
    let [s0, s1, s2, s3, s4] = five_digits(start);
    [l0, l1, l2, l3, s0, s1, s2, s3, s4]
}

/// The decimal digits of a number up to 9,999.
fn four_digits(number: usize) -> [u8; 4] {
    let number = number as u32;
    // Two pairs of digits side by side in one integer, and then the four digits.
    let hundreds = number / 100;
    let pairs = hundreds | (number - hundreds * 100) << 16;
    let tens = (pairs.wrapping_mul(103)) >> 10 & 0x000F_000F;
    let digits = tens | pairs.wrapping_sub(tens * 10) << 8;
    (digits | 0x3030_3030).to_le_bytes()
}

/// The decimal digits of a number up to 99,999.
pub(crate) fn five_digits(number: usize) -> [u8; 5] {
    let ten_thousands = number / 10_000;
    let [d1, d2, d3, d4] = four_digits(number - ten_thousands * 10_000);
    [b'0' + (ten_thousands % 10) as u8, d1, d2, d3, d4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_digits() {
        for number in 0..100_000 {
            let text = format!("{number:05}");
            assert_eq!(five_digits(number), text.as_bytes());
            if number < 10_000 {
                let entry = directory_entry(*b"245", number, 7);
                assert_eq!(entry, format!("245{number:04}00007").as_bytes());
            }
        }
        for number in [100_000, 1_234_567, usize::MAX] {
            assert!(five_digits(number).iter().all(u8::is_ascii_digit));
        }
    }
}
