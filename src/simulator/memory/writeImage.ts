/** Writes a KernelImage to a file in the layout of format.ts. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { roundUp } from '../model/ctypes.js';
import { fileNames, type FileName } from '../model/files.js';
import { cpuClasses } from '../model/traffic.js';
import {
  activityField,
  activityKind,
  fileField,
  header,
  HEADER_SIZE,
  IMAGE_MAGIC,
  moduleSets,
  recordSize,
  segmentField,
  setBounds,
  spareField,
  symbolField,
  sysctlField,
  sysctlKind,
  type TableName,
} from '../format.js';
import type { KernelImage, PerCpuValue } from './kernelImage.js';
import type { SysctlNode } from './sysctlNode.js';

/** The string table: every text once, at an offset. */
class Strings {
  private readonly parts: Buffer[] = [Buffer.from('\0')];
  private readonly offsets = new Map<string, number>([['', 0]]);
  private length = 1;

  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const offset = this.addBytes(Buffer.from(`${text}\0`));
    this.offsets.set(text, offset);
    return offset;
  }

  addBytes(bytes: Buffer): number {
    const offset = this.length;
    this.parts.push(bytes);
    this.length += bytes.length;
    return offset;
  }

  bytes(): Buffer {
    return Buffer.concat([...this.parts, Buffer.from('\0')]);
  }
}

export function writeImage(image: KernelImage, nodes: readonly SysctlNode[], path: string): void {
  const { pageSize } = image.profile;
  const strings = new Strings();
  const segments = segmentTable(image);
  const { files, symbols } = symbolTables(image, strings);
  // Everything but the segments' own place is known now; their pages follow the tables.
  const tables: Record<TableName, Buffer> = {
    segments: segments.records,
    presence: segments.presence,
    files,
    symbols,
    sysctls: sysctlTable(nodes, strings),
    weights: Buffer.concat(
      cpuClasses.map((name) => Buffer.from(new Uint8Array(image.history.weights[name].buffer.slice(0)))),
    ),
    activities: Buffer.alloc(image.values.length * recordSize.activities),
    spares: spareTable(image, strings),
    strings: Buffer.alloc(0),
  };
  const names = image.values.map(({ symbol }) => strings.add(symbol));
  tables.strings = strings.bytes();

  const head = Buffer.alloc(HEADER_SIZE);
  let end = HEADER_SIZE;
  for (const [name, bytes] of Object.entries(tables) as [TableName, Buffer][]) {
    const offset = roundUp(end, 8);
    head.writeBigUInt64LE(BigInt(offset), header.tables[name]);
    head.writeBigUInt64LE(BigInt(bytes.length / recordSize[name]), header.tables[name] + 8);
    end = offset + bytes.length;
  }
  const memoryAt = roundUp(end, pageSize);
  for (const [index, { start }] of segments.placed.entries()) {
    const at = index * recordSize.segments + segmentField.offset;
    tables.segments.writeBigUInt64LE(BigInt(memoryAt + start), at);
  }
  fillActivities(image.values, names, tables.activities, (address) => BigInt(memoryAt) + segments.within(address));

  head.write(IMAGE_MAGIC, 0, 'latin1');
  head.writeBigUInt64LE(BigInt(memoryAt + segments.length), header.fileSize);
  head.writeUInt32LE(pageSize, header.pageSize);
  head.writeUInt32LE(image.profile.pcpuSize, header.pcpuSize);
  head.writeUInt32LE(image.profile.offsetByPcpu ? 1 : 0, header.offsetByPcpu);
  head.writeUInt32LE(image.profile.shortReads ? 1 : 0, header.shortReads);
  head.writeUInt32LE(image.maxId, header.maxId);

  const fd = openSync(path, 'w', 0o600);
  try {
    ftruncateSync(fd, memoryAt + segments.length);
    writeSync(fd, head, 0, head.length, 0);
    for (const [name, bytes] of Object.entries(tables) as [TableName, Buffer][]) {
      writeSync(fd, bytes, 0, bytes.length, Number(head.readBigUInt64LE(header.tables[name])));
    }
    for (const { segment, start } of segments.placed) {
      writeSync(fd, segment.bytes, 0, segment.bytes.length, memoryAt + start);
    }
  } finally {
    closeSync(fd);
  }
}

function segmentTable(image: KernelImage) {
  const { pageSize } = image.profile;
  const sorted = image.memory.segments
    .filter((segment) => segment.bytes.length > 0)
    .sort((a, b) => (a.base < b.base ? -1 : 1));
  const records = Buffer.alloc(sorted.length * recordSize.segments);
  const presence: Buffer[] = [];
  let length = 0;
  const placed = sorted.map((segment, index) => {
    const start = length;
    const at = index * recordSize.segments;
    records.writeBigUInt64LE(segment.base, at + segmentField.address);
    records.writeBigUInt64LE(BigInt(segment.bytes.length), at + segmentField.length);
    records.writeBigUInt64LE(BigInt(start / pageSize), at + segmentField.firstPage);
    presence.push(Buffer.alloc(segment.bytes.length / pageSize, segment.mapped ? 1 : 0));
    length += segment.bytes.length;
    return { segment, start };
  });
  const starts = new Map(placed.map(({ segment, start }) => [segment, start]));
  const within = (address: bigint): bigint => {
    const { segment, at } = image.memory.locate(address);
    const start = starts.get(segment);
    if (start === undefined) throw new Error(`no segment holds ${address.toString(16)}`);
    return BigInt(start + at);
  };
  return { records, presence: Buffer.concat(presence), placed, length, within };
}

function symbolTables(image: KernelImage, strings: Strings): { files: Buffer; symbols: Buffer } {
  const files = Buffer.alloc(fileNames.length * recordSize.files);
  const records: Buffer[] = [];
  for (const [index, file] of fileNames.entries()) {
    // By bytes, as strcmp(3) orders them.
    const own = image.symbols
      .filter((symbol) => symbol.file === file)
      .sort((a, b) => (a.link < b.link ? -1 : a.link > b.link ? 1 : 0));
    const at = index * recordSize.files;
    files.writeUInt32LE(file === 'kernel' ? 1 : 0, at + fileField.id);
    files.writeUInt32LE(strings.add(file === 'kernel' ? 'kernel' : `${file}.ko`), at + fileField.name);
    files.writeUInt32LE(records.length, at + fileField.firstSymbol);
    files.writeUInt32LE(own.length, at + fileField.symbolCount);
    for (const [variant, base] of image.moduleBases[file].entries()) {
      files.writeBigUInt64LE(base, at + fileField.base + 8 * variant);
    }
    files.writeBigUInt64LE(image.linkerFiles[file], at + fileField.object);
    for (const [nth, value] of setWords(image, file).entries()) {
      files.writeBigUInt64LE(value, at + fileField.sets + 8 * nth);
    }
    for (const symbol of own) {
      const record = Buffer.alloc(recordSize.symbols);
      record.writeUInt32LE(strings.add(symbol.link), symbolField.name);
      record.writeBigUInt64LE(BigInt(symbol.size), symbolField.size);
      record.writeBigUInt64LE(symbol.values[0], symbolField.value);
      record.writeBigUInt64LE(symbol.values[1], symbolField.value + 8);
      records.push(record);
    }
  }
  return { files, symbols: Buffer.concat(records) };
}

function setWords({ moduleSets: sets }: KernelImage, file: FileName): bigint[] {
  return moduleSets.flatMap((name) => {
    const set = sets.get(file)?.[name];
    return setBounds.flatMap((bound) => set?.[bound] ?? [0n, 0n]);
  });
}

function sysctlTable(nodes: readonly SysctlNode[], strings: Strings): Buffer {
  const records = Buffer.alloc(nodes.length * recordSize.sysctls);
  for (const [index, node] of nodes.entries()) {
    const at = index * recordSize.sysctls;
    const source = 'bytes' in node ? BigInt(strings.addBytes(node.bytes)) : node.source;
    const second = secondOf(node, strings) ?? source;
    const file = node.kind === 'counters' && node.module !== undefined ? node.module.file : 'kernel';
    const count = node.kind === 'constant' ? node.bytes.length : 'count' in node ? node.count : 0;
    const width = widthOf(node);
    records.writeUInt32LE(strings.add(node.name), at + sysctlField.name);
    records.writeUInt32LE(sysctlKind[node.kind], at + sysctlField.kind);
    records.writeBigUInt64LE(source, at + sysctlField.source);
    records.writeBigUInt64LE(second, at + sysctlField.source + 8);
    records.writeUInt32LE(fileNames.indexOf(file), at + sysctlField.file);
    records.writeUInt32LE(count, at + sysctlField.count);
    records.writeUInt32LE(width, at + sysctlField.width);
  }
  return records;
}

function spareTable({ spares }: KernelImage, strings: Strings): Buffer {
  const records = Buffer.alloc(spares.length * recordSize.spares);
  for (const [index, { name, address }] of spares.entries()) {
    const at = index * recordSize.spares;
    records.writeUInt32LE(strings.add(name), at + spareField.name);
    records.writeBigUInt64LE(address, at + spareField.address);
  }
  return records;
}

/** The second source: of a module's node at the module's other place, of a stream where its layout is. */
function secondOf(node: SysctlNode, strings: Strings): bigint | undefined {
  if (node.kind === 'counters') return node.module?.second;
  if (!('layout' in node)) return undefined;
  return BigInt(strings.addBytes(Buffer.from(Uint32Array.from(node.layout).buffer)));
}

/** How many bytes one value has: what a lie is added to. */
function widthOf(node: SysctlNode): number {
  switch (node.kind) {
    case 'constant':
      return node.bytes.length === 4 ? 4 : 1;
    case 'memory':
      return node.width ?? (node.count === 4 ? 4 : 1);
    case 'interfaceCount':
      return 4;
    case 'counters':
      return node.width;
    default:
      return 8;
  }
}

function kindOf({ single, cpu, activity }: PerCpuValue): keyof typeof activityKind {
  if (single === true) return 'single';
  if (cpu !== undefined) return 'cpuTime';
  return activity.level === undefined ? 'counter' : 'gauge';
}

/** By words of the record: there are thousands, of ten fields each. */
function fillActivities(
  values: readonly PerCpuValue[],
  names: readonly number[],
  records: Buffer,
  offsetOf: (address: bigint) => bigint,
): void {
  const { buffer, byteOffset, length } = records;
  const words = new BigUint64Array(buffer, byteOffset, length / 8);
  const doubles = new Float64Array(buffer, byteOffset, length / 8);
  const halves = new Uint32Array(buffer, byteOffset, length / 4);
  const files = new Map(fileNames.map((name, index) => [name, index]));
  for (const [nth, value] of values.entries()) {
    const at = nth * recordSize.activities;
    const { rate, level = 0, cpuClass } = value.activity;
    words[(at + activityField.offset) / 8] = offsetOf(value.address);
    words[(at + activityField.stride) / 8] = BigInt(value.stride);
    doubles[(at + activityField.rate) / 8] = rate;
    doubles[(at + activityField.level) / 8] = level;
    halves[(at + activityField.name) / 4] = names[nth] ?? 0;
    halves[(at + activityField.index) / 4] = value.index;
    halves[(at + activityField.cpuClass) / 4] = cpuClasses.indexOf(cpuClass);
    halves[(at + activityField.kind) / 4] = activityKind[kindOf(value)];
    halves[(at + activityField.file) / 4] = files.get(value.file) ?? 0;
    halves[(at + activityField.cpu) / 4] = value.cpu ?? 0;
  }
}
