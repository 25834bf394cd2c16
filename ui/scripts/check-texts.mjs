// Both languages have the same keys and the same placeholders, and no text is left empty.
import { readFileSync } from 'node:fs';

const parse = (name) => JSON.parse(readFileSync(new URL(`../src/text/${name}.json`, import.meta.url), 'utf8'));
const read = (name) => [parse(name), parse(`routing.${name}`)];

function flat(node, prefix = '') {
  return Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value]] : flat(value, `${prefix}${key}.`),
  );
}

// English has a singular and a plural, Chinese one form: `_one` needs no twin there.
const base = (key) => key.replace(/_(one|other)$/, '');
const holes = (text) => [...text.matchAll(/{{\s*(\w+)/g)].map((match) => match[1]).sort().join();

const en = read('en').flatMap((part) => flat(part));
const zh = read('zh-CN').flatMap((part) => flat(part));
const faults = [];
for (const [one, other, name] of [[en, zh, 'zh-CN'], [zh, en, 'en']]) {
  const there = new Set(other.map(([key]) => base(key)));
  for (const [key] of one) if (!there.has(base(key))) faults.push(`${name}.json lacks ${key}`);
}
const english = new Map(en);
for (const [key, text] of [...en, ...zh]) if (!text.trim()) faults.push(`${key} is empty`);
for (const [key, text] of zh) {
  const twin = english.get(key);
  if (twin !== undefined && holes(twin) !== holes(text)) faults.push(`${key}: placeholders differ: [${holes(twin)}] and [${holes(text)}]`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exit(1);
}
console.log(`${en.length} English and ${zh.length} Chinese texts agree`);
