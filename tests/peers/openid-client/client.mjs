// A certified Relying Party that nobody here wrote (npm `openid-client`), speaking as every peer does: README.md.

import * as client from 'openid-client';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const hear = async () => JSON.parse((await lines.next()).value);
const say = (line) => console.log(JSON.stringify(line));

const asked = await hear();
const { issuer, flow, client_id, client_secret, redirect_uri, post_logout_redirect_uri, scope } = asked;

/** How many rows the API gives for this token. */
async function rows(token) {
  const answer = await client.fetchProtectedResource(config, token, new URL(asked.api), 'GET');
  return (await answer.json()).value.length;
}

const config = await client.discovery(
  new URL(issuer),
  client_id,
  undefined,
  client_secret ? client.ClientSecretPost(client_secret) : client.None(),
  { execute: [client.allowInsecureRequests] },
);
// Signatures are checked also where TLS would do.
client.enableNonRepudiationChecks(config);
if (flow === 'client_credentials') {
  const { access_token, scope: granted, expires_in } = await client.clientCredentialsGrant(config, { scope });
  say({ done: { scope: granted, expires_in, rows: await rows(access_token) } });
  process.exit(0);
}
if (flow === 'code id_token') client.useCodeIdTokenResponseType(config);

const verifier = client.randomPKCECodeVerifier();
const checks = {
  pkceCodeVerifier: verifier,
  expectedState: client.randomState(),
  expectedNonce: client.randomNonce(),
  idTokenExpected: true,
};
const url = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope,
  state: checks.expectedState,
  nonce: checks.expectedNonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  ...(flow === 'code id_token' ? { response_mode: 'form_post' } : {}),
});
say({ open: url.href });
const callback = await hear();
const received = callback.body
  ? new Request(callback.url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: callback.body,
    })
  : new URL(callback.url);
const tokens = await client.authorizationCodeGrant(config, received, checks);
const claims = tokens.claims();
const done = { id_token: claims, scope: tokens.scope, expires_in: tokens.expires_in };

if (asked.api) done.rows = await rows(tokens.access_token);
if (asked.userinfo) {
  done.userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
}
let fresh;
const outcome = (tried) => tried.then(() => 'accepted', (error) => error.error ?? String(error));
if (tokens.refresh_token) {
  fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  done.refreshed = {
    scope: fresh.scope ?? null,
    rotated: Boolean(fresh.refresh_token) && fresh.refresh_token !== tokens.refresh_token,
    sub: fresh.claims()?.sub ?? null,
  };
  done.replayed = await outcome(client.refreshTokenGrant(config, tokens.refresh_token));
}

const state = client.randomState();
const end = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri,
  state,
});
say({ open: end.href });
done.signed_out = new URL((await hear()).url).searchParams.get('state') === state;
if (fresh) done.after_sign_out = await outcome(client.refreshTokenGrant(config, fresh.refresh_token));
say({ done });
process.exit(0);
