import assert from 'node:assert/strict';
import { listAgencies } from './generated/orval/agencies/agencies';
import { getAttainment } from './generated/orval/attainments/attainments';
import { logIn } from './generated/orval/auth/auth';
import { createCourse, getCourse, updateCourse } from './generated/orval/courses/courses';
import { session } from './orval-send';
import * as story from './story';

async function main() {
  const token = await logIn(story.credentials);
  assert(token.status === 200);
  session.token = token.data.access_token;

  const agencies = await listAgencies({ kind: 'ubnd_phuong' });
  assert(agencies.status === 200);
  story.expectWards(agencies.data.items);

  const course = story.course('orval');
  const created = await createCourse(course);
  assert(created.status === 201);
  assert.equal(created.data.hours, 8);
  const read = await getCourse(course.code);
  assert(read.status === 200);
  assert.equal(read.data.name, course.name);
  const precondition = { 'If-Match': story.tag(read.headers) };
  const changed = await updateCourse(course.code, { hours: 16 }, precondition);
  assert(changed.status === 200);
  assert.equal(changed.data.hours, 16);
  const stale = await updateCourse(course.code, { hours: 16 }, precondition);
  assert(stale.status === 412);
  story.expectProblem(stale.data, 412, 'stale');

  const { indicator, agency, period } = story.attainment;
  const attainment = await getAttainment(indicator, agency, period);
  assert(attainment.status === 200);
  story.expectShortfall(attainment.data);

  const missing = await getCourse('KHONG-CO');
  assert(missing.status === 404);
  story.expectProblem(missing.data, 404, 'not_found');
  const refused = await createCourse({ ...course, code: 'THU-NGUOC', to: '2026-11-01' });
  assert(refused.status === 422);
  story.expectProblem(refused.data, 422, 'invalid_input');
  assert.equal(refused.data.errors[0]?.pointer, '/to');
}

void main();
