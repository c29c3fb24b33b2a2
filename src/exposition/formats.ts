/** The formats of a document: the text format of Prometheus and OpenMetrics, which differ in their headers and their end. */

export const formats = ['text', 'openmetrics'] as const;
export type Format = (typeof formats)[number];

/** The last line of an OpenMetrics document; the text format has none. */
export const END: Readonly<Record<Format, string>> = { text: '', openmetrics: '# EOF\n' };

/**
 * The same metrics in OpenMetrics, from text format 0.0.4 without timestamps: a counter's family is named without `_total`, and there are
 * no empty lines. For the exporter's own metrics, which are few; prom-client cannot write both formats of one registry.
 */
export function toOpenMetrics(text: string): string {
  return text.replaceAll(/\n{2,}/g, '\n').replaceAll(/^# (HELP|TYPE) (\w+)_total /gm, '# $1 $2 ');
}
