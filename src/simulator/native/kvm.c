/* kvm_openfiles, kvm_close, kvm_geterr and kvm_read over an image, as a live kernel answers them. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "minidump.h"

/* A handle keeps its last error; no success clears it. */
void
set_error(kvm_t *kd, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(kd->error, sizeof(kd->error), format, arguments);
	va_end(arguments);
}

void
set_system_error(kvm_t *kd, const char *what)
{
	set_error(kd, "%s: %s", what, strerror(errno));
}

char *
kvm_geterr(kvm_t *kd)
{
	static char no_handle[] = "";
	return kd == NULL ? no_handle : kd->error;
}

static void
take_from_image(kvm_t *kd)
{
	kd->pcpu_size = kd->image->header->pcpu_size;
	kd->offset_by_pcpu = kd->image->header->offset_by_pcpu != 0;
}

/* What stands in for /dev/mem: an image. Sets the error and returns false where the file cannot be one. */
static bool
open_image(kvm_t *kd, const char *execfile, const char *path)
{
	struct stat status;

	kd->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (kd->fd < 0 || fstat(kd->fd, &status) != 0) {
		set_system_error(kd, path);
		return false;
	}
	if (S_ISREG(status.st_mode) && status.st_size == 0) {
		errno = EINVAL;
		set_system_error(kd, "empty file");
		return false;
	}
	kd->image = image_map(kd->fd);
	/* Taken for a crash dump then, and a dump needs its kernel file. A live kernel ignores it. */
	if (kd->image == NULL)
		return dump_open(kd, execfile);
	take_from_image(kd);
	image_make_current(kd->image);
	return true;
}

static bool
open_files(kvm_t *kd, const char *execfile, const char *corefile, int flags)
{
	if (execfile != NULL && strlen(execfile) >= 1024) {
		set_error(kd, "exec file name too long");
		return false;
	}
	if ((flags & ~O_RDWR) != 0) {
		set_error(kd, "bad flags arg");
		return false;
	}
	if (corefile == NULL) {
		const char *path = getenv(IMAGE_ENVIRONMENT);
		return open_image(kd, execfile, path != NULL ? path : "/dev/mem");
	}
	if (strcmp(corefile, "/dev/null") == 0) {
		/* Symbols are the running kernel's; there is nothing to read. */
		kd->is_null = true;
		kd->fd = open(corefile, O_RDONLY | O_CLOEXEC);
		struct image *running = image_current();
		if (running != NULL) {
			kd->image = image_retain(running);
			take_from_image(kd);
		}
		return true;
	}
	return open_image(kd, execfile, corefile);
}

kvm_t *
kvm_openfiles(const char *execfile, const char *corefile, const char *swapfile, int flags, char *errbuf)
{
	(void)swapfile;
	kvm_t *kd = calloc(1, sizeof(*kd));
	if (kd == NULL) {
		if (errbuf != NULL)
			snprintf(errbuf, ERRBUF_SIZE, "%s", strerror(errno));
		return NULL;
	}
	kd->fd = -1;
	/* A handle on /dev/null may have no image at all. */
	kd->pcpu_size = 4096;
	if (open_files(kd, execfile, corefile, flags))
		return kd;
	if (errbuf != NULL)
		memcpy(errbuf, kd->error, sizeof(kd->error));
	kvm_close(kd);
	return NULL;
}

/* The CPU table, the number of CPUs and the bias stay: they are the process's, see pcpu.c. */
int
kvm_close(kvm_t *kd)
{
	if (kd == NULL) {
		errno = EINVAL;
		return -1;
	}
	int result = kd->fd >= 0 ? close(kd->fd) : 0;
	dump_close(kd);
	image_release(kd->image);
	free(kd->dpcpu_off);
	free(kd);
	return result;
}

/* Gives up a read: the text of errno, or none where the fault is mute. */
static ssize_t
fail_read(kvm_t *kd, enum fault_kind kind)
{
	if (kind == FAULT_MUTE)
		kd->error[0] = '\0';
	else
		set_system_error(kd, "kvm_read");
	return -1;
}

/* One read(2) of `length` bytes, or two with the hook between them. */
static ssize_t
read_split(kvm_t *kd, unsigned long address, uint8_t *buffer, size_t length, struct fault fault)
{
	if (fault.kind != FAULT_SPLIT || fault.argument == 0 || fault.argument >= length)
		return read(kd->fd, buffer, length);
	ssize_t first = read(kd->fd, buffer, fault.argument);
	if (first < 0 || (uint64_t)first < fault.argument)
		return first;
	hook_middle(HOOK_READ, address, length);
	ssize_t second = read(kd->fd, buffer + first, length - (size_t)first);
	return second < 0 ? first : first + second;
}

/*
 * One lseek and one read on the handle's only descriptor, as on /dev/kmem: whoever shares a handle between threads reads other
 * addresses than asked for.
 */
static ssize_t
read_memory(kvm_t *kd, unsigned long address, void *buffer, size_t length, struct fault fault)
{
	uint64_t offset = 0, span = 0;

	if (!kd->is_null) {
		span = image_span(kd->image, address, length, &offset);
		if (lseek(kd->fd, (off_t)offset, SEEK_SET) == -1) {
			set_error(kd, "invalid address (0x%lx)", address);
			return -1;
		}
		if (length > 0 && (span == 0 || (span < length && !kd->image->header->short_reads))) {
			errno = EFAULT;
			return fail_read(kd, FAULT_FAIL);
		}
		if (fault.kind == FAULT_SHORT && span + fault.argument > length)
			span = fault.argument < length ? length - fault.argument : 0;
	}
	ssize_t count = read_split(kd, address, buffer, kd->is_null ? length : (size_t)span, fault);
	if (count < 0)
		return fail_read(kd, FAULT_FAIL);
	if (fault.kind == FAULT_COUNT)
		return (ssize_t)fault.argument;
	if ((size_t)count < length)
		set_error(kd, "short read");
	return count;
}

ssize_t
kvm_read(kvm_t *kd, unsigned long address, void *buffer, size_t length)
{
	struct fault fault = hook_before(HOOK_READ, address, length);
	if (fault.kind == FAULT_FAIL || fault.kind == FAULT_MUTE)
		return fail_read(kd, fault.kind);
	ssize_t count = kd->dump != NULL ? minidump_read(kd, address, buffer, length) : read_memory(kd, address, buffer, length, fault);
	hook_after(HOOK_READ, address, length);
	return count;
}
