/* Numbers that the kernel adds up when it is asked: over memory domains, and over the queues of each. */
#include <errno.h>
#include <string.h>

#include "streams.h"

#define NO_COUNTER UINT32_MAX

/* In the order of domainNodes() in memory/domains.ts. */
struct layout {
	uint32_t width; /* of each number, and of the sum */
	uint32_t count, stride;
	uint32_t inner_count, inner_stride;
	uint32_t counter; /* where in vm_cnt a counter(9) is that comes on top */
};

int
sum(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	struct layout layout;
	uint64_t total = 0, cell;

	if (!stream_layout(image, node, (uint32_t *)(void *)&layout, sizeof(layout) / sizeof(uint32_t)) ||
	    (layout.width != 4 && layout.width != 8) || layout.count > MOST_ELEMENTS || layout.inner_count > MOST_ELEMENTS)
		return EFAULT;
	if (layout.counter != NO_COUNTER &&
	    (image_symbol(image, 0, "vm_cnt", &cell) == NULL || !counter_sum(image, cell + layout.counter, &total)))
		return EFAULT;
	for (uint64_t outer = 0; outer < layout.count; outer++)
		for (uint64_t inner = 0; inner < layout.inner_count; inner++) {
			uint64_t number = 0;
			if (!load(image, node->source[0] + outer * layout.stride + inner * layout.inner_stride, &number, layout.width))
				return EFAULT;
			total += number;
		}
	void *added = stream_add(stream, layout.width);
	if (added == NULL)
		return ENOMEM;
	memcpy(added, &total, layout.width);
	return 0;
}
