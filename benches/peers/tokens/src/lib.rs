//! The token of the SDK's benchmarks and the documents of an authority, as other libraries verify and read them.

pub mod documents;
pub mod parsers;
pub mod verifiers;

use std::time::{SystemTime, UNIX_EPOCH};

use erpnet_benches::{ISSUER, Subject};

/// The token of the benchmarks, and the same of Google's authority, both issued a minute ago: some verifiers read the clock.
///
/// # Panics
/// When the clock stands before 1970.
#[must_use]
pub fn tokens_of_today() -> (Subject, Subject) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = i64::try_from(now.expect("it is after 1970").as_secs()).expect("it is before 2200");
    let of = |issuer| Subject::issued(now - 60, issuer);
    (of(ISSUER), of("https://accounts.google.com"))
}
