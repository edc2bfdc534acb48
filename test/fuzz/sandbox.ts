import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { Box, type Change } from './box.ts'

export type ShellKind = 'bash' | 'sh'

/** What a command really did. */
export interface Observation {
  /** Every program that was started through `PATH` or by a path of the system, with its arguments. */
  execs: string[][]
  /** Files whose content was read, of those that were there before. */
  reads: string[]
  /** What was created, changed or removed. */
  changes: Change[]
}

/**
 * Runs commands for real, where they can do no harm: in namespaces of their own, without a network, with the system read-only
 * and only a folder of made-up files writable. That folder has the same path inside and outside, so that what is predicted and
 * what happened can be compared as it is.
 *
 * Programs are observed by putting a wrapper in the place of each program in `/usr/bin`; it writes down its arguments and
 * becomes the real program. Reads are observed by the time of last access, changes by comparing the files before and after.
 */
export class Sandbox {
  readonly box: Box
  readonly #base: string
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #answers: AsyncIterator<string>
  #count = 0

  private constructor(base: string) {
    this.#base = base
    this.box = new Box(join(base, 'box'))
    for (const name of ['in', 'log', 'bin', 'root']) mkdirSync(join(base, name))
    writeFileSync(join(base, 'bin/.wrapper'), WRAPPER, { mode: 0o755 })
    for (const name of readdirSync('/usr/bin')) if (name !== '.wrapper') symlinkSync('.wrapper', join(base, 'bin', name))
    writeFileSync(join(base, 'enter.sh'), ENTER)
    writeFileSync(join(base, 'in/driver.sh'), DRIVER)
    this.#process = spawn('unshare', ['-Urmnp', '--fork', '--kill-child', '/bin/sh', join(base, 'enter.sh'), base, this.box.workspace, this.box.home], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  /** The sandbox, or why it can't be had here. */
  static async open(): Promise<Sandbox | string> {
    if (process.platform !== 'linux') return 'commands are run for real on Linux only'
    try {
      execFileSync('unshare', ['-Urmnp', '--fork', 'true'], { stdio: 'ignore' })
    } catch {
      return 'this machine does not let users make namespaces (unshare -Urmnp)'
    }
    const base = realpathSync(mkdtempSync(join(existsSync('/var/tmp') ? '/var/tmp' : homedir(), 'paddock-fuzz-')))
    const sandbox = new Sandbox(base)
    const fault = await sandbox.#fault()
    if (fault === undefined) return sandbox
    await sandbox.close()
    return fault
  }

  /** Tries whether all three kinds of effect are seen here. */
  async #fault(): Promise<string | undefined> {
    const seen = await this.run('cat a.txt > made-by-the-trial', 'bash')
    if (seen === undefined) return 'the sandbox does not start here (a root of its own needs mount and chroot)'
    if (!seen.execs.some(([name]) => name === 'cat')) return 'programs can not be observed here'
    if (!seen.changes.some(({ path }) => path.endsWith('/made-by-the-trial'))) return 'changes can not be observed here'
    if (!seen.reads.some((path) => path.endsWith('/a.txt'))) return 'reads can not be observed here: the file system keeps no access times'
    return undefined
  }

  /** Runs a command in the workspace and puts everything back; undefined when the sandbox is gone. */
  async run(command: string, shell: ShellKind): Promise<Observation | undefined> {
    const id = String((this.#count += 1))
    const log = join(this.#base, 'log', id)
    mkdirSync(log)
    writeFileSync(join(this.#base, 'in', id), command)
    this.box.arm()
    this.#process.stdin.write(`${id} ${shell}\n`)
    const answer = await this.#answers.next()
    if (answer.done === true) return undefined
    const execs = readdirSync(log).flatMap((name) => recordsIn(readFileSync(join(log, name), 'utf8')))
    const observed = { execs, ...this.box.inspect() }
    this.box.restore()
    rmSync(log, { recursive: true })
    rmSync(join(this.#base, 'in', id))
    return observed
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.stdin.end()
    if (this.#process.exitCode === null && this.#process.signalCode === null) await gone
    this.box.unlock()
    rmSync(this.#base, { recursive: true, force: true })
  }
}

const END = '\u001d'

function recordsIn(text: string): string[][] {
  const records: string[][] = []
  let words: string[] = []
  for (const word of text.split('\0').slice(0, -1)) {
    if (word === END) records.push(words.splice(0))
    else words.push(word)
  }
  return records
}

/** One record for each start; a process that becomes another program adds to its own file, so records are never torn. */
const WRAPPER = `#!/real/bin/dash
name=\${0##*/}
[ -z "$BASH_VERSION" ] || exit 126 # "bash NAME" takes what it finds for a script
read -r now < /log/now
printf '%s\\0' "$name" "$@" '\u001d' >> "/log/$now/$$"
exec "/real/bin/$name" "$@"
`

/** Builds a root of its own: the system read-only, the box at its own path, the wrappers in place of the programs. */
const ENTER = `set -e
base=$1; root=$1/root
mount -t tmpfs tmpfs "$root"
mkdir -p "$root/usr" "$root/real/bin" "$root/proc" "$root/dev" "$root/tmp" "$root/log" "$root/in" "$root/etc" "$root$base/box"
mount --rbind /usr "$root/usr"
mount -o remount,bind,ro "$root/usr"
for name in bin sbin lib lib64; do
  if [ -L "/$name" ]; then cp -P "/$name" "$root/$name"; elif [ -d "/$name" ]; then mkdir "$root/$name"; mount --rbind "/$name" "$root/$name"; fi
done
mount --bind /usr/bin "$root/real/bin"
mount --bind "$base/bin" "$root/usr/bin"
[ -L /bin ] || mount --bind "$base/bin" "$root/bin"
echo "u:x:0:0::$3:/bin/sh" > "$root/etc/passwd"
for name in alternatives group ld.so.cache; do
  if [ -d "/etc/$name" ]; then mkdir "$root/etc/$name"; mount --bind "/etc/$name" "$root/etc/$name"
  elif [ -e "/etc/$name" ]; then cp "/etc/$name" "$root/etc/$name"; fi
done
for name in null zero urandom; do : > "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mount -t proc proc "$root/proc"
ln -s /proc/self/fd "$root/dev/fd"
for n in 0 1 2; do ln -s "/proc/self/fd/$n" "$root/dev/$(echo stdin stdout stderr | cut -d' ' -f$((n + 1)))"; done
mount --bind "$base/log" "$root/log"
mount --bind "$base/in" "$root/in"
mount --bind "$base/box" "$root$base/box"
exec chroot "$root" /real/bin/env -i HOME="$3" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 FUNCNEST=12 USER=u GIT_CONFIG_NOSYSTEM=1 /real/bin/bash --norc /in/driver.sh "$2"
`

/** The first process of the sandbox: runs one command after the other, and ends whatever one has left running. */
const DRIVER = `
ulimit -f 20000
while read -r id shell; do
  IFS= read -r -d '' source < "/in/$id"
  echo "$id" > /log/now
  cd "$1"
  /real/bin/timeout -s KILL 2 "/real/bin/\${shell/#sh/dash}" -c "$source" < /dev/null > /dev/null 2>&1
  for moment in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 -1 2> /dev/null || break
    /real/bin/sleep 0.02
  done
  kill -KILL -1 2> /dev/null
  wait
  echo "$id"
done
`
