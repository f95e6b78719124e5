//! Which authority, which flow? The question that the product's documentation opens with.

mod goal;
mod plan;
mod settings;

pub use goal::{ActsAs, ApiNeed, Goal};
pub use plan::{AuthorityChoice, Flow, Plan, PlanReason};
pub use settings::{Setting, settings_for};

use crate::preset::ApplicationType;
use crate::rule::RuleId::{Auth, Gap};
use crate::scopes::ScopeFlags;

/// From what somebody wants to what to register and to call.
///
/// ```
/// use erpnet_access::{ApiNeed, ApplicationType, Goal, advise};
///
/// let portal = Goal { signs_users_in: true, external_users: true, has_backend: true, ..Goal::calls(ApiNeed::Read) };
/// let plan = advise(&portal);
/// assert_eq!(plan.application, ApplicationType::Portal);
/// assert_eq!(plan.sign_in_scopes.to_string(), "openid profile");
/// assert_eq!(plan.service_scopes.to_string(), "read");
/// ```
#[must_use]
pub fn advise(goal: &Goal) -> Plan {
    let application = choose(goal);
    let mut plan = Plan::new(application, goal);
    conflicts(goal, &mut plan);
    reasons(goal, &mut plan);
    plan
}

/// The decision table of section 4, top to bottom (AUTH-091: by how the APIs are called).
fn choose(goal: &Goal) -> ApplicationType {
    let api = goal.api != ApiNeed::None;
    if goal.signs_users_in {
        // AUTH-092: with external users, calls run as the application.
        let as_application = goal.external_users || goal.calls_as == ActsAs::Application;
        return match (api, as_application) {
            (false, _) => ApplicationType::GlobalSignIn,
            (true, true) => ApplicationType::Portal,
            (true, false) if goal.has_backend && goal.unattended => ApplicationType::Hybrid,
            (true, false) if goal.has_backend => ApplicationType::Web,
            (true, false) => ApplicationType::Spa,
        };
    }
    if !api {
        return ApplicationType::GlobalSignIn;
    }
    // AUTH-101, AUTH-102: OAuth first, reference tokens where it is impractical.
    match (goal.oauth_practical && goal.has_backend, goal.calls_as) {
        (_, ActsAs::User) => ApplicationType::AutomationPersonal,
        (true, _) => ApplicationType::Service,
        (false, _) => ApplicationType::AutomationService,
    }
}

fn conflicts(goal: &Goal, plan: &mut Plan) {
    if goal.external_users && goal.calls_as == ActsAs::User && goal.api != ApiNeed::None {
        plan.conflict(
            Auth(92),
            "external users have no API access, so calls cannot run as them: the plan calls as the application",
        );
    }
    let secret = matches!(
        plan.application,
        ApplicationType::Portal
            | ApplicationType::Hybrid
            | ApplicationType::Web
            | ApplicationType::Service
    );
    if secret && !goal.has_backend {
        plan.conflict(Auth(95), "this needs a backend that keeps a secret; without one, users can only call as themselves");
    }
    if plan.application == ApplicationType::Spa && goal.unattended {
        plan.conflict(
            Auth(93),
            "without a backend nothing runs when no user is there: register a service for that",
        );
    }
    if goal.signs_users_in && !goal.oauth_practical {
        plan.conflict(
            Auth(91),
            "users sign in by OAuth only; reference tokens are for unattended work",
        );
    }
    if !goal.signs_users_in && goal.api == ApiNeed::None {
        plan.conflict(
            Auth(91),
            "nobody signs in and no API is called: there is nothing to register",
        );
    }
    if goal.bulk && goal.api == ApiNeed::ReadWrite {
        plan.conflict(
            Auth(298),
            "the Table API only reads: write through the Domain API",
        );
    }
}

fn reasons(goal: &Goal, plan: &mut Plan) {
    use ApplicationType as T;
    match plan.application {
        T::GlobalSignIn => {
            plan.because(
                Auth(39),
                "only the sign-in is wanted: the global authority knows every ERP.net account",
            );
            plan.because(
                Auth(47),
                "the client is registered by ERP.net: a ticket with the hash, never the secret",
            );
            plan.because(
                Auth(50),
                "never request `read` or `update` there: they belong to instances",
            );
            plan.because(
                Auth(46),
                "to accept the users of one instance only, sign in at that instance instead",
            );
            plan.because(
                Gap(56),
                "what else the global authority offers is not documented: rely on the ID token",
            );
        }
        T::Spa => {
            plan.because(Auth(40), "APIs take tokens of their own instance only");
            plan.because(
                Auth(93),
                "no secret can be kept where users are: a public client with PKCE",
            );
        }
        T::Web => {
            plan.because(Auth(40), "APIs take tokens of their own instance only");
            plan.because(Auth(94), "the backend keeps the secret and the tokens");
        }
        T::Portal => {
            plan.because(Auth(92), "users identify themselves, the application calls");
            plan.because(
                Auth(95),
                "one confidential application for both flows; a user's token never calls an API",
            );
        }
        T::Hybrid => {
            plan.because(
                Auth(99),
                "users' tokens and the service's token live in separate stores",
            );
        }
        T::Service => {
            plan.because(Auth(55), "unattended work runs at the instance authority");
            plan.because(
                Auth(102),
                "client credentials: short tokens, renewed by themselves",
            );
        }
        T::AutomationPersonal => {
            plan.because(Auth(97), "a token issued beforehand, no OAuth call at all");
            plan.because(Auth(234), "a PAT acts as the person who issued it");
            plan.because(
                Auth(126),
                "if that person is no administrator, the policy must be `AuthenticatedUsers`: TA-L22 will warn",
            );
        }
        T::AutomationService => {
            plan.because(Auth(97), "a token issued beforehand, no OAuth call at all");
            plan.because(Gap(42), "an administrator issues the SAT; `AdministratorsOnly` is the policy that surely lets them");
        }
    }
    if plan.application != T::GlobalSignIn {
        plan.because(
            Auth(104),
            "the application is registered in each instance that it is used with",
        );
        plan.because(Gap(53), "a getting-started link of the documentation leads to the global page: for APIs it is the wrong one");
    }
    if goal.bulk && goal.api != ApiNeed::None {
        plan.because(
            Auth(98),
            "for bulk reading use the Table API, with `read` only",
        );
    }
    if plan.sign_in_scopes.contains(ScopeFlags::OFFLINE_ACCESS) {
        plan.because(
            Auth(189),
            "`offline_access` asks for a refresh token, so that users stay signed in",
        );
    } else if goal.stays_signed_in && plan.application == T::Spa {
        plan.because(
            Gap(4),
            "whether public clients get refresh tokens is documented both ways: not requested",
        );
    }
}
