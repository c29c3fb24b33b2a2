/** The JSON of a dashboard by Grafana's own types: each panel with the options and the field config of its kind. */
import type {
  AnnotationQuery,
  Dashboard,
  FieldConfigSource,
  Panel,
  RowPanel,
  TableFieldOptions,
} from '@grafana/schema';
import type * as barGauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** Grafana types texts by enums, to which no JSON can be assigned: here each is the texts that the enum stands for. */
type Json<T> = T extends string ? `${T}` : T extends object ? { [Key in keyof T]: Json<T[Key]> } : T;

type PanelOf<Kind extends string, Options, Custom> = Omit<Panel, 'type' | 'options' | 'fieldConfig'> & {
  type: Kind;
  options: Options;
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & {
    defaults: Omit<FieldConfigSource['defaults'], 'custom'> & { custom?: Partial<Custom> };
  };
};

/** What Grafana's data source for Prometheus takes of an annotation beside what all do; its types are not in that package. */
type PrometheusAnnotation = AnnotationQuery & {
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  useValueForTime: boolean;
};

export type DashboardJson = Json<
  Omit<Dashboard, 'annotations' | 'panels'> & {
    annotations: { list: PrometheusAnnotation[] };
    panels: (
      | RowPanel
      | PanelOf<'timeseries', timeSeries.Options, timeSeries.FieldConfig>
      | PanelOf<'stat', stat.Options, Record<string, never>>
      | PanelOf<'heatmap', heatmap.Options, heatmap.FieldConfig>
      | PanelOf<'bargauge', barGauge.Options, Record<string, never>>
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- what is to be used instead is not exported
      | PanelOf<'table', table.Options, TableFieldOptions>
    )[];
  }
>;
