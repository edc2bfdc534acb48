import { readFileSync } from 'node:fs'
import type { Caller } from './caller.ts'
import { CONTINUED, refused, type Answer } from './listener.ts'
import { isBelow } from './tree.ts'

/**
 * Calls that act on something by its number: another process (how much it may use, when it runs), a segment of shared memory.
 * Numbers are in registers, so that the kernel can be left to go on with those that belong to the tree.
 */
export function answerByNumber(caller: Caller, name: string | undefined): Answer | undefined {
  switch (name) {
    case 'prlimit64':
    case 'sched_setscheduler':
    case 'sched_setparam':
    case 'sched_setattr':
    case 'sched_setaffinity':
      return ofTheTree(caller, caller.int(0))
    case 'setpriority':
    case 'ioprio_set':
      // The first argument is a kind: 0 and 1 for a process, the others for a group or everything of the user.
      return caller.int(0) === (name === 'setpriority' ? 0 : 1) ? ofTheTree(caller, caller.int(1)) : refused('EPERM')
    case 'shmat':
    case 'shmctl':
      return ofTheTree(caller, creatorOf(caller.int(0)))
    default:
      return undefined
  }
}

/** In namespaces of its own the tree can name nothing else. */
function ofTheTree(caller: Caller, pid: number): Answer {
  return caller.procDevice !== undefined || isBelow(pid, process.pid) ? CONTINUED : refused('EPERM')
}

/** Who made a segment of System V shared memory (`/proc/sysvipc/shm`: key, shmid, perms, size, cpid); 0 where nobody is known. */
function creatorOf(segment: number): number {
  for (const line of readFileSync('/proc/sysvipc/shm', 'latin1').split('\n')) {
    const [, id, , , creator] = line.trim().split(/\s+/)
    if (Number(id) === segment) return Number(creator)
  }
  return 0
}
