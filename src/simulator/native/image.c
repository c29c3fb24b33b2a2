/*
 * An image of kernel memory: mapped, checked, and looked into. Nothing in the file is trusted: every offset and count is checked against
 * the file's size before it is followed, so that a corrupt image ends in an error and not in a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvmsim.h"

/* The kernel that kldsym and sysctlbyname speak of: the one that was opened last. */
static struct image *current;

static bool
table_fits(struct table table, size_t record, uint64_t size)
{
	return table.offset % 8 == 0 && table.offset <= size && table.count <= (size - table.offset) / record;
}

/* True where the header holds together and the tables lie inside the file. */
bool
image_check(const uint8_t *bytes, uint64_t size)
{
	const struct image_header *header = (const struct image_header *)(const void *)bytes;

	if (size < sizeof(*header) || memcmp(header->magic, IMAGE_MAGIC, sizeof(header->magic)) != 0)
		return false;
	if (header->file_size != size || header->page_size < 512 || (header->page_size & (header->page_size - 1)) != 0)
		return false;
	if (header->pcpu_size == 0 || header->pcpu_size > 1 << 20 || header->max_id >= 1 << 16)
		return false;
	if (!table_fits(header->segments, sizeof(struct segment), size) || !table_fits(header->presence, 1, size) ||
	    !table_fits(header->files, sizeof(struct linker_file), size) ||
	    !table_fits(header->symbols, sizeof(struct symbol), size) ||
	    !table_fits(header->sysctls, sizeof(struct sysctl_node), size) ||
	    !table_fits(header->strings, 1, size) || !table_fits(header->weights, sizeof(double), size) ||
	    !table_fits(header->activities, sizeof(struct activity), size) ||
	    !table_fits(header->spares, sizeof(struct spare), size))
		return false;
	/* With a NUL at its very end, every offset into the string table is the start of a string. */
	return header->strings.count > 0 && bytes[header->strings.offset + header->strings.count - 1] == '\0';
}

struct image *
image_map(int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return NULL;
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < sizeof(struct image_header)) {
		errno = EINVAL;
		return NULL;
	}
	uint64_t size = (uint64_t)status.st_size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	struct image *image = image_check(bytes, size) ? malloc(sizeof(*image)) : NULL;
	if (image == NULL) {
		munmap(bytes, size);
		errno = EINVAL;
		return NULL;
	}
	image->bytes = bytes;
	image->size = size;
	image->header = bytes;
	image->references = 1;
	return image;
}

struct image *
image_retain(struct image *image)
{
	image->references++;
	return image;
}

void
image_release(struct image *image)
{
	if (image == NULL || --image->references > 0)
		return;
	munmap((void *)(uintptr_t)image->bytes, image->size);
	free(image);
}

void
image_make_current(struct image *image)
{
	struct image *before = current;
	current = image_retain(image);
	image_release(before);
}

/* The image that was opened last, else the one that the environment names; NULL and errno where there is none. */
struct image *
image_current(void)
{
	if (current != NULL)
		return current;
	const char *path = getenv(IMAGE_ENVIRONMENT);
	if (path == NULL) {
		errno = ENOENT;
		return NULL;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	current = image_map(fd);
	int error = errno;
	close(fd);
	errno = error;
	return current;
}

const char *
image_string(const struct image *image, uint64_t offset)
{
	const struct table strings = image->header->strings;
	return offset < strings.count ? (const char *)image->bytes + strings.offset + offset : "";
}

const void *
image_table(const struct image *image, struct table table, size_t record, uint64_t index)
{
	return index < table.count ? image->bytes + table.offset + index * record : NULL;
}

/*
 * How many of the `wanted` bytes of kernel memory at `address` can be read in one go, and where in the file they lie. 0 where the first
 * page is unmapped.
 */
uint64_t
image_span(const struct image *image, uint64_t address, uint64_t wanted, uint64_t *offset)
{
	const struct image_header *header = image->header;
	const struct segment *segments = image_table(image, header->segments, sizeof(*segments), 0);
	uint64_t low = 0, high = header->segments.count;

	/* The last segment that starts at or below the address. */
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (segments[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return 0;
	const struct segment *segment = &segments[low - 1];
	uint64_t within = address - segment->address;
	if (within >= segment->length || segment->offset > image->size || segment->length > image->size - segment->offset)
		return 0;
	uint64_t length = segment->length - within;
	if (length > wanted)
		length = wanted;
	*offset = segment->offset + within;

	uint64_t page = segment->first_page + within / header->page_size;
	uint64_t pages = (within % header->page_size + length + header->page_size - 1) / header->page_size;
	if (segment->first_page > header->presence.count || page > header->presence.count ||
	    pages > header->presence.count - page)
		return 0;
	const uint8_t *presence = image->bytes + header->presence.offset + page;
	const uint8_t *absent = memchr(presence, 0, pages);
	if (absent == NULL)
		return length;
	uint64_t present = (uint64_t)(absent - presence);
	return present == 0 ? 0 : present * header->page_size - within % header->page_size;
}

/* One aligned 64-bit word of kernel memory, in one load: the workload stores it in one. */
bool
image_word(const struct image *image, uint64_t address, uint64_t *value)
{
	uint64_t offset;
	if (address % 8 != 0 || image_span(image, address, 8, &offset) != 8 || offset % 8 != 0)
		return false;
	*value = __atomic_load_n((const uint64_t *)(const void *)(image->bytes + offset), __ATOMIC_RELAXED);
	return true;
}

static const struct symbol *
symbol_in_file(const struct image *image, const struct linker_file *file, const char *name)
{
	uint64_t low = file->first_symbol, high = low + file->symbol_count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		const struct symbol *symbol = image_table(image, image->header->symbols, sizeof(*symbol), middle);
		if (symbol == NULL)
			return NULL;
		int order = strcmp(name, image_string(image, symbol->name));
		if (order == 0) {
			if (symbol->hidden == 0)
				return symbol;
			errno = (int)symbol->hidden;
			return NULL;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Exactly `name`, in the loaded file with that id; 0 stands for all of them, and the one that was loaded first wins. */
const struct symbol *
image_symbol(const struct image *image, unsigned file_id, const char *name, uint64_t *value)
{
	const struct symbol *found = NULL;
	uint32_t found_order = 0;

	for (uint64_t i = 0; i < image->header->files.count; i++) {
		const struct linker_file *file = image_table(image, image->header->files, sizeof(*file), i);
		if (file->id == 0 || (file_id != 0 && file->id != file_id))
			continue;
		if (found != NULL && file->order >= found_order)
			continue;
		const struct symbol *symbol = symbol_in_file(image, file, name);
		if (symbol == NULL)
			continue;
		found = symbol;
		found_order = file->order;
		*value = symbol->value[file->variant & 1];
	}
	return found;
}
