/*
 * The calls of kvm_getpcpu(3) with all their traps. What they learn once about a kernel is kept in variables of the process, not of the
 * handle, and nothing checks a CPU number or a base pointer.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kvmsim.h"

/* 0 stands for "not known yet" in the first two. kvm_close clears none of them, the calls with a NULL handle only the first and last. */
static int maxcpu;
static int mp_ncpus;
static uint64_t bias;
static uint64_t *pcpu_addresses;

static bool
read_symbol(kvm_t *kd, const char *name, void *into, size_t length)
{
	struct kvmsim_nlist list[2] = {{.n_name = name}, {.n_name = NULL}};

	if (kvm_nlist(kd, list) != 0 || list[0].n_value == 0) {
		set_error(kd, "unable to find %s", name[0] == '_' ? name + 1 : name);
		return false;
	}
	if (kvm_read(kd, list[0].n_value, into, length) != (ssize_t)length) {
		set_error(kd, "cannot read %s", name[0] == '_' ? name + 1 : name);
		return false;
	}
	return true;
}

static bool
initialize(kvm_t *kd)
{
	int max;

	if (!read_symbol(kd, "_mp_maxcpus", &max, sizeof(max)) ||
	    !read_symbol(kd, "_mp_ncpus", &mp_ncpus, sizeof(mp_ncpus)))
		return false;
	if (kd->offset_by_pcpu && !read_symbol(kd, "___pcpu", &bias, sizeof(bias)))
		return false;
	if (max < 1 || max > 1 << 16) {
		set_error(kd, "cannot read mp_maxcpus");
		return false;
	}
	uint64_t *addresses = malloc((size_t)max * sizeof(*addresses));
	if (addresses == NULL) {
		set_error(kd, "out of memory");
		return false;
	}
	if (!read_symbol(kd, "_cpuid_to_pcpu", addresses, (size_t)max * sizeof(*addresses))) {
		set_error(kd, "cannot read cpuid_to_pcpu array");
		free(addresses);
		return false;
	}
	free(pcpu_addresses);
	pcpu_addresses = addresses;
	maxcpu = max;
	return true;
}

/* mp_ncpus and the bias stay: kvm_read_zpcpu goes on with the old kernel's until something sets up the new one's. */
static void
clear(void)
{
	maxcpu = 0;
	free(pcpu_addresses);
	pcpu_addresses = NULL;
}

int
kvm_getmaxcpu(kvm_t *kd)
{
	if (kd == NULL) {
		clear();
		return 0;
	}
	if (maxcpu == 0 && !initialize(kd))
		return -1;
	return maxcpu;
}

int
kvm_getncpus(kvm_t *kd)
{
	if (mp_ncpus == 0 && !initialize(kd))
		return -1;
	return mp_ncpus;
}

void *
kvm_getpcpu(kvm_t *kd, int cpu)
{
	if (kd == NULL) {
		clear();
		return NULL;
	}
	struct fault fault = hook_before(HOOK_GETPCPU, (uint64_t)(int64_t)cpu, kd->pcpu_size);
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_MUTE) {
		set_error(kd, fault.kind == FAULT_FAIL ? "unable to read per-CPU data" : "");
		return (void *)-1;
	}
	if (maxcpu == 0 && !initialize(kd))
		return (void *)-1;
	if (cpu >= maxcpu)
		return NULL;
	/* The real one has no lower bound and takes what lies before its table for an address; such a word leads nowhere. */
	uint64_t address = cpu < 0 ? 0x21 : pcpu_addresses[cpu];
	if (address == 0)
		return NULL;
	size_t size = (size_t)kd->pcpu_size;
	void *buffer = malloc(size);
	if (buffer == NULL) {
		set_error(kd, "out of memory");
		return (void *)-1;
	}
	if (kvm_read(kd, address, buffer, size) != (ssize_t)size) {
		set_error(kd, "unable to read per-CPU data");
		free(buffer);
		return (void *)-1;
	}
	return buffer;
}

/* Strides by sizeof(struct pcpu), which is the kernel's stride only on amd64. A set-up that failed gives 0, not -1. */
ssize_t
kvm_read_zpcpu(kvm_t *kd, unsigned long base, void *buffer, size_t size, int cpu)
{
	struct fault fault = hook_before(HOOK_READ_ZPCPU, base, size);
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_MUTE) {
		set_error(kd, fault.kind == FAULT_FAIL ? "kvm_read_zpcpu: %s" : "%.0s", strerror(errno));
		return -1;
	}
	/* Its own set-up failed. */
	if (fault.kind == FAULT_COUNT || (mp_ncpus == 0 && !initialize(kd)))
		return 0;
	uint64_t from = kd->offset_by_pcpu ? base + bias : base;
	return kvm_read(kd, from + kd->pcpu_size * (uint64_t)(int64_t)cpu, buffer, size);
}

/* 0 stands for every error, too. */
uint64_t
kvm_counter_u64_fetch(kvm_t *kd, unsigned long base)
{
	uint64_t sum = 0;

	if (hook_before(HOOK_FETCH, base, sizeof(sum)).kind != FAULT_NONE)
		return 0;
	if (mp_ncpus == 0 && !initialize(kd))
		return 0;
	for (int cpu = 0; cpu < mp_ncpus; cpu++) {
		uint64_t part;
		if (kvm_read_zpcpu(kd, base, &part, sizeof(part), cpu) != sizeof(part))
			return 0;
		sum += part;
	}
	return sum;
}
