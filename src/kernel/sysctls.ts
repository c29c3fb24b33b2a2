/** sysctl(3), which only a running kernel answers. All of these throw KvmError where a node could not be read. */
export interface Sysctls {
  /** The bytes of a node, or undefined where there is none of that name. */
  bytes(name: string): Buffer | undefined;
  /** Of a node by its numbers, which have no name where one of them is a key, such as an interface's index; undefined where there is none. */
  bytesAt(oid: readonly number[]): Buffer | undefined;
  /** A node of 4 or 8 bytes, host byte order, unsigned. Throws KvmError where it is missing or has another size. */
  unsigned(name: string): bigint;
  /** A node that holds a text. Throws KvmError where it is missing. */
  text(name: string): string;
}
