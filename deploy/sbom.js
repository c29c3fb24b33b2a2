/**
 * sbom.js PACKAGE: of all that `npm sbom --sbom-format cyclonedx` lists of a checkout, on standard input, keeps what is in the unpacked package
 * PACKAGE: what was bundled, by the notices in it, and the packages that it carries. npm takes what is bundled for a tool of development.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, stdin, stdout } from 'node:process';
import { text } from 'node:stream/consumers';
import { namedIn } from '../notices.js';

const folder = argv[2];
const read = (name) => readFileSync(join(folder, name), 'utf8');
const { name: ownName, bundleDependencies } = JSON.parse(read('package.json'));
const carried = bundleDependencies.map(
  (name) => `${name}@${JSON.parse(read(`node_modules/${name}/package.json`)).version}`,
);
const kept = new Set([...namedIn(read('dist/THIRD_PARTY_NOTICES.txt')), ...carried]);

const { components, dependencies, ...bom } = JSON.parse(await text(stdin));
const nameOf = ({ name, version }) => `${name}@${version}`;
// npm names it after the checkout's folder.
bom.metadata.component.name = ownName;
const listed = components.filter((component) => kept.has(nameOf(component)));
const missing = [...kept].filter((name) => !listed.some((component) => nameOf(component) === name));
if (missing.length > 0) throw new Error(`npm does not list ${missing.join(', ')}`);

const refs = new Set([bom.metadata.component['bom-ref'], ...listed.map((component) => component['bom-ref'])]);
const parts = {
  components: listed.map(({ properties = [], ...component }) => ({
    ...component,
    scope: 'required',
    properties: properties.filter(({ name }) => name !== 'cdx:npm:package:development'),
  })),
  dependencies: dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
};
stdout.write(`${JSON.stringify({ ...bom, ...parts }, null, 2)}\n`);
