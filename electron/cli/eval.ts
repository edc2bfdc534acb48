import { createInterface } from 'node:readline'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { Call } from '../contract/call.ts'
import { AgentId } from '../contract/ids.ts'
import { err, ok, type Result } from '../contract/result.ts'
import { effectsOf } from '../effects/effects-of.ts'
import { foldersOf, userPolicies, type Folders } from '../broker/folders.ts'
import { loadLibrary, loadShipped, readFolder, readSource, type Shipped } from '../broker/policy-files.ts'
import { shownFolder } from '../broker/policy-store.ts'
import { canonicalPath, realWorld } from '../broker/real-world.ts'
import { variablesOf } from '../broker/variables.ts'
import { connectorsFor } from '../connectors/installed.ts'
import { PolicyBook, type Library } from '../policy/book.ts'
import { decide } from '../policy/decide.ts'
import { parsePolicy, formatError } from '../policy/parse.ts'
import { resolvePolicy, type Policy } from '../policy/resolve.ts'

export interface EvalOptions {
  /** Names or files; these alone decide, besides the floor. Without any: what is in force for the agent. */
  policy: readonly string[]
  agent: string
  workspace: string
  home?: string
}

const Line = z.object({ id: z.string().optional(), call: Call })

/** Judges one call. */
export type Judge = (call: Call) => object

/**
 * `paddock eval`: judges calls from JSON lines on `input` and writes a line for each. A line that can't be read gets an
 * error of its own and the rest go on. Resolves to the exit code.
 */
export async function evalCommand(options: EvalOptions, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<number> {
  const judge = prepare(options, foldersOf({ ...process.env, ...(options.home !== undefined && { HOME: resolve(options.home) }) }))
  if (!judge.ok) {
    process.stderr.write(`${judge.error.join('\n')}\n`)
    return 2
  }
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    output.write(`${JSON.stringify(answer(line, judge.value))}\n`)
  }
  return 0
}

function answer(line: string, judge: Judge): object {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { error: `not JSON: ${(error as Error).message}` }
  }
  const id = z.object({ id: z.string() }).safeParse(value).data?.id
  const parsed = Line.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { ...(id !== undefined && { id }), error: `${issue?.path.join('.') || 'line'}: ${issue?.message ?? 'not a call'}` }
  }
  return { ...(id !== undefined && { id }), ...judge(parsed.data.call) }
}

/** Reads the policies once; everything after that is in memory, but for the links and folders that calls name. */
export function prepare(options: EvalOptions, folders: Folders): Result<Judge, string[]> {
  const agent = AgentId.safeParse(options.agent)
  if (!agent.success) return err([`--agent ${options.agent}: ${agent.error.issues[0]?.message ?? ''}`])
  const shipped = loadShipped(folders.shipped)
  if (!shipped.ok) return shipped
  const library = options.policy.length > 0 ? named(options.policy, shipped.value, folders) : inForce(shipped.value, folders)
  if (!library.ok) return library

  const { knowledge } = shipped.value
  const guarded = connectorsFor(folders).flatMap((connector) => connector.guardedFiles)
  const book = new PolicyBook(library.value, variablesOf(folders, knowledge, guarded), process.platform !== 'linux')
  const world = realWorld(canonicalPath(folders.home))
  const workspace = canonicalPath(resolve(options.workspace))
  const policy = book.compiledFor({ agent: agent.data, workspace })
  return ok((call) => {
    const cwd = canonicalPath(resolve(workspace, call.cwd ?? '.'))
    const { verdict, effects, reasons } = decide(effectsOf(call, { cwd, workspace, world, knowledge }), policy)
    return { decision: verdict, effects, reasons }
  })
}

function inForce(shipped: Shipped, folders: Folders): Result<Library, string[]> {
  const sources = readFolder(userPolicies(folders), shownFolder(folders))
  return sources.ok ? loadLibrary(shipped, sources.value) : err([sources.error])
}

/** Exactly the policies that were named, for whatever agent and workspace. */
function named(names: readonly string[], shipped: Shipped, folders: Folders): Result<Library, string[]> {
  const own = inForce(shipped, folders)
  const policies: Policy[] = []
  for (const name of names) {
    const known = own.ok ? [...own.value.user, ...own.value.shipped].find((policy) => policy.name === name) : undefined
    const policy = known ? ok(known) : fromFile(name, shipped, own)
    if (!policy.ok) return policy
    const { agents: _agents, workspaces: _workspaces, ...everywhere } = policy.value
    policies.push(everywhere)
  }
  return ok({ floor: [shipped.floor], shipped: [], user: policies })
}

function fromFile(path: string, shipped: Shipped, own: Result<Library, string[]>): Result<Policy, string[]> {
  if (!existsSync(path)) {
    if (!own.ok) return own
    const names = [...own.value.user, ...own.value.shipped].map((policy) => policy.name)
    return err([`--policy ${path}: no such file, and no policy of that name; known are ${names.join(', ')}`])
  }
  const source = readSource(path, path)
  if (!source.ok) return err([source.error])
  const parsed = parsePolicy(source.value.text, path)
  const resolved = parsed.ok ? resolvePolicy(parsed.value, 'user', shipped.files) : parsed
  return resolved.ok ? resolved : err(resolved.error.map(formatError))
}
