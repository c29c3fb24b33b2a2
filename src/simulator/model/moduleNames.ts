/** The modules that can be loaded while the simulated kernel runs, and the files that it is made of. */

export const moduleNames = ['carp', 'pf', 'ipsec', 'ipfw'] as const;
export type ModuleName = (typeof moduleNames)[number];

export const fileNames = ['kernel', ...moduleNames] as const;
export type FileName = (typeof fileNames)[number];
