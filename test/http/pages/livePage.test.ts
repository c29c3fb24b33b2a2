import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PAGE_POLICY } from '../../../src/http/pages/html.js';
import { livePage, type PageContents } from '../../../src/http/pages/livePage.js';

const contents: PageContents = {
  version: '1.2.3',
  telemetryPath: '/of/metrics',
  facts: { origin: 'live', release: '14.0-<RELEASE>', osreldate: 1_400_097, machineArch: 'amd64', cpus: [0, 1] },
  reader: { reader: 'direct', reason: 'only it agrees with <vm.stats.sys.v_swtch> & "others"' },
};

describe('livePage', () => {
  it('tells what is known without a script, and links to the other pages from wherever it is', () => {
    const page = livePage(contents);
    assert.match(page, /kcounter_exporter <span class="version">1\.2\.3</);
    for (const path of ['of/metrics', 'symbols', 'config', '-/healthy', '-/ready']) {
      assert.ok(page.includes(`<a href="${path}">`), path);
    }
    assert.match(page, /<noscript>.*href="symbols".*href="of\/metrics"/);
  });

  it('escapes what comes from elsewhere', () => {
    const page = livePage(contents);
    assert.match(page, /14\.0-&lt;RELEASE&gt;/);
    assert.match(page, /&lt;vm\.stats\.sys\.v_swtch&gt; &amp; &quot;others&quot;/);
    assert.doesNotMatch(page, /<RELEASE>|<vm\.stats/);
  });

  it('has neither script nor style of its own, which its policy forbids', () => {
    const page = livePage(contents);
    assert.doesNotMatch(page, /<style|style=|<script(?! type="module" src="-\/page\.js"><\/script>)|\son\w+=/);
    assert.doesNotMatch(PAGE_POLICY, /unsafe/);
    assert.doesNotMatch(page, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  it('says of a crash dump what it is, of when and why, and tells its script', () => {
    const dump = { bootTime: 1_795_000_000, time: 1_795_854_029, panic: 'a <page> fault' };
    const page = livePage({ ...contents, facts: { ...contents.facts, origin: 'core', dump } });
    assert.match(
      page,
      /data-dump><strong>This is a crash dump:<\/strong> its numbers are those of 2026-11-28 08:20:29 UTC \(a &lt;page&gt; fault\)/,
    );
    assert.doesNotMatch(livePage(contents), /data-dump/);
  });

  it('says so where the kernel is simulated, and only there', () => {
    assert.doesNotMatch(livePage(contents), /This kernel is simulated/);
    const simulated = { ...contents, facts: { ...contents.facts, origin: 'simulated' } };
    assert.match(livePage(simulated), /This kernel is simulated/);
  });
});
