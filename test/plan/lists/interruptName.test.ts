import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interruptName } from '../../../src/plan/lists/interruptName.js';

describe('interruptName', () => {
  for (const [text, labels, isStray = false, cpu] of [
    ['irq264: mce0:rx0', { interrupt: 'irq264', device: 'mce0:rx0' }],
    ['irq16: uhci0 ehci0', { interrupt: 'irq16', device: 'uhci0 ehci0' }],
    ['irq18: uhci1 ehci1+', { interrupt: 'irq18', device: 'uhci1 ehci1+' }],
    ['irq19:-f_long_name0', { interrupt: 'irq19', device: '-f_long_name0' }],
    ['irq5:', { interrupt: 'irq5' }],
    ['gic0,s9: acpi0', { interrupt: 'gic0,s9', device: 'acpi0' }],
    ['its0,8192: nvme0:io3', { interrupt: 'its0,8192', device: 'nvme0:io3' }],
    ['stray irq7', { interrupt: 'irq7' }, true],
    ['stray gic0,s40:', { interrupt: 'gic0,s40' }, true],
    ['stray its0,1: xhci0', { interrupt: 'its0,1', device: 'xhci0' }, true],
    ['cpu3:timer', { interrupt: 'timer' }, false, 3],
    ['cpu255:stop hard', { interrupt: 'stop hard' }, false, 255],
    ['xen_et0:c0', { interrupt: 'xen_et0:c0' }],
    ['cpu', { interrupt: 'cpu' }],
    [':', { interrupt: ':' }],
  ] as const) {
    it(`takes "${text}" for ${JSON.stringify(labels)}`, () => {
      assert.deepEqual(interruptName(text), {
        labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
        isStray,
        cpu,
      });
    });
  }

  it('leaves out what nobody uses', () => {
    assert.equal(interruptName(''), undefined);
    assert.equal(interruptName('???'), undefined);
  });
});
