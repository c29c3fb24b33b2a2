/** What sockets of the local domain are called, and what the kernel's types must tell for any of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileTcp, compileUnix } from '../../../src/plan/sockets/compileSockets.js';
import { labelsOf } from '../../../src/plan/sockets/localName.js';
import { ShapeError, UntoldError } from '../../../src/plan/shapes.js';
import { cInt, struct } from '../../../src/simulator/model/ctypes.js';
import { inpcb, inpcbinfo } from '../../../src/simulator/model/pcbTypes.js';
import { AF_LOCAL, socket, unpcb } from '../../../src/simulator/model/socketTypes.js';
import { profileOf } from '../../../src/simulator/profiles.js';
import { typesOf } from '../../support/smallKernel.js';
import { SmallMemory } from '../../support/smallMemory.js';

const AT = 0xffff_fe00_1000_0000n;

/** What a socket is called whose control block is but a pointer to this. */
function called(bytes: Buffer, mapped = 4096): string | undefined {
  const memory = new SmallMemory();
  memory.map(AT, mapped);
  memory.write(AT, bytes);
  const pcb = Buffer.alloc(8);
  pcb.writeBigUInt64LE(AT);
  return labelsOf({ kind: 'local', address: 100 }, pcb, 100, memory)?.[0]?.value;
}

const address = (path: string, length = path.length + 2, family = AF_LOCAL): Buffer =>
  Buffer.concat([Buffer.from([length, family]), Buffer.from(path)]);

describe('the path of a socket', () => {
  it('ends where the address does, or at a NUL before that', () => {
    assert.equal(called(address('/tmp/a')), '/tmp/a');
    assert.equal(called(address('/tmp/aSECRET', 8)), '/tmp/a');
    assert.equal(called(address('/tmp/a\0SECRET', 106)), '/tmp/a');
    assert.equal(called(address('x'.repeat(104))), 'x'.repeat(104));
    assert.equal(called(address('x'.repeat(200), 202)), 'x'.repeat(104));
  });

  it('is none where there is no address, or one of another family', () => {
    assert.equal(called(address('', 2)), undefined);
    assert.equal(called(address('', 0)), undefined);
    assert.equal(called(address('\0abc')), undefined);
    assert.equal(called(address('/tmp/a', 8, 2)), undefined);
    const pcb = Buffer.alloc(8);
    assert.equal(labelsOf({ kind: 'local', address: 0 }, pcb, 0, new SmallMemory()), undefined);
    pcb.writeBigUInt64LE(AT);
    assert.equal(labelsOf({ kind: 'local', address: 0 }, pcb, 0, new SmallMemory()), undefined);
  });
});

describe('the types of sockets', () => {
  const profile = profileOf('amd64-14');

  it('must be there', () => {
    assert.throws(() => compileTcp(typesOf({ tcbinfo: inpcbinfo(profile) }, [inpcb(profile)])), UntoldError);
    assert.throws(() => compileUnix(typesOf({}, [socket(profile)])), /no struct unpcb/);
    assert.throws(() => compileTcp(typesOf({}, [struct('inpcbinfo', { x: cInt }), inpcb(profile)])), ShapeError);
  });

  it('tell the queue of a socket', () => {
    const { shape } = compileUnix(typesOf({}, [unpcb(profile), socket(profile)]));
    assert.deepEqual(
      shape.members.map(({ path, format }) => `${path} ${format}`),
      ['sol_qlen u32', 'sol_incqlen u32', 'sol_qlimit u32'],
    );
    const [first, second] = shape.members;
    assert.equal(second!.offset - first!.offset, 4);
  });
});
