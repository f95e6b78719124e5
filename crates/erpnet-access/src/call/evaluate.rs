//! The decision itself: nine checks in a fixed order, the lowest answer wins.

use std::fmt;

use erpnet_types::Timestamp;
use serde::Serialize;

use super::facts::{ApplicationState, Audiences, CallFacts, Carrier, Issuer, TokenKind};
use super::operation::Operation;
use crate::readings::Readings;
use crate::rule::RuleId;
use crate::rule::RuleId::{Auth, Gap};
use crate::scopes::ScopeFlags;
use crate::user::UserType;
use crate::verdict::{Finding, Verdict};

/// One check of a call, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CallCheck {
    /// Does the API do this at all?
    Operation,
    /// Does this kind of token open it?
    Kind,
    /// Does the token travel as its kind must?
    Carrier,
    /// Was it issued by the instance that is called?
    Issuer,
    /// Is it valid now?
    Time,
    /// Is it meant for this API?
    Audience,
    /// Do its scopes cover the operation?
    Scope,
    /// Is the application enabled?
    Application,
    /// May this kind of user use this API?
    User,
}

impl CallCheck {
    /// Every check, in order.
    pub const ALL: [Self; 9] = [
        Self::Operation,
        Self::Kind,
        Self::Carrier,
        Self::Issuer,
        Self::Time,
        Self::Audience,
        Self::Scope,
        Self::Application,
        Self::User,
    ];

    /// A word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Kind => "token kind",
            Self::Carrier => "carrier",
            Self::Issuer => "issuer",
            Self::Time => "time",
            Self::Audience => "audience",
            Self::Scope => "scope",
            Self::Application => "application",
            Self::User => "user",
        }
    }
}

/// Whether the API would accept a call, where that was decided, and by which rule. Reasons come from
/// [`crate::explain_call`], which is not part of the hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct CallDecision {
    /// The answer.
    pub verdict: Verdict,
    /// The rule or gap that decided.
    pub rule: RuleId,
    /// The check that decided: the first with the lowest answer.
    pub check: CallCheck,
}

impl CallDecision {
    /// Whether to send the request: everything but a denial. An unknown is for the server to decide.
    #[must_use]
    pub const fn may_send(self) -> bool {
        !matches!(self.verdict, Verdict::Deny)
    }
}

impl fmt::Display for CallDecision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.verdict {
            Verdict::Allow => write!(f, "allow ({})", self.rule),
            verdict => write!(
                f,
                "{verdict} at the {} ({})",
                self.check.as_str(),
                self.rule
            ),
        }
    }
}

/// Decides whether the API would accept a call. Total, and without allocation.
///
/// Rights of the user and licence slots are not visible from a token: an [`Verdict::Allow`] can still meet a 403 for
/// the user's own rights (AUTH-153) or find no free slot (AUTH-330).
///
/// ```
/// use erpnet_access::{CallFacts, Operation, Readings, RuleId, ScopeFlags, Verdict, evaluate_call};
/// use erpnet_types::Timestamp;
///
/// let now = Timestamp::from_unix_seconds(1_766_505_200);
/// let token = CallFacts::user(ScopeFlags::UPDATE, now);
/// let decision = evaluate_call(&token, Operation::EntityRead, now, &Readings::default());
/// // Whether `update` permits reading is not documented.
/// assert_eq!((decision.verdict, decision.rule), (Verdict::Unknown, RuleId::Gap(19)));
/// ```
#[must_use]
#[inline]
pub fn evaluate_call(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
) -> CallDecision {
    // Nearly all calls: a live token of this instance that is meant for the Domain API, sent as it should be. All checks
    // but the one of scopes pass, so they need not be made one by one. `&` and not `&&`: no branches.
    let own_user = (facts.kind as u8 == TokenKind::User as u8)
        & (facts.user as u8 == UserType::Internal as u8);
    let live = facts.expires.is_some_and(|expires| now < expires)
        & facts.not_before.is_none_or(|from| from <= now);
    let ordinary = (own_user | (facts.kind as u8 == TokenKind::Service as u8))
        & (facts.carrier as u8 == Carrier::Bearer as u8)
        & (facts.issuer as u8 == Issuer::ThisInstance as u8)
        & (facts.application as u8 != ApplicationState::Disabled as u8)
        & facts
            .audiences
            .is_some_and(|audiences| audiences.contains(Audiences::DOMAIN_API))
        & live
        & ((operation as u8) < Operation::Model as u8);
    if ordinary {
        let scopes = facts.scopes.unwrap_or_default();
        let covered = match operation {
            Operation::EntityRead => scopes.contains(ScopeFlags::READ),
            Operation::EntityWrite => scopes.contains(ScopeFlags::UPDATE),
            _ => false,
        };
        let finding = if covered {
            Finding::allow(Auth(149))
        } else {
            check_scope(facts, operation, readings)
        };
        return CallDecision {
            verdict: finding.verdict,
            rule: finding.rule,
            check: CallCheck::Scope,
        };
    }
    evaluate_in_full(facts, operation, now, readings)
}

/// All checks, one by one. Out of line: it would take the registers of the ordinary call.
#[inline(never)]
fn evaluate_in_full(
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
) -> CallDecision {
    let time = check_time(facts, now, readings);
    evaluate_at(facts, operation, time, readings)
}

/// All checks, of which the one of time has been made.
pub(super) fn evaluate_at(
    facts: &CallFacts,
    operation: Operation,
    time: Finding,
    readings: &Readings,
) -> CallDecision {
    // AUTH-012, AUTH-307: what needs no token is not decided by one.
    if operation == Operation::Anonymous {
        return CallDecision {
            verdict: Verdict::Allow,
            rule: Auth(307),
            check: CallCheck::Operation,
        };
    }
    let mut decision = CallDecision {
        verdict: Verdict::Allow,
        rule: Auth(148),
        check: CallCheck::Scope,
    };
    // Written out and not looped: the optimiser sees nine small functions in a row.
    macro_rules! check {
        ($check:expr, $finding:expr) => {
            let finding: Finding = $finding;
            match finding.verdict {
                Verdict::Allow => {
                    if matches!($check, CallCheck::Scope) && decision.verdict == Verdict::Allow {
                        decision.rule = finding.rule;
                    }
                }
                Verdict::Unknown => {
                    if decision.verdict == Verdict::Allow {
                        decision = CallDecision {
                            verdict: Verdict::Unknown,
                            rule: finding.rule,
                            check: $check,
                        };
                    }
                }
                Verdict::Deny => {
                    return CallDecision {
                        verdict: Verdict::Deny,
                        rule: finding.rule,
                        check: $check,
                    };
                }
            }
        };
    }
    check!(CallCheck::Operation, check_operation(operation));
    check!(CallCheck::Kind, check_kind(facts.kind, operation));
    check!(CallCheck::Carrier, check_carrier(facts));
    check!(CallCheck::Issuer, check_issuer(facts));
    check!(CallCheck::Time, time);
    check!(
        CallCheck::Audience,
        check_audience(facts, operation, readings)
    );
    check!(CallCheck::Scope, check_scope(facts, operation, readings));
    check!(CallCheck::Application, check_application(facts, readings));
    check!(CallCheck::User, check_user(facts, operation));
    decision
}

/// One check alone, for explanations.
#[must_use]
pub fn check_call(
    check: CallCheck,
    facts: &CallFacts,
    operation: Operation,
    now: Timestamp,
    readings: &Readings,
) -> Finding {
    if operation == Operation::Anonymous {
        return Finding::allow(Auth(307));
    }
    match check {
        CallCheck::Operation => check_operation(operation),
        CallCheck::Kind => check_kind(facts.kind, operation),
        CallCheck::Carrier => check_carrier(facts),
        CallCheck::Issuer => check_issuer(facts),
        CallCheck::Time => check_time(facts, now, readings),
        CallCheck::Audience => check_audience(facts, operation, readings),
        CallCheck::Scope => check_scope(facts, operation, readings),
        CallCheck::Application => check_application(facts, readings),
        CallCheck::User => check_user(facts, operation),
    }
}

/// AUTH-298: the Table API reads. AUTH-150: what is not known is the server's to decide.
#[inline]
const fn check_operation(operation: Operation) -> Finding {
    match operation {
        Operation::TableWrite => Finding::deny(Auth(298)),
        Operation::Other => Finding::unknown(Auth(150)),
        _ => Finding::allow(Auth(148)),
    }
}

/// AUTH-268: a call needs a token. AUTH-075: an ID token is none. AUTH-221, AUTH-244: `/me` needs a user.
#[inline]
const fn check_kind(kind: TokenKind, operation: Operation) -> Finding {
    match (kind, operation) {
        (TokenKind::Missing, _) => Finding::deny(Auth(268)),
        (TokenKind::Id, _) => Finding::deny(Auth(75)),
        (TokenKind::Service, Operation::Me) => Finding::deny(Auth(221)),
        (TokenKind::ServiceReference, Operation::Me) => Finding::deny(Auth(244)),
        (TokenKind::Reference, Operation::Me) => Finding::unknown(Auth(238)),
        _ => Finding::allow(Auth(255)),
    }
}

/// AUTH-230: API-key headers are for reference tokens. AUTH-231: one carrier per request.
#[inline]
const fn check_carrier(facts: &CallFacts) -> Finding {
    match facts.carrier {
        Carrier::Bearer => Finding::allow(Auth(264)),
        Carrier::ApiKey if facts.kind.is_reference() => Finding::allow(Auth(230)),
        Carrier::ApiKey => Finding::deny(Auth(230)),
        Carrier::Both => Finding::unknown(Auth(231)),
    }
}

/// AUTH-040: the global authority opens no instance. AUTH-041, AUTH-043: a token works where it was issued.
#[inline]
const fn check_issuer(facts: &CallFacts) -> Finding {
    let own = if facts.kind.is_reference() {
        Auth(43)
    } else {
        Auth(41)
    };
    match facts.issuer {
        Issuer::ThisInstance => Finding::allow(own),
        Issuer::OtherInstance => Finding::deny(own),
        Issuer::Global => Finding::deny(Auth(40)),
        Issuer::NotStated => Finding::unknown(own),
    }
}

/// Where an instant lies in the life of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before `nbf`, beyond the skew.
    Early,
    /// Between the two, or nothing is known against it.
    Live,
    /// At `exp` or after it.
    Ended,
}

/// The instants at which a token becomes [`Phase::Live`] and [`Phase::Ended`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lifetime {
    live: Timestamp,
    ended: Timestamp,
}

impl Lifetime {
    /// AUTH-268: the end is the very second of `exp`. AUTH-082: `nbf` with skew. What is not known lies out of reach.
    #[inline]
    pub(super) fn of(facts: &CallFacts, readings: &Readings) -> Self {
        let skew = i64::from(readings.clock_skew_seconds) * 1000;
        Self {
            live: facts
                .not_before
                .map_or(Timestamp::from_unix_millis(i64::MIN), |from| {
                    from.shifted(-skew)
                }),
            ended: facts
                .expires
                .unwrap_or(Timestamp::from_unix_millis(i64::MAX)),
        }
    }

    #[inline]
    pub(super) fn phase(&self, now: Timestamp) -> Phase {
        if now >= self.ended {
            Phase::Ended
        } else if now < self.live {
            Phase::Early
        } else {
            Phase::Live
        }
    }
}

#[inline]
fn check_time(facts: &CallFacts, now: Timestamp, readings: &Readings) -> Finding {
    check_phase(facts, Lifetime::of(facts, readings).phase(now))
}

/// AUTH-268: expired is 401. AUTH-082: so is too early. AUTH-238: what is known of a reference token's end is
/// advisory. AUTH-083: a token whose end cannot be seen is for the server to judge.
#[inline]
pub(super) const fn check_phase(facts: &CallFacts, phase: Phase) -> Finding {
    match (phase, facts.expires) {
        (Phase::Ended, Some(_)) if facts.kind.is_reference() => Finding::unknown(Auth(238)),
        _ if facts.kind.is_reference() => Finding::allow(Auth(239)),
        (Phase::Ended, Some(_)) => Finding::deny(Auth(268)),
        (Phase::Early, _) => Finding::deny(Auth(82)),
        (Phase::Live, Some(_)) => Finding::allow(Auth(268)),
        (Phase::Live | Phase::Ended, None) => Finding::unknown(Auth(83)),
    }
}

/// AUTH-078: a token without an API audience opens no API. AUTH-077: with the audience of another API only, or with
/// the one of old servers, the answer is not documented. `/me` takes the tokens of portals, which have none
/// (AUTH-302).
#[inline]
const fn check_audience(facts: &CallFacts, operation: Operation, readings: &Readings) -> Finding {
    if facts.kind.is_reference() || matches!(operation, Operation::Me) {
        return Finding::allow(Auth(302));
    }
    let Some(audiences) = facts.audiences else {
        return Finding::unknown(Auth(83));
    };
    let wanted = if operation.is_table() {
        Audiences::TABLE_API
    } else {
        Audiences::DOMAIN_API
    };
    let any_api = Audiences::DOMAIN_API
        .union(Audiences::TABLE_API)
        .union(Audiences::OTHER);
    if audiences.contains(wanted) {
        Finding::allow(Auth(77))
    } else if audiences.intersects(any_api) {
        Finding::unknown(Auth(77))
    } else if audiences.contains(Audiences::LEGACY) {
        Finding::of(readings.legacy_audience.verdict(), Auth(77))
    } else {
        Finding::deny(Auth(78))
    }
}

/// AUTH-149 and its exceptions: AUTH-150 (functions, actions, batches), G19 (`update` alone), AUTH-147 (`DomainApi`),
/// AUTH-130 (`sec`), AUTH-302 (`/me`), AUTH-307 (the model).
#[inline]
const fn check_scope(facts: &CallFacts, operation: Operation, readings: &Readings) -> Finding {
    match operation {
        Operation::Function | Operation::Action | Operation::Batch | Operation::Other => {
            return Finding::unknown(Auth(150));
        }
        Operation::Model => return Finding::unknown(Auth(307)),
        // AUTH-244: a PAT works with `/me`, whatever its scopes.
        Operation::Me if facts.kind.is_reference() => return Finding::allow(Auth(244)),
        _ => {}
    }
    let Some(scopes) = facts.scopes else {
        return Finding::unknown(Auth(155));
    };
    match operation {
        Operation::Me
            if scopes.contains(ScopeFlags::OPENID) && scopes.contains(ScopeFlags::PROFILE) =>
        {
            Finding::allow(Auth(302))
        }
        Operation::Me => Finding::of(readings.me_without_profile.verdict(), Auth(302)),
        Operation::EntityRead | Operation::TableRead => read_scope(scopes, readings),
        Operation::SecurityRead => security(read_scope(scopes, readings)),
        Operation::SecurityWrite => security(update_scope(scopes, readings)),
        Operation::RegistrationWrite if !scopes.contains(ScopeFlags::SEC) => {
            Finding::deny(Auth(130))
        }
        Operation::RegistrationWrite => security(update_scope(scopes, readings)),
        _ => update_scope(scopes, readings),
    }
}

#[inline]
const fn read_scope(scopes: ScopeFlags, readings: &Readings) -> Finding {
    if scopes.contains(ScopeFlags::READ) {
        return Finding::allow(Auth(149));
    }
    // Scopes only ever add: with both, the better answer counts.
    let update = if scopes.contains(ScopeFlags::UPDATE) {
        Finding::of(readings.update_implies_read.verdict(), Gap(19))
    } else {
        Finding::deny(Auth(149))
    };
    let legacy = readings.legacy_scope.verdict();
    if scopes.contains(ScopeFlags::DOMAIN_API) && legacy as u8 > update.verdict as u8 {
        Finding::of(legacy, Auth(147))
    } else {
        update
    }
}

#[inline]
const fn update_scope(scopes: ScopeFlags, readings: &Readings) -> Finding {
    if scopes.contains(ScopeFlags::UPDATE) {
        Finding::allow(Auth(149))
    } else if scopes.contains(ScopeFlags::DOMAIN_API) {
        Finding::of(readings.legacy_scope.verdict(), Auth(147))
    } else {
        Finding::deny(Auth(149))
    }
}

/// What `sec` guards beside the registrations is not documented (AUTH-130): a denial stands, an allowance is open.
#[inline]
const fn security(by_scope: Finding) -> Finding {
    match by_scope.verdict {
        Verdict::Allow => Finding::unknown(Auth(130)),
        _ => by_scope,
    }
}

/// AUTH-124 with G57 for JWTs; AUTH-242: reference tokens are resolved anew on each request.
#[inline]
const fn check_application(facts: &CallFacts, readings: &Readings) -> Finding {
    match facts.application {
        ApplicationState::Disabled if facts.kind.is_reference() => Finding::deny(Auth(242)),
        ApplicationState::Disabled => {
            Finding::of(readings.jwt_survives_disabling.verdict(), Gap(57))
        }
        ApplicationState::NotStated | ApplicationState::Enabled => Finding::allow(Auth(124)),
    }
}

/// AUTH-152: external users have no API access, only `/me` (AUTH-302). Tokens that act as a system user are not
/// judged by a user's kind (AUTH-219).
#[inline]
const fn check_user(facts: &CallFacts, operation: Operation) -> Finding {
    match facts.kind {
        TokenKind::Service | TokenKind::ServiceReference => return Finding::allow(Auth(219)),
        // Whether it has a user at all is not known: not for this check to say.
        TokenKind::Reference => return Finding::unknown(Auth(238)),
        _ => {}
    }
    match (facts.user, operation) {
        (UserType::Internal, _) => Finding::allow(Auth(153)),
        (UserType::ExternalCommunity, Operation::Me) => Finding::allow(Auth(302)),
        (UserType::ExternalCommunity, _) => Finding::deny(Auth(152)),
        // Both kinds of users that can sign in may use `/me`.
        (UserType::NotStated, Operation::Me) => Finding::allow(Auth(302)),
        (UserType::NotStated, _) => Finding::unknown(Auth(152)),
        _ => Finding::unknown(Auth(254)),
    }
}
