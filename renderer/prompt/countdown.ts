/** The time left until `deadline` at `now`, both in milliseconds of the broker's clock, as `m:ss`; never negative. */
export function timeLeft(deadline: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((deadline - now) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** How much of the time is left, from 1 to 0. */
export function shareLeft(askedAt: number, deadline: number, now: number): number {
  if (deadline <= askedAt) return 0
  return Math.min(1, Math.max(0, (deadline - now) / (deadline - askedAt)))
}
