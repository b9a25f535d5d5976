// An OpenID Connect issuer (oidc-provider, certified by the OpenID Foundation) with accounts from a file and a log-in that
// takes any password: `node issuer.mjs PORT KEYS ACCOUNTS`. It ends when its standard input does.
//
// KEYS is a JSON list of private keys, the one that signs first; it is made when missing. ACCOUNTS is a JSON object, name →
// claims, read again at every log-in.
import { createHash, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

// It warns of what only tests may do.
console.info = console.warn = () => {};

const [port, keys, accounts] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const audience = 'urn:thidua:api';

if (!existsSync(keys)) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(jwk.n).digest('hex').slice(0, 16);
  const pkcs1 = privateKey.export({ format: 'der', type: 'pkcs1' }).toString('base64');
  writeFileSync(keys, JSON.stringify([{ jwk: { ...jwk, kid, alg: 'RS256', use: 'sig' }, pkcs1 }]));
}

const claimsOf = (name) => JSON.parse(readFileSync(accounts, 'utf8'))[name];

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'thidua',
    client_secret: 'a-secret-of-the-test-front-end',
    redirect_uris: ['http://127.0.0.1/signed-on'],
  }],
  jwks: { keys: JSON.parse(readFileSync(keys, 'utf8')).map((key) => key.jwk) },
  cookies: { keys: ['a-key-for-cookies-of-the-tests'] },
  // The claims stand in the ID token itself, as most issuers are set up.
  conformIdTokenClaims: false,
  scopes: ['openid', 'profile', 'thidua'],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], thidua: ['roles', 'agency', 'realm_access'] },
  findAccount: (_, name) => {
    const claims = claimsOf(name);
    return claims && { accountId: name, claims: () => ({ sub: name, ...claims }) };
  },
  extraTokenClaims: (_, token) => token.accountId && claimsOf(token.accountId),
  features: {
    resourceIndicators: {
      enabled: true,
      defaultResource: () => audience,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'thidua', audience, accessTokenFormat: 'jwt', accessTokenTTL: 600 }),
    },
  },
});

provider.listen(Number(port), '127.0.0.1', () => console.log(issuer));
process.stdin.on('end', () => process.exit(0)).resume();
