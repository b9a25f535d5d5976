import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { paths } from './generated/openapi-fetch/schema';
import * as story from './story';

async function main() {
  const api = createClient<paths>({ baseUrl: story.baseUrl });
  const login = await api.POST('/api/v1/auth/login', { body: story.credentials });
  assert(login.data);
  const token = login.data.access_token;
  api.use({
    onRequest({ request }) {
      request.headers.set('Authorization', `Bearer ${token}`);
    },
  });

  const agencies = await api.GET('/api/v1/agencies', { params: { query: { kind: 'ubnd_phuong' } } });
  assert(agencies.data);
  story.expectWards(agencies.data.items);

  const course = story.course('openapi-fetch');
  const created = await api.POST('/api/v1/courses', { body: course });
  assert.equal(created.data?.hours, 8);
  const path = { code: course.code };
  const read = await api.GET('/api/v1/courses/{code}', { params: { path } });
  assert.equal(read.data?.name, course.name);
  const change = {
    params: { path, header: { 'If-Match': story.tag(read.response.headers) } },
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: { hours: 16 },
  };
  const changed = await api.PATCH('/api/v1/courses/{code}', change);
  assert.equal(changed.data?.hours, 16);
  const stale = await api.PATCH('/api/v1/courses/{code}', change);
  story.expectProblem(stale.error, 412, 'stale');

  const attainment = await api.GET('/api/v1/attainments/{indicator}/{agency}/{period}', {
    params: { path: story.attainment },
  });
  assert(attainment.data);
  story.expectShortfall(attainment.data);

  const missing = await api.GET('/api/v1/courses/{code}', { params: { path: { code: 'KHONG-CO' } } });
  story.expectProblem(missing.error, 404, 'not_found');
  const refused = await api.POST('/api/v1/courses', { body: { ...course, code: 'THU-NGUOC', to: '2026-11-01' } });
  story.expectProblem(refused.error, 422, 'invalid_input');
  assert.equal(refused.error?.errors[0]?.pointer, '/to');
}

void main();
