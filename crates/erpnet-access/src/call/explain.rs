//! The reasons of a call decision, built only when somebody asks.

use std::borrow::Cow;

use erpnet_types::Timestamp;

use super::evaluate::{CallCheck, check_call, evaluate_call};
use super::facts::{ApplicationState, Audiences, CallFacts, Carrier, Issuer, TokenKind};
use super::operation::Operation;
use crate::change::Change;
use crate::explain::{Explanation, Reason, Remedy, Stage};
use crate::readings::Readings;
use crate::record::TrustedApplication;
use crate::rule::RuleId::Auth;
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::verdict::{Finding, Verdict};

/// Explains the decision of [`evaluate_call`] for the same inputs. The record, when at hand, shows whether the
/// application may ask for what the call needs.
///
/// ```
/// use erpnet_access::{CallFacts, Operation, Readings, ScopeFlags, explain_call};
/// use erpnet_types::Timestamp;
///
/// let now = Timestamp::from_unix_seconds(1_766_505_200);
/// let token = CallFacts::service(ScopeFlags::READ, now);
/// let why = explain_call(&token, Operation::EntityWrite, now, &Readings::default(), None);
/// assert!(why.to_string().contains("request a new token with scope `update`"));
/// ```
#[must_use]
pub fn explain_call(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
    record: Option<&TrustedApplication>,
) -> Explanation {
    let decision = evaluate_call(facts, operation, now, readings);
    let mut path = Vec::with_capacity(5);
    for (stage, checks) in STAGES {
        let mut lowest = CallCheck::Operation;
        let mut finding = Finding::allow(Auth(148));
        for (index, check) in checks.iter().copied().enumerate() {
            let this = check_call(check, facts, operation, now, readings);
            // The scope speaks for what was granted when nothing else objects.
            let speaks = check == CallCheck::Scope && finding.verdict == Verdict::Allow;
            if index == 0 || this.verdict < finding.verdict || speaks {
                (lowest, finding) = (check, this);
            }
        }
        let text = words(lowest, finding.verdict, facts, operation);
        path.push(Reason {
            stage,
            verdict: finding.verdict,
            rule: finding.rule,
            text,
        });
        if stage == Stage::Requested {
            path.push(needed(operation));
        }
    }
    let remedy = remedy(facts, operation, now, readings, record);
    if let (Some(record), Some(reason)) = (
        record,
        path.iter_mut()
            .find(|reason| reason.stage == Stage::Configured),
    ) {
        configured(reason, record, operation, facts);
    }
    Explanation {
        verdict: decision.verdict,
        rule: decision.rule,
        subject: subject(operation, facts.kind),
        path,
        remedy,
    }
}

const STAGES: [(Stage, &[CallCheck]); 4] = [
    (Stage::Requested, &[CallCheck::Operation]),
    (
        Stage::Granted,
        &[
            CallCheck::Kind,
            CallCheck::Carrier,
            CallCheck::Issuer,
            CallCheck::Time,
            CallCheck::Audience,
            CallCheck::Scope,
        ],
    ),
    (Stage::Configured, &[CallCheck::Application]),
    (Stage::User, &[CallCheck::User]),
];

fn subject(operation: Operation, kind: TokenKind) -> Cow<'static, str> {
    let mut text = String::with_capacity(64);
    for part in [
        operation.as_str(),
        " with ",
        if kind == TokenKind::Missing { "" } else { "a " },
        kind.as_str(),
    ] {
        text.push_str(part);
    }
    Cow::Owned(text)
}

/// What the rules want for an operation.
fn needed(operation: Operation) -> Reason {
    let (rule, text) = match operation {
        Operation::EntityRead => (
            Auth(149),
            "a token of this instance for the Domain API with scope `read`",
        ),
        Operation::EntityWrite => (
            Auth(149),
            "a token of this instance for the Domain API with scope `update`",
        ),
        Operation::SecurityRead => (
            Auth(130),
            "scope `read`; whether `sec` is needed too is not documented",
        ),
        Operation::SecurityWrite => (
            Auth(130),
            "scope `update`; whether `sec` is needed too is not documented",
        ),
        Operation::RegistrationWrite => (
            Auth(130),
            "a database administrator and the scope `sec`, which is reserved for the platform",
        ),
        Operation::Function | Operation::Action | Operation::Batch => (
            Auth(150),
            "a token of this instance; which scope depends on what it does inside",
        ),
        Operation::Model => (
            Auth(307),
            "a token of this instance; its scopes are not documented",
        ),
        Operation::TableRead => (
            Auth(298),
            "a token of this instance for the Table API with scope `read`",
        ),
        Operation::TableWrite => (Auth(298), "another API: the Table API only reads"),
        Operation::Me => (
            Auth(301),
            "a token with a user: a user access token with `openid profile`, or a PAT",
        ),
        Operation::Anonymous => (Auth(307), "no token"),
        Operation::Other => (Auth(150), "not documented"),
    };
    let verdict = if operation == Operation::TableWrite {
        Verdict::Deny
    } else {
        Verdict::Allow
    };
    Reason {
        stage: Stage::Needed,
        verdict,
        rule,
        text: Cow::Borrowed(text),
    }
}

/// What a check has to say.
fn words(
    check: CallCheck,
    verdict: Verdict,
    facts: &CallFacts,
    operation: Operation,
) -> Cow<'static, str> {
    let fixed = match (check, verdict) {
        (CallCheck::Operation, Verdict::Allow | Verdict::Deny) => operation.as_str(),
        (CallCheck::Operation, Verdict::Unknown) => "an endpoint that the rules say nothing about",
        (CallCheck::Kind, Verdict::Deny) => match facts.kind {
            TokenKind::Missing => "there is no token",
            TokenKind::Id => "an ID token says who signed in; only an access token opens an API",
            _ => "the token acts as the system user, and `/me` needs a signed-in user",
        },
        (CallCheck::Kind, Verdict::Unknown) => {
            "whether this reference token has a user (PAT) or not (SAT) is not stated"
        }
        (
            CallCheck::Kind | CallCheck::Issuer | CallCheck::Time | CallCheck::Audience,
            Verdict::Allow,
        ) => facts.kind.as_str(),
        (CallCheck::Carrier, Verdict::Deny) => {
            "a JWT travels in an API-key header; only reference tokens may"
        }
        (CallCheck::Carrier, _) => match facts.carrier {
            Carrier::Both => {
                "`Authorization` and an API-key header in one request: what wins is not documented"
            }
            Carrier::Bearer | Carrier::ApiKey => "one header carries the token",
        },
        (CallCheck::Issuer, _) => match facts.issuer {
            Issuer::Global => {
                "the token comes from the global authority `id.erp.net`, which issues none for instance APIs"
            }
            Issuer::OtherInstance => "the token belongs to another instance",
            Issuer::NotStated => "who issued the token is not known",
            Issuer::ThisInstance => "issued by this instance",
        },
        (CallCheck::Time, Verdict::Deny) => {
            if facts.expires.is_some() {
                return time_words(facts);
            }
            "the token is not valid now"
        }
        (CallCheck::Time, Verdict::Unknown) => {
            "the token is past its stated end, or its end is not known"
        }
        (CallCheck::Audience, Verdict::Deny) => {
            "the token has no API audience: it was requested without `read` or `update`"
        }
        (CallCheck::Audience, Verdict::Unknown) => {
            "the token names other audiences than this API, or none that can be seen"
        }
        (CallCheck::Scope, _) => return scope_words(verdict, facts, operation),
        (CallCheck::Application, Verdict::Allow) => match facts.application {
            ApplicationState::Enabled => "the application is enabled",
            _ => "nothing is known against the application",
        },
        (CallCheck::Application, Verdict::Unknown) => {
            "the application is disabled; whether issued JWTs still work until they expire is not documented"
        }
        (CallCheck::Application, Verdict::Deny) => "the application is disabled",
        (CallCheck::User, Verdict::Allow) => match (facts.kind, operation) {
            (_, Operation::Anonymous) => "nobody",
            (TokenKind::Service | TokenKind::ServiceReference, _) => {
                "acts as the system user, within that user's rights"
            }
            _ if facts.user == UserType::Internal => {
                "an internal user, within the user's own rights"
            }
            _ => "internal and external users may use `/me`",
        },
        (CallCheck::User, Verdict::Deny) => {
            "external users sign in but have no API access; the application calls as itself"
        }
        (CallCheck::User, Verdict::Unknown) => match (facts.kind, facts.user) {
            (TokenKind::Reference, _) => {
                "whether the token acts as a user (PAT) or the system user (SAT) is not stated"
            }
            (_, UserType::NotStated) => {
                "the kind of the user is not stated: internal users may, external ones may not"
            }
            _ => "what users of this kind may do is not documented",
        },
    };
    Cow::Borrowed(fixed)
}

fn time_words(facts: &CallFacts) -> Cow<'static, str> {
    match (facts.not_before, facts.expires) {
        (Some(from), Some(until)) => {
            format!("the token is valid from {from} to {until}, and not now").into()
        }
        (_, Some(until)) => format!("the token expired at {until}").into(),
        _ => "the token is not valid now".into(),
    }
}

fn scope_words(verdict: Verdict, facts: &CallFacts, operation: Operation) -> Cow<'static, str> {
    let Some(scopes) = facts.scopes else {
        return "the scopes of the token are not stated".into();
    };
    if operation == Operation::Anonymous {
        return "no token is looked at".into();
    }
    let mut text = String::with_capacity(96);
    text.push_str(facts.kind.as_str());
    text.push_str(if scopes.is_empty() {
        " without scopes"
    } else {
        " with `"
    });
    for (index, name) in scopes.names().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(name);
    }
    if !scopes.is_empty() {
        text.push('`');
    }
    text.push_str(match (verdict, operation) {
        (Verdict::Allow, _) => "",
        (_, Operation::Function | Operation::Action | Operation::Batch | Operation::Other) => {
            "; the server decides by what the operation does"
        }
        (_, Operation::Model) => "; which scope the model needs is not documented",
        (_, Operation::Me) => "; which scopes `/me` needs is not documented",
        (Verdict::Deny, Operation::RegistrationWrite) if !scopes.contains(ScopeFlags::SEC) => {
            "; `sec` is missing and applications never get it"
        }
        (Verdict::Deny, Operation::EntityRead | Operation::TableRead | Operation::SecurityRead) => {
            "; `read` is missing"
        }
        (Verdict::Deny, _) => "; `update` is missing",
        (_, Operation::RegistrationWrite | Operation::SecurityRead | Operation::SecurityWrite) => {
            "; what the security namespace wants beyond that is not documented"
        }
        _ if scopes.contains(ScopeFlags::UPDATE) => {
            "; whether `update` alone permits reading is not documented"
        }
        _ => "; what the obsolete `DomainApi` permits is not documented",
    });
    Cow::Owned(text)
}

/// What the record says about the scope that the operation needs.
fn configured(
    reason: &mut Reason,
    record: &TrustedApplication,
    operation: Operation,
    facts: &CallFacts,
) {
    if reason.verdict != Verdict::Allow {
        return;
    }
    let wanted = scope_for(operation, facts.scopes.unwrap_or_default());
    let have = record.scope_flags();
    reason.rule = Auth(125);
    reason.text = if wanted.is_empty() {
        "the record does not stand against it".into()
    } else if have.contains(wanted) {
        format!("the record's `Scope` lists `{wanted}`: the application may ask for it").into()
    } else {
        reason.verdict = Verdict::Deny;
        format!(
            "the record's `Scope` is `{}`: the application cannot ask for `{wanted}`",
            record.scope
        )
        .into()
    };
}

/// The scope whose presence the operation turns on.
fn scope_for(operation: Operation, scopes: ScopeFlags) -> ScopeFlags {
    match operation {
        Operation::EntityRead | Operation::TableRead | Operation::SecurityRead => ScopeFlags::READ,
        Operation::EntityWrite | Operation::SecurityWrite | Operation::RegistrationWrite => {
            ScopeFlags::UPDATE
        }
        Operation::Me => ScopeFlags::EMPTY,
        _ => scopes.intersection(ScopeFlags::RESOURCE),
    }
}

/// The smallest set of changes. Each check is mended by one change and the checks do not share one, so mending the
/// first that objects, again and again, ends with the fewest; `tests/change_reference.rs` compares with all subsets.
fn remedy(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
    record: Option<&TrustedApplication>,
) -> Remedy {
    let start = evaluate_call(facts, operation, now, readings);
    if start.verdict == Verdict::Allow {
        return Remedy::NotNeeded;
    }
    let mut changed = *facts;
    let mut changes: Vec<Change> = Vec::new();
    let mut reaches = start.verdict;
    let mut kept = 0;
    while let Some(change) = mend(&changed, operation, now, readings) {
        changed = apply(&change, &changed, now);
        if changes.contains(&change) {
            break;
        }
        changes.push(change);
        let verdict = evaluate_call(&changed, operation, now, readings).verdict;
        if verdict > reaches {
            (reaches, kept) = (verdict, changes.len());
        }
        if verdict == Verdict::Allow {
            break;
        }
    }
    // What was tried after the last rise did not help.
    changes.truncate(kept);
    if changes.is_empty() {
        return Remedy::NoneExists {
            because: Cow::Borrowed(hopeless(operation, facts)),
        };
    }
    if let Some(record) = record {
        let wanted = changes
            .iter()
            .fold(ScopeFlags::EMPTY, |wanted, change| match change {
                Change::RequestScopes(scopes) => {
                    wanted.union(scopes.intersection(ScopeFlags::RESOURCE))
                }
                _ => wanted,
            });
        let missing = wanted.without(record.scope_flags());
        if !missing.is_empty() {
            changes.insert(0, Change::AddScopes(missing));
        }
        if !record.is_enabled && !changes.contains(&Change::Enable) {
            changes.insert(0, Change::Enable);
        }
    }
    Remedy::Changes { changes, reaches }
}

/// The change that mends the first check which stands in the way.
fn mend(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
) -> Option<Change> {
    let order = [Verdict::Deny, Verdict::Unknown];
    for wanted in order {
        for check in CallCheck::ALL {
            if check_call(check, facts, operation, now, readings).verdict == wanted {
                if let Some(change) = mend_check(check, facts, operation) {
                    return Some(change);
                }
                if wanted == Verdict::Deny {
                    // One denial that nothing mends makes all other changes pointless.
                    return None;
                }
            }
        }
    }
    None
}

fn mend_check(check: CallCheck, facts: &CallFacts, operation: Operation) -> Option<Change> {
    let scopes = facts.scopes.unwrap_or_default();
    match check {
        CallCheck::Operation => None,
        CallCheck::Kind => Some(match (facts.kind, operation) {
            (TokenKind::Reference, _) => Change::StateKind,
            (_, Operation::Me) => Change::UseToken(TokenKind::User),
            _ if facts.user == UserType::ExternalCommunity => Change::UseToken(TokenKind::Service),
            (TokenKind::Id, _) => Change::UseToken(TokenKind::User),
            _ => Change::UseToken(TokenKind::Service),
        }),
        CallCheck::Carrier => Some(Change::SendAsBearer),
        CallCheck::Issuer => Some(Change::UseInstanceAuthority),
        CallCheck::Time => Some(Change::RenewToken),
        // The audience comes with the resource scopes.
        CallCheck::Audience => Some(
            match scope_for(operation, ScopeFlags::READ).without(scopes) {
                ScopeFlags::EMPTY => Change::RenewToken,
                missing => Change::RequestScopes(missing),
            },
        ),
        CallCheck::Scope if operation == Operation::Me => Some(Change::RequestScopes(
            (ScopeFlags::OPENID | ScopeFlags::PROFILE).without(scopes),
        )),
        CallCheck::Scope if operation == Operation::RegistrationWrite => None,
        CallCheck::Scope => match (facts.scopes, scope_for(operation, ScopeFlags::EMPTY)) {
            (_, ScopeFlags::EMPTY) => None,
            (None, _) => Some(Change::StateScopes),
            (Some(scopes), wanted) if scopes.contains(wanted) => None,
            (Some(_), wanted) => Some(Change::RequestScopes(wanted)),
        },
        CallCheck::Application => Some(Change::Enable),
        CallCheck::User => match (facts.kind, facts.user) {
            (TokenKind::Reference, _) => Some(Change::StateKind),
            (_, UserType::NotStated) => Some(Change::StateUser),
            (_, UserType::ExternalCommunity) => Some(Change::UseToken(TokenKind::Service)),
            _ => Some(Change::UseInternalUser),
        },
    }
}

/// The facts after a change: what a test (and a what-if) evaluates.
fn apply(change: &Change, facts: &CallFacts, now: Timestamp) -> CallFacts {
    let mut after = *facts;
    match change {
        Change::RequestScopes(scopes) => {
            let all = facts.scopes.unwrap_or_default() | *scopes;
            after.scopes = Some(all);
            if all.intersects(ScopeFlags::RESOURCE) {
                after.audiences = Some(Audiences::API);
            }
        }
        Change::UseToken(kind) => {
            after.kind = *kind;
            after.carrier = Carrier::Bearer;
            let user = *kind == TokenKind::User;
            after.user = match facts.user {
                UserType::NotStated if user => UserType::Internal,
                user => user,
            };
            let fresh = CallFacts::user(facts.scopes.unwrap_or_default(), now);
            after.issuer = Issuer::ThisInstance;
            (after.not_before, after.expires) = (fresh.not_before, fresh.expires);
            if facts.kind.is_reference()
                || facts.kind == TokenKind::Missing
                || facts.kind == TokenKind::Id
            {
                after.audiences = fresh.audiences;
                after.scopes = fresh.scopes;
            }
        }
        Change::UseInstanceAuthority => after.issuer = Issuer::ThisInstance,
        Change::RenewToken => {
            let fresh = CallFacts::user(facts.scopes.unwrap_or_default(), now);
            (after.not_before, after.expires) = (fresh.not_before, fresh.expires);
            after.audiences = fresh.audiences;
        }
        Change::SendAsBearer => after.carrier = Carrier::Bearer,
        Change::StateUser | Change::UseInternalUser => after.user = UserType::Internal,
        Change::StateScopes => after.scopes = Some(ScopeFlags::RESOURCE),
        Change::StateKind => after.kind = TokenKind::Personal,
        Change::Enable => after.application = ApplicationState::Enabled,
        _ => {}
    }
    after
}

impl CallFacts {
    /// The facts as they would be after a change: a new token where the change asks for one, valid from `now`.
    #[must_use]
    pub fn after(&self, change: &Change, now: Timestamp) -> Self {
        apply(change, self, now)
    }
}

fn hopeless(operation: Operation, facts: &CallFacts) -> &'static str {
    match operation {
        Operation::TableWrite => "the Table API only reads; write through the Domain API",
        Operation::RegistrationWrite => {
            "an administrator registers applications, by install link or in the Instance Manager"
        }
        Operation::SecurityRead | Operation::SecurityWrite if facts.scopes.is_some() => {
            "what the security namespace wants is not documented; the server decides"
        }
        _ => "the documentation leaves it open, and only the server can tell: send it and see",
    }
}
