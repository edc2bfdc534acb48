/** One measured figure, as `npm run bench` prints it. */
export interface Figure {
  what: string
  p50: number
  p99: number
  unit: 'us' | 'ms' | '%' | 'MB'
  /** What has to be reached, in words, and whether it was. */
  target?: { text: string; reached: boolean }
}

/** Runs `once` until `samples` are taken, after a warm-up; times in microseconds, sorted. */
export async function sample(samples: number, warmUp: number, once: (index: number) => unknown): Promise<Float64Array> {
  const times = new Float64Array(samples)
  for (let index = -warmUp; index < samples; index++) {
    const start = performance.now()
    const result = once(index + warmUp)
    if (result instanceof Promise) await result
    if (index >= 0) times[index] = (performance.now() - start) * 1000
  }
  return times.toSorted()
}

export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)]!
}

/** A figure from sorted microseconds. */
export function figure(what: string, sorted: Float64Array, unit: 'us' | 'ms' = 'us'): Figure {
  const scale = unit === 'us' ? 1 : 1000
  return { what, p50: quantile(sorted, 0.5) / scale, p99: quantile(sorted, 0.99) / scale, unit }
}

export function print(title: string, figures: readonly Figure[]): void {
  console.log(`\n${title}`)
  for (const { what, p50, p99, unit, target } of figures) {
    const numbers = `p50 ${p50.toFixed(1).padStart(9)} ${unit}   p99 ${p99.toFixed(1).padStart(9)} ${unit}`
    console.log(`  ${what.padEnd(58)} ${numbers}${target ? `   ${target.text}: ${target.reached ? 'reached' : 'NOT REACHED'}` : ''}`)
  }
}
