/** Covers: the links of all Markdown files lead to files and headings that there are, and what README.md shows is good. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { packageRoot } from '../../src/packageRoot.js';
import { write } from '../config/files.js';
import { runExporter } from '../support/exporter.js';
import { documents } from './documents.js';

/** What Git forges make of headings for links to lead to. */
function anchorsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, head]) =>
    head!
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

describe('the links', () => {
  for (const { name, text } of documents) {
    it(`of ${name} lead somewhere`, () => {
      const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
      for (const link of links.filter((one) => !/^https?:/.test(one))) {
        const [path = '', anchor] = link.split('#');
        const file = path === '' ? join(packageRoot, name) : join(packageRoot, dirname(name), path);
        assert.ok(existsSync(file), link);
        if (anchor !== undefined) assert.ok(anchorsOf(file).includes(anchor), link);
      }
    });
  }
});

describe('README.md', () => {
  const { text } = documents.find(({ name }) => name === 'README.md')!;

  it('shows a config of which a kernel has all', () => {
    const [, example] = /```yaml\n(version: 1\n.*?)```/s.exec(text)!;
    const flags = ['--simulate=amd64-14,cpus=2', `--config.file=${write(example!)}`];
    const { code, stderr } = runExporter('check', '--symbols', ...flags);
    assert.equal(code, 0, stderr);
    const { stdout } = runExporter('print', '--log.level=error', ...flags);
    for (const name of [
      'freebsd_ip_total',
      'freebsd_namecache_negative_hits_per_cpu_total',
      'freebsd_udp_sent_datagrams_per_cpu_total',
    ])
      assert.match(stdout, new RegExp(`^${name}[ {]`, 'm'));
  });

  it('names packs that there are', () => {
    const [, words] = /The other packs need only be named: (.*?) and a few more/s.exec(text)!;
    const packs = [...words!.matchAll(/`(\w+)`/g)].map(([, pack]) => pack!);
    assert.ok(packs.length > 20);
    for (const pack of packs) assert.ok(existsSync(join(packageRoot, 'config', 'packs', `${pack}.yaml`)), pack);
  });
});
