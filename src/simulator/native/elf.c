/* The symbols of a kernel's file, looked up as nlist(3) does: from the table's start, however often a name is in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minidump.h"

/* <nlist.h> of FreeBSD. */
#define N_UNDF 0x0
#define N_EXT 0x1
#define N_ABS 0x2
#define N_TEXT 0x4
#define N_DATA 0x6
#define N_BSS 0x8
#define N_FN 0x1f

/* Of <sys/elf64.h>, which not every system has. */
struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, segments_at, sections_at;
	uint32_t flags;
	uint16_t size, segment_size, segments, section_size, sections, names;
};

struct elf_section {
	uint32_t name, type;
	uint64_t flags, address, offset, size;
	uint32_t link, info;
	uint64_t align, entry_size;
};

struct elf_symbol {
	uint32_t name;
	uint8_t info, other;
	uint16_t section;
	uint64_t value, size;
};

#define CLASS_AT 4
#define CLASS64 2
#define ENCODING_AT 5
#define LITTLE_ENDIAN_ENCODING 1
#define SECTION_PROGBITS 1
#define SECTION_SYMTAB 2
#define SECTION_NOBITS 8
#define SECTION_WRITABLE 1
#define UNDEFINED 0
#define ABSOLUTE 0xfff1
#define BIND_GLOBAL 1
#define BIND_WEAK 2
#define TYPE_FILE 4

static bool
is_elf(const struct kernel_file *file)
{
	return file->size >= sizeof(struct elf_header) && memcmp(file->bytes, "\177ELF", 4) == 0;
}

struct kernel_file *
kernel_file_open(kvm_t *kd, const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		set_system_error(kd, path);
		return NULL;
	}
	struct kernel_file *file = calloc(1, sizeof(*file));
	if (file != NULL && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
		void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes != MAP_FAILED) {
			file->bytes = bytes;
			file->size = (size_t)status.st_size;
		}
	}
	close(fd);
	if (file == NULL || !is_elf(file)) {
		set_error(kd, "kernel is not an ELF file");
		kernel_file_close(file);
		return NULL;
	}
	const struct elf_header *header = (const void *)file->bytes;
	/* A file of another class or byte order is of no architecture that is known here. */
	if (header->ident[CLASS_AT] == CLASS64 && header->ident[ENCODING_AT] == LITTLE_ENDIAN_ENCODING) {
		file->type = header->type;
		file->machine = header->machine;
	}
	return file;
}

void
kernel_file_close(struct kernel_file *file)
{
	if (file == NULL)
		return;
	if (file->bytes != NULL)
		munmap(file->bytes, file->size);
	free(file);
}

/* `size` bytes at `offset`; NULL where the file does not have them all. The real one dies of reading past its end. */
static const void *
part(const struct kernel_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset ? file->bytes + offset : NULL;
}

static unsigned char
kind_of(const struct elf_symbol *symbol, const struct elf_section *sections, unsigned count)
{
	unsigned char kind = N_UNDF;

	if (symbol->section == ABSOLUTE) {
		kind = (symbol->info & 0xf) == TYPE_FILE ? N_FN : N_ABS;
	} else if (symbol->section != UNDEFINED && symbol->section < count) {
		const struct elf_section *section = &sections[symbol->section];
		if (section->type == SECTION_PROGBITS)
			kind = (section->flags & SECTION_WRITABLE) != 0 ? N_DATA : N_TEXT;
		else if (section->type == SECTION_NOBITS)
			kind = N_BSS;
	}
	unsigned binding = symbol->info >> 4;
	return binding == BIND_GLOBAL || binding == BIND_WEAK ? kind | N_EXT : kind;
}

static bool
is_asked(const char *asked, const char *name)
{
	return (asked[0] == '_' && strcmp(name, asked + 1) == 0) || strcmp(name, asked) == 0;
}

/*
 * Returns how many names are missing, or -1. Each symbol of a wanted name counts as one that was found: where a name is there twice, the
 * search ends before another is found, and nobody is told.
 */
int
kernel_file_nlist(const struct kernel_file *file, struct kvmsim_nlist *list)
{
	const struct elf_header *header = (const void *)file->bytes;
	const struct elf_section *sections = part(file, header->sections_at, (uint64_t)header->sections * sizeof(*sections));
	const struct elf_section *table = NULL;
	int wanted = 0;

	if (sections == NULL || header->sections_at % 8 != 0)
		return -1;
	for (unsigned i = 0; i < header->sections && table == NULL; i++)
		if (sections[i].type == SECTION_SYMTAB)
			table = &sections[i];
	/* A stripped file. */
	if (table == NULL || table->link >= header->sections)
		return -1;
	const struct elf_section *strings = &sections[table->link];
	const char *names = part(file, strings->offset, strings->size);
	const struct elf_symbol *symbols = part(file, table->offset, table->size);
	if (names == NULL || symbols == NULL || strings->size == 0 || names[strings->size - 1] != '\0' ||
	    table->offset % 8 != 0)
		return -1;
	for (struct kvmsim_nlist *entry = list; entry->n_name != NULL && entry->n_name[0] != '\0'; entry++) {
		entry->n_type = 0;
		entry->n_other = 0;
		entry->n_desc = 0;
		entry->n_value = 0;
		wanted++;
	}
	for (uint64_t i = 0; i < table->size / sizeof(*symbols) && wanted > 0; i++) {
		if (symbols[i].name >= strings->size || names[symbols[i].name] == '\0')
			continue;
		const char *name = names + symbols[i].name;
		for (struct kvmsim_nlist *entry = list; entry->n_name != NULL && entry->n_name[0] != '\0'; entry++) {
			if (!is_asked(entry->n_name, name))
				continue;
			entry->n_value = symbols[i].value;
			entry->n_type = kind_of(&symbols[i], sections, header->sections);
			if (--wanted <= 0)
				break;
		}
	}
	return wanted;
}
