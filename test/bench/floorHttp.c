/*
 * The floor: the least that a program of its own can do to answer a scrape with the same values. One thread, one connection at a time.
 *
 *	floor LIBKVM EXECFILE COREFILE COUNTERS
 *
 * COUNTERS has a line for each counter: symbol, name of the sum, name of the parts and help, with tabs between. Prints
 * "listening http://127.0.0.1:PORT". /usage answers with the CPU time that the process took, in microseconds.
 *
 * Built with -DWITH_LIBDEFLATE or -DWITH_ZLIB it packs its answers for clients that take gzip, at level 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#if defined(WITH_LIBDEFLATE)
#include <libdeflate.h>
#elif defined(WITH_ZLIB)
#include <zlib.h>
#endif

#include "floor.h"

static char *compressed;
static size_t compressed_room;

/* Compresses `body` into `compressed`; returns 0 where this program was built without gzip. */
static size_t
compress_body(size_t size)
{
#if defined(WITH_LIBDEFLATE)
	static struct libdeflate_compressor *compressor;
	if (compressor == NULL)
		compressor = libdeflate_alloc_compressor(1);
	return libdeflate_gzip_compress(compressor, body, size, compressed, compressed_room);
#elif defined(WITH_ZLIB)
	static z_stream stream;
	if (stream.state == NULL && deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		fail("deflateInit2");
	deflateReset(&stream);
	stream.next_in = (unsigned char *)body;
	stream.avail_in = (unsigned)size;
	stream.next_out = (unsigned char *)compressed;
	stream.avail_out = (unsigned)compressed_room;
	return deflate(&stream, Z_FINISH) == Z_STREAM_END ? compressed_room - stream.avail_out : 0;
#else
	(void)size;
	return 0;
#endif
}

static void
answer(int client, const char *type, const char *encoding, const char *bytes, size_t size)
{
	char head[512];
	int length = snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nContent-Type: %s\r\n%sContent-Length: %zu\r\n"
	    "Connection: keep-alive\r\n\r\n",
	    type, encoding, size);
	struct iovec parts[2] = {{head, (size_t)length}, {(void *)(uintptr_t)bytes, size}};
	int first = 0;
	while (first < 2) {
		ssize_t count = writev(client, parts + first, 2 - first);
		if (count < 0)
			return;
		while (first < 2 && (size_t)count >= parts[first].iov_len)
			count -= (ssize_t)parts[first++].iov_len;
		if (first < 2) {
			parts[first].iov_base = (char *)parts[first].iov_base + count;
			parts[first].iov_len -= (size_t)count;
		}
	}
}

static void
answer_usage(int client)
{
	struct rusage usage;
	char text[64];
	getrusage(RUSAGE_SELF, &usage);
	long microseconds = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 + usage.ru_utime.tv_usec +
	    usage.ru_stime.tv_usec;
	snprintf(text, sizeof(text), "%ld\n", microseconds);
	answer(client, "text/plain", "", text, strlen(text));
}

static void
serve(int client)
{
	char request[8192];
	size_t have = 0;
	for (;;) {
		ssize_t count = read(client, request + have, sizeof(request) - 1 - have);
		if (count <= 0)
			return;
		have += (size_t)count;
		request[have] = '\0';
		if (strstr(request, "\r\n\r\n") == NULL)
			continue;
		have = 0;
		if (strncmp(request, "GET /usage ", 11) == 0) {
			answer_usage(client);
			continue;
		}
		size_t size = scrape();
		const char *type = "text/plain; version=0.0.4; charset=utf-8";
		size_t packed = strcasestr(request, "gzip") != NULL ? compress_body(size) : 0;
		if (packed > 0)
			answer(client, type, "Content-Encoding: gzip\r\n", compressed, packed);
		else
			answer(client, type, "", body, size);
	}
}

int
main(int argc, char **argv)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	if (argc != 5)
		fail("usage: floor LIBKVM EXECFILE COREFILE COUNTERS");
	signal(SIGPIPE, SIG_IGN);
	open_kernel(argv);
	load_counters(argv[4]);
	compressed_room = body_room + 1024;
	compressed = room(compressed_room);
	if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 8) != 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) != 0)
		fail("listen");
	printf("listening http://127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	for (int client; (client = accept(listener, NULL, NULL)) >= 0; close(client)) {
		setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		serve(client);
	}
	return 0;
}
