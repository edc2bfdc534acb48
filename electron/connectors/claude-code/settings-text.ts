import { isDeepStrictEqual } from 'node:util'
import { getNodeValue, parseTree, type Node, type ParseError } from 'jsonc-parser'
import * as z from 'zod'
import { err, ok, type Result } from '../../contract/result.ts'
import { isPaddocks, type HookGroup } from './hook-entry.ts'

// Edits of a Claude Code settings file as text, so that everything the user wrote stays as it was written.

const Group = z.looseObject({
  matcher: z.string().optional(),
  hooks: z.array(z.looseObject({ type: z.string() })),
})

/**
 * The forms of settings that matter here. Where one is wrong, Claude Code 2.1.330 ignores the whole file, and with it
 * every hook. The other settings may be anything.
 */
const Settings = z.looseObject({
  hooks: z.looseObject({ PreToolUse: z.array(Group).optional() }).optional(),
  disableAllHooks: z.boolean().optional(),
  model: z.string().optional(),
  permissions: z.looseObject({}).optional(),
  env: z.looseObject({}).optional(),
  cleanupPeriodDays: z.number().optional(),
  statusLine: z.looseObject({}).optional(),
  sandbox: z.looseObject({}).optional(),
  enabledPlugins: z.looseObject({}).optional(),
})

/** A settings file, read. */
export interface ParsedSettings {
  /** Paddock's groups under `hooks.PreToolUse`, whatever state they are in. */
  paddocks: HookGroup[]
  allHooksDisabled: boolean
}

/** What of the containers around its group Paddock has made: nothing, the list, `hooks` as well, or the whole file. */
export type Made = 'group' | 'list' | 'hooks' | 'file'

/** Reads settings the way Claude Code does. The error completes "the file ...". */
export function parseSettings(text: string): Result<ParsedSettings, string> {
  const root = parseRoot(text)
  if (!root.ok) return root
  const settings = Settings.parse(getNodeValue(root.value))
  const groups = settings.hooks?.PreToolUse ?? []
  return ok({ paddocks: groups.filter(isPaddocks), allHooksDisabled: settings.disableAllHooks === true })
}

/** The settings with `group` at the end of `hooks.PreToolUse`, and what had to be made for it. */
export function withGroup(text: string | undefined, group: HookGroup): Result<{ text: string; made: Made }, string> {
  if (text === undefined || bare(text).trim() === '') {
    const fresh = JSON.stringify({ hooks: { PreToolUse: [group] } }, null, 2)
    return ok({ text: `${fresh}\n`, made: 'file' })
  }
  const root = parseRoot(text)
  if (!root.ok) return root
  const hooks = property(root.value, 'hooks')
  const list = hooks && property(hooks, 'PreToolUse')
  if (list) return ok({ text: append(text, list, undefined, group), made: 'group' })
  if (hooks) return ok({ text: append(text, hooks, 'PreToolUse', [group]), made: 'list' })
  return ok({ text: append(text, root.value, 'hooks', { PreToolUse: [group] }), made: 'hooks' })
}

/**
 * The settings without any group of Paddock's, and without the containers that were made for it where nothing else is
 * in them now; undefined when nothing is left of a file that was made for it.
 */
export function withoutGroups(text: string, made: Made): Result<string | undefined, string> {
  let rest = text
  for (;;) {
    const root = parseRoot(rest)
    if (!root.ok) return root
    const hooks = property(root.value, 'hooks')
    const list = hooks && property(hooks, 'PreToolUse')
    const group = list?.children?.find((node) => isPaddocks(getNodeValue(node)))
    if (group) rest = remove(rest, group)
    else if (rest === text) return ok(text)
    else if (list && made !== 'group' && isEmpty(list)) rest = remove(rest, list.parent!)
    else if (hooks && (made === 'hooks' || made === 'file') && isEmpty(hooks)) rest = remove(rest, hooks.parent!)
    else return ok(made === 'file' && isEmpty(root.value) ? undefined : rest)
  }
}

const isEmpty = (container: Node): boolean => (container.children ?? []).length === 0

/** The value of a property; keys are unique here, `parseRoot` has seen to that. */
function property(object: Node, key: string): Node | undefined {
  return object.children?.find((child) => child.children?.[0]?.value === key)?.children?.[1]
}

const bare = (text: string): string => (text.startsWith('\uFEFF') ? text.slice(1) : text)

/** The syntax tree of settings that Claude Code would take, with offsets into `text`. */
function parseRoot(text: string): Result<Node, string> {
  // A byte order mark is let through by Claude Code; a space in its place keeps the offsets.
  const readable = text.startsWith('\uFEFF') ? ` ${bare(text)}` : text
  const errors: ParseError[] = []
  const root = parseTree(readable, errors, { disallowComments: true, allowTrailingComma: false })
  if (!root || !isJson(readable))
    return err(`is not strict JSON, which has no comments and no trailing commas (${position(readable, errors[0]?.offset ?? 0)})`)
  if (root.type !== 'object') return err('is not a JSON object')
  const twice = repeatedKey(root) ?? repeatedKey(property(root, 'hooks'))
  if (twice !== undefined) return err(`has the key "${twice}" twice`)
  const settings = Settings.safeParse(getNodeValue(root))
  const issue = settings.error?.issues[0]
  if (issue) return err(`has a setting of the wrong kind ("${issue.path.join('.')}": ${issue.message})`)
  return ok(root)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function position(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

function repeatedKey(object: Node | undefined): string | undefined {
  const keys = (object?.children ?? []).map((child) => String(child.children?.[0]?.value))
  return keys.find((key, index) => keys.indexOf(key) !== index)
}

/** Adds a member at the end of an object (with `key`) or array, in the style of the text around it. */
function append(text: string, container: Node, key: string | undefined, value: unknown): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const unit = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
  const close = container.offset + container.length - 1
  const last = container.children?.at(-1)
  const inner = text.slice(container.offset + 1, close)
  const name = key === undefined ? '' : `${JSON.stringify(key)}: `

  if (last && !inner.includes('\n')) return splice(text, end(last), end(last), `, ${name}${JSON.stringify(value)}`)
  const outerIndent = indentAt(text, container.offset)
  const indent = last ? indentAt(text, last.offset) : outerIndent + unit
  const member = `${eol}${indent}${name}${JSON.stringify(value, null, unit).replaceAll('\n', eol + indent)}`
  if (last) return splice(text, end(last), end(last), `,${member}`)
  return splice(text, container.offset + 1, close, `${member}${eol}${outerIndent}`)
}

/** Takes a member out of its object or array, with the comma and the white space that belong to it. */
function remove(text: string, member: Node): string {
  const container = member.parent!
  const siblings = container.children!
  const at = siblings.indexOf(member)
  const before = siblings[at - 1]
  const after = siblings[at + 1]
  if (before) return splice(text, end(before), end(member), '')
  if (after) return splice(text, member.offset, after.offset, '')
  return splice(text, container.offset + 1, container.offset + container.length - 1, '')
}

const end = (node: Node): number => node.offset + node.length

const splice = (text: string, from: number, to: number, insert: string): string =>
  text.slice(0, from) + insert + text.slice(to)

/** The white space that begins the line of an offset. */
function indentAt(text: string, offset: number): string {
  const line = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(line, offset))?.[0] ?? ''
}

/** Whether `paddocks` is exactly what `group` says, once. */
export function isExactly(paddocks: readonly HookGroup[], group: HookGroup): boolean {
  return paddocks.length === 1 && isDeepStrictEqual(paddocks[0], group)
}
