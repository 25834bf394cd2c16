import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { api, Problem } from '../src/api/client.ts';

const genuine = globalThis.fetch;
let sent: { url: string; method: string; headers: Record<string, string> }[] = [];

function answers(...replies: Response[]): void {
  sent = [];
  globalThis.fetch = (url, init) => {
    sent.push({ url: String(url), method: init?.method ?? '', headers: init?.headers as Record<string, string> });
    return Promise.resolve(replies.shift() ?? new Response(null, { status: 500 }));
  };
}

const record = (version: string) => new Response('{"name":"Ann"}', { status: 200, headers: { ETag: version } });

afterEach(() => { globalThis.fetch = genuine; });

test('a change names the version it was made on', async () => {
  answers(record('"3"'), record('"4"'), record('"5"'));
  const read = await api.versioned<{ name: string }>('/campaigns/c1');
  assert.deepEqual(read, { data: { name: 'Ann' }, version: '"3"' });
  const first = await api.change('PUT', '/campaigns/c1', {}, read.version);
  await api.change('PATCH', '/campaigns/c1', {}, first.version);
  assert.deepEqual(sent.map((each) => each.headers['If-Match']), [undefined, '"3"', '"4"']);
});

test('a change of an older version is a problem with the code of the server', async () => {
  answers(new Response('{"status":412,"code":"version_changed","detail":"it was changed"}', { status: 412 }));
  await assert.rejects(api.change('PUT', '/templates/t1', {}, '"1"'), (fault: unknown) => fault instanceof Problem && fault.status === 412 && fault.code === 'version_changed');
});

test('what has no version asks for none', async () => {
  answers(record(''), new Response(null, { status: 204 }));
  await api.change('PUT', '/campaigns/c1', {}, null);
  assert.equal(await api.delete('/campaigns/c1'), undefined);
  assert.ok(sent.every((each) => !('If-Match' in each.headers)));
});
