//! A client that nobody here wrote (the crate `openidconnect`), speaking as every peer does: README.md.

use std::error::Error;
use std::io::{self, BufRead, Write};

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreResponseType,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AuthType, AuthorizationCode, AuthorizationCodeHash, ClientId,
    ClientSecret, CsrfToken, EndSessionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl,
    RefreshToken, RequestTokenError, Scope, TokenResponse,
};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

fn hear() -> Result<Value, Failure> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

fn say(line: &Value) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn text(value: &Value, name: &str) -> Result<String, Failure> {
    let text = value[name].as_str();
    Ok(text.ok_or_else(|| format!("no text `{name}`"))?.to_owned())
}

/// The HTTP of this peer: no redirects, and a 400 is an answer.
fn send(request: openidconnect::HttpRequest) -> Result<openidconnect::HttpResponse, ureq::Error> {
    let config = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .proxy(None)
        .build();
    let response = ureq::Agent::new_with_config(config).run(request)?;
    let (parts, mut body) = response.into_parts();
    Ok(openidconnect::HttpResponse::from_parts(
        parts,
        body.read_to_vec()?,
    ))
}

/// How many rows the API gives for this token.
fn rows(api: &str, token: &AccessToken) -> Result<Value, Failure> {
    let request = openidconnect::http::Request::get(api)
        .header("authorization", format!("Bearer {}", token.secret()))
        .body(Vec::new())?;
    let rows: Value = serde_json::from_slice(send(request)?.body())?;
    Ok(json!(rows["value"].as_array().map(Vec::len)))
}

fn main() -> Result<(), Failure> {
    let asked = hear()?;
    let hybrid = asked["flow"] == "code id_token";
    let issuer = IssuerUrl::new(text(&asked, "issuer")?)?;
    let metadata = ProviderMetadataWithLogout::discover(&issuer, &send)?;
    let end_session: Option<EndSessionUrl> =
        metadata.additional_metadata().end_session_endpoint.clone();
    let token_url = metadata
        .token_endpoint()
        .cloned()
        .ok_or("no token endpoint")?;
    let secret = text(&asked, "client_secret")?;
    let client = CoreClient::from_provider_metadata(
        metadata,
        ClientId::new(text(&asked, "client_id")?),
        (!secret.is_empty()).then(|| ClientSecret::new(secret)),
    )
    .set_token_uri(token_url)
    .set_auth_type(AuthType::RequestBody)
    .set_redirect_uri(RedirectUrl::new(text(&asked, "redirect_uri")?)?);

    let scope = text(&asked, "scope")?;
    let joined = |scopes: Option<&Vec<Scope>>| {
        let names = scopes.map(|scopes| scopes.iter().map(|scope| scope.as_str()));
        names.map(|names| names.collect::<Vec<_>>().join(" "))
    };
    if asked["flow"] == "client_credentials" {
        let wanted = scope.split(' ').map(|name| Scope::new(name.to_owned()));
        let tokens = client
            .exchange_client_credentials()
            .add_scopes(wanted)
            .request(&send)?;
        return say(&json!({ "done": {
            "scope": joined(tokens.scopes()),
            "expires_in": tokens.expires_in().map(|life| life.as_secs()),
            "rows": rows(&text(&asked, "api")?, tokens.access_token())?,
        }}));
    }

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = if hybrid {
        CoreAuthenticationFlow::Hybrid(vec![CoreResponseType::Code, CoreResponseType::IdToken])
    } else {
        CoreAuthenticationFlow::AuthorizationCode
    };
    let mut request = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .set_pkce_challenge(challenge);
    for name in scope.split(' ').filter(|&name| name != "openid") {
        request = request.add_scope(Scope::new(name.to_owned()));
    }
    if hybrid {
        request = request.add_extra_param("response_mode", "form_post");
    }
    let (url, state, nonce) = request.url();
    say(&json!({ "open": url.as_str() }))?;
    let callback = hear()?;
    let received: Vec<(String, String)> = match callback["body"].as_str() {
        Some(body) => url::form_urlencoded::parse(body.as_bytes())
            .into_owned()
            .collect(),
        None => url::Url::parse(&text(&callback, "url")?)?
            .query_pairs()
            .into_owned()
            .collect(),
    };
    let parameter = |name: &str| {
        let found = received.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.clone())
            .ok_or(format!("no `{name}` in the callback"))
    };
    if parameter("state")? != *state.secret() {
        return Err("a foreign state".into());
    }
    let code = parameter("code")?;
    if hybrid {
        let front: CoreIdToken = parameter("id_token")?.parse()?;
        let verifier = client.id_token_verifier();
        let claims = front.claims(&verifier, &nonce)?;
        let bound = AuthorizationCodeHash::from_code(
            &AuthorizationCode::new(code.clone()),
            front.signing_alg()?,
            front.signing_key(&verifier)?,
        )?;
        if claims.code_hash() != Some(&bound) {
            return Err("the code is not that of the ID token".into());
        }
    }
    let tokens = client
        .exchange_code(AuthorizationCode::new(code))
        .set_pkce_verifier(verifier)
        .request(&send)?;
    let id_token = tokens.id_token().ok_or("no ID token")?;
    let id_verifier = client.id_token_verifier();
    let claims: &CoreIdTokenClaims = id_token.claims(&id_verifier, &nonce)?;
    if let Some(hash) = claims.access_token_hash() {
        let bound = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg()?,
            id_token.signing_key(&id_verifier)?,
        )?;
        if *hash != bound {
            return Err("the access token is not that of the ID token".into());
        }
    }
    let mut done = json!({
        "id_token": serde_json::to_value(claims)?,
        "scope": joined(tokens.scopes()),
        "expires_in": tokens.expires_in().map(|life| life.as_secs()),
    });

    if let Some(api) = asked["api"].as_str() {
        done["rows"] = rows(api, tokens.access_token())?;
    }
    if asked["userinfo"] == true {
        let expected = Some(claims.subject().clone());
        let info: CoreUserInfoClaims = client
            .user_info(tokens.access_token().clone(), expected)?
            .request(&send)?;
        done["userinfo"] = serde_json::to_value(info)?;
    }
    let outcome = |token: &RefreshToken| -> Result<Value, Failure> {
        match client.exchange_refresh_token(token).request(&send) {
            Ok(_) => Ok(json!("accepted")),
            Err(RequestTokenError::ServerResponse(error)) => Ok(json!(error.error().to_string())),
            Err(error) => Err(error.into()),
        }
    };
    let mut newest = None;
    if let Some(old) = tokens.refresh_token() {
        let fresh = client.exchange_refresh_token(old).request(&send)?;
        let sub = match fresh.id_token() {
            // No nonce has to come back on refresh (AUTH-196); signature, issuer and audience are checked.
            Some(token) => Some(
                token
                    .claims(&id_verifier, |_: Option<&Nonce>| Ok(()))?
                    .subject()
                    .to_string(),
            ),
            None => None,
        };
        let rotated = fresh
            .refresh_token()
            .is_some_and(|new| new.secret() != old.secret());
        done["refreshed"] =
            json!({ "scope": joined(fresh.scopes()), "rotated": rotated, "sub": sub });
        done["replayed"] = outcome(old)?;
        newest = fresh.refresh_token().cloned();
    }

    let left = CsrfToken::new_random();
    let end = LogoutRequest::from(end_session.ok_or("no end-session endpoint")?)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(text(
            &asked,
            "post_logout_redirect_uri",
        )?)?)
        .set_state(left.clone());
    say(&json!({ "open": end.http_get_url().as_str() }))?;
    let returned = url::Url::parse(&text(&hear()?, "url")?)?;
    done["signed_out"] = json!(
        returned
            .query_pairs()
            .any(|(name, value)| name == "state" && value == *left.secret())
    );
    if let Some(newest) = newest {
        done["after_sign_out"] = outcome(&newest)?;
    }
    say(&json!({ "done": done }))
}
