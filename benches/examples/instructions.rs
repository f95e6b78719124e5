//! One row of the group `verify_rs256`, so many times: for an instruction counter, see README.md above.
#![allow(clippy::print_stderr, reason = "a command-line tool")]

use std::hint::black_box;

use erpnet_benches::Subject;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let which = arguments.next().unwrap_or_default();
    let times: u32 = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let subject = Subject::user_token();
    let (input, _) = subject.token.rsplit_once('.').expect("three parts");
    let key = RsaPublicKeyComponents {
        n: &subject.modulus,
        e: &subject.exponent,
    };
    #[cfg(feature = "aws-lc-rs")]
    let aws_key = subject.aws_key();
    for _ in 0..times {
        let token = black_box(subject.token.as_str());
        match which.as_str() {
            "ring_raw" => key
                .verify(
                    &RSA_PKCS1_2048_8192_SHA256,
                    black_box(input.as_bytes()),
                    &subject.signature,
                )
                .expect("a good signature"),
            "erpnet" => drop(black_box(subject.verifier.verify(token, subject.now))),
            "erpnet_core_claims" => {
                drop(black_box(subject.verifier.verify_core(token, subject.now)));
            }
            #[cfg(feature = "aws-lc-rs")]
            "aws_raw" => aws_key
                .verify_sig(black_box(input.as_bytes()), &subject.signature)
                .expect("a good signature"),
            #[cfg(feature = "aws-lc-rs")]
            "erpnet_aws" => drop(black_box(subject.aws_verifier.verify(token, subject.now))),
            #[cfg(feature = "aws-lc-rs")]
            "erpnet_aws_core_claims" => {
                drop(black_box(
                    subject.aws_verifier.verify_core(token, subject.now),
                ));
            }
            other => {
                eprintln!("expected the id of a bench, found `{other}`");
                std::process::exit(2);
            }
        }
    }
}
