//! The reasons of a grant decision, built only when somebody asks.

use std::borrow::Cow;

use super::decision::{Checked, GrantCheck, GrantOutcome};
use super::evaluate::{checks_of, evaluate_grant};
use super::mend::GrantCase;
use super::request::{Grant, GrantRequest, Proof, UserFacts};
use super::scope::unlisted;
use crate::explain::{Explanation, Reason, Stage};
use crate::readings::Readings;
use crate::record::TrustedApplication;
use crate::rule::RuleId;
use crate::rule::RuleId::{Auth, Gap, Lint};
use crate::scopes::ScopeFlags;
use crate::verdict::Verdict;

/// Explains the decision of [`evaluate_grant`] for the same inputs.
///
/// ```
/// use erpnet_access::{GrantRequest, Readings, TrustedApplication, UserFacts, explain_grant};
///
/// let mut record = TrustedApplication::new("com.example/app");
/// record.is_enabled = false;
/// let request = GrantRequest::authorization_code("com.example/app", "https://app.example/cb", "openid read");
/// let why = explain_grant(&record, &request, &UserFacts::internal(), &Readings::default());
/// assert!(why.to_string().contains("set `IsEnabled=true`"));
/// ```
#[must_use]
pub fn explain_grant(
    record: &TrustedApplication,
    request: &GrantRequest<'_>,
    user: &UserFacts,
    readings: &Readings,
) -> Explanation {
    let decision = evaluate_grant(record, request, user, readings);
    let checks = checks_of(record, request, user, readings);
    let case = GrantCase::new(record, request, user);
    let mut path = vec![
        Reason {
            stage: Stage::Requested,
            verdict: Verdict::Allow,
            rule: needed(request.grant).0,
            text: requested(request).into(),
        },
        Reason {
            stage: Stage::Needed,
            verdict: Verdict::Allow,
            rule: needed(request.grant).0,
            text: Cow::Borrowed(needed(request.grant).1),
        },
    ];
    for stage in [Stage::Granted, Stage::Configured, Stage::User] {
        let mut silent = true;
        let mine = || {
            checks
                .iter()
                .filter(move |checked| stage_of(checked.check) == stage)
        };
        for checked in mine().filter(|checked| checked.finding.verdict != Verdict::Allow) {
            let text = words(checked, &case, readings).into();
            path.push(Reason {
                stage,
                verdict: checked.finding.verdict,
                rule: checked.finding.rule,
                text,
            });
            silent = false;
        }
        if let Some(checked) = mine().next_back().filter(|_| silent) {
            let text = Cow::Borrowed(nothing_against(stage));
            path.push(Reason {
                stage,
                verdict: Verdict::Allow,
                rule: checked.finding.rule,
                text,
            });
        }
    }
    let outcome = match decision.outcome {
        GrantOutcome::Granted { scopes, .. } if !scopes.is_empty() => format!(" -> `{scopes}`"),
        GrantOutcome::Refused {
            error: Some(error),
            place,
        } => format!(" -> `{error}` {}", place.as_str()),
        GrantOutcome::Refused { error: None, place } => format!(" -> refused {}", place.as_str()),
        GrantOutcome::Granted { .. } | GrantOutcome::Open => String::new(),
    };
    Explanation {
        verdict: decision.verdict,
        rule: decision.rule,
        subject: format!(
            "{} for `{}`{outcome}",
            request.grant.as_str(),
            request.client_id
        )
        .into(),
        path,
        remedy: case.remedy(readings),
    }
}

const fn stage_of(check: GrantCheck) -> Stage {
    match check {
        GrantCheck::Flow
        | GrantCheck::Pkce
        | GrantCheck::Nonce
        | GrantCheck::Credential
        | GrantCheck::Proof => Stage::Granted,
        GrantCheck::Client
        | GrantCheck::Redirect
        | GrantCheck::Scope
        | GrantCheck::SystemUser
        | GrantCheck::Policy => Stage::Configured,
        GrantCheck::User => Stage::User,
    }
}

const fn nothing_against(stage: Stage) -> &'static str {
    match stage {
        Stage::Granted => "the request is as it must be",
        Stage::Configured => "the record allows it",
        _ => "the user may do it",
    }
}

fn requested(request: &GrantRequest<'_>) -> String {
    match request.scope.as_deref() {
        _ if request.grant == Grant::Refresh => "a new access token for a refresh token".to_owned(),
        None | Some("") => "a token, without naming scopes".to_owned(),
        Some(scope) => format!("a token with `{scope}`"),
    }
}

const fn needed(grant: Grant) -> (RuleId, &'static str) {
    match grant {
        Grant::AuthorizationCode => (
            Auth(175),
            "a registered redirect URI, PKCE, scopes within the record, a user who may sign in",
        ),
        Grant::Hybrid => (
            Auth(49),
            "the same as for a code, and `openid`, a nonce, and `response_mode=form_post`",
        ),
        Grant::Refresh => (
            Auth(191),
            "an unused refresh token in time, and the client's secret if it has one",
        ),
        Grant::ClientCredentials => (
            Auth(210),
            "a confidential client with its secret, an allowed system user, resource scopes only",
        ),
        Grant::PersonalToken => (
            Auth(132),
            "an enabled application with scopes, and a policy that lets this user issue",
        ),
        Grant::ServiceToken => (
            Auth(122),
            "an administrator, an allowed system user, and the policy `AdministratorsOnly`",
        ),
        Grant::InstalledServiceToken => (
            Auth(354),
            "an administrator who opens the link, and `requestSecret=true`",
        ),
    }
}

/// What a check that did not pass has to say.
fn words(checked: &Checked, case: &GrantCase<'_>, readings: &Readings) -> String {
    let (record, request) = (&case.record, &case.request);
    let fixed = match (checked.check, checked.finding.rule) {
        (GrantCheck::Client, Auth(124)) => "`IsEnabled=false`: the application is switched off",
        (GrantCheck::Client, Auth(129)) => {
            "`ClientType=None`: the record is a note, no flow works with it"
        }
        (GrantCheck::Client, Gap(18)) => {
            "this server wants `-service` after the `client_id` of an application with both flows"
        }
        (GrantCheck::Client, _) => {
            return format!(
                "`client_id` is `{}`, the record's `ApplicationUri` is `{}`; they are compared letter by letter",
                request.client_id, record.application_uri
            );
        }
        (GrantCheck::Redirect, Lint(9)) => {
            "`ImpersonateLoginUrl` is empty: no sign-in can come back"
        }
        (GrantCheck::Redirect, Auth(119)) => {
            "the redirect URI is registered with blanks around it; whether the instance trims them is not documented"
        }
        (GrantCheck::Redirect, _) => {
            return format!(
                "`{}` is not in `ImpersonateLoginUrl` (`{}`); case, port and trailing slash count",
                request.redirect_uri, record.impersonate_login_url
            );
        }
        (GrantCheck::Flow, Auth(164)) => {
            "`code id_token` cannot come back with `response_mode=query`"
        }
        (GrantCheck::Flow, Lint(7)) => "client credentials need `ClientType=Confidential`",
        (GrantCheck::Flow, Gap(10)) => {
            "whether a public client may use `code id_token` is not documented clearly"
        }
        (GrantCheck::Flow, _) => "this server's clients use the other response type",
        (GrantCheck::Scope, _) => return scope_words(checked, case, readings),
        (GrantCheck::Pkce, Auth(161)) => {
            "the `code_verifier` does not belong to the `code_challenge`"
        }
        (GrantCheck::Pkce, Auth(162)) => {
            "`code_challenge_method` is `plain` or missing; only `S256` is accepted"
        }
        (GrantCheck::Pkce, _) => "a public client must send a `code_challenge`",
        (GrantCheck::Nonce, _) => "`code id_token` needs a `nonce`",
        (GrantCheck::Credential, Auth(341)) => {
            "a public client sends a secret: documented as `invalid_client`, accepted by stock IdentityServer4"
        }
        (GrantCheck::Credential, Lint(2)) => {
            "`ApplicationSecretHash` is empty: no secret can match"
        }
        (GrantCheck::Credential, Auth(114)) => {
            "`ApplicationSecretHash` is not padded base64 of a SHA-256"
        }
        (GrantCheck::Credential, Auth(340)) => {
            "a confidential client must send its `client_secret`"
        }
        (GrantCheck::Credential, _) if checked.finding.verdict == Verdict::Unknown => {
            "whether the secret matches `ApplicationSecretHash` was not compared"
        }
        (GrantCheck::Credential, _) => "the secret does not match `ApplicationSecretHash`",
        (GrantCheck::SystemUser, Lint(5)) => "`SystemUserAllowed=true`, but `SystemUser` is empty",
        (GrantCheck::SystemUser, Gap(16)) => {
            "this server wants `ImpersonateAsInternalUserAllowed=true` for services"
        }
        (GrantCheck::SystemUser, _) => {
            "`SystemUserAllowed=false`: the application may not act as itself"
        }
        (GrantCheck::Policy, Gap(42)) => {
            "under `AuthenticatedUsers` one page lets administrators issue SATs, another wants `AdministratorsOnly`"
        }
        (GrantCheck::Policy, Auth(354)) => {
            "without `requestSecret=true` an install link delivers no credentials"
        }
        (GrantCheck::Policy, _) => {
            let who = if case.user.is_admin {
                "an administrator"
            } else {
                "a user who is no administrator"
            };
            return format!(
                "`ReferenceTokens={}` does not let {who} issue it",
                record.reference_tokens
            );
        }
        (GrantCheck::User, Lint(10)) => "both impersonation flags are false: nobody may sign in",
        (GrantCheck::User, Auth(187)) => {
            "the user is not signed in, and `prompt=none` forbids to ask"
        }
        (GrantCheck::User, Gap(60)) => "the user cancelled or refused consent",
        (GrantCheck::User, Auth(345)) => "an administrator of the instance must open the link",
        (GrantCheck::User, Auth(152)) => {
            "external users have no API access, so what their PAT would open is not documented"
        }
        (GrantCheck::User, _) if checked.finding.verdict == Verdict::Unknown => {
            return format!(
                "what a user of kind {} may do is not documented",
                case.user.kind
            );
        }
        (GrantCheck::User, _) if case.user.kind.cannot_sign_in() => {
            return format!("a user of kind {} cannot sign in", case.user.kind);
        }
        (GrantCheck::User, _) if !case.user.is_active => "the user is not active",
        (GrantCheck::User, _) => {
            return format!(
                "a user of kind {} may not sign in: the flag for this kind is false",
                case.user.kind
            );
        }
        (GrantCheck::Proof, Gap(45)) => {
            "whether a token without an end can be issued is not documented clearly"
        }
        (GrantCheck::Proof, Gap(6)) => {
            "the sign-in is 30 days old; whether refreshing extends that is not documented"
        }
        (GrantCheck::Proof, Auth(190)) => {
            "the refresh token of a public client ends after 24 hours"
        }
        (GrantCheck::Proof, _) => match request.proof {
            Proof::Expired => "the code or refresh token has expired",
            Proof::Consumed => "the code or refresh token was used before; each works once",
            Proof::Revoked => "the refresh token was revoked: logout, password change, or by hand",
            Proof::Foreign => "the code or refresh token was issued to another client",
            Proof::Live | Proof::Unverified => "nothing is known about the code or refresh token",
        },
    };
    fixed.to_owned()
}

fn scope_words(checked: &Checked, case: &GrantCase<'_>, readings: &Readings) -> String {
    let (record, request) = (&case.record, &case.request);
    match checked.finding.rule {
        Auth(141) => "the authorize endpoint wants a `scope` parameter".to_owned(),
        Auth(137) => "`profile`, and `code id_token`, need `openid`".to_owned(),
        Auth(138) => "client credentials carry neither `openid` nor `profile` nor `offline_access`".to_owned(),
        Auth(140) => "no scope is requested, and the record's `Scope` has none to fall back on".to_owned(),
        Auth(152) => {
            "external users get identity tokens only; whether more scopes fail the sign-in or are dropped is not \
             documented"
                .to_owned()
        }
        Gap(4) => "whether public clients get `offline_access` is documented both ways".to_owned(),
        Gap(22) => "this server wants protocol scopes listed in `Scope`, too".to_owned(),
        Auth(146) => "`sec` is reserved for the platform".to_owned(),
        Auth(147) => "`DomainApi` is obsolete; current servers may not know it".to_owned(),
        Auth(134) => "what scopes other than `read` and `update` mean is not documented".to_owned(),
        Auth(155) if ScopeFlags::from_text(request.scope.as_deref().unwrap_or_default()).is_empty() => {
            "a reference token needs at least one of `read` and `update`".to_owned()
        }
        _ => {
            let missing = unlisted(record, request, readings);
            format!(
                "the record's `Scope` is `{}`: `{missing}` is not in it, and one scope too many fails the whole request",
                record.scope
            )
        }
    }
}
