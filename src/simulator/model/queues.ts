/** The heads and links of <sys/queue.h> and ck_queue.h, whose names in a type tell what kind of list it is. */
import { madeOnce, forward, pointer, struct, type CType, type StructType } from './ctypes.js';

/** `element` is a struct that is described, or a forward() where that would go round in circles. */
export function ckStailqHead(name: string, element: CType): StructType {
  return struct(name, { cstqh_first: pointer(element), cstqh_last: pointer(pointer(element)) });
}

export const ckStailqEntry = madeOnce((of: string): StructType => {
  return struct('', { cstqe_next: pointer(forward(of)) });
});

export const stailqEntry = madeOnce((of: string): StructType => {
  return struct('', { stqe_next: pointer(forward(of)) });
});

export function listHead(name: string, element: CType): StructType {
  return struct(name, { lh_first: pointer(element) });
}

export const listEntry = madeOnce((of: string): StructType => {
  return struct('', { le_next: pointer(forward(of)), le_prev: pointer(pointer(forward(of))) });
});

export function tailqHead(name: string, element: CType): StructType {
  return struct(name, { tqh_first: pointer(element), tqh_last: pointer(pointer(element)) });
}

export const tailqEntry = madeOnce((of: string): StructType => {
  return struct('', { tqe_next: pointer(forward(of)), tqe_prev: pointer(pointer(forward(of))) });
});

export function ckListHead(name: string, element: CType): StructType {
  return struct(name, { clh_first: pointer(element) });
}

export const ckListEntry = madeOnce((of: string): StructType => {
  return struct('', { cle_next: pointer(forward(of)), cle_prev: pointer(pointer(forward(of))) });
});
