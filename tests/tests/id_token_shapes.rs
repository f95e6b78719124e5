//! What a verified ID token says (section 10 of the rules), and that nothing corrupted passes for one.

use erpnet_core::hash::{left_half, s256_challenge};
use erpnet_core::id_token::{IdToken, Identity};
use erpnet_core::jose::TokenFault;
use erpnet_tests::instance::START;
use erpnet_tests::sign_in::{ISSUER, NONCE, SignIn, WAYS, Way};
use erpnet_types::RawIdToken;
use proptest::prelude::*;
use serde_json::{Value, json};

fn verified(change: &Value) -> IdToken {
    let sign_in = SignIn::default();
    let token = sign_in.token(Way::Back, change);
    sign_in.verify(Way::Back, &token).unwrap()
}

/// AUTH-183: no name, no address, no id is the usual case.
#[test]
fn auth_183_the_documented_token() {
    let token = verified(&json!({}));
    assert_eq!(token.issuer(), ISSUER);
    assert_eq!(token.subject(), "j.doe");
    assert_eq!(token.audiences(), ["com.example/portal"]);
    let sid = token.session_id();
    assert_eq!(sid.as_deref(), Some("D1FFEDFE4CB32300D26C265B9BD374FB"));
    assert_eq!(token.authentication_methods().unwrap(), ["pwd"]);
    assert_eq!(token.auth_time().unwrap().unix_seconds(), START - 286);
    assert_eq!(token.expires().unix_seconds(), START + 300);
    assert_eq!(token.issued_at().unix_seconds(), START);
    assert_eq!((token.name(), token.verified_email()), (None, None));
    assert_eq!((token.user_id(), token.tenant()), (None, None));
    assert_eq!(
        token.claim::<String>("nonce").unwrap().as_deref(),
        Some(NONCE)
    );
    assert_eq!(token.names().count(), 13);
}

#[test]
fn auth_204_federated_users() {
    for (idp, federated) in [
        (json!("local"), false),
        (json!(null), false),
        (json!("google"), true),
        (json!("9da64839-a8d0-491d-aebb-4d18fa42b014"), true),
    ] {
        let token = verified(&json!({ "idp": idp, "tid": "72f988bf" }));
        assert_eq!(token.is_federated(), federated, "{idp}");
        assert_eq!(token.tenant().as_deref(), Some("72f988bf"));
    }
}

#[test]
fn auth_250_256_258_shapes_of_single_claims() {
    for (amr, expected) in [
        (json!("pwd"), Some(1)),
        (json!(["pwd", "otp"]), Some(2)),
        (json!(null), Some(0)),
        (json!(1), None),
        (json!([1]), None),
    ] {
        let token = verified(&json!({ "amr": amr }));
        let found = token.authentication_methods().ok().map(|amr| amr.len());
        assert_eq!(found, expected, "{amr}");
        assert_eq!(token.subject(), "j.doe", "an error of that claim alone");
    }
    let wrong = verified(&json!({ "is_admin": "yes", "email_verified": "TRUE", "email": "a@b.c" }));
    assert!(matches!(
        wrong.boolean("is_admin"),
        Err(TokenFault::InvalidClaim { .. })
    ));
    assert_eq!(wrong.verified_email().as_deref(), Some("a@b.c"));
    let unknown = verified(&json!({ "roles": [{ "n": 1 }] }));
    let roles: Vec<Value> = unknown.claim("roles").unwrap().unwrap();
    assert_eq!(roles, [json!({ "n": 1 })]);
}

#[test]
fn auth_052_252_253_identity() {
    let guid = "9da64839-a8d0-491d-aebb-4d18fa42b014";
    let by_sub = verified(&json!({})).identity();
    assert_eq!((by_sub.id(), by_sub.subject()), (None, Some("j.doe")));
    let by_id = verified(&json!({ "id": guid })).identity();
    assert_eq!((by_id.id(), by_id.subject()), (Some(guid), None));
    let renamed = verified(&json!({ "id": guid.to_uppercase(), "sub": "j.roe" }));
    assert_eq!(renamed.identity(), by_id, "AUTH-252: a rename keeps it");
    assert_eq!(verified(&json!({ "sub_id": guid })).identity(), by_id);
    let no_guid = verified(&json!({ "sub_id": "j.doe" }));
    assert_eq!(no_guid.identity(), by_sub, "AUTH-253");
    // A login name that looks like an id is none.
    let posing = Identity::new(ISSUER, None, guid);
    assert_ne!(posing, by_id);
    assert_ne!(posing.to_string(), by_id.to_string());
    assert_ne!(
        Identity::new("https://id.erp.net/id", Some(guid), ""),
        by_id
    );
    let shown = format!("{by_sub:?} {by_id:?}");
    assert!(!shown.contains("doe") && !shown.contains("9da6"), "{shown}");
}

/// AUTH-201: the hint outlives the token.
#[test]
fn auth_201_a_stored_token_is_read_again() {
    let token = verified(&json!({ "exp": START + 1 }));
    let again = IdToken::from_store(token.raw().clone()).unwrap();
    assert_eq!(again.identity(), token.identity());
    assert_eq!(again.raw().expose(), token.raw().expose());
    let shown = format!("{token:?}");
    let (start, _) = token.raw().expose().split_at(20);
    assert!(
        !shown.contains(start) && !shown.contains("j.doe"),
        "{shown}"
    );
    for bad in ["a", "e30.e30.AA", "e30.bm8.AA"] {
        assert!(
            IdToken::from_store(RawIdToken::new(bad).unwrap()).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn auth_181_hash_vectors() {
    for (text, hash) in [
        // OpenID Connect Core section A.4.
        (
            "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk",
            "LDktKdoQak3Pk0cnXxCltA",
        ),
        (
            "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxZl0z9K3vx5KF0Y",
            "KtLBmw5HCOMwX-UKkjnjvQ",
        ),
        // The shape of an ERP.net access token: a JWT, hashed whole.
        (
            "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJqLmRvZSIsImNsaWVudF9pZCI6ImNvbS5leGFtcGxlL3BvcnRhbCJ9.c2lnbmF0dXJl",
            "LOr5gUQvhCLi6id6H4vBkA",
        ),
        ("5D2CE1A0B47F4A4F90C1A3F3D7E8B6A1", "ZxaH2vb8DgyANFl261wasw"),
        ("", "47DEQpj8HBSa-_TImW-5JA"),
    ] {
        assert_eq!(left_half(text), hash, "{text}");
    }
}

/// The pair of RFC 7636 appendix B, and a pair of the same shape that does not match.
#[test]
fn pkce_vectors() {
    let challenge = s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    let other = s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK");
    assert!(other != challenge && other.len() == 43);
}

/// Any JSON, to be put in a claim's place.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        ".{0,40}".prop_map(|s| json!(s)),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

const CLAIMS: [&str; 16] = [
    "iss",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "sub",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "auth_time",
    "amr",
    "id",
    "sid",
    "email_verified",
];

/// Claims whose every other value is a refusal, as long as none is expected to be absent.
const BINDING: [&str; 6] = ["iss", "aud", "nonce", "at_hash", "c_hash", "s_hash"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_claims_never_panic(claims in prop::collection::btree_map(prop::sample::select(&CLAIMS[..]), value(), 0..12)) {
        let sign_in = SignIn::default();
        for way in WAYS {
            let token = sign_in.token_with(&json!({}), &SignIn::claims_with(way, &json!(claims)));
            let _ = sign_in.verdict(way, &token);
            let bare = sign_in.token_with(&json!({}), &json!(claims));
            if let Ok(token) = sign_in.verify(way, &bare) {
                let _ = (token.identity(), token.is_federated(), token.authentication_methods(), token.verified_email());
            }
        }
    }

    #[test]
    fn whatever_passes_is_what_was_expected(claim in prop::sample::select(&BINDING[..]), value in value()) {
        let sign_in = SignIn::default();
        for way in WAYS {
            let good = SignIn::claims(way);
            let token = sign_in.token(way, &json!({ claim: value }));
            let absent = value.is_null() && matches!(claim, "at_hash" | "s_hash");
            let same = good.get(claim) == Some(&value) || (claim == "aud" && value == json!([good["aud"]]));
            // What is not looked for on a way cannot be wrong there.
            let unbound = match (way, claim) {
                (Way::Front, "at_hash") | (Way::Refresh, "c_hash" | "s_hash") => true,
                (Way::Back, "c_hash") | (Way::Refresh, "nonce") => value.is_null(),
                _ => false,
            };
            prop_assert_eq!(sign_in.verdict(way, &token) == "ok", absent || same || unbound, "{:?} {}: {}", way, claim, value);
        }
    }

    /// A byte changed anywhere, without the key: refused, whatever it says then.
    #[test]
    fn any_corruption_is_refused(place in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.-]") {
        let sign_in = SignIn::default();
        for way in WAYS {
            let good = sign_in.token(way, &json!({}));
            let place = place.index(good.len());
            let mut bad = good.clone();
            bad.replace_range(place..=place, &other);
            prop_assert_eq!(sign_in.verdict(way, &bad) == "ok", bad == good);
        }
    }
}

/// One claim after another replaced without the key that signs.
#[test]
fn any_single_claim_corrupted_without_the_key_is_refused() {
    let sign_in = SignIn::default();
    for way in WAYS {
        let good = sign_in.token(way, &json!({}));
        let (_, signature) = good.rsplit_once('.').unwrap();
        let (header, _) = good.split_once('.').unwrap();
        for name in SignIn::claims(way).as_object().unwrap().keys() {
            for value in [json!(null), json!("x"), json!(START + 250), json!([])] {
                let claims = SignIn::claims_with(way, &json!({ name: value })).to_string();
                let payload = erpnet_tests::signing::part(claims.as_bytes());
                let token = format!("{header}.{payload}.{signature}");
                assert_eq!(sign_in.verdict(way, &token), "BadSignature", "{name}");
            }
        }
    }
}
