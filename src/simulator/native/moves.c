/* How the values of the simulated host move: believably, or at constant rates. */
#include <stdlib.h>

#include "workload.h"

/* Of model/traffic.ts: even, rx, tx, hot, house. */
#define CLASS_HOT 3

/* xorshift64*: good enough to scatter events, and one of the cheapest. */
static uint64_t random_state = 0x9e3779b97f4a7c15u;

uint64_t
random_bits(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 0x2545f4914f6cdd1du;
}

/* From 0 up to, not including, 1. */
double
random_unit(void)
{
	return (double)(random_bits() >> 11) * 0x1p-53;
}

/* `expected` to a whole number of events, right on the average. */
static inline uint64_t
events(double expected)
{
	return (uint64_t)(expected + random_unit());
}

static inline uint64_t *
copy_of(const struct activity *activity, uint64_t cpu)
{
	return (uint64_t *)(void *)(host.bytes + activity->offset + cpu * activity->stride);
}

/* Readers see the old value or the new one, never a mixture. There is one writer only. */
static inline void
add(uint64_t *value, uint64_t delta)
{
	__atomic_store_n(value, __atomic_load_n(value, __ATOMIC_RELAXED) + delta, __ATOMIC_RELAXED);
}

static bool
is_loaded(const struct activity *activity)
{
	const struct linker_file *files = (const struct linker_file *)(const void *)(host.bytes + host.header->files.offset);
	return activity->file < host.header->files.count &&
	    __atomic_load_n(&files[activity->file].id, __ATOMIC_RELAXED) != 0;
}

/* A CPU by the weights of a class, given as their running sums. */
static uint64_t
pick_cpu(const double *sums)
{
	double at = random_unit() * sums[host.cpu_count - 1];
	uint64_t low = 0, high = host.cpu_count - 1;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (sums[middle] > at)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

void
share_work(struct tick *tick, uint64_t hot_cpu)
{
	for (uint64_t class = 0; class < host.class_count; class++) {
		const double *weight = host.weights + class * host.cpu_count;
		double *share = tick->shares + class * host.cpu_count;
		double *sum = tick->sums + class * host.cpu_count;
		double total = 0;
		for (uint64_t cpu = 0; cpu < host.cpu_count; cpu++) {
			double boost = class == CLASS_HOT && cpu == hot_cpu ? 2.0 + (double)host.cpu_count / 4 : 1.0;
			share[cpu] = weight[cpu] * boost * (0.8 + 0.4 * random_unit());
			total += share[cpu];
			sum[cpu] = total;
		}
		for (uint64_t cpu = 0; cpu < host.cpu_count && total > 0; cpu++) {
			share[cpu] /= total;
			sum[cpu] /= total;
		}
	}
}

/* Scatters `count` events over a few CPUs. */
static void
scatter(const struct activity *activity, const double *sums, uint64_t count, int64_t sign)
{
	for (unsigned pick = 0; pick < 4 && count > 0; pick++) {
		uint64_t part = pick == 3 || count < 4 ? count : count / 4 + random_bits() % (count / 2);
		add(copy_of(activity, pick_cpu(sums)), (uint64_t)(sign * (int64_t)part));
		count -= part;
	}
}

/* Ups and downs in equal measure, and a pull towards the level that goes with the load. */
static void
move_gauge(const struct activity *activity, const struct tick *tick)
{
	int64_t sum = 0;
	for (uint64_t cpu = 0; cpu < host.cpu_count; cpu++)
		sum = (int64_t)((uint64_t)sum + __atomic_load_n(copy_of(activity, cpu), __ATOMIC_RELAXED));
	double churn = activity->rate * tick->seconds * tick->load;
	double pull = (activity->level * (0.7 + 0.3 * tick->load) - (double)sum) * tick->seconds / 20;
	uint64_t up = events(churn + (pull > 0 ? pull : 0));
	uint64_t down = events(churn + (pull < 0 ? -pull : 0));
	if ((int64_t)down > sum)
		down = sum > 0 ? (uint64_t)sum : 0;
	scatter(activity, tick->sums + activity->cpu_class * host.cpu_count, up, 1);
	/* What one CPU opens is often closed on another. */
	scatter(activity, tick->sums + ((activity->cpu_class + 2) % host.class_count) * host.cpu_count, down, -1);
}

/*
 * Neighbours in the table are neighbours in a slab as long as the stride stays the same. Going CPU by CPU over a run of them touches one
 * page after the other instead of one page for each value.
 */
static void
move_counters(const struct activity *first, uint64_t count, const struct tick *tick)
{
	for (uint64_t cpu = 0; cpu < host.cpu_count; cpu++) {
		for (const struct activity *activity = first; activity < first + count; activity++) {
			double share = tick->shares[activity->cpu_class * host.cpu_count + cpu];
			uint64_t delta = events(activity->rate * tick->seconds * tick->load * share);
			if (delta > 0)
				add(copy_of(activity, cpu), delta);
		}
	}
}

/* Each tick of the statistics clock finds the CPU in one mode: it is idle at those that no other mode took. */
static void
move_cpu_time(const struct activity *modes, const struct tick *tick)
{
	double rate = 0;
	for (unsigned mode = 0; mode < CPU_MODES; mode++)
		rate += modes[mode].rate;
	uint64_t left = events(rate * tick->seconds);
	for (unsigned mode = 0; mode < CPU_MODES; mode++) {
		uint64_t at = modes[mode].cpu_class * host.cpu_count + modes[mode].cpu;
		double busier = host.weights[at] > 0 ? tick->shares[at] / host.weights[at] : 0;
		uint64_t taken = events(modes[mode].rate * tick->seconds * tick->load * busier);
		if (mode == CPU_MODES - 1 || taken > left)
			taken = left;
		add(copy_of(&modes[mode], 0), taken);
		left -= taken;
	}
}

/* It goes with how busy its CPU is now, in its class of work. */
static void
move_single(const struct activity *activity, const struct tick *tick)
{
	uint64_t at = activity->cpu_class * host.cpu_count + activity->cpu;
	double busier = host.weights[at] > 0 ? tick->shares[at] / host.weights[at] : 1;
	uint64_t delta = events(activity->rate * tick->seconds * tick->load * busier);
	if (delta > 0)
		add(copy_of(activity, 0), delta);
}

static bool
is_rare(const struct activity *activity, const struct tick *tick)
{
	return activity->rate * tick->seconds * 8 < (double)host.cpu_count;
}

void
move_all(const struct tick *tick)
{
	for (uint64_t i = 0; i < host.activity_count;) {
		const struct activity *activity = &host.activities[i];
		uint64_t run = 1;
		if (activity->rate <= 0 || !is_loaded(activity)) {
			i++;
			continue;
		}
		if (activity->kind == ACTIVITY_CPU_TIME) {
			run = CPU_MODES;
			if (i + run <= host.activity_count)
				move_cpu_time(activity, tick);
		} else if (activity->kind == ACTIVITY_SINGLE) {
			move_single(activity, tick);
		} else if (activity->kind == ACTIVITY_GAUGE) {
			move_gauge(activity, tick);
		} else if (is_rare(activity, tick)) {
			/* Fewer events than CPUs: each one happens somewhere. */
			const double *sums = tick->sums + activity->cpu_class * host.cpu_count;
			for (uint64_t left = events(activity->rate * tick->seconds * tick->load); left > 0; left--)
				add(copy_of(activity, pick_cpu(sums)), 1);
		} else {
			while (i + run < host.activity_count && run < 256 && activity[run].kind == ACTIVITY_COUNTER &&
			    activity[run].file == activity->file && activity[run].rate > 0 &&
			    !is_rare(&activity[run], tick))
				run++;
			move_counters(activity, run, tick);
		}
		i += run;
	}
}

/* Values as they were at the start, so that no rounding ever adds up. */
uint64_t *
remember(void)
{
	uint64_t *start = calloc(host.activity_count * host.cpu_count + 1, sizeof(*start));
	for (uint64_t i = 0; start != NULL && i < host.activity_count; i++)
		for (uint64_t cpu = 0; cpu < host.cpu_count; cpu++)
			start[i * host.cpu_count + cpu] = *copy_of(&host.activities[i], cpu);
	return start;
}

void
move_steadily(const uint64_t *start, double seconds)
{
	for (uint64_t i = 0; i < host.activity_count; i++) {
		const struct activity *activity = &host.activities[i];
		if (activity->rate <= 0 || !is_loaded(activity))
			continue;
		if (activity->kind == ACTIVITY_CPU_TIME || activity->kind == ACTIVITY_SINGLE) {
			uint64_t moved = (uint64_t)(activity->rate * seconds);
			__atomic_store_n(copy_of(activity, 0), start[i * host.cpu_count] + moved, __ATOMIC_RELAXED);
			continue;
		}
		const double *weight = host.weights + activity->cpu_class * host.cpu_count;
		for (uint64_t cpu = 0; cpu < host.cpu_count; cpu++) {
			uint64_t moved = (uint64_t)(activity->rate * weight[cpu] * seconds);
			/* A gauge's sum stays: what the last CPU gains, the first loses. */
			if (activity->kind == ACTIVITY_GAUGE) {
				uint64_t gained = host.cpu_count > 1 ? (uint64_t)(activity->rate * seconds) : 0;
				moved = cpu == 0 ? 0 - gained : cpu + 1 == host.cpu_count ? gained : 0;
			}
			__atomic_store_n(copy_of(activity, cpu), start[i * host.cpu_count + cpu] + moved, __ATOMIC_RELAXED);
		}
	}
}
