/* What the two files of the workload share: the image that it moves, and the moves. */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include "kvmsim.h"

/* The image, mapped for writing, and its tables. */
struct host {
	uint8_t *bytes;
	const struct image_header *header;
	const double *weights; /* [class][cpu] */
	const struct activity *activities;
	uint64_t activity_count, class_count, cpu_count;
};
extern struct host host;

/* How much of each class's work each CPU does during a tick, and the running sums of that. */
struct tick {
	double seconds;
	double load;
	double *shares;
	double *sums;
};

/* moves.c */
uint64_t random_bits(void);
double random_unit(void);
void share_work(struct tick *tick, uint64_t hot_cpu);
void move_all(const struct tick *tick);
uint64_t *remember(void);
void move_steadily(const uint64_t *start, double seconds);

#endif
