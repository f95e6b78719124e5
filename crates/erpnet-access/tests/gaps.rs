//! Every gap of the rulebook that touches this crate has its place in the code (AUTH-394).

use std::fs;
use std::path::Path;

/// The gaps about records, scopes, grants, calls, sessions, errors and migration.
const GAPS: [u16; 40] = [
    3, 4, 6, 7, 10, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 29, 30, 31, 32, 33, 34, 35, 37, 38, 39,
    40, 41, 42, 43, 44, 45, 46, 47, 52, 53, 54, 55, 56, 57, 58,
];

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn auth_394_every_gap_has_a_decision_point() {
    let mut text = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut text,
    );
    for gap in GAPS.into_iter().chain([60, 61]) {
        assert!(text.contains(&format!("G{gap:02}")), "G{gap:02} is nowhere");
    }
}
