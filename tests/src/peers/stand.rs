//! A sandbox with an application of each sort for foreign clients.

use erpnet_sandbox::{
    Application, DEFAULT_PASSWORD, INTERNAL_USER, ResponseTypes, Sandbox, SandboxError,
};
use serde_json::{Value, json};

/// Where the browser comes back to; nothing is there.
pub const REDIRECT_URI: &str = "https://app.example.test/signin";

/// Where it comes back to after signing out.
pub const POST_LOGOUT_REDIRECT_URI: &str = "https://app.example.test/signed-out";

const SECRET: &str = "a secret for peers";

/// Who signs in, by the names of the login page's fields.
pub const ANSWERS: [(&str, &str); 2] =
    [("username", INTERNAL_USER), ("password", DEFAULT_PASSWORD)];

/// An application, and how a peer is to sign in to it.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Its id.
    pub client_id: &'static str,
    /// Whether it has no secret.
    pub public: bool,
    /// `response_type`, or `client_credentials`.
    pub flow: &'static str,
    /// What it asks for.
    pub scope: &'static str,
}

/// A service, and one of each sort of applications that users sign in to.
pub const ASKED: [Asked; 5] = [
    Asked {
        client_id: "com.example/reports",
        public: false,
        flow: "client_credentials",
        scope: "read update",
    },
    Asked {
        client_id: "com.example/web",
        public: false,
        flow: "code",
        scope: "openid profile read offline_access",
    },
    Asked {
        client_id: "com.example/hybrid",
        public: false,
        flow: "code id_token",
        scope: "openid profile read update offline_access",
    },
    Asked {
        client_id: "com.example/desktop",
        public: true,
        flow: "code",
        scope: "openid profile read",
    },
    Asked {
        client_id: "com.example/portal",
        public: false,
        flow: "code",
        scope: "openid profile",
    },
];

/// Single sign-on at the global authority.
pub const ASKED_GLOBALLY: Asked = Asked {
    client_id: "com.example/sso",
    public: false,
    flow: "code id_token",
    scope: "openid profile",
};

impl Asked {
    /// Registers the application.
    ///
    /// # Errors
    /// Those of the sandbox.
    pub fn register(&self, sandbox: &Sandbox) -> Result<(), SandboxError> {
        let app = match (self.flow, self.public) {
            ("client_credentials", _) => Application::service(self.client_id).secret(SECRET),
            (_, true) => Application::public(self.client_id, REDIRECT_URI),
            (_, false) => Application::web(self.client_id, REDIRECT_URI).secret(SECRET),
        };
        let types = if self.flow == "code id_token" {
            ResponseTypes::CodeIdToken
        } else {
            ResponseTypes::Code
        };
        let app = app
            .post_logout_redirect_uri(POST_LOGOUT_REDIRECT_URI)
            .response_types(types)
            .scopes(self.scope);
        sandbox.register(app).map(|_| ())
    }

    /// What a peer hears first.
    #[must_use]
    pub fn setup(&self, sandbox: &Sandbox) -> Value {
        let reads = self.scope.contains("read");
        let api = reads.then(|| format!("{}Crm_Customers?$top=3", sandbox.odata_root()));
        json!({
            "issuer": sandbox.issuer(),
            "flow": self.flow,
            "client_id": self.client_id,
            "client_secret": if self.public { "" } else { SECRET },
            "redirect_uri": REDIRECT_URI,
            "post_logout_redirect_uri": POST_LOGOUT_REDIRECT_URI,
            "scope": self.scope,
            "userinfo": true,
            "api": api,
        })
    }
}
