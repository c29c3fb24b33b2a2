/* What the two files of the floor share. */
#ifndef FLOOR_H
#define FLOOR_H

#include <stddef.h>

/* floor.c */
void fail(const char *what);
void *room(size_t size);
void open_kernel(char **argv);
void load_counters(const char *path);
size_t scrape(void);
/* What scrape() fills, and the most that it can take. */
extern char *body;
extern size_t body_room;

#endif
