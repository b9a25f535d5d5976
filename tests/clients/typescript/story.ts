// The story of every client: the server, the user, the rows to write, and the answers that must come back.
import assert from 'node:assert/strict';

export const baseUrl = setting('THIDUA_URL');
export const credentials = { username: setting('THIDUA_USERNAME'), password: setting('THIDUA_PASSWORD') };
export const attainment = { indicator: 'CT7', agency: 'H18.SKHCN', period: '2026-10' };

/** A course under a code of the client's own. */
export function course(client: string) {
  return {
    code: `THU-${client.toUpperCase()}`,
    name: 'Kỹ năng số cơ bản (thử máy khách)',
    kind: 'basic_digital_skills',
    form: 'blended',
    hours: 8,
    from: '2026-11-03',
    to: '2026-11-04',
    organiser: 'H18.SKHCN',
  } as const;
}

/** The tag of a read, which a change that rests on it gives as its precondition. */
export function tag(read: Headers): string {
  const tag = read.get('etag');
  assert(tag);
  return tag;
}

/** The three wards of the sample province, and nothing else. */
export function expectWards(agencies: { kind?: string }[]) {
  assert.deepEqual(agencies.map(({ kind }) => kind), Array(3).fill('ubnd_phuong'));
}

/** The sample's shortfall, to the unit. */
export function expectShortfall(read: { verdict: string; shortfall?: number | null }) {
  assert.deepEqual([read.verdict, read.shortfall], ['not_met', 3]);
}

/** A refusal with the status and code of the contract's Problem. */
export function expectProblem(problem: { status: number; code: string } | undefined, status: number, code: string) {
  assert.deepEqual([problem?.status, problem?.code], [status, code]);
}

function setting(name: string): string {
  const value = process.env[name];
  assert(value, `${name} is not set; run this through scripts/clients`);
  return value;
}
