//! What the benchmarked calls allocate, counted at the allocator of Rust: what the C code of aws-lc-rs takes for itself is
//! not seen here, and is in `aws_raw` as well.

use erpnet_benches::Subject;
use erpnet_core::token::VerifiedTokens;

#[test]
fn the_core_view_allocates_nothing_of_its_own() {
    let subject = Subject::user_token();
    let (input, _) = subject.token.rsplit_once('.').expect("three parts");
    let by_hand = allocation_counter::measure(|| {
        let key = ring::signature::RsaPublicKeyComponents {
            n: &subject.modulus,
            e: &subject.exponent,
        };
        let parameters = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
        let verdict = key.verify(parameters, input.as_bytes(), &subject.signature);
        verdict.expect("a good signature");
    });
    let mut core = None;
    let counted = allocation_counter::measure(|| {
        core = Some(subject.verifier.verify_core(&subject.token, subject.now));
    });
    // ring parses the key each time, which takes buffers.
    assert_eq!(counted.count_total, by_hand.count_total);
    assert!(core.expect("it ran").is_ok());
}

#[cfg(feature = "aws-lc-rs")]
#[test]
fn the_core_view_over_a_parsed_key_allocates_nothing() {
    let subject = Subject::user_token();
    let mut core = None;
    let counted = allocation_counter::measure(|| {
        core = Some(
            subject
                .aws_verifier
                .verify_core(&subject.token, subject.now),
        );
    });
    assert_eq!(counted.count_total, 0);
    let core = core.expect("it ran").expect("a good token");
    assert_eq!(
        core.scopes.to_string(),
        "openid profile read update offline_access"
    );
    // The counter counts: the whole token keeps its claims.
    let whole = allocation_counter::measure(|| {
        let token = subject.aws_verifier.verify(&subject.token, subject.now);
        token.expect("a good token");
    });
    assert!(
        (1..20).contains(&whole.count_total),
        "{}",
        whole.count_total
    );
}

#[test]
fn a_repeat_allocates_nothing() {
    let subject = Subject::user_token();
    let mut cache = VerifiedTokens::new(16, (7, 11));
    let verified = subject.verifier.verify(&subject.token, subject.now);
    cache.insert(&subject.token, &verified.expect("a good token").into());
    let counted = allocation_counter::measure(|| {
        let found = cache.get(&subject.token, subject.verifier.rules(), subject.now.wall);
        assert!(found.is_some());
    });
    assert_eq!(counted.count_total, 0);
}
