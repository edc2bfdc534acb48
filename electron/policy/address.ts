/** An IP address as 4 or 16 bytes. */
export type Address = readonly number[]

/** Addresses that share their first `bits`. */
export interface Range {
  base: Address
  bits: number
}

/** `192.0.2.1` or `2001:db8::1`, canonical forms only; undefined for everything else. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseV6(text) : parseV4(text)
}

/** `10.0.0.0/8`, `fe80::/10`, or a single address. */
export function parseRange(text: string): Range | undefined {
  const [host = '', bits, more] = text.split('/')
  const base = parseAddress(host)
  if (!base || more !== undefined) return undefined
  if (bits === undefined) return { base, bits: base.length * 8 }
  const count = Number(bits)
  return /^\d{1,3}$/.test(bits) && count <= base.length * 8 ? { base, bits: count } : undefined
}

export function inRange(address: Address, { base, bits }: Range): boolean {
  if (address.length !== base.length) return false
  const whole = bits >> 3
  for (let at = 0; at < whole; at++) if (address[at] !== base[at]) return false
  const mask = 0xff00 >> (bits & 7)
  return (bits & 7) === 0 || (address[whole]! & mask) === (base[whole]! & mask)
}

function parseV4(text: string): Address | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256))
  return bytes.every((byte) => byte < 256) ? bytes : undefined
}

function parseV6(text: string): Address | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map(groups)
  if (!head || (halves.length === 2 && !tail)) return undefined
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array<number>(missing).fill(0), ...(tail ?? [])].flatMap((group) => [group >> 8, group & 0xff])
}

function groups(text: string): number[] | undefined {
  if (text === '') return []
  const values: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    const v4 = index === parts.length - 1 ? parseV4(part) : undefined
    if (v4) values.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!)
    else if (/^[0-9a-f]{1,4}$/.test(part)) values.push(Number.parseInt(part, 16))
    else return undefined
  }
  return values
}
