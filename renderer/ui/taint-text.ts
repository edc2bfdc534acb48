import type { Taint } from '../../electron/contract/deviation.ts'

/** What a session has read and holds, in one line: `has read: example.com; holds: .env; may not send without asking`. */
export function taintText({ read, holds }: Taint): string {
  const parts = [read.length > 0 ? `has read: ${read.join(', ')}` : '', holds.length > 0 ? `holds: ${holds.join(', ')}` : '']
  if (read.length > 0 && holds.length > 0) parts.push('may not send without asking')
  return parts.filter((part) => part !== '').join('; ')
}
