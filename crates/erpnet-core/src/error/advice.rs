//! What to do about each cause: the sentence an integrator needs at night.

use std::borrow::Cow;

use erpnet_access::{Explanation, Remedy, Verdict};

use super::reason::Reason;
use crate::jose::TokenFault;
use crate::odata::QueryFault;
use crate::transport_error::TransportErrorKind;
use crate::userinfo::UserInfoFault;

/// A clock this far off is named in the advice, in milliseconds.
const NOTABLE_OFFSET_MS: i64 = 30_000;

pub(super) fn advice(reason: &Reason, clock_offset_ms: Option<i64>) -> Cow<'static, str> {
    match reason {
        Reason::Config(_) => "correct the setting; nothing was sent".into(),
        Reason::ScopeRefused { .. } => {
            "request `read`, or `read update` for an application that writes (AUTH-134, AUTH-138)".into()
        }
        Reason::InputTooLong { .. } => {
            "shorten it in the record and in the application, or raise the limit if the authority is configured so \
             (AUTH-086)"
                .into()
        }
        Reason::PathRefused { .. } => {
            "give a path below the site's root, such as `Crm_Customers?$top=10`; tokens go nowhere else (AUTH-266)".into()
        }
        Reason::Query(QueryFault::Dialect { .. }) => {
            "write it with what this API knows, for example `in` for several values of one attribute (AUTH-298), or pass \
             the text with `Filter::raw` to have the instance decide"
                .into()
        }
        Reason::Query(_) => "correct the name or value; nothing was sent".into(),
        Reason::Paging(_) => {
            "what was read is complete up to the position; if asking again ends the same way, give the query an order or \
             read by `$skip` (AUTH-281, AUTH-283)"
                .into()
        }
        Reason::Batch(fault) if fault.is_own() => "correct the batch; nothing was sent".into(),
        Reason::Batch(fault) if fault.leaves_unknown() => {
            "look whether the change set took effect before repeating it: it is all or nothing (AUTH-280, AUTH-289)".into()
        }
        Reason::Batch(_) => "repeat the requests without an answer, each on its own if it stays so (AUTH-288)".into(),
        Reason::NotAnInstance { .. } => {
            "check the instance name or root URL; open `/tools/auto-discovery` below it in a browser: it shows JSON \
             on an ERP.net application server (AUTH-010)"
                .into()
        }
        Reason::SiteNotConfigured(kind) => format!(
            "have an administrator configure and start the `{kind}` site, or give its URL in the settings if the \
             site is private and therefore not listed (AUTH-009, AUTH-025)"
        )
        .into(),
        Reason::SiteNotWorking { .. } => {
            "have an administrator look at the site in the Instance Manager; the instance itself answers (AUTH-037)".into()
        }
        Reason::SiteUrlRefused { .. } => {
            "have an administrator correct the site's URL: absolute and `https` (AUTH-028)".into()
        }
        Reason::IdentityMoved { .. } => {
            "if the move is intended, accept the new origin in the settings; until then nothing is sent there, for \
             the application's secret goes only where it went before"
                .into()
        }
        Reason::NotAnIdentityServer { .. } => {
            "check the authority's URL: `/.well-known/openid-configuration` below it must answer 200 with JSON (AUTH-063)".into()
        }
        Reason::MetadataInvalid { .. } | Reason::KeysInvalid(_) => {
            "the identity service is misconfigured, or something between rewrites its answers: compare with what a \
             browser shows at `/.well-known/openid-configuration`"
                .into()
        }
        Reason::IssuerMismatch { .. } => {
            "use one host for an instance everywhere: the issuer follows the host that was asked (AUTH-059). \
             Configure the authority exactly as its metadata names it"
                .into()
        }
        Reason::Token(fault) => token_advice(fault, clock_offset_ms),
        Reason::GlobalTokenForInstanceApi => {
            "obtain the token from the instance's own authority, `{root}/id`; `https://id.erp.net/id` is for single \
             sign-on only (AUTH-040)"
                .into()
        }
        Reason::ForeignToken { .. } => {
            "obtain a token from the instance that is called: registrations and tokens belong to one instance (AUTH-041)".into()
        }
        Reason::OAuth(error) => error.advice(),
        Reason::Callback(fault) => fault.advice().into(),
        Reason::Loopback(fault) => fault.advice(),
        Reason::SignInRefused(refused) => refused.advice().into(),
        Reason::TokenResponseInvalid { .. } => {
            "the token endpoint answered outside RFC 6749 section 5.1: look for a proxy that rewrites answers".into()
        }
        Reason::Transport(error) | Reason::OutcomeUnknown(error) => transport_advice(error.kind(), reason),
        Reason::Status { status, .. } if *status >= 500 || *status == 429 => {
            "the server is overloaded or restarting: try again later".into()
        }
        Reason::Status { .. } | Reason::NotJson { .. } | Reason::Redirected { .. } => {
            "check that the URL is the instance's and that no proxy or login page answers in its place (AUTH-265)".into()
        }
        Reason::Unauthorized => {
            "the token is expired, revoked, of another instance, or the application was disabled (AUTH-268); a fresh \
             token was refused too, so check that the authority is the instance's own (AUTH-053) and that `IsEnabled` \
             is true"
                .into()
        }
        Reason::ReferenceTokenRejected => {
            "it is expired, revoked or of another instance, or its application was disabled or changed (AUTH-242). \
             Reference tokens are not renewed by programs: have a new one issued, on the Profile site for a PAT, in the \
             Instance Manager for a SAT (AUTH-234, AUTH-240); instances before version 26.2 know none (AUTH-247)"
                .into()
        }
        Reason::Denied(explanation) => remedy(explanation).unwrap_or_else(|| "no change helps".into()).into(),
        Reason::Forbidden { explanation, .. } if explanation.verdict == Verdict::Deny => {
            let change = remedy(explanation).unwrap_or_else(|| "no change of scopes helps".into());
            format!("{change}; then check the rights of the user that the token acts as (AUTH-142, AUTH-269)").into()
        }
        Reason::Forbidden { .. } => {
            "the scopes suffice by the documentation, so check the rights of the user that the token acts as, then \
             the user's type, then the record (AUTH-153, AUTH-269)"
                .into()
        }
        Reason::RateLimited => {
            "send less at once: an instance allows one request in flight and 600 a minute per session by default \
             (AUTH-270)"
                .into()
        }
        Reason::LicenceExhausted => {
            "wait: idle sessions free their slot after 20 minutes; close sessions, plan capacity or reserve a seat. \
             A new token or sign-in does not help (AUTH-278, AUTH-330)"
                .into()
        }
        Reason::Api(_) => {
            "the instance refused by a rule of its own: the message says which; it is not repeated automatically \
             (AUTH-273)"
                .into()
        }
        Reason::SignInExpired { .. } | Reason::AttemptUnknown => {
            "begin a new sign-in: an answer is good once and for ten minutes; a page that was reloaded or reached by the \
             browser's back button sends it again (AUTH-166). With several server processes use sealed cookies"
                .into()
        }
        Reason::SignInLost(_) => {
            "begin a new sign-in: the first attempt uses a code up, even when its answer never arrives (AUTH-176)".into()
        }
        Reason::BrowserNotBound => {
            "begin a new sign-in in this browser: a page that was reloaded sends its answer again, and a link from somebody \
             else brings a foreign one. If it happens to everyone: the cookie needs `https` (or localhost) on the host of the \
             redirect URI, and cookies must be allowed"
                .into()
        }
        Reason::TooManyAttempts { .. } => {
            "wait until attempts end (ten minutes), or use sealed cookies, which hold nothing in the process".into()
        }
        Reason::SealBroken { .. } => {
            "begin a new sign-in. If it happens to everyone: all processes need the same sealing keys, and an old key has \
             to stay for ten minutes after it was replaced"
                .into()
        }
        Reason::NotSignedIn { .. } => {
            "sign in (again): refresh tokens end by expiry, use, sign-out, change of password and when the user or the \
             application is disabled or changed (AUTH-197)"
                .into()
        }
        Reason::RefreshLost(_) => {
            "call again: the refresh is tried once more; if the authority had taken the first one, a new sign-in is needed \
             (AUTH-194)"
                .into()
        }
        Reason::Store(_) => "check the session store; valid access tokens are still served".into(),
        Reason::Abandoned => "try again; a transport that panics or a runtime that shuts down is the usual cause".into(),
        Reason::Driver(_) => "this is a defect of the driver: drive the flow until `Done` or an error".into(),
        Reason::IdToken(fault) => id_token_advice(fault, clock_offset_ms),
        Reason::Unsupported { .. } => {
            "do without it: what an authority offers stands in its metadata, and not every instance offers all (AUTH-064, \
             AUTH-087, AUTH-088)"
                .into()
        }
        Reason::UserInfo(fault) => userinfo_advice(fault).into(),
        Reason::NeedsUser => {
            "call `/me` with the token of a user who signed in, or with a PAT: neither a service's token nor a SAT acts as a \
             person (AUTH-221, AUTH-244)"
                .into()
        }
    }
}

fn id_token_advice(fault: &TokenFault, clock_offset_ms: Option<i64>) -> Cow<'static, str> {
    match fault {
        TokenFault::NonceMismatch | TokenFault::MissingClaim("nonce") => {
            "the ID token answers another sign-in than this one: a callback that came late or twice, two tabs that share \
             one cookie, or a token that somebody replays. Start a new sign-in; if it stays, check that the pending \
             sign-in is found by its own cookie and that nothing caches the callback (AUTH-180)"
                .into()
        }
        TokenFault::WrongIssuer { .. } => {
            "configure the authority exactly as its metadata names it, host and case included: users of an instance and \
             of `https://id.erp.net/id` are different users (AUTH-052, AUTH-057)"
                .into()
        }
        TokenFault::WrongAudience { .. } | TokenFault::MissingClaim("aud") => {
            "the ID token was issued to another application and proves nothing here: check the client id, case included, \
             and never accept ID tokens that others hand over (AUTH-180)"
                .into()
        }
        TokenFault::UntrustedAudience { .. } => {
            "if that application belongs to you and may use the same ID token, name it with \
             `IdTokenRules::trust_audience`; otherwise ask the administrator why the token is issued to it (AUTH-180)"
                .into()
        }
        TokenFault::WrongAuthorizedParty { .. } | TokenFault::MissingClaim("azp") => {
            "the ID token was requested by another application than this one, or does not say by which: check the client \
             id; a token for several audiences has to name this application in `azp` (AUTH-180)"
                .into()
        }
        TokenFault::HashMismatch { claim: "at_hash", .. } => {
            "the access token is not the one that was issued with the ID token: somebody swapped one of them, or the \
             application paired answers of two sign-ins. Use neither and start a new sign-in (AUTH-181)"
                .into()
        }
        TokenFault::HashMismatch { .. } | TokenFault::MissingClaim("c_hash") => {
            "code, state and ID token of the callback do not belong together: somebody may have injected a code. Do not \
             redeem it and start a new sign-in (AUTH-181)"
                .into()
        }
        TokenFault::StepUpNotPerformed { .. } => {
            "the user was recognised without signing in again, for example by an external provider that keeps its own \
             session: refuse the sensitive action, and ask for another sign-in with `prompt=login` (AUTH-185, AUTH-186)"
                .into()
        }
        TokenFault::MissingClaim("auth_time") => {
            "the authority does not say when the user signed in, so a fresh sign-in (`max_age`, step-up) cannot be \
             proved here: do without it or ask the administrator (AUTH-186)"
                .into()
        }
        TokenFault::ChangedClaim { .. } => {
            "the two ID tokens are about different sign-ins: use neither, drop the tokens that came with it, and start a \
             new sign-in (AUTH-182, AUTH-196)"
                .into()
        }
        TokenFault::Expired { .. } | TokenFault::NotYetValid { .. } => match token_advice(fault, clock_offset_ms) {
            clock @ Cow::Owned(_) => clock,
            Cow::Borrowed(_) => {
                "an ID token lives for 300 s, so use it when it comes: start a new sign-in, and compare this machine's \
                 clock with the server's if it stays (AUTH-180)"
                    .into()
            }
        },
        TokenFault::UnknownKey { .. } | TokenFault::WrongType { .. } => token_advice(fault, clock_offset_ms),
        TokenFault::NoKeyId => {
            "the token has to name its key when the authority publishes several: keys are not tried in turn (AUTH-073)".into()
        }
        _ => "do not sign anybody in with this ID token: it was not issued by the authority in this form".into(),
    }
}

fn token_advice(fault: &TokenFault, clock_offset_ms: Option<i64>) -> Cow<'static, str> {
    match fault {
        TokenFault::Expired { .. } | TokenFault::NotYetValid { .. } => match clock_offset_ms {
            Some(offset) if offset.abs() >= NOTABLE_OFFSET_MS => format!(
                "this machine's clock is {} s {} the identity service's: set it, for example by NTP",
                offset.abs() / 1000,
                if offset > 0 { "behind" } else { "ahead of" }
            )
            .into(),
            _ => "obtain a fresh token, and compare this machine's clock with the server's".into(),
        },
        TokenFault::WrongIssuer { .. } => {
            "use a token of the authority that is configured: an instance accepts only its own (AUTH-041, AUTH-057)".into()
        }
        TokenFault::NoApiAudience | TokenFault::WrongAudience { .. } => {
            "request a resource scope (`read` or `update`): a token with `openid profile` only is for no API (AUTH-078)".into()
        }
        TokenFault::UnknownKey { .. } => {
            "the authority does not publish the key: the token is of another authority, or keys rotated again \
             shortly after the last look (AUTH-073)"
                .into()
        }
        TokenFault::WrongType { .. } => {
            "pass an access token where an access token belongs, and an ID token where one belongs (AUTH-075)".into()
        }
        _ => "do not use this token: it was not issued by the authority in this form".into(),
    }
}

fn userinfo_advice(fault: &UserInfoFault) -> &'static str {
    match fault {
        UserInfoFault::TokenRejected => {
            "pass the user's access token of this authority, and renew it if it has expired (AUTH-087)"
        }
        UserInfoFault::Forbidden => {
            "sign in with the scope `openid`, and `profile` or `email` for what they bring: without `openid` there is no \
             userinfo (AUTH-087)"
        }
        UserInfoFault::Signed => {
            "have the application's registration ask for plain JSON: `userinfo_signed_response_alg` and its kin are not \
             supported, for TLS protects the answer already"
        }
        UserInfoFault::OtherSubject => {
            "do not use these claims: ID token and access token belong to different users. Take both from the same sign-in \
             or refresh, and look for a cache that answers by address alone (AUTH-052)"
        }
        UserInfoFault::Claims(_) => {
            "the endpoint answered outside OpenID Connect Core section 5.3: look for a proxy that rewrites answers"
        }
    }
}

fn transport_advice(kind: TransportErrorKind, reason: &Reason) -> Cow<'static, str> {
    if matches!(reason, Reason::OutcomeUnknown(_)) {
        return "look whether it took effect before repeating it (AUTH-280)".into();
    }
    match kind {
        TransportErrorKind::NameResolution => "check the instance name and this machine's name resolution".into(),
        TransportErrorKind::Connect => "check network, firewall and proxy settings".into(),
        TransportErrorKind::Tls => {
            "check the server's certificate; for a private authority add its CA to the settings. Verification is \
             never switched off (AUTH-008)"
                .into()
        }
        TransportErrorKind::Timeout => "try again, or raise the deadline of the exchange".into(),
        TransportErrorKind::Interrupted => "try again; if it stays, look for a proxy that cuts connections".into(),
        TransportErrorKind::BodyTooLarge => "the answer is larger than any honest one: check that the URL is right".into(),
        TransportErrorKind::Refused => "use `https`; plain `http` is for loopback only (AUTH-007)".into(),
        TransportErrorKind::Protocol | TransportErrorKind::Other => {
            "check that the URL is the instance's and that the port speaks HTTP".into()
        }
    }
}

/// The smallest change that the access model knows, in one sentence.
fn remedy(explanation: &Explanation) -> Option<String> {
    match &explanation.remedy {
        Remedy::Changes { changes, .. } => Some(
            changes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; "),
        ),
        Remedy::NoneExists { because } => Some(format!("no change helps: {because}")),
        Remedy::NotNeeded => None,
    }
}
