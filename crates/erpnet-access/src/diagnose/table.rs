//! The error catalogue of section 13: (endpoint, grant, code) to causes, in the order of experience.

use super::cause::CauseId;
use super::context::DiagnosisContext;
use super::text::Signal;
use super::{ErrorKind, Retry};
use crate::call::{Issuer, Operation};
use crate::grant::{Grant, OAuthError};

/// One row.
pub(super) struct Row {
    pub(super) kind: ErrorKind,
    pub(super) retry: Retry,
    pub(super) needs_user: bool,
    pub(super) causes: &'static [CauseId],
}

const fn row(kind: ErrorKind, retry: Retry, needs_user: bool, causes: &'static [CauseId]) -> Row {
    Row {
        kind,
        retry,
        needs_user,
        causes,
    }
}

const fn mismatch(causes: &'static [CauseId]) -> Row {
    row(ErrorKind::RegistrationMismatch, Retry::Never, false, causes)
}

pub(super) fn lookup(signal: &Signal, context: &DiagnosisContext<'_>) -> Row {
    use CauseId as C;
    match signal {
        Signal::OAuth(error) => oauth(*error, context.grant),
        Signal::LicenceExhausted => row(
            ErrorKind::LicenceExhausted,
            Retry::AfterMinutes,
            false,
            &[C::NoLicence],
        ),
        Signal::InvalidTransaction => row(
            ErrorKind::Business,
            Retry::Never,
            false,
            &[C::TransactionLost],
        ),
        Signal::RenamedSet => row(ErrorKind::Config, Retry::Never, false, &[C::SetRenamed]),
        Signal::BasicRefused(cause) => basic(*cause),
        // AUTH-344: the page errors, the redirect first.
        Signal::NoCallback => row(
            ErrorKind::RegistrationMismatch,
            Retry::Never,
            true,
            &[
                C::RedirectNotRegistered,
                C::WrongClientId,
                C::WrongInstance,
                C::Disabled,
                C::ScopeNotConfigured,
                C::ScopeWrongCase,
                C::OpenidMissing,
                C::PkceOrNonceMissing,
                C::ResponseType,
                C::SignInNotEnabled,
                C::BrowserClosed,
            ],
        ),
        Signal::NotJson => row(
            ErrorKind::Transport,
            Retry::Never,
            false,
            &[C::LoginPage, C::WrongUrl],
        ),
        Signal::Status(status) => by_status(*status, context),
    }
}

fn basic(cause: CauseId) -> Row {
    use CauseId as C;
    mismatch(match cause {
        C::BasicNotFound => &[C::BasicNotFound],
        C::BasicNotEnabled => &[C::BasicNotEnabled],
        C::BasicOtherUser => &[C::BasicOtherUser],
        _ => &[C::BasicNotConfigured],
    })
}

fn by_status(status: u16, context: &DiagnosisContext<'_>) -> Row {
    use CauseId as C;
    let token = context.token;
    let reference = token.is_some_and(|token| token.kind.is_reference());
    // AUTH-053: a wrong authority goes first.
    let foreign =
        token.is_some_and(|token| matches!(token.issuer, Issuer::Global | Issuer::OtherInstance));
    match status {
        // AUTH-240: nothing renews a reference token.
        401 if reference => row(
            ErrorKind::TokenRejected,
            Retry::Never,
            true,
            &[
                C::GlobalToken,
                C::TokenRevoked,
                C::ApplicationChanged,
                C::NoToken,
                C::VersionTooOld,
            ],
        ),
        401 if foreign => row(
            ErrorKind::TokenRejected,
            Retry::Never,
            false,
            &[
                C::GlobalToken,
                C::TokenExpired,
                C::NoToken,
                C::IdTokenSent,
                C::NoApiAudience,
                C::ApplicationChanged,
            ],
        ),
        401 => row(
            ErrorKind::TokenRejected,
            Retry::OnceWithNewToken,
            false,
            &[
                C::TokenExpired,
                C::NoToken,
                C::GlobalToken,
                C::IdTokenSent,
                C::NoApiAudience,
                C::ApplicationChanged,
            ],
        ),
        // AUTH-269: in this order.
        403 if foreign => row(
            ErrorKind::Forbidden,
            Retry::Never,
            false,
            &[
                C::GlobalToken,
                C::ScopeMissing,
                C::UserRights,
                C::UserKind,
                C::ServiceAtProfile,
                C::ReservedNamespace,
                C::ApplicationChanged,
            ],
        ),
        403 => row(
            ErrorKind::Forbidden,
            Retry::Never,
            false,
            &[
                C::ScopeMissing,
                C::UserRights,
                C::UserKind,
                C::ServiceAtProfile,
                C::ReservedNamespace,
                C::ApplicationChanged,
                C::GlobalToken,
            ],
        ),
        429 => row(
            ErrorKind::RateLimited,
            Retry::WithBackoff,
            false,
            &[C::TooManyRequests],
        ),
        500 => row(ErrorKind::Business, Retry::Never, false, &[C::BusinessRule]),
        // AUTH-280: a write may have been done before the gateway gave up.
        501.. if context.operation.is_some_and(may_write) => row(
            ErrorKind::OutcomeUnknown,
            Retry::Never,
            false,
            &[C::ServerTrouble, C::WrongUrl],
        ),
        501.. => row(
            ErrorKind::Transport,
            Retry::WithBackoff,
            false,
            &[C::ServerTrouble, C::WrongUrl],
        ),
        _ => row(
            ErrorKind::Config,
            Retry::Never,
            false,
            &[C::Undocumented, C::WrongUrl],
        ),
    }
}

/// Whether an operation can change something.
const fn may_write(operation: Operation) -> bool {
    use Operation as O;
    matches!(
        operation,
        O::EntityWrite
            | O::SecurityWrite
            | O::RegistrationWrite
            | O::Action
            | O::Batch
            | O::TableWrite
            | O::Other
    )
}

fn oauth(error: OAuthError, grant: Option<Grant>) -> Row {
    use CauseId as C;
    let service = grant == Some(Grant::ClientCredentials);
    let signing_in = grant.is_some_and(Grant::is_sign_in);
    match error {
        // AUTH-226, AUTH-340: indistinguishable at the token endpoint.
        OAuthError::InvalidClient => mismatch(&[
            C::WrongClientId,
            C::SecretMismatch,
            C::ConfidentialSendsNone,
            C::PublicSendsSecret,
            C::SecretHashMissing,
            C::SecretHashMalformed,
            C::Disabled,
            C::WrongInstance,
            C::ServiceSuffix,
        ]),
        OAuthError::UnauthorizedClient if service => mismatch(&[
            C::FlowNotEnabled,
            C::SystemUserMissing,
            C::NotConfidential,
            C::ServiceSuffix,
            C::InternalFlagForServices,
        ]),
        OAuthError::UnauthorizedClient => mismatch(&[
            C::Disabled,
            C::WrongClientId,
            C::WrongInstance,
            C::ResponseType,
            C::SignInNotEnabled,
            C::RequestMalformed,
        ]),
        OAuthError::InvalidScope if service => mismatch(&[
            C::ScopeNotConfigured,
            C::ProtocolScopeForService,
            C::NoScopeAtAll,
            C::LegacyScope,
            C::ScopeWrongCase,
        ]),
        OAuthError::InvalidScope => mismatch(&[
            C::ScopeNotConfigured,
            C::ScopeWrongCase,
            C::OpenidMissing,
            C::LegacyScope,
            C::ProtocolScopesListed,
        ]),
        OAuthError::InvalidGrant if grant == Some(Grant::Refresh) => row(
            ErrorKind::ReauthRequired,
            Retry::Never,
            true,
            &[
                C::RefreshConsumed,
                C::RefreshExpired,
                C::RefreshRevoked,
                C::ReconfiguredOrInactive,
                C::WrongClientId,
            ],
        ),
        // G55: stock servers do not answer this to client credentials.
        OAuthError::InvalidGrant if service => row(
            ErrorKind::Config,
            Retry::Never,
            false,
            &[C::RequestMalformed],
        ),
        OAuthError::InvalidGrant => row(
            ErrorKind::ReauthRequired,
            Retry::Never,
            true,
            &[
                C::CodeUsedOrExpired,
                C::VerifierMismatch,
                C::ExchangeRedirectDiffers,
                C::ReconfiguredOrInactive,
                C::WrongClientId,
            ],
        ),
        // AUTH-337, G55: two names of one cause.
        OAuthError::InvalidRedirectUri => mismatch(&[C::RedirectNotRegistered]),
        OAuthError::InvalidRequest if signing_in || grant.is_none() => row(
            ErrorKind::RegistrationMismatch,
            Retry::Never,
            false,
            &[
                C::RedirectNotRegistered,
                C::PkceOrNonceMissing,
                C::OpenidMissing,
                C::RequestMalformed,
            ],
        ),
        OAuthError::InvalidRequest => row(
            ErrorKind::Config,
            Retry::Never,
            false,
            &[C::RequestMalformed, C::ConfidentialSendsNone],
        ),
        OAuthError::UnsupportedResponseType => row(
            ErrorKind::Config,
            Retry::Never,
            false,
            &[C::RequestMalformed, C::ResponseType],
        ),
        OAuthError::UnsupportedGrantType => row(
            ErrorKind::Config,
            Retry::Never,
            false,
            &[C::RequestMalformed, C::FlowNotEnabled, C::SignInNotEnabled],
        ),
        OAuthError::AccessDenied => row(
            ErrorKind::UserCancelled,
            Retry::Never,
            true,
            &[C::UserCancelled],
        ),
        OAuthError::LoginRequired
        | OAuthError::ConsentRequired
        | OAuthError::InteractionRequired
        | OAuthError::AccountSelectionRequired => row(
            ErrorKind::ReauthRequired,
            Retry::Never,
            true,
            &[C::InteractionNeeded],
        ),
    }
}
