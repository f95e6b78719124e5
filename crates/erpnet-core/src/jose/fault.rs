//! Why a token was refused.

use erpnet_types::Timestamp;

use super::algorithm::SignatureAlgorithms;

/// The first check that a token failed, in the order of AUTH-081. Never holds a part of the token but bounded names
/// that it states about itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenFault {
    /// Larger than [`MAX_TOKEN_LEN`](super::MAX_TOKEN_LEN).
    #[error("expected at most {limit} bytes, found {found}")]
    TooLarge {
        /// The limit.
        limit: usize,
        /// The length found.
        found: usize,
    },
    /// A reference token, which cannot be inspected (AUTH-228).
    #[error("it is a reference token (`enrt_`), which only its instance can read")]
    Reference,
    /// An encrypted token: five parts.
    #[error("it is encrypted (five parts); ERP.net signs its tokens and does not encrypt them")]
    Encrypted,
    /// Not three parts of unpadded base64url.
    #[error("expected three parts of base64url, found {0}")]
    Malformed(&'static str),
    /// A part that is not the JSON it should be.
    #[error("its {part} is not usable: {why}")]
    NotJson {
        /// `header` or `payload`.
        part: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The same member twice.
    #[error("its {part} has the member `{member}` twice")]
    DuplicateMember {
        /// `header` or `payload`.
        part: &'static str,
        /// Which member.
        member: String,
    },
    /// More than [`MAX_CLAIMS`](super::MAX_CLAIMS) members.
    #[error("its payload has more than {limit} members")]
    TooManyClaims {
        /// The limit.
        limit: usize,
    },
    /// Any algorithm but those allowed (AUTH-068).
    #[error("expected the algorithm {allowed}, found `{found}`")]
    AlgorithmNotAllowed {
        /// What is allowed.
        allowed: SignatureAlgorithms,
        /// What the header says, bounded.
        found: String,
    },
    /// A `crit` header: an extension that must be understood and is not (RFC 7515 section 4.1.11).
    #[error("it demands an extension (`crit`) that is not supported")]
    CriticalHeader,
    /// Another kind of token (AUTH-075).
    #[error("expected the type {expected}, found `{found}`")]
    WrongType {
        /// What would be right.
        expected: &'static str,
        /// What the header says, bounded.
        found: String,
    },
    /// No `kid`, and more than one key to choose from.
    #[error("it names no key (`kid`)")]
    NoKeyId,
    /// A `kid` that the authority does not publish (AUTH-073).
    #[error("the authority publishes no key `{kid}`")]
    UnknownKey {
        /// The key id, bounded.
        kid: String,
    },
    /// The signature does not fit.
    #[error("the signature does not fit its content")]
    BadSignature,
    /// Another issuer (AUTH-057).
    #[error("expected the issuer `{expected}`, found `{found}`")]
    WrongIssuer {
        /// The authority.
        expected: String,
        /// What the token says, bounded.
        found: String,
    },
    /// No audience of those wanted (AUTH-077).
    #[error("expected the audience {expected}, found {found}")]
    WrongAudience {
        /// What would be right.
        expected: String,
        /// What the token says, bounded.
        found: String,
    },
    /// Only `{iss}/resources`: issued without a resource scope (AUTH-078).
    #[error("it is for no API: it was issued without a resource scope")]
    NoApiAudience,
    /// Issued to another application (AUTH-260).
    #[error("expected a token issued to `{expected}`, found one issued to `{found}`")]
    WrongClient {
        /// The application.
        expected: String,
        /// What the token says, bounded.
        found: String,
    },
    /// `exp` has passed, tolerance included.
    #[error("it expired at {at}")]
    Expired {
        /// When.
        at: Timestamp,
    },
    /// `nbf` is to come, tolerance included.
    #[error("it is valid from {at} on only")]
    NotYetValid {
        /// When.
        at: Timestamp,
    },
    /// A claim that has to be there is not.
    #[error("it has no `{0}`")]
    MissingClaim(&'static str),
    /// A claim of the wrong shape.
    #[error("its `{claim}` is not {expected}")]
    InvalidClaim {
        /// Which claim.
        claim: String,
        /// What would be right.
        expected: &'static str,
    },
    /// An ID token for others too, one of which nobody trusts (OpenID Connect Core section 3.1.3.7, step 3).
    #[error("it is also for `{audience}`, which is not among the trusted audiences")]
    UntrustedAudience {
        /// The audience, bounded.
        audience: String,
    },
    /// `azp` names another application (OpenID Connect Core section 3.1.3.7, step 5).
    #[error("expected the authorized party (`azp`) `{expected}`, found `{found}`")]
    WrongAuthorizedParty {
        /// The application.
        expected: String,
        /// What the token says, bounded.
        found: String,
    },
    /// `nonce` is not the one of this sign-in (OpenID Connect Core section 3.1.3.7, step 11).
    #[error("its `nonce` is not the one that this sign-in was started with")]
    NonceMismatch,
    /// `at_hash`, `c_hash` or `s_hash` does not fit what came with the token (AUTH-181).
    #[error("its `{claim}` does not fit the {of} that came with it")]
    HashMismatch {
        /// Which claim.
        claim: &'static str,
        /// What it should be the hash of.
        of: &'static str,
    },
    /// The user signed in before the moment that was asked for (AUTH-186).
    #[error(
        "the step-up was not performed: expected a sign-in at {wanted} or later, found one at {found}"
    )]
    StepUpNotPerformed {
        /// The earliest moment, tolerance not included.
        wanted: Timestamp,
        /// `auth_time`.
        found: Timestamp,
    },
    /// Another value than in the ID token that it has to agree with (AUTH-182, AUTH-196).
    #[error("its `{claim}` differs from that of {original}")]
    ChangedClaim {
        /// Which claim.
        claim: &'static str,
        /// The other ID token.
        original: &'static str,
    },
}

impl From<TokenFault> for crate::Error {
    fn from(fault: TokenFault) -> Self {
        crate::Reason::Token(fault).into()
    }
}
