import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { argv, AT_FDCWD, syscall, words } from './calls.ts'

// A thread with descriptors of its own starts a program by one of them, where the process has another file under that number.

const NUMBER = 204
const CLONE_FILES = 0x400
const [, , forbidden = ''] = process.argv

if (isMainThread) {
  syscall('dup3', syscall('openat', AT_FDCWD, '/bin/true', 0, 0), NUMBER, 0)
  const thread = new Worker(new URL(import.meta.url), { argv: [forbidden], workerData: forbidden })
  thread.on('error', (error) => console.error(error))
} else {
  syscall('unshare', CLONE_FILES)
  syscall('dup3', syscall('openat', AT_FDCWD, workerData as string, 0, 0), NUMBER, 0)
  // Node has its standard streams closed by whatever it becomes.
  const F_SETFD = 2
  for (const fd of [0, 1, 2]) syscall('fcntl', fd, F_SETFD, 0)
  const { pointers } = argv('x')
  console.log(syscall('execveat', NUMBER, '', pointers, words(0), 0x1000))
}
