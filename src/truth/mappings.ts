/** Of which releases it is known that sysctls tell the counters that counterSysctls.ts says they tell. */

/**
 * `__FreeBSD_version`, from the first up to but not including the last. Of 14 all counters that a sysctl tells were compared with it on live
 * kernels, amd64 and arm64, under load; its later releases declare the same sysctls.
 */
const PROVEN = { from: 1_400_000, to: 1_500_000 } as const;

/** True where a counter that disagrees with its sysctl is what is wrong, and not the table of sysctls. */
export function areMappingsProven(osreldate: number): boolean {
  return osreldate >= PROVEN.from && osreldate < PROVEN.to;
}
