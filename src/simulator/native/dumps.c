/* Handles on crash dumps: which files make one, and that nobody asks the running kernel about it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "minidump.h"

#define EXECUTABLE_FILE 2
#define AMD64 62
#define AARCH64 183
/* sizeof(struct pcpu), a constant of each architecture's library. */
#define AMD64_PCPU_SIZE 4096
#define ARM64_PCPU_SIZE 512
/* Since then amd64's library adds the value of __pcpu to zpcpu pointers. */
#define OFFSET_BY_PCPU_SINCE 1300000
/* Set for tests that prove that nothing asks the running kernel while a dump is open. */
#define NO_ASK_ENVIRONMENT "KVMSIM_NO_ASK"

static unsigned open_dumps;

static bool
is_minidump(int fd)
{
	char start[8];
	return pread(fd, start, sizeof(start), 0) == sizeof(start) && memcmp(start, "minidump", sizeof(start)) == 0;
}

/* The kernel's file that a NULL names is the running kernel's, as the real one asks for it. */
static struct kernel_file *
open_kernel(kvm_t *kd, const char *execfile)
{
	char running[1025] = "/boot/kernel/kernel";
	size_t length = sizeof(running) - 1;

	if (execfile != NULL)
		return kernel_file_open(kd, execfile);
	if (image_current() != NULL && sysctlbyname("kern.bootfile", running, &length, NULL, 0) == 0)
		running[length] = '\0';
	return kernel_file_open(kd, running);
}

/* The library is that of the release that the dump is of. */
static bool
offsets_by_pcpu(kvm_t *kd)
{
	struct kvmsim_nlist list[2] = {{.n_name = "_osreldate"}, {.n_name = NULL}};
	int release = 0;

	if (kd->dump->is_arm64)
		return false;
	return kernel_file_nlist(kd->kernel, list) != 0 ||
	    minidump_read(kd, list[0].n_value, (uint8_t *)&release, sizeof(release)) != sizeof(release) ||
	    release >= OFFSET_BY_PCPU_SINCE;
}

/* Takes kd->fd, which is no image, for a dump. */
bool
dump_open(kvm_t *kd, const char *execfile)
{
	kd->kernel = open_kernel(kd, execfile);
	if (kd->kernel == NULL)
		return false;
	bool is_known = kd->kernel->type == EXECUTABLE_FILE && (kd->kernel->machine == AMD64 || kd->kernel->machine == AARCH64);
	if (!is_known || (kd->kernel->machine == AARCH64 && !is_minidump(kd->fd))) {
		set_error(kd, "unsupported architecture");
		return false;
	}
	/* amd64 has dumps of another kind, too, which are ELF files. */
	if (!is_minidump(kd->fd)) {
		set_error(kd, "invalid core");
		return false;
	}
	kd->dump = minidump_open(kd, kd->kernel->machine == AARCH64);
	if (kd->dump == NULL)
		return false;
	kd->pcpu_size = kd->dump->is_arm64 ? ARM64_PCPU_SIZE : AMD64_PCPU_SIZE;
	kd->offset_by_pcpu = offsets_by_pcpu(kd);
	open_dumps++;
	return true;
}

void
dump_close(kvm_t *kd)
{
	if (kd->dump != NULL)
		open_dumps--;
	minidump_close(kd->dump);
	kernel_file_close(kd->kernel);
}

/* Called by everything that speaks of the running kernel. */
void
require_no_dump(const char *call)
{
	if (open_dumps == 0 || getenv(NO_ASK_ENVIRONMENT) == NULL)
		return;
	fprintf(stderr, "%s asks the running kernel while a crash dump is open\n", call);
	abort();
}
