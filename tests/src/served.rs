//! The web applications of the examples, served for a test: the very routers that the examples run.

use axum::Router;
use erpnet::{IdentityApp, InteractiveApp, ResponseType, ServiceApp};
use erpnet_examples::portal::Customers;
use erpnet_examples::site::{Site, binding};
use erpnet_examples::{portal, sso, web_app};
use erpnet_sandbox::{Application, Sandbox};
use erpnet_types::GlobalAuthority;
use tokio::runtime::{Builder, Runtime};

const SECRET: &str = "a good secret";

/// An application at `http://localhost:PORT`, which is another site than the sandbox at `http://127.0.0.1:PORT`. It stops
/// when this is dropped.
#[derive(Debug)]
pub struct Served {
    url: String,
    runtime: Option<Runtime>,
}

impl Served {
    /// Serves an application that is made when its addresses are known.
    ///
    /// # Panics
    /// Without a free port.
    pub fn start(make: impl FnOnce(&Site) -> Router) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a thread for tokio");
        let entered = runtime.enter();
        let site = runtime.block_on(Site::local()).expect("a free port");
        let (url, router) = (site.url(""), make(&site));
        runtime.spawn(site.serve(router, None));
        drop(entered);
        Self {
            url: url.trim_end_matches('/').to_owned(),
            runtime: Some(runtime),
        }
    }

    /// The address of a page.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The web application, registered at this instance.
    ///
    /// # Panics
    /// When it cannot be.
    #[must_use]
    pub fn web_app(sandbox: &Sandbox, response_type: ResponseType) -> Self {
        Self::start(|site| {
            let back = site.url("/signed-out");
            let record = Application::web("com.example/web", site.redirect_uri())
                .name("Customers of the company")
                .post_logout_redirect_uri(&back)
                .secret(SECRET);
            sandbox.register(record).expect("a record");
            let instance = sandbox.instance();
            let uri = site.redirect_uri();
            let app = InteractiveApp::confidential(instance, "com.example/web", SECRET, uri)
                .and_then(|app| app.with_scopes("openid profile read offline_access"))
                .and_then(|app| app.with_response_type(response_type))
                .and_then(|app| app.with_post_logout_redirect_uri(&back))
                .expect("an application");
            let sign_in = erpnet::sign_in(app).expect("settings that work");
            let sign_in = sign_in.with_binding(binding().expect("keys"));
            web_app::router(sign_in, site.callback())
        })
    }

    /// The portal, registered at this instance.
    ///
    /// # Panics
    /// When it cannot be.
    #[must_use]
    pub fn portal(sandbox: &Sandbox, customers: Customers) -> Self {
        Self::start(|site| {
            let back = site.url("/signed-out");
            let record = Application::portal("com.example/portal", site.redirect_uri())
                .name("Customer portal")
                .post_logout_redirect_uri(&back)
                .secret(SECRET);
            sandbox.register(record).expect("a record");
            let instance = sandbox.instance();
            let uri = site.redirect_uri();
            let app = IdentityApp::portal(instance.clone(), "com.example/portal", SECRET, uri)
                .and_then(|app| app.with_post_logout_redirect_uri(&back))
                .expect("an application");
            let users = erpnet::identify(app).expect("settings that work");
            let users = users.with_binding(binding().expect("keys"));
            let service = ServiceApp::new(instance, "com.example/portal", SECRET)
                .and_then(erpnet::connect)
                .expect("settings that work");
            portal::router(users, service, customers, site.callback())
        })
    }

    /// The application with single sign-on, registered at this global authority.
    ///
    /// # Panics
    /// When it cannot be.
    #[must_use]
    pub fn sso(global: &Sandbox) -> Self {
        Self::start(|site| {
            let back = site.url("/signed-out");
            let record = Application::central("com.example/sso", site.redirect_uri())
                .name("Single sign-on")
                .post_logout_redirect_uri(&back)
                .secret(SECRET);
            global.register(record).expect("a record");
            let authority = GlobalAuthority::loopback(&global.issuer()).expect("an authority");
            let uri = site.redirect_uri();
            let app = IdentityApp::global(authority, "com.example/sso", SECRET, uri)
                .and_then(|app| app.with_post_logout_redirect_uri(&back))
                .expect("an application");
            let sign_in = erpnet::identify(app).expect("settings that work");
            let sign_in = sign_in.with_binding(binding().expect("keys"));
            sso::router(sign_in, site.callback())
        })
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
