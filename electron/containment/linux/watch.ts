import type { Caller } from './caller.ts'
import { fileEffects } from './file-effects.ts'
import * as libc from './libc.ts'
import { result, type Answer } from './listener.ts'
import type { Operation } from './operation.ts'
import { AT_FDCWD, find } from './resolve.ts'

const IN_DONT_FOLLOW = 0x02000000

/** inotify_add_watch(2): whoever watches a folder learns the names in it, so it is read. Landlock does not hold this. */
export function prepareWatch(caller: Caller): Operation | Answer {
  const text = caller.text(caller.arg(1))
  if (!text.ok) return result(text.errno)
  const mask = caller.int(2)
  const found = find(caller, AT_FDCWD, text.value, (mask & IN_DONT_FOLLOW) === 0)
  if (typeof found === 'number') return result(found)
  const events = caller.descriptor(caller.int(0))
  const abandon = (): void => {
    libc.close(found.handle)
    if (events >= 0) libc.close(events)
  }
  if (events < 0) {
    abandon()
    return result(events)
  }
  return {
    effects: fileEffects(found, ['read']),
    abandon,
    perform: () => {
      // The handle is on the link itself where that is what was asked for.
      const value = libc.inotifyAddWatch(events, `/proc/self/fd/${found.handle}`, (mask & ~IN_DONT_FOLLOW) >>> 0)
      abandon()
      return result(value)
    },
  }
}
