/* What a handle has where it is on a crash dump: the dump's pages, and the symbols of its kernel's file. */
#ifndef MINIDUMP_H
#define MINIDUMP_H

#include "kvmsim.h"

struct minidump {
	int fd; /* the handle's own */
	bool is_arm64;
	uint64_t kern_base, dmap_base, dmap_end, dmap_physical;
	/* Pairs of physical addresses, ended by zeros. */
	uint64_t *avail;
	size_t avail_words;
	uint64_t *bitmap;
	size_t bitmap_words;
	/* Of each word of the bitmap, how many bits are set before it. */
	uint64_t *before;
	/* The kernel's page tables, as the dump has them. */
	uint64_t *tables;
	size_t table_words;
	uint64_t pages_at; /* where in the file the first page is */
	uint64_t pages;
};

struct kernel_file {
	uint8_t *bytes;
	size_t size;
	uint16_t type, machine;
};

/* struct kvm_page of FreeBSD's <kvm.h>. */
struct kvmsim_page {
	unsigned int kp_version;
	uint64_t kp_paddr;
	uint64_t kp_kmap_vaddr;
	uint64_t kp_dmap_vaddr;
	unsigned char kp_prot;
	off_t kp_offset;
	size_t kp_len;
};

typedef int kvmsim_walk_t(struct kvmsim_page *page, void *argument);

/* minidump.c: each sets the handle's error where it fails. */
struct minidump *minidump_open(kvm_t *kd, bool is_arm64);
void minidump_close(struct minidump *dump);
ssize_t minidump_read(kvm_t *kd, uint64_t address, uint8_t *buffer, size_t length);

/* elf.c */
struct kernel_file *kernel_file_open(kvm_t *kd, const char *path);
void kernel_file_close(struct kernel_file *file);
int kernel_file_nlist(const struct kernel_file *file, struct kvmsim_nlist *list);

/* dumps.c */
bool dump_open(kvm_t *kd, const char *execfile);
void dump_close(kvm_t *kd);

EXPORTED int kvm_walk_pages(kvm_t *kd, kvmsim_walk_t *walk, void *argument);

#endif
