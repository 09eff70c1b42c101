#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dacapo_test_support::fuzz::relay(data));
