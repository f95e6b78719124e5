//! Key sets: bounded, and of no use to a token that none of their keys signed.
#![no_main]

use std::sync::LazyLock;

use erpnet_core::jose::{Compact, Header, KeySet};
use erpnet_core::limits::MAX_KEYS;
use erpnet_fuzz::{keys, shows_nothing, sign};
use libfuzzer_sys::fuzz_target;

static TOKEN: LazyLock<String> = LazyLock::new(|| sign(b"{}"));
static PROPER: LazyLock<KeySet> = LazyLock::new(keys);

fuzz_target!(|bytes: &[u8]| {
    let set = match KeySet::parse(bytes) {
        Ok(set) => set,
        Err(error) => return shows_nothing(&format!("{error} {}", error.advice()), &[]),
    };
    assert!(set.len() + set.left_out() <= MAX_KEYS);
    let _ = format!("{set:?}");
    let compact = Compact::split(&TOKEN).expect("a token");
    let header = Header::of(&compact).expect("a header");
    let verdict = set.verify(&compact, &header);
    assert!(!(verdict.is_ok() && !set.has_key_for(&header)));
    // The one key that signed it is in the document, in some spelling, or the token does not pass.
    if verdict.is_ok() && set != *PROPER {
        let text = String::from_utf8_lossy(bytes);
        assert!(text.contains("RSA") || text.contains('\\'), "{text}");
    }
});
