/* The bytes of a stream as they grow, and checked reads of kernel memory for those who make one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"

/* Returns 0 or an errno; `stream` holds what was made in either case. */
int
stream_make(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	switch (node->kind) {
	case SYSCTL_MALLOC_STATS:
		return malloc_stats(image, node, stream);
	case SYSCTL_INTERRUPTS:
		return interrupts(image, node, stream);
	case SYSCTL_ZONE_STATS:
		return zone_stats(image, node, stream);
	case SYSCTL_ZONE_COUNT:
		return zone_count(image, node, stream);
	case SYSCTL_SUM:
		return sum(image, node, stream);
	default:
		return ENOENT;
	}
}

/* The next `size` bytes, zeroed; NULL where there is no memory. They stay where they are until the next call. */
void *
stream_add(struct stream *stream, size_t size)
{
	if (stream->capacity - stream->length < size) {
		size_t capacity = stream->capacity * 2 + size + 4096;
		uint8_t *bytes = realloc(stream->bytes, capacity);
		if (bytes == NULL)
			return NULL;
		stream->bytes = bytes;
		stream->capacity = capacity;
	}
	void *added = stream->bytes + stream->length;
	stream->length += size;
	return memset(added, 0, size);
}

/* The numbers, mostly offsets of members, that the image has for this node; how many and which is the walk's own affair. */
bool
stream_layout(const struct image *image, const struct sysctl_node *node, uint32_t *layout, size_t words)
{
	struct table strings = image->header->strings;
	size_t size = words * sizeof(*layout);

	if (node->source[1] > strings.count || size > strings.count - node->source[1])
		return false;
	memcpy(layout, image->bytes + strings.offset + node->source[1], size);
	return true;
}

bool
load(const struct image *image, uint64_t address, void *into, size_t size)
{
	uint64_t offset;
	if (image_span(image, address, size, &offset) != size)
		return false;
	memcpy(into, image->bytes + offset, size);
	return true;
}

/* A string that is cut to `size` - 1 bytes, as strlcpy(3) does; nothing where it cannot be read. */
void
load_text(const struct image *image, uint64_t address, char *into, size_t size)
{
	uint64_t offset;
	for (size_t i = 0; i + 1 < size; i++) {
		if (image_span(image, address + i, 1, &offset) != 1 || image->bytes[offset] == '\0')
			return;
		into[i] = (char)image->bytes[offset];
	}
}

/* What a stored zpcpu pointer lacks. */
bool
zpcpu_bias(const struct image *image, uint64_t *bias)
{
	uint64_t variable;

	*bias = 0;
	return !image->header->offset_by_pcpu ||
	    (image_symbol(image, 0, "__pcpu", &variable) != NULL && image_word(image, variable, bias));
}

/* The sum of a counter(9) as the kernel itself takes it: over all ids, one page apart, whatever libkvm thinks. */
bool
counter_sum(const struct image *image, uint64_t cell, uint64_t *sum)
{
	uint64_t pointer, bias;

	if (!zpcpu_bias(image, &bias) || !image_word(image, cell, &pointer))
		return false;
	*sum = 0;
	for (uint64_t cpu = 0; cpu <= image->header->max_id; cpu++) {
		uint64_t part;
		if (!image_word(image, pointer + bias + cpu * image->header->page_size, &part))
			return false;
		*sum += part;
	}
	return true;
}
