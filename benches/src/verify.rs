//! The rows of the group `verify_rs256`: by hand over each library, and this SDK.

use std::hint::black_box;
use std::sync::Arc;

use erpnet_core::token::{VerifiedTokens, Verifier};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

use crate::{Row, Subject};

/// The RSA operation alone, then the SDK's verifications over it, for each library compiled in; then a token that was
/// verified before.
#[must_use]
pub fn rows(subject: &Subject) -> Vec<Row<'_>> {
    let (signing_input, _) = subject.token.rsplit_once('.').expect("three parts");
    let mut rows = vec![Row::new("ring_raw", move || {
        let key = RsaPublicKeyComponents {
            n: &subject.modulus,
            e: &subject.exponent,
        };
        let input = black_box(signing_input.as_bytes());
        key.verify(&RSA_PKCS1_2048_8192_SHA256, input, &subject.signature)
            .expect("a good signature");
    })];
    let names = ["erpnet", "erpnet_core_claims"];
    rows.extend(verifier(subject, &subject.verifier, names));
    #[cfg(feature = "aws-lc-rs")]
    {
        let key = subject.aws_key();
        rows.push(Row::new("aws_raw", move || {
            let input = black_box(signing_input.as_bytes());
            key.verify_sig(input, &subject.signature)
                .expect("a good signature");
        }));
        let names = ["erpnet_aws", "erpnet_aws_core_claims"];
        rows.extend(verifier(subject, &subject.aws_verifier, names));
    }
    rows.push(repeat(subject));
    rows
}

fn verifier<'a>(
    subject: &'a Subject,
    verifier: &'a Verifier,
    [whole, core]: [&'static str; 2],
) -> [Row<'a>; 2] {
    let token = subject.token.as_str();
    let whole = Row::new(whole, move || {
        let verdict = verifier.verify(black_box(token), subject.now);
        black_box(verdict).expect("a good token");
    });
    let core = Row::new(core, move || {
        let verdict = verifier.verify_core(black_box(token), subject.now);
        black_box(verdict).expect("a good token");
    });
    [whole, core]
}

fn repeat(subject: &Subject) -> Row<'_> {
    let mut cache = VerifiedTokens::new(1024, (7, 11));
    let verified = subject.verifier.verify(&subject.token, subject.now);
    cache.insert(&subject.token, &Arc::new(verified.expect("a good token")));
    Row::new("erpnet_repeat", move || {
        let rules = subject.verifier.rules();
        let found = cache.get(black_box(&subject.token), rules, subject.now.wall);
        black_box(found).expect("a known token");
    })
}
