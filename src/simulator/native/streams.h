/*
 * What the files of streams share: sysctls whose bytes the kernel makes as it walks its own structures, so that their size changes with
 * what there is.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include "kvmsim.h"

/* More elements than any list of a simulated kernel has: a longer one goes round in circles. */
#define MOST_ELEMENTS 100000

struct stream {
	uint8_t *bytes;
	size_t length, capacity;
};

/* streams.c */
int stream_make(const struct image *image, const struct sysctl_node *node, struct stream *stream);
void *stream_add(struct stream *stream, size_t size);
bool stream_layout(const struct image *image, const struct sysctl_node *node, uint32_t *layout, size_t words);
bool load(const struct image *image, uint64_t address, void *into, size_t size);
void load_text(const struct image *image, uint64_t address, char *into, size_t size);
bool zpcpu_bias(const struct image *image, uint64_t *bias);
bool counter_sum(const struct image *image, uint64_t cell, uint64_t *sum);

/* interrupts.c */
int interrupts(const struct image *image, const struct sysctl_node *node, struct stream *stream);

/* malloc_stats.c */
int malloc_stats(const struct image *image, const struct sysctl_node *node, struct stream *stream);

/* sums.c */
int sum(const struct image *image, const struct sysctl_node *node, struct stream *stream);

/* zone_stats.c */
int zone_stats(const struct image *image, const struct sysctl_node *node, struct stream *stream);
int zone_count(const struct image *image, const struct sysctl_node *node, struct stream *stream);

#endif
