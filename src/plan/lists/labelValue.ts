/** What the bytes of a key say, as a label has it. */
import { valueFormats } from '../../config/valueFormats.js';
import { loadInteger } from '../../kernel/integers.js';
import { addressOfSockaddr } from '../../kernel/netAddress.js';
import { textIn } from '../../kernel/texts.js';
import type { Key } from './listPlan.js';

/**
 * Empty where there is nothing to tell; undefined where the bytes are no such thing.
 * @param index the place of what they are of
 */
export function labelValue(key: Exclude<Key, { as: 'text' }>, bytes: Buffer, index: number): string | undefined {
  switch (key.as) {
    case 'characters':
      return textIn(bytes);
    case 'texts':
      return Array.from({ length: bytes.length / key.stride }, (_, nth) =>
        textIn(bytes.subarray(nth * key.stride, (nth + 1) * key.stride)),
      )
        .filter((text) => text !== '')
        .join(',');
    case 'number': {
      const bits = loadInteger(bytes, 0, bytes.length);
      return String(valueFormats[key.format].signed ? BigInt.asIntN(8 * bytes.length, bits) : bits);
    }
    case 'hexadecimal':
      return `0x${bytes.toString('hex')}`;
    case 'name': {
      const value = String(BigInt.asIntN(32, loadInteger(bytes, 0, bytes.length)));
      return key.names[value] ?? value;
    }
    case 'index':
      return key.names?.[index] ?? String(index);
    case 'sockaddr':
      return key.without?.includes(bytes[1] ?? 0) === true ? '' : addressOfSockaddr(bytes);
  }
}
