//! What the fuzz targets share: an authority, its key, and the watch over flows that the property tests keep, too.

#[path = "../../src/watched.rs"]
pub mod watched;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use erpnet_core::Now;
use erpnet_core::jose::KeySet;
use erpnet_types::{Instance, InstanceAuthority, ScopeSet, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

/// The root of the instance.
pub const ROOT: &str = "https://demodb.my.erp.net/";

/// Its issuer.
pub const ISSUER: &str = "https://demodb.my.erp.net/id";

/// What no error and no debug text may show.
pub const SECRET: &str = "hunter2-Zq8vX3wK";

/// The time.
pub const NOW: Now = Now {
    wall: Timestamp::from_unix_seconds(1_766_505_147),
    mono: std::time::Duration::from_secs(5),
};

static PAIR: LazyLock<RsaKeyPair> = LazyLock::new(|| {
    let key = include_bytes!("../../../crates/erpnet-sandbox/keys/development-only-1.pk8");
    RsaKeyPair::from_pkcs8(key).expect("a shipped key")
});

/// The instance.
#[must_use]
pub fn instance() -> Instance {
    Instance::parse("demodb").expect("a name")
}

/// Its authority.
#[must_use]
pub fn authority() -> InstanceAuthority {
    InstanceAuthority::at(instance(), ISSUER).expect("an issuer")
}

/// What a token request asks for.
#[must_use]
pub fn requested() -> ScopeSet {
    ScopeSet::parse("read").expect("a scope")
}

/// The key set of the authority, as a document.
#[must_use]
pub fn key_document() -> String {
    let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(
        ring::signature::KeyPair::public_key(&*PAIR),
    );
    let (n, e) = (
        URL_SAFE_NO_PAD.encode(public.n),
        URL_SAFE_NO_PAD.encode(public.e),
    );
    format!(
        r#"{{"keys":[{{"kty":"RSA","use":"sig","alg":"RS256","kid":"KEY-0","n":"{n}","e":"{e}"}}]}}"#
    )
}

/// The same, read.
#[must_use]
pub fn keys() -> KeySet {
    KeySet::parse(key_document().as_bytes()).expect("a key set")
}

/// A token over any payload.
#[must_use]
pub fn sign(payload: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","kid":"KEY-0","typ":"at+jwt"}"#);
    let input = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
    let mut signature = vec![0; PAIR.public().modulus_len()];
    PAIR.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        input.as_bytes(),
        &mut signature,
    )
    .expect("the key can sign");
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Holds a text that people may see against what none may see.
pub fn shows_nothing(text: &str, hidden: &[&str]) {
    for hidden in hidden {
        assert!(!text.contains(hidden), "shows what it must not");
    }
    assert!(
        !text.chars().any(|c| c.is_control()),
        "a control character in {text:?}"
    );
    assert!(text.len() < 4096, "a text of {} bytes", text.len());
}
