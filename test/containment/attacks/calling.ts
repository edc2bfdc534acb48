import { workerData } from 'node:worker_threads'
import { syscall, type Call } from './calls.ts'

// A thread that makes two system calls in turn, for ever.

const [first, second] = workerData as [Call, ...(number | string)[]][] as [[Call, ...number[]], [Call, ...number[]]]
for (;;) {
  syscall(...first)
  syscall(...second)
}
