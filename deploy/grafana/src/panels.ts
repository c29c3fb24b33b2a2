/** The kinds of panels, each with the look that all of its kind share. What a panel says is in the dashboards' own files. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import * as barGauge from '@grafana/grafana-foundation-sdk/bargauge';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatMap from '@grafana/grafana-foundation-sdk/heatmap';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as singleStat from '@grafana/grafana-foundation-sdk/stat';
import * as tables from '@grafana/grafana-foundation-sdk/table';
import * as timeSeries from '@grafana/grafana-foundation-sdk/timeseries';

/** The dashboard that panels link to. */
export const PER_CPU_UID = 'kcounter-per-cpu';
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** From which value on a panel turns orange and red; with `low`, below which. */
export interface Limits {
  readonly warn?: number;
  readonly bad?: number;
  readonly low?: boolean;
}

export interface PanelText {
  readonly title: string;
  /** What is shown. */
  readonly means: string;
  /** Packs that must be in the exporter's config; for `perCpu` without any, it depends on the chosen counter. */
  readonly packs?: readonly string[];
  /** Whether the packs must have `cpu: both` or `cpu: per_cpu`, or, of those that have it by default, the metrics must. */
  readonly perCpu?: boolean;
  /** Whether the packs must have `cpu: spread`. */
  readonly spread?: boolean;
  /** What to worry about. */
  readonly bad: string;
  /** Why it may show nothing although its packs are there, as where all is well; it ends a sentence that begins with "No data: ". */
  readonly empty?: string;
  readonly unit: string;
  readonly limits?: Limits;
  /** Columns of the 24 that a dashboard has. */
  readonly width: number;
}

export interface GraphText extends PanelText {
  /** PromQL by legend. */
  readonly queries: Readonly<Record<string, string>>;
  readonly stacked?: boolean;
  /** A counter that a click on a line opens on the dashboard of single CPUs, for the line's host. */
  readonly perCpuOf?: string;
  /** The same for one of `cpu: spread`, which has no series for each CPU. */
  readonly spreadOf?: string;
  readonly max?: number;
}

export interface PanelOfWidth {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly build: (position: dashboard.GridPos, id: number) => dashboard.Panel;
}

/** What the builders of all kinds have in common. */
interface AnyBuilder extends Builder<dashboard.Panel> {
  id(id: number): this;
  title(title: string): this;
  description(text: string): this;
  datasource(source: common.DataSourceRef): this;
  gridPos(position: dashboard.GridPos): this;
  unit(unit: string): this;
  noValue(text: string): this;
  thresholds(thresholds: Builder<dashboard.ThresholdsConfig>): this;
  withTarget(target: Builder<Dataquery>): this;
}

/** Lines over time. */
export function graph(text: GraphText): PanelOfWidth {
  const builder = new timeSeries.PanelBuilder()
    .min(0)
    .lineWidth(1)
    .fillOpacity(text.stacked === true ? 40 : 8)
    .showPoints(common.VisibilityMode.Never)
    .spanNulls(false)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        .placement(common.LegendPlacement.Bottom)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
    .thresholdsStyle(
      new common.GraphThresholdsStyleConfigBuilder().mode(
        text.limits === undefined ? common.GraphThresholdsStyleMode.Off : common.GraphThresholdsStyleMode.Dashed,
      ),
    );
  if (text.max !== undefined) builder.max(text.max);
  if (text.stacked === true) builder.stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
  if (text.perCpuOf !== undefined) {
    builder.overrideByFieldType('number', [
      { id: 'links', value: [perCpuLink('counter', `${text.perCpuOf}_per_cpu_total`)] },
    ]);
  }
  if (text.spreadOf !== undefined) {
    builder.overrideByFieldType('number', [
      { id: 'links', value: [perCpuLink('rates', `${text.spreadOf}_per_cpu_rate`)] },
    ]);
  }
  const targets = Object.entries(text.queries).map(([legend, expr]) => query(expr).range().legendFormat(legend));
  return placed(builder, text, 8, targets);
}

/** One number for all chosen hosts, now. */
export function stat(text: PanelText & { readonly query: string }): PanelOfWidth {
  const builder = new singleStat.PanelBuilder()
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(newest());
  return placed(builder, text, 4, [query(text.query).instant().legendFormat(text.title)]);
}

/** Bars of the newest values. */
export function bars(text: GraphText): PanelOfWidth {
  const builder = new barGauge.PanelBuilder()
    .min(0)
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .reduceOptions(newest());
  if (text.max !== undefined) builder.max(text.max);
  const targets = Object.entries(text.queries).map(([legend, expr]) => query(expr).instant().legendFormat(legend));
  return placed(builder, text, 9, targets);
}

/** A row of cells for each series. Legends that are numbers are put in their order. */
export function heatmap(text: PanelText & { readonly query: string; readonly legend: string }): PanelOfWidth {
  const builder = new heatMap.PanelBuilder()
    .calculate(false)
    .color(new heatMap.HeatmapColorOptionsBuilder().mode(heatMap.HeatmapColorMode.Scheme).scheme('Oranges').steps(64))
    .cellValues(new heatMap.CellValuesBuilder().unit(text.unit))
    .rowsFrame(new heatMap.RowsHeatmapOptionsBuilder().layout(common.HeatmapCellLayout.Unknown))
    .tooltip(new heatMap.HeatmapTooltipBuilder().mode(common.TooltipDisplayMode.Single).showColorScale(true))
    .yAxis(new heatMap.YAxisConfigBuilder().axisLabel('CPU'))
    .showLegend();
  return placed(builder, text, 9, [query(text.query).range().legendFormat(text.legend)]);
}

export interface TableText extends PanelText {
  readonly query: string;
  /** Titles by label, in order; labels not named are not shown. `Value` is the value, coloured by the limits. */
  readonly columns: Readonly<Record<string, string>>;
}

/** The labels of the newest values. The value's column has the panel's unit. */
export function table(text: TableText): PanelOfWidth {
  const names = Object.keys(text.columns);
  const builder = new tables.PanelBuilder()
    .cellHeight(common.TableCellHeight.Sm)
    .withTransformation({ id: 'filterFieldsByName', options: { include: { names } } })
    .withTransformation({
      id: 'organize',
      options: {
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        renameByName: text.columns,
      },
    });
  if (text.limits !== undefined && text.columns['Value'] !== undefined) {
    builder.overrideByName(text.columns['Value'], [{ id: 'custom.cellOptions', value: { type: 'color-text' } }]);
  }
  const { build, ...size } = placed(builder, text, 8, [query(text.query).instant().format(PromQueryFormat.Table)]);
  return {
    ...size,
    build: (position, id) => {
      const panel = build(position, id);
      // The builder sets it for old Grafana, to which it is the default; new Grafana does not know it.
      delete (panel.options as { footer?: unknown }).footer;
      return panel;
    },
  };
}

function placed(
  builder: AnyBuilder,
  text: PanelText,
  height: number,
  targets: readonly DataqueryBuilder[],
): PanelOfWidth {
  builder
    .title(text.title)
    .description(description(text))
    .datasource(DATASOURCE)
    .unit(text.unit)
    .noValue(noValue(text))
    .thresholds(thresholds(text.limits));
  targets.forEach((target, index) => builder.withTarget(target.refId(String.fromCharCode('A'.charCodeAt(0) + index))));
  return {
    title: text.title,
    width: text.width,
    height,
    build: (position, id) => builder.id(id).gridPos(position).build(),
  };
}

/** @param variable of the dashboard that takes the metric */
function perCpuLink(variable: 'counter' | 'rates', metric: string): { title: string; url: string } {
  const host = ['job', 'instance'].map((label) => `&var-${label}=\${__field.labels.${label}}`).join('');
  const chosen = `var-datasource=\${datasource}${host}&var-${variable}=freebsd_${metric}`;
  return { title: 'On CPUs', url: `/d/${PER_CPU_UID}?${chosen}&\${__url_time_range}` };
}

function query(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(DATASOURCE).expr(expr);
}

function newest(): common.ReduceDataOptionsBuilder {
  return new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false);
}

/** What a panel shows where it has no data: the packs that it needs, as a config names them. */
function noValue({ packs = [], perCpu = false, spread = false, empty }: PanelText): string {
  const mode = perCpu ? ' with cpu: both' : spread ? ' with cpu: spread' : '';
  const needs: string[] = [];
  if (packs.length > 0) {
    const named = packs.join(', ');
    needs.push(`needs the pack${packs.length > 1 ? 's' : ''} ${named}${mode} (packs: [${named}])`);
  } else if (mode !== '') {
    needs.push(`needs a counter${mode}`);
  }
  if (empty !== undefined) needs.push(empty);
  return `No data: ${needs.length > 0 ? needs.join(', or ') : 'no exporter of this job and host is scraped'}`;
}

function description({ means, packs = [], perCpu = false, spread = false, bad }: PanelText): string {
  const named = packs.length > 0 ? packs.map((pack) => `\`${pack}\``).join(', ') : 'any that has the counter';
  const mode = perCpu ? ', with `cpu: both`' : spread ? ', with `cpu: spread`' : '';
  const needs = mode !== '' || packs.length > 0 ? named + mode : 'none';
  return `${means}\n\n**Packs**: ${needs}.\n\n**Bad**: ${bad}`;
}

function thresholds({ warn, bad, low = false }: Limits = {}): dashboard.ThresholdsConfigBuilder {
  const colors = low ? ['red', 'orange', 'green'] : ['green', 'orange', 'red'];
  const values = low ? [bad, warn] : [warn, bad];
  const steps: dashboard.Threshold[] = [{ value: null, color: colors[0]! }];
  values.forEach((value, index) => {
    if (value !== undefined) steps.push({ value, color: colors[index + 1]! });
  });
  return new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps);
}
