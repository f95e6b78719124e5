//! What to do about each cause: the sentence an integrator needs at night.

use std::borrow::Cow;

use erpnet_access::{Explanation, Remedy, Verdict};

use super::reason::Reason;
use crate::jose::TokenFault;
use crate::odata::QueryFault;
use crate::transport_error::TransportErrorKind;

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
        Reason::Store(_) => "check the session store; valid access tokens are still served".into(),
        Reason::Abandoned => "try again; a transport that panics or a runtime that shuts down is the usual cause".into(),
        Reason::Driver(_) => "this is a defect of the driver: drive the flow until `Done` or an error".into(),
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
