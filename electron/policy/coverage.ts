import { inRange, parseAddress } from './address.ts'
import { parseCommandPattern, type CommandPattern } from './command-index.ts'
import { compileSegment, expandBraces, segmentCovers, segmentsCover, type Segment } from './glob.ts'
import { parseHostPattern, type HostPattern } from './host-index.ts'
import type { Section } from './rule.ts'
import { parseToolPattern, type ToolPattern } from './tool-index.ts'
import { expandVariables, type Variables } from './variables.ts'

/** One of the patterns that a rule stands for, once variables and braces are written out. */
export type Alternative =
  | { kind: 'path'; text: string; segments: readonly Segment[] }
  | { kind: 'command'; text: string; pattern: CommandPattern }
  | { kind: 'host'; text: string; pattern: HostPattern }
  | { kind: 'tool'; text: string; pattern: ToolPattern }

/** All that a pattern stands for, as the indexes read it. */
export function alternativesOf(section: Section, pattern: string, variables: Variables): Alternative[] {
  return expandVariables(pattern, variables).flatMap((expanded): Alternative[] => {
    switch (section) {
      case 'files.read':
      case 'files.write':
      case 'files.delete':
        return (expandBraces(atHome(expanded, variables)) ?? []).map((text) => ({ kind: 'path', text, segments: segmentsOf(text) }))
      case 'commands':
        return (expandBraces(expanded) ?? []).flatMap((text) => {
          const parsed = parseCommandPattern(text)
          return parsed ? [{ kind: 'command' as const, text, pattern: parsed }] : []
        })
      case 'network':
      case 'listen': {
        const parsed = parseHostPattern(expanded)
        return 'pattern' in parsed ? [{ kind: 'host', text: expanded, pattern: parsed.pattern }] : []
      }
      case 'tools': {
        const parsed = parseToolPattern(expanded)
        return parsed ? [{ kind: 'tool', text: expanded, pattern: parsed }] : []
      }
    }
  })
}

/**
 * Whether `general` matches every effect that `special` matches, both of one section. In doubt no, so a yes can be relied
 * on. `forbids`: `general` is a rule that asks or denies, which knows a program by the last part of any path as well.
 */
export function covers(general: Alternative, special: Alternative, forbids: boolean): boolean {
  if (general.kind === 'path' && special.kind === 'path') return segmentsCover(general.segments, special.segments)
  if (general.kind === 'command' && special.kind === 'command') return commandCovers(general.pattern, special.pattern, forbids)
  if (general.kind === 'host' && special.kind === 'host') return hostCovers(general.pattern, special.pattern)
  if (general.kind === 'tool' && special.kind === 'tool') return toolCovers(general.pattern, special.pattern)
  return false
}

function commandCovers(general: CommandPattern, { words, open }: CommandPattern, forbids: boolean): boolean {
  const [program, ...rest] = words
  if (program === undefined) return false
  const named: Segment[] = forbids && typeof program === 'string' ? [program, program.slice(program.lastIndexOf('/') + 1)] : [program]
  return named.some((name) => wordsCover(general, [name, ...rest], open))
}

function wordsCover(general: CommandPattern, words: readonly Segment[], open: boolean): boolean {
  const longEnough = general.open ? words.length >= general.words.length : !open && words.length === general.words.length
  return longEnough && general.words.every((word, at) => segmentCovers(word, words[at]!))
}

function hostCovers(general: HostPattern, special: HostPattern): boolean {
  if (general.port !== undefined && general.port !== special.port) return false
  switch (general.kind) {
    case 'any':
      return special.kind !== 'socket'
    case 'socket':
      return special.kind === 'socket' && special.path === general.path
    case 'name':
      return special.kind === 'name' && special.name === general.name
    case 'below':
      return (
        (special.kind === 'name' && special.name.endsWith(`.${general.domain}`)) ||
        (special.kind === 'below' && `.${special.domain}`.endsWith(`.${general.domain}`))
      )
    case 'range': {
      if (special.kind === 'name') return /(^|\.)localhost$/.test(special.name) && general.ranges.some((range) => inRange(LOOPBACK, range))
      return special.kind === 'range' && special.ranges.every(({ base, bits }) => general.ranges.some((range) => range.bits <= bits && inRange(base, range)))
    }
  }
}

const LOOPBACK = parseAddress('127.0.0.1')!

function toolCovers(general: ToolPattern, special: ToolPattern): boolean {
  if (general.server === undefined || special.server === undefined) return general.server === special.server && segmentCovers(general.name, special.name)
  return segmentCovers(general.server, special.server) && segmentCovers(general.name, special.name)
}

function atHome(pattern: string, variables: Variables): string {
  return pattern.startsWith('~/') ? (expandVariables(`\${home}${pattern.slice(1)}`, variables)[0] ?? pattern) : pattern
}

function segmentsOf(pattern: string): Segment[] {
  const parts = pattern.split('/')
  if (parts[0] === '') parts.shift()
  if (parts.at(-1) === '') parts.pop()
  return parts.map(compileSegment)
}
