/*
 * vm.zone_stats and vm.zone_count: of each UMA zone what its keg, its own counters and the cache of each CPU tell, as libmemstat(3) reads
 * it. What CPUs' caches have counted comes on top of the zone's own counters: nothing here adds the two.
 */
#include <errno.h>

#include "streams.h"

#define STREAM_VERSION 1
#define SECONDARY 1
/* The items of a zone are the low bits of a word that also counts who waits for one. */
#define ITEMS_MASK ((1ull << 44) - 1)

struct stream_header {
	uint32_t version;
	uint32_t maxcpus;
	uint32_t count;
	uint32_t pad;
};

struct type_header {
	char name[32];
	uint32_t align, size, rsize, maxpages, limit;
	uint32_t pages, keg_free, zone_free, bucket_size, zone_flags;
	uint64_t allocs, frees, fails, sleeps, xdomain;
	uint64_t reserved;
};

struct percpu_stat {
	uint64_t allocs, frees, cache_free;
	uint64_t reserved[5];
};

/* Mostly offsets of members, in the order of zoneNodes() in memory/umaZones.ts. */
struct layout {
	uint32_t is_old; /* of 12: counters are plain words, a keg counts its own pages, cache zones are not told of */
	uint32_t domains, internal, secondary;
	uint32_t keg_next, keg_zones, keg_align, keg_size, keg_rsize, keg_ppera, keg_ipers, keg_flags, keg_domain;
	uint32_t pages, free; /* in a keg's domain; of 12 in the keg */
	uint32_t keg_maxpages, domain_size;
	uint32_t next, name, flags, size, allocs, frees, fails, xdomain, sleeps, max_items, items;
	uint32_t caches, cache_size, cache_allocs, cache_frees;
	uint32_t buckets, bucket_stride;
	uint32_t bucket_count; /* in a cache; of 12 in the bucket that it points to */
	uint32_t zone_domain_size, zone_domain_items;
};

struct walk {
	const struct image *image;
	const struct layout *layout;
	struct stream *stream;
	uint32_t count;
	bool is_counting; /* only that */
};

static uint32_t
number(const struct walk *walk, uint64_t address, size_t size)
{
	uint32_t value = 0;
	return load(walk->image, address, &value, size) ? value : 0;
}

static uint64_t
word(const struct walk *walk, uint64_t address)
{
	uint64_t value = 0;
	return image_word(walk->image, address, &value) ? value : 0;
}

/* A counter(9), or of 12 the number itself. One that is not yet allocated tells of whatever lies there. */
static uint64_t
counter(const struct walk *walk, uint64_t cell)
{
	uint64_t sum = 0;

	if (walk->layout->is_old)
		return word(walk, cell);
	return counter_sum(walk->image, cell, &sum) ? sum : 0;
}

static void
add_keg(const struct walk *walk, uint64_t keg, uint64_t zone, struct type_header *header)
{
	const struct layout *layout = walk->layout;
	uint32_t ipers = number(walk, keg + layout->keg_ipers, 2), ppera = number(walk, keg + layout->keg_ppera, 2);

	header->align = number(walk, keg + layout->keg_align, 4);
	header->size = number(walk, keg + layout->keg_size, 4);
	header->rsize = number(walk, keg + layout->keg_rsize, 4);
	if (word(walk, keg + layout->keg_zones) != zone && (number(walk, zone + layout->flags, 4) & layout->secondary) != 0)
		header->zone_flags = SECONDARY;
	if (ipers == 0 || ppera == 0)
		return;
	if (layout->is_old) {
		header->pages = number(walk, keg + layout->pages, 4);
		header->keg_free = number(walk, keg + layout->free, 4);
		header->maxpages = number(walk, keg + layout->keg_maxpages, 4);
		header->limit = header->maxpages / ppera * ipers;
		return;
	}
	for (uint32_t domain = 0; domain < layout->domains; domain++) {
		uint64_t at = keg + layout->keg_domain + domain * layout->domain_size;
		header->pages += number(walk, at + layout->pages, 4);
		header->keg_free += number(walk, at + layout->free, 4);
	}
	uint64_t limit = word(walk, zone + layout->max_items);
	if (limit > 0)
		header->pages = (uint32_t)((word(walk, zone + layout->items) & ITEMS_MASK) / ipers * ppera);
	header->maxpages = (uint32_t)(limit / ipers * ppera);
	header->limit = (uint32_t)limit;
}

static void
add_cache(const struct walk *walk, uint64_t cache, struct percpu_stat *stat)
{
	const struct layout *layout = walk->layout;

	stat->allocs = word(walk, cache + layout->cache_allocs);
	stat->frees = word(walk, cache + layout->cache_frees);
	for (uint32_t bucket = 0; bucket < layout->buckets; bucket++) {
		uint64_t at = cache + bucket * layout->bucket_stride;
		if (layout->is_old && (at = word(walk, at)) == 0)
			continue;
		stat->cache_free += (uint64_t)(int64_t)(int16_t)number(walk, at + layout->bucket_count, 2);
	}
}

/* `keg` is 0 for a zone that has none. */
static bool
add_zone(const struct walk *walk, uint64_t keg, uint64_t zone)
{
	const struct layout *layout = walk->layout;
	uint64_t cpus = (uint64_t)walk->image->header->max_id + 1, pcpus;
	struct type_header *header = stream_add(walk->stream, sizeof(*header));

	if (header == NULL)
		return false;
	load_text(walk->image, word(walk, zone + layout->name), header->name, sizeof(header->name));
	if (keg != 0)
		add_keg(walk, keg, zone, header);
	else
		header->size = number(walk, zone + layout->size, 4);
	for (uint32_t domain = 0; domain < layout->domains; domain++)
		header->zone_free += (uint32_t)word(walk, zone + layout->caches + cpus * layout->cache_size +
		    domain * layout->zone_domain_size + layout->zone_domain_items);
	header->allocs = counter(walk, zone + layout->allocs);
	header->frees = counter(walk, zone + layout->frees);
	header->fails = counter(walk, zone + layout->fails);
	header->sleeps = word(walk, zone + layout->sleeps);
	if (!layout->is_old)
		header->xdomain = counter(walk, zone + layout->xdomain);

	struct percpu_stat *stats = stream_add(walk->stream, cpus * sizeof(*stats));
	if (stats == NULL || image_symbol(walk->image, 0, "cpuid_to_pcpu", &pcpus) == NULL)
		return false;
	if (keg != 0 && (number(walk, keg + layout->keg_flags, 4) & layout->internal) != 0)
		return true;
	for (uint64_t cpu = 0; cpu < cpus; cpu++)
		if (word(walk, pcpus + 8 * cpu) != 0)
			add_cache(walk, zone + layout->caches + cpu * layout->cache_size, &stats[cpu]);
	return true;
}

static bool
add_list(struct walk *walk, uint64_t keg, uint64_t zone)
{
	for (; zone != 0 && walk->count < MOST_ELEMENTS; zone = word(walk, zone + walk->layout->next)) {
		walk->count++;
		if (!walk->is_counting && !add_zone(walk, keg, zone))
			return false;
	}
	return true;
}

static bool
add_all(struct walk *walk, uint64_t kegs)
{
	uint64_t cache_zones;

	for (uint64_t keg = word(walk, kegs); keg != 0; keg = word(walk, keg + walk->layout->keg_next))
		if (walk->count >= MOST_ELEMENTS || !add_list(walk, keg, word(walk, keg + walk->layout->keg_zones)))
			return false;
	return walk->layout->is_old || image_symbol(walk->image, 0, "uma_cachezones", &cache_zones) == NULL ||
	    add_list(walk, 0, word(walk, cache_zones));
}

int
zone_stats(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	struct layout layout;
	struct walk walk = {.image = image, .layout = &layout, .stream = stream};

	if (!stream_layout(image, node, (uint32_t *)(void *)&layout, sizeof(layout) / sizeof(uint32_t)))
		return EFAULT;
	if (stream_add(stream, sizeof(struct stream_header)) == NULL || !add_all(&walk, node->source[0]))
		return ENOMEM;
	struct stream_header *header = (struct stream_header *)(void *)stream->bytes;
	header->version = STREAM_VERSION;
	header->maxcpus = image->header->max_id + 1;
	header->count = walk.count;
	return 0;
}

int
zone_count(const struct image *image, const struct sysctl_node *node, struct stream *stream)
{
	struct layout layout;
	struct walk walk = {.image = image, .layout = &layout, .is_counting = true};

	if (!stream_layout(image, node, (uint32_t *)(void *)&layout, sizeof(layout) / sizeof(uint32_t)))
		return EFAULT;
	uint32_t *count = stream_add(stream, sizeof(*count));
	if (count == NULL)
		return ENOMEM;
	add_all(&walk, node->source[0]);
	*count = walk.count;
	return 0;
}
