import type { Directive } from './directives.ts'
import type { Request } from './request.ts'
import type { Vocabulary } from './vocabulary.ts'
import { bounded, marks, nameWords, stem } from './words.ts'

/** More of a result is not looked through, and from more lines nothing is taken. */
const LONGEST = 16 * 1024
const MOST_LINES = 200

/**
 * The addresses, hosts and numbers of accounts that a result gives for what the person named: they stand in one line with a word of the request
 * (`Priya Nair <priya@…>` where Priya was to be told), and in nothing that orders something.
 */
export function lookedUp(text: string, request: Request, directives: readonly Directive[]): string[] {
  if (request.isUnknown) return []
  return bounded(text, LONGEST)
    .split(/\n|;|\\n/, MOST_LINES)
    .flatMap((line) => {
      const found = [...marks(line)].filter((mark) => /[@\d]/.test(mark) && !directives.some((directive) => directive.text.includes(mark)))
      return found.length > 0 && mentions(line, request) ? found : []
    })
}

function mentions(line: string, { names }: Request): boolean {
  for (const [word] of line.toLowerCase().matchAll(/\p{L}{3,}/gu)) if (names.has(stem(word))) return true
  return false
}

/** Whether a tool is named for what the request is about: `flight_search` for who wants to fly. */
export function isFor(tool: string, request: Request, { objects }: Vocabulary): boolean {
  return nameWords(tool).map(stem).some((word) => request.names.has(word) || objects.get(word)?.some((group) => request.objects.has(group)) === true)
}
