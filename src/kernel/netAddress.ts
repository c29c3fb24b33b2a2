/** Network addresses in the kernel's memory, as people write them. */

/** <sys/socket.h> of FreeBSD. */
const AF_INET = 2;
const AF_INET6 = 28;

/** Of 4 bytes or 16, in network order, as RFC 5952 writes IPv6. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  // The kernel keeps the zone of a link-local address in its second group (<netinet6/scope6_var.h>).
  const isLinkLocal = (bytes.readUInt16BE(0) & 0xffc0) === 0xfe80;
  const groups = Array.from({ length: 8 }, (_, group) =>
    isLinkLocal && group === 1 ? 0 : bytes.readUInt16BE(2 * group),
  );
  return new URL(`http://[${groups.map((group) => group.toString(16)).join(':')}]`).hostname.slice(1, -1);
}

/** Of a struct sockaddr_in or sockaddr_in6; undefined for anything else. */
export function addressOfSockaddr(bytes: Buffer): string | undefined {
  const family = bytes[1];
  if (family === AF_INET) return addressText(bytes.subarray(4, 8));
  return family === AF_INET6 ? addressText(bytes.subarray(8, 24)) : undefined;
}
