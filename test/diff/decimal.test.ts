import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { compareDecimals, decimalText, minus, parseDecimal, plus, type Decimal } from '../../src/diff/decimal.js';

function decimal(text: string): Decimal {
  const value = parseDecimal(text);
  assert.ok(value !== undefined && value !== 'not finite', text);
  return value;
}

describe('decimals', () => {
  it('keep every digit, above 2^53 and below 1', () => {
    assert.equal(decimalText(minus(decimal('18446744073709551615'), decimal('18446744073709551614'))), '1');
    assert.equal(decimalText(minus(decimal('0.3'), decimal('0.1'))), '0.2');
    assert.equal(decimalText(minus(decimal('1.25'), decimal('0.25'))), '1');
    assert.equal(decimalText(decimal('-0.0500')), '-0.05');
  });

  it('are read as any program writes a double', () => {
    const cases = { '1e21': '1000000000000000000000', '2.5e-7': '0.00000025', '+4': '4', '.5': '0.5', '5.': '5' };
    for (const [text, exact] of Object.entries(cases)) assert.equal(decimalText(decimal(text)), exact);
    for (const text of ['NaN', '+Inf', '-Inf', 'inf']) assert.equal(parseDecimal(text), 'not finite');
    for (const text of ['', '.', 'e5', '0x10', '1_000', '1 ', '1e999', '--1', '5\r'])
      assert.equal(parseDecimal(text), undefined, text);
  });

  it('add and order as integers do, whatever their places', () => {
    const any = fc.record({ digits: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), places: fc.nat(20) });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const scale = ({ digits, places }: Decimal): bigint => digits * 10n ** BigInt(20 - places);
        assert.equal(scale(plus(a, b)), scale(a) + scale(b));
        assert.equal(scale(minus(a, b)), scale(a) - scale(b));
        assert.equal(Math.sign(compareDecimals(a, b)), scale(a) < scale(b) ? -1 : scale(a) > scale(b) ? 1 : 0);
        assert.deepEqual(decimal(decimalText(plus(a, b))), plus(a, b));
      }),
    );
  });

  it('are read back from the text of any double as that double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        assert.ok(Number(decimalText(decimal(String(value)))) === value);
      }),
    );
  });
});
