import type { Judged } from './monitor-judge.ts'

/** Days in a week that a developer works, and how many times as many sessions a busy one has as the recorded ones had on their days. */
const DAYS = 5
const BUSY = 2

/** False alarms a week for a busy developer, as a sentence with the assumption and the interval; `judged` are honest sessions of developers. */
export function alarmsAWeek(judged: readonly Judged[]): string {
  const days = new Set(judged.map(({ recorded }) => `${recorded.suite}/${recorded.source.replace(/\.\d+$/, '')}`)).size
  const calls = judged.reduce((sum, { recorded }) => sum + recorded.trace.calls.length, 0)
  const alarms = judged.filter(({ flagged }) => flagged).length
  const perWeek = (judged.length / days) * DAYS * BUSY
  const [low, high] = [0.025, 0.975].map((share) => (rateAt(alarms, share) / judged.length) * perWeek)
  const estimate = (alarms / judged.length) * perWeek
  return [
    `${alarms} alarms in ${judged.length} recorded sessions of developers (${days} days, ${calls} calls): ${(judged.length / days).toFixed(1)} sessions and ${Math.round(calls / days)} calls a day.`,
    `A busy developer is taken to have ${BUSY} times as many, on ${DAYS} days: ${perWeek.toFixed(0)} sessions a week.`,
    `That makes ${estimate.toFixed(2)} false alarms a week, with 95 % confidence between ${low!.toFixed(2)} and ${high!.toFixed(2)} (exact Poisson interval, if sessions are independent).`,
  ].join(' ')
}

/** The rate of a Poisson process of which `count` events were seen, at a limit of its exact interval (Garwood 1936); by bisection. */
function rateAt(count: number, share: number): number {
  const isLow = share < 0.5
  if (isLow && count === 0) return 0
  // Low: P(X >= count) = share. High: P(X <= count) = 1 - share.
  const chance = (rate: number): number => (isLow ? 1 - atMost(count - 1, rate) : 1 - atMost(count, rate))
  let [low, high] = [0, 10 * (count + 5)]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (chance(middle) < share) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The chance of at most so many events. */
function atMost(count: number, rate: number): number {
  let [term, sum] = [Math.exp(-rate), 0]
  for (let events = 0; events <= count; events += 1) {
    sum += term
    term *= rate / (events + 1)
  }
  return sum
}
