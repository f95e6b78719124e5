// A browser client that nobody here wrote (npm `oidc-client-ts`), in a real Chromium: README.md.
//
// It serves an application of one page on `localhost`, a site other than 127.0.0.1 where the authority is, and drives
// the browser through sign-in, refresh and sign-out. Says where the application is, hears who it is, says what came.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
let finished = false;
// Nobody listens any more; Chromium ends with its pipe.
input.on('close', () => finished || process.exit(1));
const hear = async () => JSON.parse((await lines.next()).value);
const say = (line) => console.log(JSON.stringify(line));

const LIBRARY = await readFile('node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js');
const PAGE = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Application</title>
<h1>Application</h1><script src="/oidc-client-ts.js"></script></html>`;

const server = createServer((request, response) => {
  const library = request.url === '/oidc-client-ts.js';
  response.setHeader('content-type', library ? 'text/javascript' : 'text/html; charset=utf-8');
  response.end(library ? LIBRARY : PAGE);
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const app = `http://localhost:${server.address().port}`;
say({ redirect_uri: `${app}/callback`, post_logout_redirect_uri: `${app}/signed-out` });
const asked = await hear();

const profile = await mkdtemp(join(process.cwd(), 'profile-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: asked.chromium,
  headless: true,
  timeout: 60_000,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});
context.setDefaultTimeout(60_000);
const page = context.pages()[0] ?? (await context.newPage());
page.on('pageerror', (error) => console.error(error));

let shots = 0;
async function look(name) {
  if (!asked.screenshots) return;
  shots += 1;
  await page.screenshot({ path: join(asked.screenshots, `oidc-client-ts-${shots}-${name}.png`), fullPage: true });
}

/** Runs in the page, with a user manager as an application would make it. */
function inPage(action, ...rest) {
  const settings = {
    authority: asked.issuer,
    client_id: asked.client_id,
    redirect_uri: asked.redirect_uri,
    post_logout_redirect_uri: asked.post_logout_redirect_uri,
    response_type: 'code',
    scope: asked.scope,
    loadUserInfo: true,
    automaticSilentRenew: false,
    monitorSession: false,
  };
  const run = `(async () => {
    const manager = new oidc.UserManager({
      ...${JSON.stringify(settings)},
      userStore: new oidc.WebStorageStateStore({ store: window.sessionStorage }),
    });
    return (${action})(manager, ...${JSON.stringify(rest)});
  })()`;
  return page.evaluate(run);
}

/** Leaves the page by an action of the library. */
async function leave(action) {
  const before = page.url();
  await inPage(`(manager) => void manager.${action}()`);
  await page.waitForURL((url) => url.href !== before);
}

/** Fills in whatever forms the authority shows, until the application has the browser again; how many there were. */
async function goThrough(name) {
  for (let pages = 0; pages < 8; pages += 1) {
    await page.waitForLoadState('load');
    if (page.url().startsWith(app)) return pages;
    await look(name);
    for (const [field, value] of Object.entries(asked.answers)) {
      const input = page.locator(`input[name="${field}"]:visible`);
      if (await input.count()) await input.fill(value);
    }
    const onwards = page.locator('button[type=submit]:visible, main a:visible').first();
    if (!(await onwards.count())) break;
    const before = page.url();
    await onwards.click();
    await page.waitForURL((url) => url.href !== before);
  }
  throw new Error(`lost at ${page.url()}: ${await page.locator('body').innerText()}`);
}

try {
  await page.goto(app);
  await leave('signinRedirect');
  await goThrough('sign-in');
  const done = await inPage(`async (manager) => {
    const user = await manager.signinCallback();
    return { id_token: user.profile, scope: user.scope, expires_in: user.expires_in, refresh: Boolean(user.refresh_token) };
  }`);
  await look('signed-in');
  if (done.refresh) {
    done.refreshed = await inPage(`async (manager) => {
      const before = (await manager.getUser()).refresh_token;
      const user = await manager.signinSilent();
      return { scope: user.scope, rotated: user.refresh_token !== before, sub: user.profile.sub };
    }`);
  }
  // A second sign-in finds the session of the first: nobody is asked.
  await page.goto(app);
  await leave('signinRedirect');
  done.asked_again = (await goThrough('again')) > 0;
  await inPage('(manager) => manager.signinCallback()');

  await leave('signoutRedirect');
  await goThrough('sign-out');
  done.signed_out = page.url().startsWith(asked.post_logout_redirect_uri);
  await inPage('(manager) => manager.signoutCallback()');
  done.user_left = await inPage('async (manager) => (await manager.getUser()) !== null');
  await look('signed-out');
  finished = true;
  say({ done });
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
process.exit(0);
