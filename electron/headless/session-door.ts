import type { IncomingMessage, ServerResponse } from 'node:http'
import * as z from 'zod'
import { isOfOurPage } from './guard.ts'
import { OneTimeCodes, type Redeemed } from './one-time-codes.ts'
import { Sessions } from './sessions.ts'

const COOKIE = 'paddock'
const Presented = z.strictObject({ code: z.string().min(1).max(100) })

/** How a page becomes the operator's: it presents a code once (`POST /session`) and holds a session from then on. */
export class SessionDoor {
  private readonly sessions = new Sessions()
  private readonly codes: OneTimeCodes
  private readonly refused: (message: string) => void

  /** `announce` is told each fresh code, `refused` each attempt that failed. */
  constructor(announce: (code: string) => void, refused: (message: string) => void) {
    this.codes = new OneTimeCodes(announce)
    this.refused = refused
  }

  /** Whether the request comes from a page that holds a session. `key` is the half that the page itself keeps. */
  admits(request: IncomingMessage, key: string | undefined): boolean {
    return this.sessions.has(cookieOf(request), key)
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const key = request.headers.authorization?.replace(/^Bearer /, '')
      response.writeHead(this.admits(request, key) ? 204 : 401).end()
      return
    }
    if (request.method !== 'POST') return sendMessage(response, 405, 'GET or POST.')
    if (!isOfOurPage(request)) return this.refuse(response, 403, 'The code must come from the page that Paddock serves.')
    const presented = Presented.safeParse(await readJson(request))
    if (!presented.success) return sendMessage(response, 400, 'Not a code.')

    const outcome = this.codes.redeem(presented.data.code)
    if (outcome !== 'accepted') return this.refuse(response, outcome === 'locked' ? 429 : 403, MESSAGES[outcome])
    const { cookie, key } = this.sessions.start()
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'set-cookie': `${COOKIE}=${cookie}; HttpOnly; SameSite=Strict; Path=/`,
      })
      .end(JSON.stringify({ key }))
  }

  private refuse(response: ServerResponse, status: number, message: string): void {
    this.refused(message)
    sendMessage(response, status, message)
  }
}

const MESSAGES: Record<Exclude<Redeemed, 'accepted'>, string> = {
  wrong: 'This code is not the one that Paddock announced. Copy the whole address from its terminal.',
  used: 'This code was used already. Paddock has announced a new address in its terminal: open that one.',
  expired: 'This code is older than ten minutes. Paddock has announced a new address in its terminal: open that one.',
  locked: 'Too many wrong codes. Wait a minute, then open the newest address from Paddock’s terminal.',
}

/** An error as the page reads it. */
export function sendMessage(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
}

function cookieOf(request: IncomingMessage): string | undefined {
  for (const pair of request.headers.cookie?.split(';') ?? []) {
    const [name, value] = pair.trim().split('=')
    if (name === COOKIE) return value
  }
  return undefined
}

/** The body as JSON; undefined when it is not JSON or longer than a code can be. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('utf8')
    if (text.length > 1024) return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
