/*
 * The load of the simulated host: moves the counters of an image, in place, as a server under changing load would. Usage:
 *
 *	workload IMAGE believable|steady
 *
 * Prints "ready" after the first move. Ends when its standard input does, or on a signal. A line "become UID GID" there has it become
 * that user for good, in that group alone.
 *
 * believable: the load swings around 1; the hot CPU changes; gauges go up on some CPUs and down on others.
 * steady: every value moves at its own constant rate, which the image tells, divided among the CPUs by the weights that it tells too.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sockets.h"
#include "workload.h"

#define TICK_MS 80
/* Sockets that come or go in one. */
#define SOCKETS_A_TICK 24

struct host host;
static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static double
now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* True where every copy of every value is an aligned word inside the file. */
static bool
activities_fit(uint64_t size)
{
	for (uint64_t i = 0; i < host.activity_count; i++) {
		const struct activity *activity = &host.activities[i];
		if (activity->cpu_class >= host.class_count || activity->cpu >= host.cpu_count || activity->offset % 8 != 0 || activity->stride % 8 != 0 ||
		    activity->offset > size - 8 ||
		    (host.cpu_count > 1 && activity->stride > (size - 8 - activity->offset) / (host.cpu_count - 1)))
			return false;
	}
	return true;
}

static bool
open_image(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) != 0)
		return false;
	errno = EINVAL;
	if ((uint64_t)status.st_size < sizeof(*host.header))
		return false;
	void *mapped = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED || !image_check(mapped, (uint64_t)status.st_size))
		return false;
	host.bytes = mapped;
	host.header = mapped;
	host.cpu_count = (uint64_t)host.header->max_id + 1;
	host.class_count = host.header->weights.count / host.cpu_count;
	host.weights = (const double *)(const void *)(host.bytes + host.header->weights.offset);
	host.activities = (const struct activity *)(const void *)(host.bytes + host.header->activities.offset);
	host.activity_count = host.header->activities.count;
	return activities_fit((uint64_t)status.st_size);
}

/* Takes what stands on standard input; false where that has ended, or the user that it names cannot be become. */
static bool
take_orders(void)
{
	static char line[64];
	static size_t length;
	unsigned long uid, gid;
	char byte;

	if (read(STDIN_FILENO, &byte, 1) <= 0)
		return false;
	if (byte != '\n') {
		if (length < sizeof(line) - 1)
			line[length++] = byte;
		return true;
	}
	line[length] = '\0';
	length = 0;
	if (sscanf(line, "become %lu %lu", &uid, &gid) != 2)
		return true;
	gid_t group = (gid_t)gid;
	if (setgroups(1, &group) == 0 && setgid(group) == 0 && setuid((uid_t)uid) == 0)
		return true;
	fprintf(stderr, "workload: cannot become user %lu: %s\n", uid, strerror(errno));
	return false;
}

/* Waits until the next tick is due; false when it is time to end. */
static bool
wait_until(double due)
{
	while (!stopped) {
		double left = due - now();
		if (left <= 0)
			return true;
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(&input, 1, (int)(left * 1000) + 1) > 0 && !take_orders())
			return false;
	}
	return false;
}

int
main(int argc, char **argv)
{
	if (argc != 3 || (strcmp(argv[2], "believable") != 0 && strcmp(argv[2], "steady") != 0)) {
		fprintf(stderr, "usage: workload IMAGE believable|steady\n");
		return 2;
	}
	if (!open_image(argv[1])) {
		fprintf(stderr, "workload: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	struct sigaction action = {.sa_handler = stop};
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	bool steady = strcmp(argv[2], "steady") == 0;
	uint64_t *start = steady ? remember() : NULL;
	struct tick tick = {
	    .shares = calloc(host.class_count * host.cpu_count, sizeof(double)),
	    .sums = calloc(host.class_count * host.cpu_count, sizeof(double)),
	};
	if (tick.shares == NULL || tick.sums == NULL || (steady && start == NULL)) {
		fprintf(stderr, "workload: out of memory\n");
		return 1;
	}
	double began = now(), last = began, hot_until = began, wander = 0;
	uint64_t hot_cpu = 0;
	bool announced = false;
	static struct sockets sockets;
	bool has_sockets = !steady && sockets_open(&sockets, host.bytes, host.header->file_size);
	for (double due = began + TICK_MS / 1e3; wait_until(due); due += TICK_MS / 1e3) {
		double time = now();
		if (time - due > 1)
			due = time; /* the machine slept: no rush to catch up */
		if (steady) {
			move_steadily(start, time - began);
		} else {
			if (time >= hot_until) {
				hot_cpu = random_bits() % host.cpu_count;
				hot_until = time + 15 + 30 * random_unit();
			}
			/* A slow swing, a walk that finds back to 0, and bursts. */
			wander = wander * 0.995 + (random_unit() - 0.5) * 0.05;
			tick.load = 1 + 0.35 * sin((time - began) / 95) + wander + (random_bits() % 200 == 0 ? 0.8 : 0);
			if (tick.load < 0.15)
				tick.load = 0.15;
			tick.seconds = time - last;
			share_work(&tick, hot_cpu);
			move_all(&tick);
			for (unsigned i = 0; has_sockets && i < SOCKETS_A_TICK; i++)
				sockets_change(&sockets, false);
			if (has_sockets)
				sockets_move_queues(&sockets);
		}
		last = time;
		if (!announced) {
			announced = true;
			puts("ready");
			fflush(stdout);
		}
	}
	return 0;
}
