/** /config as a browser shows it. Of a plain text it would ask for an icon, at a path where, behind a proxy, there is another site. */
import { escape, htmlPage, type PageHead } from './html.js';

/**
 * It scrolls sideways, with the keys, too.
 * @param config as configText() writes it
 */
export function configPage(head: PageHead, config: string): string {
  return htmlPage(head, {
    title: 'Config of kcounter_exporter',
    body: `<main class="config">
<h2>Config in force</h2>
<pre tabindex="0" role="region" aria-label="Config">${escape(config)}</pre>
</main>`,
  });
}
