/*
 * Has sockets of an image come and go as fast as it can, or so many a second, until its standard input ends. Usage:
 *
 *	socket_churn IMAGE LOG [PER_SECOND]
 *
 * Prints "ready" before the first change, and how many there were at its end. A line of LOG tells of a listener: `BEGIN END add|remove SERIAL`, in
 * nanoseconds of CLOCK_MONOTONIC, so that one which has come was there for certain after its END, and one which goes until its BEGIN.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sockets.h"

#define ROUND 64

static uint64_t
now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

int
main(int argc, char **argv)
{
	static struct sockets sockets;
	struct stat status;

	if (argc < 3) {
		fprintf(stderr, "usage: socket_churn IMAGE LOG [PER_SECOND]\n");
		return 2;
	}
	uint64_t rate = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	int fd = open(argv[1], O_RDWR | O_CLOEXEC);
	FILE *log = fopen(argv[2], "w");
	if (fd < 0 || log == NULL || fstat(fd, &status) != 0)
		return 1;
	uint8_t *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED || !image_check(bytes, (uint64_t)status.st_size) ||
	    !sockets_open(&sockets, bytes, (uint64_t)status.st_size))
		return 1;
	puts("ready");
	fflush(stdout);
	uint64_t changes = 0, start = now();
	for (;;) {
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
		bool is_ahead = rate > 0 && changes * 1000000000 / rate > now() - start;
		if (poll(&input, 1, is_ahead ? 1 : 0) > 0)
			break;
		for (unsigned i = 0; i < ROUND && !is_ahead; i++, changes++) {
			uint64_t begin = now();
			struct listener_change change = sockets_change(&sockets, true);
			if (change.is_one)
				fprintf(log, "%llu %llu %s %llu\n", (unsigned long long)begin, (unsigned long long)now(),
				    change.came ? "add" : "remove", (unsigned long long)change.serial);
		}
	}
	printf("%llu\n", (unsigned long long)changes);
	return fclose(log);
}
