//! What a request does, read from its method and path.

use std::fmt;

use serde::{Serialize, Serializer};

/// What a request does, as far as access rules tell requests apart.
///
/// ```
/// use erpnet_access::Operation;
///
/// assert_eq!(Operation::parse("GET", "/api/domain/odata/Crm_Customers?$top=1"), Operation::EntityRead);
/// assert_eq!(Operation::parse("PATCH", "Crm_Customers(5e1b0d3c)"), Operation::EntityWrite);
/// assert_eq!(Operation::parse("POST", "/api/domain/odata/BeginTransaction"), Operation::Action);
/// assert_eq!(Operation::parse("GET", "/profile/me"), Operation::Me);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// GET or HEAD of entities (AUTH-149).
    EntityRead,
    /// POST, PATCH, PUT or DELETE of entities (AUTH-149).
    EntityWrite,
    /// GET of entities of the security namespace, `Systems_Security_*`.
    SecurityRead,
    /// A change of entities of the security namespace other than the registrations.
    SecurityWrite,
    /// A change of `Systems_Security_TrustedApplications`: needs the reserved scope `sec` (AUTH-130).
    RegistrationWrite,
    /// GET of an OData function: what it does is not visible from outside (AUTH-150).
    Function,
    /// POST of an OData action: may read, may write (AUTH-150).
    Action,
    /// `$batch`: mixes both (AUTH-150).
    Batch,
    /// `$metadata`, the service document, or `/api/domain/currentmodel`: needs a token, scopes are not documented
    /// (AUTH-307).
    Model,
    /// GET from the Table API (AUTH-298).
    TableRead,
    /// Anything else sent to the Table API, which only reads (AUTH-298).
    TableWrite,
    /// `/me` of the Profile site, with its picture (AUTH-301, AUTH-304).
    Me,
    /// What needs no token: discovery, version, `/api/domain/standardmodel` (AUTH-012, AUTH-307).
    Anonymous,
    /// A path that the rules say nothing about.
    Other,
}

impl Operation {
    /// Every value: for tables over all of them.
    pub const ALL: [Self; 14] = [
        Self::EntityRead,
        Self::EntityWrite,
        Self::SecurityRead,
        Self::SecurityWrite,
        Self::RegistrationWrite,
        Self::Function,
        Self::Action,
        Self::Batch,
        Self::Model,
        Self::TableRead,
        Self::TableWrite,
        Self::Me,
        Self::Anonymous,
        Self::Other,
    ];

    /// Reads an operation from an HTTP method and a path, without allocation. Any text is accepted.
    ///
    /// The path is absolute (`/api/domain/odata/Crm_Customers`) or relative to the OData root (`Crm_Customers(..)`);
    /// a query is ignored. Sites can live on any path, so the OData root is found by its last segment, `odata`.
    #[must_use]
    pub fn parse(method: &str, path: &str) -> Self {
        // The default place first: one comparison instead of a search.
        if let Some(resource) = path.strip_prefix("/api/domain/odata/") {
            return odata(method, resource);
        }
        if !path.starts_with('/') {
            return odata(method, path);
        }
        let path = path.split(['?', '#']).next().unwrap_or(path);
        // G52: three spellings are documented.
        let table = ["/tableapi/odata/", "/tableapi/data/", "/api/table/"];
        if table.into_iter().any(|place| path.contains(place)) {
            return if is_get(method) {
                Self::TableRead
            } else {
                Self::TableWrite
            };
        }
        if let Some((_, resource)) = path.split_once("/odata/") {
            return odata(method, resource);
        }
        site(method, path)
    }

    /// A phrase for it, for messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EntityRead => "read of entities",
            Self::EntityWrite => "change of entities",
            Self::SecurityRead => "read of the security namespace",
            Self::SecurityWrite => "change in the security namespace",
            Self::RegistrationWrite => "change of a trusted application",
            Self::Function => "OData function",
            Self::Action => "OData action",
            Self::Batch => "$batch",
            Self::Model => "read of the model",
            Self::TableRead => "Table API read",
            Self::TableWrite => "Table API write",
            Self::Me => "profile /me",
            Self::Anonymous => "anonymous endpoint",
            Self::Other => "unknown endpoint",
        }
    }

    /// Whether it goes to the Table API.
    #[must_use]
    pub const fn is_table(self) -> bool {
        matches!(self, Self::TableRead | Self::TableWrite)
    }
}

fn is_get(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// Paths that are not below an OData root.
fn site(method: &str, path: &str) -> Operation {
    let path = path.strip_suffix('/').unwrap_or(path);
    let anonymous = [
        "/auto-discovery",
        "/tools/ver",
        "/tools/server-info",
        "/tools/resource-monitor",
        "/domain/standardmodel",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/jwks",
    ];
    let me = ["/me", "/me/picture", "/me/picture/64", "/me/picture/128"];
    if !is_get(method) {
        Operation::Other
    } else if me.into_iter().any(|place| path.ends_with(place)) {
        Operation::Me
    } else if anonymous.into_iter().any(|place| path.ends_with(place)) {
        Operation::Anonymous
    } else if path.ends_with("/domain/currentmodel") || path.ends_with("/odata") {
        Operation::Model
    } else {
        Operation::Other
    }
}

/// What an HTTP method does to entities.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effect {
    Get,
    Post,
    Change,
    Unknown,
}

/// A resource below the OData root. Entity sets have a namespace, hence an underscore (`Crm_Customers`); unbound
/// functions and actions have none (`GetVersion`, `BeginTransaction`).
fn odata(method: &str, resource: &str) -> Operation {
    let effect = match method {
        "GET" | "HEAD" => Effect::Get,
        "POST" => Effect::Post,
        "PATCH" | "PUT" | "DELETE" => Effect::Change,
        _ => Effect::Unknown,
    };
    // One pass over the bytes: the end of the set's name, whether it has a namespace, and where it goes on.
    let bytes = resource.as_bytes();
    let mut end = bytes.len();
    let mut namespaced = false;
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'_' => namespaced = true,
            b'(' | b'/' | b'?' | b'#' => {
                end = index;
                break;
            }
            _ => {}
        }
    }
    let (set, rest) = resource.split_at_checked(end).unwrap_or((resource, ""));
    if effect == Effect::Unknown {
        return Operation::Other;
    }
    if set.is_empty() || set.starts_with('$') {
        return match (set, effect) {
            ("$batch", Effect::Post) => Operation::Batch,
            ("" | "$metadata", Effect::Get) => Operation::Model,
            _ => Operation::Other,
        };
    }
    if !namespaced {
        return match effect {
            Effect::Get => Operation::Function,
            Effect::Post => Operation::Action,
            Effect::Change | Effect::Unknown => Operation::Other,
        };
    }
    if let Some(bound) = bound_call(rest, effect) {
        return bound;
    }
    let security = set.as_bytes().first() == Some(&b'S') && set.starts_with("Systems_Security_");
    match (effect == Effect::Get, security) {
        (true, false) => Operation::EntityRead,
        (false, false) => Operation::EntityWrite,
        (true, true) => Operation::SecurityRead,
        (false, true) if set.starts_with("Systems_Security_TrustedApplication") => {
            Operation::RegistrationWrite
        }
        (false, true) => Operation::SecurityWrite,
    }
}

/// Whether what follows the entity set calls a function or an action bound to it: `Set(key)/Name`.
fn bound_call(rest: &str, effect: Effect) -> Option<Operation> {
    // Nothing, a query, or one key: the usual cases, told apart without a search.
    if effect == Effect::Change || matches!(rest.as_bytes().first(), None | Some(b'?' | b'#')) {
        return None;
    }
    let end = rest
        .bytes()
        .position(|byte| matches!(byte, b'?' | b'#'))
        .unwrap_or(rest.len());
    let rest = rest.get(..end).unwrap_or(rest);
    let slash = rest.bytes().rposition(|byte| byte == b'/')?;
    let last = rest.get(slash + 1..)?;
    if last.is_empty() || last.starts_with('$') {
        return None;
    }
    if effect == Effect::Post {
        // A POST to a navigation property creates, one to an action acts: the path does not tell them apart.
        return Some(Operation::Action);
    }
    // `Lines(5e1b..)` is a row, `GetRate()` and `GetRate(from='..')` are functions, `Default.GetRate` is qualified.
    let (name, arguments) = last
        .split_once('(')
        .map_or((last, None), |(name, rest)| (name, Some(rest)));
    let call = match arguments {
        Some(arguments) => arguments.starts_with(')') || arguments.contains('='),
        None => false,
    };
    (call || name.contains('.')).then_some(Operation::Function)
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn auth_149_150_298_302_paths_and_methods() {
        let root = "/api/domain/odata/";
        for (method, path, expected) in [
            ("GET", "Crm_Customers", Operation::EntityRead),
            (
                "HEAD",
                "Crm_Customers?$top=1&$filter=a_b eq 1",
                Operation::EntityRead,
            ),
            ("GET", "Crm_Customers(1)/Lines", Operation::EntityRead),
            ("GET", "Crm_Customers(1)/Lines(2)", Operation::EntityRead),
            ("GET", "Crm_Customers/$count", Operation::EntityRead),
            ("GET", "Crm_Customers(1)/GetName()", Operation::Function),
            (
                "GET",
                "Crm_Customers(1)/GetName(at='x/y')",
                Operation::EntityRead,
            ),
            (
                "GET",
                "Crm_Customers(1)/GetName(at='x')",
                Operation::Function,
            ),
            (
                "GET",
                "Crm_Customers(1)/Default.GetName",
                Operation::Function,
            ),
            ("POST", "Crm_Customers", Operation::EntityWrite),
            ("POST", "Crm_Customers?$select=Id", Operation::EntityWrite),
            ("PATCH", "Crm_Customers(1)", Operation::EntityWrite),
            ("PUT", "Crm_Customers(1)/Owner/$ref", Operation::EntityWrite),
            (
                "DELETE",
                "Crm_Customers(1)/Lines(2)",
                Operation::EntityWrite,
            ),
            ("POST", "Crm_Customers(1)/GetPrintout", Operation::Action),
            ("POST", "BeginTransaction", Operation::Action),
            ("GET", "GetVersion", Operation::Function),
            ("GET", "GetVersion()", Operation::Function),
            ("PATCH", "GetVersion", Operation::Other),
            ("POST", "$batch", Operation::Batch),
            ("GET", "$batch", Operation::Other),
            ("GET", "$metadata", Operation::Model),
            ("GET", "", Operation::Model),
            ("GET", "Systems_Security_Users", Operation::SecurityRead),
            (
                "PATCH",
                "Systems_Security_Users(1)",
                Operation::SecurityWrite,
            ),
            (
                "POST",
                "Systems_Security_TrustedApplications",
                Operation::RegistrationWrite,
            ),
            (
                "GET",
                "Systems_Security_TrustedApplications",
                Operation::SecurityRead,
            ),
            ("OPTIONS", "Crm_Customers", Operation::Other),
            ("get", "Crm_Customers", Operation::Other),
        ] {
            assert_eq!(Operation::parse(method, path), expected, "{method} {path}");
            let absolute = format!("{root}{path}");
            assert_eq!(
                Operation::parse(method, &absolute),
                expected,
                "{method} {absolute}"
            );
            let custom = format!("/erp/api-site/odata/{path}");
            assert_eq!(
                Operation::parse(method, &custom),
                expected,
                "{method} {custom}"
            );
        }
    }

    #[test]
    fn g52_table_api_and_other_sites() {
        for (method, path, expected) in [
            ("GET", "/tableapi/odata/Crm_Customers", Operation::TableRead),
            (
                "GET",
                "/x/tableapi/data/Crm_Customers?$top=1",
                Operation::TableRead,
            ),
            ("GET", "/api/table/Crm_Customers", Operation::TableRead),
            (
                "POST",
                "/tableapi/odata/Crm_Customers",
                Operation::TableWrite,
            ),
            ("GET", "/profile/me", Operation::Me),
            ("GET", "/my-profile/me/", Operation::Me),
            ("HEAD", "/profile/me/picture/128", Operation::Me),
            ("GET", "/profile/me/picture/512", Operation::Other),
            ("POST", "/profile/me", Operation::Other),
            ("GET", "/tools/auto-discovery", Operation::Anonymous),
            ("GET", "/sys/auto-discovery", Operation::Anonymous),
            ("GET", "/api/domain/standardmodel", Operation::Anonymous),
            ("GET", "/api/domain/currentmodel", Operation::Model),
            ("GET", "/profile/security/tokens", Operation::Other),
            ("POST", "/api/domain/login", Operation::Other),
            ("GET", "/", Operation::Other),
        ] {
            assert_eq!(Operation::parse(method, path), expected, "{method} {path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_parses(method in ".{0,8}", path in ".{0,80}") {
            let _ = Operation::parse(&method, &path);
            let _ = Operation::parse("GET", &path);
            let _ = Operation::parse("POST", &format!("/api/domain/odata/{path}"));
        }
    }
}
