//! The reasons of a call decision, built only when somebody asks.

use std::borrow::Cow;

use erpnet_types::Timestamp;

use super::evaluate::{CallCheck, check_call, evaluate_call};
use super::facts::{ApplicationState, CallFacts, Carrier, Issuer, TokenKind};
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
    } else if facts.scopes.is_some_and(|scopes| scopes.contains(wanted)) {
        format!("the record's `Scope` no longer lists `{wanted}`: this token still has it, the next one will not").into()
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

/// The smallest set of changes: all sets are tried, the small ones first.
fn remedy(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
    record: Option<&TrustedApplication>,
) -> Remedy {
    let start = evaluate_call(facts, operation, now, readings).verdict;
    if start == Verdict::Allow {
        return Remedy::NotNeeded;
    }
    let none = Remedy::NoneExists {
        because: Cow::Borrowed(hopeless(operation, facts)),
    };
    let reaches = ceiling(facts, operation, now, readings);
    if reaches <= start {
        return none;
    }
    let all = candidates(facts, operation, now);
    let found = (1..=all.len()).find_map(|size| {
        let mut chosen = Vec::with_capacity(size);
        search(
            &all,
            size,
            facts,
            &mut chosen,
            &|facts| evaluate_call(facts, operation, now, readings).verdict == reaches,
            now,
        )
        .then_some(chosen)
    });
    match found {
        Some(chosen) => {
            let mut changes: Vec<Change> = chosen.into_iter().cloned().collect();
            in_record(&mut changes, record);
            Remedy::Changes { changes, reaches }
        }
        None => none,
    }
}

/// The best answer that any token gets for an operation. With scopes that nobody stated, "unknown" is within reach
/// where stating them would end in a denial.
fn ceiling(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
) -> Verdict {
    let known = facts.scopes.unwrap_or_default();
    let everything = ScopeFlags::RESOURCE | ScopeFlags::OPENID | ScopeFlags::PROFILE | known;
    let ideal = CallFacts::user(everything, now);
    let best = evaluate_call(&ideal, operation, now, readings).verdict;
    if facts.scopes.is_some() || matches!(facts.kind, TokenKind::Missing | TokenKind::Id) {
        return best;
    }
    let unstated = CallFacts {
        scopes: None,
        ..ideal
    };
    best.max(evaluate_call(&unstated, operation, now, readings).verdict)
}

/// The changes that alter anything, the gentle ones first.
fn candidates(facts: &CallFacts, operation: Operation, now: Timestamp) -> Vec<Change> {
    let scopes = facts.scopes.unwrap_or_default();
    let wanted = match operation {
        Operation::EntityRead | Operation::TableRead | Operation::SecurityRead => ScopeFlags::READ,
        Operation::EntityWrite | Operation::SecurityWrite | Operation::RegistrationWrite => {
            ScopeFlags::UPDATE
        }
        Operation::Me => ScopeFlags::OPENID | ScopeFlags::PROFILE,
        _ => ScopeFlags::READ,
    };
    let all = [
        Change::SendAsBearer,
        Change::Enable,
        Change::StateUser,
        Change::StateKind,
        Change::StateScopes,
        Change::RenewToken,
        Change::RequestScopes(wanted.without(scopes)),
        Change::UseInstanceAuthority,
        Change::UseToken(TokenKind::Service),
        Change::UseToken(TokenKind::User),
        Change::UseInternalUser,
    ];
    all.into_iter()
        .filter(|change| apply(change, facts, now) != *facts || facts.kind == TokenKind::Missing)
        .collect()
}

/// Tries all sets of `size` changes, in order.
fn search<'a>(
    all: &'a [Change],
    size: usize,
    facts: &CallFacts,
    chosen: &mut Vec<&'a Change>,
    good: &impl Fn(&CallFacts) -> bool,
    now: Timestamp,
) -> bool {
    if size == 0 {
        return good(facts);
    }
    for (index, change) in all.iter().enumerate() {
        let rest = all.get(index + 1..).unwrap_or_default();
        chosen.push(change);
        if search(
            rest,
            size - 1,
            &apply(change, facts, now),
            chosen,
            good,
            now,
        ) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// What the record needs first, so that the application may ask for the scopes.
fn in_record(changes: &mut Vec<Change>, record: Option<&TrustedApplication>) {
    let Some(record) = record else { return };
    let wanted = changes
        .iter()
        .fold(ScopeFlags::EMPTY, |wanted, change| match change {
            Change::RequestScopes(scopes) => wanted | scopes.intersection(ScopeFlags::RESOURCE),
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

/// The facts after a change: what a test (and a what-if) evaluates.
fn apply(change: &Change, facts: &CallFacts, now: Timestamp) -> CallFacts {
    let mut after = *facts;
    match change {
        Change::RequestScopes(scopes) => {
            after.scopes = Some(facts.scopes.unwrap_or_default() | *scopes);
            renew(&mut after, now);
        }
        Change::UseToken(kind) => {
            after.kind = *kind;
            after.carrier = Carrier::Bearer;
            if matches!(facts.kind, TokenKind::Missing | TokenKind::Id) {
                // Nothing was requested yet.
                after.scopes = Some(facts.scopes.unwrap_or_default());
            }
            after.issuer = Issuer::ThisInstance;
            if *kind == TokenKind::User && facts.user == UserType::NotStated {
                after.user = UserType::Internal;
            }
            renew(&mut after, now);
        }
        Change::UseInstanceAuthority => {
            after.issuer = Issuer::ThisInstance;
            renew(&mut after, now);
        }
        Change::RenewToken => renew(&mut after, now),
        Change::SendAsBearer => after.carrier = Carrier::Bearer,
        Change::StateUser if facts.user == UserType::NotStated => after.user = UserType::Internal,
        Change::UseInternalUser => after.user = UserType::Internal,
        Change::StateScopes if facts.scopes.is_none() => after.scopes = Some(ScopeFlags::RESOURCE),
        Change::StateKind if facts.kind == TokenKind::Reference => after.kind = TokenKind::Personal,
        Change::Enable if facts.application == ApplicationState::Disabled => {
            after.application = ApplicationState::Enabled;
        }
        _ => {}
    }
    after
}

/// A new token is valid now, and its audiences follow its scopes (AUTH-078).
fn renew(after: &mut CallFacts, now: Timestamp) {
    let fresh = CallFacts::user(after.scopes.unwrap_or_default(), now);
    (after.not_before, after.expires) = (fresh.not_before, fresh.expires);
    if after.scopes.is_some() {
        after.audiences = fresh.audiences;
    }
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
