/**
 * The user's form of a config: which keys there are and what each takes. The one schema for the run-time check and for editors; what
 * depends on several keys is checked where entries are made (entries/) and where files are joined (globals.ts, packs.ts).
 */
import * as z from 'zod/mini';
import { entryKinds, kindNames } from './entries/registry.js';
import type { EntryKind } from './model.js';
import { cpu, described, key, listOf, type Loose, mapping, name, oneOf, text, truth, withMeta } from './schemaParts.js';

const pack = z.union(
  [
    text,
    mapping({
      pack: described(text, 'The name of a pack of this package, or the path (or glob) of a file.'),
      cpu: key(cpu, 'Goes before what the pack says for its entries and members.'),
      vnet: key(
        oneOf(['own', 'all']),
        'all: its VNET symbols are those of all jails with a vnet of their own, too. Default: own.',
      ),
    }),
  ],
  { error: 'a name, a path or a mapping' },
);

function entryList(kind: EntryKind) {
  const { schema, description } = entryKinds[kind];
  return key(listOf(schema), description);
}

const entryLists = Object.fromEntries(kindNames.map((kind) => [kind, entryList(kind)])) as Record<
  EntryKind,
  ReturnType<typeof entryList>
>;

export const configSchema = mapping(
  {
    version: described(z.literal(1, { error: 'the number 1' }), 'Version of this format.'),
    prefix: key(name, "What each metric's name begins with. Default: freebsd_"),
    reader: key(
      oneOf(['auto', 'libkvm', 'direct']),
      'How values are read. auto (default): as a test at start finds right.',
    ),
    scrape: z.optional(
      mapping({
        interval: key(
          withMeta(z.string({ error: 'a time such as 15s' }), { pattern: '^[0-9]+(ms|s|m)$' }),
          'Read on its own at this interval (100ms, 15s, 1m) rather than when asked.',
        ),
      }),
    ),
    openmetrics: z.optional(
      mapping({
        created: key(
          truth,
          'Tell in OpenMetrics 1.0 documents since when each counter counts, as `_created`: since the boot. Counters of modules, and those that were seen to be zeroed, come without. Default: false.',
        ),
      }),
    ),
    truth: key(
      z.union(
        [
          z.literal('off'),
          mapping({
            share: key(
              withMeta(z.string({ error: 'a share such as 5%' }), { pattern: '^[0-9]+(\\.[0-9]+)?%$' }),
              'The part of the CPU time that may go into it: from 0.1% to 50%. Default: 5%.',
            ),
          }),
        ],
        { error: 'a mapping, or off' },
      ),
      'Counters are proven again after each read, a few in turn, and withdrawn where they disagree with the kernel. off: none is.',
    ),
    activity: key(
      z.union(
        [
          z.literal('off'),
          mapping({
            interval: key(
              withMeta(z.string({ error: 'a time such as 5s' }), { pattern: '^[0-9]+(ms|s|m)$' }),
              'From one sample to the next, 1s or more. Default: 5s.',
            ),
            window: key(
              withMeta(z.string({ error: 'a time such as 60s' }), { pattern: '^[0-9]+(ms|s|m)$' }),
              'What the rates are over that the exporter tells itself: four intervals or more. Default: 60s.',
            ),
          }),
        ],
        { error: 'a mapping, or off' },
      ),
      'The kernel is sampled between scrapes, to tell what each CPU did in the last window. off: it is not.',
    ),
    packs: key(
      listOf(pack),
      'Packs of this package by name, or config files by path or glob, whose entries are published too.',
    ),
    ...entryLists,
  },
  { title: 'Config of kcounter_exporter' },
);

/** A config of which each part that broke the schema is undefined. */
export type UserConfig = Loose<z.input<typeof configSchema>>;
export type UserPack = Loose<z.input<typeof pack>>;
