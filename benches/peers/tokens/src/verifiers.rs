//! Other libraries, set up to verify the token of the benchmark as strictly as each allows: signature by key id, issuer,
//! audience, times. Keys are read once. Claims are read into a map, as the SDK keeps all of them readable.

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Once};

use erpnet_benches::{ISSUER, Row, Subject};
use google_cloud_auth::credentials::idtoken::verifier::{Builder, Verifier};
use huskarl::core::jwk::PublicJwk;
use huskarl::core::jwt::validator::{ClaimCheck, JwtValidator};
use huskarl_crypto_native::asymmetric::verifier::AsymmetricPublicKey;
use jsonwebtoken::crypto::{CryptoProvider, aws_lc, rust_crypto};
use openidconnect::core::{
    CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJwsSigningAlgorithm,
};
use openidconnect::{ClientId, IssuerUrl, Nonce};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

const AUDIENCE: &str = "DomainAPI";

/// The token verified by each of them. `of_google` is the same token, issued by the one authority that google-cloud-auth
/// knows.
#[must_use]
pub fn rows<'a>(subject: &'a Subject, of_google: &'a Subject) -> Vec<Row<'a>> {
    // google-cloud-auth asks for it while it is set up.
    Library::AwsLcRs.choose();
    let token = subject.token.as_str();
    let mut rows = Vec::new();
    for (name, library) in [
        ("jsonwebtoken_11_aws_lc", Library::AwsLcRs),
        ("jsonwebtoken_11_rust_crypto", Library::RustCrypto),
    ] {
        let peer = JsonWebToken11::new(subject);
        rows.push(Row::new(name, move || {
            library.choose();
            drop(black_box(peer.verify(black_box(token))));
        }));
    }
    let peer = JsonWebToken9::new(subject);
    rows.push(Row::new("jsonwebtoken_9_ring", move || {
        drop(black_box(peer.verify(black_box(token))));
    }));
    let peer = OpenIdConnect::new(subject).verifier();
    rows.push(Row::new("openidconnect_4", move || {
        black_box(OpenIdConnect::verify(&peer, black_box(token)));
    }));
    let peer = Huskarl::new(subject);
    rows.push(Row::new("huskarl_0_11", move || {
        drop(black_box(peer.verify(black_box(token))));
    }));
    let (peer, token) = (Google::new(of_google), of_google.token.as_str());
    rows.push(Row::new("google_cloud_auth_1", move || {
        Library::AwsLcRs.choose();
        drop(black_box(peer.verify(black_box(token))));
    }));
    rows
}

/// What jsonwebtoken 11 computes with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Library {
    /// aws-lc-rs.
    AwsLcRs,
    /// The crates of RustCrypto.
    RustCrypto,
}

static RUST_CRYPTO: AtomicBool = AtomicBool::new(false);

/// jsonwebtoken takes one library for each process: this one asks, each time, which.
static EITHER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    signer_factory: |algorithm, key| (chosen().signer_factory)(algorithm, key),
    verifier_factory: |algorithm, key| (chosen().verifier_factory)(algorithm, key),
    key_utils: aws_lc::DEFAULT_PROVIDER.key_utils.clone(),
});

fn chosen() -> &'static CryptoProvider {
    if RUST_CRYPTO.load(Ordering::Relaxed) {
        &rust_crypto::DEFAULT_PROVIDER
    } else {
        &aws_lc::DEFAULT_PROVIDER
    }
}

impl Library {
    /// From here on, for the whole process.
    fn choose(self) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| assert!(EITHER.install_default().is_ok(), "nobody else chose"));
        RUST_CRYPTO.store(self == Self::RustCrypto, Ordering::Relaxed);
    }
}

/// jsonwebtoken 11.
struct JsonWebToken11(jsonwebtoken::DecodingKey, jsonwebtoken::Validation);

impl JsonWebToken11 {
    /// With the key, the issuer and the audience.
    fn new(subject: &Subject) -> Self {
        let key =
            jsonwebtoken::DecodingKey::from_rsa_raw_components(&subject.modulus, &subject.exponent);
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[ISSUER]);
        rules.validate_nbf = true;
        Self(key, rules)
    }

    /// Verifies.
    fn verify(&self, token: &str) -> Map<String, Value> {
        jsonwebtoken::decode(token, &self.0, &self.1)
            .expect("a good token")
            .claims
    }
}

/// jsonwebtoken 9, which computes with ring.
struct JsonWebToken9(jsonwebtoken9::DecodingKey, jsonwebtoken9::Validation);

impl JsonWebToken9 {
    /// With the key, the issuer and the audience.
    fn new(subject: &Subject) -> Self {
        let key = jsonwebtoken9::DecodingKey::from_rsa_raw_components(
            &subject.modulus,
            &subject.exponent,
        );
        let mut rules = jsonwebtoken9::Validation::new(jsonwebtoken9::Algorithm::RS256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[ISSUER]);
        rules.validate_nbf = true;
        Self(key, rules)
    }

    /// Verifies.
    fn verify(&self, token: &str) -> Map<String, Value> {
        jsonwebtoken9::decode(token, &self.0, &self.1)
            .expect("a good token")
            .claims
    }
}

/// openidconnect 4, which verifies ID tokens: the type of access tokens has to be allowed, and so has an audience beside
/// its own.
struct OpenIdConnect(CoreJsonWebKeySet);

impl OpenIdConnect {
    /// With the key set.
    fn new(subject: &Subject) -> Self {
        Self(serde_json::from_str(&subject.jwks).expect("a good key set"))
    }

    /// The verifier, made once.
    fn verifier(self) -> CoreIdTokenVerifier<'static> {
        let issuer = IssuerUrl::new(ISSUER.to_owned()).expect("a URL");
        let client = ClientId::new(AUDIENCE.to_owned());
        CoreIdTokenVerifier::new_public_client(client, issuer, self.0)
            .set_allowed_algs([CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256])
            .allow_all_jose_types()
            .set_other_audience_verifier_fn(|_| true)
    }

    /// Verifies. Its claims are typed; others are dropped.
    fn verify(verifier: &CoreIdTokenVerifier<'_>, token: &str) -> bool {
        let token = CoreIdToken::from_str(token).expect("a good token");
        let claims = token.claims(verifier, |_: Option<&Nonce>| Ok(()));
        !claims.expect("a good token").audiences().is_empty()
    }
}

/// huskarl 0.11, with its native library.
struct Huskarl(JwtValidator, Runtime);

impl Huskarl {
    /// With the key, the issuer, the audience and the type.
    fn new(subject: &Subject) -> Self {
        let set: Value = serde_json::from_str(&subject.jwks).expect("a good key set");
        let key: PublicJwk = serde_json::from_value(set["keys"][0].clone()).expect("a good key");
        let key = AsymmetricPublicKey::from_jwk(key).expect("a good key");
        let validator = JwtValidator::builder()
            .verifier(key)
            .iss(ClaimCheck::required_value(ISSUER))
            .aud(ClaimCheck::required_value(AUDIENCE))
            .typ(ClaimCheck::required_value("at+jwt"))
            .require_exp(true)
            .allowed_algorithms(["RS256".to_owned()])
            .build();
        Self(validator, runtime())
    }

    /// Verifies.
    fn verify(&self, token: &str) -> Map<String, Value> {
        let verdict = self.1.block_on(self.0.validate(token));
        verdict.expect("a good token").claims
    }
}

/// google-cloud-auth 1: verifies tokens of Google's authority only.
struct Google(Verifier, Runtime);

impl Google {
    /// With the keys from a server of its own; they are fetched once.
    fn new(subject: &Subject) -> Self {
        let (server, runtime) = (serve(subject.jwks.clone()), runtime());
        let verifier = {
            let _within = runtime.enter();
            Builder::new([AUDIENCE]).with_jwks_url(server).build()
        };
        let google = Self(verifier, runtime);
        assert!(!google.verify(&subject.token).is_empty());
        google
    }

    /// Verifies.
    fn verify(&self, token: &str) -> Map<String, Value> {
        let verdict = self.1.block_on(self.0.verify(token));
        verdict.expect("a good token")
    }
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// A server that answers everything with this document, for as long as the process lives.
fn serve(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let length = document.len();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            let _ = stream.write_all(format!("{head}{document}").as_bytes());
        }
    });
    format!("http://{address}/keys")
}
