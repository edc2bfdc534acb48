import { closing, shellCalls, type Makefile } from './makefile.ts'

/** The name of a shell variable that stands for what only make knows when it runs. */
export const ONLY_MAKE_KNOWS = 'known_to_make_alone'

/** What make sets for itself (GNU make manual, "Variables Used by Implicit Rules" and "Other Special Variables"). */
const BUILT_IN: Readonly<Record<string, string>> = {
  CC: 'cc', CXX: 'g++', CPP: 'cc -E', AR: 'ar', AS: 'as', LD: 'ld', RM: 'rm -f', MAKE: 'make', FC: 'f77',
  ARFLAGS: '-rv', CFLAGS: '', CXXFLAGS: '', CPPFLAGS: '', LDFLAGS: '', LDLIBS: '', MAKEFLAGS: '', MFLAGS: '',
}

const DEEPEST = 12
/** In UTF-16 units. What grows longer than this is not followed. */
const LONGEST = 16_384

/**
 * A text of a makefile as a shell would get it: variables of the file and of make are replaced, those of the environment
 * become variables of the shell, `$(shell …)` a substitution, and other functions the variable `ONLY_MAKE_KNOWS`.
 * `automatic` are `$@`, `$<` and their like.
 */
export function shellTextOf(text: string, variables: Makefile['variables'], automatic: Readonly<Record<string, string>>, depth = 0): string {
  const unknown = `\${${ONLY_MAKE_KNOWS}}`
  let made = ''
  for (let at = 0; at < text.length; at += 1) {
    if (made.length > LONGEST) return `${made.slice(0, LONGEST)}${unknown}`
    if (text[at] !== '$') {
      made += text[at]
      continue
    }
    const next = text[at + 1] ?? ''
    const isLong = next === '(' || next === '{'
    const end = isLong ? closing(text, at + 1) : at + 1
    made += next === '$' ? '$' : valueOf(isLong ? text.slice(at + 2, end) : next)
    at = end
  }
  return made

  function valueOf(name: string): string {
    const own = automatic[name]
    if (own !== undefined) return own
    if (name.startsWith('shell ')) return substitution(name.slice(6))
    if (!/^[\w.-]+$/.test(name)) return unknown + shellCalls(name).map(substitution).join('')
    if (variables.has(name)) {
      const value = variables.get(name)
      return value === undefined || depth >= DEEPEST ? unknown : shellTextOf(value, variables, automatic, depth + 1)
    }
    return BUILT_IN[name] ?? (/^[A-Za-z_]\w*$/.test(name) ? `\${${name}}` : unknown)
  }
  function substitution(code: string): string {
    return depth >= DEEPEST ? unknown : `$(${shellTextOf(code, variables, automatic, depth + 1)})`
  }
}

/** The words of a text, as names of targets and files; those that only make knows are left out. */
export function makeWords(text: string, variables: Makefile['variables'], automatic: Readonly<Record<string, string>> = {}): string[] {
  return shellTextOf(text, variables, automatic).split(/[\s|]+/).filter((word) => word !== '' && !word.includes('$'))
}
