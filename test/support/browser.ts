/** A real Chromium, as the machine has it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'chromium'));
  return chromium.launch({ executablePath: folders.find(existsSync) ?? 'chromium', args: ARGUMENTS });
}
