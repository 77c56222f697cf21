// The pthread functions that libc++ names, which Emscripten's C library has only beside its own threads.
//
// One thread calls the library, and those of the pool (host.cpp) only compute: nobody else can hold a lock or wait for
// one. Threads cannot be made here, nor does the library try where the host has given it a wc_thread_runner.
#include <pthread.h>

#if defined(__wasm_atomics__)

#include <cerrno>

extern "C" {

pthread_t pthread_self() { return pthread_t{}; }
int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) { return EAGAIN; }
int pthread_join(pthread_t, void**) { return EINVAL; }
int pthread_detach(pthread_t) { return EINVAL; }

int pthread_mutex_lock(pthread_mutex_t*) { return 0; }
int pthread_mutex_unlock(pthread_mutex_t*) { return 0; }
int pthread_mutex_destroy(pthread_mutex_t*) { return 0; }

int pthread_cond_wait(pthread_cond_t*, pthread_mutex_t*) { return EDEADLK; }
int pthread_cond_signal(pthread_cond_t*) { return 0; }
int pthread_cond_broadcast(pthread_cond_t*) { return 0; }
int pthread_cond_destroy(pthread_cond_t*) { return 0; }

// Of keys libc++ makes one, for threads of its own.
int pthread_key_create(pthread_key_t*, void (*)(void*)) { return 0; }
int pthread_setspecific(pthread_key_t, const void*) { return 0; }
void* pthread_getspecific(pthread_key_t) { return nullptr; }

}  // extern "C"

#endif
