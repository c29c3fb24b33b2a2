/*
 * What a test puts between a caller and the simulated kernel: a function that is told of every call of the library before, during and
 * after its work. It may change the kernel's memory, as other CPUs do, and may have the call fail. There is none unless one is set.
 */
#include <errno.h>
#include <stddef.h>

#include "kvmsim.h"

static kvmsim_hook_t *installed;
/* Above 0 while the hook itself runs, which may call the library. */
static int depth;

void
kvmsim_set_hook(kvmsim_hook_t *hook)
{
	installed = hook;
}

static int64_t
tell(enum hook_call call, uint64_t address, uint64_t length, enum hook_phase phase)
{
	if (installed == NULL || depth > 0)
		return 0;
	int error = errno;
	depth++;
	int64_t answer = installed((int)call, address, length, (int)phase);
	depth--;
	errno = error;
	return answer;
}

/* Asks what is to happen to a call that begins. */
struct fault
hook_before(enum hook_call call, uint64_t address, uint64_t length)
{
	int64_t answer = tell(call, address, length, HOOK_BEFORE);
	struct fault fault = {.kind = (enum fault_kind)(answer & 0xff), .argument = (uint64_t)answer >> 8};
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_MUTE)
		errno = (int)fault.argument;
	return fault;
}

void
hook_middle(enum hook_call call, uint64_t address, uint64_t length)
{
	tell(call, address, length, HOOK_MIDDLE);
}

/* errno stays what the call made it. */
void
hook_after(enum hook_call call, uint64_t address, uint64_t length)
{
	tell(call, address, length, HOOK_AFTER);
}
