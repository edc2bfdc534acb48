import type { Effect } from '../../electron/contract/effect.ts'

/**
 * An effect in one line, as cases in `test/corpora/shell/` write it: `exec git push`, `read /w/a`, `delete /w/b/**`,
 * `connect example.com:443`, `listen 0.0.0.0:80`, `tool server/name`, `unknown: reason`. A word that is only known at run
 * time is `?`, one with blanks is in JSON quotes.
 */
export function notation(effect: Effect): string {
  switch (effect.kind) {
    case 'exec':
      return ['exec', effect.program, ...effect.args].map((word) => (word === null ? '?' : /^\S+$/.test(word) ? word : JSON.stringify(word))).join(' ')
    case 'read':
    case 'write':
    case 'delete':
      return `${effect.kind} ${effect.path}${effect.recursive ? '/**' : ''}`
    case 'connect':
    case 'listen':
      return `${effect.kind} ${effect.host}${effect.port === undefined ? '' : `:${effect.port}`}`
    case 'tool':
      return `tool ${effect.server ?? ''}/${effect.name}`
    case 'unknown':
      return `unknown: ${effect.reason}`
  }
}
