/*
 * What the files of the simulated libkvm share: the layout of an image of kernel memory, as src/simulator/format.ts writes it, the
 * kvm handle, and the functions over both. Everything in an image is little-endian and aligned to its size.
 */
#ifndef KVMSIM_H
#define KVMSIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define IMAGE_MAGIC "kvmsim1"
/* Names the image for callers that name none: kvm_openfiles(NULL, NULL, ...), kldsym and sysctlbyname before anything is open. */
#define IMAGE_ENVIRONMENT "KVMSIM_IMAGE"
/* _POSIX2_LINE_MAX of FreeBSD: the size of the caller's buffer for errors. */
#define ERRBUF_SIZE 2048

/* Where an array of records lies in the file. */
struct table {
	uint64_t offset;
	uint64_t count;
};

struct image_header {
	char magic[8];
	uint64_t file_size;
	uint32_t page_size;
	uint32_t pcpu_size;	 /* sizeof(struct pcpu): this libkvm's stride */
	uint32_t offset_by_pcpu; /* this libkvm adds the value of __pcpu to zpcpu pointers */
	uint32_t short_reads;	 /* a read stops short at an unmapped page; else it fails */
	uint32_t max_id;	 /* mp_maxid */
	uint32_t reserved;
	struct table segments;
	struct table presence; /* one byte for each page of the segments: 0 = unmapped */
	struct table files;
	struct table symbols;
	struct table sysctls;
	struct table strings; /* bytes; every name in it ends with a NUL */
	struct table weights; /* double[class][max_id + 1]: which part of a class's work each CPU does */
	struct table activities;
	struct table spares; /* for src/simulator/changes; nothing here looks at them */
};

/* A run of kernel addresses that lies in the file as it lies in memory. Sorted by address. */
struct segment {
	uint64_t address;
	uint64_t length;
	uint64_t offset;
	uint64_t first_page; /* index into the presence bytes */
};

/* The kernel itself (index 0) or a module. */
struct linker_file {
	uint32_t id;	  /* 0 = not loaded */
	uint32_t order;	  /* place in the list of loaded files */
	uint32_t variant; /* which of the two values of its symbols holds: a module may come back elsewhere */
	uint32_t name;
	uint32_t first_symbol;
	uint32_t symbol_count;
	uint64_t base[2]; /* of its own segment, by variant */
	uint64_t object;  /* where its struct elf_file is while it is loaded */
	/* Of its own VNET and DPCPU data: start and stop of the template, base in the kernel's set, by variant; 0 = struct elf_file has none. */
	uint64_t sets[2][3][2];
};

/* Sorted by name within a file. */
struct symbol {
	uint32_t name;
	uint32_t hidden; /* the errno that looking it up fails with; 0 = it is found */
	uint64_t size;
	uint64_t value[2];
};

enum sysctl_kind {
	SYSCTL_CONSTANT = 0, /* `count` bytes of the string table at `source` */
	SYSCTL_MEMORY = 1,   /* `count` bytes of kernel memory at `source` */
	SYSCTL_COUNTERS = 2, /* the sums of `count` counter(9) whose pointers lie at `source`, `width` bytes each */
	SYSCTL_CPU_TIMES = 3, /* for each id the CPU_MODES words at `source` in its struct pcpu; `count` words in all */
	SYSCTL_INTERFACE_DATA = 4, /* struct ifmibdata of an interface; the words of struct interface_places lie in the string table at `source` */
	SYSCTL_INTERFACE_COUNT = 5, /* the highest index of an interface of the host's; `source` as above */
	/* Streams (streams.h): made from what a walk that begins at `source[0]` finds; `source[1]` is where the string table has its layout. */
	SYSCTL_MALLOC_STATS = 16,
	SYSCTL_INTERRUPTS = 17,
	SYSCTL_ZONE_STATS = 18,
	SYSCTL_ZONE_COUNT = 19,
	SYSCTL_SUM = 20,
};

/* `IFMIB_*` and `IFDATA_*` of FreeBSD's <net/if_mib.h>. */
#define IFMIB_SYSTEM 1
#define IFMIB_IFCOUNT 1
#define IFMIB_IFDATA 2
#define IFDATA_GENERAL 1
/* Where the counts of struct ifmibdata begin, and what an interface's index is multiplied by in a lie about one of them. */
#define INTERFACE_COUNTS_AT 80
#define LIES_PER_INTERFACE 16

struct sysctl_node {
	uint32_t name;
	uint32_t kind;
	uint64_t source[2]; /* by variant of the file that it belongs to */
	uint32_t count;
	uint32_t width;
	uint32_t lie_index;
	uint32_t file; /* index of the linker_file without which there is no such node */
	int64_t lie; /* what a test has this sysctl add to its value number `lie_index` */
};

enum activity_kind {
	ACTIVITY_COUNTER = 0, /* every CPU's part only grows */
	ACTIVITY_GAUGE = 1,   /* grows on some CPUs, falls on others; the sum stays near `level` */
	ACTIVITY_CPU_TIME = 2, /* the ticks of one mode of one CPU; all modes of a CPU follow each other in the table */
	ACTIVITY_SINGLE = 3, /* a word without copies, which goes with what one CPU does */
};

/* Memory for what comes while the kernel runs. */
struct spare {
	uint32_t name;
	uint32_t reserved;
	uint64_t address;
};

/* CPUSTATES of FreeBSD's <sys/resource.h>; the last one is idle. */
#define CPU_MODES 5

/* How the workload moves one 64-bit value that has a copy for each CPU. */
struct activity {
	uint64_t offset; /* of CPU 0's copy in the file */
	uint64_t stride; /* bytes to the next CPU's */
	double rate;	 /* per second, all CPUs together, at load 1 */
	double level;
	uint32_t name; /* the symbol, for people and tests */
	uint32_t index;
	uint32_t cpu_class;
	uint32_t kind;
	uint32_t file; /* index of the linker_file that must be loaded */
	uint32_t cpu;  /* the only one that it is of, where it has no copies */
};

/* An image that is mapped, read-only for the library. */
struct image {
	const uint8_t *bytes;
	uint64_t size;
	const struct image_header *header;
	unsigned references;
};

typedef struct kvmsim_handle kvm_t;
struct kvmsim_handle {
	struct image *image;
	int fd; /* what kvm_read reads from; /dev/null where that was opened */
	bool is_null;
	uint64_t pcpu_size;  /* sizeof(struct pcpu): this libkvm's stride */
	bool offset_by_pcpu; /* this libkvm adds the value of __pcpu to zpcpu pointers */
	/* Of a crash dump (minidump.h). */
	struct minidump *dump;
	struct kernel_file *kernel;
	char error[ERRBUF_SIZE];
	bool vnet_initialized;
	uint64_t vnet_start, vnet_stop, vnet_base;
	bool dpcpu_initialized;
	uint64_t dpcpu_start, dpcpu_stop, dpcpu_current;
	uint32_t dpcpu_maxcpus;
	uint64_t *dpcpu_off;
};

/* struct nlist of FreeBSD's <nlist.h>; other systems have others. */
struct kvmsim_nlist {
	const char *n_name;
	unsigned char n_type;
	signed char n_other;
	short n_desc;
	unsigned long n_value;
};

/* struct kld_sym_lookup of FreeBSD's <sys/linker.h>. */
struct kvmsim_kld_sym_lookup {
	int version;
	char *symname;
	unsigned long symvalue;
	size_t symsize;
};

/* struct kld_file_stat of FreeBSD's <sys/linker.h>; its MAXPATHLEN is 1024. */
struct kvmsim_kld_file_stat {
	int version;
	char name[1024];
	int refs;
	int id;
	char *address;
	size_t size;
	char pathname[1024];
};

/* The calls that a hook is told of. */
enum hook_call {
	HOOK_READ = 1,
	HOOK_READ_ZPCPU = 2,
	HOOK_FETCH = 3,
	HOOK_NLIST = 4,
	HOOK_GETPCPU = 5,
	HOOK_KLDSYM = 6,
	HOOK_KLDNEXT = 7,
	HOOK_KLDSTAT = 8,
	HOOK_SYSCTL = 9,
	HOOK_SYSCTL_NUMBER = 10,
};

/* MIDDLE: between the halves of a read that the hook had split. */
enum hook_phase { HOOK_BEFORE = 0, HOOK_MIDDLE = 1, HOOK_AFTER = 2 };

/* What a hook answers before a call: a kind in the low 8 bits, its argument above them. */
enum fault_kind {
	FAULT_NONE = 0,
	FAULT_FAIL = 1,	 /* it fails with this errno, and says so as it always does */
	FAULT_MUTE = 2,	 /* the same without an error text */
	FAULT_SHORT = 3, /* kvm_read: this many bytes fewer than were wanted */
	FAULT_COUNT = 4, /* kvm_read: all is read, but this is returned; kvm_nlist: nothing is found */
	FAULT_SPLIT = 5, /* kvm_read: the first so many bytes, then the hook again, then the rest */
};

struct fault {
	enum fault_kind kind;
	uint64_t argument;
};

/* `address` is what the call is given: an address, a pointer, a CPU or a file id; for kldsym, sysctlbyname and sysctl where the name lies. */
typedef int64_t kvmsim_hook_t(int call, uint64_t address, uint64_t length, int phase);

/* Only these are exported; the rest of the library is built with hidden visibility. */
#define EXPORTED __attribute__((visibility("default")))

/* image.c */
bool image_check(const uint8_t *bytes, uint64_t size);
struct image *image_map(int fd);
struct image *image_retain(struct image *image);
void image_release(struct image *image);
struct image *image_current(void);
void image_make_current(struct image *image);
const char *image_string(const struct image *image, uint64_t offset);
const void *image_table(const struct image *image, struct table table, size_t record, uint64_t index);
uint64_t image_span(const struct image *image, uint64_t address, uint64_t wanted, uint64_t *offset);
bool image_word(const struct image *image, uint64_t address, uint64_t *value);
const struct symbol *image_symbol(const struct image *image, unsigned file_id, const char *name, uint64_t *value);

/* dumps.c */
void require_no_dump(const char *call);

/* kernel.c */
bool counter_sum(const struct image *image, uint64_t cell, uint64_t *sum);

/* interfaces.c */
int interface_data(const struct image *image, const struct sysctl_node *node, uint64_t index, uint8_t *into, size_t size);
int interface_count(const struct image *image, const struct sysctl_node *node, uint8_t *into, size_t size);

/* own_process.c: 0 or an error number. */
int own_process(int pid, void *old, size_t *old_length);

/* hook.c */
struct fault hook_before(enum hook_call call, uint64_t address, uint64_t length);
void hook_middle(enum hook_call call, uint64_t address, uint64_t length);
void hook_after(enum hook_call call, uint64_t address, uint64_t length);

/* kvm.c */
void set_error(kvm_t *kd, const char *format, ...) __attribute__((format(printf, 2, 3)));
void set_system_error(kvm_t *kd, const char *what);

EXPORTED kvm_t *kvm_openfiles(const char *execfile, const char *corefile, const char *swapfile, int flags, char *errbuf);
EXPORTED int kvm_close(kvm_t *kd);
EXPORTED char *kvm_geterr(kvm_t *kd);
EXPORTED ssize_t kvm_read(kvm_t *kd, unsigned long address, void *buffer, size_t length);
EXPORTED int kvm_nlist(kvm_t *kd, struct kvmsim_nlist *list);
EXPORTED int kvm_getmaxcpu(kvm_t *kd);
EXPORTED int kvm_getncpus(kvm_t *kd);
EXPORTED void *kvm_getpcpu(kvm_t *kd, int cpu);
EXPORTED int kvm_dpcpu_setcpu(kvm_t *kd, unsigned int cpu);
EXPORTED ssize_t kvm_read_zpcpu(kvm_t *kd, unsigned long base, void *buffer, size_t size, int cpu);
EXPORTED uint64_t kvm_counter_u64_fetch(kvm_t *kd, unsigned long base);
EXPORTED int kldsym(int file_id, int command, void *data);
EXPORTED int kldnext(int file_id);
EXPORTED int kldstat(int file_id, void *data);
EXPORTED int sysctl(const int *name, unsigned int length, void *old, size_t *old_length, const void *new, size_t new_length);
EXPORTED int sysctlbyname(const char *name, void *old, size_t *old_length, const void *new, size_t new_length);
/* NULL takes the hook away. */
EXPORTED void kvmsim_set_hook(kvmsim_hook_t *hook);

#endif
