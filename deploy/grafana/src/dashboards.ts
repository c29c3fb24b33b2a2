/** All dashboards, and where and how each is kept as JSON. */
import { join } from 'node:path';
import { packageRoot } from '../../../src/packageRoot.js';
import { exporter } from './exporter.js';
import { jails } from './jails.js';
import { memory } from './memory.js';
import { network } from './network.js';
import { overview } from './overview.js';
import { perCpu } from './perCpu.js';
import { vfs } from './vfs.js';
import { vm } from './vm.js';

export const dashboards = { overview, network, jails, vm, memory, vfs, 'per-cpu': perCpu, exporter };

export const dashboardFolder = join(packageRoot, 'deploy', 'grafana', 'dashboards');

export function fileOf(name: string): string {
  return join(dashboardFolder, `${name}.json`);
}

export function textOf(dashboard: object): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
