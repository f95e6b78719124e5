//! From Basic or ErpLogin to a token (section 15).
//!
//! Both legacy schemes still work and are expected to go (AUTH-379, G40). This module detects them and plans the way
//! out; it never holds a password.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::advise::{ActsAs, ApiNeed, Goal, Plan, advise};
use crate::rule::RuleId;
use crate::rule::RuleId::{Auth, Gap};

/// Which legacy scheme is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyScheme {
    /// `Authorization: Basic` on every call (AUTH-380).
    Basic,
    /// `POST /api/domain/login`, then `Authorization: ErpSession` (AUTH-382).
    ErpLogin,
}

impl LegacyScheme {
    /// Recognises the scheme of an `Authorization` header value, in any case. The value is looked at, not kept.
    ///
    /// ```
    /// use erpnet_access::LegacyScheme;
    ///
    /// assert_eq!(LegacyScheme::of_header("basic dXNlcjpwYXNz"), Some(LegacyScheme::Basic));
    /// assert_eq!(LegacyScheme::of_header("ErpSession 4711"), Some(LegacyScheme::ErpLogin));
    /// assert_eq!(LegacyScheme::of_header("Bearer eyJ.."), None);
    /// ```
    #[must_use]
    pub fn of_header(value: &str) -> Option<Self> {
        let scheme = value.trim_start().split(' ').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case("basic") {
            Some(Self::Basic)
        } else if scheme.eq_ignore_ascii_case("erpsession") {
            Some(Self::ErpLogin)
        } else {
            None
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::ErpLogin => "ErpLogin",
        }
    }
}

/// Whose user name and password are in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyActor {
    /// A backend's own account.
    Backend,
    /// A named person's account.
    NamedPerson,
    /// Whoever types them in.
    PromptedUsers,
    /// A BI tool that only takes credentials or a header.
    BiTool,
}

/// A legacy configuration, without its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LegacySetup<'a> {
    /// The scheme.
    pub scheme: LegacyScheme,
    /// Whose account it is.
    pub actor: LegacyActor,
    /// The login name.
    pub user: &'a str,
    /// ErpLogin's `app`.
    pub app: Option<&'a str>,
    /// ErpLogin's `lang`.
    pub lang: Option<&'a str>,
    /// Whether it logs out and in again (AUTH-388).
    pub cycles_sessions: bool,
    /// Whether it writes.
    pub writes: bool,
}

/// One line of the mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mapping {
    /// What there was.
    pub from: Cow<'static, str>,
    /// What there will be.
    pub to: Cow<'static, str>,
    /// By which rule.
    pub rule: RuleId,
}

/// The way out: what to register, what becomes of each setting, and in which order to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migration {
    /// Where it starts.
    pub from: LegacyScheme,
    /// What to register, and which flow to use.
    pub target: Plan,
    /// What becomes of each setting.
    pub mapping: Vec<Mapping>,
    /// What to do, in this order (AUTH-391).
    pub steps: Vec<&'static str>,
    /// What to know.
    pub warnings: Vec<Mapping>,
}

/// AUTH-391, in order.
const STEPS: [&str; 6] = [
    "register the trusted application with the settings of the plan",
    "switch the code to the new credentials, and send one scheme per request",
    "verify that tokens are renewed, and that revoking or disabling stops them",
    "remove the old password from the configuration",
    "change the old account's password",
    "disable interactive login of the system user",
];

/// Plans the migration of a legacy configuration.
///
/// ```
/// use erpnet_access::{ApplicationType, LegacyActor, LegacyScheme, LegacySetup, migrate};
///
/// let setup = LegacySetup {
///     scheme: LegacyScheme::ErpLogin, actor: LegacyActor::Backend, user: "integration",
///     app: Some("MYAPP"), lang: Some("bg"), cycles_sessions: true, writes: true,
/// };
/// let migration = migrate(&setup);
/// assert_eq!(migration.target.application, ApplicationType::Service);
/// assert!(migration.mapping.iter().any(|line| line.to.contains("MYAPP")));
/// ```
#[must_use]
pub fn migrate(setup: &LegacySetup<'_>) -> Migration {
    let api = if setup.writes {
        ApiNeed::ReadWrite
    } else {
        ApiNeed::Read
    };
    let goal = match setup.actor {
        LegacyActor::Backend => Goal {
            has_backend: true,
            unattended: true,
            calls_as: ActsAs::Application,
            ..Goal::calls(api)
        },
        LegacyActor::NamedPerson => Goal {
            unattended: true,
            calls_as: ActsAs::User,
            ..Goal::calls(api)
        },
        LegacyActor::PromptedUsers => Goal {
            signs_users_in: true,
            has_backend: true,
            calls_as: ActsAs::User,
            ..Goal::calls(api)
        },
        LegacyActor::BiTool => Goal {
            unattended: true,
            oauth_practical: false,
            bulk: true,
            ..Goal::calls(ApiNeed::Read)
        },
    };
    let target = advise(&goal);
    Migration {
        from: setup.scheme,
        mapping: mapping(setup),
        steps: STEPS.to_vec(),
        warnings: warnings(setup),
        target,
    }
}

fn line(
    rule: RuleId,
    from: impl Into<Cow<'static, str>>,
    to: impl Into<Cow<'static, str>>,
) -> Mapping {
    Mapping {
        from: from.into(),
        to: to.into(),
        rule,
    }
}

fn mapping(setup: &LegacySetup<'_>) -> Vec<Mapping> {
    let user = setup.user;
    let mut lines = vec![match setup.actor {
        LegacyActor::Backend => line(
            Auth(391),
            format!("user `{user}` and its password"),
            format!(
                "`client_id` and `client_secret`; runs as `SystemUser`: `{user}`, or a new user with fewer rights"
            ),
        ),
        LegacyActor::NamedPerson => line(
            Auth(392),
            format!("user `{user}` and password"),
            format!("a PAT that `{user}` issues; no secret is needed"),
        ),
        LegacyActor::PromptedUsers => line(
            Auth(391),
            "a form that asks for user and password",
            "the sign-in page of the instance, by authorization code with PKCE",
        ),
        LegacyActor::BiTool => line(
            Auth(392),
            format!("user `{user}` and password in the tool"),
            "a SAT in a header, if the tool can send one (`Authorization: Bearer` or `X-Api-Key`)",
        ),
    }];
    match setup.scheme {
        LegacyScheme::Basic => {
            lines.push(line(
                Auth(380),
                "`Authorization: Basic ..` on every call",
                "`Authorization: Bearer <token>`",
            ));
        }
        LegacyScheme::ErpLogin => {
            lines.push(line(
                Auth(382),
                "`POST /api/domain/login`",
                "the token endpoint of the instance's identity service",
            ));
            lines.push(line(
                Auth(382),
                "`Authorization: ErpSession <id>`",
                "`Authorization: Bearer <token>`, renewed each hour",
            ));
            let app = setup.app.unwrap_or("(none)");
            lines.push(line(
                Auth(110),
                format!("`app` = `{app}`"),
                format!("`client_id` = `ApplicationUri` = `{app}`"),
            ));
            if let Some(lang) = setup.lang {
                lines.push(line(
                    Auth(296),
                    format!("`lang` = `{lang}`"),
                    format!("header `Accept-Language: {lang}`"),
                ));
            }
            lines.push(line(
                Auth(386),
                "`POST /api/domain/logout`",
                "nothing: sessions idle out; rotate the secret to cut off",
            ));
        }
    }
    lines
}

fn warnings(setup: &LegacySetup<'_>) -> Vec<Mapping> {
    let mut warnings = Vec::new();
    if setup.cycles_sessions {
        warnings.push(line(
            Auth(388),
            "logging out and in again",
            "does not lower the session count and is a licensing violation: stop it now",
        ));
    }
    if setup.actor == LegacyActor::BiTool {
        let text = "one page still says the OData feed takes Basic only: try the header first";
        warnings.push(line(Gap(40), "Power BI", text));
    }
    if setup.actor == LegacyActor::BiTool && setup.writes {
        warnings.push(line(
            Auth(298),
            "writing from a BI tool",
            "the plan reads only",
        ));
    }
    warnings.push(line(
        Auth(389),
        "both schemes during the change",
        "the server prefers OAuth; never send two in one request",
    ));
    warnings.push(line(
        Gap(41),
        "\"API keys are deprecated\"",
        "that is about passwords; PAT and SAT are current",
    ));
    warnings
}

impl fmt::Display for Migration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "from {} to: {}", self.from.as_str(), self.target)?;
        writeln!(f, "what becomes of what")?;
        self.mapping
            .iter()
            .try_for_each(|line| writeln!(f, "  {} -> {} [{}]", line.from, line.to, line.rule))?;
        writeln!(f, "in this order")?;
        self.steps
            .iter()
            .enumerate()
            .try_for_each(|(index, step)| writeln!(f, "  {}. {step}", index + 1))?;
        self.warnings
            .iter()
            .try_for_each(|line| writeln!(f, "! {}: {} [{}]", line.from, line.to, line.rule))
    }
}
