import { realpathSync } from 'node:fs'
import { basename, extname, isAbsolute, join } from 'node:path'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { InterpreterEntry } from '../catalogue/schema.ts'
import { readManifest } from './package-of.ts'
import { isFile } from './read-script.ts'

/** What a process runs, besides its executable. */
export interface Running {
  /** The interpreter, by a name of the catalogue; undefined for a program of its own. */
  interpreter: string | undefined
  /** Paths of the scripts as this process can read them, the one that matters last. */
  scripts: readonly string[]
  /** Files that are loaded before the script, as by `node --import`. */
  preloads: readonly string[]
  /** Code on the command line. */
  inline: string | undefined
  /** A module by its name, for `python -m`. */
  module: string | undefined
}

export interface ScriptContext {
  catalogue: Catalogue
  /** Put in front of the process' own paths. */
  root: string
  /** Its working directory, as it sees it. */
  folder: string | undefined
  /** What standard input is. */
  stdin: string | undefined
  /** The interpreter that its executable was found to be under another name. */
  disguised?: string | undefined
}

/** Words of a command line in which a script is looked for. */
const MOST_WORDS = 24

/** The interpreter of the catalogue that an executable's base name says: `python3.12` is `python`. */
export function interpreterName(program: string, catalogue: Catalogue): string | undefined {
  const plain = basename(program).replace(/\.exe$/, '')
  for (const name of [plain, plain.replace(/[-.\d]+$/, ''), plain.replace(/[\d.]+(-\w+)?$/, '')]) if (catalogue.interpreters.has(name)) return name
  return undefined
}

/** Reads a command line as the interpreter would: options, code, module, then the script. */
export function runningOf(exe: string | undefined, argv: readonly string[], context: ScriptContext): Running {
  const { catalogue } = context
  const byName = interpreterName(exe ?? argv[0] ?? '', catalogue)
  const interpreter = byName ?? context.disguised
  const none: { -readonly [K in keyof Running]: Running[K] } = { interpreter, scripts: [], preloads: [], inline: undefined, module: undefined }
  const entry = interpreter === undefined ? undefined : catalogue.interpreters.get(interpreter)
  if (!entry) return none
  const words = argv.slice(1, MOST_WORDS)
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (entry.inline.includes(word)) return { ...none, inline: words[at + 1] ?? '' }
    if (entry.module.includes(word)) return modular(words.slice(at + 1), none, context)
    if (entry.valued.includes(word)) {
      at += 1
      const loaded = words[at] === undefined || !/[./]/.test(words[at]!) ? undefined : located(words[at]!, context)
      if (loaded !== undefined) none.preloads = [...none.preloads, loaded]
    }
    else if (word === '-' || word === '--') continue
    else if (!word.startsWith('-') && !entry.commands.includes(word)) return { ...none, scripts: scriptsFrom(words.slice(at), context) }
    else if (/^-[a-z]*c$/.test(word) && interpreter !== 'node' && isShell(entry)) return { ...none, inline: words[at + 1] ?? '' }
  }
  const { stdin, root } = context
  return stdin?.startsWith('/') && isFile(root + stdin) ? { ...none, scripts: [root + stdin] } : none
}

const isShell = (entry: InterpreterEntry): boolean => entry.names.includes('sh')

/** The script, and behind a program that only starts scripts the script that it starts. */
function scriptsFrom(words: readonly string[], context: ScriptContext): string[] {
  const scripts: string[] = []
  for (const word of words) {
    const path = word.startsWith('-') ? undefined : located(word, context)
    if (path === undefined) continue
    scripts.push(path)
    if (!isRunner(word, path, context.catalogue)) break
  }
  return scripts
}

function modular(words: readonly string[], none: Running, context: ScriptContext): Running {
  const [module = '', ...rest] = words
  const top = module.split('.')[0] ?? ''
  if (context.catalogue.runners.has(top)) return { ...none, module, scripts: scriptsFrom(rest, context) }
  const file = located(`${module.replaceAll('.', '/')}.py`, context) ?? located(`${module.replaceAll('.', '/')}/__main__.py`, context)
  return { ...none, module, scripts: file === undefined ? [] : [file] }
}

/** A runner by its own name, that of its script or of the package it is in. */
function isRunner(word: string, path: string, { runners }: Catalogue): boolean {
  const names = [word, path].flatMap((one) => [basename(one, extname(one)), ...(/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(one)?.slice(1) ?? [])])
  return names.some((name) => runners.has(name))
}

/** The path of a word as this process can read it: the file it names, or `app.py` for `app:app`. */
function located(word: string, { root, folder }: ScriptContext): string | undefined {
  for (const name of [word, ...(/^[\w.]+:\w+$/.test(word) ? [`${word.split(':')[0]!.replaceAll('.', '/')}.py`] : [])]) {
    if (!isAbsolute(name) && folder === undefined) continue
    const path = root + (isAbsolute(name) ? name : join(folder!, name))
    for (const candidate of [path, ...(extname(path) === '' ? [`${path}.js`, ...mainOf(path), join(path, 'index.js'), join(path, '__main__.py')] : [])])
      if (isFile(candidate)) return root === '' ? realPath(candidate) : candidate
  }
  return undefined
}

/** The program that a folder's package.json names, as for `node .`. */
function mainOf(folder: string): string[] {
  const main = readManifest(join(folder, 'package.json'))?.main
  return main === undefined ? [] : [join(folder, main), join(folder, `${main}.js`)]
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** Whether a command line is like that of an interpreter: it names a file, or begins with an option for code or a module. */
export function mayInterpret(argv: readonly string[], root: string, folder: string | undefined, { interpreters }: Catalogue): boolean {
  if ([...interpreters.values()].some(({ inline, module }) => inline.includes(argv[1] ?? '') || module.includes(argv[1] ?? ''))) return true
  return argv.slice(1, 6).some((word) => !word.startsWith('-') && (isAbsolute(word) ? isFile(root + word) : folder !== undefined && isFile(root + join(folder, word))))
}
