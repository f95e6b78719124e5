//! Tokens in compact form: only the one that was signed passes, letter by letter.
#![no_main]

use std::sync::{Arc, LazyLock};

use erpnet_core::jose::{Compact, Header, KeySet};
use erpnet_core::token::{AccessTokenRules, Verifier, check_before_sending};
use erpnet_fuzz::{NOW, authority, keys, shows_nothing, sign};
use libfuzzer_sys::fuzz_target;

const CLAIMS: &[u8] = br#"{"iss":"https://demodb.my.erp.net/id","aud":["DomainAPI"],"exp":1766508747,"nbf":1766505147,"client_id":"a","scope":["read"]}"#;
/// What `seeds/jws/proper` holds, too: RS256 is deterministic.
static TOKEN: LazyLock<String> = LazyLock::new(|| sign(CLAIMS));
static KEYS: LazyLock<Arc<KeySet>> = LazyLock::new(|| Arc::new(keys()));

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let verifier = Verifier::new(
        AccessTokenRules::new(&authority()).into(),
        Arc::clone(&KEYS),
        None,
    );
    let whole = verifier.verify(text, NOW);
    let core = verifier.verify_core(text, NOW);
    assert_eq!(whole.is_ok(), core.is_ok(), "the two readings agree");
    match whole {
        Ok(token) => {
            assert_eq!(text, *TOKEN, "another token passed");
            let _ = format!("{token:?}");
        }
        Err(error) => shows_nothing(&format!("{error} {}", error.advice()), &[]),
    }
    if let Ok(compact) = Compact::split(text) {
        let _ = (compact.payload(), format!("{compact:?}"));
        if let Ok(header) = Header::of(&compact)
            && KEYS.verify(&compact, &header).is_ok()
        {
            assert_eq!(text, *TOKEN, "another signature passed");
            assert_eq!(header.algorithm(), "RS256");
            assert!(!header.is_critical());
        }
    }
    if let Ok(token) = erpnet_types::AccessToken::new(text) {
        let _ = check_before_sending(&token, &authority(), None);
    }
});
