/* A module for Node with one function: gives what malloc holds free back to the system. glibc alone never does inside of
   its heap, where the buffers of bulk once lay: 5 to 20 MB of an idle engine (2026-11). Node-API's few declarations that
   are needed stand here, since Node's headers come with no npm package of ours. */
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#else
#define malloc_trim(pad) (void)(pad)
#endif

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
int napi_create_function(napi_env env, const char *name, size_t length, napi_value (*call)(napi_env, napi_callback_info), void *data, napi_value *result);

static napi_value trim(napi_env env, napi_callback_info info) {
  (void)env, (void)info;
  malloc_trim(0);
  return NULL;
}

__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function = NULL;
  napi_create_function(env, "trim", 4, trim, NULL, &function);
  return function ? function : exports;
}
