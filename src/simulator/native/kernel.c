/*
 * The system calls of the simulated kernel: kldsym(2), kldnext(2), kldstat(2) and sysctl(3), by name and by number, over the image that was
 * opened last.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmsim.h"
#include "streams.h"

#define KLDSYM_LOOKUP 1

static int
fail(int error)
{
	errno = error;
	return -1;
}

/* A system call has no error but errno, which is set where this is true. */
static bool
is_faulty(enum hook_call call, uint64_t address, uint64_t length)
{
	enum fault_kind kind = hook_before(call, address, length).kind;
	return kind == FAULT_FAIL || kind == FAULT_MUTE;
}

static const struct linker_file *
file_at(const struct image *image, uint64_t index)
{
	return image_table(image, image->header->files, sizeof(struct linker_file), index);
}

static const struct linker_file *
file_by_id(const struct image *image, unsigned id)
{
	const struct linker_file *file;
	for (uint64_t i = 0; (file = file_at(image, i)) != NULL; i++)
		if (file->id == id)
			return file;
	return NULL;
}

int
kldsym(int file_id, int command, void *data)
{
	struct kvmsim_kld_sym_lookup *lookup = data;
	const struct image *image = image_current();
	uint64_t value;

	require_no_dump("kldsym");
	if (image == NULL)
		return -1;
	if (lookup == NULL || lookup->symname == NULL)
		return fail(EFAULT);
	if (lookup->version != (int)sizeof(*lookup) || command != KLDSYM_LOOKUP)
		return fail(EINVAL);
	if (is_faulty(HOOK_KLDSYM, (uintptr_t)lookup->symname, strlen(lookup->symname)))
		return -1;
	errno = ENOENT;
	const struct symbol *symbol = image_symbol(image, (unsigned)file_id, lookup->symname, &value);
	if (symbol == NULL)
		return -1;
	lookup->symvalue = value;
	lookup->symsize = symbol->size;
	hook_after(HOOK_KLDSYM, (uintptr_t)lookup->symname, strlen(lookup->symname));
	return 0;
}

/* The id of the file that was loaded next after that one; 0 starts the list and ends it. */
int
kldnext(int file_id)
{
	const struct image *image = image_current();
	const struct linker_file *file, *next = NULL;
	uint32_t after = 0;

	require_no_dump("kldnext");
	if (image == NULL || is_faulty(HOOK_KLDNEXT, (uint64_t)file_id, 0))
		return -1;
	if (file_id != 0) {
		file = file_id > 0 ? file_by_id(image, (unsigned)file_id) : NULL;
		if (file == NULL)
			return fail(ENOENT);
		after = file->order + 1;
	}
	for (uint64_t i = 0; (file = file_at(image, i)) != NULL; i++)
		if (file->id != 0 && file->order >= after && (next == NULL || file->order < next->order))
			next = file;
	return next != NULL ? (int)next->id : 0;
}

/* Name, id and path of a loaded file; the modules lie beside the kernel, where kern.bootfile is. */
int
kldstat(int file_id, void *data)
{
	const struct image *image = image_current();
	const struct linker_file *file;
	struct kvmsim_kld_file_stat *stat = data;
	char bootfile[sizeof(stat->pathname)];
	size_t length = sizeof(bootfile) - 1;

	require_no_dump("kldstat");
	if (image == NULL || is_faulty(HOOK_KLDSTAT, (uint64_t)file_id, 0))
		return -1;
	if (stat->version != (int)sizeof(*stat))
		return fail(EINVAL);
	file = file_id > 0 ? file_by_id(image, (unsigned)file_id) : NULL;
	if (file == NULL)
		return fail(ENOENT);
	if (sysctlbyname("kern.bootfile", bootfile, &length, NULL, 0) != 0)
		return -1;
	bootfile[length] = '\0';
	char *slash = strrchr(bootfile, '/');
	if (slash != NULL)
		slash[1] = '\0';
	const char *name = image_string(image, file->name);
	snprintf(stat->name, sizeof(stat->name), "%s", name);
	snprintf(stat->pathname, sizeof(stat->pathname), "%.900s%.100s", bootfile, name);
	stat->refs = 1;
	stat->id = file_id;
	stat->address = (char *)(uintptr_t)file->base[file->variant & 1];
	const struct segment *segment;
	for (uint64_t i = 0; (segment = image_table(image, image->header->segments, sizeof(*segment), i)) != NULL; i++)
		if (segment->address == file->base[file->variant & 1])
			stat->size = segment->length;
	return 0;
}

/* The word of an id that no CPU has is 0. */
static bool
cpu_time(const struct image *image, uint64_t offset, uint64_t index, uint64_t *ticks)
{
	uint64_t table, pcpu;

	*ticks = 0;
	if (image_symbol(image, 0, "cpuid_to_pcpu", &table) == NULL ||
	    !image_word(image, table + index / CPU_MODES * 8, &pcpu))
		return false;
	return pcpu == 0 || image_word(image, pcpu + offset + index % CPU_MODES * 8, ticks);
}

/* What the node holds, `size` bytes of it or fewer, into `into`; of one with many objects that of number `index`. Returns 0 or an errno. */
static int
sysctl_value(const struct image *image, const struct sysctl_node *node, uint64_t index, uint8_t *into, size_t size)
{
	const struct linker_file *file = file_at(image, node->file);
	uint64_t offset, word, source = node->source[file != NULL ? file->variant & 1 : 0];

	switch (node->kind) {
	case SYSCTL_CONSTANT:
		if (source > image->header->strings.count || size > image->header->strings.count - source)
			return EFAULT;
		memcpy(into, image->bytes + image->header->strings.offset + source, size);
		return 0;
	case SYSCTL_MEMORY:
		if (image_span(image, source, size, &offset) != size)
			return EFAULT;
		memcpy(into, image->bytes + offset, size);
		return 0;
	case SYSCTL_COUNTERS:
		for (size_t i = 0; (i + 1) * node->width <= size; i++) {
			if (!counter_sum(image, source + i * 8, &word))
				return EFAULT;
			memcpy(into + i * node->width, &word, node->width);
		}
		return 0;
	case SYSCTL_CPU_TIMES:
		for (size_t i = 0; (i + 1) * sizeof(word) <= size; i++) {
			if (!cpu_time(image, source, i, &word))
				return EFAULT;
			memcpy(into + i * sizeof(word), &word, sizeof(word));
		}
		return 0;
	case SYSCTL_INTERFACE_DATA:
		return interface_data(image, node, index, into, size);
	case SYSCTL_INTERFACE_COUNT:
		return interface_count(image, node, into, size);
	default:
		return ENOENT;
	}
}

static void
add_lie(const struct sysctl_node *node, uint64_t index, uint8_t *value, size_t size)
{
	size_t at = (size_t)node->lie_index * node->width;
	uint64_t word = 0;

	if (node->lie == 0)
		return;
	if (node->kind == SYSCTL_INTERFACE_DATA) {
		if (node->lie_index / LIES_PER_INTERFACE != index)
			return;
		at = INTERFACE_COUNTS_AT + node->lie_index % LIES_PER_INTERFACE * node->width;
	}
	if (at + node->width > size)
		return;
	memcpy(&word, value + at, node->width);
	word += (uint64_t)node->lie;
	memcpy(value + at, &word, node->width);
}

/* A stream is made anew for each call, as large as it is then. Too small a buffer gets the start of it. */
static int
give_stream(const struct image *image, const struct sysctl_node *node, uint8_t *old, size_t *old_length)
{
	struct stream stream = {.bytes = NULL};
	int error = stream_make(image, node, &stream);

	add_lie(node, 0, stream.bytes, stream.length);
	if (error == 0 && old != NULL) {
		if (*old_length < stream.length)
			error = ENOMEM;
		else
			*old_length = stream.length;
		memcpy(old, stream.bytes, *old_length);
	} else if (error == 0) {
		*old_length = stream.length;
	}
	free(stream.bytes);
	return error == 0 ? 0 : fail(error);
}

static const struct sysctl_node *
find_node(const struct image *image, const char *name)
{
	const struct sysctl_node *node, *found = NULL;

	for (uint64_t i = 0; (node = image_table(image, image->header->sysctls, sizeof(*node), i)) != NULL; i++)
		if (strcmp(image_string(image, node->name), name) == 0)
			found = node;
	const struct linker_file *file = found != NULL ? file_at(image, found->file) : NULL;
	return file != NULL && file->id != 0 && found->width > 0 && found->width <= 8 ? found : NULL;
}

static int
answer(const struct image *image, const struct sysctl_node *node, uint64_t index, void *old, size_t *old_length, bool writes)
{
	bool is_array = node->kind == SYSCTL_COUNTERS || node->kind == SYSCTL_CPU_TIMES;
	size_t size = (size_t)node->count * (is_array ? node->width : 1);
	int error;

	if (writes)
		return fail(EPERM);
	if (old_length == NULL)
		return 0;
	if (node->kind >= SYSCTL_MALLOC_STATS)
		return give_stream(image, node, old, old_length);
	if (old == NULL) {
		/* An interface that is not there has no size either. */
		error = node->kind == SYSCTL_INTERFACE_DATA ? sysctl_value(image, node, index, NULL, 0) : 0;
		if (error != 0)
			return fail(error);
		*old_length = size;
		return 0;
	}
	/* Too small a buffer gets what fits of it, in whole values. */
	size_t given = *old_length < size ? *old_length - *old_length % node->width : size;
	error = sysctl_value(image, node, index, old, given);
	if (error != 0)
		return fail(error);
	add_lie(node, index, old, given);
	bool fits = *old_length >= size;
	*old_length = given;
	return fits ? 0 : fail(ENOMEM);
}

int
sysctlbyname(const char *name, void *old, size_t *old_length, const void *new, size_t new_length)
{
	const struct image *image = image_current();

	require_no_dump("sysctlbyname");
	if (image == NULL || is_faulty(HOOK_SYSCTL, (uintptr_t)name, strlen(name)))
		return -1;
	const struct sysctl_node *node = find_node(image, name);
	if (node == NULL)
		return fail(ENOENT);
	/* Its name alone says of no interface. */
	if (node->kind == SYSCTL_INTERFACE_DATA)
		return fail(EINVAL);
	return answer(image, node, 0, old, old_length, new != NULL || new_length != 0);
}

/*
 * By number: CTL_NET, PF_LINK, NETLINK_GENERIC, then what is told of all interfaces or of one; CTL_KERN, KERN_PROC, KERN_PROC_PID and a process. Other nodes
 * have names.
 */
int
sysctl(const int *name, unsigned int length, void *old, size_t *old_length, const void *new, size_t new_length)
{
	static const int generic[] = {4, 18, 0};
	static const int process[] = {1, 14, 1};
	const struct image *image = image_current();
	const struct sysctl_node *node = NULL;
	uint64_t index = 0;

	require_no_dump("sysctl");
	if (image == NULL || is_faulty(HOOK_SYSCTL_NUMBER, (uintptr_t)name, length))
		return -1;
	if (length >= 5 && memcmp(name, generic, sizeof(generic)) == 0) {
		if (length == 5 && name[3] == IFMIB_SYSTEM && name[4] == IFMIB_IFCOUNT)
			node = find_node(image, "net.link.generic.system.ifcount");
		if (length == 6 && name[3] == IFMIB_IFDATA && name[4] > 0 && name[5] == IFDATA_GENERAL) {
			node = find_node(image, "net.link.generic.ifdata");
			index = (uint64_t)name[4];
		}
	}
	if (length == 4 && memcmp(name, process, sizeof(process)) == 0 && old_length != NULL && new == NULL && new_length == 0) {
		int error = own_process(name[3], old, old_length);
		return error == 0 ? 0 : fail(error);
	}
	if (node == NULL)
		return fail(ENOENT);
	return answer(image, node, index, old, old_length, new != NULL || new_length != 0);
}
