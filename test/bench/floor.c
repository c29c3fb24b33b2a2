/*
 * The floor's reads and its rendering: all pointer cells in one call and each slab in one call, then prepared line beginnings and decimal
 * digits into one buffer. It trusts its input and stops where a call fails: it is a measure, not an exporter.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "floor.h"

#define PAGE 4096ul

/* struct nlist of FreeBSD's <nlist.h>. */
struct nlist {
	const char *name;
	unsigned char type;
	signed char other;
	short desc;
	unsigned long value;
};

static void *(*kvm_openfiles)(const char *, const char *, const char *, int, char *);
static int (*kvm_nlist)(void *, struct nlist *);
static ssize_t (*kvm_read)(void *, unsigned long, void *, size_t);
static void *kd;

static uint64_t bias, cpus;
static size_t counter_count, slab_count;
/* By counter: where its cell is, and where CPU 0's copy of it lies in `copies`. */
static uint64_t *cells;
static const char **first_copies;
/* The span of memory that holds all cells, as it was read now and when the slabs were last laid out. */
static uint64_t cells_start, cells_size;
static char *cell_bytes, *known_cell_bytes;
/* Addresses of CPU 0's pages, ascending, and what was read of each and the pages of the other CPUs that follow it. */
static uint64_t *slabs;
static char *copies;
/* What stands before each line's digits, one after the other: name and labels, and before a name's first line its HELP and TYPE. */
static char *prefixes;
static uint32_t *prefix_lengths;
char *body;
size_t body_room;

void
fail(const char *what)
{
	fprintf(stderr, "floor: %s failed\n", what);
	exit(1);
}

void *
room(size_t size)
{
	void *memory = calloc(1, size > 0 ? size : 1);
	if (memory == NULL)
		fail("calloc");
	return memory;
}

static void
read_kernel(uint64_t address, void *into, size_t size)
{
	if (kvm_read(kd, address, into, size) != (ssize_t)size)
		fail("kvm_read");
}

static uint64_t
address_of(const char *symbol)
{
	char name[256];
	snprintf(name, sizeof(name), "_%s", symbol);
	struct nlist list[2] = {{.name = name}, {.name = NULL}};
	if (kvm_nlist(kd, list) != 0)
		fail(symbol);
	return list[0].value;
}

void
open_kernel(char **argv)
{
	void *library = dlopen(argv[1], RTLD_NOW);
	if (library == NULL)
		fail(argv[1]);
	*(void **)&kvm_openfiles = dlsym(library, "kvm_openfiles");
	*(void **)&kvm_nlist = dlsym(library, "kvm_nlist");
	*(void **)&kvm_read = dlsym(library, "kvm_read");
	char error[2048];
	kd = kvm_openfiles(argv[2], argv[3], NULL, 0, error);
	if (kd == NULL)
		fail("kvm_openfiles");
	uint32_t max_id;
	read_kernel(address_of("mp_maxid"), &max_id, sizeof(max_id));
	cpus = max_id + 1ul;
	read_kernel(address_of("__pcpu"), &bias, sizeof(bias));
}

void
load_counters(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512], symbol[128], name[128], parts[128], help[128];
	size_t prefix_room = 1 << 16;
	if (file == NULL)
		fail(path);
	while (fgets(line, sizeof(line), file) != NULL) {
		counter_count++;
		prefix_room += 2 * strlen(line) + 128 + cpus * (strlen(line) + 16);
	}
	cells = room(counter_count * sizeof(*cells));
	first_copies = room(counter_count * sizeof(*first_copies));
	slabs = room(counter_count * sizeof(*slabs));
	prefixes = room(prefix_room);
	prefix_lengths = room(counter_count * (cpus + 1) * sizeof(*prefix_lengths));
	rewind(file);
	char *at = prefixes;
	uint32_t *length = prefix_lengths;
	uint64_t end = 0;
	for (size_t i = 0; fgets(line, sizeof(line), file) != NULL; i++) {
		if (sscanf(line, "%127[^\t]\t%127[^\t]\t%127[^\t]\t%127[^\n]", symbol, name, parts, help) != 4)
			fail(path);
		cells[i] = address_of(symbol);
		if (i == 0 || cells[i] < cells_start)
			cells_start = cells[i];
		if (cells[i] + 8 > end)
			end = cells[i] + 8;
		*length = (uint32_t)sprintf(at, "# HELP %s %s\n# TYPE %s counter\n%s ", name, help, name, name);
		at += *length++;
		for (uint64_t cpu = 0; cpu < cpus; cpu++) {
			int header = cpu == 0 ? sprintf(at, "# HELP %s %s\n# TYPE %s counter\n", parts, help, parts) : 0;
			*length = (uint32_t)(header + sprintf(at + header, "%s{cpu=\"%lu\"} ", parts, (unsigned long)cpu));
			at += *length++;
		}
	}
	fclose(file);
	cells_size = end - cells_start;
	cell_bytes = room(cells_size);
	known_cell_bytes = room(cells_size);
	body_room = (size_t)(at - prefixes) + counter_count * (cpus + 1) * 21;
	body = room(body_room);
}

static int
by_address(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static uint64_t
copy_address(size_t counter)
{
	uint64_t pointer;
	memcpy(&pointer, cell_bytes + (cells[counter] - cells_start), sizeof(pointer));
	return pointer + bias;
}

/* Which slabs there are, and where in them the counters lie; only when a pointer moved. */
static void
lay_out(void)
{
	slab_count = 0;
	for (size_t i = 0; i < counter_count; i++)
		slabs[i] = copy_address(i) & ~(PAGE - 1);
	qsort(slabs, counter_count, sizeof(*slabs), by_address);
	for (size_t i = 0; i < counter_count; i++)
		if (slab_count == 0 || slabs[slab_count - 1] != slabs[i])
			slabs[slab_count++] = slabs[i];
	free(copies);
	copies = room(slab_count * cpus * PAGE);
	for (size_t i = 0; i < counter_count; i++) {
		uint64_t page = copy_address(i) & ~(PAGE - 1);
		uint64_t *slab = bsearch(&page, slabs, slab_count, sizeof(*slabs), by_address);
		first_copies[i] = copies + (size_t)(slab - slabs) * cpus * PAGE + copy_address(i) % PAGE;
	}
	memcpy(known_cell_bytes, cell_bytes, cells_size);
}

static char *
put_digits(char *at, uint64_t value)
{
	static const char pairs[] = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
				    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
	char digits[20], *start = digits + sizeof(digits);
	for (; value >= 100; value /= 100)
		memcpy(start -= 2, pairs + 2 * (value % 100), 2);
	if (value >= 10)
		memcpy(start -= 2, pairs + 2 * value, 2);
	else
		*--start = (char)('0' + value);
	size_t length = (size_t)(digits + sizeof(digits) - start);
	memcpy(at, start, length);
	return at + length;
}

/* Reads everything and renders it into `body`; returns its length. */
size_t
scrape(void)
{
	read_kernel(cells_start, cell_bytes, cells_size);
	if (memcmp(cell_bytes, known_cell_bytes, cells_size) != 0)
		lay_out();
	for (size_t i = 0; i < slab_count; i++)
		read_kernel(slabs[i], copies + i * cpus * PAGE, cpus * PAGE);
	char *at = body;
	const char *prefix = prefixes;
	const uint32_t *length = prefix_lengths;
	for (size_t i = 0; i < counter_count; i++) {
		uint64_t sum = 0, value;
		for (uint64_t cpu = 0; cpu < cpus; cpu++) {
			memcpy(&value, first_copies[i] + cpu * PAGE, sizeof(value));
			sum += value;
		}
		for (uint64_t line = 0; line <= cpus; line++) {
			memcpy(&value, line == 0 ? (const char *)&sum : first_copies[i] + (line - 1) * PAGE, sizeof(value));
			memcpy(at, prefix, *length);
			at = put_digits(at + *length, value);
			*at++ = '\n';
			prefix += *length++;
		}
	}
	return (size_t)(at - body);
}
