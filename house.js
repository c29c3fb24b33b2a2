/**
 * The rooms of src/ and what each may import from, so that what is read flows one way: config → plan → snapshots → exposition → http. The
 * linter holds each import against this table, and `npm run house` all of them together.
 */
export const rooms = {
  yaml: [],
  ctf: [],
  // A dump's kernel is known by its file: symbols and types.
  kernel: ['ctf'],
  output: [],
  privilege: [],
  // Of a kernel it knows how names begin that are not to be written.
  config: ['kernel', 'yaml'],
  // Files of layouts are YAML that is read like a config's.
  layouts: ['config', 'ctf', 'kernel', 'yaml'],
  plan: ['config', 'ctf', 'kernel', 'layouts', 'yaml'],
  snapshots: ['config', 'kernel', 'plan'],
  // What fills a snapshot knows what one is; what reads at a time, and for whom, is for snapshots/ to know.
  scrape: ['config', 'kernel', 'plan', 'snapshots'],
  // It reads some counters again, as they are read for a snapshot.
  truth: ['config', 'kernel', 'plan', 'scrape', 'snapshots'],
  discover: ['config', 'ctf', 'kernel', 'layouts', 'plan', 'scrape', 'snapshots'],
  exposition: ['config', 'plan', 'snapshots'],
  telemetry: ['config', 'exposition', 'kernel', 'snapshots', 'truth'],
  // What is published, told without a kernel: a reference for people.
  catalog: ['config', 'exposition', 'kernel', 'layouts', 'snapshots', 'telemetry', 'truth', 'yaml'],
  live: ['config', 'exposition', 'kernel', 'plan', 'snapshots'],
  http: ['config', 'exposition', 'kernel', 'live', 'plan', 'snapshots', 'yaml'],
  page: ['live'],
  // The page of a terminal: it copies snapshots as live/ does, and names series as they are published.
  top: ['config', 'exposition', 'kernel', 'live', 'plan', 'snapshots'],
  // What was published, read back: names and units as the config has them, numbers as top writes them.
  diff: ['config', 'exposition', 'live', 'top', 'yaml'],
  // What stands in for a kernel is opened like one. Structs of releases that it does not describe itself are what layouts/ says.
  simulator: ['kernel', 'layouts'],
};

/** Rooms that put the others together: they may import from all, as may the files directly in src/. */
export const openRooms = ['service', 'commands'];

/** Folders within a room that only these rooms may import from, and the folder's own files. */
export const innerRooms = {
  // The others see a kernel's small interfaces, whichever kernel stands behind them.
  'kernel/live': ['service'],
  'kernel/core': ['service'],
};
