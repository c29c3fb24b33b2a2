/*
 * Minidumps as libkvm reads them: with the same errors, and as little doubt. What it takes from the file without looking at it ends in an
 * error here, too, and not in a crash.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minidump.h"

#define PAGE 4096u
#define PAGE_MASK (PAGE - 1)
#define CHUNK_SHIFT 21
#define CHUNK_MASK ((UINT64_C(1) << CHUNK_SHIFT) - 1)
#define AMD64_VALID UINT64_C(0x1)
#define AMD64_WRITABLE UINT64_C(0x2)
#define AMD64_SUPERPAGE UINT64_C(0x80)
#define AMD64_FRAME UINT64_C(0x000ffffffffff000)
#define AMD64_SUPERPAGE_FRAME UINT64_C(0x000fffffffe00000)
#define AMD64_NO_EXECUTE (UINT64_C(1) << 63)
#define ARM64_ATTRIBUTES UINT64_C(0xfffc000000000fff)
#define ARM64_READ_ONLY (UINT64_C(2) << 6)
#define ARM64_NO_EXECUTE (UINT64_C(3) << 53)
#define ARM64_PAGE 3u
#define NO_BIT UINT64_MAX
#define NO_OFFSET UINT64_MAX
/* VM_PROT_READ and so on. */
#define READABLE 1u
#define WRITABLE 2u
#define EXECUTABLE 4u
#define WALK_VERSION 2

static uint64_t
round_page(uint64_t size)
{
	return (size + PAGE_MASK) & ~(uint64_t)PAGE_MASK;
}

/* `length` bytes of the file in memory that free() takes, rounded up to words of 64 bits; NULL where the file has fewer. */
static uint64_t *
read_words(const struct minidump *dump, uint64_t at, size_t length)
{
	uint64_t *words = calloc(length / 8 + 1, 8);
	if (words != NULL && pread(dump->fd, words, length, (off_t)at) != (ssize_t)length) {
		free(words);
		return NULL;
	}
	return words;
}

struct header {
	uint32_t version, messages, bitmap, tables, avail;
};

static bool
read_header(kvm_t *kd, struct minidump *dump, struct header *header)
{
	uint8_t bytes[80];
	uint32_t flags = 0;
	size_t length = dump->is_arm64 ? 80 : 72;
	const char *magic = dump->is_arm64 ? "minidump FreeBSD/arm64" : "minidump FreeBSD/amd64";

	if (pread(dump->fd, bytes, length, 0) != (ssize_t)length) {
		set_error(kd, "cannot read dump header");
		return false;
	}
	if (strncmp((const char *)bytes, magic, 24) != 0) {
		set_error(kd, "not a minidump for this platform");
		return false;
	}
	memcpy(header, bytes + 24, 16);
	if (header->version < 1 || header->version > 3) {
		set_error(kd, "wrong minidump version. %s 3 got %d", dump->is_arm64 ? "Expected" : "expected", (int)header->version);
		return false;
	}
	memcpy(&dump->kern_base, bytes + 40, 8);
	if (dump->is_arm64)
		memcpy(&dump->dmap_physical, bytes + 48, 8);
	memcpy(&dump->dmap_base, bytes + (dump->is_arm64 ? 56 : 48), 8);
	memcpy(&dump->dmap_end, bytes + (dump->is_arm64 ? 64 : 56), 8);
	if (header->version >= (dump->is_arm64 ? 2 : 3))
		memcpy(&header->avail, bytes + (dump->is_arm64 ? 72 : 64), 4);
	if (dump->is_arm64 && header->version >= 3)
		memcpy(&flags, bytes + 76, 4);
	if ((flags & 3) != 0) {
		/* The real one reads pages of 16 kB, too; no simulated kernel has them. */
		set_error(kd, "unknown page size flag %x", flags & 3);
		return false;
	}
	return true;
}

static bool
read_bitmap(kvm_t *kd, struct minidump *dump, const struct header *header, uint64_t at)
{
	dump->bitmap_words = header->bitmap / 8;
	dump->bitmap = read_words(dump, at, header->bitmap);
	dump->before = calloc(dump->bitmap_words + 1, sizeof(*dump->before));
	if (dump->bitmap == NULL || dump->before == NULL) {
		set_error(kd, "cannot read %zu bytes for bitmap", (size_t)header->bitmap);
		return false;
	}
	for (size_t i = 0; i < dump->bitmap_words; i++) {
		dump->before[i] = dump->pages;
		dump->pages += (uint64_t)__builtin_popcountll(dump->bitmap[i]);
	}
	return true;
}

/* Without dump_avail the bitmap has a bit for every page from 0 on. */
static bool
read_avail(struct minidump *dump, const struct header *header, uint64_t at)
{
	if (header->avail == 0) {
		dump->avail = calloc(4, 8);
		dump->avail_words = 4;
		if (dump->avail != NULL)
			dump->avail[1] = (uint64_t)header->bitmap * 8 * PAGE;
	} else {
		dump->avail = read_words(dump, at, header->avail);
		dump->avail_words = header->avail / 8;
	}
	return dump->avail != NULL;
}

struct minidump *
minidump_open(kvm_t *kd, bool is_arm64)
{
	struct header header = {.avail = 0};
	struct minidump *dump = calloc(1, sizeof(*dump));

	if (dump == NULL) {
		set_error(kd, "cannot allocate vm");
		return NULL;
	}
	dump->fd = kd->fd;
	dump->is_arm64 = is_arm64;
	if (!read_header(kd, dump, &header)) {
		minidump_close(dump);
		return NULL;
	}
	uint64_t avail_at = PAGE + round_page(header.messages);
	uint64_t bitmap_at = avail_at + round_page(header.avail);
	uint64_t tables_at = bitmap_at + round_page(header.bitmap);
	dump->pages_at = tables_at + round_page(header.tables);
	if (!read_bitmap(kd, dump, &header, bitmap_at)) {
		minidump_close(dump);
		return NULL;
	}
	/* The real one maps this unread, and dies where the file does not have it. */
	if (!read_avail(dump, &header, avail_at)) {
		set_error(kd, "cannot read %zu bytes for bitmap", (size_t)header.bitmap);
		minidump_close(dump);
		return NULL;
	}
	dump->table_words = header.tables / 8;
	dump->tables = read_words(dump, tables_at, header.tables);
	if (dump->tables == NULL) {
		set_error(kd, "cannot read %d bytes from offset %jd for page map", (int)header.tables, (intmax_t)tables_at);
		minidump_close(dump);
		return NULL;
	}
	return dump;
}

void
minidump_close(struct minidump *dump)
{
	if (dump == NULL)
		return;
	free(dump->avail);
	free(dump->bitmap);
	free(dump->before);
	free(dump->tables);
	free(dump);
}

/* As libkvm counts: an address in a hole between two ranges wraps around, to the bit of another page. */
static uint64_t
bit_of(const struct minidump *dump, uint64_t physical)
{
	uint64_t before = 0;

	for (size_t i = 0; i + 1 < dump->avail_words && dump->avail[i + 1] != 0; i += 2) {
		uint64_t first = dump->avail[i] / PAGE, end = dump->avail[i + 1];
		if (physical < end)
			return physical / PAGE - first + before;
		before += (end + PAGE - 1) / PAGE - first;
	}
	return NO_BIT;
}

/* Where in the file a physical page is, whether the file goes that far or not. */
static uint64_t
offset_of(const struct minidump *dump, uint64_t physical)
{
	uint64_t bit = bit_of(dump, physical);

	if (bit == NO_BIT || bit / 64 >= dump->bitmap_words || (dump->bitmap[bit / 64] >> bit % 64 & 1) == 0)
		return NO_OFFSET;
	uint64_t below = dump->bitmap[bit / 64] & ((UINT64_C(1) << bit % 64) - 1);
	return dump->pages_at + (dump->before[bit / 64] + (uint64_t)__builtin_popcountll(below)) * PAGE;
}

/* The physical address that amd64's tables have for an address; false and the error where they have none. */
static bool
amd64_physical(kvm_t *kd, uint64_t address, uint64_t *physical)
{
	const struct minidump *dump = kd->dump;
	uint64_t chunk = (address - dump->kern_base) >> CHUNK_SHIFT;
	uint64_t entries[PAGE / 8];

	if (chunk >= dump->table_words)
		return false;
	uint64_t entry = dump->tables[chunk];
	if ((entry & AMD64_VALID) == 0)
		return false;
	if ((entry & AMD64_SUPERPAGE) != 0) {
		*physical = (entry & AMD64_SUPERPAGE_FRAME) + (address & CHUNK_MASK & ~(uint64_t)PAGE_MASK);
		return true;
	}
	uint64_t at = offset_of(dump, entry & AMD64_FRAME);
	if (at == NO_OFFSET || pread(dump->fd, entries, PAGE, (off_t)at) != PAGE)
		return false;
	entry = entries[(address & CHUNK_MASK) / PAGE];
	if ((entry & AMD64_VALID) == 0)
		return false;
	*physical = entry & AMD64_FRAME;
	return true;
}

static bool
arm64_physical(const struct minidump *dump, uint64_t address, uint64_t *physical)
{
	uint64_t page = (address - dump->kern_base) / PAGE;

	if (page >= dump->table_words || (dump->tables[page] & 3) != ARM64_PAGE)
		return false;
	*physical = dump->tables[page] & ~ARM64_ATTRIBUTES;
	return true;
}

/* How many bytes lie from an address to the end of its page, and where in the file; 0 where the dump does not have them. */
static size_t
locate(kvm_t *kd, uint64_t address, uint64_t *offset)
{
	const struct minidump *dump = kd->dump;
	bool in_dmap = address >= dump->dmap_base && address < dump->dmap_end;
	bool in_kernel = address >= dump->kern_base;
	uint64_t physical = 0;
	bool known = false;

	/* Where the two overlap, each architecture has its own first. */
	if (in_dmap && (dump->is_arm64 || !in_kernel)) {
		physical = (address - dump->dmap_base + dump->dmap_physical) & ~(uint64_t)PAGE_MASK;
		known = true;
	} else if (in_kernel) {
		known = dump->is_arm64 ? arm64_physical(dump, address, &physical) : amd64_physical(kd, address, &physical);
	}
	uint64_t page = known ? offset_of(dump, physical) : NO_OFFSET;
	if (page == NO_OFFSET) {
		set_error(kd, "invalid address (0x%jx)", (uintmax_t)address);
		return 0;
	}
	*offset = page + (address & PAGE_MASK);
	return PAGE - (address & PAGE_MASK);
}

/* -1 where any of it is missing; fewer, and no error, where the file ends. */
ssize_t
minidump_read(kvm_t *kd, uint64_t address, uint8_t *buffer, size_t length)
{
	size_t done = 0;

	while (done < length) {
		uint64_t offset;
		size_t there = locate(kd, address + done, &offset);
		if (there == 0)
			return -1;
		if (there > length - done)
			there = length - done;
		if (lseek(kd->fd, (off_t)offset, SEEK_SET) == -1)
			break;
		ssize_t count = read(kd->fd, buffer + done, there);
		if (count < 0)
			set_system_error(kd, "kvm_read");
		if (count <= 0)
			break;
		done += (size_t)count;
	}
	return (ssize_t)done;
}

struct walk {
	const struct minidump *dump;
	kvmsim_walk_t *callback;
	void *argument;
	uint8_t *seen; /* by bit */
};

static bool
visit(const struct walk *walk, uint64_t physical, uint64_t address, unsigned protection, size_t length)
{
	const struct minidump *dump = walk->dump;
	struct kvmsim_page page = {
		.kp_version = WALK_VERSION,
		.kp_paddr = physical,
		.kp_kmap_vaddr = address,
		.kp_dmap_vaddr = dump->dmap_base + physical,
		.kp_prot = (unsigned char)protection,
		.kp_offset = (off_t)offset_of(dump, physical),
		.kp_len = length,
	};
	return walk->callback(&page, walk->argument) != 0;
}

static void
see(const struct walk *walk, uint64_t physical)
{
	uint64_t bit = bit_of(walk->dump, physical);
	if (bit / 64 < walk->dump->bitmap_words)
		walk->seen[bit] = 1;
}

static unsigned
amd64_protection(uint64_t entry)
{
	return READABLE | ((entry & AMD64_WRITABLE) != 0 ? WRITABLE : 0) | ((entry & AMD64_NO_EXECUTE) == 0 ? EXECUTABLE : 0);
}

static bool
walk_amd64(const struct walk *walk)
{
	const struct minidump *dump = walk->dump;
	uint64_t entries[PAGE / 8];

	for (uint64_t chunk = 0; chunk < dump->table_words; chunk++) {
		uint64_t entry = dump->tables[chunk], address = dump->kern_base + (chunk << CHUNK_SHIFT);
		if ((entry & AMD64_VALID) == 0)
			continue;
		if ((entry & AMD64_SUPERPAGE) != 0) {
			/* Told as one, of which only the first page counts as seen. */
			uint64_t physical = entry & AMD64_SUPERPAGE_FRAME;
			see(walk, physical);
			if (!visit(walk, physical, address, amd64_protection(entry), CHUNK_MASK + 1))
				return false;
			continue;
		}
		uint64_t at = offset_of(dump, entry & AMD64_FRAME);
		if (at == NO_OFFSET || pread(dump->fd, entries, PAGE, (off_t)at) != PAGE)
			continue;
		for (unsigned i = 0; i < PAGE / 8; i++) {
			if ((entries[i] & AMD64_VALID) == 0)
				continue;
			uint64_t physical = entries[i] & AMD64_FRAME;
			see(walk, physical);
			if (!visit(walk, physical, address + i * PAGE, amd64_protection(entries[i]), PAGE))
				return false;
		}
	}
	return true;
}

static bool
walk_arm64(const struct walk *walk)
{
	const struct minidump *dump = walk->dump;

	for (uint64_t page = 0; page < dump->table_words; page++) {
		uint64_t entry = dump->tables[page];
		if ((entry & 3) != ARM64_PAGE)
			continue;
		unsigned protection = READABLE | ((entry & ARM64_READ_ONLY) == 0 ? WRITABLE : 0) |
		    ((entry & ARM64_NO_EXECUTE) == 0 ? EXECUTABLE : 0);
		if (!visit(walk, entry & ~ARM64_ATTRIBUTES, dump->kern_base + page * PAGE, protection, PAGE))
			return false;
	}
	return true;
}

/* The physical address of the page with this bit; false past the last. */
static bool
physical_of(const struct minidump *dump, uint64_t bit, uint64_t *physical)
{
	for (size_t i = 0; i + 1 < dump->avail_words && dump->avail[i + 1] != 0; i += 2) {
		uint64_t first = dump->avail[i] / PAGE, count = (dump->avail[i + 1] + PAGE - 1) / PAGE - first;
		if (bit < count) {
			*physical = (first + bit) * PAGE;
			return true;
		}
		bit -= count;
	}
	return false;
}

/* 1 where the callback wanted all; then it has been told of pages that tables lead to, and on amd64 of those once more by the direct map. */
int
kvm_walk_pages(kvm_t *kd, kvmsim_walk_t *callback, void *argument)
{
	const struct minidump *dump = kd->dump;
	if (dump == NULL)
		return 0;
	struct walk walk = {dump, callback, argument, calloc(dump->bitmap_words * 64 + 1, 1)};
	if (walk.seen == NULL)
		return 0;
	bool whole = dump->is_arm64 ? walk_arm64(&walk) : walk_amd64(&walk);
	for (uint64_t bit = 0; whole && bit < dump->bitmap_words * 64; bit++) {
		uint64_t physical;
		if (!walk.seen[bit])
			continue;
		if (!physical_of(dump, bit, &physical) || dump->dmap_end < dump->dmap_base + physical + PAGE)
			break;
		whole = visit(&walk, physical, 0, READABLE | WRITABLE, PAGE);
	}
	free(walk.seen);
	return whole ? 1 : 0;
}
