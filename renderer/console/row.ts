import type { EventBody, TimelineEvent } from '../../electron/contract/event.ts'
import { callSubject } from '../../electron/contract/describe.ts'
import type { Reach } from '../../electron/contract/request.ts'
import type { Tone } from '../ui/VerdictWord.tsx'

/** One line of the timeline. */
export interface Row {
  tone: Tone
  /** The verdict, or what kind of event it is, in one word. */
  word: string
  agent: string
  /** The tool in the agent's own words; empty for events that are not calls. */
  tool: string
  subject: string
  /** Who decided, or more about the event. */
  by: string
}

/** How the timeline shows an event. */
export function rowOf({ body }: TimelineEvent): Row {
  switch (body.kind) {
    case 'decision':
      return {
        tone: body.verdict,
        word: body.verdict === 'allow' ? 'Allowed' : 'Denied',
        agent: body.caller.agent,
        tool: body.toolName,
        subject: callSubject(body.call),
        by: BY[body.by],
      }
    case 'asked':
      return {
        tone: 'ask',
        word: 'Asked',
        agent: body.caller.agent,
        tool: body.toolName,
        subject: callSubject(body.call),
        by: 'you were asked',
      }
    case 'withdrawn':
      return { tone: 'note', word: 'Withdrawn', agent: body.caller.agent, tool: '', subject: 'The agent stopped waiting.', by: '' }
    case 'unreadable':
      return { tone: 'deny', word: 'Denied', agent: body.agent, tool: '', subject: body.message, by: 'not readable' }
    case 'grant':
      return {
        tone: 'note',
        word: body.change === 'given' ? 'Grant' : 'Revoked',
        agent: body.agent,
        tool: '',
        subject: body.rules.join(', '),
        by: howLong(body.remember),
      }
    case 'policy':
      return body.errors.length > 0
        ? { tone: 'alert', word: 'Policy', agent: '', tool: '', subject: body.errors.join(' '), by: `revision ${body.revision} stays` }
        : { tone: 'note', word: 'Policy', agent: '', tool: '', subject: `Policy in force${filesOf(body.files.length)}.`, by: `revision ${body.revision}` }
    case 'contained':
      return { tone: body.change === 'refused' ? 'alert' : 'note', word: 'Contained', agent: body.agent, tool: '', subject: `${body.message} ${body.workspace}`, by: body.change }
    case 'session':
      return { tone: body.change === 'paused' ? 'alert' : 'note', word: SESSION[body.change], agent: body.agent, tool: '', subject: body.message, by: `session ${body.session}` }
    case 'knowledge':
      return body.errors.length > 0
        ? { tone: 'alert', word: 'Knowledge', agent: '', tool: '', subject: body.errors.join(' '), by: 'what was known stays' }
        : { tone: 'note', word: 'Knowledge', agent: '', tool: '', subject: 'What the monitor knows was read anew.', by: '' }
    case 'connection':
      return {
        tone: 'note',
        word: body.change === 'connected' ? 'Connected' : 'Left',
        agent: body.agent,
        tool: '',
        subject: body.file,
        by: body.change,
      }
    case 'canary':
      return { tone: body.held ? 'note' : 'alert', word: 'Canary', agent: body.agent, tool: '', subject: body.message, by: body.held ? 'held' : 'not held' }
    case 'finding':
      return { tone: body.finding.severity === 'high' ? 'alert' : 'note', word: 'Finding', agent: body.finding.agent ?? '', tool: '', subject: body.finding.message, by: body.finding.severity }
    case 'response':
      return { tone: 'note', word: RESPONSES[body.action], agent: body.agent, tool: '', subject: body.message, by: `process ${body.pid}` }
    case 'operator':
      return {
        tone: body.change === 'refused' ? 'alert' : 'note',
        word: body.change === 'refused' ? 'Refused' : 'Operator',
        agent: '',
        tool: '',
        subject: body.message,
        by: body.change,
      }
    case 'journal':
      return { tone: 'alert', word: 'Journal', agent: '', tool: '', subject: body.message, by: '' }
    case 'broker':
      return { tone: 'note', word: 'Paddock', agent: '', tool: '', subject: `Broker ${body.change}, version ${body.version}.`, by: `process ${body.pid}` }
  }
}

const SESSION = { paused: 'Paused', resumed: 'Resumed', ended: 'Ended' } as const

function howLong(remember: Reach): string {
  if (remember === 'rule') return 'rule written'
  if (remember === 'folder') return 'for the folder'
  if (remember === 'session') return 'for the session'
  return remember === 'once' ? 'for the call' : `for ${remember}`
}

const RESPONSES: Record<Extract<EventBody, { kind: 'response' }>['action'], string> = { pause: 'Paused', resume: 'Resumed', end: 'Ended', authorize: 'Authorised', ignore: 'Ignored', restart: 'Restarted' }

const BY: Record<Extract<EventBody, { kind: 'decision' }>['by'], string> = {
  policy: 'by policy',
  grant: 'by a grant',
  operator: 'by you',
  timeout: 'nobody answered',
  failure: 'Paddock failed',
}

function filesOf(count: number): string {
  if (count === 0) return ''
  return count === 1 ? ', 1 file read' : `, ${count} files read`
}

/** Which rows to show. */
export interface Filter {
  tone: 'all' | 'allow' | 'ask' | 'deny' | 'other'
  /** Every word must occur in the row. */
  text: string
}

export function matches(row: Row, filter: Filter): boolean {
  const group = row.tone === 'note' || row.tone === 'alert' ? 'other' : row.tone
  if (filter.tone !== 'all' && filter.tone !== group) return false
  const haystack = `${row.word} ${row.agent} ${row.tool} ${row.subject} ${row.by}`.toLowerCase()
  return filter.text.toLowerCase().split(/\s+/).every((word) => haystack.includes(word))
}
