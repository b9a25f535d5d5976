import assert from 'node:assert/strict';
import {
  AgenciesApi,
  AgencyKind,
  AttainmentsApi,
  AuthApi,
  Configuration,
  CoursesApi,
  ProblemFromJSON,
  ResponseError,
  type Problem,
} from './generated/typescript-fetch';
import * as story from './story';

async function main() {
  const login = new AuthApi(new Configuration({ basePath: story.baseUrl }));
  const { accessToken } = await login.logIn({ credentials: story.credentials });
  const configuration = new Configuration({ basePath: story.baseUrl, accessToken });

  const agencies = await new AgenciesApi(configuration).listAgencies({ kind: AgencyKind.UbndPhuong });
  story.expectWards(agencies.items);

  const courses = new CoursesApi(configuration);
  const course = { ...story.course('typescript-fetch'), from: new Date('2026-11-03'), to: new Date('2026-11-04') };
  const created = await courses.createCourse({ courseInput: course });
  assert.equal(created.hours, 8);
  const { code } = course;
  const read = await courses.getCourseRaw({ code });
  assert.equal((await read.value()).name, course.name);
  const change = { code, ifMatch: story.tag(read.raw.headers), coursePatch: { hours: 16 } };
  const changed = await courses.updateCourse(change);
  assert.equal(changed.hours, 16);
  const stale = await refusal(courses.updateCourse(change));
  story.expectProblem(stale, 412, 'stale');

  story.expectShortfall(await new AttainmentsApi(configuration).getAttainment(story.attainment));

  const missing = await refusal(courses.getCourse({ code: 'KHONG-CO' }));
  story.expectProblem(missing, 404, 'not_found');
  const backwards = { ...course, code: 'THU-NGUOC', to: new Date('2026-11-01') };
  const refused = await refusal(courses.createCourse({ courseInput: backwards }));
  story.expectProblem(refused, 422, 'invalid_input');
  assert.equal(refused.errors[0]?.pointer, '/to');
}

/** The problem a request was refused with. */
async function refusal(request: Promise<unknown>): Promise<Problem> {
  const error: unknown = await request.then(() => assert.fail('not refused'), (error: unknown) => error);
  assert(error instanceof ResponseError);
  return ProblemFromJSON(await error.response.json());
}

void main();
