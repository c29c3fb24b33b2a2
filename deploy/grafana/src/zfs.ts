/** ZFS: its cache in memory and on cache devices, and its intent log. */
import type { Row } from './dashboard.js';
import { graph } from './panels.js';
import { gauge, rate, ratio, sum } from './queries.js';

const packs = ['zfs'];
/** Reads that somebody waits for. */
const hits = ['data', 'metadata'].map((what) => rate(`zfs_arc_demand_${what}_hits`));
const misses = ['data', 'metadata'].map((what) => rate(`zfs_arc_demand_${what}_misses`));

export const zfs: Row = {
  title: 'ZFS',
  panels: [
    graph({
      title: 'ARC hit ratio',
      means: 'Of the blocks that somebody waits for, how many the ARC had. Shown only while there are such reads.',
      packs,
      bad: 'Lower than usual for long: what is in use no longer fits into the ARC.',
      empty: 'nothing is read',
      unit: 'percentunit',
      limits: { warn: 0.9, bad: 0.7, low: true },
      max: 1,
      width: 8,
      queries: { '{{instance}}': ratio(sum(...hits), sum(...hits, ...misses)) },
    }),
    graph({
      title: 'Misses of the ARC',
      means:
        'Blocks that had to be read from the pool or from a cache device, for somebody who waits or ahead of time.',
      packs,
      bad: 'As many misses on demand as the disks can read: programs wait.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} data': rate('zfs_arc_demand_data_misses'),
        '{{instance}} metadata': rate('zfs_arc_demand_metadata_misses'),
        '{{instance}} prefetched data': rate('zfs_arc_prefetch_data_misses'),
        '{{instance}} prefetched metadata': rate('zfs_arc_prefetch_metadata_misses'),
      },
    }),
    graph({
      title: 'Memory of the ARC',
      means: 'Bytes of the ARC by what they are for. What it has of compressed blocks is what they take on disk.',
      packs,
      bad: 'Data squeezed out by metadata, or all of it small while memory is short.',
      unit: 'bytes',
      width: 8,
      queries: {
        '{{instance}} data': gauge('zfs_arc_data_bytes'),
        '{{instance}} metadata': gauge('zfs_arc_metadata_bytes'),
        '{{instance}} headers': gauge('zfs_arc_header_bytes'),
        '{{instance}} dbufs': gauge('zfs_arc_dbuf_bytes'),
        '{{instance}} bonus': gauge('zfs_arc_bonus_bytes'),
      },
    }),
    graph({
      title: 'Evictions, and what they cost',
      means: 'Buffers thrown out of the ARC, those wanted again soon after, and evictions that did not free enough.',
      packs,
      bad: 'Many ghost hits: a larger ARC would have had these blocks. Evictions that fall short: memory is wanted faster than the ARC gives it back.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} thrown out': rate('zfs_arc_deleted'),
        '{{instance}} ghost hits (MRU)': rate('zfs_arc_mru_ghost_hits'),
        '{{instance}} ghost hits (MFU)': rate('zfs_arc_mfu_ghost_hits'),
        '{{instance}} not enough': rate('zfs_arc_evict_shortfalls'),
      },
    }),
    graph({
      title: 'Cache devices (L2ARC)',
      means: 'Misses of the ARC that a cache device had, and reads and writes of them that failed.',
      packs,
      bad: 'Any errors: the device fails. Few hits in comparison with misses: it costs memory for little.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} hits': rate('zfs_l2arc_hits'),
        '{{instance}} misses': rate('zfs_l2arc_misses'),
        '{{instance}} read errors': rate('zfs_l2arc_read_errors'),
        '{{instance}} wrong checksums': rate('zfs_l2arc_checksum_errors'),
        '{{instance}} write errors': rate('zfs_l2arc_write_errors'),
      },
    }),
    graph({
      title: 'Reading ahead',
      means: 'Reads that went on where a stream was, those of no stream, and reads that prefetching began.',
      packs,
      bad: 'Nothing by itself: random reads belong to no stream.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} in a stream': rate('zfs_prefetch_hits'),
        '{{instance}} in none': rate('zfs_prefetch_misses'),
        '{{instance}} begun': rate('zfs_prefetch_reads'),
      },
    }),
  ],
};
