/** What all dashboards share: variables, links to the others, and rows of panels on the grid of 24 columns. */
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, type PanelOfWidth } from './panels.js';
import { CHOSEN, ONE_HOST as ONE_CHOSEN, ownOf } from './queries.js';

export const COLUMNS = 24;
/** By these tags dashboards find each other. Choices of hosts are not handed on to those that can show but one. */
const SEVERAL_HOSTS = 'kcounter_exporter';
const ONE_HOST = 'kcounter_exporter-one-host';

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelOfWidth[];
}

export interface DashboardText {
  /** In its address and the name of its file; never changed, since people link to it. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether only one host can be looked at. */
  readonly oneHost?: boolean;
  readonly variables?: readonly sdk.QueryVariableBuilder[];
  readonly rows: readonly Row[];
}

export function dashboard(text: DashboardText): object {
  const several = text.oneHost !== true;
  // Only Grafana 12 and later know the form that replaces this one; all later ones read this one, too.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const builder = new sdk.DashboardBuilder(`FreeBSD kernel counters: ${text.title}`)
    .uid(text.uid)
    .description(text.description)
    .tags([several ? SEVERAL_HOSTS : ONE_HOST, 'freebsd'])
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .link(link(SEVERAL_HOSTS).includeVars(true))
    .link(link(ONE_HOST))
    .withVariable(new sdk.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(choice('job', 'Job', 'label_values(kcounter_exporter_build_info, job)', several))
    // Of `up` rather than of a metric of the exporter: a host that is down can be chosen, too.
    .withVariable(choice('instance', 'Host', `label_values(up{job${several ? '=~' : '='}"$job"}, instance)`, several));
  text.variables?.forEach((variable) => builder.withVariable(variable));
  for (const event of events(several ? CHOSEN : ONE_CHOSEN)) builder.annotation(event);
  const built = builder.build();
  built.panels = layOut(text.rows);
  // That of Grafana 10.4. Later ones bring it up to date themselves when they load it.
  built.schemaVersion = 39;
  // The builders set these by default, also where they mean nothing.
  for (const each of built.links ?? []) delete each.placement;
  for (const variable of built.templating.list ?? []) {
    delete variable.auto;
    delete variable.auto_min;
    delete variable.auto_count;
  }
  return built;
}

/**
 * Lines over all graphs for what explains a jump in many of them. The values of the first two are times, each of which is drawn once where it
 * lies, however long it is told.
 *
 * @param hosts labels of PromQL
 */
function events(hosts: string): Builder<sdk.AnnotationQuery>[] {
  const event = (name: string, color: string, expr: string, isTime: boolean): sdk.AnnotationQuery => ({
    name,
    enable: true,
    iconColor: color,
    datasource: DATASOURCE,
    expr,
    step: '60s',
    titleFormat: name,
    textFormat: '{{instance}}',
    useValueForTime: isTime,
  });
  const milliseconds = (metric: string): string => `${ownOf(hosts, metric)} * 1000`;
  return [
    event('Boot', 'red', milliseconds('kernel_boot_time_seconds'), true),
    event('Config loaded', 'blue', milliseconds('config_last_reload_success_timestamp_seconds'), true),
    event('Config is bad', 'orange', `${ownOf(hosts, 'config_last_reload_successful')} == 0`, false),
  ].map((query) => ({ build: () => query }));
}

/** Links to all dashboards with a tag. */
function link(tag: string): sdk.DashboardLinkBuilder {
  return new sdk.DashboardLinkBuilder(tag)
    .type(sdk.DashboardLinkType.Dashboards)
    .tags([tag])
    .icon('dashboard')
    .keepTime(true);
}

/** A variable whose values come from Prometheus; with `several`, more than one may be chosen, and all are at first. */
export function choice(name: string, label: string, query: string, several: boolean): sdk.QueryVariableBuilder {
  const builder = new sdk.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query({ query, refId: `variable-${name}` })
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
    .sort(sdk.VariableSort.AlphabeticalAsc)
    .multi(several)
    .includeAll(several);
  return several ? builder.current({ text: ['All'], value: ['$__all'] }) : builder;
}

/**
 * A panel's number, from its titles: it stays when panels come before it, since alerts and people link to it.
 * By FNV-1a, cut to five digits: a test sees to it that no dashboard has one twice.
 */
function idOf(...titles: readonly string[]): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(titles.join('/'))) hash = Math.imul(hash ^ byte, 0x01000193);
  return ((hash >>> 0) % 99_991) + 1;
}

/** Panels side by side as they are given, and below where a row is full. */
function layOut(rows: readonly Row[]): (sdk.Panel | sdk.RowPanel)[] {
  const panels: (sdk.Panel | sdk.RowPanel)[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      ...sdk.defaultRowPanel(),
      id: idOf(row.title),
      title: row.title,
      gridPos: { h: 1, w: COLUMNS, x: 0, y: y++ },
    });
    let x = 0;
    let lineHeight = 0;
    for (const { title, width, height, build } of row.panels) {
      if (x + width > COLUMNS) {
        x = 0;
        y += lineHeight;
        lineHeight = 0;
      }
      panels.push(build({ h: height, w: width, x, y }, idOf(row.title, title)));
      x += width;
      lineHeight = Math.max(lineHeight, height);
    }
    y += lineHeight;
  }
  return panels;
}
