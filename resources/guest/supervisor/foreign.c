/* Lets containers run programs of the other architecture: the kernel hands them to an emulator (binfmt_misc). */
#include "cove.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#define BINFMT "/proc/sys/fs/binfmt_misc"

/* Little-endian 64-bit ELF, any system ABI, fixed or position-independent, for the machine of the given number. */
#define MAGIC(machine) "\\x7f" "ELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x" machine "\\x00"
#define MASK "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff"

#ifdef __x86_64__
#define RULE ":qemu-aarch64:M::" MAGIC("b7") ":" MASK ":/usr/bin/qemu-aarch64:"
#else
#define RULE ":qemu-x86_64:M::" MAGIC("3e") ":" MASK ":/usr/bin/qemu-x86_64:"
#endif

/* F: the emulator is opened now, so that it need not lie in the container. C: set-uid programs keep what they have
   outside of emulation. P: a program sees the name it was called by. Kernel: Documentation/admin-guide/binfmt-misc.rst */
int foreign_programs_allow(void) {
  if (mount("binfmt_misc", BINFMT, "binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 && errno != EBUSY)
    return fail("cannot mount " BINFMT ": %s", strerror(errno));
  if (write_text(BINFMT "/register", RULE "FCP") < 0 && errno != EEXIST)
    return fail("cannot register the emulator of the other architecture: %s", strerror(errno));
  return 0;
}
