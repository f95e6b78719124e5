//! Documents of an authority read by other libraries, beside the SDK: `cargo bench` in this folder.
#![allow(missing_docs, reason = "criterion's macros make public functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use erpnet_benches::group;
use erpnet_benches_peers_tokens::parsers;

fn parse(criterion: &mut Criterion) {
    group(criterion, "parse_discovery", parsers::discovery());
    group(criterion, "parse_keys", parsers::keys());
    group(criterion, "parse_token_response", parsers::token_response());
}

criterion_group!(benches, parse);
criterion_main!(benches);
