/* The sockets of the simulated host that come and go while it runs. */
#ifndef SOCKETS_H
#define SOCKETS_H

#include "kvmsim.h"

/* The words of the symbol sim_sockets, as src/simulator/memory/sockets.ts writes them: addresses, offsets within an element, and counts. */
struct socket_places {
	uint64_t info, exact, wild, mask;
	uint64_t exact_link, wild_link, list_link, ports, foreign, local, vflag, gencnt, socket, pcbinfo;
	uint64_t info_gencnt, info_count, list_head;
	uint64_t so_options, so_pcb, so_gencnt, so_qlen, so_incqlen, so_qlimit, so_gencnt_symbol;
	uint64_t pcbs, pcb_size, pcb_count, pcb_used;
	uint64_t sockets, socket_size, socket_count, socket_used;
	uint64_t no_memory;
	uint64_t unix_head, unix_link, unix_gencnt, unix_socket, unix_pcbs, unix_size, unix_count;
};

/* Elements by their number, of which those that are free were freed last to first. */
struct numbers {
	uint32_t *all;
	uint64_t count;
};

struct sockets {
	struct image image;
	const struct socket_places *places;
	struct numbers free_pcbs, free_sockets, connections, listeners, free_unix, unix_used;
	uint64_t serial;
};

/* What the last change did to a listener. */
struct listener_change {
	bool is_one, came;
	uint64_t serial;
};

/* False where there is no memory, or the image has no such places. */
bool sockets_open(struct sockets *sockets, uint8_t *bytes, uint64_t size);
/* One socket comes or goes. `with_listeners`: it may be one that listens. */
struct listener_change sockets_change(struct sockets *sockets, bool with_listeners);
/* Has the queues of those that have listened since boot grow or shrink a little. */
void sockets_move_queues(struct sockets *sockets);
/* Where a listener that came has its address: 10.x.y.z of its serial, and its port. */
uint32_t listener_address(uint64_t serial);
uint16_t listener_port(uint64_t serial);

#endif
