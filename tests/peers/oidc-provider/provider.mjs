// A certified OpenID Provider that nobody here wrote (npm `oidc-provider`), set up to look like an ERP.net instance.
//
//   node provider.mjs [--port N]
//
// Listens on 127.0.0.1, prints one line of JSON about itself to stdout, and stops when stdin closes. Rule ids name the
// rules of ERP.net's authentication that a setting follows; where the provider cannot follow, README.md says so.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

// stdout is for the one line; the provider's notices about development settings go elsewhere.
console.info = console.error;
console.warn = () => {};
const { default: Provider } = await import('oidc-provider');

const API = 'urn:erpnet:domain-api';
const API_SCOPES = ['read', 'update'];
const ACCOUNT = {
  sub: 'jane',
  id: '9da64839-6a6c-4c52-9f8d-1f2b1d9b6a11',
  name: 'Jane Doe',
  email: 'jane@example.com',
  user_type: 'InternalUser',
  locale: 'bg',
  // Text, as ERP.net writes it (AUTH-250).
  email_verified: 'false',
  is_admin: 'false',
};
const SECRET = 'a secret that the provider knows';
const PORTS = process.argv.indexOf('--port');
const PORT = PORTS < 0 ? 0 : Number(process.argv[PORTS + 1]);

const client = (client_id, metadata) => ({
  client_id,
  client_secret: SECRET,
  token_endpoint_auth_method: 'client_secret_post', // AUTH-084
  redirect_uris: [],
  response_types: [],
  grant_types: [],
  require_auth_time: true,
  ...metadata,
});

// OpenID Connect keeps http redirects from web clients with `code id_token`: their https redirects lead nowhere, and
// whoever drives the browser takes them from it.
const WEB = 'https://app.example.test/signin';
const LOGGED_OUT = 'https://app.example.test/signed-out';
const NATIVE = 'http://127.0.0.1:7171/callback';
const CLIENTS = {
  service: client('com.example/reports', { grant_types: ['client_credentials'] }),
  web: client('com.example/web', {
    redirect_uris: [WEB],
    post_logout_redirect_uris: [LOGGED_OUT],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
  }),
  hybrid: client('com.example/hybrid', {
    redirect_uris: [WEB],
    post_logout_redirect_uris: [LOGGED_OUT],
    response_types: ['code id_token'], // AUTH-163
    grant_types: ['authorization_code', 'implicit', 'refresh_token'],
  }),
  desktop: client('com.example/desktop', {
    application_type: 'native',
    client_secret: undefined,
    token_endpoint_auth_method: 'none',
    redirect_uris: [NATIVE],
    post_logout_redirect_uris: [NATIVE],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
  }),
};

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomBytes(16).toString('hex').toUpperCase(); // AUTH-070
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' };
}

const wantsApi = (scope = '') => scope.split(' ').some((name) => API_SCOPES.includes(name));

function configuration() {
  return {
    clients: Object.values(CLIENTS),
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    scopes: ['openid', 'profile', 'offline_access'],
    claims: {
      openid: ['sub'],
      profile: Object.keys(ACCOUNT).filter((name) => name !== 'sub'),
    },
    responseTypes: ['code', 'code id_token'],
    pkce: { required: () => true }, // AUTH-159
    clientAuthMethods: ['client_secret_post', 'client_secret_basic', 'none'],
    conformIdTokenClaims: true, // AUTH-183
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ ...ACCOUNT, sub }) }),
    rotateRefreshToken: true, // AUTH-192
    // The places of IdentityServer4 (AUTH-060, AUTH-087, AUTH-088).
    routes: {
      authorization: '/connect/authorize',
      token: '/connect/token',
      userinfo: '/connect/userinfo',
      end_session: '/connect/endsession',
      revocation: '/connect/revocation',
      jwks: '/.well-known/openid-configuration/jwks',
    },
    ttl: { IdToken: 300, AccessToken: 3600, ClientCredentials: 3600, RefreshToken: 30 * 24 * 3600 },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      userinfo: { enabled: true },
      // Signed access tokens for the API whenever one of its scopes is asked for (AUTH-077); a sign-in without gets
      // an opaque one, which the userinfo endpoint takes.
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx) => (wantsApi(ctx.oidc.params.scope) ? API : undefined),
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          // ERP.net names all scopes in its answers, not only those of the API.
          scope: ['openid', 'profile', 'offline_access', ...API_SCOPES].join(' '),
          audience: 'DomainAPI',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    formats: { customizers: { jwt: dressToken } },
  };
}

/** The claims of ERP.net: a service token names its system user and has no `sub` (AUTH-255), scopes are a list. */
function dressToken(_, token, { payload }) {
  payload.nbf = payload.iat;
  payload.scope = (payload.scope ?? '').split(' ').filter(Boolean);
  if (token.kind === 'ClientCredentials') {
    delete payload.sub;
    payload.client_db = 'Peer';
    payload.client_system_user = 'svc.peer';
    payload.client_system_user_type = 'InternalUser';
  } else {
    Object.assign(payload, ACCOUNT, { sub: payload.sub, db: 'Peer', idp: 'local' });
  }
}

/** Auto-discovery (AUTH-010, AUTH-013). */
function sites(root) {
  const site = (Type, path, AdditionalProperties = null) => ({
    Type,
    Status: 'Working',
    StatusDescription: 'OK',
    Url: `${root}${path}`,
    System: Type === 'ID',
    AdditionalProperties,
  });
  const api = site('DomainAPI', '/api', { ODataServiceRoot: `${root}/api/domain/odata/` });
  return { Host: new URL(root).host, DbName: 'Peer', WebSites: [site('ID', '/id'), api] };
}

/** ERP.net gives refresh tokens without asking; this provider wants `prompt=consent` for them (OpenID Connect 11). */
function askForConsent(path) {
  const url = new URL(path, 'http://127.0.0.1');
  const offline = url.searchParams.get('scope')?.split(' ').includes('offline_access');
  if (url.pathname === '/id/connect/authorize' && offline && !url.searchParams.has('prompt')) {
    url.searchParams.set('prompt', 'consent');
    return url.pathname + url.search;
  }
  return path;
}

let answer;
const server = createServer((request, response) => answer(request, response));
server.listen(PORT, '127.0.0.1', () => {
  const root = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(`${root}/id`, configuration());
  const granted = {};
  provider.on('grant.success', ({ oidc: { params } }) => {
    granted[params.grant_type] = (granted[params.grant_type] ?? 0) + 1;
  });
  provider.on('server_error', (_, error) => console.error(error));
  const serve = provider.callback();
  answer = (request, response) => {
    const known = { '/tools/auto-discovery': sites(root), '/granted': granted }[request.url];
    if (known) {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(known));
    } else if (request.url.startsWith('/id/')) {
      // The provider finds out from the two that it lives below `/id`.
      request.originalUrl = askForConsent(request.url);
      request.url = request.originalUrl.slice('/id'.length);
      serve(request, response);
    } else {
      response.statusCode = 404;
      response.end();
    }
  };
  const clients = Object.entries(CLIENTS).map(([name, known]) => [
    name,
    {
      client_id: known.client_id,
      client_secret: known.client_secret ?? null,
      redirect_uri: known.redirect_uris[0] ?? null,
      post_logout_redirect_uri: known.post_logout_redirect_uris?.[0] ?? null,
    },
  ]);
  console.log(
    JSON.stringify({ url: root, issuer: `${root}/id`, user: ACCOUNT.sub, clients: Object.fromEntries(clients) }),
  );
});

process.stdin.on('end', () => process.exit(0)).resume();
