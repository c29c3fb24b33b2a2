/* kvm_nlist: names to addresses, with the symbols of this process's vnet and of the chosen CPU's DPCPU area. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "minidump.h"

#define N_UNDF 0
#define N_TEXT 4
#define VNET_PREFIX "vnet_entry_"
#define DPCPU_PREFIX "pcpu_entry_"
#define VNET_MAGIC 0x5e4a6f28u
/* Offsets in struct vnet, the same in FreeBSD 12 to 14. */
#define VNET_MAGIC_AT 16
#define VNET_DATA_BASE_AT 40

static bool
find(const kvm_t *kd, const char *name, uint64_t *value)
{
	if (kd->kernel != NULL) {
		struct kvmsim_nlist list[2] = {{.n_name = name}, {.n_name = NULL}};
		if (kernel_file_nlist(kd->kernel, list) != 0)
			return false;
		*value = list[0].n_value;
		return true;
	}
	if (kd->image == NULL) {
		errno = ENOENT;
		return false;
	}
	if (image_symbol(kd->image, 0, name, value) != NULL)
		return true;
	errno = ENOENT;
	return false;
}

static bool
read_exactly(kvm_t *kd, uint64_t address, void *buffer, size_t length)
{
	return kvm_read(kd, address, buffer, length) == (ssize_t)length;
}

/*
 * A dump's vnet is that of process 0, if its kernel noted which thread it was written by; otherwise that of the process by the caller's id,
 * which the dump need not have.
 */
static bool
has_vnet_of_dump(kvm_t *kd)
{
	uint64_t at;
	int32_t thread;

	if (!find(kd, "dumptid", &at))
		return false;
	if (!read_exactly(kd, at, &thread, sizeof(thread))) {
		set_error(kd, "_kvm_vnet_selectpid: dumptid");
		return false;
	}
	if (thread > 0)
		return true;
	set_error(kd, "_kvm_vnet_selectpid: pid/tid not found");
	return false;
}

/* Every process of the simulated host lives in its first vnet. Tried again at each look-up until it succeeds. */
static bool
vnet_initialize(kvm_t *kd)
{
	uint64_t start, stop, vnet0, vnet, base;
	uint32_t magic;

	if (kd->vnet_initialized)
		return true;
	if (!find(kd, "__start_set_vnet", &start) || !find(kd, "__stop_set_vnet", &stop) || !find(kd, "vnet0", &vnet0))
		return false;
	if (kd->dump != NULL && !has_vnet_of_dump(kd))
		return false;
	if (!read_exactly(kd, vnet0, &vnet, sizeof(vnet)) ||
	    !read_exactly(kd, vnet + VNET_MAGIC_AT, &magic, sizeof(magic)) ||
	    !read_exactly(kd, vnet + VNET_DATA_BASE_AT, &base, sizeof(base))) {
		set_error(kd, "_kvm_vnet_selectpid: vnet");
		return false;
	}
	if (magic != VNET_MAGIC) {
		set_error(kd, "_kvm_vnet_selectpid: invalid vnet magic#");
		return false;
	}
	kd->vnet_start = start;
	kd->vnet_stop = stop;
	kd->vnet_base = base;
	kd->vnet_initialized = true;
	return true;
}

static int
choose_cpu(kvm_t *kd, unsigned int cpu, bool report)
{
	if (cpu >= kd->dpcpu_maxcpus) {
		if (report)
			set_error(kd, "_kvm_dpcpu_setcpu: CPU %u too big", cpu);
		return -1;
	}
	if (kd->dpcpu_off[cpu] == 0) {
		if (report)
			set_error(kd, "_kvm_dpcpu_setcpu: CPU %u not found", cpu);
		return -1;
	}
	kd->dpcpu_current = kd->dpcpu_off[cpu];
	return 0;
}

static bool
dpcpu_initialize(kvm_t *kd)
{
	uint64_t start, stop, offsets, maxcpus_at;
	uint32_t maxcpus;

	if (kd->dpcpu_initialized)
		return true;
	if (!find(kd, "__start_set_pcpu", &start) || !find(kd, "__stop_set_pcpu", &stop) ||
	    !find(kd, "dpcpu_off", &offsets) || !find(kd, "mp_maxcpus", &maxcpus_at))
		return false;
	if (!read_exactly(kd, maxcpus_at, &maxcpus, sizeof(maxcpus)) || maxcpus > 1 << 16)
		return false;
	size_t length = maxcpus * sizeof(uint64_t);
	uint64_t *table = malloc(length > 0 ? length : 1);
	if (table == NULL || !read_exactly(kd, offsets, table, length)) {
		free(table);
		return false;
	}
	kd->dpcpu_start = start;
	kd->dpcpu_stop = stop;
	kd->dpcpu_maxcpus = maxcpus;
	kd->dpcpu_off = table;
	kd->dpcpu_initialized = true;
	choose_cpu(kd, 0, false);
	return true;
}

int
kvm_dpcpu_setcpu(kvm_t *kd, unsigned int cpu)
{
	if (!dpcpu_initialize(kd)) {
		set_error(kd, "kvm_dpcpu_setcpu: init failed");
		return -1;
	}
	return choose_cpu(kd, cpu, true);
}

/* Asks for `prefix` + `name` without one leading underscore; a name too long to ask for is not found. */
static bool
find_prefixed(const kvm_t *kd, const char *prefix, const char *name, uint64_t *value)
{
	char asked[1024];
	const char *bare = name[0] == '_' ? name + 1 : name;
	int length = snprintf(asked, sizeof(asked), "%s%s", prefix, bare);
	return length >= 0 && (size_t)length < sizeof(asked) && find(kd, asked, value);
}

static uint64_t
in_vnet(const kvm_t *kd, uint64_t value)
{
	return value >= kd->vnet_start && value < kd->vnet_stop ? value + kd->vnet_base : value;
}

static uint64_t
in_dpcpu(const kvm_t *kd, uint64_t value)
{
	return value >= kd->dpcpu_start && value < kd->dpcpu_stop ? value + kd->dpcpu_current : value;
}

static bool
resolve(kvm_t *kd, const char *name, uint64_t *value)
{
	if (find_prefixed(kd, "", name, value))
		return true;
	/* Only a value inside the kernel's own set is moved into a copy; a module's may be its template, and stays so. */
	if (vnet_initialize(kd) && find_prefixed(kd, VNET_PREFIX, name, value)) {
		*value = in_vnet(kd, *value);
		return true;
	}
	if (dpcpu_initialize(kd) && find_prefixed(kd, DPCPU_PREFIX, name, value)) {
		*value = in_dpcpu(kd, *value);
		return true;
	}
	errno = ENOENT;
	return false;
}

/* Looks for what is still missing of the list, by names with the prefix. Returns how many of them are still missing. */
static int
find_missing(kvm_t *kd, struct kvmsim_nlist *list, int missing, const char *prefix,
    uint64_t (*moved)(const kvm_t *kd, uint64_t value))
{
	size_t length = 0, asked = 0;

	while (list[length].n_name != NULL && list[length].n_name[0] != '\0')
		length++;
	struct kvmsim_nlist *prefixed = calloc(length + 1, sizeof(*prefixed));
	char(*names)[1024] = calloc(length + 1, sizeof(*names));
	for (size_t i = 0; prefixed != NULL && names != NULL && i < length; i++) {
		const char *name = list[i].n_name;
		if (list[i].n_type != N_UNDF)
			continue;
		snprintf(names[asked], sizeof(*names), "%s%s", prefix, name[0] == '_' ? name + 1 : name);
		prefixed[asked].n_name = names[asked];
		asked++;
	}
	int unresolved = asked > 0 ? kernel_file_nlist(kd->kernel, prefixed) : missing;
	if (unresolved >= 0 && unresolved < missing)
		for (size_t i = 0, nth = 0; i < length; i++) {
			if (list[i].n_type != N_UNDF)
				continue;
			const struct kvmsim_nlist *found = &prefixed[nth++];
			if (found->n_type == N_UNDF)
				continue;
			list[i].n_type = found->n_type;
			list[i].n_value = moved(kd, found->n_value);
		}
	free(prefixed);
	free(names);
	return unresolved;
}

/* A dump's symbols are those of its kernel's file; nothing leads to those of modules, and no error is left behind. */
static int
dump_nlist(kvm_t *kd, struct kvmsim_nlist *list)
{
	int missing = kernel_file_nlist(kd->kernel, list);

	if (missing > 0 && vnet_initialize(kd))
		missing = find_missing(kd, list, missing, VNET_PREFIX, in_vnet);
	if (missing > 0 && dpcpu_initialize(kd))
		missing = find_missing(kd, list, missing, DPCPU_PREFIX, in_dpcpu);
	return missing;
}

/* Returns how many names were not found; their entries are left as they came in. */
int
kvm_nlist(kvm_t *kd, struct kvmsim_nlist *list)
{
	int missing = 0;
	struct fault fault = hook_before(HOOK_NLIST, 0, 0);

	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_MUTE) {
		set_error(kd, fault.kind == FAULT_FAIL ? "kvm_nlist: %s" : "%.0s", strerror(errno));
		return -1;
	}
	if (kd->dump != NULL)
		return dump_nlist(kd, list);
	for (struct kvmsim_nlist *entry = list; entry->n_name != NULL && entry->n_name[0] != '\0'; entry++) {
		uint64_t value;
		/* The real one takes every error of kldsym(2) for a name that is not there. */
		if (fault.kind == FAULT_COUNT || !resolve(kd, entry->n_name, &value)) {
			missing++;
			continue;
		}
		entry->n_type = N_TEXT;
		entry->n_other = 0;
		entry->n_desc = 0;
		entry->n_value = value;
	}
	if (missing > 0) {
		errno = ENOENT;
		set_system_error(kd, "kvm_nlist");
	}
	hook_after(HOOK_NLIST, 0, 0);
	return missing;
}
