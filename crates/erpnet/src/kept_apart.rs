//! What must not compile, each beside what must: the two authorities, users and services, tokens and text.

/// AUTH-039, AUTH-040: who is only identified, at the global authority or in a portal, gets no client of an API.
///
/// ```
/// fn auth_039_040_an_identity_app_identifies(app: erpnet::IdentityApp) {
///     let _ = erpnet::blocking::identify(app);
/// }
/// fn auth_039_040_a_service_connects(app: erpnet::ServiceApp) {
///     let _ = erpnet::blocking::connect(app);
/// }
/// ```
///
/// ```compile_fail
/// fn auth_039_040_an_identity_app_does_not_connect(app: erpnet::IdentityApp) {
///     let _ = erpnet::blocking::connect(app);
/// }
/// ```
///
/// ```compile_fail
/// fn auth_039_040_an_identity_app_does_not_sign_in_to_an_instance(app: erpnet::IdentityApp) {
///     let _ = erpnet::blocking::sign_in(app);
/// }
/// ```
///
/// ```compile_fail
/// fn auth_039_a_global_authority_is_no_instance(authority: erpnet::GlobalAuthority) {
///     let _ = erpnet::ServiceApp::new(authority, "com.example/reports", "a secret");
/// }
/// ```
struct Authorities;

/// AUTH-092, AUTH-095: somebody who was identified has no session that a client could act by.
///
/// ```
/// fn auth_095_a_user_has_a_client(users: &erpnet::blocking::SignIn, who: &erpnet::SignedIn) {
///     let _ = users.client(who.session());
/// }
/// ```
///
/// ```compile_fail
/// fn auth_092_095_who_is_identified_has_no_session(who: &erpnet::Identified) {
///     let _ = who.session();
/// }
/// ```
///
/// ```compile_fail
/// fn auth_092_095_a_portal_gives_no_client(portal: &erpnet::blocking::IdentitySignIn, session: &erpnet::SessionKey) {
///     let _ = portal.client(session);
/// }
/// ```
struct Portals;

/// AUTH-099: a user's session is not a service's credential, nor the other way round.
///
/// ```
/// fn auth_099_each_by_its_own_way(users: &erpnet::blocking::SignIn, session: &erpnet::SessionKey, service: erpnet::ServiceApp) {
///     let _ = (users.client(session), erpnet::blocking::connect(service));
/// }
/// ```
///
/// ```compile_fail
/// fn auth_099_a_user_is_no_service(session: erpnet::SessionKey) {
///     let _ = erpnet::blocking::connect(session);
/// }
/// ```
///
/// ```compile_fail
/// fn auth_099_a_service_is_no_user(users: &erpnet::blocking::SignIn, service: &erpnet::ServiceApp) {
///     let _ = users.client(service);
/// }
/// ```
struct Hybrids;

/// AUTH-100: tokens do not become text by mistake, on their way to a page or to another process.
///
/// ```
/// fn auth_100_only_when_asked(token: &erpnet::ApiToken) -> String {
///     token.expose().to_owned()
/// }
/// ```
///
/// ```compile_fail
/// fn auth_100_no_token_is_shown(token: &erpnet::ApiToken) -> String {
///     token.to_string()
/// }
/// ```
///
/// ```compile_fail
/// fn auth_100_no_access_token_is_shown(token: &erpnet::AccessToken) -> String {
///     token.to_string()
/// }
/// ```
struct Tokens;
