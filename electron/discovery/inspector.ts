import { readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Catalogue } from './catalogue/catalogue.ts'
import { BinaryReader, type BinaryFacts, type Question } from './code/read-binary.ts'
import { packageOf, withoutPlatform } from './code/package-of.ts'
import { ScriptReader, type ScriptFacts } from './code/read-script.ts'
import { interpreterName, mayInterpret, runningOf, type Running } from './code/script-of.ts'
import { isExtensionHost } from './editor-extensions.ts'
import type { Observer } from './observer.ts'
import type { OpenFiles, ProcessRecord } from './process-record.ts'

/** What of a process does not change while it runs the same program. */
export interface Static {
  running: Running
  script: ScriptFacts | undefined
  binary: BinaryFacts | undefined
  environment: ReadonlyMap<string, string> | undefined
  folder: string | undefined
  root: string
  /** Something speaks for an agent, so that it is worth looking at what it has open. */
  suspect: boolean
  /** What its executable has still to be asked. */
  unread: Question | undefined
}

/** The installation that this code is of: its own processes are not agents. */
const OWN = resolve(import.meta.dirname, '../..')
const OWN_CODE = [`${OWN}/out/`, `${OWN}/electron/`]
const NO_QUESTION = { facts: undefined, unread: undefined }

const NOTHING: Static = {
  running: { interpreter: undefined, scripts: [], preloads: [], inline: undefined, module: undefined },
  script: undefined,
  binary: undefined,
  environment: undefined,
  folder: undefined,
  root: '',
  suspect: false,
  unread: undefined,
}

/** Looks at single processes, no more than each deserves. What does not change is looked at once. */
export class Inspector {
  readonly #catalogue: Catalogue
  readonly #observer: Observer
  readonly #scripts: ScriptReader
  readonly #binaries: BinaryReader
  /** By the record: a process that becomes another program has another one. */
  readonly #kept = new WeakMap<ProcessRecord, Static>()
  readonly #patient: boolean

  /** With `patient` large files are not read in between: those to read are in `waiting` until `readWaiting` was called. */
  constructor(catalogue: Catalogue, observer: Observer, patient: boolean) {
    this.#catalogue = catalogue
    this.#observer = observer
    this.#patient = patient
    this.#scripts = new ScriptReader(catalogue)
    this.#binaries = new BinaryReader(catalogue)
  }

  static(process: ProcessRecord, folder?: string): Static {
    const kept = this.#kept.get(process)
    if (kept) return kept
    const found = this.#look(process, folder)
    this.#kept.set(process, found)
    return found
  }

  /** Reads the executable of a process that was put off, for both questions. Resolves to whether there was something to read. */
  async readExecutable(process: ProcessRecord): Promise<boolean> {
    const before = this.#kept.get(process)?.unread
    let question = before
    for (let round = 0; round < 2 && question !== undefined; round++) {
      const file = this.#observer.executable(process)
      if (file === undefined) break
      await this.#binaries.readInSteps(file, question)
      this.#kept.delete(process)
      question = this.static(process).unread
    }
    return before !== undefined
  }

  /** What a process has open now. */
  open(pid: number): OpenFiles | undefined {
    return this.#observer.open(pid)
  }

  #look(process: ProcessRecord, seenIn: string | undefined): Static {
    const { pid, exe, argv } = process
    if (pid === globalThis.process.pid) return NOTHING
    const catalogue = this.#catalogue
    const named = [exe, argv[0]].some((path) => path !== undefined && (catalogue.byProgram.has(plainName(path)) || catalogue.serverByProgram.has(plainName(path))))
    const interpreter = interpreterName(exe ?? argv[0] ?? '', catalogue)
    const unknown = exe !== undefined && interpreter === undefined && this.#binaries.isWorthReading(exe)
    const hosts = isExtensionHost(argv)
    if (!named && !hosts && interpreter === undefined && !unknown) return NOTHING
    const root = this.#observer.root(pid)
    const folder = seenIn ?? this.#observer.folder(pid)
    const known = unknown && isOfKnownPackage(root + exe, catalogue)
    const disguise = unknown && mayInterpret(argv, root, folder, catalogue) ? this.#bytes(process, 'interpreter') : NO_QUESTION
    const stdin = interpreter !== undefined && argv.length < 3 ? this.open(pid)?.stdin : undefined
    const running = runningOf(exe, argv, { catalogue, root, folder, stdin, disguised: disguise.facts?.interpreter })
    if (running.scripts.some((path) => OWN_CODE.some((own) => path.startsWith(own)))) return NOTHING
    const bytes = unknown && !known && running.scripts.length === 0 && running.module === undefined ? this.#bytes(process, 'agent') : NO_QUESTION
    const binary = bytes.facts
    const unread = disguise.unread ?? bytes.unread
    // A program that asks a model by itself has options of its own, which look like those of an interpreter.
    const script = binary?.model === undefined ? this.#script(running, process) : undefined
    const bySign = script !== undefined && (script.sdks.size > 0 || script.agents.size > 0 || (script.model !== undefined && script.sends))
    // An interpreter whose script is not known may have hidden it.
    const hidden = interpreter !== undefined && running.scripts.length === 0 && running.inline === undefined && running.module === undefined
    const scriptPackage = running.scripts.some((path) => isOfKnownPackage(path, catalogue))
    const scriptName = running.scripts.some((path) => catalogue.byProgram.has(plainName(path)))
    const suspect = named || hosts || known || bySign || scriptPackage || scriptName || hidden || running.module !== undefined || binary?.model !== undefined
    return { running, script, binary, environment: suspect ? this.#observer.environment(pid) : undefined, folder, root, suspect, unread }
  }

  /** What the bytes of its executable say. */
  #bytes(process: ProcessRecord, question: Question): { facts: BinaryFacts | undefined; unread: Question | undefined } {
    const own = this.#observer.executable(process)
    if (own === undefined) return NO_QUESTION
    const facts = this.#patient ? this.#binaries.known(own, question) : this.#binaries.read(own, question)
    return { facts, unread: facts === undefined && this.#patient ? question : undefined }
  }

  /** The text that is run; of what is loaded before it, what asks a model. */
  #script({ interpreter, scripts, preloads, inline }: Running, { argv, pid }: ProcessRecord): ScriptFacts | undefined {
    const shell = this.#catalogue.interpreters.get(interpreter ?? '')?.names.includes('sh') ?? false
    if (inline !== undefined) return this.#scripts.readText(inline, shell)
    const modules = (): string[] => moduleFolders(argv[0], this.#observer.environment(pid))
    const facts = [...preloads, ...scripts.slice(-1)].flatMap((path) => this.#scripts.read(path, { shell, modules }) ?? [])
    return facts.find(({ sdks, model }) => sdks.size > 0 || model !== undefined) ?? facts.at(-1)
  }
}

/** Where Python looks for modules: what the environment says, the virtual environment of the interpreter, the user's own. */
function moduleFolders(interpreter: string | undefined, environment: ReadonlyMap<string, string> | undefined): string[] {
  const named = (environment?.get('PYTHONPATH') ?? '').split(':').filter((folder) => folder.startsWith('/'))
  const roots = [interpreter?.startsWith('/') ? join(dirname(interpreter), '..') : environment?.get('VIRTUAL_ENV'), join(environment?.get('HOME') ?? '/nonexistent', '.local')]
  return [...named, ...roots.flatMap((root) => (root === undefined ? [] : sitePackages(join(root, 'lib'))))]
}

function sitePackages(lib: string): string[] {
  try {
    return readdirSync(lib).flatMap((name) => (name.startsWith('python') ? [join(lib, name, 'site-packages')] : []))
  } catch {
    return []
  }
}

export function plainName(path: string): string {
  return basename(path).replace(/\.(exe|[cm]?js|py)$/, '')
}

function isOfKnownPackage(file: string, catalogue: Catalogue): boolean {
  const found = packageOf(file)
  if (!found) return false
  return catalogue.byNpm.has(found.name) || catalogue.byNpm.has(withoutPlatform(found.name)) || (found.extension !== undefined && catalogue.byExtension.has(found.extension))
}
