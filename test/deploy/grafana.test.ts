/** Covers: grafana/: the dashboards as they are checked in, how they are provisioned, and the README about them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { dashboards as made, textOf } from '../../deploy/grafana/src/dashboards.js';
import { COLUMNS } from '../../deploy/grafana/src/dashboard.js';
import { reservationsOf } from '../../src/config/familyNames.js';
import { loadConfig } from '../../src/config/load.js';
import { isTyped } from '../../src/config/model.js';
import { PACK_FOLDER } from '../../src/config/packs.js';
import { unitOf, unitOfName } from '../../src/config/units.js';
import { packageRoot } from '../../src/packageRoot.js';
import {
  queryOf,
  readDashboards,
  shownPanels,
  variablesIn,
  type Dashboard,
  type Panel,
} from '../support/dashboards.js';
import { write } from '../config/files.js';

const dashboards = readDashboards();
/** What Grafana itself puts in. */
const BUILT_IN = ['__rate_interval', '__all', '__url_time_range'];
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

describe('dashboards as they are checked in', () => {
  it('are what `npm run dashboards` writes, all of it and nothing else', () => {
    assert.deepEqual(
      Object.fromEntries(dashboards.map(({ name, text }) => [name, text])),
      Object.fromEntries(Object.entries(made).map(([name, dashboard]) => [name, textOf(dashboard)])),
    );
  });

  it('have addresses and titles of their own', () => {
    assert.equal(new Set(dashboards.map(({ uid }) => uid)).size, dashboards.length);
    assert.equal(new Set(dashboards.map(({ title }) => title)).size, dashboards.length);
    // Grafana takes no longer one, and this is in an address.
    for (const { uid } of dashboards) assert.match(uid, /^[a-z-]{8,40}$/);
  });

  it('each link to all by their tags, and hand several hosts on only to those that can show several', () => {
    for (const { links } of dashboards) {
      const linked = links.flatMap((link) => dashboards.filter(({ tags }) => tags.includes(link.tags[0]!)));
      assert.deepEqual(linked.map(({ uid }) => uid).sort(), dashboards.map(({ uid }) => uid).sort());
      for (const { tags, includeVars } of links) {
        for (const { templating } of dashboards.filter((dashboard) => dashboard.tags.includes(tags[0]!))) {
          const instance = templating.list.find(({ name }) => name === 'instance');
          assert.equal(instance?.multi, includeVars);
        }
      }
    }
  });

  it('link from panels only to a dashboard, variables and counters that exist', () => {
    const urls = dashboards.flatMap(({ text }) => [...text.matchAll(/"url": "([^"]+)"/g)].map(([, url]) => url!));
    assert.ok(urls.length > 5);
    for (const url of urls) {
      const [, uid, search] = /^\/d\/([^?]+)\?(.+)$/.exec(url) ?? [];
      const names = dashboards.find((dashboard) => dashboard.uid === uid)?.templating.list.map(({ name }) => name);
      assert.ok(names, url);
      const given = [...search!.matchAll(/var-(\w+)=/g)].map(([, name]) => name!);
      assert.deepEqual(given.slice(0, -1), ['datasource', 'job', 'instance']);
      assert.ok(['counter', 'rates'].includes(given.at(-1)!), url);
      for (const name of given) assert.ok(names.includes(name), url);
    }
  });

  for (const dashboard of dashboards) {
    describe(dashboard.name, () => {
      it('gives each panel an id of its own, and a place on the grid that no other panel has', () => {
        const ids = dashboard.panels.map(({ id }) => id);
        assert.equal(new Set(ids).size, ids.length);
        assert.deepEqual(overlaps(dashboard.panels), []);
      });

      it('explains every panel, and says its unit and its thresholds', () => {
        for (const { title, description, fieldConfig } of shownPanels(dashboard)) {
          assert.notEqual(title, '');
          assert.match(description ?? '', /^.+\n\n\*\*Packs\*\*: .+\.\n\n\*\*Bad\*\*: .+\.$/s, title);
          assert.ok(fieldConfig?.defaults.unit, title);
          assert.ok(fieldConfig.defaults.thresholds?.steps.length, title);
        }
      });

      it('asks the chosen data source, at least once in every panel', () => {
        for (const { title, datasource, targets } of shownPanels(dashboard)) {
          assert.deepEqual(datasource, DATASOURCE, title);
          assert.ok(targets?.length, title);
          assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
          for (const target of targets) {
            assert.deepEqual(target.datasource, DATASOURCE, title);
            assert.notEqual(target.instant, target.range, title);
          }
        }
      });

      it('names every line and shows all of them in the tooltip, the highest first', () => {
        for (const { title, type, targets = [], options } of shownPanels(dashboard)) {
          if (type !== 'table')
            assert.ok(
              targets.every(({ legendFormat }) => legendFormat !== undefined),
              title,
            );
          assert.equal(new Set(targets.map(({ legendFormat }) => legendFormat)).size, targets.length, title);
          if (type !== 'timeseries') continue;
          assert.equal(options?.legend?.['showLegend'], true, title);
          assert.deepEqual(options.tooltip, { mode: 'multi', sort: 'desc' }, title);
        }
      });

      it('defines every variable that it uses, uses every one that it defines, and asks for chosen hosts only', () => {
        const { list } = dashboard.templating;
        const defined = list.map(({ name }) => name);
        const used = variablesIn(dashboard.text);
        for (const name of used) assert.ok(defined.includes(name) || BUILT_IN.includes(name), name);
        for (const name of defined) assert.ok(used.includes(name), name);
        // A variable can use only those before it.
        for (const [index, variable] of list.entries()) {
          for (const name of variablesIn(queryOf(variable))) assert.ok(defined.slice(0, index).includes(name), name);
        }
        for (const { title, targets = [] } of shownPanels(dashboard)) {
          for (const { expr } of targets) {
            for (const [selector] of expr.matchAll(/\{[^}]*\}/g)) {
              assert.match(selector, /job=~?"\$job", instance=~?"\$instance"/, `${title}: ${expr}`);
            }
          }
        }
      });

      it('takes several values of a variable only by a regular expression', () => {
        for (const { name, multi, includeAll } of dashboard.templating.list) {
          assert.equal(multi, includeAll);
          for (const [, operator] of dashboard.text.matchAll(new RegExp(`(=~?)\\\\"\\$${name}\\\\"`, 'g'))) {
            assert.equal(operator, multi ? '=~' : '=', name);
          }
        }
      });

      it('never shows a part of a gauge, and takes rates of counters only', () => {
        for (const { title, targets = [] } of shownPanels(dashboard)) {
          for (const { expr } of targets) {
            assert.doesNotMatch(expr, /_per_cpu[{[]/, title);
            for (const [, metric] of expr.matchAll(/rate\(([$\w]+)/g))
              assert.match(metric!, /_total$|^\$counter$/, title);
          }
        }
      });
    });
  }
});

describe('the units of panels', () => {
  const packs = loadConfig([write(`version: 1\npacks: ['${PACK_FOLDER}/*.yaml']`)]);
  const units = new Map(
    packs.entries.flatMap((entry) => {
      if (!isTyped(entry)) return entry.fields.map(({ family }) => [family.name, family.unit] as const);
      return reservationsOf(entry).map(({ metric, at }) => {
        const { unit } = entry.members?.find((rule) => rule.at === at) ?? entry;
        return [packs.prefix + metric, unitOf(metric, unit).unit] as const;
      });
    }),
  );
  /** Of the kernel's metrics in a query, those told of their CPUs, too; of the exporter's own what the name says. */
  const unitsIn = (expr: string): (string | undefined)[] =>
    [...expr.matchAll(/\b(freebsd|kcounter_exporter|process)_\w+/g)].map(([name]) => {
      const counter = name.replace(/_per_cpu(_rate|_total)$/, '_total');
      if (!name.startsWith(packs.prefix)) return unitOfName(name);
      assert.ok(units.has(counter), `no pack has ${name}`);
      return units.get(counter);
    });
  const panels = dashboards.flatMap(shownPanels);

  it('are bytes, with binary prefixes, where bytes are shown and nowhere else', () => {
    let count = 0;
    for (const { title, targets = [], fieldConfig } of panels) {
      for (const { expr } of targets) {
        const found = unitsIn(expr);
        const { unit } = fieldConfig!.defaults;
        if (!found.includes('bytes')) {
          assert.ok(!['bytes', 'binBps', 'decbytes', 'Bps'].includes(unit!), `${title}: ${expr}`);
          continue;
        }
        count++;
        const isRatio = expr.includes(' / ');
        assert.equal(unit, isRatio ? 'percentunit' : expr.includes('rate(') ? 'binBps' : 'bytes', `${title}: ${expr}`);
        assert.deepEqual(new Set(found), new Set(['bytes']), `${title}: ${expr}`);
      }
    }
    assert.ok(count > 5);
  });

  it('are packets only where what is shown travels', () => {
    const travel = [undefined, 'datagrams', 'fragments', 'messages', 'packets', 'segments'];
    for (const { title, targets = [], fieldConfig } of panels) {
      if (fieldConfig?.defaults.unit !== 'pps') continue;
      for (const { expr } of targets) {
        for (const unit of unitsIn(expr)) assert.ok(travel.includes(unit), `${title}: ${expr}`);
      }
    }
  });
});

describe('provisioning files', () => {
  const read = (kind: string): unknown =>
    parse(readFileSync(join(packageRoot, 'deploy', 'grafana', 'provisioning', kind, 'kcounter.yml'), 'utf8'));

  it('name one Prometheus, which is the default data source', () => {
    const { apiVersion, datasources } = read('datasources') as {
      apiVersion: number;
      datasources: Record<string, unknown>[];
    };
    assert.equal(apiVersion, 1);
    assert.equal(datasources.length, 1);
    assert.equal(datasources[0]?.['type'], 'prometheus');
    assert.equal(datasources[0]['isDefault'], true);
  });

  it('name the folder that the dashboards are copied to', () => {
    const { apiVersion, providers } = read('dashboards') as {
      apiVersion: number;
      providers: { type: string; options: { path: string } }[];
    };
    assert.equal(apiVersion, 1);
    assert.equal(providers.length, 1);
    assert.equal(providers[0]?.type, 'file');
    const readme = readFileSync(join(packageRoot, 'deploy', 'grafana', 'README.md'), 'utf8');
    assert.ok(readme.includes(providers[0].options.path));
  });
});

describe('the README of the dashboards', () => {
  it('has a line for each, with its title and file', () => {
    const readme = readFileSync(join(packageRoot, 'deploy', 'grafana', 'README.md'), 'utf8');
    for (const dashboard of dashboards) {
      const line = readme.split('\n').find((text) => text.includes(`dashboards/${dashboard.name}.json`));
      assert.ok(line, dashboard.name);
      assert.ok(line.includes(dashboard.title.replace('FreeBSD kernel counters: ', '')), dashboard.name);
      for (const pack of packsOf(dashboard)) assert.ok(line.includes(`\`${pack}\``), `${dashboard.name} ${pack}`);
    }
  });
});

function packsOf(dashboard: Dashboard): Set<string> {
  const needs = shownPanels(dashboard).map(
    ({ description = '' }) => /\*\*Packs\*\*: (.*)/.exec(description)?.[1] ?? '',
  );
  return new Set(needs.flatMap((text) => [...text.matchAll(/`(\w+)`/g)].map(([, pack]) => pack!)));
}

/** Pairs of titles of panels that lie on each other, and panels that do not lie on the grid. */
function overlaps(panels: readonly Panel[]): string[] {
  const found: string[] = [];
  const owners = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    if (gridPos.x < 0 || gridPos.x + gridPos.w > COLUMNS || gridPos.w < 1 || gridPos.h < 1) found.push(title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        const owner = owners.get(`${x},${y}`);
        if (owner !== undefined) found.push(`${owner} and ${title}`);
        owners.set(`${x},${y}`, title);
      }
    }
  }
  return found;
}
