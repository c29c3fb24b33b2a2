import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openKernelTypes } from '../../src/ctf/kernelFile.js';
import { writeElf } from '../../src/simulator/elfWriter.js';
import { temporaryFolder } from './foreignTools.js';
import { BUILD_ID, kernelCtf, kernelImage } from './kernelImage.js';

function saved(context: TestContext, bytes: Uint8Array): string {
  const path = join(temporaryFolder(context), 'kernel');
  writeFileSync(path, bytes);
  return path;
}

describe('openKernelTypes', () => {
  it('opens the file whose build id is the expected one', (context) => {
    const path = saved(context, kernelImage());
    for (const expected of [BUILD_ID, BUILD_ID.toUpperCase(), undefined]) {
      const { types, buildId } = openKernelTypes(path, expected);
      assert.equal(buildId, BUILD_ID);
      assert.equal(types.typeOfObject('vm_cnt')?.name, 'vmmeter');
    }
  });

  it('refuses another build id and shows both', (context) => {
    const path = saved(context, kernelImage());
    const other = 'ff'.repeat(20);
    assert.throws(
      () => openKernelTypes(path, other),
      (error: Error) => {
        assert.equal(error.name, 'KernelFileError');
        for (const part of [path, other, BUILD_ID]) assert.ok(error.message.includes(part), part);
        return true;
      },
    );
    const { ctf, symbols } = kernelCtf();
    const without = saved(context, writeElf({ symbols, ctf, machine: 62 }));
    assert.throws(() => openKernelTypes(without, other), {
      message: /build id is missing, but the running kernel's is ffff/,
    });
  });

  it('says what is the matter with a file, after its path', (context) => {
    const { symbols } = kernelCtf();
    const folder = temporaryFolder(context);
    for (const [path, reason] of [
      [join(folder, 'nowhere'), 'cannot be read (ENOENT)'],
      [folder, 'it is not a regular file'],
      [saved(context, Buffer.from('text')), 'the file ends before the end of the ELF header'],
      [saved(context, Buffer.alloc(100)), 'not an ELF file'],
      [
        saved(context, writeElf({ symbols, buildId: BUILD_ID, machine: 62 })),
        'it has no type information (section .SUNW_ctf); was it built without WITH_CTF?',
      ],
      [saved(context, writeElf({ symbols, ctf: Buffer.alloc(40), machine: 62 })), 'not CTF data'],
    ] as const) {
      assert.throws(() => openKernelTypes(path, undefined), { name: 'KernelFileError', message: `${path}: ${reason}` });
    }
  });

  it('does not wait for somebody to write into a FIFO', (context) => {
    const path = join(temporaryFolder(context), 'fifo');
    execFileSync('mkfifo', [path]);
    assert.throws(() => openKernelTypes(path, undefined), { message: `${path}: it is not a regular file` });
  });
});
