/*
 * Sockets that come and go as the kernel has them: a control block that is freed is the next one's, in another chain and under another generation,
 * with what it held before. Everything is written in the order in which the kernel writes it, for those who read meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "sockets.h"

#define SO_ACCEPTCONN 2
#define INP_IPV4 1
/* What a socket has that does not listen, where others have their queue. */
#define GARBAGE 0xdeadc0deu
#define MOST_LISTENERS 64
#define MOST_QUEUE 1000003u

static uint64_t random_state = 0x2545f4914f6cdd1du;

static uint64_t
random_number(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x9e3779b97f4a7c15u) >> 16;
}

static uint8_t *
at(const struct sockets *sockets, uint64_t address)
{
	uint64_t offset;
	static uint64_t nowhere;
	if (image_span(&sockets->image, address, 8, &offset) != 8)
		return (uint8_t *)&nowhere;
	return (uint8_t *)(uintptr_t)sockets->image.bytes + offset;
}

static uint64_t
load(const struct sockets *sockets, uint64_t address)
{
	return __atomic_load_n((uint64_t *)(void *)at(sockets, address), __ATOMIC_RELAXED);
}

static void
store(const struct sockets *sockets, uint64_t address, uint64_t value)
{
	__atomic_store_n((uint64_t *)(void *)at(sockets, address), value, __ATOMIC_RELEASE);
}

static void
store_word(const struct sockets *sockets, uint64_t address, uint32_t value)
{
	__atomic_store_n((uint32_t *)(void *)at(sockets, address), value, __ATOMIC_RELEASE);
}

static uint32_t
load_word(const struct sockets *sockets, uint64_t address)
{
	return __atomic_load_n((uint32_t *)(void *)at(sockets, address), __ATOMIC_RELAXED);
}

static uint64_t
add_one(const struct sockets *sockets, uint64_t address)
{
	uint64_t value = load(sockets, address) + 1;
	store(sockets, address, value);
	return value;
}

/* CK_LIST_INSERT_HEAD */
static void
insert(const struct sockets *sockets, uint64_t head, uint64_t element, uint64_t link)
{
	uint64_t next = load(sockets, head);
	store(sockets, element + link, next);
	store(sockets, element + link + 8, head);
	if (next != 0)
		store(sockets, next + link + 8, element + link);
	store(sockets, head, element);
}

/* CK_LIST_REMOVE: the element keeps what it holds. */
static void
take_out(const struct sockets *sockets, uint64_t element, uint64_t link)
{
	uint64_t next = load(sockets, element + link);
	uint64_t previous = load(sockets, element + link + 8);
	if (next != 0)
		store(sockets, next + link + 8, previous);
	store(sockets, previous, next);
}

static bool
has_room(struct numbers *numbers, uint64_t most)
{
	numbers->all = calloc(most + 1, sizeof(*numbers->all));
	numbers->count = 0;
	return numbers->all != NULL;
}

static void
give(struct numbers *numbers, uint32_t number)
{
	numbers->all[numbers->count++] = number;
}

static uint32_t
take(struct numbers *numbers, uint64_t index)
{
	uint32_t number = numbers->all[index];
	numbers->all[index] = numbers->all[--numbers->count];
	return number;
}

static uint32_t
take_any(struct numbers *numbers)
{
	return take(numbers, random_number() % numbers->count);
}

static uint64_t
pcb_at(const struct sockets *sockets, uint32_t number)
{
	return sockets->places->pcbs + number * sockets->places->pcb_size;
}

static uint64_t
socket_at(const struct sockets *sockets, uint32_t number)
{
	return sockets->places->sockets + number * sockets->places->socket_size;
}

bool
sockets_open(struct sockets *sockets, uint8_t *bytes, uint64_t size)
{
	uint64_t symbol, offset;

	memset(sockets, 0, sizeof(*sockets));
	sockets->image = (struct image){.bytes = bytes, .size = size, .header = (const void *)bytes, .references = 1};
	if (image_symbol(&sockets->image, 0, "sim_sockets", &symbol) == NULL ||
	    image_span(&sockets->image, symbol, sizeof(struct socket_places), &offset) != sizeof(struct socket_places))
		return false;
	const struct socket_places *places = (const void *)(bytes + offset);
	sockets->places = places;
	if (places->pcb_count > 1 << 24 || places->socket_count > 1 << 24 || places->unix_count > 1 << 16 ||
	    !has_room(&sockets->free_pcbs, places->pcb_count) || !has_room(&sockets->free_sockets, places->socket_count) ||
	    !has_room(&sockets->connections, places->pcb_count) || !has_room(&sockets->listeners, MOST_LISTENERS) ||
	    !has_room(&sockets->free_unix, places->unix_count) || !has_room(&sockets->unix_used, places->unix_count))
		return false;
	for (uint64_t number = places->pcb_count; number-- > places->pcb_used;)
		give(&sockets->free_pcbs, (uint32_t)number);
	for (uint64_t number = places->socket_count; number-- > places->socket_used;)
		give(&sockets->free_sockets, (uint32_t)number);
	for (uint64_t number = places->unix_count; number-- > 0;)
		give(&sockets->free_unix, (uint32_t)number);
	for (uint64_t number = 0; number < places->pcb_used; number++)
		if ((load_word(sockets, pcb_at(sockets, (uint32_t)number) + places->ports) & 0xffff) != 0)
			give(&sockets->connections, (uint32_t)number);
	return true;
}

uint32_t
listener_address(uint64_t serial)
{
	return 10u << 24 | (uint32_t)(serial & 0xffffff);
}

uint16_t
listener_port(uint64_t serial)
{
	return (uint16_t)(20000 + serial % 10000);
}

static uint32_t
network_order(uint32_t value)
{
	return __builtin_bswap32(value);
}

/* uma_zalloc and in_pcballoc: it is on the list, and nowhere else. */
static uint64_t
come(struct sockets *sockets, uint32_t number, uint64_t socket)
{
	const struct socket_places *places = sockets->places;
	uint64_t pcb = pcb_at(sockets, number);
	store_word(sockets, pcb + places->ports, 0);
	store_word(sockets, pcb + places->foreign, 0);
	store_word(sockets, pcb + places->local, 0);
	*at(sockets, pcb + places->vflag) = INP_IPV4;
	store(sockets, pcb + places->pcbinfo, places->info);
	store(sockets, pcb + places->socket, socket);
	store(sockets, pcb + places->gencnt, add_one(sockets, places->info_gencnt));
	insert(sockets, places->list_head, pcb, places->list_link);
	store_word(sockets, places->info_count, load_word(sockets, places->info_count) + 1);
	return pcb;
}

/* in_pcbfree: all that it was connected to stays in it. */
static void
go(struct sockets *sockets, uint32_t number, uint64_t link)
{
	const struct socket_places *places = sockets->places;
	uint64_t pcb = pcb_at(sockets, number);
	take_out(sockets, pcb, link);
	store(sockets, pcb + places->gencnt, add_one(sockets, places->info_gencnt));
	take_out(sockets, pcb, places->list_link);
	store_word(sockets, places->info_count, load_word(sockets, places->info_count) - 1);
	store(sockets, pcb + places->socket, 0);
	give(&sockets->free_pcbs, number);
}

static void
connect_one(struct sockets *sockets)
{
	const struct socket_places *places = sockets->places;
	uint32_t number = take(&sockets->free_pcbs, sockets->free_pcbs.count - 1);
	uint64_t pcb = come(sockets, number, places->no_memory);
	uint64_t hash = random_number();
	store_word(sockets, pcb + places->foreign, (uint32_t)random_number());
	store_word(sockets, pcb + places->ports, (uint32_t)(1 + hash % 60000) | 0xbb010000u);
	insert(sockets, places->exact + 8 * (hash & places->mask), pcb, places->exact_link);
	give(&sockets->connections, number);
}

/* socket, bind and listen. */
static uint64_t
listen_one(struct sockets *sockets)
{
	const struct socket_places *places = sockets->places;
	uint64_t serial = ++sockets->serial;
	uint32_t number = take(&sockets->free_pcbs, sockets->free_pcbs.count - 1);
	uint64_t socket = socket_at(sockets, take(&sockets->free_sockets, sockets->free_sockets.count - 1));
	store_word(sockets, socket + places->so_options, 0);
	store_word(sockets, socket + places->so_qlen, GARBAGE);
	store_word(sockets, socket + places->so_incqlen, GARBAGE);
	store_word(sockets, socket + places->so_qlimit, GARBAGE);
	store(sockets, socket + places->so_gencnt, add_one(sockets, places->so_gencnt_symbol));
	uint64_t pcb = come(sockets, number, socket);
	store(sockets, socket + places->so_pcb, pcb);
	store_word(sockets, pcb + places->local, network_order(listener_address(serial)));
	store_word(sockets, pcb + places->ports, (uint32_t)__builtin_bswap16(listener_port(serial)) << 16);
	insert(sockets, places->wild + 8 * (listener_port(serial) & places->mask), pcb, places->wild_link);
	/* Numbers by which a test knows whose they are: those of a listener stay as they are. */
	store_word(sockets, socket + places->so_qlen, (uint32_t)(serial * 7919 % MOST_QUEUE));
	store_word(sockets, socket + places->so_incqlen, (uint32_t)(serial * 104729 % MOST_QUEUE));
	store_word(sockets, socket + places->so_qlimit, (uint32_t)(serial * 1299709 % MOST_QUEUE));
	store_word(sockets, socket + places->so_options, SO_ACCEPTCONN);
	give(&sockets->listeners, number);
	return serial;
}

static uint64_t
stop_listening(struct sockets *sockets)
{
	const struct socket_places *places = sockets->places;
	uint32_t number = take_any(&sockets->listeners);
	uint64_t pcb = pcb_at(sockets, number);
	uint64_t socket = load(sockets, pcb + places->socket);
	uint64_t serial = network_order(load_word(sockets, pcb + places->local)) & 0xffffff;
	store_word(sockets, socket + places->so_qlen, 0);
	store(sockets, socket + places->so_pcb, 0);
	go(sockets, number, places->wild_link);
	/* The next to have it may be a connection. */
	store_word(sockets, socket + places->so_qlen, GARBAGE);
	give(&sockets->free_sockets, (uint32_t)((socket - places->sockets) / places->socket_size));
	return serial;
}

/* One of the local domain, which nobody has bound. */
static void
change_unix(struct sockets *sockets)
{
	const struct socket_places *places = sockets->places;
	bool comes = sockets->unix_used.count == 0 || (sockets->free_unix.count > 0 && random_number() % 2 == 0);
	uint32_t number = comes ? take(&sockets->free_unix, sockets->free_unix.count - 1) : take_any(&sockets->unix_used);
	uint64_t pcb = places->unix_pcbs + number * places->unix_size;
	if (comes) {
		store(sockets, pcb + places->unix_socket, places->no_memory);
		insert(sockets, places->unix_head, pcb, places->unix_link);
	} else {
		take_out(sockets, pcb, places->unix_link);
	}
	store(sockets, pcb + places->unix_gencnt, load(sockets, pcb + places->unix_gencnt) + 1);
	give(comes ? &sockets->unix_used : &sockets->free_unix, number);
}

struct listener_change
sockets_change(struct sockets *sockets, bool with_listeners)
{
	struct listener_change change = {.is_one = false};
	uint64_t what = random_number() % 64;

	if (what == 0 && sockets->free_unix.count + sockets->unix_used.count > 0) {
		change_unix(sockets);
	} else if (what < 4 && with_listeners) {
		bool can_come = sockets->free_pcbs.count > 0 && sockets->free_sockets.count > 0 && sockets->listeners.count < MOST_LISTENERS;
		if (!can_come && sockets->listeners.count == 0)
			return change;
		change.is_one = true;
		change.came = can_come && (sockets->listeners.count == 0 || what < 2);
		change.serial = change.came ? listen_one(sockets) : stop_listening(sockets);
	} else if (sockets->connections.count > 0 && (what % 2 == 0 || sockets->free_pcbs.count == 0)) {
		go(sockets, take_any(&sockets->connections), sockets->places->exact_link);
	} else if (sockets->free_pcbs.count > 0) {
		connect_one(sockets);
	}
	return change;
}

void
sockets_move_queues(struct sockets *sockets)
{
	const struct socket_places *places = sockets->places;
	for (uint64_t number = 0; number < places->socket_used; number++) {
		uint64_t socket = socket_at(sockets, (uint32_t)number);
		if ((load_word(sockets, socket + places->so_options) & SO_ACCEPTCONN) == 0 || random_number() % 8 != 0)
			continue;
		uint32_t limit = load_word(sockets, socket + places->so_qlimit);
		uint32_t waiting = load_word(sockets, socket + places->so_qlen);
		uint32_t step = 1 + limit / 64;
		bool grows = random_number() % (limit + 1) > waiting + limit / 2;
		if (grows)
			waiting = waiting + step > limit ? limit : waiting + step;
		else
			waiting = waiting > step ? waiting - step : 0;
		store_word(sockets, socket + places->so_qlen, waiting);
	}
}
