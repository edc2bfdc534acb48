import { compileSegment, matchSegment, type Segment } from './glob.ts'

/** `server/tool` for an MCP tool, `tool` for a tool of the agent itself. Both parts are globs. */
export interface ToolPattern {
  server: Segment | undefined
  name: Segment
}

/** Reads a tool pattern; undefined when it has more than one `/` or an empty part. */
export function parseToolPattern(text: string): ToolPattern | undefined {
  const parts = text.split('/')
  if (parts.length > 2 || parts.some((part) => part === '' || part === '**')) return undefined
  const [first, second] = parts.map(compileSegment)
  return second === undefined ? { server: undefined, name: first! } : { server: first!, name: second }
}

interface Node<T> {
  literals: Map<string, T[]>
  globs: { segment: Segment; value: T }[]
}

/** Finds the tool patterns that match a server and a tool, by name where both are literal. */
export class ToolIndex<T> {
  readonly #own: Node<T> = emptyNode()
  readonly #servers = new Map<string, Node<T>>()
  readonly #serverGlobs: { segment: Segment; node: Node<T> }[] = []

  add({ server, name }: ToolPattern, value: T): void {
    const at = server === undefined ? this.#own : this.#nodeOf(server)
    if (typeof name !== 'string') at.globs.push({ segment: name, value })
    else at.literals.set(name, [...(at.literals.get(name) ?? []), value])
  }

  match(server: string | undefined, name: string, found: (value: T) => void): void {
    if (server === undefined) return visit(this.#own, name, found)
    const literal = this.#servers.get(server)
    if (literal) visit(literal, name, found)
    for (const { segment, node } of this.#serverGlobs) if (matchSegment(segment, server)) visit(node, name, found)
  }

  #nodeOf(server: Segment): Node<T> {
    const existing = typeof server === 'string' ? this.#servers.get(server) : undefined
    const at = existing ?? emptyNode<T>()
    if (typeof server === 'string') this.#servers.set(server, at)
    else this.#serverGlobs.push({ segment: server, node: at })
    return at
  }
}

function emptyNode<T>(): Node<T> {
  return { literals: new Map(), globs: [] }
}

function visit<T>(at: Node<T>, name: string, found: (value: T) => void): void {
  at.literals.get(name)?.forEach(found)
  for (const { segment, value } of at.globs) if (matchSegment(segment, name)) found(value)
}
