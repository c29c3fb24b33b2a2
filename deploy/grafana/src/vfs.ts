/** The name cache, vnodes, the buffer cache and ZFS. */
import { dashboard, type Row } from './dashboard.js';
import { graph } from './panels.js';
import { gauge, rate, ratio, sum } from './queries.js';
import { zfs } from './zfs.js';

const hits = ['positive', 'negative', 'dot', 'dotdot'].map((kind) => rate(`namecache_${kind}_hits`));
const misses = ['misses', 'uncached_misses'].map((kind) => rate(`namecache_${kind}`));

const nameCache: Row = {
  title: 'Name cache',
  panels: [
    graph({
      title: 'Hit ratio',
      means:
        'Of the lookups of names in directories, how many the name cache answered, with "it is there" or with "it is not there". Shown only while names are looked up.',
      packs: ['namecache'],
      bad: 'Below 90 % for long, file systems are asked for names again and again.',
      empty: 'nothing is looked up',
      unit: 'percentunit',
      limits: { warn: 0.9, bad: 0.7, low: true },
      max: 1,
      width: 8,
      queries: { '{{instance}}': ratio(sum(...hits), sum(...hits, ...misses)) },
    }),
    graph({
      title: 'Lookups by outcome',
      means: 'Lookups that found a name, that found that there is no such name, and that found nothing.',
      packs: ['namecache'],
      bad: 'Many misses.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} there': rate('namecache_positive_hits'),
        '{{instance}} not there': rate('namecache_negative_hits'),
        '{{instance}} dot and dotdot': sum(rate('namecache_dot_hits'), rate('namecache_dotdot_hits')),
        '{{instance}} miss': rate('namecache_misses'),
        '{{instance}} miss, not to be cached': rate('namecache_uncached_misses'),
      },
    }),
    graph({
      title: 'Negative hits',
      means: 'Of the hits, how many told that there is no such name. Shown only while there are hits.',
      packs: ['namecache'],
      bad: 'A large part: programs look for files along long search paths.',
      empty: 'nothing is looked up',
      unit: 'percentunit',
      width: 8,
      queries: { '{{instance}}': ratio(rate('namecache_negative_hits'), sum(...hits)) },
    }),
    graph({
      title: 'Zaps',
      means:
        'Entries dropped because a lookup asked not to cache the name, or because the name was about to be created.',
      packs: ['namecache'],
      bad: 'Nothing by itself: files come and go.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} positive': rate('namecache_positive_zaps'),
        '{{instance}} negative': rate('namecache_negative_zaps'),
      },
    }),
    graph({
      title: 'Entries for missing names',
      means: 'Entries made for names that do not exist, thrown out for others, and not made because the cache is full.',
      packs: ['namecache'],
      bad: 'Any not made: the name cache has reached its limit.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} made': rate('namecache_negative_created'),
        '{{instance}} thrown out': rate('namecache_negative_evicted'),
        '{{instance}} not made (of any kind)': rate('namecache_dropped_entries'),
      },
    }),
    graph({
      title: 'Full paths',
      means: 'Searches for the full path of a vnode, as for getcwd(3), and those that failed.',
      packs: ['namecache'],
      bad: 'Failures because a file system could not tell a name.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} searched': rate('namecache_fullpath_lookups'),
        '{{instance}} name unknown': rate('namecache_fullpath_unknown_name'),
        '{{instance}} no room': rate('namecache_fullpath_no_room'),
      },
    }),
  ],
};

const vnodes: Row = {
  title: 'Vnodes',
  panels: [
    graph({
      title: 'Vnodes made and recycled',
      means: 'Vnodes that were created, and that were taken from their files to keep within kern.maxvnodes.',
      packs: ['vnode'],
      bad: 'As many recycled as created, for long: kern.maxvnodes is too low for the files in use.',
      unit: 'cps',
      width: 12,
      queries: {
        '{{instance}} created': rate('vnode_creations'),
        '{{instance}} recycled': rate('vnode_recycles'),
        '{{instance}} recycled while free': rate('vnode_free_recycles'),
      },
    }),
    graph({
      title: 'Directories held',
      means: 'Directory vnodes that the name cache holds.',
      packs: ['namecache'],
      bad: 'Nothing by itself.',
      unit: 'short',
      width: 12,
      queries: { '{{instance}}': gauge('namecache_held_vnodes') },
    }),
  ],
};

const buffers: Row = {
  title: 'Buffer cache (UFS and others; ZFS has its own)',
  panels: [
    graph({
      title: 'Buffers',
      means: 'Requests for a new buffer, and those that had to start again or failed.',
      packs: ['buf'],
      bad: 'Failures or restarts that last: buffers or their address space are short.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} requests': rate('buf_requests'),
        '{{instance}} restarts': rate('buf_request_restarts'),
        '{{instance}} restarts of mappings': rate('buf_mapping_restarts'),
        '{{instance}} failures': rate('buf_allocation_failures'),
      },
    }),
    graph({
      title: 'Making room',
      means:
        'Dirty buffers that other threads wrote to help, buffers recycled to make room, and address space given back.',
      packs: ['buf'],
      bad: 'Many helper flushes: the buffer daemon cannot keep up with writers.',
      unit: 'cps',
      width: 8,
      queries: {
        '{{instance}} helper flushes': rate('buf_helper_flushes'),
        '{{instance}} defragmented': rate('buf_defragmentations'),
        '{{instance}} address space freed': rate('buf_kva_freed'),
      },
    }),
    graph({
      title: 'Address space of buffers',
      means: 'Kernel address space that buffers take.',
      packs: ['buf'],
      bad: 'At vfs.maxbufspace for long.',
      unit: 'bytes',
      width: 8,
      queries: { '{{instance}}': gauge('buf_kva_bytes') },
    }),
  ],
};

export const vfs = dashboard({
  uid: 'kcounter-vfs',
  title: 'VFS and buffers',
  description: 'The name cache, vnodes, the buffer cache and ZFS. It needs the packs namecache, vnode, buf and zfs.',
  rows: [nameCache, vnodes, buffers, zfs],
});
