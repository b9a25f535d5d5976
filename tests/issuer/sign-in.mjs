// Somebody who logs in at an issuer with a browser: `node sign-in.mjs ISSUER NAME` walks through the pages (authorization
// code with PKCE, RFC 7636) and prints what the issuer's token endpoint answers.
import { createHash, randomBytes } from 'node:crypto';

const [issuer, name] = process.argv.slice(2);
const cookies = new Map();

async function go(url, form) {
  const headers = { cookie: [...cookies].map(([key, value]) => `${key}=${value}`).join('; ') };
  const request = { redirect: 'manual', headers };
  const answer = await fetch(url, form ? { ...request, method: 'POST', body: new URLSearchParams(form) } : request);
  for (const cookie of answer.headers.getSetCookie()) {
    const [key, value] = cookie.split(';')[0].split('=');
    cookies.set(key, value);
  }
  const next = answer.headers.get('location');
  return { answer, next: next && new URL(next, url) };
}

const { authorization_endpoint: authorize, token_endpoint: tokens } =
  await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const verifier = randomBytes(32).toString('base64url');
const query = new URLSearchParams({
  client_id: 'thidua',
  redirect_uri: 'http://127.0.0.1/signed-on',
  response_type: 'code',
  scope: 'openid profile thidua',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
});

let { next } = await go(`${authorize}?${query}`);
for (const form of [{ prompt: 'login', login: name, password: 'any' }, { prompt: 'consent' }]) {
  await go(next);
  ({ next } = await go(next, form));
  ({ next } = await go(next));
}
const code = next.searchParams.get('code');
const answer = await fetch(tokens, {
  method: 'POST',
  headers: { authorization: `Basic ${Buffer.from('thidua:a-secret-of-the-test-front-end').toString('base64')}` },
  body: new URLSearchParams({
    grant_type: 'authorization_code', code, redirect_uri: 'http://127.0.0.1/signed-on', code_verifier: verifier,
  }),
});
console.log(JSON.stringify(await answer.json()));
