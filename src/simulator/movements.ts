/** Where in an image file the values lie that the workload moves: what is freed must not move any more. */
import { activityField, recordSize } from './format.js';
import type { ImageRecords } from './imageRecords.js';

export class Movements {
  /** Where each value's first copy is, ascending, and where its record is: there are thousands, and things are freed often. */
  private readonly places: Float64Array;
  private readonly records: Float64Array;

  constructor(private readonly file: ImageRecords) {
    const { offset, count } = file.table('activities');
    const size = recordSize.activities;
    const all = file.readAt(offset, count * size);
    const placeOf = (nth: number): number => Number(all.readBigUInt64LE(nth * size + activityField.offset));
    const sorted = Array.from({ length: count }, (_, nth) => ({
      place: placeOf(nth),
      record: offset + nth * size,
    })).sort((a, b) => a.place - b.place);
    this.places = Float64Array.from(sorted, ({ place }) => place);
    this.records = Float64Array.from(sorted, ({ record }) => record);
  }

  /** Nothing whose first copy begins from `offset` to `offset + length` of the file moves from now on. A tick that is under way may still end there. */
  stop(offset: number, length: number): void {
    for (let nth = this.firstFrom(offset); ; nth++) {
      const place = this.places[nth];
      const record = this.records[nth];
      if (place === undefined || record === undefined || place >= offset + length) return;
      this.file.writeAt(record + activityField.rate, still);
    }
  }

  private firstFrom(offset: number): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.places[middle] ?? Infinity) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A rate of 0. */
const still = Buffer.alloc(8);
