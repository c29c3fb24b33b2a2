/* kern.malloc_stats: of each malloc(9) type its name and its statistics of every CPU that could be, as libmemstat(3) reads them. */
#include <errno.h>

#include "streams.h"

#define STREAM_VERSION 1
#define NAME_SIZE 32
/* struct malloc_type_stats. */
#define STATISTICS_WORDS 8

struct stream_header {
	uint32_t version;
	uint32_t maxcpus;
	uint32_t count;
	uint32_t pad;
};

/* Offsets of members, in the order of mallocNodes() in memory/mallocTypes.ts. */
struct layout {
	uint32_t next;
	uint32_t name;
	uint32_t internal;
	uint32_t is_handle; /* `internal` is a pointer */
	uint32_t statistics; /* in what is internal */
	uint32_t maxcpus;
};

static bool
add_type(const struct image *image, const struct layout *layout, uint64_t type, uint64_t bias, struct stream *stream)
{
	uint64_t name, pointer, internal = type + layout->internal;

	if (layout->is_handle && !image_word(image, internal, &internal))
		return false;
	if (!image_word(image, type + layout->name, &name) || !image_word(image, internal + layout->statistics, &pointer))
		return false;
	char *header = stream_add(stream, NAME_SIZE);
	if (header == NULL)
		return false;
	load_text(image, name, header, NAME_SIZE);
	size_t size = STATISTICS_WORDS * sizeof(uint64_t);
	uint64_t *statistics = stream_add(stream, layout->maxcpus * size);
	if (statistics == NULL)
		return false;
	/* Those past mp_maxid stay zero. */
	for (uint64_t cpu = 0; cpu <= image->header->max_id && cpu < layout->maxcpus; cpu++)
		for (uint64_t word = 0; word < STATISTICS_WORDS; word++)
			if (!image_word(image, pointer + bias + cpu * image->header->page_size + 8 * word,
			    &statistics[cpu * STATISTICS_WORDS + word]))
				return false;
	return true;
}

int
malloc_stats(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	struct layout layout;
	uint64_t type, bias;
	uint32_t count = 0;

	if (!stream_layout(image, node, (uint32_t *)(void *)&layout, sizeof(layout) / sizeof(uint32_t)) ||
	    layout.maxcpus > 1 << 16 || !zpcpu_bias(image, &bias) || !image_word(image, node->source[0], &type))
		return EFAULT;
	if (stream_add(stream, sizeof(struct stream_header)) == NULL)
		return ENOMEM;
	for (; type != 0 && count < MOST_ELEMENTS; count++)
		if (!add_type(image, &layout, type, bias, stream) || !image_word(image, type + layout.next, &type))
			return EFAULT;
	struct stream_header *header = (struct stream_header *)(void *)stream->bytes;
	header->version = STREAM_VERSION;
	header->maxcpus = layout.maxcpus;
	header->count = count;
	return 0;
}
