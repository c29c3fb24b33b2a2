/** Config files: every one is taken or refused with a FileError that says where. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '../../../src/yaml/diagnostics.js';
import { loadConfig } from '../../../src/config/load.js';
import { makeCatalog } from '../catalog.js';
import { Random } from '../random.js';
import { parseSimulatorSpec } from '../../../src/simulator/spec.js';
import { assertToldWell } from './configErrors.js';
import { mutated } from './mutation.js';
import { check, type Target } from './target.js';

const WORDS = [
  ...[
    'version: 1\n',
    'counters:',
    'zpcpu:',
    'dpcpu:',
    'pcpu:',
    'packs:',
    'list:',
    'values:',
    'interrupts:',
    'symbol: ',
    'struct: ',
    'metric: ',
    'help: ',
    'type: ',
  ],
  ...['members:', 'fields:', 'offset: ', 'length: ', 'size: ', 'format: ', 'labels: ', 'names: ', 'label: ', 'cpu: '],
  ...['link: ', 'inside: ', 'keys: ', 'check: ', 'where: ', 'same: ', 'zpcpu: ', 'duplicates: ', 'limit: ', 'plus: '],
  ...['count: ', 'member: ', 'name: ', 'peak: ', 'vnet: ', 'activity: ', 'window: ', 'value: ', 'self', 'outer', 'all'],
  ...['optional: ', 'prefix: ', 'reader: ', 'interval: ', 'created: ', 'openmetrics: ', 'scrape: ', 'index: '],
  ...[
    'u64',
    'i8',
    'ptr',
    'counter',
    'gauge',
    'both',
    'per_cpu',
    'sum',
    'spread',
    'tcp',
    '_total',
    '*',
    '**',
    '?',
    '-',
    '- ',
    ': ',
  ],
  ...['{', '}', '[', ']', ',', '"', "'", '|', '>', '&a ', '*a', '<<: ', '!!int ', '!!binary ', '%YAML 1.1\n', '---\n'],
  ...['...\n', '#', '~', 'null', 'true', 'no', '0', '-1', '017', '0x10', '1e999', '.nan', '9007199254740993', '1_000'],
  ...['\t', '\r\n', '\u2028', '\ufeff', '\u0000', '\u001b[31m', 'é', '😀', '__proto__', 'constructor', 'toString'],
];

/** What the catalogue of the torture has none of. */
const OTHERS = [
  `list:
  - symbol: uma_kegs
    link: uk_link
    inside: { member: uk_zones, link: uz_link }
    keys: { zone: uz_name }
    check: { uz_keg: outer }
    same: [uz_allocs]
    duplicates: nth
    limit: 100
    type: counter
    cpu: sum
    members: [{ name: uz_allocs, plus: uz_cpu.uc_allocs, metric: uma_total, help: H. }]
`,
  'list: [{symbol: kmemstatistics, link: ks_next, keys: {type: ks_shortdesc}, zpcpu: ks_mti.mti_stats, members: [mts_memfreed]}]\n',
  'list: [{symbol: linker_files, link: link, keys: {file: filename}, where: {refs: 1}, check: {self: self}, members: [refs]}]\n',
  'interrupts: [{metric: i_total, help: H., peak: true}, {metric: s_total, help: H., value: stray}]\n',
  'activity: {interval: 1s, window: 10s}\nvalues: [{symbol: nswbuf, struct: x}]\npacks: [{pack: tcp, vnet: all, cpu: spread}]\n',
];

export const configTarget: Target = {
  name: 'config files',
  share: 250_000,
  async run(seed, cases) {
    const dir = mkdtempSync(join(tmpdir(), 'kcounter-fuzz-'));
    const file = join(dir, 'fuzz.yaml');
    const corpus = [0, 1, 2, 3].flatMap(piecesOf);
    corpus.push(...OTHERS.map((text) => Buffer.from(`version: 1\n${text}`)));
    corpus.push(Buffer.from('version: 1\nscrape: {interval: 15s}\npacks: [arp, {pack: udp, cpu: sum}]\nprefix: x_\n'));
    const counts = { taken: 0, refused: 0 };
    try {
      await check(
        'a config file',
        mutated(corpus, WORDS),
        (bytes) => {
          writeFileSync(file, bytes);
          try {
            const { entries } = loadConfig([file]);
            assert.ok(entries.length > 0);
            counts.taken++;
          } catch (error) {
            if (!(error instanceof FileError)) throw error;
            assertToldWell(error, bytes.toString());
            counts.refused++;
          }
        },
        seed,
        cases,
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
    return { cases, counts };
  },
};

/** Good configs of one entry each: small ones, since most of the time goes into parsing. */
function piecesOf(nth: number): Buffer[] {
  const { yaml } = makeCatalog(new Random('corpus', nth), parseSimulatorSpec('amd64-14,counters=2'), 'auto');
  return yaml
    .slice(yaml.indexOf('\n') + 1)
    .split(/^(?=\w+:)/m)
    .flatMap((section) => {
      const head = section.slice(0, section.indexOf('\n') + 1);
      const entries = section.slice(head.length).split(/^(?= {2}- )/m);
      return entries.map((entry) => Buffer.from(`version: 1\nreader: auto\n${head}${entry}`));
    });
}
