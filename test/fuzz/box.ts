import { chmodSync, lstatSync, lutimesSync, mkdirSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** One thing that was created, changed or removed. Paths have no links in them. */
export interface Change {
  path: string
  kind: 'created' | 'changed' | 'removed'
  /** Whether it is, or was, a directory. */
  directory: boolean
}

/** What there is in the box: the text of a file, `{ link }`, or `{ folder }`. Paths are relative to the box. */
type Entry = { text: string; mode?: number } | { link: string } | { folder: true }

const file = (text: string, mode = 0o644): Entry => ({ text, mode })

const ENTRIES: Record<string, Entry> = {
  'u/.bashrc': file('echo rc\n'),
  'u/.ssh/id_rsa': file('marker of a key\n'),
  'u/notes': file('n\n'),
  'u/work/a.txt': file('one\ntwo words\nthree\n'),
  'u/work/b.txt': file('b.txt\na.txt\n'),
  'u/work/sp ace.txt': file('space\n'),
  'u/work/.env': file('KEY=marker\n'),
  'u/work/names': file('a.txt\nsrc/m.c\n'),
  'u/work/names0': file('a.txt\0b.txt\0'),
  'u/work/run.sh': file('#!/bin/sh\ncat b.txt\n', 0o755),
  'u/work/set.sh': file('v=src/n.c\ncd src\n'),
  'u/work/prog.sed': file('s/one/1/\nw sed.out\n'),
  'u/work/prog.awk': file('{ print > "awk.out" }\n'),
  'u/work/fix.patch': file('--- a.txt\n+++ a.txt\n@@ -1,1 +1,1 @@\n-one\n+uno\n'),
  'u/work/src/m.c': file('int m;\n'),
  'u/work/src/n.c': file('int n;\n'),
  'u/work/src/sub/deep.txt': file('deep\n'),
  'u/work/opt/-r': file('dash\n'),
  'u/work/opt/keep/x': file('x\n'),
  'u/work/empty': { folder: true },
  'u/work/link': { link: 'a.txt' },
  'u/work/dirlink': { link: 'src' },
  'u/work/up': { link: '../../outside' },
  'u/work/dangling': { link: '../made' },
  'u/work/key': { link: '../.ssh/id_rsa' },
  'outside/o.txt': file('outside\n'),
  'outside/p/q.txt': file('q\n'),
}

/** When nothing has been touched: files were changed then, and last read before that. */
const CHANGED = new Date('2020-01-01T00:00:00Z')
const READ = new Date('2000-01-01T00:00:00Z')

interface State {
  mark: string
  read: number
  directory: boolean
  link: boolean
}

/** The made-up files that commands are run among. */
export class Box {
  readonly root: string
  readonly home: string
  readonly workspace: string
  #before = new Map<string, State>()

  constructor(root: string) {
    this.root = root
    this.home = join(root, 'u')
    this.workspace = join(root, 'u/work')
    mkdirSync(root)
    for (const [name, entry] of Object.entries(ENTRIES)) this.#make(join(root, name), entry)
  }

  /** Sets all times back, and remembers how everything is. */
  arm(): void {
    for (const path of walk(this.root)) lutimesSync(path, READ, CHANGED)
    this.#before = this.#states()
  }

  /** What happened since `arm`. */
  inspect(): { reads: string[]; changes: Change[] } {
    this.unlock()
    const after = this.#states()
    const reads: string[] = []
    const changes: Change[] = []
    for (const [path, { mark, read, directory, link }] of this.#before) {
      const now = after.get(path)
      if (now === undefined || now.directory !== directory) changes.push({ path, kind: 'removed', directory })
      else if (now.mark !== mark) changes.push({ path, kind: 'changed', directory })
      if (now?.mark === mark && now.read !== read && !directory && !link) reads.push(path)
    }
    for (const [path, { directory }] of after) if (this.#before.get(path)?.directory !== directory) changes.push({ path, kind: 'created', directory })
    return { reads, changes }
  }

  /** Puts everything back as it was made. */
  restore(): void {
    const after = this.#states()
    for (const [path, { mark }] of [...after].toReversed())
      if (this.#before.get(path)?.mark !== mark) rmSync(path, { recursive: true, force: true })
    for (const [name, entry] of Object.entries(ENTRIES)) {
      const path = join(this.root, name)
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) this.#make(path, entry)
    }
  }

  /** Makes every directory one that can be looked into and removed. */
  unlock(): void {
    for (const path of walk(this.root)) {
      const { mode } = lstatSync(path)
      if (lstatSync(path).isDirectory() && (mode & 0o700) !== 0o700) chmodSync(path, 0o755)
    }
  }

  #make(path: string, entry: Entry): void {
    mkdirSync(dirname(path), { recursive: true })
    if ('folder' in entry) mkdirSync(path, { recursive: true })
    else if ('link' in entry) symlinkSync(entry.link, path)
    else {
      writeFileSync(path, entry.text)
      chmodSync(path, entry.mode ?? 0o644)
    }
  }

  #states(): Map<string, State> {
    const states = new Map<string, State>()
    for (const path of walk(this.root)) {
      const stat = lstatSync(path)
      const { mode, size, mtimeMs, atimeMs, ino } = stat
      const directory = stat.isDirectory()
      const link = stat.isSymbolicLink()
      // A directory changes with what is in it, which is seen by itself.
      const mark = directory ? `directory ${mode}` : `${mode} ${size} ${mtimeMs} ${ino} ${link ? readlinkSync(path) : ''}`
      states.set(path, { mark, read: atimeMs, directory, link })
    }
    return states
  }
}

/** Everything below a directory, each directory before what is in it. */
function* walk(root: string): Generator<string> {
  for (const name of readdirSync(root).toSorted()) {
    const path = join(root, name)
    yield path
    if (lstatSync(path).isDirectory()) {
      try {
        yield* walk(path)
      } catch {
        // may not be looked into
      }
    }
  }
}
