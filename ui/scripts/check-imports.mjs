/** No module may import itself by way of others: such a circle loads in an order nobody chose. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const IMPORT = /^(?:import|export)(?! type\b)[^;]*?from '(\.[^']+\.tsx?)'/gm;
const imports = new Map();
for (const name of readdirSync('src', { recursive: true })) {
  if (!/\.tsx?$/.test(name)) continue;
  const file = join('src', name);
  const text = readFileSync(file, 'utf8');
  imports.set(file, [...text.matchAll(IMPORT)].map(([, to]) => normalize(join(dirname(file), to))));
}

const done = new Set();
const circles = [];
function visit(file, path) {
  if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
  if (done.has(file) || path.includes(file)) return;
  for (const to of imports.get(file) ?? []) visit(to, [...path, file]);
  done.add(file);
}
for (const file of imports.keys()) visit(file, []);

if (circles.length > 0) {
  console.error(circles.join('\n'));
  process.exit(1);
}
console.log(`${imports.size} modules, no circle`);
