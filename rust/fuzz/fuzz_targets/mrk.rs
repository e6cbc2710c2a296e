#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mrrc_fuzz::mrk::check(data));
