import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LiveFamily } from '../../src/live/messages.js';
import { Alerts, conditionOf, type ShippedAlert } from '../../src/page/alerts.js';

function alert(name: string, expr: string, severity = 'warning'): ShippedAlert {
  return { name, expr, for: '10m', severity, runbook: 'Look.' };
}

function family(cpu: LiveFamily['cpu'], spread?: readonly string[]): LiveFamily {
  const names = { name: 'x_total', perCpuName: 'x_per_cpu_total' };
  return { ...names, help: 'H.', type: 'counter', cpu, ...(spread && { spread }) };
}

const alerts = new Alerts([
  alert('Info', 'x_total > 1', 'info'),
  alert('Other', 'rate(y_x_total[5m]) > x_total_y'),
  alert('Sum', 'rate(x_total{a="b"}[5m]) > 2 and x_total > 3'),
  alert('PerCpu', 'max without (cpu) (rate(x_per_cpu_total[5m])) > 2', 'critical'),
  alert('Busiest', 'x_busiest_cpu >= 0'),
]);

function namesOf(of: LiveFamily): string[] {
  return alerts.of(of).map(({ name }) => name);
}

describe('Alerts', () => {
  it('look at what a family publishes, by its whole name, the most urgent first', () => {
    assert.deepEqual(namesOf(family('sum')), ['Sum', 'Info']);
    assert.deepEqual(namesOf(family('per_cpu')), ['PerCpu']);
    assert.deepEqual(namesOf(family('both')), ['PerCpu', 'Sum', 'Info']);
    assert.deepEqual(namesOf(family('spread', ['x_per_cpu_rate', 'x_busiest_cpu'])), ['Sum', 'Busiest', 'Info']);
  });

  it('are none where none are known', () => {
    assert.deepEqual(new Alerts().of(family('both')), []);
  });
});

describe('conditionOf', () => {
  it('is the expression in one line, and how long it must hold', () => {
    assert.equal(conditionOf(alert('A', 'x_total\n  > 1')), 'x_total > 1 for 10m');
    assert.equal(conditionOf({ ...alert('A', 'x > 1'), for: '' }), 'x > 1');
  });
});
