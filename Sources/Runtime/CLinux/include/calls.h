#pragma once

// Calls and constants that Swift's Glibc module does not show: variadic functions, macros, GNU extensions.

#include <stdint.h>

/// pipe2(2) with O_CLOEXEC.
int linux_pipe(int descriptors[2]);
/// waitid(2) with P_PIDFD and WEXITED: the exit status, or the signal and `*signalled` = 1; -1 with errno.
int linux_wait(int pidfd, int *signalled);
/// pidfd_open(2).
int linux_open_process(int pid);
/// pidfd_send_signal(2).
int linux_send_signal(int pidfd, int signal);
/// umount2(2).
int linux_unmount(const char *target, int flags);
/// Whether gettid(2) is getpid(2).
int linux_is_main_thread(void);
/// mallopt(3), M_ARENA_MAX 1: all threads allocate from one heap.
void linux_share_one_heap(void);
/// prctl(2), PR_GET_DUMPABLE.
int linux_is_dumpable(void);
/// prctl(2), PR_SET_DUMPABLE: sets that mark.
void linux_make_dumpable(void);
/// capget(2) of the calling thread: one bit for each permitted capability; 0 when the call fails.
uint64_t linux_permitted_capabilities(void);
/// The device number as the kernel takes it. makedev(3).
uint64_t linux_device(unsigned int major, unsigned int minor);
/// lgetxattr(2): the size, or -1 with errno.
long linux_get_attribute(const char *path, const char *name, void *value, unsigned long size);
/// The machine that this process runs on, as an ELF header names it (elf(5), e_machine).
uint16_t linux_elf_machine(void);
/// The descriptor that comes over a socket, closed on exec; -1 when none comes any more. unix(7), SCM_RIGHTS
int linux_receive_descriptor(int channel);
/// Makes SIGINT, SIGTERM and SIGHUP go to `pidfd`: the first as it is, any later one, and SIGHUP at once, as SIGKILL; -1
/// ends it and brings back what was before. What is ignored stays so. One process at a time.
int linux_forward_signals(int pidfd);
