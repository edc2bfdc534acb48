import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { AgentId } from '../../contract/ids.ts'
import type { Connection, ConnectionPlan } from '../../contract/operator.ts'
import { err, ok, type Result } from '../../contract/result.ts'
import type { ConnectionChange, Trial } from '../connector.ts'
import { readSettings, whyReadOnly, writeSettings } from '../settings-file.ts'
import { Backup } from './backup.ts'
import { hookEntry, hookGroup, type HookGroup, type HookProgram } from './hook-entry.ts'
import { isExactly, parseSettings, withGroup, withoutGroups, type Made } from './settings-text.ts'

export const CLAUDE_CODE = AgentId.parse('claude-code')

/** Where this user's Claude Code and Paddock are. */
export interface Site {
  home: string
  env: Readonly<Record<string, string | undefined>>
  /** The folder for what is needed to disconnect. */
  backups: string
  program: HookProgram
}

/** The folder of the user's settings. */
export function configFolder(site: Site): string {
  return site.env['CLAUDE_CONFIG_DIR'] || join(site.home, '.claude')
}

/** The settings file as it is and as it would be; `made` when Paddock's entry is added. */
interface Change {
  before: string | undefined
  after: string | undefined
  base?: string | undefined
  made?: Made
}

/** Paddock's entry in the user settings of Claude Code: whether it is there, and how it gets there and away again. */
export class SettingsConnection {
  readonly #site: Site
  readonly #file: string
  readonly #group: HookGroup
  readonly #backup: Backup

  constructor(site: Site) {
    this.#site = site
    this.#file = join(configFolder(site), 'settings.json')
    this.#group = hookGroup(site.program)
    this.#backup = new Backup(site.backups, this.#file)
  }

  inspect(): Connection {
    const { state, note } = this.#state()
    return {
      agent: CLAUDE_CODE,
      name: 'Claude Code',
      installed: isInstalled(this.#site),
      state,
      level: state === 'connected' ? 'hooked' : 'observed',
      file: this.#file,
      ...(note === undefined ? {} : { note }),
    }
  }

  #state(): { state: Connection['state']; note?: string } {
    const wasConnected = this.#backup.read() !== undefined
    const gone = wasConnected ? 'altered' : 'not-connected'
    const text = readSettings(this.#file)
    if (!text.ok) return { state: gone, note: text.error }
    const settings = parseSettings(orEmpty(text.value))
    if (!settings.ok) return { state: gone, note: this.#unusable(settings.error) }
    const { paddocks, allHooksDisabled } = settings.value
    if (paddocks.length === 0)
      return wasConnected ? { state: 'altered', note: "Paddock's entry was taken out of this file." } : { state: gone }
    if (!isExactly(paddocks, this.#group))
      return { state: 'altered', note: "Paddock's entry was changed, or is another installation's. Connect again to renew it." }
    if (allHooksDisabled) return { state: 'altered', note: '"disableAllHooks" is set in this file.' }
    const missing = [this.#site.program.node, this.#site.program.client].find((file) => !existsSync(file))
    if (missing !== undefined)
      return { state: 'altered', note: `${missing} is missing, so every call is refused. Install Paddock again.` }
    return { state: 'connected' }
  }

  trial(tool: string, input: Readonly<Record<string, string>>): Trial | undefined {
    // Connected: the entry in the file is exactly this one.
    if (this.#state().state !== 'connected') return undefined
    const { command, args } = hookEntry(this.#site.program)
    const message = { hook_event_name: 'PreToolUse', session_id: 'paddock-canary', cwd: this.#site.home, tool_name: tool, tool_input: input }
    return { command, args, payload: JSON.stringify(message) }
  }

  plan(change: ConnectionChange): Result<ConnectionPlan, string> {
    const planned = this.#change(change)
    if (!planned.ok) return planned
    const { before, after } = planned.value
    const readOnly = before === after ? undefined : whyReadOnly(this.#file)
    if (readOnly !== undefined) return err(readOnly)
    const digest = sha256(JSON.stringify([CLAUDE_CODE, change, this.#file, before ?? null, after ?? null]))
    return ok({ agent: CLAUDE_CODE, file: this.#file, diff: this.#diff(planned.value), digest })
  }

  apply(change: ConnectionChange, digest: string): Result<void, string> {
    const planned = this.#change(change)
    if (!planned.ok) return planned
    const plan = this.plan(change)
    if (!plan.ok) return plan
    if (plan.value.digest !== digest)
      return err(`${this.#file} has changed since this was shown, so nothing was done. Look at the change again.`)
    const { before, after, base, made } = planned.value
    if (made !== undefined && after !== undefined) {
      const kept = this.#backup.keep({ made, written: sha256(after), text: base })
      if (!kept.ok) return kept
    }
    const written = before === after ? ok(undefined) : writeSettings(this.#file, after)
    if (written.ok && change === 'disconnect') this.#backup.forget()
    return written
  }

  #change(change: ConnectionChange): Result<Change, string> {
    const before = readSettings(this.#file)
    if (!before.ok) return before
    return change === 'connect' ? this.#connected(before.value) : this.#disconnected(before.value)
  }

  #connected(before: string | undefined): Result<Change, string> {
    const settings = parseSettings(orEmpty(before))
    if (!settings.ok) return err(this.#unusable(settings.error))
    if (settings.value.allHooksDisabled)
      return err(`"disableAllHooks" is set in ${this.#file}, so Claude Code would never ask Paddock. Take it out first.`)
    if (isExactly(settings.value.paddocks, this.#group)) return ok({ before, after: before })
    const base = this.#disconnected(before)
    if (!base.ok) return base
    const added = withGroup(base.value.after, this.#group)
    if (!added.ok) return err(this.#unusable(added.error))
    return ok({ before, after: added.value.text, base: base.value.after, made: added.value.made })
  }

  /** Byte for byte what was there before connecting, unless the user has changed something since. */
  #disconnected(before: string | undefined): Result<Change, string> {
    const kept = this.#backup.read()
    if (before === undefined || before.trim() === '') return ok({ before, after: before })
    if (kept && kept.written === sha256(before)) return ok({ before, after: kept.text })
    const without = withoutGroups(before, kept?.made ?? 'group')
    return without.ok ? ok({ before, after: without.value }) : err(this.#unusable(without.error))
  }

  #diff({ before, after }: Change): string {
    if (before === after) return ''
    const name = (text: string | undefined): string => (text === undefined ? '/dev/null' : this.#file)
    return createTwoFilesPatch(name(before), name(after), before ?? '', after ?? '', undefined, undefined, {
      context: 3,
      headerOptions: FILE_HEADERS_ONLY,
    })
  }

  #unusable(why: string): string {
    return `${this.#file} ${why}. Claude Code ignores such a file whole, with every hook in it. Correct it, then try again.`
  }
}

/** No settings at all are settings without anything in them. */
const orEmpty = (text: string | undefined): string => (text === undefined || text.trim() === '' ? '{}' : text)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Looks for the program where its installers put it; never runs it. */
function isInstalled({ home, env }: Site): boolean {
  const folders = [
    ...(env['PATH'] ?? '').split(delimiter).filter(Boolean),
    join(home, '.local/bin'),
    join(home, '.claude/local'),
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ]
  const names = process.platform === 'win32' ? ['claude.exe', 'claude.cmd'] : ['claude']
  return folders.some((folder) => names.some((name) => existsSync(join(folder, name))))
}
