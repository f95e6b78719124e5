//! One row of the group `verify_rs256`, so many times: for an instruction counter, see README.md above.
#![allow(clippy::print_stderr, reason = "a command-line tool")]

use erpnet_benches::{Subject, verify};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let times: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let subject = Subject::user_token();
    let row = verify::rows(&subject)
        .into_iter()
        .find(|row| row.name == name);
    let Some(mut row) = row else {
        eprintln!("expected the name of a row, found `{name}`");
        std::process::exit(2);
    };
    for _ in 0..times {
        row.run();
    }
}
