/** What a program text imports: package or module names, and the relative ones. */
export interface Imports {
  /** As written: `openai`, `@langchain/core/tools`, `langchain.agents`, and for `from a import B` also `a.B`. */
  names: ReadonlySet<string>
  /** `./tools.js`, or for Python `tools` (also for plain imports, which may be a file beside the script). */
  local: ReadonlySet<string>
}

const SCRIPT_IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bimport\s+)(['"])([^'"\n]{1,200})\1/g
/** The file that a thread runs, as `new Worker(new URL('./x.js', import.meta.url))`. */
const THREAD = /\bWorker\)?\s*\(\s*[^'"\n]{0,60}(['"])(?:\.\/)?([\w./-]{1,200}\.[cm]?[jt]s)\1/g
const PYTHON_IMPORT = /^[ \t]*import[ \t]+([\w., \t]+)/gm
const PYTHON_FROM = /^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]*)/gm

/** Reads JavaScript, TypeScript and Python alike; other languages have imports that say as much by their words. */
export function importsOf(text: string): Imports {
  const names = new Set<string>()
  const local = new Set<string>()
  for (const [, , name = ''] of text.matchAll(SCRIPT_IMPORT)) (/^[./]/.test(name) ? local : names).add(name.replace(/^npm:/, ''))
  for (const [, , name = ''] of text.matchAll(THREAD)) local.add(name.startsWith('.') || name.startsWith('/') ? name : `./${name}`)
  for (const [, list = ''] of text.matchAll(PYTHON_IMPORT))
    for (const part of list.split(',')) {
      const name = part.trim().split(/\s/)[0] ?? ''
      if (name === '') continue
      names.add(name)
      local.add(name)
    }
  for (const [, module = '', list = ''] of text.matchAll(PYTHON_FROM)) {
    local.add(module)
    if (module.startsWith('.')) {
      if (/^\.+$/.test(module)) for (const item of items(list)) local.add(`${module}${item}`)
      continue
    }
    names.add(module)
    for (const item of items(list)) {
      names.add(`${module}.${item}`)
      local.add(`${module}.${item}`)
    }
  }
  return { names, local }
}

function items(list: string): string[] {
  return list.replace(/[()]/g, '').split(',').flatMap((part) => part.trim().split(/\s/)[0] || [])
}

/** The names of an import that a catalogue may know, longest first: `@a/b/c` is also `@a/b`; `x.y.Z` also `x.y` and `x`. */
export function* nameAndParents(name: string): Generator<string> {
  const separator = name.startsWith('@') || name.includes('/') ? '/' : '.'
  const least = name.startsWith('@') ? 2 : 1
  const parts = name.split(separator)
  for (let length = parts.length; length >= least; length--) yield parts.slice(0, length).join(separator)
}
