//! The rules of the benchmark as two policy engines express them. Built once; only decisions are measured.
//!
//! The question is the same for all: a service token of the called instance with the scope `read`, meant for the Domain
//! API, within its life. It may read entities (AUTH-149 of ERP.net's rules) and may not write them.
//!
//! Neither engine is asked for what only `erpnet_access` answers: the rule that decided, the third verdict, the other
//! twelve operations, other kinds of tokens and users.

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};
use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};
use erpnet_access::Operation;

/// The path of entities to read.
pub const READ: &str = "/api/domain/odata/Crm_Customers?$top=10&$select=Id";
/// The path of entities to write.
pub const WRITE: &str = "/api/domain/odata/Crm_Customers";
/// The instant of the decision, in seconds since 1970.
pub const NOW: i64 = 1_766_505_200;

/// The token as a subject of casbin.
const SUBJECT: &str = "service-token";

/// The rules in casbin: role-based. A token is a subject, each scope of it a role, each role may do some acts.
///
/// Issuer, audience and time are left out, in casbin's favour.
pub struct Casbin {
    parsed: Enforcer,
    text: Enforcer,
}

impl Casbin {
    /// Builds both enforcers: one for operations by name, one for methods and paths.
    ///
    /// # Panics
    /// When the model or a rule is wrong.
    #[must_use]
    pub fn new() -> Self {
        let by_name = [["read", "entity", "read"], ["update", "entity", "write"]];
        // A line for each method and a prefix for the path: no regular expression is compiled in a decision. Functions,
        // actions, batches and the security namespace are not told apart, in casbin's favour.
        let root = "/api/domain/odata/*";
        let by_text = [
            ["read", root, "GET"],
            ["read", root, "HEAD"],
            ["update", root, "POST"],
            ["update", root, "PATCH"],
            ["update", root, "PUT"],
            ["update", root, "DELETE"],
        ];
        Self {
            parsed: enforcer("r.obj == p.obj", &by_name),
            text: enforcer("keyMatch(r.obj, p.obj)", &by_text),
        }
    }

    /// Decides about an operation: `read` or `write`.
    ///
    /// # Panics
    /// When casbin cannot decide.
    #[must_use]
    pub fn call_parsed(&self, operation: &str) -> bool {
        let request = (SUBJECT, "entity", operation);
        self.parsed.enforce(request).expect("a decision")
    }

    /// Decides about a method and a path.
    ///
    /// # Panics
    /// When casbin cannot decide.
    #[must_use]
    pub fn call_text(&self, method: &str, path: &str) -> bool {
        let request = (SUBJECT, path, method);
        self.text.enforce(request).expect("a decision")
    }
}

impl Default for Casbin {
    fn default() -> Self {
        Self::new()
    }
}

/// An enforcer that compares acts first, for that is cheapest, and objects by `object`.
fn enforcer(object: &str, rules: &[[&str; 3]]) -> Enforcer {
    let model = format!(
        "[request_definition]\nr = sub, obj, act\n\
         [policy_definition]\np = sub, obj, act\n\
         [role_definition]\ng = _, _\n\
         [policy_effect]\ne = some(where (p.eft == allow))\n\
         [matchers]\nm = r.act == p.act && {object} && g(r.sub, p.sub)\n"
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let model = DefaultModel::from_str(&model).await.expect("a model");
        let adapter = MemoryAdapter::default();
        let mut enforcer = Enforcer::new(model, adapter).await.expect("an enforcer");
        for rule in rules {
            let rule = rule.map(str::to_owned).to_vec();
            enforcer.add_policy(rule).await.expect("a rule");
        }
        let role = vec![SUBJECT.to_owned(), "read".to_owned()];
        enforcer.add_grouping_policy(role).await.expect("a role");
        enforcer
    })
}

/// What `erpnet_access` checks of a token, as conditions.
const CEDAR_RULES: &str = r#"
    permit (principal is Token, action == Action::"read", resource is Instance)
    when {
        principal.issuer == resource.issuer && principal.audiences.contains("DomainAPI")
        && principal.notBefore <= context.now + 60 && context.now < principal.expires
        && principal.scopes.contains("read")
    };
    permit (principal is Token, action == Action::"write", resource is Instance)
    when {
        principal.issuer == resource.issuer && principal.audiences.contains("DomainAPI")
        && principal.notBefore <= context.now + 60 && context.now < principal.expires
        && principal.scopes.contains("update")
    };
"#;

/// The shortest rules that give both answers: scopes are parents of the token, nothing else is looked at.
const CEDAR_SCOPES: &str = r#"
    permit (principal in Scope::"read", action == Action::"read", resource);
    permit (principal in Scope::"update", action == Action::"write", resource);
"#;

/// The token and the instance.
const CEDAR_ENTITIES: &str = r#"[
    {"uid": {"type": "Scope", "id": "read"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Scope", "id": "update"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Token", "id": "service"}, "parents": [{"type": "Scope", "id": "read"}], "attrs": {
        "issuer": "https://demodb.my.erp.net/id", "audiences": ["DomainAPI", "TableAPI"], "scopes": ["read"],
        "notBefore": 1766505147, "expires": 1766508747}},
    {"uid": {"type": "Instance", "id": "demodb"}, "parents": [], "attrs": {"issuer": "https://demodb.my.erp.net/id"}}
]"#;

/// The rules in cedar: the token is the principal, the instance is the resource, read and write are actions.
pub struct Cedar {
    authorizer: Authorizer,
    rules: PolicySet,
    entities: Entities,
    token: EntityUid,
    instance: EntityUid,
    read: EntityUid,
    write: EntityUid,
    context: Context,
}

impl Cedar {
    /// The conditions of `erpnet_access`: issuer, audience, time, scope.
    #[must_use]
    pub fn full() -> Self {
        Self::new(CEDAR_RULES)
    }

    /// Scopes alone: as little as cedar can be asked.
    #[must_use]
    pub fn scopes_only() -> Self {
        Self::new(CEDAR_SCOPES)
    }

    fn new(rules: &str) -> Self {
        let uid = |text: &str| text.parse().expect("a name");
        let now = format!(r#"{{"now": {NOW}}}"#);
        Self {
            authorizer: Authorizer::new(),
            rules: rules.parse().expect("the rules"),
            entities: Entities::from_json_str(CEDAR_ENTITIES, None).expect("the entities"),
            token: uid(r#"Token::"service""#),
            instance: uid(r#"Instance::"demodb""#),
            read: uid(r#"Action::"read""#),
            write: uid(r#"Action::"write""#),
            context: Context::from_json_str(&now, None).expect("the context"),
        }
    }

    /// The request for an operation on entities: all that is known before the decision.
    ///
    /// # Panics
    /// Never without a schema.
    #[must_use]
    pub fn request(&self, operation: Operation) -> Request {
        let action = match operation {
            Operation::EntityRead => &self.read,
            _ => &self.write,
        };
        Request::new(
            self.token.clone(),
            action.clone(),
            self.instance.clone(),
            self.context.clone(),
            None,
        )
        .expect("no schema, no objection")
    }

    /// Decides about a request that was made before.
    #[must_use]
    pub fn call_parsed(&self, request: &Request) -> bool {
        let response = self
            .authorizer
            .is_authorized(request, &self.rules, &self.entities);
        response.decision() == Decision::Allow
    }

    /// Decides about a method and a path. Cedar reads neither, so `erpnet_access` reads them for it.
    #[must_use]
    pub fn call_text(&self, method: &str, path: &str) -> bool {
        self.call_parsed(&self.request(Operation::parse(method, path)))
    }
}
