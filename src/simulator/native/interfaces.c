/*
 * What sysctl(3) tells of interfaces: struct ifmibdata, with what each has counted by now. As in the kernel, an interface's own function says
 * where that is: in the kernel's cells, or in its driver's queues.
 */
#include <errno.h>
#include <string.h>

#include "kvmsim.h"

#define COLUMNS 12
#define OQDROPS 10
/* An interface that is replaced while it is looked at is looked at again. */
#define MAX_TRIES 1000
/* Of the table by index, whatever the image says. */
#define MAX_LIMIT (1 << 20)

/* Where the kernel of this image keeps what is asked for, as src/simulator/memory/interfaceSysctls.ts writes it. */
struct interface_places {
	uint64_t table, limit, entry_size, vnet0, default_function;
	/* Bytes from the start of struct ifnet. */
	uint64_t vnet, name, flags, driver_flags, promiscuous, queue_length, queue_limit, type, address_length, header_length,
	    link_state, mtu, metric, baudrate, hwassist, epoch, last_change, get_counter, counters, softc;
};

/* struct if_data of FreeBSD's <net/if.h>, LP64. */
struct if_data {
	uint8_t type, physical, address_length, header_length, link_state, vhid;
	uint16_t length;
	uint32_t mtu, metric;
	uint64_t baudrate, counts[COLUMNS], hwassist, epoch, last_change[2];
};

/* struct ifmibdata of FreeBSD's <net/if_mib.h>. */
struct ifmibdata {
	char name[16];
	int32_t promiscuous, flags, queue_length, queue_limit, queue_drops, filler[4];
	struct if_data data;
};

_Static_assert(offsetof(struct ifmibdata, data.counts) == INTERFACE_COUNTS_AT && sizeof(struct ifmibdata) == 208, "");

static bool
read_places(const struct image *image, const struct sysctl_node *node, struct interface_places *places)
{
	const struct table strings = image->header->strings;
	uint64_t at = node->source[0];

	if (at > strings.count || sizeof(*places) > strings.count - at)
		return false;
	memcpy(places, image->bytes + strings.offset + at, sizeof(*places));
	return true;
}

static bool
read_memory(const struct image *image, uint64_t address, void *into, size_t size)
{
	uint64_t offset;

	if (image_span(image, address, size, &offset) != size)
		return false;
	memcpy(into, image->bytes + offset, size);
	return true;
}

/* What if_get_counter would say: where it is a driver's, its queues, of which each CPU has one, hold what the kernel's cell does not. */
static bool
count_of(const struct image *image, const struct interface_places *places, uint64_t ifnet, unsigned column, uint64_t *count)
{
	uint64_t function, softc, word;

	if (!counter_sum(image, ifnet + places->counters + 8 * column, count) ||
	    !image_word(image, ifnet + places->get_counter, &function))
		return false;
	if (function == places->default_function)
		return true;
	if (!image_word(image, ifnet + places->softc, &softc))
		return false;
	for (uint64_t cpu = 0; cpu <= image->header->max_id; cpu++) {
		if (!image_word(image, softc + 8 * (cpu * COLUMNS + column), &word))
			return false;
		*count += word;
	}
	return true;
}

static bool
fill(const struct image *image, const struct interface_places *places, uint64_t ifnet, struct ifmibdata *told)
{
	struct if_data *data = &told->data;
	int32_t driver_flags;
	const struct {
		uint64_t at;
		void *into;
		size_t size;
	} members[] = {
	    {places->name, told->name, sizeof(told->name)},
	    {places->promiscuous, &told->promiscuous, 4},
	    {places->flags, &told->flags, 4},
	    {places->driver_flags, &driver_flags, 4},
	    {places->queue_length, &told->queue_length, 4},
	    {places->queue_limit, &told->queue_limit, 4},
	    {places->type, &data->type, 1},
	    {places->address_length, &data->address_length, 1},
	    {places->header_length, &data->header_length, 1},
	    {places->link_state, &data->link_state, 1},
	    {places->mtu, &data->mtu, 4},
	    {places->metric, &data->metric, 4},
	    {places->baudrate, &data->baudrate, 8},
	    {places->hwassist, &data->hwassist, 8},
	    {places->epoch, &data->epoch, 8},
	    {places->last_change, data->last_change, 16},
	};

	memset(told, 0, sizeof(*told));
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!read_memory(image, ifnet + members[i].at, members[i].into, members[i].size))
			return false;
	told->flags |= driver_flags;
	data->length = sizeof(*data);
	for (unsigned column = 0; column < COLUMNS; column++)
		if (!count_of(image, places, ifnet, column, &data->counts[column]))
			return false;
	told->queue_drops = (int32_t)data->counts[OQDROPS];
	return true;
}

struct entry {
	uint64_t ifnet, generation;
};

/* False where nothing is at that index, or what is there is of another vnet than this process's. */
static bool
find(const struct image *image, const struct interface_places *places, uint64_t index, struct entry *entry)
{
	uint64_t table, vnet, host;
	int32_t limit;

	return read_memory(image, places->limit, &limit, sizeof(limit)) && limit <= MAX_LIMIT && (int64_t)index < limit &&
	    image_word(image, places->table, &table) &&
	    image_word(image, table + index * places->entry_size, &entry->ifnet) && entry->ifnet != 0 &&
	    image_word(image, table + index * places->entry_size + 8, &entry->generation) &&
	    image_word(image, places->vnet0, &host) && image_word(image, entry->ifnet + places->vnet, &vnet) && vnet == host;
}

int
interface_data(const struct image *image, const struct sysctl_node *node, uint64_t index, uint8_t *into, size_t size)
{
	struct interface_places places;
	struct ifmibdata told;
	struct entry before, after;

	if (!read_places(image, node, &places))
		return EFAULT;
	/* The kernel holds a reference meanwhile; here somebody else may free it. */
	for (unsigned tries = 0; tries < MAX_TRIES; tries++) {
		if (!find(image, &places, index, &before))
			return ENOENT;
		bool filled = fill(image, &places, before.ifnet, &told);
		if (!find(image, &places, index, &after) || after.ifnet != before.ifnet || after.generation != before.generation)
			continue;
		if (!filled)
			return EFAULT;
		if (size > 0)
			memcpy(into, &told, size);
		return 0;
	}
	return ENOENT;
}

int
interface_count(const struct image *image, const struct sysctl_node *node, uint8_t *into, size_t size)
{
	struct interface_places places;
	struct entry entry;
	int32_t limit, highest = 0;

	if (!read_places(image, node, &places) || !read_memory(image, places.limit, &limit, sizeof(limit)))
		return EFAULT;
	for (int32_t index = 1; index < limit && index < MAX_LIMIT; index++)
		if (find(image, &places, (uint64_t)index, &entry))
			highest = index;
	memcpy(into, &highest, size);
	return 0;
}
