//! Answers of the token endpoint: a token only from a 200, and nothing secret in what is said about the others.
#![no_main]

use erpnet_core::token::TokenResponse;
use erpnet_fuzz::{SECRET, requested, shows_nothing};
use libfuzzer_sys::fuzz_target;

const STATUSES: [u16; 16] = [
    200, 200, 200, 200, 201, 204, 302, 400, 400, 401, 403, 404, 429, 500, 503, 599,
];
const TYPES: [&str; 4] = ["application/json", "text/html", "", "application/xml"];

// The first byte chooses status and label, the rest is the body.
fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let status = STATUSES[usize::from(choice & 15)];
    let mut reply = http::Response::builder().status(status);
    reply = reply.header("content-type", TYPES[usize::from(choice >> 4 & 3)]);
    let reply = reply.body(body.to_vec()).expect("a proper head");
    let read = TokenResponse::read(&reply, "client_credentials", &requested(), &[SECRET]);
    match read {
        Ok(tokens) => {
            assert!(reply.status().is_success(), "a token from a {status}");
            assert!(!tokens.expires_in.is_some_and(|life| life.is_zero()));
            let token = tokens.access_token.expose().to_owned();
            let shown = format!("{tokens:?}");
            if token.len() > 40 {
                assert!(!shown.contains(&token), "the token is shown");
            }
        }
        Err(error) => shows_nothing(&format!("{error} {}", error.advice()), &[SECRET]),
    }
});
