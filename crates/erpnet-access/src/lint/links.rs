//! Lints over what surrounds a record: tokens, install links, the handler of the callback.

use std::time::Duration;

use super::Report;
use super::context::{InstallLink, LintContext, UNUSED_AFTER};
use crate::record::{ClientType, ReferenceTokenPolicy, TrustedApplication};

/// How far ahead a reference token may end before it is called long-lived (TA-L33).
const MAX_TOKEN_LIFE: Duration = Duration::from_secs(366 * 24 * 3600);

pub(super) fn lint_tokens(
    record: &TrustedApplication,
    context: &LintContext<'_>,
    report: &mut Report,
) {
    let Some(tokens) = context.tokens else { return };
    let references = || tokens.iter().filter(|token| token.kind.is_reference());
    if record.reference_tokens != ReferenceTokenPolicy::None && references().next().is_none() {
        report.add(
            23,
            "reference tokens may be issued, and there is none: the policy is wider than needed",
            "set `ReferenceTokens=None` until a token is needed",
        );
    }
    let Some(now) = context.now else { return };
    let recently = now.before(UNUSED_AFTER);
    if record.is_enabled
        && !tokens
            .iter()
            .any(|token| token.last_used.is_some_and(|used| used >= recently))
    {
        report.add(
            31,
            "no token of the application was used in 90 days",
            "disable it if nobody misses it",
        );
    }
    for token in references() {
        let (reason, fix) = match token.expires {
            None => (
                "a reference token has no end (G45)",
                "replace it by one with an end",
            ),
            Some(expires) if expires > now.after(MAX_TOKEN_LIFE) => (
                "a reference token ends more than a year from now",
                "replace it by one with a shorter life",
            ),
            Some(_) => continue,
        };
        report.add(33, reason, fix);
    }
}

pub(super) fn lint_links(
    record: &TrustedApplication,
    context: &LintContext<'_>,
    report: &mut Report,
) {
    if let Some(handler) = context.handler {
        let path_of = |uri: &str| -> Option<String> {
            let rest = uri.split_once("://")?.1;
            let from = rest.find('/')?;
            rest.get(from..)?
                .split(['?', '#'])
                .next()
                .map(str::to_owned)
        };
        let wanted = Some(handler.webhook_path);
        let shared = record
            .impersonate_login_url
            .items()
            .any(|uri| path_of(uri.trim()).as_deref() == wanted);
        if shared && !(handler.takes_sign_ins && handler.takes_events) {
            report.add(
                30,
                "sign-in callbacks and lifecycle events arrive at one URL, and the handler takes only one of them",
                "dispatch by content type: form or query is a sign-in, JSON is an event",
            );
        }
    }
    if let Some(link) = &context.install_link {
        for (reason, fix) in link_flaws(link) {
            report.add(32, reason, fix);
        }
    }
}

/// AUTH-350: what the Instance Manager refuses for a public client. G47: without `clientType` nobody can tell.
fn link_flaws(link: &InstallLink<'_>) -> impl Iterator<Item = (&'static str, &'static str)> {
    let public = link.client_type == Some(ClientType::Public);
    let https = link
        .redirect_uri
        .is_some_and(|uri| uri.starts_with("https://") && uri.len() > "https://".len());
    [
        (
            public && link.requests_secret,
            "an install link for a public client asks for a secret: `Public clients cannot request credentials`",
            "drop `requestSecret`, or install a confidential client",
        ),
        (
            public && !https,
            "an install link for a public client has no https redirect: `Public clients require a valid redirectUri`",
            "add `redirectUri=https://..`",
        ),
        (
            public && !link.impersonates,
            "an install link for a public client lets nobody sign in (`impersonate=none`)",
            "add `impersonate=internal` or `impersonate=all`",
        ),
        (
            link.client_type.is_none(),
            "an install link names no `clientType`, whose default changed between versions",
            "always send `clientType`",
        ),
    ]
    .into_iter()
    .filter(|(flawed, ..)| *flawed)
    .map(|(_, reason, fix)| (reason, fix))
}
