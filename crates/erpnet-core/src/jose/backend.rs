//! The libraries that verify, and keys made ready for them.

#[cfg(feature = "aws-lc-rs")]
use std::sync::Arc;

#[cfg(feature = "aws-lc-rs")]
use aws_lc_rs::signature as aws;
use ring::signature as ring;

use super::algorithm::SignatureAlgorithm;
use super::public_key::PublicKey;

/// The library that verifies signatures. Both give the same verdicts; they differ in speed and in what they take to
/// build.
///
/// Features of a crate are the sum of what everyone in a program asks for. The feature `aws-lc-rs` therefore adds a
/// choice, and makes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureBackend {
    /// ring: always there.
    #[default]
    Ring,
    /// aws-lc-rs, with the feature of that name: keeps keys parsed, so that an RSA verification takes three quarters of
    /// the time.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
}

/// A public key, ready to verify one algorithm with one library.
#[derive(Clone)]
pub(super) struct Verifying {
    algorithm: SignatureAlgorithm,
    engine: Engine,
}

#[derive(Clone)]
enum Engine {
    Ring(PublicKey),
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs(Arc<aws::ParsedPublicKey>),
}

impl Verifying {
    /// Nothing when the key is not one for this algorithm.
    pub(super) fn new(
        key: &PublicKey,
        algorithm: SignatureAlgorithm,
        backend: SignatureBackend,
    ) -> Option<Self> {
        if !key.fits(algorithm) {
            return None;
        }
        let engine = match backend {
            SignatureBackend::Ring => Engine::Ring(key.clone()),
            #[cfg(feature = "aws-lc-rs")]
            SignatureBackend::AwsLcRs => Engine::AwsLcRs(Arc::new(parsed(key, algorithm)?)),
        };
        Some(Self { algorithm, engine })
    }

    pub(super) fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// Whether the signature fits.
    pub(super) fn verify(&self, input: &[u8], signature: &[u8]) -> bool {
        match &self.engine {
            Engine::Ring(PublicKey::Rsa { n, e }) => {
                let parameters = match self.algorithm {
                    SignatureAlgorithm::Rs256 => &ring::RSA_PKCS1_2048_8192_SHA256,
                    SignatureAlgorithm::Ps256 => &ring::RSA_PSS_2048_8192_SHA256,
                    SignatureAlgorithm::Es256 => return false,
                };
                let key = ring::RsaPublicKeyComponents { n, e };
                key.verify(parameters, input, signature).is_ok()
            }
            Engine::Ring(PublicKey::P256(point)) => {
                let key = ring::UnparsedPublicKey::new(&ring::ECDSA_P256_SHA256_FIXED, point);
                self.algorithm == SignatureAlgorithm::Es256 && key.verify(input, signature).is_ok()
            }
            #[cfg(feature = "aws-lc-rs")]
            Engine::AwsLcRs(key) => key.verify_sig(input, signature).is_ok(),
        }
    }
}

/// The key as aws-lc-rs keeps it, bound to the algorithm.
#[cfg(feature = "aws-lc-rs")]
fn parsed(key: &PublicKey, algorithm: SignatureAlgorithm) -> Option<aws::ParsedPublicKey> {
    match (key, algorithm) {
        (PublicKey::Rsa { n, e }, SignatureAlgorithm::Rs256) => {
            aws::RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(&aws::RSA_PKCS1_2048_8192_SHA256)
                .ok()
        }
        (PublicKey::Rsa { n, e }, SignatureAlgorithm::Ps256) => {
            aws::RsaPublicKeyComponents { n, e }
                .to_parsed_public_key(&aws::RSA_PSS_2048_8192_SHA256)
                .ok()
        }
        (PublicKey::P256(point), SignatureAlgorithm::Es256) => {
            aws::ParsedPublicKey::new(&aws::ECDSA_P256_SHA256_FIXED, point).ok()
        }
        _ => None,
    }
}

impl PartialEq for Verifying {
    fn eq(&self, other: &Self) -> bool {
        let same_key = match (&self.engine, &other.engine) {
            (Engine::Ring(key), Engine::Ring(other)) => key == other,
            #[cfg(feature = "aws-lc-rs")]
            (Engine::AwsLcRs(key), Engine::AwsLcRs(other)) => {
                AsRef::<[u8]>::as_ref(&**key) == AsRef::<[u8]>::as_ref(&**other)
            }
            #[cfg(feature = "aws-lc-rs")]
            _ => false,
        };
        self.algorithm == other.algorithm && same_key
    }
}

impl Eq for Verifying {}
