import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { Result } from '../../contract/result.ts'
import { readSettings, writeSettings } from '../settings-file.ts'

const Kept = z.object({
  file: z.string(),
  /** What of the containers around its entry Paddock has made. */
  made: z.enum(['group', 'list', 'hooks', 'file']),
  /** SHA-256 of the settings as Paddock wrote them: the backup is good for exactly these. */
  written: z.string(),
  /** False when there was no settings file. */
  existed: z.boolean(),
})

/** What is kept of a settings file from connecting to disconnecting. */
export interface KeptSettings {
  made: z.infer<typeof Kept>['made']
  written: string
  /** The settings without Paddock's entry; undefined when there was no file. */
  text: string | undefined
}

/** The backup of one settings file: its text beside a record of what was done to it, the user's alone. */
export class Backup {
  readonly #file: string
  readonly #text: string
  readonly #record: string

  constructor(folder: string, file: string) {
    const name = `claude-code-${createHash('sha256').update(file).digest('hex').slice(0, 12)}`
    this.#file = file
    this.#text = join(folder, `${name}.settings.json`)
    this.#record = join(folder, `${name}.json`)
  }

  /** Undefined when Paddock is not connected, and also when the backup can't be read. */
  read(): KeptSettings | undefined {
    try {
      const { made, written, existed } = Kept.parse(JSON.parse(readFileSync(this.#record, 'utf8')))
      const text = existed ? readSettings(this.#text) : undefined
      if (!text) return { made, written, text: undefined }
      return text.ok && text.value !== undefined ? { made, written, text: text.value } : undefined
    } catch {
      return undefined
    }
  }

  keep({ made, written, text }: KeptSettings): Result<void, string> {
    const record = { file: this.#file, made, written, existed: text !== undefined }
    const kept = writeSettings(this.#text, text)
    return kept.ok ? writeSettings(this.#record, `${JSON.stringify(record, null, 2)}\n`) : kept
  }

  forget(): void {
    rmSync(this.#record, { force: true })
    rmSync(this.#text, { force: true })
  }
}
