import type { Call } from './call.ts'
import type { Effect } from './effect.ts'

/** What a call is about, in one line: the command, the path, the address, the tool. */
export function callSubject(call: Call): string {
  switch (call.tool) {
    case 'shell':
      return call.command
    case 'read':
    case 'write':
    case 'delete':
      return call.path
    case 'fetch':
      return call.url
    case 'mcp':
      return `${call.server}/${call.name}`
    case 'agent':
      return call.name
    case 'operation':
      return call.argv.length > 0 ? call.argv.map(quoteWord).join(' ') : call.program
  }
}

/** An effect as a clause that completes "it ...": `reads /etc/hosts`, `connects to example.com:443`. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'exec':
      return `runs ${commandText(effect)}`
    case 'read':
      return `reads ${effect.path}${effect.recursive ? ' and everything below it' : ''}${ofOthers(effect)}`
    case 'write':
      return `writes ${effect.path}${effect.recursive ? ' and anything below it' : ''}${ofOthers(effect)}`
    case 'delete':
      return `deletes ${effect.path}${effect.recursive ? ' and everything below it' : ''}${ofOthers(effect)}`
    case 'connect':
      return `connects to ${hostText(effect.host, effect.port)}`
    case 'listen':
      return `listens on ${hostText(effect.host, effect.port)}`
    case 'tool':
      return `uses the tool ${effect.server === undefined ? effect.name : `${effect.server}/${effect.name}`}`
    case 'unknown':
      return `can't be judged: ${effect.reason}`
  }
}

const ofOthers = ({ foreign }: { foreign?: true | undefined }): string => (foreign ? ', which is not of this run' : '')

/** The same for an effect that carries data away, of which `source` is one: `sends /home/u/.netrc to example.com:443`. */
export function describeFlow(effect: Effect, source: string): string {
  switch (effect.kind) {
    case 'connect':
      return `sends ${source} to ${hostText(effect.host, effect.port)}`
    case 'write':
      return `writes ${source} to ${effect.path}`
    default:
      return `${describeEffect(effect)}, with data from ${source}`
  }
}

/** A command with its words quoted where needed; `…` stands for what is only known at run time. */
export function commandText({ program, args }: { program: string; args: readonly (string | null)[] }): string {
  return [program, ...args].map((word) => (word === null ? '…' : quoteWord(word))).join(' ')
}

/** The word as a shell and a command pattern read it: quoted when it is empty or has more than plain characters. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return word.includes("'") ? `"${word.replace(/["\\$`]/g, '\\$&')}"` : `'${word}'`
}

function hostText(host: string, port: number | undefined): string {
  if (host.startsWith('unix:')) return `the socket ${host.slice('unix:'.length)}`
  const name = host.includes(':') ? `[${host}]` : host
  return port === undefined ? name : `${name}:${port}`
}
