"""A client that nobody here wrote (PyPI `Authlib`, over requests), speaking as every peer does: README.md."""

import base64
import hashlib
import json
import os
import secrets
import sys
from urllib.parse import parse_qs

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain HTTP on loopback

from authlib.integrations.base_client import OAuthError  # noqa: E402
from authlib.integrations.requests_client import OAuth2Session  # noqa: E402
from authlib.oidc.core import CodeIDToken, HybridIDToken  # noqa: E402
from joserfc import jwt  # noqa: E402
from joserfc.jwk import KeySet  # noqa: E402
from requests.models import PreparedRequest  # noqa: E402


def hear():
    return json.loads(sys.stdin.readline())


def say(line):
    print(json.dumps(line), flush=True)


def main():
    asked = hear()
    hybrid = asked["flow"] == "code id_token"
    session = OAuth2Session(
        client_id=asked["client_id"],
        client_secret=asked["client_secret"] or None,
        scope=asked["scope"],
        redirect_uri=asked["redirect_uri"],
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post" if asked["client_secret"] else "none",
    )
    session.trust_env = False
    metadata = session.get(asked["issuer"] + "/.well-known/openid-configuration", withhold_token=True).json()
    assert metadata["issuer"] == asked["issuer"], metadata["issuer"]
    keys = KeySet.import_key_set(session.get(metadata["jwks_uri"], withhold_token=True).json())

    if asked["flow"] == "client_credentials":
        token = session.fetch_token(metadata["token_endpoint"], grant_type="client_credentials", scope=asked["scope"])
        rows = len(session.get(asked["api"]).json()["value"])
        say({"done": {"scope": token["scope"], "expires_in": token["expires_in"], "rows": rows}})
        return

    def validated(token, kind, **parameters):
        decoded = jwt.decode(token, keys, algorithms=["RS256"])
        options = {"iss": {"values": [asked["issuer"]]}, "aud": {"values": [asked["client_id"]]}}
        parameters["client_id"] = asked["client_id"]
        claims = kind(decoded.claims, decoded.header, options, parameters)
        claims.validate(leeway=5)
        return claims

    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
    extra = {}
    if hybrid:
        # Authlib adds the challenge for `code` alone.
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        extra = {"code_challenge": challenge, "code_challenge_method": "S256"}
        extra |= {"response_type": "code id_token", "response_mode": "form_post"}
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **extra
    )
    assert "code_challenge=" in url, "PKCE is on"
    say({"open": url})
    callback = hear()
    received = callback["url"]
    if callback["body"]:
        received = received.partition("?")[0] + "?" + callback["body"]
        form = {name: values[0] for name, values in parse_qs(callback["body"]).items()}
        front = validated(form["id_token"], HybridIDToken, nonce=nonce, code=form["code"])
        assert front["c_hash"], "the code is bound to the ID token"
    token = session.fetch_token(
        metadata["token_endpoint"], authorization_response=received, state=state, code_verifier=verifier
    )
    claims = validated(token["id_token"], CodeIDToken, nonce=nonce, access_token=token["access_token"])
    done = {"id_token": dict(claims), "scope": token["scope"], "expires_in": token["expires_in"]}

    if asked["api"]:
        done["rows"] = len(session.get(asked["api"]).json()["value"])
    if asked["userinfo"]:
        done["userinfo"] = session.get(metadata["userinfo_endpoint"]).json()
    def outcome(refresh_token):
        try:
            session.refresh_token(metadata["token_endpoint"], refresh_token=refresh_token)
        except OAuthError as error:
            return error.error
        return "accepted"

    fresh = None
    if "refresh_token" in token:
        old = token["refresh_token"]
        fresh = session.refresh_token(metadata["token_endpoint"], refresh_token=old)
        sub = None
        if "id_token" in fresh:
            sub = validated(fresh["id_token"], CodeIDToken, access_token=fresh["access_token"])["sub"]
        rotated = fresh.get("refresh_token", old) != old
        done["refreshed"] = {"scope": fresh.get("scope"), "rotated": rotated, "sub": sub}
        done["replayed"] = outcome(old)

    # Authlib has no sign-out; the address is put together by hand.
    end = PreparedRequest()
    left = secrets.token_urlsafe(16)
    end.prepare_url(
        metadata["end_session_endpoint"],
        {
            "id_token_hint": token["id_token"],
            "post_logout_redirect_uri": asked["post_logout_redirect_uri"],
            "state": left,
        },
    )
    say({"open": end.url})
    done["signed_out"] = f"state={left}" in hear()["url"]
    if fresh:
        done["after_sign_out"] = outcome(fresh["refresh_token"])
    say({"done": done})


main()
