//! Payloads: located as serde_json reads them, and claims under a good signature judged alike by both readings.
#![no_main]

use std::sync::{Arc, LazyLock};

use erpnet_core::jose::{KeySet, Members};
use erpnet_core::token::{AccessTokenRules, Verifier};
use erpnet_fuzz::{ISSUER, NOW, authority, keys, shows_nothing, sign};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

static KEYS: LazyLock<Arc<KeySet>> = LazyLock::new(|| Arc::new(keys()));

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let reference: Result<Map<String, Value>, _> = serde_json::from_str(text);
    let members = match Members::parse(text.to_owned()) {
        Ok(members) => members,
        Err(fault) => return shows_nothing(&fault.to_string(), &[]),
    };
    let names: Vec<_> = members.names().collect();
    assert!(names.len() <= erpnet_core::limits::MAX_CLAIMS);
    // Members are located without being read: numbers beyond all bounds and deep nesting are faults of their reader.
    if let Ok(reference) = &reference {
        assert_eq!(names.len(), reference.len(), "each member once");
        for name in names {
            let raw = members.raw(name).expect("a located member has a value");
            let value: Value = serde_json::from_str(raw).expect("it is JSON");
            assert_eq!(Some(&value), reference.get(name), "{name}");
            if let Ok(Some(read)) = members.text(name) {
                assert_eq!(Some(&*read), value.as_str());
            }
        }
    }
    // A signature costs most of a millisecond: only for what comes near to claims.
    if !matches!(members.text("iss"), Ok(Some(issuer)) if issuer == ISSUER) {
        return;
    }
    let token = sign(bytes);
    let verifier = Verifier::new(
        AccessTokenRules::new(&authority()).into(),
        Arc::clone(&KEYS),
        None,
    );
    let (whole, core) = (
        verifier.verify(&token, NOW),
        verifier.verify_core(&token, NOW),
    );
    assert_eq!(whole.is_ok(), core.is_ok(), "the two readings agree");
    match whole {
        Ok(token) => {
            assert!(token.expires().unix_seconds() > NOW.wall.unix_seconds() - 61);
            let audiences = token.audiences();
            let apis = erpnet_core::token::API_AUDIENCES;
            assert!(audiences.iter().any(|audience| apis.contains(&&**audience)));
            let _ = (
                token.is_admin(),
                token.is_service(),
                token.user_id(),
                token.database(),
            );
            let _ = format!("{token:?}");
        }
        Err(error) => shows_nothing(&format!("{error} {}", error.advice()), &[]),
    }
});
