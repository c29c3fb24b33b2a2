/* hw.intrs of amd64: a line of text for each source, with the CPU that it goes to. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "streams.h"

#define NAME_SIZE 20

/* Offsets of members, in the order of interruptNodes() in memory/interrupts.ts. */
struct layout {
	uint32_t sources; /* how many there can be */
	uint32_t event;
	uint32_t count;
	uint32_t index;
	uint32_t cpu;
	uint32_t domain;
	uint32_t name; /* in the event */
};

static bool
add_line(const struct image *image, const struct layout *layout, uint64_t source, struct stream *stream)
{
	char name[NAME_SIZE] = "", line[NAME_SIZE + 128];
	uint64_t event, cell, count;
	int32_t index, cpu, domain;

	if (!image_word(image, source + layout->event, &event) || !image_word(image, source + layout->count, &cell) ||
	    !image_word(image, cell, &count) || !load(image, source + layout->index, &index, sizeof(index)) ||
	    !load(image, source + layout->cpu, &cpu, sizeof(cpu)) ||
	    !load(image, source + layout->domain, &domain, sizeof(domain)))
		return false;
	load_text(image, event + layout->name, name, sizeof(name));
	int length = snprintf(line, sizeof(line), "%s:%d @cpu%d(domain%d): %ld\n", name, index, cpu, domain, (long)count);
	char *added = stream_add(stream, (size_t)length);
	if (added == NULL)
		return false;
	memcpy(added, line, (size_t)length);
	return true;
}

int
interrupts(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	struct layout layout;
	uint64_t table, source;

	if (!stream_layout(image, node, (uint32_t *)(void *)&layout, sizeof(layout) / sizeof(uint32_t)) ||
	    !image_word(image, node->source[0], &table))
		return EFAULT;
	for (uint64_t number = 0; number < layout.sources; number++) {
		if (!image_word(image, table + 8 * number, &source))
			return EFAULT;
		if (source != 0 && !add_line(image, &layout, source, stream))
			return EFAULT;
	}
	/* It is a string. */
	return stream_add(stream, 1) != NULL ? 0 : ENOMEM;
}
