/* A module for Node with one function: gives what malloc holds free back to the system, and with it, on request, program
   code. glibc alone never does inside of
   its heap, where the buffers of bulk once lay: 5 to 20 MB of an idle engine (2026-11). Node-API's few declarations that
   are needed stand here, since Node's headers come with no npm package of ours. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

static int is_relocated(const struct dl_phdr_info *object) {
  for (int i = 0; i < object->dlpi_phnum; i++) {
    if (object->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++)
      if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_TEXTREL)) return 1;
  }
  return 0;
}

/* Code and constants that nobody may have written to are as they are in their file: what is used again comes back from the
   page cache, without a disk. Whole pages of the segment alone: the first and the last may hold others' data. What the
   loader relocates and then protects lies in writable segments, unless the object says otherwise. */
static int let_go_of(struct dl_phdr_info *object, size_t size, void *page_size) {
  (void)size;
  const uintptr_t page = *(const uintptr_t *)page_size;
  if (is_relocated(object)) return 0;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    const uintptr_t from = object->dlpi_addr + segment->p_vaddr, to = from + segment->p_filesz;
    const uintptr_t first = (from + page - 1) & ~(page - 1), last = to & ~(page - 1);
    if (last > first) madvise((void *)first, last - first, MADV_DONTNEED);
  }
  return 0;
}

static void let_go_of_code(void) {
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  dl_iterate_phdr(let_go_of, &page);
}
#else
#define malloc_trim(pad) (void)(pad)
static void let_go_of_code(void) {}
#endif

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
int napi_get_cb_info(napi_env env, napi_callback_info info, size_t *count, napi_value *arguments, napi_value *self, void **data);
int napi_get_value_bool(napi_env env, napi_value value, _Bool *result);
int napi_create_function(napi_env env, const char *name, size_t length, napi_value (*call)(napi_env, napi_callback_info), void *data, napi_value *result);

static napi_value trim(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value with_code = NULL;
  _Bool is_wanted = 0;
  malloc_trim(0);
  if (napi_get_cb_info(env, info, &count, &with_code, NULL, NULL) == 0 && count == 1) napi_get_value_bool(env, with_code, &is_wanted);
  if (is_wanted) let_go_of_code();
  return NULL;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function = NULL;
  napi_create_function(env, "trim", 4, trim, NULL, &function);
  return function ? function : exports;
}
