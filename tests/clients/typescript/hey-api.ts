import assert from 'node:assert/strict';
import { createCourse, getAttainment, getCourse, listAgencies, logIn, updateCourse } from './generated/hey-api';
import { client } from './generated/hey-api/client.gen';
import * as story from './story';

async function main() {
  client.setConfig({ baseUrl: story.baseUrl });
  const { data: token } = await logIn({ body: story.credentials });
  assert(token);
  client.setConfig({ auth: token.access_token });

  const agencies = await listAgencies({ query: { kind: 'ubnd_phuong' } });
  assert(agencies.data);
  story.expectWards(agencies.data.items);

  const course = story.course('hey-api');
  const created = await createCourse({ body: course });
  assert.equal(created.data?.hours, 8);
  const path = { code: course.code };
  const read = await getCourse({ path });
  assert.equal(read.data?.name, course.name);
  assert(read.response);
  const change = { path, headers: { 'If-Match': story.tag(read.response.headers) }, body: { hours: 16 } };
  const changed = await updateCourse(change);
  assert.equal(changed.data?.hours, 16);
  const stale = await updateCourse(change);
  story.expectProblem(stale.error, 412, 'stale');

  const attainment = await getAttainment({ path: story.attainment });
  assert(attainment.data);
  story.expectShortfall(attainment.data);

  const missing = await getCourse({ path: { code: 'KHONG-CO' } });
  story.expectProblem(missing.error, 404, 'not_found');
  const refused = await createCourse({ body: { ...course, code: 'THU-NGUOC', to: '2026-11-01' } });
  story.expectProblem(refused.error, 422, 'invalid_input');
  assert.equal(refused.error?.errors[0]?.pointer, '/to');
}

void main();
