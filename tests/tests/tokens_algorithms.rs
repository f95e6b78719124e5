//! Access tokens signed with PS256 and ES256: refused, and accepted where they were allowed.

use erpnet::core::jose::KeySet;
use erpnet::core::token::AccessTokenRules;
use erpnet::core::{Now, Reason};
use erpnet::{
    Instance, InstanceAuthority, SignatureAlgorithm, SignatureAlgorithms, SignatureBackend,
    SignatureRules, Verifier,
};
use erpnet_tests::gateway::{Gateway, fault_name};
use erpnet_tests::instance::START;
use erpnet_tests::signing::{EcKey, Key};
use erpnet_types::Timestamp;
use serde_json::{Value, json};

const BACKENDS: &[SignatureBackend] = &[
    SignatureBackend::Ring,
    #[cfg(feature = "aws-lc-rs")]
    SignatureBackend::AwsLcRs,
];

/// The verdict of every library, on the whole token and on its core, which all have to agree.
fn verdict(keys: &Value, token: &str, algorithms: SignatureAlgorithms) -> String {
    let authority = InstanceAuthority::default_for(Instance::parse("demodb").unwrap()).unwrap();
    let now = Now {
        wall: Timestamp::from_unix_seconds(START),
        mono: std::time::Duration::ZERO,
    };
    let mut verdicts = Vec::new();
    for backend in BACKENDS {
        let mut rules = SignatureRules::default();
        rules.algorithms = algorithms;
        rules.backend = *backend;
        let keys = KeySet::parse_with(keys.to_string().as_bytes(), rules).unwrap();
        let verifier = Verifier::new(AccessTokenRules::new(&authority).into(), keys.into(), None);
        let whole = verifier.verify(token, now).map(drop);
        for outcome in [whole, verifier.verify_core(token, now).map(drop)] {
            verdicts.push(match outcome {
                Ok(()) => "ok".to_owned(),
                Err(error) => match error.reason() {
                    Reason::Token(fault) => fault_name(fault),
                    other => panic!("{other:?}"),
                },
            });
        }
    }
    assert!(
        verdicts.windows(2).all(|two| two[0] == two[1]),
        "{verdicts:?}"
    );
    verdicts.swap_remove(0)
}

fn claims() -> Value {
    json!({ "iss": "https://demodb.my.erp.net/id", "aud": "DomainAPI", "exp": START + 60, "scope": ["read"] })
}

/// AUTH-068: RS256 alone by default; each other algorithm only by its own opt-in, with a key of its own type.
#[test]
fn auth_068_071_each_algorithm_by_its_own_opt_in() {
    use SignatureAlgorithm::{Es256, Ps256, Rs256};
    let (rsa, ec) = (Key::development(0), EcKey::new("EC"));
    let labelled = |alg: Value| {
        let mut jwk = rsa.jwk();
        jwk["alg"] = alg;
        jwk
    };
    let keys = json!({ "keys": [labelled(Value::Null), ec.jwk()] });
    let tokens = [
        (Rs256, rsa.sign_truly("RS256", &claims())),
        (Ps256, rsa.sign_truly("PS256", &claims())),
        (Es256, ec.token(&claims())),
    ];
    for allowed in 1..8_u8 {
        let chosen: Vec<_> = [Rs256, Ps256, Es256]
            .into_iter()
            .enumerate()
            .filter(|(bit, _)| allowed >> bit & 1 == 1)
            .map(|(_, algorithm)| algorithm)
            .collect();
        let algorithms = chosen.iter().skip(1).fold(
            SignatureAlgorithms::only(chosen[0]),
            |algorithms, algorithm| algorithms.and(*algorithm),
        );
        for (algorithm, token) in &tokens {
            let expected = if chosen.contains(algorithm) {
                "ok"
            } else {
                "AlgorithmNotAllowed"
            };
            assert_eq!(
                verdict(&keys, token, algorithms),
                expected,
                "{algorithm} with {algorithms}"
            );
        }
        for alg in ["RS384", "RS512"] {
            let token = rsa.sign_truly(alg, &claims());
            assert_eq!(verdict(&keys, &token, algorithms), "AlgorithmNotAllowed");
        }
    }
    // The entry's own word narrows it down.
    let all = SignatureAlgorithms::RS256.and(Ps256).and(Es256);
    for (alg, rs256, ps256) in [
        (json!("RS256"), "ok", "UnknownKey"),
        (json!("PS256"), "UnknownKey", "ok"),
        (json!("ES256"), "UnknownKey", "UnknownKey"),
    ] {
        let keys = json!({ "keys": [labelled(alg.clone())] });
        assert_eq!(verdict(&keys, &tokens[0].1, all), rs256, "RS256 with {alg}");
        assert_eq!(verdict(&keys, &tokens[1].1, all), ps256, "PS256 with {alg}");
    }
    // A signature of one algorithm under the name of another.
    for (signed, named) in [("RS256", "PS256"), ("PS256", "RS256"), ("RS256", "ES256")] {
        let token = rsa.sign_truly_but_say(signed, named, &claims());
        let expected = if named == "ES256" {
            "UnknownKey"
        } else {
            "BadSignature"
        };
        assert_eq!(verdict(&keys, &token, all), expected, "{signed} as {named}");
    }
}

/// The client's option, down to the published key: it says RS256, so that PS256 does not fit it.
#[test]
fn auth_068_071_the_option_reaches_the_client() {
    let token = |g: &Gateway| g.key.sign_truly("PS256", &g.claims());
    let strict = Gateway::default();
    assert_eq!(strict.verdict(&token(&strict)), "AlgorithmNotAllowed");
    let wider = Gateway::with(|options| {
        options.signatures.algorithms = SignatureAlgorithms::RS256.and(SignatureAlgorithm::Ps256);
    });
    assert!(wider.is_sound());
    assert_eq!(wider.verdict(&token(&wider)), "UnknownKey");
    let only = Gateway::with(|options| {
        options.signatures.algorithms = SignatureAlgorithms::only(SignatureAlgorithm::Ps256);
    });
    let error = only.verify(&token(&only)).unwrap_err();
    assert!(
        matches!(error.reason(), Reason::MetadataInvalid { member, .. } if *member == "id_token_signing_alg_values_supported"),
        "AUTH-069: {error}"
    );
}
