/**
 * A control that changes authority is inert until what it is about has been in view, unchanged, for this long
 * (milliseconds): nobody decides about something that replaced another thing under their finger.
 */
export const ARMING_MS = 700

/** Early clicks start the delay again, but no longer than this after the content came into view. */
export const ARMING_CAP_MS = 5000

/** Times of a monotonic clock in milliseconds. */
export interface Arming {
  armedAt: number
  /** Early clicks can't push `armedAt` beyond this. */
  latest: number
}

/** What is shown has changed, or came into view or focus, at `now`. */
export function startArming(now: number): Arming {
  return { armedAt: now + ARMING_MS, latest: now + ARMING_CAP_MS }
}

export function isArmed(arming: Arming, now: number): boolean {
  return now >= arming.armedAt
}

/** A press at `now`: when it came too early, the delay starts again. */
export function afterPress(arming: Arming, now: number): Arming {
  if (isArmed(arming, now)) return arming
  return { ...arming, armedAt: Math.min(now + ARMING_MS, arming.latest) }
}
