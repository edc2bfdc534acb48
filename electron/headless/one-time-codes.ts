import { createHash, randomBytes } from 'node:crypto'

const VALID_MS = 10 * 60_000
const TRIES = 5
const TRIES_WITHIN_MS = 60_000
const LOCKED_MS = 60_000

/** What presenting a code came to. */
export type Redeemed = 'accepted' | 'wrong' | 'used' | 'expired' | 'locked'

/**
 * Codes that open a session, one at a time. A code works once, for ten minutes; when it is used or found expired the
 * next is announced. Five wrong codes within a minute lock the door for a minute, also for the right one.
 */
export class OneTimeCodes {
  private readonly announce: (code: string) => void
  private readonly now: () => number
  private readonly spent = new Map<string, 'used' | 'expired'>()
  private current = { hash: '', expires: 0 }
  private wrongTries: number[] = []
  private lockedUntil = 0

  /** `now` gives milliseconds since the epoch. */
  constructor(announce: (code: string) => void, now: () => number = Date.now) {
    this.announce = announce
    this.now = now
    this.renew()
  }

  redeem(code: string): Redeemed {
    const now = this.now()
    if (now < this.lockedUntil) return 'locked'
    // Only hashes are compared, so the time it takes says nothing about the code.
    const hash = hashOf(code)
    if (hash === this.current.hash) {
      const outcome = now < this.current.expires ? 'used' : 'expired'
      this.spent.set(hash, outcome)
      this.renew()
      return outcome === 'used' ? 'accepted' : 'expired'
    }
    return this.spent.get(hash) ?? this.wrong(now)
  }

  private wrong(now: number): Redeemed {
    this.wrongTries = [...this.wrongTries.filter((at) => now - at < TRIES_WITHIN_MS), now]
    if (this.wrongTries.length >= TRIES) {
      this.lockedUntil = now + LOCKED_MS
      this.wrongTries = []
    }
    return 'wrong'
  }

  private renew(): void {
    const code = randomBytes(16).toString('base64url')
    this.current = { hash: hashOf(code), expires: this.now() + VALID_MS }
    this.announce(code)
  }
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex')
}
