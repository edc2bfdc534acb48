import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** What a client of this run has to present: without it the proxy serves nobody. */
export class Credentials {
  readonly user = 'paddock'
  readonly password = randomBytes(24).toString('hex')

  /** RFC 1929: user name and password as they are. */
  admit(user: string, password: string): boolean {
    return isSame(`${user}:${password}`, `${this.user}:${this.password}`)
  }

  /** RFC 7617: the value of `Proxy-Authorization`. */
  admitHeader(value: string | undefined): boolean {
    const encoded = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(value ?? '')?.[1]
    return encoded !== undefined && isSame(Buffer.from(encoded, 'base64').toString(), `${this.user}:${this.password}`)
  }
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return timingSafeEqual(first!, second!)
}
