#include "src/base/thread_pool.h"
