/** Writes a document where node_exporter's textfile collector reads it: who reads the file sees the old one or the new one, never a part. */
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { OutputError } from './errors.js';

/** For everybody to read, whatever the umask: the collector runs as a user of its own. */
const MODE = 0o644;

/** @throws OutputError; the old file is still there then */
export async function writeTextfile(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  const folder = dirname(file);
  // The collector reads names that end with .prom only. No other process that writes here has this name.
  const temporary = join(folder, `.${basename(file)}.${process.pid}.tmp`);
  try {
    // What a process of the same number left behind. "wx" follows no link that somebody put there meanwhile.
    await rm(temporary, { force: true });
    try {
      await writeAndSync(temporary, chunks);
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(folder);
  } catch (error) {
    throw new OutputError(`cannot write ${file}: ${reason(error as NodeJS.ErrnoException, folder)}`);
  }
}

async function writeAndSync(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'wx', MODE);
  try {
    await handle.chmod(MODE);
    for (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Else the new name may be lost with the power, though the file is not. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reason(error: NodeJS.ErrnoException, folder: string): string {
  switch (error.code) {
    case 'ENOENT':
      return `the folder ${folder} does not exist`;
    case 'ENOTDIR':
      return `${folder} is not a folder`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `user ${process.geteuid?.()} may not write to the folder ${folder}`;
    case 'EISDIR':
      return 'it is a folder';
    default:
      return error.message;
  }
}
