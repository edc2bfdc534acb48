import { basename, dirname } from 'node:path'
import type { Effect } from '../../contract/effect.ts'
import { carriedBy, type Carrier } from './carried.ts'
import type { Caller } from './caller.ts'
import * as libc from './libc.ts'
import { CONTINUED, result, type Answer } from './listener.ts'
import { NOTHING_HELD, type Interpreter, type Operation } from './operation.ts'
import { AT_FDCWD, find } from './resolve.ts'
import { interpretersOf, running } from './running.ts'

const AT_EMPTY_PATH = 0x1000
const AT_SYMLINK_NOFOLLOW = 0x100
const MOST_ARGUMENTS = 4096

/** Folders whose programs go by their bare name: those of the PATH the agent was started with that it can't write to. */
export type ProgramFolders = ReadonlySet<string>

/**
 * execve(2) and execveat(2). Nobody can do this in the caller's place, so the kernel does it, and reads the arguments again: what is
 * shown is what was there at the time of the look. Whether that is what started shows with the first call of the program (`Actors`),
 * and what it then does is judged by itself.
 */
export function prepareExec(caller: Caller, folders: ProgramFolders, carriers: readonly Carrier[], name: 'execve' | 'execveat'): Operation | Answer {
  const [directory, path, argv, flags] =
    name === 'execve' ? [AT_FDCWD, caller.arg(0), caller.arg(1), 0] : [caller.int(0), caller.arg(1), caller.arg(2), caller.int(4)]
  const text = caller.text(path)
  if (!text.ok) return result(text.errno)
  const words = argv === 0n ? { ok: true as const, value: [] } : caller.texts(argv, MOST_ARGUMENTS)
  if (!words.ok) return result(words.errno)
  const open = text.value === '' && (flags & AT_EMPTY_PATH) !== 0
  const found = open
    ? // A thread may have descriptors of its own.
      find(caller, AT_FDCWD, `/proc/thread-self/fd/${directory}`, true)
    : find(caller, directory, text.value, (flags & AT_SYMLINK_NOFOLLOW) === 0)
  if (typeof found === 'number') return result(found)
  const interpreters = scriptAt(found.handle)
  libc.close(found.handle)
  const last = interpreters.at(-1)
  const given = open ? found.real : text.value
  // More words than were read: nobody can say what they are.
  const args = [...words.value.slice(1), ...(words.value.length === MOST_ARGUMENTS ? [null] : [])]
  return {
    effects: [...execEffects(given, found.real, args, folders), ...carriedEffects(caller, found.real, args, folders, carriers), ...interpreters.flatMap((each, index) => interpretedBy(each, [interpreters[index - 1]?.given ?? given, ...args], folders))],
    image: { path: found.real, given, argv: words.value, before: running(caller.group), ...(last && { interpreter: last }) },
    abandon: NOTHING_HELD,
    perform: () => CONTINUED,
  }
}

/** The program as policy names it, and where a link gives it another name, that program as well. */
function execEffects(given: string, real: string, args: (string | null)[], folders: ProgramFolders): Effect[] {
  if (!real.startsWith('/') || real.startsWith('/memfd:') || real.endsWith(' (deleted)'))
    return [{ kind: 'unknown', reason: 'the program has no file that could be looked at', text: given }]
  if (!folders.has(dirname(given))) return [{ kind: 'exec', program: given, args, path: real }]
  const bare: Effect = { kind: 'exec', program: basename(given), args }
  // `python3` leads to `python3.11`: no rule needs to name that, but one that forbids what it leads to holds.
  return basename(real) === basename(given) ? [bare] : [bare, { kind: 'exec', program: basename(real), args, path: real, vouched: true }]
}

/** What the program runs in itself, as if it were started. */
function carriedEffects(caller: Caller, program: string, args: (string | null)[], folders: ProgramFolders, carriers: readonly Carrier[]): Effect[] {
  const carried = carriedBy(program, args, carriers)
  if (!carried) return []
  const found = carried.given.includes('/') ? find(caller, AT_FDCWD, carried.given, true) : undefined
  if (typeof found !== 'object') return [{ kind: 'exec', program: carried.given, args: carried.args }]
  libc.close(found.handle)
  return execEffects(carried.given, found.real, carried.args, folders)
}

/** The interpreters of a script that was found; a file that can't be read is started by nobody but the kernel. */
function scriptAt(handle: number): Interpreter[] {
  try {
    return interpretersOf(`/proc/self/fd/${handle}`)
  } catch {
    return []
  }
}

/** Whoever may start a script may start what runs it, unless a rule speaks of that. */
function interpretedBy({ given, argument, path }: Interpreter, args: (string | null)[], folders: ProgramFolders): Effect[] {
  const words = argument === undefined ? args : [argument, ...args]
  return execEffects(given, path, words, folders).map((effect) => (effect.kind === 'exec' ? { ...effect, vouched: true } : effect))
}
