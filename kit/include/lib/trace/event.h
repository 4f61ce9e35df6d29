// SPDX-License-Identifier: MIT
// Trace events: nothing here, the library traces itself.
#ifndef LIB_TRACE_EVENT_H_
#define LIB_TRACE_EVENT_H_

#define TRACE_DURATION(...) ((void)0)
#define TRACE_DURATION_BEGIN(...) ((void)0)
#define TRACE_DURATION_END(...) ((void)0)
#define TRACE_INSTANT(...) ((void)0)
#define TRACE_COUNTER(...) ((void)0)
#define TRACE_ASYNC_BEGIN(...) ((void)0)
#define TRACE_ASYNC_INSTANT(...) ((void)0)
#define TRACE_ASYNC_END(...) ((void)0)
#define TRACE_FLOW_BEGIN(...) ((void)0)
#define TRACE_FLOW_STEP(...) ((void)0)
#define TRACE_FLOW_END(...) ((void)0)
#define TRACE_NONCE() 0
#define TRACE_SCOPE_THREAD 0
#define TRACE_SCOPE_PROCESS 0
#define TRACE_SCOPE_GLOBAL 0

#endif  // LIB_TRACE_EVENT_H_
