/** The kernel file and the modules that can be loaded while it runs. */

export const moduleNames = ['carp', 'pf', 'ipsec', 'ipfw', 'zfs'] as const;
export type ModuleName = (typeof moduleNames)[number];

export const fileNames = ['kernel', ...moduleNames] as const;
export type FileName = (typeof fileNames)[number];
