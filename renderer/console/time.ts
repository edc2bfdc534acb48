const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' })

/** `14:03:27` for today, with the day before it for others. `at` is in milliseconds since the epoch. */
export function clockTime(at: number, now: number = Date.now()): string {
  const time = clock.format(at)
  return new Date(at).toDateString() === new Date(now).toDateString() ? time : `${day.format(at)} ${time}`
}

/** The time with its date and zone. */
export function fullTime(at: number): string {
  return full.format(at)
}
